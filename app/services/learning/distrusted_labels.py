"""Exclusion of one account's labels since a time. The effect is shown before anything is done."""

from collections import Counter
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.errors import RefusedError
from app.models.amendment import Amendment, counts
from app.models.label import Label
from app.models.unit import Unit
from app.queries.organisation import outside
from app.services.learning import label_overrides


def labels_of(session: Session, account: str, since: datetime) -> list[Label]:
    """Return an account's labels since a time, oldest first. Only those that still count."""
    query = select(Label).where(Label.by == account, Label.at >= since, counts())
    return list(session.scalars(query.order_by(Label.id)))


def by_unit(session: Session, account: str, since: datetime) -> list[tuple[str, int]]:
    """Count the labels each unit would lose, most first. Classes outside the units are counted too."""
    lost = Counter(label.belongs for label in labels_of(session, account, since))
    names = {str(unit.id): unit.name for unit in session.scalars(select(Unit))} | outside.names(session)
    return sorted(((names.get(each, ""), n) for each, n in lost.items()), key=lambda row: (-row[1], row[0]))


def distrust(session: Session, account: str, since: datetime, *, note: str, by: Actor, now: datetime) -> Amendment:
    """Exclude an account's labels since a time. `amendments.lift` brings them back.

    Raises:
        RefusedError: there is no such label.
    """
    units: dict[int, int | None] = {label.id: None for label in labels_of(session, account, since)}
    if not units:
        raise RefusedError("nothing_to_distrust")
    return label_overrides.apply(session, AmendmentKind.DISTRUSTED, units, note=note or account, by=by, now=now)
