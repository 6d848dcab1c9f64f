"""Fetch mails ahead: whoever lists a folder asks for its mails next, one by one, and each answer takes its time."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.mail.message import AnyFolder

MOST = 1024 * 1024
"""Bytes of a folder's mails that are held at once, beside the one that was asked for."""


@dataclass
class _Expected:
    """What was listed in a folder: sizes by key, in order, and what has been fetched of it."""

    sizes: dict[str, int]
    contents: dict[str, bytes] = field(default_factory=dict)


class Ahead:
    """What will be asked for next, by folder. Sizes are taken as they are told, which some servers do badly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folders: dict[tuple[str, AnyFolder], _Expected] = {}

    def expect(self, mailbox: str, folder: AnyFolder, listed: Sequence[tuple[str, int]]) -> None:
        """Note what was listed, with sizes, and forget what was before."""
        with self._lock:
            self._folders.pop((mailbox, folder), None)
            if listed:
                self._folders[mailbox, folder] = _Expected(dict(listed))

    def next_to(self, mailbox: str, folder: AnyFolder, key: str) -> list[str]:
        """Return a key, and those that are worth fetching with it."""
        with self._lock:
            expected = self._folders.get((mailbox, folder))
            if expected is None or key not in expected.sizes:
                return [key]
            keys = list(expected.sizes)
            chosen, room = [key], MOST
            for each in keys[keys.index(key) + 1 :]:
                room -= expected.sizes[each]
                if room < 0:
                    break
                chosen.append(each)
            return chosen

    def keep(self, mailbox: str, folder: AnyFolder, contents: Mapping[str, bytes]) -> None:
        """Keep what was fetched ahead, as far as there is room."""
        with self._lock:
            expected = self._folders.get((mailbox, folder))
            room = MOST
            for key, content in contents.items() if expected else ():
                room -= len(content)
                if expected and room >= 0:
                    expected.contents[key] = content

    def taken(self, mailbox: str, folder: AnyFolder, key: str) -> bytes | None:
        """Return what was fetched ahead, once."""
        with self._lock:
            expected = self._folders.get((mailbox, folder))
            return expected.contents.pop(key, None) if expected else None
