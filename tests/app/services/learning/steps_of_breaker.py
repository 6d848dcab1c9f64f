"""Receive mails, and give them back as a unit does."""

from app import database
from app.domain.actor import Actor
from app.models.enquiry import Enquiry
from app.services.platform import settings
from app.services.triage import returns
from tests.town import Town, mail, now

TREE = "Et træ er væltet i parken"


def receive(town: Town, count: int, *, checks: float = 0.0, humans: float = 0.0, limit: float = 0.2) -> list[int]:
    """Mails for Park, each with the limit that the test set: learning in between chooses another."""
    town.sample(checks=checks, humans=humans)
    with database.write(town.container.engine) as session:
        settings.put(session, settings.CONFIDENCE_LIMIT, limit)
        first = town.last_enquiry()
    return town.receive(*(mail(f"Træ {first} {n}", f"{TREE} nummer {first}-{n}") for n in range(count)))


def give_back(town: Town, *enquiries: int) -> None:
    for enquiry in enquiries:
        with database.write(town.container.engine) as session:
            returns.give_back(session, session.get_one(Enquiry, enquiry), by=Actor("park@town.example.org"), now=now())
