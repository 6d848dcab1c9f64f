"""Journal a played year's mails as the robot's workflows do: the same calls outside, and the same rows and events."""

from datetime import date, datetime
from typing import Protocol

from app.config import Settings
from app.demo.lived_year.house import Matter
from app.demo.lived_year.ledger import Ledger
from app.domain import deadlines, journaling
from app.domain.actor import ROBOT
from app.domain.deadline_status import in_time
from app.domain.enquiry import State, follow
from app.domain.events.base import DomainEvent
from app.domain.events.casework import (
    CaseClosed,
    CaseOpened,
    CitizenToldNotOurs,
    DeadlineMet,
    DeadlineRegistered,
    DocumentFiled,
    DraftSaved,
    EnquiryClosed,
    MailForwarded,
    MailSentOn,
)
from app.domain.templates import BUILT_IN, TemplateKind
from app.models.authority import Authority, Referral
from app.models.case import Case, CaseDocument, Deadline, Forward
from app.models.enquiry import Enquiry, RawMail
from app.models.unit import Unit
from app.services.casework import titles
from app.services.platform.viewing import hidden
from connectors.deadlines.register import NewDeadline
from connectors.mail.compose import compose
from connectors.mail.message import Outgoing
from connectors.records.system import Direction, NewCase, NewDocument


class Cases(Protocol):
    """What of a RecordsSystem the play asks for."""

    def open_case(self, case: NewCase) -> str: ...
    def assign(self, case_number: str, unit: str) -> None: ...
    def add_document(self, case_number: str, document: NewDocument) -> str: ...
    def close_case(self, case_number: str, on: date) -> None: ...


class Deadlines(Protocol):
    """What of a DeadlineRegister the play asks for."""

    def register(self, deadline: NewDeadline) -> str: ...
    def complete(self, key: str, on: date) -> None: ...


class Letters(Protocol):
    """What the robot writes (app/workflow/letters.py, which the demo may not import)."""

    def draft(
        self, enquiry: Enquiry, unit: Unit, case_number: str, routing_no: int, template: str, config: Settings
    ) -> Outgoing: ...
    def forward(
        self, enquiry: Enquiry, unit: Unit, case_number: str, routing_no: int, mail: bytes, config: Settings
    ) -> Outgoing: ...
    def sent_on(
        self,
        row: Referral,
        authority: Authority,
        enquiry: Enquiry,
        case_number: str,
        sender: str,
        mail: bytes,
        secret: str,
    ) -> Outgoing: ...
    def not_ours(self, row: Referral, enquiry: Enquiry, case_number: str, secret: str) -> Outgoing: ...


