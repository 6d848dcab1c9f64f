"""The learning page's figures: what counts, in which week, for which unit, and what is confused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app import database
from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.domain.enquiry import LabelSource, State
from app.domain.figures import Share
from app.models.enquiry import Enquiry, RawMail
from app.models.label import Label
from app.models.prediction import Decision, Prediction
from app.queries.learning import confusions, progress
from app.queries.learning.progress import ENOUGH, Curve
from app.queries.reports import figures
from app.services.learning import label_overrides, labels
from tests.judged import judge
from tests.town import PARK, ROAD, SHARED, WASTE, Town

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def judged(
    town: Town, suggested: str | None, right: str, *, confidence: float = 0.8, days: int = 0, subject: str = "Træ",
    source: LabelSource = LabelSource.CONFIRMED, words: tuple[str, ...] = (), automatic: bool = False,
) -> tuple[int, int]:  # fmt: skip
    """One mail that was suggested for one unit and judged to be another's; returns (enquiry, label)."""
    at = NOON - timedelta(days=days)
    with database.write(town.container.engine) as session:
        key = str(session.query(RawMail).count())
        raw = RawMail(address=SHARED, folder="inbox", key=key, sha256="0", size=1, content=b"x", received_at=at)
        session.add(raw)
        session.flush()
        enquiry = Enquiry(
            raw_mail_id=raw.id, mailbox=SHARED, received_at=at, due_on=at.date(), state=State.ROUTED, subject=subject,
            automatic=automatic,
        )  # fmt: skip
        session.add(enquiry)
        session.flush()
        if suggested is not None:
            row = {"unit_id": town.units[suggested], "confidence": confidence, "words": list(words)}
            session.add(
                Prediction(enquiry_id=enquiry.id, ranking=[row], confidence=confidence, model_position=0, at=at)
            )
        label = labels.give(session, enquiry, town.units[right], source, by=Actor("a@town.example.org"), now=at)
        return enquiry.id, label.id


def revoke(town: Town, enquiry_id: int) -> None:
    with database.write(town.container.engine) as session:
        labels.revoke(session, enquiry_id, by=Actor("a@town.example.org"), now=NOON)


def exclude(town: Town, label_id: int) -> int:
    with database.write(town.container.engine) as session:
        kind = AmendmentKind.DISTRUSTED
        return label_overrides.apply(
            session, kind, {label_id: None}, note="", by=Actor("a@town.example.org"), now=NOON
        ).id


def test_what_does_not_count_is_left_out_everywhere(town: Town) -> None:
    judged(town, PARK, PARK)
    taken_back, _ = judged(town, PARK, ROAD)
    revoke(town, taken_back)
    _, distrusted = judged(town, PARK, WASTE)
    amendment = exclude(town, distrusted)
    judged(town, None, ROAD)
    with database.read(town.container.engine) as session:
        assert figures.total(figures.accuracy(session, TODAY, 12)) == Share(1, 1)
        assert progress.calibration(session).n == 1
        assert confusions.confusions(session, progress.tally(session)) == []
        assert sum(source.total for source in progress.sources(session, progress.tally(session), TODAY, 12)) == 2
        assert {c.name: (c.labels, c.judged) for c in progress.curves(session, progress.tally(session))} == {
            PARK: (1, Share(1, 1)), ROAD: (1, Share(0, 0)), WASTE: (0, Share(0, 0)),
        }  # fmt: skip
    with database.write(town.container.engine) as session:
        label_overrides.revoke(session, amendment, by=Actor("a@town.example.org"), now=NOON)
    with database.read(town.container.engine) as session:
        assert figures.total(figures.accuracy(session, TODAY, 12)) == Share(1, 2)
        assert [(c.suggested, c.unit) for c in confusions.confusions(session, progress.tally(session))] == [
            (PARK, WASTE)
        ]


