"""Serve a town, sign in by browser, and let mails come."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from app.domain.enquiry import State
from app.workflow.worker import Worker
from tests.serving import serving
from tests.town import SHARED, Town, eventually


@pytest.fixture
def base(town: Town) -> Iterator[str]:
    """The real server and the real worker around the town."""
    town.teach_history()
    worker = Worker(town.container)
    # The browser's driver keeps an event loop in this thread; the engine wants one without.
    with ThreadPoolExecutor(max_workers=1) as elsewhere, serving(town) as address:
        elsewhere.submit(worker.start).result()
        yield address
        elsewhere.submit(worker.stop).result()


def sign_in(page: Page, role: str = "visitator") -> None:
    page.goto("/log-ind")
    page.get_by_label("E-mail").fill(f"{role}@town.example.org")
    page.get_by_label("Adgangskode").fill("secret-enough")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log ud")).to_be_visible()


def deliver(town: Town, *mails: bytes) -> None:
    goal = town.last_enquiry() + len(mails)
    for raw in mails:
        town.gateway.deliver(SHARED, raw)
    eventually(lambda: town.last_enquiry() == goal and town.enquiry(goal).state is not State.RECEIVED)
