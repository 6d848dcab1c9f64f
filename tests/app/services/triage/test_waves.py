"""Waves: found as the mails come, decided together, learned as a few lessons, taken back whole."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.errors import ConflictError, RefusedError
from app.models.alarm import Alarm
from app.models.enquiry import Enquiry
from app.models.label import Label
from app.models.wave import LikenessBand, WaveMember
from app.queries.triage import queue, wave_members
from app.services.learning import model_replay
from app.services.platform import settings
from app.services.triage import decisions, queue_shares, undoing, waves
from tests.storm import storm, wave_ids
from tests.town import PARK, ROAD, Town, mail, now


def decide(town: Town, wave_id: int, unit: str, **other: object) -> waves.Decided:
    with database.write(town.container.engine) as session:
        versions = {row.id: row.version for row in wave_members.members(session, wave_id)} | other.get("versions", {})  # type: ignore[operator]
        return waves.decide(
            session, town.container.robot, wave_id, town.units[unit], versions, by=town.visitator.actor, now=now()
        )


def test_three_are_no_wave_four_are_and_the_fifth_joins(town: Town) -> None:
    town.receive(*(storm(n) for n in range(3)), mail("Licens", "Hvor søger man beboerlicens til parkeringszonen?"))
    assert wave_ids(town) == set()
    (fourth,) = town.receive(storm(3))
    (wave_id,) = wave_ids(town)
    (fifth,) = town.receive(storm(4))
    with database.read(town.container.engine) as session:
        found = wave_members.banner(session, fifth)
        assert found is not None
        assert (found.wave_id, found.mails, found.subject) == (wave_id, 5, "Storm 3")
        context = queue_shares.queue_context(session, town.visitator, queue.QueueFilter(), now=now())
        rows = queue.rows(session, context)
        assert sorted(row.alike for row in rows) == [0, 5]
        assert queue.waiting(session, context) == 6
    assert "wave_found" in town.events(fourth)


def test_one_sender_makes_no_wave(town: Town) -> None:
    town.receive(*(storm(n, "Samme <samme@borger.example.org>") for n in range(6)))
    assert wave_ids(town) == set()


QUOTED = """

