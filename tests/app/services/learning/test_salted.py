"""Another secret key costs one rebuilding from the label log and nothing else; the same one costs none."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import mmh3
import numpy as np
import pytest
from sqlalchemy import select

from app import database
from app.container import Container
from app.domain.actor import Actor
from app.domain.enquiry import LabelSource
from app.models.enquiry import Enquiry
from app.models.label import Label, ModelSnapshot
from app.models.wave import Likeness, LikenessBand, WaveMember
from app.services.learning import model_replay, model_versions, snapshots
from app.services.learning.learner import Learner
from app.services.learning.model_replay import ModelReplay
from app.services.learning.ranking import example_of
from app.services.platform import settings
from app.services.triage import waves
from learning import features, snapshot
from learning.example import Example
from learning.salt import UNSALTED, Salt
from learning.waves import STEM
from tests.conftest import SECRET
from tests.town import Town, mail, now

NEXT = Salt.of("the key that came after it")
BY = Actor("administrator@town.example.org")


class Telling(Learner):
    """A learner that keeps what every page is told of its rebuilding."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.labels: list[dict[str, Any]] = []

    def _note(self, state: dict[str, Any] | None) -> None:
        super()._note(state)
        if state is not None:
            with database.read(self._engine) as session:
                self.labels.append(settings.get(session, settings.REBUILDING))


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_replay, "PORTION", 5)
    monkeypatch.setattr("app.services.learning.snapshots.EVERY", 20)


def started(town: Town, salt: Salt) -> Telling:
    learner = Telling(town.container.engine, salt)
    learner.catch_up(now=now())
    return learner


def kept(town: Town) -> dict[int, tuple[bytes, str]]:
    with database.read(town.container.engine) as session:
        rows = session.execute(select(ModelSnapshot.position, ModelSnapshot.content, ModelSnapshot.note))
        return {position: (content, note) for position, content, note in rows}


def assert_only_the_end_is_folded(learner: Telling, town: Town) -> None:
    """What came after the newest version is learned at each start."""
    assert all(each["of"] == learner.position - max(kept(town)) < snapshots.EVERY for each in learner.labels)


def from_nothing(town: Town, salt: Salt, until: int) -> str:
    with database.read(town.container.engine) as session:
        return model_replay.advance(session, ModelReplay(salt=salt), until=until).model.state_hash()


def taught(town: Town) -> None:
    """Some versions, one of which somebody wrote about."""
    for n in range(1, 4):
        town.teach_history(times=2 * n)
    with database.write(town.container.engine) as session:
        model_versions.describe(session, min(kept(town)), "Før sommerferien", by=BY, now=now())
    assert len(kept(town)) >= 3


def test_an_installation_salts_what_it_keeps_with_its_key(town: Town) -> None:
    taught(town)
    words = [features.prepare(Example("", "", word)).indices for word in ("træet", "vejen", "affald")]
    plain = {int(n) for found in words for n in found if n < features.WORDS[1]}
    for content, _ in kept(town).values():
        with np.load(io.BytesIO(content)) as archive:
            held = set(archive["features"].tolist())
            assert SECRET.encode() not in archive["manifest"].tobytes()
        assert snapshot.load(content, Salt.of(SECRET)).position
        assert len(plain & held) < len(plain)
        with pytest.raises(snapshot.SnapshotRefused):
            snapshot.load(content)


@pytest.mark.parametrize("salt", [NEXT, UNSALTED], ids=["another_key", "none"])
def test_another_key_rebuilds_once_and_tells_how_far_it_is(town: Town, salt: Salt) -> None:
    taught(town)
    before = kept(town)
    learner = started(town, salt)
    end = learner.position
    assert {(each["why"], each["of"]) for each in learner.labels} == {("started", end)}
    done = [each["done"] for each in learner.labels]
    assert done == sorted(set(done))
    assert end - model_replay.PORTION <= done[-1] <= end
    assert learner.state_hash() == from_nothing(town, salt, end) != town.container.learner.state_hash()
    after = kept(town)
    assert {n: note for n, (_, note) in after.items()} == {n: note for n, (_, note) in before.items()}
    for position, (content, _) in after.items():
        assert snapshot.load(content, salt).state_hash() == from_nothing(town, salt, position)
    again = started(town, salt)
    assert_only_the_end_is_folded(again, town)
    assert again.state_hash() == learner.state_hash()
    assert kept(town) == after, "nothing is made a second time"


def test_the_same_key_rebuilds_nothing(town: Town) -> None:
    taught(town)
    before = kept(town)
    learner = started(town, Container.build(town.container.settings).salt)
    assert_only_the_end_is_folded(learner, town)
    assert learner.state_hash() == town.container.learner.state_hash()
    assert kept(town) == before


