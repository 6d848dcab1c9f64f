"""A journal mailbox gets copies of what units send: answers among them count, once, and nothing becomes an enquiry."""

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.enquiry import State
from app.errors import RefusedError
from app.models.case import Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.unit import Mailbox
from app.services.inbound.journal_mailboxes import JournalMailboxes
from app.services.organisation import organisation_units
from app.workflow.worker import Worker
from tests.app.services.inbound.steps_of_answers import CITIZEN, OURS, looked, number_of, with_the_park, worker
from tests.town import PARK, UNITS, Town, eventually, look_into, mail, now

__all__ = ["worker"]
JOURNAL = "journal@town.example.org"
A = "<a@borger.example.org>"


@pytest.fixture
def journal(town: Town, worker: Worker) -> str:
    town.gateway.create_mailbox(JOURNAL)
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address=JOURNAL, name="Journal", journal=True))
    return JOURNAL


def copied(town: Town, *mails: bytes) -> None:
    """Exchange puts copies into the journal mailbox, and it is looked through."""
    for each in mails:
        town.gateway.deliver(JOURNAL, each)
    c = town.container
    while look_into(c, JournalMailboxes(c.engine, c.parser, c.robot)):
        pass


def kept(town: Town) -> tuple[int, int, int]:
    """How many mails, enquiries and answers there are."""
    with database.read(town.container.engine) as session:
        one, two, three = (session.scalar(select(func.count()).select_from(t)) or 0 for t in (RawMail, Enquiry, Reply))
        return one, two, three


def test_an_answer_counts_once_wherever_it_is_found_first(town: Town, journal: str) -> None:
    first = with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    answer = mail(f"SV: Træ [{number_of(town, first)}]", "Vi kommer", sender=OURS, to=CITIZEN)
    on_the_way = b"Received: from mx.example.net\r\n" + answer
    copied(town, on_the_way)
    eventually(lambda: "case_closed" in town.events(first))
    found = kept(town)
    town.gateway.add_sent(OURS, answer)
    looked(town)
    copied(town, on_the_way, answer)
    assert kept(town) == found
    second = with_the_park(town, mail("Bænk", "Bænken mangler", message_id="<b@borger.example.org>"))
    answer = mail("SV: Bænk", "Den kommer", sender=OURS, to=CITIZEN, in_reply_to="<b@borger.example.org>")
    town.gateway.add_sent(OURS, answer)
    looked(town)
    eventually(lambda: "answered" in town.events(second))
    found = kept(town)
    copied(town, b"Received: from mx.example.net\r\n" + answer)
    assert kept(town) == found


def test_a_human_is_asked_once(town: Town, journal: str) -> None:
    enquiry = with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    unsure = mail("SV: Træ", "Vi kommer", sender=OURS, to=CITIZEN, in_reply_to="<unknown@elsewhere.example.org>")
    copied(town, unsure)
    eventually(lambda: town.enquiry(town.last_enquiry()).state is State.TRIAGE)
    asked = town.enquiry(town.last_enquiry())
    assert (asked.resembles_id, asked.mailbox, town.enquiry(enquiry).state) == (enquiry, OURS, State.ROUTED)
    town.gateway.add_sent(OURS, b"X-Folder: Sent\r\n" + unsure)
    looked(town)
    assert town.last_enquiry() == asked.id


def test_all_else_is_left_where_it_lies(town: Town, journal: str) -> None:
    enquiry = with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    number, before = number_of(town, enquiry), kept(town)
    copied(
        town,
        mail("SV: Træ", "Uden tråd og sagsnummer", sender=OURS, to=CITIZEN),
        mail(f"SV: Træ [{number}]", "Fra en anden", sender="x@town.example.org", to=CITIZEN, in_reply_to=A),
        mail(f"SV: Træ [{number}]", "Fra to", sender=f"{OURS}, x@y.example.org", to=CITIZEN, in_reply_to=A),
        mail(f"SV: Træ [{number}]", "Fra Vej", sender=UNITS["Vej"], to="kollega@town.example.org", in_reply_to=A),
        mail("Hul", "Fra en borger", sender=CITIZEN, to=JOURNAL),
        mail(
            f"SV: Træ [{number}]",
            "Jeg er på ferie",
            sender=OURS,
            to=CITIZEN,
            headers={"Auto-Submitted": "auto-replied"},
        ),
        b"\x00\x01 no mail at all",
    )
    assert kept(town) == before
    assert town.enquiry(enquiry).state is State.ROUTED


def test_it_is_no_units(town: Town) -> None:
    by = town.visitator.actor
    with database.write(town.container.engine) as session:
        save = organisation_units.save_mailbox
        made = save(session, None, JOURNAL, "Journal", None, journal=True, by=by, now=now())
        assert made.journal
        for address, unit in ((JOURNAL, town.units[PARK]), (OURS, None)):
            with pytest.raises(RefusedError, match="journal_of_unit"):
                save(session, made.id, address, "Journal", unit, journal=True, by=by, now=now())
        assert (made.address, made.unit_id) == (JOURNAL, None)
        assert not save(session, made.id, JOURNAL, "Journal", None, by=by, now=now()).journal
