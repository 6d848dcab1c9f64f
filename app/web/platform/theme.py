"""The theme: light, dark, or as the machine has it.

The choice is in a cookie, and written on the page before it is painted.
"""

from enum import StrEnum

from flask import request
from werkzeug.wrappers import Response

COOKIE = "tema"
YEAR = 31536000


class Theme(StrEnum):
    MACHINE = "machine"
    LIGHT = "light"
    DARK = "dark"


def chosen() -> Theme:
    """Return the theme this browser asked for. Anything unknown is as the machine has it."""
    return _known(request.cookies.get(COOKIE, ""))


def remember(response: Response, wanted: str, *, secure: bool) -> Response:
    """Return the answer, with the choice in a cookie."""
    response.set_cookie(COOKIE, _known(wanted), max_age=YEAR, samesite="Lax", httponly=True, secure=secure)
    return response


def _known(value: str) -> Theme:
    return Theme(value) if value in set(Theme) else Theme.MACHINE
