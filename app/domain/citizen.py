"""Decide who the citizen of a mail is.

To the citizen go drafts and letters; the citizen's answer counts, and these are the citizen's mails.

Decided once, when the mail is read, and kept with its reason; after that only a human changes it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.mail import addresses
from connectors.mail.addresses import Named

NOBODY = Named("", "")
CANDIDATES = 5


class CitizenSource(StrEnum):
    """The sources that tell who the citizen is. From `UNNAMED` on nothing told it, and a human is asked."""

    FROM = "from"
    REPLY_TO = "reply_to"
    FORM = "form"
    """A field in the text of a web form's mail: anybody's address could have been typed there."""
    CONFIRMED_FORM = "confirmed_form"
    """The same, of a form that has the address confirmed before it writes."""
    SENDER = "sender"
    RETURN_PATH = "return_path"
    HUMAN = "human"
    UNNAMED = "unnamed"
    SEVERAL = "several"
    OURS = "ours"
    """One of our own mailboxes wrote it."""
    NO_FIELD = "no_field"
    """A web form wrote it, and none of its fields says who filled it in."""


UNKNOWN = frozenset({CitizenSource.UNNAMED, CitizenSource.SEVERAL, CitizenSource.OURS, CitizenSource.NO_FIELD})
RECEIVES_RECEIPTS = frozenset(
    {
        None,
        CitizenSource.FROM,
        CitizenSource.SENDER,
        CitizenSource.HUMAN,
        CitizenSource.REPLY_TO,
        CitizenSource.CONFIRMED_FORM,
    }
)
"""What has named an address that a robot may write to by itself. Never a field in a text, nor the way a mail came."""
WRITERS = frozenset({CitizenSource.FROM, CitizenSource.SENDER, CitizenSource.CONFIRMED_FORM, CitizenSource.HUMAN})
"""Sources that name who wrote, or whom a human named: only they belong to a thread by themselves."""
TYPED = frozenset({CitizenSource.REPLY_TO, CitizenSource.FORM, CitizenSource.CONFIRMED_FORM})
"""Whoever wrote the mail need not hold the address: a robot's letter to it repeats nothing the mail says."""

NO_READER = re.compile(
    r"(?:.*[._+-])?(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|ikke-?_?\.?svar|ingen-?_?\.?svar|svar-?_?\.?ikke|noreply)"
    r"(?:[._+-].*)?"
    r"|mailer-daemon|postmaster|daemon|root|bounces?(?:[+._-].*)?|listserv|majordomo|nyhedsbrev|newsletter"
    r"|owner-.+|.+-(?:owner|request|bounces?|subscribe|unsubscribe)"
)
"""Local parts behind which nobody reads."""
_REWRITTEN = re.compile(r"(?:srs[01]|prvs|btv1)[=+-].*|.*=.*")
"""Envelope senders that a server made up for the way back."""


@dataclass(frozen=True, slots=True)
class Headers:
    """The correspondents that a mail names.

    Attributes:
        writer: who wrote it, by the header that `said_by` names ("from", "sender", "reply_to", "return_path", or "").
        authors: all whom From names.
        listed: it came by a mailing list, whose Reply-To is the list's.
    """

    writer: Named = NOBODY
    said_by: str = ""
    authors: Sequence[Named] = ()
    reply_to: Sequence[Named] = ()
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Citizen:
    """The citizen, and the source of it. Where nobody is sure, there are candidates a human may choose from."""

    name: str
    address: str
    source: CitizenSource
    candidates: tuple[Named, ...] = ()

    @property
    def key(self) -> str:
        """Return what the addresses of one mailbox share."""
        return addresses.key(self.address)


@dataclass(frozen=True, slots=True)
class FormFields:
    """The person who filled in a web form.

    The text of the form's mail says so; `confirmed`: the form has the address confirmed.
    """

    name: str = ""
    address: str = ""
    confirmed: bool = False


def is_read(mail_address: str) -> bool:
    """Tell whether somebody reads mail to an address. Only the address itself is asked."""
    return bool(mail_address) and not NO_READER.fullmatch(mail_address.rpartition("@")[0].lower())


def decide(
    mail: Headers, *, is_ours: Callable[[str], bool], form: FormFields | None = None, enclosed: Sequence[Named] = ()
) -> Citizen:
    """Decide who the citizen is.

    Args:
        mail: the mail's headers.
        is_ours: whether an address is one of our own mailboxes.
        form: what the fields of a known web form say; None where no form wrote the mail.
        enclosed: who wrote a mail within this one.
    """
    strangers = () if mail.listed else _distinct(filter(_has_reader, mail.reply_to), is_ours)
    candidates = _distinct([*strangers, *mail.authors, *enclosed], is_ours)
    if form is not None:
        return _of_form(form, strangers, candidates)
    named = {addresses.key(each.address) for each in mail.reply_to}
    if strangers and addresses.key(mail.writer.address) not in named:
        if len(strangers) > 1:
            return Citizen("", "", CitizenSource.SEVERAL, candidates)
        return Citizen(strangers[0].name, strangers[0].address, CitizenSource.REPLY_TO)
    source = _source(mail)
    if source not in UNKNOWN and is_ours(mail.writer.address):
        source = CitizenSource.OURS
    if source in UNKNOWN:
        return Citizen("", "", source, candidates)
    return Citizen(mail.writer.name, mail.writer.address, source, _distinct(enclosed, is_ours))


def _of_form(form: FormFields, strangers: tuple[Named, ...], candidates: tuple[Named, ...]) -> Citizen:
    if form.address:
        source = CitizenSource.CONFIRMED_FORM if form.confirmed else CitizenSource.FORM
        return Citizen(form.name, form.address, source)
    if len(strangers) == 1:
        return Citizen(strangers[0].name or form.name, strangers[0].address, CitizenSource.REPLY_TO)
    return Citizen(form.name, "", CitizenSource.NO_FIELD, candidates)


def _source(mail: Headers) -> CitizenSource:
    """By which header the writer is known.

    An envelope sender counts only where a person may have it, and no address that stands where none may stand: a sender
    who hides one there would be taken for its owner.
    """
    if mail.writer.lifted:
        return CitizenSource.UNNAMED
    if not mail.writer.address:
        return CitizenSource.SEVERAL if sum(bool(each.address) for each in mail.authors) > 1 else CitizenSource.UNNAMED
    source = CitizenSource(mail.said_by)
    made_up = _REWRITTEN.fullmatch(mail.writer.address.rpartition("@")[0].lower()) or not _has_reader(mail.writer)
    return CitizenSource.UNNAMED if source is CitizenSource.RETURN_PATH and made_up else source


def _has_reader(named: Named) -> bool:
    return is_read(named.address)


def _distinct(named: Iterable[Named], is_ours: Callable[[str], bool]) -> tuple[Named, ...]:
    """Each address once, in order, and none of ours."""
    first = {addresses.key(each.address): each for each in reversed(list(named)) if each.address}
    return tuple(each for each in reversed(first.values()) if not is_ours(each.address))[:CANDIDATES]
