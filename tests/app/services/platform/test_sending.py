"""A letter leaves once, is marked once and told once, whatever ends the one who sends it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app import database
from app.models.case import Forward
from app.services.platform import sending
from app.services.platform.sending import Slip
from connectors.errors import ConnectorError
from connectors.mail.message import Folder, Outgoing
from tests.connectors.flaky import Flaky
from tests.town import PARK, SHARED, UNITS, Town, mail

LETTER = Outgoing("<forward-1@town.example.org>", SHARED, UNITS[PARK], "Hul i vejen", "Se nedenfor")
SLIP = Slip(Forward, LETTER.message_id)


@pytest.fixture
def gateway(town: Town) -> Flaky:
    """A mail system, and a row that says what is to be sent."""
    (enquiry,) = town.receive(mail("Hul i vejen", "Der er et hul"))
    with database.write(town.container.engine) as session:
        session.add(Forward(message_id=LETTER.message_id, enquiry_id=enquiry, routing_no=0, unit_id=town.units[PARK]))
    return Flaky(town.gateway)


def sent(town: Town) -> int:
    return len(town.gateway.new_messages(SHARED, None, folder=Folder.SENT).messages)


@pytest.mark.parametrize("moments", [(), ("before",), ("after",), ("before", "after", "after")])
def test_whatever_the_mail_system_does_it_is_sent_and_told_once(
    town: Town, gateway: Flaky, moments: tuple[str, ...]
) -> None:
    shown: list[datetime | None] = []

    def tell(session: Session, row: Forward) -> None:
        shown.append(row.sent_at)

    def send() -> None:
        sending.send_once(town.container.engine, gateway, LETTER, SLIP, tell)

    gateway.fail("send", *moments)
    for _ in moments:
        with pytest.raises(ConnectorError):
            send()
        assert shown == []
    send()
    send()
    assert gateway.calls == ["send"] * (len(moments) + 1)
    assert sent(town) == len(shown) == 1


def test_one_who_ends_between_the_sending_and_the_mark_marks_it_next_time(town: Town, gateway: Flaky) -> None:
    shown: list[int] = []

    def end(session: Session, row: Forward) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sending.send_once(town.container.engine, gateway, LETTER, SLIP, end)
    sending.send_once(town.container.engine, gateway, LETTER, SLIP, lambda session, row: shown.append(row.enquiry_id))
    assert sent(town) == len(shown) == 1
    with database.read(town.container.engine) as session:
        at = session.get_one(Forward, LETTER.message_id).sent_at
    assert at is not None
    assert at <= datetime.now(UTC)


def test_a_mailbox_that_fails_delays_no_other_of_its_round(town: Town, gateway: Flaky) -> None:
    gateway.fail("send", "before")
    assert not sending.send_in_round(gateway, LETTER, "reminder")
    assert sending.send_in_round(gateway, LETTER, "reminder")
    assert sending.send_in_round(gateway, LETTER, "reminder")
    assert sent(town) == 1
