"""Waves: similar mails, found on arrival and decided together.

The model learns only as many labels of a wave as it needs.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, union_all
from sqlalchemy.orm import Session

from app.domain import undo
from app.domain.actor import ROBOT, Actor
from app.domain.enquiry import State
from app.domain.events.base import ABSENT
from app.domain.events.triage import WaveDecided, WaveFound, WaveLeft
from app.domain.outside import NOT_AN_ENQUIRY, authority_of
from app.errors import ConflictError, NotFoundError
from app.models.authority import Authority
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label
from app.models.wave import Likeness, LikenessBand, Wave, WaveMember
from app.queries.triage.wave_members import open_member
from app.services.learning import labels
from app.services.platform import events, settings
from app.services.platform.robot import Robot
from app.services.triage import decisions as triage
from app.services.triage import referring
from learning import waves
from learning.salt import UNSALTED, Salt

LEAST = 4
"""Mails, of as many senders, that make a wave."""
TAUGHT = LEAST
"""So many labels of a wave teach. The others say where a mail went: one decision is not forty lessons."""
WITHIN = timedelta(days=3)
KEPT = timedelta(days=5)
"""So long the index keeps a mail: a little longer than `WITHIN`, since mails may be taken in late."""
NEIGHBOURS = 20
"""Mails looked at from each place of the index, the latest first; so a flood of alike mails costs no more than a few."""
JOINS = 2
"""Members that a mail must be like to be one of them."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An earlier mail that is like a new one."""

    enquiry_id: int
    sender: str
    waits: bool
    wave_id: int | None


def notice(session: Session, enquiry: Enquiry, *, now: datetime, salt: Salt = UNSALTED) -> None:
    """Index a waiting mail, and add it to its wave.

    Mails for a blind decision stay outside: the others of the wave would show what the robot thinks of them.
    """
    if enquiry.blind or enquiry.quarantine is not None or enquiry.words_missing is not None:
        return
    marks = waves.marks(enquiry.subject, enquiry.text, salt)
    if not marks:
        return
    _forget(session, now)
    bands = waves.bands(marks)
    near = _near(session, enquiry, marks, bands)
    _put(session, enquiry.id, now, marks, bands)
    _take_in(session, enquiry, near, now)
    session.flush()


def _put(session: Session, enquiry_id: int, at: datetime, marks: tuple[int, ...], bands: tuple[int, ...]) -> None:
    session.add(Likeness(enquiry_id=enquiry_id, at=at, marks=list(marks)))
    session.add_all(LikenessBand(band=band, enquiry_id=enquiry_id) for band in sorted(set(bands)))


def make_anew(session: Session, salt: Salt) -> int:
    """Rebuild the index where another salt made it. Return how many mails that concerned."""
    if settings.get(session, settings.WAVES_SALT) == salt.check:
        return 0
    query = select(Likeness.enquiry_id, Likeness.at, Enquiry.subject, Enquiry.text)
    rows = session.execute(query.join(Enquiry, Enquiry.id == Likeness.enquiry_id)).all()
    session.execute(delete(LikenessBand))
    session.execute(delete(Likeness))
    for enquiry_id, at, subject, text in rows:
        if marks := waves.marks(subject, text, salt):
            _put(session, enquiry_id, at, marks, waves.bands(marks))
    settings.put(session, settings.WAVES_SALT, salt.check)
    session.flush()
    return len(rows)


def _forget(session: Session, now: datetime) -> None:
    gone = list(session.scalars(OVER, {"until": now - KEPT}))
    if gone:
        forget(session, gone)


def forget(session: Session, enquiry_ids: list[int]) -> None:
    """Take mails out of the index."""
    session.execute(delete(LikenessBand).where(LikenessBand.enquiry_id.in_(enquiry_ids)))
    session.execute(delete(Likeness).where(Likeness.enquiry_id.in_(enquiry_ids)))


