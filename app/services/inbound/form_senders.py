"""Changes to the list of web forms. Such a form writes in a citizen's name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.events.inbound import FormSenderChanged, FormSenderDeleted
from app.domain.form_sender import LABEL_LENGTH, LABELS
from app.domain.rules import lines
from app.errors import NotFoundError, RefusedError
from app.models.form_sender import FormSender
from app.services.platform import events

PERSONAL = frozenset({"gmail.com", "hotmail.com", "outlook.com", "live.dk", "icloud.com", "yahoo.com", "yahoo.dk"})
"""Domains of citizens: a form written as one of these would let any sender name somebody else."""


def save(session: Session, form_id: int | None, given: Mapping[str, Any], *, by: Actor, now: datetime) -> FormSender:
    """Keep a web form. `given` has name, senders, mailbox, address_labels, name_labels, confirmed.

    Raises:
        NotFoundError: there is no such form.
        RefusedError: no name, no sender, no field for the address, a domain of citizens, or the name is taken.
    """
    row = _existing(session, form_id) if form_id is not None else FormSender()
    before = snapshot(row) if form_id is not None else None
    name, senders = str(given["name"]).strip()[:200], lines(str(given["senders"]))
    labels = {each: lines(str(given[each]))[:LABELS] for each in ("address_labels", "name_labels")}
    if not name or not senders or not labels["address_labels"]:
        raise RefusedError("form_incomplete")
    if PERSONAL & {each.lower().lstrip("@") for each in senders}:
        raise RefusedError("form_of_citizens")
    if session.scalar(select(FormSender.id).where(FormSender.name == name, FormSender.id != (form_id or 0))):
        raise RefusedError("name_taken", name=name)
    row.name, row.senders, row.mailbox = name, "\n".join(senders), str(given["mailbox"]).strip()
    row.address_labels = "\n".join(each[:LABEL_LENGTH] for each in labels["address_labels"])
    row.name_labels = "\n".join(each[:LABEL_LENGTH] for each in labels["name_labels"])
    row.confirmed = bool(given["confirmed"])
    session.add(row)
    session.flush()
    events.record(session, FormSenderChanged(form_id=row.id, before=before, after=snapshot(row)), by=by, now=now)
    return row


def delete(session: Session, form_id: int, *, by: Actor, now: datetime) -> None:
    """Delete a web form from the list. Mails that it has written keep their citizens."""
    row = _existing(session, form_id)
    events.record(session, FormSenderDeleted(form_id=row.id, before=snapshot(row)), by=by, now=now)
    session.delete(row)
    session.flush()


def snapshot(row: FormSender) -> dict[str, Any]:
    """Return a web form as the log stores it."""
    return {
        "name": row.name,
        "senders": row.senders,
        "mailbox": row.mailbox,
        "address_labels": row.address_labels,
        "name_labels": row.name_labels,
        "confirmed": row.confirmed,
    }


def _existing(session: Session, form_id: int) -> FormSender:
    row = session.get(FormSender, form_id)
    if row is None:
        raise NotFoundError
    return row
