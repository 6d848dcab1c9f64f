"""The learner: applies the label log to the model in order, and scores what is open again after each lesson."""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, undefer

from app import database
from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.models.label import Label, Lesson, ModelSnapshot, Receipt
from app.models.prediction import Prediction
from app.services import amendments, error_budget, events, fold, label_flow, settings
from app.services.fold import Fold
from learning.example import Example, Ranking
from learning.features import Prepared, prepare
from learning.model import Model

SNAPSHOT_EVERY = 100
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
        """Held while the model that answers is read or changed: never for longer than a lesson."""
        self._turn = threading.Lock()
        """Held by the one thread that learns."""
        self._model = Model()
        self._position = 0
        self._amendment = 0
        self._open: dict[int, Prepared] = {}
        self.wake = threading.Event()
        """Set by whoever wrote a label: the learner need not wait for its next look."""

    @property
    def position(self) -> int:
        return self._position

    def rank(self, example: Example, strangers: float = 0.0) -> tuple[Ranking, int]:
        """The ranking of one mail, and the position of the model that made it.

        `strangers` is the share of mails that belong to no unit, as the setting of that name has it.
        """
        prepared = prepare(example)
        with self._lock:
            return self._model.rank(prepared, TOP, strangers), self._position

    def state_hash(self) -> str:
        with self._lock:
            return self._model.state_hash()

    def catch_up(self, *, now: datetime) -> int:
        """Number new labels, learn them, and score open enquiries again. Returns how many were new."""
        new = self._number(now)
        with self._turn:
            rebuilt = self._apply(now)
        if new or rebuilt:
            self._rescore(new, now)
            with database.write(self._engine) as session:
                error_budget.renew(session, now=now)
        return len(new)

    def _number(self, now: datetime) -> list[int]:
        """Give each new label the next position; only then is it learned, by this replica as by any other."""
        with database.write(self._engine) as session:
            last = session.scalar(select(func.max(Lesson.position))) or 0
            unnumbered = select(Label).outerjoin(Lesson, Lesson.label_id == Label.id).where(Lesson.label_id.is_(None))
            labels = label_flow.learnable(session, session.scalars(unnumbered.order_by(Label.id)).all(), now=now)
            for position, label in enumerate(labels, last + 1):
                session.add(Lesson(position=position, label_id=label.id, at=now))
                kind = "learned" if label.revokes_id is None else "unlearned"
                events.record(
                    session, kind, by=events.ROBOT, now=now, enquiry_id=label.enquiry_id,
                    label_id=label.id, position=position, unit_id=label.unit_id,
                )  # fmt: skip
            return [label.id for label in labels]

    def _apply(self, now: datetime) -> bool:
        """Bring the replica to the end of the log; what was revoked or amended is unlearned by going back before it.

        Going back folds into a model aside, so that mails are ranked by the old one meanwhile. Returns whether it did.
        """
        with database.read(self._engine) as session:
            end = fold.end(session)
            forgotten = fold.first_forgotten(session, position=self._position, amendment=self._amendment)
            newest = session.scalar(select(func.max(ModelSnapshot.position))) or 0
            if (end and self._position == 0) or forgotten is not None:
                self._refold(session, end, forgotten, now)
            else:
                self._go_on(session, end)
            self._amendment = amendments.newest(session)
        if end and (forgotten is not None or end - newest >= SNAPSHOT_EVERY):
            with database.write(self._engine) as session:
                fold.keep(session, Fold(self._model, self._position, self._amendment), forgotten)
        return forgotten is not None

    def _go_on(self, session: Session, end: int) -> None:
        """Learn what is new, one label at a time: a mail that is to be ranked waits for one at most."""
        for told in fold.lessons(session, after=self._position, until=end):
            prepared = self._open.get(told.enquiry_id) or prepare(told.example)
            with self._lock:
                self._model.learn(prepared, told.taught)
                self._position = told.position
        with self._lock:
            self._position = end

    def _refold(self, session: Session, end: int, forgotten: int | None, now: datetime) -> None:
        """Fold into a model aside and put it in the place of the running one."""
        aside = fold.restored(session, before=end + 1 if forgotten is None else forgotten)
        why, start = "started" if forgotten is None else "forgotten", aside.position

        def note(position: int) -> None:
            state = {"done": position - start, "of": end - start, "why": why, "since": now.isoformat()}
            self._note(state)

        fold.go_on(session, aside, until=end, progress=note)
        with self._lock:
            self._model, self._position = aside.model, aside.position
        self._note(None)

    def _note(self, state: dict[str, Any] | None) -> None:
        """Tell every process how far rebuilding is."""
        with database.write(self._engine) as session:
            if state is not None or settings.get(session, "rebuilding") is not None:
                settings.put(session, "rebuilding", state)

    def _prepared(self, session: Session, enquiry_id: int) -> Prepared:
        if enquiry_id not in self._open:
            query = select(Enquiry).where(Enquiry.id == enquiry_id).options(undefer(Enquiry.text))
            return prepare(example_of(session.scalars(query).one()))
        return self._open[enquiry_id]

    def _rescore(self, label_ids: Sequence[int], now: datetime) -> None:
        """Score open enquiries again and leave the receipt that the click waits for."""
        with database.read(self._engine) as session:
            ids, strangers = _open_ids(session), settings.get(session, "strangers")
            self._open = {n: self._prepared(session, n) for n in ids}
        with self._lock:
            rankings = self._model.rank_many([self._open[n] for n in ids], TOP, strangers)
            position = self._position
        with database.write(self._engine) as session:
            changed = _update_predictions(session, dict(zip(ids, rankings, strict=True)), position, now)
            for label_id in label_ids:
                session.add(Receipt(label_id=label_id, rescored=len(ids), changed=changed, at=now))


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
