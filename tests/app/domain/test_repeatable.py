"""A robot greets by names and repeats subjects; what a stranger would have it carry to others stays where it is."""

import pytest

from app.domain.repeatable import greeting_name, may_greet, may_repeat
from tests.cost import PART, assert_linear

NAMES = [
    "Åse-Marie Ørsted-Ågård",
    "O'Neil",
    "O’Neil",
    "Jens P. Hansen",
    "Jens P Hansen",
    "J.P. Hansen",
    "Chr. Olsen",
    "Hansen, Jens",
    "Grundejerforeningen Æblehaven",
    "Hansen & Søn A/S",
    "H&M",
    "I/S Fyn",
    "Jens Hansen (Byggeri)",
    "3B",
    "FDF 12",
    "Bo",
    "李 小龍",
    "Мария Иванова",
    "Zoë D´Angelo",
    "Anne–Mette",
    "NGUYỄN Văn Đức",
    "Bo H.",
    "Prøve Eksempelsen",
    "Ejerforeningen ved Søen i Vejle",
]
NO_NAMES = [
    "",
    " ",
    ".",
    "B",
    "Din bank: log ind https://evil.example/bank",
    "https://evil.example",
    "evil.example",
    "www evil example",
    "Jens evil.dk",
    "x.com",
    "t.co",
    "bo@borger.example.org",
    "Ring 12 34 56 78",
    "Bo 12345678",
    "010190-1234",
    "Bo [cpr]",
    "<b>Bo</b>",
    "Bo &lt;",
    "**Bo**",
    "Bo\nKlik her",
    "Bo\tKlik",
    "Bo\u202eoB",
    "Bo\u200bHansen",
    "Bo\u2028Hansen",
    "evil\uff0eexample",
    "evil\u3002example",
    "ｗｗｗ．evil．dk",
    "a/b/c",
    "evil/bank",
    "evil\ua4f8example",
    "xn--bcher",
    "mailto: bo",
    "Bo" * 31,
    "Din konto er spærret saa skynd dig nu venligst",
    "Bo! Skynd dig",
    "Bo; Ib",
    "Bo = Ib",
    "Bo 💰",
    "{sagsnummer}",
    "A\u0301\u0301\u0301\u0301",
]
SUBJECTS = [
    "",
    "Bænk, CPR 010190-1234",
    "Hul i vejen ved nr. 14",
    "Støj den 12.10.2026 kl. 12.30",
    "SV: Støj [2026-000123]",
    "Møde 12-10-2026",
    "Ansøgning om f.eks. byggetilladelse",
    "Vej og park m.fl. – matr.nr. 12a",
    "Regning på 12.000,50 kr.",
    "Affald/genbrug i 2026-2027",
    "Hvornår kommer I? Det haster!",
    "Sag 02.34.02-P19-12-26",
    "Lokalplan 123 for Å. Hansens Vej 3",
    "Fødsel\u00ads\u200dattest",
    "Klage nr.14",
]
NO_SUBJECTS = [
    "Vigtigt: bekraeft din konto https://evil.example/login inden kl. 12",
    "Se hxxps://evil.example",
    "Se www.evil.example",
    "Se evil.dk nu",
    "Se evil\uff0eexample",
    "Se evil\u3002example",
    "Se evil\u200b.example",
    "Se ev\u00adil.exam\u00adple",
    "Se evil[.]example",
    "Se evil (dot) example",
    "Skriv til bo@evil.example",
    "Skriv til bo (at) evil",
    "mailto:bo",
    "tel:112",
    "Ring 12 34 56 78",
    "Ring +45 12345678",
    "Ring 9 0 1 2 3 4 5 6",
    "Ring 90-12/34*56",
    "Betal til DK50 0040 0440 1162 43",
    "Gå til 192.168.1.1/x",
    "Se \u202eelpmaxe.live",
    "x" * 151,
    "http:evil",
    "CPR 010190-1234, ring 12 34 56 78",
    "Se 010190-1234.evil.dk",
    "Se xn--evil.dk",
]


@pytest.mark.parametrize("name", NAMES)
def test_who_has_a_name_is_greeted_by_it(name: str) -> None:
    assert greeting_name(name) == name


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_not_said_again(name: str) -> None:
    assert greeting_name(name) == "borger"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_is_repeated(subject: str) -> None:
    assert may_repeat(subject)


@pytest.mark.parametrize("subject", NO_SUBJECTS)
def test_a_subject_that_leads_elsewhere_is_not(subject: str) -> None:
    assert not may_repeat(subject)


@pytest.mark.parametrize("unit", ["a", "a.", "1", "1 ", "a-", "www", "(", "[.", "A/", "\u0301", " "])
def test_it_takes_no_long_time(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    assert_linear(may_greet, text[: len(text) // PART], text)
    assert_linear(may_repeat, text[: len(text) // PART], text)
