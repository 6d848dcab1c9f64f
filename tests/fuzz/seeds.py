"""What fuzzing begins with: mails, pages, texts of our own, and the public ones where they lie beside the checkout."""

import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from app.domain import templates
from tests.fuzz.targets import FORMS
from tests.shared import CASES, MAILS
from tests.town import mail

PAGES = (
    '<p>Hej <b>alle</b> <a href="https://example.org/a?b=1&amp;c">her</a></p>',
    "<svg><script>alert(1)</script></svg><math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<form action="//x"><input name=a><button formaction=javascript:1>x</form><iframe srcdoc="<script>"></iframe>',
    '<a href="java\tscript:1">a</a><a href=" https://x.example">b</a><a href="//x">c</a><base href=//x><meta http-equiv=refresh>',
    "<!--><img src=x onerror=1>--><noscript><p title=\"</noscript><img src=x onerror=1>\"><template><td onclick=1>",
    "<table><tr><td colspan=2 style='background:url(//x)'>a<td rowspan=9>b</table><pre>\n\n x</pre><plaintext><b>",
    "<select><option><style></option></select><xmp></xmp><object data=x><embed src=x>\ufeff&lt;script&gt;&#60;b&#62;",
)  # fmt: skip
TEXTS = (
    *templates.BUILT_IN.values(), templates.FORWARD, templates.RECALL,
    "Hej {afsender}\n\n{afsnit:hilsen}\x00Hilsen {enhed}\x00{emne}",
    "Senest den {frist}. Svar den {svarfrist}.\u2028{sagsnummer}\x00{\x00}", "{{frist}} }{ {afsnit:} {afsnit:hilsen",
)  # fmt: skip
WORDS = (
    *(f"Mit nummer er {form}, ring 12 34 56 78 eller skriv til a.b@example.org, konto DK50 0040 0440 1162 43" for form in FORMS),
    "Den 01.02.2026 kl. 10.30-12.00, sag 2026-000123, 8000 Aarhus C, 0101901234\n5678",
)  # fmt: skip


def seeds(target: str) -> Iterator[bytes]:
    """Return the inputs a target begins with."""
    if target == "parser":
        yield from _mails()
    elif target == "sanitiser":
        yield from (page.encode() for page in PAGES)
    elif target == "filling":
        yield from (text.encode() for text in TEXTS)
    else:
        yield from (words.encode() for words in WORDS)


def _mails() -> Iterator[bytes]:
    yield mail("Et hul i vejen", "Der er et hul i vejen.", html=PAGES[0], attachment=b"\x89PNG")
    yield mail("Æøå: 010190-1234", "Træet", headers={"X-Forwarded": "x", "Reply-To": "Æ <æ@example.org>"})
    yield from (file.read_bytes() for file in sorted(CASES.glob("*.eml")))


def public(count: int) -> Iterator[bytes]:
    """Return some small mails of the public corpora, one after the other of each."""
    for archive in sorted(MAILS.glob("*.tar.gz")):
        with tarfile.open(archive) as opened:
            files = (opened.extractfile(each) for each in opened if each.isfile() and each.size < 20_000)
            yield from (file.read() for file in islice(files, 0, 40 * count, 40) if file)


def write(target: str, folder: Path) -> None:
    """Write a target's seeds, each to a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [*seeds(target), *(public(40) if target == "parser" else ())]
    for number, content in enumerate(chosen):
        (folder / f"seed-{number:04}").write_bytes(content)
