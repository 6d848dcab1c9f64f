"""The year in figures: which week a mail counts in, and how right the suggestions were."""

from datetime import UTC, date, datetime, timedelta

from app import database
from app.domain.actor import Actor
from app.queries.reports import figures
from app.services.inbound import history_import
from app.services.inbound.history_import import PastMail
from tests.town import PARK, SHARED, WASTE, Town, mail

TODAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)
"""The end of today in Copenhagen."""


def teach(town: Town, unit: str, *moments: datetime) -> None:
    c = town.container
    mails = (
        PastMail(f"{unit}/{at}", SHARED, mail("Træ", "Et træ er væltet i parken"), town.units[unit], at)
        for at in moments
    )
    history_import.teach(c.engine, c.parser, c.learner, mails, by=Actor("import"), now=moments[-1])


def test_the_share_is_of_the_suggestions_made_before_the_label(town: Town) -> None:
    then = MIDNIGHT - timedelta(weeks=3, hours=3)
    teach(town, PARK, then)
    teach(town, PARK, then + timedelta(hours=1))
    teach(town, WASTE, then + timedelta(hours=2))
    with database.read(town.container.engine) as session:
        week = figures.accuracy(session, TODAY, 52)[-4]
    assert (week.last, week.share) == (TODAY - timedelta(weeks=3), figures.Share(1, 2))
