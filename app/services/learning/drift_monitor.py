"""The drift monitor of the labels. It follows the order of the lessons, and raises alarms."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, undefer

from app import database
from app.domain.alarm import AlarmKind
from app.models.amendment import counts
from app.models.enquiry import Enquiry
from app.models.label import Label, LabelPosition
from app.services.learning import alarms
from app.services.learning.ranking import example_of
from app.services.platform import settings
from learning.drift import DriftAlert, DriftDetector, Observation
from learning.features import prepare

REPLAYED = 2000
"""Lessons that a new process folds again to know what is usual."""
MOST = 2 * REPLAYED
"""Lessons after which a process does the same: the words of all mails that ever came would be kept otherwise."""
PORTION = 200
NEWS = timedelta(days=7)
"""An older change is no news: a past that is taught at once raises no alarm."""
SHORTEST = 4
"""Letters of a word worth telling of."""


class DriftMonitor:
    """A replica of the drift monitor at a lesson's position. The setting `watched` says what alarms were raised for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watch = DriftDetector()
        self._position: int | None = None
        self._began = 0
        """The position before the first lesson that the watch holds."""

    def look(self, *, now: datetime) -> None:
        """Take in what was learned since the last look. Where that fails, the next one begins anew and misses nothing."""
        try:
            while self._portion(now):
                pass
        except Exception:
            self._watch, self._position = DriftDetector(), None
            raise

    def _portion(self, now: datetime) -> bool:
        """Nobody who writes waits while mails are read; with nothing new, nothing is written."""
        with database.read(self._engine) as session:
            last = session.scalar(select(func.max(LabelPosition.position))) or 0
            if self._position is None or last - self._began > MOST:
                self._watch, self._began = DriftDetector(), max(0, last - REPLAYED)
                self._position = self._began
            start = self._position
            end = min(last, start + PORTION)
            watched = settings.get(session, settings.WATCHED)
            seen = [(n, label.at, _observation(label, mail)) for n, label, mail in _judged(session, start, end)]
        observed = [(n, at, change) for n, at, one in seen for change in self._watch.observe(one)]
        self._position = end
        if end > watched:
            with database.write(self._engine) as session:
                for position, at, change in observed:
                    if position > watched and at > now - NEWS:
                        _tell(session, change, now)
                settings.put(session, settings.WATCHED, end)
        return end < last


def _judged(session: Session, start: int, end: int) -> list[tuple[int, Label, Enquiry]]:
    """Return the labels of units that count, by position.

    Positions are those of their lessons, in (start, end]; their mails come with them.
    """
    query = (
        select(LabelPosition.position, Label, Enquiry)
        .join(Label, Label.id == LabelPosition.label_id)
        .join(Enquiry, Enquiry.id == Label.enquiry_id)
        .where(LabelPosition.position > start, LabelPosition.position <= end, counts(), Label.unit_id.is_not(None))
        .options(undefer(Enquiry.text))
        .order_by(LabelPosition.position)
    )
    return [(position, label, enquiry) for position, label, enquiry in session.execute(query)]


def _observation(label: Label, enquiry: Enquiry) -> Observation:
    words = tuple(w for w in prepare(example_of(enquiry)).words if len(w) >= SHORTEST and w.isalpha())
    suggested = label.suggested_unit_id
    return Observation(
        moment=label.id,
        unit=str(label.unit_id),
        suggested=str(suggested) if suggested is not None else None,
        right=suggested == label.unit_id,
        confidence=label.suggested_confidence or 0.0,
        words=words,
    )


def _tell(session: Session, change: DriftAlert, now: datetime) -> None:
    since = session.get_one(Label, change.since).at
    unit_id = int(change.unit) if change.unit is not None else None
    data = {"before": round(change.before, 4), "after": round(change.after, 4), "words": list(change.words)}
    alarms.raise_alarm(session, AlarmKind(change.kind), unit_id, since=since, data=data, now=now)
