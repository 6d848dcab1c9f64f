"""One protocol of undo: each kind of decision has a plan and what takes it back, and the two agree wherever its mails stand."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from typing import NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.domain import undo
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.events import CATALOGUE
from app.domain.outside import of_authority
from app.domain.recognition import SetAside
from app.errors import RefusedError
from app.models.authority import Referral
from app.models.case import Case, Forward
from app.models.enquiry import Enquiry
from app.queries.triage import recent_decisions, undo_plans, wave_members
from app.services.inbound import aside
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from app.services.triage import decisions, merging, referring, undoing, waves
from tests.app.services.triage.steps_of_decisions import route
from tests.app.services.triage.steps_of_splitting import HOLE, TREE, split
from tests.storm import storm, wave_ids
from tests.town import PARK, ROAD, Town, mail, now


def thread(town: Town) -> list[int]:
    """A mail that waits, and its follow-up."""
    first = mail("Træ", "Træet i parken er væltet", message_id="<first@borger.example.org>")
    return town.receive(first, mail("SV: Træ", "Hvornår?", in_reply_to="<first@borger.example.org>"))


def confirmed(town: Town) -> list[int]:
    town.teach_history()
    mails = thread(town)
    route(town, mails[0], PARK)
    return mails


def corrected(town: Town) -> list[int]:
    mails = thread(town)
    route(town, mails[0], ROAD)
    return mails


def dismissed(town: Town, reason: SetAside = SetAside.NOT_AN_ENQUIRY) -> list[int]:
    mails = thread(town)
    version = town.enquiry(mails[0]).version
    with database.write(town.container.engine) as session:
        decisions.dismiss(
            session,
            town.container.robot,
            mails[0],
            reason,
            version=version,
            by=town.visitator.actor,
            now=now(),
            shown=mails,
        )
    return mails


def referred_before_letters(town: Town) -> list[int]:
    return dismissed(town, SetAside.NOT_OURS)


def authority(town: Town) -> int:
    line = AuthorityLine("Nabostrup Kommune", "post@nabostrup.example.net", "Alt i Nabostrup")
    with database.write(town.container.engine) as session:
        return authorities.save(session, None, line, by=Actor("admin"), now=now()).id


def referred(town: Town) -> list[int]:
    mails, neighbour = thread(town), authority(town)
    version = town.enquiry(mails[0]).version
    with database.write(town.container.engine) as session:
        referring.refer(
            session, town.container.robot, mails[0], neighbour, "Sendt videre.", version=version, by=town.visitator.actor,
            now=now(), shown=mails,
        )  # fmt: skip
    return mails


def merged(town: Town, *, routed: bool = False) -> list[int]:
    root, own = town.receive(mail("Træ", "Træet"), mail("Andet", "Noget andet", sender="b@b.example.org"))
    if routed:
        town.decide(root)
    version = town.enquiry(own).version
    with database.write(town.container.engine) as session:
        merging.merge(session, town.container.robot, own, root, version=version, by=town.visitator.actor, now=now())
    return [own, root]


def merged_into_a_routed_one(town: Town) -> list[int]:
    return merged(town, routed=True)


def split_up(town: Town) -> list[int]:
    (whole,) = town.receive(mail("To ting", f"{TREE.text}\n\n{HOLE.text}", attachment=b"x"))
    return [whole, *split(town, whole)]


def put_back(town: Town) -> list[int]:
    (own,) = town.receive(mail("Vind", "Nu", headers={"X-Spam-Flag": "YES"}))
    with database.write(town.container.engine) as session:
        aside.put_back(session, own, by=town.visitator.actor, now=now())
    return [own]


def wave(town: Town, belongs: int | str | None = None) -> list[int]:
    town.receive(*(storm(n) for n in range(4)))
    (wave_id,) = wave_ids(town)
    with database.write(town.container.engine) as session:
        versions = {row.id: row.version for row in wave_members.members(session, wave_id)}
        waves.decide(
            session,
            town.container.robot,
            wave_id,
            belongs or town.units[PARK],
            versions,
            by=town.visitator.actor,
            now=now(),
        )
    return sorted(versions)


def wave_sent_on(town: Town) -> list[int]:
    return wave(town, of_authority(authority(town)))


MADE: tuple[tuple[str, Callable[[Town], list[int]]], ...] = (
    ("confirmed", confirmed),
    ("corrected", corrected),
    ("dismissed", dismissed),
    ("referred", referred),
    ("referred", referred_before_letters),
    ("merged", merged),
    ("merged", merged_into_a_routed_one),
    ("split", split_up),
    ("put_back", put_back),
    ("wave_decided", wave),
    ("wave_decided", wave_sent_on),
)


class Change(NamedTuple):
    """What happens to one of a decision's mails (by its place) before it is undone."""

    place: int
    state: State | None
    routed_again: bool = False
    forward: str = ""
    returned: bool = False
    case: bool = False
    referral_begun: bool = False


