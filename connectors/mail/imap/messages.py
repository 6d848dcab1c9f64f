"""Find, number and move the messages of an open folder."""

import re
from collections.abc import Sequence
from contextlib import suppress

from connectors.errors import ConnectorError, MailNotExported
from connectors.mail.imap.answers import Fetched, Refused
from connectors.mail.imap.session import Opened, Session

NUMBERS = re.compile(r"([0-9]{1,10}):([0-9]{1,10})")
SEARCHABLE = re.compile(r"[!#-\[\]-~]+")
"""What of a Message-ID can stand in a search as it is."""
MESSAGE_ID = re.compile(rb"^message-id[ \t]*:\s*(.*?)\s*$", re.IGNORECASE | re.DOTALL)
ABOUT = "(UID INTERNALDATE RFC822.SIZE)"
ITS_ID = "(UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
ITS_HEAD = "(UID BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID)])"
WHOLE = "(UID BODY.PEEK[])"
BREAKS = 3
"""How often a mail may break a connection that others come over, before it is given up."""
WINDOW = 1000
"""How many numbers are searched at once for what is new; twice as many each further time."""


def key_of(opened: Opened, uid: int) -> str:
    """Return a message's key."""
    return f"{opened.validity}:{uid}"


def uid_of(key: str) -> int:
    """Return the number in a key of ours."""
    return int(key.rpartition(":")[2])


def uid_in(opened: Opened, key: str) -> int | None:
    """Return a message's number; None where the key is of another generation of the folder, or none of ours."""
    found = NUMBERS.fullmatch(key)
    return int(found[2]) if found and int(found[1]) == opened.validity else None


def after(opened: Opened, cursor: str | None) -> int:
    """Return the number after which mails are new. 0 where the cursor is of another generation, or none of ours."""
    return uid_in(opened, cursor or "") or 0


def later(session: Session, opened: Opened, last: int, limit: int) -> list[int]:
    """Return the first numbers after one. Large folders are searched piece by piece."""
    if not opened.next_uid:
        return [uid for uid in session.search("UID", f"{last + 1}:*") if uid > last][:limit]
    found: list[int] = []
    low, width = last + 1, max(WINDOW, limit)
    while low < opened.next_uid and len(found) < limit:
        high = min(low + width, opened.next_uid) - 1
        found += session.search("UID", f"{low}:{high}")
        low, width = high + 1, width * 2
    return found[:limit]


def about(session: Session, uids: Sequence[int]) -> list[Fetched]:
    """Return what the server tells of messages. One that it is silent of, though it lies there, is among them all the same."""
    if not uids:
        return []
    found = {each.uid: each for each in session.fetch(uids, ABOUT)}
    silent = [uid for uid in uids if uid not in found]
    if silent:
        found |= {each.uid: each for each in session.fetch(silent, ABOUT)}
        found |= {uid: Fetched(uid, None, 0, None) for uid in silent if uid not in found and exists(session, uid)}
    return [found[uid] for uid in uids if uid in found]


def exists(session: Session, uid: int) -> bool:
    """Tell whether a message lies in the open folder."""
    return bool(session.search("UID", str(uid)))


def whole(session: Session, mailbox: str, uid: int) -> bytes:
    """Return a message's bytes.

    Raises:
        MailNotExported: the server does not hand it out.
    """
    try:
        found = session.fetch([uid], WHOLE)
    except ConnectorError as error:
        if error.retryable:
            raise
        found = []
    content = next((each.content for each in found if each.uid == uid), None)
    if content is None:
        raise not_handed_out(mailbox, session.where, uid, _head(session, uid))
    return content


def whole_in_spite(session: Session, mailbox: str, name: str, uid: int) -> bytes:
    """Return a message's bytes after the connection broke over it. Servers do so over a mail that is damaged in their store.

    It is to blame where another one comes each time, on a connection made anew, and it does not; no mail is to wait behind it then.
    """
    for _ in range(BREAKS):
        session.open(name)
        other = next((each for each in reversed(session.search("ALL")) if each != uid), None)
        if other is None:
            return whole(session, mailbox, uid)  # nobody waits behind it, and nothing tells whether it is to blame
        session.fetch([other], WHOLE)
        try:
            return whole(session, mailbox, uid)
        except ConnectorError as error:
            if not error.retryable or isinstance(error, Refused):
                raise
    head = b""
    with suppress(ConnectorError):
        session.open(name)
        head = _head(session, uid)
    raise not_handed_out(mailbox, name, uid, head)


def not_handed_out(mailbox: str, name: str, uid: int, head: bytes) -> MailNotExported:
    """Make the error of a mail that the server has and does not hand out."""
    said = f"{mailbox}: the mail server does not hand out the mail with the number {uid} in its folder {name}"
    return MailNotExported(said, head=head)


def with_message_id(session: Session, message_id: str) -> int | None:
    """Return the first message with exactly this Message-ID. Servers search for any that contains it."""
    needle = max(SEARCHABLE.findall(message_id), key=len, default="")
    if not needle:
        return None
    hits = session.search("HEADER", "Message-ID", f'"{needle}"')
    wanted = message_id.strip().encode(errors="replace")
    return next((each.uid for each in session.fetch(hits, ITS_ID) if _id(each) == wanted), None) if hits else None


def move_by_copy(session: Session, source: str, uid: int, target: str) -> None:
    """Move a message where the server cannot: copy, then delete. Broken off in between, it is not copied again."""
    (mine,) = session.fetch([uid], ITS_ID)
    session.open(target)
    there = session.search("SMALLER", str(mine.size + 1), "LARGER", str(mine.size - 1)) if mine.size else []
    same = any(
        (_id(each), each.received_at) == (_id(mine), mine.received_at)
        for each in (session.fetch(there, ITS_ID) if there else ())
    )
    session.open(source, writable=True)
    if not same:
        session.copy(uid, target)
    session.expunge(uid)


def _id(message: Fetched) -> bytes:
    found = MESSAGE_ID.match((message.content or b"").strip())
    return found[1] if found else b""


def _head(session: Session, uid: int) -> bytes:
    """Return what the server tells of a mail that it does not hand out."""
    try:
        return next((each.content or b"" for each in session.fetch([uid], ITS_HEAD) if each.uid == uid), b"")
    except ConnectorError as error:
        if error.retryable:
            raise
        return b""
