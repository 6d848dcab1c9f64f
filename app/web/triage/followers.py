"""The follow-ups below the mail they wait with. A decision for the mail ends them, too."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.queries.triage import suggestion_list
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
    """Log the follow-ups that are shown, and return them. The follow-ups of the mail, that is."""
    waits = db.get_one(Enquiry, enquiry_id).state is State.TRIAGE
    found = suggestion_list.followers(db, enquiry_id) if waits else []
    for each in found:
        viewing.log(db, each, by=me(), purpose=purpose, now=now)
    return found


def read(db: Session, numbers: list[int]) -> list[Follower]:
    """Return follow-ups after their logged look."""
    rows = [viewing.read(db, each, by=me()) for each in numbers]
    return [Follower(row, viewing.line(row.subject), viewing.paragraphs(row.text)) for row in rows]


def shown() -> list[int]:
    """Return the follow-ups that stood on the page. From that page something was decided."""
    return incoming.wholes(request.form.get("shown", "").split(","))[: suggestion_list.FOLLOWERS]