def changes(mails: int) -> Iterator[Change]:
    for state, again in product([None, *State], (False, True)):
        yield Change(0, state, again)
    for place, forward in product(range(min(mails, 2)), ("begun", "sent")):
        yield Change(place, None, forward=forward)
        yield Change(place, None, routed_again=True, forward=forward)
    for place, state in product(range(min(mails, 2)), (None, State.TRIAGE, State.ANSWERED)):
        yield Change(place, state)
        yield Change(place, state, returned=True)
        yield Change(place, state, case=True)
        yield Change(place, state, referral_begun=True)


def apply(session: Session, town: Town, enquiry: Enquiry, change: Change) -> None:
    enquiry.state = change.state or enquiry.state
    enquiry.routing_no += change.routed_again
    enquiry.returns += change.returned
    if change.case:
        enquiry.case = Case(number="2026-000001", opened_at=now())
    if change.forward:
        sent_at = now() if change.forward == "sent" else None
        row = Forward(
            message_id="<f@x>", enquiry_id=enquiry.id, routing_no=enquiry.routing_no, unit_id=town.units[PARK]
        )
        row.sent_at = sent_at
        session.add(row)
    for referral in session.scalars(select(Referral).where(Referral.enquiry_id == enquiry.id)):
        referral.begun_at = now() if change.referral_begun else None
    session.flush()


class Rehearsed(Exception):
    """End a transaction that is not kept."""


def agree(town: Town, mails: list[int], change: Change) -> bool:
    """Rehearse a change and an undo; tells whether the plan allowed it, having seen that the undo did the same."""
    possible = False
    with suppress(Rehearsed), database.write(town.container.engine) as session:
        apply(session, town, session.get_one(Enquiry, mails[change.place]), change)
        made = recent_decisions.find(session, town.visitator.email)
        assert made is not None
        assert made.way is undo_plans.plan(session, made.event).way
        possible = made.way.possible
        if possible:
            back = undoing.undo(
                session, town.container.robot, by=town.visitator.actor, now=now(), event_id=made.event.id
            )
            session.flush()
            standing = recent_decisions.undoable(session, town.visitator.email)
            assert back.id == mails[0], change
            assert made.event.id not in {each.event.id for each in standing}, change
        else:
            with pytest.raises(RefusedError):
                undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now(), event_id=made.event.id)
            assert not session.dirty, change
            assert not session.new, change
        raise Rehearsed
    return possible


def test_each_kind_has_a_plan_and_what_takes_it_back() -> None:
    kinds = {CATALOGUE[kind] for kind in undo.KINDS}
    assert kinds == set(undo_plans.PLANS) == set(undoing.TAKE_BACK)
    assert {kind for kind, _ in MADE} == set(undo.KINDS)


@pytest.mark.parametrize(("kind", "make"), MADE, ids=[make.__name__ for _, make in MADE])
def test_what_the_plan_allows_is_done_and_the_rest_is_refused(
    town: Town, kind: str, make: Callable[[Town], list[int]]
) -> None:
    mails = make(town)
    with database.read(town.container.engine) as session:
        made = recent_decisions.find(session, town.visitator.email)
        assert made is not None
        assert (made.kind, made.enquiry_id) == (kind, mails[0])
    found = {agree(town, mails, change) for change in changes(len(mails))}
    assert found == {True, False}
    assert agree(town, mails, Change(0, None))


def test_a_follow_up_that_is_leaving_stands_against_the_whole(town: Town) -> None:
    first, follower = corrected(town)
    with database.write(town.container.engine) as session:
        apply(session, town, session.get_one(Enquiry, follower), Change(1, None, forward="begun"))
        made = recent_decisions.find(session, town.visitator.email)
        assert made is not None
        assert made.way is undo.UndoPlan.LEAVING
        with pytest.raises(RefusedError, match="leaving_now") as refusal:
            undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())
    assert refusal.value.details["enquiry_id"] == follower
    assert town.enquiry(first).state is State.ROUTED