Den 3. nov. 2026 kl. 10.12 skrev Kommunen <tmf@town.example.org>:
> Vi har fået din henvendelse om storskrald, parkeringszonen ved havnen og hullerne i asfalten på Prøvevej.
> Du hører fra os, når tilsynet har set på fortovet, gadelygterne og de væltede træer langs cykelstien.
"""
OWN = (
    "Hvornår kommer I?",
    "Mange tak for beskeden.",
    "Jeg har ikke hørt mere.",
    "Hvem kan jeg ringe til?",
    "Er det klaret?",
)


def answers(same: bool) -> list[bytes]:
    who = "samme@borger.example.org"
    return [
        mail(
            "SV: min mail til jer",
            own + QUOTED,
            sender=who if same else f"b{n}@borger.example.org",
            message_id=f"<s{n}@x>",
        )
        for n, own in enumerate(OWN)
    ]


@pytest.mark.parametrize("same", [False, True])
def test_the_same_words_quoted_below_are_no_wave_and_nothing_to_merge(town: Town, same: bool) -> None:
    ids = town.receive(*answers(same))
    assert len(ids) == len(OWN)
    assert wave_ids(town) == set()
    assert [town.enquiry(n).resembles_id for n in ids] == [None] * len(ids)
    with database.read(town.container.engine) as session:
        assert [waves.neighbours(session, session.get_one(Enquiry, n)) for n in ids] == [[]] * len(ids)


def test_what_came_long_before_is_no_part_of_it(town: Town) -> None:
    town.receive(*(storm(n) for n in range(3)), received_at=now() - timedelta(days=8))
    town.receive(storm(3))
    assert wave_ids(town) == set()


def test_a_new_mail_looks_at_a_few_however_many_there_are(town: Town) -> None:
    """A band holds many mails of one text; a query of its own for each band sees the latest of them only."""
    town.receive(*(storm(0, f"b{n}@borger.example.org") for n in range(30)))
    with database.read(town.container.engine) as session:
        assert len(session.scalars(select(WaveMember.enquiry_id)).all()) == 30
        crowd = select(func.count()).select_from(LikenessBand).group_by(LikenessBand.band)
        fullest = session.scalar(crowd.order_by(func.count().desc()).limit(1))
        assert fullest == 30
        last = session.scalars(select(Enquiry).order_by(Enquiry.id.desc()).limit(1)).one()
        assert len(waves.neighbours(session, last)) <= waves.NEIGHBOURS


def test_each_is_labelled_and_journaled_and_the_model_learns_four_times(town: Town) -> None:
    town.teach_history()
    ids = town.receive(*(storm(n) for n in range(9)))
    (wave_id,) = wave_ids(town)
    done = decide(town, wave_id, ROAD)
    assert (done.mails, done.overtaken) == (9, 0)
    assert all(town.enquiry(n).state is State.ROUTED for n in ids)
    assert len(town.container.robot.jobs()) == 9
    town.learn()
    with database.read(town.container.engine) as session:
        labels = list(session.scalars(select(Label).where(Label.enquiry_id.in_(ids)).order_by(Label.id)))
        assert [label.taught for label in labels] == [True] * waves.TAUGHT + [False] * 5
        labels = {
            each.enquiry_id for each in model_replay.training_labels(session, after=0, until=model_replay.end(session))
        }
        assert labels & set(ids) == set(ids[: waves.TAUGHT])
    assert {kind for n in ids for kind in town.events(n) if kind in ("confirmed", "corrected")} <= {
        "confirmed",
        "corrected",
    }
    assert all("learned" in town.events(n) for n in ids)


def test_a_wave_trips_no_cap_and_raises_no_alarm(town: Town) -> None:
    with database.write(town.container.engine) as session:
        settings.put(session, settings.LABEL_CAP, 5)
    town.receive(*(storm(n) for n in range(12)))
    (wave_id,) = wave_ids(town)
    decide(town, wave_id, ROAD)
    assert town.learn() == 12
    with database.read(town.container.engine) as session:
        assert session.scalars(select(Alarm)).all() == []


@pytest.mark.parametrize("undo_seconds", [60.0])
def test_one_undo_takes_the_whole_wave_back_and_the_model_forgets_it(town: Town) -> None:
    town.teach_history()
    town.learn()
    before = town.container.learner.state_hash()
    ids = town.receive(*(storm(n) for n in range(6)))
    (wave_id,) = wave_ids(town)
    decide(town, wave_id, ROAD)
    town.learn()
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())
    town.learn()
    assert all(town.enquiry(n).state is State.TRIAGE for n in ids)
    assert town.container.learner.state_hash() == before
    with database.write(town.container.engine) as session, pytest.raises(RefusedError, match="nothing_to_undo"):
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())


def test_what_somebody_changed_meanwhile_and_what_was_not_seen_stay(town: Town) -> None:
    ids = town.receive(*(storm(n) for n in range(6)))
    (wave_id,) = wave_ids(town)
    with database.read(town.container.engine) as session:
        seen = {row.id: row.version for row in wave_members.members(session, wave_id)}
    (late,) = town.receive(storm(7))
    with database.write(town.container.engine) as session:
        other = town.people[Role.MANAGER]
        decisions.route(
            session, town.container.robot, ids[0], town.units[PARK], version=seen[ids[0]], by=other.actor, now=now()
        )
        done = waves.decide(
            session, town.container.robot, wave_id, town.units[ROAD], seen, by=town.visitator.actor, now=now()
        )
    assert (done.mails, done.overtaken) == (5, 1)
    assert town.enquiry(ids[0]).unit.name == PARK  # type: ignore[union-attr]
    assert town.enquiry(late).state is State.TRIAGE
    with database.write(town.container.engine) as session, pytest.raises(ConflictError):
        waves.decide(session, town.container.robot, wave_id, town.units[ROAD], seen, by=town.visitator.actor, now=now())


def test_a_mail_taken_out_is_decided_on_its_own_and_does_not_come_back(town: Town) -> None:
    ids = town.receive(*(storm(n) for n in range(5)))
    (wave_id,) = wave_ids(town)
    with database.write(town.container.engine) as session:
        waves.take_out(session, wave_id, [ids[1]], by=town.visitator.actor, now=now())
    done = decide(town, wave_id, ROAD)
    assert done.mails == 4
    assert town.enquiry(ids[1]).state is State.TRIAGE
    assert "left_wave" in town.events(ids[1])


def test_blind_mails_never_enter_a_wave(town: Town) -> None:
    town.teach_history()
    town.sample(humans=1.0)
    town.receive(*(storm(n) for n in range(6)))
    assert wave_ids(town) == set()
