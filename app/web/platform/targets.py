"""The choice of where to go next. An address from outside may say so: only within this house."""

import unicodedata
from urllib.parse import unquote, urlsplit

from flask import redirect
from werkzeug.wrappers import Response

DECODED = 3
"""So many layers of %-encoding are looked through; what needs more is no address that one of our pages wrote."""


def local(target: str, otherwise: str) -> str:
    """Return the address if it is ours, else `otherwise`.

    Ours is a path within the house, however a browser or a server reads it.
    """
    return target if _is_local(target) else otherwise


def go(target: str, otherwise: str, code: int = 302) -> Response:
    """Redirect to an address from outside, if it is ours."""
    return redirect(local(target, otherwise), code)


def _is_local(target: str) -> bool:
    if not _is_plain_path(target):
        return False
    path = target.partition("?")[0].partition("#")[0]
    return all(_is_plain_path(path := unquote(path)) for _layer in range(DECODED))


def _is_plain_path(target: str) -> bool:
    """Tell whether an address is a plain path.

    Browsers drop control characters and blanks, and take a backslash for a slash: none of them is let through.

    A query may hold any of it, encoded once.
    """
    path = target.partition("?")[0].partition("#")[0]
    if any(unicodedata.category(sign) == "Cc" for sign in target):
        return False
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return False
    if any(unicodedata.category(sign)[0] in "CZ" for sign in path):
        return False
    try:
        found = urlsplit(path)
    except ValueError:
        return False
    return not found.scheme and not found.netloc
