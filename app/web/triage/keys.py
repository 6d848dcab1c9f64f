"""The keys of triage. Printed on the buttons and on the card of keys, from this one list."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


@dataclass(frozen=True, slots=True)
class Key:
    """A key of triage. `name` stands on the button, `told` on the card."""

    key: str
    name: LazyString | str
    meaning: LazyString | str


KEYS = {
    "pick": Key("1–5", "", _l("Send til den enhed, der har nummeret")),
    "find": Key("/", "", _l("Søg blandt alle enheder; Enter vælger den øverste")),
    "not_ours": Key("n", _l("Anden myndighed"), _l("Anden myndighed: en anden end kommunen skal svare")),
    "not_enquiry": Key("x", _l("Ikke en henvendelse"), _l("Ikke en henvendelse: reklame, kvittering, spam")),
    "split": Key("d", _l("Del op"), _l("Del op: mailen handler om flere ting")),
    "wave": Key("b", _l("Fordel dem samlet"), _l("Fordel ens mails samlet, når der er flere")),
    "merge": Key("m", _l("Saml"), _l("Saml med en anden henvendelse, efter nummer eller lighed")),
    "same": Key("s", _l("Samme henvendelse"), _l("Samme henvendelse som den, mailen ligner")),
    "citizen": Key("c", _l("Det er borgeren"), _l("Vælg den, mailen nævner, som borger")),
    "undo": Key("u", _l("Fortryd"), _l("Fortryd dit seneste valg")),
    "latest": Key("h", _l("Seneste valg"), _l("Dine seneste ti valg; hvert kan fortrydes for sig")),
    "release": Key(
        "g", _l("Læg tilbage"), _l("Læg mailen tilbage i køen, så en kollega kan tage den, og gå til den næste")
    ),
    "take": Key("o", _l("Overtag"), _l("Overtag en mail, som en kollega har åben")),
    "lanes": Key("a", _l("Alle"), _l("Skift mellem din del af køen og hele køen")),
    "narrow": Key("f", _l("Filtrér"), _l("Indsnævr køen: postkasse, sprog, enhed")),
    "order": Key("r", _l("Rækkefølge"), _l("Vælg, i hvilken rækkefølge køen står")),
    "away": Key("v", _l("Bemanding"), _l("Hvem der er på arbejde, og hvem der er fraværende")),
    "next": Key("j", "", _l("Næste mail i køen")),
    "previous": Key("k", "", _l("Forrige mail i køen")),
    "card": Key("?", _l("Taster"), _l("Vis tasterne")),
}
