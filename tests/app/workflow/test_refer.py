"""Not ours: sent on once, the citizen told once, both journaled, the case closed; undone in time, never after."""

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.errors import RefusedError
from app.models.authority import Authority, Referral
from app.models.enquiry import Enquiry
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from app.services.platform import kill_switch
from app.services.triage import decisions, referring, returns, undoing
from app.workflow.worker import Worker
from connectors.mail.message import Folder
from tests.connectors.flaky import Flaky
from tests.town import PARK, SHARED, Town, eventually, mail, now

NEIGHBOUR = "post@nabo.example.org"


@pytest.fixture
def doors(town: Town) -> dict[str, Flaky]:
    c = town.container
    made = {"records": Flaky(c.records), "gateway": Flaky(c.gateway)}
    for name, door in made.items():
        setattr(c, name, door)
    return made


@pytest.fixture
def worker(town: Town, doors: dict[str, Flaky]) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def authority(town: Town) -> int:
    with database.write(town.container.engine) as session:
        line = AuthorityLine("Nabostrup Kommune", NEIGHBOUR, "Alt i Nabostrup")
        return authorities.save(session, None, line, by=Actor("admin"), now=now()).id


def arrive(town: Town, raw: bytes) -> int:
    before = town.last_enquiry()
    town.gateway.deliver(SHARED, raw)
    eventually(lambda: town.last_enquiry() > before and town.enquiry(town.last_enquiry()).state is State.TRIAGE)
    return town.last_enquiry()


def refer(
    town: Town, enquiry: int, authority: int | None, text: str = "Vi har sendt den videre.", shown: tuple[int, ...] = ()
) -> None:
    with database.write(town.container.engine) as session:
        referring.refer(
            session, town.container.robot, enquiry, authority, text, version=town.enquiry(enquiry).version,
            by=town.visitator.actor, now=now(), undo_seconds=town.container.settings.undo_seconds, shown=shown,
        )  # fmt: skip


def ended(town: Town, enquiry: int) -> bool:
    with database.read(town.container.engine) as session:
        return all(row.ended_at for row in session.query(Referral).filter_by(enquiry_id=enquiry, withdrawn_at=None))


def sent(town: Town) -> list[EmailMessage]:
    refs = town.gateway.new_messages(SHARED, None, folder=Folder.SENT).messages
    return [
        message_from_bytes(town.gateway.raw(SHARED, ref.key, folder=Folder.SENT), policy=policy.default)  # type: ignore[misc]
        for ref in refs
    ]


def filed(town: Town) -> list[str]:
    archive = town.container.settings.archive_root
    return sorted(json.loads(path.read_text())["nøgle"] for path in archive.glob("2*/2*/[0-9]*.json"))


