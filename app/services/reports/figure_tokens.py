"""Tokens by which other programs fetch figures: made by an administrator, shown once, revoked by one click.

A token is random, and the house keeps only its hash, as of a sign-in. It opens figures and no page, whoever made it.
"""

import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import TOKEN_HOLDER, Actor
from app.domain.deadlines import local_day
from app.domain.events.platform import FigureTokenMade, FigureTokenRevoked, FigureTokenUsed
from app.errors import NotFoundError, RefusedError
from app.models.figure_token import FigureToken
from app.services.platform import events, random_keys

PREFIX = "sluse_tal_"
"""How each token begins: whoever finds one in a file, or searches for any, knows what it is."""
USUAL, LONGEST = timedelta(days=365), timedelta(days=731)
LONGEST_NAME, LONGEST_PURPOSE = 80, 300


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token that opens figures today."""

    id: int
    name: str


def make(
    session: Session, *, name: str, purpose: str, expires_on: date | None, by: Actor, now: datetime
) -> tuple[FigureToken, str]:
    """Make a token; returns its row and the key, which nobody can be shown again.

    Raises:
        RefusedError: it says not what it is for, expires too soon or too late, or another that is open has its name.
    """
    name, purpose, today = " ".join(name.split()), " ".join(purpose.split()), local_day(now)
    if not (0 < len(name) <= LONGEST_NAME and 0 < len(purpose) <= LONGEST_PURPOSE):
        raise RefusedError("token_without_name")
    if expires_on is None or not today < expires_on <= today + LONGEST:
        raise RefusedError("token_expiry")
    if session.scalar(_open(today).where(func.lower(FigureToken.name) == name.lower())) is not None:
        raise RefusedError("name_taken")
    key = PREFIX + random_keys.make()
    row = FigureToken(
        key_hash=random_keys.hashed(key),
        name=name,
        purpose=purpose,
        made_at=now,
        made_by=by.email,
        expires_on=expires_on,
    )
    session.add(row)
    session.flush()
    made = FigureTokenMade(token_id=row.id, name=name, purpose=purpose, expires_on=expires_on.isoformat())
    events.record(session, made, by=by, now=now)
    return row, key


def revoke(session: Session, token_id: int, *, by: Actor, now: datetime) -> FigureToken:
    """Let a token open nothing more, from this moment on. One that is revoked stays as it is.

    Raises:
        NotFoundError: there is none.
    """
    row = session.get(FigureToken, token_id)
    if row is None:
        raise NotFoundError
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = now, by.email
        events.record(session, FigureTokenRevoked(token_id=row.id, name=row.name), by=by, now=now)
    return row


def find(engine: Engine, key: str, *, now: datetime) -> KnownToken | None:
    """Return the token that a key is, if it opens anything today.

    It is looked up by its hash, so that how long this takes tells nothing of a key that is nearly right.
    """
    if not key.startswith(PREFIX):
        return None
    hashed = random_keys.hashed(key)
    with database.read(engine) as session:
        row = session.scalar(_open(local_day(now)).where(FigureToken.key_hash == hashed))
        if row is None or not hmac.compare_digest(row.key_hash, hashed):
            return None
        return KnownToken(row.id, row.name)


def note_use(engine: Engine, token: KnownToken, source: str, *, now: datetime) -> None:
    """Write down that a token was used, and from where; once a day, so that fetching often writes little."""
    today = local_day(now)
    with database.read(engine) as session:
        if session.scalar(select(FigureToken.used_on).where(FigureToken.id == token.id)) == today:
            return
    with database.write(engine) as session:
        row = session.get_one(FigureToken, token.id)
        if row.used_on == today:
            return
        row.used_on, row.used_from = today, source
        used = FigureTokenUsed(token_id=row.id, name=row.name, source=source)
        events.record(session, used, by=TOKEN_HOLDER, now=now)


def _open(today: date) -> Select[FigureToken]:
    return select(FigureToken).where(FigureToken.revoked_at.is_(None), FigureToken.expires_on >= today)
