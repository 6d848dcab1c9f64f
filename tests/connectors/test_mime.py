"""Hostile and broken mail: read as well as it can be, or refused with a reason; never an exception of another kind."""

import itertools
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mail.message import MailAttachment, ParsedMail
from connectors.mail.reading.html import sanitise, to_text
from connectors.mail.reading.limits import Limits, MailUnreadable
from connectors.mail.reading.mime import parse
from tests.connectors.nested import nested
from tests.cost import PART, assert_linear, assert_soon
from tests.shared import MAILS, needs


def many_parts(count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * count + b"--b--"


def addressed(count: int) -> bytes:
    return b"To: " + b",\r\n ".join(b"a%d@example.org" % n for n in range(count)) + b"\r\n\r\nx"


REFUSED = {
    "depth 51": (nested(51), "too_deep"),
    "depth 300": (nested(300), "too_deep"),
    "depth 1000": (nested(1000), "too_deep"),
    "depth 10000": (nested(10_000), "too_deep"),
    "1001 parts": (many_parts(1001), "too_many_parts"),
    "100000 parts": (many_parts(100_000), "too_many_parts"),
    "parts past the prescan": (many_parts(3000).replace(b"boundary=b", b"boundary*0=b"), "too_many_parts"),
    "headers": (b"X: " + b"a" * 300_000 + b"\r\n\r\nx", "headers_too_large"),
    "1001 addresses": (addressed(1001), "too_many_addresses"),
}
AT_THE_LIMIT = {"depth 50": nested(49), "1000 parts": many_parts(999), "1000 addresses": addressed(1000)}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_soon_and_with_a_reason(name: str) -> None:
    raw, reason = REFUSED[name]

    def refused() -> None:
        with pytest.raises(MailUnreadable) as refusal:
            parse(raw)
        assert refusal.value.reason == reason

    assert_soon(refused)


@pytest.mark.parametrize("name", AT_THE_LIMIT)
def test_read_up_to_the_limit(name: str) -> None:
    assert parse(AT_THE_LIMIT[name]).text.strip()


@pytest.mark.parametrize(("raw", "subject", "text"), [
    (nested(49), "", "bottom"),
    (b"Subject: =?utf-8?q?a=0D=0ABcc:_evil?=\r\n\r\nx", "a Bcc: evil", "x"),
    (b"Subject: =?no-such?q?a=E6?=\r\n\r\nx", "aæ", "x"),
    (b"Subject: \xc3\xa6\xc3\xb8\xc3\xa5\r\n\r\nx", "æøå", "x"),
    (b"Subject: \xe6\xf8\xe5\r\n\r\nx", "æøå", "x"),
    (b"Subject: a\x00b\x1bc\xe2\x80\xaed\r\n\r\nx", "abcd", "x"),
    (b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xe6\xf8\xe5", "", "æøå"),
    (b'Content-Type: text/plain; charset="utf\x00-8"\r\n\r\n\xc3\xa6', "", "æ"),
    (b"Content-Type: text/plain; charset=utf-7\r\n\r\n+ADw-script+AD4-", "", "<script>"),  # it is cleaned afterwards
    (b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\x41\\q", "", "\\x41\\q"),
    (b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"b9a" * 200_000, "", "b9ab9a"),
    (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\x93citat\x94 5 \x80", "", "“citat” 5 €"),
    ("Content-Type: text/plain; charset=utf-8\r\n\r\nblåbærgrød".encode() + b"\xff", "", "blåbærgrød\ufffd"),
    (b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n//4=", "", ""),
    (b"Content-Type: multipart/mixed\r\n\r\nno boundary", "", "no boundary"),
    (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVq!!!", "", "Hej"),
    (b"", "", ""),
    (b"\x00" * 100, "", ""),
    (b"Subject: x\r\nFrom: " + b"(" * 5000 + b"\r\n\r\nx", "x", "x"),
    (b"Message-ID: <[[[[>\r\nIn-Reply-To: <\r\nReferences: <a@b> <c@d> rubbish\r\n\r\nx", "", "x"),
    (b"Date: 9999\r\nMIME-Version: banana\r\nContent-Type: ;;;\r\n\r\nx", "", "x"),
])  # fmt: skip
def test_read_as_well_as_can_be(raw: bytes, subject: str, text: str) -> None:
    mail = parse(raw)
    assert mail.subject == subject
    if text:
        assert text in mail.text


@pytest.mark.parametrize("flood", [
    b"Subject: " + b"=?utf-8?q?aaaaa?= " * 14_000,
    b"To: " + b"a@example.org, " * 17_000,
    b"From: " + b"((((" * 60_000,
    b"Content-Type: text/plain; " + b"; ".join(b"x*%d=y" % n for n in range(20_000)),
    b'Content-Type: text/plain; a="' + b'\\";' * 80_000,
    b"Content-Disposition: attachment; " + b"; ".join(b"filename*%d=y" % n for n in range(15_000)),
    b"Content-Type: text/plain\r\n\r\n" + b"".join(b'x; boundary="b%d"\r\n' % n for n in range(990)) + b"--\r\n" * 50_000,
])  # fmt: skip
def test_floods_cost_little(flood: bytes) -> None:
    most = 262_000
    assert_linear(lambda bytes_: parse(flood[:bytes_] + b"\r\n\r\nx"), most // PART, most)


@pytest.mark.parametrize(("given_name", "safe"), [
    ('filename="../../etc/passwd"', "passwd"),
    ("filename*=utf-8''..%2F..%2Fetc%2Fpasswd%00.txt", "passwd.txt"),
    ('filename="a\\b\\c.pdf"', "c.pdf"),
    ("filename*=nonsense''%E6.txt", None),
    ('filename="' + "a" * 400 + '.pdf"', None),
    ('filename="=?utf-8?q?=E2=80=AEgnp.exe?="', "gnp.exe"),
])  # fmt: skip
def test_file_names(given_name: str, safe: str | None) -> None:
    (attachment,) = parse(f"Content-Disposition: attachment; {given_name}\r\n\r\nx".encode()).attachments
    assert "/" not in attachment.filename
    assert "\0" not in attachment.filename
    assert 0 < len(attachment.filename) <= 150
    assert safe is None or attachment.filename == safe


def test_a_flood_inside_a_part_costs_little() -> None:
    part = b"--b\r\nContent-Type: text/plain; " + b"; ".join(b"x%d=y" % n for n in range(200_000)) + b"\r\n\r\ntext\r\n"
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part + b"--b--"
    assert parse(raw).text == "text"
    assert_soon(lambda: parse(raw))


@pytest.mark.parametrize(("field", "name", "address"), [
    (b"Anna <anna@example.org>", "Anna", "anna@example.org"),
    (b"anna@example.org (Anna)", "Anna", "anna@example.org"),
    (b'"Hansen, Anna" <anna@example.org>', "Hansen, Anna", "anna@example.org"),
    (b"=?utf-8?q?J=C3=B8rgen?= <j@example.org>", "Jørgen", "j@example.org"),
    (b"=?utf-8?q?j=40example.org?=", "", "j@example.org"),
    (b"<evil@example.net> =?utf-8?q?=3Cmayor=40example.org=3E?=", "mayor@example.org", "evil@example.net"),
    (b"=?utf-8?q?<mayor@example.org>?= evil@example.net", "mayor@example.org", "evil@example.net"),
    (b'evil@example.net "<mayor@example.org>"', "mayor@example.org", "evil@example.net"),
    (b"evil@example.net (<mayor@example.org>)", "mayor@example.org", "evil@example.net"),
    (b"nobody at all", "nobody at all", ""),
])  # fmt: skip
def test_a_name_never_passes_for_an_address(field: bytes, name: str, address: str) -> None:
    mail = parse(b"From: " + field + b"\r\n\r\nx")
    assert mail.sender_address == address
    assert name in mail.sender_name


def parts(*inner: bytes, kind: str = "mixed") -> bytes:
    mark = kind.encode()
    bodies = b"".join(b"--%s\r\n%s\r\n" % (mark, each) for each in inner)
    return b"Content-Type: multipart/%s; boundary=%s\r\n\r\n%s--%s--" % (mark, mark, bodies, mark)


PAGE = b"Content-Type: text/html\r\n\r\n<p>Side</p>"
PLAIN = b"Content-Type: text/plain\r\n\r\nTekst"
FOOTER = b"Content-Type: text/plain\r\n\r\nBundtekst"


@pytest.mark.parametrize(("raw", "text", "shown"), [
    (parts(PLAIN, PAGE, kind="alternative"), "Tekst", "<p>Side</p>"),
    (parts(PAGE, FOOTER), "Side Bundtekst", "<p>Side</p> <pre>Bundtekst</pre>"),
    (parts(parts(PLAIN, PAGE, kind="alternative"), FOOTER), "Tekst Bundtekst", "<p>Side</p> <pre>Bundtekst</pre>"),
    (parts(PLAIN, PAGE), "Tekst Side", "<pre>Tekst</pre> <p>Side</p>"),
    (parts(PLAIN, parts(PAGE, PAGE), kind="alternative"), "Tekst", "<p>Side</p> <p>Side</p>"),
    (parts(b"Content-Type: text/plain\r\n\r\n \r\n", PAGE, kind="alternative"), "Side", "<p>Side</p>"),
    (parts(PLAIN, FOOTER), "Tekst Bundtekst", None),
])  # fmt: skip
def test_nothing_that_was_written_is_left_out(raw: bytes, text: str, shown: str | None) -> None:
    """A footer that a mail server adds must not hide the page before it."""
    mail = parse(raw)
    assert " ".join(mail.text.split()) == text
    assert (mail.html and " ".join(mail.html.split())) == shown


def test_a_mail_within_the_mail_keeps_its_bytes() -> None:
    inner = b"Subject:   folded\r\n\tx\r\nContent-Type: multipart/mixed\r\n\r\n\xff\x00inside\nbare\n"
    (attachment,) = parse(parts(b"Content-Type: message/rfc822\r\n\r\n" + inner)).attachments
    assert attachment == MailAttachment("bilag 1.eml", "message/rfc822", inner)


def test_mails_within_mails_are_not_opened() -> None:
    mail = parse(b"Content-Type: message/rfc822\r\n\r\n" * 900 + b"bottom")
    assert [a.content_type for a in mail.attachments] == ["message/rfc822"]


def test_servers_on_the_way_are_counted() -> None:
    assert dict(parse(b"Received: a\r\nReceived: b\r\nX-Sluse: 1\r\n\r\nx").headers) == {
        "received-count": "2", "x-sluse": "1",
    }  # fmt: skip


HIDDEN = [
    "display:none", "DISPLAY : NONE !important", "display:/**/none", "visibility:hidden", "opacity:0", "opacity:0.0",
    "font-size:0", "font-size:0px", "font-size:1px", "mso-hide:all", "color:#fff", "color:rgb(255, 255, 255)", "color:transparent",
    "height:0;overflow:hidden", "max-height:0px;overflow:hidden", "text-indent:-9999px", "position:absolute;left:-5000px",
]  # fmt: skip
SHOWN = [
    "color:#fff;background:#036", "font-size:0.9em", "opacity:0.9", "height:0", "color:#333", "text-indent:-20px", "display:block",
]  # fmt: skip


@pytest.mark.parametrize("style", HIDDEN)
def test_what_nobody_sees_is_not_read(style: str) -> None:
    page = f"<p>før</p><div style='{style}'>skjult</div>efter"
    assert to_text(page, 9999).split() == ["før", "efter"]


@pytest.mark.parametrize("style", SHOWN)
def test_what_is_seen_is_read(style: str) -> None:
    assert "skjult" in to_text(f"<p>før</p><div style='{style}'>skjult</div>efter", 9999)


@pytest.mark.parametrize(("page", "text"), [
    ("<p>a<font color=white>skjult</font>b</p>", "ab"),
    ("<td bgcolor='#003366'><font color=white>synlig</font></td>", "synlig"),
    ("<div style='font-size:0px'><table><tr><td style='font-size:13px'>synlig</td></tr></table></div>", "synlig"),
    ("a<!-- skjult -->b<script>skjult</script><style>skjult</style>", "ab"),
    ("<form><p>synlig</p></form>", "synlig"),
    ("sam<span class=SpellE>men</span>sat", "sammensat"),
    ("<p>før</p>" + "<div>" * 1000 + "dybt" + "</div>" * 1000 + "efter", "før dybt efter"),
    ("<p>før</p>" + "<div>" * 5000 + "dybt" + "</div>" * 5000 + "efter", "før dybt efter"),
])  # fmt: skip
def test_words_of_a_page(page: str, text: str) -> None:
    assert " ".join(to_text(page, 99_999).split()) == text


def test_a_picture_written_into_the_page_hides_no_words() -> None:
    page = b"<p>f\xc3\xb8r</p><img src='data:image/png;base64," + b"A" * 3_000_000 + b"'><p>efter</p>"
    mail = parse(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + page)
    assert mail.text.split() == ["før", "efter"]


def test_parts_find_their_places() -> None:
    inner = b"Subject: inner\r\nMessage-ID: <inner@x>\r\n\r\ninside"
    raw = (
        b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>Hej <b>du</b></p><div style='display:none'>skjult</div>\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n"
        b"--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"
        b"--b\r\nContent-Type: text/plain; name=note.txt\r\n\r\nnote\r\n--b--"
    )
    mail = parse(raw)
    assert (mail.subject, mail.message_id) == ("outer", None)
    assert mail.text == "Hej du\n\nEmne: inner\n\ninside"
    assert mail.attachments[0].content == inner
    assert [a.content_type for a in mail.attachments] == ["message/rfc822", "text/calendar", "text/plain"]
    assert mail.attachments[2].filename == "note.txt"


HOSTILE_HTML = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\nscript:alert(1)'>x</a>", "<svg onload=alert(1)>", "<iframe src=//evil.example.org>",
    "<div style='background:url(//evil.example.org)'>x</div>", "<link rel=stylesheet href=//evil.example.org>",
    "<form action=//evil.example.org><input name=x></form>", "<base href=//evil.example.org>",
    "<meta http-equiv=refresh content='0;url=//evil.example.org'>", "<div hx-get=/log-ud hx-trigger=load>x</div>",
    "<div data-hx-post=/robot/kontakt>x</div>", "<button id=indhold name=cookie>x</button>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<a href='data:text/html,x'>x</a>",
    "<img src='https://evil.example.org/pixel.gif'>", "<video><source onerror=alert(1)>", "<x:script>alert(1)</x:script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]  # fmt: skip


@pytest.mark.parametrize("source", HOSTILE_HTML)
def test_sanitised_html_can_do_nothing(source: str) -> None:
    clean = sanitise(source).lower().replace("&lt;img src=x onerror=alert(1)&gt;", "")
    acts = ("script:", "<script", "onerror=", "onload=", "hx-", "style=", "src=", "data:", "id=")
    loads = ("<img", "<svg", "<iframe", "<form", "<base", "<link", "<meta", "<video")
    for word in (*acts, *loads):
        assert word not in clean


@pytest.mark.parametrize(
    "name", ["title", "lang", "class", "id", "style", "dir", "onclick", "aria-label", "data-x", "hidden"]
)
@pytest.mark.parametrize("tag", ["p", "a", "td"])
def test_only_links_and_spans_of_cells_keep_anything(tag: str, name: str) -> None:
    clean = sanitise(f"<table><tr><td><{tag} {name}='noget'>her</{tag}></td></tr></table>")
    assert "her" in clean
    assert "noget" not in clean
    assert name not in clean


BOMBS = ["<div>" * 100_000, "<b>" * 300_000, "<" * 500_000, "<!--" * 100_000, "&" * 500_000, "<p>x" * 1_000_000]


@pytest.mark.parametrize("source", BOMBS, ids=lambda bomb: bomb[:4])
def test_html_bombs_cost_little_text(source: str) -> None:
    assert_linear(lambda each: to_text(each, Limits().html_bytes), source[: len(source) // PART], source)


def test_tables_and_letters_survive() -> None:
    assert to_text("<table><tr><td>Adresse</td><td>Ærøvej&nbsp;4</td></tr></table>", 9999).split() == [
        "Adresse",
        "Ærøvej",
        "4",
    ]


@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_any_bytes(raw: bytes) -> None:
    assert isinstance(parse(raw), ParsedMail)


PIECES = [
    b"Subject: ", b"From: ", b"To: ", b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html; charset=utf-8",
    b"Content-Transfer-Encoding: base64", b"=?utf-8?b?", b"?=", b"\r\n", b"\n\n", b"--b", b"--b--", b"<a@b>", b"\xff\xfe", b"\0",
    b"Content-Disposition: attachment; filename*0*=utf-8''%", b"((", b'"', b"message/rfc822", b"hej",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=400, deadline=None)
def test_mail_like_bytes(pieces: list[bytes]) -> None:
    mail = parse(b"".join(pieces))
    for text in (mail.subject, mail.text, mail.sender_name, *(a.filename for a in mail.attachments)):
        assert "\0" not in text
        text.encode("utf-8")


CORPORA = ("cpython", "mikel-mail", "mime4j", "notmuch", "spamassassin", "talon", "zapier-reply")


@pytest.mark.parametrize("archive", [pytest.param(f := MAILS / f"{name}.tar.gz", marks=needs(f)) for name in CORPORA])
def test_real_mails_and_parser_corpora(archive: Path) -> None:
    with tarfile.open(archive) as files:
        members = (member for member in files if member.isfile())
        for member in itertools.islice(members, 120):
            extracted = files.extractfile(member)
            assert extracted is not None
            raw = extracted.read()
            try:
                mail = parse(raw)
            except MailUnreadable as refusal:
                assert refusal.reason != "broken", member.name  # noqa: PT017 - either outcome is one, this is none
            else:
                mail.text.encode("utf-8")


@pytest.mark.parametrize(
    "target",
    [
        "/log-ud", "//evil.example.org/x", "visitering", "?q=x", "#top", "../x", "javascript:alert(1)", "\\\\evil.example.org",
        "/\\evil.example.org", "https:evil", "https:///evil.example.org", " ", "http:/x", "data:text/html,x", "ftp://x", "\t//evil",
    ],
)  # fmt: skip
def test_a_link_that_leads_into_our_house_leads_nowhere(target: str) -> None:
    assert "href" not in sanitise(f'<a href="{target}">her</a>')


@pytest.mark.parametrize("target", ["https://example.org/a?b=c", "HTTP://example.org", "mailto:a@example.org"])
def test_a_link_that_says_where_it_leads_is_kept(target: str) -> None:
    assert f'href="{target}"' in sanitise(f'<a href="{target}">her</a>')
