"""`make verify`: the long acceptance runs. Each prints its bar beside its figure; the exit status tells of a miss.

Some alone: `.venv/bin/python -m tests.verify killed_in_exchange a_working_day`.
"""

import inspect
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from app.commands.demo import HISTORY, MAX_ERROR
from app.commands.demo import prepare as prepare_demo
from app.container import Container
from app.demo.mails import Mails
from app.demo.municipality import load
from app.domain import matters, routing
from app.environment import read_settings
from connectors.mail.reading.mime import parse
from connectors.mail.reading.parser import MailParser
from learning import labelled, rehearsal
from learning.budget import KnownOutcome, confidence_limit
from learning.example import Example, TaughtLabel
from learning.features import Prepared, prepare
from learning.model import Model
from tests import (
    acceptance,
    joined_systems,
    mail_runs,
    mail_server,
    memory,
    others,
    poison,
    queue_week,
    slices,
    test_browser_pages,
    test_lost_answers,
    test_ping_pong,
    test_roles_day,
)
from tests import browser as chromium
from tests.app.demo import honesty
from tests.app.services.enquiries import test_one_of_many
from tests.app.web.platform import test_hostile_values
from tests.app.web.reports import test_contract
from tests.app.workflow import test_polling
from tests.benchmark import exactness, out_of_scope, speed, sticking
from tests.conftest import settings_in
from tests.connectors import test_exchange, test_exchange_foreign_client, test_graph, test_imap_sending
from tests.gmime import comparison, mails, verdicts
from tests.load import crowd, day, siege
from tests.load.house import served
from tests.load.pages import NEXT_MS, machine
from tests.load.town import REAL
from tests.shared import MAILS, SETS
from tests.simulated_checks import simulated
from tests.simulated_topics import corpus, rates
from tests.standins import dovecot
from tests.standins.graph.server import graph_server

SEED = 11
MANY, KILLS = 2_000, 30
POISONED: tuple[tuple[str, Literal["time", "shuffle"]], ...] = (("newsgroups20", "time"), ("banking77", "shuffle"))
missed: list[str] = []


def report(name: str, figure: object, bar: str, reached: bool) -> None:
    """One line: what was measured, and what was asked for."""
    print(f"{'ok  ' if reached else 'MISS'} {name}: {figure}   (bar: {bar})", flush=True)
    if not reached:
        missed.append(name)


def killed_and_restarted(home: Path) -> None:
    _report_kills("200 mails through 30 SIGKILLs", acceptance.kill_run(home, mails=200, kills=30, seed=SEED))


def _report_kills(name: str, run: acceptance.KillRun) -> None:
    print(f"     {run}")
    counted = (
        f"{run.enquiries} enquiries, {run.cases} cases, {run.document_sets} document sets, {run.deadlines} deadlines"
    )
    figure = f"{counted}, {run.forwards} forwards, {run.dead_letters} dead letters after {run.kills} kills, seed {SEED}"
    report(name, figure, f"{run.mails} of each, 0 dead letters", run.once_each())


def killed_on_a_mail_server(home: Path) -> None:
    """The same with all mailboxes on a real mail server."""
    if not dovecot.HERE:
        print(f"skip SIGKILLs on a mail server: {dovecot.WHY_NOT}")
        return
    with dovecot.running() as running:
        run = mail_runs.killed_on_a_mail_server(home, running.new_estate(), mails=MANY, kills=KILLS, seed=SEED)
    _report_run("IMAP and SMTP", run)


def killed_in_exchange(home: Path) -> None:
    """The same in Exchange's stand-in."""
    _report_run("Exchange", mail_runs.killed_in_exchange(home, mails=MANY, kills=KILLS, seed=SEED))


def killed_in_exchange_online(home: Path) -> None:
    """The same in Graph's stand-in."""
    _report_run("Exchange Online", mail_runs.killed_in_exchange_online(home, mails=MANY, kills=KILLS, seed=SEED))


