"""The invented municipality's mails: the same for the same seed and number, in every variation that real ones have."""

import random
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from app.demo.municipality import Municipality, Situation

CITIZENS = "borger.example.org"
ID = re.compile(r"<demo-(history|live)-(\d+)\.(-?\d+)@borger\.example\.org>")
STREETS = (
    "Prøvegade",
    "Eksempelvej",
    "Mønsteralle",
    "Kvasistræde",
    "Fiktionsbakken",
    "Påfundsgade",
    "Skabelonvej",
    "Ærøskøbing Torv",
)
PARKS = ("Sluseparken", "Å-parken", "Mølledammen", "Fælleden", "Prøvehaven")
DAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
NAMES = (
    "Prøve Eksempelsen",
    "Maja Mønster",
    "Søren Skabelon",
    "Åse Påfund",
    "Finn Fiktion",
    "Karen Kvasi",
    "Ørnulf Opdigt",
    "Bodil Blindprøve",
)
GREETINGS = ("Hej", "Hej kommune", "Kære kommune", "Til rette vedkommende", "Goddag", "Hej derinde", "")
CLOSINGS = ("Venlig hilsen", "Mvh", "Med venlig hilsen", "Hilsen", "De bedste hilsner")
ASIDES = (
    "Jeg har forsøgt at ringe, men kom aldrig igennem.", "Det er ikke første gang, jeg skriver.", "Jeg håber på et hurtigt svar.",
    "Vi har boet her i tyve år og har aldrig klaget før.", "Min nabo siger det samme.", "Det kan simpelthen ikke passe.",
    "Jeg ved ikke, om det er jer, der står for den slags.", "Vi betaler trods alt skat.", "Tak for jeres arbejde i øvrigt.",
)  # fmt: skip
FOLLOW_UPS = (
    "Hvornår sker der noget?",
    "Jeg har stadig ikke hørt fra jer.",
    "Er der nyt i sagen?",
    "Nu er det blevet værre. Se venligst på det.",
)
OTHER_SHARE, REPLY_SHARE, FOLLOW_UP_SHARE = 0.10, 0.03, 0.05
HELD_SHARE, ASTRAY_SHARE, SECOND_SHARE = 0.3, 0.15, 0.12
MORE_SHARES = (0.95, 0.5)


@dataclass(frozen=True, slots=True)
class DemoMail:
    """A mail and what it really is: a unit's name, or not_ours, not_enquiry, automatic_reply, bounce, follow_up."""

    raw: bytes
    mailbox: str
    message_id: str
    truth: str
    held: bool = False
    """Told in a way that the history has never heard."""


