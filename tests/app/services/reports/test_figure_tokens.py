"""Tokens for figures: kept as a hash, open nothing too early or too late, revoked at once, told of in the log."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app import database
from app.domain.access import Role
from app.domain.deadlines import local_day
from app.errors import NotFoundError, RefusedError
from app.models.event import Event
from app.models.figure_token import FigureToken
from app.services.reports import figure_tokens
from app.services.reports.figure_tokens import PREFIX, KnownToken
from tests.town import Town, now


def made(town: Town, name: str = "Power BI", days: int = 30) -> tuple[int, str]:
    with database.write(town.container.engine) as session:
        by = town.people[Role.ADMINISTRATOR].actor
        expires = local_day(now()) + timedelta(days=days)
        row, key = figure_tokens.make(session, name=name, purpose="Rapport", expires_on=expires, by=by, now=now())
        return row.id, key


def kinds(town: Town) -> list[str]:
    with database.read(town.container.engine) as session:
        found = select(Event.kind).where(Event.kind.startswith("figure_token")).order_by(Event.id)
        return list(session.scalars(found))


def test_only_the_hash_is_kept_and_no_row_of_the_log_has_the_key(town: Town) -> None:
    number, key = made(town)
    assert key.startswith(PREFIX)
    assert len(key) > len(PREFIX) + 40
    with town.container.engine.connect() as connection:
        for table in ("figure_token", "event", "setting"):
            assert key.removeprefix(PREFIX) not in str(connection.execute(text(f"SELECT * FROM {table}")).all())
    with database.read(town.container.engine) as session:
        assert session.get_one(FigureToken, number).key_hash == hashlib.sha256(key.encode()).hexdigest()
    assert figure_tokens.find(town.container.engine, key, now=now()) == KnownToken(number, "Power BI")


def test_it_opens_through_its_last_day_and_not_after(town: Town) -> None:
    _number, key = made(town, days=3)
    assert figure_tokens.find(town.container.engine, key, now=now() + timedelta(days=3)) is not None
    assert figure_tokens.find(town.container.engine, key, now=now() + timedelta(days=4)) is None


@pytest.mark.parametrize("other", ["", PREFIX, "x", PREFIX + "a" * 43, "\ud800", PREFIX + "æ" * 5_000])
def test_what_is_no_token_opens_nothing(town: Town, other: str) -> None:
    made(town)
    assert figure_tokens.find(town.container.engine, other, now=now()) is None


def test_revoked_it_opens_nothing_at_once_and_only_it(town: Town) -> None:
    (first, key), (_second, other) = made(town), made(town, "Excel")
    by = town.people[Role.ADMINISTRATOR].actor
    for _twice in range(2):
        with database.write(town.container.engine) as session:
            figure_tokens.revoke(session, first, by=by, now=now())
    assert figure_tokens.find(town.container.engine, key, now=now()) is None
    assert figure_tokens.find(town.container.engine, other, now=now()) is not None
    assert kinds(town) == ["figure_token_made", "figure_token_made", "figure_token_revoked"]
    with database.write(town.container.engine) as session, pytest.raises(NotFoundError):
        figure_tokens.revoke(session, 99, by=by, now=now())


def test_its_use_is_noted_once_a_day(town: Town) -> None:
    number, _key = made(town)
    token = KnownToken(number, "Power BI")
    for days, source in ((0, "192.0.2.1"), (0, "192.0.2.2"), (1, "192.0.2.3"), (1, "192.0.2.3")):
        figure_tokens.note_use(town.container.engine, token, source, now=now() + timedelta(days=days))
    assert kinds(town) == ["figure_token_made", "figure_token_used", "figure_token_used"]
    with database.read(town.container.engine) as session:
        row = session.get_one(FigureToken, number)
        assert (row.used_on, row.used_from) == (local_day(now() + timedelta(days=1)), "192.0.2.3")


@pytest.mark.parametrize(
    ("name", "purpose", "days", "code"),
    [
        ("", "x", 30, "token_without_name"),
        ("x", "  ", 30, "token_without_name"),
        ("x" * 81, "x", 30, "token_without_name"),
        ("x", "x", 0, "token_expiry"),
        ("x", "x", 732, "token_expiry"),
        ("x", "x", None, "token_expiry"),
        (" power  bi", "x", 30, "name_taken"),
    ],
)
def test_what_says_not_what_it_is_for_or_how_long_is_refused(
    town: Town, name: str, purpose: str, days: int | None, code: str
) -> None:
    made(town)
    expires = None if days is None else local_day(now()) + timedelta(days=days)
    by = town.people[Role.ADMINISTRATOR].actor
    with database.write(town.container.engine) as session, pytest.raises(RefusedError) as refused:
        figure_tokens.make(session, name=name, purpose=purpose, expires_on=expires, by=by, now=now())
    assert refused.value.code == code
