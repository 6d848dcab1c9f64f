"""Every figure of the follow-up's spreadsheet, counted again by a plain walk over the logs, for the house and for a unit.

The walk reads events, labels, robot's decisions and the enquiries' own rows, and knows nothing of facts, catalogue or queries. The
town has lived through an autumn in which something of everything happened: suggestions right and wrong, detours, deadlines kept and
missed, automatic routes by confidence and by rule, direct mails, blind checks, and failures of the robot.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from math import ceil, sqrt
from typing import Any

import pytest
from openpyxl import load_workbook
from scipy.stats import beta, binomtest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.actor import ROBOT
from app.domain.benefit import Assumptions, Given, Key, Line
from app.domain.deadlines import COPENHAGEN
from app.domain.enquiry import State
from app.domain.events.inbound import EnquiryRouted, MailNotFetched, MailQuarantined
from app.domain.events.learning import BreakerTripped
from app.domain.events.platform import RobotStopped, WorkResumed
from app.domain.figures import lacking
from app.domain.letter_fates import LetterFate
from app.domain.period import Period
from app.domain.routing import SUGGESTED, Reason
from app.models.amendment import AmendedLabel
from app.models.case import HeldWork
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label
from app.models.prediction import Decision
from app.models.sending import SendingAttempt
from app.services.platform import events
from app.services.reports import benefit_assumptions, enquiry_facts
from app.services.triage import decisions, returns
from tests import clock
from tests.app.queries.reports.test_accuracy import lived, suggest
from tests.app.queries.reports.test_benefit import decide
from tests.app.queries.reports.test_punctuality import filled
from tests.app.web.conftest import SignIn
from tests.town import PARK, ROAD, SHARED, WASTE, Town, mail

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AUTUMN = Period(date(2026, 9, 1), date(2026, 11, 23))
BEFORE = Period(date(2026, 6, 9), date(2026, 8, 31))
HOUR = timedelta(hours=1)
WORD = "2026-09-01..2026-11-23"
VALUES = {
    Key.BEFORE: "12", Key.JOURNAL_BEFORE: "15", Key.JOURNAL_AFTER: "2", Key.MISROUTED_BEFORE: "15", Key.DETOUR: "8",
    Key.HOURS: "1418", Key.POSITION: "425000",
}  # fmt: skip
RUNNING = 73_000
SOON = date(2026, 11, 26)
"""The last day within three working days."""


def played(town: Town) -> None:
    """Let something of everything happen."""
    lived(town)
    filled(town)
    for n, (unit, reason) in enumerate(
        [(PARK, Reason.CONFIDENT), (ROAD, Reason.RULE_UNIT), (WASTE, Reason.DIRECT), (PARK, Reason.CONFIDENT)] * 20
    ):
        at = datetime(2026, 8, 3, 9, tzinfo=UTC) + timedelta(days=n)
        (enquiry,) = town.receive(mail(f"Af sig selv {n}", f"Nummer {n} kom den {at:%d.%m}"), received_at=at)
        with database.write(town.container.engine) as session:
            _place(session, town, enquiry, unit, reason, at)
        if n % 9 == 0:
            moved(town, enquiry, at)
    for n, seconds in enumerate((4.5, 11.0, 30.5, 700.0, 8.0)):
        (enquiry,) = town.receive(mail(f"Set på {n}", f"Nummer {n} blev set på"), received_at=NOW - HOUR * 2)
        seen(town, enquiry, PARK)
        decide(town, enquiry, (PARK, ROAD)[n % 2], seconds, hidden=n == 2)
    first = mail("Hul", "Et hul i Byvej", message_id="<hul@borger.example.org>")
    town.receive(
        first, mail("SV: Hul", "Det er større nu", in_reply_to="<hul@borger.example.org>"), received_at=NOW - HOUR
    )
    failed(town)
    with database.write(town.container.engine) as session:
        given = Assumptions(
            {key: Given(Decimal(value), "egen måling", date(2025, 10, 1)) for key, value in VALUES.items()},
            running=(Line("Drift", RUNNING),),
        )  # fmt: skip
        benefit_assumptions.save(session, given, note="prøve", based_on=None, by=town.visitator.actor, now=NOW)
    while enquiry_facts.refresh(town.container.engine):
        pass


def seen(town: Town, enquiry: int, unit: str) -> None:
    """Let the robot suggest a unit for a mail that people decide."""
    with database.write(town.container.engine) as session:
        suggest(session, enquiry, town.units[unit], NOW - HOUR)
        decision = session.scalars(select(Decision).where(Decision.enquiry_id == enquiry)).one()
        decision.reason = Reason.UNSURE


def _place(session: Session, town: Town, enquiry: int, unit: str, reason: Reason, at: datetime) -> None:
    row = session.get_one(Enquiry, enquiry)
    row.received_at, row.state, row.unit_id, row.reason, row.routing_no = at, State.ROUTED, town.units[unit], reason, 1
    row.due_on = row.feedback_due_on = at.date() + timedelta(days=14)
    row.answer_due_on = at.date() + timedelta(days=42)
    events.record(
        session, EnquiryRouted(unit_id=town.units[unit], reason=reason), by=ROBOT, now=at, enquiry_id=enquiry
    )  # fmt: skip


def moved(town: Town, enquiry: int, at: datetime) -> None:
    """Let a unit send the robot's mail back, and a person give it to another."""
    by = town.visitator.actor
    with database.write(town.container.engine) as session:
        row = session.get_one(Enquiry, enquiry)
        returns.give_back(session, row, by=by, now=at + timedelta(days=1), why="")
        decisions.route(
            session, town.container.robot, enquiry, town.units[WASTE], version=row.version, by=by,
            now=at + timedelta(days=4),
        )  # fmt: skip


