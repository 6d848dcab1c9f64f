"""How long every page takes over the large town, how much it weighs, and how long a decision takes until the next mail."""

import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.load.house import LargeHouse, served
from tests.load.town import PASSWORD, REAL, Size
from tests.load.visitor import Visitor, shown

DECISIONS, LOOKS = 300, 20
NEXT_MS, PAGE_MS, REPORT_MS, WEIGHT_KB = 100.0, 200.0, 500.0, 150
VISITATOR, MANAGER, ADMINISTRATOR, CASEWORKER = (
    f"{who}@load.example.org" for who in ("visitator1", "leder", "adm", "sagsbehandler")
)
PAGES = (
    (VISITATOR, "/visitering/"),
    (VISITATOR, "/visitering/koe"),
    (VISITATOR, "/henvendelser/"),
    (VISITATOR, "/henvendelser/?tilstand=triage"),
    (VISITATOR, "/henvendelser/?tilstand=closed"),
    (VISITATOR, "/henvendelser/?tilstand=closed&side=40"),
    (VISITATOR, "/henvendelser/?tilstand=quarantine"),
    (VISITATOR, "/henvendelser/?q=skrald"),
    (VISITATOR, "/henvendelser/?q=Fiktsen"),
    (VISITATOR, "/henvendelser/?q=2026-000123"),
    (VISITATOR, "/henvendelser/?q=findesikke"),
    (VISITATOR, "/henvendelser/1234"),
    (VISITATOR, "/visitering/seneste/"),
    (VISITATOR, "/visitering/bemanding"),
    (CASEWORKER, "/enheden/"),
    (CASEWORKER, "/henvendelser/"),
    (CASEWORKER, "/henvendelser/?q=skrald"),
    (ADMINISTRATOR, "/alarmer/"),
    (ADMINISTRATOR, "/robot/"),
    (ADMINISTRATOR, "/modellen/"),
    (ADMINISTRATOR, "/regler/"),
    (ADMINISTRATOR, "/frister/"),
    (ADMINISTRATOR, "/enheder/"),
    (ADMINISTRATOR, "/skabeloner/"),
    (ADMINISTRATOR, "/hvad-nu-hvis/"),
)
"""Lists and searches; who opens them."""
REPORTS = (
    (MANAGER, "/tal/"),
    (MANAGER, "/tal/?periode=2026"),
    (MANAGER, "/tal/traefsikkerhed/"),
    (MANAGER, "/tal/traefsikkerhed/?periode=2026"),
    (MANAGER, "/tal/frister/?periode=2026"),
    (MANAGER, "/henvendelser/?periode=2026&tal=received"),
    (MANAGER, "/henvendelser/?periode=2026&tal=-answer_met"),
    (MANAGER, "/tal/emner/"),
    (MANAGER, "/tal/emner/?mod=aar"),
    (MANAGER, "/laering/"),
    (MANAGER, "/laering/?uger=52"),
    (MANAGER, "/blindproeve/"),
)
"""Figures counted over a quarter or a year of mails."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one thing done several times."""

    name: str
    ms: Sequence[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.ms)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.ms, n=20, method="inclusive")[-1]

    def report(self, bar: float) -> bool:
        """One line; whether the bar is reached."""
        reached = self.p95 <= bar
        figure = f"p50 {self.p50:.0f} ms, p95 {self.p95:.0f} ms, n {len(self.ms)}"
        print(f"{'ok  ' if reached else 'MISS'} {self.name}: {figure}   (bar: p95 <= {bar:.0f} ms)", flush=True)
        return reached


def opened(house: LargeHouse, pages: Sequence[tuple[str, str]], looks: int = LOOKS) -> Iterator[Times]:
    """Each of these pages, opened several times by whom they are for."""
    visitors = {email: Visitor(house.port, email, PASSWORD) for email in {email for email, _ in pages}}
    for email, path in pages:
        answers = [visitors[email].get(path) for _ in range(looks + 1)][1:]
        wrong = {answer.status for answer in answers} - {200}
        yield Times(f"{path} ({email.partition('@')[0]}){f' STATUS {wrong}' if wrong else ''}", [a.ms for a in answers])
    for visitor in visitors.values():
        visitor.close()