class Mails:
    """All mails of one seed. Every mail is made from its number alone, so that nothing need be kept beside it."""

    def __init__(self, municipality: Municipality, seed: int) -> None:
        self._municipality = municipality
        self._seed = seed
        self._details = {unit.name: unit.details for unit in municipality.units}

    def history(self, count: int, until: datetime) -> Iterator[tuple[datetime, DemoMail]]:
        """Past mails of units, spread over the twelve weeks before `until`, oldest first; no held-out wording."""
        for n in range(count):
            at = until - timedelta(days=84) * (count - n) / (count + 1)
            chance = self._chance("history", n)
            situation = self._situation(chance)
            # New ways to tell a thing turn up all the time, so that the past knows surprise as the future does.
            heard = 1 + int(n / count * (len(situation.wordings) - 1))
            subject, text = chance.choice(situation.wordings[: min(heard, len(situation.wordings) - 1)])
            yield (
                at,
                self._mail("history", n, chance, subject, self._more(text, situation.unit, chance), situation.unit, at),
            )

    def live(self, n: int, at: datetime) -> DemoMail:
        """The n-th mail of the live stream, sent at `at`."""
        chance = self._chance("live", n)
        kind = chance.random()
        if n > 5 and kind < FOLLOW_UP_SHARE:
            return self._follow_up(n, chance, at)
        if kind < FOLLOW_UP_SHARE + REPLY_SHARE:
            return self._robots_mail(n, chance, at)
        if kind < FOLLOW_UP_SHARE + REPLY_SHARE + OTHER_SHARE:
            other = chance.choice(self._municipality.others)
            subject, text = chance.choice(other.wordings)
            return self._mail("live", n, chance, subject, text, other.unit, at)
        situation = self._situation(chance)
        held = chance.random() < HELD_SHARE
        subject, text = situation.wordings[-1] if held else chance.choice(situation.wordings[:-1])
        text = self._more(text, situation.unit, chance)
        made = self._mail("live", n, chance, subject, text, situation.unit, at)
        return replace(made, held=held)

    def truth(self, message_id: str) -> str | None:
        """What the mail of a Message-ID really is; None where it is none of ours."""
        found = ID.fullmatch(message_id.strip())
        if found is None or int(found.group(3)) != self._seed:
            return None
        part, n = found.group(1), int(found.group(2))
        moment = datetime.fromtimestamp(0).astimezone()
        if part == "live":
            return self.live(n, moment).truth
        return self._situation(self._chance("history", n)).unit

    def _more(self, text: str, unit: str, chance: random.Random) -> str:
        """What people add: mostly something to the matter, now and then something that leads astray."""
        told = [text]
        for share in MORE_SHARES:
            if chance.random() < share:
                told_for = chance.choice(list(self._details)) if chance.random() < ASTRAY_SHARE else unit
                told.append(chance.choice(self._details[told_for]))
        if chance.random() < SECOND_SHARE:
            told.append("En anden ting: " + self._situation(chance).wordings[0][1])
        return " ".join(told)

    def _chance(self, part: str, n: int) -> random.Random:
        return random.Random(f"{self._seed}/{part}/{n}")  # noqa: S311 - an invented world, not a secret

    def _situation(self, chance: random.Random) -> Situation:
        situations = self._municipality.situations
        return chance.choices(situations, [s.weight for s in situations])[0]

    def _id(self, part: str, n: int) -> str:
        return f"<demo-{part}-{n:06d}.{self._seed}@{CITIZENS}>"

    def _filled(self, text: str, chance: random.Random) -> str:
        """Streets, numbers and days differ from mail to mail, as they do."""
        slots = {"vej": STREETS, "park": PARKS, "dag": DAYS}
        for slot, values in slots.items():
            text = text.replace("{" + slot + "}", chance.choice(values))
        return text.replace("{nr}", str(chance.randint(1, 120)))

    def _mail(
        self, part: str, n: int, chance: random.Random, subject: str, text: str, truth: str, at: datetime
    ) -> DemoMail:
        subject, text = self._filled(subject, chance), self._filled(text, chance)
        name = chance.choice(NAMES)
        body = _body(text, name, chance)
        if chance.random() < 0.12:
            subject, body = subject.lower(), _careless(body, chance)
        message = self._envelope(part, n, chance, subject, name, at)
        _dress(message, body, chance)
        return DemoMail(_bytes(message, n), str(message["To"]), self._id(part, n), truth)

    def _envelope(
        self, part: str, n: int, chance: random.Random, subject: str, name: str, at: datetime
    ) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        local = re.sub(r"[^a-z]", "", name.lower().replace(" ", "")) or "borger"
        message["From"] = f"{name} <{local}{n}@{CITIZENS}>"
        message["To"] = chance.choice(self._municipality.mailboxes)[0]
        message["Subject"] = subject
        message["Message-ID"] = self._id(part, n)
        message["Date"] = format_datetime(at)
        return message

    def _follow_up(self, n: int, chance: random.Random, at: datetime) -> DemoMail:
        """The same citizen asks again about an earlier mail."""
        earlier = n - chance.randint(1, 5)
        first = self.live(earlier, at)
        name = chance.choice(NAMES)
        message = self._envelope("live", n, chance, "SV: min mail til jer", name, at)
        message.replace_header("To", first.mailbox)
        message["In-Reply-To"] = message["References"] = first.message_id
        quoted = "> Tidligere mail, som borgeren svarer på."
        message.set_content(f"{chance.choice(FOLLOW_UPS)}\n\nMvh {name}\n\nDen mandag skrev {name}:\n{quoted}\n")
        return DemoMail(_bytes(message, n), first.mailbox, self._id("live", n), "follow_up")

    def _robots_mail(self, n: int, chance: random.Random, at: datetime) -> DemoMail:
        """An out-of-office, or a bounce."""
        message = self._envelope("live", n, chance, "Autosvar: Jeg holder ferie", chance.choice(NAMES), at)
        if chance.random() < 0.7:
            message["Auto-Submitted"] = "auto-replied"
            message.set_content("Tak for din mail. Jeg er tilbage på mandag.")
            return DemoMail(_bytes(message, n), str(message["To"]), self._id("live", n), "automatic_reply")
        message.replace_header("Subject", "Undelivered Mail Returned to Sender")
        message["Return-Path"] = "<>"
        message.set_content("The mail could not be delivered.")
        message.make_mixed()
        message.set_type("multipart/report")
        message.set_param("report-type", "delivery-status")
        return DemoMail(_bytes(message, n), str(message["To"]), self._id("live", n), "bounce")


