"""How much of a mail is read. Beyond a limit the mail is kept whole and a human looks at it."""

import re
from dataclasses import dataclass

BOUNDARY = re.compile(rb"""boundary\s*=\s*(?:"([^"\r\n]{1,2048})"|([^\s;"]{1,2048}))""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """Below those of the mail systems around us, so that we refuse first, with a reason."""

    depth: int = 50
    parts: int = 1_000
    header_bytes: int = 256 * 1024
    addresses: int = 1_000
    header_chars: int = 10_000
    html_bytes: int = 1024 * 1024
    text_chars: int = 1_000_000
    filename_chars: int = 150


class MailUnreadable(Exception):
    """A mail that cannot be read within the limits. `reason` is a code; the text is for the log."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(reason, message)
        self.reason = reason


def prescan(raw: bytes, limits: Limits) -> None:
    """Refuse on the bytes alone what would cost the parser too much: it is slow and recursive on hostile mail.

    Raises:
        MailUnreadable: headers_too_large, too_many_parts or too_deep.
    """
    end = re.search(rb"\r?\n\r?\n", raw[: limits.header_bytes + 4])
    if end is None and len(raw) > limits.header_bytes:
        raise MailUnreadable("headers_too_large")
    nested = len(re.findall(rb"^content-type:\s*(?:multipart|message)/", raw, re.IGNORECASE | re.MULTILINE))
    boundaries = {b"--" + (quoted or bare) for quoted, bare in BOUNDARY.findall(raw)}
    if nested > limits.parts or len(boundaries) > limits.parts:
        raise MailUnreadable("too_deep" if nested > limits.parts else "too_many_parts")
    starts = tuple(boundaries)
    parts = sum(line.startswith(starts) for line in raw.splitlines() if line.startswith(b"--")) if starts else 0
    if parts > 2 * limits.parts:
        raise MailUnreadable("too_many_parts")
