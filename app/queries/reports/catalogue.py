"""The catalogue of figures that are counted over mails: what each counts, among which mails, and on which day.

One place says what a figure means. Pages, the list of the mails behind a figure, JSON, spreadsheet and document all count by it, so
that they cannot disagree. Names and definitions for people are in app/web/reports/figure_texts.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, false, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.deadline_status import Today
from app.domain.decision_times import DecisionKind
from app.domain.enquiry import OPEN, State
from app.domain.enquiry_facts import SORTED, Way
from app.domain.routing import Reason
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.queries.reports.scope import UnitColumn

Mails = Callable[[Today], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: so many of so many mails, or what they add up to.

    Attributes:
        day: the day on which a mail counts; None for what stands today of open mails, whatever period is looked at.
        which: the mails that are counted.
        among: the mails that could have been; None where a share of them says nothing.
        amount: what is added up instead of mails.
        counts_for: the unit that a mail counts for, where that is not the one it is with.
        pair: the unit that it was confused with, or came from.
    """

    key: str
    day: InstrumentedAttribute[object] | None
    which: Mails
    among: Mails | None = None
    amount: InstrumentedAttribute[int] | None = None
    counts_for: UnitColumn | None = None
    pair: UnitColumn | None = None

    @property
    def place(self) -> UnitColumn:
        """Return the unit that a mail counts for."""
        return Facts.unit_id if self.counts_for is None else self.counts_for


def _always(_today: Today) -> ColumnElement[bool]:
    return Facts.enquiry_id.is_not(None)


def _way(*ways: Way) -> Mails:
    return lambda _today: Facts.way.in_(ways)


def _state(*states: State) -> Mails:
    return lambda _today: Facts.state.in_(states)


def _placed(_today: Today) -> ColumnElement[bool]:
    return Facts.first_routed_on.is_not(None)


def _decided(kind: DecisionKind) -> Mails:
    return lambda _today: func.coalesce(Facts.decided_as == kind, false())


def _both(one: Mails, other: Mails) -> Mails:
    return lambda today: and_(one(today), other(today))


ASKED = _way(Way.AUTOMATIC, Way.MANUAL, Way.WAITING)
"""What had to be placed by somebody: not what went with an earlier mail, to a unit's own mailbox, or asked nothing of us."""


def _overdue(today: Today) -> ColumnElement[bool]:
    return and_(Facts.state.in_(OPEN), Facts.due_on <= today.overdue_until)


def _near(today: Today) -> ColumnElement[bool]:
    return and_(Facts.state.in_(OPEN), Facts.due_on > today.overdue_until, Facts.due_on <= today.urgent_until)


def _ours(_today: Today) -> ColumnElement[bool]:
    """Select what has deadlines: not what was set aside or was another authority's."""
    return Facts.state.not_in((State.SET_ASIDE, State.REFERRED))


def _answer_late(_today: Today) -> ColumnElement[bool]:
    return Facts.answered_on > Facts.answer_due_on


def _has_answer_due(_today: Today) -> ColumnElement[bool]:
    return Facts.answer_due_on.is_not(None)


def _feedback_due(today: Today) -> ColumnElement[bool]:
    """Select whose first response came, or should have by now."""
    passed = or_(Facts.feedback_on.is_not(None), Facts.answered_on.is_not(None), Facts.feedback_due_on < today.day)
    return and_(_ours(today), Facts.feedback_due_on.is_not(None), passed)


def _feedback_met(today: Today) -> ColumnElement[bool]:
    return and_(
        _feedback_due(today),
        or_(Facts.feedback_on <= Facts.feedback_due_on, Facts.answered_on <= Facts.feedback_due_on),
    )


def _answer_due(today: Today) -> ColumnElement[bool]:
    """Select whose answer came, or should have by now."""
    passed = or_(Facts.answered_on.is_not(None), Facts.answer_due_on < today.day)
    return and_(_ours(today), Facts.answer_due_on.is_not(None), passed)


def _answer_met(today: Today) -> ColumnElement[bool]:
    return and_(_answer_due(today), Facts.answered_on <= Facts.answer_due_on)


def _feedback_runs(_today: Today) -> ColumnElement[bool]:
    stopped = or_(Facts.feedback_on.is_not(None), Facts.answered_on.is_not(None))
    return and_(Facts.state.in_(OPEN), Facts.feedback_due_on.is_not(None), ~stopped)


def _answer_runs(_today: Today) -> ColumnElement[bool]:
    return and_(Facts.state.in_(OPEN), Facts.answer_due_on.is_not(None), Facts.answered_on.is_(None))


def _passed(due: InstrumentedAttribute[date | None]) -> Mails:
    return lambda today: due <= today.overdue_until


def _soon(due: InstrumentedAttribute[date | None]) -> Mails:
    return lambda today: and_(due > today.overdue_until, due <= today.urgent_until)


def _to_journal(_today: Today) -> ColumnElement[bool]:
    """Select what belongs on a case: what asked nothing of us does not, unless somebody filed it."""
    return or_(Facts.state != State.SET_ASIDE, Facts.journaled_on.is_not(None))


def _journaled_within(days: int) -> Mails:
    return lambda _today: Facts.journal_days <= days


def _journaled(_today: Today) -> ColumnElement[bool]:
    return Facts.journaled_on.is_not(None)


def _lost(_today: Today) -> ColumnElement[bool]:
    return Facts.days_lost > 0


def _detoured(_today: Today) -> ColumnElement[bool]:
    return Facts.hops > 0


