"""What a mail has to do with earlier ones, with a real database and real folders."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import database
from app.domain import bounces, forwarded, recognition
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.domain.routing import Reason
from app.models.enquiry import Enquiry
from app.models.prediction import Decision
from app.models.unit import Mailbox
from app.services.inbound import intake
from app.services.inbound.return_folder import ReturnFolders
from app.services.triage import decisions, merging
from app.workflow.worker import Worker
from connectors.mail.message import Folder
from tests.town import PARK, ROAD, SHARED, UNITS, Town, eventually, look_into, mail, now


@pytest.fixture
def second(town: Town) -> str:
    """Another shared mailbox."""
    address = "byggeri@town.example.org"
    town.gateway.create_mailbox(address)
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address=address, name="Byggeri"))
    return address


@pytest.fixture
def direct(town: Town) -> str:
    """The park's own mailbox, which citizens know."""
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address=UNITS[PARK], name=PARK, unit_id=town.units[PARK]))
    return UNITS[PARK]


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


def decision(town: Town, enquiry_id: int) -> Decision:
    with database.read(town.container.engine) as session:
        return session.scalars(select(Decision).where(Decision.enquiry_id == enquiry_id)).one()


def test_one_mail_to_two_mailboxes_is_one_enquiry(town: Town, second: str) -> None:
    raw = mail("Træ", "Træet i parken er væltet", to=f"{SHARED}, {second}")
    town.gateway.deliver(SHARED, raw)
    town.gateway.deliver(second, raw)
    town.take_in()
    first, copy = town.enquiry(1), town.enquiry(2)
    assert (first.state, copy.state, copy.reason) == (State.TRIAGE, State.SET_ASIDE, SetAside.DUPLICATE)
    assert copy.follow_up_of_id == first.id
    assert "twin_found" in town.events(first.id)


def test_a_like_mail_with_its_own_id_is_no_twin_but_is_proposed(town: Town) -> None:
    text = "Der er et stort hul i vejen ud for nr. 4, og det bliver større hver dag."
    first, again, other = town.receive(
        mail("Hul", text, message_id="<1@x.example.org>"),
        mail("Hul igen", text + " Hører I efter?", message_id="<2@x.example.org>"),
        mail("Skrald", "Skraldet er ikke hentet i denne uge.", message_id="<3@x.example.org>"),
    )
    assert town.enquiry(again).resembles_id == first
    assert town.enquiry(other).resembles_id is None
    with database.write(town.container.engine) as session:
        version = town.enquiry(again).version
        merging.merge(session, town.container.robot, again, first, version=version, by=town.visitator.actor, now=now())
    assert town.enquiry(again).follow_up_of_id == first


def close(town: Town, days_ago: int) -> tuple[int, str]:
    """An enquiry that was answered and closed; returns it and its case's number."""
    (first,) = deliver(town, mail("Træ", "Træet i parken er væltet", message_id="<first@x.example.org>"))
    eventually(lambda: town.enquiry(first).state is State.TRIAGE)
    with database.write(town.container.engine) as session:
        version = town.enquiry(first).version
        decisions.route(
            session, town.container.robot, first, town.units[PARK], version=version, by=town.visitator.actor, now=now()
        )
    eventually(lambda: "forwarded" in town.events(first))
    citizen = town.enquiry(first).sender_address
    town.gateway.add_sent(
        UNITS[PARK], mail("SV: Træ", "Fjernet.", sender=UNITS[PARK], to=citizen, in_reply_to="<first@x.example.org>")
    )
    eventually(lambda: town.enquiry(first).state is State.CLOSED)
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, first).closed_at = now() - timedelta(days=days_ago)
    case = town.enquiry(first).case
    assert case is not None
    assert case.closed_at is not None
    return first, case.number


def test_a_follow_up_within_a_month_opens_the_case_again(town: Town, worker: Worker) -> None:
    first, number = close(town, days_ago=3)
    (again,) = deliver(town, mail("Re: Træ", "Der ligger stadig grene.", in_reply_to="<first@x.example.org>"))
    eventually(lambda: "forwarded" in town.events(again))
    found = town.enquiry(again)
    assert (found.follow_up_of_id, found.unit.name if found.unit else "") == (first, PARK)
    assert found.case is not None
    assert (found.case.number, found.case.closed_at) == (number, None)
    assert "case_reopened" in town.events(again)
    assert town.enquiry(first).state is State.CLOSED