def _bytes(message: EmailMessage, n: int) -> bytes:
    """The library draws its boundaries by lot; ours are the same each time."""
    for k, container in enumerate(part for part in message.walk() if part.is_multipart()):
        container.set_boundary(f"=_demo-{k}-{n}")
    return message.as_bytes()


def _body(text: str, name: str, chance: random.Random) -> str:
    """The matter between greeting and signature, with what people add."""
    sentences = [text]
    if chance.random() < 0.4:
        sentences.insert(chance.choice((0, 1)), chance.choice(ASIDES))
    if chance.random() < 0.06:
        sentences.append(f"Mit CPR-nummer er {chance.randint(1, 28):02d}{chance.randint(1, 12):02d}99-0000.")
    if chance.random() < 0.1:
        sentences.append(f"I kan ringe på 00 00 {chance.randint(10, 99)} {chance.randint(10, 99)}.")
    signature = "Sendt fra min telefon" if chance.random() < 0.15 else f"{chance.choice(CLOSINGS)}\n{name}"
    return "\n\n".join(part for part in (chance.choice(GREETINGS), " ".join(sentences), signature) if part)


def _careless(text: str, chance: random.Random) -> str:
    """Typed in a hurry: no capitals, little punctuation, letters swapped."""
    letters = list(text.lower().replace(",", "").replace(".", ""))
    for _ in range(len(letters) // 40):
        k = chance.randrange(1, len(letters) - 1)
        if letters[k].isalpha() and letters[k + 1].isalpha():
            letters[k], letters[k + 1] = letters[k + 1], letters[k]
    return "".join(letters)


def _dress(message: EmailMessage, body: str, chance: random.Random) -> None:
    """Plain, or with HTML, or HTML alone; now and then something hostile; now and then a picture."""
    form = chance.random()
    if form < 0.12:
        body += "\n\nDen torsdag skrev visiteringen:\n> Kære borger\n> Tak for din henvendelse. Vi vender tilbage."
    html = "".join(f"<p>{part}</p>" for part in body.split("\n\n"))
    if 0.12 <= form < 0.2:
        message.set_content(html, subtype="html")
    else:
        message.set_content(body + "\n")
        if 0.2 <= form < 0.35:
            evil = "<script>alert(1)</script><img src='https://sporing.example.org/1.gif'>" if form < 0.22 else ""
            message.add_alternative(html + evil, subtype="html")
    if chance.random() < 0.12:
        message.add_attachment(_picture(chance), maintype="image", subtype="png", filename="billede.png")
    if chance.random() < 0.04:
        message.add_attachment(b"%PDF-1.4\n%%EOF\n", maintype="application", subtype="pdf", filename="bilag.pdf")


def _picture(chance: random.Random) -> bytes:
    """A small PNG of one colour."""
    side = 24
    colour = bytes(chance.randrange(256) for _ in range(3))
    rows = b"".join(b"\0" + colour * side for _ in range(side))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body
