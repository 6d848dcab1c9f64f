"""What every deadline register must do."""

from datetime import date

import pytest

from connectors.deadlines.register import DeadlineRegister, NewDeadline
from connectors.errors import ConnectorError
from tests.connectors.flaky import Flaky
from tests.connectors.gateway_contract import insist
from tests.connectors.records_contract import MOMENTS

DUE = date(2026, 12, 7)


class RegisterContract:
    """Subclasses give `register`, empty, and `entry`, which reads (unit, due, completed) of the only deadline in it."""

    @pytest.fixture
    def register(self) -> DeadlineRegister:
        raise NotImplementedError

    def entry(self, register: DeadlineRegister) -> tuple[str, str, str | None]:
        raise NotImplementedError

    @pytest.mark.parametrize("moments", MOMENTS)
    def test_each_key_one_deadline(self, register: DeadlineRegister, moments: tuple[str, ...]) -> None:
        flaky = Flaky(register)
        flaky.fail("register", *moments)
        flaky.fail("complete", *moments)
        insist(lambda: flaky.register(NewDeadline("k", "2026-000001", "Park", DUE)))
        number = register.register(NewDeadline("k", "2026-000001", "Park", DUE))
        assert self.entry(register) == ("Park", "2026-12-07", None)
        assert register.find("k") == number
        assert register.find("other") is None
        insist(lambda: flaky.complete("k", date(2026, 12, 1)))
        register.complete("k", date(2026, 12, 2))
        assert self.entry(register) == ("Park", "2026-12-07", "2026-12-01")

    def test_a_new_unit_is_told_but_never_a_new_date(self, register: DeadlineRegister) -> None:
        first = register.register(NewDeadline("k", "2026-000001", "Park", DUE))
        assert register.register(NewDeadline("k", "2026-000001", "Vej", date(2027, 1, 1))) == first
        assert self.entry(register) == ("Vej", "2026-12-07", None)

    def test_both_clocks(self, register: DeadlineRegister) -> None:
        first = register.register(NewDeadline("k", "2026-000001", "Park", DUE, date(2026, 11, 30), "Garanti"))
        flaky = Flaky(register)
        flaky.fail("amend", "after")
        flaky.fail("feedback", "after")
        insist(lambda: flaky.amend(NewDeadline("k", "2026-000001", "Park", date(2026, 12, 2), None, "Aktindsigt")))
        assert self.entry(register) == ("Park", "2026-12-02", None)
        insist(lambda: flaky.feedback("k", date(2026, 11, 25)))
        register.feedback("k", date(2026, 11, 26))
        assert register.find("k") == first
        for call in (
            lambda: register.feedback("none", DUE),
            lambda: register.amend(NewDeadline("none", "x", "y", DUE)),
        ):
            with pytest.raises(ConnectorError) as raised:
                call()
            assert not raised.value.retryable

    def test_what_was_void_runs_again(self, register: DeadlineRegister) -> None:
        register.register(NewDeadline("k", "2026-000001", "Park", DUE))
        register.complete("k", date(2026, 11, 25))
        flaky = Flaky(register)
        flaky.fail("reopen", "after")
        insist(lambda: flaky.reopen("k"))
        assert self.entry(register) == ("Park", "2026-12-07", None)
        register.reopen("k")
        register.complete("k", date(2026, 11, 27))
        assert self.entry(register) == ("Park", "2026-12-07", "2026-11-27")
        with pytest.raises(ConnectorError):
            register.reopen("none")

    def test_nothing_to_complete(self, register: DeadlineRegister) -> None:
        with pytest.raises(ConnectorError) as raised:
            register.complete("nothing", date(2026, 1, 1))
        assert not raised.value.retryable

    def test_keys_are_told_apart(self, register: DeadlineRegister) -> None:
        keys = ["k", "K", "k ", "../k", "æ", "k\0"]
        numbers = [register.register(NewDeadline(key, "2026-000001", "Park", DUE)) for key in keys]
        assert len(set(numbers)) == len(keys)
        assert [register.find(key) for key in keys] == numbers
