"""Read the answers of IMAP servers, and put their refusals into our words."""

import imaplib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors import reaching
from connectors.errors import ConnectorError

Answer = Sequence[bytes | tuple[bytes, bytes] | None]
"""What imaplib makes of an answer: lines, and pairs of a line and the literal that ended it."""
CODE = re.compile(r"\[([A-Z-]+)")
UID = re.compile(rb"[ (]UID (\d+)")
DATE = re.compile(rb'INTERNALDATE " ?([^"]{1,40})"')
FLAGS = re.compile(rb"FLAGS \(([^()]*)\)")
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
QUOTED = re.compile(rb'BODY\[[^\]]*\] "((?:[^"\\]|\\.)*)"', re.DOTALL)
PASSING = {"UNAVAILABLE": 30.0, "INUSE": 10.0, "LIMIT": 60.0}
"""Refusals that pass by themselves, and after how many seconds to ask again (RFC 5530)."""
SAID = {
    "OVERQUOTA": "the mailbox is full",
    "TOOBIG": "the mail is larger than the server takes",
    "NOPERM": "the robot may not do that there; give it the right",
    "NONEXISTENT": "there is no such folder",
    "TRYCREATE": "there is no such folder",
}


class ConnectionLost(ConnectorError):
    """The error of a connection that broke: what was asked last may have had its effect."""

    def __init__(self, where: str, error: BaseException) -> None:
        super().__init__(f"{where}: the connection to the mail server broke ({type(error).__name__})", retryable=True)


class Refused(ConnectorError):
    """The error of a command that the server answered with NO."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server told of one message. `content` is None where it gave none."""

    uid: int
    received_at: datetime | None
    size: int
    content: bytes | None


@contextmanager
def faults(where: str) -> Iterator[None]:
    """Put what imaplib and sockets raise into the one form the rest of Sluse understands."""
    try:
        yield
    except imaplib.IMAP4.readonly as error:
        raise ConnectorError(f"{where}: {SAID['NOPERM']}", retryable=False) from error
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        raise reaching.failure(where, error) or ConnectionLost(where, error) from error
    except imaplib.IMAP4.error as error:
        raise ConnectorError(f"{where}: the mail server did not understand us", retryable=True, wait=30.0) from error


def refusal(where: str, answer: object) -> Refused:
    """Return the error for a NO. The server's own words stay out, but for its code: they may quote a mail."""
    code = code_of(answer)
    if code in PASSING:
        return Refused(f"{where}: the mail server has no time now ({code})", retryable=True, wait=PASSING[code])
    return Refused(f"{where}: {SAID.get(code, 'the mail server refused')} ({code or 'NO'})", retryable=False)


def code_of(answer: object) -> str:
    """Return a refusal's code, "" where it has none."""
    found = CODE.search(str(answer))
    return found[1] if found else ""


def fetched(answer: Answer) -> Iterator[Fetched]:
    """Yield what a FETCH told, message by message; what it says of itself, without being asked, has no UID."""
    line, literal = b"", None
    for part in answer:
        if part is None:
            continue
        if isinstance(part, tuple):
            line, literal = line + part[0], part[1]
            continue
        whole = line + part
        uid = UID.search(whole)
        if uid:
            size, quoted = SIZE.search(whole), QUOTED.search(whole)
            content = re.sub(rb"\\(.)", rb"\1", quoted[1]) if literal is None and quoted else literal
            yield Fetched(int(uid[1]), _moment(whole), int(size[1]) if size else 0, content)
        line, literal = b"", None


def flags(answer: Answer, uid: int) -> frozenset[str] | None:
    """Return the flags that a FETCH told of a message, in small letters; None where it told of none."""
    for line in answer:
        found, flags_text = (UID.search(line), FLAGS.search(line)) if isinstance(line, bytes) else (None, None)
        if found and flags_text and int(found[1]) == uid:
            return frozenset(flags_text[1].decode("ascii", "replace").lower().split())
    return None


def numbers(answer: Answer) -> list[int]:
    """Return the numbers that a SEARCH found, in order."""
    return sorted(int(each) for line in answer if isinstance(line, bytes) for each in line.split() if each.isdigit())


def _moment(line: bytes) -> datetime | None:
    """Return INTERNALDATE in UTC."""
    found = DATE.search(line)
    if found is None:
        return None
    try:
        day, _, rest = found[1].decode("ascii").strip().partition(" ")
        return parsedate_to_datetime(f"{day.replace('-', ' ')} {rest}").astimezone(UTC)
    except ValueError:
        return None
