"""Changes to rules and to classes of senders. The rules come before the model."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain import rules
from app.domain.actor import Actor
from app.domain.events.inbound import RuleChanged, RuleDeleted, RuleMoved, SenderClassChanged, SenderClassDeleted
from app.domain.rules import Field
from app.errors import NotFoundError, RefusedError
from app.models.deadline import DeadlineType
from app.models.prediction import Decision
from app.models.rule import Rule, SenderClass
from app.models.unit import Unit
from app.services.platform import events

Row = TypeVar("Row", Unit, SenderClass, DeadlineType)


def install_defaults(session: Session) -> None:
    """Install the default rules where there are none. They cover what no robot should decide about."""
    if session.scalar(select(Rule.id).limit(1)) is not None:
        return
    types = {kind.name: kind.id for kind in session.scalars(select(DeadlineType))}
    for position, (name, words) in enumerate(rules.DEFAULTS, 1):
        session.add(Rule(position=position, name=name, words="\n".join(words), deadline_type_id=types.get(name)))
    session.add(Rule(position=len(rules.DEFAULTS) + 1, name=rules.FOREIGN, foreign_language=True))
    session.flush()


def save(session: Session, rule_id: int | None, form: Mapping[str, Any], *, by: Actor, now: datetime) -> Rule:
    """Write a new rule, or change one. `form` has name, words, field, sender_class_id, mailbox, foreign, unit_id, active.

    Raises:
        RefusedError: it has no name, or no condition.
        NotFoundError: there is no such rule, unit or class of senders.
    """
    rule = _existing(session, rule_id) if rule_id is not None else Rule(position=_last(session) + 1)
    before = _snapshot(rule) if rule_id is not None else None
    rule.name, rule.active = str(form["name"]).strip()[:200], bool(form["active"])
    rule.words = "\n".join(rules.lines(str(form["words"])))
    rule.field, rule.mailbox = Field(form["field"]), str(form["mailbox"]).strip()
    rule.foreign_language = bool(form["foreign"])
    rule.unit = _found(session, Unit, form["unit_id"])
    rule.sender_class = _found(session, SenderClass, form["sender_class_id"])
    rule.deadline_type = _found(session, DeadlineType, form.get("deadline_type_id"))
    if not rule.name:
        raise RefusedError("rule_without_name")
    if not (rule.words or rule.sender_class or rule.mailbox or rule.foreign_language):
        raise RefusedError("rule_without_condition")
    session.add(rule)
    session.flush()
    events.record(session, RuleChanged(rule_id=rule.id, before=before, after=_snapshot(rule)), by=by, now=now)
    return rule


def move(session: Session, rule_id: int, step: int, *, by: Actor, now: datetime) -> None:
    """Move a rule one place. `step` is -1 for up, 1 for down; the order decides."""
    rule = _existing(session, rule_id)
    ordered = list(session.scalars(select(Rule).order_by(Rule.position, Rule.id)))
    place = ordered.index(rule)
    if not 0 <= place + step < len(ordered):
        return
    ordered[place], ordered[place + step] = ordered[place + step], ordered[place]
    for position, each in enumerate(ordered, 1):
        each.position = position
    events.record(session, RuleMoved(rule_id=rule.id, name=rule.name, position=rule.position), by=by, now=now)


def delete(session: Session, rule_id: int, *, by: Actor, now: datetime) -> None:
    """Delete a rule. Its past decisions stand, and the log keeps its text."""
    rule = _existing(session, rule_id)
    events.record(session, RuleDeleted(rule_id=rule.id, before=_snapshot(rule)), by=by, now=now)
    session.execute(update(Decision).where(Decision.rule_id == rule.id).values(rule_id=None))
    session.delete(rule)
    session.flush()


def save_class(
    session: Session, class_id: int | None, name: str, senders: str, *, by: Actor, now: datetime
) -> SenderClass:
    """Save a class of senders. An address or a domain is one line.

    Raises:
        RefusedError: no name, no sender, or the name is taken.
        NotFoundError: there is no such class.
    """
    found = _found(session, SenderClass, class_id) or SenderClass(name="", senders="")
    name, entries = name.strip()[:200], rules.lines(senders)
    if not name or not entries:
        raise RefusedError("class_without_senders")
    if session.scalar(select(SenderClass.id).where(SenderClass.name == name, SenderClass.id != found.id)) is not None:
        raise RefusedError("name_taken", name=name)
    before = found.senders
    found.name, found.senders = name, "\n".join(entries)
    session.add(found)
    session.flush()
    events.record(session, SenderClassChanged(name=name, before=before, after=found.senders), by=by, now=now)
    return found


def delete_class(session: Session, class_id: int, *, by: Actor, now: datetime) -> None:
    """Remove a class of senders.

    Raises:
        RefusedError: a rule speaks of it.
    """
    found = _found(session, SenderClass, class_id)
    used = session.scalars(select(Rule.name).where(Rule.sender_class_id == class_id).limit(1)).first()
    if used is not None:
        raise RefusedError("class_in_use", rule=used)
    assert found is not None
    events.record(session, SenderClassDeleted(name=found.name, before=found.senders), by=by, now=now)
    session.delete(found)
    session.flush()


def _existing(session: Session, rule_id: int) -> Rule:
    rule = session.get(Rule, rule_id)
    if rule is None:
        raise NotFoundError
    return rule


def _last(session: Session) -> int:
    return session.scalar(select(func.max(Rule.position))) or 0


def _found(session: Session, model: type[Row], key: int | None) -> Row | None:
    """Return the row chosen in a list. None where nothing was chosen."""
    if key is None:
        return None
    row = session.get(model, key)
    if row is None:
        raise NotFoundError
    return row


def _snapshot(rule: Rule) -> dict[str, Any]:
    """A rule in the words of the log."""
    return {
        "name": rule.name,
        "active": rule.active,
        "words": rule.words,
        "field": rule.field,
        "senders": rule.sender_class.name if rule.sender_class else None,
        "mailbox": rule.mailbox,
        "foreign": rule.foreign_language,
        "unit_id": rule.unit_id,
        "deadline_type": rule.deadline_type.name if rule.deadline_type else None,
    }
