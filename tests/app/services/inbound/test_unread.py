"""Nothing that was not read is ranked, routed by itself or acknowledged."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from sqlalchemy import select

from app import database
from app.domain.enquiry import State
from app.domain.routing import Reason
from app.models.enquiry import Enquiry
from app.models.prediction import Decision, Prediction
from app.models.unit import Mailbox
from app.services.casework import acknowledging
from tests.connectors.test_opening import ENTITY, enveloped, forwarded, locked_zip, signed, winmail, wrapped
from tests.town import PARK, SHARED, Town, mail, now

SUBJECT = "Træet i parken er væltet"
INNER = mail("Bænken i parken mangler", "Bænken i parken mangler, og græsset i parken er højt.")


def only(content: bytes, kind: str, name: str, text: str = "") -> bytes:
    raw = wrapped(content, kind, name, text)
    return raw.replace(b"Subject: Klage", f"Subject: =?utf-8?q?{SUBJECT.replace(' ', '_')}?=".encode())


def picture(text: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "p@borger.example.org", SHARED, SUBJECT
    message.set_content(text, subtype="html")
    return message.as_bytes()


UNREAD = {
    "encrypted": lambda: only(enveloped(), "application/pkcs7-mime", "smime.p7m"),
    "encrypted beside a greeting": lambda: only(enveloped(), "application/pkcs7-mime", "smime.p7m", "Hej, se her.\n\nMvh Bo"),
    "damaged": lambda: only(signed(b"x: y\r\n\r\nz")[:40], "application/pkcs7-mime", "smime.p7m"),
    "winmail": lambda: only(winmail(), "application/ms-tnef", "winmail.dat"),
    "pgp": lambda: mail(SUBJECT, "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----"),
    "locked": lambda: only(locked_zip(), "application/zip", "klage.zip", "Se vedhæftede.\n\nVenlig hilsen\nBo"),
    "pdf": lambda: only(b"%PDF-1", "application/pdf", "klage.pdf", "Sendt fra min iPhone"),
    "photo": lambda: only(b"\x89PNG", "image/png", "billede.png"),
    "picture in a page": lambda: picture('<p><img src="https://town.example.org/brev.png"></p>'),
    "encrypted within a mail": lambda: forwarded(wrapped(enveloped(), "application/pkcs7-mime")),
}  # fmt: skip
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