def _report_run(where: str, run: mail_runs.MailRun) -> None:
    print(f"     {run.outside}")
    report(
        f"{run.outside.mails:,} mails through {run.outside.kills} SIGKILLs, {where}",
        run,
        "each once, 0 too early, 0 invalid",
        run.fine(),
    )


def a_day_on_three_mail_systems(home: Path) -> None:
    """The whole invented municipality, two shared mailboxes on EWS, one on Graph, one on IMAP, units spread over all."""
    if not dovecot.HERE:
        print(f"skip a day on three mail systems: {dovecot.WHY_NOT}")
        return
    settings = settings_in(home, f"sqlite:///{home / 'home' / 'sluse.sqlite'}")
    settings = settings.model_copy(update={"poll_seconds": 2.0})
    with (
        dovecot.running() as running,
        MailParser(workers=1) as parser,
        joined_systems.joined_town(settings, parser, running.new_estate(), home, joined_systems.spread(load())) as town,
    ):
        day = joined_systems.played(town, 200, seconds=1800.0)
    report("the demo's day on three mail systems", day, "0 lost, 0 twice, all closed, 0 invalid", day.fine())


def every_mail_by_exchange(home: Path) -> None:
    """Every public mail comes out of Exchange's stand-in and Graph's as it lay there."""
    if not MAILS.exists():
        print("skip every public mail by Exchange and Graph: they are not beside this checkout")
        return
    for name, system in (("Exchange", mail_runs.in_exchange), ("Graph", mail_runs.in_exchange_online)):
        (home / name).mkdir()
        exported = mail_runs.every_mail(home / name, system)
        report(f"every public mail by {name}'s stand-in", exported, "all as they lay there, 0 invalid", exported.fine())


def exchange_loses_answers(_home: Path) -> None:
    """200 lost answers before and after the effect, and a foreign client, by name where it is absent."""
    modules = (test_exchange, test_exchange_foreign_client)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-s",
        "-rs",
        "-p",
        "no:cacheprovider",
        *map(inspect.getfile, modules),
    ]
    ended = subprocess.run(command, env=os.environ | {test_exchange.WHOLE: "1"}, capture_output=True, text=True)
    lines = [
        line.lstrip(".")
        for line in ended.stdout.splitlines()
        if "DavMail" in line or "checked" in line or " passed" in line
    ]
    report("Exchange's stand-in on a bad day", "; ".join(lines), "each letter once, all valid", not ended.returncode)


def hostile_values(_home: Path) -> None:
    """Every value of the walk over all routes, of which `make test` tries one a kind."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", inspect.getfile(test_hostile_values)]
    ended = subprocess.run(command, env=os.environ | {test_hostile_values.WHOLE: "1"}, capture_output=True, text=True)
    report(
        "hostile values in every address and field",
        ended.stdout.strip().splitlines()[-1],
        "0 answers of 500",
        not ended.returncode,
    )


def a_foreign_client_at_the_figures(_home: Path) -> None:
    """Schemathesis asks the figures' addresses what it likes, far longer than `make test` lets it."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", inspect.getfile(test_contract)]
    ended = subprocess.run(command, env=os.environ | {test_contract.EXAMPLES: "1000"}, capture_output=True, text=True)
    cases = next((line.strip() for line in ended.stdout.splitlines() if " generated" in line), ended.stdout[-300:])
    report("the figures' addresses beside their description", cases, "0 failures", not ended.returncode)


