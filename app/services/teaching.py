"""The learner: applies the label log to the model in order, and scores what is open again after each lesson."""

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session, aliased, undefer

from app import database
from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.models.label import Label, Lesson, ModelSnapshot, Receipt
from app.models.prediction import Prediction
from app.services import amendments, events, settings
from learning import budget, snapshot
from learning.example import Example, Ranking
from learning.example import Label as Taught
from learning.features import Prepared, prepare
from learning.model import Model

log = structlog.get_logger()
SNAPSHOT_EVERY = 100
SNAPSHOTS_KEPT = 5
EVIDENCE = 2000
"""How many of the latest labels the confidence limit is chosen from."""
TOP = 5


def example_of(enquiry: Enquiry) -> Example:
    """The enquiry as learning sees it. Who wrote it is left out on purpose."""
    kinds = tuple(sorted({a.content_type for a in enquiry.attachments}))
    return Example(str(enquiry.id), enquiry.subject, enquiry.text, enquiry.mailbox, kinds)


def rows_of(ranking: Ranking) -> list[Any]:
    """A ranking in the form it is stored in."""
    return [
        {"unit_id": int(s.unit), "confidence": round(float(s.confidence), 6), "words": list(s.words)}
        for s in ranking.suggestions
    ]


class Learner:
    """A replica of the model at a position of the label log: one per process, for any of its threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.RLock()
        self._model = Model()
        self._position = 0
        self._amendment = 0
        self._open: dict[int, Prepared] = {}
        self.wake = threading.Event()
        """Set by whoever wrote a label: the learner need not wait for its next look."""

    @property
    def position(self) -> int:
        return self._position

    def rank(self, example: Example) -> tuple[Ranking, int]:
        """The ranking of one mail, and the position of the model that made it."""
        prepared = prepare(example)
        with self._lock:
            return self._model.rank(prepared, TOP), self._position

    def state_hash(self) -> str:
        with self._lock:
            return self._model.state_hash()

    def catch_up(self, *, now: datetime) -> int:
        """Number new labels, learn them, and score open enquiries again. Returns how many were new."""
        new = self._number(now)
        with self._lock:
            rebuilt = self._apply()
        if new or rebuilt:
            self._rescore(new, now)
            with database.write(self._engine) as session:
                renew_limits(session)
        return len(new)

    def _number(self, now: datetime) -> list[int]:
        """Give each new label the next position; only then is it learned, by this replica as by any other."""
        with database.write(self._engine) as session:
            last = session.scalar(select(func.max(Lesson.position))) or 0
            unnumbered = select(Label).outerjoin(Lesson, Lesson.label_id == Label.id).where(Lesson.label_id.is_(None))
            labels = session.scalars(unnumbered.order_by(Label.id)).all()
            for position, label in enumerate(labels, last + 1):
                session.add(Lesson(position=position, label_id=label.id, at=now))
                kind = "learned" if label.revokes_id is None else "unlearned"
                events.record(
                    session, kind, by=events.ROBOT, now=now, enquiry_id=label.enquiry_id,
                    label_id=label.id, position=position, unit_id=label.unit_id,
                )  # fmt: skip
            return [label.id for label in labels]

    def _apply(self) -> bool:
        """Bring the replica to the end of the log; what was revoked or amended is unlearned by going back before it.

        Returns whether it went back.
        """
        with database.read(self._engine) as session:
            end = session.scalar(select(func.max(Lesson.position))) or 0
            if self._position == 0:
                self._restore(session, before=end + 1)
            forgotten = None
            while (earliest := self._first_forgotten(session)) is not None:
                forgotten = earliest
                self._restore(session, before=earliest)
            self._amendment = amendments.newest(session)
            for label, unit_id in self._lessons(session, after=self._position):
                self._model.learn(self._prepared(session, label.enquiry_id), Taught(str(label.id), str(unit_id)))
            self._position = end
            newest = session.scalar(select(func.max(ModelSnapshot.position))) or 0
        if forgotten is not None or end - newest >= SNAPSHOT_EVERY:
            self._save_snapshot(forgotten)
        return forgotten is not None

    def _first_forgotten(self, session: Session) -> int | None:
        """The earliest position this replica has learned that counts differently by now: revoked, or amended."""
        revocation, undo = aliased(Label), aliased(Lesson)
        query = (
            select(func.min(Lesson.position))
            .join(revocation, revocation.revokes_id == Lesson.label_id)
            .join(undo, undo.label_id == revocation.id)
            .where(Lesson.position <= self._position, undo.position > self._position)
        )
        concerned = [session.scalar(query), amendments.first_concerned(session, after=self._amendment)]
        return min((n for n in concerned if n is not None and n <= self._position), default=None)

    def _lessons(self, session: Session, *, after: int) -> Iterable[tuple[Label, int]]:
        """Surviving labels in order, and the unit each counts for: neither revocations nor revoked nor excluded."""
        revocation, undo = aliased(Label), aliased(Lesson)
        revoked = select(undo.position).join(revocation, revocation.id == undo.label_id)
        query = (
            select(Label)
            .join(Lesson, Label.id == Lesson.label_id)
            .where(Lesson.position > after, Label.revokes_id.is_(None))
            .where(~revoked.where(revocation.revokes_id == Label.id).exists())
            .order_by(Lesson.position)
        )
        amended = amendments.standing(session)
        units = [(label, amended.get(label.id, label.unit_id)) for label in session.scalars(query)]
        return [(label, unit_id) for label, unit_id in units if unit_id is not None]

    def _restore(self, session: Session, *, before: int) -> None:
        """Go back to the newest sound snapshot from before a position; without one, to nothing."""
        query = select(ModelSnapshot).where(ModelSnapshot.position < before).order_by(ModelSnapshot.position.desc())
        for row in session.scalars(query):
            try:
                self._model, self._position = snapshot.load(row.content), row.position
                self._amendment = row.amendment_id
            except snapshot.SnapshotRefused as error:
                log.error("snapshot_refused", position=row.position, error=str(error))
            else:
                return
        self._model, self._position, self._amendment = Model(), 0, amendments.newest(session)

    def _save_snapshot(self, forgotten: int | None) -> None:
        """Keep the present state; destroy every snapshot that still holds a forgotten label, and the oldest."""
        with database.write(self._engine) as session:
            if forgotten is not None:
                session.execute(delete(ModelSnapshot).where(ModelSnapshot.position >= forgotten))
            at = session.scalars(select(Lesson.at).where(Lesson.position == self._position)).one()
            content = snapshot.dump(self._model)
            session.merge(ModelSnapshot(position=self._position, amendment_id=self._amendment, content=content, at=at))
            session.flush()
            newest = select(ModelSnapshot.position).order_by(ModelSnapshot.position.desc()).limit(SNAPSHOTS_KEPT)
            session.execute(delete(ModelSnapshot).where(ModelSnapshot.position.not_in(session.scalars(newest).all())))

    def _prepared(self, session: Session, enquiry_id: int) -> Prepared:
        if enquiry_id not in self._open:
            query = select(Enquiry).where(Enquiry.id == enquiry_id).options(undefer(Enquiry.text))
            return prepare(example_of(session.scalars(query).one()))
        return self._open[enquiry_id]

    def _rescore(self, label_ids: Sequence[int], now: datetime) -> None:
        """Score open enquiries again and leave the receipt that the click waits for."""
        with database.read(self._engine) as session:
            ids = _open_ids(session)
            self._open = {n: self._prepared(session, n) for n in ids}
        with self._lock:
            rankings = self._model.rank_many([self._open[n] for n in ids], TOP)
            position = self._position
        with database.write(self._engine) as session:
            changed = _update_predictions(session, dict(zip(ids, rankings, strict=True)), position, now)
            for label_id in label_ids:
                session.add(Receipt(label_id=label_id, rescored=len(ids), changed=changed, at=now))


def renew_limits(session: Session) -> None:
    """Choose the confidence limits anew from what is known about past suggestions."""
    past = evidence(session)
    limit = budget.confidence_limit(past, settings.get(session, "max_error"))
    settings.put(session, "confidence_limit", limit)
    own = {str(each): budget.confidence_limit(past, each) for each in settings.budgets(session)}
    settings.put(session, "confidence_limits", own)


def _open_ids(session: Session) -> list[int]:
    """Enquiries in triage that have a prediction to renew."""
    query = (
        select(Enquiry.id).join(Prediction, Prediction.enquiry_id == Enquiry.id).where(Enquiry.state == State.TRIAGE)
    )
    return list(session.scalars(query.order_by(Enquiry.id)))


def _update_predictions(session: Session, rankings: dict[int, Ranking], position: int, now: datetime) -> list[int]:
    """Write the rankings that differ; returns the enquiries whose first suggestion is another one."""
    changed = []
    rows = session.scalars(select(Prediction).where(Prediction.enquiry_id.in_(rankings))).all()
    for row in rows:
        ranking = rows_of(rankings[row.enquiry_id])
        if ranking == row.ranking:
            continue
        if ranking and row.ranking and ranking[0]["unit_id"] != row.ranking[0]["unit_id"]:
            changed.append(row.enquiry_id)
        row.ranking, row.confidence = ranking, rankings[row.enquiry_id].confidence
        row.model_position, row.at = position, now
    return changed


def evidence(session: Session) -> list[tuple[float, bool]]:
    """(confidence, was it right) of the suggestions people have judged, oldest first."""
    revocation = aliased(Label)
    revoked = select(revocation.id).where(revocation.revokes_id == Label.id).exists()
    query = (
        select(Label.id, Label.suggested_confidence, Label.suggested_unit_id, Label.unit_id)
        .where(Label.revokes_id.is_(None), Label.suggested_confidence.is_not(None), ~revoked)
        .order_by(Label.id.desc())
        .limit(EVIDENCE)
    )
    amended = amendments.standing(session)
    return [
        (confidence or 0.0, suggested in (unit, amended.get(label, unit)))
        for label, confidence, suggested, unit in reversed(session.execute(query).all())
        if amended.get(label, unit) is not None
    ]
