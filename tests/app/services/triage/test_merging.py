"""Two mails, one matter: any two that are open, and back again."""

import pytest

from app import database
from app.domain.enquiry import State
from app.errors import RefusedError
from app.queries.triage import queue
from app.services.triage import decisions, merging, queue_shares, undoing
from tests.town import PARK, Town, mail, now


def merge(town: Town, enquiry: int, thread_root: int) -> None:
    with database.write(town.container.engine) as session:
        merging.merge(
            session, town.container.robot, enquiry, thread_root, version=town.enquiry(enquiry).version,
            by=town.visitator.actor, now=now(), undo_seconds=town.container.settings.undo_seconds,
        )  # fmt: skip


def undo(town: Town) -> int:
    with database.write(town.container.engine) as session:
        return undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now()).id


def test_the_second_goes_with_the_first_and_the_queue_says_so(town: Town) -> None:
    first, second = town.receive(
        mail("Træ", "Træet er væltet"), mail("Igen", "Noget helt andet", sender="b@b.example.org")
    )
    merge(town, second, first)
    with database.read(town.container.engine) as session:
        (row,) = queue.rows(
            session, queue_shares.queue_context(session, town.visitator, queue.QueueFilter(), now=now())
        )
    assert (row.id, row.followers) == (first, 1)
    assert undo(town) == second
    assert town.enquiry(second).follow_up_of_id is None
    merge(town, second, first)
    with database.write(town.container.engine) as session:
        decisions.route(
            session, town.container.robot, first, town.units[PARK], version=town.enquiry(first).version,
            by=town.visitator.actor, now=now(),
        )  # fmt: skip
    assert town.enquiry(second).state is State.ROUTED
    assert undo(town) == first
    assert undo(town) == second


@pytest.mark.parametrize("undo_seconds", [60.0])
def test_it_follows_a_routed_one_to_its_unit_and_undo_brings_it_back(town: Town) -> None:
    first, second = town.receive(mail("Træ", "Træet er væltet"), mail("Igen", "Noget andet", sender="b@b.example.org"))
    with database.write(town.container.engine) as session:
        decisions.route(
            session, town.container.robot, first, town.units[PARK], version=town.enquiry(first).version,
            by=town.visitator.actor, now=now(),
        )  # fmt: skip
    merge(town, second, first)
    assert town.enquiry(second).unit.name == PARK  # type: ignore[union-attr]
    assert undo(town) == second
    assert (town.enquiry(second).state, town.enquiry(second).unit) == (State.TRIAGE, None)


def test_no_circles_no_strangers_and_nothing_that_is_closed(town: Town) -> None:
    first, second, third = town.receive(
        mail("A", "Et træ"),
        mail("B", "Et hul", sender="b@b.example.org"),
        mail("C", "En bus", sender="c@b.example.org"),
    )
    merge(town, second, first)
    merge(town, third, second)
    refused = ((first, first, "merge_itself"), (first, third, "merge_follows"), (first, 999, "merge_impossible"))
    for enquiry, thread_root, why in refused:
        with pytest.raises(RefusedError, match=why):
            merge(town, enquiry, thread_root)


def test_candidates_are_those_that_are_alike(town: Town) -> None:
    text = "Efter stormen ligger et stort træ væltet hen over cykelstien på Prøvevej"
    own, alike, other, asked = town.receive(
        mail("Bænk", "Bænken mangler"),
        mail("Træ", f"{text}.", sender="b@b.example.org"),
        mail("Bus", "Bussen kom aldrig til stoppestedet", sender="c@b.example.org"),
        mail("Stormskade", f"{text} igen."),
    )
    with database.read(town.container.engine) as session:
        found = [each.id for each in merging.candidates(session, session.get_one(type(town.enquiry(asked)), asked))]
    assert set(found) == {own, alike}
    assert other not in found
