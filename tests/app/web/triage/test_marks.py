"""Why a unit was suggested, shown in the mail's own text."""

import re

from app import database
from app.domain.access import Role
from app.models.prediction import Prediction
from app.models.unit import Unit
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, ROAD, Town, mail

MARK = re.compile(r'<mark class="(\w+)">([^<]*)</mark>')


def suggest(town: Town, enquiry_id: int, **fields: list[str]) -> None:
    """A ranking as the model might have made it: Park for "træ" and "mark", Vej for "vejen" and "træ"."""
    rows = [
        {"unit_id": town.units[PARK], "confidence": 0.7, "words": ["træ", "mark", "_name_"], **fields},
        {"unit_id": town.units[ROAD], "confidence": 0.2, "words": ["vejen", "træ"]},
    ]
    with database.write(town.container.engine) as session:
        session.get_one(Prediction, enquiry_id).ranking = rows


def marks(page: str) -> list[tuple[str, str]]:
    article = page.split("<article")[1].split("</article")[0]
    return [found for found in MARK.findall(article) if found[1] != "ord"]


def test_words_are_marked_on_both_pages(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(mail("Træ på vejen", "Et træ.\n\nSkriv til mark@borger.example.org"))
    suggest(town, enquiry_id)
    client = sign_in(Role.VISITATOR)
    shown = [("both", "Træ"), ("second", "vejen"), ("both", "træ")]
    page = client.get(f"/visitering/{enquiry_id}").text
    assert marks(page) == shown
    assert '<mark class="first">ord</mark> talte for Park' in page
    assert '<mark class="second">ord</mark> talte for Vej i stedet' in page
    # The page of a mail that waits says nothing that triage might not have shown.
    assert marks(client.get(f"/henvendelser/{enquiry_id}").text) == []
    form = {"unit": town.units[PARK], "version": town.enquiry(enquiry_id).version}
    client.post(f"/visitering/{enquiry_id}", data=form | {"csrf_token": csrf_token(client, "/visitering/")})
    assert marks(client.get(f"/henvendelser/{enquiry_id}").text) == shown
    unmasked = client.get(f"/henvendelser/{enquiry_id}?vis=alt").text
    assert marks(unmasked) == shown
    assert "mark@borger.example.org" in unmasked


def test_hostile_text_stays_text(town: Town, sign_in: SignIn) -> None:
    evil = "<mark>træ</mark> <script>alert(1)</script> <b>vejen</b> &lt;i&gt;"
    (enquiry_id,) = town.receive(mail(evil, evil))
    suggest(town, enquiry_id, fields=["mailbox:<i>x</i>", "<u>"])
    with database.write(town.container.engine) as session:
        session.get_one(Unit, town.units[PARK]).name = "<em>Park</em>"
    page = sign_in(Role.VISITATOR).get(f"/visitering/{enquiry_id}").text
    assert marks(page) == [("first", "mark"), ("both", "træ"), ("first", "mark"), ("second", "vejen")] * 2
    assert "&lt;<mark" in page
    assert "&amp;lt;i&amp;gt;" in page
    assert not re.search(r"<mark>|<script>|<b>vejen|<i>|<em>|<u>", page)


def test_what_spoke_besides_words_is_named(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(mail("Hej", "Et træ."))
    suggest(town, enquiry_id, fields=["subject", "mailbox:vej@town.example.org", "attachment:application/pdf"])
    page = sign_in(Role.VISITATOR).get(f"/visitering/{enquiry_id}").text
    assert "også emnet, postkassen vej@town.example.org, vedhæftet pdf talte for Park" in page
    suggest(town, enquiry_id)
    assert "talte for Park" in (page := sign_in(Role.VISITATOR).get(f"/visitering/{enquiry_id}").text)
    assert "også" not in page


def test_without_a_suggestion_there_is_no_legend(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(mail("Hej", "Et træ."))
    assert 'class="legend' not in sign_in(Role.VISITATOR).get(f"/visitering/{enquiry_id}").text
