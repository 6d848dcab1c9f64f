"""Nothing that was not read is ranked, routed by itself or acknowledged."""

import pytest
from sqlalchemy import select

from app import database
from app.domain.enquiry import State
from app.domain.routing import Reason
from app.models.enquiry import Enquiry
from app.models.prediction import Decision, Prediction
from app.models.unit import Mailbox
from app.services.casework import acknowledging
from tests.connectors.enclosed import ENTITY, forwarded, signed
from tests.town import PARK, Town, mail, now
from tests.unread import SUBJECT, UNREAD, only

INNER = mail("Bænken i parken mangler", "Bænken i parken mangler, og græsset i parken er højt.")


READ = {
    "signed": lambda: only(signed(ENTITY), "application/pkcs7-mime", "smime.p7m"),
    "a photo and a word": lambda: only(b"\x89PNG", "image/png", "billede.png", "Træet er væltet"),
    "a subject alone": lambda: mail(SUBJECT, ""),
    "a mail within": lambda: forwarded(INNER),
}  # fmt: skip


def eager(town: Town) -> None:
    """The robot routes by itself whatever it has a guess for, and acknowledges it."""
    town.teach_history()
    town.automatic(limit=0.01)
    with database.write(town.container.engine) as session:
        for mailbox in session.scalars(select(Mailbox)):
            mailbox.acknowledge = True


@pytest.mark.parametrize("name", UNREAD)
def test_unread_mails_wait_for_a_human(town: Town, name: str) -> None:
    eager(town)
    (enquiry_id,) = town.receive(UNREAD[name]())
    found = town.enquiry(enquiry_id)
    assert (found.state, found.unit, found.automatic) == (State.TRIAGE, None, False)
    assert found.words_missing is not None
    with database.read(town.container.engine) as session:
        decision = session.scalars(select(Decision).where(Decision.enquiry_id == enquiry_id)).one()
        assert (decision.reason, decision.ranking) == (Reason.WORDS_MISSING, [])
        assert session.get(Prediction, enquiry_id) is None, "nor is it ranked when something has been learned"


@pytest.mark.parametrize("name", READ)
def test_what_was_read_is_ranked_and_routed(town: Town, name: str) -> None:
    eager(town)
    (enquiry_id,) = town.receive(READ[name]())
    assert town.enquiry(enquiry_id).words_missing is None
    with database.read(town.container.engine) as session:
        assert session.get_one(Prediction, enquiry_id).ranking


def test_a_mail_within_a_mail_is_ranked_by_its_words(town: Town) -> None:
    eager(town)
    (enquiry_id,) = town.receive(forwarded(INNER))
    with database.read(town.container.engine) as session:
        best = session.get_one(Prediction, enquiry_id).ranking[0]
    assert best["unit_id"] == town.units[PARK]


@pytest.mark.parametrize("sender", ["Kollega <kollega@town.example.org>", "Vej <vej@town.example.org>"])
def test_who_wrote_the_mail_within_is_offered_as_the_citizen(town: Town, sender: str) -> None:
    raw = forwarded(INNER).replace(b"Kollega <kollega@town.example.org>", sender.encode())
    (enquiry_id,) = town.receive(raw)
    with database.read(town.container.engine) as session:
        offered = session.get_one(Enquiry, enquiry_id).citizen_candidates
    assert {"name": "Prøve Eksempelsen", "address": "proeve@borger.example.org"} in offered


def test_nobody_is_told_that_an_unread_mail_was_received(town: Town) -> None:
    eager(town)
    (unread,), (read,) = town.receive(UNREAD["pdf"]()), town.receive(READ["a photo and a word"]())
    with database.read(town.container.engine) as session, session.no_autoflush:
        for enquiry_id, wanted in ((unread, False), (read, True)):
            enquiry = session.get_one(Enquiry, enquiry_id)
            enquiry.case_id = 1
            assert acknowledging.wanted(session, enquiry) is wanted
        session.rollback()


def test_a_mail_to_a_units_own_mailbox_stays_there(town: Town) -> None:
    eager(town)
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address="park@town.example.org", name="Park", unit_id=town.units[PARK]))
    town.gateway.deliver("park@town.example.org", UNREAD["pdf"](), received_at=now())
    before = town.last_enquiry()
    town.take_in()
    found = town.enquiry(before + 1)
    assert (found.state, found.direct, found.unit.name) == (State.ROUTED, True, PARK)  # type: ignore[union-attr]
