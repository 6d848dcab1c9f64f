"""The invented municipality's mails. The same for the same seed and number, in every variation that real ones have."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from app.demo.municipality import Municipality, Situation
from app.demo.writing import CITIZENS, NAMES, attribution, body_of, careless, dress, filled, invite, report
from app.demo.year import Year, in_season

ID = re.compile(rf"<demo-(?:history|live)-\d+-(\d+)\.(-?\d+)@{re.escape(CITIZENS)}>")
KINDS = (
    "not_ours",
    "not_enquiry",
    "spam",
    "digest",
    "calendar",
    "automatic_reply",
    "bounce",
    "delivery_report",
    "follow_up",
)
FOLLOW_UPS = (
    "Hvornår sker der noget?",
    "Jeg har stadig ikke hørt fra jer.",
    "Er der nyt i sagen?",
    "Nu er det blevet værre. Se venligst på det.",
)
OTHER_SHARE, REPLY_SHARE, FOLLOW_UP_SHARE = 0.12, 0.04, 0.05
HELD_SHARE, ASTRAY_SHARE, SECOND_SHARE = 0.3, 0.15, 0.12
DETAIL_SHARE = 0.5
FITTING_SHARE, MAIN_SHARE = 0.6, 0.25
"""The mailbox of the fitting area, the main one; the rest write to any of them."""
TWIN_SHARE, LIST_SHARE = 0.04, 0.03
LATEST = 0.9
"""By then each way to tell a thing, but for the last, has been heard in the history."""
BACK = 6
"""A follow-up is about one of so many mails before it."""


@dataclass(frozen=True, slots=True)
class DemoMail:
    """A mail and its truth. The truth is a unit's name, or one of KINDS."""

    raw: bytes
    mailbox: str
    message_id: str
    truth: str
    held: bool = False
    """Told in a way that the history has never heard, or that nobody would have taught."""
    authority: str = ""
    """Whose it is, where it is another authority's."""
    twins: tuple[str, ...] = ()
    """Other mailboxes that the very same mail was sent to at once."""


