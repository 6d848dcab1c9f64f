"""What people read of the benefit: the names of the assumptions, amounts, and how it stands against the plan."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.domain.benefit import Key, Yearly

SURE = 0.9


@dataclass(frozen=True, slots=True)
class AssumptionText:
    """An assumption in words: its name, its unit, and where a house finds it."""

    name: Any
    unit: Any
    why: Any


A_MAIL = _l("minutter pr. mail")
TEXTS: dict[Key, AssumptionText] = {
    Key.BEFORE: AssumptionText(
        _l("Tid til at fordele en mail før Sluse"),
        A_MAIL,
        _l("Åbne, læse, finde enheden og sende videre. Tag tid på 50 mails, eller brug jeres egen opgørelse."),
    ),
    Key.JOURNAL_BEFORE: AssumptionText(
        _l("Tid til at journalisere en mail før Sluse"),
        A_MAIL,
        _l("Finde eller oprette sagen og lægge mailen på den."),
    ),
    Key.JOURNAL_AFTER: AssumptionText(
        _l("Tid til at journalisere, som er tilbage med Sluse"),
        A_MAIL,
        _l("Det, mennesker stadig gør ved en mail, som robotten har journaliseret. Det måles ikke."),
    ),
    Key.MISROUTED_BEFORE: AssumptionText(
        _l("Mails, der kom til en forkert enhed før Sluse"),
        _l("ud af 100"),
        _l("Skriv 0, hvis I ikke ved det. Så regnes der ingen gevinst af færre omveje."),
    ),
    Key.DETOUR: AssumptionText(
        _l("Tid, en forkert enhed bruger på en mail"),
        A_MAIL,
        _l("Åbne, læse og sende retur. Bruges både om tiden før og om de omveje, Sluse har målt."),
    ),
    Key.HOURS: AssumptionText(
        _l("Effektive timer pr. årsværk"),
        _l("timer pr. år"),
        _l("Uden ferie, fravær og pauser. Jeres økonomiafdeling har tallet."),
    ),
    Key.POSITION: AssumptionText(
        _l("Udgift pr. årsværk"), _l("kr. pr. år"), _l("Løn og pension for dem, der fordeler og journaliserer.")
    ),
}


def value(number: Decimal) -> str:
    """Return an assumption's value as people write it."""
    return str(format_decimal(number, "#,##0.##"))


def kroner(amount: int) -> str:
    return _("%(amount)s kr.", amount=format_decimal(amount))


def thousands(amount: float) -> str:
    """Write kroner in thousands, as axes have them; with a decimal where whole ones would tell two lines by one number."""
    return str(format_decimal(amount / 1000, "#,##0" if abs(amount) >= 10_000 else "#,##0.#"))


def standing(year: Yearly, goal: int) -> str:
    """Say whether the plan's saving will be reached, before running costs, and how sure that is."""
    chance = year.chance(goal)
    if chance >= SURE:
        return _("Før driftsudgifter når gevinsten planen.")
    if chance <= 1 - SURE:
        return _("Før driftsudgifter er gevinsten bag efter planen.")
    return _("Før driftsudgifter er det for usikkert at sige, om gevinsten når planen.")


def standing_net(year: Yearly, goal: int) -> str:
    """Say the same of what is left after running costs."""
    chance = year.chance(goal)
    if chance >= SURE:
        return _("Efter driftsudgifter når gevinsten planen.")
    if chance <= 1 - SURE:
        return _("Efter driftsudgifter er gevinsten bag efter planen.")
    return _("Efter driftsudgifter er det for usikkert at sige, om gevinsten når planen.")


def chance(share: float) -> str:
    """Write a chance. Never as certainty: what people entered may be wrong."""
    if share < 0.01:
        return _("under %(num)s %%", num=1)
    return _("over %(num)s %%", num=99) if share > 0.99 else _("ca. %(num)s %%", num=round(100 * share))
