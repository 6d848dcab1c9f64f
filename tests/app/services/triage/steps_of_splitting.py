"""Split a mail, and route its parts."""

from app import database
from app.domain.splitting import MailPart
from app.services.triage import decisions, splitting
from tests.town import Town, now

TREE, HOLE = (
    MailPart("Træet", "Et træ er væltet i parken", frozenset({0})),
    MailPart("Hullet", "Et hul i vejen på Prøvegade"),
)


def split(town: Town, enquiry: int, *parts: MailPart, version: int | None = None) -> list[int]:
    with database.write(town.container.engine) as session:
        made = splitting.split(
            session, enquiry, parts or (TREE, HOLE),
            version=version or town.enquiry(enquiry).version, by=town.visitator.actor, now=now(),
        )  # fmt: skip
        return [each.id for each in made]


def route(town: Town, enquiry: int, unit: str) -> None:
    with database.write(town.container.engine) as session:
        version = town.enquiry(enquiry).version
        decisions.route(
            session,
            town.container.robot,
            enquiry,
            town.units[unit],
            version=version,
            by=town.visitator.actor,
            now=now(),
        )
