"""Report on labelled history before it is learned.

It lists readable and unreadable mails, with reasons. Nothing is written.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from app.domain.recognition import set_aside
from app.services.inbound.history_sources import Broken, Item
from app.services.inbound.recognition import traits_of
from connectors.mail.message import ParsedMail
from connectors.mail.reading.files import NotAMail
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser
from learning.example import Example
from learning.readiness import HistoryMail
from learning.text import SUBJECT_CAP, TEXT_CAP

BATCH = 40


@dataclass(slots=True)
class HistoryReport:
    """The result of a look through a history.

    `items` and `past` go together: the mails that can be learned, in order. All others are named with their reasons.
    """

    items: list[Item] = field(default_factory=list)
    past: list[HistoryMail] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    aside: list[Broken] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    """Names that are no unit's, and how many mails stand under each."""


def read_history(
    parser: MailParser,
    items: Sequence[Item],
    unit_of: Callable[[str], str | None],
    *,
    mailbox: str = "",
    progress: Callable[[int], None] = lambda done: None,
) -> HistoryReport:
    """Read every mail once, in order. Only what is learned from stays in memory, never the bytes.

    Args:
        unit_of: the unit meant by a name; None where it is none.
        mailbox: the shared mailbox that the mails came to.
    """
    made, waiting = HistoryReport(), iter(items)
    done = 0
    while batch := list(islice(waiting, BATCH)):
        known = list(_known(batch, unit_of, made))
        for (item, unit, raw), parsed in zip(known, parser.parse_many([raw for _, _, raw in known]), strict=True):
            _take(made, item, unit, raw, parsed, mailbox)
        done += len(batch)
        progress(done)
    return made


def _known(
    batch: list[Item], unit_of: Callable[[str], str | None], made: HistoryReport
) -> Iterator[tuple[Item, str, bytes]]:
    for item in batch:
        unit = unit_of(item.unit)
        if unit is None:
            made.unknown[item.unit] += 1
            continue
        try:
            yield item, unit, item.read()
        except (OSError, NotAMail) as error:
            made.broken.append(Broken(item.name, str(error)))


def _take(
    made: HistoryReport, item: Item, unit: str, raw: bytes, parsed: ParsedMail | MailUnreadable, mailbox: str
) -> None:
    if isinstance(parsed, MailUnreadable):
        made.broken.append(Broken(item.name, f"it is not readable: {parsed.reason}"))
        return
    kinds = tuple(sorted({each.content_type for each in parsed.attachments}))
    if reason := set_aside(traits_of(parsed)):
        made.aside.append(Broken(item.name, reason))
        return
    if not (parsed.subject + parsed.text).strip() and not parsed.attachments:
        made.broken.append(Broken(item.name, "it has no text"))
        return
    digest = hashlib.sha256(raw).hexdigest()
    example = Example(digest[:16], parsed.subject[:SUBJECT_CAP], parsed.text[:TEXT_CAP], mailbox, kinds)
    made.items.append(item)
    made.past.append(HistoryMail(item.name, unit, item.at, digest, example))
