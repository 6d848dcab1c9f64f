"""Rules that come before the model.

Plain conditions on a mail, in an order that people set. The first one that fits decides.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from connectors.mail import addresses

DANISH = "da"


class Field(StrEnum):
    """The fields in which a rule's words are sought."""

    ANYWHERE = "anywhere"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Subject:
    """The properties of a mail that rules use. `language` is None where it cannot be told."""

    subject: str
    text: str
    sender: str
    mailbox: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """A rule: conditions on a mail, and its effect.

    Conditions that are empty ask for nothing; a rule without any fits no mail.

    Attributes:
        words: words, beginnings of words, or phrases; any of them is enough, capitals do not matter.
        senders: addresses or domains; None where any sender will do.
        mailbox: the shared mailbox it came to, or "".
        foreign: it is in another language than Danish.
        unit: the id of the unit it goes to; None where a human decides.
        deadline_type: the id of the type of deadline such a mail has; None for the usual one.
    """

    id: int
    name: str
    words: tuple[str, ...] = ()
    field: Field = Field.ANYWHERE
    senders: tuple[str, ...] | None = None
    mailbox: str = ""
    foreign: bool = False
    unit: str | None = None
    deadline_type: int | None = None

    @property
    def asks(self) -> bool:
        """Tell whether it has any condition."""
        return bool(self.words or self.senders is not None or self.mailbox or self.foreign)


@dataclass(frozen=True, slots=True)
class Catch:
    """The effect of a rule on a stream of mails. `fits` of them fit it, `decides` of them it decides.

    `against` counts, by the id of an earlier rule, the mails that rule decided differently.
    """

    fits: int
    decides: int
    against: dict[int, int]


DEFAULTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Aktindsigt", ("aktindsigt", "agtindsigt", "offentlighedsloven", "egenacces")),
    (
        "Databeskyttelse",
        (
            "databeskyttelse",
            "gdpr",
            "persondata",
            "retten til at blive glemt",
            "slet mine oplysninger",
            "sletning af mine oplysninger",
            "indsigt i mine oplysninger",
            "indsigtsanmodning",
        ),
    ),
    (
        "Klage over afgørelse eller sagsbehandling",
        (
            "klage over afgørelse",
            "klage over jeres afgørelse",
            "klager over afgørelse",
            "klager over jeres afgørelse",
            "klage over sagsbehandling",
            "påklage",
            "ombudsmand",
            "borgerrådgiver",
        ),
    ),
    (
        "Trusler",
        (
            "slå jer ihjel",
            "slår jer ihjel",
            "slå dig ihjel",
            "skyde jer",
            "brænde jer",
            "bombe",
            "dræbe",
            "i skal dø",
            "tæve jer",
            "ved hvor du bor",
            "ved hvor i bor",
        ),
    ),
    (
        "Bekymring for en person (underretning)",
        (
            "selvmord",
            "tage mit eget liv",
            "tage livet af mig",
            "mishandl",
            "vanrøgt",
            '"overgreb"',
            '"vold"',
            "voldelig",
            "underretning om barn",
            "bekymret for barn",
            "bekymret for børn",
        ),
    ),
    ("Presse", ("journalist", "pressehenvendelse", "redaktion", "redaktør", "til offentliggørelse")),
)
"""What no robot should decide about, as a new house begins with it; people change it to what they see."""
FOREIGN = "Andet sprog end dansk"


def lines(text: str) -> tuple[str, ...]:
    """Return the entries of a list, one a line."""
    return tuple(dict.fromkeys(line for part in text.splitlines() if (line := " ".join(part.split()))))


def fits(rule: RoutingRule, mail: Subject) -> bool:
    """Tell whether all of a rule's conditions hold."""
    return (
        rule.asks
        and (not rule.mailbox or addresses.same(mail.mailbox, rule.mailbox))
        and (not rule.foreign or mail.language not in (None, DANISH))
        and (rule.senders is None or is_from(rule.senders, mail.sender))
        and (not rule.words or _has_words(rule, mail))
    )


def first(rules: Iterable[RoutingRule], mail: Subject) -> RoutingRule | None:
    """Return the rule that decides about a mail."""
    return next((rule for rule in rules if fits(rule, mail)), None)


def catches(rules: Sequence[RoutingRule], mails: Iterable[Subject]) -> dict[int, Catch]:
    """Try rules, in their order, on past mails. The key is the rule's id."""
    tally = {rule.id: ([0, 0], dict[int, int]()) for rule in rules}
    for mail in mails:
        fitting = [rule for rule in rules if fits(rule, mail)]
        for n, rule in enumerate(fitting):
            counts, against = tally[rule.id]
            counts[0] += 1
            counts[1] += n == 0
            if fitting[0].unit != rule.unit:
                against[fitting[0].id] = against.get(fitting[0].id, 0) + 1
    return {rule_id: Catch(counts[0], counts[1], against) for rule_id, (counts, against) in tally.items()}


def _has_words(rule: RoutingRule, mail: Subject) -> bool:
    seen = mail.subject if rule.field is Field.SUBJECT else f"{mail.subject}\n{mail.text}"
    return _pattern(rule.words).search(" ".join(seen.split())) is not None


@lru_cache(maxsize=500)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Compile the pattern of a rule's words.

    Beginnings of words, so that "aktindsigt" finds "aktindsigtsanmodning"; in quotation marks the word itself alone.
    """
    return re.compile(r"(?<!\w)(?:" + "|".join(map(_word, words)) + ")", re.IGNORECASE)


def _word(entry: str) -> str:
    bare = " ".join(entry.strip('"').split())
    return re.escape(bare) + (r"(?!\w)" if entry.startswith('"') and entry.endswith('"') else "")


def is_from(senders: Iterable[str], mail_address: str) -> bool:
    """Tell whether a sender is among some.

    The address, or its domain; capitals and how a domain is written do not matter.
    """
    sender, host = addresses.key(mail_address), addresses.domain(mail_address)
    for entry in (each.lstrip("@") for each in senders):
        if "@" in entry and sender == addresses.key(entry):
            return True
        if "@" not in entry and host and f".{host}".endswith(f".{addresses.domain(f'x@{entry}')}"):
            return True
    return False
