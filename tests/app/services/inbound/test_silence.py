"""A mailbox that falls silent is told of once, and not while it is on pause."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.models.alarm import Alarm
from app.models.enquiry import Enquiry, RawMail
from app.services.inbound import mailbox_states, silence
from app.services.platform import settings
from tests.app.web.conftest import SignIn, app, compiled, sign_in
from tests.town import SHARED, Town, now

__all__ = ["app", "compiled", "sign_in"]


def alarms(town: Town) -> list[str]:
    with database.read(town.container.engine) as session:
        return [f"{each.kind} {each.data['mailbox']}" for each in session.scalars(select(Alarm))]


WEDNESDAY = datetime(2026, 11, 25, 13, tzinfo=UTC)
CLOSED = {"2026-11-24": "Flytning", "2026-11-25": "Flytning"}


def arrive(session: Session) -> None:
    """Let mails come every two hours for five weeks, until a day before that Wednesday."""
    for hours in range(24, 24 * 7 * 5, 2):
        at = WEDNESDAY - timedelta(hours=hours)
        raw = RawMail(address=SHARED, folder="inbox", key=str(hours), sha256="", size=0, content=b"", received_at=at)
        session.add(raw)
        session.flush()
        session.add(Enquiry(raw_mail_id=raw.id, mailbox=SHARED, received_at=at, due_on=at.date()))


def test_a_silent_mailbox_raises_one_alarm(town: Town, sign_in: SignIn) -> None:
    engine, manager = town.container.engine, town.people[Role.ADMINISTRATOR].actor
    with database.write(engine) as session:
        arrive(session)
        mailbox_states.pause(session, SHARED, by=manager, now=now())
    silence.watch(engine, now=WEDNESDAY)
    assert alarms(town) == []
    with database.write(engine) as session:
        mailbox_states.resume(session, SHARED, by=manager, now=now())
    for _ in range(2):
        silence.watch(engine, now=WEDNESDAY)
    assert alarms(town) == [f"silence {SHARED}"]
    assert f"Der er ikke kommet mails til {SHARED} siden" in sign_in(Role.ADMINISTRATOR).get("/alarmer/").text


def test_a_day_that_the_authority_is_closed_raises_none(town: Town) -> None:
    engine = town.container.engine
    with database.write(engine) as session:
        arrive(session)
        settings.put(session, settings.CLOSED_DAYS, CLOSED)
    silence.watch(engine, now=WEDNESDAY)
    assert alarms(town) == []
