"""Texts with fixed placeholders. No expressions and no loops, on purpose: a template is filled, never run."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain import sentences
from app.domain.deadlines import Clock

BRACED = re.compile(r"\{([^{}\n]*)\}")
PLACEHOLDER = re.compile(r"\{([a-zæøå_]+)\}")
PARAGRAPH = re.compile(r"\{afsnit:([a-zæøå0-9_-]{1,60})\}")
PARAGRAPH_NAME = re.compile(r"[a-zæøå0-9_-]{1,60}")


class TemplateKind(StrEnum):
    """The purposes of a text."""

    REPLY_DRAFT = "reply_draft"
    INTERIM_REPLY = "interim_reply"
    ACKNOWLEDGEMENT = "acknowledgement"
    REFERRAL = "referral"
    """To the citizen, whose mail was sent on to another authority."""
    GUIDANCE = "guidance"
    """To the citizen, whose mail is not ours, and nobody knows whose it is."""


CLOCKS: Mapping[Clock, str] = {Clock.FEEDBACK: "Tilbagemeldingsfrist", Clock.ANSWER: "Svarfrist"}
"""The two deadlines by their names, in every letter."""
SEVERAL = "Skrev du om flere ting, kan de få hver sit sagsnummer."
"""To the citizen whose mail was split, beside the one case number that is named."""
UNFINISHED = re.compile(r"\[skriv[^\]\n]*\]", re.IGNORECASE)
"""What a person still has to write before a letter can leave."""
DATE_WANTED = "[skriv en dato]"
"""Stands where a promised day would have passed already."""

OF_MAIL = frozenset({"emne", "modtaget", "afsender"})
DATES = frozenset({"frist", "tilbagemeldingsfrist", "svarfrist"})
COMMON = OF_MAIL | DATES | {"sagsnummer", "enhed", "enhed_adresse"}
ALLOWED: Mapping[TemplateKind, frozenset[str]] = {
    TemplateKind.REPLY_DRAFT: COMMON,
    TemplateKind.INTERIM_REPLY: COMMON | {"sagsbehandler"},
    TemplateKind.ACKNOWLEDGEMENT: COMMON | {"postkasse"},
    TemplateKind.REFERRAL: OF_MAIL | {"postkasse", "myndighed", "myndighed_adresse"},
    TemplateKind.GUIDANCE: OF_MAIL | {"postkasse"},
}
NO_UNIT = frozenset({TemplateKind.REFERRAL, TemplateKind.GUIDANCE})
"""Texts for mails that are no unit's: the whole authority has one of them."""
"""What a text to a citizen may name. The link for sending back is ours alone."""
KNOWN = frozenset({"returlink", "frister"}).union(*ALLOWED.values())

REPLY_DRAFT = """\
Kære {afsender}

Tak for din henvendelse, som vi modtog den {modtaget}.
Emne: {emne}

[Skriv svaret her, og slet denne linje]

Har du spørgsmål, kan du svare på denne mail. Behold gerne sagsnummeret {sagsnummer} i emnefeltet.

Venlig hilsen
{enhed}
"""

INTERIM_REPLY = """\
Kære {afsender}

Tak for din henvendelse, som vi modtog den {modtaget}.
Emne: {emne}

Vi er i gang med at behandle den, men kan ikke give dig et endeligt svar endnu.
Vi forventer, at du får svar senest den {frist}. Bliver det senere, skriver vi til dig igen.

Din sagsbehandler er {sagsbehandler}.

Har du spørgsmål, eller vil du tilføje noget, kan du svare på denne mail.
Behold gerne sagsnummeret {sagsnummer} i emnefeltet.
Skriv ikke CPR-nummer eller andre fortrolige oplysninger i en almindelig mail.

Venlig hilsen
{sagsbehandler}
{enhed}
"""

ACKNOWLEDGEMENT = """\
Kære {afsender}

Vi modtog din henvendelse den {modtaget}. Den har fået sagsnummer {sagsnummer}.

Du hører fra os senest den {frist}. Enten får du et svar, eller også skriver vi, hvem der behandler din henvendelse, og \
hvornår du kan forvente svar.

Vil du tilføje noget, kan du svare på denne mail. Behold gerne sagsnummeret i emnefeltet.
Skriv ikke CPR-nummer eller andre fortrolige oplysninger i en almindelig mail. Send dem med Digital Post, som du finder \
på borger.dk eller virk.dk.

Dette er en automatisk kvittering.

Venlig hilsen
{postkasse}
"""

