"""From an empty house to observing, in a real browser: the first administrator needs no file and no command."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect

from app.container import Container
from app.services.platform import first_run
from app.workflow.worker import Worker
from connectors.mail.folder.gateway import FolderGateway
from tests import browser as chromium
from tests.serving import serving
from tests.town import Town, eventually, mail

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]
BOX = "post@kommune.example.org"
GOOD = "kaktus harmonika 4 torden"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def house(container: Container) -> Town:
    """An empty house with folders of mail: no unit, no mailbox, nobody."""
    return Town(container, FolderGateway(container.settings.mail_root))


def step(page: Page, key: str) -> str:
    return page.locator(f"#{key} .chip").inner_text()


def make_the_first_administrator(page: Page, code: str) -> None:
    page.goto("/")
    page.get_by_label("Koden fra starten").fill(code)
    page.get_by_label("Dit navn").fill("Første Prøve")
    page.get_by_label("Din e-mail").fill("foerste@kommune.example.org")
    for field in page.locator("input[type=password]").all():
        field.fill(GOOD)
    page.get_by_role("button", name="Opret og log ind").click()
    expect(page.get_by_role("heading", name="Kom i gang")).to_be_visible()


def make_a_mailbox(page: Page) -> None:
    page.locator("#mailboxes").get_by_role("link", name="Ny postkasse").click()
    page.get_by_label("Navn").fill("Teknik")
    page.get_by_label("Adresse").fill(BOX)
    page.get_by_role("button", name="Gem", exact=True).click()
    expect(page.get_by_text("Postkassen er gemt.")).to_be_visible()


def test_from_nothing_to_observing(house: Town, browser: Browser) -> None:
    c = house.container
    code = first_run.prepare(c.engine, c.settings.home)
    assert code
    worker = Worker(c)
    # The browser's driver keeps an event loop in this thread; the engine wants one without.
    with ThreadPoolExecutor(max_workers=1) as elsewhere, serving(house) as base:
        elsewhere.submit(worker.start).result()
        with chromium.page(browser, base) as page:
            make_the_first_administrator(page, code)
            assert {step(page, key) for key in ("authority", "units", "mailboxes", "people", "observe")} == {"mangler"}
            page.get_by_label("Myndighedens navn").fill("Prøve Kommune")
            page.get_by_role("button", name="Gem navnet").click()
            expect(page.get_by_text("Navnet er gemt.")).to_be_visible()
            page.get_by_role("button", name="Begynd med et eksempel").click()
            expect(page.get_by_text("Eksemplets enheder er lagt ind.")).to_be_visible()
            page.goto("/opsaetning/")
            make_a_mailbox(page)
            house.gateway.deliver(BOX, mail("Væltet træ", "Træet i parken er væltet", to=BOX))
            page.goto("/opsaetning/")
            page.get_by_role("link", name="Teknik").click()
            page.get_by_role("button", name="Kig i postkassen").click()
            expect(page.get_by_text("Postkassen kan læses.")).to_be_visible()
            page.get_by_role("button", name="Send en prøvemail igennem").click()
            expect(page.get_by_text("Postkassen kan både sende og modtage.")).to_be_visible()
            eventually(lambda: house.last_enquiry() >= 1)
            page.goto("/opsaetning/")
            assert step(page, "observe") == "klar"
            expect(page.get_by_role("heading", name="Hvad mangler der?")).to_be_visible()
        elsewhere.submit(worker.stop).result()