def failed(town: Town) -> None:
    """Let the robot fail in every way, in the autumn and before it."""
    (enquiry,) = town.receive(mail("Kan ikke læses", "noget"), received_at=NOW - HOUR)
    with database.write(town.container.engine) as session:
        for at in (datetime(2026, 7, 7, 9, tzinfo=UTC), datetime(2026, 10, 7, 9, tzinfo=UTC)):
            for event in (
                BreakerTripped(
                    unit_id=town.units[PARK], name=PARK, scope="unit", wrong=3, known=9, checks=9, checked_low=0.1,
                    returned=0, returned_low=0, max_error=0.05,
                ),
                MailNotFetched(mailbox=SHARED, key="7"), RobotStopped(reason="prøve"), WorkResumed(works=["a", "b"]),
                WorkResumed(work="c"),
            ):  # fmt: skip
                events.record(session, event, by=town.visitator.actor, now=at)
        quarantined, at = MailQuarantined(reason="crashed"), datetime(2026, 10, 8, 9, tzinfo=UTC)
        events.record(session, quarantined, by=ROBOT, now=at, enquiry_id=enquiry)
        session.get_one(Enquiry, enquiry).unit_id = town.units[PARK]
        session.add(HeldWork(workflow_id="journal:x", enquiry_id=enquiry, at=NOW))
        session.add(
            SendingAttempt(
                message_id="<b@x>", letter="interim", enquiry_id=enquiry, sender="a", recipient="b", began_at=NOW,
                fate=LetterFate.UNKNOWN,
            )
        )  # fmt: skip


def local(at: datetime) -> date:
    return at.astimezone(COPENHAGEN).date()


def working(after: date, until: date) -> int:
    """Count working days. No holiday lies in this half of the year."""
    return sum((after + timedelta(days=n)).weekday() < 5 for n in range(1, (until - after).days + 1))


