"""The citizen is decided once and kept: whoever the mail came from, all that follows goes to the citizen."""

import pytest
from sqlalchemy import update

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.citizen import CitizenSource
from app.domain.enquiry import State
from app.domain.routing import Reason
from app.domain.rules import RoutingRule, Subject, fits
from app.domain.search import wanted
from app.errors import NotFoundError, RefusedError
from app.models.case import Case
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.prediction import Decision
from app.queries.enquiries import enquiry_list
from app.queries.enquiries.enquiry_list import Filter
from app.services.enquiries import erasing
from app.services.inbound import citizens, form_senders, rereading
from tests.forms import BO, FIELDS, FORM, raw
from tests.town import PARK, SHARED, UNITS, Town, mail, now


def listed(town: Town, **changed: object) -> int:
    with database.write(town.container.engine) as session:
        return form_senders.save(session, None, FIELDS | changed, by=Actor("admin"), now=now()).id


def found(town: Town, typed: str) -> list[int]:
    with database.read(town.container.engine) as session:
        listing = enquiry_list.listing(session, town.visitator, Filter(wanted=wanted(typed)))
        return [row.id for row in (*listing.direct, *listing.rows)]


@pytest.mark.parametrize(("head", "address", "source"), [
    ("From: Søren Tænksom <søren@borger.example.org>", "søren@borger.example.org", "from"),
    ("From: Anna Fabel <anna@blåbær.example.org>", "anna@blåbær.example.org", "from"),
    ("From: =?utf-8?q?=C3=98?= <ø@xn--blbr-roah.example.org>", "ø@blåbær.example.org", "from"),
    (f"From: {FORM}\r\nReply-To: \"Bo Påfund\" <bo@borger.example.org>", "bo@borger.example.org", "reply_to"),
    (f"From: {BO}\r\nReply-To: {SHARED}", "bo@borger.example.org", "from"),
    (f"From: {BO}\r\nReply-To: BO@borger.example.org, {UNITS[PARK]}", "bo@borger.example.org", "from"),
    (f"From: {SHARED}\r\nReply-To: {BO}", "bo@borger.example.org", "reply_to"),
    (
        "Return-Path: <lis@borger.example.org>\r\nSender: Lis Opdigtet <lis@borger.example.org>\r\n"
        "Reply-To: lis@borger.example.org",
        "lis@borger.example.org",
        "sender",
    ),
    ("From: Lis\r\nReply-To: lis@borger.example.org", "lis@borger.example.org", "reply_to"),
    ("Return-Path: <lis@borger.example.org>", "lis@borger.example.org", "return_path"),
])  # fmt: skip
def test_who_the_citizen_is(town: Town, head: str, address: str, source: str) -> None:
    (enquiry,) = town.receive(raw(head))
    row = town.enquiry(enquiry)
    assert (row.citizen_address, row.citizen_source) == (address, source)


@pytest.mark.parametrize(("head", "source"), [
    ("From: nogen et sted", "unnamed"),
    ("From: an na@borger.example.org", "unnamed"),
    ("From: a@borger.example.org, b@borger.example.org", "several"),
    (f"From: {FORM}\r\nReply-To: a@borger.example.org; b@borger.example.org", "several"),
    (f"From: {UNITS[PARK]}", "ours"),
    (f"From: {UNITS[PARK].upper()}", "ours"),
])  # fmt: skip
def test_without_a_sure_citizen_a_human_decides(town: Town, head: str, source: str) -> None:
    town.teach_history()
    town.automatic()
    (enquiry,) = town.receive(raw(head, "Træet i parken er væltet. Bænken i parken mangler."))
    row = town.enquiry(enquiry)
    assert (row.citizen_address, row.citizen_source, row.state) == ("", source, State.TRIAGE)
    with database.read(town.container.engine) as session:
        reasons = list(session.query(Decision.reason).filter(Decision.enquiry_id == enquiry))
    assert reasons == [("from_house" if source == "ours" else Reason.NO_CITIZEN,)]