def test_it_is_sent_on_the_citizen_told_and_both_are_journaled(town: Town, worker: Worker, authority: int) -> None:
    raw = mail("Hul i Nabostrup, CPR 010190-0000", "Der er et hul", message_id="<hul@borger.example.org>")
    enquiry = arrive(town, raw)
    refer(town, enquiry, authority)
    eventually(lambda: "case_closed" in town.events(enquiry))
    to_authority, to_citizen = sent(town)
    assert to_authority["To"] == NEIGHBOUR
    (original,) = to_authority.iter_attachments()
    assert original.get_content_type() == "message/rfc822"
    assert original.get_content()["Message-ID"] == "<hul@borger.example.org>"
    assert original.get_content().get_content().split() == ["Der", "er", "et", "hul"]
    assert to_citizen["To"] == "proeve@borger.example.org"
    assert to_citizen["In-Reply-To"] == "<hul@borger.example.org>"
    assert to_citizen["Auto-Submitted"] == "auto-replied"
    assert "010190" not in to_citizen["Subject"]
    assert to_citizen.get_content().strip() == "Vi har sendt den videre."
    found = town.enquiry(enquiry)
    assert found.state is State.REFERRED
    assert found.case is not None
    assert found.case.closed_at is not None
    assert found.case.number in to_citizen["Subject"]
    assert filed(town) == sorted(
        [f"enquiry:{enquiry}:mail", f"enquiry:{enquiry}:referral:1", f"enquiry:{enquiry}:referral:1:told"]
    )
    kinds = town.events(enquiry)
    assert [kinds.count(kind) for kind in ("sent_on", "told_not_ours", "case_opened", "case_closed")] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "subject", ["Bekræft https://evil.example/login", "Se evil.example", "Skriv til bo@evil.example"]
)
def test_the_citizens_letter_carries_no_strangers_link(
    town: Town, worker: Worker, authority: int, subject: str
) -> None:
    enquiry = arrive(town, mail(subject, "Der er et hul", sender='"Se evil.example" <proeve@borger.example.org>'))
    with database.read(town.container.engine) as session:
        found = session.get_one(Enquiry, enquiry)
        text = referring.letter_for(session, found, session.get_one(Authority, authority))
    refer(town, enquiry, authority, text)
    eventually(lambda: "case_closed" in town.events(enquiry))
    to_authority, to_citizen = sent(town)
    assert to_citizen["Subject"] == f"SV: din henvendelse [{town.enquiry(enquiry).case.number}]"
    assert to_citizen.get_content().splitlines()[0] == "Kære borger"
    assert "evil" not in to_citizen.get_content()
    assert "din henvendelse" not in to_authority["Subject"], "they are told what it is about"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_each_effect_fails_once_and_happens_once(
    town: Town, doors: dict[str, Flaky], worker: Worker, authority: int, moment: str
) -> None:
    enquiry = arrive(town, mail("Hul", "Hul i Nabostrup"))
    for method, times in (("open_case", 1), ("add_document", 3), ("close_case", 1)):
        doors["records"].fail(method, *[step for _ in range(times) for step in (moment, "")])
    doors["gateway"].fail("send", moment, "", moment, "")
    refer(town, enquiry, authority)
    eventually(lambda: ended(town, enquiry))
    eventually(lambda: "case_closed" in town.events(enquiry))
    assert len(sent(town)) == 2
    assert len(filed(town)) == 3
    assert town.container.robot.jobs(failed=True) == []


@pytest.mark.parametrize(
    ("sender", "headers"), [("noreply@firma.example.org", {}), ("a@b.example.org", {"Precedence": "bulk"})]
)
def test_no_robot_is_told(town: Town, worker: Worker, authority: int, sender: str, headers: dict[str, str]) -> None:
    enquiry = arrive(town, mail("Nyt", "Nyt fra Nabostrup", sender=sender, headers=headers))
    refer(town, enquiry, authority)
    eventually(lambda: ended(town, enquiry))
    assert [letter["To"] for letter in sent(town)] == [NEIGHBOUR]


def test_without_an_authority_the_citizen_is_told(town: Town, worker: Worker) -> None:
    enquiry = arrive(town, mail("Elregning", "Hvem klager jeg til?"))
    with pytest.raises(RefusedError, match="letter_empty"):
        refer(town, enquiry, None, " ")
    refer(town, enquiry, None, "Det er ikke os.")
    eventually(lambda: ended(town, enquiry))
    (letter,) = sent(town)
    assert letter["To"] == "proeve@borger.example.org"
    assert town.enquiry(enquiry).case is not None


@pytest.mark.parametrize("undo_seconds", [60.0])
def test_undo_in_time_sends_nothing(town: Town, worker: Worker, authority: int) -> None:
    enquiry = arrive(town, mail("Hul", "Hul i Nabostrup"))
    refer(town, enquiry, authority)
    with database.write(town.container.engine) as session:
        assert undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now()).id == enquiry
    assert town.enquiry(enquiry).state is State.TRIAGE
    (work,) = town.container.robot.jobs()
    assert work.status == "DELAYED"
    assert sent(town) == []


