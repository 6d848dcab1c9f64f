"""What a history is worth: likeness of texts, weeks until a unit is ready, copies, gaps, languages."""

from datetime import UTC, datetime, timedelta

import pytest

from learning import likeness
from learning.example import Example
from learning.outcome import Outcome
from learning.readiness import HistoryMail, assess, subject_hash, weeks_until

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LONG = "Der er et stort hul i vejen ud for vores hus og nogen falder snart i det så kom og fyld det"


@pytest.mark.parametrize(
    ("texts", "groups"),
    [
        ([], []),
        (["Tak", "Tak"], []),
        (["Hul i vejen!", "noget helt andet her", "hul I  VEJEN"], [[0, 2]]),
        ([LONG, f"{LONG} hilsen Bo", f"{LONG} venligst"], [[0, 1, 2]]),
        ([LONG, "Der er et stort træ i parken bag vores hus og nogen klatrer snart i det så kom og se"], []),
        (["ens tekst er her", "anden tekst er der", "ens tekst er her", "anden tekst er der"], [[0, 2], [1, 3]]),
    ],
)
def test_texts_that_say_the_same(texts, groups):
    assert likeness.groups(texts) == groups


@pytest.mark.parametrize(
    ("evidence", "weeks", "expected"),
    [(50, 10.0, 0), (51, None, 0), (25, 10.0, 10), (40, 52.0, 13), (1, 10.0, None), (0, 10.0, None), (25, None, None)],
)
def test_weeks_until_a_unit_can_go_automatic(evidence, weeks, expected):
    assert weeks_until(evidence, weeks) == expected


def past(n, unit, text, *, day=None, digest=None):
    at = None if day is None else BEGIN + timedelta(days=day)
    return HistoryMail(f"{unit}/{n}", unit, at, digest or str(n), Example(str(n), "Emne", text))


def test_a_history_is_summed_up():
    mails = [
        past(0, "road", "the road is broken and it is not safe to walk along it at night"),
        past(1, "road", LONG, day=0),
        past(2, "road", LONG, day=3, digest="1"),
        past(3, "park", LONG, day=40),
    ]
    outcomes = [Outcome(str(n), mail.unit, "road", 0.9, True, n > 1, True, n) for n, mail in enumerate(mails)]
    report = assess(mails, outcomes, ["road", "park", "harbour"], 0.05)
    assert report.without_mails == ["harbour"]
    (contradiction,) = report.contradictions
    assert contradiction.mails == (("road/1", "road"), ("road/2", "road"), ("park/3", "park"))
    assert contradiction.subject_hash == subject_hash("Emne")
    assert (report.outvoted, report.surplus) == (1, 1)
    assert report.duplicates == [["road/1", "road/2"]]
    assert report.undated == ["road/0"]
    assert [gap.days for gap in report.gaps] == [37]
    assert report.languages == {"da": 3, "en": 1}
    assert (report.expected_accuracy, report.expected_auto_share, report.expected_auto_precision) == (0.75, 0.5, 0.5)
    assert (report.units["road"].labels, report.units["road"].accuracy, report.units["road"].precision) == (
        3,
        1.0,
        0.75,
    )
    assert "Emne" not in str(report.to_json())
    assert report.to_json()["first"] == "2026-01-01"


def test_of_nothing_nothing_follows():
    report = assess([], [], ["road"], 0.05)
    assert (report.mails, report.first, report.expected_accuracy, report.without_mails) == (0, None, 0.0, ["road"])
