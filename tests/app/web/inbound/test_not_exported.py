"""A mail that its mail system cannot hand out is an enquiry all the same: its head, before a human, and nothing by itself."""

from typing import Any

import pytest

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.errors import RefusedError
from app.models.enquiry import Enquiry, RawMail
from app.models.prediction import Prediction
from app.models.unit import MailboxCursor
from app.services.inbound import rereading
from app.services.inbound.return_folder import ReturnFolders
from app.workflow.worker import Worker
from connectors.errors import ConnectorError, MailNotExported
from connectors.mail.message import Folder
from tests.app.web.conftest import SignIn
from tests.town import PARK, SHARED, UNITS, Town, eventually, look_for_answers, look_into, mail, now

REASON = "ErrorMimeContentConversionFailed"
WHOLE = mail("Træet i parken er væltet", "Træet i parken er væltet. Mvh", message_id="<whole@borger.example.org>")


class Reluctant:
    """A gateway that hands out no more than the head of a mail, or refuses it altogether."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.asked = 0
        self.refused = ""
        self.only: set[str] = set()
        """Where it is not empty, all other mails are handed out."""

    def raw(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> bytes:
        self.asked += 1
        if self.refused:
            raise ConnectorError(self.refused, retryable=False)
        content = bytes(self._inner.raw(mailbox, key, folder=folder))
        if self.only and key not in self.only:
            return content
        raise MailNotExported(REASON, head=content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.fixture
def gateway(town: Town) -> Reluctant:
    town.teach_history()
    town.automatic()
    town.container.gateway = made = Reluctant(town.gateway)  # type: ignore[assignment]
    return made


def forget_cursors(town: Town) -> None:
    with database.write(town.container.engine) as session:
        session.query(MailboxCursor).delete()


def test_its_head_waits_before_a_human_and_nothing_is_done_by_itself(town: Town, gateway: Reluctant) -> None:
    (enquiry,) = town.receive(WHOLE)
    found = town.enquiry(enquiry)
    assert (found.state, found.quarantine) == (State.TRIAGE, "not_exported")
    assert (found.subject, found.sender_address) == ("Træet i parken er væltet", "proeve@borger.example.org")
    assert found.message_id == "<whole@borger.example.org>"
    with database.read(town.container.engine) as session:
        assert session.query(Prediction).filter_by(enquiry_id=enquiry).count() == 0
        raw = session.query(RawMail).filter_by(address=SHARED, folder="inbox").one()
        assert raw.content.endswith(b"\r\n\r\n")
        assert raw.taken_at is not None
    assert town.events(enquiry) == ["received", "quarantined"]
    forget_cursors(town)
    town.take_in()
    assert (gateway.asked, town.last_enquiry()) == (1, enquiry), "the same key again changes nothing"


def test_one_among_others_keeps_none_of_them(town: Town, gateway: Reluctant) -> None:
    keys = [town.gateway.deliver(SHARED, mail(f"Bænk {n}", f"Bænken nummer {n} mangler")) for n in range(5)]
    gateway.only = {keys[2]}
    town.take_in()
    with database.read(town.container.engine) as session:
        rows = list(session.query(Enquiry).filter_by(mailbox=SHARED, imported=False).order_by(Enquiry.subject))
        assert [row.quarantine for row in rows] == [None, None, "not_exported", None, None]


def test_it_is_not_read_again(town: Town, gateway: Reluctant) -> None:
    """Its head alone would be ranked and routed like a mail."""
    (enquiry,) = town.receive(WHOLE)
    with pytest.raises(RefusedError), database.write(town.container.engine) as session:
        rereading.reprocess(session, session.get_one(Enquiry, enquiry), by=Actor("ida"), now=now())
    assert town.enquiry(enquiry).state is State.TRIAGE


def test_a_person_sees_what_there_is_and_can_route_it(town: Town, gateway: Reluctant, sign_in: SignIn) -> None:
    (enquiry,) = town.receive(WHOLE)
    client = sign_in(Role.VISITATOR)
    for address in (f"/visitering/{enquiry}", f"/henvendelser/{enquiry}"):
        page = " ".join(client.get(address).text.split())
        assert "Træet i parken er væltet" in page
        assert "Prøve Eksempelsen" in page
        assert f"Find den i postkassen {SHARED}" in page
        assert "Prøv at læse den igen" not in page
        assert "kan ikke læses" not in page.split("<main")[1].split("</article>")[0]
    worker = Worker(town.container)
    worker.start()
    try:
        town.decide(enquiry, PARK)
        eventually(lambda: "forwarded" in town.events(enquiry))
    finally:
        worker.stop()
    assert town.events(enquiry).count("document_filed") == 2, "the head, and a draft"
    assert "acknowledged" not in town.events(enquiry)


def test_what_only_seems_to_be_an_answer_is_asked_about(town: Town, gateway: Reluctant) -> None:
    town.container.gateway = town.gateway
    (enquiry,) = town.receive(mail("Bænk", "Bænken i parken mangler", message_id="<b@borger.example.org>"))
    unit = town.enquiry(enquiry).unit
    assert unit is not None
    answer = mail(
        "SV: Bænk",
        "Den kommer.",
        sender=unit.address,
        to="proeve@borger.example.org",
        in_reply_to="<b@borger.example.org>",
    )
    town.gateway.add_sent(unit.address, answer)
    town.container.gateway = gateway  # type: ignore[assignment]
    look_for_answers(town.container)
    town.take_in()
    asked = town.enquiry(town.last_enquiry())
    assert asked.id != enquiry
    assert (asked.state, asked.quarantine) == (State.TRIAGE, "not_exported")
    assert town.enquiry(enquiry).state is State.ROUTED


def test_what_lies_in_retur_is_known_by_its_head(town: Town, gateway: Reluctant) -> None:
    town.gateway._put(UNITS[PARK], Folder.RETURNS, WHOLE, None, None)
    look_into(town.container, ReturnFolders())
    town.take_in()
    back = town.enquiry(town.last_enquiry())
    assert (back.state, back.quarantine) == (State.TRIAGE, "not_exported")


def test_what_is_refused_altogether_is_shown_on_the_robots_page(
    town: Town, gateway: Reluctant, sign_in: SignIn
) -> None:
    gateway.refused = "403 access denied"
    assert town.receive(WHOLE) == []
    page = " ".join(sign_in(Role.ADMINISTRATOR).get("/robot/").text.split())
    left = page.split("Mails, der ikke kunne hentes</h2>")[1].split("</section>")[0]
    assert SHARED in left
    assert "403 access denied" in left
