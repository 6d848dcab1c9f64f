"""List what happens to a mail that comes in, and to what decides about it: rules, senders, web forms."""

from dataclasses import dataclass
from typing import Any

from app.domain.events.base import ABSENT, Absent, DomainEvent, EventGroup, Icon


@dataclass(frozen=True, kw_only=True)
class MailReceived(DomainEvent, kind="received", icon=Icon.MAIL):
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class MailNotFetched(DomainEvent, kind="mail_not_fetched"):
    """`error` is the mail system's own word; rows from before it was kept have none."""

    mailbox: str
    key: str
    error: str | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class MailNotTaken(DomainEvent, kind="mail_not_taken"):
    mailbox: str
    key: str
    error: str


@dataclass(frozen=True, kw_only=True)
class MailboxPaused(DomainEvent, kind="mailbox_paused", icon=Icon.STOP):
    mailbox: str


@dataclass(frozen=True, kw_only=True)
class MailboxResumed(DomainEvent, kind="mailbox_resumed", icon=Icon.PERSON):
    mailbox: str


@dataclass(frozen=True, kw_only=True)
class MailboxFoldersChosen(DomainEvent, kind="mailbox_folders_chosen"):
    """Folders of a mailbox were chosen or confirmed: their names, by what they are for."""

    mailbox: str
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class HistoryReadingAsked(DomainEvent, kind="history_reading_asked"):
    """A folder of a unit's mailbox is to be learned from; `at_once`: also by day."""

    mailbox: str
    folder: str
    unit_id: int
    at_once: bool


@dataclass(frozen=True, kw_only=True)
class HistoryReadingPaused(DomainEvent, kind="history_reading_paused", icon=Icon.STOP):
    mailbox: str
    folder: str


@dataclass(frozen=True, kw_only=True)
class HistoryReadingEnded(DomainEvent, kind="history_reading_ended"):
    """A folder was read to its end: how many mails lay there, and from how many was learned."""

    mailbox: str
    folder: str
    looked_at: int
    learned: int


@dataclass(frozen=True, kw_only=True)
class MailboxReconciled(DomainEvent, kind="mailbox_reconciled"):
    """A mailbox was compared with what was taken in: how many mails lie there, and how many are missing here."""

    mailbox: str
    listed: int
    missing: int


@dataclass(frozen=True, kw_only=True)
class MissingMailsTaken(DomainEvent, kind="missing_mails_taken", icon=Icon.PERSON):
    mailbox: str
    count: int


@dataclass(frozen=True, kw_only=True)
class MailQuarantined(DomainEvent, kind="quarantined", icon=Icon.STOP):
    reason: str


@dataclass(frozen=True, kw_only=True)
class MailReprocessed(DomainEvent, kind="reprocessed", icon=Icon.PERSON):
    pass


@dataclass(frozen=True, kw_only=True)
class MailSetAside(DomainEvent, kind="set_aside"):
    reason: str


@dataclass(frozen=True, kw_only=True)
class MailNotSetAside(DomainEvent, kind="not_set_aside"):
    reason: str


@dataclass(frozen=True, kw_only=True)
class MailPutBack(DomainEvent, kind="put_back", group=EventGroup.DECISION, icon=Icon.PERSON):
    reason: str
    follows: int | None
    remembered: bool


@dataclass(frozen=True, kw_only=True)
class TwinFound(DomainEvent, kind="twin_found"):
    twin: int
    mailbox: str


@dataclass(frozen=True, kw_only=True)
class EnquiryRelated(DomainEvent, kind="related"):
    earlier: int


@dataclass(frozen=True, kw_only=True)
class FollowUpLinked(DomainEvent, kind="linked"):
    follows: int


@dataclass(frozen=True, kw_only=True)
class RouteChosen(DomainEvent):
    """What the robot decided: by `reason` alone, or by its ranking and a `limit` as well."""

    unit_id: int | None
    reason: str
    confidence: float | Absent | None = ABSENT
    limit: float | Absent | None = ABSENT
    model_position: int | Absent = ABSENT
    rule: str | Absent | None = ABSENT
    blind: bool | Absent = ABSENT
    missing: str | Absent | None = ABSENT


@dataclass(frozen=True, kw_only=True)
class EnquiryRouted(RouteChosen, kind="routed"):
    pass


@dataclass(frozen=True, kw_only=True)
class EnquirySentToTriage(RouteChosen, kind="sent_to_triage"):
    pass


@dataclass(frozen=True, kw_only=True)
class ReturnRefused(DomainEvent, kind="return_refused", group=EventGroup.TECHNICAL, icon=Icon.STOP):
    reason: str


@dataclass(frozen=True, kw_only=True)
class LetterBounced(DomainEvent, kind="bounced", icon=Icon.STOP):
    """A letter of ours, or a unit's answer, did not arrive; `bounce` is the mail that says so."""

    letter: str
    bounce: int
    copy: bool | Absent = ABSENT
    reopened: bool
    unit_id: int | Absent | None = ABSENT


@dataclass(frozen=True, kw_only=True)
class CitizenChanged(DomainEvent, kind="citizen_changed", icon=Icon.PERSON):
    before: str | None
    address_changed: bool


@dataclass(frozen=True, kw_only=True)
class OwnLetterLeft(DomainEvent, kind="own_letter_left", group=EventGroup.TECHNICAL):
    unit_id: int
    mailbox: str
    key: str
    sha256: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class EnquiryAnswered(DomainEvent, kind="answered", icon=Icon.DONE):
    sha256: str


@dataclass(frozen=True, kw_only=True)
class AnswerAdded(DomainEvent, kind="answer_added", icon=Icon.PERSON):
    """A person added a unit's answer as a file."""

    sha256: str


@dataclass(frozen=True, kw_only=True)
class AnswerUnsure(DomainEvent, kind="answer_unsure", icon=Icon.STOP):
    mail: int


@dataclass(frozen=True, kw_only=True)
class AnswerConfirmed(DomainEvent, kind="answer_confirmed", icon=Icon.PERSON):
    mail: int


@dataclass(frozen=True, kw_only=True)
class AnswerWentAstray(DomainEvent, kind="went_astray", icon=Icon.STOP):
    unit_id: int | None
    mail: int


@dataclass(frozen=True, kw_only=True)
class RuleChanged(DomainEvent, kind="rule_changed"):
    rule_id: int
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RuleMoved(DomainEvent, kind="rule_moved"):
    rule_id: int
    name: str
    position: int


@dataclass(frozen=True, kw_only=True)
class RuleDeleted(DomainEvent, kind="rule_deleted"):
    rule_id: int
    before: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SenderClassChanged(DomainEvent, kind="sender_class_changed"):
    name: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class SenderClassDeleted(DomainEvent, kind="sender_class_deleted"):
    name: str
    before: str


@dataclass(frozen=True, kw_only=True)
class FormSenderChanged(DomainEvent, kind="form_sender_changed"):
    form_id: int
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class FormSenderDeleted(DomainEvent, kind="form_sender_deleted"):
    form_id: int
    before: dict[str, Any]
