"""A visitator's working day in a real browser, by keyboard alone, over a town of any size: nothing is clicked."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import text

from app import database
from connectors.mail.folder.gateway import FolderGateway
from tests import browser as chromium
from tests.load.house import LargeHouse
from tests.load.pages import Times
from tests.load.town import PASSWORD
from tests.load.writing import Written, plan_of
from tests.town import eventually

SEARCHED, SECOND, TAKEN_BACK = 10, 4, 20
"""Every so many decisions: by name instead of by number, for the second unit, taken back once."""
MATTERS = ("Et træ er væltet over stien ved søen.", "Og så er skraldet ikke hentet i to uger.")
STORM = (
    "Stormen har væltet et stort træ ned over cykelstien i Prøveparken i nat, ingen kan komme forbi.",
    "Et stort træ er væltet ned over cykelstien i Prøveparken i stormen i nat, man kan ikke komme forbi.",
    "I nat væltede stormen et stort træ ned over cykelstien i Prøveparken, så ingen kan komme forbi.",
    "Cykelstien i Prøveparken er spærret: stormen væltede et stort træ ned over den i nat.",
    "Der ligger et stort træ, som stormen væltede i nat, ned over cykelstien i Prøveparken.",
)


@dataclass
class Day:
    """What the day came to. `until_next` are the server's milliseconds from a decision to the next mail's page."""

    until_next: list[float] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    """Keys pressed for each decision made by number."""
    searched: list[tuple[int, int]] = field(default_factory=list)
    """(keys pressed, letters typed among them) for each decision made by a unit's name."""
    done: list[str] = field(default_factory=list)

    @property
    def times(self) -> Times:
        return Times("decision to next mail, in the browser's day", self.until_next)

    @property
    def as_promised(self) -> bool:
        """One key for a suggestion; else `/`, letters, Enter."""
        return set(self.keys) == {1} and all(pressed == letters + 2 for pressed, letters in self.searched)


class Desk:
    """One person's browser, with a count of the keys pressed."""

    def __init__(self, page: Page, day: Day, reads: float = 0.0) -> None:
        self.page, self.day, self.reads, self.pressed = page, day, reads, 0
        page.on("requestfinished", self._note)

    def _note(self, request: Request) -> None:
        if request.method == "POST" and re.search(r"/visitering/\d+(\?.*)?$", request.url):
            self.day.until_next.append(request.timing["responseStart"] - request.timing["requestStart"])

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.pressed += len(keys)

    def type(self, letters: str) -> None:
        self.page.keyboard.type(letters)
        self.pressed += len(letters)

    def shown(self) -> str:
        return self.page.locator("#indhold").get_attribute("data-enquiry") or ""

    def answered(self, act: Callable[[], None], address: str = r"/visitering/\d+") -> None:
        """Act, and wait for the server's word on it."""
        with self.page.expect_response(
            lambda r: r.request.method == "POST" and bool(re.search(address, r.url))
        ) as found:
            act()
        assert found.value.status in (200, 303), found.value.status

    def decide(self, n: int) -> None:
        """Decide the mail that is shown; the next one stands there."""
        self.page.wait_for_timeout(self.reads * 1000)
        before, self.pressed = self.shown(), 0
        names = [name.strip() for name in self.page.locator(".picks .pick b").all_inner_texts()]
        if not names or n % SEARCHED == SEARCHED - 1:
            name = names[-1] if names else self.page.locator("button.unit b").first.inner_text()
            self.answered(lambda: self._by_name(name))
            self.day.searched.append((self.pressed, self.pressed - 2))
        else:
            key = "2" if n % SECOND == SECOND - 1 and len(names) > 1 else "1"
            self.answered(lambda: self.press(key))
            self.day.keys.append(self.pressed)
        expect(self.page.locator(f'#indhold[data-enquiry="{before}"]')).to_have_count(0)

    def _by_name(self, name: str) -> None:
        """As many letters as it takes until the unit is the first that is left."""
        self.press("/")
        for letter in name.lower():
            self.type(letter)
            chosen = self.page.locator("#all-units .chosen b")
            if chosen.count() and chosen.first.inner_text().strip() == name:
                break
        self.press("Enter")


def play(house: LargeHouse, browser: Browser, decisions: int = 100, reads: float = 0.0) -> Day:
    """The whole day: mails decided and taken back, one split, two merged, one returned by its unit, a wave at once.

    `reads` are the seconds a mail is looked at before it is decided.
    """
    day = Day()
    with chromium.page(browser, house.base) as page:
        context = Desk(page, day, reads)
        sign_in(context, "visitator1")
        page.goto("/visitering/")
        for n in range(decisions):
            context.decide(n)
            if n % TAKEN_BACK == TAKEN_BACK - 1:
                context.answered(lambda: context.press("u"), "/fortryd")
                expect(page.get_by_text("Valget er fortrudt")).to_be_visible()
                day.done.append("taken back")
                context.decide(0)
        day.done.append(f"{decisions} decided")
        split(house, context)
        merge(house, context)
        wave(house, context)
        returned(house, browser, context)
    return day


def by_touch(house: LargeHouse, browser: Browser) -> None:
    """The main path with a finger on a phone: a suggestion, one of those that are folded away, a unit by name, and back again."""
    with chromium.page(browser, house.base, 390, 844, has_touch=True, is_mobile=True) as page:
        sign_in(Desk(page, Day()), "visitator2")
        page.goto("/visitering/")
        _tap(page, lambda: page.locator(".pick").first.tap())
        page.get_by_text("forslag mere").tap()
        _tap(page, lambda: page.locator(".pick").nth(4).tap())
        page.locator("#find").tap()
        page.locator("#find").fill("skadedyr")
        _tap(page, lambda: page.locator("button.unit:visible").first.tap())
        page.get_by_role("button", name="Fortryd").tap()
        expect(page.get_by_text("Valget er fortrudt")).to_be_visible()
        assert chromium.fits(page)


