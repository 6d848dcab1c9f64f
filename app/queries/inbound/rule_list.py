"""The rules, and last month's mails each would catch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.domain import rules as domain
from app.domain.rules import Catch, Subject
from app.models.deadline import DeadlineType
from app.models.enquiry import Enquiry
from app.models.rule import Rule, SenderClass
from app.models.unit import Mailbox, Unit
from app.models.words import note

EXAMPLES = 10
LOOK_BACK = timedelta(days=30)
TRIED = 1_000
"""So many of the last month's mails are tried, the newest first."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule and its catch. `against` names the earlier rules that decided otherwise, with how many mails each."""

    rule: Rule
    place: int
    catch: Catch
    against: list[tuple[int, str, int]]


@dataclass(frozen=True, slots=True)
class RuleChoices:
    """The choices in the lists of the form."""

    units: list[Unit]
    mailboxes: list[Mailbox]
    classes: list[SenderClass]
    deadline_types: list[DeadlineType]


def active(session: Session) -> list[domain.RoutingRule]:
    """Return the rules in force, in order."""
    query = select(Rule).where(Rule.active).order_by(Rule.position, Rule.id)
    return [plain(rule) for rule in session.scalars(query)]


def in_order(session: Session) -> list[Rule]:
    """Return all rules, as the page numbers them. Numbers begin at 1."""
    return list(session.scalars(select(Rule).order_by(Rule.position, Rule.id)))


def plain(rule: Rule) -> domain.RoutingRule:
    """Return a stored rule as the domain knows it."""
    return domain.RoutingRule(
        id=rule.id,
        name=rule.name,
        words=domain.lines(rule.words),
        field=rule.field,
        senders=domain.lines(rule.sender_class.senders) if rule.sender_class else None,
        mailbox=rule.mailbox,
        foreign=rule.foreign_language,
        unit=str(rule.unit_id) if rule.unit_id is not None else None,
        deadline_type=rule.deadline_type_id,
    )


def subject_of(enquiry: Enquiry | Row[int, str, str, str, str, str | None]) -> Subject:
    """Return the properties of an enquiry that rules use."""
    return Subject(enquiry.subject, enquiry.text, enquiry.sender_address, enquiry.mailbox, enquiry.language)


def listing(session: Session, *, now: datetime) -> tuple[list[RuleRow], int]:
    """Return all rules in order, and the mails tried.

    The latter is a count of last month's mails. An inactive rule catches nothing.
    """
    rules = in_order(session)
    caught, tried = _tried(session, [plain(rule) for rule in rules if rule.active], now)
    places = {rule.id: place for place, rule in enumerate(rules, 1)}
    names = {rule.id: rule.name for rule in rules}
    nothing = Catch(0, 0, {})
    rows = []
    for rule in rules:
        catch = caught.get(rule.id, nothing)
        against = [(places[other], names[other], count) for other, count in sorted(catch.against.items())]
        rows.append(RuleRow(rule, places[rule.id], catch, against))
    return rows, tried


def choices(session: Session) -> RuleChoices:
    return RuleChoices(
        units=list(session.scalars(select(Unit).where(~Unit.closed).order_by(Unit.name))),
        mailboxes=list(session.scalars(select(Mailbox).where(~Mailbox.journal).order_by(Mailbox.name))),
        classes=list(session.scalars(select(SenderClass).order_by(SenderClass.name))),
        deadline_types=list(
            session.scalars(select(DeadlineType).where(~DeadlineType.retired).order_by(DeadlineType.name))
        ),
    )


def rule(session: Session, rule_id: int) -> Rule | None:
    return session.get(Rule, rule_id)


def sender_class(session: Session, class_id: int) -> SenderClass | None:
    return session.get(SenderClass, class_id)


def caught(session: Session, tried: domain.RoutingRule, *, now: datetime) -> tuple[Sequence[Any], int, int]:
    """Return the mails one rule alone would have caught.

    Three values: the newest of these mails, how many in all, out of how many tried.
    """
    mails = _past(session, now)
    fitting = [enquiry for enquiry in mails if domain.fits(tried, subject_of(enquiry))]
    note(each.id for each in fitting[:EXAMPLES])
    return fitting[:EXAMPLES], len(fitting), len(mails)


def _tried(session: Session, rules: list[domain.RoutingRule], now: datetime) -> tuple[dict[int, Catch], int]:
    """Return each rule's catch of last month's mails.

    The key is the rule's id; the second value is how many mails were tried.
    """
    mails = [subject_of(enquiry) for enquiry in _past(session, now)]
    return domain.catches(rules, mails), len(mails)


def _past(session: Session, now: datetime) -> Sequence[Row[int, str, str, str, str, str | None]]:
    """Return last month's mails that rules could be asked. Newest first, with what rules look at of each."""
    query = (
        select(Enquiry.id, Enquiry.subject, Enquiry.text, Enquiry.sender_address, Enquiry.mailbox, Enquiry.language)
        .where(Enquiry.received_at >= now - LOOK_BACK, Enquiry.quarantine.is_(None), Enquiry.follow_up_of_id.is_(None))
        .order_by(Enquiry.received_at.desc())
        .limit(TRIED)
    )
    return session.execute(query).all()
