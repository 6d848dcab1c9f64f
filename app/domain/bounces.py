"""Bounces: mails saying that another did not arrive. Recognised in every shape, and read for which mail that was.

By RFC 3464 where the sender keeps to it. Most do not: qmail, Exim, Exchange and many a gateway write plain text, so a bounce is
what comes from a mail system (or from nobody) and says so in its own words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Protocol

from app.domain import automatic_headers
from app.domain.wordings import DELAYED, FAILED
from connectors.mail import addresses

SYSTEM = re.compile(
    r"(?:mailer-?daemon|mail-?daemon|post_?master|microsoftexchange\w*|mmdf|mdaemon|mail[._-]?delivery(?:[._-]?(?:sub)?system)?)"
    r"(?:[+._-].*)?",
    re.IGNORECASE,
)
"""Local parts that only mail systems write from."""
CODE = re.compile(r"(?<![\d.])(?:#?\s?5\.\d{1,3}\.\d{1,3}|5[0-5]\d[ -]#?(?=\D))")
"""What a mail system answers another that it refuses."""
STATUS_KINDS = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_KINDS = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}
)
GIVEN_UP = re.compile(r"permanent|giv(?:en?|ing) up", re.IGNORECASE)
ACTION = re.compile(r"^action:[ \t]*([a-z]+)", re.IGNORECASE | re.MULTILINE)
RECIPIENT = re.compile(r"^(?:final|original|x-actual)-recipient:([^\r\n]{1,1000})", re.IGNORECASE | re.MULTILINE)
TYPE = re.compile(r"[\w-]{1,40};")
"""What kind of address follows: "rfc822;"."""
MESSAGE_ID = re.compile(
    r"message-?id(?:entifi(?:er|kation))?:\s{0,80}(?:<\s{0,80})?([^\s<>]{1,300}@[^\s<>]{1,200})", re.IGNORECASE
)
"""Blanks are counted: two runs of any length beside each other take the square of what a hostile mail has of them."""
COPY = re.compile(
    r"^(?:-+ (?:this is|below this line is|original message|the original|begin(?:ning)? of|oprindelig|ursprüngliche).*"
    r"|-+ ?this is a copy.*|message headers follow.*|bounced e-?mail:.*"
    r"|oprindelige meddelelse(?:s?hoveder|sheadere?)?:?|original message headers:?|ursprüngliche nachrichtenkopfzeilen:?)$",
    re.IGNORECASE | re.MULTILINE,
)
SUSPECT = re.compile(
    rb"^(?:from:.*(?:mailer-?daemon|mail-?daemon|post_?master|microsoftexchange|mmdf|mdaemon|mail.?delivery)|return-path:\s*<>"
    rb"|x-failed-recipients:|content-type:[ \t]*multipart/report|from:[^@]*$)",
    re.IGNORECASE | re.MULTILINE,
)
READ = 20_000
"""Characters of a bounce's own words, and of each mail it returns, that are looked through."""
PARTS = 10
"""Of the reports and of the returned mails that a bounce holds: a mail system sends one of each."""


class BouncePart(Protocol):
    """A part of a mail beside its text."""

    @property
    def content_type(self) -> str: ...
    @property
    def content(self) -> bytes: ...


class Delivery(StrEnum):
    """The kinds of a mail system's reports."""

    FAILED = "failed"
    NOTICE = "notice"
    """Delayed, delivered, relayed: nobody need do anything."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """The data of a bounce: which mail did not arrive.

    Each is "as far as it says", the most certain first; addresses in lower case.
    """

    recipients: tuple[str, ...]
    message_ids: tuple[str, ...]
    words: str
    """The subject and all else that may hold a case number."""


def delivery(
    headers: Mapping[str, str], subject: str, sender: str, text: str, files: Sequence[BouncePart] = ()
) -> Delivery | None:
    """Return what a mail system reports of a mail. None where the mail is none of a mail system."""
    if automatic_headers.report_type(headers) in ("disposition-notification", "feedback-report"):
        return None
    status = _status(files)
    if status:
        actions = {found.lower() for found in ACTION.findall(status)}
        if actions & {"failed", "failure"}:
            return Delivery.FAILED
        if actions:
            return Delivery.NOTICE
    if headers.get("x-failed-recipients", "").strip():
        return Delivery.FAILED
    report = bool(status or automatic_headers.report_type(headers))
    own = _own_words(text)
    if report or SYSTEM.fullmatch(sender.partition("@")[0]):
        return _by_words(subject, own, report=report)
    # Forms and shops write from nobody as well, and of bins that were not delivered: there only a server's own code counts.
    nobodys = not sender or automatic_headers.from_nobody(headers)
    return (
        _by_words(subject, own, report=False)
        if nobodys and (CODE.search(text[:READ]) or COPY.search(text[:READ]))
        else None
    )


def suspect(head: bytes) -> bool:
    """Tell whether a mail may be a bounce at all.

    `head` is its first bytes; a mail that does not look like one is not opened.
    """
    return SUSPECT.search(head) is not None


def _status(files: Sequence[BouncePart]) -> str:
    return "\n".join(_texts(files, STATUS_KINDS))


def _texts(files: Sequence[BouncePart], kinds: frozenset[str]) -> list[str]:
    return [_text(each) for each in islice((file for file in files if file.content_type in kinds), PARTS)]


def _by_words(subject: str, text: str, *, report: bool) -> Delivery | None:
    if DELAYED.search(subject) and not FAILED.search(subject):
        return Delivery.NOTICE
    if FAILED.search(subject):
        return Delivery.FAILED
    if DELAYED.search(text) and not GIVEN_UP.search(text):
        return Delivery.NOTICE
    if FAILED.search(text):
        return Delivery.FAILED
    return Delivery.NOTICE if report else None


def read(
    headers: Mapping[str, str], subject: str, text: str, files: Sequence[BouncePart], thread: Sequence[str] = ()
) -> Bounce:
    """Read from a bounce which mail did not arrive. `thread`: the mails it answers."""
    status = _status(files)
    returned = _texts(files, RETURNED_KINDS)
    body = text[:READ]
    ids = [f"<{found}>" for source in (*returned, status, body) for found in MESSAGE_ID.findall(source)]
    named = [*map(_untyped, RECIPIENT.findall(status)), *headers.get("x-failed-recipients", "").split(",")]
    named += addresses.in_text(_own_words(body)) if not any("@" in each for each in named) else []
    recipients = (each.strip().strip("<>").rstrip(".").lower() for each in named)
    return Bounce(
        recipients=tuple(dict.fromkeys(each for each in recipients if "@" in each))[:50],
        message_ids=tuple(dict.fromkeys((*ids, *thread)))[:50],
        words="\n".join((subject, body, *(each[:READ] for each in returned))),
    )


def _untyped(recipient: str) -> str:
    """The address alone, of "rfc822; bo@example.org"."""
    value = recipient.strip()
    found = TYPE.match(value)
    return value[found.end() if found else 0 :].strip()


def _own_words(text: str) -> str:
    """Return the text above the copy of the mail. The mail is the one that did not arrive."""
    body = text[:READ]
    found = COPY.search(body)
    return body[: found.start() if found else None]


def _text(part: BouncePart) -> str:
    return part.content[:READ].decode("utf-8", "replace")