def _near(session: Session, enquiry: Enquiry, marks: tuple[int, ...], bands: tuple[int, ...]) -> list[Neighbour]:
    """Mails like this one that came within some days of it, the earliest first."""
    met = set(session.scalars(MEETING, {f"band_{n}": band for n, band in enumerate(bands)}))
    if not met:
        return []
    at = enquiry.received_at
    found = session.execute(MET, {"met": sorted(met), "since": at - WITHIN, "until": at + WITHIN})
    return [
        Neighbour(other, sender, state is State.TRIAGE, wave_id)
        for others, other, sender, state, wave_id, out in found
        if not out and waves.likeness(marks, others) >= waves.ALIKE
    ]


def neighbours(session: Session, enquiry: Enquiry) -> list[int]:
    """Return the similar mails of the last days."""
    row = session.get(Likeness, enquiry.id)
    if row is None:
        return []
    marks = tuple(row.marks)
    return [
        each.enquiry_id for each in _near(session, enquiry, marks, waves.bands(marks)) if each.enquiry_id != enquiry.id
    ]


MEETING = union_all(
    *(
        select(
            select(LikenessBand.enquiry_id)
            .where(LikenessBand.band == bindparam(f"band_{n}"))
            .order_by(LikenessBand.enquiry_id.desc())
            .limit(NEIGHBOURS)
            .subquery()
        )
        for n in range(waves.BANDS)
    )
)
"""The latest mails at each place of the index. Made once, as the next two: to put it together takes longer than to run it."""
MET = (
    select(Likeness.marks, Enquiry.id, Enquiry.citizen_key, Enquiry.state, WaveMember.wave_id, WaveMember.out)
    .join(Enquiry, Enquiry.id == Likeness.enquiry_id)
    .outerjoin(WaveMember, WaveMember.enquiry_id == Enquiry.id)
    .where(Likeness.enquiry_id.in_(bindparam("met", expanding=True)), Enquiry.follow_up_of_id.is_(None))
    .where(Enquiry.received_at.between(bindparam("since"), bindparam("until")))
    .order_by(Enquiry.id)
)
OVER = select(Likeness.enquiry_id).where(Likeness.at < bindparam("until")).limit(500)


def _take_in(session: Session, enquiry: Enquiry, near: list[Neighbour], now: datetime) -> None:
    """Add a mail to the wave of its neighbours.

    Where no wave has enough of them, see whether the mail makes one with those that are in none.
    """
    known = Counter(each.wave_id for each in near if each.wave_id is not None)
    if known:
        wave_id, members = min(known.items(), key=lambda item: (-item[1], item[0]))
        if members >= JOINS:
            session.add(WaveMember(enquiry_id=enquiry.id, wave_id=wave_id))
            return
    free = [each for each in near if each.waits and each.wave_id is None]
    if len({enquiry.citizen_key, *(each.sender for each in free)}) < LEAST:
        return
    wave = Wave(lead_id=enquiry.id, found_at=now)
    session.add(wave)
    session.flush()
    ids = [*(each.enquiry_id for each in free), enquiry.id]
    session.add_all(WaveMember(enquiry_id=member, wave_id=wave.id) for member in ids)
    events.record(session, WaveFound(wave_id=wave.id, members=ids), by=ROBOT, now=now, enquiry_id=enquiry.id)


def take_out(session: Session, wave_id: int, enquiry_ids: list[int], *, by: Actor, now: datetime) -> None:
    """Take mails out of a wave for good. They are decided on their own."""
    for row in session.scalars(
        select(WaveMember).where(WaveMember.wave_id == wave_id, WaveMember.enquiry_id.in_(enquiry_ids), ~WaveMember.out)
    ):
        row.out = True
        events.record(session, WaveLeft(wave_id=wave_id), by=by, now=now, enquiry_id=row.enquiry_id)
    session.flush()


