"""Sluse's reading of mails beside GMime's: what differs, field by field."""

import hashlib
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.mail.message import ParsedMail
from connectors.mail.reading import html
from connectors.mail.reading.headers import clean, filename
from connectors.mail.reading.limits import Limits, MailUnreadable
from connectors.mail.reading.parser import MailParser
from tests.gmime.line_ends import even

JUDGE = Path(__file__).with_name("judge.py")
SYSTEM_PYTHON = "/usr/bin/python3"
LIMITS = Limits()
PORTION = 100
FIELDS = ("subject", "addresses", "names", "bytes", "text")
Leaf = dict[str, Any]
Judged = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a mail that two readers read differently."""

    path: Path
    field: str
    ours: str
    theirs: str
    mail: ParsedMail | MailUnreadable
    judged: Judged


def is_there() -> bool:
    """Whether the system's Python can ask GMime."""
    code = "import gi; gi.require_version('GMime', '3.0'); from gi.repository import GMime"
    return (
        Path(SYSTEM_PYTHON).exists()
        and not subprocess.run([SYSTEM_PYTHON, "-c", code], capture_output=True, check=False).returncode
    )


def judged(paths: Sequence[Path], folder: Path) -> Iterator[Judged]:
    """What GMime says of each mail, in order."""
    listed, out = folder / "mails", folder / "judged"
    listed.write_text("\n".join(map(str, paths)))
    subprocess.run([SYSTEM_PYTHON, str(JUDGE), str(listed), str(out)], check=True, timeout=1200)
    with out.open() as lines:
        yield from map(json.loads, lines)


def compared(paths: Sequence[Path], folder: Path, parser: MailParser) -> Iterator[tuple[Path, list[Difference] | None]]:
    """Each mail with its differences; None where one of the two refused it."""
    verdicts = judged(paths, folder)
    for start in range(0, len(paths), PORTION):
        portion = paths[start : start + PORTION]
        mails = parser.parse_many([path.read_bytes() for path in portion])
        for path, mail, theirs in zip(portion, mails, verdicts, strict=False):
            refused = isinstance(mail, MailUnreadable) or theirs.get("refused")
            yield path, None if refused else list(differences(path, mail, theirs))


def differences(path: Path, mail: ParsedMail | MailUnreadable, theirs: Judged) -> Iterator[Difference]:
    """The fields of one mail that differ."""
    assert isinstance(mail, ParsedMail)
    for field in FIELDS:
        one, other = _OURS[field](mail, theirs), _THEIRS[field](mail, theirs)
        if one != other:
            yield Difference(path, field, str(one), str(other), mail, theirs)


def line(text: str) -> str:
    """A text on one clean line."""
    return " ".join(clean(text).split())


def addresses(mail: ParsedMail) -> tuple[set[str], set[str]]:
    """Those of From, and those of To and Cc."""
    return {each.address for each in mail.correspondents.authors if each.address}, set(mail.recipients)


def their_addresses(theirs: Judged) -> tuple[set[str], set[str]]:
    """The same as GMime has them."""
    named, to = ({line(each) for each in theirs[field] if "@" in each} for field in ("from", "to"))
    return named, to


def _sorted(found: tuple[set[str], set[str]]) -> list[list[str]]:
    return [sorted(each) for each in found]


def is_text(leaf: Leaf) -> bool:
    """Whether GMime's leaf is text that is read in the mail itself."""
    return leaf["kind"] in ("text/plain", "text/html") and not leaf["sent_along"] and not leaf["name"]


def _files(theirs: Judged) -> list[Leaf]:
    return [leaf for leaf in theirs["leaves"] if not is_text(leaf)]


def _names(mail: ParsedMail, theirs: Judged) -> list[str]:
    return sorted(each.filename for each in mail.attachments if not each.filename.startswith("bilag "))


def _their_names(mail: ParsedMail, theirs: Judged) -> list[str]:
    return sorted(filename(line(leaf["name"]), LIMITS) for leaf in _files(theirs) if leaf["name"])


def _digests(mail: ParsedMail, theirs: Judged) -> list[str]:
    """Of texts without what their lines end with: mail systems change it on the way."""
    return sorted(digest(each.content, each.content_type) for each in mail.attachments)


def digest(content: bytes, kind: str) -> str:
    """The sum of an attachment's bytes."""
    return hashlib.sha256(even(content) if kind.startswith(("text/", "message/")) else content).hexdigest()


def _their_digests(mail: ParsedMail, theirs: Judged) -> list[str]:
    texts = ("text/", "message/")
    return sorted(leaf["even" if leaf["kind"].startswith(texts) else "sha256"] for leaf in _files(theirs))


def _words(mail: ParsedMail, theirs: Judged) -> str:
    return line(mail.text)


def _their_words(mail: ParsedMail, theirs: Judged) -> str:
    """The texts in reading order; of alternatives the plain one, where it says anything."""
    texts = [leaf for leaf in theirs["leaves"] if is_text(leaf)]
    plain = {leaf["choice"] for leaf in texts if leaf["kind"] == "text/plain" and leaf["text"].strip()} - {None}
    made: dict[str, None] = {}
    for leaf in texts:
        if leaf["kind"] == "text/plain":
            made[line(leaf["text"])] = None
        elif leaf["choice"] not in plain:
            made[_rendered(mail, clean(leaf["text"]))] = None
    return line(" ".join(made))[: LIMITS.text_chars]


def _rendered(mail: ParsedMail, page: str) -> str:
    """The words of a page; where both have the same page they have the same words, and rendering takes its time."""
    if page and mail.html == html.squeeze(page)[: LIMITS.html_bytes]:
        return line(mail.text)
    return line(html.to_text(html.squeeze(page), LIMITS.html_bytes))


_OURS = {
    "subject": lambda mail, theirs: mail.subject,
    "addresses": lambda mail, theirs: _sorted(addresses(mail)),
    "names": _names,
    "bytes": _digests,
    "text": _words,
}
_THEIRS = {
    "subject": lambda mail, theirs: line(theirs["subject"])[:500],
    "addresses": lambda mail, theirs: _sorted(their_addresses(theirs)),
    "names": _their_names,
    "bytes": _their_digests,
    "text": _their_words,
}


def agreement(found: Sequence[list[Difference] | None]) -> dict[str, float]:
    """Share of the mails both read whose field is the same."""
    both = [each for each in found if each is not None]
    counted = Counter(difference.field for each in both for difference in each)
    return {field: 1 - counted[field] / len(both) for field in FIELDS}


RAW = (
    re.compile(r"\bcontent-(?:type|transfer-encoding)[ \t]*:", re.IGNORECASE),
    re.compile(r"(?<![\w/+=-])[A-Za-z0-9+/]{60,}={0,2}(?![\w/+=-])"),
    re.compile("[\u00c3\u00c2][\u0080-\u00bf]|\u00e2\u20ac"),
)
"""A field of MIME, a line of base64, UTF-8 read as something else."""


def shown_raw(difference: Difference) -> bool:
    """Whether a text shows what is no text, and more of it than GMime's reading does."""
    return (
        difference.field == "text"
        and bool(difference.theirs)
        and any(len(mark.findall(difference.ours)) > len(mark.findall(difference.theirs)) for mark in RAW)
    )
