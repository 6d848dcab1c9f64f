"""One mail, several matters: each goes its own way, the mail itself ends once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.domain.splitting import MailPart
from app.errors import ConflictError, RefusedError
from app.models.case import Acknowledgement, Deadline
from app.models.enquiry import Enquiry
from app.models.prediction import RankingRequest
from app.models.unit import Mailbox
from app.queries.triage import queue, suggestion_list
from app.queries.triage.splitting import division
from app.services.casework import acknowledging
from app.services.enquiries import erasing
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from app.services.triage import decisions, queue_shares, referring, returns, undoing
from app.workflow.worker import Worker
from connectors.mail.message import Folder
from tests.app.services.triage.steps_of_splitting import HOLE, TREE, route, split
from tests.town import PARK, ROAD, SHARED, UNITS, Town, eventually, mail, now

RAW = mail("To ting", f"{TREE.text}\n\n{HOLE.text}", message_id="<to@borger.example.org>", attachment=b"x")


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


def undo(town: Town) -> int:
    with database.write(town.container.engine) as session:
        return undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now()).id


def test_each_part_has_its_own_suggestion_and_the_mails_deadline(town: Town) -> None:
    town.teach_history()
    (whole,) = town.receive(RAW)
    tree, hole = split(town, whole)
    with database.read(town.container.engine) as session:
        assert [suggestion_list.suggestions(session, n) for n in (tree, hole)] == [[], []], (
            "that is the learner's to make"
        )
    assert town.container.learner.wake.is_set()
    town.learn()
    with database.read(town.container.engine) as session:
        assert [suggestion_list.suggestions(session, n)[0].name for n in (tree, hole)] == [PARK, ROAD]
        assert session.scalars(select(RankingRequest)).all() == []
        rows = [session.get_one(Enquiry, n) for n in (whole, tree, hole)]
        assert [row.part for row in rows] == [0, 1, 2]
        assert len({row.raw_mail_id for row in rows}) == 1
        assert len({(row.due_on, row.answer_due_on, row.received_at) for row in rows}) == 1
        assert [len(row.attachments) for row in rows] == [1, 1, 0]
        found = division(session, rows[2], town.visitator)
        assert found is not None
        assert (found.whole.id, [part.id for part in found.parts], found.place(hole)) == (whole, [tree, hole], 2)
        assert (
            queue.waiting(session, queue_shares.queue_context(session, town.visitator, queue.QueueFilter(), now=now()))
            == 2
        )
    assert (town.enquiry(whole).state, town.enquiry(whole).reason) == (State.SET_ASIDE, SetAside.SPLIT)
    assert "split" in town.events(whole)
    assert "split_off" in town.events(tree)


def test_parts_are_decided_learned_and_journaled_one_by_one_and_acknowledged_once(town: Town, worker: Worker) -> None:
    with database.write(town.container.engine) as session:
        acknowledging.switch(session, session.scalars(select(Mailbox)).one().id, on=True, by=Actor("admin"), now=now())
    (whole,) = arrive(town, RAW)
    tree, hole = split(town, whole)
    route(town, tree, PARK)
    route(town, hole, ROAD)
    eventually(lambda: all("forwarded" in town.events(n) for n in (tree, hole)))
    eventually(lambda: all(work.ended for work in town.container.robot.jobs()))
    cases = [town.enquiry(n).case.number for n in (tree, hole)]  # type: ignore[union-attr]
    assert len(set(cases)) == 2
    with database.read(town.container.engine) as session:
        assert len(session.scalars(select(Acknowledgement)).all()) == 1
    for unit, part in ((PARK, TREE), (ROAD, HOLE)):
        (forward,) = town.gateway.new_messages(UNITS[unit], None).messages
        letter = town.container.parser.parse(town.gateway.raw(UNITS[unit], forward.key))
        assert part.text in letter.text
        (attached,) = letter.attachments
        own = town.container.parser.parse(attached.content)
        other = HOLE if part is TREE else TREE
        assert part.text in own.text
        assert other.text not in attached.content.decode()
        assert [a.content for a in own.attachments] == ([b"x"] if part is TREE else [])


def arrive(town: Town, raw: bytes) -> list[int]:
    before = town.last_enquiry()
    town.gateway.deliver(SHARED, raw)
    eventually(lambda: town.last_enquiry() > before and town.enquiry(town.last_enquiry()).state is not State.RECEIVED)
    return [town.last_enquiry()]


def test_answers_find_the_right_part(town: Town, worker: Worker) -> None:
    (whole,) = arrive(town, RAW)
    tree, hole = split(town, whole)
    for part in (tree, hole):
        route(town, part, PARK)  # the same unit has both: only the case number tells them apart
    eventually(lambda: all("forwarded" in town.events(n) for n in (tree, hole)))
    number = town.enquiry(hole).case.number  # type: ignore[union-attr]
    citizen = "proeve@borger.example.org"
    (named,) = arrive(town, mail(f"SV: Hullet [{number}]", "Det er vokset", in_reply_to="<to@borger.example.org>"))
    assert town.enquiry(named).follow_up_of_id == hole
    (unnamed,) = arrive(town, mail("SV: To ting", "Hvordan går det?", in_reply_to="<to@borger.example.org>"))
    assert (town.enquiry(unnamed).follow_up_of_id, town.enquiry(unnamed).relates_id) == (None, whole)
    answer = mail(
        f"SV: Hullet [{number}]", "Fyldt", sender=UNITS[PARK], to=citizen, in_reply_to="<to@borger.example.org>"
    )
    town.gateway.add_sent(UNITS[PARK], answer)
    eventually(lambda: "answered" in town.events(hole))
    assert "answered" not in town.events(tree)


def test_a_second_copy_of_the_mail_is_still_a_twin(town: Town) -> None:
    (whole,) = town.receive(RAW)
    split(town, whole)
    (copy,) = town.receive(RAW)
    assert (town.enquiry(copy).reason, town.enquiry(copy).follow_up_of_id) == (SetAside.DUPLICATE, whole)


def test_undo_puts_it_together_until_a_part_is_decided(town: Town) -> None:
    (whole,) = town.receive(RAW)
    parts = split(town, whole)
    assert undo(town) == whole
    assert town.enquiry(whole).state is State.TRIAGE
    assert {town.enquiry(n).reason for n in parts} == {SetAside.SPLIT_UNDONE}
    again = split(town, whole)
    assert [town.enquiry(n).part for n in again] == [3, 4]
    with database.write(town.container.engine) as session:
        decisions.dismiss(
            session, town.container.robot, again[0], SetAside.NOT_AN_ENQUIRY,
            version=town.enquiry(again[0]).version, by=town.visitator.actor, now=now(),
        )  # fmt: skip
    assert undo(town) == again[0]
    assert undo(town) == whole
    with pytest.raises(RefusedError, match="nothing_to_undo"):
        undo(town)


def test_a_split_whose_part_has_left_cannot_be_undone(town: Town) -> None:
    (whole,) = town.receive(RAW)
    tree, _hole = split(town, whole)
    with database.write(town.container.engine) as session:
        other = town.people[next(role for role in town.people if role != town.visitator.role)]
        decisions.route(
            session,
            town.container.robot,
            tree,
            town.units[PARK],
            version=town.enquiry(tree).version,
            by=other.actor,
            now=now(),
        )
    with pytest.raises(RefusedError, match="part_decided"):
        undo(town)


def test_what_came_back_goes_on_with_its_case_in_the_first_part(town: Town, worker: Worker) -> None:
    (whole,) = arrive(town, RAW)
    route(town, whole, PARK)
    eventually(lambda: "forwarded" in town.events(whole))
    case = town.enquiry(whole).case_id
    with database.write(town.container.engine) as session:
        back = returns.returnable(session, returns.ReturnLink(whole, 1))
        returns.give_back(session, back, by=Actor("park"), now=now())
    tree, hole = split(town, whole)
    route(town, tree, PARK)
    route(town, hole, ROAD)
    eventually(lambda: all("forwarded" in town.events(n) for n in (tree, hole)))
    assert town.enquiry(tree).case_id == case
    assert town.enquiry(hole).case_id not in (case, None)
    with database.read(town.container.engine) as session:
        assert session.get_one(Deadline, whole).met_on is not None
        assert session.get_one(Deadline, tree).met_on is None


def test_two_cannot_split_one_mail_and_an_unreadable_one_is_not_split(town: Town) -> None:
    (whole,) = town.receive(RAW)
    version = town.enquiry(whole).version
    split(town, whole)
    with pytest.raises(ConflictError):
        split(town, whole, version=version)
    (other,) = town.receive(mail("To", "Et\n\nTo"))
    with pytest.raises(RefusedError, match="split_part_empty"):
        split(town, other, TREE, MailPart("", "x"))


def test_erasing_a_person_takes_the_parts_with_it(town: Town) -> None:
    (whole,) = town.receive(RAW)
    parts = split(town, whole)
    with database.write(town.container.engine) as session:
        with pytest.raises(RefusedError, match="erase_open"):
            erasing.erase(session, "proeve@borger.example.org", by=Actor("dpo"), now=now())
        for part in parts:
            version = session.get_one(Enquiry, part).version
            decisions.dismiss(
                session,
                town.container.robot,
                part,
                SetAside.NOT_AN_ENQUIRY,
                version=version,
                by=town.visitator.actor,
                now=now(),
            )
        assert erasing.erase(session, "proeve@borger.example.org", by=Actor("dpo"), now=now()) == 3
    with database.read(town.container.engine) as session:
        rows = [session.get_one(Enquiry, n) for n in (whole, *parts)]
        assert {(row.subject, row.text, row.sender_address, row.raw.content) for row in rows} == {("", "", "", b"")}


def test_a_part_sent_on_takes_nothing_else_with_it(town: Town, worker: Worker) -> None:
    (whole,) = arrive(town, RAW)
    _tree, hole = split(town, whole)
    with database.write(town.container.engine) as session:
        line = AuthorityLine("Vejvæsenet", "vej@stat.example.org")
        authority = authorities.save(session, None, line, by=Actor("admin"), now=now()).id
        version = session.get_one(Enquiry, hole).version
        referring.refer(
            session, town.container.robot, hole, authority, "Sendt", version=version, by=town.visitator.actor, now=now()
        )
    eventually(lambda: "sent_on" in town.events(hole))
    (sent, *_) = town.gateway.new_messages(SHARED, None, folder=Folder.SENT).messages
    letter = town.container.parser.parse(town.gateway.raw(SHARED, sent.key, folder=Folder.SENT))
    assert HOLE.text in letter.text
    assert "proeve@borger.example.org" in letter.text
    assert TREE.text not in letter.text
    assert letter.attachments == ()
