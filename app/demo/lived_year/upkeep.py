"""Look after the played house: each evening its rows are written, and the services that look at all of them are asked.

Confidence limits, breakers, drift and snapshots are the services' own work on the database as it stood that day.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from sqlalchemy.orm import Session

from app import database
from app.demo.lived_year.house import PlayedHouse
from app.demo.municipality import Milestone
from app.domain import deadlines
from app.domain.actor import Actor
from app.domain.deadlines import COPENHAGEN
from app.domain.events.platform import MilestoneNoted
from app.domain.routing import Mode
from app.models.unit import Unit
from app.services.learning import breaker, error_budget, snapshots
from app.services.learning.drift_monitor import DriftMonitor
from app.services.learning.model_replay import ModelReplay
from app.services.platform import settings
from learning.salt import Salt

OBSERVE, SUGGEST = timedelta(days=28), timedelta(days=91)
"""So long the robot is only observed; so long it only suggests. From then on units become automatic, one by one."""
EACH = timedelta(days=8)
REARMED_AFTER = 10
"""Working days from a breaker's tripping until the administrator arms it again."""
EVENING, MORNING = time(17, 30), time(9, 0)
FRIDAY = 4
NEWS = 30
"""Limits are chosen anew on evenings with so many new labels, and at the end of each week."""
Schedule = Callable[[datetime, Callable[[datetime], None]], None]


class Upkeep:
    """What the administrator and the house itself do through the year."""

    def __init__(
        self, house: PlayedHouse, schedule: Schedule, *, administrator: Actor, past: Actor, salt: Salt
    ) -> None:
        self._house, self._schedule, self._salt = house, schedule, salt
        self._administrator, self._past = administrator, past
        self._monitor = DriftMonitor(house.engine)
        self._seen = 0
        self._rearming: set[int] = set()

    def plan(self, first: date, last: date, milestones: list[tuple[date, Milestone]], automatic: list[int]) -> None:
        """Schedule the year's evenings, its milestones, and the days on which the robot is trusted with more.

        `automatic`: the units that it may route to by the year's end, in that order.
        """
        for n in range((last - first).days + 1):
            self._schedule(_local(first + timedelta(days=n), EVENING), self._evening)
        for day, milestone in milestones:
            noted = MilestoneNoted(text=milestone.text)
            self._schedule(datetime.combine(day, time(), UTC), partial(self._note, noted))
        everybody = list(self._house.facts.units)
        self._schedule(_local(first + OBSERVE, MORNING), partial(self._trust, everybody, Mode.SUGGEST))
        for n, unit_id in enumerate(automatic):
            day = first + SUGGEST + n * EACH
            self._schedule(_local(day, MORNING), partial(self._trust, [unit_id], Mode.AUTOMATIC))

    def _note(self, noted: MilestoneNoted, at: datetime) -> None:
        self._house.ledger.record(noted, by=self._past, now=at)

    def _trust(self, unit_ids: list[int], mode: Mode, at: datetime) -> None:
        def change(session: Session) -> None:
            for unit_id in unit_ids:
                settings.change_unit(session, unit_id, mode=mode, stopped=False, by=self._administrator, now=at)

        self.written(change)

    def written(self, then: Callable[[Session], None] = lambda session: None) -> None:
        """Write what has been played until now, let a service go on from there, and read what it changed."""
        house = self._house
        with database.write(house.engine) as session:
            house.ledger.write(session)
            then(session)
            session.flush()
            house.ledger.follow(session)
            house.facts.renew(session)

    def _evening(self, at: datetime) -> None:
        model, last = self._house.model, deadlines.local_day(at).weekday() == FRIDAY
        if model.position - self._seen < (1 if last else NEWS):
            return
        self._seen = model.position
        self.written(lambda session: self._look_back(session, at))
        if last:
            self._monitor.look(now=at)
            self.written(self.keep_model)

    def end(self, at: datetime) -> None:
        """Write the rest, and let the limits and the model's snapshot stand as at the end."""
        self.written(lambda session: self._look_back(session, at))
        self.written(self.keep_model)

    def _look_back(self, session: Session, at: datetime) -> None:
        error_budget.refresh_limits(session, now=at)
        for unit in session.query(Unit).filter(Unit.tripped_at.is_not(None)):
            if unit.id not in self._rearming:
                self._rearming.add(unit.id)
                day = deadlines.add_working_days(deadlines.local_day(at), REARMED_AFTER, self._house.facts.calendar)
                self._schedule(_local(day, MORNING), partial(self._rearm, unit.id))

    def keep_model(self, session: Session) -> None:
        """Save the model if the learner would have saved it since."""
        model = self._house.model
        if snapshots.due(session, end=model.position, forgotten=model.forgotten):
            fold = ModelReplay(model.model, model.position, salt=self._salt)
            snapshots.save(session, fold, model.forgotten)
            model.saved()

    def _rearm(self, unit_id: int, at: datetime) -> None:
        self._rearming.discard(unit_id)

        def arm(session: Session) -> None:
            breaker.rearm(session, unit_id, by=self._administrator, now=at)

        self.written(arm)


def _local(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, COPENHAGEN).astimezone(UTC)