def _tap(page: Page, act: Callable[[], None]) -> None:
    """Decide, and see another mail with its suggestions."""
    before = page.locator("#indhold").get_attribute("data-enquiry")
    act()
    expect(page.locator(f'#indhold[data-enquiry="{before}"]')).to_have_count(0)
    expect(page.locator(".pick").first).to_be_visible()


def sign_in(context: Desk, who: str) -> None:
    context.page.goto("/log-ind")
    context.page.get_by_label("E-mail").focus()
    context.type(f"{who}@load.example.org")
    context.press("Tab")
    context.type(PASSWORD)
    context.press("Enter")
    expect(context.page.get_by_role("button", name="Log ud")).to_be_visible()


def split(house: LargeHouse, context: Desk) -> None:
    (whole,) = deliver(house, [("To ting på én gang", "\n\n".join(("Hej kommune", *MATTERS)))])
    page = context.page
    page.goto(f"/visitering/{whole}")
    context.press("d")
    for n, title in enumerate(("Træet", "Skraldet"), 1):
        page.get_by_label("Titel").nth(n - 1).focus()
        context.type(title)
        box = page.locator("fieldset").nth(n - 1).get_by_role("checkbox").nth(n)
        box.focus()
        context.press("Space")
    page.get_by_role("button", name="Del i 2").focus()
    context.press("Enter")
    expect(page.get_by_text("Mailen er delt i 2")).to_be_visible()
    context.decide(0)
    context.day.done.append("split")


def merge(house: LargeHouse, context: Desk) -> None:
    first, second = deliver(
        house,
        [("Hul i Prøvegade", "Der er et hul i Prøvegade ved nr. 3."), ("Mere om hullet", "Det er blevet større.")],
    )
    context.page.goto(f"/visitering/{second}")
    context.press("m")
    pick = context.page.locator(f"button.pick[value='{first}']")
    expect(pick).to_be_visible()
    context.press(pick.get_attribute("data-key") or "")
    eventually(lambda: one(house, "SELECT follows_id FROM enquiry WHERE id = :id", id=second) == first)
    context.day.done.append("merged")


def wave(house: LargeHouse, context: Desk) -> None:
    ids = deliver(house, [(f"Væltet træ {n}", entries) for n, entries in enumerate(STORM)], apart=True)
    eventually(
        lambda: one(house, "SELECT count(*) FROM wave_member WHERE enquiry_id >= :id", id=ids[0]) >= len(ids) - 1
    )
    context.page.goto(f"/visitering/{ids[0]}")
    context.press("b")
    expect(context.page.get_by_role("checkbox").first).to_be_visible()
    context.answered(lambda: context.press("1"), "/boelge/")
    expect(context.page.get_by_text("mails er fordelt samlet")).to_be_visible()
    context.day.done.append(f"a wave of {len(ids)}")


def returned(house: LargeHouse, browser: Browser, context: Desk) -> None:
    """The visitator sends a mail to the caseworker's unit, who sends it back; it is decided again."""
    unit = plan_of(1).units[0].name
    (enquiry,) = deliver(house, [("Måske jeres", "Det her kan ikke være rigtigt, vel? Venlig hilsen Prøve.")])
    context.page.goto(f"/visitering/{enquiry}")
    context.answered(lambda: context._by_name(unit))
    sent = "SELECT count(*) FROM event WHERE enquiry_id = :id AND kind = 'forwarded'"
    eventually(lambda: one(house, sent, id=enquiry) == 1)
    with chromium.page(browser, house.base) as page:
        caseworker = Desk(page, Day())
        sign_in(caseworker, "sagsbehandler")
        page.goto(f"/enheden/{enquiry}")
        caseworker.press("r")
        page.get_by_label("Noget andet").focus()
        caseworker.press("Space")
        page.get_by_role("button", name="Send retur").focus()
        caseworker.press("Enter")
        expect(page.get_by_text("Sendt retur. Henvendelsen er tilbage")).to_be_visible()
    context.page.goto(f"/visitering/{enquiry}")
    expect(context.page.get_by_text("Sendt retur 1 gang")).to_be_visible()
    context.decide(1)
    context.day.done.append("returned and decided again")


def deliver(house: LargeHouse, mails: list[tuple[str, str]], *, apart: bool = False) -> list[int]:
    """Citizens' mails (subject, text) into the first shared mailbox, from one sender or each from one of its own; their numbers."""
    gateway, (address, _) = FolderGateway(house.settings.mail_root), plan_of(1).mailboxes[0]
    last, stamp = one(house, "SELECT max(id) FROM enquiry"), time.time_ns()
    for n, (subject, entries) in enumerate(mails):
        sender = f"borger{stamp + (n if apart else 0)}@borger.example.org"
        written = Written(0, address, "Prøve Eksempelsen", sender, subject, entries, None)
        gateway.deliver(address, written.raw(f"{stamp}-{n}", format_datetime(datetime.now(UTC))))
    waiting = "SELECT count(*) FROM enquiry WHERE id > :id AND state = 'triage'"
    eventually(lambda: one(house, waiting, id=last) == len(mails))
    return list(range(last + 1, last + 1 + len(mails)))


def one(house: LargeHouse, query: str, **values: Any) -> Any:
    with database.opened(house.url) as engine, engine.connect() as connection:
        return connection.execute(text(query), values).scalar()