def test_mails_are_routed_as_before(town: Town) -> None:
    taught(town)
    learner = started(town, NEXT)
    asked = [Example(str(n), "", text) for n, text in enumerate((
        "Et stort træ er væltet", "Hul i asfalten på vejen", "Skraldespanden er ikke tømt", "Træet skygger", "Huller i cykelstien",
    ))]  # fmt: skip
    for each in asked:
        one, other = (which.rank(each)[0].first for which in (town.container.learner, learner))
        assert one is not None
        assert other is not None
        assert one.unit == other.unit
        assert abs(one.confidence - other.confidence) < 0.02


def test_one_who_is_ended_half_way_goes_on_where_it_was(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    taught(town)
    made = snapshots.make_anew

    def once(session: Any, state: ModelReplay) -> None:
        made(session, state)
        monkeypatch.setattr(snapshots, "make_anew", lambda *_: 1 / 0)

    monkeypatch.setattr(snapshots, "make_anew", once)
    with pytest.raises(ZeroDivisionError):
        started(town, NEXT)
    monkeypatch.setattr(snapshots, "make_anew", made)
    learner = started(town, NEXT)
    assert learner.labels[0]["of"] == learner.position - min(kept(town))
    assert learner.state_hash() == from_nothing(town, NEXT, learner.position)
    for content, _ in kept(town).values():
        assert snapshot.load(content, NEXT).position


def test_what_was_undone_while_the_key_changed_is_in_no_version(town: Town) -> None:
    taught(town)
    low, middle, *_ = sorted(kept(town))
    with database.write(town.container.engine) as session:
        undone = session.scalars(select(Label).where(Label.id == middle)).one()
        session.add(
            Label(
                enquiry_id=undone.enquiry_id, unit_id=undone.unit_id, revokes_id=undone.id, source=LabelSource.CORRECTED,
                by=BY.email, at=now() + timedelta(seconds=1),
            )
        )  # fmt: skip
    learner = started(town, NEXT)
    assert learner.state_hash() == from_nothing(town, NEXT, learner.position)
    assert low in kept(town)
    for content, _ in kept(town).values():
        assert snapshot.load(content, NEXT).position, "none with the old salt is left"


def test_going_back_works_after_a_change_of_the_key(town: Town) -> None:
    taught(town)
    learner, oldest = started(town, NEXT), min(kept(town))
    with database.write(town.container.engine) as session:
        model_versions.roll_back(session, oldest, note="Prøve", by=BY, now=now())
    learner.catch_up(now=now())
    assert learner.state_hash() == from_nothing(town, NEXT, learner.position)
    assert learner._model.position == oldest


def storm(n: int) -> bytes:
    text = "Efter stormen i nat ligger et stort træ væltet hen over cykelstien på Prøvevej."
    return mail(f"Storm {n}", text, sender=f"Prøve <b{n}@borger.example.org>")


def test_the_index_of_waves_is_salted_and_made_anew_once(town: Town) -> None:
    received = town.receive(*(storm(n) for n in range(3)))
    plain = {
        mmh3.hash(word[:STEM], 11, signed=False) for word in ("stormen", "træ", "væltet", "cykelstien", "prøvevej")
    }

    def index() -> tuple[set[int], set[int], set[int]]:
        with database.read(town.container.engine) as session:
            marks = {n for each in session.scalars(select(Likeness.marks)) for n in each}
            return (
                set(session.scalars(select(Likeness.enquiry_id))),
                marks,
                set(session.scalars(select(LikenessBand.band))),
            )

    first = index()
    assert first[0] == set(received)
    assert not plain & first[1]
    town.container = replace(
        town.container, settings=town.container.settings.model_copy(update={"secret_key": "the key that came after it"})
    )
    assert town.container.salt == NEXT
    with database.write(town.container.engine) as session:
        assert waves.make_anew(session, NEXT) == 3
    second = index()
    assert second[0] == first[0]
    assert not second[1] & first[1]
    assert not second[2] & first[2]
    with database.write(town.container.engine) as session:
        assert waves.make_anew(session, NEXT) == 0
    town.learn()
    town.receive(storm(3))
    with database.read(town.container.engine) as session:
        assert len(session.scalars(select(WaveMember.enquiry_id)).all()) == 4, "mails from before the change are found"


def test_features_that_are_kept_are_salted(town: Town) -> None:
    town.teach_history()
    (waiting,) = town.receive(mail("Træ", "Træet er væltet"))
    town.teach_history(times=1)
    with database.read(town.container.engine) as session:
        example = example_of(session.get_one(Enquiry, waiting))
    made = town.container.learner._read([waiting])[waiting]
    assert np.array_equal(made.indices, features.prepare(example, Salt.of(SECRET)).indices)
    assert len(np.intersect1d(made.indices, features.prepare(example).indices)) < len(made.indices) // 10
