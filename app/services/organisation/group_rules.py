"""Change which groups of the identity provider give access."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import sign_on
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.events.organisation import GroupRuleChanged, GroupRuleDeleted
from app.domain.sign_on import Grant
from app.errors import NotFoundError, RefusedError
from app.models.group_rule import GroupRule
from app.models.unit import Unit
from app.services.platform import events


def listing(session: Session) -> list[GroupRule]:
    """Return every rule, in the order of application."""
    rows = {row.id: row for row in session.scalars(select(GroupRule))}
    return [rows[grant.id] for grant in sign_on.in_order(_grant(row) for row in rows.values())]


def granted(session: Session, groups: Sequence[str]) -> GroupRule | None:
    """Return the rule that holds for somebody in these groups."""
    rows = {row.id: row for row in session.scalars(select(GroupRule))}
    found = sign_on.granted(groups, (_grant(row) for row in rows.values()))
    return rows[found.id] if found else None


def save(
    session: Session,
    rule_id: int | None,
    *,
    group: str,
    label: str,
    role: str,
    unit_id: int | None,
    by: Actor,
    now: datetime,
) -> GroupRule:
    """Keep a rule.

    Raises:
        NotFoundError: there is no such rule.
        RefusedError: no group or role, a caseworker's without a unit, or the group has a rule already.
    """
    row = _existing(session, rule_id) if rule_id is not None else GroupRule()
    before = snapshot(row) if rule_id is not None else None
    name, chosen = sign_on.as_compared(group.strip()[: sign_on.GROUP_LENGTH]), _role(role)
    if not name or not name.isprintable() or chosen is None:
        raise RefusedError("group_incomplete")
    unit = session.get(Unit, unit_id) if unit_id is not None and chosen is Role.CASEWORKER else None
    if chosen is Role.CASEWORKER and unit is None:
        raise RefusedError("group_without_unit")
    if session.scalar(select(GroupRule.id).where(GroupRule.group_name == name, GroupRule.id != (rule_id or 0))):
        raise RefusedError("group_has_rule")
    row.group_name, row.label = name, label.strip()[: sign_on.LABEL_LENGTH]
    row.role, row.unit_id = chosen, unit.id if unit else None
    session.add(row)
    session.flush()
    after = snapshot(row)
    if before != after:
        events.record(
            session,
            GroupRuleChanged(
                rule_id=row.id, before=before, after=after, group=row.group_name, role=row.role, unit_id=row.unit_id
            ),
            by=by,
            now=now,
        )
    return row


def delete(session: Session, rule_id: int, *, by: Actor, now: datetime) -> None:
    """Delete a rule from the list. People who got access by it alone get none from their next sign-in on."""
    row = _existing(session, rule_id)
    events.record(
        session,
        GroupRuleDeleted(
            rule_id=row.id, before=snapshot(row), group=row.group_name, role=row.role, unit_id=row.unit_id
        ),
        by=by,
        now=now,
    )
    session.delete(row)
    session.flush()


def snapshot(row: GroupRule) -> dict[str, Any]:
    """Return a rule as the log stores it."""
    return {"group": row.group_name, "label": row.label, "role": row.role, "unit_id": row.unit_id}


def _grant(row: GroupRule) -> Grant:
    return Grant(row.id, row.group_name, row.role, row.unit_id)


def _role(text: str) -> Role | None:
    return Role(text) if text in set(Role) else None


def _existing(session: Session, rule_id: int) -> GroupRule:
    row = session.get(GroupRule, rule_id)
    if row is None:
        raise NotFoundError
    return row
