"""Do with a played year's mails what the services do, without asking the database for each.

What is decided, and the rows that say so, come from the same functions that the services call (decision 0070); only
the order of a service's steps is written here once more, and a test plays the same days both ways and compares.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from app import database
from app.demo.lived_year.facts import Facts
from app.demo.lived_year.ledger import Ledger
from app.demo.lived_year.played_model import PlayedModel
from app.demo.mails import DemoMail
from app.domain import recognition as recognition_rules
from app.domain import rules
from app.domain.actor import LINK_HOLDER, ROBOT, Actor
from app.domain.enquiry import LabelSource, State, follow
from app.domain.events.base import DomainEvent
from app.domain.events.enquiries import MailViewed
from app.domain.events.inbound import EnquiryAnswered, EnquirySentToTriage, MailReceived, MailSetAside
from app.domain.events.triage import Circumstances, EnquiryDismissed, EnquiryReferred, EnquiryReturned
from app.domain.outside import NOT_AN_ENQUIRY, of_authority
from app.domain.recognition import SetAside
from app.domain.returning import ReturnReason
from app.domain.routing import Reason, Route, blind, checked
from app.domain.rules import RoutingRule
from app.models.authority import Authority, Referral
from app.models.case import Case, Deadline, Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.label import Label, LabelPosition
from app.models.prediction import Decision, Prediction
from app.queries.inbound import rule_list
from app.queries.learning.sampling import RECENTLY
from app.services.casework import enquiry_deadlines
from app.services.inbound import citizens, intake, recognition, routing
from app.services.inbound.recognition import Signs
from app.services.learning import labels, model_replay
from app.services.learning.learner import position_given
from app.services.learning.ranking import example_of, rows_of
from app.services.organisation import authorities
from app.services.platform import viewing
from app.services.triage import decisions, referring, returns
from connectors.mail import addresses
from connectors.mail.message import Folder, MailAttachment, MessageRef, ParsedMail
from learning import sampling
from learning.example import TaughtLabel
from learning.features import Prepared, prepare
from learning.salt import Salt

LAST = 50
"""Open mails of one subject or citizen that a new one is compared with."""


@dataclass(eq=False)
class Matter:
    """An enquiry on its way through the year, with what belongs to it."""

    mail: DemoMail
    raw: RawMail
    enquiry: Enquiry
    prepared: Prepared | None = None
    prediction: Prediction | None = None
    decision: Decision | None = None
    label: Label | None = None
    """The one that stands."""
    position: int = 0
    """Where that was learned."""
    case: Case | None = None
    deadline: Deadline | None = None
    files: tuple[MailAttachment, ...] = ()
    filed: set[str] = field(default_factory=set)
    """Keys of the documents that lie on its case."""
    waits_since: int = 0
    """The model's position when it came to wait: open mails are ranked again after each label."""
    shown_at: datetime | None = None
    shown_to: str = ""

    @property
    def id(self) -> int:
        return self.enquiry.id


