"""Names of the classes outside the units."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import outside
from app.models.authority import Authority
from app.models.label import Label
from app.models.unit import Unit


def names(session: Session, *, in_use: bool = False) -> dict[str, str]:
    """Return the names of classes outside the units.

    Class → the authority's name, "" for what is no enquiry, which has no name but a text.

    in_use: only what may be chosen today.
    """
    query = select(Authority.id, Authority.name)
    rows = session.execute(query.where(~Authority.retired) if in_use else query)
    return {outside.NOT_AN_ENQUIRY: "", **{outside.of_authority(number): name for number, name in rows}}


def name_of(session: Session, label: Label) -> str:
    """Return the name of a label's unit or authority. "" where the mail is no enquiry."""
    if label.unit_id is not None:
        return session.get_one(Unit, label.unit_id).name
    return names(session).get(label.belongs, "")
