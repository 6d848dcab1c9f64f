"""`sluse check-connector`: try a mail system on a test mailbox.

What it keeps of what the robot relies on is told as text, and as a page to hand on.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from app import connectors_by_name, database
from app.config import Settings
from app.domain.deadlines import COPENHAGEN
from app.mail_settings import MailSystem
from app.services.inbound import connector_check
from app.services.inbound.connector_check import Outcome, Verdict, Waits
from app.services.organisation import added_mail_systems
from app.services.organisation.added_mail_systems import Unusable
from connectors.mail import addresses
from connectors.mail.systems import MAIN

OF_MAIN = added_mail_systems.OF_MAIN
SIGNS = {
    Outcome.WORKS: "ja",
    Outcome.LIMITED: "delvist",
    Outcome.FAILS: "NEJ",
    Outcome.UNTRIED: "-",
    Outcome.ABSENT: "valgfri",
}
STATUS = {Outcome.WORKS: 0, Outcome.LIMITED: 1, Outcome.FAILS: 2, Outcome.UNTRIED: 2, Outcome.ABSENT: 0}
SUMMARY = (
    "Mailsystemet virker. I kan gå i gang.",
    "Mailsystemet virker med begrænsninger. Læs dem; I kan gå i gang.",
    "Mailsystemet virker ikke, som det er nu. Vent med at gå i gang, til det er rettet.",
)
PAGE = """<!doctype html>
<html lang="da"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Afprøvning af {address}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }}
li {{ margin: 0 0 .8rem; padding: 0 0 0 .8rem; border-left: 4px solid #767676; list-style: none }}
ul {{ padding: 0 }} .works {{ border-color: #2e7d32 }} .limited {{ border-color: #b26a00 }} .fails {{ border-color: #b3261e }}
</style></head><body>
<h1>Afprøvning af {address}</h1>
<p>Mailsystem: {system}. Afprøvet {moment}.</p>
<p><strong>{summary}</strong></p>
<ul>
{rows}
</ul>
</body></html>
"""


def check_connector(
    settings: Settings,
    name: str,
    address: str,
    partner: str | None,
    page: Path | None,
    waits: Waits,
    journal: str | None = None,
) -> int:
    """Try a mail system on a mailbox that is there for tests.

    Returns:
        0 where all of it works, 1 where some has limits, 2 where something does not work or could not be tried.
    """
    name = MAIN if name == OF_MAIN else name
    described = _described(settings)
    system = described.get(name)
    names = [each or OF_MAIN for each in described]
    wrong = _wrong(name, system, names, [address, *filter(None, (partner, journal))])
    if wrong or system is None or isinstance(system, Unusable):
        print(wrong, file=sys.stderr)  # noqa: T201
        return 2
    gateway = connectors_by_name.mail(
        settings, lambda: {name: system}, lambda _address: name, lambda _system, _address: {}
    )
    plus = system.plus_addresses == "on"
    verdicts = connector_check.check(gateway, address, partner, waits, journal=journal, plus_addresses=plus)
    status = max(STATUS[each.outcome] for each in verdicts)
    print(text(verdicts, status))  # noqa: T201
    if page is not None:
        page.write_text(html(verdicts, status, f"{name or OF_MAIN} ({system.kind})", address), encoding="utf-8")
    return status


def text(verdicts: Sequence[Verdict], status: int) -> str:
    """Return the verdicts for the terminal, a paragraph each."""
    lines = [f"{SIGNS[each.outcome]:>8}  {each.promise}: {_sentence(each)}" for each in verdicts]
    return "\n".join([*lines, "", SUMMARY[status]])


def html(verdicts: Sequence[Verdict], status: int, system: str, address: str) -> str:
    """Return the verdicts as a page that stands by itself."""
    rows = "\n".join(
        f'<li class="{each.outcome}"><strong>{escape(each.promise)}</strong><br>{escape(_sentence(each))}</li>'
        for each in verdicts
    )
    moment = datetime.now(COPENHAGEN).strftime("%d.%m.%Y kl. %H.%M")
    return PAGE.format(
        address=escape(address), system=escape(system), moment=moment, summary=SUMMARY[status], rows=rows
    )


def _sentence(verdict: Verdict) -> str:
    reason = verdict.reason.rstrip(".")
    return {
        Outcome.WORKS: "virker.",
        Outcome.LIMITED: f"virker med denne begrænsning: {reason}.",
        Outcome.FAILS: f"virker ikke, fordi {reason}. Gør sådan: {verdict.advice}",
        Outcome.ABSENT: f"bruges ikke her: {reason}. Skal den bruges, så gør sådan: {verdict.advice}",
        Outcome.UNTRIED: f"ikke afprøvet, fordi {reason}.",
    }[verdict.outcome]


def _described(settings: Settings) -> Mapping[str, MailSystem | Unusable]:
    """Return all mail systems by name.

    Those of the settings, and those added in the browser.
    """
    try:
        with database.opened(settings.database_url) as engine, database.read(engine) as session:
            return added_mail_systems.known(session, settings)
    except DatabaseError:  # Sluse has not been started here yet: nobody has added any
        return added_mail_systems.fixed(settings)


def _wrong(name: str, system: MailSystem | Unusable | None, names: Sequence[str], mailboxes: Sequence[str]) -> str:
    """Say what keeps the check from beginning; "" where nothing does."""
    if system is None:
        others = ", ".join(repr(each) for each in dict.fromkeys([OF_MAIN, *names]))
        return f"Der er intet mailsystem, der hedder {name!r}. Der er {others}; {OF_MAIN!r} er det, siderne kalder det sædvanlige."
    if isinstance(system, Unusable):
        return f"Mailsystemet {name or OF_MAIN!r} kan ikke bruges, som det er beskrevet: {system.reason}."
    return next((f"{each!r} er ingen mailadresse." for each in mailboxes if addresses.parse(each) is None), "")
