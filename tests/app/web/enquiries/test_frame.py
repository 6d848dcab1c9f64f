"""The frame with a mail's own layout: its words as they came, which the log says, and links that tell nobody's number."""

import html

import pytest

from app.domain.access import Role
from app.services.platform.frames import links_hidden
from connectors.mail.reading.html import sanitise
from tests.app.web.conftest import SignIn
from tests.app.web.looks import looks
from tests.cost import PART, assert_linear
from tests.town import Town, mail

BARE = "https://x.example/side"


def shown(target: str) -> str:
    return links_hidden(sanitise(f'<p title="x">href="010190-1234" <a href="{html.escape(target)}">her</a></p>'))


@pytest.mark.parametrize(
    "said",
    [
        "?cpr=010190-1234", "?a=1&cpr=0101901234&b=2", "?a=0101-90-1234", "?a=bo@borger.example.org", "?a=bo%40borger.example.org",
        "#DK5000400440116243", "?cpr=%30%31%30%31%39%30-1234", "?cpr=010190%2D1234", "?cpr=010190%252D1234", "?cpr=1990-01-01-1234",
    ],
)  # fmt: skip
def test_what_a_link_tells_is_cut_off(said: str) -> None:
    assert f'href="{BARE}"' in shown(BARE + said)


@pytest.mark.parametrize(
    "path", ["/010190-1234", "/cpr/0101-90-1234/", "/%30%31%30%31%39%30-1234?x=1", "/bo@borger.example.org"]
)
def test_a_link_whose_path_tells_leads_nowhere(path: str) -> None:
    page = shown(BARE + path)
    assert "<a target" in page
    assert "x.example" not in page


@pytest.mark.parametrize(
    "target",
    ["mailto:bo@borger.example.org?subject=010190-1234", "mailto:bo@borger.example.org?body=Jeg%20er%20010190-1234"],
)
def test_whom_a_mail_is_for_stays(target: str) -> None:
    assert 'href="mailto:bo@borger.example.org"' in shown(target)


@pytest.mark.parametrize(
    "target",
    [
        BARE,
        f"{BARE}?a=1&b=<2>'\"",
        f"{BARE}/12345678",
        "mailto:bo@borger.example.org",
        "http://x.example/2026/11/30/#del-2",
    ],
)
def test_any_other_link_stays_as_it_was(target: str) -> None:
    page = shown(target)
    assert html.unescape(page.split('<a href="')[1].split('"')[0]) == target
    assert page.startswith('<p>href="010190-1234" <a'), "words are as they came"


def test_the_look_is_told_as_one_that_saw_what_is_hidden(town: Town, sign_in: SignIn) -> None:
    words = '<p>Jeg er 010190-1234 <a href="https://x.example/?cpr=010190-1234">her</a></p>'
    (enquiry,) = town.receive(mail("Træ", "Et træ", html=words))
    visitator = sign_in(Role.VISITATOR)
    page = visitator.get(f"/henvendelser/{enquiry}/html").text
    assert page.count("010190-1234") == 1
    assert looks(town, enquiry) == ["html"]
    assert "med det skjulte" in visitator.get(f"/henvendelser/{enquiry}").text
    log = sign_in(Role.AUDITOR).get("/haendelseslog/", query_string={"hvem": town.visitator.email}).text
    assert "med mailens egen opsætning og personoplysninger" in log


@pytest.mark.parametrize("unit", ['<a href="x', "<a ", '<a x="y" ', '<a href="https://x/?0101">', "<a"])
def test_it_takes_no_long_time(unit: str) -> None:
    text = (unit * 30_000)[:200_000]
    assert_linear(links_hidden, text[: len(text) // PART], text)
