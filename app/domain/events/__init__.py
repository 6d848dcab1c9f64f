"""The catalogue of events: every kind that the audit log knows, by its stored name."""

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from app.domain.events import casework, enquiries, inbound, learning, organisation, platform, triage
from app.domain.events.base import DomainEvent, EventGroup, Traits, UnknownEvent


def _of(module: ModuleType) -> Iterator[tuple[str, type[DomainEvent]]]:
    for found in vars(module).values():
        if isinstance(found, type) and issubclass(found, DomainEvent) and "kind" in vars(found):
            yield found.kind, found


CATALOGUE: Mapping[str, type[DomainEvent]] = {
    kind: found
    for module in (inbound, triage, casework, learning, organisation, platform, enquiries)
    for kind, found in _of(module)
}


def read(kind: str, data: Mapping[str, Any]) -> DomainEvent:
    """Read a row of any kind; one that a later version wrote is an `UnknownEvent`."""
    return CATALOGUE.get(kind, UnknownEvent).read(data)


def traits(kind: str) -> Traits:
    """Return what describes a kind, also one that only a later version knows."""
    return CATALOGUE.get(kind, UnknownEvent).traits


def kinds(group: EventGroup) -> tuple[str, ...]:
    """Return the stored names of a group, in the order of the catalogue."""
    return tuple(kind for kind, found in CATALOGUE.items() if found.traits.group is group)