def a_day_of_all_roles(_home: Path) -> None:
    """Every page, dialogue and fragment that a role reaches, in both languages: as many rows as looks, nothing forbidden."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", inspect.getfile(test_roles_day)]
    ended = subprocess.run(command, env=os.environ | {test_roles_day.WHOLE: "1"}, capture_output=True, text=True)
    lines = [
        line for line in ended.stdout.splitlines() if "answers showed" in line or "Walked" in line or " passed" in line
    ]
    report("a day of all roles by browser", "; ".join(lines), "0 without a row, 0 forbidden", not ended.returncode)


def every_page_in_every_way(_home: Path) -> None:
    """Each page in both languages and themes and by keyboard, of which `make test` takes one way a page."""
    _all_pass("every page, four ways and by keyboard", inspect.getfile(test_browser_pages), **{slices.NAME: "1"})


def whole_on_postgresql(_home: Path) -> None:
    """Every case of what touches data, of which `make test` asks PostgreSQL one a test."""
    paths = ("-n", "2", "tests/app", "tests/architecture", "tests/test_way_of_a_mail.py")
    _all_pass("the suite on PostgreSQL", *paths, SLUSE_TEST_DATABASE="postgresql")


def _all_pass(name: str, *arguments: str, **env: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    ended = subprocess.run(command, env=os.environ | env, capture_output=True, text=True)
    failed = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    for line in failed:
        print(f"     {line}")
    report(name, ended.stdout.strip().splitlines()[-1], "0 failed", not ended.returncode)


def guards_are_missed(_home: Path) -> None:
    """Each guard taken away in a copy of the house: a test fails. Writes docs/guards.md."""
    ended = subprocess.run([sys.executable, "-m", "tests.guards"], capture_output=True, text=True)
    print(ended.stdout)
    line = ended.stdout.strip().splitlines()[-1:] or ["no answer"]
    report("guards taken away", line[0], ">= 95 % missed", not ended.returncode)


def real_mails(home: Path) -> None:
    if not all(file.exists() for file in acceptance.CORPUS):
        print("skip real mails: the public corpora are not beside this checkout")
        return
    run = acceptance.corpus_run(home, acceptance.corpus())
    for reason, count in sorted(run.counts.items(), key=lambda item: -item[1]):
        print(f"     {count:4d}  {reason}")
    speed = run.mails / run.seconds
    figure = f"{run.mails} in, {sum(run.counts.values())} accounted for, {run.seconds:.0f} s, {run.peak_mb:.0f} MB"
    report(
        "5,909 real mails", figure, "5909 in, nothing lost, no process dies", run.mails == 5909 and run.nothing_lost()
    )
    report("5,909 real mails stored, read and placed", f"{speed:.0f} mails/s", ">= 50 mails/s", speed >= 50)


AGREED = {"subject": 0.99, "addresses": 0.99, "names": 0.99, "bytes": 0.99, "text": 0.97}
"""Share of the mails in which GMime reads the same: names and bytes are those of the attachments."""


def read_as_gmime_reads(home: Path) -> None:
    """Each mail of the public corpora and the small cases, beside what an independent library makes of it."""
    paths = list(mails.unpacked(home))
    if not paths or not comparison.is_there():
        print("skip GMime: it is not on this machine, or the mails are not beside this checkout")
        return
    with MailParser() as parser:
        found = [differences for _, differences in comparison.compared(paths, home, parser)]
    refused = found.count(None)
    report("mails that Sluse or GMime refuses", f"{refused} of {len(found)}", "<= 1 %", refused * 100 <= len(found))
    for field, share in comparison.agreement(found).items():
        report(f"GMime reads the same {field}", f"{share:.4f}", f">= {AGREED[field]}", share >= AGREED[field])
    differing = [difference for each in found for difference in each or ()]
    for difference in sorted(differing, key=lambda each: (each.field, str(verdicts.verdict(each)), str(each.path))):
        print(
            f"     {difference.field:9} {difference.path.name[:40]:40} {verdicts.verdict(difference) or 'UNEXPLAINED'}"
        )
    unexplained = [difference for difference in differing if verdicts.verdict(difference) is None]
    report("differences that nothing explains", len(unexplained), "0", not unexplained)
    raw = [difference.path.name for difference in differing if comparison.shown_raw(difference)]
    report("mails shown as MIME, base64 or mojibake where GMime reads them", f"{len(raw)} {raw}", "0", not raw)


def rehearsed(_: Path) -> None:
    data = SETS / "sa_lists_spam.jsonl.gz"
    if not data.exists():
        print("skip rehearsal: the public sets are not beside this checkout")
        return
    began = time.perf_counter()
    result = rehearsal.rehearse(Model(), labelled.load(data), automatic=routing.confident, warm=500)
    figure = f"accuracy {result.accuracy:.3f}, top3 {result.top3:.3f}, {time.perf_counter() - began:.0f} s"
    report("rehearsal on sa_lists_spam", figure, "accuracy >= 0.894", result.accuracy >= 0.894)


def poisoned(_: Path) -> None:
    """Crafted mails and a hostile labeller on the first 3,000 mails of two public sets."""
    for name, order in POISONED:
        data = SETS / f"{name}.jsonl.gz"
        if not data.exists():
            print(f"skip poison on {name}: the public sets are not beside this checkout")
            continue
        clean, harms = poison.harms(labelled.load(data, order=order, limit=3000))
        print(f"     {name} without attack: macro-F1 {clean.f1:.3f}, {len(clean.house.breaker)} units fall back")
        bar = f"at most 2 points lost on clean mails, or a unit falls back within {poison.SOON} items"
        for attack, harm in harms.items():
            report(f"{name}, {attack}", harm, bar, harm.withstood)


def demo_is_honest(_: Path) -> None:
    """The invented municipality is neither child's play nor hopeless."""
    for seed in (11, 23, 37):
        held, to_human = invented(seed, 400)
        report(
            f"invented mails, seed {seed}: held-out wordings right", f"{held:.3f}", "0.75-0.92", 0.75 <= held <= 0.92
        )
        report(f"invented mails, seed {seed}: share to triage", f"{to_human:.3f}", ">= 0.15", to_human >= 0.15)


