"""Mails that are not a new enquiry: robots' answers, bounces, invitations, twins, our own mails, follow-ups to a known case."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

CASE_NUMBER = re.compile(r"\[(\d{4}-\d{6})\]")
LOOP_MARK = "x-sluse"
NULL_SENDERS = frozenset({"", "<>"})
DIGEST = re.compile(r"\b(digest|nyhedsbrev|newsletter|ugens overblik|dagens overblik)\b", re.IGNORECASE)
SCORE = re.compile(r"^\s*(-?\d{1,3})\s*$")
SPAM_SCORE = 5
"""Exchange's spam confidence level from which it calls a mail spam itself."""
TWIN_DAYS = timedelta(days=7)
REOPEN_DAYS = timedelta(days=30)
"""So long after a case was closed a follow-up opens it again; a later one gets a case of its own, related to the first."""
RESEMBLANCE = 0.6
SHINGLE = 3
WORD = re.compile(r"\w+")
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]{1,900}>)", re.IGNORECASE | re.MULTILINE)
HEAD = 65_536


class SetAside(StrEnum):
    """Why a mail asks nothing of us by itself. From `NOT_AN_ENQUIRY` on it is a human's word."""

    LOOP = "loop"
    BOUNCE = "bounce"
    READ_RECEIPT = "read_receipt"
    AUTOMATIC_REPLY = "automatic_reply"
    CALENDAR = "calendar"
    DIGEST = "digest"
    SPAM = "spam"
    TWIN = "twin"
    NOT_AN_ENQUIRY = "not_an_enquiry"
    NOT_OURS = "not_ours"
    SPLIT = "split"
    """Its parts are enquiries of their own."""
    SPLIT_UNDONE = "split_undone"
    """A part of a mail that was put together again."""


def set_aside(headers: Mapping[str, str], subject: str = "", kinds: Sequence[str] = ()) -> SetAside | None:
    """Recognise a mail that nobody should answer (RFC 3834, RFC 3464, RFC 8098, RFC 5545, RFC 2919).

    Args:
        headers: names in lower case.
        subject: decoded.
        kinds: content types of the attached parts.

    A mailing list's mail is no automatic reply (Precedence: list or bulk), only its digests and newsletters are set aside.
    """
    checks = (
        (LOOP_MARK in headers, SetAside.LOOP),
        (_report(headers) == "disposition-notification", SetAside.READ_RECEIPT),
        (_bounce(headers), SetAside.BOUNCE),
        (_automatic_reply(headers), SetAside.AUTOMATIC_REPLY),
        (_calendar(headers, kinds), SetAside.CALENDAR),
        (_spam(headers), SetAside.SPAM),
        (_digest(headers, subject), SetAside.DIGEST),
    )
    return next((reason for found, reason in checks if found), None)


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").lower()


def _report(headers: Mapping[str, str]) -> str:
    """What a multipart/report reports, "" where the mail is none."""
    kind = _kind(headers)
    if "multipart/report" not in kind:
        return ""
    found = re.search(r'report-type\s*=\s*"?([\w-]+)', kind)
    return found.group(1) if found else "unknown"


def _bounce(headers: Mapping[str, str]) -> bool:
    report = _report(headers)
    return report == "delivery-status" or (bool(report) and headers.get("return-path", "x").strip() in NULL_SENDERS)


def _automatic_reply(headers: Mapping[str, str]) -> bool:
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip().lower()
    replying = headers.get("precedence", "").strip().lower() in {"auto_reply", "auto-reply"}
    return submitted not in {"no", ""} or replying or "x-autoreply" in headers or "x-autorespond" in headers


def _calendar(headers: Mapping[str, str], kinds: Sequence[str]) -> bool:
    """An invitation, or the answer to one: its calendar part stands beside the text, it is not a file sent along."""
    kind = _kind(headers)
    return kind.startswith("text/calendar") or (kind.startswith("multipart/alternative") and "text/calendar" in kinds)


def _spam(headers: Mapping[str, str]) -> bool:
    """What the mail system's own filter has called spam."""
    score = SCORE.match(headers.get("x-ms-exchange-organization-scl", ""))
    flagged = headers.get("x-spam-flag", headers.get("x-spam-status", "")).strip().lower().startswith("yes")
    return flagged or (score is not None and int(score.group(1)) >= SPAM_SCORE)


def _digest(headers: Mapping[str, str], subject: str) -> bool:
    listed = (
        "list-id" in headers
        or "list-unsubscribe" in headers
        or headers.get("precedence", "").strip().lower() in ("list", "bulk")
    )
    return _kind(headers).startswith("multipart/digest") or (listed and DIGEST.search(subject) is not None)


def fingerprint(sender: str, subject: str, text: str) -> str:
    """The same for copies of one mail, however they travelled: 32 hexadecimal digits."""
    essence = "\0".join((sender.lower(), " ".join(subject.split()), " ".join(text.split())))
    return hashlib.sha256(essence.encode(errors="replace")).hexdigest()[:32]


def closed_for_good(closed_at: datetime | None, received_at: datetime) -> bool:
    """Whether a follow-up comes too late to open its case again."""
    return closed_at is not None and received_at - closed_at > REOPEN_DAYS


def resemblance(one: str, other: str) -> float:
    """How alike two texts are: the Jaccard index of their runs of three words, 0 to 1."""
    first, second = _shingles(one), _shingles(other)
    return len(first & second) / len(first | second) if first and second else 0.0


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = WORD.findall(text.lower())[:2000]
    return {tuple(words[n : n + SHINGLE]) for n in range(max(1, len(words) - SHINGLE + 1))} if words else set()


def claimed_message_id(raw: bytes) -> str | None:
    """The Message-ID of a mail that nobody has read yet."""
    found = MESSAGE_ID.search(raw[:HEAD].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    return found.group(1).decode(errors="replace") if found else None


def case_number(subject: str) -> str | None:
    """The case number that our own subjects carry in brackets."""
    found = CASE_NUMBER.search(subject)
    return found.group(1) if found else None


def thread(in_reply_to: str | None, references: tuple[str, ...]) -> tuple[str, ...]:
    """Message-IDs of the mails this one answers, the nearest first, at most twenty."""
    nearest = (in_reply_to,) if in_reply_to else ()
    return tuple(dict.fromkeys((*nearest, *reversed(references))))[:20]
