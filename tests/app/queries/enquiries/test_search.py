"""Searching over everything, on the database that the tests run on."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app import database
from app.domain.access import Role
from app.domain.deadlines import local_day
from app.domain.search import wanted
from app.models.case import Case, CaseDocument
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.queries.enquiries import enquiry_list
from app.queries.enquiries.enquiry_list import Filter
from app.services.inbound import intake
from app.services.triage import notes
from tests.town import PARK, ROAD, Town, mail, now


def search(town: Town, typed: str, role: Role = Role.VISITATOR, **narrowed: object) -> list[int]:
    """Ids found, those named by number first."""
    with database.read(town.container.engine) as session:
        found = enquiry_list.listing(session, town.people[role], Filter(wanted=wanted(typed), **narrowed))  # type: ignore[arg-type]
        return [row.id for row in (*found.direct, *found.rows)]


@pytest.fixture
def three(town: Town) -> tuple[int, ...]:
    """A tree, a road, and bulky waste: the last has a file, a case with a document, and a note."""
    ids = town.receive(
        mail(
            "Æblegrene ved åen", "Grenene fra æbletræet hænger ud over åen.", sender="Åse Ørn <aase@borger.example.org>"
        ),
        mail("Hul i vejen", "Der er et stort hul i vejen ved nummer 14. Ring 12 34 56 78."),
        mail("Ikke hentet", "Storskraldet blev ikke hentet i går.", attachment=b"x"),
    )
    with database.write(town.container.engine) as session:
        case = Case(number="2026-000123", opened_at=now())
        session.add(case)
        session.flush()
        enquiry = session.get_one(Enquiry, ids[2])
        enquiry.case_id, enquiry.unit_id = case.id, town.units[ROAD]
        document = CaseDocument(
            key="k", case_id=case.id, enquiry_id=ids[2], number="1", title="Kvitteringsbrev", filed_at=now()
        )
        session.add(document)
        session.get_one(Enquiry, ids[0]).language = "sv"
        notes.write(session, enquiry, "Borgeren ringede om vaskemaskinen", by=town.visitator.actor, now=now())
    return tuple(ids)


FOUND: list[tuple[str, set[int]]] = [
    ("æblegrene", {0}), ("ÆBLEGRENE", {0}), ("åen", {0}), ("Åse Ørn", {0}), ("aase@borger.example.org", {0}),
    ("borger.example.org", {0, 1, 2}),
    ("storskr", {2}), ("storskraldet", {2}), ("storskrald hentet", {2}), ("storskrald åen", set()),
    ('"hul i vejen"', {1}), ('"vejen i hul"', set()), ("hul nummer 14", {1}),
    ("æ.png", {2}), ("billede", {2}), ("vaskemaskine", {2}), ("kvitteringsbr", {2}),
    ("2026-000123", {2}), ("12 34 56 78", {1}), ("affald", set()), ("vej", {1, 2}), ("vej storskrald", {2}),
]  # fmt: skip
"""What is typed, and which of the three are found. One town does for all of it."""
ODD = [
    '"', "'", '""', "*", "-", "NEAR", "NEAR(hul vejen, 3)", "a AND", "OR", "NOT", "(", "words:hul", "^hul", "hul -vejen",
    "x" * 5000, "og i det", "%", "_", "\\", ";--", "\0", "a\0b", "\N{PILE OF POO}", "١٢٣", "中文", "²", "&", "|", "!", ":*",
    "<->", "hul <-> vejen", "{}", "'; DROP TABLE search_index; --", "ﬁ", "ß", "İ", "1e5", "-14", "+", "0" * 200,
]  # fmt: skip


def test_what_is_found(town: Town, three: tuple[int, ...]) -> None:
    for typed, expected in FOUND:
        assert set(search(town, typed)) == {three[n] for n in expected}, typed


def test_odd_input_is_no_error(town: Town, three: tuple[int, ...]) -> None:
    for odd in ODD:
        for role in (Role.VISITATOR, Role.CASEWORKER):
            search(town, odd, role)
        search(town, f'"{odd}"')


def test_newest_first_and_a_page_at_a_time(town: Town) -> None:
    ids = town.receive(*(mail(f"Bænk {n}", "Bænken i parken mangler") for n in range(4)))
    assert search(town, "bænk") == ids[::-1]
    assert search(town, "bænk", after=ids[2]) == [ids[1], ids[0]]


def test_a_number_is_the_first_hit(town: Town, three: tuple[int, ...]) -> None:
    (later,) = town.receive(
        mail("Svar", f"Om henvendelse {three[0]} og sagen 2026-000123", message_id="<s@x.example.org>")
    )
    assert search(town, str(three[0]))[:2] == [three[0], later]
    assert search(town, "2026-000123") == [three[2], later]


def test_a_caseworker_finds_her_own_units_only(town: Town, three: tuple[int, ...]) -> None:
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, three[0]).unit_id = town.units[PARK]
    assert search(town, "borger", Role.CASEWORKER) == [three[0]]
    for typed in ("storskrald", "2026-000123", str(three[1])):
        assert search(town, typed, Role.CASEWORKER) == []


def test_a_units_new_name_is_found_at_once(town: Town, three: tuple[int, ...]) -> None:
    with database.write(town.container.engine) as session:
        session.get_one(Unit, town.units[ROAD]).name = "Veje og Fortove"
    assert search(town, "fortove hentet") == [three[2]]
    assert search(town, '"veje og fortove"') == [three[2]]


def test_a_mail_that_is_read_again_is_found_by_what_it_says_now(town: Town, three: tuple[int, ...]) -> None:
    with database.write(town.container.engine) as session:
        parsed = town.container.parser.parse(mail("Ny", "Fiskekutteren ligger i søen"))
        intake.fill_in(session, session.get_one(Enquiry, three[0]), parsed, None)
    assert search(town, "fiskekutter") == [three[0]]
    assert search(town, "æblegrene") == []


def test_a_note_that_was_taken_back_is_not_found(town: Town, three: tuple[int, ...]) -> None:
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, three[2])
        (note,) = notes.of(session, enquiry.id)
        notes.withdraw(session, enquiry, note.id, by=town.visitator.actor, now=now())
    assert search(town, "vaskemaskine") == []


def test_history_is_not_searched(town: Town) -> None:
    town.teach_history(times=1)
    assert search(town, "storskrald") == []


FILTERS: list[tuple[dict[str, object], set[int]]] = [
    ({"has_case": True}, {2}), ({"has_case": False}, {0, 1}), ({"has_files": True}, {2}), ({"has_files": False}, {0, 1}),
    ({"automatic": True}, set()), ({"language": "sv"}, {0}), ({"language": "pl"}, set()),
    ({"state": "triage"}, {0, 1, 2}), ({"state": "closed"}, set()), ({"mailbox": "tmf@town.example.org"}, {0, 1, 2}),
    ({"by_deadline": True}, {0, 1, 2}), ({"state": "quarantine"}, set()), ({"until": now() + timedelta(hours=1)}, {0, 1, 2}),
    ({"since": now() + timedelta(hours=1)}, set()), ({"due_by": local_day(now())}, set()), ({"due_from": now().date()}, {0, 1, 2}),
]  # fmt: skip


@pytest.mark.parametrize("typed", ["", "borger"])
def test_filters(town: Town, three: tuple[int, ...], typed: str) -> None:
    for narrowed, expected in FILTERS:
        assert set(search(town, typed, **narrowed)) == {three[n] for n in expected}, narrowed


def test_every_enquiry_stands_in_the_index_once(town: Town, three: tuple[int, ...]) -> None:
    with database.read(town.container.engine) as session:
        wanted_ids = set(session.scalars(select(Enquiry.id)))
        column = "rowid" if session.get_bind().dialect.name == "sqlite" else "enquiry_id"
        assert sorted(session.scalars(text(f"SELECT {column} FROM search_index"))) == sorted(wanted_ids)
