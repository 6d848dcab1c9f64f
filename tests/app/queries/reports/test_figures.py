"""The year in figures: which week a mail counts in, how right the suggestions were, what was written down beside it."""

from datetime import UTC, date, datetime, timedelta

from app import database
from app.domain.actor import Actor
from app.domain.events.platform import MilestoneNoted
from app.domain.events.triage import EnquiryReturned
from app.queries.reports import figures
from app.services.inbound import history_import
from app.services.inbound.history_import import PastMail
from app.services.platform import events
from tests.town import PARK, SHARED, WASTE, Town, mail

TODAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)
"""The end of today in Copenhagen; in summer time it is an hour earlier."""
SUMMER = timedelta(hours=1)


def teach(town: Town, unit: str, *moments: datetime) -> None:
    c = town.container
    mails = (
        PastMail(f"{unit}/{at}", SHARED, mail("Træ", "Et træ er væltet i parken"), town.units[unit], at)
        for at in moments
    )
    history_import.teach(c.engine, c.parser, c.learner, mails, by=Actor("import"), now=moments[-1])


def test_each_mail_counts_in_its_week(town: Town) -> None:
    minute, week = timedelta(minutes=1), timedelta(weeks=1)
    teach(
        town,
        PARK,
        MIDNIGHT - 52 * week - minute,
        MIDNIGHT - 52 * week,
        MIDNIGHT - 10 * week - SUMMER - minute,
        MIDNIGHT - 10 * week - SUMMER,
        MIDNIGHT - week - minute,
        MIDNIGHT - week,
        MIDNIGHT - minute,
    )
    with database.read(town.container.engine) as session:
        received = figures.received(session, TODAY)
        weeks = figures.accuracy(session, TODAY, figures.YEAR)
        quarter = figures.accuracy(session, TODAY)
    assert len(received) == len(weeks) == 52
    assert {n: count for n, count in enumerate(received) if count} == {0: 1, 41: 1, 42: 1, 50: 1, 51: 2}
    assert weeks[0].last == TODAY - 51 * week
    assert quarter == weeks[-12:]


def test_the_share_is_of_the_suggestions_made_before_the_label(town: Town) -> None:
    then = MIDNIGHT - timedelta(weeks=3, hours=3)
    teach(town, PARK, then)
    teach(town, PARK, then + timedelta(hours=1))
    teach(town, WASTE, then + timedelta(hours=2))
    with database.read(town.container.engine) as session:
        week = figures.accuracy(session, TODAY, figures.YEAR)[-4]
    assert (week.last, week.share) == (TODAY - timedelta(weeks=3), figures.Share(1, 2))


def test_milestones_stand_in_their_week(town: Town) -> None:
    with database.write(town.container.engine) as session:
        for days, text in ((400, "for gammel"), (363, "først"), (7, "i sidste uge"), (0, "i dag"), (-2, "kommer")):
            at = datetime(2026, 11, 23, 12, tzinfo=UTC) - timedelta(days=days)
            events.record(session, MilestoneNoted(text=text), by=Actor("import"), now=at)
        events.record(session, EnquiryReturned.read({}), by=Actor("import"), now=at)
    with database.read(town.container.engine) as session:
        found = [(m.text, m.week) for m in figures.milestones(session, TODAY)]
    assert found == [("først", 0), ("i sidste uge", 50), ("i dag", 51)]


def test_a_whole_week_ends_on_sunday() -> None:
    assert [figures.last_sunday(date(2026, 11, day)) for day in (21, 22, 23)] == [
        date(2026, 11, 15), date(2026, 11, 22), date(2026, 11, 22),
    ]  # fmt: skip
