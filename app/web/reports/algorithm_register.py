"""Write the text for a public register of algorithms from the live configuration.

Its parts are those of the Dutch publication standard for algorithms (1.0: general information, responsible use, operation),
with Helsinki's question of non-discrimination beside them. What Sluse cannot know, such as the legal basis as the municipality's
lawyers write it, is marked for people to write (decision 0077).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import format_date, format_decimal, get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.config import Settings
from app.domain.figures import lacking
from app.domain.routing import Mode
from app.queries.platform.house_address import house_address
from app.queries.reports import algorithm
from app.queries.reports.algorithm import AlgorithmFacts
from app.services.casework import enquiry_deadlines
from app.services.learning import label_overrides
from app.services.organisation import municipalities
from app.services.platform import settings as switches
from app.web.platform.filters import moment, percent

MOST_NAMES = 20
"""Units that are named; of a house with more the number is told."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the register. `by_people`: Sluse cannot know it, and says what is to be written there."""

    name: str
    text: Sequence[str]
    by_people: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the register with its fields."""

    title: str
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Register:
    """The whole text; `made` says when, since it follows the configuration."""

    title: str
    made: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the text is written from."""

    facts: AlgorithmFacts
    house: str
    address: str
    max_error: float
    floor: float
    hidden: float
    running: bool


def register(session: Session, settings: Settings, now: datetime) -> Register:
    """Write the text as of now."""
    sampling = switches.get(session, switches.SAMPLING)
    facts = algorithm.facts(session, label_overrides.in_effect(session), enquiry_deadlines.today(session, now))
    known = _Known(
        facts,
        municipalities.name(session, settings) or _("Kommunen"),
        house_address(session),
        switches.get(session, switches.MAX_ERROR),
        sampling["floor"],
        sampling["human"],
        switches.get(session, switches.ROBOT_RUNNING),
    )
    return Register(
        _("Fordeling af mails til kommunens fællespostkasser"),
        moment(now),
        [_general(known), _use(known), _operation(known)],
    )


def text(register: Register) -> str:
    """Return it as plain text, to copy or to keep as a file."""
    lines = [register.title, "=" * len(register.title), _("Skrevet af Sluse %(when)s", when=register.made), ""]
    for part in register.parts:
        lines += [part.title, "-" * len(part.title), ""]
        for field in part.fields:
            lines += [field.name, *(f"  {paragraph}" for paragraph in field.text), ""]
    return "\n".join(lines)


def _by_people(name: str, what: str) -> Field:
    return Field(name, [_("[Skrives af kommunen: %(what)s]", what=what)], by_people=True)


def _general(k: _Known) -> Part:
    automatic = k.facts.units[Mode.AUTOMATIC]
    if not k.running:
        status = _("Sat på pause: robotten er stoppet.")
    elif automatic:
        status = ngettext(
            "I brug. Fordeler selv til %(num)s enhed.", "I brug. Fordeler selv til %(num)s enheder.", len(automatic)
        )
    else:
        status = _("I brug. Foreslår kun; mennesker fordeler alle mails.")
    return Part(
        _("Generelle oplysninger"),
        [
            Field(_("Navn"), [_("Sluse: fordeling af mails til kommunens fællespostkasser")]),
            Field(_("Organisation"), [k.house]),
            Field(
                _("Kort beskrivelse"),
                [
                    _(
                        "Sluse læser mails til kommunens fællespostkasser, foreslår, hvilken enhed der skal svare, og "
                        "fordeler selv dem, "
                        "hvor den er sikker nok. Resten fordeler medarbejdere."
                    )
                ],
            ),
            Field(_("Emne"), [_("Borgerhenvendelser og sagsgange")]),
            Field(_("Status"), [status]),
            Field(_("I brug siden"), [_month(k)]),
            Field(
                _("Kontakt"),
                [k.address or _("[Skrives af kommunen: en adresse, borgere kan skrive til]")],
                not k.address,
            ),
            _by_people(
                _("Kategori"),
                _("om løsningen er et højrisikosystem efter AI-forordningen; fordeling af post er det som regel ikke"),
            ),
        ],
    )


