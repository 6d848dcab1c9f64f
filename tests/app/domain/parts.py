"""Give a mail the parts that a bounce has."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    content_type: str
    content: bytes