def test_weeks_of_accuracy_and_automation(town: Town) -> None:
    judged(town, PARK, PARK, days=0, automatic=True)
    judged(town, PARK, ROAD, days=6)
    judged(town, PARK, PARK, days=7, automatic=True)
    judged(town, PARK, PARK, days=90)
    with database.read(town.container.engine) as session:
        accuracy = figures.accuracy(session, TODAY, 12)
        automation = progress.automation(session, TODAY, 12)
    assert [w.share for w in accuracy[-3:]] == [Share(0, 0), Share(1, 1), Share(1, 2)]
    assert [w.share for w in automation[-3:]] == [Share(0, 0), Share(1, 1), Share(1, 2)]
    assert accuracy[-1].last == TODAY
    assert len(accuracy) == len(automation) == 12


def test_what_asks_for_no_unit_is_not_automation(town: Town) -> None:
    """Neither history, nor what was set aside, nor what was written to the unit itself."""
    for change in ({"imported": True}, {"state": State.SET_ASIDE, "reason": "spam"}, {"direct": True}):
        enquiry_id, _ = judged(town, PARK, PARK)
        with database.write(town.container.engine) as session:
            enquiry = session.get_one(Enquiry, enquiry_id)
            for name, value in change.items():
                setattr(enquiry, name, value)
    with database.read(town.container.engine) as session:
        assert figures.total(progress.automation(session, TODAY, 12)) == Share(0, 0)


def test_a_unit_s_curve_counts_by_its_own_labels(town: Town) -> None:
    for n in range(27):
        judged(town, PARK if n >= 10 else ROAD, PARK)
    judged(town, PARK, ROAD)
    with database.read(town.container.engine) as session:
        curves = {curve.name: curve for curve in progress.curves(session, progress.tally(session))}
    park = curves[PARK]
    assert park.stages[:4] == (Share(0, 10), Share(15, 15), Share(2, 2), Share(0, 0))
    assert (park.labels, park.judged, park.missing) == (27, Share(17, 27), ENOUGH - 27)
    assert curves[ROAD].missing == ENOUGH - 1
    assert curves[WASTE].missing == ENOUGH


@pytest.mark.parametrize(
    ("stages", "now_", "missing"),
    [
        ((), Share(0, 0), 59),
        (((1, 10), (5, 48)), Share(6, 58), 1),
        (((1, 10), (5, 49)), Share(6, 59), 0),
        (((0, 10), (15, 15), (20, 64)), Share(20, 64), 0),
        (((0, 10), (15, 15), (50, 57), (1, 2)), Share(51, 59), 0),
    ],
)
def test_now_is_the_latest_stages_with_enough_in_them(
    stages: tuple[tuple[int, int], ...], now_: Share, missing: int
) -> None:
    curve = Curve(1, PARK, 0, tuple(Share(*stage) for stage in stages))
    assert (curve.now, curve.missing) == (now_, missing)


def test_calibration_looks_at_the_latest_only(town: Town) -> None:
    judged(town, PARK, ROAD, confidence=0.95)
    for right in (PARK, PARK, PARK, ROAD):
        judged(town, PARK, right, confidence=0.75)
    with database.read(town.container.engine) as session:
        found = progress.calibration(session, latest=4)
        assert progress.calibration(session).n == 5
    assert (found.n, found.error, found.error_full) == (4, 0.0, pytest.approx(0.375))
    assert [(b.right, b.n) for b in found.bins] == [(3, 4)]


def test_calibration_leaves_out_what_tells_one_side_only(town: Town) -> None:
    judged(town, PARK, PARK)
    judged(town, PARK, PARK, source=LabelSource.ANSWERED)
    judged(town, PARK, ROAD, source=LabelSource.RETURNED)
    judged(town, PARK, ROAD, source=LabelSource.HISTORY)
    with database.read(town.container.engine) as session:
        assert progress.calibration(session).n == 2


