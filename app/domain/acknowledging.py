"""Whether a mail may be answered by a robot at all, told from its headers (RFC 3834)."""

import re
from collections.abc import Mapping

from app.domain import automatic, bounces, recognition
from app.domain.citizen import is_read

BULK = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
UNWANTED = frozenset({"all", "autoreply"})


def may_acknowledge(headers: Mapping[str, str], recipient: str) -> bool:
    """Whether a person wrote the mail and somebody would read an answer, as far as can be told.

    Args:
        headers: lower-case names, as recognition has them.
        recipient: whom the answer would go to; "" where nobody is known.
    """
    return is_read(recipient) and may_answer(headers)


def may_answer(headers: Mapping[str, str]) -> bool:
    """Whether a person wrote the mail, as far as its headers (lower-case names) tell."""
    suppressed = re.split(r"[\s,]+", headers.get("x-auto-response-suppress", "").lower())
    return not (
        automatic.by_machine(headers)
        or automatic.invitation(headers)
        or recognition.spam(headers)
        or any(name.startswith("list-") for name in headers)
        or headers.get("precedence", "").strip().lower() in BULK
        or headers.get("return-path", "x").strip() in bounces.NOBODY
        or UNWANTED.intersection(suppressed)
    )
