"""One mail that breaks what reads it stops neither the others of its mailbox nor any other mailbox."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import database
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.unit import Mailbox
from app.services.inbound import intake, own_letters
from app.services.inbound.unit_inboxes import UnitInboxes
from tests.town import PARK, SHARED, UNITS, Town, look_into, mail

OTHER = "to@town.example.org"
POISON = {
    "NUL in the Message-ID": b"From: m@evil.example.org\r\nSubject: gift\r\nMessage-ID: <a\0b@evil>\r\n\r\ngift\r\n",
    "NUL in everything": b"From: m\0@evil.example.org\r\nSubject: g\0ift\r\nMessage-ID: <\0>\r\nReferences: <\0@x>\r\n\r\ng\0\r\n",
    "no Unicode": b"From: m@evil.example.org\r\nSubject: gift\r\nMessage-ID: <\xed\xa0\x80@evil>\r\n\r\n\xff\xfe\r\n",
    "a false seal": b"Message-ID: <a\0b@x>\r\nX-Sluse-Seal: %b\r\nFrom: m@evil.example.org\r\n\r\ngift" % (b"0" * 64),
}  # fmt: skip


def subjects(town: Town) -> list[str]:
    with database.read(town.container.engine) as session:
        return list(session.scalars(select(Enquiry.subject).order_by(Enquiry.id)))


@pytest.mark.parametrize("poison", POISON)
def test_a_poisonous_mail_stops_nobody(town: Town, poison: str) -> None:
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address=OTHER, name="Den anden"))
    town.container.gateway.create_mailbox(OTHER)
    town.gateway.deliver(SHARED, POISON[poison])
    town.gateway.deliver(SHARED, mail("Efter", "Den næste"))
    town.gateway.deliver(OTHER, mail("Anden", "I den anden postkasse", to=OTHER))
    town.take_in()
    assert {"Efter", "Anden"} <= set(subjects(town))
    assert len(subjects(town)) == 3, "the poisonous one is kept too"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_mail_that_cannot_be_kept_stays_where_it_lies(
    town: Town, position: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is that breaks: the others of its portion are kept, and the log says which was not."""
    keep = own_letters.lying_where_sent

    def break_at(session: object, mailbox: str, content: bytes, secret: str) -> object:
        if b"gift" in content:
            raise ValueError("no reader has thought of this")
        return keep(session, mailbox, content, secret)  # type: ignore[arg-type]

    monkeypatch.setattr(own_letters, "lying_where_sent", break_at)
    for n in range(3):
        town.gateway.deliver(SHARED, mail("gift" if n == position else f"Mail {n}", f"Tekst {n}"))
    town.take_in()
    assert len(subjects(town)) == 2
    with database.read(town.container.engine) as session:
        (row,) = session.scalars(select(Event).where(Event.kind == "mail_not_taken"))
        assert row.data["mailbox"] == SHARED
        assert "gift" not in str(row.data)


def test_a_database_that_fails_for_the_moment_is_no_fault_of_the_mail(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_arguments: object) -> None:
        raise OperationalError("", {}, Exception("database is locked"))

    town.gateway.deliver(SHARED, mail("Træ", "Træet"))
    with monkeypatch.context() as patch:
        patch.setattr(own_letters, "lying_where_sent", locked)
        with pytest.raises(OperationalError):
            look_into(town.container, intake.Inboxes(town.container.engine, "x"))
    town.take_in()
    assert subjects(town) == ["Træ"]


BOUNCE = (
    b"From: mailer-daemon@evil.example.org\r\nTo: park@town.example.org\r\nSubject: Undelivered Mail Returned to Sender\r\n"
    b'Message-ID: <9@b>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
    b"Content-Type: text/plain\r\n\r\ncould not be delivered: 550 5.1.1\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
    b"Message-ID: <a\0b@x.example.org>\r\n\r\n--b--\r\n"
)


def test_a_poisonous_bounce_in_a_units_inbox_is_passed_by(town: Town) -> None:
    for _ in range(2):
        town.gateway.deliver(UNITS[PARK], BOUNCE)
        look_into(town.container, UnitInboxes(town.container.parser))
    assert look_into(town.container, UnitInboxes(town.container.parser)) == 0
