"""Leave one piece of the robot's work stopped half-way, so that there is something to resume.

The deadline register has a damaged file where this mail's deadline belongs, as after a disk that was full. The robot
stops there and says so; a little later somebody has cleared the file away, and the work can be resumed.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from app import database
from app.config import Settings
from app.container import Container
from app.domain import journaling
from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from connectors.deadlines import embedded

DAMAGED = b"{"
AFTER = timedelta(minutes=1)


def leave(container: Container, enquiry: Enquiry) -> None:
    """Damage the file that the deadline of a mail would be in, whose journaling is still to come."""
    name = embedded.number_of(journaling.deadline_key(enquiry.id))
    folder = container.settings.deadlines_root
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_bytes(DAMAGED)


def order(container: Container) -> None:
    """Order the journaling of what was routed and has no case; once. The engine's tables are there once a worker runs."""
    bare = select(Enquiry).where(Enquiry.state == State.ROUTED, Enquiry.case_id.is_(None))
    with database.write(container.engine) as session:
        for enquiry in session.scalars(bare).all():
            container.robot.enqueue(session, "journal", enquiry.id, enquiry.routing_no)


def clear_away(settings: Settings, *, since: datetime, now: datetime) -> None:
    """Remove damaged files a while after the start, as an operator does who has seen them."""
    if now - since < AFTER:
        return
    for file in settings.deadlines_root.glob("*.json"):
        if file.stat().st_size == len(DAMAGED):
            file.unlink()
