"""A clock for tests: the product's modules read the moment that was set, and time stands until it is set again."""

import sys
from datetime import UTC, datetime, tzinfo
from typing import Any

import pytest

REAL = datetime


class _LikeReal(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, REAL)


class Stopped(datetime, metaclass=_LikeReal):
    """`datetime`, whose now is `moment`."""

    moment = REAL(2026, 1, 1, tzinfo=UTC)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return cls.moment.astimezone(tz)


def stop(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let every module of the product, and the tests' town, live at this moment. Call it again to go on."""
    Stopped.moment = moment
    for name, module in list(sys.modules.items()):
        if (name.startswith("app.") or name == "tests.town") and vars(module).get("datetime") is REAL:
            monkeypatch.setattr(module, "datetime", Stopped)