def lived_years_are_honest(home: Path) -> None:
    """Years that are played say of themselves what their mails' truth says, and take their time."""
    for seed in (11, 23, 37):
        config, began = read_settings({"SLUSE_HOME": str(home / str(seed))}, demo=True), time.monotonic()
        prepare_demo(config, load(), seed)
        seconds = time.monotonic() - began
        container = Container.build(config)
        container.learner.catch_up(now=datetime.now(UTC))
        year = honesty.of(container, seed)
        container.close()
        told = 1 - year.checked.high <= year.wrong / max(1, year.automatic) <= 1 - year.checked.low
        bar = f"model, limit and log hold; the checks' interval covers the error; error <= {MAX_ERROR:.0%}"
        error = year.wrong / max(1, year.automatic)
        report(f"a played year, seed {seed}, {seconds:.0f} s", year, bar, year.honest and told and error <= MAX_ERROR)


def invented(seed: int, count: int, history: int = HISTORY) -> tuple[float, float]:
    """(share of held-out wordings whose first suggestion is right, share of enquiries that go to a human)."""
    plan, now = load(), datetime(2026, 11, 20, tzinfo=UTC)
    mails, model = Mails(plan, seed), Model()
    modes = {unit.name: unit.mode for unit in plan.units}
    evidence = []
    for _, mail in mails.history(history, now):
        example = prepared(mail.raw, mail.mailbox, mail.message_id)
        ranking = model.rank(example)
        evidence.append(
            KnownOutcome(ranking.confidence, ranking.first is not None and ranking.first.unit == mail.truth)
        )
        model.learn(example, TaughtLabel(mail.message_id, mail.truth))
    limit = confidence_limit(evidence, MAX_ERROR)
    held = right = human = enquiries = 0
    for n in range(count):
        mail = mails.live(n, now)
        if mail.truth not in modes:
            continue
        ranking = model.rank(prepared(mail.raw, mail.mailbox, mail.message_id))
        enquiries += 1
        several = matters.several(parse(mail.raw).text)
        human += routing.decide(ranking, running=True, modes=modes, limit=limit, several=several).unit is None
        held += mail.held
        right += mail.held and ranking.first is not None and ranking.first.unit == mail.truth
    return right / held, human / enquiries


