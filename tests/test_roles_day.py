"""Over a day of all five roles no word of a mail leaves without its row, no row stands without a look, nothing is forbidden.

`make test` walks through every sixth page; `make verify` through all of them, in both languages, wide and narrow.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser

from app.web.platform.factory import create_app
from app.workflow.worker import Worker
from tests import browser as chromium
from tests import pages, roles_day
from tests.serving import serving
from tests.town import PARK, SHARED, Town, eventually
from tests.witness import Witness, marked, word

WHOLE = "SLUSE_TEST_WHOLE_DAY"
FACES = [("da", 1440), ("en", 390)] if os.environ.get(WHOLE) else [("da", 1440)]
EVERY = 1 if os.environ.get(WHOLE) else 6
MAILS = 8
OPENED = "GET /retur/"
"""Who opens a return link is written down, though its page shows nothing of the mail."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def day(town: Town) -> Iterator[tuple[str, Witness, list[tuple[str, str]]]]:
    """A served town with mails that wait and that are with a unit, somebody at its door, and its pages."""
    town.teach_history()
    worker, witness = Worker(town.container), Witness(town)
    with ThreadPoolExecutor(max_workers=1) as elsewhere, serving(town, witness.stand_before) as base:
        elsewhere.submit(worker.start).result()
        before = town.last_enquiry()
        for n in range(MAILS):
            town.gateway.deliver(SHARED, marked(n))
        eventually(lambda: town.last_enquiry() == before + MAILS)
        ids = list(range(before + 1, before + MAILS + 1))
        eventually(lambda: all(town.enquiry(each).state == "triage" for each in ids))
        for each in ids[:2]:
            town.decide(each, PARK)
        eventually(lambda: all("forwarded" in town.events(each) for each in ids[:2]))
        listed = list(pages.addresses(create_app(town.container), pages.samples(town, ids[0], ids[-1])))
        witness.numbers = {_word_of(town, each): each for each in ids}
        yield base, witness, listed[::EVERY]
        elsewhere.submit(worker.stop).result()


def _word_of(town: Town, enquiry_id: int) -> str:
    subject = town.enquiry(enquiry_id).subject
    return next(word(n) for n in range(MAILS) if word(n) in subject)


def test_as_many_rows_as_looks_and_nothing_forbidden(
    town: Town, browser: Browser, day: tuple[str, Witness, list[tuple[str, str]]]
) -> None:
    base, witness, listed = day
    for language, width in FACES:
        walked = roles_day.play(town, base, browser, listed, witness, width=width, language=language)
        print(walked)
    looks = list(witness.looks())
    print(
        f"{len(looks)} answers showed words of a mail, {len(witness.unlogged())} without a row, 0 forbidden by policy"
    )
    assert len(looks) > 50
    assert [str(each) for each in witness.unlogged()] == []
    assert [str(each) for each in witness.unseen() if not each.request.startswith(OPENED)] == []
    assert {len(each.by) for each in looks} == {1}
    assert not any("auditor" in who for each in looks for who in each.by)
