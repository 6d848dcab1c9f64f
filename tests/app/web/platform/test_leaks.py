"""Nothing of a query outlives it: what a process does all day may not pile up."""

import gc
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from weakref import WeakSet

import pytest
from flask import Flask
from sqlalchemy.orm.util import AliasedInsp

from app.domain.access import Role
from app.services.platform import sessions
from tests import pages
from tests.app.web.conftest import SignIn
from tests.town import Town, mail


@pytest.fixture
def aliases(monkeypatch: pytest.MonkeyPatch) -> WeakSet[Any]:
    """Every aliased table that is still alive."""
    alive: WeakSet[Any] = WeakSet()
    made = AliasedInsp.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        alive.add(self)

    monkeypatch.setattr(AliasedInsp, "__init__", noted)
    return alive


def left_behind(work: Callable[[], object], rounds: int, aliases: WeakSet[Any]) -> list[str]:
    """What some rounds leave behind, once the first two have filled what is meant to be kept."""
    for _ in range(2):
        work()
    gc.collect()
    before = set(map(id, aliases))
    for _ in range(rounds):
        work()
    gc.collect()
    return [repr(each) for each in aliases if id(each) not in before]


def test_a_mail_taken_in_decided_and_learned(town: Town, aliases: WeakSet[Any]) -> None:
    town.teach_history()
    numbers = count(1)

    def work() -> None:
        town.receive(mail(f"Hul {next(numbers)}", "Et hul i vejen"))
        town.decide(town.last_enquiry())
        town.learn()

    assert left_behind(work, 3, aliases) == []


def test_every_page(
    town: Town, app: Flask, sign_in: SignIn, aliases: WeakSet[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # With every request, not with the first after a minute: on a busy machine that one comes in a later round.
    monkeypatch.setattr(sessions, "RENEWED", timedelta(0))
    routed, waiting = town.receive(*pages.long_mails())
    town.decide(routed)
    town.learn()
    client = sign_in(Role.ADMINISTRATOR)
    addresses = [address for _, address in pages.addresses(app, pages.samples(town, routed, waiting))]

    def work() -> None:
        for address in addresses:
            client.get(address)

    assert left_behind(work, 2, aliases) == []
