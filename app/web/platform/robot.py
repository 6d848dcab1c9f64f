"""The robot's page. Jobs, stopped ones with reasons, resuming them, and the switch that stops the robot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain import job
from app.domain.access import Role
from app.domain.events.platform import WorkResumed
from app.domain.job import JobState, PlannedStep
from app.domain.letter_fates import LetterFate
from app.errors import NotFoundError, RefusedError
from app.queries.platform import job_list
from app.queries.platform.job_list import JobSubject
from app.services.organisation import added_mail_systems
from app.services.platform import circuits, events, kill_switch, sending_attempts, settings
from app.services.platform.robot import Job
from app.web.platform import display_names, errors, htmx
from app.web.platform.access import blueprint, container, me

bp = blueprint("robot", __name__, [Role.ADMINISTRATOR], url_prefix="/robot")

STOPPED = frozenset({"robot_stopped", "unit_stopped"})
"""What a job waits for until somebody starts it again."""


FATES = {fate.value: fate for fate in sending_attempts.DECISIONS}


LATELY = timedelta(days=14)
"""So long a mail that could not be taken in is shown."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as a line of the page. `waits` is a code of words.WAITS, "" where it waits for nothing."""

    work: Job
    about: JobSubject
    waits: str
    trouble: str
    """How the step it is at failed the last time."""

    @property
    def state(self) -> JobState:
        """Return how the job stands for a person.

        A job that waits for the robot, or its unit, to be started is held, begun or not.
        """
        return JobState.HELD if self.waits in STOPPED else self.work.state


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the latest jobs. Stalled ones come first, then held ones."""
    return _page()


def _page(problem: str = "") -> str:
    robot = container().robot
    failed, works = robot.jobs(failed=True), robot.jobs()
    with database.read(container().engine) as db:
        asked = job_list.asked_jobs(db)
        failed = [work for work in failed if work.id not in asked]
        known = {work.id for work in works}
        rows = _rows(db, works)
        held = [row for row in rows if row.state is JobState.HELD]
        held += _rows(db, [work for work in _put_down(job_list.held(db), JobState.HELD) if work.id not in known])
        return render_template(
            "robot/_work.html" if htmx.wanted() else "robot/index.html",
            letters=job_list.unknown_letters(db),
            failed=_rows(db, failed),
            held=held,
            waiting=_rows(db, _put_down(job_list.waiting(db), JobState.WAITING)),
            systems=job_list.silent_systems(db, datetime.now(UTC)),
            mailboxes=job_list.mailboxes(db),
            left=job_list.left_mails(db, datetime.now(UTC) - LATELY),
            rows=rows,
            limit=settings.get(db, settings.CONFIDENCE_LIMIT),
            position=job_list.lessons(db),
            problem=problem,
        )


def _put_down(job_ids: list[str], state: JobState) -> list[Job]:
    """Return those of the jobs that still stand so, however long ago they were ordered."""
    return [work for work in container().robot.jobs_of(job_ids) if work.state is state]


def _rows(db: Session, works: Sequence[Job]) -> list[JobRow]:
    about = job_list.subjects(db, [(work.name, work.enquiry_id, work.routing_no) for work in works])
    unended = [work.id for work in works if not work.ended or work.state is JobState.WAITING]
    troubles = job_list.troubles(db, unended)
    running, asked = kill_switch.running(db), job_list.asked_jobs(db)
    rows = []
    for work in works:
        each = about[work.name, work.enquiry_id, work.routing_no]
        last = max(troubles.get(work.id, {}).values(), key=lambda trouble: trouble.at, default=None)
        waits = "answer" if work.failed and work.id in asked else _waits(work.state, running, each.unit_stopped)
        rows.append(JobRow(work, each, waits, last.error if last else ""))
    return rows


def _waits(state: JobState, running: bool, unit_stopped: bool) -> str:
    """Return what a job waits for. A running job looks before its next step whether it may go on."""
    if state is JobState.RUNNING:
        return "" if running else "stopping"
    if state in job.RESUMABLE:
        return "person"
    if state in (JobState.OVERTAKEN, JobState.DONE):
        return ""
    if not running:
        return "robot_stopped"
    return "unit_stopped" if unit_stopped else str(state)


@bp.get("/arbejde/<work_id>")
def work(work_id: str) -> ResponseReturnValue:
    """Show one workflow with all its steps. Those to come are among them."""
    found, runs = container().robot.job(work_id), container().robot.steps(work_id)
    with database.read(container().engine) as db:
        troubles = job_list.troubles(db, [work_id]).get(work_id, {})
        (row,) = _rows(db, [found])
        letters = [letter for letter in job_list.unknown_letters(db, found.enquiry_id) if letter.job == work_id]
    steps: list[PlannedStep] = job.plan(found.name, runs, found.state, troubles)
    return render_template("robot/work.html", row=row, work=found, steps=steps, letters=letters)


@bp.post("/arbejde/<work_id>/genoptag")
def resume(work_id: str) -> ResponseReturnValue:
    """Resume a job from a step. Earlier steps are not done again."""
    container().robot.resume(work_id, from_step=request.form.get("trin", type=int))
    with database.write(container().engine) as db:
        events.record(db, WorkResumed(work=work_id), by=me(), now=datetime.now(UTC))
    flash(_("Robotten går videre."))
    return redirect(url_for("robot.work", work_id=work_id), 303)


@bp.post("/genoptag-alle")
def resume_all() -> ResponseReturnValue:
    """Resume every job on the list of dead letters. For instance when the records system is back."""
    with database.read(container().engine) as db:
        asked = job_list.asked_jobs(db)
    ids = [work.id for work in container().robot.jobs(failed=True, limit=1000) if work.id not in asked]
    for work_id in ids:
        container().robot.resume(work_id)
    with database.write(container().engine) as db:
        events.record(db, WorkResumed(works=ids), by=me(), now=datetime.now(UTC))
    flash(_("Robotten går videre."))
    return redirect(url_for("robot.index"), 303)


@bp.post("/system/<system>/proev")
def try_now(system: str) -> ResponseReturnValue:
    """Let the next job ask a silent system at once, for somebody who knows that it is back."""
    here = container()
    with database.write(here.engine) as db:
        name = circuits.mail_name(system)
        if system not in circuits.SYSTEMS and name not in added_mail_systems.known(db, here.settings):
            raise NotFoundError
        silent = circuits.request_probe(db, system, by=me(), now=datetime.now(UTC))
    called = display_names.outside_system(system)
    said = _("%(system)s: Robotten prøver igen ved første lejlighed.", system=called)
    flash(said if silent else _("%(system)s svarer igen.", system=called))
    return redirect(url_for("mailboxes.index" if request.form.get("fra") == "postkasser" else "robot.index"), 303)


@bp.post("/brev")
def decide_letter() -> ResponseReturnValue:
    """Write down what a person says became of a letter. Its job goes on by itself."""
    fate = FATES.get(request.form.get("valg", ""), LetterFate.OPEN)
    try:
        with database.write(container().engine) as db:
            message_id = request.form.get("brev", "")
            sending_attempts.decide(db, message_id, fate, by=me(), now=datetime.now(UTC))
    except RefusedError as error:
        flash(errors.text(error))
    else:
        flash(
            _("Mailen sendes igen.")
            if fate is LetterFate.AGAIN
            else _("Mailen er noteret som sendt. Robotten går videre.")
        )
    return redirect(url_for("robot.index"), 303)


@bp.post("/kontakt")
def switch() -> ResponseReturnValue:
    """Stop or start the whole robot; a stop says why."""
    running, reason = request.form.get("tilstand") == "start", request.form.get("aarsag", "")
    try:
        with database.write(container().engine) as db:
            kill_switch.switch(db, running=running, by=me(), now=datetime.now(UTC), reason=reason)
    except RefusedError as error:
        return _page(errors.text(error)), 422
    flash(_("Robotten kører igen.") if running else _("Robotten er stoppet. Mails modtages stadig."))
    return redirect(url_for("learning.index" if request.form.get("fra") == "laering" else "robot.index"), 303)
