"""Identities of a mail on every page that shows one: its words, its subject, who it is from, its files."""

import re
from email.message import EmailMessage
from email.policy import SMTP

from app.domain.access import Role
from tests.app.web.conftest import SignIn
from tests.shared import CASES, needs
from tests.town import SHARED, Town

CASE = CASES / "19-number-over-a-line.eml"
DIGITS = re.compile(r"010190|1234|12 34|56 78|0440")


def broken_up() -> bytes:
    """A mail with a number wherever a mail can have one, in ways that people and programs write them."""
    message = EmailMessage(policy=SMTP)
    message["From"] = '"Per 010190.1234" <per@borger.example.org>'
    message["To"], message["Message-ID"] = SHARED, "<brudt@borger.example.org>"
    message["Subject"] = "Træet, cpr 01.01.90-1234"
    message.set_content(
        "Træet er væltet. Mit nummer er 010190 \n1234.\n\nRing 12 34 \n56 78, konto DK50 0040 0440 \n1162 43."
    )
    rows = "<tr><td>Cpr</td><td>010190</td></tr><tr><td></td><td>1234</td></tr>"
    message.add_alternative(f"<p>Træet</p><table>{rows}</table>", subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="ansøgning_010190_1234.pdf")
    return message.as_bytes()


def test_no_page_shows_a_number_however_it_is_written(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(broken_up())
    client = sign_in(Role.VISITATOR)
    pages = {
        each: client.get(each).text
        for each in (
            f"/visitering/{enquiry_id}", f"/henvendelser/{enquiry_id}", "/henvendelser/", "/henvendelser/?q=træet",
            f"/visitering/{enquiry_id}/del", "/henvendelser/?q=pdf",
        )
    }  # fmt: skip
    for address, page in pages.items():
        assert not DIGITS.search(page), address
    assert "ansøgning_" in pages[f"/visitering/{enquiry_id}"]
    everything = client.get(f"/henvendelser/{enquiry_id}?vis=alt").text
    for shown in ("Per 010190.1234", "ansøgning_010190_1234.pdf", "cpr 01.01.90-1234", "56 78"):
        assert shown in everything


def test_no_download_is_called_by_a_number(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(broken_up())
    answer = sign_in(Role.VISITATOR).get(f"/henvendelser/{enquiry_id}/bilag/0")
    assert answer.data == b"x"
    assert "pdf" in answer.headers["Content-Disposition"]
    assert not DIGITS.search(answer.headers["Content-Disposition"])


@needs(CASE)
def test_the_shared_case_shows_none_of_its_numbers(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(CASE.read_bytes())
    page = sign_in(Role.VISITATOR).get(f"/visitering/{enquiry_id}").text
    article = page.split("<article")[1].split("</article")[0]
    assert "Jeg har søgt om boligstøtte" in article
    assert not DIGITS.search(article)
