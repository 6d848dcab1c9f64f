"""Words that were given up, since they said the opposite, are taken by law or were one of several for a thing.

Looked for in all that people read: the catalogue in both languages, the letters and other texts of the domain and its
services, and the invented municipality's own words. What citizens write is theirs, and is left alone.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.web.catalogues import catalogue

ROOT = Path(__file__).parents[4]
SERVER_TEXTS = ("app/domain", "app/services", "app/workflow")
OWN_WORDS = {"name", "guide", "guide_not", "letter", "text", "da", "en", "also_called"}
"""Of the invented municipality and of the practice round; `text` where it is a milestone's."""
CITIZENS = {"mail", "situation", "other"}
"""Tables whose texts are what citizens write."""
IDENTIFIER = re.compile(r"[a-z]+(?:_[a-z]+)+")
PATTERN = re.compile(r"\\|\(\?")
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{[^{}]*\}")

DANISH = (
    (r"\bafgør|\bafgjor|\bbeslutning", "fordele, valg"),
    (r"\bgendan", "fortryde"),
    (r"\bsikring", "automatisk fordeling slået fra eller til"),
    (r"\bikke vores\b(?! opgave)", "anden myndighed; sende retur"),
    (r"\btilbagekald", "trække tilbage"),
    (r"\bhente[rt]? tilbage|\bhent tilbage|\btage[rt]? tilbage|\btag \w+ tilbage", "trække tilbage; fortryde"),
    (r"(?<!u)\bsikkerhed(?:en)?\b", "hvor sikker robotten er"),
    (r"budget", "tilladt fejlandel"),
    (r"\bmærkedag", "begivenhed"),
    (r"\bblindprøve", "stikprøve"),
    (r"\bbanen?\b|\bbaner(?:ne)?\b", "din del af køen"),
    (r"\bslip\b|\bsluppet\b", "læg tilbage"),
    (r"\bbølge", "ens mails"),
    (r"(?<!i )\bstykke", "afsnit"),
    (r"\bfælles afsnit", "fælles tekst"),
    (r"(?<!-)\budgave", "version"),
    (r"\bomlæg|\blagt om\b", "organisationsændring"),
    (r"\bhvad nu hvis\b|\bfortiden\b|\bspille[rs]? \w* ?igen", "afprøve på tidligere mails"),
    (r"\bkan udelades\b|\(tomt", "valgfrit"),
    (r"\bhistorien?\b", "forløb"),
    (r"\btilstand", "status; robottens rolle"),
    (r"(?<!-)\bsystemet\b", "robotten"),
    (r"\bfejlliste|\bgenoptag", "opgaver, der er gået i stå; fortsæt"),
    (r"\bskridt", "trin"),
    (r"\bannuller(?!et)", "annullér"),
    (r"\blukk?(?:e[rst]?|et)?\b", "afslutte; nedlægge"),
    (r"\bophæv", "fortryde"),
    (r"\bstår ved magt|\btaget? \w* ?\w+ til sig\b|\btegn på liv|\bsin mage\b|\bnavngiven", "et almindeligt ord"),
    (r"\bpresser|\bpresserende", "haster; tidligste frist først"),
    (r"\bsom maskinen|\bpostsystem|\bsamlemail|\bhentet ned\b|\bhente den ned\b", "kontorets ord"),
    (r"\bher er ikke noget\b", "siden kan ikke vises"),
    (r"\bure?\b|\burene\b|\bstandse", "frist; opfylde"),
    (r"\bbreve?(?:t|ne)?\b", "besked, mail"),
    (r"[»«“]", "”…”"),
)
ENGLISH = (
    (r"\banswer", "reply"),
    (r"\bjournal", "file"),
    (r"\bletter\b", "message"),
    (r"\bwaves?\b|\balike\b", "similar mails"),
    (r"\blanes?\b", "part of the queue"),
    (r"\bclass(?:es)? of\b", "sender group"),
    (r"\bdead letter|\bpieces?\b", "stalled tasks"),
    (r"\bbreaker|\bre-?arm", "automatic routing switched off or on"),
    (r"\bbudget", "allowed error rate"),
    (r"\blimit\b", "threshold"),
    (r"\blift(?:s|ed)?\b|\bfetch(?:ed)? back|\brecall", "undo; withdraw"),
    (r"\bstory\b", "history"),
    (r"\breturn(?:s|ed)?\b", "send back"),
    (r"\bholds for\b", "applies to"),
    (r"\brehears|\bthe past\b", "trial; earlier mails"),
    (r"\bclocks?\b|\bfeedback", "deadline; first response"),
)
LEGITIMATE = {
    "Klage over afgørelse eller sagsbehandling": "a rule about decisions in law",
    "klage over afgørelse": "words of that rule",
    "klage over jeres afgørelse": "words of that rule",
    "klager over afgørelse": "words of that rule",
    "klager over jeres afgørelse": "words of that rule",
    "Er svaret en afgørelse, skal det have en begrundelse og en klagevejledning. Skriv klagevejledningen som en fælles "
    "tekst, og hent den ind her med {afsnit:klagevejledning}.": "of decisions in law",
    "Tilbagemeldingsgarantien vil have sagsbehandlerens navn og en lovbestemt frist, hvor der er en. Den nævner brev "
    "eller Digital Post; om en almindelig mail er nok, må kommunen sige. Lov kun at skrive igen, hvis påmindelserne om "
    "frister bliver brugt.": "the guarantee names letters on paper",
    "standser før næste trin, fordi robotten er stoppet": "a task that comes to a stop",
    "tilstand": "a column of older files",
    "fejlbudget": "a column of older files",
    "lukket": "a column of older files, and what stood in it",
    "Luk": "closes what is open on the page",
    "Luk det, der er åbent": "closes what is open on the page",
    "Luk tippet": "closes what is open on the page",
    "Lørdage, søndage og helligdage er aldrig arbejdsdage. Vælg, hvornår forvaltningen ellers holder lukket.": "days",
    "Hent teksten tilbage i formularen": "brings an earlier text back; nothing is undone",
}
"""Texts that say such a word and mean it."""


