"""Notes: written once, taken back by their author the same day, and no word of them in the log."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.errors import NotFoundError, RefusedError
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.note import Note
from app.services.triage import notes
from tests.town import Town, mail, now


def write(town: Town, text: str = "Ringede til borgeren") -> tuple[int, int]:
    (enquiry_id,) = town.receive(mail("Træ", "Træet er væltet"))
    with database.write(town.container.engine) as session:
        note = notes.write(session, session.get_one(Enquiry, enquiry_id), text, by=town.visitator.actor, now=now())
        return enquiry_id, note.id


def test_a_note_is_an_event_without_its_words(town: Town) -> None:
    enquiry_id, note_id = write(town)
    with database.read(town.container.engine) as session:
        assert [note.text for note in notes.of(session, enquiry_id)] == ["Ringede til borgeren"]
        event = session.scalars(select(Event).where(Event.kind == "noted")).one()
        assert (event.enquiry_id, event.data, event.by) == (enquiry_id, {"note_id": note_id}, town.visitator.email)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001])
def test_nothing_and_too_much_are_refused(town: Town, text: str) -> None:
    with pytest.raises(RefusedError):
        write(town, text)


@pytest.mark.parametrize(("role", "later"), [(Role.MANAGER, 0), (Role.VISITATOR, 1)])
def test_only_its_author_takes_it_back_and_only_today(town: Town, role: Role, later: int) -> None:
    enquiry_id, note_id = write(town)
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        with pytest.raises(RefusedError):
            notes.withdraw(session, enquiry, note_id, by=town.people[role].actor, now=now() + timedelta(days=later))


def test_what_was_taken_back_is_gone(town: Town) -> None:
    enquiry_id, note_id = write(town)
    with database.write(town.container.engine) as session:
        notes.withdraw(session, session.get_one(Enquiry, enquiry_id), note_id, by=town.visitator.actor, now=now())
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        assert notes.of(session, enquiry_id) == []
        assert session.get_one(Note, note_id).text == ""
        with pytest.raises(RefusedError):
            notes.withdraw(session, enquiry, note_id, by=town.visitator.actor, now=now())
    assert town.events(enquiry_id)[-2:] == ["noted", "note_withdrawn"]


def test_a_note_of_another_enquiry_does_not_exist(town: Town) -> None:
    _, note_id = write(town)
    (other,) = town.receive(mail("Hul", "Hul i vejen"))
    with database.write(town.container.engine) as session, pytest.raises(NotFoundError):
        notes.withdraw(session, session.get_one(Enquiry, other), note_id, by=town.visitator.actor, now=now())
