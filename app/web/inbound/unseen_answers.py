"""The page of answers that were not seen: what shows that a unit has replied, and what to set in Exchange."""

from collections.abc import Iterable
from datetime import UTC, datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from app import database
from app.domain import deadlines
from app.domain.access import SEES_ALL
from app.domain.deadline_status import Today
from app.queries.inbound import unseen_answers
from app.queries.inbound.unseen_answers import UnseenAnswer
from app.services.casework import enquiry_deadlines
from app.web.platform.access import blueprint, container

bp = blueprint("unseen_answers", __name__, SEES_ALL, url_prefix="/usete-svar")
JOURNAL = "journal@example.org"
"""Stands for the journal mailbox where there is none yet."""


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the enquiries whose unit seems to have answered, those first that surely were."""
    with database.read(container().engine) as db:
        today = Today(deadlines.local_day(datetime.now(UTC)), enquiry_deadlines.calendar(db))
        rows, journal = unseen_answers.rows(db, today), unseen_answers.journal_mailbox(db)
    return render_template(
        "unseen_answers/index.html", rows=rows, journal=journal, commands=_commands(rows, journal or JOURNAL)
    )


def _commands(rows: Iterable[UnseenAnswer], journal: str) -> dict[str, str]:
    """Return what to type into Exchange's PowerShell, for the mailboxes of these units."""
    addresses = sorted({row.address for row in rows})
    copies = "-MessageCopyForSentAsEnabled $true -MessageCopyForSendOnBehalfEnabled $true"
    senders = ", ".join(map(_quoted, addresses))
    return {
        "copies": "\n".join(f"Set-Mailbox -Identity {_quoted(each)} {copies}" for each in addresses),
        "rule": f"New-TransportRule -Name 'Sluse: kopi af svar' -From {senders} -SentToScope NotInOrganization "
        f"-BlindCopyTo {_quoted(journal)}",
    }


def _quoted(address: str) -> str:
    """Return an address as PowerShell takes it literally: before the @ it may hold what a command would run."""
    quoted = address
    for mark in "'‘’‚‛":  # PowerShell takes all of them for the same
        quoted = quoted.replace(mark, mark * 2)
    return f"'{quoted}'"
