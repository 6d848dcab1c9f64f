"""The quarterly follow-up says what citizens write about: the same words and counts on page, paper and spreadsheet."""

from io import BytesIO

from openpyxl import load_workbook

from app.domain.access import Role
from tests.app.services.reports.test_topics import THIS, caught_up, filled, usual
from tests.app.web.conftest import SignIn
from tests.app.web.reports.test_follow_up import ADDRESS, text_of
from tests.app.web.reports.test_topics_page import busy
from tests.app.web.reports.test_topics_page import text_of as plain
from tests.town import Town

QUARTER = f"?periode={THIS.word}"


def test_a_word_that_grew_stands_on_page_paper_and_spreadsheet_with_who_wrote_it(town: Town, sign_in: SignIn) -> None:
    busy(town)  # 20 of this quarter's 80 senders write of rats, and none of the 80 of the quarter before
    client = sign_in(Role.MANAGER)
    page = plain(client.get(f"{ADDRESS}/{QUARTER}").text)
    assert "Flere end før skriver om" in page
    assert "rotter vokset 25,0 % 0,0 % 20" in page
    assert "Søndergade vokset 25,0 %" in page
    written = text_of(client.get(f"{ADDRESS}/pdf{QUARTER}").data)
    assert "rotter" in written
    book = load_workbook(BytesIO(client.get(f"{ADDRESS}/excel{QUARTER}").data))
    rows = {row[0]: row for row in book["Ord, mod kvartalet før"].iter_rows(values_only=True)}
    assert list(rows["Ord"]) == [
        "Ord", "Ændring", "Afsendere", "ud af", "andel", "Afsendere før", "ud af", "andel", "Mails",
    ]  # fmt: skip
    assert list(rows["rotter"]) == ["rotter", "vokset", 20, 80, 20 / 80, 0, 80, 0, 20]


def test_a_quarter_without_enough_senders_says_so_and_shows_no_table(town: Town, sign_in: SignIn) -> None:
    page = plain(sign_in(Role.MANAGER).get(f"{ADDRESS}/{QUARTER}").text)
    assert "Ord og emner er ikke gjort op for" in page
    filled(town, usual(0, 10), usual(100, 80))
    caught_up(town)
    page = plain(sign_in(Role.MANAGER).get(f"{ADDRESS}/{QUARTER}").text)
    assert "Der er for få mails endnu: 10 afsendere i perioden" in page
    assert "Ord, mod kvartalet før" not in page
