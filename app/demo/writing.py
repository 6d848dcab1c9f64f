"""The writing of the invented citizens. Names, streets, greetings, haste, and the forms a mail can take."""

import random
import struct
import zlib
from datetime import datetime, timedelta
from email.message import EmailMessage

CITIZENS = "borger.example.org"
STREETS = (
    "Prøvegade",
    "Eksempelvej",
    "Mønsterallé",
    "Kvasistræde",
    "Fiktionsbakken",
    "Påfundsgade",
    "Skabelonvej",
    "Ærtebjerg Torv",
    "Attrapstræde",
    "Brøndpåfundet",
    "Opdigtervej",
    "Tænkegade",
    "Sandkassestien",
)
PARKS = ("Sluseparken", "Å-parken", "Mølledammen", "Fælleden", "Prøvehaven")
WEEKDAYS = ("man.", "tir.", "ons.", "tor.", "fre.", "lør.", "søn.")
MONTHS = ("jan.", "feb.", "mar.", "apr.", "maj", "jun.", "jul.", "aug.", "sep.", "okt.", "nov.", "dec.")
DAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
NAMES = (
    "Prøve Eksempelsen",
    "Maja Mønster",
    "Søren Skabelon",
    "Åse Påfund",
    "Finn Fiktion",
    "Karen Kvasi",
    "Ørnulf Opdigt",
    "Bodil Opfindsen",
)
GREETINGS = ("Hej", "Hej kommune", "Kære kommune", "Til rette vedkommende", "Goddag", "Hej derinde", "")
CLOSINGS = ("Venlig hilsen", "Mvh", "Med venlig hilsen", "Hilsen", "De bedste hilsner")
ASIDES = (
    "Jeg har forsøgt at ringe, men kom aldrig igennem.",
    "Det er ikke første gang, jeg skriver.",
    "Jeg håber på et hurtigt svar.",
    "Vi har boet her i tyve år og har aldrig klaget før.",
    "Min nabo siger det samme.",
    "Det kan simpelthen ikke passe.",
    "Jeg ved ikke, om det er jer, der står for den slags.",
    "Vi betaler trods alt skat.",
    "Tak for jeres arbejde i øvrigt.",
)


def filled(text: str, chance: random.Random) -> str:
    """Fill in streets, numbers and days. As they differ from mail to mail."""
    slots = {"vej": STREETS, "park": PARKS, "dag": DAYS}
    for slot, values in slots.items():
        text = text.replace("{" + slot + "}", chance.choice(values))
    return text.replace("{nr}", str(chance.randint(1, 120)))


def body_of(text: str, name: str, chance: random.Random) -> str:
    """Write the body with greeting and signature. The matter is between them, with what people add."""
    sentences = [text]
    if chance.random() < 0.4:
        sentences.insert(chance.choice((0, 1)), chance.choice(ASIDES))
    if chance.random() < 0.06:
        sentences.append(f"Mit CPR-nummer er {chance.randint(1, 28):02d}{chance.randint(1, 12):02d}99-0000.")
    if chance.random() < 0.1:
        sentences.append(f"I kan ringe på 00 00 {chance.randint(10, 99)} {chance.randint(10, 99)}.")
    signature = "Sendt fra min telefon" if chance.random() < 0.15 else f"{chance.choice(CLOSINGS)}\n{name}"
    return "\n\n".join(part for part in (chance.choice(GREETINGS), " ".join(sentences), signature) if part)


def careless(text: str, chance: random.Random) -> str:
    """Misspell a text as if typed in a hurry. No capitals, little punctuation, letters swapped."""
    letters = list(text.lower().replace(",", "").replace(".", ""))
    for _ in range(len(letters) // 40):
        k = chance.randrange(1, len(letters) - 1)
        if letters[k].isalpha() and letters[k + 1].isalpha():
            letters[k], letters[k + 1] = letters[k + 1], letters[k]
    return "".join(letters)


def attribution(name: str, before: datetime) -> str:
    """Write who wrote what is quoted. Mail programs do so; the time is three days before `before`."""
    at = before - timedelta(days=3)
    return f"Den {WEEKDAYS[at.weekday()]} {at.day}. {MONTHS[at.month - 1]} {at.year} kl. {at:%H.%M} skrev {name}:"


def dress(message: EmailMessage, body: str, chance: random.Random) -> None:
    """Format a mail as plain text or HTML.

    Some are HTML alone; now and then comes something hostile, now and then a picture.
    """
    form = chance.random()
    if form < 0.12:
        earlier = attribution("visiteringen", message["Date"].datetime)
        body += f"\n\n{earlier}\n> Kære borger\n> Tak for din henvendelse. Vi vender tilbage."
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


def invite(message: EmailMessage, n: int, at: datetime) -> None:
    """Make a mail an invitation to a meeting. As a calendar sends it (RFC 6047)."""
    message.set_content("Du er inviteret til et møde.")
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//example.org//Opdigtet kalender//DA",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:demo-{n}@{CITIZENS}",
        f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{at + timedelta(days=7):%Y%m%dT%H0000Z}",
        f"DTEND:{at + timedelta(days=7):%Y%m%dT%H3000Z}",
        "SUMMARY:Møde om intet",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    message.add_alternative("\r\n".join(lines), subtype="calendar", params={"method": "REQUEST"})


def report(message: EmailMessage, kind: str, text: str) -> None:
    """Make a mail a machine's report (RFC 6522). About another mail that could not be delivered, or has been read."""
    message["Return-Path"] = "<>"
    message.set_content(text)
    message.make_mixed()
    message.set_type("multipart/report")
    message.set_param("report-type", kind)
