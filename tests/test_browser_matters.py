"""Not ours, splitting, waves and merging, by keyboard alone in a real browser; and how their pages look."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from tests import browser as chromium
from tests.browsing import base, deliver, sign_in
from tests.storm import storm
from tests.town import PARK, Town, mail, now

__all__ = ["base"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]
TWO_THINGS = "Hej kommune\n\nEt træ er væltet i parken.\n\nOg så er der et hul i vejen på Prøvegade."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def authority(town: Town) -> int:
    with database.write(town.container.engine) as session:
        for name, guide in (("Politiet", "Anmeldelser og hittegods"), ("Nabostrup Kommune", "Alt i Nabostrup")):
            line = AuthorityLine(name, f"{name.split()[0].lower()}@nabo.example.org", guide)
            row = authorities.save(session, None, line, by=Actor("admin"), now=now())
        return row.id


@pytest.mark.parametrize("undo_seconds", [60.0])
def test_not_ours_split_wave_and_undo_by_keyboard(town: Town, base: str, browser: Browser, authority: int) -> None:
    deliver(town, mail("Hul i Nabostrup", "Der er et hul i Nabostrup"))
    first = town.last_enquiry()
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto(f"/visitering/{first}")
        page.keyboard.press("n")
        expect(page.locator("#whose-search")).to_be_focused()
        page.keyboard.type("nabo")
        expect(page.locator("button.unit:visible")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_label("Besked til borgeren")).to_contain_text("Nabostrup Kommune")
        page.keyboard.press("Enter")
        expect(page.get_by_text("sendes videre til Nabostrup Kommune")).to_be_visible()
        assert town.enquiry(first).state is State.REFERRED
        page.keyboard.press("u")
        expect(page.get_by_text("Valget er fortrudt")).to_be_visible()
        assert town.enquiry(first).state is State.TRIAGE

        deliver(town, mail("To ting", TWO_THINGS, sender="To <to@borger.example.org>"))
        whole = town.last_enquiry()
        page.goto(f"/visitering/{whole}")
        page.keyboard.press("d")
        expect(page.get_by_label("Titel").first).to_be_focused()
        page.keyboard.type("Træet")
        for key in ("Tab", "Tab", "Space", "Tab", "Tab", "Tab"):
            page.keyboard.press(key)
        page.keyboard.type("Hullet")
        for key in ("Tab", "Tab", "Tab", "Space", "Tab", "Tab", "Enter"):
            page.keyboard.press(key)
        expect(page.get_by_text("Mailen er delt i 2")).to_be_visible()
        expect(page.get_by_role("heading", name="Træet")).to_be_visible()
        page.keyboard.press("u")
        expect(page.get_by_role("heading", name="To ting")).to_be_visible()

        deliver(town, *(storm(n) for n in range(5)))
        last = town.last_enquiry()
        page.goto(f"/visitering/{last}")
        expect(page.get_by_text("5 ens mails").first).to_be_visible()
        page.keyboard.press("b")
        expect(page.get_by_role("checkbox")).to_have_count(5)
        page.keyboard.press("/")
        page.keyboard.type("park")
        page.keyboard.press("Enter")
        expect(page.get_by_text("5 mails er fordelt samlet")).to_be_visible()
        assert town.enquiry(last).unit.name == PARK  # type: ignore[union-attr]
        page.keyboard.press("u")
        expect(page.get_by_text("Valget er fortrudt")).to_be_visible()
        assert all(town.enquiry(n).state is State.TRIAGE for n in range(last - 4, last + 1))
