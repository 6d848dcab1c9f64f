"""Look at a played year from outside: the truth of its mails beside what the house itself knows of its robot."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from app import database
from app.container import Container
from app.demo.mails import Mails
from app.demo.municipality import load
from app.domain.enquiry import State
from app.domain.events.inbound import EnquiryRouted
from app.domain.events.triage import EnquiryReturned
from app.domain.routing import Reason
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.prediction import Decision
from app.models.unit import Unit
from app.queries.learning import sampling as outcomes
from app.services.learning import error_budget, model_replay
from app.services.learning.model_replay import ModelReplay
from app.services.platform import audit, settings
from learning.sampling import Check, Estimate, precision


@dataclass(frozen=True, slots=True)
class Year:
    """What a year was, and what it says of itself."""

    mails: int
    automatic: int
    """Routed by the robot's own confidence."""
    wrong: int
    """Of these, by the truth that stands in their Message-IDs."""
    sent_back: int
    """Of these, by the log."""
    under_way: int
    """Wrong ones that their units have not sent back by the year's end."""
    checked: Estimate
    """The share of right ones, as the blind checks of the year tell."""
    same_model: bool
    same_limit: bool
    whole: bool

    @property
    def honest(self) -> bool:
        """The model and the limit follow from the log, which is whole; each error is one that a unit has seen."""
        return self.same_model and self.same_limit and self.whole and self.wrong == self.sent_back + self.under_way

    def __str__(self) -> str:
        share, error = self.automatic / max(1, self.mails), self.wrong / max(1, self.automatic)
        checks = self.checked
        told = f"{1 - checks.high:.3f}-{1 - checks.low:.3f} by {checks.n} checks"
        return f"{self.mails} mails, automatic {share:.3f}, wrong {error:.3f} ({told}), sent back {self.sent_back}"


def of(container: Container, seed: int) -> Year:
    """Look at the year of a house."""
    truth, now = Mails(load(), seed).truth, datetime.now(UTC)
    with database.read(container.engine) as session:
        units = {unit.id: unit.name for unit in session.scalars(select(Unit))}
        mails = {each.id: each for each in session.scalars(select(Enquiry))}
        routed = [
            (event.enquiry_id, content.unit_id)
            for event in session.scalars(select(Event).where(Event.kind == EnquiryRouted.kind))
            if (content := EnquiryRouted.read(event.data)).reason == Reason.CONFIDENT
        ]
        wrong = {n for n, unit_id in routed if truth(mails[n].message_id or "") != units[unit_id or 0]}
        first_back = set(session.scalars(select(Event.enquiry_id).where(Event.kind == EnquiryReturned.kind)))
        chances = {row.enquiry_id: row.probability for row in session.scalars(select(Decision).where(Decision.sampled))}
        known = outcomes.outcomes(session, {}, since=datetime.min.replace(tzinfo=UTC))
        checks = [Check(each.right, chances[each.enquiry_id]) for each in known if each.enquiry_id in chances]
        replay = model_replay.advance(session, ModelReplay(salt=container.salt), until=model_replay.end(session))
        limit = error_budget.compute_limits(session, now=now).limit
        return Year(
            mails=len(mails),
            automatic=len(routed),
            wrong=len(wrong),
            sent_back=len(first_back & {n for n, _ in routed}),
            under_way=sum(mails[n].state is State.ROUTED and mails[n].returns == 0 for n in wrong),
            checked=precision(checks),
            same_model=replay.model.state_hash() == container.learner.state_hash(),
            same_limit=settings.get(session, settings.CONFIDENCE_LIMIT) == limit,
            whole=audit.first_break(session) is None,
        )
