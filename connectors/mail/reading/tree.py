"""The parts of a mail, read within limits. The standard library reads them, and has no such limits itself."""

import re
from collections.abc import Iterator
from email.errors import MissingHeaderBodySeparatorDefect
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import Compat32
from itertools import count
from typing import Any

from connectors.mail.reading import boundaries, head, parameters
from connectors.mail.reading.limits import Limits, MailUnreadable
from connectors.mail.reading.notes import ReadingNotes, Repair

CHUNK = 256 * 1024
"""A mail given to the library in one piece costs it five times its size, before it has read a line."""
KIND = re.compile(r"[\s\"';]*([\w!#$&^.+-]{1,100})\s*/\s*([\w!#$&^.+-]{1,100})", re.ASCII)
REREAD = 10
"""Parts of a mail that are read anew because their marks were wrong: each costs the time of a mail."""


class MimePart(Message):
    """A part of a mail. A mail within the mail stays closed, so that its bytes remain exactly as they came."""

    def kind(self) -> str:
        """Return the content type that the part claims."""
        claimed = self.field("content-type")
        found = KIND.match(claimed)
        if found:
            return f"{found[1]}/{found[2]}".lower()
        return "text/html" if "html" in claimed.lower() else self.get_default_type()

    def get_content_type(self) -> str:
        """Return the content type the library's parser is told. The parser opens what calls itself message/*."""
        kind = self.kind()
        return "application/octet-stream" if kind.startswith("message/") else kind

    def get_boundary(self, failobj: Any = None) -> Any:
        """Return the boundary the library's parser looks for."""
        return parameters.read(self.field("content-type")).get("boundary", "").rstrip() or failobj

    def field(self, name: str) -> str:
        """Return the first header of that name. As it came, raw bytes as surrogates; "" where there is none."""
        return next((str(value) for key, value in self.raw_items() if key.lower() == name), "")

    def content(self) -> bytes:
        """Return the bytes of a part. For parts that are no containers; in their transfer encoding."""
        payload = self._payload  # type: ignore[attr-defined]
        return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""

    def bytes_again(self) -> bytes:
        """Return the whole part as it came. Only the line between header and content may differ."""
        fields = "".join(f"{name}: {value}\n" for name, value in self.raw_items())
        return fields.encode("utf-8", "surrogateescape") + self.content()


class _Bounded(Compat32):
    """The old parsing policy, with bounded headers.

    Four times as fast as the new one; headers with parameters are cut to a length that can be read.
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        object.__setattr__(self, "_limit", limits.structured_chars)

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: self._limit] if name.lower().startswith("content-") else value  # type: ignore[attr-defined]


def read(raw: bytes, limits: Limits, notes: ReadingNotes) -> MimePart:
    """Read a mail's parts.

    Raises:
        MailUnreadable: too_many_parts, as soon as there are.
        RecursionError: it is far too deep.
    """
    return _read(head.mended(raw, notes), limits)


def _read(raw: bytes, limits: Limits) -> MimePart:
    made = count()

    def part(*, policy: Any) -> MimePart:
        if next(made) > limits.parts + 1:  # one more than parts: the parser tries us out first
            raise MailUnreadable("too_many_parts")
        return MimePart(policy=policy)

    make: Any = part
    parser = BytesFeedParser(make, policy=_Bounded(limits))
    for start in range(0, len(raw), CHUNK):
        parser.feed(raw[start : start + CHUNK])
    mail = parser.close()
    assert isinstance(mail, MimePart)
    return mail


def leaves(mail: MimePart, limits: Limits, notes: ReadingNotes) -> Iterator[tuple[MimePart, int | None]]:
    """Yield every part that is no container.

    In reading order, each with the multipart/alternative it stands in, if any.

    Raises:
        MailUnreadable: too_deep or too_many_parts.
    """
    todo: list[tuple[MimePart, int, int | None]] = [(mail, 1, None)]
    met, again = count(1), count()
    while todo:
        part, depth, choice = todo.pop()
        number = next(met)
        if depth > limits.depth:
            raise MailUnreadable("too_deep")
        if number > limits.parts:
            raise MailUnreadable("too_many_parts")
        anew = None if part.is_multipart() else _bytes_anew(part, notes)
        if anew is not None and next(again) < REREAD:
            part = _read(anew, limits)
        if part.is_multipart():
            inner = number if choice is None and part.kind() == "multipart/alternative" else choice
            children: list[MimePart] = part.get_payload()  # type: ignore[assignment]
            if boundaries.is_text(part.preamble):
                yield _before(part, limits, notes), None
            late = _late(part, limits, notes) if _has_late(part) and next(again) < REREAD else None
            todo += [(child, depth + 1, inner) for child in reversed([*children, late] if late else children)]
        else:
            yield part, choice


def _before(part: MimePart, limits: Limits, notes: ReadingNotes) -> MimePart:
    """The text that somebody wrote where only a word about MIME should stand."""
    notes.mended(Repair.BOUNDARY)
    return _read(b"\n" + (part.preamble or "").encode("utf-8", "surrogateescape"), limits)


def _has_late(part: MimePart) -> bool:
    return boundaries.after_the_end(part.epilogue, part.get_boundary() or "")


def _late(part: MimePart, limits: Limits, notes: ReadingNotes) -> MimePart:
    """The parts behind a multipart's last mark, as a part of their own."""
    notes.mended(Repair.BOUNDARY)
    return _read(
        _opening("multipart/mixed", part.get_boundary()) + (part.epilogue or "").encode("utf-8", "surrogateescape"),
        limits,
    )


def _opening(kind: str, boundary: str) -> bytes:
    return f'Content-Type: {kind}; boundary="{boundary}"\n\n'.encode("utf-8", "surrogateescape")


def _bytes_anew(part: MimePart, notes: ReadingNotes) -> bytes | None:
    """Return a part's bytes repaired.

    The faults that kept it from being read are put right; None where there are none.
    """
    if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in part.defects):
        own = ReadingNotes()
        mended = head.mended(part.bytes_again(), own, whole=False)
        if Repair.HEADER in own.repairs and not mended.endswith(b"\n" + part.content()):
            notes.mended(Repair.HEADER)
            return mended
    kind = part.kind()
    if not kind.startswith(("multipart/", "text/")):
        return None
    content = part.content().decode("utf-8", "surrogateescape")
    field = part.field("content-type")
    if kind.startswith("multipart/"):
        boundary = boundaries.guess(content, field)
    else:
        kind, boundary = "multipart/mixed", boundaries.undeclared(content)
    if boundary is None:
        return None
    notes.mended(Repair.BOUNDARY)
    return _opening(kind, boundary) + part.content()