REFERRAL = """\
Kære {afsender}

Tak for din henvendelse, som vi modtog den {modtaget}.
Emne: {emne}

Det, du skriver om, er ikke vores opgave. Det hører til hos {myndighed}, og derfor har vi sendt det videre. Det skal vi \
så vidt muligt gøre, når noget hører til hos en anden myndighed (forvaltningslovens § 7, stk. 2).

Vi gør ikke selv mere ved det. Det er {myndighed}, der skal svare dig. Har du spørgsmål, så skriv til {myndighed} på \
{myndighed_adresse}. Skal du overholde en frist, for eksempel en klagefrist, så kontakt dem med det samme.

Venlig hilsen
{postkasse}
"""

GUIDANCE = """\
Kære {afsender}

Tak for din henvendelse, som vi modtog den {modtaget}.
Emne: {emne}

Vi kan desværre ikke svare på det, du skriver om, fordi det ikke er vores opgave. Vi kan heller ikke se, hvilken \
myndighed det hører til hos. Derfor har vi ikke sendt din henvendelse videre.

På borger.dk kan du se, hvem der kan hjælpe dig. Skriver du for en virksomhed, kan du se det på virk.dk.

Mener du, at det er en opgave for os, så svar på denne mail, og fortæl gerne lidt mere.

Venlig hilsen
{postkasse}
"""

SENT_ON = """\
Vi sender denne henvendelse videre til jer, fordi vi vurderer, at den hører til hos {myndighed}
(forvaltningslovens § 7, stk. 2).

Modtaget hos os:   {modtaget}
Vores sagsnummer:  {sagsnummer}

Den oprindelige mail er vedhæftet. Svar venligst direkte til afsenderen.
Hører henvendelsen heller ikke til hos jer, så giv os besked.

Venlig hilsen
{postkasse}
"""
"""To the other authority, with the mail."""

SENT_ON_PART = """\
Vi har modtaget en henvendelse om flere ting. Vi sender en del af den videre til jer, fordi vi vurderer, at delen hører \
til hos {myndighed} (forvaltningslovens § 7, stk. 2). Resten af henvendelsen er ikke med.

Modtaget hos os:   {modtaget}
Vores sagsnummer:  {sagsnummer}

Delen står nedenfor. Svar venligst direkte til afsenderen.
Hører delen heller ikke til hos jer, så giv os besked.

Venlig hilsen
{postkasse}

----------

"""
"""To the other authority, before a part of a mail: what is not theirs to read does not go with it."""

FORWARD = """\
Denne henvendelse er fordelt til {enhed}.

Sagsnummer:            {sagsnummer}
Modtaget:              {modtaget}
{frister}

Den oprindelige mail er vedhæftet, og der ligger et svarudkast i mappen Kladder.
Svar fra jeres egen postkasse, og behold sagsnummeret i emnet. Så journaliserer robotten svaret.

Hører den ikke til hos jer? Brug linket, og vælg hvorfor. Fristen ændres ikke.
{returlink}
"""

PART_OF_MAIL = "(Mailen handler om flere ting. Kun denne del er med.)\n\n"
"""The first line of a mail that is made of a part."""

PART = """\
Mailen handler om flere ting og er delt op. Dette er jeres del:

"""
"""Before the part itself, and both before what the unit reads of any mail."""

DIRECT = """\
Denne henvendelse ligger i jeres indbakke. Robotten har journaliseret den.

Sagsnummer:            {sagsnummer}
Modtaget:              {modtaget}
{frister}

Der ligger et svarudkast i mappen Kladder.
Svar fra jeres egen postkasse, og behold sagsnummeret i emnet. Så journaliserer robotten svaret.

Hører den ikke til hos jer? Brug linket, og vælg hvorfor. Fristen ændres ikke.
{returlink}
"""

RECALL = """\
{enhed} har ved en fejl fået henvendelsen "{emne}" med sagsnummer {sagsnummer}.
Visiteringen har trukket den tilbage. I skal ikke svare på den.

Slet mailen med henvendelsen. Slet også det svarudkast, der ligger i mappen Kladder.
Visiteringen sørger for, at henvendelsen kommer det rette sted hen. Fristen ændres ikke.

Har I allerede svaret, så giv visiteringen besked med det samme.
"""

