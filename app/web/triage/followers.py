"""The follow-ups that a page shows below the mail they wait with: what is decided for it ends them, too."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.queries.triage import suggestions as queries
from app.services.platform import viewing
from app.web.platform import incoming
from app.web.platform.access import me


@dataclass(frozen=True, slots=True)
class Follower:
    """A follow-up, its subject, and how its text begins."""

    enquiry: Enquiry
    heading: list[viewing.Segment]
    paragraphs: viewing.Excerpt


def log(db: Session, enquiry_id: int, *, purpose: str, now: datetime) -> list[int]:
    """Write down that this person is shown the follow-ups of a mail; returns which."""
    waits = db.get_one(Enquiry, enquiry_id).state is State.TRIAGE
    found = queries.followers(db, enquiry_id) if waits else []
    for each in found:
        viewing.log(db, each, by=me(), purpose=purpose, now=now)
    return found


def read(db: Session, numbers: list[int]) -> list[Follower]:
    """Follow-ups of which a look has been logged."""
    rows = [viewing.read(db, each, by=me()) for each in numbers]
    return [Follower(row, viewing.line(row.subject), viewing.paragraphs(row.text)) for row in rows]


def shown() -> list[int]:
    """The follow-ups that stood on the page from which something was decided."""
    return incoming.wholes(request.form.get("shown", "").split(","))[: queries.FOLLOWERS]
