"""One enquiry of the large town: what became of it, and the rows and events that tell so."""

import hashlib
import json
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.domain.enquiry import LabelSource, State
from tests.load.writing import Written

HOUR, DAY = 3600, 86_400
ASIDE_SHARE, REFERRED_SHARE, AUTOMATIC_SHARE, SAMPLED_SHARE = 0.08, 0.02, 0.68, 0.05
WRONG_SHARE, WRONG_AUTOMATIC, RETURNED_SHARE, FOLLOW_SHARE = 0.22, 0.03, 0.02, 0.04
VERSION, LIMIT, POSITION = 1, 0.9, 1
LEGEND = 9.0
"""Seconds that half of the decisions take less than."""


@dataclass(slots=True)
class Past:
    """An enquiry by its number, from 1; units by their ids. `decided_by` is None where the robot routed it."""

    id: int
    at: int
    written: Written
    state: State
    unit: int
    suggested: int
    confidence: float
    sampled: bool
    blind: bool
    returned: bool
    follows: int | None
    decided_by: str | None

    @property
    def label(self) -> LabelSource | None:
        """How its unit came to be known, where it did."""
        if self.state is not State.CLOSED:
            return None
        if self.returned:
            return LabelSource.RETURNED
        if self.decided_by is None:
            return LabelSource.ANSWERED
        return LabelSource.CONFIRMED if self.unit == self.suggested else LabelSource.CORRECTED

    @property
    def routed(self) -> bool:
        return self.state in (State.ROUTED, State.CLOSED)

    @property
    def key(self) -> str:
        return f"load-{self.id:06d}"

    @property
    def case(self) -> str:
        return f"2026-{self.id:06d}"

    @property
    def due(self) -> date:
        day = datetime.fromtimestamp(self.at, UTC).date() + timedelta(days=14)
        return day + timedelta(days=max(0, 7 - day.isoweekday()) % 7 if day.isoweekday() > 5 else 0)

    def raw(self) -> bytes:
        return self.written.raw(self.key, datetime.fromtimestamp(self.at, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000"))


def utc(at: float) -> str:
    """A moment as both databases read it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.000000")


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def imagine(
    number: int, at: int, state: State | None, written: Written, people: list[str], chance: random.Random
) -> Past:
    """What may have become of a mail; with `state` it still waits in that one."""
    robot = chance.random() < AUTOMATIC_SHARE
    unit = written.unit + 1
    wrong = chance.random() < (WRONG_AUTOMATIC if robot else WRONG_SHARE)
    ended = chance.random()
    aside, referred = ended < ASIDE_SHARE, ASIDE_SHARE <= ended < ASIDE_SHARE + REFERRED_SHARE
    became = state or (State.SET_ASIDE if aside else State.REFERRED if referred else State.CLOSED)
    sampled = robot and chance.random() < SAMPLED_SHARE
    alone = robot and not sampled and became in (State.ROUTED, State.CLOSED)
    return Past(
        id=number, at=at, written=written, state=became, unit=unit,
        suggested=chance.randrange(1, 25) if wrong else unit,
        confidence=round(chance.uniform(0.9, 0.999) if robot else chance.uniform(0.2, 0.9), 6),
        sampled=sampled, blind=sampled or chance.random() < 0.02,
        returned=wrong and robot and became is State.CLOSED and chance.random() < 0.7,
        follows=number - chance.randrange(1, 40) if number > 50 and chance.random() < FOLLOW_SHARE else None,
        decided_by=None if alone or aside else chance.choice(people),
    )  # fmt: skip


LogEntry = tuple[float, str, str, dict[str, Any]]
"""When, who, what, and what belongs to it."""


def story(past: Past, label_id: int | None, position: int | None, chance: random.Random) -> list[LogEntry]:
    """What the audit log says of it, in order."""
    at = past.at + 60
    entries: list[LogEntry] = [(past.at, "robot", "received", {"sha256": past.key, "size": 900})]
    if past.state is State.SET_ASIDE and past.decided_by is None:
        return [*entries, (at, "robot", "set_aside", {"reason": "automatic_reply"})]
    why = {
        "unit_id": None if past.decided_by or past.state is State.TRIAGE else past.unit,
        "reason": "blind_check" if past.sampled else "confident" if past.decided_by is None else "unsure",
        "confidence": past.confidence, "limit": LIMIT, "model_position": POSITION, "rule": None, "blind": past.blind,
    }  # fmt: skip
    entries.append((at, "robot", "routed" if why["unit_id"] else "sent_to_triage", why))
    if past.state is State.TRIAGE:
        return entries
    if past.decided_by is not None:
        entries += _decided(past, past.decided_by, at + chance.uniform(0.1, 8) * HOUR, chance)
    if not past.routed:
        return entries
    at = entries[-1][0] + 20
    if past.returned:
        entries.append(
            (at + HOUR, f"unit{past.unit}@units.example.org", "returned", {"unit_id": past.suggested, "why": "ikke os"})
        )
        at += 2 * HOUR
        entries += _decided(past, "visitator1@load.example.org", at, chance)
    return entries + _journaled(past, at + 30, label_id, position, chance)


def _decided(past: Past, who: str, at: float, chance: random.Random) -> list[LogEntry]:
    seconds = round(chance.lognormvariate(2.2, 0.8), 1)
    if chance.random() < 0.02:
        seconds += 900
    entries: list[LogEntry] = [(at - seconds, who, "viewed", {"purpose": "triage"})]
    timed = {"hop": 1, "seconds": seconds, "blind": past.blind}
    if not past.routed:
        return [*entries, (at, who, "referred", {"reason": "not_ours", **timed})]
    kind = "confirmed" if past.unit == past.suggested else "corrected"
    why = {"unit_id": past.unit, "suggested": past.suggested, "confidence": past.confidence, **timed}
    return [*entries, (at, who, kind, why)]


def _journaled(
    past: Past, at: float, label_id: int | None, position: int | None, chance: random.Random
) -> list[LogEntry]:
    filed = {"case": past.case, "document": f"{past.case}-1", "what": "mail"}
    forwarded = {
        "unit_id": past.unit,
        "to": f"unit{past.unit}@units.example.org",
        "message_id": f"<f-{past.key}@sluse>",
    }
    entries: list[LogEntry] = [
        (at, "robot", "case_opened", {"case": past.case}), (at + 1, "robot", "document_filed", filed),
        (at + 2, "robot", "deadline_registered", {"number": past.case, "due_on": past.due.isoformat()}),
        (at + 3, "robot", "draft_saved", {"unit_id": past.unit}), (at + 4, "robot", "forwarded", forwarded),
    ]  # fmt: skip
    if past.state is not State.CLOSED:
        return entries
    answered = at + chance.uniform(0.5, 9) * DAY
    entries.append((answered, f"unit{past.unit}@units.example.org", "answered", {"sha256": past.key}))
    if label_id is not None:
        taught = {"label_id": label_id, "position": position, "unit_id": past.unit}
        entries.append((answered + 1, "robot", "learned", taught))
    met = {"in_time": chance.random() < 0.93}
    return [*entries, (answered + 60, "robot", "deadline_met", met), (answered + 90, "robot", "closed", {})]


def compact(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False)