def _given_back(_today: Today) -> ColumnElement[bool]:
    return Facts.returns > 0


def _many_hops(_today: Today) -> ColumnElement[bool]:
    return Facts.hops > 1


def _sent_wrong(_today: Today) -> ColumnElement[bool]:
    """Select what went to one unit first and is with another now, or was last."""
    return and_(Facts.hops > 0, Facts.first_unit_id != Facts.unit_id)


def _judged(_today: Today) -> ColumnElement[bool]:
    return Facts.judged_on.is_not(None)


def _right(_today: Today) -> ColumnElement[bool]:
    return Facts.suggestion_right.is_(True)


def _confused(_today: Today) -> ColumnElement[bool]:
    """Select what was suggested for one unit and is another's."""
    return and_(Facts.suggestion_right.is_(False), Facts.suggested_unit_id != Facts.unit_id)


FIGURES = (
    Figure("received", Facts.received_on, _always),
    Figure("automatic", Facts.received_on, _way(Way.AUTOMATIC), ASKED),
    Figure("automatic_by_rule", Facts.received_on, lambda _t: Facts.reason == Reason.RULE_UNIT, ASKED),
    Figure("manual", Facts.received_on, _way(Way.MANUAL), ASKED),
    Figure("undecided", Facts.received_on, _way(Way.WAITING), ASKED),
    Figure("follow_ups", Facts.received_on, _way(Way.FOLLOW_UP)),
    Figure("direct", Facts.received_on, _way(Way.DIRECT)),
    Figure("aside", Facts.received_on, _way(Way.ASIDE), _always),
    Figure("sorted", Facts.received_on, _way(*SORTED), _always),
    Figure("decided_confirmed", Facts.received_on, _decided(DecisionKind.CONFIRMED)),
    Figure("decided_corrected", Facts.received_on, _decided(DecisionKind.CORRECTED)),
    Figure("decided_blind", Facts.received_on, _decided(DecisionKind.BLIND)),
    Figure("decided_ended", Facts.received_on, _decided(DecisionKind.ENDED)),
    Figure("returned", Facts.received_on, _given_back, _placed),
    Figure("automatic_returned", Facts.received_on, _given_back, _both(_way(Way.AUTOMATIC), _placed)),
    Figure("automatic_misrouted", Facts.received_on, _detoured, _both(_way(Way.AUTOMATIC), _placed)),
    Figure("manual_returned", Facts.received_on, _given_back, _both(_way(Way.MANUAL), _placed)),
    Figure("manual_misrouted", Facts.received_on, _detoured, _both(_way(Way.MANUAL), _placed)),
    Figure("misrouted", Facts.received_on, _detoured, _placed, pair=Facts.first_unit_id),
    Figure("many_hops", Facts.received_on, _many_hops, _placed),
    Figure("sent_wrong", Facts.received_on, _sent_wrong, _placed, counts_for=Facts.first_unit_id),
    Figure("hops", Facts.received_on, _detoured, amount=Facts.hops),
    Figure("days_lost", Facts.received_on, _lost, amount=Facts.days_lost, pair=Facts.first_unit_id),
    Figure("many_hops_days", Facts.received_on, _many_hops, amount=Facts.days_lost),
    Figure("sent_wrong_days", Facts.received_on, _lost, amount=Facts.days_lost, counts_for=Facts.first_unit_id),
    Figure("days_given", Facts.received_on, _lost, amount=Facts.terms_days),
    Figure("suggested_right", Facts.judged_on, _right, _judged),
    Figure("suggested_here_right", Facts.judged_on, _right, _judged, counts_for=Facts.suggested_unit_id),
    Figure("confused", Facts.judged_on, _confused, pair=Facts.suggested_unit_id),
    Figure("answered", Facts.answered_on, _ours),
    Figure("answered_late", Facts.answered_on, _both(_ours, _answer_late), _both(_ours, _has_answer_due)),
    Figure("feedback_met", Facts.received_on, _feedback_met, _feedback_due),
    Figure("answer_met", Facts.received_on, _answer_met, _answer_due),
    Figure("journaled", Facts.received_on, _journaled, _placed),
    Figure("journaled_same_day", Facts.received_on, _journaled_within(0), _to_journal),
    Figure("journaled_in_1", Facts.received_on, _journaled_within(1), _to_journal),
    Figure("journaled_in_3", Facts.received_on, _journaled_within(3), _to_journal),
    Figure("journaled_later", Facts.received_on, lambda _t: Facts.journal_days > 3, _to_journal),
    Figure("not_journaled", Facts.received_on, lambda _t: Facts.journaled_on.is_(None), _to_journal),
    Figure("waiting", None, _state(State.RECEIVED, State.TRIAGE)),
    Figure("with_units", None, _state(State.ROUTED)),
    Figure("overdue", None, _overdue, _state(*OPEN)),
    Figure("near", None, _near, _state(*OPEN)),
    Figure("feedback_overdue", None, _passed(Facts.feedback_due_on), _feedback_runs),
    Figure("feedback_near", None, _soon(Facts.feedback_due_on), _feedback_runs),
    Figure("answer_overdue", None, _passed(Facts.answer_due_on), _answer_runs),
    Figure("answer_near", None, _soon(Facts.answer_due_on), _answer_runs),
)

TURNING = (Facts.feedback_due_on, Facts.answer_due_on)
"""Deadlines that figures of a past day follow from: that one has passed changes them, though no mail has changed."""

BY_KEY: Mapping[str, Figure] = {figure.key: figure for figure in FIGURES}
