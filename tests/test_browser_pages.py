"""Every page, in both languages and both themes: for any ability, at any width, at 200 %. The list is tests/pages.py.

`make test` opens each page in one of the four ways, in turn, and every third by keyboard; `make verify` each in all of them.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Keyboard, Page, expect

from app.web.platform.factory import create_app
from app.workflow.worker import Worker
from connectors.mail.reading.parser import MailParser
from tests import browser as chromium
from tests import pages, slices
from tests.conftest import housed, settings_in
from tests.databases import Databases
from tests.serving import serving
from tests.town import SHARED, Town, build_town, eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]
EYE = (Path(__file__).parent / "looking.js").read_text(encoding="utf-8")
CATALOGUE = Path(__file__).parents[1] / "app" / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
WIDTHS = ((1440, 900), (720, 450), (390, 844), (320, 640))
"""720 × 450 is a screen of 1440 × 900 at 200 %."""
WAYS = (("light", "da"), ("dark", "da"), ("light", "en"), ("dark", "en"))
BY_KEYBOARD = 3
LONG = 15
"""A Danish text of so many letters is found inside another; a shorter one must be the whole of it."""
TELLING = 4
"""Letters that a text must have around what is put into it: "… og …" is in many a name."""
MOST_TABS = 60
ON_SKIP = "document.activeElement.matches('.skip')"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture(scope="module")
def walk(
    tmp_path_factory: pytest.TempPathFactory, made_databases: Databases, parser: MailParser
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The address of a served town, and its pages, for all who only look. One mail has gone all the way to its unit."""
    folder = tmp_path_factory.mktemp("walk")
    with housed(settings_in(folder, made_databases.migrated(folder)), parser) as container:
        town = build_town(container)
        town.teach_history()
        worker = Worker(container)
        with ThreadPoolExecutor(max_workers=1) as elsewhere, serving(town) as base:
            elsewhere.submit(worker.start).result()
            (routed, waiting) = _two_mails(town)
            yield base, list(pages.addresses(create_app(container), pages.samples(town, routed, waiting)))
            elsewhere.submit(worker.stop).result()


def _two_mails(town: Town) -> tuple[int, int]:
    """The hard mail with its unit, the plain one still waiting."""
    before = town.last_enquiry()
    for raw in pages.long_mails():
        town.gateway.deliver(SHARED, raw)
    eventually(lambda: town.last_enquiry() == before + 2 and town.enquiry(before + 2).state == "triage")
    town.decide(before + 1)
    eventually(lambda: "forwarded" in town.events(before + 1))
    return before + 1, before + 2


def sign_in(page: Page) -> None:
    page.goto("/log-ind")
    page.locator("[name=email]").fill("administrator@town.example.org")
    page.locator("[name=password]").fill("secret-enough")
    page.keyboard.press("Enter")
    expect(page.locator(".menu")).to_have_count(1)


