"""All tables, imported once so that the metadata is whole."""

from app.models import account, amendment, case, deadline, enquiry, event, label, prediction, rule, template, unit
from app.models.base import Base

__all__ = [
    "Base",
    "account",
    "amendment",
    "case",
    "deadline",
    "enquiry",
    "event",
    "label",
    "prediction",
    "rule",
    "template",
    "unit",
]
