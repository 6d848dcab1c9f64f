"""List what happens to units, mailboxes and authorities, to people and to what gives them access."""

from dataclasses import dataclass
from typing import Any

from app.domain.events.base import ABSENT, Absent, DomainEvent


@dataclass(frozen=True, kw_only=True)
class UnitChanged(DomainEvent, kind="unit_changed"):
    """A whole unit `before` (None: a new one) and `after`; or of its robot alone, with `name`, `mode` and `stopped`."""

    unit_id: int
    name: str | Absent = ABSENT
    before: dict[str, Any] | None
    after: dict[str, Any] | Absent = ABSENT
    mode: str | Absent = ABSENT
    stopped: bool | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class MailboxChanged(DomainEvent, kind="mailbox_changed"):
    mailbox_id: int
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class MailboxRemoved(DomainEvent, kind="mailbox_removed"):
    address: str
    name: str


@dataclass(frozen=True, kw_only=True)
class MailboxTried(DomainEvent, kind="mailbox_tried"):
    """A person looked into a mailbox (`trial` is "look"), or let a test mail go through it ("letter"); `outcome` is a code."""

    mailbox_id: int
    address: str
    trial: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class MailSystemChanged(DomainEvent, kind="mail_system_changed"):
    """The options `before` (None: a new one) and `after`; of secrets nothing."""

    name: str
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class MailSystemRemoved(DomainEvent, kind="mail_system_removed"):
    name: str
    before: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AuthorityChanged(DomainEvent, kind="authority_changed"):
    authority_id: int
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class MunicipalityNamed(DomainEvent, kind="municipality_named"):
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Reorganised(DomainEvent, kind="reorganised"):
    """`labels` and `pointers` are how many were moved."""

    reorganisation_id: int
    plan: dict[str, Any]
    labels: int
    pointers: int


@dataclass(frozen=True, kw_only=True)
class ReorganisationUndone(DomainEvent, kind="reorganisation_restored"):
    """`labels` is how many were "moved" back and how many "excluded"."""

    reorganisation_id: int
    labels: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class AccountCreated(DomainEvent, kind="account_created"):
    """By somebody, by the first visit (`first`), or by signing in at the identity provider (`method`, `issuer`, `group`)."""

    account: str
    role: str
    unit_id: int | Absent | None = ABSENT
    owner: bool | Absent = ABSENT
    method: str | Absent = ABSENT
    issuer: str | Absent = ABSENT
    group: str | Absent = ABSENT
    first: bool | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class AccountInvited(DomainEvent, kind="account_invited"):
    account: str


@dataclass(frozen=True, kw_only=True)
class AccountChanged(DomainEvent, kind="account_changed", reveals=("before", "after")):
    """Names and codes of our own people."""

    account: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AccountClosed(DomainEvent, kind="account_closed"):
    account: str


@dataclass(frozen=True, kw_only=True)
class AccountReopened(DomainEvent, kind="account_reopened"):
    account: str
    role: str


@dataclass(frozen=True, kw_only=True)
class AccountTied(DomainEvent, kind="account_tied"):
    """A local account now signs in at the identity provider."""

    account: str
    method: str
    issuer: str


@dataclass(frozen=True, kw_only=True)
class AccessChanged(DomainEvent, kind="access_changed"):
    """Another role or unit by the groups that the identity provider told."""

    account: str
    role: str
    unit_id: int | None
    before: dict[str, Any]
    group: str


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(DomainEvent, kind="password_changed"):
    account: str


@dataclass(frozen=True, kw_only=True)
class SessionsEnded(DomainEvent, kind="sessions_ended"):
    account: str
    count: int


@dataclass(frozen=True, kw_only=True)
class GroupRuleChanged(DomainEvent, kind="group_rule_changed"):
    rule_id: int
    before: dict[str, Any] | None
    after: dict[str, Any]
    group: str
    role: str
    unit_id: int | None


@dataclass(frozen=True, kw_only=True)
class GroupRuleDeleted(DomainEvent, kind="group_rule_deleted"):
    rule_id: int
    before: dict[str, Any]
    group: str
    role: str
    unit_id: int | None
