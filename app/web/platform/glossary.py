"""The words on the screens, each in two plain sentences. The help page lists them by the alphabet of the reader."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """A word; `slug` is its anchor on the help page."""

    slug: str
    term: Any
    text: Any


GLOSSARY = (
    GlossaryEntry(
        "bane",
        _l("Din del af køen"),
        _l(
            "Visitatorerne på arbejde deler køen mellem sig, så to ikke får den samme mail. Er en væk, går den "
            "del af køen til de andre."
        ),
    ),
    GlossaryEntry(
        "slip",
        _l("Læg tilbage"),
        _l("Læg den mail, du har åben, tilbage i køen. En kollega kan så tage den med det samme, og du får den næste."),
    ),
    GlossaryEntry(
        "saml",
        _l("Saml"),
        _l("To mails om det samme bliver til én sag. Den ene følger den anden og går samme sted hen."),
    ),
    GlossaryEntry(
        "cirkulerer",
        _l("Cirkulerer"),
        _l(
            "En henvendelse, der er sendt til en enhed og er kommet retur. "
            "Listen viser vejen, den har gået, så den ikke går i ring."
        ),
    ),
    GlossaryEntry(
        "henvendelse",
        _l("Henvendelse"),
        _l(
            "Det, en borger eller virksomhed vil have os til at svare på eller gøre. "
            "Hver mail bliver til én henvendelse, og en mail om flere ting kan deles i flere."
        ),
    ),
    GlossaryEntry(
        "faellespostkasse",
        _l("Fællespostkasse"),
        _l(
            "En postkasse, som borgerne skriver til, og som ingen enhed ejer alene. "
            "Sluse henter mailene derfra og sørger for, at de kommer til den rette enhed."
        ),
    ),
    GlossaryEntry(
        "enhed",
        _l("Enhed"),
        _l(
            "Den gruppe medarbejdere, der svarer på en slags henvendelser. "
            "Hver enhed har sin egen postkasse og svarer derfra."
        ),
    ),
    GlossaryEntry(
        "visitering",
        _l("Visitering"),
        _l(
            "At finde den enhed, der skal svare på en mail, og fordele mailen til den. Robotten gør det selv, "
            "når den er sikker nok, og ellers gør en visitator det."
        ),
    ),
    GlossaryEntry(
        "visitator",
        _l("Visitator"),
        _l(
            "Den medarbejder, der fordeler de mails, robotten er i tvivl om. Robotten lærer af hvert valg med "
            "det samme."
        ),
    ),
    GlossaryEntry(
        "forslag",
        _l("Forslag"),
        _l(
            "De enheder, robotten finder mest sandsynlige, med den bedste øverst. Et forslag flytter ingen mail, "
            "før et menneske eller robotten selv har valgt."
        ),
    ),
    GlossaryEntry(
        "sikkerhed",
        _l("Hvor sikker robotten er"),
        _l(
            "Det vises ved hvert forslag, i ord og procent. Siger den 70 %, skal den få ret i omkring syv ud af "
            "ti sådanne mails."
        ),
    ),
    GlossaryEntry(
        "graense",
        _l("Grænse"),
        _l(
            "Så sikker skal robotten være, før den selv fordeler en mail. Grænsen regnes ud af den tilladte "
            "fejlandel, så ingen skal gætte på den."
        ),
    ),
    GlossaryEntry(
        "fejlbudget",
        _l("Tilladt fejlandel"),
        _l(
            "Så stor en del af det, robotten selv fordeler, må højst være forkert. Lederen vælger tallet, og "
            "bliver fejlene flere, går robotten tilbage til kun at foreslå."
        ),
    ),
    GlossaryEntry(
        "blindproeve",
        _l("Stikprøve"),
        _l(
            "En stikprøve med skjult forslag: en mail, hvor visitatoren vælger uden at se, hvad robotten "
            "foreslår. Sådan måles det, hvor tit robotten tager fejl, også når ingen klager."
        ),
    ),
    GlossaryEntry(
        "sikring",
        _l("Automatisk fordeling slået fra"),
        _l(
            "Det sker af sig selv, når robotten laver for mange fejl for en enhed. Så foreslår den kun, til en "
            "administrator har set på det og slår den automatiske fordeling til igen."
        ),
    ),
    GlossaryEntry(
        "tilstand",
        _l("Robottens rolle"),
        _l(
            "Hvor meget robotten må for en enhed: Observerer, Foreslår eller Fordeler selv. Ved en ny enhed "
            "observerer den først."
        ),
    ),
    GlossaryEntry(
        "fejlvisitering",
        _l("Fejlvisitering"),
        _l(
            "En mail, der blev sendt til en forkert enhed. Den kommer tilbage med sin oprindelige frist, og "
            "robotten glemmer det forkerte valg."
        ),
    ),
    GlossaryEntry(
        "rettelse",
        _l("Rettelse"),
        _l(
            "Når et menneske vælger en anden enhed end robottens første forslag. "
            "Den næste mail, der ligner, får et bedre forslag."
        ),
    ),
    GlossaryEntry(
        "retur",
        _l("Sendt retur"),
        _l(
            "Enheden sender en mail retur til visiteringen, fordi andre skal svare på den. Fristen regnes stadig "
            "fra den dag, mailen kom."
        ),
    ),
    GlossaryEntry(
        "ikke-vores",
        _l("Anden myndighed"),
        _l(
            "Det, borgeren skriver om, hører til uden for kommunen, for eksempel hos politiet eller staten. Så "
            "sendes mailen videre dertil, og borgeren får det at vide."
        ),
    ),
    GlossaryEntry(
        "del-op",
        _l("Del op"),
        _l("En mail om flere ting bliver til flere henvendelser med hver sin enhed. De deler den oprindelige mail."),
    ),
    GlossaryEntry(
        "boelge",
        _l("Ens mails"),
        _l(
            "Mange mails om det samme på kort tid, for eksempel efter en storm. De kan fordeles på én gang og "
            "journaliseres stadig hver for sig."
        ),
    ),
    GlossaryEntry(
        "opfoelgning",
        _l("Opfølgning"),
        _l(
            "En ny mail i en sag, vi allerede kender. "
            "Den følger sagen til den samme enhed uden at blive visiteret igen."
        ),
    ),
    GlossaryEntry(
        "sag",
        _l("Sag"),
        _l(
            "Mappen i ESDH-systemet, hvor mail, svar og bilag ligger. Robotten opretter den, så snart mailen er "
            "fordelt."
        ),
    ),
    GlossaryEntry(
        "journalisering",
        _l("Journalisering"),
        _l(
            "At mailen, bilagene og svaret lægges på sagen med tid og afsender. "
            "Robotten gør det, og hvert trin kan ses bagefter."
        ),
    ),
    GlossaryEntry(
        "esdh",
        _l("ESDH"),
        _l(
            "Kommunens system til sager og dokumenter, for eksempel eDoc. "
            "Sluse skriver i det, men gemmer også selv den oprindelige mail."
        ),
    ),
    GlossaryEntry(
        "tilbagemelding",
        _l("Tilbagemeldingsfrist"),
        _l(
            "Den første frist: senest da skal borgeren have hørt, hvem der ser på sagen. "
            "Et foreløbigt svar eller selve svaret opfylder den."
        ),
    ),
    GlossaryEntry(
        "svarfrist",
        _l("Svarfrist"),
        _l(
            "Den anden frist: senest da skal borgeren have sit svar. "
            "Den regnes fra den dag, mailen kom, og kun svaret opfylder den."
        ),
    ),
    GlossaryEntry(
        "naeste-frist",
        _l("Næste frist"),
        _l(
            "Den af de to frister, der kommer først: tilbagemeldingsfristen, til borgeren har hørt fra os, derefter svarfristen. "
            "Efter den står mails i køen og på listerne."
        ),
    ),
    GlossaryEntry(
        "overskredet",
        _l("Overholdt og overskredet"),
        _l(
            "En frist er overskredet fra dagen efter, også når det er en lørdag eller en helligdag. "
            "Antallet af dage er altid arbejdsdage."
        ),
    ),
    GlossaryEntry(
        "kvittering",
        _l("Kvittering"),
        _l(
            "En automatisk mail til borgeren om, at vi har fået henvendelsen, med sagsnummer og den dato, vi senest skriver. "
            "Den opfylder ingen frist."
        ),
    ),
    GlossaryEntry(
        "foreloebigt-svar",
        _l("Foreløbigt svar"),
        _l(
            "En mail, der nævner sagsbehandleren og siger, hvornår svaret kommer. "
            "Det opfylder tilbagemeldingsfristen, mens svarfristen løber videre."
        ),
    ),
    GlossaryEntry(
        "svarudkast",
        _l("Svarudkast"),
        _l(
            "En begyndelse på svaret, som robotten lægger i enhedens mappe Kladder. Robotten sender den ikke; "
            "det gør sagsbehandleren."
        ),
    ),
    GlossaryEntry(
        "svarskabelon",
        _l("Svarskabelon"),
        _l(
            "Den tekst, et svarudkast bliver til af, med plads til navn, emne og frist. "
            "Lederen retter skabelonerne under Skabeloner."
        ),
    ),
    GlossaryEntry(
        "kan-ikke-laeses",
        _l("Kan ikke læses"),
        _l(
            "En mail, som er beskadiget eller skrevet på en måde, vi ikke kan åbne. Hele mailen er gemt, og et "
            "menneske ser på den."
        ),
    ),
    GlossaryEntry(
        "fejlliste",
        _l("Opgaver, der er gået i stå"),
        _l(
            "Det, robotten ikke kunne gøre færdigt. "
            "En opgave forsvinder ikke, og den kan fortsættes fra det trin, den nåede til."
        ),
    ),
    GlossaryEntry(
        "haendelseslog",
        _l("Hændelseslog"),
        _l(
            "Listen over alt, der er sket med en henvendelse, og hvem der har set den. "
            "Den kan ikke rettes eller slettes."
        ),
    ),
    GlossaryEntry(
        "laert",
        _l("Lært"),
        _l("Robotten har lært af valget og regnet de åbne forslag om. Fortryder du valget, glemmer den det igen."),
    ),
    GlossaryEntry(
        "lagt-til-side",
        _l("Lagt til side"),
        _l(
            "Mails, som ingen behøver at svare på, for eksempel reklamer, læsekvitteringer og automatiske svar. "
            "De slettes ikke og kan findes igen under Henvendelser."
        ),
    ),
    GlossaryEntry(
        "regel",
        _l("Regel"),
        _l(
            "En betingelse, kommunen selv har skrevet, for eksempel om aktindsigt eller presse. "
            "Reglerne spørges før robotten, og de kan sende en mail til en enhed eller kræve, at et menneske vælger."
        ),
    ),
    GlossaryEntry(
        "alarm",
        _l("Alarm"),
        _l(
            "En besked om, at noget har ændret sig, for eksempel flere fejl, nye ord i mailene eller en konto, der fordeler "
            "usædvanligt hurtigt. Den bliver stående, til nogen har markeret den som set."
        ),
    ),
    GlossaryEntry(
        "observerer",
        _l("Observerer"),
        _l(
            "Robotten foreslår enheden, men fordeler intet til den, heller ikke det, den er meget sikker på. "
            "Sådan begynder en ny enhed, så det kan ses, hvor tit robotten får ret."
        ),
    ),
    GlossaryEntry(
        "foreslaar",
        _l("Foreslår"),
        _l(
            "Robotten foreslår enheden, og et menneske vælger. "
            "Det er også, hvad der sker, når automatisk fordeling er slået fra."
        ),
    ),
    GlossaryEntry(
        "fordeler-selv",
        _l("Fordeler selv"),
        _l(
            "Robotten fordeler selv det til enheden, som den er sikker nok på. "
            "Nogle af mailene går alligevel til visitering som stikprøver."
        ),
    ),
    GlossaryEntry(
        "aktindsigt",
        _l("Aktindsigt"),
        _l(
            "Retten til at se dokumenter i en sag. Efter offentlighedsloven skal anmodningen være færdigbehandlet inden "
            "7 arbejdsdage, med få undtagelser; derfor kan en regel give den slags mails en kortere frist."
        ),
    ),
    GlossaryEntry(
        "videresendelse",
        _l("Videresendelse"),
        _l(
            "Det, der hører til hos en anden myndighed, skal så vidt muligt sendes videre dertil efter "
            "forvaltningslovens § 7. Robotten sender den oprindelige mail, og borgeren får besked."
        ),
    ),
)
