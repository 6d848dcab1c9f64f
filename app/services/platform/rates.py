"""Limit how often somebody may ask for something.

The library `limits` counts; it has no store in SQL of its own, so the counts lie in our database by way of the interface
that it has for that. Asking whether there is room only reads: a flood that is refused writes nothing.
"""

import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Any

from limits import RateLimitItem, parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Engine, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app import database
from app.models.rate import RateCount

LIMITS = {
    # Wrong passwords. A browser that has been signed in as somebody is counted by itself, so that no stranger's tries
    # keep the right person out; all others are counted by whom they try, from where, and both.
    "sign-in from a known browser": "10 per minute; 60 per hour",
    "sign-in from elsewhere": "5 per minute; 30 per hour",
    "sign-in to an account": "100 per hour",
    "sign-in from a source": "30 per minute; 300 per hour",
    # Sign-ons that came to nothing; and each answer of the provider, which counts once while its cookie lives.
    "sign-on from a source": "30 per minute; 300 per hour",
    "answer to a sign-on": "1 per 30 minutes",
    # Codes from a telephone, right or wrong; whoever is asked for one has shown the password.
    "code": "5 per minute; 30 per hour",
    "invitation": "30 per minute; 300 per hour",
    "first run": "10 per minute; 60 per hour",
    "search": "120 per minute",
    "added answer": "20 per minute; 200 per hour",
    "export": "10 per minute; 60 per hour",
    # Other programs that fetch figures; and keys that open nothing, by where they come from.
    "figures by token": "120 per minute; 2000 per hour",
    "unknown token": "30 per minute; 300 per hour",
    "return link": "30 per minute; 300 per hour",
    # Rows of the log about what somebody was refused.
    "refused the same": "1 per hour",
    "refused": "60 per hour",
}


class Rates:
    """The counters of all limits. They say whether there is room for one more."""

    def __init__(self, engine: Engine, secret: str) -> None:
        self._limiter = FixedWindowRateLimiter(DatabaseStorage(engine, secret))
        self._limits = {name: parse_many(text) for name, text in LIMITS.items()}

    def allows(self, *counted: Sequence[str]) -> bool:
        """Tell whether each limit has room, without counting. A limit is (name, whom it counts …)."""
        return all(self._limiter.test(item, *who) for item, who in self._items(counted))

    def count(self, *counted: Sequence[str]) -> bool:
        """Count one more in each limit. Return whether all of them had room for it."""
        had_room = [self._limiter.hit(item, *who) for item, who in self._items(counted)]
        return all(had_room)

    def _items(self, counted: Sequence[Sequence[str]]) -> list[tuple[RateLimitItem, Sequence[str]]]:
        return [(item, who) for who in counted for item in self._limits[who[0]]]


class DatabaseStorage(Storage):
    """The storage of `limits` in our database. Its counts do not tell whom they count."""

    STORAGE_SCHEME = ["sluse"]  # noqa: RUF012 - as the library declares it

    def __init__(self, engine: Engine, secret: str) -> None:
        super().__init__()
        self._engine, self._secret = engine, secret.encode()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        insert: Any = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        fresh = insert(RateCount).values(key=self._hash(key), hits=amount, expires_at=now + expiry)
        over = RateCount.expires_at <= now
        counted = fresh.on_conflict_do_update(
            index_elements=[RateCount.key],
            set_={
                "hits": case((over, amount), else_=RateCount.hits + amount),
                "expires_at": case((over, now + expiry), else_=RateCount.expires_at),
            },
        ).returning(RateCount.hits)
        with database.write(self._engine) as session:
            hits = int(session.execute(counted).scalar_one())
            session.execute(delete(RateCount).where(RateCount.expires_at <= now))
        return hits

    def get(self, key: str) -> int:
        return int(self._found(key, RateCount.hits))

    def get_expiry(self, key: str) -> float:
        return float(self._found(key, RateCount.expires_at)) or time.time()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with database.write(self._engine) as session:
            session.execute(delete(RateCount))
        return None

    def clear(self, key: str) -> None:
        with database.write(self._engine) as session:
            session.execute(delete(RateCount).where(RateCount.key == self._hash(key)))

    def _found(self, key: str, column: Any) -> Any:
        with database.read(self._engine) as session:
            query = select(column).where(RateCount.key == self._hash(key), RateCount.expires_at > time.time())
            return session.scalar(query) or 0

    def _hash(self, key: str) -> str:
        return hmac.new(self._secret, key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
