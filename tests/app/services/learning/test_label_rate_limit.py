"""An account teaches at a pace no human exceeds; what is beyond it waits and is not lost."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.actor import Actor
from app.domain.alarm import AlarmKind
from app.domain.enquiry import LabelSource
from app.models.alarm import Alarm
from app.models.enquiry import Enquiry
from app.models.label import Label, LabelPosition
from app.services.learning import labels
from app.services.platform import settings
from tests.town import PARK, Town, mail

MOMENT = datetime.fromisoformat("2026-11-17T10:00:00+00:00")


@pytest.fixture
def enquiries(town: Town) -> list[int]:
    with database.write(town.container.engine) as session:
        settings.put(session, settings.LABEL_CAP, 4)
    return town.receive(*(mail(f"Træ {n}", f"Træ nummer {n} er væltet") for n in range(10)))


def label(town: Town, ids: list[int], at: datetime, *, by: str = "ida@example.org", step: float = 0) -> None:
    with database.write(town.container.engine) as session:
        for n, enquiry_id in enumerate(ids):
            enquiry = session.get_one(Enquiry, enquiry_id)
            given = at + timedelta(minutes=step * n)
            labels.give(session, enquiry, town.units[PARK], LabelSource.CONFIRMED, by=Actor(by), now=given)


def learned(town: Town, minutes: float) -> int:
    town.container.learner.catch_up(now=MOMENT + timedelta(minutes=minutes))
    with database.read(town.container.engine) as session:
        return session.scalar(select(func.count()).select_from(LabelPosition)) or 0


def test_what_is_beyond_the_pace_waits_and_is_learned_in_turn(town: Town, enquiries: list[int]) -> None:
    label(town, enquiries, MOMENT)
    assert [learned(town, minutes) for minutes in (0, 9, 10, 19, 20)] == [4, 4, 8, 8, 10]
    with database.read(town.container.engine) as session:
        alarm = session.scalars(select(Alarm)).one()
        assert (alarm.kind, alarm.data["account"]) == (AlarmKind.LABEL_FLOOD, "ida@example.org")


def test_the_others_need_not_wait(town: Town, enquiries: list[int]) -> None:
    label(town, enquiries[:6], MOMENT, by="flood@example.org")
    label(town, enquiries[6:], MOMENT)
    assert learned(town, 0) == 8


def test_a_past_taught_at_once_is_learned_at_once(town: Town, enquiries: list[int]) -> None:
    label(town, enquiries, MOMENT - timedelta(days=300), step=5)
    assert learned(town, 0) == 10


def test_a_label_that_waits_can_be_taken_back(town: Town, enquiries: list[int]) -> None:
    label(town, enquiries[:5], MOMENT)
    with database.write(town.container.engine) as session:
        labels.revoke(session, enquiries[4], by=Actor("ida@example.org"), now=MOMENT)
    assert [learned(town, minutes) for minutes in (0, 10)] == [4, 6]


def test_history_is_not_held_back(town: Town) -> None:
    with database.write(town.container.engine) as session:
        settings.put(session, settings.LABEL_CAP, 4)
    town.teach_history()
    with database.read(town.container.engine) as session:
        count = session.scalar(select(func.count()).select_from(Label))
        assert session.scalar(select(func.count()).select_from(LabelPosition)) == count
        assert session.scalars(select(Alarm)).all() == []