BUILT_IN: Mapping[TemplateKind, str] = {
    TemplateKind.REPLY_DRAFT: REPLY_DRAFT,
    TemplateKind.INTERIM_REPLY: INTERIM_REPLY,
    TemplateKind.ACKNOWLEDGEMENT: ACKNOWLEDGEMENT,
    TemplateKind.REFERRAL: REFERRAL,
    TemplateKind.GUIDANCE: GUIDANCE,
}


class TemplateError(Exception):
    """An unknown placeholder or paragraph in a template."""


class TemplateFault(StrEnum):
    """The faults a text can have. The words for it are the web's."""

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
class TemplateProblem:
    """A fault of a text, and where.

    `what` is the text at fault exactly as it was written, `line` where it stands, counted from 1 (0: nowhere in it).

    `field` is what has too much in it, by its name in the form, and `most` how many characters it has room for.
    """

    fault: TemplateFault
    what: str
    line: int
    field: str = ""
    most: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A template that may be chosen. Without a unit it is everybody's, without keywords it is for any subject."""

    id: int
    unit_id: int | None
    keywords: tuple[str, ...]


def fill(template: str, values: Mapping[str, str | None]) -> str:
    """Fill the placeholders of `template`. A sentence whose value is None is left out.

    Raises:
        TemplateError: the template has a placeholder that is unknown or has no value.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        found = values.get(name) if name in KNOWN else None
        if found is None:
            raise TemplateError(f"Pladsholderen {{{name}}} findes ikke.")
        return found

    missing = [name for name, found in values.items() if found is None]
    return PLACEHOLDER.sub(value, sentences.without(template, missing) if missing else template)


def expand(template: str, paragraphs: Mapping[str, str]) -> str:
    """Expand shared paragraphs in a template. Done once: a paragraph's own text is not expanded again.

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
    """Return the names of a text's paragraphs. These shared paragraphs stand in it."""
    return frozenset(PARAGRAPH.findall(template))


def check(template: str, allowed: frozenset[str], paragraphs: Iterable[str] | None) -> list[TemplateProblem]:
    """Check a template for everything that goes wrong.

    That is, when `template` is filled; in the order in which it stands there.

    Args:
        template: the text as a person wrote it.
        allowed: the placeholders that have a value.
        paragraphs: names of the shared paragraphs; None where the text is itself one, and may hold none.
    """
    if not template.strip():
        return [TemplateProblem(TemplateFault.EMPTY, "", 1)]
    names = None if paragraphs is None else frozenset(paragraphs)
    return [
        problem
        for number, line in enumerate(template.splitlines(), start=1)
        for problem in _line_problems(line, number, allowed, names)
    ]


def _line_problems(
    line: str, number: int, allowed: frozenset[str], names: frozenset[str] | None
) -> list[TemplateProblem]:
    found = []
    for match in BRACED.finditer(line):
        whole, inside = match.group(), match.group(1)
        if PARAGRAPH.fullmatch(whole):
            if names is None:
                found.append(TemplateProblem(TemplateFault.NESTED, whole, number))
            elif inside.removeprefix("afsnit:") not in names:
                found.append(TemplateProblem(TemplateFault.NO_PARAGRAPH, whole, number))
        elif inside not in allowed:
            found.append(TemplateProblem(TemplateFault.UNKNOWN, whole, number))
    # Equally long, so that what stands around a lone brace can be cut out of the line as it was written.
    rest = BRACED.sub(lambda match: " " * len(match.group()), line)
    for brace in re.finditer(r"[{}]", rest):
        around = line[max(0, brace.start() - 15) : brace.start() + 16].strip()
        found.append(TemplateProblem(TemplateFault.BRACE, around, number))
    return found


def keywords(text: str) -> tuple[str, ...]:
    """Return the keywords that a person lists. Separated by commas or lines."""
    words = (" ".join(word.lower().split()) for word in re.split(r"[,;\n]", text))
    return tuple(dict.fromkeys(word for word in words if word))


def choose(candidates: Iterable[Candidate], unit_id: int | None, subject: str, text: str) -> Candidate | None:
    """Choose the template for a mail.

    The unit's by keyword comes first, then the unit's general one, then the authority's likewise.

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
