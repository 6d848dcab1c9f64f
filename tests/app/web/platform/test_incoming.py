"""What comes in is bounded: numbers, days, JSON, characters; what makes no sense is no fault of ours."""

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from app.domain.access import Role
from app.domain.deadlines import COPENHAGEN
from app.web.platform.incoming import LARGEST, Given, day, moment, parsed_json, whole, wholes
from tests.app.web.conftest import SignIn
from tests.town import Town, mail

NO_NUMBERS = (
    "99999999999999999999",
    "2147483648",
    "-2147483648",
    "",
    "a",
    "1.5",
    "1e3",
    "9" * 5_000,
    "²",
    "٣",
    "0x1",
    "1_0",
)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_no_number_that_a_table_could_not_hold(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        whole(text)
    assert Given([("id", text)]).get("id", 7, type=int) == 7
    assert Given([("id", text)]).getlist("id", type=int) == []
    assert wholes([text, "3"]) == [3]


@pytest.mark.parametrize(
    ("text", "held"), [("0", True), (str(LARGEST), True), (str(LARGEST + 1), False), ("9" * 10, False)]
)
def test_no_id_that_a_table_could_not_hold(app: Flask, text: str, held: bool) -> None:
    """SQLite would take it, and PostgreSQL break on it."""
    adapter = app.url_map.bind("localhost")
    if held:
        assert adapter.match(f"/henvendelser/{text}") == ("enquiries.show", {"enquiry_id": int(text)})
    else:
        with pytest.raises(NotFound):
            adapter.match(f"/henvendelser/{text}")


@pytest.mark.parametrize("number", [0, 1, -1, LARGEST, -LARGEST])
def test_a_number_is_read(number: int) -> None:
    assert whole(f" {number}") == number


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01", "2026-02-30", "", "x", "9" * 50]
)
def test_no_day_that_deadlines_cannot_be_reckoned_from(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        day(text)
    with pytest.raises(ValueError, match=r".*"):
        moment(f"{text}T00:00", COPENHAGEN)


@pytest.mark.parametrize(
    "text", ["[" * 40_000, '{"a":' * 20_000, "[" * 21 + "]" * 21, "", "{", "9" * 30, '{"unit": 99999999999999999999}']
)
def test_no_json_that_is_deeper_or_larger_than_ours(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parsed_json(text)


def test_json_as_our_pages_write_it_is_read() -> None:
    assert parsed_json('{"moves": [{"kind": "merge", "units": [1, 2]}]}') == {
        "moves": [{"kind": "merge", "units": [1, 2]}]
    }


def test_no_character_comes_in_that_no_database_takes() -> None:
    file = object()
    assert Given([("file", file)])["file"] is file
    found = Given([("a\x00", "x\x00y\ud800z"), ("b", "æ\n\t")])
    assert found.get("a\ufffd") == "x\ufffdy\ufffdz"
    assert found["b"] == "æ\n\t"


def test_what_was_a_fault_of_ours_is_none(app: Flask, town: Town, sign_in: SignIn) -> None:
    """The addresses and fields that an attack found, on pages of each kind."""
    (enquiry_id,) = town.receive(mail("Træ", "Træet er væltet. Og en bænk."))
    client = sign_in(Role.ADMINISTRATOR)
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    huge = "99999999999999999999"
    for page in (
        f"/henvendelser/{huge}", f"/visitering/{huge}", f"/enheder/{huge}", f"/enheden/{huge}",
        f"/henvendelser/{enquiry_id}/bilag/{huge}", f"/henvendelser/{enquiry_id}/dokument/a%00b", "/retur/a%00b",
        f"/visitering/?kun={huge}&enhed={huge}&boelge={huge}&spring={huge}&vis={huge}", f"/henvendelser/?efter={huge}&enhed={huge}",
        f"/enheden/?enhed={huge}&side={huge}&hvem={huge}", "/henvendelser/?fra=0001-01-01&til=9999-12-31&q=a%00b",
        f"/henvendelser/{enquiry_id}/tekst?fra={huge}", f"/laering/?uger={huge}",
    ):  # fmt: skip
        assert client.get(page).status_code in (200, 302, 404, 422), page
    for page, field, value in (
        (f"/visitering/{enquiry_id}", "unit", huge), (f"/visitering/{enquiry_id}", "version", "9" * 5_000),
        ("/visitering/her", "mail", huge), (f"/visitering/{huge}/naeste", "mail", huge),
        ("/visitering/fortryd", "beslutning", huge), (f"/visitering/{enquiry_id}/saml", "leader", huge),
        (f"/visitering/{enquiry_id}/del", "parts", huge), (f"/visitering/{enquiry_id}/del", "pieces-0", huge),
        ("/visitering/bemanding/fravaer", "account", huge), ("/visitering/bemanding/fravaer", "until", "9999-12-31"),
        ("/enheder/omlaeg/plan", "plan", "[" * 40_000), (f"/henvendelser/{enquiry_id}/frist", "type", huge),
        (f"/henvendelser/{enquiry_id}/noter", "text", "a\x00b"), ("/log-ind", "email", "a\x00b"),
    ):  # fmt: skip
        assert client.post(page, data={field: value}).status_code < 500, (page, field)