class Mail:
    """What the log tells of one enquiry."""

    def __init__(self, row: Enquiry, told: list[Event]) -> None:
        self.row, self.came, self.events = row, local(row.received_at), told
        self.routes = [
            (e.at, e.data["unit_id"])
            for e in told
            if e.kind in ("routed", "confirmed", "corrected") and e.data.get("unit_id") is not None
        ]
        self.unit = row.unit_id or (self.routes[-1][1] if self.routes else None)
        units = [unit for _, unit in self.routes]
        self.hops = sum(a != b for a, b in pairwise(units))
        self.lost = (
            working(local(self.routes[0][0]), local(self.routes[-1][0])) if self.hops and units[0] != units[-1] else 0
        )
        self.returns = sum(e.kind == "returned" for e in told)
        self.filed = next((e.at for e in told if e.kind == "document_filed"), None)
        self.lag = working(self.came, local(self.filed)) if self.filed else None
        self.feedback = min((local(at) for at in (row.feedback_at, row.answered_at) if at), default=None)
        self.answered = local(row.answered_at) if row.answered_at else None
        self.open = row.state in (State.RECEIVED, State.TRIAGE, State.ROUTED)
        self.ours = row.state not in (State.SET_ASIDE, State.REFERRED)
        self.to_journal = row.state != State.SET_ASIDE or self.filed is not None

    @property
    def way(self) -> str:
        for event in self.events:
            if event.kind == "routed":
                return {"direct": "direct", "follow_up": "follow_up"}.get(event.data["reason"], "automatic")
            if event.kind in ("confirmed", "corrected", "dismissed", "referred"):
                return "manual"
            if event.kind == "linked":
                return "follow_up"
            if event.kind == "set_aside":
                return "aside"
        return "waiting"

    @property
    def given(self) -> int:
        due = [day for day in (self.row.feedback_due_on, self.row.answer_due_on) if day]
        return working(self.came, min(due, default=self.row.due_on))


Is = Callable[[Mail], Any]


def asked(m: Mail) -> bool:
    return m.way in ("automatic", "manual", "waiting")


def placed(m: Mail) -> bool:
    return bool(m.routes)


def late_feedback(m: Mail) -> bool:
    return bool(m.ours and m.row.feedback_due_on and (m.feedback or m.row.feedback_due_on < AUTUMN.last))


def late_answer(m: Mail) -> bool:
    return bool(m.ours and m.row.answer_due_on and (m.answered or m.row.answer_due_on < AUTUMN.last))


SHARES: dict[str, tuple[Is, Is]] = {
    "automatic": (lambda m: m.way == "automatic", asked),
    "automatic_by_rule": (lambda m: m.row.reason == "rule_unit", asked),
    "manual": (lambda m: m.way == "manual", asked),
    "undecided": (lambda m: m.way == "waiting", asked),
    "aside": (lambda m: m.way == "aside", lambda m: True),
    "sorted": (lambda m: m.way in ("automatic", "manual", "follow_up"), lambda m: True),
    "misrouted": (lambda m: m.hops, placed),
    "many_hops": (lambda m: m.hops > 1, placed),
    "returned": (lambda m: m.returns, placed),
    "automatic_misrouted": (lambda m: m.hops, lambda m: placed(m) and m.way == "automatic"),
    "automatic_returned": (lambda m: m.returns, lambda m: placed(m) and m.way == "automatic"),
    "manual_misrouted": (lambda m: m.hops, lambda m: placed(m) and m.way == "manual"),
    "manual_returned": (lambda m: m.returns, lambda m: placed(m) and m.way == "manual"),
    "feedback_met": (lambda m: m.feedback and m.feedback <= m.row.feedback_due_on, late_feedback),
    "answer_met": (lambda m: m.answered and m.answered <= m.row.answer_due_on, late_answer),
    "journaled_same_day": (lambda m: m.lag == 0, lambda m: m.to_journal),
    "journaled_in_1": (lambda m: m.lag is not None and m.lag <= 1, lambda m: m.to_journal),
    "journaled_in_3": (lambda m: m.lag is not None and m.lag <= 3, lambda m: m.to_journal),
    "journaled_later": (lambda m: m.lag is not None and m.lag > 3, lambda m: m.to_journal),
    "not_journaled": (lambda m: m.lag is None, lambda m: m.to_journal),
}
SUMS: dict[str, Callable[[Mail], int]] = {
    "received": lambda m: 1,
    "follow_ups": lambda m: m.way == "follow_up",
    "direct": lambda m: m.way == "direct",
    "hops": lambda m: m.hops,
    "days_lost": lambda m: m.lost,
    "days_given": lambda m: m.given if m.lost else 0,
    "many_hops_days": lambda m: m.lost if m.hops > 1 else 0,
}


def no_feedback(m: Mail) -> bool:
    return bool(m.open and m.row.feedback_due_on and not m.feedback)


def no_answer(m: Mail) -> bool:
    return bool(m.open and m.row.answer_due_on and not m.answered)


