"""What pages of figures cost at a thousand to a million enquiries of one year: facts from a seed, without mails or events."""

import gc
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from app import database, memory
from app.container import Container
from app.demo import benefit
from app.domain import period
from app.domain.access import Role
from app.domain.actor import ROBOT
from app.domain.deadlines import local_day
from app.domain.enquiry import State
from app.domain.enquiry_facts import Way
from app.domain.period import Kind, Period
from app.environment import read_settings
from app.models.enquiry_facts import EnquiryFactsRow
from app.models.unit import Unit
from app.services.organisation import organisation_units
from app.services.platform import accounts, settings
from app.services.reports import benefit_assumptions, counted_days
from app.web.platform.factory import create_app
from tests.acceptance import SECRET
from tests.load.bulk import Bulk
from tests.load.pages import Times, machine
from tests.load.writing import plan_of

SIZES = (1_000, 10_000, 100_000, 1_000_000)
BAR_SIZE, BAR_MS = 200_000, 300.0
UNITS, DAYS, LOOKS, SEED = 50, 365, 4, 11
PAGES = ("/tal/", "/tal/traefsikkerhed/", "/tal/frister/", "/tal/gevinst/")
MANAGER, PASSWORD = "leder@load.example.org", "load-only-load-only"


def facts(number: int, day: date, units: int, mailboxes: list[str], chance: random.Random) -> dict[str, object]:
    """One mail of a busy house: most are answered in time, some come late to their unit, some are still open."""
    unit, first = chance.randrange(1, units + 1), None
    placed = chance.random() < 0.92
    age, taken = (local_day(datetime.now(UTC)) - day).days, int(chance.expovariate(1 / 9))
    answered = placed and taken < age
    if placed:
        first = chance.randrange(1, units + 1) if chance.random() < 0.06 else unit
    hops, manual = int(first != unit and placed), chance.random() < 0.35
    minutes = int(chance.lognormvariate(3, 2)) if placed else None
    suggested = chance.randrange(1, units + 1) if chance.random() < 0.12 else unit
    state = (
        State.CLOSED
        if answered
        else State.ROUTED
        if placed and age < 12
        else State.CLOSED
        if placed
        else State.SET_ASIDE
    )
    way = Way.ASIDE if not placed else Way.MANUAL if manual else Way.AUTOMATIC
    return {
        "enquiry_id": number, "received_on": day, "mailbox": chance.choice(mailboxes), "state": state.value,
        "way": way.value, "reason": "", "unit_id": unit if placed else None, "first_unit_id": first,
        "first_routed_on": day if placed else None, "routed_on": day if placed else None, "hops": hops, "returns": hops,
        "days_lost": hops * 3, "terms_days": 10, "due_on": day + timedelta(days=14),
        "feedback_due_on": day + timedelta(days=14), "feedback_on": None, "answer_due_on": day + timedelta(days=42),
        "answered_on": day + timedelta(days=taken) if answered else None, "closed_on": None,
        "journaled_on": day if placed else None, "journal_minutes": minutes,
        "journal_days": None if minutes is None else minutes // 1440,
        "seconds": round(chance.lognormvariate(2.2, 0.8), 1) if manual else None,
        "decided_as": "confirmed" if manual and suggested == unit else "corrected" if manual else None,
        "judged_on": day if placed else None, "suggested_unit_id": suggested if placed else None,
        "suggestion_right": suggested == unit if placed else None,
    }  # fmt: skip


