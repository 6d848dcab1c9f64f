"""Headers that end early, marks between parts that are folded, wrong or missing, bodies and files with odd names."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail.reading.mime import parse
from connectors.mail.reading.notes import Repair

WORDS = "Larmen kommer fra kranen på havnen."
FIELDS = (
    b"From: Ib <ib@borger.example.org>\nTo: tmf@town.example.org\n%sSubject: Larm fra havnen\n"
    b"Date: Thu, 19 Nov 2026 10:00:00 +0100\n"
)
TYPE = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(
    WORDS.encode()
)

STRAY = {
    "a line without a colon": b"denne linje er strandet\n",
    "an envelope line": b"From ib@borger.example.org Thu Nov 19 10:00:00 2026\n",
    "a quoted envelope line": b">From ib@borger.example.org Thu Nov 19 10:00:00 2026\n",
    "a line of blanks": b"  \t \n",
    "a blank before the colon": b"Reply-To : Ib <ib@borger.example.org>\n",
    "a line of stars": b"**** VIRUS SCANNED ****\n",
    "two strays": b"eins\nzwei\n",
    "a folded line of blanks": b"X-Folded: a\n   \n b\n",
    "a line with raw letters": "Ærø: strandet\n".encode(),
}


@pytest.mark.parametrize("name", STRAY)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_header_does_not_end_before_its_end(name: str, end: bytes) -> None:
    mail = parse((FIELDS % STRAY[name] + TYPE).replace(b"\n", end))
    assert (mail.subject, mail.sender_address) == ("Larm fra havnen", "ib@borger.example.org")
    assert mail.text == WORDS
    assert Repair.HEADER in mail.repairs


@pytest.mark.parametrize("before", [b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b" \n\n"])
def test_what_stands_before_the_first_field_is_no_header(before: bytes) -> None:
    mail = parse(before + FIELDS % b"" + TYPE)
    assert (mail.subject, mail.text) == ("Larm fra havnen", WORDS)


def test_line_ends_of_three_letters() -> None:
    mail = parse((FIELDS % b"" + TYPE).replace(b"\n", b"\r\r\n"))
    assert (mail.subject, mail.text) == ("Larm fra havnen", WORDS)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b" \nSelve teksten\n", "Selve teksten"),
        (b"Hej kommune\n\nDer er larm.\n", "Hej kommune\n\nDer er larm."),
        (
            b" \nFrom: Ole <ole@borger.example.org>\nTo: Ib\nSubject: VS\n\nmere\n",
            "From: Ole <ole@borger.example.org>\nTo: Ib\nSubject: VS\n\nmere",
        ),
        (b"Hej\nSubject: det gamle emne\n\nmere\n", "Hej\nSubject: det gamle emne\n\nmere"),
        (b"Hej: det er Ib.\n\nDer er larm.\n", "Der er larm."),
    ],
)
def test_a_text_without_an_empty_line_before_it_is_no_header(body: bytes, text: str) -> None:
    mail = parse(FIELDS % b"" + body)
    assert (mail.subject, mail.text) == ("Larm fra havnen", text)


@given(
    st.lists(
        st.sampled_from([b"x y\n", b" \n", b"\t\n", b"From a b\n", b">From a b\n", b"X: y\n", b"\xff\n", b" z\n"]),
        max_size=6,
    )
)
def test_no_line_of_a_header_hides_its_words(strays: list[bytes]) -> None:
    mail = parse(FIELDS % b"" + b"".join(strays) + b"\nOrdene\n")
    assert mail.subject.startswith("Larm fra havnen")
    assert mail.text.endswith("Ordene")


def parts(mark: bytes, field: bytes) -> bytes:
    file = b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF\r\n"
    head = (
        b"Subject: x\r\nContent-Type: multipart/mixed; %s\r\n\r\nThis is a multi-part message in MIME format.\r\n"
        % field
    )
    return head + b"--%s\r\nContent-Type: text/plain\r\n\r\nOrdene\r\n--%s\r\n%s--%s--\r\n" % (mark, mark, file, mark)


@pytest.mark.parametrize(
    ("mark", "field"),
    [
        (b"abc", b"boundary=abc"),
        (b"a b=_?", b'boundary="a b=_?"'),
        (b"abc", b'boundary="abc  "'),
        (b"abcdef", b'boundary="abc\r\n def"'),
        (b"abc def", b'boundary="abc\r\n def"'),
        (b"abc\tdef", b'boundary="abc\r\n\tdef"'),
        (b"abc", b'boundary="abc'),
        (b"abc", b"boundary = abc"),
        (b"abc", b'boundary="xyz"'),
        (b"abc", b"charset=utf-8"),
        (b"abc", b"boundary="),
        (b"abc", b"boundary*0=a; boundary*1=bc"),
        (b"abc", b"boundary*=us-ascii''abc"),
        (b"abc", b'type="text/html";\r\n\r\tboundary="abc"'),
        (b"abc", b"boundary=ABC"),
        (b"----=_Part_1", b'boundary="=_Part_1"'),
        (b"abc", b'boundary="abc" (a comment)'),
        (b"abc", b"BOUNDARY=abc;;"),
    ],
)
def test_marks_between_parts(mark: bytes, field: bytes) -> None:
    mail = parse(parts(mark, field))
    assert mail.text == "Ordene"
    assert [(each.filename, each.content) for each in mail.attachments] == [("a.pdf", b"%PDF")]


@pytest.mark.parametrize("blanks", [b" ", b"\t \t", b"  "])
def test_blanks_behind_a_mark(blanks: bytes) -> None:
    raw = parts(b"abc", b"boundary=abc")
    mail = parse(raw.replace(b"--abc\r\n", b"--abc" + blanks + b"\r\n").replace(b"--abc--", b"--abc--" + blanks))
    assert (mail.text, [each.content for each in mail.attachments]) == ("Ordene", [b"%PDF"])


@pytest.mark.parametrize("field", [b"", b"Content-Type: text/plain\r\n", b"Content-Type: text/html; charset=utf-8\r\n"])
def test_parts_in_what_calls_itself_a_text(field: bytes) -> None:
    body = parts(b"abc", b"boundary=abc").partition(b"\r\n\r\n")[2]
    mail = parse(b"Subject: x\r\n" + field + b"\r\n" + body)
    assert mail.text == "Ordene"
    assert [each.filename for each in mail.attachments] == ["a.pdf"]
    assert mail.repairs == (Repair.BOUNDARY,)


def test_a_text_that_quotes_a_mail_is_a_text() -> None:
    quoted = b"Jeres svar kom retur.\r\n\r\n" + parts(b"abc", b"boundary=abc")
    mail = parse(b"Subject: x\r\n\r\n" + quoted)
    assert mail.text.startswith("Jeres svar kom retur.")
    assert "Ordene" in mail.text
    assert mail.repairs == ()


def test_parts_inside_with_the_mark_of_those_outside() -> None:
    """As a mail program of 2001 wrote them: the inner last mark ended the outer parts, and the files behind it were lost."""
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nOrdene\n--b--\n\n--b\nContent-Type: image/gif; name=xx.gif\n\nGIF8\n--b--\n"
    )
    mail = parse(raw)
    assert (mail.text, [(each.filename, each.content) for each in mail.attachments]) == (
        "Ordene",
        [("xx.gif", b"GIF8")],
    )


def test_words_before_the_first_mark_are_read_unless_they_are_of_mime() -> None:
    letter = "Kære kommune. " + "Jeg skriver, fordi kranen larmer om natten. " * 8
    mail = parse(
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + letter.encode()
        + b"\n--b\nContent-Type: image/gif\n\nGIF8\n--b--\n"
    )
    assert mail.text == letter.strip()
    assert "MIME" not in parse(parts(b"abc", b"boundary=abc")).text


def test_a_part_whose_header_ends_early_is_decoded() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/pdf; name=a.pdf\n"
        b"denne linje er strandet\nContent-Transfer-Encoding: base64\n\nJVBERg==\n--b--\n"
    )
    mail = parse(raw)
    assert [(each.filename, each.content) for each in mail.attachments] == [("a.pdf", b"%PDF")]
    assert mail.repairs == (Repair.HEADER,)


BODY = [
    "Content-Type: text/plain; charset=utf-8; name=besked.txt",
    'Content-Type: text/plain\nContent-Disposition: inline; filename="a b.txt"',
    "Content-Type: text/html; name=body.html\nContent-Disposition: inline",
    "Content-Type: text/html\nContent-Disposition: INLINE; filename*=utf-8''b%C3%B8.html",
]


@pytest.mark.parametrize("head", BODY)
@pytest.mark.parametrize("inside", [False, True])
def test_the_only_text_is_the_text_whatever_its_name(head: str, inside: bool) -> None:
    raw = f"{head}\n\nBommen er påkørt\n"
    if inside:
        picture = "Content-Type: image/png; name=bom.png\nContent-Disposition: attachment; filename=bom.png\n\nx"
        raw = f"Content-Type: multipart/mixed; boundary=b\n\n--b\n{raw}\n--b\n{picture}\n--b--\n"
    mail = parse(f"Subject: x\n{raw}".encode())
    assert mail.text == "Bommen er påkørt"
    assert [each.filename for each in mail.attachments] == (["bom.png"] if inside else [])


@pytest.mark.parametrize("first", ["\n \n", "Content-Type: text/plain\n\n\n"])
def test_an_empty_text_before_it_does_not_make_it_a_file(first: str) -> None:
    raw = f"Content-Type: multipart/mixed; boundary=b\n\n--b\n{first}\n--b\nContent-Type: text/plain; name=a.txt\n\nOrdene\n--b--\n"
    assert parse(raw.encode()).text == "Ordene"


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: text/plain; name=log.txt",
        "Content-Type: text/plain\nContent-Disposition: inline; filename=log.txt",
        "Content-Type: text/plain\nContent-Disposition: attachment",
    ],
)
def test_beside_a_text_a_named_one_is_a_file(head: str) -> None:
    mail = parse(f"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nOrdene\n--b\n{head}\n\nlog\n--b--\n".encode())
    assert mail.text == "Ordene"
    assert [each.content for each in mail.attachments] == [b"log"]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("text", "text/plain"),
        ("html", "text/html"),
        ("TEXT / HTML", "text/html"),
        ('"text/html"', "text/html"),
        ("text/html charset=utf-8", "text/html"),
    ],
)
def test_types_that_are_written_oddly(field: str, kind: str) -> None:
    mail = parse(f"Content-Type: {field}\n\n<p>Ordene</p>".encode())
    assert mail.text == ("Ordene" if kind == "text/html" else "<p>Ordene</p>")


def test_a_page_that_calls_itself_plain_is_a_page() -> None:
    mail = parse(b"Content-Type: text/plain\n\n\n<!DOCTYPE html>\n<html><p>Ordene</p></html>")
    assert (mail.text, bool(mail.html)) == ("Ordene", True)
    assert parse(b"Content-Type: text/plain\n\nBrug <html> i koden").text == "Brug <html> i koden"


NAMES = [
    'Content-Disposition: attachment; filename="Ansøgning på æblehave.pdf"',
    "Content-Disposition: attachment; filename=Ansøgning på æblehave.pdf",
    'Content-Type: application/pdf; name="Ansøgning på æblehave.pdf"',
    "Content-Disposition: attachment; filename*=utf-8''Ans%C3%B8gning%20p%C3%A5%20%C3%A6blehave.pdf",
    "Content-Disposition: attachment; filename*=iso-8859-1'da'Ans%F8gning%20p%E5%20%E6blehave.pdf",
    "Content-Disposition: attachment; filename*=''Ans%C3%B8gning%20p%C3%A5%20%C3%A6blehave.pdf",
    "Content-Disposition: attachment;\n filename*0*=utf-8''Ans%C3%B8gning%20p;\n filename*1*=%C3%A5%20%C3;\n"
    ' filename*2*=%A6blehave;\n filename*3=".pdf"',
    "Content-Disposition: attachment; filename*1*=%C3%A5%20%C3%A6blehave.pdf; filename*0*=utf-8''Ans%C3%B8gning%20p",
    'Content-Disposition: attachment; filename*0="Ansøgning på "; filename*1="æblehave.pdf"',
    'Content-Disposition: attachment; filename="=?utf-8?Q?Ans=C3=B8gning_p=C3=A5_=C3=A6blehave.pdf?="',
    "Content-Disposition: attachment; filename==?utf-8?Q?Ans=C3=B8gning_p=C3=A5_=C3=A6blehave.pdf?=",
    'Content-Disposition: attachment; filename="=?iso-8859-1?Q?Ans=F8gning?=\n =?iso-8859-1?Q?_p=E5_=E6blehave.pdf?="',
    'Content-Disposition: attachment; filename="=?iso-8859-1?Q?Ans=F8gning p=E5 =E6blehave.pdf?="',
    "Content-Disposition: attachment; filename*=utf-8''=?utf-8?Q?Ans=C3=B8gning_p=C3=A5_=C3=A6blehave.pdf?=",
    "Content-Disposition: attachment; filename=\"Ans_gning.pdf\"; filename*=utf-8''Ans%C3%B8gning%20p%C3%A5%20%C3%A6blehave.pdf",
    "Content-Disposition: attachment; filename*=utf-8''Ans%C3%B8gning%20p%C3%A5%20%C3%A6blehave.pdf; filename=\"Ans?gning.pdf\"",
    'Content-Disposition: attachment; filename="Ansøgning på\n æblehave.pdf"',
    'Content-Disposition: attachment; filename="C:\\Mine filer\\Ansøgning på æblehave.pdf"',
    'Content-Disposition: attachment; filename="Ansøgning på æblehave.pdf',
    'Content-Disposition: attachment\nContent-Type: application/pdf; name="Ansøgning på æblehave.pdf"',
    'Content-Disposition: attachment; size=12; FileName = "Ansøgning på æblehave.pdf" ; x=y',
]


@pytest.mark.parametrize("field", NAMES)
@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_names_of_files(field: str, charset: str) -> None:
    raw = f"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nOrdene\n--b\n{field}\n\n%PDF\n--b--\n".encode(charset)
    (attachment,) = parse(raw).attachments
    assert attachment.filename == "Ansøgning på æblehave.pdf"


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('filename="Klage "haster".pdf"', 'Klage "haster".pdf'),
        ('filename="a;b.pdf"', "a;b.pdf"),
        ('filename="a\\"b.pdf"', 'a"b.pdf'),
        ("filename*=utf-8''a%ZZb.pdf", "a%ZZb.pdf"),
        ("filename*=nonsense''%E6b.pdf", "æb.pdf"),
        ("filename*0*=utf-8''%C3;filename*1*=%A6.pdf", "æ.pdf"),
        ("filename*=utf-8", "utf-8"),
        ('filename=""', "bilag 1.plain"),
        ("filename*2=b; filename*10=c; filename*1=a", "abc"),
    ],
)
def test_names_at_the_edge(field: str, name: str) -> None:
    (attachment,) = parse(f"Content-Disposition: attachment; {field}\n\nx".encode()).attachments
    assert attachment.filename == name
