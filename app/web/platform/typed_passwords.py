"""Passwords as people type them into forms. A new one is typed twice, and their own to show that it is they who ask."""

from datetime import UTC, datetime

from flask import request

from app.errors import RefusedError
from app.services.platform import accounts
from app.web.platform import origin
from app.web.platform.access import container, me


def typed_twice() -> str:
    """Return a new password that was typed twice.

    Raises:
        RefusedError: the two differ.
    """
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise RefusedError("passwords_differ")
    return password


def ask_for_own(field: str = "password") -> None:
    """Refuse whoever sits at a screen that its owner left.

    Raises:
        RefusedError: the field does not hold the signed-in person's password, or too many wrong ones were tried.
    """
    c, password, now = container(), request.form.get(field, ""), datetime.now(UTC)
    if accounts.authenticate(c.engine, c.rates, me().email, password, origin=origin.origin(), now=now) is None:
        raise RefusedError("wrong_password")
