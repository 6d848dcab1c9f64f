"""Slices of the long acceptance runs in verify.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import acceptance, mail_runs, others, verify
from tests.connectors.imap import dovecot_server, estate, needs_dovecot
from tests.shared import MAILS, needs
from tests.standins.dovecot import Estate

__all__ = ["dovecot_server", "estate"]


def test_killed_and_restarted(tmp_path: Path) -> None:
    run = acceptance.kill_run(tmp_path, mails=9, kills=2, seed=7)
    assert run.once_each(), run


def test_killed_and_restarted_in_exchange_online(tmp_path: Path) -> None:
    run = mail_runs.killed_in_exchange_online(tmp_path, mails=8, kills=2, seed=7)
    assert run.fine(), run


def test_killed_and_restarted_in_exchange(tmp_path: Path) -> None:
    run = mail_runs.killed_in_exchange(tmp_path, mails=6, kills=2, seed=7)
    assert run.fine(), run


@needs_dovecot
def test_killed_and_restarted_on_a_mail_server(tmp_path: Path, estate: Estate) -> None:
    run = mail_runs.killed_on_a_mail_server(tmp_path, estate, mails=8, kills=2, seed=7)
    assert run.fine(), run


@needs(MAILS)
@pytest.mark.parametrize("system", [mail_runs.in_exchange, mail_runs.in_exchange_online])
def test_public_mails_come_out_as_they_lay_there(tmp_path: Path, system: Callable[[Path], Any]) -> None:
    exported = mail_runs.every_mail(tmp_path, system, every=100)
    assert exported.fine(), exported


def test_backed_up_while_it_serves_and_restored(tmp_path: Path) -> None:
    run, audit = acceptance.backup_run(tmp_path, mails=12, seed=5)
    assert run.once_each(), run
    assert audit == 0


@needs(*acceptance.CORPUS)
def test_real_mails(tmp_path: Path) -> None:
    run = acceptance.corpus_run(tmp_path, acceptance.corpus(every=100))
    assert run.nothing_lost(), run


def test_the_demo_is_neither_childs_play_nor_hopeless() -> None:
    held, to_human = verify.invented(11, 200, history=1300)
    assert 0.65 <= held <= 0.95
    assert to_human >= 0.15


def test_other_authorities_are_proposed_after_a_few_examples_and_units_lose_nothing() -> None:
    run = others.taught(11, history=600, live=400, looked=2500)
    assert run.top3 >= others.FOUND, run
    assert run.alone <= run.alone_before, run
    assert run.accuracy >= run.accuracy_before - 0.02, run  # of some 300 mails one is 0.3 points


@needs(others.CLINC)
def test_what_is_no_enquiry_by_name_goes_alone_no_more_often_than_before() -> None:
    run = others.strangers(11, 1_000)
    assert run.taught.out_of_scope_auto_share == 0, run
    assert run.taught.accuracy >= run.untaught.accuracy - 0.02, run
