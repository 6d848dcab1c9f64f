"""All tables, imported once so that the metadata is whole."""

from app.models import (
    account,
    alarm,
    amendment,
    authority,
    case,
    deadline,
    enquiry,
    event,
    label,
    prediction,
    presence,
    reorganisation,
    rule,
    template,
    unit,
    wave,
    what_if,
)
from app.models.base import Base

__all__ = [
    "Base",
    "account",
    "alarm",
    "amendment",
    "authority",
    "case",
    "deadline",
    "enquiry",
    "event",
    "label",
    "prediction",
    "presence",
    "reorganisation",
    "rule",
    "template",
    "unit",
    "wave",
    "what_if",
]
