"""Searching, the list and an enquiry's story in a real browser: by keyboard, without JavaScript, at both widths."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app import database
from app.models.case import Case
from app.models.enquiry import Enquiry
from app.services.triage import decisions, notes
from tests import browser as chromium
from tests.browsing import sign_in
from tests.serving import serving
from tests.town import PARK, Town, mail, now

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]


@dataclass(frozen=True)
class Searched:
    """A town with a story to tell: one mail that was decided, and two that wait."""

    base: str
    decided: int
    waiting: tuple[int, int]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def searched(town: Town) -> Iterator[Searched]:
    town.teach_history()
    sender = "Åse Ørnsdatter Eksempelsen <aase@borger.example.org>"
    first, second, third = town.receive(
        mail(
            "Storskrald ikke hentet på Prøvegade",
            "Ring på 12 34 56 78. Storskraldet blev ikke hentet i går.",
            sender=sender,
        ),
        mail("Træ over cykelsti", "Et træ er væltet i parken", attachment=b"x", message_id="<t@x.example.org>"),
        mail("Storskrald igen", "Det er stadig ikke hentet. " * 30, message_id="<s@x.example.org>"),
    )
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, second)
        case = Case(number="2026-000123", opened_at=now())
        session.add(case)
        session.flush()
        decisions.route(
            session,
            town.container.robot,
            second,
            town.units[PARK],
            version=enquiry.version,
            by=town.visitator.actor,
            now=now(),
        )
        enquiry.case_id = case.id
        session.get_one(Enquiry, third).relates_id = first
        notes.write(session, enquiry, "Ring før I kommer.", by=town.visitator.actor, now=now())
    with serving(town) as address:
        yield Searched(address, second, (first, third))


def test_by_keyboard(searched: Searched, browser: Browser) -> None:
    with chromium.page(browser, searched.base) as page:
        sign_in(page)
        page.goto("/tal/")
        page.keyboard.press("/")
        page.keyboard.type("storskr")
        page.keyboard.press("Enter")
        expect(page.locator("mark.found").first).to_have_text("Storskrald")
        expect(page.get_by_text("2 henvendelser, nyeste først")).to_be_visible()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("Næste og forrige på listen")
        page.keyboard.press("Escape")
        for key in "jjk":
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Storskrald igen")).to_be_visible()
        page.keyboard.press("t")
        expect(page).to_have_url(f"{searched.base}/visitering/{searched.waiting[1]}")


def test_without_javascript(searched: Searched, browser: Browser) -> None:
    with chromium.page(browser, searched.base, java_script_enabled=False) as page:
        sign_in(page)
        page.goto("/henvendelser/")
        page.get_by_text("Filtre", exact=True).click()
        page.get_by_label("Bilag").select_option("ja")
        page.get_by_role("button", name="Vis", exact=True).click()
        expect(page.locator("[data-row]")).to_have_count(1)
        page.get_by_role("link", name="Bilag har bilag").click()
        expect(page.locator("[data-row]")).to_have_count(3)
        page.get_by_label("Søg i alle henvendelser").fill("2026-000123")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Træ over cykelsti").click()
        page.get_by_label("Skriv en note").fill("Træet er fjernet.")
        page.get_by_role("button", name="Gem noten").click()
        expect(page.get_by_text("Træet er fjernet.")).to_be_visible()
        page.get_by_role("button", name="Fortryd noten").last.click()
        expect(page.get_by_text("Noten er fortrudt.")).to_be_visible()
        expect(page.get_by_text("Træet er fjernet.")).to_have_count(0)


def test_pages_with_everything_on_them_are_for_everybody(searched: Searched, browser: Browser) -> None:
    """The pages themselves stand in tests/pages.py; here with hits, filters and what folds out, on a small phone."""
    with chromium.page(browser, searched.base, 320, color_scheme="dark") as page:
        sign_in(page, "administrator")
        for url in (
            "/henvendelser/?q=storskrald+ring", "/henvendelser/?q=2026-000123&sag=ja&bilag=ja&fra=2026-01-01&frist=snart",
            "/henvendelser/?q=findesikke", f"/henvendelser/{searched.decided}", f"/henvendelser/{searched.waiting[1]}",
        ):  # fmt: skip
            check(page, url)


def check(page: Page, url: str) -> None:
    page.goto(url)
    for details in page.locator("main details:not([open]) > summary").all():
        details.click()
    assert chromium.fits(page), url
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, f"{url}: {found.generate_report()}"
