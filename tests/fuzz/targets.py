"""What must hold of any bytes. Each target takes bytes, and fails with an AssertionError where something does not hold.

`make fuzz` throws mutated bytes at them; test_targets.py their seeds, and whatever a run has found.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

from lxml import html as lxml_html

from app.domain import templates
from connectors.mail import addresses
from connectors.mail.message import ParsedMail
from connectors.mail.reading import html, mime
from connectors.mail.reading.limits import Limits, MailUnreadable
from learning import identities

LIMITS = Limits()
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What no database takes, or no line of a letter may hold."""
ATTRIBUTES = {"a": {"href", "rel", "target"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
CPR = re.compile(r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d[- ]?\d{4}(?!\d)")
"""A CPR number as it mostly stands, told apart from anything else by nothing but its shape."""
FORMS = (
    "010190-1234", "0101901234", "010190 1234", "010190 - 1234", "010190\u20131234", "010190/1234", "010190.1234",
    "010190;1234", "010190 - - 1234", "0101-90-1234", "0101 901234", "1990-01-01-1234", "010190=2D1234", "010190&ndash;1234",
    "01.01.90-1234", "01-01-90-1234", "01 01 90 1234", "010190-\n1234", "710190-1234", "01011990-1234",
    "\uff10\uff11\uff10\uff11\uff19\uff10-\uff11\uff12\uff13\uff14",
)  # fmt: skip


Tag = tuple[str, dict[str, str]]


def parser(data: bytes) -> None:
    """Read a mail, or refuse it by our own refusal; what was read fits into the database and into letters."""
    try:
        read = mime.parse(data)
    except MailUnreadable as refusal:
        if refusal.reason == "broken":  # something in it raised what nobody had thought of
            raise AssertionError(f"broke on it: {refusal}") from refusal
        return
    for each in _with_enclosed(read):
        _assert_bounded(each)
        if each.html:
            html.sanitise(each.html)


def _with_enclosed(mail: ParsedMail) -> Iterator[ParsedMail]:
    yield mail
    for each in mail.enclosed:
        yield from _with_enclosed(each)


def _assert_bounded(mail: ParsedMail) -> None:
    assert len(mail.subject) <= 500
    assert len(mail.text) <= LIMITS.text_chars
    lines = (mail.subject, mail.sender_name, mail.sender_address, *mail.recipients, *mail.references)
    names = tuple(each.filename for each in mail.attachments)
    for line in (*lines, *names, mail.message_id or "", mail.in_reply_to or ""):
        assert not CONTROL.search(line), f"control character in {line!r}"
        assert not re.search(r"[\r\n]", line), f"a line end in {line!r}"
    for text in (mail.text, *(value for _, value in mail.headers)):
        assert not CONTROL.search(text), f"control character in {CONTROL.findall(text)}"
    for name in names:
        assert name, "a file without a name"
        assert len(name) <= LIMITS.filename_chars
        assert not re.search(r"[/\\]", name), f"a way in {name!r}"
        assert name.strip(". "), f"{name!r} is a folder"
    assert not mail.sender_address or addresses.parse(mail.sender_address) is not None, mail.sender_address


def sanitiser(data: bytes) -> None:
    """Clean HTML; what is left can do nothing, whoever reads it, and cleaned again it has the same tags."""
    source = data.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
    clean = html.sanitise(source)
    for tag, attributes in (*_seen_by_tokens(clean), *_seen_by_tree(clean)):
        assert tag in html.TAGS, f"<{tag}> in {clean!r}"
        for name, value in attributes.items():
            assert name in ATTRIBUTES.get(tag, ()), f"{tag} {name} in {clean!r}"
            if name == "href":
                assert re.match(r"(?:https?://[^\s/\\?#]|mailto:)", value, re.IGNORECASE), f"leads to {value!r}"
    assert _seen_by_tokens(html.sanitise(clean)) == _seen_by_tokens(clean), f"cleaned again it differs: {clean!r}"
    html.to_text(source, LIMITS.html_bytes)


class _Tokens(HTMLParser):
    """A page as the standard library reads it, which takes for a tag whatever looks like one."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Tag] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment is left: {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction is left: {data!r}")


def _seen_by_tokens(source: str) -> list[Tag]:
    reader = _Tokens()
    reader.feed(source)
    reader.close()
    return reader.found


def _seen_by_tree(source: str) -> list[Tag]:
    """Tags as libxml2 reads them."""
    tree = lxml_html.document_fromstring(f"<div>{source}</div>".encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    seen = ((each.tag, dict(each.attrib)) for each in tree.iter() if isinstance(each.tag, str))
    return [each for each in seen if each[0] not in ("html", "body")]


def filling(data: bytes) -> None:
    """A text that was let through can be filled; what is filled in is never filled again."""
    text = data.decode("utf-8", "replace")
    template, _, rest = text.partition("\x00")
    paragraph, _, value = rest.partition("\x00")
    paragraphs = {"hilsen": paragraph} if not templates.check(paragraph, templates.COMMON, None) else {}
    for kind, allowed in templates.ALLOWED.items():
        if templates.check(template, allowed, paragraphs):
            continue
        # A shared paragraph may name what only a unit's letter knows; other letters leave it out.
        filled = dict.fromkeys(templates.COMMON, "") | dict.fromkeys(allowed, f"\ue000{value}\ue000")
        whole = templates.expand(template, paragraphs)
        letter = templates.fill(whole, filled)
        rest = letter.replace(f"\ue000{value}\ue000", "")
        assert "\ue000" in template + paragraph or "\ue000" not in rest, kind
        assert not templates.PLACEHOLDER.search(rest) or value or "\ue000" in whole, f"{kind}: left over in {letter!r}"
        templates.fill(whole, filled | dict.fromkeys(sorted(allowed)[::2], None))


def masking(data: bytes) -> None:
    """Spans lie in the text, in order and apart; no CPR number is left, in whatever it is embedded."""
    text = data.decode("utf-8", "replace")
    position = 0
    for start, end, _kind in identities.masks(text):
        assert position <= start < end <= len(text), "spans in order"
        position = end
    hidden = "".join(each for each in identities.masked(text) if unicodedata.category(each) != "Cf")
    assert not (left := CPR.search(hidden)), f"{left and left[0]!r} is left of {text!r}"
    form = FORMS[data[0] % len(FORMS)] if data else FORMS[0]
    before, after = text[: len(text) // 2], text[len(text) // 2 :]
    planted = f"{before}\nCPR: {form}\n\n{after}"
    assert f"\nCPR: {form}\n\n" not in identities.masked(planted), f"{form!r} is shown in {planted!r}"


TARGETS: dict[str, Callable[[bytes], None]] = {
    "parser": parser,
    "sanitiser": sanitiser,
    "filling": filling,
    "masking": masking,
}