class PlayedHouse:
    """The house on a day of the played year."""

    def __init__(self, engine: Engine, facts: Facts, ledger: Ledger, salt: Salt) -> None:
        self.engine, self.facts, self.ledger, self._salt = engine, facts, ledger, salt
        self.model = PlayedModel()
        self._checks: deque[tuple[datetime, int]] = deque()
        self._unnumbered: list[tuple[Label, int]] = []
        """What was written since labels were last numbered, each with its position."""
        self._open: dict[int, Matter] = {}

    @property
    def open(self) -> list[Matter]:
        """Return what waits in triage or at a unit, oldest first."""
        return list(self._open.values())

    def receive(self, mail: DemoMail, parsed: ParsedMail, html: str | None, at: datetime) -> Matter:
        """Take a mail in, read it and give it its place."""
        raw = intake.raw_of(mail.mailbox, Folder.INBOX, MessageRef(mail.message_id.strip("<>"), at), mail.raw)
        raw.taken_at = at
        enquiry = Enquiry(
            raw_mail_id=self.ledger.number(raw),
            mailbox=mail.mailbox,
            received_at=at,
            state=State.RECEIVED,
            routing_no=0,
            returns=0,
            blind=False,
        )
        self._start(enquiry, None)
        self.ledger.number(enquiry)
        matter = Matter(mail, raw, enquiry, files=parsed.attachments)
        self._tell(MailReceived(sha256=raw.sha256, size=raw.size), matter, ROBOT, at)
        signs = recognition.signs(parsed)
        self._read(matter, parsed, html, signs)
        self._place(matter, signs, at)
        return matter

    def _start(self, enquiry: Enquiry, kind_id: int | None) -> None:
        kind = self.facts.usual if kind_id is None else self.facts.deadline_types[kind_id]
        enquiry_deadlines.run_from_receipt(enquiry, kind, self.facts.calendar)
        enquiry.deadline_type_id = kind.id

    def _read(self, matter: Matter, parsed: ParsedMail, html: str | None, signs: Signs) -> None:
        enquiry = matter.enquiry
        enquiry.raw = matter.raw
        citizen = citizens.told_by(
            parsed,
            enquiry.mailbox,
            signs.passed_on,
            forms=(),
            is_ours=lambda each: bool(authorities.spellings(each) & self.facts.addresses),
            wrote=lambda each: bool(each) and addresses.domain(each) in self.facts.domains,
        )
        intake.copy_in(enquiry, parsed, html, citizen)
        for attachment in enquiry.attachments:
            attachment.enquiry_id = enquiry.id
            self.ledger.add(attachment)

    def _place(self, matter: Matter, signs: Signs, at: datetime) -> None:
        enquiry = matter.enquiry
        if signs.aside is not None:
            enquiry.reason = signs.aside
            enquiry.state = follow(enquiry.state, State.SET_ASIDE)
            self._tell(MailSetAside(reason=signs.aside), matter, ROBOT, at)
            return
        enquiry.resembles_id = self._resembling(enquiry)
        rule = rules.first(self.facts.rules, rule_list.subject_of(enquiry))
        if rule is not None and rule.deadline_type is not None:
            self._start(enquiry, rule.deadline_type)
        if enquiry.words_missing is not None:
            self._unranked(matter, at)
        else:
            self._route(matter, rule, at)
        self._open[enquiry.id] = matter

    def _resembling(self, enquiry: Enquiry) -> int | None:
        """Return the open enquiry that this one may repeat, as recognition finds it."""
        subjects = {enquiry.subject, recognition_rules.bare_subject(enquiry.subject)}
        since = enquiry.received_at - recognition.LOOK_BACK
        others = [
            each.enquiry
            for each in self._open.values()
            if (each.enquiry.subject in subjects or each.enquiry.citizen_key == enquiry.citizen_key != "")
            and each.enquiry.received_at >= since
        ]
        latest = others[-recognition.CANDIDATES :]
        return recognition.most_alike(enquiry, [(each.id, each.subject, each.text) for each in reversed(latest)])

    def _unranked(self, matter: Matter, at: datetime) -> None:
        """Put a mail without words before a human."""
        enquiry, route = matter.enquiry, Route(None, Reason.WORDS_MISSING)
        self._note(
            matter,
            routing.noted(
                enquiry.id, route, now=at, prediction=None, limit=None, rule=None, probability=None, wanted=None
            ),
        )
        enquiry.state = follow(enquiry.state, State.TRIAGE)
        self._tell(
            EnquirySentToTriage(unit_id=None, reason=route.reason, missing=enquiry.words_missing), matter, ROBOT, at
        )

    def _note(self, matter: Matter, decision: Decision) -> None:
        self.ledger.number(decision)
        matter.decision = decision

    def _route(self, matter: Matter, rule: RoutingRule | None, at: datetime) -> None:
        enquiry, facts = matter.enquiry, self.facts
        coin = sampling.coin(facts.sampling["seed"], enquiry.id)
        matter.prepared = prepare(example_of(enquiry), self._salt)
        ranking, position = self.model.rank(matter.prepared, facts.out_of_scope_share), self.model.position
        matter.waits_since = position
        prediction = Prediction(enquiry_id=enquiry.id, model_position=position, at=at, **rows_of(ranking))
        matter.prediction = prediction
        self.ledger.add(prediction)
        limit = facts.limit_for(int(ranking.first.unit)) if ranking.first else None
        wanted = routing.without_citizen(enquiry) or routing.by_ranking(
            enquiry, ranking, rule, limit, running=True, modes=facts.modes
        )
        chance = self._chance(wanted, at)
        route = checked(wanted, coin, chance or 0.0)
        self._note(
            matter,
            routing.noted(
                enquiry.id,
                route,
                now=at,
                prediction=prediction,
                limit=limit,
                rule=rule,
                probability=chance,
                wanted=wanted.unit,
            ),
        )
        if route.reason is Reason.BLIND_CHECK and wanted.unit is not None:
            self._checks.append((at, int(wanted.unit)))
        enquiry.blind = bool(ranking.all) and blind(route, coin, facts.sampling["human"])
        if route.unit is None:
            enquiry.state = follow(enquiry.state, State.TRIAGE)
        else:
            enquiry.automatic = True
            self._send_to(matter, int(route.unit), at)
        self._tell(routing.route_of(enquiry, route, ranking, limit, position, rule), matter, ROBOT, at)

    def _chance(self, route: Route, at: datetime) -> float | None:
        """Return the probability of a blind check, as the service counts it from the decisions of the last days."""
        if route.unit is None or route.reason is not Reason.CONFIDENT:
            return None
        while self._checks and self._checks[0][0] < at - RECENTLY:
            self._checks.popleft()
        own = sum(unit == int(route.unit) for _, unit in self._checks)
        rule = self.facts.sampling
        return sampling.probability(own, len(self._checks), floor=rule["floor"], first=rule["first"])

    def _send_to(self, matter: Matter, unit_id: int, at: datetime) -> None:
        matter.enquiry.unit_id = unit_id
        decisions.mark_routed(matter.enquiry, now=at)
        self.ledger.touch(matter.enquiry)

    def look(self, matter: Matter, by: Actor, at: datetime) -> None:
        """Show a mail to somebody in triage, with what the model says by now."""
        self._tell(MailViewed(purpose="triage"), matter, by, at)
        matter.shown_at, matter.shown_to = at, by.email
        if matter.prepared is None or matter.prediction is None or matter.waits_since == self.model.position:
            return
        ranking = self.model.rank(matter.prepared, self.facts.out_of_scope_share)
        rows, prediction = rows_of(ranking), matter.prediction
        if (rows["ranking"], rows["outside"]) != (prediction.ranking, prediction.outside):
            prediction.ranking, prediction.outside = rows["ranking"], rows["outside"]
            prediction.confidence = rows["confidence"]
            prediction.model_position, prediction.at = self.model.position, at
            self.ledger.touch(prediction)

    def choose(self, matter: Matter, unit_id: int, by: Actor, at: datetime, *, doubtful: bool = False) -> None:
        """Decide that a mail is a unit's. With `doubtful` the model can soon go back before this label."""
        taken = self._measured(matter, by, at)
        source = LabelSource.RETURNED if matter.enquiry.returns else None
        label = self._label(matter, unit_id, source, by, at, doubtful=doubtful)
        self._send_to(matter, unit_id, at)
        self._tell(decisions.choice_of(label, unit_id, matter.enquiry.routing_no, taken), matter, by, at)
        self._learn(matter, label, at)

    def refer(self, matter: Matter, authority: Authority, by: Actor, at: datetime) -> Referral:
        """Decide that a mail is another authority's, with the letter that the house proposes."""
        taken = self._measured(matter, by, at)
        with database.read(self.engine) as session:
            letter = referring.letter_for(session, matter.enquiry, authority)
        label = self._label(matter, of_authority(authority.id), None, by, at)
        self._end(matter, State.REFERRED, SetAside.NOT_OURS)
        row = Referral(
            enquiry_id=matter.id,
            authority_id=authority.id,
            address=authority.address,
            text=f"{letter.strip()}\n" if letter else "",
            at=at,
        )
        self.ledger.number(row)
        referred = EnquiryReferred(
            reason=SetAside.NOT_OURS,
            hop=matter.enquiry.routing_no,
            referral_id=row.id,
            authority=authority.name,
            **taken,
        )
        self._tell(referred, matter, by, at)
        self._judged(at)
        self._learn(matter, label, at)
        return row

    def dismiss(self, matter: Matter, by: Actor, at: datetime) -> None:
        """Decide that a mail is no enquiry."""
        label = self._label(matter, NOT_AN_ENQUIRY, None, by, at)
        taken = self._measured(matter, by, at)
        self._end(matter, State.SET_ASIDE, SetAside.NOT_AN_ENQUIRY)
        dismissed = EnquiryDismissed(reason=SetAside.NOT_AN_ENQUIRY, hop=matter.enquiry.routing_no, **taken)
        self._tell(dismissed, matter, by, at)
        self._judged(at)
        self._learn(matter, label, at)

    def _end(self, matter: Matter, state: State, reason: SetAside) -> None:
        enquiry = matter.enquiry
        enquiry.state = follow(enquiry.state, state)
        enquiry.reason, enquiry.owner_id = reason, None
        self.ledger.touch(enquiry)
        self._open.pop(enquiry.id)

    def _measured(self, matter: Matter, by: Actor, at: datetime) -> Circumstances:
        if matter.shown_at is None or matter.shown_to != by.email:
            return {"blind": matter.enquiry.hidden}
        return {"seconds": round(max(0.0, (at - matter.shown_at).total_seconds()), 1), "blind": matter.enquiry.hidden}

    def give_back(
        self,
        matter: Matter,
        by: Actor,
        at: datetime,
        *,
        why: str,
        reason: ReturnReason | None = None,
        belongs_id: int | None = None,
    ) -> None:
        """Let a unit send a mail back."""
        enquiry = matter.enquiry
        returned = EnquiryReturned(
            unit_id=enquiry.unit_id, why=viewing.hidden(why.strip()[:500]), reason=reason, belongs_id=belongs_id
        )
        self._tell(returned, matter, by, at)
        enquiry.state = follow(enquiry.state, State.TRIAGE)
        enquiry.returns += 1
        if enquiry.returns >= returns.TO_OWNER:
            enquiry.owner_id = self.facts.owner_of(enquiry.unit_id)
        enquiry.unit_id, enquiry.automatic = None, False
        self.ledger.touch(enquiry)
        matter.waits_since = self.model.position
        if by != LINK_HOLDER:
            self._revoke(matter, by, at)
        self._judged(at)
        self._number(at)

    def answer(self, matter: Matter, content: bytes, message_id: str, at: datetime) -> RawMail:
        """Take in the unit's answer from its Sent."""
        enquiry = matter.enquiry
        assert enquiry.unit_id is not None
        unit = self.facts.units[enquiry.unit_id]
        by = Actor(unit.address)
        raw = intake.raw_of(unit.address, Folder.SENT, MessageRef(message_id.strip("<>"), at), content)
        self.ledger.number(raw)
        self.ledger.add(Reply(raw_mail_id=raw.id, enquiry_id=enquiry.id, sent_at=at, message_id=message_id))
        enquiry.state = follow(enquiry.state, State.ANSWERED)
        enquiry.answered_at = at
        enquiry_deadlines.stop_feedback(enquiry, at)
        self.ledger.touch(enquiry)
        self._tell(EnquiryAnswered(sha256=raw.sha256), matter, by, at)
        if matter.label is None:
            label = self._label(matter, enquiry.unit_id, LabelSource.ANSWERED, by, at)
            self._learn(matter, label, at)
        return raw

    def done(self, matter: Matter) -> None:
        """Let go of a mail that is closed."""
        self._open.pop(matter.id, None)

    def _label(
        self,
        matter: Matter,
        belongs: int | str,
        source: LabelSource | None,
        by: Actor,
        at: datetime,
        *,
        doubtful: bool = False,
    ) -> Label:
        self._revoke(matter, by, at)
        if doubtful:
            self.model.mark()
        label = labels.made(matter.id, belongs, labels.first_suggestion(matter.prediction), source, by=by, now=at)
        self.ledger.number(label)
        matter.label = label
        return label

    def _revoke(self, matter: Matter, by: Actor, at: datetime) -> None:
        if matter.label is None:
            return
        revocation = labels.revocation_of(matter.label, by=by, now=at)
        self.ledger.number(revocation)
        self._unnumbered.append((revocation, self.model.unlearn(matter.position)))
        matter.label = None

    def _learn(self, matter: Matter, label: Label, at: datetime) -> None:
        prepared = matter.prepared or prepare(example_of(matter.enquiry), self._salt)
        weight = model_replay.weight_of(label.source, matter.decision)
        matter.position = self.model.learn(prepared, TaughtLabel(str(label.id), label.belongs, weight))
        self._unnumbered.append((label, matter.position))
        self._number(at)

    def _judged(self, at: datetime) -> None:
        """Hear that a unit, or a person, found a route wrong. The services ask the breakers here, the play each evening."""

    def _number(self, at: datetime) -> None:
        """Write down the positions of what was learned, as the learner does after the decision."""
        for label, position in self._unnumbered:
            self.ledger.add(LabelPosition(position=position, label_id=label.id, at=at))
            self.ledger.record(position_given(label, position), by=ROBOT, now=at, enquiry_id=label.enquiry_id)
        self._unnumbered.clear()

    def _tell(self, content: DomainEvent, matter: Matter, by: Actor, at: datetime) -> None:
        self.ledger.record(content, by=by, now=at, enquiry_id=matter.id)
