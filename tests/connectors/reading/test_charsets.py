"""Charsets that are misnamed, unknown, named only in the page, or not at all; and illegal bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail.message import ParsedMail
from connectors.mail.reading import charsets
from connectors.mail.reading.mime import parse
from connectors.mail.reading.notes import Repair, Unread

DANISH = "Fortovet på Ærøgade er knækket – „løst“ og dyrt: 5 €"
RUSSIAN, HEBREW, GREEK = "Вода в подвале", "שלום מהעיר", "Καλημέρα σας"


def mail_in(charset: str, content: bytes, kind: str = "text/plain") -> ParsedMail:
    return parse(
        f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + content
    )


@pytest.mark.parametrize(
    ("name", "codec", "text"),
    [
        ("x-mac-roman", "mac_roman", "Fortovet på Ærøgade"),
        ("macintosh", "mac_roman", "på øen"),
        ("x-mac-cyrillic", "mac_cyrillic", RUSSIAN),
        ("cp-850", "cp850", "Fortovet på Ærøgade"),
        ("ibm-850", "cp850", "på øen"),
        ("x-cp850", "cp850", "på øen"),
        ("cp00850", "cp850", "på øen"),
        ("dos-437", "cp437", "på"),
        ("iso-8859-8-i", "iso8859-8", HEBREW),
        ("ISO-8859-8-E", "iso8859-8", HEBREW),
        ("visual", "iso8859-8", HEBREW),
        ("unicode-1-1-utf-7", "utf-7", "på øen"),
        ("utf-7", "utf-7", "på øen"),
        ("utf8mb4", "utf-8", DANISH),
        ("x-utf-8", "utf-8", DANISH),
        ("unicode-1-1-utf-8", "utf-8", DANISH),
        ("'utf-8'", "utf-8", DANISH),
        ("utf-8;", "utf-8", DANISH),
        ('"charset=utf-8"', "utf-8", DANISH),
        ("ansi_x3.110-1983", "cp1252", DANISH),
        ("ansi", "cp1252", DANISH),
        ("windows1252", "cp1252", DANISH),
        ("win-1252", "cp1252", DANISH),
        ("x-windows-1251", "cp1251", RUSSIAN),
        ("microsoft-cp1253", "cp1253", GREEK),
        ("cp-1251", "cp1251", RUSSIAN),
        ("x-koi8-r", "koi8-r", RUSSIAN),
        ("iso-8859-1", "cp1252", DANISH),
        ("latin1", "cp1252", DANISH),
        ("iso8859_1", "cp1252", DANISH),
        ("iso-8859-1-windows-3.1-latin-1", "cp1252", DANISH),
        ("iso-8859-15", "iso8859-15", "på øen 5 €"),
        ("x-sjis", "cp932", "日本語"),
        ("x-gbk", "gbk", "中文字"),
        ("x-euc-jp", "euc_jp", "日本語"),
        ("ks_c_5601-1987", "cp949", "한국어"),
        ("65001", "utf-8", DANISH),
        ("28591", "cp1252", DANISH),
        ("utf-16", "utf-16-le", DANISH),
        ("utf-16", "utf-16-be", DANISH),
        ("utf-16le", "utf-16-be", DANISH),
        ("unicode", "utf-16-le", DANISH),
        ("ucs-2", "utf-16-be", DANISH),
    ],
)
def test_names_of_charsets(name: str, codec: str, text: str) -> None:
    assert mail_in(name, text.encode(codec)).text == text


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("iso-8859-1", "utf-8"),
        ("windows-1252", "utf-8"),
        ("us-ascii", "utf-8"),
        ("us-ascii", "cp1252"),
        ("utf-8", "cp1252"),
        ("nonsense", "utf-8"),
        ("nonsense", "cp1252"),
        ("", "utf-8"),
        ("", "cp1252"),
        ("windows-1251", "utf-8"),
        ("utf-16", "utf-8"),
        ("us-ascii", "utf-16"),
        ("iso-8859-1", "utf-16-le"),
        ("base64", "utf-8"),
        ("8bit", "cp1252"),
        ("x-unknown", "utf-8"),
        ("gb2312", "utf-8"),
    ],
)
def test_a_charset_that_the_text_is_not_in(name: str, codec: str) -> None:
    mail = mail_in(name, DANISH.encode(codec))
    assert mail.text == DANISH
    assert (mail.repairs, mail.unread) == ((Repair.CHARSET,), ())


def test_plain_letters_need_no_charset() -> None:
    assert mail_in("us-ascii", b"Hej").repairs == ()
    assert parse(b"Subject: x\r\n\r\nHej").repairs == ()


@pytest.mark.parametrize("text", [DANISH, "e", "én linje\nto linjer", RUSSIAN, "日本語"])
@pytest.mark.parametrize("stray", [b"\xff", b"\xf8", b"\x80", b"\xc3"])
@pytest.mark.parametrize("where", [0, 7, 10_000])
def test_one_illegal_byte_spoils_one_letter(text: str, stray: bytes, where: int) -> None:
    words = f"på {text} ø"
    mail = mail_in("utf-8", words[:where].encode() + stray + b"| " + words[where:].encode())
    assert mail.text == f"{words[:where]}\ufffd| {words[where:]}".strip()
    assert mail.unread == (Unread.LETTERS,)


@pytest.mark.parametrize(
    ("name", "codec", "text", "stray"),
    [
        ("windows-1252", "cp1252", DANISH, b"\x81"),
        ("windows-1251", "cp1251", RUSSIAN, b"\x98"),
        ("euc-jp", "euc_jp", "日本語の件名です", b"\xff"),
        ("iso-2022-jp", "iso2022_jp", "日本語の件名です", b"\xff"),
        ("gb2312", "gb18030", "中文字中文字中文字", b"\xff"),
        ("big5", "big5", "中文字中文字中文字", b"\xff"),
        ("windows-1253", "cp1253", GREEK, b"\xd2"),
    ],
)
def test_an_illegal_byte_turns_no_text_to_another_charset(name: str, codec: str, text: str, stray: bytes) -> None:
    mail = mail_in(name, text.encode(codec) + b" " + stray + b"!")
    assert mail.text == f"{text} \ufffd!"
    assert mail.unread == (Unread.LETTERS,)


@given(st.text(st.characters(min_codepoint=0xA0, max_codepoint=0x2FF), min_size=3, max_size=60), st.data())
def test_valid_letters_stay_beside_a_stray_byte(text: str, data: st.DataObject) -> None:
    where = data.draw(st.integers(0, len(text)))
    read = charsets.decode(text[:where].encode() + b"\xff" + text[where:].encode(), "utf-8")
    assert read == f"{text[:where]}\ufffd{text[where:]}"


def test_a_footer_in_another_charset_spoils_nothing() -> None:
    content = f"{DANISH}\n".encode() * 3 + "Sendt på vegne af Skærødgård Børnehøjskole\n".encode("cp1252")
    assert mail_in("utf-8", content).text == f"{DANISH}\n" * 3 + "Sendt på vegne af Skærødgård Børnehøjskole"


PAGES = [
    ("<meta charset=windows-1251>", "cp1251"),
    ('<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=windows-1251">', "cp1251"),
    ("<meta http-equiv=content-type content='text/html;charset=koi8-r'/>", "koi8-r"),
    ("<meta charset = 'utf-8' >", "utf-8"),
    ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251"),
    ("<title>x</title>\n<meta name=a content=b><meta charset=cp-866>", "cp866"),
]


@pytest.mark.parametrize(("named", "codec"), PAGES)
@pytest.mark.parametrize(
    "kind", ["text/html", "text/html; charset=us-ascii", "text/html; charset=unknown-8bit", "text/html; charset"]
)
def test_a_charset_named_only_in_the_page(named: str, codec: str, kind: str) -> None:
    mail = parse(
        f"Content-Type: {kind}\r\n\r\n".encode() + f"<html><head>{named}</head><p>{RUSSIAN}</p></html>".encode(codec)
    )
    assert mail.text == RUSSIAN
    assert RUSSIAN in str(mail.html)
    assert Repair.CHARSET in mail.repairs


@pytest.mark.parametrize(
    "field",
    [
        "text/plain charset=windows-1251",
        "text/plain; charset: windows-1251",
        'text/plain;\r\n\tcharset = "windows-1251"',
        "text/plain; format=flowed; CHARSET=Windows-1251 (Cyrillic)",
        "text/plain; charset*=us-ascii'en'windows-1251",
        'text/plain; charset="windows-1251',
        "text/plain; charset*0=windows; charset*1=-1251",
    ],
)
def test_fields_that_name_it_oddly(field: str) -> None:
    assert parse(f"Content-Type: {field}\r\n\r\n".encode() + RUSSIAN.encode("cp1251")).text == RUSSIAN


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        (
            "=?iso-8859-1?Q?Hul i vejen p=E5 Opdigtvej, meget farligt for b=F8rn?=",
            "Hul i vejen på Opdigtvej, meget farligt for børn",
        ),
        ("=?utf-8?q?Hvad? P=C3=A5 vejen?_Ja!?=", "Hvad? På vejen? Ja!"),
        ("=?utf-8?B?SHVsIGkgdmVqZW4gcMM?= =?utf-8?B?pSDDuGVu?=", "Hul i vejen på øen"),
        ("=?utf-8?B?w6bDuMOl?=og mere", "æøåog mere"),
        ("SV:=?utf-8?q?_st=C3=B8j?=", "SV: støj"),
        ("=?utf-8?Q?st=C3=B8j?=\r\n =?utf-8?Q?_og_r=C3=B8g?=", "støj og røg"),
        ("=?utf-8*da?Q?st=C3=B8j?=", "støj"),
        ("=?utf-8?Q?afbrudt_st=C3=B8", "afbrudt stø"),
        ("=?utf-8?B?c3TDuGo", "støj"),
        ("=?x-mac-roman?Q?st=BFj?=", "støj"),
        ("=?iso-8859-1?Q?st=C3=B8j?=", "støj"),
        ("=?utf-8?B?c3TD uGo=?=", "støj"),
        ("=?windows-1252?q?5_=80?= =?utf-8?q?_=C3=B8?=", "5 € ø"),
        ("=?utf-8?x?abc?= og =?", "=?utf-8?x?abc?= og =?"),
    ],
)
def test_encoded_words(subject: str, wanted: str) -> None:
    assert parse(f"Subject: {subject}\r\n\r\nx".encode()).subject == wanted
