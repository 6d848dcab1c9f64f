"""Deadlines in SQL, for many enquiries at once. The bounds are those of app/domain/deadline_status.py."""

from sqlalchemy import ColumnElement

from app.domain.deadline_status import Today
from app.models.enquiry import Enquiry


def overdue(today: Today) -> ColumnElement[bool]:
    """Select whether the next deadline has passed."""
    return Enquiry.due_on <= today.overdue_until


def urgent(today: Today) -> ColumnElement[bool]:
    """Select whether the next deadline is urgent. Passed, due today, or so near that nothing else comes first."""
    return Enquiry.due_on <= today.urgent_until


def within(today: Today, days: int) -> ColumnElement[bool]:
    """Select whether a deadline is within `days` working days. One that has passed counts."""
    return Enquiry.due_on <= today.last_within(days)
