"""List who came in and was let in or refused, and what was done to the robot and the log."""

from dataclasses import dataclass
from typing import Any

from app.domain.events.base import ABSENT, Absent, DomainEvent, EventGroup, Icon


@dataclass(frozen=True, kw_only=True)
class AccountSignedIn(DomainEvent, kind="logged_in"):
    """`source` is the address of the network; `issuer` the identity provider, where it was one."""

    source: str
    method: str
    issuer: str | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class SignInRefused(DomainEvent, kind="login_failed", reveals=("reason",)):
    """`reason` is a code, and only the identity provider gives one."""

    method: str | Absent = ABSENT
    issuer: str | Absent = ABSENT
    reason: str | Absent = ABSENT
    source: str


@dataclass(frozen=True, kw_only=True)
class AccountSignedOut(DomainEvent, kind="logged_out"):
    method: str | Absent = ABSENT
    issuer: str | Absent = ABSENT
    source: str


@dataclass(frozen=True, kw_only=True)
class CodeRefused(DomainEvent, kind="code_failed"):
    source: str


@dataclass(frozen=True, kw_only=True)
class FactorInstalled(DomainEvent, kind="factor_installed"):
    account: str


@dataclass(frozen=True, kw_only=True)
class FactorRemoved(DomainEvent, kind="factor_removed"):
    account: str


@dataclass(frozen=True, kw_only=True)
class PageRefused(DomainEvent, kind="refused"):
    """Somebody asked for what is not theirs: the page's endpoint, and what of its address was given."""

    page: str
    asked: dict[str, str]
    source: str


@dataclass(frozen=True, kw_only=True)
class RobotStarted(DomainEvent, kind="robot_started"):
    pass


@dataclass(frozen=True, kw_only=True)
class RobotStopped(DomainEvent, kind="robot_stopped", reveals=("reason",)):
    """`reason` is in a person's own words, about the robot; rows from before reasons were asked for have none."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class WorkResumed(DomainEvent, kind="work_resumed", group=EventGroup.TECHNICAL):
    """One job of the robot's, or several at once."""

    work: str | Absent = ABSENT
    works: list[str] | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class ProbeRequested(DomainEvent, kind="probe_requested", group=EventGroup.TECHNICAL):
    """A person let the next job ask a system before its pause was over."""

    system: str


@dataclass(frozen=True, kw_only=True)
class LogExported(DomainEvent, kind="log_exported"):
    rows: int
    filters: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class MilestoneNoted(DomainEvent, kind="milestone"):
    """Something that stands beside the curves of reports."""

    text: str


@dataclass(frozen=True, kw_only=True)
class BenefitAssumed(DomainEvent, kind="benefit_assumed", icon=Icon.PERSON, reveals=("note",)):
    """What the benefit is reckoned from, `before` (None: the first version) and `after`; `note`: why."""

    version: int
    before: dict[str, Any] | None
    after: dict[str, Any]
    note: str


@dataclass(frozen=True, kw_only=True)
class FigureTokenMade(DomainEvent, kind="figure_token_made", icon=Icon.PERSON, reveals=("name", "purpose")):
    """Another program may fetch figures, through the day `expires_on`."""

    token_id: int
    name: str
    purpose: str
    expires_on: str


@dataclass(frozen=True, kw_only=True)
class FigureTokenRevoked(DomainEvent, kind="figure_token_revoked", icon=Icon.PERSON, reveals=("name",)):
    token_id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class FigureTokenUsed(DomainEvent, kind="figure_token_used", group=EventGroup.TECHNICAL, reveals=("name",)):
    """A day's first request with a token.

    `source` is the address of the network.
    """

    token_id: int
    name: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ExtractMade(DomainEvent, kind="extract_made", group=EventGroup.TECHNICAL):
    """The nightly file of enquiries without personal data, as of the end of `day`."""

    day: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class ExtractFetched(DomainEvent, kind="extract_fetched", icon=Icon.PERSON):
    """A person took such a file."""

    day: str


@dataclass(frozen=True, kw_only=True)
class PlacesImported(DomainEvent, kind="places_imported", icon=Icon.PERSON):
    """The register of streets and districts was replaced by one of so many names."""

    streets: int
    districts: int
