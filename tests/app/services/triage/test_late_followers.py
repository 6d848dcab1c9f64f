"""A mail is set aside, or leaves the house, only if whoever decided had it before them."""

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.models.authority import Referral
from app.queries.triage import queue
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from app.services.triage import decisions, queue_shares, referring, undoing
from tests.town import PARK, Town, mail, now

WAYS = ("not_enquiry", "not_ours", "authority", "nobody")


@pytest.fixture
def authority(town: Town) -> int:
    with database.write(town.container.engine) as session:
        line = AuthorityLine("Vejdirektoratet", "vd@stat.example.org", "Motorveje")
        return authorities.save(session, None, line, by=Actor("admin"), now=now()).id


def thread(town: Town) -> tuple[int, int, int]:
    """A mail, the follow-up that its page shows, and one to that follow-up which came later."""
    return tuple(  # type: ignore[return-value]
        town.receive(
            mail("Hul", "Hul i motorvejen", message_id="<1@borger.example.org>"),
            mail(
                "SV: Hul",
                "Det er ved afkørsel 3",
                message_id="<2@borger.example.org>",
                in_reply_to="<1@borger.example.org>",
            ),
            mail(
                "SV: SV: Hul",
                "Min mor mangler hjemmehjælp",
                message_id="<3@borger.example.org>",
                in_reply_to="<2@borger.example.org>",
            ),
        )
    )


def end(town: Town, enquiry: int, way: str, authority: int, shown: tuple[int, ...]) -> None:
    version, robot = town.enquiry(enquiry).version, town.container.robot
    with database.write(town.container.engine) as session:
        if way in ("authority", "nobody"):
            referring.refer(
                session, robot, enquiry, authority if way == "authority" else None, "Brev", version=version,
                by=town.visitator.actor, now=now(), undo_seconds=60, shown=shown,
            )  # fmt: skip
        else:
            reason = SetAside.NOT_AN_ENQUIRY if way == "not_enquiry" else SetAside.NOT_OURS
            decisions.dismiss(
                session, robot, enquiry, reason, version=version, by=town.visitator.actor, now=now(), shown=shown
            )


def queued(town: Town) -> list[int]:
    with database.read(town.container.engine) as session:
        return [
            row.id
            for row in queue.rows(
                session, queue_shares.queue_context(session, town.visitator, queue.QueueFilter(), now=now())
            )
        ]


@pytest.mark.parametrize("way", WAYS)
def test_what_came_after_the_page_was_shown_waits_for_a_human(town: Town, authority: int, way: str) -> None:
    first, seen, late = thread(town)
    assert queued(town) == [first]
    end(town, first, way, authority, (seen,))
    gone = State.SET_ASIDE if way == "not_enquiry" else State.REFERRED
    assert [town.enquiry(n).state for n in (first, seen, late)] == [gone, gone, State.TRIAGE]
    assert (town.enquiry(late).follow_up_of_id, town.enquiry(late).relates_id) == (None, seen)
    assert queued(town) == [late]
    assert "left_waiting" in town.events(late)
    with database.read(town.container.engine) as session:
        assert late not in set(session.scalars(select(Referral.enquiry_id)))


@pytest.mark.parametrize("way", WAYS)
def test_nothing_shown_ends_nothing_else_and_all_shown_ends_all(town: Town, authority: int, way: str) -> None:
    first, seen, late = thread(town)
    end(town, first, way, authority, ())
    # The later one follows what has not ended, and goes on waiting with that.
    assert [town.enquiry(n).state for n in (first, seen, late)].count(State.TRIAGE) == 2
    assert (queued(town), town.enquiry(late).follow_up_of_id) == ([seen], seen)
    end(town, seen, way, authority, (late, 999))
    assert queued(town) == []


def test_only_follow_ups_of_the_mail_end_with_it(town: Town, authority: int) -> None:
    first, other = town.receive(mail("Hul", "Hul"), mail("Træ", "Noget helt andet", sender="b@b.example.org"))
    end(town, first, "not_enquiry", authority, (other,))
    assert town.enquiry(other).state is State.TRIAGE


def test_a_late_one_is_routed_by_itself_and_the_decision_can_be_undone(town: Town, authority: int) -> None:
    first, seen, late = thread(town)
    end(town, first, "not_enquiry", authority, (seen,))
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())
    assert {town.enquiry(n).state for n in (first, seen, late)} == {State.TRIAGE}
    assert queued(town) == [first, late]
    town.decide(late, PARK)
    assert (town.enquiry(late).state, town.enquiry(first).state) == (State.ROUTED, State.TRIAGE)