def test_a_later_one_is_related_and_gets_a_case_of_its_own(town: Town, worker: Worker) -> None:
    first, _ = close(town, days_ago=31)
    (again,) = deliver(town, mail("Re: Træ", "Nu er det et andet træ.", in_reply_to="<first@x.example.org>"))
    eventually(lambda: town.enquiry(again).state is State.TRIAGE)
    found = town.enquiry(again)
    assert (found.relates_id, found.follow_up_of_id, found.case_id) == (first, None, None)


def deliver(town: Town, *mails: bytes) -> list[int]:
    before = town.last_enquiry()
    for raw in mails:
        town.gateway.deliver(SHARED, raw)
    eventually(lambda: town.last_enquiry() == before + len(mails))
    return list(range(before + 1, before + 1 + len(mails)))


def test_mail_to_a_units_own_mailbox_is_journaled_not_routed(town: Town, direct: str, worker: Worker) -> None:
    key = town.gateway.deliver(direct, mail("Bænk", "Bænken i parken mangler", to=direct))
    eventually(lambda: town.last_enquiry() == 1 and "forwarded" in town.events(1))
    found = town.enquiry(1)
    assert found.unit is not None
    assert (found.unit.name, found.direct, found.automatic, decision(town, 1).reason) == (
        PARK,
        True,
        False,
        Reason.DIRECT,
    )
    assert {"case_opened", "document_filed", "deadline_registered", "draft_saved"} <= set(town.events(1))
    # The robot's own notice lies in the same mailbox, and is no enquiry; the unit still sees its mail as new.
    assert len(town.gateway.new_messages(direct, None).messages) == 2
    c = town.container
    eventually(lambda: look_into(c, intake.Inboxes(c.engine, c.settings.secret_key)) == 0)
    assert town.last_enquiry() == 1
    assert (town.container.settings.mail_root / direct / "new" / key).exists()


def test_moving_a_mail_to_retur_sends_it_back(town: Town, worker: Worker) -> None:
    (enquiry,) = deliver(town, mail("Træ", "Træet i parken er væltet"))
    eventually(lambda: town.enquiry(enquiry).state is State.TRIAGE)
    for routing_no, unit in enumerate((ROAD, PARK), 1):
        with database.write(town.container.engine) as session:
            version = town.enquiry(enquiry).version
            decisions.route(
                session,
                town.container.robot,
                enquiry,
                town.units[unit],
                version=version,
                by=town.visitator.actor,
                now=now(),
            )
        eventually(lambda: town.events(enquiry).count("forwarded") == routing_no)  # noqa: B023
        (forward,) = town.gateway.new_messages(UNITS[unit], None).messages
        town.gateway.move(UNITS[unit], forward.key, source=Folder.INBOX, target=Folder.RETURNS)
        eventually(lambda: town.enquiry(enquiry).returns == routing_no)  # noqa: B023
        assert town.enquiry(enquiry).state is State.TRIAGE
    assert town.enquiry(enquiry).owner is not None


def test_an_old_mail_in_retur_is_refused_and_an_unknown_one_is_an_enquiry(town: Town, direct: str) -> None:
    (known,) = town.receive(mail("Bænk", "Bænken i parken mangler"))
    town.gateway.deliver(direct, mail("Hul", "Hul i vejen", to=direct, message_id="<d@x.example.org>"))
    town.take_in()
    answered = town.last_enquiry()
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, answered).state = State.CLOSED
    for raw in (
        mail("Hul", "Hul i vejen", to=direct, message_id="<d@x.example.org>"),
        mail("Ukendt", "Til os?", to=direct),
    ):
        key = town.gateway.deliver(direct, raw)
        town.gateway.move(direct, key, source=Folder.INBOX, target=Folder.RETURNS)
    assert look_into(town.container, ReturnFolders()) == 1
    assert look_into(town.container, ReturnFolders()) == 0
    town.take_in()
    assert "return_refused" in town.events(answered)
    new = town.enquiry(town.last_enquiry())
    assert (new.state, new.subject, decision(town, new.id).reason) == (State.TRIAGE, "Ukendt", Reason.FROM_UNIT)
    with database.read(town.container.engine) as session:
        assert session.scalar(select(func.count(Enquiry.id))) == known + 2


