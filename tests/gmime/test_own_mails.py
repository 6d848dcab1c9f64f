"""Our own mails, and mails as other programs write them, are read as GMime reads them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.demo.mails import Mails
from app.demo.municipality import load
from connectors.mail.compose import compose
from connectors.mail.message import MailAttachment, Outgoing
from connectors.mail.reading.parser import MailParser
from tests.gmime import comparison, verdicts
from tests.shared import CASES
from tests.town import mail

pytestmark = pytest.mark.skipif(not comparison.is_there(), reason="GMime is not on this machine (scripts/gmime)")
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FILES = (
    MailAttachment("Ansøgning på æblehave.pdf", "application/pdf", bytes(range(256)) * 40),
    MailAttachment("a.txt", "text/plain", b"x\r\n"),
)


def own() -> list[bytes]:
    """What Sluse writes itself, the demo's citizens, and a mail program with a page and a picture."""
    letters = [
        compose(
            Outgoing(
                f"<{n}@town.example.org>", "tmf@town.example.org", "ib@borger.example.org", subject, text, FILES[:n]
            )
        )
        for n, (subject, text) in enumerate(
            [("Kvittering", "Tak"), ("Svar på støj " * 9, "Æøå\n" * 90), ("=?x?=", "=3D == =\n")]
        )
    ]
    citizens = [each.raw for _, each in Mails(load(), 11).history(60, NOW)]
    return [*letters, *citizens, mail("Træ", "Træet", html="<p>Træet er <b>væltet</b></p>", attachment=b"\x89PNG" * 99)]


def test_gmime_reads_what_we_read(tmp_path: Path, parser: MailParser) -> None:
    paths = [tmp_path / f"{n}.eml" for n, _ in enumerate(own())]
    for path, raw in zip(paths, own(), strict=True):
        path.write_bytes(raw)
    found = dict(comparison.compared(paths, tmp_path, parser))
    assert len(found) == len(paths)
    assert None not in found.values()
    differing = [each for differences in found.values() for each in differences or ()]
    assert [(each.path.name, each.field) for each in differing if each.field != "names"] == []
    assert {verdicts.verdict(each) for each in differing} == {
        "of a name that is given in ASCII and in its own letters, the latter counts"
    }


@pytest.mark.skipif(not list(CASES.glob("*.eml")), reason="the small cases are not beside this checkout")
def test_every_difference_in_the_small_cases_is_explained(tmp_path: Path, parser: MailParser) -> None:
    paths = sorted(CASES.glob("*.eml"))
    found = [
        difference
        for _, differences in comparison.compared(paths, tmp_path, parser)
        for difference in differences or ()
    ]
    assert [str(each) for each in found if each.field != "addresses" and verdicts.verdict(each) is None] == []
    assert not any(map(comparison.shown_raw, found))
    assert {each.path.name[:3] for each in found if each.field == "text"} >= {"05b", "07-", "10-", "14-", "23-"}
