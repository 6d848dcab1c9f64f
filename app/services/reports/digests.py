"""The digest of deadlines: once a week by mail, to managers and to people of units who chose to have it.

It holds numbers, case numbers and days, and nothing of a mail. It leaves by the door of all letters, once for each time it is due,
whenever this is killed: its Message-ID is made of who gets it and when it was due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import deadlines, digests, journaling
from app.domain.access import Role
from app.domain.actor import ROBOT, Actor
from app.domain.digests import HOURS, LASTS, WEEKDAYS
from app.domain.events.casework import DigestChanged, DigestSent
from app.domain.notices import Letter
from app.errors import NotFoundError, RefusedError
from app.models.account import Account
from app.models.digest import DigestSubscription
from app.models.unit import ServiceArea, Unit
from app.queries.platform.house_address import house_address
from app.queries.reports import digest as digest_query
from app.queries.reports.digest import Digest
from app.queries.reports.punctuality import OverdueEnquiry
from app.queries.reports.scope import Scope
from app.services.casework import enquiry_deadlines
from app.services.platform import circuits, events, sending, sending_attempts
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Outgoing

ROUND = "digests"
"""What asks the mail system, as its circuit knows it."""
KEPT = timedelta(days=2)
"""So long it is kept which digests have left; they are marked as sent at once."""
PAUSE = timedelta(minutes=15)
"""Between two tries of one that could not be sent."""
DAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag")
TEXT = """\
Frister for {whose}

De sidste syv dage, {first} til {last}
- Nye henvendelser: {received}
- Besvaret: {answered}
- Besvaret for sent: {late} af {due} med svarfrist

I dag
{today}- Frist tæt på: {near}
- Frist overskredet: {overdue}
{list}
Se mere:
{address}

Du får ugebrevet hver {day} kl. {hour}.
På en lukkedag kommer det den næste arbejdsdag.
Vælg en anden dag: {choose}
Stop ugebrevet: {stop}
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chooses: a weekday from Monday 0, an hour, a service area or None, and whether an empty one is sent."""

    weekday: int
    hour: int
    area_id: int | None = None
    also_empty: bool = False


def choose(session: Session, account: Account, choice: Choice, *, by: Actor, now: datetime) -> None:
    """Write down how a person wants the digest. What was due before is none of theirs.

    Raises:
        NotFoundError: they may have none, or there is no such area.
        RefusedError: the digest does not go out at that time.
    """
    if not digests.may_have(account.role, account.unit_id):
        raise NotFoundError
    if choice.area_id is not None and session.get(ServiceArea, choice.area_id) is None:
        raise NotFoundError
    if choice.weekday not in WEEKDAYS or choice.hour not in HOURS:
        raise RefusedError("no_digest_time")
    row = session.get(DigestSubscription, account.id)
    before = _snapshot(row)
    if row is None:
        row = DigestSubscription(account_id=account.id)
        session.add(row)
    row.weekday, row.hour, row.also_empty = choice.weekday, choice.hour, choice.also_empty
    row.area_id = choice.area_id if account.role in digests.OF_ALL else None
    row.settled_at, row.failed_at = now, None
    _record(session, account, before, _snapshot(row), by=by, now=now)


def end(session: Session, account_id: int, *, by: Actor, now: datetime) -> None:
    """Stop a person's digest. Who has none is left as they are."""
    row = session.get(DigestSubscription, account_id)
    if row is None:
        return
    _record(session, session.get_one(Account, account_id), _snapshot(row), None, by=by, now=now)
    session.delete(row)
    session.flush()


def _snapshot(row: DigestSubscription | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"weekday": row.weekday, "hour": row.hour, "area_id": row.area_id, "also_empty": row.also_empty}


def _record(session: Session, account: Account, before: Any, after: Any, *, by: Actor, now: datetime) -> None:
    if before != after:
        events.record(session, DigestChanged(account=account.email, before=before, after=after), by=by, now=now)


def sign(account_id: int, secret: str) -> str:
    """Return the word of a link that stops a person's digest, and does nothing else."""
    return str(URLSafeSerializer(secret, salt="digest").dumps(account_id))


def read_link(token: str, secret: str) -> int:
    """Return whose digest a link stops.

    Raises:
        NotFoundError: it is none of ours.
    """
    try:
        account_id = URLSafeSerializer(secret, salt="digest").loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFoundError from error
    return int(account_id)


@dataclass(frozen=True, slots=True)
class Sender:
    """What every digest is written with."""

    address: str
    secret: str
    base_url: str


def letter(
    session: Session, account: Account, choice: Choice, sender: Sender, due: datetime, now: datetime
) -> tuple[Outgoing, Digest]:
    """Write the digest a person gets, or would get."""
    scope = scope_of(account, choice)
    found = digest_query.digest(session, scope, enquiry_deadlines.today(session, now))
    whose = _whose(session, scope)
    stop = f"{sender.base_url}/ugebrev/{sign(account.id, sender.secret)}"
    message = Outgoing(
        message_id=journaling.message_id(f"digest:{account.id}:{due.isoformat()}", sender.secret),
        sender=sender.address,
        recipient=account.email,
        subject=f"Ugebrev om frister for {whose}: {found.overdue.total} overskredet",
        text=_text(found, whose, choice, sender.base_url, stop, of_unit=account.role is Role.CASEWORKER),
        headers=(("List-Unsubscribe", f"<{stop}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")),
    )
    return message, found


