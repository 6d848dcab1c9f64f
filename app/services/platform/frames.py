"""A mail's own HTML as its frame shows it. The words stay as they came; links lose identities.

Words are read by whoever was let in; a link's target goes on to a stranger's machine as soon as somebody presses it.
"""

import html
import re
from urllib.parse import unquote

from learning.identities import masks

_LINK = re.compile(r'(<a\b(?: [a-z]+="[^"]*")*?) href="([^"]*)"')
"""A link as the sanitiser writes one; within words `<` is never one."""
_SAID = re.compile(r"[?#]")
_RECIPIENT = re.compile(r"mailto:[^?#]*", re.IGNORECASE)
_DECODED = 3
"""So often a target is read with its escapes undone: pages escape what is escaped."""
_NUMBERS_OF_THINGS = "phone"
"""Eight digits in a target are an order, an article, a case."""


def links_hidden(page: str) -> str:
    """Take identities out of a sanitised page's links."""
    return _LINK.sub(_link, page)


def _link(match: re.Match[str]) -> str:
    target = _target(html.unescape(match[2]))
    return f'{match[1]} href="{html.escape(target)}"' if target else match[1]


def _target(target: str) -> str:
    """Return a link's target without identities.

    Where there is one behind the path, all behind the path is cut; where there is one in the path, the result is "".
    """
    place = _SAID.split(target, maxsplit=1)[0]
    return next((each for each in (target, place) if not _tells(each)), "")


def _tells(target: str) -> bool:
    """Tell whether a link's target contains an identity. The recipient of a mail (mailto) does not count."""
    address = _RECIPIENT.sub("", target)
    for _ in range(_DECODED):
        if any(kind != _NUMBERS_OF_THINGS for _, _, kind in masks(address, strict=True)):
            return True
        address = unquote(address)
    return False
