"""Texts with fixed placeholders. No expressions and no loops, on purpose: a template is filled, never run."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

BRACED = re.compile(r"\{([^{}\n]*)\}")
PLACEHOLDER = re.compile(r"\{([a-zæøå_]+)\}")
PARAGRAPH = re.compile(r"\{afsnit:([a-zæøå0-9_-]{1,60})\}")
PARAGRAPH_NAME = re.compile(r"[a-zæøå0-9_-]{1,60}")


class Kind(StrEnum):
    """What a text is for."""

    REPLY_DRAFT = "reply_draft"
    INTERIM_REPLY = "interim_reply"
    ACKNOWLEDGEMENT = "acknowledgement"
    REFERRAL = "referral"
    """To the citizen, whose mail was sent on to another authority."""
    GUIDANCE = "guidance"
    """To the citizen, whose mail is not ours, and nobody knows whose it is."""


OF_MAIL = frozenset({"emne", "modtaget", "afsender"})
COMMON = OF_MAIL | {"sagsnummer", "frist", "enhed", "enhed_adresse"}
ALLOWED: Mapping[Kind, frozenset[str]] = {
    Kind.REPLY_DRAFT: COMMON,
    Kind.INTERIM_REPLY: COMMON | {"sagsbehandler"},
    Kind.ACKNOWLEDGEMENT: COMMON | {"postkasse"},
    Kind.REFERRAL: OF_MAIL | {"postkasse", "myndighed", "myndighed_adresse"},
    Kind.GUIDANCE: OF_MAIL | {"postkasse"},
}
NO_UNIT = frozenset({Kind.REFERRAL, Kind.GUIDANCE})
"""Texts for mails that are no unit's: the whole authority has one of them."""
"""What a text to a citizen may name. The link for sending back is ours alone."""
KNOWN = frozenset({"returlink"}).union(*ALLOWED.values())

REPLY_DRAFT = """\
Kære {afsender}

Tak for din henvendelse af {modtaget} om "{emne}".

[Skriv svaret her]

Du kan svare på denne mail. Behold gerne sagsnummeret {sagsnummer} i emnefeltet.

Venlig hilsen
{enhed}
"""

INTERIM_REPLY = """\
Kære {afsender}

Tak for din henvendelse af {modtaget} om "{emne}".

Vi er ved at behandle din sag, men har brug for lidt mere tid, før vi kan give dig et fuldt svar.
Din sagsbehandler er {sagsbehandler}, og du kan forvente svar senest den {frist}.

Har du spørgsmål, eller vil du tilføje noget, kan du svare på denne mail.
Behold gerne sagsnummeret {sagsnummer} i emnefeltet.

Venlig hilsen
{sagsbehandler}
{enhed}
"""

ACKNOWLEDGEMENT = """\
Kære {afsender}

Vi har modtaget din henvendelse den {modtaget}. Den har fået sagsnummer {sagsnummer}.

Du kan forvente at høre fra os senest den {frist}.

Vil du tilføje noget, kan du svare på denne mail. Behold gerne sagsnummeret i emnefeltet.
Send ikke CPR-nummer eller andre fortrolige oplysninger i en almindelig mail.

Dette er en automatisk kvittering.

Venlig hilsen
{postkasse}
"""

REFERRAL = """\
Kære {afsender}

Tak for din henvendelse af {modtaget} om "{emne}".

Det, du skriver om, hører ikke til hos os, men hos {myndighed}. Vi har derfor sendt din henvendelse videre, \
som forvaltningslovens § 7, stk. 2, kræver. Du behøver ikke gøre mere; {myndighed} svarer dig.

Har du spørgsmål til sagen, kan du skrive til {myndighed} på {myndighed_adresse}.

Venlig hilsen
{postkasse}
"""

GUIDANCE = """\
Kære {afsender}

Tak for din henvendelse af {modtaget} om "{emne}".

Det, du skriver om, hører ikke til hos os, og vi kan ikke se, hvilken myndighed der skal svare dig.
På borger.dk kan du søge efter den myndighed, der tager sig af dit emne.

Mener du, at det alligevel er en sag for kommunen, så skriv til os igen og fortæl gerne lidt mere.

Venlig hilsen
{postkasse}
"""

SENT_ON = """\
Vi har modtaget denne henvendelse og sender den videre til jer, fordi vi mener, at den hører til hos {myndighed}
(forvaltningslovens § 7, stk. 2).

Modtaget hos os:  {modtaget}
Vores sag:        {sagsnummer}

Den oprindelige mail er vedhæftet. Afsenderen venter på jeres svar.

Venlig hilsen
{postkasse}
"""
"""To the other authority, with the mail."""

SENT_ON_PART = """\
Vi har modtaget en henvendelse om flere ting. En af dem mener vi hører til hos {myndighed}, og vi sender den derfor videre
(forvaltningslovens § 7, stk. 2). Resten svarer vi selv på.

Modtaget hos os:  {modtaget}
Vores sag:        {sagsnummer}

Afsenderen venter på jeres svar. Venlig hilsen
{postkasse}

"""
"""To the other authority, before a part of a mail: what is not theirs to read does not go with it."""

FORWARD = """\
Sluse har fordelt denne henvendelse til {enhed}.

Sagsnummer:  {sagsnummer}
Svarfrist:   {frist}
Modtaget:    {modtaget}

Den oprindelige mail er vedhæftet, og et svarudkast ligger i jeres kladder.
Svar fra jeres egen postkasse; svaret journaliseres af robotten.

Ikke jeres? Send den tilbage til visiteringen med ét klik; fristen følger med:
{returlink}
"""

PART = """\
Mailen handlede om flere ting og er delt. Dette er jeres del:

"""
"""Before the part itself, and both before what the unit reads of any mail."""

