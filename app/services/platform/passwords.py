"""Hash passwords, try them, and refuse those that somebody guesses."""

import re
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.errors import RefusedError

SHORTEST, LONGEST = 12, 1_000
ESTIMATED = 72
"""So many characters are estimated; more take the estimate seconds."""
STRONG = 3
"""Of the estimate's 0 to 4: some 10^8 guesses do not find it."""
OF_THEIR_OWN = 6
"""So many signs must be left without what anybody knows of the person."""
_hasher = PasswordHasher()
DECOY = _hasher.hash("nobody has this password")
"""Tried where there is no account, so that both take as long."""


def hashed(password: str) -> str:
    return _hasher.hash(password)


def fits(password_hash: str, password: str) -> bool:
    """Tell whether a password fits its hash. A password that is longer than any of ours may be is cut."""
    try:
        return _hasher.verify(password_hash, password[:LONGEST])
    except (Argon2Error, InvalidHashError):
        return False


def refuse_weak(password: str, *known: str) -> None:
    """Refuse a password that is short or easily guessed. `known` is what anybody knows of the person.

    Raises:
        RefusedError: it is, and the code says what is wrong with it.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise RefusedError("password_length")
    theirs = {word.casefold() for each in (*known, "sluse kommune") for word in re.split(r"\W+", each) if len(word) > 1}
    if len(_without(password, theirs)) < OF_THEIR_OWN or _score(password, theirs) < STRONG:
        raise RefusedError("password_guessed")


def _without(password: str, words: Iterable[str]) -> str:
    """Return what is left of a password without words that anybody knows."""
    left = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return re.sub(r"\W+", "", left)


def _score(text: str, known: Iterable[str]) -> int:
    """Estimate how many guesses find a text, from 0 for none to 4."""
    from zxcvbn import zxcvbn  # its lists of words take memory that most processes never need

    return int(zxcvbn(text[:ESTIMATED], user_inputs=list(known), max_length=ESTIMATED)["score"])
