"""Relations of mails that rules can tell.

Some nobody need read; some continue an earlier one: by thread, by case number, as a copy.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from app.domain import absence_notes, automatic_headers, bounces
from app.domain.bounces import BouncePart, Delivery

CASE_NUMBER = re.compile(r"(?<![\w-])(20\d\d)\s?[-\u2010-\u2015\u2212]\s?(\d{6})(?![\w-])")
"""Our number, with whatever brackets and words people and mail programs have put around it."""
DIGEST = re.compile(r"\b(digest|nyhedsbrev|newsletter|ugens overblik|dagens overblik)\b", re.IGNORECASE)
SUBJECT_PREFIX = re.compile(
    r"^(?:\s*(?:\[(?!20\d\d-)[^\]]{1,30}\]|(?:sv|vs|re|fwd?|aw|wg|antw|vb)\s{0,20}"
    r"(?:(?:\[\d{1,5}\]|\(\d{1,5}\))\s{0,20})?:))+",
    re.IGNORECASE,
)
TWIN_DAYS = timedelta(days=7)
REOPEN_DAYS = timedelta(days=30)
"""So long after a case was closed a follow-up opens it again; a later one gets a case of its own, related to the first."""
RESEMBLANCE = 0.6
SHINGLE = 3
WORD = re.compile(r"\w+")
DATE = re.compile(rb"^date:[ \t]{0,80}([^\r\n]{1,100})", re.IGNORECASE | re.MULTILINE)
MESSAGE_ID = re.compile(rb"^message-id:\s{0,80}(?:<[ \t]{0,80})?([^<>\s]{1,900})", re.IGNORECASE | re.MULTILINE)
SEAL = re.compile(rb"^x-sluse-seal:[ \t]{0,80}([0-9a-f]{64})(?![^\s])", re.IGNORECASE | re.MULTILINE)
HEAD = 65_536


class SetAside(StrEnum):
    """The reasons to set a mail aside.

    Such a mail asks nothing of us by itself. From `NOT_AN_ENQUIRY` on it is a human's word.
    """

    LOOP = "loop"
    BOUNCE = "bounce"
    DELIVERY_NOTICE = "delivery_notice"
    """A mail is late, or has arrived."""
    READ_RECEIPT = "read_receipt"
    AUTOMATIC_REPLY = "automatic_reply"
    CALENDAR = "calendar"
    DIGEST = "digest"
    SPAM = "spam"
    DUPLICATE = "twin"
    HOUSE_REPLY = "house_reply"
    """A unit's answer to the robot's forward that came to us instead of the citizen."""
    NOT_AN_ENQUIRY = "not_an_enquiry"
    ANSWER = "answer"
    """A unit's mail that a human has counted as its answer to an enquiry."""
    NOT_OURS = "not_ours"
    SPLIT = "split"
    """Its parts are enquiries of their own."""
    SPLIT_UNDONE = "split_undone"
    """A part of a mail that was put together again."""


ROBOTS = frozenset(
    {
        SetAside.LOOP,
        SetAside.BOUNCE,
        SetAside.DELIVERY_NOTICE,
        SetAside.READ_RECEIPT,
        SetAside.AUTOMATIC_REPLY,
        SetAside.CALENDAR,
        SetAside.DIGEST,
        SetAside.SPAM,
        SetAside.DUPLICATE,
        SetAside.HOUSE_REPLY,
    }
)
"""What the robot sets aside by itself, and anybody in triage may put back."""
REMEMBERED = ROBOTS - {SetAside.LOOP, SetAside.DUPLICATE, SetAside.HOUSE_REPLY}
"""Once put back, the next one of that sender is read. Not what would start a loop, nor what is about one mail only."""