def test_a_withdrawn_referral_never_leaves_and_the_next_one_does(town: Town, worker: Worker, authority: int) -> None:
    with database.write(town.container.engine) as session:
        kill_switch.switch(session, running=False, by=Actor("admin"), now=now(), reason="Prøve")
    enquiry = arrive(town, mail("Hul", "Hul i Nabostrup"))
    refer(town, enquiry, authority, "Første")
    eventually(lambda: all(work.ended for work in town.container.robot.jobs()))
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())
    refer(town, enquiry, authority, "Anden")
    with database.write(town.container.engine) as session:
        kill_switch.switch(session, running=True, by=Actor("admin"), now=now())
    eventually(lambda: ended(town, enquiry))
    eventually(lambda: all(work.ended for work in town.container.robot.jobs()))
    assert [letter["To"] for letter in sent(town)] == [NEIGHBOUR, "proeve@borger.example.org"]
    assert sent(town)[1].get_content().strip() == "Anden"


def test_undo_too_late_says_so(town: Town, worker: Worker, authority: int) -> None:
    enquiry = arrive(town, mail("Hul", "Hul i Nabostrup"))
    refer(town, enquiry, authority)
    eventually(lambda: ended(town, enquiry))
    with database.write(town.container.engine) as session, pytest.raises(RefusedError, match="referral_left"):
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())
    assert town.enquiry(enquiry).state is State.REFERRED


def test_what_a_unit_sent_back_keeps_its_case_and_ends_its_deadline(town: Town, worker: Worker, authority: int) -> None:
    enquiry = arrive(town, mail("Hul", "Hul i Nabostrup"))
    with database.write(town.container.engine) as session:
        decisions.route(
            session, town.container.robot, enquiry, town.units[PARK], version=town.enquiry(enquiry).version,
            by=town.visitator.actor, now=now(),
        )  # fmt: skip
    eventually(lambda: "forwarded" in town.events(enquiry))
    number = town.enquiry(enquiry).case.number  # type: ignore[union-attr]
    with database.write(town.container.engine) as session:
        back = returns.returnable(session, returns.ReturnLink(enquiry, 1))
        returns.give_back(session, back, by=Actor("park"), now=now())
    refer(town, enquiry, authority)
    eventually(lambda: ended(town, enquiry))
    eventually(lambda: "case_closed" in town.events(enquiry))
    assert town.enquiry(enquiry).case.number == number  # type: ignore[union-attr]
    assert filed(town).count(f"enquiry:{enquiry}:mail") == 1


def test_follow_ups_go_with_it_and_the_citizen_gets_one_letter(town: Town, worker: Worker, authority: int) -> None:
    first = arrive(town, mail("Hul", "Hul i Nabostrup", message_id="<1@borger.example.org>"))
    second = arrive(town, mail("SV: Hul", "Er her stadig", in_reply_to="<1@borger.example.org>"))
    refer(town, first, authority, shown=(second,))
    eventually(lambda: ended(town, first) and ended(town, second))
    eventually(lambda: "case_closed" in town.events(first) + town.events(second))
    assert sorted(letter["To"] for letter in sent(town)) == [NEIGHBOUR, NEIGHBOUR, "proeve@borger.example.org"]
    assert town.enquiry(first).case_id == town.enquiry(second).case_id


def test_the_list_refuses_what_cannot_work(town: Town, authority: int) -> None:
    for line, code in (
        (AuthorityLine("", "a@example.org"), "name_taken"),
        (AuthorityLine("Nabostrup Kommune", "a@example.org"), "name_taken"),
        (AuthorityLine("Ny", "nej"), "no_address"),
        (AuthorityLine("Ny", SHARED.upper()), "address_is_ours"),
    ):
        with database.write(town.container.engine) as session, pytest.raises(RefusedError, match=code):
            authorities.save(session, None, line, by=Actor("admin"), now=now())
    with database.read(town.container.engine) as session:
        assert [row.name for row in session.query(Authority)] == ["Nabostrup Kommune"]
