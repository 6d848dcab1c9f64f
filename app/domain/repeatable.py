"""The writer's words that a robot's letter may repeat.

A robot's letter comes from the municipality's mailbox. A sender who writes a link into a name could have it sent from
there to a third party, so a text that is not plainly a name or a subject is replaced by a word of ours.
"""

import re
import unicodedata

from learning.identities import masks

CITIZEN = "borger"
"""Who has no name, or one that is none, is greeted by this."""
ENQUIRY = "din henvendelse"
"""What the mail was about, where its subject is not repeated."""
NAME_LENGTH, NAME_WORDS, NAME_DIGITS = 60, 7, 2
SUBJECT_LENGTH = 150

_NAME_SIGNS = frozenset(" .,-–&/()'’´`")
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_DOTS = r"[.\u3002]"
_DOMAIN_LIKE = re.compile(rf"\w-*{_DOTS}[^\W\d_]{{2,}}")
"""A dot within a word: `evil.example`; `J.P.` is none."""
_STROKE = re.compile(r"(?<![^\W\d_])[^\W\d_]/[^\W\d_](?![^\W\d_])")
"""The stroke of a company: `A/S`."""

_SCHEME = re.compile(r"://|\b(?:https?|ftp|mailto|tel|sms|skype|javascript|data):|\bwww\d?\b", re.IGNORECASE)
_SPELT_DOT = re.compile(rf"[\[({{<]\s?(?:{_DOTS}|dot|punktum|at|snabela)\s?[\])}}>]", re.IGNORECASE)
_SHORT_FORM = re.compile(r"\b(?:f\.eks|m\.fl|bl\.a|t\.ex|matr\.nr|nr\.\d+|kl\.\d+)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)")
"""Of a machine."""
_DATED = re.compile(
    r"\b(?:\d{4}-\d{6}|[0-3]?\d(?P<point>[./-])[01]?\d(?P=point)(?:\d\d){1,2}|\d{4}-\d\d-\d\d|\d{4}-\d{4})\b"
)
"""Numbers of cases, days and years, which are no telephone."""
_TELEPHONE = re.compile(r"(?:\d[\W_]{0,3}){7,}\d")
_DIRECTION = re.compile(r"[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def greeting_name(name: str) -> str:
    """Return a name to greet by. "borger" where it is none."""
    name = name.strip(" ")
    return name if may_greet(name) else CITIZEN


def may_greet(name: str) -> bool:
    """Tell whether a display name is one to greet by."""
    seen = unicodedata.normalize("NFKC", name)
    kinds = [unicodedata.category(each) for each in seen]
    letters, digits = sum(kind[0] == "L" for kind in kinds), sum(kind[0] == "N" for kind in kinds)
    return (
        letters >= 1
        and letters + digits >= 2
        and digits <= NAME_DIGITS
        and len(seen) <= NAME_LENGTH
        and len(seen.split()) <= NAME_WORDS
        and sum(kind[0] == "M" for kind in kinds) <= letters
        and all(map(_stands_in_a_name, seen, kinds))
        and not _like_a_link(seen)
    )


def _stands_in_a_name(sign: str, kind: str) -> bool:
    """Tell whether a sign may stand in a name.

    Letters, typed numerals and what joins a name's parts may; letters that look like signs may not.
    """
    return sign in _NAME_SIGNS or (kind[0] in "LM" and kind != "Lm") or kind == "Nd"


def _like_a_link(name: str) -> bool:
    return "/" in _STROKE.sub("", name) or "--" in name or bool(_DOMAIN_LIKE.search(name) or _SCHEME.search(name))


def may_repeat(subject: str) -> bool:
    """Tell whether a subject may stand in a robot's letter."""
    if len(subject) > SUBJECT_LENGTH or _DIRECTION.search(subject):
        return False
    seen = unicodedata.normalize("NFKC", subject)
    seen = "".join(each for each in seen if unicodedata.category(each) not in _UNSEEN or each.isspace())
    return not _leads_away(_SHORT_FORM.sub("", seen)) and not _calls(subject) and not _calls(seen)


def _leads_away(subject: str) -> bool:
    """Tell whether a subject leads to another place. To a place on the net, or to somebody's address."""
    if "@" in subject or _SCHEME.search(subject) or _SPELT_DOT.search(subject):
        return True
    subject = _DATED.sub("", subject)
    return bool(_DOMAIN_LIKE.search(subject) or _ADDRESS.search(subject))


def _calls(subject: str) -> bool:
    """Tell whether it says whom to call, write to or pay. A CPR number is the writer's own, and hidden anyhow."""
    position, rest = 0, ""
    for start, end, kind in masks(subject, strict=True):
        if kind != "cpr":
            return True
        rest, position = rest + subject[position:start] + " … ", end
    return _TELEPHONE.search(_DATED.sub(" … ", rest + subject[position:])) is not None
