"""List who was shown something of a mail, and what was erased."""

from dataclasses import dataclass

from app.domain.events.base import ABSENT, Absent, DomainEvent, EventGroup, Icon


@dataclass(frozen=True, kw_only=True)
class MailViewed(DomainEvent, kind="viewed", group=EventGroup.VIEW):
    purpose: str


@dataclass(frozen=True, kw_only=True)
class FileDownloaded(DomainEvent, kind="downloaded", group=EventGroup.VIEW):
    what: str


@dataclass(frozen=True, kw_only=True)
class ListViewed(DomainEvent, kind="listed", group=EventGroup.VIEW):
    page: str
    enquiries: list[int]


@dataclass(frozen=True, kw_only=True)
class MailsSearched(DomainEvent, kind="searched", group=EventGroup.VIEW):
    """`kinds` of identity that were searched for, never the identity itself; `found` is how many mails."""

    query: str
    found: int
    purpose: str | Absent = ABSENT
    kinds: list[str] | Absent = ABSENT
    enquiries: list[int]


@dataclass(frozen=True, kw_only=True)
class EnquiriesExported(DomainEvent, kind="exported", group=EventGroup.VIEW):
    rows: int
    filters: dict[str, str]
    enquiries: list[int]


@dataclass(frozen=True, kw_only=True)
class EnquiryErased(DomainEvent, kind="erased", icon=Icon.STOP):
    """`erasure` is the certificate, with what was `counts` on it, where somebody asked to be erased by a page."""

    erasure: int | Absent = ABSENT
    counts: dict[str, int] | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class PersonMasked(DomainEvent, kind="person_masked", icon=Icon.STOP):
    erasure: int
