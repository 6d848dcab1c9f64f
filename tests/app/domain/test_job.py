"""How a job stands, and which of its steps are done and to come."""

from datetime import UTC, datetime

import pytest

from app.domain.job import STEPS, JobState, StepRun, StepState, Trouble, job_state, plan

DONE = [StepRun(n + 1, name, None) for n, name in enumerate(STEPS["journal"])]


@pytest.mark.parametrize(
    ("status", "result", "state"),
    [
        ("SUCCESS", "done", JobState.DONE), ("SUCCESS", "held", JobState.HELD), ("SUCCESS", "overtaken", JobState.OVERTAKEN),
        ("SUCCESS", "", JobState.DONE), ("PENDING", "", JobState.RUNNING), ("ENQUEUED", "held", JobState.QUEUED),
        ("DELAYED", "", JobState.DELAYED), ("ERROR", "", JobState.FAILED), ("CANCELLED", "", JobState.CANCELLED),
        ("MAX_RECOVERY_ATTEMPTS_EXCEEDED", "", JobState.GIVEN_UP),
    ],
)  # fmt: skip
def test_what_the_engine_calls_success_is_not_always_done(status: str, result: str, state: JobState) -> None:
    assert job_state(status, result) is state


def states(runs: list[StepRun], state: JobState, troubles: dict[str, Trouble] | None = None) -> list[StepState]:
    return [step.state for step in plan("journal", runs, state, troubles or {})]


def test_all_steps_are_listed_whatever_the_state() -> None:
    done, now, later, gone = StepState.DONE, StepState.NEXT, StepState.TO_COME, StepState.DROPPED
    held = [*DONE[:2], StepRun(3, "register_deadline", "")]
    failed = [*DONE[:2], StepRun(3, "register_deadline", "nej")]
    assert states([], JobState.QUEUED) == [now, *[later] * 5]
    assert states([], JobState.DELAYED) == [now, *[later] * 5]
    assert states(DONE[:2], JobState.RUNNING) == [done, done, now, *[later] * 3]
    assert states(held, JobState.HELD) == [done, done, now, *[later] * 3]
    assert states(held, JobState.OVERTAKEN) == [done, done, *[gone] * 4]
    assert states(failed, JobState.FAILED) == [done, done, StepState.FAILED, *[later] * 3]
    assert states(failed, JobState.GIVEN_UP) == [done, done, StepState.FAILED, *[later] * 3]
    assert states(DONE, JobState.DONE) == [done] * 6
    assert states(DONE[:2], JobState.DONE) == [done, done, *[gone] * 4]


def test_steps_of_an_earlier_version_keep_their_place() -> None:
    """What an older program did stands as it was done; a job nobody knows has no steps to come."""
    old = [StepRun(1, "open_folder", None), DONE[0]]
    assert [step.name for step in plan("journal", old, JobState.RUNNING, {})][:3] == [
        "open_folder",
        "open_case",
        "file_mail",
    ]
    assert plan("unknown", [], JobState.QUEUED, {}) == []


def test_attempts_count_the_failed_and_the_last() -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    trouble = {"open_case": Trouble(3, now, "KOMLIS svarer ikke")}
    (first, *_) = plan("journal", DONE[:1], JobState.RUNNING, trouble)
    (again, *_) = plan("journal", [], JobState.RUNNING, trouble)
    (failed, *_) = plan("journal", [StepRun(1, "open_case", "x")], JobState.FAILED, {})
    assert (first.attempts, again.attempts, failed.attempts) == (4, 3, 1)
    assert first.seconds is None
