"""Deadlines in SQL: the bounds of app/domain/deadline_status.py, for whatever asks for many enquiries at once."""

from sqlalchemy import ColumnElement

from app.domain.deadline_status import Today
from app.models.enquiry import Enquiry


def overdue(today: Today) -> ColumnElement[bool]:
    """Whether the next deadline has passed."""
    return Enquiry.due_on <= today.overdue_until


def urgent(today: Today) -> ColumnElement[bool]:
    """Whether it has passed, is due today, or is so near that nothing else comes first."""
    return Enquiry.due_on <= today.urgent_until


def within(today: Today, days: int) -> ColumnElement[bool]:
    """Whether it has passed or is at most `days` working days away."""
    return Enquiry.due_on <= today.last_within(days)
