"""Texts with fixed placeholders. No expressions and no loops, on purpose: a template is filled, never run."""

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{([a-zæøå_]+)\}")
KNOWN = frozenset({"sagsnummer", "emne", "frist", "modtaget", "enhed", "afsender", "returlink"})

REPLY_DRAFT = """\
Kære {afsender}

Tak for din henvendelse af {modtaget} om "{emne}".

[Skriv svaret her]

Du kan svare på denne mail. Behold gerne sagsnummeret {sagsnummer} i emnefeltet.

Venlig hilsen
{enhed}
"""

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

DIRECT = """\
Sluse har journaliseret denne henvendelse, som ligger i jeres indbakke.

Sagsnummer:  {sagsnummer}
Svarfrist:   {frist}
Modtaget:    {modtaget}

Et svarudkast ligger i jeres kladder. Svar fra jeres egen postkasse; svaret journaliseres af robotten.

Ikke jeres? Send den til visiteringen med ét klik; fristen følger med:
{returlink}
"""


class TemplateError(Exception):
    """A template names a placeholder that does not exist."""


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