class Journal:
    """The robot of a played year. What it does at one moment, it does within it."""

    def __init__(
        self,
        ledger: Ledger,
        records: Cases,
        register: Deadlines,
        letters: Letters,
        settings: Settings,
        mailboxes: dict[str, str],
    ) -> None:
        """`mailboxes`: address → the name that citizens know it by."""
        self._ledger, self._records, self._register = ledger, records, register
        self._letters, self._settings, self._mailboxes = letters, settings, mailboxes

    def route(self, matter: Matter, unit: Unit, at: datetime) -> None:
        """Journal a routed mail and send it to its unit."""
        enquiry = matter.enquiry
        if matter.case is None:
            self._open(matter, unit.name, unit.subject_code, at)
        else:
            self._records.assign(matter.case.number, unit.name)
        number = self._file_received(matter, at)
        self._set_deadline(matter, unit, at)
        template = BUILT_IN[TemplateKind.REPLY_DRAFT]
        draft = self._letters.draft(enquiry, unit, number, enquiry.routing_no, template, self._settings)
        what, title = f"draft:{enquiry.routing_no}", f"Svarudkast: {draft.subject}"
        self._file(matter, what, title, "svarudkast.txt", draft.text.encode(), Direction.INTERNAL, at, at)
        if enquiry.citizen_address:
            self._tell(matter, DraftSaved(unit_id=unit.id), at)
        key = journaling.message_id(f"forward:{enquiry.id}:{enquiry.routing_no}", self._settings.secret_key)
        self._ledger.add(
            Forward(message_id=key, enquiry_id=enquiry.id, routing_no=enquiry.routing_no, unit_id=unit.id, sent_at=at)
        )
        self._tell(matter, MailForwarded(unit_id=unit.id, to=unit.address, message_id=key), at)

    def reply(self, matter: Matter, answer: RawMail, at: datetime) -> None:
        """File the unit's answer, meet the deadline, and close the case."""
        enquiry, key = matter.enquiry, journaling.reply_key(answer.id)
        sent_at = answer.received_at
        self._file(matter, key, "Svar til borgeren", "svar.eml", answer.content, Direction.SENT, sent_at, at)
        self._meet_deadline(matter, at)
        self._close(matter, at)
        enquiry.state = follow(enquiry.state, State.CLOSED)
        enquiry.closed_at = at
        self._ledger.touch(enquiry)
        self._tell(matter, EnquiryClosed(), at)

    def refer(self, matter: Matter, row: Referral, authority: Authority, at: datetime) -> None:
        """Send a mail on to its authority, tell the citizen, and close the case."""
        secret, mailbox = self._settings.secret_key, self._mailboxes[matter.enquiry.mailbox]
        row.begun_at = at
        if matter.case is None:
            self._open(matter, mailbox, "", at)
        number = self._file_received(matter, at)
        on = self._letters.sent_on(row, authority, matter.enquiry, number, mailbox, matter.raw.content, secret)
        row.forwarded_at = at
        self._tell(matter, MailSentOn(authority=authority.name, to=row.address, message_id=on.message_id), at)
        key, title = f"referral:{row.id}", f"Videresendt til {authority.name}"
        letter = self._letters.not_ours(row, matter.enquiry, number, secret) if row.text else None
        if letter is not None:
            row.notified_at = at
            self._tell(matter, CitizenToldNotOurs(message_id=letter.message_id), at)
        self._file(matter, key, title, "videresendt.eml", compose(on), Direction.SENT, row.at, at)
        if letter is not None:
            content = compose(letter)
            self._file(matter, f"{key}:told", "Besked til borgeren", "besked.eml", content, Direction.SENT, row.at, at)
        row.ended_at = at
        self._ledger.touch(row)
        self.end(matter, at)

    def end(self, matter: Matter, at: datetime) -> None:
        """Close the case of a mail that is not ours, where it was given one."""
        if matter.deadline is not None:
            self._register.complete(journaling.deadline_key(matter.id), deadlines.local_day(at))
        self._close(matter, at)

    def _open(self, matter: Matter, owner: str, subject_code: str, at: datetime) -> None:
        enquiry = matter.enquiry
        number = self._records.open_case(
            NewCase(
                key=journaling.case_key(enquiry.id),
                title=titles.case(enquiry),
                unit=owner,
                subject_code=subject_code,
                received_at=enquiry.received_at,
            )
        )
        matter.case = Case(number=number, opened_at=at)
        enquiry.case_id = self._ledger.number(matter.case)
        self._ledger.touch(enquiry)
        self._tell(matter, CaseOpened(case=number), at)

    def _file_received(self, matter: Matter, at: datetime) -> str:
        """File what the citizen sent; return the number of the case."""
        enquiry = matter.enquiry
        assert matter.case is not None
        received, title = enquiry.received_at, titles.case(enquiry)
        self._file(matter, "mail", title, "henvendelse.eml", matter.raw.content, Direction.RECEIVED, received, at)
        for n, file in enumerate(matter.files):
            title, name = titles.attachment(n, file.filename), hidden(file.filename)
            self._file(matter, f"attachment:{n}", title, name, file.content, Direction.RECEIVED, received, at)
        return matter.case.number

    def _file(
        self,
        matter: Matter,
        what: str,
        title: str,
        filename: str,
        content: bytes,
        direction: Direction,
        of: datetime,
        at: datetime,
    ) -> None:
        """File a document under its key, once. `of`: when it was received, sent or written."""
        assert matter.case is not None
        key = what if what.startswith("reply:") else journaling.document_key(matter.id, what)
        if key in matter.filed:
            return
        number = self._records.add_document(
            matter.case.number, NewDocument(key, title, filename, content, direction, of)
        )
        matter.filed.add(key)
        self._ledger.add(
            CaseDocument(
                key=key,
                case_id=matter.case.id,
                enquiry_id=matter.id,
                number=number,
                title=title[:300],
                filed_at=at,
            )
        )
        self._tell(matter, DocumentFiled(case=matter.case.number, document=number, what=what), at)

    def _set_deadline(self, matter: Matter, unit: Unit, at: datetime) -> None:
        enquiry = matter.enquiry
        assert matter.case is not None
        due, feedback = enquiry.clocks.answer or enquiry.due_on, enquiry.feedback_due_on
        number = self._register.register(
            NewDeadline(
                key=journaling.deadline_key(enquiry.id),
                case_number=matter.case.number,
                unit=unit.name,
                due_on=due,
                feedback_due_on=feedback,
                kind=enquiry.deadline_type.name if enquiry.deadline_type else "",
            )
        )
        if matter.deadline is not None:
            return
        matter.deadline = Deadline(enquiry_id=enquiry.id, number=number, due_on=due, feedback_due_on=feedback)
        self._ledger.add(matter.deadline)
        self._tell(
            matter,
            DeadlineRegistered(
                number=number, due_on=due.isoformat(), feedback_due_on=feedback.isoformat() if feedback else None
            ),
            at,
        )

    def _meet_deadline(self, matter: Matter, at: datetime) -> None:
        enquiry, row = matter.enquiry, matter.deadline
        assert enquiry.answered_at is not None
        assert row is not None
        day = deadlines.local_day(enquiry.answered_at)
        self._register.complete(journaling.deadline_key(enquiry.id), day)
        row.met_on = day
        self._ledger.touch(row)
        feedback = None
        if enquiry.feedback_due_on is not None and enquiry.feedback_at is not None:
            feedback = in_time(enquiry.feedback_due_on, deadlines.local_day(enquiry.feedback_at))
        self._tell(matter, DeadlineMet(in_time=in_time(row.due_on, day), feedback_in_time=feedback), at)

    def _close(self, matter: Matter, at: datetime) -> None:
        if matter.case is None or matter.case.closed_at is not None:
            return
        self._records.close_case(matter.case.number, deadlines.local_day(at))
        matter.case.closed_at = at
        self._ledger.touch(matter.case)
        self._tell(matter, CaseClosed(case=matter.case.number), at)

    def _tell(self, matter: Matter, content: DomainEvent, at: datetime) -> None:
        self._ledger.record(content, by=ROBOT, now=at, enquiry_id=matter.id)