@pytest.mark.parametrize(("text", "address", "name"), [
    ("Navn: Bo Påfund\nE-mail: bo@borger.example.org\n\nTræet", "bo@borger.example.org", "Bo Påfund"),
    ("Navn\nBo Påfund\nE-mail (skal udfyldes)\n\nbø@borger.example.org\n", "bø@borger.example.org", "Bo Påfund"),
    ("> navn = Bo\n> mailadresse = <bo@blåbær.example.org>", "bo@blåbær.example.org", "Bo"),
    ("E-mail\tbo@borger.example.org (Bo)", "bo@borger.example.org", ""),
    ("E-mail: bo@borger.example.org\n\nE-mail: BO@borger.example.org", "bo@borger.example.org", ""),
    ("E-mail: bo@borger.example.org\nBesked:\nE-mail: offer@borger.example.org", "", ""),
    ("E-mail: b o@borger.example.org", "", ""),
    ("E-mail: skriv ikke", "", ""),
    ("Min e-mail: bo@borger.example.org", "", ""),
])  # fmt: skip
def test_the_fields_of_a_form_name_the_citizen(town: Town, text: str, address: str, name: str) -> None:
    listed(town)
    (enquiry,) = town.receive(raw(f"From: {FORM}", text))
    row = town.enquiry(enquiry)
    assert (row.citizen_address, row.citizen_name) == (address, name)
    assert row.citizen_source is (CitizenSource.FORM if address else CitizenSource.NO_FIELD)


def test_a_form_is_known_by_its_mailbox(town: Town) -> None:
    listed(town, mailbox="borgmester@town.example.org")
    (enquiry,) = town.receive(raw(f"From: {FORM}", "E-mail: bo@borger.example.org"))
    assert town.enquiry(enquiry).citizen_source is CitizenSource.FROM


@pytest.mark.parametrize(("changed", "refusal"), [
    ({"senders": ""}, "form_incomplete"),
    ({"address_labels": " \n"}, "form_incomplete"),
    ({"senders": "formular.example.org\n@Gmail.com"}, "form_of_citizens"),
])  # fmt: skip
def test_a_form_needs_a_sender_and_a_field(town: Town, changed: dict[str, object], refusal: str) -> None:
    with pytest.raises(RefusedError, match=refusal):
        listed(town, **changed)


@pytest.mark.parametrize("typed", [
    "anna@blåbær.example.org", "ANNA@BLÅBÆR.example.org", "anna@xn--blbr-roah.example.org",
    "Anna Fabel <anna@blåbær.example.org>", "mailto:anna@blåbær.example.org",
])  # fmt: skip
def test_one_citizen_is_found_and_erased_by_any_writing_of_the_address(town: Town, typed: str) -> None:
    ids = town.receive(
        raw("From: Anna <Anna@blåbær.example.org>"),
        raw(f"From: {FORM}\r\nReply-To: anna@xn--blbr-roah.example.org", "Noget helt andet om vejen."),
        raw("From: na@blåbær.example.org", "En fremmed."),
    )
    assert found(town, "anna@blåbær.example.org") == [ids[1], ids[0]]
    assert found(town, "anna@xn--blbr-roah.example.org") == [ids[1], ids[0]]
    with database.write(town.container.engine) as session:
        session.execute(update(Enquiry).values(state=State.CLOSED))
        assert [each.id for each in erasing.find(session, typed)] == ids[:2]
        assert erasing.erase(session, typed, by=Actor("admin"), now=now()) == 2
    row = town.enquiry(ids[1])
    assert (row.citizen_name, row.citizen_address, row.citizen_key, row.sender_address) == ("", "", "", "")
    assert found(town, "anna@blåbær.example.org") == []
    assert town.enquiry(ids[2]).citizen_address == "na@blåbær.example.org"


def test_a_citizen_of_a_form_is_not_erased_by_the_forms_address(town: Town) -> None:
    listed(town)
    ids = town.receive(raw(f"From: {FORM}", "E-mail: bo@borger.example.org"))
    with database.read(town.container.engine) as session:
        assert erasing.find(session, "ingen-svar@formular.example.org") == []
        assert [each.id for each in erasing.find(session, "bo@borger.example.org")] == ids


def test_a_human_says_who_the_citizen_is(town: Town) -> None:
    (enquiry,) = town.receive(raw("From: a@borger.example.org, b@borger.example.org"))
    c = town.container
    with database.write(c.engine) as session:
        offered = citizens.candidates(session.get_one(Enquiry, enquiry))
        assert [each.address for each in offered] == ["a@borger.example.org", "b@borger.example.org"]
        citizens.correct(
            session, c.robot, enquiry, "mailto:bø@borger.example.org", "Bø", by=town.visitator.actor, now=now()
        )
    row = town.enquiry(enquiry)
    assert (row.citizen_address, row.citizen_name, row.citizen_source) == ("bø@borger.example.org", "Bø", "human")
    with database.read(c.engine) as session:
        event = session.query(Event).filter(Event.kind == "citizen_changed").one()
    assert (event.by, event.data) == (town.visitator.email, {"before": "several", "address_changed": True})


