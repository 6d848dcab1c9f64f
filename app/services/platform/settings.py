"""The switches people turn while Sluse runs: one unit, its mode, the error budget. The robot's own is kill_switch.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypedDict, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.deadlines import SOON
from app.domain.events.organisation import UnitChanged
from app.domain.routing import Mode
from app.errors import NotFoundError, RefusedError
from app.models.account import Setting
from app.models.unit import Unit
from app.services.platform import events
from learning import out_of_scope, sampling

Value = TypeVar("Value")


@dataclass(frozen=True)
class Switch(Generic[Value]):
    """A switch or figure by its stored name, with the value that holds where nobody has set it."""

    key: str
    default: Value


class SamplingRule(TypedDict):
    """How blind checks are drawn: the coin's seed, the least share, that of a unit's first mails, and of human decisions."""

    seed: str
    floor: float
    first: float
    human: float


class Rebuilding(TypedDict):
    """How far the model's rebuilding is, in labels, why, and since when (ISO 8601)."""

    done: int
    of: int
    why: str
    since: str


ROBOT_RUNNING = Switch("robot_running", True)
MAX_ERROR = Switch("max_error", 0.05)
CONFIDENCE_LIMIT = Switch[float | None]("confidence_limit", None)
CONFIDENCE_LIMITS = Switch[dict[str, float | None]]("confidence_limits", {})
STRANGERS = Switch("strangers", out_of_scope.PRIOR)
RETURN_OWNER = Switch[int | None]("return_owner", None)
CLOSED_YEARLY = Switch("closed_yearly", ["06-05", "12-24", "12-31"])
CLOSED_DAYS = Switch[dict[str, str]]("closed_days", {})
REMIND_DAYS = Switch("remind_days", SOON)
REMINDED_ON = Switch[str | None]("reminded_on", None)
HEAD_MAILED_ON = Switch[str | None]("head_mailed_on", None)
DEADLINE_TYPE = Switch[int | None]("deadline_type", None)
SAMPLING = Switch[SamplingRule](
    "sampling", {"seed": "", "floor": sampling.FLOOR, "first": sampling.FIRST, "human": sampling.HUMAN}
)
QUIET_MINUTES = Switch("quiet_minutes", 5)
LABEL_CAP = Switch("label_cap", 120)
WATCHED = Switch("watched", 0)
REBUILDING = Switch[Rebuilding | None]("rebuilding", None)
WAVES_SALT = Switch("waves_salt", "")
DECISION_TIMES_PER_PERSON = Switch("decision_times_per_person", False)
MUNICIPALITY = Switch("municipality", "")
"""The municipality's name, where the environment does not say it."""
FACTS_POSITION = Switch[int | None]("facts_position", None)
"""The newest event that the facts of figures take into account (services/reports/enquiry_facts.py)."""
FACTS_AGAIN = Switch("facts_again", 0)
"""Enquiries below this number are still to be gone through again; 0: none."""
WORDS_POSITION = Switch[int | None]("words_position", None)
"""The newest event that the words of mails take into account (services/reports/mail_words.py)."""
WORDS_AGAIN = Switch("words_again", 0)
"""Enquiries below this number are still to be read for their words; 0: none."""
WORDS_SALT = Switch("words_salt", "")
TOPICS_WEEK = Switch("topics_week", "")
"""The week in which topics were last found; "": they are to be found anew, and all quarters counted again."""
TOPICS_DAY = Switch("topics_day", "")
"""The day on which the present quarter was last counted."""
TOPICS_DUE = Switch[Sequence[str]]("topics_due", [])
"""Quarters still to be counted, as in an address; the first is next."""
DEMO_ACCOUNTS = Switch[list[str]]("demo_accounts", [])
YEAR_PLAYED = Switch("year_played", False)
"""In an invented municipality: whether the year that lies behind it has been written to its end."""


def get(session: Session, switch: Switch[Value]) -> Value:
    """The value of a switch, or its default. Where both have parts with names, what is not set is the default's."""
    row, default = _rows(session).get(switch.key), switch.default
    if row is None:
        return default
    value: Any = row.value
    if isinstance(default, dict) and isinstance(value, dict):
        value = {**default, **value}
    found: Value = value
    return found


def is_set(session: Session, switch: Switch[Any]) -> bool:
    """Tell whether anybody has set a switch, be it to its default."""
    return switch.key in _rows(session)


def put(session: Session, switch: Switch[Value], value: Value) -> None:
    """Write a switch without a word in the audit log: for what the system itself works out."""
    _write(session, switch.key, value)


def _write(session: Session, key: str, value: object) -> None:
    rows = _rows(session)
    row = rows.get(key)
    if row is None:
        rows[key] = Setting(key=key, value=value)
        session.add(rows[key])
    elif row.value != value:
        row.value = value
    session.flush()


def _rows(session: Session) -> dict[str, Setting]:
    """Return all settings, read from the database at once. A page asks for several, and most are not set."""
    if "settings" not in session.info:
        session.info["settings"] = {row.key: row for row in session.scalars(select(Setting))}
    rows: dict[str, Setting] = session.info["settings"]
    return rows


def seed_coin(session: Session, seed: str) -> None:
    """Set the seed of the blind checks' coin, once. Keep it secret: with it one can tell which mails nobody checks."""
    row = session.get(Setting, SAMPLING.key)
    if row is None or "seed" not in row.value:
        _write(session, SAMPLING.key, {**(row.value if row else {}), "seed": seed})


def change_unit(session: Session, unit_id: int, *, mode: Mode, stopped: bool, by: Actor, now: datetime) -> Unit:
    """Set how far the robot may go for one unit."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFoundError
    refuse_if_tripped(unit, mode)
    before = {"mode": unit.mode, "stopped": unit.stopped}
    unit.mode, unit.stopped = mode, stopped
    events.record(
        session, UnitChanged(unit_id=unit_id, name=unit.name, before=before, mode=mode, stopped=stopped), by=by, now=now
    )
    return unit


def refuse_if_tripped(unit: Unit, mode: Mode) -> None:
    """Refuse to make a unit with a tripped breaker automatic. Only re-arming does that.

    Raises:
        RefusedError: its breaker has tripped, and this would make it automatic.
    """
    if mode is Mode.AUTOMATIC and unit.tripped_at is not None:
        raise RefusedError("breaker_tripped")


def modes(session: Session) -> dict[str, Mode]:
    """Return the modes of units the robot may route to. Stopped and closed units are left out."""
    rows = session.execute(select(Unit.id, Unit.mode).where(~Unit.stopped, ~Unit.closed))
    return {str(unit_id): mode for unit_id, mode in rows}


def limit_for(session: Session, unit_id: int) -> float | None:
    """Return the confidence limit a unit's error budget allows. None while the evidence allows none."""
    unit = session.get(Unit, unit_id)
    own = unit.max_error if unit else None
    if own is None:
        return get(session, CONFIDENCE_LIMIT)
    return get(session, CONFIDENCE_LIMITS).get(str(unit_id))


def budgets(session: Session) -> dict[str, float]:
    """Return the error budgets of units with their own. The key is the unit's id."""
    query = select(Unit.id, Unit.max_error).where(Unit.max_error.is_not(None), ~Unit.closed).order_by(Unit.id)
    return {str(unit): budget for unit, budget in session.execute(query) if budget is not None}
