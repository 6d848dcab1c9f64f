"""A CPR number is found in whatever form people write it, an address as mail has it, and nobody else's is."""

import pytest

from app.errors import RefusedError
from app.services.enquiries.person import PersonSearch, cpr_readings
from learning.identities import masked

FORMS = [
    "010280-1234", "0102801234", "010280 1234", "01.02.80-1234", "1.2.80-1234", "01/02/1980-1234", "010219801234",
    "0 1 0 2 8 0 1 2 3 4", "０１０２８０-１２３４", "01 02 80 1234", "010280–1234", "01-02-1980 1234", "010280-\n1234",
    "01\xad0280-1234", "1. 2. 1980 1234", "1980-02-01-1234", "198002011234", "0102 801234", "010280;1234", "O10280-l234",
    "9010280-1234", "01028&#48;-1234",
]  # fmt: skip
OTHERS = ["610280-1234", "010281-1234", "010280-1235", "010280-123", "12345678", "hej", "", "0102801234567",
    "1980-01-02-1234", "9010281-1234", "O10281-l234"]  # fmt: skip
PERSON = PersonSearch.typed("Bo <BO@Borger.example.org>", "010280-1234")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_number_is_the_same_person(form: str) -> None:
    text = f"Jeg hedder Bo, cpr {form}, og bor på Prøvegade."
    assert "0102801234" in cpr_readings(form)
    assert PERSON.named_in(text)
    assert PERSON.masked(text) == "Jeg hedder Bo, cpr  _cpr_ , og bor på Prøvegade."
    assert not PERSON.named_in(PERSON.masked(text))
    assert masked(PERSON.masked(text)) == masked(text), "the mail teaches what it taught"


@pytest.mark.parametrize("form", OTHERS)
def test_another_number_is_nobody(form: str) -> None:
    text = f"Jeg hedder Ib, cpr {form}, og skriver for en nabo."
    assert not PERSON.named_in(text)
    assert PERSON.masked(text) == text


@pytest.mark.parametrize(
    "form", ["bo@borger.example.org", "BO@Borger.Example.ORG", "bo @ borger.example.org", "<bo@borger.example.org>"]
)
def test_an_address_as_people_write_it(form: str) -> None:
    assert PERSON.named_in(f"Skriv til {form}, tak")


@pytest.mark.parametrize("form", ["ibo@borger.example.org", "bo@borger.example.com", "bo@andre.example.org"])
def test_another_address_is_nobodys(form: str) -> None:
    assert not PERSON.named_in(f"Skriv til {form}, tak")


@pytest.mark.parametrize(("address", "number"), [("", ""), (" ", " "), ("", "hej"), ("bo@borger.example.org", "12")])
def test_nobody_is_nobody(address: str, number: str) -> None:
    with pytest.raises(RefusedError):
        PersonSearch.typed(address, number)
