"""Mails that are not a new enquiry: robots' answers, bounces, our own mails coming back, follow-ups to a known case."""

import re
from collections.abc import Mapping
from enum import StrEnum

CASE_NUMBER = re.compile(r"\[(\d{4}-\d{6})\]")
LOOP_MARK = "x-sluse"
NULL_SENDERS = frozenset({"", "<>"})


class SetAside(StrEnum):
    """Why a mail asks nothing of us. The last two are a human's word."""

    LOOP = "loop"
    BOUNCE = "bounce"
    AUTOMATIC_REPLY = "automatic_reply"
    NOT_AN_ENQUIRY = "not_an_enquiry"
    NOT_OURS = "not_ours"


def set_aside(headers: Mapping[str, str]) -> SetAside | None:
    """Recognise by headers alone a mail that nobody should answer (RFC 3834, RFC 3464).

    `headers` has lower-case names. Mailing lists (Precedence: list or bulk) are not automatic replies.
    """
    if LOOP_MARK in headers:
        return SetAside.LOOP
    kind = headers.get("content-type", "").lower()
    if "multipart/report" in kind and (
        "delivery-status" in kind or headers.get("return-path", "x").strip() in NULL_SENDERS
    ):
        return SetAside.BOUNCE
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip().lower()
    replying = headers.get("precedence", "").strip().lower() in {"auto_reply", "auto-reply"}
    if submitted not in {"no", ""} or replying or "x-autoreply" in headers or "x-autorespond" in headers:
        return SetAside.AUTOMATIC_REPLY
    return None


def case_number(subject: str) -> str | None:
    """The case number that our own subjects carry in brackets."""
    found = CASE_NUMBER.search(subject)
    return found.group(1) if found else None


def thread(in_reply_to: str | None, references: tuple[str, ...]) -> tuple[str, ...]:
    """Message-IDs of the mails this one answers, the nearest first, at most twenty."""
    nearest = (in_reply_to,) if in_reply_to else ()
    return tuple(dict.fromkeys((*nearest, *reversed(references))))[:20]
