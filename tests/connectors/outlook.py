"""Write messages as Outlook saves them: a compound file (MS-CFB) with the few properties that a test wants (MS-OXMSG)."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SECTOR, SMALL, CUTOFF = 512, 64, 4096
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
Tree = dict[str, Any]
"""Streams as bytes, storages as further trees."""


@dataclass
class Message:
    """A message as Outlook knows it. Numbers are MAPI's; texts are kept wide."""

    texts: dict[int, str] = field(default_factory=dict)
    binaries: dict[int, bytes] = field(default_factory=dict)
    sent: datetime | None = None
    people: Sequence[tuple[int, str, str]] = ()
    """Kind (1 To, 2 Cc, 3 Bcc), name and address."""
    files: Sequence[tuple[str, "bytes | Message"]] = ()

    def tree(self, head: int = 32) -> Tree:
        ticks = int((self.sent - EPOCH).total_seconds()) * 10_000_000 if self.sent else 0
        shorts = {(0x0040, 0x0039): ticks.to_bytes(8, "little")} if self.sent else {}
        found: Tree = {"__properties_version1.0": _properties(head, shorts), **_texts(self.texts)}
        found |= {f"__substg1.0_{number:04X}0102": value for number, value in self.binaries.items()}
        for number, (kind, name, address) in enumerate(self.people):
            shorts = {(3, 0x0C15): struct.pack("<Q", kind)}
            found[f"__recip_version1.0_#{number:08X}"] = {
                "__properties_version1.0": _properties(8, shorts), **_texts({0x3001: name, 0x39FE: address}),
            }  # fmt: skip
        for number, (name, content) in enumerate(self.files):
            embedded = isinstance(content, Message)
            shorts = {(3, 0x3705): struct.pack("<Q", 5 if embedded else 1)}
            inner: Tree = {"__properties_version1.0": _properties(8, shorts), **_texts({0x3707: name})}
            if isinstance(content, Message):
                inner["__substg1.0_3701000D"] = content.tree(24)
            else:
                inner["__substg1.0_37010102"] = content
            found[f"__attach_version1.0_#{number:08X}"] = inner
        return found

    def written(self) -> bytes:
        """Return the file."""
        return compound(self.tree())


def _texts(texts: Mapping[int, str]) -> Tree:
    return {f"__substg1.0_{number:04X}001F": text.encode("utf-16-le") for number, text in texts.items()}


def _properties(head: int, shorts: Mapping[tuple[int, int], bytes]) -> bytes:
    entries = (struct.pack("<HHI8s", kind, number, 6, value) for (kind, number), value in shorts.items())
    return bytes(head) + b"".join(entries)


class _Writer:
    def __init__(self) -> None:
        self.sectors: list[bytes] = []
        self.fat: list[int] = []
        self.mini, self.mini_fat = b"", list[int]()
        self.entries: list[list[Any]] = []

    def chain(self, content: bytes) -> int:
        """Lay content into sectors; return the first."""
        start = len(self.sectors)
        parts = [content[n : n + SECTOR].ljust(SECTOR, b"\0") for n in range(0, len(content), SECTOR)]
        self.sectors += parts
        self.fat += [start + n + 1 for n in range(len(parts) - 1)] + [END] * bool(parts)
        return start if parts else END

    def small(self, content: bytes) -> int:
        start, count = len(self.mini_fat), -(-len(content) // SMALL)
        self.mini += content.ljust(count * SMALL, b"\0")
        self.mini_fat += [start + n + 1 for n in range(count - 1)] + [END] * bool(count)
        return start if count else END

    def add(self, tree: Tree) -> int:
        """Write a storage's entries, each the right neighbour of the one before; return the first."""
        first = before = FREE
        for name in sorted(tree, key=lambda each: (len(each), each.upper())):
            value, number = tree[name], len(self.entries)
            self.entries.append([name, 1 if isinstance(value, dict) else 2, FREE, FREE, END, 0])
            if before == FREE:
                first = number
            else:
                self.entries[before][2] = number
            before = number
            if isinstance(value, dict):
                self.entries[number][3], self.entries[number][4] = self.add(value), 0
            else:
                lay = self.small if len(value) < CUTOFF else self.chain
                self.entries[number][4:] = [lay(value), len(value)]
        return first


def compound(tree: Tree) -> bytes:
    """Return a compound file."""
    writer = _Writer()
    writer.entries.append(["Root Entry", 5, FREE, FREE, END, 0])
    writer.entries[0][3] = writer.add(tree)
    writer.entries[0][4:] = [writer.chain(writer.mini), len(writer.mini)]
    mini_fat = writer.chain(b"".join(struct.pack("<I", each) for each in writer.mini_fat))
    directory = writer.chain(b"".join(_entry(*each) for each in writer.entries))
    sectors = -(-len(writer.mini_fat) * 4 // SECTOR)
    tables = 1
    while tables * SECTOR // 4 < len(writer.sectors) + tables:
        tables += 1
    first = len(writer.sectors)
    fat = [*writer.fat, *[FAT] * tables]
    fat += [FREE] * (tables * SECTOR // 4 - len(fat))
    table = b"".join(struct.pack("<I", each) for each in fat)
    places = [*range(first, first + tables), *[FREE] * (109 - tables)]
    head = struct.pack(
        "<8s16s6H10I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, tables, directory, 0, CUTOFF,
        mini_fat if sectors else END, sectors, END, 0,
    )  # fmt: skip
    return head + struct.pack("<109I", *places) + b"".join(writer.sectors) + table


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBB3I16sI16sIII", wide, len(wide), kind, 1, FREE, right, child, b"", 0, b"", start, size, 0)