def fill(engine: Engine, count: int) -> None:
    """Fill a migrated database with a year of facts, and let what pages add up be counted."""
    plan, chance, today = plan_of(UNITS), random.Random(SEED), local_day(datetime.now(UTC))
    with database.write(engine) as session:
        organisation_units.add_units(session, plan.units)
        organisation_units.add_mailboxes(session, plan.mailboxes)
        accounts.create(session, email=MANAGER, name="Leder", role=Role.MANAGER, password=PASSWORD)
        given = benefit.assumptions(today)
        benefit_assumptions.save(session, given, "", based_on=None, by=ROBOT, now=datetime.now(UTC))
        settings.put(session, settings.FACTS_POSITION, 10**9)
        units = len(session.scalars(select(Unit.id)).all())
    boxes = [address for address, _ in plan.mailboxes]
    days = [today - timedelta(days=DAYS - DAYS * n // count) for n in range(count)]
    rows = [facts(n, day, units, boxes, chance) for n, day in enumerate(days, 1)]
    with Bulk(engine) as bulk:
        bulk.insert(EnquiryFactsRow, tuple(rows[0]), (tuple(row.values()) for row in rows))
    while counted_days.bring_up(engine, datetime.now(UTC)):
        pass
    database.analyze(engine)


def signed_in(container: Container) -> FlaskClient:
    """Return a manager's browser, without a network between."""
    client = create_app(container).test_client()
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/log-ind").text)[0]
    client.post("/log-ind", data={"csrf_token": token, "email": MANAGER, "password": PASSWORD})
    return client


def addresses(page: str, mailbox: str) -> Iterator[str]:
    """The page for a year, a quarter and a month that are over or nearly so, of all and of each kind of part of the house."""
    today = local_day(datetime.now(UTC))
    year = Period(today - timedelta(days=DAYS - 1), today).word
    before = period.around(today, Kind.QUARTER).before()
    for chosen in (year, before.word, period.around(before.first, Kind.MONTH).word):
        for scope in ("", "&omraade=1", "&enhed=3", f"&postkasse={quote(mailbox)}"):
            yield f"{page}?periode={chosen}{scope}"


def opened(client: FlaskClient, page: str, mailbox: str) -> tuple[Times, Times]:
    """The page's times over all periods and parts of the house: by the clock, and of this process's processor."""
    clock: list[float] = []
    processor: list[float] = []
    for address in addresses(page, mailbox):
        for look in range(LOOKS + 1):
            began, spent = time.perf_counter(), time.process_time()
            status = client.get(address).status_code
            assert status == 200, (address, status)
            if look:  # the first one prepares what is prepared once
                clock.append((time.perf_counter() - began) * 1e3)
                processor.append((time.process_time() - spent) * 1e3)
    return Times(page, clock), Times(page, processor)


def cost(count: int, url: str = "") -> list[tuple[Times, Times]]:
    """The times of each page in a house of so many enquiries a year."""
    with tempfile.TemporaryDirectory() as home:
        given = {"SLUSE_HOME": home, "SLUSE_SECRET_KEY": SECRET, "SLUSE_DATABASE_URL": url}
        config = read_settings({name: value for name, value in given.items() if value}, demo=False)
        database.migrate(config.database_url)
        container = Container.build(config)
        fill(container.engine, count)
        client, mailbox = signed_in(container), plan_of(UNITS).mailboxes[0][0]
        memory.freeze()  # as whoever serves pages does
        found = [opened(client, page, mailbox) for page in PAGES]
        gc.unfreeze()
        container.close()
    return found


def report(url: str = "", sizes: Sequence[int] = (*SIZES, BAR_SIZE)) -> bool:
    """A line for each size and page; whether the bar is reached at its size."""
    reached = True
    for count in sizes:
        print(f"{count:,} enquiries a year, {'PostgreSQL' if url else 'SQLite'}; {machine()}", flush=True)
        for clock, processor in cost(count, url):
            reached &= clock.report(BAR_MS) or count != BAR_SIZE
            print(f"     of the processor: p50 {processor.p50:.0f} ms, p95 {processor.p95:.0f} ms", flush=True)
    return reached


if __name__ == "__main__":
    sys.exit(0 if report(sizes=[int(size) for size in sys.argv[1:]] or (*SIZES, BAR_SIZE)) else 1)
