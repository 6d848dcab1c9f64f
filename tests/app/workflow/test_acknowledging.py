"""The citizen is told once that the mail has come: on good days and bad, never a robot, never too often."""

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.templates import TemplateKind
from app.models.unit import Mailbox
from app.services.casework import acknowledging, reply_templates
from app.services.casework.reply_templates import Draft
from app.services.platform import kill_switch
from app.services.triage import decisions, returns
from app.workflow.worker import Worker
from connectors.mail.message import Folder
from tests.connectors.flaky import Flaky
from tests.town import PARK, ROAD, SHARED, Town, eventually, mail, now


@pytest.fixture
def doors(town: Town) -> dict[str, Flaky]:
    c = town.container
    made = {"records": Flaky(c.records), "gateway": Flaky(c.gateway)}
    for name, door in made.items():
        setattr(c, name, door)
    return made


@pytest.fixture
def worker(town: Town, doors: dict[str, Flaky]) -> Iterator[Worker]:
    switch(town, on=True)
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


def switch(town: Town, *, on: bool) -> None:
    with database.write(town.container.engine) as session:
        mailbox = session.scalars(select(Mailbox)).one()
        acknowledging.switch(session, mailbox.id, on=on, by=Actor("admin"), now=now())


def routed(town: Town, raw: bytes, unit: str = PARK) -> int:
    """Deliver a mail, decide it where it waits, and see it forwarded."""
    before = town.last_enquiry()
    town.gateway.deliver(SHARED, raw)
    eventually(lambda: town.last_enquiry() > before and town.enquiry(town.last_enquiry()).state is not State.RECEIVED)
    enquiry = town.last_enquiry()
    if town.enquiry(enquiry).state is State.TRIAGE:
        decide(town, enquiry, unit)
    eventually(lambda: "forwarded" in town.events(enquiry))
    return enquiry


def decide(town: Town, enquiry: int, unit: str) -> None:
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


def sent(town: Town) -> list[EmailMessage]:
    """The acknowledgements in the shared mailbox's Sent."""
    refs = town.gateway.new_messages(SHARED, None, folder=Folder.SENT).messages
    mails = [
        message_from_bytes(town.gateway.raw(SHARED, ref.key, folder=Folder.SENT), policy=policy.default) for ref in refs
    ]
    return [each for each in mails if each["Subject"].startswith("Kvittering")]  # type: ignore[misc]


def idle(town: Town) -> None:
    eventually(lambda: all(work.ended for work in town.container.robot.jobs()))


def test_the_citizen_is_told_once_and_the_letter_is_filed(town: Town, worker: Worker) -> None:
    enquiry = routed(town, mail("Bænk, CPR 010190-0000", "Bænken er væk", message_id="<b@borger.example.org>"))
    eventually(lambda: "acknowledged" in town.events(enquiry))
    idle(town)
    (letter,) = sent(town)
    number = town.enquiry(enquiry).case.number
    assert letter["From"] == SHARED
    assert letter["To"] == "proeve@borger.example.org"
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["In-Reply-To"] == "<b@borger.example.org>"
    assert letter["X-Sluse"] == "1"
    assert number in letter["Subject"]
    text = letter.get_content()
    assert number in text
    assert "Fælles" in text
    assert "010190" not in text + letter["Subject"]
    assert filed(town).count(f"enquiry:{enquiry}:acknowledgement") == 1
    assert town.events(enquiry).index("forwarded") < town.events(enquiry).index("acknowledged")


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("Din bank: log ind https://evil.example/bank", "Vigtigt: bekræft din konto https://evil.example/login nu"),
        ("evil.example", "Se evil.example"),
        ("Ring 12 34 56 78", "Ring 12 34 56 78 om din bænk"),
    ],
)
def test_it_carries_no_strangers_link(town: Town, worker: Worker, name: str, subject: str) -> None:
    enquiry = routed(town, mail(subject, "Bænken er væk", sender=f'"{name}" <offer@borger.example.org>'))
    eventually(lambda: "acknowledged" in town.events(enquiry))
    idle(town)
    (letter,) = sent(town)
    assert letter["Subject"] == f"Kvittering: din henvendelse [{town.enquiry(enquiry).case.number}]"
    assert letter.get_content().splitlines()[0] == "Kære borger"
    assert not [each for each in ("evil", "Vigtigt", "phone", "12 34") if each in letter.get_content()]


def filed(town: Town) -> list[str]:
    archive = town.container.settings.archive_root
    return [json.loads(path.read_text())["nøgle"] for path in archive.glob("2*/2*/[0-9]*.json")]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_each_effect_fails_once_and_happens_once(
    town: Town, doors: dict[str, Flaky], worker: Worker, moment: str
) -> None:
    first = routed(town, mail("Et", "Bænken er væk", sender="x@borger.example.org"))
    eventually(lambda: f"enquiry:{first}:acknowledgement" in filed(town))
    idle(town)
    doors["gateway"].fail("send", "", moment)  # the first is the forward
    doors["records"].fail("add_document", "", "", moment)  # the mail, the draft, the letter
    enquiry = routed(town, mail("To", "Bænken er væk igen", sender="y@borger.example.org"))
    eventually(lambda: f"enquiry:{enquiry}:acknowledgement" in filed(town))
    idle(town)
    assert len(sent(town)) == 2
    assert town.events(enquiry).count("acknowledged") == 1
    assert filed(town).count(f"enquiry:{enquiry}:acknowledgement") == 1
    assert town.container.robot.jobs(failed=True) == []


