"""When it does not go well: no line, no answer, no longer signed in. Nothing typed or decided is lost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import browser as chromium
from tests.serving import serving
from tests.town import Town, eventually, mail

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]
NOISE = ("Failed to load resource", "htmx:", "Response Status Error Code")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def page(town: Town, browser: Browser) -> Iterator[Page]:
    """The visitator, with one mail to decide."""
    town.receive(mail("Træ", "Et træ er væltet i parken"))
    with serving(town) as base, chromium.page(browser, base, expected=NOISE) as opened:
        opened.goto("/log-ind?next=/visitering/")
        opened.get_by_label("E-mail").fill("visitator@town.example.org")
        opened.get_by_label("Adgangskode").fill("secret-enough")
        opened.keyboard.press("Enter")
        expect(opened.get_by_role("heading", name="1 venter")).to_be_visible()
        opened.wait_for_load_state()
        yield opened


def test_offline_holds_every_decision_back(page: Page, town: Town) -> None:
    page.context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("Ingen forbindelse. De valg, du har taget, er gemt.")
    page.keyboard.press("x")
    expect(page.get_by_role("heading", name="1 venter")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Ingen forbindelse")).to_be_hidden()
    page.keyboard.press("x")
    expect(page.get_by_text("Køen er tom")).to_be_visible()


def test_a_decision_that_found_nobody_can_be_tried_again(page: Page) -> None:
    page.route("**/visitering/*", lambda route: route.abort())
    page.get_by_label("søg blandt").fill("Par")
    page.get_by_role("button", name="Ikke en henvendelse").dispatch_event("click")
    expect(page.get_by_role("alert")).to_contain_text("Sluse svarer ikke.")
    expect(page.get_by_label("søg blandt")).to_have_value("Par")
    page.unroute("**/visitering/*")
    page.get_by_role("button", name="Prøv igen").click()
    expect(page.get_by_text("Køen er tom")).to_be_visible()


def sign_in_again(page: Page, who: str = "visitator") -> None:
    page.get_by_label("E-mail").fill(f"{who}@town.example.org")
    page.get_by_label("Adgangskode").fill("secret-enough")
    page.keyboard.press("Enter")


def test_who_is_signed_out_is_told_in_place_and_finds_what_was_typed_again(page: Page) -> None:
    page.get_by_label("søg blandt").fill("Par")
    page.context.clear_cookies()
    page.get_by_role("button", name="Ikke en henvendelse").dispatch_event("click")
    expect(page.get_by_role("alert")).to_contain_text("Du er logget ud. Det, du har skrevet, står her endnu.")
    expect(page.get_by_label("søg blandt")).to_have_value("Par")
    here = page.url
    page.get_by_role("link", name="Log ind, og fortsæt her").click()
    sign_in_again(page)
    expect(page).to_have_url(here)
    expect(page.get_by_label("søg blandt")).to_have_value("Par")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ikke en henvendelse").click()
    expect(page.get_by_text("Køen er tom")).to_be_visible()


def test_signed_out_with_the_next_mail_loaded_ahead_the_old_one_comes_back(page: Page, town: Town) -> None:
    done, _ = town.receive(mail("Hund", "En hund i parken"), mail("Bænk", "En bænk i parken mangler"))
    town.decide(done)
    page.reload()
    eventually(lambda: chromium.next_mail_lies_ready(page))
    mine = page.locator("#indhold").get_attribute("data-enquiry")
    page.context.clear_cookies()
    page.keyboard.press("x")
    expect(page.get_by_role("alert")).to_contain_text("Du er logget ud.")
    expect(page.locator("#indhold")).to_have_attribute("data-enquiry", mine)
    page.get_by_role("link", name="Log ind, og fortsæt her").click()
    sign_in_again(page)
    expect(page.locator("#indhold")).to_have_attribute("data-enquiry", mine)


LETTER = "Vi skriver til dig, så snart vi ved mere."


def test_a_form_that_is_sent_signed_out_comes_back_as_it_was_written(page: Page) -> None:
    page.goto("/log-ind?next=/skabeloner/ny")
    sign_in_again(page, "administrator")
    page.get_by_label("Navn").first.fill("Om svar")
    page.locator("textarea").first.fill(LETTER)
    here = page.url
    page.context.clear_cookies()
    page.get_by_role("button", name="Gem").first.click()
    expect(page.get_by_text("Du er logget ud, og intet er sendt.")).to_be_visible()
    sign_in_again(page, "administrator")
    expect(page).to_have_url(here)
    expect(page.locator("textarea").first).to_have_value(LETTER)


def test_what_one_person_typed_is_not_shown_to_another(page: Page) -> None:
    page.get_by_label("søg blandt").fill("Par")
    page.context.clear_cookies()
    page.get_by_role("button", name="Ikke en henvendelse").dispatch_event("click")
    page.get_by_role("link", name="Log ind, og fortsæt her").click()
    sign_in_again(page, "manager")
    expect(page.get_by_role("button", name="Log ud")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('sluse-typed')") is None
    page.goto("/log-ind?next=/visitering/")
    sign_in_again(page)
    expect(page.get_by_label("søg blandt")).to_have_value("")


def test_escape_closes_a_menu_before_it_leaves_the_page(page: Page) -> None:
    page.goto("/visitering/seneste/")
    page.locator("summary", has_text="Robot og læring").press("Enter")
    expect(page.locator(".bar details.group[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".bar details.group[open]")).to_have_count(0)
    expect(page).to_have_url(re.compile("/visitering/seneste/$"))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("/seneste/"))


def test_menus_open_by_keyboard_and_close_on_escape_and_elsewhere(page: Page) -> None:
    summary = page.locator("summary", has_text="Robot og læring")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Læring", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Læring", exact=True)).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    page.locator("#mail").click()
    expect(page.get_by_role("link", name="Læring", exact=True)).to_be_hidden()


def test_a_chosen_theme_colours_the_page_and_never_the_paper(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.locator(".theme summary").click()
    page.get_by_role("button", name="Mørkt").click()
    ink = "getComputedStyle(document.body).color"
    page.wait_for_function(f"{ink} === 'rgb(232, 235, 234)'")
    page.emulate_media(media="print")
    page.wait_for_function(f"{ink} === 'rgb(29, 37, 40)'")
