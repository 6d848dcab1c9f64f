"""Rebuilding the model happens aside: mails are ranked meanwhile, and how far it is can be seen."""

import threading

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.models.label import Label, ModelSnapshot
from app.services.learning import label_overrides, model_replay, snapshots
from app.services.learning.learner import Learner
from app.services.platform import settings
from learning.example import Example
from tests.town import Town, now


def exclude_first(town: Town) -> None:
    with database.write(town.container.engine) as session:
        first = session.scalars(select(Label.id).order_by(Label.id)).first()
        assert first is not None
        label_overrides.apply(
            session, AmendmentKind.DISTRUSTED, {first: None}, note="", by=Actor("a@example.org"), now=now()
        )


def test_a_mail_is_ranked_while_the_model_is_rebuilt(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.teach_history()
    learner, seen = town.container.learner, threading.Event()
    begun, before = threading.Event(), town.container.learner.state_hash()
    monkeypatch.setattr(model_replay, "PORTION", 10)

    class Slow(Learner):
        def _note(self, state: object) -> None:
            super()._note(state)  # type: ignore[arg-type]
            if state is not None:
                begun.set()
                assert seen.wait(20)

    learner.__class__ = Slow
    exclude_first(town)
    thread = threading.Thread(target=learner.catch_up, kwargs={"now": now()})
    thread.start()
    assert begun.wait(20)
    ranking, _ = learner.rank(Example("x", "Hul", "Et hul i vejen"))
    assert ranking.first is not None
    assert learner.state_hash() == before
    with database.read(town.container.engine) as session:
        progress = settings.get(session, settings.REBUILDING)
    assert (progress["why"], progress["of"]) == ("forgotten", 36)
    assert 0 < progress["done"] <= 36
    seen.set()
    thread.join(20)
    assert learner.state_hash() != before
    with database.read(town.container.engine) as session:
        assert settings.get(session, settings.REBUILDING) is None


@pytest.mark.parametrize("damage", [b"", b"future", None], ids=["emptied", "damaged", "cut_short"])
def test_a_refused_snapshot_gives_way_to_the_one_before(town: Town, damage: bytes | None) -> None:
    town.teach_history(times=20)
    town.teach_history(times=1)
    with database.write(town.container.engine) as session:
        last = session.scalars(select(ModelSnapshot).order_by(ModelSnapshot.position.desc())).first()
        assert last is not None
        last.content = last.content[: len(last.content) // 2] if damage is None else damage
    with database.read(town.container.engine) as session:
        kept = session.scalars(select(ModelSnapshot.position).order_by(ModelSnapshot.position)).all()
        assert snapshots.load(session, before=10**9, salt=town.container.salt).position == (
            kept[-2] if len(kept) > 1 else 0
        )
    learner = Learner(town.container.engine, town.container.salt)
    learner.catch_up(now=now())
    assert learner.state_hash() == town.container.learner.state_hash()
