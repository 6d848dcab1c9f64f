"""The parts of a mail, read by the standard library within limits that it does not have itself."""

from collections.abc import Iterator
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import Compat32
from itertools import count
from typing import Any

from connectors.mail.limits import Limits, MailUnreadable

CHUNK = 256 * 1024
"""A mail given to the library in one piece costs it five times its size, before it has read a line."""


class Part(Message):
    """A part of a mail. A mail within the mail stays closed, so that its bytes remain exactly as they came."""

    def kind(self) -> str:
        """The content type it claims."""
        return super().get_content_type()

    def get_content_type(self) -> str:
        """What the library's parser is told: it opens what calls itself message/*."""
        kind = super().get_content_type()
        return "application/octet-stream" if kind.startswith("message/") else kind


class _Bounded(Compat32):
    """The old policy, four times as fast as the new one; headers with parameters are cut to a length that can be read."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        object.__setattr__(self, "_limit", limits.structured_chars)

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: self._limit] if name.lower().startswith("content-") else value  # type: ignore[attr-defined]


def read(raw: bytes, limits: Limits) -> Part:
    """Read a mail's parts.

    Raises:
        MailUnreadable: too_many_parts, as soon as there are.
        RecursionError: it is far too deep.
    """
    made = count()

    def part(*, policy: Any) -> Part:
        if next(made) > limits.parts + 1:  # one more than parts: the parser tries us out first
            raise MailUnreadable("too_many_parts")
        return Part(policy=policy)

    make: Any = part
    parser = BytesFeedParser(make, policy=_Bounded(limits))
    for start in range(0, len(raw), CHUNK):
        parser.feed(raw[start : start + CHUNK])
    mail = parser.close()
    assert isinstance(mail, Part)
    return mail


def leaves(mail: Part, limits: Limits) -> Iterator[tuple[Part, int | None]]:
    """Every part that is no container, in reading order, and the multipart/alternative it stands in, if any.

    Raises:
        MailUnreadable: too_deep or too_many_parts.
    """
    todo: list[tuple[Part, int, int | None]] = [(mail, 1, None)]
    met = count(1)
    while todo:
        part, depth, choice = todo.pop()
        number = next(met)
        if depth > limits.depth:
            raise MailUnreadable("too_deep")
        if number > limits.parts:
            raise MailUnreadable("too_many_parts")
        if part.is_multipart():
            inner = number if choice is None and part.kind() == "multipart/alternative" else choice
            children: list[Part] = part.get_payload()  # type: ignore[assignment]
            todo += [(child, depth + 1, inner) for child in reversed(children)]
        else:
            yield part, choice
