"""Twenty people at once over loopback: they open, read, decide, correct, undo, search and list, and nothing is decided twice."""

import random
import re
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from app import database
from tests.load.house import LargeHouse, served
from tests.load.pages import Times
from tests.load.town import PASSWORD, REAL, Size
from tests.load.visitor import Answer, Visitor, open_triage, shown

PEOPLE, SECONDS, BAR_MS = 20, 300.0, 300.0
READS = (2.0, 8.0)
"""Seconds between two things one person does: quicker than people read, of whom half take 9 s a mail or more."""
DESIGNED = frozenset({200, 303, 409, 422})
"""409: somebody else was first. 422: there is nothing to undo, or the mail has left the house."""
SEARCHES = ("skrald", "støj", "parkering", "2026-000123", "Fiktsen")
DECIDED = "('confirmed', 'corrected', 'referred', 'dismissed')"
TWICE = f"""
    SELECT count(*) FROM (
        SELECT e.enquiry_id FROM event e JOIN enquiry q ON q.id = e.enquiry_id
        WHERE e.kind IN {DECIDED} AND e.id > :after AND q.follows_id IS NULL
        GROUP BY e.enquiry_id
        HAVING count(*) > 1 + (
            SELECT count(*) FROM event u
            WHERE u.enquiry_id = e.enquiry_id AND u.id > :after AND u.kind IN ('undone', 'returned')
        )
    ) twice
"""


@dataclass
class Crowd:
    """What everybody met, together."""

    ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    twice: int = 0

    @property
    def times(self) -> Times:
        return Times("all requests", self.ms)

    def met(self, what: str, answer: Answer) -> Answer:
        self.ms.append(answer.ms)
        self.statuses[answer.status] += 1
        self.done[what] += 1
        if answer.status not in DESIGNED:
            self.wrong.append(f"{what}: {answer.status}")
        return answer

    def __str__(self) -> str:
        done = ", ".join(f"{count} {what}" for what, count in self.done.most_common())
        speed = f"p50 {self.times.p50:.0f} ms, p95 {self.times.p95:.0f} ms"
        return f"{len(self.wrong)} errors, {self.twice} decided twice, {speed}; {done}"

    def fine(self, bar: float = BAR_MS) -> bool:
        return not self.wrong and not self.twice and self.times.p95 <= bar


def gather(house: LargeHouse, people: int = PEOPLE, seconds: float = SECONDS) -> Crowd:
    """Everybody signs in one after the other, then all work until the time is over."""
    crowd, after = Crowd(), house.count("SELECT max(id) FROM event")
    visitors = [Visitor(house.port, f"visitator{n}@load.example.org", PASSWORD) for n in range(1, people + 1)]
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_work, args=(crowd, visitor, random.Random(n), until))
        for n, visitor in enumerate(visitors)
    ]
    for thread in threads:
        thread.start()
        time.sleep(min(0.2, seconds / 100))
    for thread in threads:
        thread.join()
    with database.opened(house.url) as engine, engine.connect() as connection:
        crowd.twice = int(connection.execute(text(TWICE), {"after": after}).scalar() or 0)
    return crowd


def _work(crowd: Crowd, visitor: Visitor, chance: random.Random, until: float) -> None:
    """One person's time; whatever goes wrong with the connection is told, not lost."""
    try:
        page = crowd.met("opened", open_triage(visitor)).text
        while time.monotonic() < until:
            time.sleep(chance.uniform(*READS))
            page = _act(crowd, visitor, chance, page)
    except Exception as error:  # noqa: BLE001 - a person who stops without a word would make the others fast
        crowd.wrong.append(f"{type(error).__name__}: {error}")
    finally:
        visitor.close()


def _act(crowd: Crowd, visitor: Visitor, chance: random.Random, page: str) -> str:
    """One thing of those that people do; returns the page they look at then."""
    what, mail = chance.random(), shown(page)
    if what < 0.06:
        crowd.met("searched", visitor.get(f"/henvendelser/?q={chance.choice(SEARCHES)}"))
    elif what < 0.12:
        crowd.met("listed", visitor.get("/henvendelser/?tilstand=triage"))
    elif what < 0.18:
        return crowd.met("undone", visitor.post("/visitering/fortryd", {}, htmx=True)).text
    elif mail is not None and mail.units:
        corrects = what < 0.4 and len(mail.units) > 1
        form = {"version": mail.version, "unit": mail.units[1 if corrects else 0]}
        answer = visitor.post(f"/visitering/{mail.enquiry_id}", form, htmx=True)
        page = crowd.met("corrected" if corrects else "taken", answer).text
        if receipt := re.search(r'hx-get="(/visitering/kvittering/\d+)"', page):
            time.sleep(0.25)
            crowd.met("receipts", visitor.get(receipt[1], htmx=True))
        return page if answer.status == 200 else crowd.met("opened", open_triage(visitor)).text
    return crowd.met("opened", open_triage(visitor)).text


def run(size: Size = REAL, people: int = PEOPLE, seconds: float = SECONDS, url: str = "") -> Crowd:
    with tempfile.TemporaryDirectory() as folder, served(size, Path(folder), url) as house:
        return gather(house, people, seconds)
