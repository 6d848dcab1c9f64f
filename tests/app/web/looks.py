"""Read which looks the log has."""

from app import database
from app.models.event import Event
from tests.town import Town


def looks(town: Town, enquiry_id: int) -> list[str]:
    with database.read(town.container.engine) as session:
        found = session.query(Event).filter_by(kind="viewed", enquiry_id=enquiry_id).order_by(Event.id)
        return [event.data["purpose"] for event in found]