TODAY: dict[str, tuple[Is, Is]] = {
    "feedback_near": (lambda m: AUTUMN.last <= m.row.feedback_due_on <= SOON, no_feedback),
    "feedback_overdue": (lambda m: m.row.feedback_due_on < AUTUMN.last, no_feedback),
    "answer_near": (lambda m: AUTUMN.last <= m.row.answer_due_on <= SOON, no_answer),
    "answer_overdue": (lambda m: m.row.answer_due_on < AUTUMN.last, no_answer),
    "overdue": (lambda m: m.row.due_on < AUTUMN.last, lambda m: m.open),
}
STANDING: dict[str, Is] = {
    "waiting": lambda m: m.row.state in (State.RECEIVED, State.TRIAGE),
    "with_units": lambda m: m.row.state == State.ROUTED,
}


class Walk:
    """All mails and labels of a town, read plainly; `unit` narrows them to one."""

    def __init__(self, session: Session, unit: int | None) -> None:
        self.unit, told = unit, defaultdict[int, list[Event]](list)
        self.log = list(session.scalars(select(Event).order_by(Event.id)))
        for event in self.log:
            if event.enquiry_id is not None:
                told[event.enquiry_id].append(event)
        rows = [row for row in session.scalars(select(Enquiry)) if not row.imported]
        self.all = {row.id: Mail(row, told[row.id]) for row in rows}
        self.mails = [m for m in self.all.values() if unit in (None, m.unit)]
        self.labels = list(session.scalars(select(Label).order_by(Label.id)))
        self.excluded = set(session.scalars(select(AmendedLabel.label_id).where(AmendedLabel.unit_id.is_(None))))
        self.decisions = list(session.scalars(select(Decision)))
        revoked = {each.revokes_id for each in self.labels}
        self.standing = {
            each.enquiry_id: each for each in self.labels if each.revokes_id is None and each.id not in revoked
        }

    def of(self, period: Period) -> list[Mail]:
        return [m for m in self.mails if period.first <= m.came <= period.last]

    def expected(self, period: Period) -> dict[str, tuple[float, int | None, tuple[float, float] | None]]:
        """Return (value, among, interval) of every figure of a period."""
        came = self.of(period)
        found: dict[str, Any] = {key: wilson(came, *tests) for key, tests in SHARES.items()}
        found |= {key: (sum(map(amount, came)), None, None) for key, amount in SUMS.items()}
        answered = [m for m in self.mails if m.ours and m.answered and period.first <= m.answered <= period.last]
        found["answered"] = (len(answered), None, None)
        found["answered_late"] = wilson(
            answered, lambda m: m.answered > m.row.answer_due_on, lambda m: m.row.answer_due_on
        )
        found["suggested_right"] = self._suggested(period)
        found["blind_checks"] = self._checks(period)
        found |= self._people(period)
        minutes = sorted(round((m.filed - m.row.received_at).total_seconds() / 60) for m in came if m.filed)
        for key, part in (("median", 0.5), ("most", 0.9)):
            found[f"journal_{key}"] = (minutes[ceil(len(minutes) * part) - 1] if minutes else None, None, None)
        return found | self._failures(period) | self._benefit(period)

    def today(self) -> dict[str, Any]:
        found: dict[str, Any] = {key: wilson(self.mails, *tests) for key, tests in TODAY.items()}
        return found | {key: (sum(map(bool, map(test, self.mails))), None, None) for key, test in STANDING.items()}

    def _suggested(self, period: Period) -> Any:
        judged = [
            each
            for each in self.standing.values()
            if each.id not in self.excluded and each.suggested_unit_id is not None and each.enquiry_id in self.all
            and each.unit_id is not None and self.unit in (None, self.all[each.enquiry_id].unit)
            and period.first <= local(each.at) <= period.last
        ]  # fmt: skip
        return wilson(judged, lambda each: each.unit_id == each.suggested_unit_id, lambda each: True)

    def _checks(self, period: Period) -> Any:
        known = []
        for each in self.decisions:
            label = self.standing.get(each.enquiry_id)
            if (
                each.sampled and label is not None and label.id not in self.excluded
                and self.unit in (None, each.unit_id) and period.first <= local(each.at) <= period.last
            ):  # fmt: skip
                known.append((label.unit_id == each.unit_id, 1 / (each.probability or 1)))
        n, right = len(known), sum(each for each, _ in known)
        if not n or lacking(n):
            return right, n, None
        total = sum(weight for _, weight in known)
        share = sum(weight for each, weight in known if each) / total
        k = total**2 / sum(weight**2 for _, weight in known)
        ends = beta.ppf(0.025, share * k, k - share * k + 1), beta.ppf(0.975, share * k + 1, k - share * k)
        return right, n, (share, *map(float, ends))

    def _people(self, period: Period) -> dict[str, Any]:
        reasons = {each.enquiry_id: each.reason for each in self.decisions}
        taken_back = {(each.revokes_id, each.by) for each in self.labels if each.revokes_id}
        chosen = [
            each
            for each in self.labels
            if each.revokes_id is None and each.source in ("confirmed", "corrected") and (each.id, each.by) not in taken_back
            and each.suggested_unit_id is not None and reasons.get(each.enquiry_id) in SUGGESTED
            and each.unit_id is not None and self.unit in (None, each.unit_id)
            and period.first <= local(each.at) <= period.last
        ]  # fmt: skip

        def stayed(each: Label) -> bool:
            final = self.standing.get(each.enquiry_id)
            return final is not None and final.unit_id == each.unit_id

        return {
            f"people_{name}": wilson(
                [e for e in chosen if self.all[e.enquiry_id].row.blind is blind], stayed, lambda e: True
            )
            for name, blind in (("blind", True), ("shown", False))
        }

    def _failures(self, period: Period) -> dict[str, Any]:
        during = [e for e in self.log if period.first <= local(e.at) <= period.last]
        found = {
            "robot_unreadable": sum(
                e.kind == "quarantined" and self.all[e.enquiry_id or 0] in self.mails for e in during
            ),
            "robot_switched_off": sum(
                e.kind == "breaker_tripped" and self.unit in (None, e.data["unit_id"]) for e in during
            ),
        }
        if self.unit is None:
            found |= {
                "robot_not_fetched": sum(e.kind in ("mail_not_fetched", "mail_not_taken") for e in during),
                "robot_resumed": sum(len(e.data.get("works", [1])) for e in during if e.kind == "work_resumed"),
                "robot_stopped": sum(e.kind == "robot_stopped" for e in during),
            }
        return {key: (value, None, None) for key, value in found.items()}

    def _benefit(self, period: Period) -> dict[str, Any]:
        """Reckon the saving by hand, with its 95 % interval."""
        g = {key: float(value) for key, value in VALUES.items()}
        came, whole = self.of(period), [m for m in self.all.values() if period.first <= m.came <= period.last]
        days = (period.last - period.first).days + 1
        running = {"running": (round(RUNNING * days / 365), None, None)} if self.unit is None else {}
        taken = _decisions(came, whole)
        if taken is None:
            keys = ("saved_hours", "saved_positions", "saved_kroner", *(["net"] if running else []))
            return dict.fromkeys(keys, (None, None, None)) | running
        seconds, error = taken
        mails = sum(m.way in ("automatic", "manual", "follow_up") for m in came)
        filed, hops = sum(bool(m.filed and m.routes) for m in came), sum(m.hops for m in came)
        before = mails * (g[Key.BEFORE] + g[Key.MISROUTED_BEFORE] / 100 * g[Key.DETOUR]) + filed * g[Key.JOURNAL_BEFORE]
        after = filed * g[Key.JOURNAL_AFTER] + hops * g[Key.DETOUR]
        saved, half = 60 * (before - after) - seconds, 1.959964 * error

        def each(of: Callable[[float], float]) -> Any:
            return of(saved), None, (None, of(saved - half), of(saved + half))

        found = {
            "saved_hours": each(lambda s: s / 3600),
            "saved_positions": each(lambda s: s / 3600 / g[Key.HOURS] * 365 / days),
            "saved_kroner": each(lambda s: round(s / 3600 / g[Key.HOURS] * g[Key.POSITION])),
        }
        if running:
            found |= running
            found["net"] = (found["saved_kroner"][0] - found["running"][0], None, None)
        return found