@pytest.mark.parametrize(("typed", "refusal"), [
    ("ikke en adresse", "no_citizen_address"), ("a@example.org b@example.org", "no_citizen_address"), ("", "no_citizen_address"),
    (UNITS[PARK], "citizen_is_ours"),
])  # fmt: skip
def test_only_a_whole_address_of_somebody_else_is_taken(town: Town, typed: str, refusal: str) -> None:
    (enquiry,) = town.receive(raw(f"From: {BO}"))
    with database.write(town.container.engine) as session, pytest.raises(RefusedError, match=refusal):
        citizens.correct(session, town.container.robot, enquiry, typed, "", by=town.visitator.actor, now=now())
    assert town.enquiry(enquiry).citizen_address == "bo@borger.example.org"


def test_a_caseworker_corrects_only_what_the_unit_has(town: Town) -> None:
    (enquiry,) = town.receive(raw(f"From: {BO}"))
    with database.write(town.container.engine) as session, pytest.raises(NotFoundError):
        citizens.correct(
            session,
            town.container.robot,
            enquiry,
            "x@example.org",
            "",
            by=town.people[Role.CASEWORKER].actor,
            now=now(),
        )


@pytest.mark.parametrize(("first", "second"), [
    ("From: Dorte <dorte@borger.example.org>", "From: Dorte <Dorte@Borger.example.org>"),
    ("From: søren@borger.example.org", "From: SØREN@borger.example.org"),
    ("From: anna@blåbær.example.org", "From: anna@XN--BLBR-ROAH.example.org"),
    (f"From: {FORM}\r\nReply-To: {BO}", "From: BO@borger.example.org"),
])  # fmt: skip
def test_capitals_and_spellings_do_not_part_a_citizen_from_the_case(town: Town, first: str, second: str) -> None:
    """The number of the case counts from whoever is its citizen, and from nobody else."""
    (one,) = town.receive(raw(first))
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, one).case = Case(number="2026-000007", opened_at=now())
    (two,) = town.receive(raw(second, "Det er værre nu.", "SV: Træet [2026-000007]"))
    (stranger,) = town.receive(raw("From: rte@borger.example.org", "Hvad koster det?", "SV: Træet [2026-000007]"))
    assert town.enquiry(two).follow_up_of_id == one
    assert town.enquiry(stranger).follow_up_of_id is None


@pytest.mark.parametrize(("entry", "fitting"), [
    ("blåbær.example.org", True), ("@xn--blbr-roah.example.org", True), ("ANNA@blåbær.example.org", True),
    ("example.org", True), ("na@blåbær.example.org", False), ("bær.example.org", False), ("", False),
])  # fmt: skip
def test_rules_know_senders_however_they_are_written(entry: str, fitting: bool) -> None:
    mail_of_anna = Subject("Træ", "", "anna@blåbær.example.org", SHARED)
    assert fits(RoutingRule(1, "x", senders=(entry,)), mail_of_anna) is fitting


def test_who_wrote_before_the_citizen_was_decided_is_decided_from_the_mail(town: Town) -> None:
    (enquiry,) = town.receive(raw(f"From: {FORM}\r\nReply-To: {BO}"))
    with database.write(town.container.engine) as session:
        before = {"citizen_source": None, "citizen_address": "svar@formular.example.org", "citizen_key": "svar@x"}
        session.execute(update(Enquiry).where(Enquiry.id == enquiry).values(**before))
    c = town.container
    assert citizens.decide_the_undecided(c.engine, c.parser) == 1
    assert citizens.decide_the_undecided(c.engine, c.parser) == 0
    row = town.enquiry(enquiry)
    assert (row.citizen_address, row.citizen_source) == ("bo@borger.example.org", "reply_to")


def test_a_mail_to_oneself_as_a_copy_is_read_again_with_its_citizen(town: Town) -> None:
    (enquiry,) = town.receive(mail("Hej", "Hul i vejen", sender=BO))
    with database.write(town.container.engine) as session:
        row = session.get_one(Enquiry, enquiry)
        row.quarantine, row.citizen_address = "failed", ""
        rereading.reprocess(session, row, by=Actor("x"), now=now())
    town.take_in()
    assert town.enquiry(enquiry).citizen_address == "bo@borger.example.org"
