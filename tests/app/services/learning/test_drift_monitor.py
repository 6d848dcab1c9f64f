"""Drift in the labels raises one alarm; a unit that goes wrong is left with suggestions."""

from datetime import datetime

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.alarm import AlarmKind
from app.domain.enquiry import LabelSource
from app.domain.routing import Mode
from app.models.alarm import Alarm
from app.models.enquiry import Enquiry
from app.models.label import Label, LabelPosition
from app.models.unit import Unit
from app.services.learning import alarms, drift_monitor
from app.services.learning.drift_monitor import DriftMonitor
from tests.town import PARK, ROAD, Town, mail, now


def judged(town: Town, enquiry_id: int, outcomes: list[bool]) -> None:
    """Lessons in which Park was suggested, and right or not; one mail stands for all of them."""
    with database.write(town.container.engine) as session:
        last = len(session.scalars(select(LabelPosition.position)).all())
        for n, right in enumerate(outcomes, last + 1):
            unit = town.units[PARK if right else ROAD]
            label = Label(
                enquiry_id=enquiry_id, unit_id=unit, source=LabelSource.CORRECTED, by="ida@example.org", at=now(),
                suggested_unit_id=town.units[PARK], suggested_confidence=0.9,
            )  # fmt: skip
            session.add(label)
            session.flush()
            session.add(LabelPosition(position=n, label_id=label.id, at=now()))


def alarms_of(town: Town) -> list[tuple[AlarmKind, int | None, bool]]:
    with database.read(town.container.engine) as session:
        return [(a.kind, a.unit_id, a.suggest_only) for a in session.scalars(select(Alarm).order_by(Alarm.id))]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_unit_that_goes_wrong_is_left_with_suggestions(town: Town, restarted: bool) -> None:
    town.automatic()
    enquiry = town.receive(mail("Træ", "Træet er væltet"))[0]
    watcher = DriftMonitor(town.container.engine)
    judged(town, enquiry, [True] * 150)
    watcher.look(now=now())
    assert alarms_of(town) == []
    judged(town, enquiry, [False, True] * 40)
    (DriftMonitor(town.container.engine) if restarted else watcher).look(now=now())
    park = town.units[PARK]
    assert sorted(alarms_of(town), key=str) == [(AlarmKind.ERROR, park, True), (AlarmKind.ERROR, None, False)]
    DriftMonitor(town.container.engine).look(now=now())
    assert len(alarms_of(town)) == 2
    with database.read(town.container.engine) as session:
        assert session.get_one(Unit, park).mode is Mode.SUGGEST
        assert session.get_one(Unit, town.units[ROAD]).mode is Mode.AUTOMATIC
        assert session.get_one(Enquiry, enquiry) is not None


def test_a_past_taught_at_once_raises_no_alarm(town: Town) -> None:
    enquiry = town.receive(mail("Træ", "Træet er væltet"))[0]
    judged(town, enquiry, [True] * 150 + [False, True] * 40)
    DriftMonitor(town.container.engine).look(now=datetime.fromisoformat("2100-01-01T00:00:00+00:00"))
    assert alarms_of(town) == []


def test_an_alarm_is_seen_once(town: Town) -> None:
    with database.write(town.container.engine) as session:
        data = {"before": 0.1, "after": 0.4, "words": []}
        alarm = alarms.raise_alarm(session, AlarmKind.ERROR, None, since=now(), data=data, now=now())
        assert alarm is not None
        assert alarms.raise_alarm(session, AlarmKind.ERROR, None, since=now(), data=data, now=now()) is None
        alarms.see(session, alarm.id, by=Actor("first@example.org"), now=now())
        assert alarms.see(session, alarm.id, by=Actor("second@example.org"), now=now()).seen_by == "first@example.org"


def test_what_is_watched_is_bounded_and_nothing_is_told_twice(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_monitor, "REPLAYED", 150)
    monkeypatch.setattr(drift_monitor, "MOST", 300)
    (enquiry_id,) = town.receive(mail("Træ", "Træet i parken er væltet"))
    judged(town, enquiry_id, [True] * 200 + [False] * 60)
    watcher = DriftMonitor(town.container.engine)
    watcher.look(now=now())
    before = alarms_of(town)
    assert before
    judged(town, enquiry_id, [True] * 200)
    watcher.look(now=now())
    assert watcher._began == 310
    assert alarms_of(town) == before
