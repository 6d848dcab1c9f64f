"""The learner, which applies the label log to the model.

Labels are applied in order, and open enquiries scored again after each.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, bindparam, delete, func, select, update
from sqlalchemy.orm import Session, selectinload, undefer

from app import database
from app.domain.actor import ROBOT
from app.domain.enquiry import State
from app.domain.events.base import ABSENT
from app.domain.events.learning import LabelLearned, LabelUnlearned
from app.models.enquiry import Enquiry
from app.models.label import Label, LabelPosition, Receipt
from app.models.prediction import Prediction, RankingRequest, first_of
from app.services.learning import error_budget, label_overrides, label_rate_limit, model_replay, snapshots, waking
from app.services.learning.model_replay import ModelReplay
from app.services.learning.prepared_mails import PreparedMails
from app.services.learning.ranking import example_of, rows_of
from app.services.learning.scoring import Scoring
from app.services.platform import events, settings
from app.services.platform.priority import Priority
from learning.example import Example, Ranking
from learning.features import Prepared, prepare
from learning.model import Model
from learning.salt import UNSALTED, Salt

TOP = 5
SLICE = 25
AT_ONCE = 5
"""Open enquiries that are scored at a time: some hundredths of a second."""
FIRST = 200
"""The most pressing ones, which people look at next, are scored again before any other."""


class Learner:
    """A replica of the model at a log position. There is one per process, for any of its threads."""

    def __init__(self, engine: Engine, salt: Salt = UNSALTED, page_priority: Priority | None = None) -> None:
        self._engine, self.salt = engine, salt
        self._lock = threading.RLock()
        """Held while the model that answers is read or changed: never for longer than a lesson."""
        self._turn = threading.Lock()
        """Held by the one thread that learns and scores: who comes to it second finds all of it done."""
        self._model = Model()
        self._position = 0
        self._amendment = 0
        self._open = PreparedMails()
        self._scoring = Scoring(FIRST)
        self._numbered = 0
        """No label up to here is without a lesson."""
        self.page_priority = page_priority or Priority()
        self.wake = waking.bell(engine)
        """Set by whoever wrote a label: the learner need not wait for its next look."""

    @property
    def position(self) -> int:
        return self._position

    def rank(self, example: Example, out_of_scope_share: float = 0.0) -> tuple[Ranking, int]:
        """Rank one mail; return the ranking and the position. The position is that of the model that made it.

        `out_of_scope_share` is the share of mails that belong to no unit, as the setting of that name has it.
        """
        prepared = prepare(example, self.salt)
        with self._lock:
            return self._model.rank(prepared, TOP, out_of_scope_share), self._position

    def state_hash(self) -> str:
        with self._lock:
            return self._model.state_hash()

    def catch_up(self, *, now: datetime) -> int:
        """Learn new labels, and score open enquiries again. New labels are numbered first. Return how many were new.

        Where a label comes while thousands are scored, it returns early and wakes itself: the label is learned first, and
        the next call goes on with what is still to be scored.
        """
        with self._turn:
            self.wake.clear()
            self.page_priority.step_aside()  # whoever wrote the label is about to be shown the next mail
            new = self._number(now)
            rebuilt = self._apply(now)
            while self._rank_asked(now):
                self.page_priority.step_aside()
            if new or rebuilt:
                self._scoring.lesson(new)
            if self._scoring.due and self._rescore(now):
                self._renew(now)
            return len(new)

    def _number(self, now: datetime) -> list[int]:
        """Number the new labels in the log. Only then are they learned, by this replica as by any other."""
        with database.read(self._engine) as session:
            newest = session.scalar(select(func.max(Label.id))) or 0
        if newest <= self._numbered:
            return []
        with database.write(self._engine) as session:
            last = session.scalar(select(func.max(LabelPosition.position))) or 0
            found = session.scalars(_unnumbered(self._numbered)).all()
            labels = label_rate_limit.learnable(session, found, now=now)
            for position, label in enumerate(labels, last + 1):
                session.add(LabelPosition(position=position, label_id=label.id, at=now))
                events.record(session, position_given(label, position), by=ROBOT, now=now, enquiry_id=label.enquiry_id)
            held = {label.id for label in found} - {label.id for label in labels}
            numbered = min(held) - 1 if held else max((label.id for label in found), default=newest)
            ids = [label.id for label in labels]
        self._numbered = numbered
        return ids

    def _apply(self, now: datetime) -> bool:
        """Bring the replica to the end of the log. Revoked and amended labels are unlearned by going back before them.

        Going back folds into a model aside, so that mails are ranked by the old one meanwhile. Returns whether it did.
        """
        with database.read(self._engine) as session:
            end = model_replay.end(session)
            forgotten = model_replay.first_forgotten(session, position=self._position, amendment=self._amendment)
            save = snapshots.due(session, end=end, forgotten=forgotten)
            if (end and self._position == 0) or forgotten is not None:
                self._replay(session, end, forgotten, now)
            else:
                self._go_on(session, end)
            self._amendment = label_overrides.newest(session)
        if save:
            with database.write(self._engine) as session:
                snapshots.save(session, ModelReplay(self._model, self._position, self._amendment, self.salt), forgotten)
        return forgotten is not None

    def _go_on(self, session: Session, end: int) -> None:
        """Learn new labels, one at a time. A mail that is to be ranked waits for one at most."""
        for label in model_replay.training_labels(session, after=self._position, until=end):
            prepared = self._open.get(label.enquiry_id) or prepare(label.example, self.salt)
            with self._lock:
                self._model.learn(prepared, label.taught)
                self._position = label.position
        with self._lock:
            self._position = end

    def _replay(self, session: Session, end: int, forgotten: int | None, now: datetime) -> None:
        """Replay into a second model, then replace the running one.

        Snapshots that cannot be read, as of another salt, are made anew on the way: they are refused once.
        """
        aside = snapshots.load(session, before=end + 1 if forgotten is None else forgotten, salt=self.salt)
        why, start = "started" if forgotten is None else "forgotten", aside.position

        def note(position: int) -> None:
            state: settings.Rebuilding = {
                "done": position - start,
                "of": end - start,
                "why": why,
                "since": now.isoformat(),
            }
            self._note(state)

        for position in reversed(aside.refused):
            model_replay.advance(session, aside, until=position, progress=note)
            with database.write(self._engine) as writing:
                snapshots.make_anew(writing, aside)
        if aside.refused:
            with database.write(self._engine) as writing:
                snapshots.drop_others(writing, aside, after=start)
        model_replay.advance(session, aside, until=end, progress=note)
        with self._lock:
            self._model, self._position = aside.model, aside.position
        self._note(None)

    def _note(self, state: settings.Rebuilding | None) -> None:
        """Tell every process how far rebuilding is."""
        with database.write(self._engine) as session:
            if state is not None or settings.get(session, settings.REBUILDING) is not None:
                settings.put(session, settings.REBUILDING, state)

    def _rank_asked(self, now: datetime) -> int:
        """Rank some of the mails that pages have brought before a human; returns how many were asked for."""
        with database.read(self._engine) as session:
            query = select(RankingRequest.enquiry_id).order_by(RankingRequest.id).limit(SLICE)
            ids = session.scalars(query).all()
            out_of_scope_share = settings.get(session, settings.STRANGERS) if ids else 0.0
        if ids:
            prepared = self._read(ids)
            rankings, position = self._rank_all([prepared[n] for n in ids], out_of_scope_share)
            with database.write(self._engine) as session:
                for n, ranking in zip(ids, rankings, strict=True):
                    waits = session.get_one(Enquiry, n).state is State.TRIAGE
                    if waits and session.get(Prediction, n) is None:
                        session.add(Prediction(enquiry_id=n, model_position=position, at=now, **rows_of(ranking)))
                session.execute(delete(RankingRequest).where(RankingRequest.enquiry_id.in_(ids)))
        return len(ids)

    def _rescore(self, now: datetime) -> bool:
        """Score open enquiries again, the most pressing first. Leave the receipts that clicks wait for.

        In slices: nobody who reads a mail waits for the processor, nor who writes for the database, longer than one takes.
        Returns whether it came to the end.
        """
        with database.read(self._engine) as session:
            out_of_scope_share, known = (
                settings.get(session, settings.STRANGERS),
                session.scalar(select(func.max(Label.id))) or 0,
            )
            ids = _open_ids(session)
        self._open.drop_all_but(ids)
        self._scoring.open(ids)
        while slice_ := self._scoring.next(SLICE):
            self._score(slice_, out_of_scope_share, now)
            with database.read(self._engine) as session:
                if (session.scalar(select(func.max(Label.id))) or 0) > known:
                    self.wake.set()
                    return False
        with database.write(self._engine) as session:
            for label_id, changed in self._scoring.finish():
                session.add(Receipt(label_id=label_id, rescored=len(ids), changed=changed, at=now))
        return True

    def _score(self, ids: Sequence[int], out_of_scope_share: float, now: datetime) -> None:
        """Score a few enquiries with the model as it is now."""
        prepared = self._read(ids)
        rankings, position = self._rank_all([prepared[n] for n in ids], out_of_scope_share)
        label = {n: rows_of(ranking) for n, ranking in zip(ids, rankings, strict=True)}
        with database.read(self._engine) as session:
            before = _rankings(session, ids)
        self.page_priority.step_aside()
        differ = {
            n: rows for n, rows in label.items() if n in before and before[n] != (rows["ranking"], rows["outside"])
        }
        if differ:
            rows = [
                {**rows, "n": n, "unit_id": _first(rows).get("unit_id"), "model_position": position, "at": now}
                for n, rows in differ.items()
            ]
            with database.write(self._engine) as session:
                session.connection().execute(RENEWED, rows)
        self._scoring.scored(ids, [n for n, rows in differ.items() if _other_first(before[n], rows)])

    def _rank_all(self, mails: Sequence[Prepared], out_of_scope_share: float) -> tuple[list[Ranking], int]:
        """Rank some mails, a few at a time. A page that is asked for meanwhile is made first."""
        rankings: list[Ranking] = []
        for start in range(0, len(mails), AT_ONCE):
            self.page_priority.step_aside()
            with self._lock:
                rankings += self._model.rank_many(mails[start : start + AT_ONCE], TOP, out_of_scope_share)
        return rankings, self._position

    def _read(self, ids: Sequence[int]) -> dict[int, Prepared]:
        """Return what learning sees of open enquiries. Each is read once, as far as there is room."""
        missing = self._open.missing(ids)
        found = {n: kept for n in ids if (kept := self._open.get(n)) is not None}
        if missing:
            with database.read(self._engine) as session:
                query = select(Enquiry).where(Enquiry.id.in_(missing))
                query = query.options(undefer(Enquiry.text), selectinload(Enquiry.attachments))
                found |= {each.id: prepare(example_of(each), self.salt) for each in session.scalars(query)}
            for n in missing:
                self._open.keep(n, found[n])
        return found

    def _renew(self, now: datetime) -> None:
        with database.read(self._engine) as session:
            weighed = error_budget.compute_limits(session, now=now)
        with database.write(self._engine) as session:
            error_budget.apply_limits(session, weighed, now=now)


def position_given(label: Label, position: int) -> LabelLearned | LabelUnlearned:
    """Tell the log that a label has its position."""
    return (LabelLearned if label.revokes_id is None else LabelUnlearned)(
        label_id=label.id, position=position, unit_id=label.unit_id, outside=label.outside or ABSENT
    )


RENEWED = update(Prediction).where(Prediction.enquiry_id == bindparam("n"))
"""Of many rows at once."""


def _unnumbered(after: int) -> Select[Label]:
    """Labels without a lesson, of those whose ids are higher."""
    query = select(Label).outerjoin(LabelPosition, LabelPosition.label_id == Label.id)
    return query.where(Label.id > after, LabelPosition.label_id.is_(None)).order_by(Label.id)


def _open_ids(session: Session) -> list[int]:
    """Enquiries in triage that have a prediction to renew, the most pressing first."""
    query = (
        select(Enquiry.id).join(Prediction, Prediction.enquiry_id == Enquiry.id).where(Enquiry.state == State.TRIAGE)
    )
    return list(session.scalars(query.order_by(Enquiry.due_on, Enquiry.id)))


def _rankings(session: Session, ids: Sequence[int]) -> dict[int, tuple[list[Any], list[Any]]]:
    """The rankings that stand for some enquiries, of those that nobody has decided meanwhile."""
    query = select(Prediction.enquiry_id, Prediction.ranking, Prediction.outside)
    query = query.join(Enquiry, Enquiry.id == Prediction.enquiry_id)
    rows = session.execute(query.where(Enquiry.id.in_(ids), Enquiry.state == State.TRIAGE))
    return {n: (ranking, outside) for n, ranking, outside in rows}


def _first(rows: dict[str, Any]) -> dict[str, Any]:
    return first_of(rows["ranking"], rows["outside"])


def _other_first(before: tuple[list[Any], list[Any]], after: dict[str, Any]) -> bool:
    """Tell whether the first suggestion has changed."""
    old, new = first_of(*before), _first(after)
    return bool(old and new) and any(old.get(name) != new.get(name) for name in ("unit_id", "outside"))