def _decisions(came: Iterable[Mail], whole: Iterable[Mail]) -> tuple[float, float] | None:
    """Return the seconds that people's decisions took, and their standard error; None where none was measured."""

    def by_kind(mails: Iterable[Mail]) -> dict[str, list[float]]:
        found = defaultdict[str, list[float]](list)
        for m in mails:
            made = [
                e
                for e in m.events
                if e.kind in ("confirmed", "corrected", "dismissed", "referred") and "blind" in e.data
            ]
            if made:
                last = made[-1]
                kind = (
                    "blind" if last.data["blind"] else "ended" if last.kind in ("dismissed", "referred") else last.kind
                )
                times = [e.data["seconds"] for e in made if isinstance(e.data.get("seconds"), int | float)]
                found[kind].append(sum(times) if times else float("inf"))
        return found

    own, all_of = by_kind(came), by_kind(whole)
    measured = {kind: [each for each in times if each <= 600] for kind, times in all_of.items()}
    known = {kind: times for kind, times in measured.items() if len(times) > 1}
    rest = sum(len(times) for kind, times in own.items() if kind not in known)
    count = sum(map(len, known.values()))
    if rest and not known:
        return None
    seconds = variance = 0.0
    for kind, times in known.items():
        mean = sum(times) / len(times)
        error = sqrt(sum((each - mean) ** 2 for each in times) / (len(times) - 1) / len(times))
        weight = len(own.get(kind, [])) + rest * len(times) / count
        seconds, variance = seconds + weight * mean, variance + (weight * error) ** 2
    return seconds, sqrt(variance)


