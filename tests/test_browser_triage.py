"""Triage in a real browser: the next mail stands there at the key press, nothing jumps, two never meet, undo is honest."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.models.unit import Mailbox
from app.services.platform import accounts
from app.workflow.worker import Worker
from tests import browser as chromium
from tests.browsing import sign_in
from tests.serving import serving
from tests.town import PARK, SHARED, WASTE, Town, eventually, mail

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def base(town: Town) -> Iterator[str]:
    """The real server and worker; two visitators."""
    town.teach_history()
    with database.write(town.container.engine) as session:
        accounts.create(
            session, email="bo@town.example.org", name="Bo Opfundet", role=Role.VISITATOR, password="secret-enough"
        )
    worker = Worker(town.container)
    with ThreadPoolExecutor(max_workers=1) as elsewhere, serving(town) as address:
        elsewhere.submit(worker.start).result()
        yield address
        elsewhere.submit(worker.stop).result()


def deliver(town: Town, count: int) -> list[int]:
    before = town.last_enquiry()
    for n in range(count):
        town.gateway.deliver(SHARED, mail(f"Mail {before + n}", f"Træet i parken nummer {before + n} er væltet"))
    eventually(lambda: town.last_enquiry() == before + count)
    ids = list(range(before + 1, before + count + 1))
    eventually(lambda: all(town.enquiry(n).state is State.TRIAGE for n in ids))
    return ids


def at_work(town: Town) -> None:
    """The visitator has just decided a mail: only then the next one is loaded ahead."""
    (first,) = deliver(town, 1)
    town.decide(first)


def shown(page: Page) -> int:
    return int(page.locator("#indhold").get_attribute("data-enquiry") or 0)


def loaded(page: Page) -> None:
    """Wait until the next mail lies ready."""
    eventually(lambda: chromium.next_mail_lies_ready(page))


def places(page: Page) -> list[dict[str, float] | None]:
    return [
        page.locator(each).first.bounding_box() for each in (".picks", "#find", ".other", ".foot form", ".queue h1")
    ]  # type: ignore[misc]


CLOCK = """
window.began = 0; window.changed = 0;
window.gate = Promise.resolve(); window.let_go = () => {};
window.hold = () => { window.gate = new Promise((done) => { window.let_go = done; }); };
const real = window.fetch;
window.fetch = async (url, options) => {
  if (options && options.method === "POST") await window.gate;
  return real(url, options);
};
document.addEventListener("keydown", () => { window.began = performance.now(); window.changed = 0; }, true);
new MutationObserver(() => {
  if (!window.changed) requestAnimationFrame(() => { window.changed = window.changed || performance.now(); });
}).observe(document.body, { childList: true });
"""
"""Milliseconds from a key to the frame with the next mail in it. Between `hold()` and `let_go()` decisions are on their way."""


def press(page: Page, key: str) -> float:
    """Press a key and wait for the next mail; milliseconds until it was there."""
    before = shown(page)
    page.keyboard.press(key)
    eventually(lambda: page.evaluate("window.changed > 0") and shown(page) != before)
    return float(page.evaluate("window.changed - window.began"))


def test_the_next_mail_stands_there_before_the_answer(town: Town, base: str, browser: Browser) -> None:
    at_work(town)
    ids = deliver(town, 4)
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto("/visitering/")
        first = shown(page)
        loaded(page)
        (ahead,) = [n for n in ids if n != first and "viewed" in town.events(n)]
        before_it_is_shown = town.events(ahead).count("viewed")
        before = places(page)
        page.evaluate(CLOCK)
        page.evaluate("hold()")
        press(page, "1")
        second = shown(page)
        assert town.enquiry(first).state is State.TRIAGE  # the decision is still on its way
        assert page.url.endswith(f"/visitering/{second}")
        page.evaluate("let_go()")
        expect(page.get_by_role("heading", name="3 venter")).to_be_visible()
        assert town.enquiry(first).unit.name == PARK  # type: ignore[union-attr]
        assert shown(page) == second
        assert second == ahead
        assert town.events(second).count("viewed") == before_it_is_shown + 1
        loaded(page)
        assert len([n for n in ids if n not in (first, second) and "viewed" in town.events(n)]) == 1
        assert places(page) == before


@pytest.mark.parametrize("undo_seconds", [60.0])
def test_what_is_pressed_while_a_decision_is_on_its_way_waits_for_it(town: Town, base: str, browser: Browser) -> None:
    at_work(town)
    deliver(town, 5)
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto("/visitering/")
        page.evaluate(CLOCK)
        earlier = shown(page)
        loaded(page)
        press(page, "1")
        expect(page.get_by_role("heading", name="4 venter")).to_be_visible()
        page.evaluate("hold()")
        second = shown(page)
        loaded(page)
        press(page, "1")
        page.keyboard.press("u")
        page.evaluate("let_go()")
        expect(page.get_by_text("Valget er fortrudt")).to_be_visible()
        assert shown(page) == second
        assert town.enquiry(second).state is State.TRIAGE
        assert town.enquiry(earlier).state is State.ROUTED
        loaded(page)
        page.evaluate("hold()")
        press(page, "1")
        third = shown(page)
        page.keyboard.press("1")
        page.evaluate("let_go()")
        expect(page.get_by_role("heading", name="2 venter")).to_be_visible()
        eventually(lambda: town.enquiry(third).state is State.ROUTED)


def test_what_is_typed_while_a_decision_is_on_its_way_stays(town: Town, base: str, browser: Browser) -> None:
    """Though the answer brings new suggestions; and the unit that was chosen so is the one it goes to."""
    at_work(town)
    deliver(town, 4)
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto("/visitering/")
        page.evaluate(CLOCK)
        for left in (3, 2):
            loaded(page)
            page.evaluate("hold()")
            chromium.triage(page, "state.ahead.node.querySelector('.pick span').textContent = 'learned since'")
            press(page, "1")
            chosen = shown(page)
            page.keyboard.press("/")
            page.keyboard.type("affa")
            if left == 2:
                page.keyboard.press("Enter")
            page.evaluate("let_go()")
            if left == 2:
                break
            expect(page.get_by_role("heading", name=f"{left} venter")).to_be_visible()
            expect(page.get_by_text("learned since")).to_have_count(0)
            expect(page.locator("#find")).to_have_value("affa")
            expect(page.locator("#find")).to_be_focused()
            page.keyboard.press("Escape")
        expect(page.get_by_role("heading", name="1 venter")).to_be_visible()
        eventually(lambda: town.enquiry(chosen).state is State.ROUTED)
        assert town.enquiry(chosen).unit_id == town.units[WASTE]


def test_without_one_loaded_ahead_the_answer_brings_the_next_mail(town: Town, base: str, browser: Browser) -> None:
    at_work(town)
    deliver(town, 3)
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto("/visitering/")
        page.evaluate(CLOCK)
        first = shown(page)
        loaded(page)
        page.evaluate("hold()")
        chromium.triage(page, "state.ahead = null")
        page.keyboard.press("1")
        assert shown(page) == first
        page.evaluate("let_go()")
        expect(page.get_by_role("heading", name="2 venter")).to_be_visible()
        assert shown(page) != first


def test_a_refused_decision_brings_the_old_mail_back(town: Town, base: str, browser: Browser) -> None:
    at_work(town)
    deliver(town, 4)  # who has decided holds the one after it too
    # A browser calls a 409 an error on its console, so this page is not one of those that allow none.
    page = browser.new_context(base_url=base).new_page()
    page.set_default_timeout(chromium.PATIENCE_MS)
    with chromium.page(browser, base) as other:
        sign_in(page)
        sign_in(other, "bo")
        page.goto("/visitering/?bane=alle")
        mine = shown(page)
        loaded(page)
        other.goto("/visitering/?bane=alle")
        assert shown(other) != mine
        expect(other.locator(".held").first).to_contain_text("Invented visitator ser på den")
        other.goto(f"/visitering/{mine}")
        expect(other.locator("#decide")).to_have_count(0)
        other.keyboard.press("o")
        expect(other.locator("#decide")).to_be_visible()
        page.keyboard.press("1")
        expect(page.get_by_role("alert")).to_contain_text("En kollega har mailen åben")
        assert shown(page) == mine
        assert town.enquiry(mine).state is State.TRIAGE
    page.context.close()


def test_keystrokes_as_promised_and_the_latest_by_key(town: Town, base: str, browser: Browser) -> None:
    """One key for any of the top five; otherwise /, letters, Enter. And the list of what was decided, by its key."""
    ids = deliver(town, 4)
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto("/visitering/")
        for key in "12":
            before = shown(page)
            page.keyboard.press(key)
            eventually(lambda before=before: town.enquiry(before).state is State.ROUTED)
            expect(page.locator("#indhold")).not_to_have_attribute("data-enquiry", str(before))
        third = shown(page)
        for key in ("/", "a", "f", "Enter"):
            page.keyboard.press(key)
        eventually(lambda: town.enquiry(third).state is State.ROUTED)
        eventually(lambda: all("forwarded" in town.events(n) for n in ids if town.enquiry(n).state is State.ROUTED))
        page.keyboard.press("h")
        expect(page.get_by_role("heading", name="Dine seneste valg")).to_be_visible()
        expect(page.locator(".latest li")).to_have_count(3)
        row = page.locator(".latest li").filter(has_text="får besked om, at den er trukket tilbage").last
        row.get_by_role("button", name="Fortryd").click()
        expect(page.locator("#decide")).to_be_visible()
        eventually(lambda: any("recall_sent" in town.events(n) for n in ids))
        page.keyboard.press("?")
        for key in page.locator("[data-key] kbd").all_inner_texts():
            if key not in "12345":
                assert key in page.locator("#keys kbd").all_inner_texts()


def test_filters_are_kept_through_decisions(town: Town, base: str, browser: Browser) -> None:
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address="anden@town.example.org", name="Anden"))
    town.gateway.create_mailbox("anden@town.example.org")
    ids = deliver(town, 2)
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto("/visitering/")
        page.keyboard.press("f")
        page.get_by_label("Postkasse").select_option("Fælles")
        page.get_by_role("button", name="Vis", exact=True).click()
        assert f"postkasse={SHARED.replace('@', '%40')}" in page.url
        for n in range(2):
            before = shown(page)
            page.keyboard.press("1")
            eventually(lambda before=before: town.enquiry(before).state is State.ROUTED)
            if n == 0:
                expect(page.locator("#indhold")).not_to_have_attribute("data-enquiry", str(before))
                assert "postkasse=" in page.url
        expect(page.get_by_text("Der er et filter på køen")).to_be_visible()
        page.get_by_role("link", name="Fjern filteret").first.click()
        expect(page.get_by_text("Ingen mails venter på dig")).to_be_visible()
    assert len(ids) == 2


def test_on_a_phone_a_mail_is_chosen_from_the_queue_and_every_button_is_in_sight(
    town: Town, base: str, browser: Browser
) -> None:
    """What was unfolded stays so while the queue is fetched anew; a style that a script left behind breaks no policy."""
    ids = deliver(town, 3)
    with chromium.page(browser, base, 390, 844) as page:
        sign_in(page)
        page.goto("/visitering/")
        for name in ("Anden myndighed", "Ikke en henvendelse", "Læg tilbage", "Fortryd"):
            expect(
                page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).first
            ).to_be_in_viewport(ratio=1)
        expect(page.locator("#queue ol")).to_be_hidden()
        page.get_by_text("Vælg en mail").click()
        page.evaluate(
            "const q = document.getElementById('queue'); q.style.width = '1px'; q.style.width = ''; q.dataset.old = 'yes'"
        )
        ids += deliver(town, 1)
        expect(page.locator("#queue[data-old]")).to_have_count(0)
        other = next(n for n in ids if n != shown(page))
        page.locator(f"#queue a[href*='/visitering/{other}']").click()
        eventually(lambda: shown(page) == other)
