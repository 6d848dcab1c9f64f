"""What of a text does not count when its bytes are compared."""


def even(content: bytes) -> bytes:
    """Bytes without what lines end with, for texts."""
    return b"\n".join(line.rstrip() for line in content.strip().splitlines())