def known_by_name(_: Path) -> None:
    """Other authorities' mails, and what is no enquiry, as classes beside the units."""
    for seed in (11, 23, 37):
        run = others.taught(seed, history=HISTORY, live=2_000)
        bar = f">= {others.FOUND:.0%} among the first three, no more alone, units lose <= {others.LOST:.1%}"
        report(f"other authorities after {others.EXAMPLES} examples each, seed {seed}", run, bar, run.reached)
        if others.CLINC.exists():
            mixed = others.strangers(seed, 3_000)
            bar = f"<= {others.ALONE:.0%} alone, units lose <= {others.LOST:.1%}"
            report(f"clinc150, mails of no unit taught as no enquiry, seed {seed}", mixed, bar, mixed.reached)


def prepared(raw: bytes, mailbox: str, name: str) -> Prepared:
    mail = parse(raw)
    return prepare(Example(name, mail.subject, mail.text, mailbox, tuple(a.content_type for a in mail.attachments)))


def blind_checks_tell_the_truth(_: Path) -> None:
    runs = [simulated(seed) for seed in range(1000)]
    covered = sum(run.covered for run in runs) / len(runs)
    checks, width = (sum(each) / len(runs) for each in zip(*((r.estimate.n, r.width) for r in runs), strict=True))
    figure = f"covers it in {covered:.3f} of {len(runs)} runs; mean width {width:.3f} from {checks:.0f} checks"
    report("precision from blind checks, 95 % interval", figure, ">= 0.93", covered >= 0.93)


def words_grow_by_no_chance(_: Path) -> None:
    """Lists of words that grew or shrank, on years in which nothing did: real lines of committees' agendas, shuffled."""
    found = rates(corpus(SETS / "folketing_dagsorden_da.jsonl.gz", 3_000), years=1_000, seed=SEED)
    for where, share in (("house", found.house), ("units", found.units), ("with words that did grow", found.planted)):
        figure = f"{share:.4f} over {found.years} shuffled years; {found.power:.0%} of the words that grew were found"
        report(f"false discovery rate of words, {where}", figure, "<= 0.05", share <= 0.05)


def learned_exactly_and_fast(_: Path) -> None:
    """The safety and speed parts of `make bench-learning`; accuracy and budget beside the peers take hours, there."""
    for part in (exactness, out_of_scope, sticking, speed):
        missed.extend(bar.name for bar in part.make().bars if bar.status != "ok")


def the_queue_keeps_its_heading(_: Path) -> None:
    """A week of decisions in the order of before and of now: nothing is overtaken, and as much is learned."""
    runs = queue_week.main()
    decided, late = (sum(getattr(new, name) for _, _, new in runs) for name in ("decisions", "overtaken"))
    hidden, hid = (sum(run.hidden for run in each) for each in zip(*((new, old) for _, old, new in runs), strict=True))
    report("late while one with more days left was shown before", f"{late} in {decided} decisions", "0", late == 0)
    line = f"{hidden} in {decided} decisions; {hid} in the order before"
    report("decisions while an urgent mail waited below", line, "0", hidden == 0)
    lost = sum(old.accuracy - new.accuracy for _, old, new in runs) / len(runs)
    line = f"{100 * lost:+.2f} points less than the order before, {len(runs)} seeds"
    report("accuracy after the week", line, "<= 0.5 points less", lost <= 0.005)


def twenty_people_at_once(_: Path) -> None:
    met = crowd.run()
    bar = f"no error, none decided twice, p95 <= {crowd.BAR_MS:.0f} ms"
    report(f"{crowd.PEOPLE} people for {crowd.SECONDS:.0f} s", f"{met}; {machine()}", bar, met.fine())
    for line in met.wrong[:10]:
        print(f"     {line}")


