"""Plain parts that say nothing, and text that the page's own style sheets hide."""

import time

import pytest

from connectors.mail.reading.html import to_text
from connectors.mail.reading.mime import parse
from connectors.mail.reading.notes import Repair

WORDS = "Fortovet på Prøvegade er knækket, og min mor faldt over det i går. Hvornår laver I det?"


def both(plain: str, page: str) -> bytes:
    return (
        f"Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n"
        f"--a\nContent-Type: text/html; charset=utf-8\n\n<html><body>{page}</body></html>\n--a--\n"
    ).encode()


STUBS = [
    "Din mailklient understøtter ikke HTML. Se mailen i en browser.",
    "Denne e-mail er i HTML-format. Åbn den i et program, der kan vise HTML.",
    "This message contains HTML. Your email client cannot display it.",
    "View this email in your browser: https://example.org/1?x=y",
    "Ihr E-Mail-Programm kann leider keine HTML-Nachrichten darstellen.",
    "Ditt e-postprogram stöder inte HTML.",
    "E-postleseren din støtter ikke HTML.",
    "Kan du ikke læse mailen? Se webversion.",
    "https://example.org/nyhed/12345",
    "[image: logo]",
    "\u200b \u00a0",
    "- - -",
    "<https://example.org>",
    "Fortovet på Prøvegade er knækket",
]


@pytest.mark.parametrize("plain", STUBS)
def test_a_plain_part_that_says_nothing_gives_way(plain: str) -> None:
    mail = parse(both(plain, f"<p>{WORDS}</p>"))
    assert mail.text == WORDS
    assert mail.repairs == ((Repair.STUB,) if plain.strip(" \u200b\u00a0\n") else mail.repairs)


@pytest.mark.parametrize(
    "plain",
    [
        WORDS,
        f"Hej\n\n{WORDS}\n\nMvh Niels",
        "Jeg kan ikke se kortet på jeres hjemmeside i min browser.",
        "Hvad koster en tilladelse?",
        "Tak!",
    ],
)
def test_a_plain_part_that_says_something_stays(plain: str) -> None:
    mail = parse(both(plain, f"<p>{plain}</p><p>Mvh</p>"))
    assert mail.text == plain
    assert mail.repairs == ()


def test_plain_words_that_the_page_does_not_have_are_never_lost() -> None:
    assert parse(both("Ring til mig på 12345678", f"<p>{WORDS}</p>")).text == "Ring til mig på 12345678"


HIDING = [
    ".x{display:none}",
    "p.x { DISPLAY : none ! important }",
    "#y{visibility:hidden}",
    "p[class=x]{opacity:0}",
    "[id='y'] {font-size:0px}",
    "p#y.x{mso-hide:all}",
    "a, .x , b{max-height:0;overflow:hidden}",
    "body .x{color:transparent}",
    "div > p.x{text-indent:-9999px}",
    "/* a */ .x /* b */ {display:/**/none}",
    "<!-- .x{display:none} -->",
    "@media screen { .x{display:none} }",
    "@import url(a.css); .x{display:none}",
    ".x{display:block} .x{display:none}",
    "*.x{color:#fff}",
    "@media only screen and (min-width: 600px){.x{display:none}}",
    ".X,.x{display:none}",
    "[class~=x]{display:none}",
    "@font-face{font-family:a;src:url(b)} .x{display:none}",
]
SHOWING = [
    ".x{display:block}",
    ".xx{display:none}",
    "div.x{display:none}",
    ".x:hover{display:none}",
    "@media print{.x{display:none}}",
    "@media only screen and (max-width:480px){.x{display:none}}",
    ".x{display:none} .x{display:block}",
    ".x{display:none} #y{display:block}",
    ".x{display:block !important} .x{display:none}",
    "table .x{display:none}",
    "div + p.x{display:none}",
    "span > .x{display:none}",
    ".x{color:#fff} body{background:#036}",
    "@media (prefers-color-scheme: dark){.x{display:none}}",
    ".x{display:none",
    "}.x{",
    ".x::before{display:none}",
    "p:not(.x){display:none} .x{color:#333}",
]


def page(css: str, style: str = "") -> str:
    body = f"<div><p>før</p><p class='z x' id=y style='{style}'>skjult</p>efter</div>"
    return f"<html><head><style>{css}</style></head><body>{body}</body></html>"


@pytest.mark.parametrize("css", HIDING)
def test_what_a_style_sheet_hides_is_not_read(css: str) -> None:
    css = css.replace("[class=x]", "[class='z x']")
    assert to_text(page(css), 9999).split() == ["før", "efter"]


@pytest.mark.parametrize("css", SHOWING)
def test_what_a_style_sheet_shows_is_read(css: str) -> None:
    assert "skjult" in to_text(page(css), 9999)


def test_an_elements_own_style_counts_more_than_a_sheet() -> None:
    assert "skjult" in to_text(page(".x{display:none}", "display:block"), 9999)
    assert "skjult" not in to_text(page(".x{display:none !important}", "display:block"), 9999)
    assert "skjult" not in to_text(page(".x{display:block}", "display:none"), 9999)


def test_a_hidden_stub_does_not_rank() -> None:
    css = "<style>.preheader{display:none;max-height:0}</style>"
    mail = parse(
        b"Content-Type: text/html; charset=utf-8\n\n"
        + f"<html>{css}<div class=preheader>Tilbud på kager</div><p>{WORDS}</p>".encode()
    )
    assert mail.text == WORDS


@pytest.mark.parametrize(
    "css",
    [
        ".x{" * 50_000,
        "}" * 200_000,
        ".a .b .c .d .e .f .g{display:none}" * 4_000,
        "".join(f".c{n}{{display:none}}" for n in range(20_000)),
        "/*" * 100_000,
        "[a" * 60_000 + "{}",
        "@media{" * 30_000,
        "a," * 90_000 + "b{display:none}",
    ],
)
def test_style_sheets_cost_little(css: str) -> None:
    began = time.process_time()
    to_text(page(css) + "<div class='a b c d e f'>" * 200 + "<p class=g>x</p>" * 2_000, 1_000_000)
    assert time.process_time() - began < 8