@pytest.mark.parametrize("kind", ["bounce", "passed on", "plain"])
def test_what_a_mail_tells_by_itself_is_read_while_nobody_waits_for_the_database(
    town: Town, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Patterns over a stranger's words: within the transaction a slow one would stop the house."""
    writing: list[bool] = []
    watched: list[bool] = []
    real_write = database.write

    @contextmanager
    def write(engine: Engine) -> Iterator[Session]:
        with real_write(engine) as session:
            writing.append(True)
            try:
                yield session
            finally:
                writing.pop()

    def watch(module: ModuleType, name: str) -> None:
        real = getattr(module, name)

        def watching(*args: Any, **kwargs: Any) -> Any:
            watched.append(bool(writing))
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, watching)

    monkeypatch.setattr(database, "write", write)
    watch(recognition, "set_aside")
    watch(bounces, "read")
    watch(bounces, "delivery")
    watch(forwarded, "writers")
    mails = {
        "bounce": mail("Undelivered Mail", "550 5.1.1 user unknown", sender="mailer-daemon@x.example.org"),
        "passed on": mail("VS: Bænk", "Fra: Bo <bo@x.example.org>\nSendt: i dag\nTil: os\nEmne: Bænk\n\nHej",
                          sender="kollega@town.example.org"),
        "plain": mail("Bænk", "Bænken i parken mangler"),
    }  # fmt: skip
    town.receive(mails[kind])
    assert watched
    assert not any(watched)


FLAGS = {
    "X-Spam-Flag": "YES", "Auto-Submitted": "auto-replied", "X-Sluse": "1", "Precedence": "bulk",
    "Content-Type-Of-Nobody": "x", "X-Autoreply": "yes",
}  # fmt: skip


@pytest.mark.parametrize("flag", FLAGS)
def test_a_copy_that_nobody_reads_hides_no_clean_one(town: Town, second: str, flag: str) -> None:
    """A filter of one mailbox, or a stranger who knows the mail, has flagged the first copy."""
    given = {"to": f"{SHARED}, {second}", "message_id": "<akut@borger.example.org>"}
    text = "Min far er faldet på stien i parken og ligger der endnu."
    town.gateway.deliver(SHARED, mail("Akut", text, headers={flag: FLAGS[flag]}, **given))
    town.take_in()
    town.gateway.deliver(second, mail("Akut", text, **given))
    town.take_in()
    states = [town.enquiry(n).state for n in (1, 2)]
    assert State.TRIAGE in states, "one of the two is read by a human"


def test_a_copy_to_be_answered_elsewhere_is_no_twin(town: Town, second: str) -> None:
    given = {"to": f"{SHARED}, {second}", "message_id": "<sag@borger.example.org>"}
    town.gateway.deliver(
        SHARED, mail("Aktindsigt", "Send mig min sag", headers={"Reply-To": "m@evil.example.org"}, **given)
    )
    town.gateway.deliver(second, mail("Aktindsigt", "Send mig min sag", **given))
    town.take_in()
    assert [town.enquiry(n).state for n in (1, 2)] == [State.TRIAGE] * 2


def test_a_copy_of_what_a_human_has_dismissed_is_still_one(town: Town, second: str) -> None:
    raw = mail("Tak", "Tak for i går", to=f"{SHARED}, {second}")
    (first,) = town.receive(raw)
    c = town.container
    with database.write(c.engine) as session:
        decisions.dismiss(
            session,
            c.robot,
            first,
            SetAside.NOT_AN_ENQUIRY,
            version=town.enquiry(first).version,
            by=town.visitator.actor,
            now=now(),
        )
    town.gateway.deliver(second, raw)
    town.take_in()
    assert town.enquiry(2).reason == SetAside.DUPLICATE
