"""A caseworker's morning and a newcomer's first round, in a real browser: by keyboard, by touch, without JavaScript."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app import database
from app.domain import practice
from app.domain.enquiry import State
from app.services.triage import decisions
from app.workflow.worker import Worker
from tests import browser as chromium
from tests.browsing import deliver, sign_in
from tests.serving import serving
from tests.town import PARK, ROAD, Town, eventually, mail, now

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]
MAILS = practice.material().mails


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def base(town: Town) -> Iterator[str]:
    worker = Worker(town.container)
    with ThreadPoolExecutor(max_workers=1) as elsewhere, serving(town) as address:
        elsewhere.submit(worker.start).result()
        yield address
        elsewhere.submit(worker.stop).result()


def at_park(town: Town, *subjects: str) -> list[int]:
    """Mails at Park, journaled and forwarded."""
    deliver(town, *(mail(subject, f"{subject}: se på det, tak.") for subject in subjects))
    last = town.last_enquiry()
    ids = list(range(last - len(subjects) + 1, last + 1))
    for enquiry in ids:
        eventually(lambda enquiry=enquiry: town.enquiry(enquiry).state is State.TRIAGE)
        with database.write(town.container.engine) as session:
            version, robot = town.enquiry(enquiry).version, town.container.robot
            decisions.route(
                session, robot, enquiry, town.units[PARK], version=version, by=town.visitator.actor, now=now()
            )
    for enquiry in ids:
        eventually(lambda enquiry=enquiry: "forwarded" in town.events(enquiry))
    return ids


def test_a_morning_by_keyboard(town: Town, base: str, browser: Browser) -> None:
    first, second, third = at_park(town, "Væltet træ", "Hul i stien", "Mørk bænk")
    with chromium.page(browser, base) as page:
        sign_in(page, "caseworker")
        expect(page).to_have_url(re.compile("/enheden/$"))
        expect(page.get_by_role("link", name="Venter på svar 3")).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Væltet træ: se på det, tak.")).to_be_visible()
        expect(page.get_by_text("i mappen Kladder")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Væltet træ: se på det, tak.")).to_have_count(0)

        # Two keys tell the citizen who handles the matter.
        page.keyboard.press("f")
        expect(page.get_by_label("Besked til borgeren")).to_have_value(
            re.compile("Din sagsbehandler er Invented caseworker")
        )
        page.keyboard.press("Enter")
        expect(page.get_by_text("sendes nu og journaliseres")).to_be_visible()
        eventually(lambda: "interim_sent" in town.events(first))
        page.evaluate("htmx.trigger(document.body, 'caseload')")  # as every 15 s
        expect(page.get_by_role("link", name="Foreløbigt svar 1")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(f"#henvendelse-{first}")).to_contain_text("givet")

        # What is open stays open, and nothing jumps, when something else comes.
        page.locator(f"#aabn-{second}").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Hul i stien: se på det, tak.")).to_be_visible()
        top = page.locator(f"#henvendelse-{second}").bounding_box()
        at_park(town, "Endnu et træ")
        expect(page.get_by_role("link", name="Venter på svar 4")).to_be_visible()
        expect(page.get_by_text("Hul i stien: se på det, tak.")).to_be_visible()
        assert page.locator(f"#henvendelse-{second}").bounding_box() == top

        # Not ours: a key, a reason, Enter.
        page.keyboard.press("r")
        page.get_by_label("Den hører til en anden enhed").check()
        page.get_by_label("Hvor hører den til, hvis").select_option(ROAD)
        page.get_by_role("button", name="Send retur").press("Enter")
        expect(page.get_by_text("Sendt retur. Henvendelsen er tilbage")).to_be_visible()
        expect(page.get_by_role("link", name="Venter på svar 3")).to_be_visible()
        assert town.enquiry(second).state is State.TRIAGE
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Sendt retur 1").click()
        expect(page.get_by_text(f"måske {ROAD}")).to_be_visible()
    assert third


@pytest.mark.parametrize("width", [1440, 390])
def test_the_same_without_javascript(town: Town, base: str, browser: Browser, width: int) -> None:
    first, second = at_park(town, "Væltet træ", "Hul i stien")
    with chromium.page(browser, base, width=width, java_script_enabled=False) as page:
        sign_in(page, "caseworker")
        page.get_by_role("button", name="Luk tippet").click()
        expect(page.locator('[data-hint="open"]')).to_be_visible()
        page.locator(f"#aabn-{first}").click()
        expect(page.get_by_text("Væltet træ: se på det, tak.")).to_be_visible()
        page.get_by_role("link", name="Foreløbigt svar").click()
        page.get_by_role("button", name="Send til borgeren").click()
        expect(page.get_by_text("sendes nu og journaliseres")).to_be_visible()
        page.get_by_role("link", name="Til enhedens liste").click()
        page.locator(f"#henvendelse-{second}").get_by_role("link", name="Send retur").click()
        page.get_by_label("Noget andet").check()
        page.get_by_role("button", name="Send retur").click()
        expect(page.get_by_text("Sendt retur. Henvendelsen er tilbage")).to_be_visible()
    eventually(lambda: "interim_sent" in town.events(first))
    assert town.enquiry(second).state is State.TRIAGE


def test_the_round_by_keyboard(town: Town, base: str, browser: Browser) -> None:
    keys = {"not_ours": "n", "not_enquiry": "x", "split": "d"}
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto("/oevelse/")
        page.keyboard.press("Enter")
        for n, each in enumerate(MAILS):
            expect(page.get_by_role("heading", name=f"Øvelse: {n + 1} af 10")).to_be_visible()
            shown = [s.unit for s in practice.shown(each)]
            if each.answer in keys:
                page.keyboard.press(keys[each.answer])
            elif each.answer in shown:
                page.keyboard.press(str(shown.index(each.answer) + 1))
            else:
                page.keyboard.press("/")
                page.keyboard.type(each.answer[:4].lower())
                page.keyboard.press("Enter")
            expect(page.get_by_text("Rigtigt:")).to_be_visible()
            page.keyboard.press("Enter")
        expect(page.get_by_text("10 af 10")).to_be_visible()


def test_a_hint_goes_for_good(town: Town, base: str, browser: Browser) -> None:
    deliver(town, mail("Træ", "Et træ"))
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto("/visitering/")
        expect(page.locator(".tip")).to_have_count(1)
        page.get_by_role("button", name="Luk tippet").click()
        expect(page.locator(".tip")).to_have_count(0)
        page.reload()
        expect(page.locator(".tip")).to_have_attribute("data-hint", "pick")


def test_what_opens_in_a_page_is_for_everybody_too(town: Town, base: str, browser: Browser) -> None:
    """The pages themselves stand in tests/pages.py; here what opens in them: a row, and the ten mails of the practice."""
    first, _second = at_park(town, "Et meget langt emne uden ende " * 5, "Ordudenmellemrum" * 12)
    with chromium.page(browser, base, 390, 844, color_scheme="dark") as page:
        sign_in(page, "caseworker")
        page.goto("/enheden/")
        page.locator(f"#aabn-{first}").click()
        expect(page.locator(f"#i-{first} .opened")).to_be_visible()
        fits(page)
        page.goto("/oevelse/")
        page.get_by_role("button", name="Begynd").click()
        for _mail in MAILS:
            fits(page)
            page.get_by_role("button", name="Ikke en henvendelse").click()
            fits(page)
            page.locator(".feedback .primary").click()
        fits(page)
        page.locator(".person button[lang=en]").click()
        fits(page)


def fits(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    assert chromium.fits(page), page.url
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"


def test_the_sheet_fits_one_a4_page(town: Town, base: str, browser: Browser) -> None:
    with chromium.page(browser, base) as page:
        sign_in(page, "caseworker")
        page.goto("/hjaelp/sagsbehandler")
        printed = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "15mm"))
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
