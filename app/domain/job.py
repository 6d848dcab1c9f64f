"""The steps of the robot's jobs and their progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

STEPS: dict[str, tuple[str, ...]] = {
    "journal": ("open_case", "file_mail", "register_deadline", "file_draft", "save_draft", "forward"),
    "draft": ("save_draft",),
    "acknowledge": ("write_acknowledgement", "send_acknowledgement", "file_acknowledgement"),
    "interim": ("send_interim", "file_interim", "note_feedback"),
    "clocks": ("amend_deadline",),
    "reply": ("file_reply", "meet_deadline", "close_case", "close_enquiry"),
    "dismiss": ("dismiss_case",),
    "recall": ("send_recall", "file_recall"),
    "reopen": ("reopen_case", "resume_deadline"),
    "notice": ("send_notice",),
    "refer": ("begin_referral", "open_referral_case", "send_on", "tell_citizen", "file_referral", "end_referral"),
}
"""The steps of each job in order, so that a page can name those that are still to come. A test holds the two together."""


class JobState(StrEnum):
    """How a job stands. The engine ends what is held, waiting or overtaken like what is done; only the result tells.

    `HELD` waits for a person to start the robot, `WAITING` for an outside system to answer again.
    """

    DELAYED = "delayed"
    QUEUED = "queued"
    RUNNING = "running"
    HELD = "held"
    WAITING = "waiting"
    OVERTAKEN = "overtaken"
    DONE = "done"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """The states of a step.

    `NEXT` is the step a job is at, or stands before; `DROPPED` one that will not be done any more.
    """

    DONE = "done"
    FAILED = "failed"
    NEXT = "next"
    TO_COME = "to_come"
    DROPPED = "dropped"


OF_ENGINE = {
    "DELAYED": JobState.DELAYED,
    "ENQUEUED": JobState.QUEUED,
    "PENDING": JobState.RUNNING,
    "ERROR": JobState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.GIVEN_UP,
    "CANCELLED": JobState.CANCELLED,
}
RESUMABLE = frozenset({JobState.FAILED, JobState.GIVEN_UP, JobState.CANCELLED})
"""A person may let these go on. What is held goes on by itself, and what is done has nothing left to do."""
PUT_DOWN = frozenset({JobState.HELD, JobState.WAITING})
"""These go on by themselves, from the step they stopped at."""
INTERRUPTIONS = {"held": JobState.HELD, "waiting": JobState.WAITING, "overtaken": JobState.OVERTAKEN}
"""What a step, and its job, say in the end where they did not do what they were for."""
DROPPING = frozenset({JobState.OVERTAKEN, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class StepRun:
    """A step as the engine recorded it. `error` is None where it succeeded, and may be empty where it did not."""

    number: int
    name: str
    error: str | None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """The failures of a step: count and latest error."""

    attempts: int
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a job, done or to come."""

    name: str
    state: StepState
    run: StepRun | None = None
    trouble: Trouble | None = None

    @property
    def attempts(self) -> int:
        """Return how often it has been tried."""
        failed = self.trouble.attempts if self.trouble else 0
        return failed + 1 if self.state is StepState.DONE else max(failed, self.state is StepState.FAILED)

    @property
    def seconds(self) -> float | None:
        """How long its last attempt took; None where that is not known."""
        if self.run is None or self.run.started_at is None or self.run.ended_at is None:
            return None
        return (self.run.ended_at - self.run.started_at).total_seconds()


def job_state(status: str, result: str) -> JobState:
    """Read status and result as one state. The status is the engine's, the result the job's."""
    if status in OF_ENGINE:
        return OF_ENGINE[status]
    return INTERRUPTIONS.get(result, JobState.DONE)


def plan(job: str, runs: Sequence[StepRun], state: JobState, troubles: dict[str, Trouble]) -> list[PlannedStep]:
    """List every step of a job in order. Those done and those to come are in it."""
    begun = [_begun(run, state, troubles.get(run.name)) for run in runs]
    seen = {run.name for run in runs}
    rest = [name for name in STEPS.get(job, ()) if name not in seen]
    waits = any(step.state in (StepState.NEXT, StepState.FAILED) for step in begun)
    return begun + [
        PlannedStep(name, _to_come(state, first=n == 0 and not waits), trouble=troubles.get(name))
        for n, name in enumerate(rest)
    ]


def _begun(run: StepRun, state: JobState, trouble: Trouble | None) -> PlannedStep:
    if run.error is None:
        return PlannedStep(run.name, StepState.DONE, run, trouble)
    if state in PUT_DOWN:
        return PlannedStep(run.name, StepState.NEXT, None, trouble)
    if state in DROPPING:
        return PlannedStep(run.name, StepState.DROPPED, None, trouble)
    return PlannedStep(run.name, StepState.FAILED, run, trouble)


def _to_come(state: JobState, *, first: bool) -> StepState:
    if state in DROPPING or state is JobState.DONE:
        return StepState.DROPPED
    return StepState.NEXT if first else StepState.TO_COME
