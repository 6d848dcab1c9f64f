"""Passwords that are tried at once: together no more of them than one after the other."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import RefusedError
from app.services.platform import accounts, passwords
from app.services.platform.accounts import Origin
from app.services.platform.rates import Rates
from tests.town import Town, eventually, now

ONE = "visitator@town.example.org"


def tried(town: Town, rates: Rates, source: str) -> bool:
    """Try a wrong password; False where nobody even looked whether it fits."""
    try:
        accounts.authenticate(town.container.engine, rates, ONE, "wrong", origin=Origin(source), now=now())
    except RefusedError:
        return False
    return True


def test_who_waited_for_a_turn_is_counted_by_what_came_before(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two come while the last of a hundred is looked at; both found room when they came, and neither has any now."""
    rates, asked = Rates(town.container.engine, "secret"), []
    for _ in range(99):
        rates.count(("sign-in to an account", ONE))

    def allows(*counted: Sequence[str]) -> bool:
        asked.append(counted)
        return Rates.allows(rates, *counted)

    def fits(_known: str, _password: str) -> bool:
        eventually(lambda: len(asked) >= 3)
        return False

    monkeypatch.setattr(rates, "allows", allows)
    monkeypatch.setattr(passwords, "fits", fits)
    with ThreadPoolExecutor(3) as pool:
        met = list(pool.map(lambda n: tried(town, rates, f"192.0.2.{n}"), range(3)))
    assert met.count(True) == 1