@dataclass(frozen=True, slots=True)
class Decided:
    """The result of deciding a wave.

    First label, number of mails decided, number that somebody else had changed meanwhile.
    """

    label: Label
    mails: int
    overtaken: int


def decide(
    session: Session,
    robot: Robot,
    wave_id: int,
    belongs: int | str,
    versions: Mapping[int, int],
    *,
    by: Actor,
    now: datetime,
    undo_seconds: float = 0,
) -> Decided:
    """Decide the mails of a wave as one.

    `versions` are the ones the person has seen (enquiry → version). Each mail gets its own label and journaling.

    `belongs`: a unit's id, or the class of an authority or of what is no enquiry. Every citizen gets a letter of their own.

    Raises:
        NotFoundError: there is no such wave, or nothing that it could belong to.
        ConflictError: not one of them still waits as it was seen.
    """
    if session.get(Wave, wave_id) is None:
        raise NotFoundError
    decide_one = _decider(session, robot, wave_id, belongs, by, now, undo_seconds)
    members = select(Enquiry.id).join(WaveMember, WaveMember.enquiry_id == Enquiry.id)
    ids = session.scalars(members.where(WaveMember.wave_id == wave_id, open_member()).order_by(Enquiry.id))
    given: list[Label] = []
    for enquiry_id in [n for n in ids if n in versions]:
        try:
            label = decide_one(enquiry_id, versions[enquiry_id], len(given) < TAUGHT)
        except ConflictError:
            continue
        given.append(label)
    if not given:
        raise ConflictError
    _record(session, wave_id, given, by, now)
    return Decided(given[0], len(given), len(versions) - len(given))


def _decider(
    session: Session, robot: Robot, wave_id: int, belongs: int | str, by: Actor, now: datetime, undo_seconds: float
) -> Callable[[int, int, bool], Label]:
    """Return the function that decides one mail of a wave.

    Its arguments are (enquiry, version, whether it teaches); its result is the label.
    """

    def route(enquiry_id: int, version: int, taught: bool) -> Label:
        return triage.route(
            session,
            robot,
            enquiry_id,
            int(belongs),
            version=version,
            by=by,
            now=now,
            undo_seconds=undo_seconds,
            taught=taught,
            wave_id=wave_id,
        )

    def dismiss(enquiry_id: int, version: int, taught: bool) -> Label:
        return triage.no_enquiry(
            session, robot, enquiry_id, version=version, by=by, now=now, taught=taught, wave_id=wave_id
        )

    def refer(enquiry_id: int, version: int, taught: bool) -> Label:
        letter = referring.letter_for(session, session.get_one(Enquiry, enquiry_id), authority)
        referring.refer(
            session,
            robot,
            enquiry_id,
            authority.id if authority else 0,
            letter,
            version=version,
            by=by,
            now=now,
            undo_seconds=undo_seconds,
            taught=taught,
            wave_id=wave_id,
        )
        label = labels.standing(session, enquiry_id)
        assert label is not None
        return label

    if isinstance(belongs, int):
        return route
    if belongs == NOT_AN_ENQUIRY:
        return dismiss
    authority = session.get(Authority, authority_of(belongs) or 0)
    return refer


def _record(session: Session, wave_id: int, given: list[Label], by: Actor, now: datetime) -> None:
    """One event for the decision, which undo takes back whole."""
    ids = [label.enquiry_id for label in given]
    own = select(Event.id).where(Event.enquiry_id.in_(ids), Event.at == now, Event.kind.in_(undo.DECIDED))
    decisions = list(session.scalars(own.order_by(Event.id)))
    first = given[0]
    events.record(
        session,
        WaveDecided(
            wave_id=wave_id,
            decisions=decisions,
            mails=len(ids),
            unit_id=first.unit_id if first.outside is None else ABSENT,
            outside=ABSENT if first.outside is None else first.outside,
        ),
        by=by,
        now=now,
        enquiry_id=ids[0],
    )
