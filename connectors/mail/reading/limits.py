"""Limits of how much of a mail is read. Beyond a limit the mail is kept whole and a human looks at it."""

import re
from dataclasses import dataclass

BOUNDARY = re.compile(rb"""boundary\s*=\s*(?:"([^"\r\n]{1,2048})"|([^\s;"]{1,2048}))""", re.IGNORECASE)
CONTAINER = re.compile(rb"^content-type:\s*multipart/", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits, below those of other mail systems. So we refuse first, with a reason."""

    depth: int = 50
    parts: int = 1_000
    header_bytes: int = 256 * 1024
    addresses: int = 1_000
    header_chars: int = 10_000
    structured_chars: int = 8_192
    """Of a header with parameters: reading them takes the square of their length."""
    html_bytes: int = 1024 * 1024
    text_chars: int = 1_000_000
    filename_chars: int = 150


class MailUnreadable(Exception):
    """A mail that cannot be read within the limits. `reason` is a code; the text is for the log."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(reason, message)
        self.reason = reason


def prescan(raw: bytes, limits: Limits) -> None:
    """Refuse bytes that cost the parser too much. The parser is slow and recursive on hostile mail.

    Raises:
        MailUnreadable: headers_too_large, too_many_parts or too_deep.
    """
    end = re.search(rb"\r?\n\r?\n", raw[: limits.header_bytes + 4])
    if end is None and len(raw) > limits.header_bytes:
        raise MailUnreadable("headers_too_large")
    if sum(1 for _ in CONTAINER.finditer(raw)) > limits.parts:
        raise MailUnreadable("too_deep")
    boundaries = {b"--" + (quoted or bare) for quoted, bare in BOUNDARY.findall(raw)}
    if len(boundaries) > limits.parts:
        raise MailUnreadable("too_many_parts")
    starts = sum(line.rstrip() in boundaries for line in raw.splitlines() if line.startswith(b"--"))
    if starts > 2 * limits.parts:
        raise MailUnreadable("too_many_parts")