def test_never_again_after_a_return_nor_for_what_follows(town: Town, worker: Worker) -> None:
    enquiry = routed(town, mail("Bænk", "Bænken er væk", message_id="<b@borger.example.org>"))
    eventually(lambda: "acknowledged" in town.events(enquiry))
    with database.write(town.container.engine) as session:
        found = returns.returnable(session, returns.ReturnLink(enquiry, 1))
        returns.give_back(session, found, by=Actor("unit"), now=now())
    decide(town, enquiry, ROAD)
    eventually(lambda: town.events(enquiry).count("forwarded") == 2)
    routed(town, mail("SV: Bænk", "Den er her stadig ikke", in_reply_to="<b@borger.example.org>"))
    idle(town)
    assert len(sent(town)) == 1
    assert sum(work.name == "acknowledge" for work in town.container.robot.jobs()) == 1


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("noreply@firma.example.org", {}),
        ("nyt@firma.example.org", {"List-Id": "<nyt.firma.example.org>"}),
        ("nyt@firma.example.org", {"Precedence": "bulk"}),
        ("nyt@firma.example.org", {"List-Unsubscribe": "<https://firma.example.org/x>"}),
        ("nyt@firma.example.org", {"Return-Path": "<>"}),
        ("vej@town.example.org", {}),
        ("TMF@town.example.org", {}),
    ],
)
def test_no_robot_no_list_and_nobody_of_ours_is_told(
    town: Town, worker: Worker, sender: str, headers: dict[str, str]
) -> None:
    enquiry = routed(town, mail("Nyt", "Bænken er væk", sender=sender, headers=headers))
    idle(town)
    assert "acknowledged" not in town.events(enquiry)
    assert sent(town) == []


def test_where_the_mailbox_is_off_nothing_is_ordered(town: Town, worker: Worker) -> None:
    switch(town, on=False)
    routed(town, mail("Bænk", "Bænken er væk"))
    idle(town)
    assert [work.name for work in town.container.robot.jobs()] == ["journal"]


def test_one_sender_is_told_so_often_and_no_more(town: Town, worker: Worker) -> None:
    ids = [routed(town, mail(f"Mail {n}", f"Mail nummer {n}, ny sag")) for n in range(acknowledging.MOST + 1)]
    idle(town)
    assert len(sent(town)) == acknowledging.MOST
    assert "acknowledgement_withheld" in town.events(ids[-1])
    other = routed(town, mail("En anden", "Bænken", sender="anden@borger.example.org"))
    eventually(lambda: "acknowledged" in town.events(other))


def test_a_stopped_robot_writes_to_nobody_and_goes_on_later(
    town: Town, doors: dict[str, Flaky], worker: Worker
) -> None:
    """The switch is turned while the letter is on its way: it was written, and is sent when the robot runs again."""
    doors["gateway"].fail("send", "", "before", "before")
    enquiry = routed(town, mail("Bænk", "Bænken er væk"))
    with database.write(town.container.engine) as session:
        kill_switch.switch(session, running=False, by=Actor("admin"), now=now(), reason="Prøve")
    idle(town)
    with database.write(town.container.engine) as session:
        kill_switch.switch(session, running=True, by=Actor("admin"), now=now())
    eventually(lambda: "acknowledged" in town.events(enquiry))
    idle(town)
    assert len(sent(town)) == 1


def test_the_unit_writes_its_own_draft_and_acknowledgement(town: Town, worker: Worker) -> None:
    with database.write(town.container.engine) as session:
        for kind, text in (
            (TemplateKind.REPLY_DRAFT, "Om bænke: {sagsnummer}"),
            (TemplateKind.ACKNOWLEDGEMENT, "Bænk set. {enhed}"),
        ):
            draft = Draft(kind, town.units[PARK], "Bænke", "bænk", text)
            reply_templates.save(session, None, draft, version=0, by=Actor("admin"), now=now())
    enquiry = routed(town, mail("Inventar", "Bænken er væk"))
    eventually(lambda: "acknowledged" in town.events(enquiry))
    (letter,) = sent(town)
    assert letter.get_content().strip() == "Bænk set. Park"
    (ref,) = town.gateway.new_messages("park@town.example.org", None, folder=Folder.DRAFTS).messages
    raw = town.gateway.raw("park@town.example.org", ref.key, folder=Folder.DRAFTS)
    assert "Om bænke: " in message_from_bytes(raw, policy=policy.default).get_content()