@dataclass(frozen=True, slots=True)
class MailTraits:
    """The properties of a mail that recognition uses.

    `headers`: names in lower case; `answers`: it stands in a thread.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    text: str = ""
    sender: str = ""
    files: Sequence[BouncePart] = ()
    answers: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(each.content_type for each in self.files)


def set_aside(mail: MailTraits) -> SetAside | None:
    """Recognise a mail that nobody need read (RFC 3834, RFC 3464, RFC 8098, RFC 5545, RFC 2919).

    What must not be answered by a robot is another question (`automatic_headers.may_answer`): a form's mail is read. A mailing
    list's mail is no automatic reply (Precedence: list or bulk), only its digests and newsletters are set aside.
    """
    headers = mail.headers
    delivery = bounces.delivery(headers, mail.subject, mail.sender, mail.text, mail.files)
    checks = (
        (automatic_headers.OURS in headers, SetAside.LOOP),
        (automatic_headers.report_type(headers) == "disposition-notification", SetAside.READ_RECEIPT),
        (delivery is Delivery.FAILED, SetAside.BOUNCE),
        (delivery is Delivery.NOTICE, SetAside.DELIVERY_NOTICE),
        (automatic_headers.replies_by_itself(headers), SetAside.AUTOMATIC_REPLY),
        (automatic_headers.invitation(headers, mail.kinds), SetAside.CALENDAR),
        (automatic_headers.spam(headers), SetAside.SPAM),
        (_digest(headers, mail.subject), SetAside.DIGEST),
        (absence_notes.absence_note(mail.subject, mail.text, answers=mail.answers), SetAside.AUTOMATIC_REPLY),
    )
    return next((reason for found, reason in checks if found), None)


def by_machine(mail: MailTraits) -> bool:
    """Tell whether a machine wrote this mail.

    No person wrote it as an answer: it is an absence note, a receipt, an invitation, a rule's forward.
    """
    return (
        automatic_headers.by_machine(mail.headers)
        or automatic_headers.invitation(mail.headers, mail.kinds)
        or absence_notes.absence_note(mail.subject, mail.text, answers=mail.answers)
    )


def _digest(headers: Mapping[str, str], subject: str) -> bool:
    return headers.get("content-type", "").lower().startswith("multipart/digest") or (
        automatic_headers.of_a_list(headers) and DIGEST.search(subject) is not None
    )


def fingerprint(sender: str, subject: str, text: str, contents: Sequence[bytes] = ()) -> str:
    """Return a fingerprint that copies of a mail share. However they travelled: 32 hexadecimal digits.

    `contents` is all that a mail has beside its text: names and sizes of files say too little, since each page of a scanner
    may be a "scan.pdf" below the same words.
    """
    essence = "\0".join((sender.lower(), " ".join(subject.split()), " ".join(text.split())))
    digest = hashlib.sha256(essence.encode(errors="replace"))
    for content in contents:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:32]


def closed_for_good(closed_at: datetime | None, received_at: datetime) -> bool:
    """Tell whether a case is closed for good. A follow-up comes too late to open it again then."""
    return closed_at is not None and received_at - closed_at > REOPEN_DAYS


def resemblance(one: str, other: str) -> float:
    """Return how alike two texts are, 0 to 1. The measure is the Jaccard index of their runs of three words."""
    first, second = _shingles(one), _shingles(other)
    return len(first & second) / len(first | second) if first and second else 0.0


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = WORD.findall(text.lower())[:2000]
    return {tuple(words[n : n + SHINGLE]) for n in range(max(1, len(words) - SHINGLE + 1))} if words else set()


def body(raw: bytes) -> bytes:
    """Return a mail without its head. Each server on its way adds to the head."""
    return re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1]


def claimed_seal(raw: bytes) -> str | None:
    """Return what a mail shows as our seal. Nobody has read the mail yet."""
    found = SEAL.search(raw[:HEAD].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    return found.group(1).decode() if found else None


def claimed_message_id(raw: bytes) -> str | None:
    """Return the Message-ID of a raw mail. Nobody has read the mail yet."""
    found = MESSAGE_ID.search(raw[:HEAD].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    return f"<{found.group(1).decode(errors='replace')}>" if found else None


def claimed_date(raw: bytes) -> datetime | None:
    """Return when a raw mail says that it was written."""
    found = DATE.search(raw[:HEAD].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    try:
        date = parsedate_to_datetime(found.group(1).decode(errors="replace")) if found else None
        return None if date is None else (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def bare_subject(subject: str) -> str:
    """Return a subject without prefixes. Mail programs and lists have put them before it."""
    return SUBJECT_PREFIX.sub("", subject).strip()


def case_number(subject: str) -> str | None:
    """Return the case number in a subject.

    Our own subjects carry it in brackets, and it may have come back in any form.
    """
    return next(iter(case_numbers(subject)), None)


def case_numbers(words: str) -> tuple[str, ...]:
    """Return every case number in some words, in order."""
    return tuple(dict.fromkeys(f"{year}-{number}" for year, number in CASE_NUMBER.findall(words)))[:20]


def thread(in_reply_to: str | None, references: tuple[str, ...]) -> tuple[str, ...]:
    """Return the Message-IDs a mail answers. The nearest is first; at most twenty."""
    nearest = (in_reply_to,) if in_reply_to else ()
    return tuple(dict.fromkeys((*nearest, *reversed(references))))[:20]
