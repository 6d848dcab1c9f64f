"""Whether a mail may be answered by a robot at all, told from its headers and its sender (RFC 3834)."""

import re
from collections.abc import Mapping

from app.domain import recognition

BULK = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
UNWANTED = frozenset({"all", "autoreply"})
NOBODY = re.compile(
    r"(?:.*[._+-])?(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|ikke-?_?\.?svar|svar-?_?\.?ikke|noreply)(?:[._+-].*)?"
    r"|mailer-daemon|postmaster|daemon|root|bounces?(?:[+._-].*)?|listserv|majordomo|nyhedsbrev|newsletter"
    r"|owner-.+|.+-(?:owner|request|bounces?|subscribe|unsubscribe)"
)
"""Local parts behind which nobody reads."""


def may_acknowledge(headers: Mapping[str, str], sender: str) -> bool:
    """A person wrote the mail and would read an answer, as far as can be told.

    Args:
        headers: lower-case names, as recognition has them.
        sender: the address in From; "" where there is none.
    """
    if not sender or NOBODY.fullmatch(sender.partition("@")[0].lower()):
        return False
    suppressed = re.split(r"[\s,]+", headers.get("x-auto-response-suppress", "").lower())
    return not (
        recognition.set_aside(headers) is not None
        or any(name.startswith("list-") for name in headers)
        or headers.get("precedence", "").strip().lower() in BULK
        or headers.get("return-path", "x").strip() in recognition.NULL_SENDERS
        or UNWANTED.intersection(suppressed)
    )