def _month(k: _Known) -> str:
    return str(format_date(k.facts.since, "MMMM y")) if k.facts.since else _("Ingen mails er modtaget endnu.")


def _use(k: _Known) -> Part:
    return Part(
        _("Ansvarlig brug"),
        [
            Field(
                _("Formål og betydning for borgeren"),
                [
                    _(
                        "En mail skal hurtigst muligt til den enhed, der kan svare på den. Borgeren får svar af et "
                        "menneske."
                    ),
                    _("Går en mail til en forkert enhed, sender enheden den retur, og borgerens frist ændres ikke."),
                ],
            ),
            Field(
                _("Det gør den aldrig alene"),
                [
                    _("Den svarer ikke på det, borgeren spørger om, og bestemmer ikke, hvad svaret skal være."),
                    _("Den sletter ingen mail. Også det, der lægges til side, kan findes igen."),
                    _to_human(k),
                    _("Den lærer ikke af sine egne valg, kun af menneskers."),
                ],
            ),
            Field(_("Hvad den må"), _allowed(k)),
            Field(_("Tilladt fejlandel og målt fejl"), _measured(k)),
            Field(
                _("Menneskelig kontrol"),
                [
                    _(
                        "Medarbejdere fordeler de mails, robotten er i tvivl om, og kan fortryde eller ændre hvert "
                        "valg."
                    ),
                    *_checked(k),
                    _(
                        "Er for meget forkert for en enhed, slår den automatiske fordeling fra af sig selv, til en "
                        "administrator har set på det."
                    ),
                    _(
                        "En administrator kan stoppe robotten med ét tryk. Alt står i en hændelseslog, der ikke kan "
                        "ændres."
                    ),
                ],
            ),
            Field(
                _("Risici og værn"),
                [
                    _(
                        "En mail kan blive forsinket, hvis den går til en forkert enhed. Tabte dage måles og følges "
                        "hvert kvartal."
                    ),
                    _(
                        "Modellen kan have lært en skævhed af tidligere valg. Navne, CPR-numre, telefonnumre og "
                        "adresser, den genkender, skjules, "
                        "før den lærer, og fejl måles for hver enhed."
                    ),
                ],
            ),
            Field(
                _("Ligebehandling"),
                [
                    _(
                        "Modellen ser på mailens indhold og ikke på, hvem der skriver. Regler, som mennesker har "
                        "skrevet, kan gælde en afsender."
                    )
                ],
            ),
            _by_people(
                _("Hjemmel"),
                _(
                    "den lovgivning, opgaverne løses efter, fx kommunalfuldmagten, forvaltningsloven og "
                    "databeskyttelsesreglerne"
                ),
            ),
            _by_people(_("Konsekvensanalyse (DPIA)"), _("om der er lavet en, hvornår, og hvor den kan læses")),
            _by_people(_("Overvejelser"), _("hvorfor løsningen er valgt frem for at fordele alt manuelt")),
        ],
    )


def _checked(k: _Known) -> list[str]:
    """Return what is said of blind checks, where there are any."""
    found = []
    if k.floor:
        found.append(
            _(
                "Mindst %(floor)s af det, robotten selv ville fordele, fordeler et menneske i stedet uden at se forslaget "
                "(stikprøver).",
                floor=percent(k.floor),
            )
        )
    if k.hidden:
        found.append(
            _(
                "I %(hidden)s af de mails, mennesker fordeler alligevel, er forslaget også skjult.",
                hidden=percent(k.hidden),
            )
        )
    return found


def _to_human(k: _Known) -> str:
    if not k.facts.to_human:
        return _("Ingen regel sender i dag bestemte mails til et menneske uden om robotten.")
    return ngettext(
        "Den fordeler ikke selv mails, som en regel sender til et menneske, for eksempel om aktindsigt, klager og "
        "trusler (%(num)s regel i dag).",
        "Den fordeler ikke selv mails, som en regel sender til et menneske, for eksempel om aktindsigt, klager og "
        "trusler (%(num)s regler i dag).",
        k.facts.to_human,
    )