def test_confusions_name_the_words_that_misled(town: Town) -> None:
    for _ in range(2):
        judged(town, PARK, ROAD, words=("træet", "parken"))
    enquiry_id, _ = judged(town, PARK, ROAD, words=("træet", "_name_"), confidence=0.6)
    judged(town, PARK, PARK)
    for number in ("010190-1234", "020290-1234"):
        judged(town, WASTE, PARK, subject=f"Affaldet i parken er ikke hentet {number}")
    judged(town, WASTE, PARK, subject="Affaldet flyder")
    with database.read(town.container.engine) as session:
        found = confusions.confusions(session, progress.tally(session))
        mails = confusions.confused(session, town.units[PARK], town.units[ROAD])
    assert [(c.suggested, c.unit, c.count, c.of, c.words) for c in found] == [
        (PARK, ROAD, 3, 4, ("træet", "parken")),
        # No words were kept, so those that several subjects share; a CPR number is none.
        (WASTE, PARK, 3, 3, ("affaldet", "hentet", "parken")),
    ]
    assert mails[0].enquiry_id == enquiry_id
    assert mails[0].confidence == 0.6
    assert mails[0].words == ("træet", "_name_")


def test_the_robot_s_own_words_serve_where_no_others_were_kept(town: Town) -> None:
    enquiry_id, label_id = judged(town, PARK, ROAD)
    row = {"unit_id": town.units[PARK], "confidence": 0.9, "words": ["bænken"]}
    with database.write(town.container.engine) as session:
        session.add(
            Decision(
                enquiry_id=enquiry_id,
                at=NOON,
                outcome="route",
                unit_id=town.units[PARK],
                reason="confident",
                limit=0.8,
                confidence=0.9,
                ranking=[row],
                model_position=0,
            )
        )
        assert session.get_one(Label, label_id).suggested_unit_id == town.units[PARK]
    with database.read(town.container.engine) as session:
        assert confusions.confusions(session, progress.tally(session))[0].words == ("bænken",)


def test_sources_by_week(town: Town) -> None:
    judged(town, PARK, PARK)
    judged(town, PARK, ROAD, source=LabelSource.CORRECTED, days=8)
    judged(town, PARK, ROAD, source=LabelSource.CORRECTED, days=100)
    with database.read(town.container.engine) as session:
        found = {s.source: (s.total, s.weeks) for s in progress.sources(session, progress.tally(session), TODAY, 3)}
    assert set(found) == set(LabelSource)
    assert found[LabelSource.CONFIRMED] == (1, (0, 0, 1))
    assert found[LabelSource.CORRECTED] == (2, (0, 1, 0))
    assert found[LabelSource.HISTORY] == (0, (0, 0, 0))


def test_where_the_learner_stands(town: Town) -> None:
    with database.read(town.container.engine) as session:
        empty = progress.standing(session, progress.tally(session))
    assert (empty.position, empty.units, empty.labels, empty.waiting, empty.learned_at) == (0, 0, 0, 0, None)
    taken_back, _ = judged(town, PARK, PARK)
    judged(town, PARK, ROAD)
    town.learn()
    revoke(town, taken_back)
    town.learn()
    judged(town, PARK, WASTE)
    with database.read(town.container.engine) as session:
        found = progress.standing(session, progress.tally(session))
    assert (found.position, found.units, found.labels, found.waiting, found.taken_back) == (3, 1, 1, 1, 1)
    assert found.learned_at is not None


def test_an_honest_year_reads_as_honest(town: Town) -> None:
    """Many judged mails, whose confidences are right as often as they say but for the surest."""
    judge(town, 400, until=NOON)
    with database.read(town.container.engine) as session:
        calibration = progress.calibration(session)
        total = figures.total(figures.accuracy(session, TODAY, 12))
        confused = confusions.confusions(session, progress.tally(session))
    assert calibration.n == total.n == 400
    assert (calibration.error or 1) < 0.08
    assert (confused[0].suggested, confused[0].unit) == (PARK, ROAD)
