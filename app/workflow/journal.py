"""The robot's journaling: case, documents, deadline, draft, forward."""

from datetime import datetime

from dbos import DBOS
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain import deadlines, journaling
from app.domain.actor import ROBOT
from app.domain.enquiry import State
from app.domain.events.casework import (
    CaseOpened,
    CaseReopened,
    DeadlineRegistered,
    DocumentFiled,
    DraftSaved,
    MailForwarded,
)
from app.domain.notices import Letter
from app.domain.templates import TemplateKind
from app.models.case import Case, CaseDocument, Deadline, Forward
from app.models.enquiry import Enquiry
from app.services.casework import acknowledging, reply_templates, titles
from app.services.inbound import reply_tags
from app.services.platform import events, parts, viewing
from app.services.platform.sending import Slip
from app.workflow import engine, letters
from app.workflow.steps import (
    RECOVERIES,
    OnCase,
    Overtaken,
    Task,
    mail_of,
    now,
    reading_again,
    run,
    send_once,
    step,
    task,
    transaction,
)
from connectors.deadlines.register import NewDeadline
from connectors.mail.message import MailAttachment, Outgoing
from connectors.records.system import Direction, NewCase, NewDocument


@DBOS.workflow(name="journal", max_recovery_attempts=RECOVERIES)
def journal(enquiry_id: int, routing_no: int) -> str:
    """Journal one routed enquiry and send it to its unit."""
    return run(enquiry_id, routing_no, open_case, file_mail, register_deadline, file_draft, save_draft, forward)


@DBOS.workflow(name="draft", max_recovery_attempts=RECOVERIES)
def draft(enquiry_id: int, routing_no: int) -> str:
    """Save a draft for a citizen named since."""
    return run(enquiry_id, routing_no, save_draft)


@step("open_case")
def open_case(enquiry_id: int, routing_no: int) -> None:
    """Open the case, or hand it to the new unit. A case that stands open is handed over."""
    found = task(enquiry_id, routing_no)
    if found.case is not None:
        _take_over(found, found.case)
        return
    new_case(found.enquiry, found.thread_root_id, found.unit.name, found.unit.subject_code)


def new_case(enquiry: Enquiry, thread_root: int, owner: str, subject_code: str) -> None:
    """Open the case of a thread for its owner. The thread's first mail is `leader`."""
    case = NewCase(
        key=journaling.case_key(thread_root),
        title=titles.case(enquiry),
        unit=owner,
        subject_code=subject_code,
        received_at=enquiry.received_at,
    )
    number = engine.container().records.open_case(case)
    with transaction() as session:
        row = session.scalars(select(Case).where(Case.number == number)).first() or Case(number=number, opened_at=now())
        session.add(row)
        session.flush()
        _share_case(session, session.get_one(Enquiry, enquiry.id), row)
        events.record(session, CaseOpened(case=number), by=ROBOT, now=now(), enquiry_id=enquiry.id)


def _take_over(found: Task, case: Case) -> None:
    """Hand an existing case to the unit. A closed one is opened again for the follow-up."""
    records = engine.container().records
    records.assign(case.number, found.unit.name)
    if case.closed_at is None:
        return
    records.reopen_case(case.number)
    with transaction() as session:
        row = session.get_one(Case, case.id)
        row.closed_at = None
        events.record(session, CaseReopened(case=row.number), by=ROBOT, now=now(), enquiry_id=found.enquiry.id)


def _share_case(session: Session, enquiry: Enquiry, case: Case) -> None:
    """The enquiry's follow-ups belong to the same case.

    Which case it is changes nothing of what a person decides on: their page stays valid, also just after an undo.
    """
    session.execute(update(Enquiry).where(Enquiry.id == enquiry.id).values(case_id=case.id))
    followers = select(Enquiry).where(Enquiry.follow_up_of_id == enquiry.id, Enquiry.case_id.is_(None))
    for follower in session.scalars(followers).all():
        _share_case(session, follower, case)


@step("file_mail")
def file_mail(enquiry_id: int, routing_no: int) -> None:
    """File the mail as received, then each of its attachments."""
    file_received(task(enquiry_id, routing_no))


def file_received(found: OnCase) -> None:
    """File what the citizen sent on the case."""
    enquiry = found.enquiry
    at = enquiry.received_at
    file_document(found, "mail", titles.case(enquiry), "henvendelse.eml", mail_of(enquiry), Direction.RECEIVED, at)
    for n, attachment in enumerate(_attachments(enquiry)):
        title, name = titles.attachment(n, attachment.filename), viewing.hidden(attachment.filename)
        file_document(found, f"attachment:{n}", title, name, attachment.content, Direction.RECEIVED, at)


def _attachments(enquiry: Enquiry) -> tuple[MailAttachment, ...]:
    """Return the files to journal of a mail. A mail that could not be read is filed whole; its parts are in it."""
    if enquiry.quarantine is not None:
        return ()
    with reading_again(enquiry):
        return parts.files_of(enquiry, engine.container().parser)


def file_document(
    task: OnCase, what: str, title: str, filename: str, content: bytes, direction: Direction, at: datetime
) -> None:
    """File one document under its key. Its number is written down."""
    key = what if what.startswith("reply:") else journaling.document_key(task.enquiry.id, what)
    document = NewDocument(key=key, title=title, filename=filename, content=content, direction=direction, at=at)
    number = engine.container().records.add_document(task.case_number, document)
    with transaction() as session:
        if session.get(CaseDocument, key) is not None:
            return
        assert task.case is not None
        session.add(
            CaseDocument(
                key=key,
                case_id=task.case.id,
                enquiry_id=task.enquiry.id,
                number=number,
                title=title[:300],
                filed_at=now(),
            )
        )
        events.record(
            session,
            DocumentFiled(case=task.case_number, document=number, what=what),
            by=ROBOT,
            now=now(),
            enquiry_id=task.enquiry.id,
        )


