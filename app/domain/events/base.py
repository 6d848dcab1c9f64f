"""Define what every kind of event has: a stored name, a group, an icon and typed fields.

The fields are the keys of the stored JSON, unchanged. What is `ABSENT` is not stored; a key that a row of an earlier version
lacks is read as the field's default, or as nothing (0, "", None).
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from enum import Enum, StrEnum
from functools import cache
from types import NoneType
from typing import Any, ClassVar, Final, Literal, NamedTuple, Self, get_args, get_origin, get_type_hints


class EventGroup(StrEnum):
    """Where an enquiry's timeline shows an event."""

    STEP = "step"
    """What the robot does outside; steps that follow each other are one entry."""
    VIEW = "view"
    """Somebody is shown something of a mail: folded away, and counted."""
    TECHNICAL = "technical"
    """Of no interest but to who looks for a fault: folded away."""
    DECISION = "decision"
    """What somebody decided in triage, and can take back: an entry of its own."""
    OTHER = "other"
    """An entry of its own."""


class Icon(StrEnum):
    """The sign beside an event in a timeline."""

    ROBOT = "robot"
    PERSON = "person"
    MAIL = "mail"
    DONE = "done"
    STOP = "stop"
    NOTE = "note"


class Absent(Enum):
    """Stand for a field that an event does not have; it is false, and `or` gives what to take instead."""

    ABSENT = "absent"

    def __bool__(self) -> Literal[False]:
        return False


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Traits:
    """Describe a kind of event.

    `reveals`: fields that the log across all mails shows of this kind though it hides them elsewhere, since here they hold
    codes, or words about the robot and not about a mail.
    """

    group: EventGroup
    icon: Icon
    reveals: frozenset[str]


@dataclass(frozen=True)
class DomainEvent:
    """Something that happened, as the audit log keeps it. A class that names its `kind` is a kind of event."""

    kind: ClassVar[str]
    traits: ClassVar[Traits]

    def __init_subclass__(
        cls,
        *,
        kind: str = "",
        group: EventGroup = EventGroup.OTHER,
        icon: Icon = Icon.ROBOT,
        reveals: tuple[str, ...] = (),
    ) -> None:
        if kind:
            cls.kind, cls.traits = kind, Traits(group, icon, frozenset(reveals))

    def stored(self) -> dict[str, Any]:
        """Return the data of the row."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value is not ABSENT}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Read a row of this kind. What an earlier version did not write gets a default, what is unknown is left out."""
        this: type = cls
        return cls(**{name: _value(data, name, default) for name, default in _defaults(this).items()})


@dataclass(frozen=True)
class UnknownEvent(DomainEvent):
    """Stand for a row of a kind that this version does not know; nothing of it is shown but that it happened."""

    traits = Traits(EventGroup.OTHER, Icon.ROBOT, frozenset())


class _Default(NamedTuple):
    value: Any
    nullable: bool
    """Whether a null that is stored says something: else it is read as nothing was stored."""


def _value(data: Mapping[str, Any], name: str, default: _Default) -> Any:
    value = data.get(name, default.value)
    return default.value if value is None and not default.nullable else value


@cache
def _defaults(cls: type) -> dict[str, _Default]:
    """Return what each field is where a row does not have it."""
    hints = get_type_hints(cls)
    return {field.name: _default(field, hints[field.name]) for field in fields(cls)}


def _default(field: Field[Any], hint: Any) -> _Default:
    nullable = NoneType in get_args(hint)
    if field.default is not MISSING:
        return _Default(field.default, nullable)
    return _Default(None if nullable else (get_origin(hint) or hint)(), nullable)
