"""Read mail addresses: whole, or not at all. The one place that knows what an address is and which two are the same.

Shown and kept as people write them: letters of any alphabet before the @ (RFC 6532), domains in their own letters.
The standard library's readers join what blanks separate, take names for addresses, and need minutes for some headers.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

import idna

LONGEST = 254
"""Bytes of an address (RFC 5321, 4.5.3.1.3)."""
LONGEST_LOCAL = 64
"""Characters before the @ (RFC 5321, 4.5.3.1.1)."""
NAME_LENGTH = 200
INVISIBLE = "\xad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""What comes along when an address is copied: harmless around one, never right within it."""
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_DOTTED = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ENCODED = re.compile(r"=\?[^?\s]{1,80}\?[bq]\?[^?]*\?=", re.IGNORECASE)
_LITERAL = re.compile(r"\[(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]", re.IGNORECASE)
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ROUTE = re.compile(r"\s*(?:@[^\s<>:,@]+\s*,?\s*)+:")
_AROUND_AT = re.compile(r"\s*@\s*")
_IN_TEXT = re.compile(r"[^\s<>\"'(),;:\[\]@]{1,100}@[^\s<>\"'(),;:\[\]@!?]{1,200}")
_BRACKETS = re.compile(r"\[([^\[\]\s]{1,640})\]")
_TOKEN = re.compile(
    r"""(?P<encoded>=\?[^?\s]{1,80}\?[bqBQ]\?[^?]*\?=)
    |(?P<comment>\([^()]*\))
    |(?P<angle><(?:\s*(?:@[^<>:"@]{1,255})+:)?(?:"(?:[^"\\]|\\.){0,255}"|[^<>",;])*(?:>|(?=[,;]|\Z)))
    |(?P<scheme>mailto:)
    |(?P<separator>[,;])
    |(?P<colon>:)
    |(?P<blank>\s+)
    |(?P<word>[^\s"(<>,;:=m]+|[=m])
    |(?P<stray>.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Named:
    """An address with the name beside it. Either is "" where there is none."""

    name: str
    address: str
    lifted: bool = field(default=False, compare=False)
    """The address was hidden in an encoded word or in quotes: no server that checks senders has seen it there (RFC 2047, 5)."""


def parse(text: str) -> str | None:
    """Read one bare address. None for what is not surely one."""
    text = unicodedata.normalize("NFC", text.strip().strip(INVISIBLE).strip())
    local, _, domain = text.rpartition("@")
    local, domain = _local(local), _domain(domain)
    whole = f"{local}@{domain}"
    return whole if local and domain and len(whole.encode()) <= LONGEST else None


def typed(text: str) -> str | None:
    """Read the one address that a person has typed.

    Typed or pasted, with or without a name; None for none or several.
    """
    text = text.strip()
    if text.lower().startswith("mailto:"):
        text = unquote(text[7:].partition("?")[0])
    found = {key(each.address): each.address for each in listed(text) if each.address}
    return next(iter(found.values())) if len(found) == 1 else None


def in_text(text: str) -> list[str]:
    """Find the addresses in running text, as they are written there.

    Only what surely is one. To hide whatever may be one is another matter, and wider: learning/identities.py.
    """
    found = (each.strip("*`.") for each in _IN_TEXT.findall(text))
    return [each for each in found if parse(each)]


def in_angles(text: str) -> str:
    """Put an address in square brackets, as Outlook writes it in a text, into the angle brackets of a header."""
    return _BRACKETS.sub(lambda match: f"<{match[1]}>" if typed(match[1]) else match[0], text)


def key(address: str) -> str:
    """Return the form that a mailbox's addresses share. Small letters, the domain as the wire has it; "" for ""."""
    whole = parse(address)
    if whole is None:
        return address.strip().lower()
    local, _, domain = whole.rpartition("@")
    return f"{local.lower()}@{_ascii(domain).lower()}"


def same(one: str, other: str) -> bool:
    """Tell whether two addresses lead to one mailbox. As far as can be seen from outside."""
    return bool(one) and key(one) == key(other)


def untagged(address: str) -> tuple[str, str]:
    """Return a mailbox's name and domain without the tag that its owner may choose anew for each mail ("bo+x@…", RFC 5233)."""
    local, _, at = key(address).rpartition("@")
    return local.partition("+")[0] or local, at


def tagged(address: str, tag: str) -> str:
    """Return a mailbox's address with a tag ("post+x@…"); "" where it has one already, or would be longer than 64 before the @."""
    local, _, at = key(address).rpartition("@")
    longer = f"{local}+{tag}"
    return f"{longer}@{at}" if local.isascii() and "+" not in local and len(longer) <= LONGEST_LOCAL else ""


def tag_of(address: str) -> str:
    """Return the tag of an address; "" where it has none."""
    return key(address).rpartition("@")[0].partition("+")[2]


def domain(address: str) -> str:
    """Return the part after the @, for comparing."""
    return key(address).rpartition("@")[2]


def needs_smtputf8(address: str) -> bool:
    """Tell whether an address needs SMTPUTF8 (RFC 6531). A domain alone has a form in plain letters."""
    return not address.rpartition("@")[0].isascii()


def on_wire(address: str) -> str:
    """Return an address as headers and envelopes have it."""
    local, at, host = address.rpartition("@")
    return f"{local}{at}{_ascii(host)}" if local.isascii() else address


def listed(text: str, decode: Callable[[str], str] = str) -> tuple[Named, ...]:
    """Read a header of addresses. Also what stands for one; each address is whole or "".

    Args:
        text: undecoded, so that no encoded word passes its content off as an address or a separator.
        decode: reads encoded words; used for names, and for what holds its address inside one.
    """
    return tuple(each for item in _items(text) if (each := item.read(decode)) != Named("", ""))


def _unsafe(text: str) -> bool:
    """Tell whether a text has invisible or unreadable letters."""
    return "\ufffd" in text or any(unicodedata.category(letter) in _UNSAFE for letter in text)


def _local(text: str) -> str:
    """The part before the @; "" where it is none. A quoted one that need not be is written plainly."""
    if _unsafe(text.replace(" ", "")) or _ENCODED.search(text):
        return ""
    if _DOTTED.fullmatch(text):
        return text
    if not _QUOTED.fullmatch(text):
        return ""
    inner = re.sub(r"\\(.)", r"\1", text[1:-1])
    return inner if _DOTTED.fullmatch(inner) else text if inner.strip() else ""


def _domain(text: str) -> str:
    """The part after the @, in its own letters; "" where it is none. A dot at its end names the same domain."""
    text = text.removesuffix(".")
    if _LITERAL.fullmatch(text):
        return text
    if text.isascii() and (not _HOST.fullmatch(text) or "xn--" not in text.lower()):
        return text if _HOST.fullmatch(text) else ""
    if _unsafe(text):
        return ""
    try:
        return idna.decode(idna.encode(text, uts46=True))
    except (idna.IDNAError, UnicodeError):
        return text if text.isascii() else ""


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return host


@dataclass(slots=True)
class _Item:
    """One item of a header, between two separators."""

    angles: list[str] = field(default_factory=list)
    chunks: list[tuple[str, str]] = field(default_factory=list)
    """Runs without blanks: (kind, text); kind is "plain" where anything in it is outside quotes and encoded words."""
    comments: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    """Plain runs behind an address in angle brackets."""
    run: str = ""
    run_kind: str = ""

    def take(self, kind: str, part: str) -> None:
        """Add a piece; all but words, quotes and encoded words ends a run."""
        if kind in ("encoded", "quoted", "word", "colon"):
            whole = kind in ("encoded", "quoted") and self.run_kind in ("", kind)
            self.run, self.run_kind = self.run + part, kind if whole else "plain"
            return
        self.end_run()
        if kind == "angle":
            self.angles.append(part.strip("<>"))
        elif kind == "comment":
            self.comments.append(part[1:-1])

    def end_run(self) -> None:
        """The run that was begun is whole."""
        if self.run:
            self.chunks.append((self.run_kind, self.run))
        if self.run and self.run_kind == "plain" and self.angles:
            self.after.append(self.run)
        self.run, self.run_kind = "", ""

    def read(self, decode: Callable[[str], str], *, closed: bool = False) -> Named:
        """Read the one address of the item.

        "" where there is none, or more than one that it could be. Where it is `closed`, nothing encoded or quoted is
        opened.
        """
        chunks = _joined_at(self.chunks)
        angles = [each for each in self.angles if "@" in each or _ENCODED.fullmatch(each.strip())]
        if angles:
            lifted = any(_is_encoded(_inner(each)) for each in angles)
            found = {_within(each, decode) for each in angles}
            found |= {each for text in self.after if (each := parse(text))}
            if lifted:  # what stands there plainly is what a server has seen
                found |= {each for kind, text in chunks if kind == "plain" and (each := parse(text))}
            whole = next(iter(found)) if len({key(each or "") for each in found}) == 1 else None
            return self._named([text for _, text in chunks], whole, decode, lifted=lifted)
        plain = [text for kind, text in chunks if kind == "plain"]
        if len(plain) == 1 and "@" in plain[0]:
            return self._named([text for kind, text in chunks if kind != "plain"], parse(plain[0]), decode)
        if not plain and len(chunks) == 1 and not self.angles and not closed:
            return self._inside(chunks[0][1], decode)
        return self._named([text for _, text in chunks], None, decode)

    def _inside(self, text: str, decode: Callable[[str], str]) -> Named:
        """Return an address inside an encoded word or quotes. With its name or alone, and nothing beside it."""
        items = [item.read(decode, closed=True) for item in _items(decode(_unquoted(text)))]
        inner = [each for each in items if each.address]
        if len(inner) == 1 and not any(parse(each) for each in self.comments):
            return replace(inner[0], lifted=True)
        return self._named([text], None, decode)

    def _named(
        self, words: Iterable[str], address: str | None, decode: Callable[[str], str], *, lifted: bool = False
    ) -> Named:
        name = _shown(" ".join(map(_unquoted, words)), decode) or _shown(" ".join(self.comments), decode)
        return Named("" if same(name, address or "") else name, address or "", lifted=lifted and bool(address))


def _items(text: str) -> Iterator[_Item]:
    """Split a header at commas and semicolons. The name before a group's colon is no part of its first member."""
    item = _Item()
    for kind, part in _tokens(text):
        if kind == "separator":
            item.end_run()
            yield item
            item = _Item()
        elif kind == "colon" and "@" not in item.run:
            item = _Item()
        else:
            item.take(kind, part)
    item.end_run()
    yield item


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """The pieces of a header, comments within comments as one.

    An end that is not found is looked for once: of a thousand open brackets each would be followed to the end.
    """
    position, closing = 0, {'"': _end_of_quote, "(": _end_of_comment}
    while position < len(text):
        opening = text[position]
        if opening in closing:
            if end := closing[opening](text, position):
                yield "quoted" if opening == '"' else "comment", text[position:end]
                position = end
                continue
            del closing[opening]
        match = _TOKEN.match(text, position)
        assert match is not None
        assert match.lastgroup is not None
        yield match.lastgroup, match[0]
        position = match.end()


def _end_of_quote(text: str, start: int) -> int:
    found = _QUOTED.match(text, start)
    return found.end() if found else 0


def _end_of_comment(text: str, start: int) -> int:
    """Behind the bracket that closes the one at `start`; 0 where none does."""
    depth, position = 0, start
    while position < len(text):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        position += 2 if text[position] == "\\" else 1
        if depth == 0:
            return min(position, len(text))
    return 0


def _joined_at(chunks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Join an address around an @ with blanks.

    Blanks are allowed beside it (RFC 5322, 4.4), where one word stands on each side and no other.
    """
    if 2 <= len(chunks) <= 3 and sum(text.count("@") for _, text in chunks) == 1:
        joined = [text for _, text in chunks]
        first, last = joined[0], joined[-1]
        if (len(joined) == 3 and joined[1] == "@") or (len(joined) == 2 and (first[-1] == "@" or last[0] == "@")):
            return [("plain", "".join(joined))]
    return chunks


def _within(angle: str, decode: Callable[[str], str]) -> str | None:
    """Return the address in angle brackets.

    After a source route (RFC 5321, 4.1.1.3) and `mailto:`, without its comments.
    """
    text = _inner(angle)
    if _is_encoded(text):
        text = decode(text.strip())
    return parse(text if '"' in text else _AROUND_AT.sub("@", text))


def _inner(angle: str) -> str:
    parts = _tokens(_ROUTE.sub("", angle, count=1))
    return "".join(part for token, part in parts if token not in ("comment", "scheme"))


def _is_encoded(text: str) -> bool:
    return _ENCODED.fullmatch(text.strip()) is not None


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else text


def _shown(name: str, decode: Callable[[str], str]) -> str:
    return " ".join(decode(name).split()).strip("<>\"' ")[:NAME_LENGTH].strip()
