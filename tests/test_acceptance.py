"""Slices of the long acceptance runs in verify.py."""

from pathlib import Path

from tests import acceptance, verify
from tests.shared import needs


def test_killed_and_restarted(tmp_path: Path) -> None:
    run = acceptance.kill_run(tmp_path, mails=12, kills=3, seed=7)
    assert run.once_each(), run


@needs(*acceptance.CORPUS)
def test_real_mails(tmp_path: Path) -> None:
    run = acceptance.corpus_run(tmp_path, acceptance.corpus(every=100))
    assert run.nothing_lost(), run


def test_the_demo_is_neither_childs_play_nor_hopeless() -> None:
    held, to_human = verify.invented(11, 200)
    assert 0.65 <= held <= 0.95
    assert to_human >= 0.15