def one_of_a_thousand_erased(_home: Path) -> None:
    """Erased while the server runs: the model as if never seen, no byte in the database, the certificate right."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", inspect.getfile(test_one_of_many)]
    ended = subprocess.run(command, env=os.environ | {test_one_of_many.WHOLE: "1"}, capture_output=True, text=True)
    lines = [
        line.lstrip(".")
        for line in ended.stdout.splitlines()
        if "erased in" in line or " passed" in line or " failed" in line
    ]
    report(
        "one of 1,000 citizens erased",
        "; ".join(lines),
        "bit-identical, 0 bytes, certificate right",
        not ended.returncode,
    )


def every_mailbox_in_time(_home: Path) -> None:
    """6 shared and 150 units' mailboxes, three folders each, at 200 ms a call."""
    for name, test, bar in (
        ("slow mailboxes", test_polling.test_156_slow_mailboxes_are_all_seen_in_time, test_polling.ALL_SEEN_SECONDS),
        (
            "in Exchange Online",
            test_polling.test_in_exchange_online_a_new_mail_is_soon_an_enquiry,
            test_polling.SOON_SECONDS,
        ),
    ):
        where = f"{inspect.getfile(test_polling)}::{test.__name__}"
        command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", where]
        ended = subprocess.run(command, env=os.environ | {test_polling.TIMED: "1"}, capture_output=True, text=True)
        lines = [line.lstrip(".") for line in ended.stdout.splitlines() if "mailboxes" in line]
        report(name, "; ".join(lines), f"{bar:.0f} s", not ended.returncode)


def answers_lost_in_exchange_online(_home: Path) -> None:
    """200 letters whose answers are lost, to units and strangers, in Exchange Online."""
    with graph_server(test_graph.SHARED, test_graph.UNIT) as server:
        once, asked, wrong = test_graph.lost_answers(server, 200, SEED)
        checked, unfit = server.checked, len(server.checked.wrong) + len(server.checked.wrong_requests)
    figure = f"{once} left once, {asked} are a human's question, {wrong} twice or never; "
    figure += f"{checked.requests} requests and {checked.answers} answers checked, {unfit} unfit"
    report("answers lost in Exchange Online", figure, "0 twice or never, 0 unfit", not wrong and not unfit)


def no_letter_leaves_twice(_home: Path) -> None:
    """Every kind of letter leaves 200 times while its answer is lost; where no look tells, a person is asked."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", inspect.getfile(test_lost_answers)]
    ended = subprocess.run(command, env=os.environ | {test_lost_answers.WHOLE: "1"}, capture_output=True, text=True)
    lines = [line.lstrip(".") for line in ended.stdout.splitlines() if "answers lost" in line or " passed" in line]
    bar = f"{test_lost_answers.OFTEN} of each: exactly one, or one and a question; never two"
    report("effect done, answer lost", "; ".join(lines), bar, not ended.returncode)


def every_mail_by_imap(home: Path) -> None:
    """Every public mail goes into a real mail server and comes out byte for byte; then how fast they come."""
    if not dovecot.HERE:
        print(f"skip mails by IMAP: {dovecot.WHY_NOT}")
        return
    if MAILS.exists():
        there = mail_server.every_mail(home)
        report("every public mail by Dovecot", there, "0 changed, 0 refused", not (there.changed or there.refused))
    else:
        print("skip every public mail by Dovecot: they are not beside this checkout")
    speed = mail_server.fetching()
    report("mails fetched by IMAP", speed, "50 a second", speed.mails / speed.seconds >= 50)


def answers_lost_by_smtp(_home: Path) -> None:
    """200 letters whose answer is lost: each once, or at most once and a human's question."""
    test = f"{inspect.getfile(test_imap_sending)}::{test_imap_sending.test_many_answers_lost.__name__}"
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", test]
    ended = subprocess.run(command, env=os.environ | {test_imap_sending.WHOLE: "1"}, capture_output=True, text=True)
    lines = [line.lstrip(".") for line in ended.stdout.splitlines() if "questions" in line or " skipped" in line]
    report("answers lost by SMTP", "; ".join(lines), "0 twice", not ended.returncode)