def wilson(rows: Iterable[Any], which: Any, among: Any) -> Any:
    """Return a share of what could be counted, with scipy's interval where there is enough for a percentage."""
    of = [each for each in rows if among(each)]
    right = sum(bool(which(each)) for each in of)
    if not of or lacking(len(of)):
        return right, len(of), None
    ends = binomtest(right, len(of)).proportion_ci(0.95, method="wilson")
    return right, len(of), (right / len(of), ends.low, ends.high)


@pytest.mark.parametrize("unit", [None, PARK])
def test_every_figure_of_the_spreadsheet_agrees_with_the_logs(
    town: Town, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, unit: str | None
) -> None:
    clock.stop(monkeypatch, NOW)
    played(town)
    scope = "" if unit is None else f"&enhed={town.units[unit]}"
    content = sign_in(Role.MANAGER).get(f"/tal/opfoelgning/excel?periode={WORD}{scope}").data
    head, *rows = load_workbook(BytesIO(content))["Tal"].iter_rows(values_only=True)
    first = next(n for n, name in enumerate(head) if str(name).endswith(": værdi"))
    found = {row[0]: [row[first + 5 * n : first + 5 * n + 5] for n in range(2)] for row in rows}
    assert sum(str(name).endswith(": værdi") for name in head) == 2, "a year before nobody counted"
    with database.read(town.container.engine) as session:
        walk = Walk(session, None if unit is None else town.units[unit])
        expected = [walk.expected(AUTUMN), walk.expected(BEFORE)]
        today = walk.today()
    if unit is None:
        today |= {"robot_held": (1, None, None), "robot_letters": (1, None, None)}
    assert set(found) == {*expected[0], *today, *(["year"] if unit is None else [])}, "each figure, and no other"
    for key, periods in found.items():
        if key == "year":
            assert periods[0][3] < periods[0][0] < periods[0][4]
            continue
        for n, walked in enumerate([today] if key in today else expected):
            _agrees(key, periods[n], walked[key])
        if key in today:
            assert periods[1] == (None,) * 5
    if unit is None:
        shown = [key for key, (now, *_) in found.items() if not now[0]]
        assert set(shown) <= {"aside"}, "a course in which something is nought tests nothing of it"


def _agrees(key: str, shown: tuple[Any, ...], walked: Any) -> None:
    value, of, ends = walked
    share, low, high = ends or (None, None, None)
    expected = (value, of, share, low, high)
    for one, other in zip(shown, expected, strict=True):
        if other is None or isinstance(other, int):
            assert one == other, (key, shown, expected)
        else:
            # Wilson's interval is reckoned with 1.96 standard errors, scipy's with all their digits.
            assert one == pytest.approx(other, rel=1e-9, abs=1e-5 if of else 1e-9), (key, shown, expected)