DIRECT = """\
Sluse har journaliseret denne henvendelse, som ligger i jeres indbakke.

Sagsnummer:  {sagsnummer}
Svarfrist:   {frist}
Modtaget:    {modtaget}

Et svarudkast ligger i jeres kladder. Svar fra jeres egen postkasse; svaret journaliseres af robotten.

Ikke jeres? Send den til visiteringen med ét klik; fristen følger med:
{returlink}
"""

RECALL = """\
Henvendelsen "{emne}" med sagsnummer {sagsnummer} blev sendt til {enhed} ved en fejl.
Visiteringen har trukket den tilbage.

I skal ikke svare på den. Slet mailen med henvendelsen og svarudkastet i jeres kladder.
Sagen gives til den rette enhed, og fristen er den samme.

Har I allerede svaret borgeren, så giv visiteringen besked.
"""

BUILT_IN: Mapping[Kind, str] = {
    Kind.REPLY_DRAFT: REPLY_DRAFT,
    Kind.INTERIM_REPLY: INTERIM_REPLY,
    Kind.ACKNOWLEDGEMENT: ACKNOWLEDGEMENT,
    Kind.REFERRAL: REFERRAL,
    Kind.GUIDANCE: GUIDANCE,
}


class TemplateError(Exception):
    """A template names a placeholder or a paragraph that does not exist."""


class Fault(StrEnum):
    """What can be wrong with a text; the words for it are the web's."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    NO_PARAGRAPH = "no_paragraph"
    NESTED = "nested"
    BRACE = "brace"
    NO_NAME = "no_name"
    BAD_NAME = "bad_name"
    NAME_TAKEN = "name_taken"
    SECOND_GENERAL = "second_general"
    IN_USE = "in_use"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Problem:
    """`what` is the text at fault exactly as it was written, `line` where it stands, counted from 1 (0: nowhere in it)."""

    fault: Fault
    what: str
    line: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A template that may be chosen. Without a unit it is everybody's, without keywords it is for any subject."""

    id: int
    unit_id: int | None
    keywords: tuple[str, ...]


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put `values` into the placeholders of `template`.

    Raises:
        TemplateError: the template has a placeholder that is unknown or has no value.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in KNOWN or name not in values:
            raise TemplateError(f"Pladsholderen {{{name}}} findes ikke.")
        return values[name]

    return PLACEHOLDER.sub(value, template)


def expand(template: str, paragraphs: Mapping[str, str]) -> str:
    """Put shared paragraphs in their places, once: what stands in a paragraph is not expanded again.

    Raises:
        TemplateError: there is no paragraph of that name.
    """

    def paragraph(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in paragraphs:
            raise TemplateError(f"Afsnittet {{afsnit:{name}}} findes ikke.")
        return paragraphs[name].rstrip("\n")

    return PARAGRAPH.sub(paragraph, template)


def used(template: str) -> frozenset[str]:
    """The names of the paragraphs that a text puts in."""
    return frozenset(PARAGRAPH.findall(template))


def check(template: str, allowed: frozenset[str], paragraphs: Iterable[str] | None) -> list[Problem]:
    """Everything that would go wrong when `template` is filled, in the order in which it stands there.

    Args:
        template: the text as a person wrote it.
        allowed: the placeholders that have a value.
        paragraphs: names of the shared paragraphs; None where the text is itself one, and may hold none.
    """
    if not template.strip():
        return [Problem(Fault.EMPTY, "", 1)]
    names = None if paragraphs is None else frozenset(paragraphs)
    return [
        problem
        for number, line in enumerate(template.splitlines(), start=1)
        for problem in _line_problems(line, number, allowed, names)
    ]


def _line_problems(line: str, number: int, allowed: frozenset[str], names: frozenset[str] | None) -> list[Problem]:
    found = []
    for match in BRACED.finditer(line):
        whole, inside = match.group(), match.group(1)
        if PARAGRAPH.fullmatch(whole):
            if names is None:
                found.append(Problem(Fault.NESTED, whole, number))
            elif inside.removeprefix("afsnit:") not in names:
                found.append(Problem(Fault.NO_PARAGRAPH, whole, number))
        elif inside not in allowed:
            found.append(Problem(Fault.UNKNOWN, whole, number))
    # Equally long, so that what stands around a lone brace can be cut out of the line as it was written.
    rest = BRACED.sub(lambda match: " " * len(match.group()), line)
    for brace in re.finditer(r"[{}]", rest):
        around = line[max(0, brace.start() - 15) : brace.start() + 16].strip()
        found.append(Problem(Fault.BRACE, around, number))
    return found


def keywords(text: str) -> tuple[str, ...]:
    """Keywords as a person lists them, separated by commas or lines."""
    words = (" ".join(word.lower().split()) for word in re.split(r"[,;\n]", text))
    return tuple(dict.fromkeys(word for word in words if word))


def choose(candidates: Iterable[Candidate], unit_id: int | None, subject: str, text: str) -> Candidate | None:
    """The template for a mail: the unit's by keyword, the unit's general one, then the authority's likewise.

    Of several that fit equally well the first of `candidates` wins. None: only the built-in text is left.
    """
    mail = f"{subject}\n{text}"
    fitting = [each for each in candidates if each.unit_id in (unit_id, None) and _fits(each, mail)]
    return min(fitting, key=lambda each: (each.unit_id is None, not each.keywords), default=None)


def _fits(candidate: Candidate, mail: str) -> bool:
    """A keyword is the beginning of a word: "lygte" fits "lygten", never "flygte"."""
    return not candidate.keywords or any(
        re.search(rf"(?<!\w){re.escape(word)}", mail, re.IGNORECASE) for word in candidate.keywords
    )
