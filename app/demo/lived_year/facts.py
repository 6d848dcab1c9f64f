"""Hold what the house asks its database for at every mail, and what stays the same for a day."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.deadlines import Calendar
from app.domain.routing import Mode
from app.domain.rules import RoutingRule
from app.models.account import Account
from app.models.authority import Authority
from app.models.deadline import DeadlineType
from app.models.unit import Mailbox, Unit
from app.queries.inbound import rule_list
from app.services.casework import enquiry_deadlines
from app.services.platform import settings
from app.services.platform.settings import SamplingRule
from connectors.mail import addresses


@dataclass
class Facts:
    """What is known of the house; `renew` reads what a day may have changed."""

    units: dict[int, Unit]
    authorities: dict[str, Authority]
    people: dict[str, Actor]
    deadline_types: dict[int, DeadlineType]
    usual: DeadlineType
    calendar: Calendar
    rules: list[RoutingRule]
    sampling: SamplingRule
    addresses: frozenset[str]
    """Of all mailboxes and units, in lower case."""
    domains: frozenset[str]
    return_owner: int | None
    modes: dict[str, Mode] = field(default_factory=dict)
    limit: float | None = None
    limits: dict[str, Any] = field(default_factory=dict)
    out_of_scope_share: float = 0.0

    @classmethod
    def read(cls, session: Session) -> "Facts":
        """Read everything. The rows belong to no session afterwards."""
        units = list(session.scalars(select(Unit).order_by(Unit.id)))
        ours = [*session.scalars(select(Mailbox.address)), *(unit.address for unit in units)]
        found = cls(
            units={unit.id: unit for unit in units},
            authorities={row.name: row for row in session.scalars(select(Authority))},
            people={row.email: row.actor for row in session.scalars(select(Account))},
            deadline_types={kind.id: kind for kind in session.scalars(select(DeadlineType))},
            usual=enquiry_deadlines.usual(session),
            calendar=enquiry_deadlines.calendar(session),
            rules=rule_list.active(session),
            sampling=settings.get(session, settings.SAMPLING),
            addresses=frozenset(address.lower() for address in ours),
            domains=frozenset(addresses.domain(address) for address in ours),
            return_owner=settings.get(session, settings.RETURN_OWNER),
        )
        found.renew(session)
        return found

    def renew(self, session: Session) -> None:
        """Read the confidence limits and the units' modes as they stand now."""
        self.modes = settings.modes(session)
        self.limit = settings.get(session, settings.CONFIDENCE_LIMIT)
        self.limits = settings.get(session, settings.CONFIDENCE_LIMITS)
        self.out_of_scope_share = settings.get(session, settings.STRANGERS)

    def limit_for(self, unit_id: int) -> float | None:
        """Return the confidence limit that a unit's budget allows."""
        return self.limit if self.units[unit_id].max_error is None else self.limits.get(str(unit_id))

    def owner_of(self, unit_id: int | None) -> int | None:
        """Return who decides what came back twice from a unit."""
        unit = self.units.get(unit_id or 0)
        return unit.owner_id if unit is not None and unit.owner_id is not None else self.return_owner
