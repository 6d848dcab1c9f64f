"""A unit that has one part of a split mail reads that part, and nothing of the others."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP

import pytest
from flask.testing import FlaskClient

from app.domain.access import Role
from app.domain.splitting import MailPart
from tests.app.services.triage.steps_of_splitting import route, split
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, ROAD, Town, mail

BENCH = MailPart("Bænken", "Bænken i parken er knækket", frozenset({0}))
SECRET = MailPart("Misbrug", "Min nabo drikker hver dag")
HIDDEN = ("Misbrug", "nabo drikker")
RAW = mail("To ting", f"{BENCH.text}\n\n{SECRET.text}", attachment=b"knaekket")


@pytest.fixture
def parts(town: Town) -> list[int]:
    (whole,) = town.receive(RAW)
    made = split(town, whole, BENCH, SECRET)
    route(town, made[0], PARK)
    return [whole, *made]


@pytest.fixture
def caseworker(sign_in: SignIn, parts: list[int]) -> FlaskClient:
    return sign_in(Role.CASEWORKER)


@pytest.mark.parametrize("address", ["/henvendelser/{}", "/enheden/{}", "/henvendelser/{}/haendelseslog"])
def test_nothing_of_the_other_part(parts: list[int], caseworker: FlaskClient, address: str) -> None:
    answer = caseworker.get(address.format(parts[1]))
    assert answer.status_code == 200
    assert "Bænken" in answer.text
    for word in HIDDEN:
        assert word not in answer.text


def test_its_original_is_a_mail_of_its_own(town: Town, parts: list[int], caseworker: FlaskClient) -> None:
    found = town.container.parser.parse(caseworker.get(f"/henvendelser/{parts[1]}/original").data)
    assert (found.subject, found.sender_address) == ("Bænken", "proeve@borger.example.org")
    assert BENCH.text in found.text
    assert SECRET.text not in found.text
    assert [file.content for file in found.attachments] == [b"knaekket"]


@pytest.mark.parametrize("path", ["", "/original", "/bilag/0", "/html", "/haendelseslog"])
@pytest.mark.parametrize("which", [0, 2])
def test_neither_the_whole_mail_nor_another_part_is_there(
    parts: list[int], caseworker: FlaskClient, which: int, path: str
) -> None:
    assert caseworker.get(f"/henvendelser/{parts[which]}{path}").status_code == 404


def test_its_own_file_and_no_other(town: Town, parts: list[int], sign_in: SignIn, caseworker: FlaskClient) -> None:
    assert caseworker.get(f"/henvendelser/{parts[1]}/bilag/0").data == b"knaekket"
    assert sign_in(Role.VISITATOR).get(f"/henvendelser/{parts[2]}/bilag/0").status_code == 404


def test_of_several_files_each_part_sends_on_its_own(town: Town, sign_in: SignIn) -> None:
    message = message_from_bytes(RAW, policy=SMTP)
    message.add_attachment(b"hemmeligt", maintype="image", subtype="png", filename="nabo.png")  # type: ignore[attr-defined]
    (whole,) = town.receive(message.as_bytes())
    made = split(town, whole, BENCH, replace(SECRET, files=frozenset({1})))
    client = sign_in(Role.VISITATOR)
    found = [town.container.parser.parse(client.get(f"/henvendelser/{part}/original").data) for part in made]
    assert [[file.content for file in each.attachments] for each in found] == [[b"knaekket"], [b"hemmeligt"]]


def test_who_may_see_the_whole_mail_finds_it_there(parts: list[int], sign_in: SignIn) -> None:
    client = sign_in(Role.VISITATOR)
    assert client.get(f"/henvendelser/{parts[0]}/original").data == RAW
    assert "Misbrug" in client.get(f"/henvendelser/{parts[1]}").text


def test_a_file_that_belongs_nowhere_is_asked_for(town: Town, sign_in: SignIn) -> None:
    (whole,) = town.receive(RAW)
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{whole}/del").text
    assert 'name="files-0"' in page
    form = {
        "csrf_token": csrf_token(client, f"/visitering/{whole}/del"), "version": town.enquiry(whole).version, "parts": 2,
        "title-0": "Bænken", "pieces-0": "0", "title-1": "Naboen", "pieces-1": "1",
    }  # fmt: skip
    refused = client.post(f"/visitering/{whole}/del", data=form)
    assert refused.status_code == 422
    assert "Hvert bilag skal høre til mindst én del" in refused.text
    assert client.post(f"/visitering/{whole}/del", data=form | {"files-1": "0"}).status_code == 303
    assert [len(town.enquiry(n).attachments) for n in (whole + 1, whole + 2)] == [0, 1]


def test_another_units_part_stays_with_it(town: Town, parts: list[int], caseworker: FlaskClient) -> None:
    route(town, parts[2], ROAD)
    assert caseworker.get(f"/henvendelser/{parts[2]}").status_code == 404
    assert "Misbrug" not in caseworker.get(f"/henvendelser/{parts[1]}").text


def test_a_part_of_a_mail_from_nobody_has_a_mail_of_its_own(town: Town, sign_in: SignIn) -> None:
    (whole,) = town.receive(mail("To ting", f"{BENCH.text}\n\n{SECRET.text}", sender="", attachment=b"knaekket"))
    first, _second = split(town, whole, BENCH, SECRET)
    found = town.container.parser.parse(sign_in(Role.VISITATOR).get(f"/henvendelser/{first}/original").data)
    assert (found.sender_address, found.subject) == ("", "Bænken")
    assert BENCH.text in found.text
