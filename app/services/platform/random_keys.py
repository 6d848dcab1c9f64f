"""Random keys that open something for their holder. The house keeps only their hashes."""

import hashlib
import secrets


def make(size: int = 32) -> str:
    return secrets.token_urlsafe(size)


def hashed(key: str) -> str:
    """Hash a key. Since it is random, a fast hash is enough to keep it from being found."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