def catalogued() -> Iterator[tuple[str, str]]:
    """Each Danish text with its English."""
    for message in catalogue():
        danish = message.id if isinstance(message.id, tuple) else (message.id,)
        english = message.string if isinstance(message.string, tuple) else (message.string,)
        yield from zip(danish, english, strict=True)


def spoken_by_the_server() -> Iterator[str]:
    """What services put into mails and cases: all strings but docstrings, names of things and patterns."""
    for path in sorted(path for place in SERVER_TEXTS for path in (ROOT / place).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
        texts = (str(node.value) for node in strings if id(node) not in documents)
        yield from (text for text in texts if not IDENTIFIER.fullmatch(text) and not PATTERN.search(text))


def invented() -> Iterator[str]:
    """The municipality's and the practice round's own words."""
    for path in (*sorted((ROOT / "app/demo/slusekoebing").glob("*.toml")), ROOT / "app/domain/practice.toml"):
        yield from _own_words(tomllib.loads(path.read_text(encoding="utf-8")))


def _own_words(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, list) and key not in CITIZENS:
            yield from (word for row in value if isinstance(row, dict) for word in _own_words(row))
        elif isinstance(value, str) and key in OWN_WORDS:
            yield value


def retired(text: str, table: tuple[tuple[str, str], ...]) -> list[str]:
    """What is said with a word that was given up, and what to say."""
    bare = PLACEHOLDER.sub("…", text)
    if text in LEGITIMATE:
        return []
    found = ((re.search(pattern, bare, re.IGNORECASE), say) for pattern, say in table)
    return [f"{match.group()!r} in {text!r}: say {say}" for match, say in found if match]


def test_no_danish_text_says_a_word_that_was_given_up() -> None:
    texts = [*(danish for danish, _english in catalogued()), *spoken_by_the_server(), *invented()]
    assert len(texts) > 1500
    assert [problem for text in texts for problem in retired(text, DANISH)] == []


def test_no_english_text_says_a_word_that_was_given_up() -> None:
    assert [problem for _danish, english in catalogued() for problem in retired(english, ENGLISH)] == []


def test_what_is_legitimate_still_stands_somewhere() -> None:
    texts = {*(danish for danish, _english in catalogued()), *spoken_by_the_server(), *invented()}
    assert set(LEGITIMATE) <= texts


@pytest.mark.parametrize(
    "text",
    ["Omlægningen er gendannet.", "Sikring slået fra", "%(count)s afgørelser", "Ikke vores", "Tilbagekaldelse",
     "Fejlbudget", "Blindprøver", "Din bane", "Slip", "Bølge", "Stykker", "Udgaver", "Fejlliste", "Annuller", "Luk sagen",
     "(kan udelades)", "Hvad nu hvis …", "reglen »%(rule)s«", "Ophæv", "Sikkerhed",
     "Tag noten tilbage", "Hent tilbage til visitering"],
)  # fmt: skip
def test_the_words_that_were_given_up_are_seen(text: str) -> None:
    assert retired(text, DANISH)


@pytest.mark.parametrize(
    "text", ["usikkerhed", "gået i stykker", "Annulleret", "afsnit", "ESDH-systemet", "Pladsholdere"]
)
def test_other_words_are_left_alone(text: str) -> None:
    assert retired(text, DANISH) == []