@step("register_deadline")
def register_deadline(enquiry_id: int, routing_no: int) -> None:
    """Register the response deadline. A return changes the unit, never the day."""
    found = task(enquiry_id, routing_no)
    deadline = clocks_of(found)
    due = deadline.due_on
    number = engine.container().deadlines.register(deadline)
    with transaction() as session:
        if session.get(Deadline, enquiry_id) is None:
            session.add(
                Deadline(enquiry_id=enquiry_id, number=number, due_on=due, feedback_due_on=deadline.feedback_due_on)
            )
            events.record(
                session,
                DeadlineRegistered(
                    number=number,
                    due_on=due.isoformat(),
                    feedback_due_on=deadline.feedback_due_on.isoformat() if deadline.feedback_due_on else None,
                ),
                by=ROBOT,
                now=now(),
                enquiry_id=enquiry_id,
            )
    amend(found)
    if found.enquiry.split_from_id is not None:
        _end_deadline_of(found.enquiry.split_from_id)


def _end_deadline_of(whole_id: int) -> None:
    """End the deadline of a mail that was split. It began before the split; now its parts have one each."""
    with transaction() as session:
        row = session.get(Deadline, whole_id)
        if row is None or row.met_on is not None:
            return
    today = deadlines.local_day(now())
    engine.container().deadlines.complete(journaling.deadline_key(whole_id), today)
    with transaction() as session:
        session.get_one(Deadline, whole_id).met_on = today


def amend(found: Task) -> None:
    """Tell the register of a changed deadline. A human has chosen another type since it was registered."""
    deadline = clocks_of(found)
    days = (deadline.due_on, deadline.feedback_due_on)
    with transaction() as session:
        row = session.get(Deadline, found.enquiry.id)
        if row is None or (row.due_on, row.feedback_due_on) == days:
            return
    engine.container().deadlines.amend(deadline)
    with transaction() as session:
        row = session.get_one(Deadline, found.enquiry.id)
        row.due_on, row.feedback_due_on = days


def clocks_of(found: Task) -> NewDeadline:
    """Return an enquiry's clocks for the register."""
    enquiry = found.enquiry
    return NewDeadline(
        key=journaling.deadline_key(enquiry.id),
        case_number=found.case_number,
        unit=found.unit.name,
        due_on=enquiry.clocks.answer or enquiry.due_on,
        feedback_due_on=enquiry.feedback_due_on,
        kind=enquiry.deadline_type.name if enquiry.deadline_type else "",
    )


@step("file_draft")
def file_draft(enquiry_id: int, routing_no: int) -> None:
    """File the reply draft as a document of the case."""
    found = task(enquiry_id, routing_no)
    draft = _draft(found)
    file_document(
        found,
        f"draft:{routing_no}",
        f"Svarudkast: {draft.subject}",
        "svarudkast.txt",
        draft.text.encode(),
        Direction.INTERNAL,
        now(),
    )


def _draft(found: Task) -> Outgoing:
    with transaction() as session:
        copy_to = reply_tags.issue(session, engine.container().settings, found.enquiry, found.routing_no)
        text = session.scalar(select(Enquiry.text).where(Enquiry.id == found.enquiry.id)) or ""
        template = reply_templates.text_for(
            session, TemplateKind.REPLY_DRAFT, found.unit.id, found.enquiry.subject, text
        )
    return letters.draft(
        found.enquiry, found.unit, found.case_number, found.routing_no, template, engine.container().settings, copy_to
    )


@step("save_draft")
def save_draft(enquiry_id: int, routing_no: int) -> None:
    """Save the draft in the unit's Drafts. The unit writes on it and sends it."""
    found = task(enquiry_id, routing_no)
    if not found.enquiry.citizen_address:
        return
    draft = _draft(found)
    engine.container().gateway.save_draft(found.unit.address, draft)
    with transaction() as session:
        events.record(session, DraftSaved(unit_id=found.unit.id), by=ROBOT, now=now(), enquiry_id=enquiry_id)


@step("forward")
def forward(enquiry_id: int, routing_no: int) -> None:
    """Send the mail to its unit. The row is written first: from then on undo means a recall."""
    found = task(enquiry_id, routing_no)
    mail, config = mail_of(found.enquiry), engine.container().settings
    with transaction() as session:
        copy_to = reply_tags.issue(session, config, found.enquiry, routing_no)
    message = letters.forward(found.enquiry, found.unit, found.case_number, routing_no, mail, config, copy_to)
    with transaction() as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        if enquiry.routing_no != routing_no or enquiry.state is not State.ROUTED:
            raise Overtaken
        row = Forward(
            message_id=message.message_id, enquiry_id=enquiry_id, routing_no=routing_no, unit_id=found.unit.id
        )
        if session.get(Forward, message.message_id) is None:
            session.add(row)

    def tell(session: Session, row: Forward) -> None:
        sent = MailForwarded(unit_id=found.unit.id, to=found.unit.address, message_id=message.message_id)
        events.record(session, sent, by=ROBOT, now=now(), enquiry_id=enquiry_id)
        acknowledging.ask(session, engine.container().robot, session.get_one(Enquiry, enquiry_id), now=now())

    send_once(message, Slip(Forward, message.message_id, Letter.FORWARD), tell)
