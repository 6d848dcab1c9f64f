"""Waves as pages show them. The banner on a member, the row in the queue, the page that decides them all."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, select
from sqlalchemy.orm import Session, aliased, undefer

from app.domain.enquiry import State
from app.domain.outside import authority_of
from app.models.enquiry import Enquiry
from app.models.prediction import Prediction
from app.models.unit import Unit
from app.models.wave import Wave, WaveMember
from app.models.words import note
from app.queries.organisation import outside
from learning.identities import capped

FEWEST = 2
"""With one mail left there is nothing to decide together."""
SHOWN = 200
SNIPPET = 160


@dataclass(frozen=True, slots=True)
class Banner:
    """A wave seen from one of its mails."""

    wave_id: int
    subject: str
    mails: int


@dataclass(frozen=True, slots=True)
class MemberRow:
    id: int
    version: int
    subject: str
    sender: str
    sender_key: str
    received_at: datetime
    beginning: str


@dataclass(frozen=True, slots=True)
class Shared:
    """A suggestion for a whole wave.

    A unit, another authority or, without a name, no enquiry; its confidence is the mean of what each mail gives it.
    """

    unit_id: int | None
    authority_id: int | None
    name: str
    confidence: float


def open_member(enquiry: Any = Enquiry, member: Any = WaveMember) -> ColumnElement[bool]:
    """Select mails that are decided with their wave.

    Not taken out, not blind, not sent back, nobody's in particular.
    """
    return and_(
        ~member.out,
        enquiry.state == State.TRIAGE,
        ~enquiry.blind,
        enquiry.returns == 0,
        enquiry.owner_id.is_(None),
        enquiry.follow_up_of_id.is_(None),
    )


@cache
def behind() -> ColumnElement[bool]:
    """Select whether an enquiry stands behind its wave's first.

    An earlier mail of the wave stands in the queue for all of them.
    """
    own, first, leading = aliased(WaveMember), aliased(WaveMember), aliased(Enquiry)
    return (
        select(leading.id)
        .join(first, first.enquiry_id == leading.id)
        .join(own, own.wave_id == first.wave_id)
        .where(own.enquiry_id == Enquiry.id, first.enquiry_id < own.enquiry_id)
        .where(open_member(leading, first), ~own.out, ~Enquiry.blind, Enquiry.returns == 0, Enquiry.owner_id.is_(None))
        .correlate(Enquiry)
        .exists()
    )


@cache
def alike() -> ScalarSelect[int]:
    """Count the open mails of an enquiry's wave. Itself is among them; 0 for one in no wave."""
    own, other, mail = aliased(WaveMember), aliased(WaveMember), aliased(Enquiry)
    return (
        select(func.count(mail.id))
        .join(other, other.enquiry_id == mail.id)
        .join(own, own.wave_id == other.wave_id)
        .where(own.enquiry_id == Enquiry.id, ~own.out, open_member(mail, other))
        .correlate(Enquiry)
        .scalar_subquery()
    )


def ids(wave_id: int) -> Select[int]:
    """Select the mails of a wave. Those taken out are left out."""
    return select(WaveMember.enquiry_id).where(WaveMember.wave_id == wave_id, ~WaveMember.out)


def banner(session: Session, enquiry_id: int) -> Banner | None:
    """Return the wave a mail can be decided with. None where it has no company in it."""
    mine = select(WaveMember.wave_id).join(Enquiry, Enquiry.id == WaveMember.enquiry_id)
    wave_id = session.scalar(mine.where(WaveMember.enquiry_id == enquiry_id, open_member()))
    if wave_id is None:
        return None
    found = of(session, wave_id)
    return found if found is not None and found.mails >= FEWEST else None


def of(session: Session, wave_id: int) -> Banner | None:
    """Return a wave by number. None where there is none."""
    query = select(Enquiry.id, Enquiry.subject).join(Wave, Wave.lead_id == Enquiry.id).where(Wave.id == wave_id)
    lead = session.execute(query).first()
    if lead is None:
        return None
    note([lead.id])
    count = select(func.count(Enquiry.id)).join(WaveMember, WaveMember.enquiry_id == Enquiry.id)
    mails = session.scalar(count.where(WaveMember.wave_id == wave_id, open_member())) or 0
    return Banner(wave_id, lead.subject, mails)


def members(session: Session, wave_id: int) -> list[MemberRow]:
    """Return the open mails of a wave, earliest first. At most `SHOWN`."""
    query = select(Enquiry).join(WaveMember, WaveMember.enquiry_id == Enquiry.id).options(undefer(Enquiry.text))
    rows = session.scalars(query.where(WaveMember.wave_id == wave_id, open_member()).order_by(Enquiry.id).limit(SHOWN))
    return [
        MemberRow(
            each.id,
            each.version,
            each.subject,
            each.citizen_name or each.sender_name or each.sender_address,
            each.citizen_key or each.sender_address.lower(),
            each.received_at,
            " ".join(capped(each.text, 2 * SNIPPET).split()),
        )
        for each in rows
    ]


def suggestions(session: Session, enquiry_ids: list[int], most: int = 5) -> list[Shared]:
    """Return the suggestions that fit the mails best together. Units, and what is outside them."""
    total: dict[int | str, float] = {}
    rankings = select(Prediction.ranking, Prediction.outside).where(Prediction.enquiry_id.in_(enquiry_ids))
    for ranking, elsewhere in session.execute(rankings):
        for row in (*ranking, *elsewhere):
            belongs = row["unit_id"] if "unit_id" in row else row["outside"]
            total[belongs] = total.get(belongs, 0.0) + row["confidence"]
    names: dict[int | str, str] = {unit.id: unit.name for unit in session.scalars(select(Unit).where(~Unit.closed))}
    names.update(outside.names(session, in_use=True))
    best = sorted((each for each in total if each in names), key=lambda each: (-total[each], str(each)))[:most]
    return [_shared(each, names[each], total[each] / len(enquiry_ids)) for each in best]


def _shared(belongs: int | str, name: str, confidence: float) -> Shared:
    if isinstance(belongs, int):
        return Shared(belongs, None, name, confidence)
    return Shared(None, authority_of(belongs), name, confidence)
