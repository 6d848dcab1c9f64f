"""A small slice of each long part of `make bench-learning`."""

import gzip
import json
from pathlib import Path

import pytest

from learning.example import Example
from tests.benchmark import peers, replay_log, speed
from tests.benchmark.invented import mails
from tests.benchmark.replayed import fill, replay
from tests.benchmark.sets import NAMED
from tests.benchmark.sticking import thread, tries


def test_invented_mails_are_the_same_again_and_as_long_as_asked() -> None:
    found = list(mails(50, 10, 1000))
    assert found == list(mails(50, 10, 1000))
    assert all(abs(len(example.text.encode()) - 1000) < 3 for example, _ in found)
    assert len({example.text for example, _ in found}) == 50
    assert found != list(mails(50, 10, 1000, seed=12))


def test_speed_is_measured_with_reasons() -> None:
    lessons = list(mails(120, 10, 500))
    model = speed.taught(lessons[:100])
    predict, learn = speed.measured(model, lessons[100:])
    assert len(predict) == len(learn) == 20
    assert min(predict) > 0
    assert model.position == 120
    assert speed.batch(model, [example for example, _ in lessons]) > 0


def test_a_killed_replay_ends_where_a_plain_fold_does(tmp_path: Path) -> None:
    plain = replay_log.fold(1000, 6, 120)
    assert plain["same"]
    found = replay(fill(tmp_path, 1000, 6, 120), kill_at=0.5)
    assert (found.hash, found.kills) == (plain["hash"], 1)
    assert found.shown > 1


def test_corrections_stick() -> None:
    tried = tries(list(mails(160, 8, 200)), count=10, rest=40)
    assert len(tried) == 10
    assert all(each.first for each in tried)
    assert {each.kin for each in tried} == {"likeness"}
    assert sum(each.higher for each in tried) >= 8


def test_kin_of_a_thread_comes_first() -> None:
    lessons = [
        (Example(e.id, "Re: [list] The same matter" if int(e.id) % 2 else e.subject, e.text), u)
        for e, u in mails(160, 8, 200)
    ]
    assert "thread" in {each.kin for each in tries(lessons, count=10, rest=10)}


@pytest.mark.parametrize(
    "subject", ["Re: [ILUG] the  Thing", "RE: Re[2]: the thing", "[ILUG] Fwd: The thing", "the thing"]
)
def test_threads(subject: str) -> None:
    assert thread(subject) == "the thing"


@pytest.mark.skipif(peers.module() is None, reason="the peers are not beside this checkout")
def test_a_peer_sees_the_same_mails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chosen = NAMED["sib200_da"]
    with gzip.open(chosen.path, "rt", encoding="utf-8") as rows:
        assert len([json.loads(row) for row in rows]) == 1004
    monkeypatch.setattr(peers, "make", lambda peer, units: peers.module().Floor(replay=0))
    found = peers._play("floor", chosen, 11)
    assert len(found) == 1004 - chosen.warm
    assert found.ids == [example.id for example, _ in chosen.load(11)[chosen.warm :]]
    assert found.accuracy > 0.4
