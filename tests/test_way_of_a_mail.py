"""The way of a mail, told once from end to end: read this one first.

Real database, real engine, real archive; mail in real folders, and on a real mail server. Only the people are played.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app import database
from app.domain import deadlines
from app.domain.actor import Actor
from app.domain.deadline_status import Today
from app.domain.enquiry import State
from app.domain.period import Period
from app.models.event import Event
from app.models.label import Label
from app.queries.reports import counted
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.scope import EVERYTHING
from app.queries.triage import queue, suggestion_list
from app.services.triage import decisions, queue_shares, returns
from app.workflow.worker import Worker
from connectors.mail.message import Folder, Outgoing
from tests.mail_systems import dovecot_server, estate, mail_system, town
from tests.town import PARK, ROAD, SHARED, UNITS, Town, eventually, mail, now

__all__ = ["dovecot_server", "estate", "mail_system", "town"]


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


def test_way_of_a_mail(town: Town, worker: Worker) -> None:
    c = town.container

    # A citizen writes to the shared mailbox. The bytes are stored before the mail counts as taken.
    town.teach_history()
    picture = b"\x89PNG not really"
    raw = mail("Væltet træ i parken", "Hej. Et stort træ er væltet i parken.", attachment=picture)
    key = town.gateway.deliver(SHARED, raw)
    eventually(lambda: town.last_enquiry() and town.enquiry(town.last_enquiry()).state is State.TRIAGE)
    enquiry = town.enquiry(town.last_enquiry())
    assert town.events(enquiry.id) == ["received", "sent_to_triage"]
    assert town.gateway.raw(SHARED, key) == raw

    # The visitator sees why Park is suggested, and agrees with one key.
    with database.read(c.engine) as session:
        first, *_ = suggestion_list.suggestions(session, enquiry.id)
        assert (
            queue.next_id(session, queue_shares.queue_context(session, town.visitator, queue.QueueFilter(), now=now()))
            == enquiry.id
        )
    assert first.name == PARK
    assert set(first.words) & {"træ", "parken", "væltet"}
    with database.write(c.engine) as session:
        label = decisions.route(
            session, c.robot, enquiry.id, first.unit_id, version=enquiry.version, by=town.visitator.actor, now=now()
        )
        label_id = label.id
    c.learner.wake.set()

    # The model learns at once, and the robot journals: case, documents, deadline, draft, forward.
    eventually(lambda: receipt(town, label_id))
    eventually(lambda: "forwarded" in town.events(enquiry.id))
    case = town.enquiry(enquiry.id).case
    assert case is not None
    folder = c.settings.archive_root / case.number[:4] / case.number
    titles = [json.loads(path.read_text())["titel"] for path in sorted(folder.glob("[0-9]*.json"))]
    assert titles[:2] == ["Væltet træ i parken", "Bilag 1: billede æ.png"]
    assert titles[2].startswith("Svarudkast: SV: Væltet træ")
    assert (folder / "01 henvendelse.eml").read_bytes() == raw
    assert (folder / "02 billede æ.png").read_bytes() == picture
    (deadline,) = [json.loads(path.read_text()) for path in c.settings.deadlines_root.glob("F-*.json")]
    assert deadline["tilbagemelding"] == deadlines.due_on(enquiry.received_at).isoformat()

    # Park finds the mail with case number, deadline, return link and the original, and a draft among its drafts.
    (forward,) = town.gateway.new_messages(UNITS[PARK], None).messages
    raw_forward = town.gateway.raw(UNITS[PARK], forward.key)
    assert b"\r\nDate: " in raw_forward
    parsed = c.parser.parse(raw_forward)
    assert parsed.subject == f"VS: Væltet træ i parken [{case.number}]"
    assert f"{c.settings.base_url}/retur/" in parsed.text
    assert deadlines.danish(enquiry.due_on) in parsed.text
    assert [a.content for a in parsed.attachments] == [raw]
    (draft,) = town.gateway.new_messages(UNITS[PARK], None, folder=Folder.DRAFTS).messages
    unsent = c.parser.parse(town.gateway.raw(UNITS[PARK], draft.key, folder=Folder.DRAFTS))

    # Park answers from its own mailbox. The answer is journaled byte for byte, the deadline met, the case closed.
    answer = mail(
        unsent.subject, unsent.text + "\nVi fjerner træet i morgen.", sender=UNITS[PARK],
        to=enquiry.sender_address, message_id="<answer@town.example.org>", in_reply_to=enquiry.message_id or "",
    )  # fmt: skip
    town.gateway.add_sent(UNITS[PARK], answer)
    eventually(lambda: town.enquiry(enquiry.id).state is State.CLOSED)
    assert (folder / "04 svar.eml").read_bytes() == answer
    assert json.loads((folder / "sag.json").read_text())["lukket"] is not None
    (deadline,) = [json.loads(path.read_text()) for path in c.settings.deadlines_root.glob("F-*.json")]
    assert deadline["afsluttet"] is not None
    assert [kind for kind in town.events(enquiry.id) if kind not in ("learned", "document_filed")] == [
        "received", "sent_to_triage", "confirmed", "case_opened", "deadline_registered", "draft_saved", "forwarded",
        "answered", "deadline_met", "case_closed", "closed",
    ]  # fmt: skip

    with database.read(c.engine) as session:
        met = session.scalars(select(Event).where(Event.enquiry_id == enquiry.id, Event.kind == "deadline_met")).one()
        assert (met.data["in_time"], met.data["feedback_in_time"]) == (True, True)

    # The managers' page has seen it.
    eventually(lambda: figures_of_today(town) == (1, 0, 1))


def figures_of_today(town: Town) -> tuple[int, ...]:
    with database.read(town.container.engine) as session:
        today = Today(deadlines.local_day(now()))
        figures = [BY_KEY[key] for key in ("received", "automatic", "manual")]
        found = counted.count(session, figures, Period(today.day, today.day), EVERYTHING, today)
    return tuple(found[figure.key].count for figure in figures)


def test_not_ours_once_and_twice(town: Town, worker: Worker) -> None:
    """A unit sends a mail back with the link; the second time a named person decides, for good."""
    c = town.container
    town.automatic()
    town.teach_history()
    town.automatic()
    town.gateway.deliver(SHARED, mail("Træ", "Træet i parken er væltet ud over vejen"))
    eventually(lambda: town.last_enquiry() and "forwarded" in town.events(town.last_enquiry()))
    enquiry = town.enquiry(town.last_enquiry())
    due, case = enquiry.due_on, enquiry.case_id
    assert enquiry.automatic

    give_back(town, enquiry.id)
    enquiry = town.enquiry(enquiry.id)
    assert (enquiry.state, enquiry.due_on, enquiry.returns) == (State.TRIAGE, due, 1)
    with database.read(c.engine) as session:
        offered = [s.name for s in suggestion_list.suggestions(session, enquiry.id)]
        assert session.query(Label).filter_by(enquiry_id=enquiry.id).count() == 0
    assert PARK not in offered

    decide(town, enquiry.id, ROAD, by=town.visitator.actor)
    eventually(lambda: town.events(enquiry.id).count("forwarded") == 2)
    assert len(town.gateway.new_messages(UNITS[ROAD], None).messages) == 1
    assert town.enquiry(enquiry.id).case_id == case

    give_back(town, enquiry.id)
    enquiry = town.enquiry(enquiry.id)
    manager = next(p for p in town.people.values() if p.role == "manager")
    assert enquiry.owner_id == manager.id
    with database.read(c.engine) as session:
        assert (
            queue.next_id(session, queue_shares.queue_context(session, town.visitator, queue.QueueFilter(), now=now()))
            is None
        )
        assert (
            queue.next_id(session, queue_shares.queue_context(session, manager, queue.QueueFilter(), now=now()))
            == enquiry.id
        )
    decide(town, enquiry.id, ROAD, by=manager.actor)
    eventually(lambda: town.events(enquiry.id).count("forwarded") == 3)
    with pytest.raises(returns.RefusedError, match="owner_decided"):
        give_back(town, enquiry.id)
    assert len(list(Path(c.settings.deadlines_root).glob("F-*.json"))) == 1


def test_a_draft_once_sent_does_not_come_back(town: Town) -> None:
    draft = Outgoing("<d@town.example.org>", UNITS[PARK], "x@borger.example.org", "SV: Hej", "Hej")
    town.gateway.save_draft(UNITS[PARK], draft)
    (ref,) = town.gateway.new_messages(UNITS[PARK], None, folder=Folder.DRAFTS).messages
    town.gateway.move(UNITS[PARK], ref.key, source=Folder.DRAFTS, target=Folder.SENT)
    town.gateway.save_draft(UNITS[PARK], draft)
    assert town.gateway.new_messages(UNITS[PARK], None, folder=Folder.DRAFTS).messages == ()


def receipt(town: Town, label_id: int) -> bool:
    with database.read(town.container.engine) as session:
        found = suggestion_list.receipt(session, label_id)
        return found is not None and found.learned


def give_back(town: Town, enquiry_id: int) -> None:
    with database.write(town.container.engine) as session:
        routing_no = town.enquiry(enquiry_id).routing_no
        enquiry = returns.returnable(session, returns.ReturnLink(enquiry_id, routing_no))
        returns.give_back(session, enquiry, by=Actor("unit"), now=now())


def decide(town: Town, enquiry_id: int, unit: str, *, by: Actor) -> None:
    with database.write(town.container.engine) as session:
        version = town.enquiry(enquiry_id).version
        decisions.route(session, town.container.robot, enquiry_id, town.units[unit], version=version, by=by, now=now())