def two_robots_come_to_rest(_home: Path) -> None:
    """Robots that answer everything, and one that writes a thousand mails all by itself."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", inspect.getfile(test_ping_pong)]
    ended = subprocess.run(command, env=os.environ | {test_ping_pong.WHOLE: "1"}, capture_output=True, text=True)
    lines = [line.lstrip(".") for line in ended.stdout.splitlines() if "letters of ours" in line or " passed" in line]
    bar = f"{test_ping_pong.ROUNDS} rounds, at most {test_ping_pong.MOST} of ours"
    report("ping-pong between two robots", "; ".join(lines), bar, not ended.returncode)


def a_visitator_under_siege(home: Path) -> None:
    """200 silent connections, 20 wrong passwords a second, and a mail of a million characters, for two minutes."""
    with served(REAL, home) as house:
        met = siege.besieged(house, seconds=120)
    bar = f"no error, p95 <= {crowd.BAR_MS:.0f} ms"
    report("a visitator under siege", f"{met}; {machine()}", bar, siege.fine(met))


READS = 1.0
"""Seconds a mail of the working day is looked at: nobody reads one in less."""


def a_working_day(home: Path) -> None:
    if chromium.CHROMIUM is None:
        print("skip the working day: no Chromium on this machine")
        return
    with served(REAL, home) as house, chromium.chromium() as browser:
        played = day.play(house, browser, reads=READS)
    times = f"p50 {played.times.p50:.0f} ms, p95 {played.times.p95:.0f} ms"
    figure = f"{', '.join(played.done)}; decision to next mail {times}, n {len(played.until_next)}; {REAL}; {machine()}"
    reached = played.as_promised and played.times.p95 <= NEXT_MS
    report("a working day by keyboard", figure, f"one key, or / letters Enter; p95 <= {NEXT_MS:.0f} ms", reached)


def half_an_hour_of_a_busy_demo(home: Path) -> None:
    found = memory.held(home, minutes=30)
    bar = f"peak <= {memory.MOST_MB:.0f} MB, growth over the last 20 minutes <= {memory.GROWTH_MB:.0f} MB"
    reached = found.peak <= memory.MOST_MB and found.growth <= memory.GROWTH_MB
    report(f"30 minutes of the demo at {memory.SPEED} times speed", found, bar, reached)


def main() -> int:
    runs = (
        blind_checks_tell_the_truth, words_grow_by_no_chance, demo_is_honest, lived_years_are_honest, known_by_name,
        the_queue_keeps_its_heading, rehearsed, poisoned,
        learned_exactly_and_fast, read_as_gmime_reads,
        real_mails, killed_and_restarted, killed_on_a_mail_server, hostile_values,
        a_foreign_client_at_the_figures, a_day_of_all_roles,
        every_page_in_every_way, whole_on_postgresql, one_of_a_thousand_erased, every_mailbox_in_time,
        no_letter_leaves_twice, two_robots_come_to_rest, every_mail_by_imap, answers_lost_by_smtp,
        every_mail_by_exchange, exchange_loses_answers, killed_in_exchange, a_day_on_three_mail_systems,
        answers_lost_in_exchange_online, killed_in_exchange_online,
        guards_are_missed, a_working_day,
        twenty_people_at_once,
        a_visitator_under_siege, half_an_hour_of_a_busy_demo,
    )  # fmt: skip
    asked = set(sys.argv[1:])
    if unknown := asked - {run.__name__ for run in runs}:
        print(f"There is no run {', '.join(sorted(unknown))}. There are: {', '.join(run.__name__ for run in runs)}")
        return 2
    for run in (each for each in runs if not asked or each.__name__ in asked):
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder))
    print("All bars reached." if not missed else f"Missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