def each(page: Page, walk: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Open the pages one by one, those for strangers first."""
    page.context.clear_cookies(name="sluse")
    for endpoint, url in sorted(walk, key=lambda pair: pair[0] not in pages.SIGNED_OUT):
        if endpoint not in pages.SIGNED_OUT and not _signed_in(page):
            sign_in(page)
        page.goto(url)
        page.evaluate(EYE)
        yield endpoint, url


def _signed_in(page: Page) -> bool:
    return any(cookie.get("name") == "sluse" for cookie in page.context.cookies()) and page.locator(".menu").count() > 0


def sliced(listed: list[tuple[str, str]], way: int, ways: int) -> list[tuple[str, str]]:
    """Take the pages that are walked through this way. Faces of one view lie side by side and go different ways."""
    return listed if slices.WHOLE else listed[way::ways]


@pytest.mark.parametrize(
    ("way", "theme", "language"), [(n, *way) for n, way in enumerate(WAYS)], ids=map("-".join, WAYS)
)
def test_every_page_is_for_everybody(
    walk: tuple[str, list[tuple[str, str]]], browser: Browser, way: int, theme: str, language: str
) -> None:
    base, listed = walk[0], sliced(walk[1], way, len(WAYS))
    axe_at = 0 if (language == "da") == (theme == "light") else 2
    faults: list[str] = []
    with chromium.page(browser, base, expected=("404",), color_scheme="light" if theme == "dark" else "dark") as page:
        choose(page, base, sprog=language, tema=theme)
        titles: dict[str, str] = {}
        for endpoint, url in each(page, listed):
            faults += [f"{url}: {fault}" for fault in look(page, axe_at)]
            faults += [f"{url}: {text}" for text in danish_left(page)] if language == "en" else []
            titles.setdefault(endpoint, page.title())
    assert faults == [], "\n".join(faults)
    spoken = [title for endpoint, title in titles.items() if endpoint not in pages.ALIKE]
    assert sorted(spoken) == sorted(set(spoken))


def choose(page: Page, base: str, **cookies: str) -> None:
    page.context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])


def look(page: Page, axe_at: int) -> Iterator[str]:
    """The cheap looks at each width, axe at one."""
    for n, (width, height) in enumerate(WIDTHS):
        page.set_viewport_size({"width": width, "height": height})
        yield from (f"{width} px: {fault}" for fault in _cheap(page, touch=width == 390))
        if n == axe_at:
            found = Axe().run(page, options=WCAG)
            yield from (f"{width} px: {found.generate_report()}" for _ in range(found.violations_count > 0))
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    yield from (f"letters at 200 %: {fault}" for fault in _cheap(page, touch=False))
    yield from page.evaluate("[...looking.headings(), ...looking.silent()]")


def _cheap(page: Page, *, touch: bool) -> list[str]:
    found = [] if chromium.fits(page) else ["scrolls sideways"]
    asked = "[...looking.lost().map(x => 'lost: ' + x), ...looking.overlaps()]"
    found += page.evaluate(asked)
    return found + (page.evaluate("looking.untouchable().map(x => 'small: ' + x)") if touch else [])


def danish_texts() -> list[re.Pattern[str]]:
    """What the catalogue says in Danish, where English says something else."""
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="en") if message.id]
    english = {text for m in messages for text in ([m.string] if isinstance(m.string, str) else m.string)}
    danish = {text for m in messages for text in ([m.id] if isinstance(m.id, str) else m.id)} - english
    return [
        _pattern(parts) for parts in map(_parts, danish) if len(parts) == 1 or len("".join(parts).strip()) >= TELLING
    ]


def _parts(text: str) -> list[str]:
    return re.split(r"%\(\w+\)s", text.replace("%%", "%"))


def _pattern(parts: list[str]) -> re.Pattern[str]:
    inside = ".+".join(map(re.escape, parts))
    return re.compile(inside if len("".join(parts)) >= LONG else f"^{inside}[:.]?$", re.DOTALL)


DANISH = danish_texts()


def danish_left(page: Page) -> list[str]:
    texts = page.evaluate("looking.texts()")
    return [f"Danish: {text}" for text in texts if any(pattern.search(text) for pattern in DANISH)]


def test_the_keyboard_goes_everywhere_and_is_seen(walk: tuple[str, list[tuple[str, str]]], browser: Browser) -> None:
    base, listed = walk[0], sliced(walk[1], 0, BY_KEYBOARD)
    faults: list[str] = []
    with chromium.page(browser, base, expected=("404",), reduced_motion="reduce") as page:
        for _endpoint, url in each(page, listed):
            faults += [f"{url}: {fault}" for fault in tabbed(page)]
    assert faults == [], "\n".join(faults)


def tabbed(page: Page) -> Iterator[str]:
    """From the top of the page: the skip link first, then in the order one reads, each with a ring around it."""
    page.evaluate("looking.watch()")
    for n in range(MOST_TABS):
        # From the second on there is nothing to wait for: it is the same page, and its scripts have come.
        page.keyboard.press("Tab") if n == 0 else Keyboard.press(page.keyboard, "Tab")
        dark = page.evaluate("looking.ring()")
        if dark is None:
            break
        if dark:
            yield f"no ring: {dark}"
        # Where a page puts one into its first field, the skip link is behind one's back.
        if n == 0 and not page.locator("[autofocus]").count() and not page.evaluate(ON_SKIP):
            yield "the skip link is not first"
        if n and page.evaluate(ON_SKIP):
            break  # round again
    yield from page.evaluate("looking.unfocused()")
    moving = "document.getAnimations().filter(a => a.effect.getTiming().duration > 1).length"
    if page.evaluate(moving):
        yield "moves, though asked not to"


def test_the_skip_link_skips(walk: tuple[str, list[tuple[str, str]]], browser: Browser) -> None:
    with chromium.page(browser, walk[0]) as page:
        sign_in(page)
        page.goto("/henvendelser/")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")
