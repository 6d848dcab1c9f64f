"""Identities are found in the shapes people write them in, and plain numbers are left alone."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.identities import masked, masks


def found(text):
    return [(kind, text[start:end]) for start, end, kind in masks(text)]


@pytest.mark.parametrize(
    ("text", "kind", "identity"),
    [
        ("cpr: 010190-1234", "cpr", "010190-1234"),
        ("cpr 0101901234.", "cpr", "0101901234"),
        ("CPR010190 1234", "cpr", "010190 1234"),
        ("310299–4321 uden kontrolciffer", "cpr", "310299–4321"),
        ("mellemrum 010190 - 1234", "cpr", "010190 - 1234"),
        ("nbsp 010190\xa01234", "cpr", "010190\xa01234"),
        ("erstatning 710190-1234", "cpr", "710190-1234"),
        ("(010190-1234)", "cpr", "010190-1234"),
        ("ring 12345678", "phone", "12345678"),
        ("ring 12 34 56 78!", "phone", "12 34 56 78"),
        ("ring 12 34 5678", "phone", "12 34 5678"),
        ("ring 1234-5678", "phone", "1234-5678"),
        ("ring 1234 5678, tak", "phone", "1234 5678"),
        ("tlf. 12-34-56-78.", "phone", "12-34-56-78"),
        ("12.34.56.78", "phone", "12.34.56.78"),
        ("12 345 678", "phone", "12 345 678"),
        ("+45 12 34 56 78", "phone", "+45 12 34 56 78"),
        ("+4512345678", "phone", "+4512345678"),
        ("tlf:+45 1234 5678", "phone", "+45 1234 5678"),
        ("004512345678", "phone", "004512345678"),
        ("+46 (0)8-123 456 78", "phone", "+46 (0)8-123 456 78"),
        ("(555) 123-4567", "phone", "(555) 123-4567"),
        ("skriv til hans.hansen+x@post.firma.dk.", "email", "hans.hansen+x@post.firma.dk"),
        ("<a@b.dk>", "email", "a@b.dk"),
        ("mailto:æøå@kommune.example", "email", "æøå@kommune.example"),
        ("a" * 300 + "@b.dk", "email", "a" * 300 + "@b.dk"),
        ("DK50 0040 0440 1162 43", "iban", "DK50 0040 0440 1162 43"),
        ("konto dk5000400440116243 tak", "iban", "dk5000400440116243"),
        ("GB29 NWBK 6016 1331 9268 19", "iban", "GB29 NWBK 6016 1331 9268 19"),
    ],
)
def test_found(text, kind, identity):
    assert found(text) == [(kind, identity)]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "23-11-2026",
        "23.11.2026",
        "kl. 10.30-12.00",
        "perioden 2026-2027",
        "4.000.000 kr.",
        "10.000.000,00 kr.",
        "matrikel 12a, 1234",
        "postnr. 8000",
        "990190-1234 har ingen dag",
        "011390-1234 har ingen måned",
        "1010190-12345",
        "sag 2026-000123",
        "@navn uden domæne",
        "C3PO og R2D2",
        "123456789012345",
    ],
)
def test_left_alone(text):
    assert found(text) == []


def test_several_in_order():
    text = "Jeg, 010190-1234, kan fanges på a@b.dk eller 12 34 56 78 (konto DK50 0040 0440 1162 43)."
    assert [kind for kind, _ in found(text)] == ["cpr", "email", "phone", "iban"]
    assert masked(text) == "Jeg,  _cpr_ , kan fanges på  _email_  eller  _phone_  (konto  _iban_ )."


@given(st.text(alphabet="01289 -+.@abDK()\n", max_size=120))
def test_spans_are_sound(text):
    spans = masks(text)
    assert all(0 <= start < end <= len(text) for start, end, _ in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


@given(
    st.from_regex(r"(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])[0-9]{2}[- ]?[0-9]{4}", fullmatch=True), st.text(max_size=20)
)
def test_no_cpr_number_survives_between_words(cpr, around):
    text = f"{around.rstrip('0123456789')} mit nummer {cpr} er"
    assert cpr not in masked(text)


HOSTILE = [
    "a",
    "1",
    "1 ",
    "+1",
    "(",
    "(1",
    "@a.b",
    "a@",
    "AB12 ",
    "ab12",
    "010190-",
    "0101901234",
    "12 34 ",
    "-",
    "+(",
    "1-",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear_on_hostile_text(unit):
    text = (unit * 200_000)[:200_000]
    started = time.perf_counter()
    masks(text)
    assert time.perf_counter() - started < 2.0, "quadratic time would take minutes"