def scope_of(account: Account, choice: Choice) -> Scope:
    """Return the part of the house that a person's digest is about: their unit, or the area that a manager chose."""
    return Scope(area_id=choice.area_id) if account.role in digests.OF_ALL else Scope(unit_id=account.unit_id)


def chosen(row: DigestSubscription) -> Choice:
    return Choice(row.weekday, row.hour, row.area_id, row.also_empty)


def _whose(session: Session, scope: Scope) -> str:
    if scope.unit_id is not None:
        return session.get_one(Unit, scope.unit_id).name
    return session.get_one(ServiceArea, scope.area_id).name if scope.area_id is not None else "hele kommunen"


def _text(found: Digest, whose: str, choice: Choice, base_url: str, stop: str, *, of_unit: bool) -> str:
    figures = found.figures
    late = figures["answered_late"]
    today = f"- Hos {'enheden' if of_unit else 'enhederne'}: {figures['with_units'].count}\n"
    if not found.scope:
        today = f"- Venter på fordeling: {figures['waiting'].count}\n" + today
    own = "enheden" if of_unit else "henvendelser"
    area = f"?omraade={found.scope.area_id}" if found.scope.area_id is not None else ""
    return TEXT.format(
        whose=whose,
        first=deadlines.danish(found.period.first),
        last=deadlines.danish(found.period.last),
        received=figures["received"].count,
        answered=figures["answered"].count,
        late=late.count,
        due=late.of,
        today=today,
        near=figures["near"].count,
        overdue=figures["overdue"].count,
        list=_list(found, f"{base_url}/{own}"),
        address=f"{base_url}/enheden/" if of_unit else f"{base_url}/tal/frister/{area}",
        day=DAYS[choice.weekday],
        hour=choice.hour,
        choose=f"{base_url}/konto/ugebrev/",
        stop=stop,
    )


def _list(found: Digest, address: str) -> str:
    if not found.overdue.rows:
        return ""
    lines = "\n".join(f"- {_line(row)}\n  {address}/{row.enquiry_id}" for row in found.overdue.rows)
    more = f"\n- og {found.overdue.more} til" if found.overdue.more else ""
    return f"\nOverskredet længst\n{lines}{more}\n"


def _line(row: OverdueEnquiry) -> str:
    name = f"Sag {row.number}" if row.number else f"Henvendelse {row.enquiry_id}"
    if not row.days:
        return f"{name}: overskredet"
    return f"{name}: overskredet med {row.days} {'arbejdsdag' if row.days == 1 else 'arbejdsdage'}"


def send_due(engine: Engine, gateway: MailGateway, *, secret: str, base_url: str, now: datetime) -> int:
    """Send each digest that is due, once. Return how many have left.

    Put off while the mail system does not answer; what could not be sent is tried again for a day. The time a digest was due
    is settled once it has left, or had nothing to say.
    """
    with database.read(engine) as session:
        due = _due(session, now)
        address = house_address(session)
    if not due or not address:
        return 0
    with database.write(engine) as session:
        sending_attempts.begin_round(session, Letter.DIGEST, now - KEPT)
    sender = Sender(address, secret, base_url)
    sent = 0
    for account_id, moment in due:
        sent += _send(engine, gateway, account_id, moment, sender, now)
    return sent


def _due(session: Session, now: datetime) -> Sequence[tuple[int, datetime]]:
    """Return whose digest is due, and since when."""
    calendar = enquiry_deadlines.calendar(session)
    query = select(DigestSubscription, Account).join(Account, Account.id == DigestSubscription.account_id)
    found = []
    for row, account in session.execute(query.where(Account.active).order_by(Account.id)):
        moment = digests.latest_due(now, row.weekday, row.hour, calendar)
        if moment is None or not row.settled_at < moment or now >= moment + LASTS:
            continue
        if row.failed_at is not None and now < row.failed_at + PAUSE:
            continue
        if digests.may_have(account.role, account.unit_id):
            found.append((account.id, moment))
    return found


def _send(
    engine: Engine, gateway: MailGateway, account_id: int, moment: datetime, sender: Sender, now: datetime
) -> bool:
    with database.read(engine) as session:
        row, account = session.get(DigestSubscription, account_id), session.get_one(Account, account_id)
        if row is None or not circuits.admits(session, circuits.MAIL, ROUND):
            return False
        message, found = letter(session, account, chosen(row), sender, moment, now)
        said = not found.empty or row.also_empty
        if said and sending_attempts.asked(session, message.message_id):
            return False
    left = said and sending.send_in_round(engine, gateway, message, Letter.DIGEST, now=now)
    with database.write(engine) as session:
        if said and not left:
            _put_off(session, account_id, now)
        else:
            _settle(session, account_id, moment, now, said=said)
    return left


def _put_off(session: Session, account_id: int, now: datetime) -> None:
    row = session.get(DigestSubscription, account_id)
    if row is not None:
        row.failed_at = now


def _settle(session: Session, account_id: int, moment: datetime, now: datetime, *, said: bool) -> None:
    """Mark a digest as done with. Who stopped it meanwhile has no row any more."""
    row = session.get(DigestSubscription, account_id)
    if row is not None:
        row.settled_at = max(row.settled_at, moment)
        row.failed_at = None
    if said:
        account = session.get_one(Account, account_id)
        events.record(session, DigestSent(account=account.email, due=moment.isoformat()), by=ROBOT, now=now)