def decided(house: LargeHouse, count: int = DECISIONS, pause: float = 0.3) -> tuple[Times, Times]:
    """(decision → next mail, decision → learned and all scored again), one decision after the other.

    By several people in turn: labels that come faster from one account than from any human are held back.
    """
    visitors = [Visitor(house.port, f"visitator{n}@load.example.org", PASSWORD) for n in range(1, 21)]
    until_next, until_learned = [], []
    for n in range(count):
        visitor = visitors[n % len(visitors)]
        mail = shown(visitor.get("/visitering/").text)
        assert mail is not None
        unit = mail.units[1 if n % 4 == 0 and len(mail.units) > 1 else 0]
        began = time.perf_counter()
        form = {"version": mail.version, "unit": unit}
        answer = visitor.post(f"/visitering/{mail.enquiry_id}", form, htmx=True)
        assert answer.status == 200, answer.status
        until_next.append(answer.ms)
        if n % 15 == 0:
            until_learned.append(_learned(visitor, answer.text, began))
        time.sleep(pause)
    for visitor in visitors:
        visitor.close()
    return Times("decision to next mail", until_next), Times("decision to receipt", until_learned)


def _learned(visitor: Visitor, page: str, began: float) -> float:
    """Milliseconds from the decision until its receipt says that it is learned."""
    address = re.search(r'hx-get="(/visitering/kvittering/\d+)"', page)
    while address is not None and time.perf_counter() - began < 60:
        time.sleep(0.1)
        answer = visitor.get(address[1], htmx=True).text
        if "hx-get" not in answer:
            break
    return (time.perf_counter() - began) * 1e3


def weighed(house: LargeHouse) -> dict[str, int]:
    """Bytes that the first look at the triage page fetches, by what they are; the mail's own text is left out."""
    visitor = Visitor(house.port, VISITATOR, PASSWORD)
    page = visitor.get("/visitering/")
    mail = re.search(r"<article.*?</article>", page.text, re.S)
    found = {"html": page.size - (len(mail[0].encode()) if mail else 0)}
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    for address in sorted(addresses):
        answer = visitor.get(address)
        found[address.partition("?")[0]] = answer.size
        if ".css" in address:
            fonts = set(re.findall(r'url\("?([^")]+)"?\)', answer.text))
            base = address.rpartition("/")[0]
            found |= {font: visitor.get(f"{base}/{font}").size for font in fonts if not font.startswith("data:")}
    visitor.close()
    return found


def machine() -> str:
    """What the figures were measured on, and how fast it was just then: hosts that are shared differ by half."""
    began = time.perf_counter()
    sum(n * n for n in range(3_000_000))
    pace = (time.perf_counter() - began) * 1e3
    version = platform.python_version()
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {version}, 3 million squares in {pace:.0f} ms"


def report(size: Size = REAL, url: str = "", decisions: int = DECISIONS) -> bool:
    """All of it, a line each; whether every bar is reached."""
    print(f"machine: {machine()}")
    with tempfile.TemporaryDirectory() as folder, served(size, Path(folder), url) as house:
        print(f"sizes: {size}; {'PostgreSQL' if url else 'SQLite'}", flush=True)
        reached = [times.report(PAGE_MS) for times in opened(house, PAGES)]
        reached += [times.report(REPORT_MS) for times in opened(house, REPORTS)]
        weight = weighed(house)
        kilobytes = sum(weight.values()) / 1000
        reached.append(kilobytes <= WEIGHT_KB)
        parts = ", ".join(f"{name.rpartition('/')[2]} {count / 1000:.1f}" for name, count in weight.items())
        print(f"{'ok  ' if reached[-1] else 'MISS'} weight: {kilobytes:.0f} kB ({parts})   (bar: <= {WEIGHT_KB} kB)")
        until_next, until_learned = decided(house, decisions)
        reached.append(until_next.report(NEXT_MS))
        print(f"     {until_learned.name}: p50 {until_learned.p50:.0f} ms, p95 {until_learned.p95:.0f} ms", flush=True)
    return all(reached)


if __name__ == "__main__":
    sys.exit(0 if report() else 1)
