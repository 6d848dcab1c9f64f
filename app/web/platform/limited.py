"""Limits on requests, by person or place."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort

from app.web.platform.access import container, my_account

View = TypeVar("View", bound=Callable[..., Any])


def by_person() -> str:
    return str(my_account().id)


def limited(
    name: str, who: Callable[[], str] = by_person, when: Callable[[], bool] = lambda: True
) -> Callable[[View], View]:
    """Count each request of a view in a limit.

    The limit is of app.services.platform.rates; 429 where it has no room.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            if when():
                refuse_if_full(name, who())
            return view(*args, **kwargs)

        return counted  # type: ignore[return-value]

    return decorate


def refuse_if_full(name: str, who: str) -> None:
    """Count one more, or end the request. Refused requests are not counted: a flood writes nothing."""
    rates = container().rates
    if not (rates.allows((name, who)) and rates.count((name, who))):
        abort(429)
