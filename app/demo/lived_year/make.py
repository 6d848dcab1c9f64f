"""Make the year that lies behind the invented municipality, in an empty house, within a minute."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from app import database
from app.container import Container
from app.demo.lived_year import stopped_work
from app.demo.lived_year.facts import Facts
from app.demo.lived_year.house import PlayedHouse
from app.demo.lived_year.journal import Journal, Letters
from app.demo.lived_year.ledger import Ledger
from app.demo.lived_year.outside import Outside
from app.demo.lived_year.people import Caseworkers, Visitators
from app.demo.lived_year.play import Play
from app.demo.lived_year.upkeep import Upkeep
from app.demo.mails import Mails
from app.demo.municipality import Municipality
from app.demo.year import Year
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.routing import Mode
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox, Unit
from app.services.triage import waves
from connectors.mail.compose import compose
from connectors.mail.folder.gateway import FolderGateway


def play(
    container: Container,
    plan: Municipality,
    mails: Mails,
    letters: Letters,
    *,
    seed: int,
    count: int,
    past: Actor,
    until: datetime,
    say: Callable[[str], None],
) -> None:
    """Play `count` mails of the year before `until`, and write all that comes of them.

    `past` is who notes the year's milestones; `say` tells how far it is, a line a month.
    """
    outside = Outside(container.settings)
    with database.write(container.engine) as session:
        for unit in session.scalars(select(Unit)):
            unit.mode = Mode.OBSERVE
        session.flush()
        facts, ledger = Facts.read(session), Ledger(session)
        mailboxes = {box.address: box.name for box in session.scalars(select(Mailbox))}
        session.expunge_all()
    house = PlayedHouse(container.engine, facts, ledger, container.salt)
    journal = Journal(ledger, outside.records, outside.register, letters, container.settings, mailboxes)
    sorters = [person.email for person in plan.people if person.role is Role.VISITATOR]
    names = [unit.name for unit in plan.units]
    played = Play(
        house,
        journal,
        Visitators(sorters, seed, facts.calendar),
        Caseworkers(names, seed, facts.calendar),
        seed=seed,
        until=until,
        say=say,
    )
    administrator = next(each for each in facts.people.values() if each.role is Role.ADMINISTRATOR)
    upkeep = Upkeep(house, played.at, administrator=administrator, past=past, salt=container.salt)
    year = Year(plan, seed, until)
    ids = {unit.name: unit_id for unit_id, unit in facts.units.items()}
    automatic = [ids[unit.name] for unit in plan.units if unit.mode is Mode.AUTOMATIC]
    upkeep.plan(year.first, until.date(), year.milestones, automatic)
    played.run(mails.lived(count, until), container.parser)
    upkeep.end(until)
    with database.write(container.engine) as session:
        ledger.end(session)
    outside.end()
    _hand_over(container, played, letters, until)


def _hand_over(container: Container, played: Play, letters: Letters, now: datetime) -> None:
    """Leave the house as it stands at the end of the year: what is open goes on from here for real."""
    unit_mail = FolderGateway(container.settings.mail_root)
    for matter in played.house.open:
        enquiry = matter.enquiry
        if enquiry.state is State.ROUTED and matter.case is not None and matter.id not in played.silent:
            assert enquiry.unit_id is not None
            unit, number = played.house.facts.units[enquiry.unit_id], matter.case.number
            letter = letters.forward(enquiry, unit, number, enquiry.routing_no, matter.raw.content, container.settings)
            unit_mail.deliver(unit.address, compose(letter), received_at=enquiry.routed_at)
    with database.write(container.engine) as session:
        waves.make_anew(session, container.salt)
        for matter in played.house.open:
            if matter.enquiry.state is State.TRIAGE:
                found = session.get_one(Enquiry, matter.id)
                waves.notice(session, found, now=now, salt=container.salt)
    if played.stopped is not None:
        stopped_work.leave(container, played.stopped.enquiry)
