"""Try a mailbox before it is relied on: a look that takes nothing, and a letter from it to itself.

Of it only that somebody tried is stored, and no transaction is open meanwhile. A call that does not come back in time is given up.
"""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.events.organisation import MailboxTried
from app.services.inbound.bounded_calls import NoAnswer, within
from app.services.platform import events
from connectors.errors import AnswerLost, CertificateRefused, ConnectorError, NotReached, SignInRefused
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, FoundFolder, Outgoing

Result = TypeVar("Result")

LOOK_SECONDS, LETTER_SECONDS = 20.0, 40.0
"""So long a person waits for a look, and for a letter to arrive."""
PAUSE, LONGEST_PAUSE = 0.2, 2.0
"""Seconds between two looks for the letter."""
MOST = 500
"""So many mails are listed at most; then there are more. No mail system is asked for more than 512 at once."""


class TrialKind(StrEnum):
    LOOK = "look"
    LETTER = "letter"


class TrialOutcome(StrEnum):
    LOOKED = "looked"
    ARRIVED = "arrived"
    NOT_SEEN = "not_seen"
    """The letter left, and was not in the inbox when time was up."""
    NO_ANSWER = "no_answer"
    LATER = "later"
    """The mail system says that it cannot now, and may later."""
    NOT_REACHED = "not_reached"
    """No server answers at the address."""
    SIGN_IN = "sign_in"
    """The mail system does not know our user, password, secret or token."""
    REFUSED = "refused"
    """The mail system refuses, and will again."""
    NOT_TRUSTED = "not_trusted"
    """Nobody whom we trust vouches for the server's certificate."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a mailbox. `mails` were seen in its inbox, and there are `more`.

    `said`: the mail system's own words for a refusal.
    `left_behind`: the letter arrived, and could not be removed again.
    """

    outcome: TrialOutcome
    mails: int = 0
    more: bool = False
    seconds: float = 0.0
    left_behind: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The folders that lie in a mailbox; where they could not be listed, what came of it."""

    folders: tuple[FoundFolder, ...] = ()
    failed: Trial | None = None


def folders(gateway: MailGateway, address: str, *, seconds: float = LOOK_SECONDS) -> Listing:
    """List the folders of a mailbox, with what Sluse uses them for. None is opened for writing, made or changed."""
    found = _bounded(lambda _until: tuple(gateway.folders(address)), seconds)
    return Listing(failed=found) if isinstance(found, Trial) else Listing(found)


def look(gateway: MailGateway, address: str, *, seconds: float = LOOK_SECONDS) -> Trial:
    """Count the mails that one look at a mailbox's inbox shows. None is fetched, marked or moved.

    It is one call, whose cursor is never used: to ask with it would tell the gateway, which the robot may share, that what was
    listed has been taken.
    """
    return _bounded(lambda _until: _count(gateway, address), seconds)


def send_letter(gateway: MailGateway, address: str, *, seconds: float = LETTER_SECONDS) -> Trial:
    """Send a letter from a mailbox to itself, look for it in its inbox, and remove it."""
    return _bounded(lambda until: _send(gateway, address, until), seconds)


TRIALS = {TrialKind.LOOK: look, TrialKind.LETTER: send_letter}


def record(
    session: Session, mailbox_id: int, address: str, kind: TrialKind, trial: Trial, *, by: Actor, now: datetime
) -> None:
    """Write into the log who tried a mailbox, and what came of it; the mail system's words are in no event."""
    event = MailboxTried(mailbox_id=mailbox_id, address=address, trial=kind.value, outcome=trial.outcome.value)
    events.record(session, event, by=by, now=now)


def _count(gateway: MailGateway, address: str) -> Trial:
    mails = len(gateway.new_messages(address, None, limit=MOST).messages)
    return Trial(TrialOutcome.LOOKED, mails=mails, more=mails >= MOST)


def _send(gateway: MailGateway, address: str, until: float) -> Trial:
    began = time.monotonic()
    letter = Outgoing(
        message_id=f"<proevemail-{secrets.token_hex(12)}@sluse.invalid>",
        sender=address,
        recipient=address,
        subject="Prøvemail fra Sluse",
        text="Sluse har sendt denne mail for at se, om postkassen virker. Den fjernes af sig selv og kan slettes.",
    )
    with suppress(AnswerLost):  # it may have left all the same: the look tells
        gateway.send(letter)
    key, pause = gateway.find(address, letter.message_id, folder=Folder.INBOX), PAUSE
    while key is None and time.monotonic() + pause < until:
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        key = gateway.find(address, letter.message_id, folder=Folder.INBOX)
    took = Trial(TrialOutcome.NOT_SEEN if key is None else TrialOutcome.ARRIVED, seconds=time.monotonic() - began)
    return replace(took, left_behind=not _removed(gateway, address, letter.message_id))


def _removed(gateway: MailGateway, address: str, message_id: str) -> bool:
    """Remove the letter from where it is. Tell whether the mail system let us."""
    try:
        for folder in (Folder.INBOX, Folder.SENT):
            if (key := gateway.find(address, message_id, folder=folder)) is not None:
                gateway.remove(address, key, folder=folder)
    except ConnectorError:
        return False
    return True


def _bounded(work: Callable[[float], Result], seconds: float) -> Result | Trial:
    until = time.monotonic() + seconds
    try:
        return within(seconds + PAUSE, lambda: work(until))
    except NoAnswer:
        return Trial(TrialOutcome.NO_ANSWER, seconds=seconds)
    except ConnectorError as error:
        return Trial(_outcome(error), said=str(error))


def _outcome(error: ConnectorError) -> TrialOutcome:
    match error:
        case CertificateRefused():
            return TrialOutcome.NOT_TRUSTED
        case NotReached():
            return TrialOutcome.NOT_REACHED
        case SignInRefused():
            return TrialOutcome.SIGN_IN
        case _:
            return TrialOutcome.LATER if error.retryable else TrialOutcome.REFUSED