class Mails:
    """All mails of one seed. Every mail is made from its number alone, so that nothing need be kept beside it.

    The truth of a mail stands in its Message-ID, in a number that means nothing to Sluse.
    """

    def __init__(self, municipality: Municipality, seed: int, *, month: int = 11) -> None:
        """Set the seed and the season. `month`: the season that the live stream is in."""
        self._municipality, self._seed = municipality, seed
        self._weights = in_season(municipality.situations, month)
        self._details = {unit.name: unit.details for unit in municipality.units}
        self._truths = (*KINDS, *self._details)
        self._areas = {unit.name: unit.area for unit in municipality.units}

    def history(self, count: int, until: datetime) -> Iterator[tuple[datetime, DemoMail]]:
        """Yield past mails of units, oldest first.

        Spread over the year before `until`; no held-out wording is among them.
        """
        year = Year(self._municipality, self._seed, until)
        for n, at in enumerate(year.moments(count)):
            chance = self._chance("history", n)
            situation = self._situation(chance, year.weights(at.date()))
            wording = chance.choice(self._heard(situation, n / count))
            truth = year.unit_of(situation, at.date())
            yield at, self._enquiry("history", n, chance, wording, situation.unit, truth, at)

    def lived(self, count: int, until: datetime) -> Iterator[tuple[datetime, DemoMail]]:
        """Yield the mails of the year before `until`, oldest first: those of `history`, and what else comes."""
        for n, (at, mail) in enumerate(self.history(count, until)):
            kind = self._chance("history-kind", n).random()
            if kind < REPLY_SHARE:
                yield at, self._robots_mail("history", n, self._chance("history-other", n), at)
            elif kind < REPLY_SHARE + OTHER_SHARE:
                yield at, self._no_units("history", n, self._chance("history-other", n), at)
            else:
                yield at, mail

    def live(self, n: int, at: datetime) -> DemoMail:
        """Return the n-th live mail, sent at `at`."""
        chance = self._chance("live", n)
        kind = chance.random()
        if kind < FOLLOW_UP_SHARE and (first := self._earlier(n, chance, at)):
            return self._follow_up(n, chance, first, at)
        if kind < FOLLOW_UP_SHARE + REPLY_SHARE:
            return self._robots_mail("live", n, chance, at)
        if kind < FOLLOW_UP_SHARE + REPLY_SHARE + OTHER_SHARE:
            return self._no_units("live", n, chance, at)
        situation = self._situation(chance, self._weights)
        held = chance.random() < HELD_SHARE
        wording = situation.wordings[-1] if held else chance.choice(situation.wordings[:-1])
        return replace(self._enquiry("live", n, chance, wording, situation.unit, situation.unit, at), held=held)

    def truth(self, message_id: str) -> str | None:
        """Return the truth of a Message-ID's mail. None where the mail is none of ours."""
        found = ID.fullmatch(message_id.strip())
        if found is None or int(found.group(2)) != self._seed or int(found.group(1)) >= len(self._truths):
            return None
        return self._truths[int(found.group(1))]

    def _more(self, text: str, unit: str, chance: random.Random) -> str:
        """Add what people add to a text.

        Now and then it is something to the matter, something that leads astray, or a second matter.
        """
        wording = [text]
        if chance.random() < DETAIL_SHARE:
            unit_of_detail = chance.choice(list(self._details)) if chance.random() < ASTRAY_SHARE else unit
            wording.append(chance.choice(self._details[unit_of_detail]))
        if chance.random() < SECOND_SHARE:
            wording.append("En anden ting: " + self._situation(chance, self._weights).wordings[0][1])
        return " ".join(wording)

    def _chance(self, part: str, n: int) -> random.Random:
        return random.Random(f"{self._seed}/{part}/{n}")  # noqa: S311 - an invented world, not a secret

    def _situation(self, chance: random.Random, weights: list[float]) -> Situation:
        return chance.choices(self._municipality.situations, weights)[0]

    def _heard(self, situation: Situation, share: float) -> list[tuple[str, str]]:
        """Return how a thing has been told so far. When `share` of the history is over.

        New ways turn up all the time, each on its day, so that the past knows surprise as the future does.
        """
        first, *later = situation.wordings[:-1]
        return [first, *(wording for wording in later if self._chance(wording[1], 0).random() * LATEST <= share)]

    def _mailbox(self, chance: random.Random, unit: str | None) -> str:
        """Choose the mailbox people write to.

        Mostly it is where the mail belongs, often the main mailbox, or just any.
        """
        mailboxes = [address for address, _ in self._municipality.mailboxes]
        where = chance.random()
        fitting = self._municipality.fitting.get(self._areas.get(unit or "", ""))
        if fitting is not None and where < FITTING_SHARE:
            return fitting
        return mailboxes[0] if where < FITTING_SHARE + MAIN_SHARE else chance.choice(mailboxes)

    def _enquiry(
        self, part: str, n: int, chance: random.Random, wording: tuple[str, str], about: str, truth: str, at: datetime
    ) -> DemoMail:
        """Make a mail to a unit. `about` is whose matter it is today, `truth` whose it was then."""
        message, mail = self._write(part, n, chance, (wording[0], self._more(wording[1], about, chance)), truth, at)
        if part == "history":
            return mail
        extra = chance.random()
        if extra < TWIN_SHARE:
            others = [address for address, _ in self._municipality.mailboxes if address != mail.mailbox]
            mail = replace(mail, twins=tuple(chance.sample(others, chance.choice((1, 1, 2)))))
            message.replace_header("To", ", ".join((mail.mailbox, *mail.twins)))
        elif extra < TWIN_SHARE + LIST_SHARE:
            message["List-Id"] = "Grundejerforeningen Opdigtet <beboere.borger.example.org>"
            message["Precedence"] = "list"
        return replace(mail, raw=_bytes(message, n))

    def _write(
        self, part: str, n: int, chance: random.Random, wording: tuple[str, str], truth: str, at: datetime
    ) -> tuple[EmailMessage, DemoMail]:
        """A person's mail, still open for more headers."""
        subject, text = filled(wording[0], chance), filled(wording[1], chance)
        name = chance.choice(NAMES)
        body = body_of(text, name, chance)
        if chance.random() < 0.12:
            subject, body = subject.lower(), careless(body, chance)
        message = self._envelope(part, n, chance, subject, name, truth, at)
        dress(message, body, chance)
        return message, _sealed(message, n, truth)

    def _envelope(
        self, part: str, n: int, chance: random.Random, subject: str, name: str, truth: str, at: datetime
    ) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        local = re.sub(r"[^a-z]", "", name.lower().replace(" ", "")) or "borger"
        message["From"] = f"{name} <{local}{n}@{CITIZENS}>"
        message["To"] = self._mailbox(chance, truth)
        message["Subject"] = subject
        message["Message-ID"] = f"<demo-{part}-{n:06d}-{self._truths.index(truth):02d}.{self._seed}@{CITIZENS}>"
        message["Date"] = format_datetime(at)
        return message

    def _earlier(self, n: int, chance: random.Random, at: datetime) -> DemoMail | None:
        """One of the mails just before that somebody may wait for an answer to."""
        before = (self.live(k, at) for k in range(max(0, n - BACK), n))
        waiting = [mail for mail in before if mail.truth in self._details]
        return chance.choice(waiting) if waiting else None

    def _follow_up(self, n: int, chance: random.Random, first: DemoMail, at: datetime) -> DemoMail:
        """The same citizen asks again about an earlier mail."""
        name = chance.choice(NAMES)
        message = self._envelope("live", n, chance, "SV: min mail til jer", name, "follow_up", at)
        message.replace_header("To", first.mailbox)
        message["In-Reply-To"] = message["References"] = first.message_id
        quoted = "> Tidligere mail, som borgeren svarer på."
        message.set_content(f"{chance.choice(FOLLOW_UPS)}\n\nMvh {name}\n\n{attribution(name, at)}\n{quoted}\n")
        return _sealed(message, n, "follow_up")

    def _no_units(self, part: str, n: int, chance: random.Random, at: datetime) -> DemoMail:
        """Make a mail that is no unit's. Another authority's matter, thanks, advertising, digests, meetings."""
        other = chance.choices(self._municipality.others, [o.weight for o in self._municipality.others])[0]
        if other.unit == "not_enquiry" and chance.random() < 0.5:
            message = self._envelope(part, n, chance, "Invitation: møde om intet", chance.choice(NAMES), "calendar", at)
            invite(message, n, at)
            return _sealed(message, n, "calendar")
        held = bool(other.authority) and chance.random() < HELD_SHARE and part == "live"
        wording = other.wordings[-1] if held else chance.choice(other.wordings[: -1 if other.authority else None])
        message, mail = self._write(part, n, chance, wording, other.unit, at)
        mail = replace(mail, held=held, authority=other.authority)
        if other.unit == "digest":
            message["List-Id"] = "Ugens nyt <nyt.borger.example.org>"
            message["List-Unsubscribe"] = "<https://nyt.borger.example.org/frameld>"
            message["Precedence"] = "bulk"
        if other.unit == "spam":
            message["X-Spam-Flag"] = "YES"
        return replace(mail, raw=_bytes(message, n))

    def _robots_mail(self, part: str, n: int, chance: random.Random, at: datetime) -> DemoMail:
        """An out-of-office, a bounce, or word that a mail was read."""
        name, kind = chance.choice(NAMES), chance.random()
        if kind < 0.6 or (kind < 0.8 and part == "history"):  # what bounces is a letter that was sent
            message = self._envelope(part, n, chance, "Autosvar: Jeg holder ferie", name, "automatic_reply", at)
            message["Auto-Submitted"] = "auto-replied"
            message.set_content("Tak for din mail. Jeg er tilbage på mandag.")
            return _sealed(message, n, "automatic_reply")
        if kind < 0.8:
            message = self._envelope(part, n, chance, "Undelivered Mail Returned to Sender", name, "bounce", at)
            report(message, "delivery-status", "The mail could not be delivered.")
            return _sealed(message, n, "bounce")
        message = self._envelope(part, n, chance, "Læst: svar fra kommunen", name, "delivery_report", at)
        report(message, "disposition-notification", "Din mail blev læst.")
        return _sealed(message, n, "delivery_report")


def _sealed(message: EmailMessage, n: int, truth: str) -> DemoMail:
    return DemoMail(_bytes(message, n), str(message["To"]), str(message["Message-ID"]), truth)


def _bytes(message: EmailMessage, n: int) -> bytes:
    """The library draws its boundaries by lot; ours are the same each time."""
    for k, container in enumerate(part for part in message.walk() if part.is_multipart()):
        container.set_boundary(f"=_demo-{k}-{n}")
    return message.as_bytes()
