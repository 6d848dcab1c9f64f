"""Grants to groups of an identity provider. A role, and a unit where the role has one."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Role

RANK = (Role.ADMINISTRATOR, Role.MANAGER, Role.VISITATOR, Role.CASEWORKER, Role.AUDITOR)
"""Who is in several groups has the first of their roles."""
GROUP_LENGTH, LABEL_LENGTH = 255, 200


@dataclass(frozen=True, slots=True)
class Grant:
    """The grant of one group."""

    id: int
    group: str
    role: Role
    unit_id: int | None = None


def in_order(grants: Iterable[Grant]) -> list[Grant]:
    """Return grants in order of application. By role, and of one role the oldest first."""
    return sorted(grants, key=lambda each: (RANK.index(each.role), each.id))


def granted(groups: Iterable[str], grants: Iterable[Grant]) -> Grant | None:
    """Return the grant of somebody in these groups. The first that fits, whatever order the groups come in."""
    known = {as_compared(each) for each in groups}
    return next((each for each in in_order(grants) if as_compared(each.group) in known), None)


def as_compared(group: str) -> str:
    """Return a group in the form for comparing.

    An id may be written in any way; a name is what it is, letter by letter.
    """
    try:
        return str(UUID(group)) if len(group) in (32, 36) else group
    except ValueError:
        return group
