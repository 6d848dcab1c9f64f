"""The list of other authorities. Administrators keep it, and every change is logged."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.database import once
from app.domain import templates
from app.domain.actor import Actor
from app.domain.events.organisation import AuthorityChanged
from app.domain.templates import ALLOWED, TemplateKind
from app.errors import NotFoundError, RefusedError
from app.models.authority import Authority
from app.models.unit import Mailbox, Unit
from app.services.casework.reply_templates import TEXT_LENGTH, TextRefusedError, paragraph_texts
from app.services.organisation.organisation_units import GUIDE_LENGTH
from app.services.platform import events
from connectors.mail import addresses


@dataclass(frozen=True, slots=True)
class AuthorityLine:
    """An authority as a person has written it."""

    name: str
    address: str
    guide: str = ""
    letter: str = ""
    retired: bool = False


class AuthorityLike(Protocol):
    """The interface of an authority, as rules need it."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def guide(self) -> str: ...
    @property
    def letter(self) -> str: ...


def add(session: Session, authorities: tuple[AuthorityLike, ...]) -> None:
    """Add authorities that are not there yet."""
    for each in authorities:
        if session.scalar(select(Authority.id).where(Authority.name == each.name)) is None:
            session.add(Authority(name=each.name, address=each.address, guide=each.guide, letter=each.letter))
    session.flush()


def line_of(row: Authority) -> AuthorityLine:
    return AuthorityLine(row.name, row.address, row.guide, row.letter, row.retired)


def find(session: Session, authority_id: int) -> Authority:
    """Return one authority, retired or not.

    Raises:
        NotFoundError: there is none.
    """
    row = session.get(Authority, authority_id)
    if row is None:
        raise NotFoundError
    return row


def save(session: Session, authority_id: int | None, line: AuthorityLine, *, by: Actor, now: datetime) -> Authority:
    """Keep an authority, a new one where `authority_id` is None.

    Raises:
        RefusedError: no name, a name that is taken, no address, or an address of our own.
        TextRefusedError: the letter to the citizen cannot be filled.
        NotFoundError: there is no such authority.
    """
    row = Authority() if authority_id is None else find(session, authority_id)
    line = replace(line, address=addresses.typed(line.address) or line.address)
    _check(session, authority_id, line)
    before = asdict(line_of(row)) if authority_id is not None else None
    row.name, row.address, row.guide = line.name, line.address, line.guide
    row.letter, row.retired = line.letter, line.retired
    session.add(row)
    session.flush()
    if before != asdict(line):
        events.record(session, AuthorityChanged(authority_id=row.id, before=before, after=asdict(line)), by=by, now=now)
    return row


def _check(session: Session, authority_id: int | None, line: AuthorityLine) -> None:
    taken = select(Authority.id).where(Authority.name == line.name, Authority.id != (authority_id or 0))
    if not line.name or session.scalar(taken) is not None:
        raise RefusedError("name_taken")
    if addresses.parse(line.address) is None:
        raise RefusedError("no_address")
    if ours(session, line.address):
        raise RefusedError("address_is_ours")
    if len(line.guide) > GUIDE_LENGTH or len(line.letter) > TEXT_LENGTH:
        raise RefusedError("guide_too_long")
    if line.letter:
        problems = templates.check(line.letter, ALLOWED[TemplateKind.REFERRAL], paragraph_texts(session))
        if problems:
            raise TextRefusedError(problems)


def ours(session: Session, address: str) -> bool:
    """Tell whether a mail to this address reaches us; with a tag ("post+x@…") as well."""
    return not spellings(address).isdisjoint(once(session, _our_addresses))


def spellings(address: str) -> set[str]:
    """Return how an address may be written where it is one of ours, in lower case; with a tag, without it as well."""
    written = {address.strip().lower(), addresses.key(address), (addresses.parse(address) or "").lower()} - {""}
    return written | {"@".join(addresses.untagged(address))}


def _our_addresses(session: Session) -> frozenset[str]:
    known = session.scalars(union_all(select(Mailbox.address), select(Unit.address)))
    return frozenset(address.lower() for address in known)
