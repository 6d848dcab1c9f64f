"""Headers of hostile mail as clean text. The standard library's parsed headers raise on some, and take minutes on others."""

import re
from collections.abc import Iterator
from email.header import Header
from email.message import Message

from connectors.mail import address, charsets
from connectors.mail.address import Named
from connectors.mail.limits import Limits, MailUnreadable
from connectors.mail.message import Correspondents
from connectors.mail.reading import encoded_words

FOLD = re.compile(r"\r?\n[ \t]*|\r")
MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
"""C0 and C1 controls, lone surrogates, and the marks that turn the direction of text; tab and newline stay."""
KEPT = (
    "auto-submitted", "precedence", "return-path", "content-type", "x-sluse", "x-autoreply", "x-autorespond",
    "x-auto-response-suppress", "list-id", "list-unsubscribe", "list-post", "reply-to", "x-failed-recipients",
    "x-spam-flag", "x-spam-status", "x-ms-exchange-organization-scl",
)  # fmt: skip
HOPS = "received-count"


def clean(text: str) -> str:
    """Valid Unicode without control characters but tab and newline."""
    return UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def value(mail: Message, name: str, limits: Limits) -> str:
    """A header as one clean line; "" where it is missing."""
    return line(mail.get(name, ""), limits)


def line(raw: object, limits: Limits) -> str:
    """Decode encoded words; what cannot be decoded is shown as it stands."""
    text = FOLD.sub(" ", _plain(raw)[: limits.header_chars])
    return " ".join(clean(encoded_words.decode(text) if "=?" in text else text).split())


def _plain(raw: object) -> str:
    """Raw 8-bit headers come as surrogates, or as a Header of unknown charset."""
    text = "".join(part for part, _ in raw._chunks) if isinstance(raw, Header) else str(raw)  # type: ignore[attr-defined]
    if any("\udc80" <= letter <= "\udcff" for letter in text):
        return charsets.decode(text.encode("utf-8", "surrogateescape"), None)
    return text


def correspondents(mail: Message, limits: Limits) -> Correspondents:
    """Whom a mail names as its writers and as who is to be answered; a header that stands twice counts as one."""
    named = {name: mailboxes(mail, name, limits) for name in ("From", "Sender", "Reply-To", "Return-Path")}
    return Correspondents(
        authors=named["From"],
        sender=_first(named["Sender"]),
        reply_to=named["Reply-To"],
        return_path=_first(named["Return-Path"]),
    )


def mailboxes(mail: Message, name: str, limits: Limits) -> tuple[Named, ...]:
    """Every name and address in all headers of that name. None of them is cut: half an address is somebody else's."""
    fields = (_plain(each)[: limits.header_bytes] for each in mail.get_all(name, []))
    return tuple(each for text in fields for each in address.listed(text, lambda word: line(word, limits)))


def _first(named: tuple[Named, ...]) -> Named:
    return next((each for each in named if each.address), Named("", ""))


def recipients(mail: Message, limits: Limits) -> tuple[str, ...]:
    """Every address in To and Cc, in order, each once.

    Raises:
        MailUnreadable: too_many_addresses.
    """
    named = (each.address for name in ("To", "Cc") for each in mailboxes(mail, name, limits))
    found = tuple(dict.fromkeys(filter(None, named)))
    if len(found) > limits.addresses:
        raise MailUnreadable("too_many_addresses")
    return found


def kept(mail: Message, limits: Limits) -> Iterator[tuple[str, str]]:
    """The headers that recognition needs, and over how many servers the mail has come."""
    yield from ((name, value(mail, name, limits)) for name in KEPT if name in mail)
    yield HOPS, str(len(mail.get_all("Received", [])))


def message_ids(raw: str) -> tuple[str, ...]:
    """Message-IDs with their angle brackets, in order."""
    return tuple(dict.fromkeys(MESSAGE_ID.findall(raw)))[:200]


def filename(raw: str, limits: Limits) -> str:
    """A name that is safe to show and to write: no path, no control character, not too long."""
    name = re.split(r"[/\\\0]", clean(raw).replace("\n", " "))[-1].strip(" .") or "bilag"
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) <= 10 and stem:
        return f"{stem[: limits.filename_chars - len(ending) - 1]}.{ending}"
    return name[: limits.filename_chars]
