"""All tables, imported once so that the metadata is whole."""

from app.models import (
    account,
    alarm,
    amendment,
    case,
    deadline,
    enquiry,
    event,
    hint,
    label,
    prediction,
    reorganisation,
    rule,
    template,
    unit,
    what_if,
)
from app.models.base import Base

__all__ = [
    "Base",
    "account",
    "alarm",
    "amendment",
    "case",
    "deadline",
    "enquiry",
    "event",
    "hint",
    "label",
    "prediction",
    "reorganisation",
    "rule",
    "template",
    "unit",
    "what_if",
]
