"""Identities are found in the shapes people write them in, and plain numbers are left alone."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.identities import capped, masked, masks
from tests.cost import PART, assert_linear


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
    ("text", "kind", "identity"),
    [
        # Over line ends, as mail programs break lines; quoted; as web pages lay out tables.
        ("mit nummer er 010190 \n1234, så", "cpr", "010190 \n1234"),
        ("010190-\n1234", "cpr", "010190-\n1234"),
        ("010190\n-1234", "cpr", "010190\n-1234"),
        ("0101\n90-1234", "cpr", "0101\n90-1234"),
        ("010190-12\n34", "cpr", "010190-12\n34"),
        ("010190\r\n\r\n1234", "cpr", "010190\r\n\r\n1234"),
        ("> 010190\n> 1234", "cpr", "010190\n> 1234"),
        ("CPR\t010190\t1234", "cpr", "010190\t1234"),
        ("| 010190 | 1234 |", "cpr", "010190 | 1234"),
        ("010190        1234", "cpr", "010190        1234"),
        # With what nobody sees, and what looks alike.
        ("010190\xad1234", "cpr", "010190\xad1234"),
        ("0101\u200b90\ufeff-1234\u200d.", "cpr", "0101\u200b90\ufeff-1234"),
        ("010190\u2003\u20031234", "cpr", "010190\u2003\u20031234"),
        ("010190&nbsp;1234", "cpr", "010190&nbsp;1234"),
        ("０１０１９０－１２３４", "cpr", "０１０１９０－１２３４"),
        ("𝟎𝟏𝟎𝟏𝟗𝟎-𝟏𝟐𝟑𝟒", "cpr", "𝟎𝟏𝟎𝟏𝟗𝟎-𝟏𝟐𝟑𝟒"),
        ("010190\u20111234", "cpr", "010190\u20111234"),
        # As people spell them.
        ("010190/1234", "cpr", "010190/1234"),
        ("010190.1234", "cpr", "010190.1234"),
        ("01.01.90-1234", "cpr", "01.01.90-1234"),
        ("01. 01. 90 - 1234", "cpr", "01. 01. 90 - 1234"),
        ("01·01·90-1234", "cpr", "01·01·90-1234"),
        ("01/01/90-1234", "cpr", "01/01/90-1234"),
        ("1/1-90-1234", "cpr", "1/1-90-1234"),
        ("01 01 90 1234", "cpr", "01 01 90 1234"),
        ("01-01-1990-1234", "cpr", "01-01-1990-1234"),
        ("01011990-1234", "cpr", "01011990-1234"),
        ("01.01.90 1234", "cpr", "01.01.90 1234"),
        ("cpr 01.01.26 1234", "cpr", "01.01.26 1234"),
        ("0 1 0 1 9 0 - 1 2 3 4", "cpr", "0 1 0 1 9 0 - 1 2 3 4"),
        # In the names of files.
        ("010190:1234", "cpr", "010190:1234"),
        ("010190,1234", "cpr", "010190,1234"),
        ("010190=1234", "cpr", "010190=1234"),
        ("010190*1234", "cpr", "010190*1234"),
        ("010190~1234", "cpr", "010190~1234"),
        ("(010190) 1234", "cpr", "010190) 1234"),
        ("010190-12 34", "cpr", "010190-12 34"),
        ("010190 : 1234", "cpr", "010190 : 1234"),
        ("cpr:010190,\n1234", "cpr", "010190,\n1234"),
        ("19900101-1234", "cpr", "19900101-1234"),
        ("født 19900101 1234", "cpr", "19900101 1234"),
        ("cpr 20260101-1234", "cpr", "20260101-1234"),
        ("199001011234", "cpr", "199001011234"),
        ("scan_010190_1234.pdf", "cpr", "010190_1234"),
        ("scan_0101901234_2.pdf", "cpr", "0101901234"),
        ("Ansøgning%20010190-1234.pdf", "cpr", "010190-1234"),
        ("Bilag (010190-1234).docx", "cpr", "010190-1234"),
        ("tlf_12345678.pdf", "phone", "12345678"),
        ("12345678_kvittering.jpg", "phone", "12345678"),
        ("ring 12 34 \n56 78, tak", "phone", "12 34 \n56 78"),
        ("ring 1234\n5678", "phone", "1234\n5678"),
        ("12\n34 56 78", "phone", "12\n34 56 78"),
        ("telefon 12345\n678", "phone", "12345\n678"),
        ("Telefon | 1234 | 5678", "phone", "1234 | 5678"),
        ("+45 12 34\n56 78", "phone", "+45 12 34\n56 78"),
        ("+45 12 34 56 78\n2 stk.", "phone", "+45 12 34 56 78"),
        ("45 12 34 56 78", "phone", "45 12 34 56 78"),
        ("12\u200b34\u200b56\u200b78", "phone", "12\u200b34\u200b56\u200b78"),
        ("12/34/56/78", "phone", "12/34/56/78"),
        ("12–34–56–78", "phone", "12–34–56–78"),
        ("12·34·56·78", "phone", "12·34·56·78"),
        ("DK50 0040 0440 \n1162 43", "iban", "DK50 0040 0440 \n1162 43"),
        ("DK5000400\n440116243", "iban", "DK5000400\n440116243"),
        ("DK 50 0040 0440116243", "iban", "DK 50 0040 0440116243"),
        ("DK50.0040.0440.1162.43", "iban", "DK50.0040.0440.1162.43"),
        ("DK50\u200b0040\xad0440 1162 43", "iban", "DK50\u200b0040\xad0440 1162 43"),
        ("GB29 NWBK 6016\n1331 9268 19", "iban", "GB29 NWBK 6016\n1331 9268 19"),
        ("hans.hansen@\nfirma.dk", "email", "hans.hansen@\nfirma.dk"),
        ("hans.hansen\n@firma.dk", "email", "hans.hansen\n@firma.dk"),
        ("hans @ firma.dk", "email", "hans @ firma.dk"),
        ("hans@firma.\ndk", "email", "hans@firma.\ndk"),
        ("hans@fir\xadma.dk", "email", "hans@fir\xadma.dk"),
        ("per-\nhansen@firma.dk", "email", "per-\nhansen@firma.dk"),
        ("hans＠firma．dk", "email", "hans＠firma．dk"),
        ("hans(at)firma.dk", "email", "hans(at)firma.dk"),
        ("u=hans%40firma.dk", "email", "u=hans%40firma.dk"),
    ],
)
def test_found_as_people_and_programs_write_them(text, kind, identity):
    assert found(text) == [(kind, identity)]


FREE = [
    # Any signs between the six and the four.
    "010190 (1234", "010190*-*1234", "010190...1234", "010190---1234", "010190 - - 1234", "010190;1234", "010190'1234",
    "010190+1234", "010190→1234", "010190#1234", "010190&1234", "010190\\1234", "010190__1234", "010190\u201d1234",
    "010190 => 1234", "010190][1234", "010190 <1234", "710190;1234",
    # The six or the four broken anywhere.
    "0101-90-1234", "0101 901234", "0101.90.1234", "0101 90 1234", "01.0190;1234", "01019-0-1234", "0 10190-1234",
    "010190-1 234", "010190-123 4", "010190-12-34",
    # A date and signs; the year first.
    "01.01.90 (1234", "1.1.1990: (1234", "1990-01-01-1234", "1990.01.01/1234", "1890-12-31 / 1234",
    # Letters for digits, a finger that slipped, a number of a list.
    "O10190-1234", "010190-l234", "OlOl90-I234", "\u041e10190-1234", "010190-123l", "9010190-1234", "①010190-1234",
    # As transports and pages write a sign or a digit.
    "010190&ndash;1234", "010190=2D1234", "010190&#45;1234", "010190=E2=80=931234", "010190%E2%80%931234", "&#48;10190-1234",
    "010190&minus;1234", "010190&#x2013;1234",
]  # fmt: skip


@pytest.mark.parametrize("form", FREE)
@pytest.mark.parametrize(("before", "after"), [("cpr: ", ", tak"), ("Jeg hedder Bo (", ")"), ("", "")])
def test_found_as_freely_as_people_write_them(form: str, before: str, after: str) -> None:
    assert found(f"{before}{form}{after}") == [("cpr", form)]


@pytest.mark.parametrize("form", ["990190-1234", "451390/1234", "010190-12345", "9010190.12345"])
def test_hidden_where_it_leaves_the_house_though_it_names_no_day(form: str) -> None:
    assert masks(form) == []
    assert [(kind, form[start:end]) for start, end, kind in masks(form, strict=True)] == [("cpr", form)]


@pytest.mark.parametrize(
    "text",
    [
        "SV: Støj [2026-000021] 2026",
        "[2026-000021] [2026-000022]",
        "2026-000021 1234",
        "01.01.2026 kl. 12.30",
        "Budget 2026-2027, 130000 kr.",
        "Sag 123456, 8000 Aarhus",
        "Uge 12-14 2026",
        "P-nr. 1023456789",
    ],
)
def test_left_alone_where_it_leaves_the_house_too(text: str) -> None:
    assert masks(text, strict=True) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [("ring 12 12345678", ["phone"]), ("ring 310 123-4567", ["phone"]), ("tlf. 12 1234-5678", ["phone"])],
)
def test_what_is_hidden_already_keeps_its_name(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in found(text)] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "2012-000021",
        "2011 123456",
        "1912-10-2013",
        "31.07.02 +0100",
        "(0209) 861013",
        "0511/211216",
        "800/850/1520",
        "$800 $900 $1000",
        "300-323, 4800",
        "101 2345678",
        "2002-10-12 1430",
        "Olloolllol og lollolllll",
        "10 1290\t1234",
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
        "12.10.2026 1400",
        "den 12. 10. 2026 kl. 14",
        "12.10.26 8000 Aarhus",
        "01.01.2026 - 31.12.2026",
        "01.01.26-31.12.26",
        "20261012-1430.pdf",
        "IMG_20201112.jpg",
        "brev_12102026.pdf",
        "Sagsnr. 2026-000123 12.10.2026",
        "2010–2015",
        "1850–1900",
        "kl. 0800–1600",
        "1234\n5678\n9101",
        "12\n34\n56\n78",
        "Antal\t1234\t5678",
        "2019\t2020",
        "fra 2019\n2020",
        "Vejle 7100\n8700 Horsens",
        "1.000\n2.000\n3.000",
        "100.000 kr.\n2.000.000 kr.",
        "Beløb 1.234,50\n2.345,60",
        "EAN 5798000420526",
        "Mødet 12.10.2026 10-12",
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


layout = st.sampled_from(
    ["", " ", "-", "/", ".", "_", "–", "\u2011", " - ", " – ", "\n", "\r\n", " \n", "-\n", "\n> ", "\n\n", "\t", " | ", "   ",
     "\xa0", "\u202f", "\u2003", "\xad", "\u200b", "\ufeff", "\u2060", "\u200d-", "&nbsp;", "%20", " -\n"]
)  # fmt: skip
unseen = st.sampled_from(["", "", "", "\xad", "\u200b", "\u2060", "\ufe0f"])
script = st.sampled_from(["0123456789", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"])
around = st.sampled_from(
    [("", ""), ("mit cpr er ", ", tak"), ("Cpr:", "."), ("scan_", ".pdf"), ("(", ")"), ("| ", " |"), ("\n", "\n")]
)


@st.composite
def cpr_numbers(draw):
    """A CPR number in some script and layout, and what stands around it."""
    day, month, year, serial = (draw(st.integers(*each)) for each in ((1, 31), (1, 12), (0, 99), (0, 9999)))
    parts = (f"{day:02}", f"{month:02}", f"{year:02}", f"{serial:04}")
    point = draw(st.sampled_from(["", "", ".", "/", "-", " ", "\xad"]))
    bar = draw(layout) if point in ("", "\xad") else draw(st.sampled_from(["-", " - ", "–", "/", "-\n"]))
    digits = draw(script)
    spelt = ["".join(draw(unseen) + digits[int(n)] for n in part) for part in parts]
    return draw(around), point.join(spelt[:3]) + bar + spelt[3]


@given(cpr_numbers())
def test_no_layout_of_a_cpr_number_shows_a_digit(drawn):
    (before, after), number = drawn
    hidden = masked(f"{before}{number}{after}")
    assert "_cpr_" in hidden
    assert not any(letter.isdigit() for letter in hidden)


@given(
    st.from_regex(r"[2-9][0-9]{7}", fullmatch=True),
    st.sampled_from([(2, 2, 2, 2), (4, 4), (2, 3, 3), (8,), (2, 2, 4)]),
    st.sampled_from([" ", "\xa0", "\u202f", "\u2060 ", " \n", "\n"]),
)
def test_no_layout_of_a_phone_number_shows_a_digit(digits, groups, gap):
    cut = list(accumulate(groups, initial=0))
    number = gap.join(digits[a:b] for a, b in pairwise(cut))
    hidden = masked(f"Ring til mig på telefon {number}, tak")
    assert "_phone_" in hidden
    assert not any(letter.isdigit() for letter in hidden)


@given(st.lists(st.sampled_from([" ", "\n", "-", ".", "\u200b", "", " \n"]), min_size=16, max_size=16))
def test_no_layout_of_a_danish_account_shows_a_digit(gaps):
    number = "DK5" + "".join(f"{digit}{gap}" for digit, gap in zip("0004004401162431"[:15], gaps, strict=False)).strip(
        " \n-."
    )
    hidden = masked(f"Konto {number} i banken")
    assert "_iban_" in hidden
    assert not any(letter.isdigit() for letter in hidden)


def test_a_number_that_the_end_goes_through_is_left_out():
    text = "x" * 90 + " mit cpr-nummer er 010190-1234 og"
    assert capped(text, len(text)) == text
    for cap in range(109, 121):
        assert not any(letter.isdigit() for letter in masked(capped(text, cap))), cap


HOSTILE = [
    "\u2192",
    "_",
    "1=2D",
    "&#48;",
    "01 0190",
    "1990-01-01-",
    "OlOl",
    "0101 90",
    "010190;",
    "O10190-",
    "010190\n",
    "0\n",
    "01.01.",
    "0 1 ",
    "\xad",
    "０",
    "1\u200b",
    "%20",
    "&nbsp",
    "\n>",
    "\n@",
    "@a\n",
    "a-\n@",
    "| ",
    "DK0",
    "DK50 0",
    "12\n34",
    "tlf ",
    "6",
    "66 ",
    "01.01.90-123",
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
    "ak\r\n\r\n",
    "010190-1234 ",
    "<https://example.org/a?b=c>\n",
    "a@b.example.org\n",
    "\u200b",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear_on_hostile_text(unit):
    text = (unit * 200_000)[:200_000]
    assert_linear(masks, text[: len(text) // PART], text)
