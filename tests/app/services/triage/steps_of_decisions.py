"""Decide as a visitator does."""

from app import database
from app.domain.access import Role
from app.services.triage import decisions
from tests.town import Town, now


def route(town: Town, enquiry_id: int, unit: str, *, version: int | None = None, by: Role = Role.VISITATOR) -> int:
    with database.write(town.container.engine) as session:
        label = decisions.route(
            session, town.container.robot, enquiry_id, town.units[unit],
            version=version or town.enquiry(enquiry_id).version, by=town.people[by].actor, now=now(),
        )  # fmt: skip
        return label.id
