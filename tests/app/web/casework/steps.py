"""Use a unit's page."""

from flask.testing import FlaskClient

from app import database
from app.models.case import Case
from app.models.enquiry import Enquiry
from app.services.triage import decisions
from tests.app.web.conftest import csrf_token
from tests.town import Town, mail, now

HTMX = {"HX-Request": "true"}


def at(town: Town, unit: str, subject: str, text: str = "Træet er væltet. CPR 010190-0000") -> int:
    """A mail at a unit, with a case as the robot would have opened it."""
    (enquiry,) = town.receive(mail(subject, text))
    with database.write(town.container.engine) as session:
        version, robot = town.enquiry(enquiry).version, town.container.robot
        decisions.route(session, robot, enquiry, town.units[unit], version=version, by=town.visitator.actor, now=now())
        case = Case(number=f"2026-{enquiry:06d}", opened_at=now())
        session.add(case)
        session.flush()
        session.get_one(Enquiry, enquiry).case_id = case.id
    return enquiry


def post(client: FlaskClient, url: str, page: str = "/hjaelp/", *, htmx: bool = False, **form: object):  # type: ignore[no-untyped-def]
    data = {"csrf_token": csrf_token(client, page)} | form
    return client.post(url, data=data, headers=HTMX if htmx else {})
