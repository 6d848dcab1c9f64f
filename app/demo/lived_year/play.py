"""Play the invented year: mails come, people decide and err, units answer and send back, each at their own pace.

Everything happens in the order of its time. What follows from something later than the year's end does not happen.
"""

import calendar
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import count, islice

from app.demo.lived_year.house import Matter, PlayedHouse
from app.demo.lived_year.journal import Journal
from app.demo.lived_year.people import AGAIN, ERROR, FOLLOWED, HIDDEN_ERROR, Caseworkers, Visitators, chance
from app.demo.mails import DemoMail
from app.domain import deadlines
from app.domain.actor import LINK_HOLDER, Actor
from app.domain.deadlines import Calendar
from app.domain.enquiry import State
from app.domain.returning import ReturnReason
from app.domain.routing import Mode
from app.models.authority import Referral
from app.models.enquiry import RawMail
from app.models.unit import Unit
from app.services.casework import titles
from app.services.triage.returns import TO_OWNER
from connectors.mail.compose import compose
from connectors.mail.message import Outgoing, ParsedMail
from connectors.mail.reading.parser import MailParser

ROBOT_TAKES = (4.0, 25.0)
"""Seconds from a route to its forward."""
UNDO = 8.0
UNSORTED = 4
"""Working days before the end from which on nobody has sorted: a queue that somebody comes to."""
LAST_DAYS = timedelta(days=5)
"""The first mail that is routed within so long before the end has its journaling stopped."""
READ_AT_ONCE = 50
BY_LINK, NAMES_UNIT = 0.5, 0.6
"""So often a unit follows the link in the mail, else it uses its Retur folder; so often it says whose the mail is."""
WHY = ("Hører ikke til hos os.", "Det er ikke vores område.", "Den må til en anden afdeling.")


