"""The same house as the played one, on the services themselves: each verb at its time, one transaction after the other."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from app import database
from app.container import Container
from app.demo.lived_year.facts import Facts
from app.demo.mails import DemoMail
from app.domain.actor import LINK_HOLDER, Actor
from app.domain.returning import ReturnReason
from app.models.authority import Authority, Referral
from app.models.case import Case
from app.models.enquiry import Enquiry, RawMail
from app.models.prediction import Prediction
from app.models.unit import Unit
from app.services.inbound import intake, replies
from app.services.platform import viewing
from app.services.platform.robot import Robot
from app.services.triage import decisions, referring, returns
from app.workflow import engine, journal, refer, reply
from app.workflow.doors import Hands
from connectors.mail.message import Folder, MessageRef, ParsedMail
from tests import clock


class Unhired(Robot):
    """A robot that nobody need wait for: the test does its work at the time it is to be done."""

    def enqueue(self, *_: Any, **__: Any) -> str:
        return ""


@dataclass
class Seen:
    """A mail as the play looks at it, read anew each time."""

    container: Container
    mail: DemoMail
    id: int

    @property
    def enquiry(self) -> Enquiry:
        with database.read(self.container.engine) as session:
            found = session.get_one(Enquiry, self.id)
            _ = found.raw.content
            return found

    @property
    def prediction(self) -> Prediction | None:
        with database.read(self.container.engine) as session:
            return session.get(Prediction, self.id)

    @property
    def case(self) -> Case | None:
        with database.read(self.container.engine) as session:
            return session.get_one(Enquiry, self.id).case


class ServicesHouse:
    """What `PlayedHouse` and `Journal` are to the play."""

    def __init__(self, container: Container, facts: Facts, patch: pytest.MonkeyPatch) -> None:
        self.engine, self.facts, self._patch, self._c = container.engine, facts, patch, container
        self._robot = Unhired(container.engine)
        container.robot = self._robot
        patch.setattr(engine, "_container", Hands(container))

    def _now(self, at: datetime) -> datetime:
        clock.stop(self._patch, at)
        return at

    def receive(self, mail: DemoMail, parsed: ParsedMail, html: str | None, at: datetime) -> Seen:
        now, c = self._now(at), self._c
        with database.write(self.engine) as session:
            ref = MessageRef(mail.message_id.strip("<>"), at)
            made = intake.admit(session, mail.mailbox, Folder.INBOX, ref, mail.raw, now)
            assert made is not None
            made.raw.taken_at = now
            number = made.id
        assert intake.process(self.engine, c.parser, c.learner, self._robot, now=now) == 1
        return Seen(c, mail, number)

    def look(self, matter: Seen, by: Actor, at: datetime) -> None:
        with database.write(self.engine) as session:
            viewing.log(session, matter.id, by=by, purpose="triage", now=self._now(at))

    def choose(self, matter: Seen, unit_id: int, by: Actor, at: datetime, *, doubtful: bool = False) -> None:
        with database.write(self.engine) as session:
            version = session.get_one(Enquiry, matter.id).version
            decisions.route(session, self._robot, matter.id, unit_id, version=version, by=by, now=self._now(at))
        self._learn(at)

    def refer(self, matter: Seen, authority: Authority, by: Actor, at: datetime) -> Referral:
        with database.write(self.engine) as session:
            enquiry = session.get_one(Enquiry, matter.id)
            letter = referring.letter_for(session, enquiry, session.get_one(Authority, authority.id))
            row = referring.refer(
                session, self._robot, matter.id, authority.id, letter, version=enquiry.version, by=by, now=self._now(at)
            )  # fmt: skip
            session.expunge(row)
        self._learn(at)
        return row

    def dismiss(self, matter: Seen, by: Actor, at: datetime) -> None:
        with database.write(self.engine) as session:
            version = session.get_one(Enquiry, matter.id).version
            decisions.no_enquiry(session, self._robot, matter.id, version=version, by=by, now=self._now(at))
        self._learn(at)

    def give_back(
        self, matter: Seen, by: Actor, at: datetime, *, why: str, reason: ReturnReason | None = None,
        belongs_id: int | None = None,
    ) -> None:  # fmt: skip
        with database.write(self.engine) as session:
            enquiry, now = session.get_one(Enquiry, matter.id), self._now(at)
            link = returns.ReturnLink(enquiry.id, enquiry.routing_no)
            ours = by == LINK_HOLDER
            found = returns.returnable_by_link(session, link, now=now) if ours else returns.returnable(session, link)
            returns.give_back(session, found, by=by, now=now, why=why, reason=reason, belongs_id=belongs_id)
        self._learn(at)

    def answer(self, matter: Seen, content: bytes, message_id: str, at: datetime) -> RawMail:
        now, c = self._now(at), self._c
        mail = c.parser.parse(content)
        with database.write(self.engine) as session:
            unit = session.get_one(Enquiry, matter.id).unit
            assert unit is not None
            ref = MessageRef(message_id.strip("<>"), at)
            took = replies.take(session, self._robot, unit.id, unit.address, ref, content, mail, now, whole=True)
            assert took
        self._learn(at)
        return RawMail()

    def done(self, matter: Seen) -> None: ...

    def _learn(self, at: datetime) -> None:
        self._c.learner.catch_up(now=at)

    def route(self, matter: Seen, unit: Unit, at: datetime) -> None:
        self._run(
            matter, matter.enquiry.routing_no, at, journal.open_case, journal.file_mail, journal.register_deadline,
            journal.file_draft, journal.save_draft, journal.forward,
        )  # fmt: skip

    def reply(self, matter: Seen, answer: RawMail, at: datetime) -> None:
        number = matter.enquiry.routing_no
        self._run(matter, number, at, reply.file_reply, reply.meet_deadline, reply.close_case, reply.close_enquiry)

    def refer_on(self, matter: Seen, row: Referral, authority: Authority, at: datetime) -> None:
        self._run(
            matter, row.id, at, refer.begin_referral, refer.open_referral_case, refer.send_on, refer.tell_citizen,
            refer.file_referral, refer.end_referral,
        )  # fmt: skip

    def end(self, matter: Seen, at: datetime) -> None:
        self._run(matter, matter.enquiry.routing_no, at, reply.dismiss_case)

    def _run(self, matter: Seen, number: int, at: datetime, *steps: Any) -> None:
        self._now(at)
        for step in steps:
            assert step(matter.id, number) == ""
