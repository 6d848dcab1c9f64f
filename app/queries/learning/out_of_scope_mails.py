"""Mails that belong to no unit. Humans said so about those they saw."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.events.triage import EnquiryDismissed, EnquiryReferred
from app.domain.recognition import SetAside
from app.domain.routing import NEVER, SUGGESTED, Reason
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label, stands
from app.models.prediction import Decision
from app.queries.learning.sampling import ENDED


def decided_mails(session: Session, limit: int) -> list[tuple[bool, float]]:
    """Return which of the latest mails belong to no unit.

    Each is (whether it belongs to none, how many mails it stands for), oldest first, of mails with a suggestion that
    humans decided. A mail that came back from a unit counts by its first decision: returns are not a sample.
    """
    labelled = select(Label.id).where(Label.enquiry_id == Enquiry.id, stands()).exists()
    query = (
        select(Enquiry.state, Decision.sampled, Decision.probability)
        .join(Enquiry, Enquiry.id == Decision.enquiry_id)
        .where(_is_any(SUGGESTED | {Reason.BLIND_CHECK}), Enquiry.state.in_(ENDED) | labelled)
        .where(Enquiry.reason.is_distinct_from(SetAside.SPLIT))
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    rows = session.execute(query).all()
    return [(state in ENDED, 1 / p if sampled and p else 1.0) for state, sampled, p in reversed(rows)]


class OutOfScopeMail(NamedTuple):
    """A mail with a suggestion, ended as no unit's. A human ended it."""

    at: Any
    confidence: float
    unit_id: int


def out_of_scope_mails(session: Session, limit: int) -> list[OutOfScopeMail]:
    """Return the latest endings of human-decided mails, oldest first.

    Humans decide these anyway; queries.sampling has the confident ones.

    Those that are never routed, however confident the model is, are left out: strange ones, and those it knows.
    """
    ended = select(func.max(Event.at)).where(
        Event.enquiry_id == Enquiry.id, Event.kind.in_((EnquiryDismissed.kind, EnquiryReferred.kind))
    )
    asked = SUGGESTED - NEVER
    query = (
        select(ended.scalar_subquery(), Decision.confidence, Decision.ranking)
        .join(Enquiry, Enquiry.id == Decision.enquiry_id)
        .where(_is_any(asked), Enquiry.state.in_(ENDED))
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    rows: Any = session.execute(query)
    return [
        OutOfScopeMail(at, confidence, ranking[0]["unit_id"]) for at, confidence, ranking in rows if ranking and at
    ][::-1]


def _is_any(reasons: Collection[Reason]) -> ColumnElement[bool]:
    """Select whether a decision has one of many reasons.

    Their index is not used, for the latest are found from the end of the table.
    """
    return func.coalesce(Decision.reason, "").in_(reasons)