def _allowed(k: _Known) -> list[str]:
    units, found = k.facts.units, []
    for mode, title in (
        (Mode.AUTOMATIC, _("Fordeler selv, når den er sikker nok")),
        (Mode.SUGGEST, _("Foreslår kun")),
        (Mode.OBSERVE, _("Observerer kun")),
    ):
        names = units[mode]
        if names:
            few = len(names) <= MOST_NAMES
            found.append(
                f"{title}: {', '.join(names)}." if few else _("%(what)s: %(n)s enheder.", what=title, n=len(names))
            )
    if k.facts.to_unit:
        found.append(
            ngettext(
                "Desuden sender %(num)s regel, som mennesker har skrevet, bestemte mails direkte til en enhed.",
                "Desuden sender %(num)s regler, som mennesker har skrevet, bestemte mails direkte til en enhed.",
                k.facts.to_unit,
            )
        )
    return found or [_("Ingen enheder er oprettet endnu.")]


def _measured(k: _Known) -> list[str]:
    found = [_("Højst %(budget)s af det, robotten selv fordeler, må være forkert.", budget=percent(k.max_error, 1))]
    found += [
        _("For %(unit)s er det højst %(budget)s.", unit=name, budget=percent(own, 1))
        for name, own in k.facts.own_errors
    ]
    checks, year = k.facts.checks, k.facts.year
    if lacking(checks.n, k.max_error) or checks.share is None:
        found.append(
            _(
                "Det sidste år er %(n)s stikprøver kendt, og %(right)s af dem var rigtige. Det er for få til en "
                "procent.",
                n=format_decimal(checks.n),
                right=format_decimal(k.facts.right),
            )
        )
    else:
        found.append(
            _(
                "Målt det sidste år: %(wrong)s forkert (95 %%-interval %(low)s til %(high)s; %(n)s stikprøver).",
                wrong=percent(1 - checks.share, 1),
                low=percent(1 - checks.high, 1),
                high=percent(1 - checks.low, 1),
                n=format_decimal(checks.n),
            )
        )
    found.append(
        _(
            "Det sidste år kom %(received)s mails. Robotten fordelte %(automatic)s, mennesker %(manual)s.",
            received=format_decimal(year["received"].count),
            automatic=format_decimal(year["automatic"].count),
            manual=format_decimal(year["manual"].count),
        )
    )
    return found


def _operation(k: _Known) -> Part:
    boxes = [f"{name} ({address})" for name, address in k.facts.mailboxes] or [_("Ingen endnu.")]
    kept = k.facts.kept
    day = format_date(kept, "d. MMMM y" if str(get_locale()) == "da" else "d MMMM y") if kept else ""
    return Part(
        _("Sådan virker den"),
        [
            Field(_("Postkasser"), boxes),
            Field(
                _("Data"),
                [
                    _("Mailens emne og tekst, hvilke slags filer der er vedhæftet, og hvilken postkasse den kom til."),
                    _("Medarbejdernes valg af enhed. Modellen bruger ingen andre registre."),
                ],
            ),
            Field(
                _("Teknisk virkemåde"),
                [
                    _(
                        "En selvlærende klassifikator: flere enkle modeller over ord og bogstavrækker, vægtet efter, "
                        "hvor godt de har "
                        "ramt. Den er ikke en sprogmodel, skriver ingen tekst til borgeren og kører i kommunens egen "
                        "Sluse."
                    ),
                    _(
                        "Ved hvert forslag vises, hvor sikker den er, og de ord, der talte for det. Samme valg i "
                        "samme rækkefølge giver samme model."
                    ),
                    _(
                        "Grænsen for, hvor sikker den skal være for selv at fordele, regnes ud af den tilladte "
                        "fejlandel."
                    ),
                    _(
                        "Den har lært af %(n)s valg; seneste gemte version er fra %(day)s.",
                        n=format_decimal(k.facts.learned),
                        day=day,
                    )
                    if kept
                    else _("Den har lært af %(n)s valg.", n=format_decimal(k.facts.learned)),
                ],
            ),
            Field(
                _("Leverandør og kildekode"),
                [_("Sluse, fri software under licensen MPL-2.0. Udvikles og drives, som kommunen bestemmer.")],
            ),
        ],
    )
