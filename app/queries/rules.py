"""What the pages of rules show: each rule in order, with what it would have caught last month."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.rules import Catch
from app.domain.rules import Rule as Plain
from app.models.enquiry import Enquiry
from app.models.rule import Rule, SenderClass
from app.models.unit import Mailbox, Unit
from app.services import rules as services

EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule and its catch; `against` names the earlier rules that decided otherwise, with how many mails each."""

    rule: Rule
    place: int
    catch: Catch
    against: list[tuple[int, str, int]]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form's lists offer."""

    units: list[Unit]
    mailboxes: list[Mailbox]
    classes: list[SenderClass]


def listing(session: Session, *, now: datetime) -> tuple[list[RuleRow], int]:
    """All rules in order, and how many of last month's mails they were tried on. An inactive one catches nothing."""
    rules = list(session.scalars(select(Rule).order_by(Rule.position, Rule.id)))
    caught, tried = services.tried(session, [services.plain(rule) for rule in rules if rule.active], now=now)
    places = {rule.id: place for place, rule in enumerate(rules, 1)}
    names = {rule.id: rule.name for rule in rules}
    nothing = Catch(0, 0, {})
    rows = []
    for rule in rules:
        catch = caught.get(rule.id, nothing)
        against = [(places[other], names[other], count) for other, count in sorted(catch.against.items())]
        rows.append(RuleRow(rule, places[rule.id], catch, against))
    return rows, tried


def choices(session: Session) -> Choices:
    return Choices(
        units=list(session.scalars(select(Unit).where(~Unit.closed).order_by(Unit.name))),
        mailboxes=list(session.scalars(select(Mailbox).order_by(Mailbox.name))),
        classes=list(session.scalars(select(SenderClass).order_by(SenderClass.name))),
    )


def rule(session: Session, rule_id: int) -> Rule | None:
    return session.get(Rule, rule_id)


def sender_class(session: Session, class_id: int) -> SenderClass | None:
    return session.get(SenderClass, class_id)


def caught(session: Session, plain: Plain, *, now: datetime) -> tuple[list[Enquiry], int, int]:
    """(the newest mails one rule alone would have caught, how many in all, out of how many tried)."""
    mails = services.past(session, now=now)
    fitting = [enquiry for enquiry in mails if services.fits(plain, enquiry)]
    return fitting[:EXAMPLES], len(fitting), len(mails)
