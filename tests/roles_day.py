"""A day of all five roles in a real browser: every page, dialogue, fold and fragment that each of them reaches."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, Response, expect

from app.domain.access import Role
from tests import browser as chromium
from tests import pages
from tests.town import Town
from tests.witness import Witness

FILES = ("", "/original", "/html", "/bilag/0", "/haendelseslog", "/tekst?fra=5")
"""What is fetched of one mail beside its pages."""
FRAGMENTS = "main a[hx-get]:visible, main button[hx-get]:visible"
MOST = 3
"""Fragments of one page that are opened: the others are the same for other mails."""
NO_ACCESS = "404 (NOT FOUND)"
OPEN = "document.querySelectorAll('main details:not([open])').forEach(fold => { fold.open = true; })"


@dataclass
class Walked:
    """What was reached."""

    pages: int = 0
    closed: int = 0
    """Pages that are not this role's."""
    fragments: int = 0
    dialogues: int = 0
    files: int = 0
    decided: int = 0
    by_role: dict[str, int] = field(default_factory=dict)


def play(
    town: Town, base: str, browser: Browser, addresses: Iterable[tuple[str, str]], witness: Witness, *,
    width: int = 1440, language: str = "da",
) -> Walked:  # fmt: skip
    """Walk as each role; the browser fails on anything that the page's rules of content forbid."""
    walked, listed = Walked(), list(addresses)
    for role in Role:
        with chromium.page(browser, base, width, expected=(NO_ACCESS,)) as page:
            _sign_in(page, role, language)
            before = walked.pages
            for endpoint, url in listed:
                if endpoint not in pages.SIGNED_OUT:
                    _visit(page, url, walked)
            walked.by_role[role] = walked.pages - before
            for number in witness.numbers.values():
                _files(page, number, walked)
            if role is Role.VISITATOR:
                _decide(page, walked)
            if role in (Role.MANAGER, Role.ADMINISTRATOR):
                walked.files += page.request.get("/henvendelser/henvendelser.csv").ok
            _search(page, role)
    return walked


def _sign_in(page: Page, role: Role, language: str) -> None:
    page.goto("/log-ind")
    page.locator("[name=email]").fill(f"{role}@town.example.org")
    page.locator("[name=password]").fill("secret-enough")
    page.keyboard.press("Enter")
    expect(page.locator(".menu")).to_have_count(1)
    page.context.add_cookies([{"name": "sprog", "value": language, "url": page.url}])


def _visit(page: Page, url: str, walked: Walked) -> None:
    """Open a page, everything that is folded on it, its dialogue and some of its fragments."""
    answer = page.goto(url)
    assert answer is not None
    if answer.status == 404:
        walked.closed += 1
        return
    assert answer.status == 200, (url, answer.status)
    walked.pages += 1
    page.evaluate(OPEN)
    if page.locator("dialog#keys").count():
        page.keyboard.press("?")
        expect(page.locator("dialog#keys")).to_be_visible()
        page.keyboard.press("Escape")
        walked.dialogues += 1
    for number in range(min(page.locator(FRAGMENTS).count(), MOST)):
        _fragment(page, url, number, walked)


def _fragment(page: Page, url: str, number: int, walked: Walked) -> None:
    page.goto(url)
    found = page.locator(FRAGMENTS)
    if found.count() <= number:
        return
    with page.expect_response(lambda answer: _is_fragment(answer)):
        found.nth(number).click()
    walked.fragments += 1


def _is_fragment(answer: Response) -> bool:
    return answer.request.headers.get("hx-request") == "true"


def _files(page: Page, number: int, walked: Walked) -> None:
    for ending in FILES:
        walked.files += page.request.get(f"/henvendelser/{number}{ending}").ok


def _decide(page: Page, walked: Walked) -> None:
    """Decide what waits by one key each, the next mail loaded ahead, and take the last back."""
    page.goto("/visitering/")
    while (shown := page.locator("#indhold").get_attribute("data-enquiry")) and walked.decided < 4:
        if not page.locator(".picks .pick").count():
            break
        with page.expect_response(lambda answer: bool(re.search(r"/visitering/\d+(\?|$)", answer.url))):
            page.keyboard.press("1")
        expect(page.locator(f'#indhold[data-enquiry="{shown}"]')).to_have_count(0)
        walked.decided += 1
    if walked.decided:
        page.keyboard.press("u")
        expect(page.get_by_role("status").or_(page.locator(".flash")).first).to_be_visible()


def _search(page: Page, role: Role) -> None:
    for wanted in ("væltet", "hilsen", "ingen-har-skrevet-det"):
        page.goto(f"/henvendelser/?q={wanted}")
    assert role is not Role.AUDITOR or not page.locator("main table").count()
