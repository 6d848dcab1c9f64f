"""`sluse import-history`: a report on a history, then its import."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from app import database
from app.commands import readiness as written
from app.commands.process import quiet_logs, say
from app.commands.progress import Progress
from app.config import Settings
from app.container import Container
from app.domain import routing
from app.domain.actor import Actor
from app.domain.history import Units
from app.models.unit import Mailbox, Unit
from app.services.inbound import history_import, history_sources
from app.services.inbound.history_import import PastMail
from app.services.inbound.history_report import HistoryReport, read_history
from app.services.inbound.history_sources import Broken, Item, SourceMissing
from app.services.platform import settings
from connectors.mail.gateway import MailGateway
from connectors.mail.reading.files import NotAMail
from connectors.mail.reading.parser import MailParser
from learning import readiness, rehearsal
from learning.feedback import Full
from learning.model import Model

IMPORT = Actor("import")


def import_history(config: Settings, options: argparse.Namespace) -> int:
    """Report, then learn; returns the exit status. Run again after any end, it goes on where it stopped."""
    quiet_logs(config.log_level)
    database.migrate(config.database_url)
    container = Container.build(config)
    now = datetime.now(UTC)
    try:
        with tempfile.TemporaryDirectory(prefix="sluse-") as scratch:
            return _import(container, options, Path(scratch), now)
    except SourceMissing as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    finally:
        container.close()


def _import(container: Container, options: argparse.Namespace, scratch: Path, now: datetime) -> int:
    names, mailbox, max_error = _organisation(container, options.mailbox)
    if not names:
        raise SourceMissing(
            "There are no units yet. Make them in the browser (Kom i gang), or run: sluse load-organisation FILE"
        )
    units = Units(names)
    by_id = {unit: name for unit, (name, _) in names.items()}
    items, broken = collect(options.source, container.gateway, now, scratch, options.label_field, options.since)

    def unit_of(name: str) -> str | None:
        found = units.find(name)
        return None if found is None else by_id[found]

    looked = look(container.parser, items, broken, unit_of, mailbox)
    report = assess(looked, list(by_id.values()), max_error)
    _publish(report, looked, {name: units.nearest(name) for name in looked.unknown}, options.json)
    if options.report_only:
        return 0
    ids = {name: unit for unit, name in by_id.items()}
    _teach(container, looked, ids, mailbox, now)
    return 0


def _organisation(container: Container, asked: str | None) -> tuple[dict[int, tuple[str, str]], str, float]:
    """Return units, shared mailbox and error budget.

    Units come by id; the mailbox is the one that the history came to.
    """
    with database.read(container.engine) as session:
        names = {unit.id: (unit.name, unit.address) for unit in session.scalars(select(Unit).order_by(Unit.id))}
        addresses = list(session.scalars(select(Mailbox.address).order_by(Mailbox.id)))
        max_error = settings.get(session, settings.MAX_ERROR)
    mailbox = next((each for each in addresses if not asked or each.casefold() == asked.casefold()), None)
    if mailbox is None:
        raise SourceMissing(f"There is no shared mailbox {asked or ''}; there are: {', '.join(addresses) or 'none'}")
    return names, mailbox, max_error


def collect(
    given: Sequence[str],
    gateway: MailGateway | None,
    now: datetime,
    scratch: Path,
    label_field: str,
    since: datetime | None = None,
) -> tuple[list[Item], list[Broken]]:
    """Collect everything in the sources, mails by date.

    Mails without a date come first; unreadable ones are listed besides.
    """
    items: list[Item] = []
    broken: list[Broken] = []
    for source in given:
        for found in history_sources.found(source, gateway, now=now, scratch=scratch, label_field=label_field):
            if isinstance(found, Broken):
                broken.append(found)
            elif since is None or (found.at is not None and found.at >= since):
                items.append(found)
            elif found.at is None:
                broken.append(Broken(found.name, "it has no usable date, and --since asks for one"))
    earliest = datetime.min.replace(tzinfo=UTC)
    return sorted(items, key=lambda item: (item.at or earliest, item.name)), broken


def look(
    parser: MailParser, items: list[Item], broken: list[Broken], unit_of: Callable[[str], str | None], mailbox: str = ""
) -> HistoryReport:
    """Read every mail once."""
    looked = read_history(parser, items, unit_of, mailbox=mailbox, progress=Progress("Reading", len(items)))
    looked.broken[:0] = broken
    return looked


def assess(looked: HistoryReport, organisation: list[str], max_error: float) -> readiness.Readiness:
    """Rehearse what can be read, from nothing, and sum up."""
    progress = Progress("Rehearsing", len(looked.past))
    course = rehearsal.play(
        Model(),
        [(past.example, past.unit) for past in looked.past],
        automatic=routing.confident,
        max_error=max_error,
        feedback=Full(),
        progress=lambda done, _: progress(done),
    )
    return readiness.assess(looked.past, course.outcomes, organisation, max_error)


def _publish(
    report: readiness.Readiness, looked: HistoryReport, unknown: dict[str, str | None], target: str | None
) -> None:
    say(written.text(report, looked, unknown))
    if target:
        more = {
            "broken": [{"name": each.name, "reason": each.reason} for each in looked.broken],
            "not_enquiries": [{"name": each.name, "reason": each.reason} for each in looked.aside],
            "unknown_units": [
                {"name": name, "mails": looked.unknown[name], "nearest": near} for name, near in unknown.items()
            ],
        }
        made = json.dumps(report.to_json() | more, indent=1, ensure_ascii=False)
        Path(target).write_text(made, encoding="utf-8")


def _teach(container: Container, looked: HistoryReport, ids: dict[str, int], mailbox: str, now: datetime) -> None:
    container.learner.catch_up(now=now)
    mails = _mails(looked, ids, mailbox, now)
    progress = Progress("Learning", len(looked.items))
    learned = history_import.teach(
        container.engine, container.parser, container.learner, mails, by=IMPORT, now=now, progress=progress
    )
    say(f"\n{learned} mails were learned; {len(looked.items) - learned} were known already, are copies or have gone.")


def _mails(looked: HistoryReport, ids: dict[str, int], mailbox: str, now: datetime) -> Iterator[PastMail]:
    """One at a time. The key is the mail's own bytes and the unit, so that the same mail is never learned twice."""
    first = next((past.at for past in looked.past if past.at), now)
    for item, past in zip(looked.items, looked.past, strict=True):
        with suppress(OSError, NotAMail):  # gone since it was looked at
            yield PastMail(f"{past.digest}:{ids[past.unit]}", mailbox, item.read(), ids[past.unit], past.at or first)