class Play:
    """The year's course, as a queue of moments."""

    def __init__(
        self,
        house: PlayedHouse,
        journal: Journal,
        visitators: Visitators,
        caseworkers: Caseworkers,
        *,
        seed: int,
        until: datetime,
        say: Callable[[str], None],
    ) -> None:
        self.house, self._journal, self._visitators, self._caseworkers = house, journal, visitators, caseworkers
        self._seed, self._until = seed, until
        self._unsorted_from = unsorted_from(until, house.facts.calendar)
        self._names = {unit.name: unit.id for unit in house.facts.units.values()}
        self._moments: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = count()
        self._say, self._month = say, 0
        self._counts: Counter[str] = Counter()
        self.silent: set[int] = set()
        """Enquiries that their units never answer."""
        self.stopped: Matter | None = None
        """The one whose journaling has stopped half-way, and waits for somebody to resume it."""

    def at(self, moment: datetime, do: Callable[[datetime], None]) -> None:
        """Let something happen at a moment, unless that is after the end."""
        if moment < self._until:
            heapq.heappush(self._moments, (moment.astimezone(UTC), next(self._order), do))

    def run(self, mails: Iterable[tuple[datetime, DemoMail]], parser: MailParser) -> None:
        """Play until the end."""
        for at, mail, parsed, html in _read(iter(mails), parser):
            self._until_then(at)
            self._tell_month(at)
            self._receive(at, mail, parsed, html)
        self._until_then(self._until)

    def _until_then(self, moment: datetime) -> None:
        while self._moments and self._moments[0][0] <= moment:
            at, _, do = heapq.heappop(self._moments)
            do(at)

    def _tell_month(self, at: datetime) -> None:
        """Say at the end of each month what it brought."""
        if self._month and at.month != self._month:
            counts = self._counts
            self._say(
                f"  {calendar.month_name[self._month]}: {counts['mails']} mails came, {counts['automatic']} were routed by the "
                f"robot, {counts['returned']} sent back, {counts['answered']} answered"
            )
            counts.clear()
        self._month = at.month

    def _receive(self, at: datetime, mail: DemoMail, parsed: ParsedMail, html: str | None) -> None:
        matter = self.house.receive(mail, parsed, html, at)
        self._counts["mails"] += 1
        if matter.enquiry.state is State.TRIAGE:
            self._wait(matter, at)
        elif matter.enquiry.state is State.ROUTED:
            self._counts["automatic"] += 1
            self._journal_soon(matter, at, 0.0)

    def _wait(self, matter: Matter, at: datetime) -> None:
        turn = self._visitators.turn(matter.mail.message_id, at)
        if turn.reads_at >= self._unsorted_from:
            return
        by = self.house.facts.people[turn.person]
        if matter.enquiry.owner_id is not None:
            by = next(each for each in self.house.facts.people.values() if each.account_id == matter.enquiry.owner_id)
        self.at(turn.reads_at, lambda moment: self.house.look(matter, by, moment))
        self.at(turn.decides_at, lambda moment: self._decide(matter, by, moment))

    def _decide(self, matter: Matter, by: Actor, at: datetime) -> None:
        mail, facts = matter.mail, self.house.facts
        if mail.truth in self._names:
            unit_id = self._chosen(matter)
            wrong = unit_id != self._names[mail.truth]
            self.house.choose(matter, unit_id, by, at, doubtful=wrong)
            self._journal_soon(matter, at, UNDO)
        elif mail.authority:
            authority = facts.authorities[mail.authority]
            row = self.house.refer(matter, authority, by, at)
            self.at(self._soon(matter, at, UNDO), partial(self._refer, matter, row))
        else:
            self.house.dismiss(matter, by, at)
            if matter.case is not None:
                self.at(self._soon(matter, at, 0.0), partial(self._journal.end, matter))

    def _refer(self, matter: Matter, row: Referral, at: datetime) -> None:
        self._journal.refer(matter, row, self.house.facts.authorities[matter.mail.authority], at)

    def _chosen(self, matter: Matter) -> int:
        """Return the unit that a person takes, who errs now and then."""
        truth, lot = self._names[matter.mail.truth], chance(self._seed, "choice", matter.id, matter.enquiry.returns)
        ranked = [row["unit_id"] for row in matter.prediction.ranking] if matter.prediction is not None else []
        others = [unit_id for unit_id in ranked if unit_id != truth] or [lot.choice(list(self._names.values()))]
        if matter.enquiry.returns >= TO_OWNER:
            wrong = False  # who decides for good asks around first
        elif matter.enquiry.returns:
            wrong = lot.random() < AGAIN
        elif matter.enquiry.hidden or not ranked or self.house.facts.modes.get(str(ranked[0])) is Mode.OBSERVE:
            wrong = lot.random() < HIDDEN_ERROR
        else:
            wrong = lot.random() < (ERROR if ranked[0] == truth else FOLLOWED)
        return others[0] if wrong else truth

    def _soon(self, matter: Matter, at: datetime, delay: float) -> datetime:
        lot = chance(self._seed, "robot", matter.id, matter.enquiry.routing_no)
        return at + timedelta(seconds=delay + lot.uniform(*ROBOT_TAKES))

    def _journal_soon(self, matter: Matter, at: datetime, delay: float) -> None:
        self.at(self._soon(matter, at, delay), partial(self._journaled, matter))

    def _journaled(self, matter: Matter, at: datetime) -> None:
        assert matter.enquiry.unit_id is not None
        unit = self.house.facts.units[matter.enquiry.unit_id]
        if self.stopped is None and at > self._until - LAST_DAYS and matter.enquiry.routing_no == 1:
            self.stopped = matter
            return
        self._journal.route(matter, unit, at)
        key = matter.mail.message_id
        if matter.mail.truth != unit.name:
            self.at(self._caseworkers.returns_at(unit.name, key, at), partial(self._give_back, matter, unit))
        elif (answers_at := self._caseworkers.answers_at(unit.name, key, at)) is not None:
            self.at(answers_at, partial(self._answer, matter, unit))
        else:
            self.silent.add(matter.id)

    def _give_back(self, matter: Matter, unit: Unit, at: datetime) -> None:
        lot, truth = chance(self._seed, "back", matter.id, matter.enquiry.returns), matter.mail.truth
        self._counts["returned"] += 1
        if lot.random() < BY_LINK:
            named = self._names.get(truth) if lot.random() < NAMES_UNIT else None
            reason = ReturnReason.OTHER_UNIT if named is not None else None
            by, why, belongs = LINK_HOLDER, lot.choice(WHY), named
        else:
            by, why, belongs, reason = Actor(unit.address), "Flyttet til Retur", None, None
        self.house.give_back(matter, by, at, why=why, reason=reason, belongs_id=belongs)
        self._wait(matter, at)

    def _answer(self, matter: Matter, unit: Unit, at: datetime) -> None:
        self._counts["answered"] += 1
        content, message_id = answer_of(matter, unit, at)
        raw = self.house.answer(matter, content, message_id, at)
        self.at(self._soon(matter, at, 0.0), partial(self._close, matter, raw))

    def _close(self, matter: Matter, raw: RawMail, at: datetime) -> None:
        self._journal.reply(matter, raw, at)
        self.house.done(matter)


def unsorted_from(until: datetime, calendar: Calendar) -> datetime:
    """Return the moment from which on nobody sorts before the end."""
    day, left = deadlines.local_day(until), UNSORTED
    while left:
        day -= timedelta(days=1)
        left -= deadlines.is_working_day(day, calendar)
    return deadlines.begin_of(day)


def answer_of(matter: Matter, unit: Unit, at: datetime) -> tuple[bytes, str]:
    """Return what a unit writes to the citizen, and its Message-ID."""
    enquiry, message_id = matter.enquiry, f"<svar-{matter.id}.{matter.enquiry.routing_no}@slusekoebing.example.org>"
    assert matter.case is not None
    answer = Outgoing(
        message_id=message_id,
        sender=unit.address,
        recipient=enquiry.citizen_address,
        subject=titles.letter(enquiry, matter.case.number, "SV:"),
        text=f"Tak for din henvendelse. Vi har set på sagen og ordner det.\n\nVenlig hilsen\n{unit.name}",
        in_reply_to=enquiry.message_id,
        headers=(("Date", format_datetime(at)),),
    )
    return compose(answer, automatic=False), message_id


Read = tuple[datetime, DemoMail, ParsedMail, str | None]


def _read(mails: Iterator[tuple[datetime, DemoMail]], parser: MailParser) -> Iterator[Read]:
    """Yield each mail as it was read, in the children that read every stranger's mail. Some at a time."""
    while portion := list(islice(mails, READ_AT_ONCE)):
        read = parser.parse_many([mail.raw for _, mail in portion])
        for (at, mail), parsed in zip(portion, read, strict=True):
            if isinstance(parsed, ParsedMail):
                yield at, mail, parsed, parser.sanitise(parsed.html) if parsed.html else None
