"""List what people decide and do in triage."""

from dataclasses import dataclass
from typing import TypedDict

from app.domain.events.base import ABSENT, Absent, DomainEvent, EventGroup, Icon


class Circumstances(TypedDict, total=False):
    """How a decision came about: fields of `TriageDecision` that not each one has."""

    wave_id: int
    seconds: float
    blind: bool


@dataclass(frozen=True, kw_only=True)
class TriageDecision(DomainEvent):
    """What somebody decided about one mail.

    `hop`: at which routing of the enquiry. `seconds` since it was shown, and whether the suggestion was hidden (`blind`),
    only on the mail that was looked at, not on its follow-ups. `wave_id` where it was decided with others like it.
    """

    hop: int | None
    wave_id: int | Absent = ABSENT
    seconds: float | Absent = ABSENT
    blind: bool | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class UnitChosen(TriageDecision):
    """`suggested` is the unit that the robot would have chosen."""

    unit_id: int
    suggested: int | None
    confidence: float | None


@dataclass(frozen=True, kw_only=True)
class SuggestionConfirmed(UnitChosen, kind="confirmed", group=EventGroup.DECISION, icon=Icon.PERSON):
    pass


@dataclass(frozen=True, kw_only=True)
class SuggestionCorrected(UnitChosen, kind="corrected", group=EventGroup.DECISION, icon=Icon.PERSON):
    pass


@dataclass(frozen=True, kw_only=True)
class EnquiryDismissed(TriageDecision, kind="dismissed", group=EventGroup.DECISION, icon=Icon.PERSON):
    reason: str


@dataclass(frozen=True, kw_only=True)
class EnquiryReferred(TriageDecision, kind="referred", group=EventGroup.DECISION, icon=Icon.PERSON):
    """Another authority's. Rows from before letters were sent on have no `referral_id`."""

    reason: str
    referral_id: int | Absent = ABSENT
    authority: str | Absent | None = ABSENT


@dataclass(frozen=True, kw_only=True)
class EnquiryMerged(DomainEvent, kind="merged", group=EventGroup.DECISION, icon=Icon.PERSON):
    follows: int
    resembled: int | None
    hop: int


@dataclass(frozen=True, kw_only=True)
class MailSplit(DomainEvent, kind="split", group=EventGroup.DECISION, icon=Icon.PERSON):
    parts: list[int]
    hop: int


@dataclass(frozen=True, kw_only=True)
class PartSplitOff(DomainEvent, kind="split_off", icon=Icon.PERSON):
    original: int
    parts: list[int]


@dataclass(frozen=True, kw_only=True)
class PartPutTogether(DomainEvent, kind="put_together", icon=Icon.PERSON):
    original: int


@dataclass(frozen=True, kw_only=True)
class WaveFound(DomainEvent, kind="wave_found"):
    wave_id: int
    members: list[int]


@dataclass(frozen=True, kw_only=True)
class WaveLeft(DomainEvent, kind="left_wave", icon=Icon.PERSON):
    wave_id: int


@dataclass(frozen=True, kw_only=True)
class WaveDecided(DomainEvent, kind="wave_decided", group=EventGroup.DECISION, icon=Icon.PERSON):
    """`decisions` are the events of its mails; they went to a unit, or to a class `outside` the units."""

    wave_id: int
    decisions: list[int]
    mails: int
    unit_id: int | Absent | None = ABSENT
    outside: str | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class FollowUpLeftWaiting(DomainEvent, kind="left_waiting"):
    earlier: int | None


@dataclass(frozen=True, kw_only=True)
class DecisionUndone(DomainEvent, kind="undone", icon=Icon.PERSON):
    """`event_id` is the decision that was taken back."""

    event_id: int
    way: str | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class EnquiryRecalled(DomainEvent, kind="recalled", icon=Icon.STOP):
    unit_id: int | None


@dataclass(frozen=True, kw_only=True)
class EnquiryReturned(DomainEvent, kind="returned", icon=Icon.STOP):
    """A unit gave an enquiry back. `belongs_id` is the unit that its people think it belongs to."""

    unit_id: int | None
    why: str
    reason: str | None
    belongs_id: int | None


@dataclass(frozen=True, kw_only=True)
class CaseReopening(DomainEvent, kind="reopening"):
    pass


@dataclass(frozen=True, kw_only=True)
class NoteWritten(DomainEvent, kind="noted"):
    note_id: int


@dataclass(frozen=True, kw_only=True)
class NoteWithdrawn(DomainEvent, kind="note_withdrawn", icon=Icon.NOTE):
    note_id: int


@dataclass(frozen=True, kw_only=True)
class ClaimTakenOver(DomainEvent, kind="taken_over", icon=Icon.PERSON):
    account: str


@dataclass(frozen=True, kw_only=True)
class OwnerChanged(DomainEvent, kind="owner_changed", icon=Icon.PERSON):
    account: str
    owner: str | None


@dataclass(frozen=True, kw_only=True)
class PersonLeft(DomainEvent, kind="absent"):
    account: str
    until: str | None


@dataclass(frozen=True, kw_only=True)
class PersonCameBack(DomainEvent, kind="back"):
    account: str


@dataclass(frozen=True, kw_only=True)
class ClaimTimeoutChanged(DomainEvent, kind="quiet_changed"):
    """In minutes."""

    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class DecisionTimesSwitched(DomainEvent, kind="decision_times_switched"):
    on: bool
