"""A day of the invented municipality whose mailboxes are on three mail systems at once."""

from pathlib import Path

from app.config import Settings
from app.demo.municipality import load
from connectors.mail.reading.parser import MailParser
from tests.connectors.imap import dovecot_server, estate, needs_dovecot
from tests.joined_systems import DOVECOT, ON_PREMISES, ONLINE, joined_town, played, spread
from tests.standins.dovecot import Estate

__all__ = ["dovecot_server", "estate"]
SOME = ("Park og Natur", "Vejvedligehold", "Byggetilladelser", "Renhold", "P-afgifter", "Byggetilsyn")


@needs_dovecot
def test_a_day_on_three_mail_systems(settings: Settings, parser: MailParser, estate: Estate, tmp_path: Path) -> None:
    with joined_town(settings, parser, estate, tmp_path, spread(load(), SOME)) as town:
        day = played(town, 20)
    assert day.fine(), day
    systems = {ON_PREMISES, ONLINE, DOVECOT}
    assert {here for here, _ in day.ways} == {there for _, there in day.ways} == systems
    assert sum(count for (here, there), count in day.ways.items() if here != there) >= 5, "most cross over"
