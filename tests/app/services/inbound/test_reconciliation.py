"""A mailbox against what was taken in from it: exactly what is missing, and each once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import database
from app.domain import reconciliation as domain
from app.domain.access import Role
from app.domain.actor import ROBOT
from app.models.enquiry import Enquiry, RawMail
from app.models.reconciliation import MissingMail, Reconciliation
from app.models.unit import MailboxCursor
from app.services.inbound import mailbox_states, reconciliation
from connectors.errors import ConnectorError
from tests.app.web.conftest import app, compiled, sign_in
from tests.app.web.steps import post
from tests.town import SHARED, Town, mail, now

__all__ = ["app", "compiled", "sign_in"]
MAILS, NEVER_TAKEN = 200, 7
HOUR = timedelta(hours=1)


def ask(town: Town) -> None:
    with database.write(town.container.engine) as session:
        reconciliation.ask(session, SHARED, by=ROBOT, now=now())


def go_on(town: Town, gateway: Any = None) -> int:
    c = town.container
    return reconciliation.go_on(c.engine, gateway or c.gateway, secret=c.settings.secret_key, now=now)


def missing(town: Town) -> list[str]:
    with database.read(town.container.engine) as session:
        return sorted(session.scalars(select(MissingMail.key).where(MissingMail.taken_at.is_(None))))


def count(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return session.scalar(select(func.count()).select_from(Enquiry)) or 0


def cursor(town: Town) -> str | None:
    with database.read(town.container.engine) as session:
        return session.scalar(select(MailboxCursor.cursor).where(MailboxCursor.address == SHARED))


def keep(town: Town, number: int) -> str:
    raw = mail(f"Hul {number}", f"Et hul i vejen {number}", message_id=f"<{number}@borger.example.org>")
    return str(town.gateway.deliver(SHARED, raw, name=f"mail-{number:03}", received_at=now() - HOUR))


@pytest.fixture
def lost(town: Town) -> list[str]:
    """Two hundred mails in the mailbox, of which seven were never taken in: polling is beyond them already."""
    keys = [keep(town, number) for number in range(MAILS)]
    lost = keys[3 :: MAILS // NEVER_TAKEN][:NEVER_TAKEN]
    c = town.container
    with database.write(c.engine) as session:
        for key in set(keys) - set(lost):
            raw = RawMail(
                address=SHARED,
                folder="inbox",
                key=key,
                sha256=key,
                size=1,
                content=b"x",
                received_at=now(),
                taken_at=now(),
            )
            session.add(raw)
            session.flush()
            session.add(Enquiry(raw_mail_id=raw.id, mailbox=SHARED, received_at=now(), due_on=now().date()))
        end = c.gateway.new_messages(SHARED, None, limit=MAILS).cursor
        session.add(MailboxCursor(address=SHARED, folder="inbox", cursor=end))
    return sorted(lost)


def test_exactly_what_was_never_taken_is_missing_and_comes_once(town: Town, lost: list[str], sign_in: Any) -> None:
    client, before = sign_in(Role.ADMINISTRATOR), cursor(town)
    for _ in range(2):
        answer = post(client, "/postkasser/sammenlign", "/postkasser/", postkasse=SHARED)
        assert answer.status_code == 303, answer.text[-3000:]
    assert go_on(town) == 0
    assert missing(town) == lost
    assert "7 mails mangler" in client.get("/postkasser/").text
    for _ in range(2):
        post(client, "/postkasser/hent", "/postkasser/", postkasse=SHARED)
    assert (go_on(town), count(town)) == (NEVER_TAKEN, MAILS)
    post(client, "/postkasser/hent", "/postkasser/", postkasse=SHARED)
    assert (go_on(town), count(town)) == (0, MAILS)
    ask(town)
    go_on(town)
    assert (missing(town), cursor(town)) == ([], before)
    assert "alle 200 mails er henvendelser" in client.get("/postkasser/").text


def test_a_mail_with_another_key_is_not_missing_and_its_twin_is(town: Town) -> None:
    raw = mail("Hul", "Et hul i vejen")
    town.receive(raw, received_at=now() - HOUR)
    with database.write(town.container.engine) as session:
        session.scalars(select(RawMail)).one().key = "of-an-earlier-folder"
    ask(town)
    go_on(town)
    assert missing(town) == []
    town.gateway.deliver(SHARED, raw)
    ask(town)
    go_on(town)
    assert missing(town) == [], "it has only just come"
    town.gateway.deliver(SHARED, raw, received_at=now() - HOUR)
    ask(town)
    go_on(town)
    assert len(missing(town)) == 1


def test_a_mailbox_that_fails_says_so_and_is_compared_again(town: Town) -> None:
    class Away:
        def new_messages(self, *_: Any, **__: Any) -> None:
            raise ConnectorError("forkert adgangskode", retryable=False)

    ask(town)
    go_on(town, Away())
    with database.read(town.container.engine) as session:
        row = session.get_one(Reconciliation, SHARED)
        assert (row.state, row.error) == ("failed", "forkert adgangskode")
    ask(town)
    go_on(town)
    with database.read(town.container.engine) as session:
        assert session.get_one(Reconciliation, SHARED).state == "done"


def test_each_night_by_itself_but_for_what_is_paused(town: Town) -> None:
    manager, c = town.people[Role.ADMINISTRATOR].actor, town.container
    night = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    with database.write(c.engine) as session:
        mailbox_states.pause(session, SHARED, by=manager, now=now())
        assert reconciliation.due_tonight(session, night) == []
        mailbox_states.resume(session, SHARED, by=manager, now=now())
        assert reconciliation.due_tonight(session, night + timedelta(hours=8)) == []
    for _ in range(2):
        reconciliation.go_on(c.engine, c.gateway, secret=c.settings.secret_key, now=lambda: night)
    with database.read(c.engine) as session:
        row = session.get_one(Reconciliation, SHARED)
        assert (row.by, row.state) == (ROBOT.email, "done")
        assert reconciliation.due_tonight(session, night) == []


@pytest.mark.parametrize(
    ("at", "night"),
    [
        (datetime(2026, 11, 30, 0, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 30, 1, 0, tzinfo=UTC), datetime(2026, 11, 30, 1, tzinfo=UTC)),
        (datetime(2026, 7, 1, 3, 59, tzinfo=UTC), datetime(2026, 7, 1, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), None),
    ],
)
def test_the_night_is_from_two_to_six(at: datetime, night: datetime | None) -> None:
    assert domain.night_began(at) == night
