"""The pages about templates: refused with the text kept, tried on a real mail, brought back, mailboxes switched."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.models.template import ReplyTemplate
from app.models.unit import Mailbox
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post
from tests.town import PARK, Town, mail

LIST = "/skabeloner/"


@pytest.fixture
def manager(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.MANAGER)


def keep(client: FlaskClient, text: str, url: str = "/skabeloner/ny", **more: object):  # type: ignore[no-untyped-def]
    form = {"kind": "reply_draft", "name": "Svar", "unit": "", "keywords": "", "text": text, "version": 0} | more
    return post(client, url, LIST, **({"gem": "ja"} | form))


def test_a_template_is_written_kept_and_listed(town: Town, manager: FlaskClient) -> None:
    page = manager.get("/skabeloner/ny?art=acknowledgement").text
    assert "Dette er en automatisk kvittering." in page
    assert "Prøve Eksempelsen" in page
    response = keep(manager, "Kære {afsender}\r\nHilsen", name="Bænke", unit=town.units[PARK], keywords="Bænk, stol")
    assert response.status_code == 303
    page = manager.get(response.location).text
    assert "Skabelonen Bænke er gemt." in page
    assert "bænk, stol" in page
    assert re.search(r"<h2>Park</h2>.*Bænke.*ved bænk, stol", manager.get(LIST).text, re.DOTALL)
    with database.read(town.container.engine) as session:
        assert session.scalars(select(ReplyTemplate.text)).all() == ["Kære {afsender}\nHilsen"]


def test_what_is_refused_is_named_and_stays_in_the_form(manager: FlaskClient) -> None:
    response = keep(manager, "Kære {navn}\nHej {<b>", name="<b>Svar", keywords="hul")
    assert response.status_code == 422
    assert "<code>{navn}</code> (linje 1)" in response.text
    assert "<code>Hej {&lt;b&gt;</code> (linje 2)" in response.text
    assert "Kære {navn}\nHej {&lt;b&gt;</textarea>" in response.text
    assert 'value="&lt;b&gt;Svar"' in response.text
    assert "<code>{sagsnummer}</code>" in response.text
    assert "Ingen endnu. Robottens egne tekster bruges." in manager.get(LIST).text


def test_the_preview_shows_a_real_mail_logs_it_and_keeps_nothing(town: Town, manager: FlaskClient) -> None:
    town.teach_history()
    town.automatic(0.0)
    (enquiry,) = town.receive(mail("Træ <i> 010190-0000", "Træet i parken er væltet", sender="Eva <eva@b.example.org>"))
    page = manager.get("/skabeloner/ny").text
    assert "Træ &lt;i&gt; [cpr]" in page
    assert town.events(enquiry).count("viewed") == 0
    page = keep(manager, "Til {afsender}: {emne}", gem=None, vis="ja", mail=enquiry).text
    assert "Til Eva: Træ &lt;i&gt; [cpr]</div>" in page
    assert "010190" not in page
    assert town.events(enquiry).count("viewed") == 1
    assert "Ingen endnu. Robottens egne tekster bruges." in manager.get(LIST).text


def test_the_second_of_two_keeps_the_own_text_in_the_form(manager: FlaskClient, sign_in: SignIn) -> None:
    here = keep(manager, "en").location
    keep(sign_in(Role.ADMINISTRATOR), "den andens", here, version=1)
    response = keep(manager, "min egen", here, version=1)
    assert response.status_code == 409
    assert "min egen</textarea>" in response.text
    assert "den andens" in response.text
    assert keep(manager, "min egen", here, version=2).status_code == 303


def test_an_old_text_comes_back_into_the_form(manager: FlaskClient) -> None:
    here = keep(manager, "den gamle").location
    keep(manager, "den nye", here, version=1)
    page = manager.get(here).text
    assert "den nye</textarea>" in page
    (link,) = re.findall(rf'href="({here}\?tekst=\d+)"', page)
    assert "den gamle</textarea>" in manager.get(link).text
    assert "den nye</textarea>" in manager.get(here + "?tekst=999999").text


def test_a_deleted_template_is_gone(manager: FlaskClient) -> None:
    here = keep(manager, "tekst").location
    assert post(manager, f"{here}/slet", LIST).status_code == 303
    assert manager.get(here).status_code == 404
    assert keep(manager, "tekst", here).status_code == 404


def test_paragraphs_from_first_to_last(manager: FlaskClient) -> None:
    bad = post(manager, "/skabeloner/nyt-afsnit", LIST, name="Åbent nu", text="{navn}")
    assert bad.status_code == 422
    assert "<code>åbent nu</code>" in bad.text
    assert "{navn}</textarea>" in bad.text
    assert post(manager, "/skabeloner/nyt-afsnit", LIST, name="åbent", text="Kl. 9-15.").status_code == 303
    here = keep(manager, "Hej\n{afsnit:åbent}", name="Til alle").location
    assert "Kl. 9-15." in manager.get(here).text
    assert "bruges i 1 skabelon" in manager.get(LIST).text
    refused = post(manager, "/skabeloner/afsnit/åbent/slet", LIST)
    assert refused.status_code == 422
    assert "bruges i skabelonen <code>Til alle</code>" in " ".join(refused.text.split())
    post(manager, "/skabeloner/afsnit/åbent", LIST, text="Kl. 10-14.", version=1)
    assert "Kl. 10-14." in manager.get(here).text
    stale = post(manager, "/skabeloner/afsnit/åbent", LIST, text="Kl. 8", version=1)
    assert stale.status_code == 409
    assert "Kl. 8</textarea>" in stale.text
    post(manager, f"{here}/slet", LIST)
    assert post(manager, "/skabeloner/afsnit/åbent/slet", LIST).status_code == 303
    assert manager.get("/skabeloner/afsnit/åbent").status_code == 404


def test_a_mailbox_acknowledges_when_it_is_told_to(town: Town, manager: FlaskClient) -> None:
    assert "Fælles sender nu kvittering." in follow(manager, acknowledge="on")
    assert acknowledges(town)
    assert "Fælles sender ikke kvittering." in follow(manager)
    assert not acknowledges(town)
    assert post(manager, "/skabeloner/postkasser/99", LIST).status_code == 404


def follow(client: FlaskClient, **form: str) -> str:
    return client.get(post(client, "/skabeloner/postkasser/1", LIST, **form).location).text


def acknowledges(town: Town) -> bool:
    with database.read(town.container.engine) as session:
        return session.scalars(select(Mailbox.acknowledge)).one()


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ({"text": "x" * 8_001}, "Der er for meget i feltet ”Tekst”. Højst 8.000 tegn."),
        ({"name": "x" * 101}, "Der er for meget i feltet ”Navn”. Højst 100 tegn."),
        ({"keywords": "x" * 501}, "Der er for meget i feltet ”Kun ved stikord”. Højst 500 tegn."),
    ],
)
def test_what_is_too_long_is_named_with_its_field(manager: FlaskClient, form: dict[str, str], shown: str) -> None:
    answer = keep(manager, **({"text": "Hej {afsender}"} | form))
    assert answer.status_code == 422
    assert shown in answer.text


def test_a_shared_text_that_is_too_long_says_so(manager: FlaskClient) -> None:
    answer = post(manager, "/skabeloner/nyt-afsnit", LIST, name="hilsen", text="x" * 8_001)
    assert answer.status_code == 422
    assert "Der er for meget i feltet ”Tekst”. Højst 8.000 tegn." in answer.text
