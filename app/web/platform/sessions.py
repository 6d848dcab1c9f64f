"""The sign-in within a browser. The cookie holds a key; the person stands in the database."""

from datetime import UTC, datetime

from flask import request, session
from flask_login import current_user, login_user, logout_user

from app import database
from app.domain.events.base import ABSENT, Absent
from app.domain.events.platform import AccountSignedIn, AccountSignedOut
from app.models.account import Account
from app.services.platform import events, sessions
from app.services.platform.sessions import Device
from app.web.platform import origin
from app.web.platform.access import SignedIn, container

BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""What stands in a browser's own description, and what people call it; the first that fits."""


def begin(
    account: Account,
    *,
    method: str = "password",
    provider_session: str = "",
    provider_token: str = "",
    issuer: str | Absent = ABSENT,
) -> None:
    """Sign somebody in who has shown who they are. Nothing of the browser's visit before goes on, its form token neither."""
    now, device = datetime.now(UTC), Device(origin.source(), browser_name(request.headers.get("User-Agent", "")))
    with database.write(container().engine) as db:
        key = sessions.begin(
            db,
            account,
            device,
            method=method,
            now=now,
            provider_session=provider_session,
            provider_token=provider_token,
        )
        events.record(
            db, AccountSignedIn(source=device.source, method=method, issuer=issuer), by=account.actor, now=now
        )
    session.clear()
    login_user(SignedIn(account, key))


def end() -> None:
    """Sign out whoever is signed in. Their cookie opens nothing any more, here or in a copy."""
    if current_user.is_authenticated:
        now, account = datetime.now(UTC), current_user.account
        with database.write(container().engine) as db:
            sessions.end(db, current_user.session_id, account.id)
            events.record(db, AccountSignedOut(source=origin.source()), by=account.actor, now=now)
    logout_user()
    session.clear()


def browser_name(agent: str) -> str:
    """Return the kind of browser and machine. The words are such that somebody recognises their own."""
    found = [next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found))
