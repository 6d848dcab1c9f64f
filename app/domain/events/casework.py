"""List what happens to a case, its deadlines and its letters, and to the texts they are made of."""

from dataclasses import dataclass
from typing import Any

from app.domain.events.base import ABSENT, Absent, DomainEvent, EventGroup, Icon


@dataclass(frozen=True, kw_only=True)
class CaseOpened(DomainEvent, kind="case_opened", group=EventGroup.STEP):
    case: str


@dataclass(frozen=True, kw_only=True)
class CaseReopened(DomainEvent, kind="case_reopened", group=EventGroup.STEP):
    case: str


@dataclass(frozen=True, kw_only=True)
class CaseClosed(DomainEvent, kind="case_closed", group=EventGroup.STEP):
    case: str


@dataclass(frozen=True, kw_only=True)
class EnquiryClosed(DomainEvent, kind="closed", icon=Icon.DONE):
    pass


@dataclass(frozen=True, kw_only=True)
class DocumentFiled(DomainEvent, kind="document_filed", group=EventGroup.STEP):
    case: str
    document: str
    what: str


@dataclass(frozen=True, kw_only=True)
class DeadlineRegistered(DomainEvent, kind="deadline_registered", group=EventGroup.STEP):
    """Days are written YYYY-MM-DD."""

    number: str
    due_on: str
    feedback_due_on: str | None


@dataclass(frozen=True, kw_only=True)
class DeadlineMet(DomainEvent, kind="deadline_met", group=EventGroup.STEP):
    """Whether the answer, and before it the first response, came in time; None where no day was set for that."""

    in_time: bool
    feedback_in_time: bool | None


@dataclass(frozen=True, kw_only=True)
class DeadlineChanged(DomainEvent, kind="deadline_changed", icon=Icon.PERSON):
    """An enquiry got another type of deadline, by name."""

    before: str | None
    after: str
    due_on: str


@dataclass(frozen=True, kw_only=True)
class DraftSaved(DomainEvent, kind="draft_saved", group=EventGroup.STEP):
    unit_id: int


@dataclass(frozen=True, kw_only=True)
class MailForwarded(DomainEvent, kind="forwarded", group=EventGroup.STEP):
    unit_id: int
    to: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class RecallSent(DomainEvent, kind="recall_sent"):
    unit_id: int
    to: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class UnitNotified(DomainEvent, kind="unit_told"):
    """By `message_id`, which earlier rows lack, a bounce of the notice is known."""

    unit_id: int
    notice: str
    to: str
    message_id: str | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class UnitsReminded(DomainEvent, kind="reminded"):
    """`units` is how many were written to."""

    units: int


@dataclass(frozen=True, kw_only=True)
class DigestChanged(DomainEvent, kind="digest_changed"):
    """What an account gets of the digest, `before` and `after`; None where it gets none."""

    account: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class DigestSent(DomainEvent, kind="digest_sent"):
    """`due` is the moment it was due at (ISO 8601)."""

    account: str
    due: str


@dataclass(frozen=True, kw_only=True)
class MailSentOn(DomainEvent, kind="sent_on"):
    authority: str
    to: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class CitizenToldNotOurs(DomainEvent, kind="told_not_ours"):
    message_id: str


@dataclass(frozen=True, kw_only=True)
class CitizenUnreachable(DomainEvent, kind="citizen_unreachable", icon=Icon.STOP):
    what: str


@dataclass(frozen=True, kw_only=True)
class LetterEvent(DomainEvent):
    """A letter that may have left; `letter` says of which kind it is."""

    letter: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class LetterFateUnknown(LetterEvent, kind="letter_fate_unknown", icon=Icon.STOP):
    """No look tells whether it was sent: a person is asked."""


@dataclass(frozen=True, kw_only=True)
class LetterSaidArrived(LetterEvent, kind="letter_said_arrived", icon=Icon.PERSON):
    """A person has seen that it was sent."""


@dataclass(frozen=True, kw_only=True)
class LetterOrderedAgain(LetterEvent, kind="letter_ordered_again", icon=Icon.PERSON):
    """A person wants it sent once more."""


@dataclass(frozen=True, kw_only=True)
class AcknowledgementSent(DomainEvent, kind="acknowledged", group=EventGroup.STEP):
    case: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class AcknowledgementWithheld(DomainEvent, kind="acknowledgement_withheld", group=EventGroup.STEP):
    """The sender has had `most` of them within a day."""

    most: int


@dataclass(frozen=True, kw_only=True)
class InterimAsked(DomainEvent, kind="interim_asked", icon=Icon.PERSON):
    caseworker: str


@dataclass(frozen=True, kw_only=True)
class InterimSent(DomainEvent, kind="interim_sent", group=EventGroup.STEP):
    caseworker: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class InterimWithheld(DomainEvent, kind="interim_withheld"):
    pass


@dataclass(frozen=True, kw_only=True)
class CaseworkerAssigned(DomainEvent, kind="assigned", icon=Icon.PERSON):
    """`to` is None, and `name` empty, where nobody has it now."""

    unit_id: int | None
    to: str | None
    name: str


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(DomainEvent, kind="calendar_changed"):
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DeadlineTypeChanged(DomainEvent, kind="deadline_type_changed"):
    type_id: int
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class UsualDeadlineTypeChanged(DomainEvent, kind="usual_type_changed"):
    before: int | None
    after: int


@dataclass(frozen=True, kw_only=True)
class TemplateEvent(DomainEvent):
    """A template as it was saved, or deleted: enough to bring it back."""

    template_id: int
    text_kind: str
    unit_id: int | None
    name: str
    keywords: str
    text: str


@dataclass(frozen=True, kw_only=True)
class TemplateSaved(TemplateEvent, kind="template_saved"):
    pass


@dataclass(frozen=True, kw_only=True)
class TemplateDeleted(TemplateEvent, kind="template_deleted"):
    pass


@dataclass(frozen=True, kw_only=True)
class ParagraphSaved(DomainEvent, kind="paragraph_saved"):
    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ParagraphDeleted(DomainEvent, kind="paragraph_deleted"):
    name: str
    text: str
