"""The mails that are compared: public corpora and small cases beside this checkout."""

import re
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tests.shared import CASES, MAILS

HEAD = 20_000
FIRST = re.compile(rb"(?:\xef\xbb\xbf|\s*\n)?(?:>?From [^\n]*\n)?[!-9;-~]+[ \t]*:", re.ASCII)
MAIL_FIELD = re.compile(
    rb"^(?:from|to|subject|date|message-id|mime-version|content-type|received|return-path)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)


def is_mail(raw: bytes) -> bool:
    """Whether a file of a corpus is a mail: beside them lie pictures, expectations, and notes on licences."""
    head = raw[:HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return FIRST.match(raw) is not None and MAIL_FIELD.search(head) is not None


def unpacked(target: Path, *, most: int | None = None) -> Iterator[Path]:
    """Every mail there is, as a file below `target`; of each archive at most so many."""
    for archive in sorted(MAILS.glob("*.tar.gz")):
        with tarfile.open(archive) as files:
            yield from islice(_mails(files, target), most)
    yield from sorted(CASES.glob("*.eml"))


def _mails(files: tarfile.TarFile, target: Path) -> Iterator[Path]:
    for member in files:
        extracted = files.extractfile(member) if member.isfile() else None
        raw = extracted.read() if extracted else b""
        if is_mail(raw):
            path = target / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
            yield path
