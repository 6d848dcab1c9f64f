"""What anybody can write into a mail makes it neither ours, nor a copy, nor part of somebody else's case."""

import base64
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.citizen import CitizenSource
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.domain.routing import Reason
from app.models.case import Acknowledgement, Case, Forward, InterimReply, Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.event import Event
from app.models.prediction import Decision
from app.models.unit import Mailbox
from app.services.inbound import form_senders
from app.workflow.worker import Worker
from tests.town import PARK, ROAD, SHARED, UNITS, Town, eventually, mail, now

VICTIM = "vera@borger.example.org"
MALLORY = "Mallory <mallory@evil.example.com>"
NUMBER = "2026-000007"


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def direct(town: Town) -> str:
    """The park's own mailbox, which citizens know."""
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address=UNITS[PARK], name=PARK, unit_id=town.units[PARK]))
    return UNITS[PARK]


def events_of(town: Town, kind: str) -> list[Event]:
    with database.read(town.container.engine) as session:
        return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))


def kept(town: Town, content: bytes) -> bool:
    with database.read(town.container.engine) as session:
        return session.scalar(select(RawMail.id).where(RawMail.content == content)) is not None


def forwarded(town: Town, unit: str = PARK) -> tuple[str, bytes]:
    """A mail that was sent to a unit: the forward's Message-ID and its bytes."""
    (enquiry,) = town.receive(mail("Sti", "Om stien i parken"))
    town.decide(enquiry, unit)
    eventually(lambda: "forwarded" in town.events(enquiry))
    (ref,) = town.gateway.new_messages(UNITS[unit], None).messages
    content = town.gateway.raw(UNITS[unit], ref.key)
    return message_from_bytes(content, policy=policy.default)["Message-ID"], content


def test_our_letter_where_we_put_it_is_left_and_logged(town: Town, direct: str, worker: Worker) -> None:
    _, content = forwarded(town)
    eventually(lambda: bool(events_of(town, "own_letter_left")))
    (event,) = events_of(town, "own_letter_left")
    assert (event.enquiry_id, event.data["mailbox"], event.data["unit_id"]) == (1, direct, town.units[PARK])
    assert not kept(town, content)
    assert len(town.gateway.new_messages(direct, None).messages) == 1
    assert town.last_enquiry() == 1


@pytest.mark.parametrize("how", ["other text", "other file", "one word more"])
def test_a_second_letter_with_our_id_and_seal_is_news(town: Town, direct: str, worker: Worker, how: str) -> None:
    """Whoever was sent our letter on holds its seal; what they write under it is taken in like any mail."""
    message_id, content = forwarded(town)
    eventually(lambda: bool(events_of(town, "own_letter_left")))
    seal = next(line for line in content.split(b"\r\n") if line.lower().startswith(b"x-sluse-seal:")) + b"\r\n"
    raw = {
        "other text": seal + mail("Noget helt nyt", "Træet vælter.", message_id=message_id),
        "other file": seal + scanned(b"AAAA", message_id=message_id),
        "one word more": content + b"mere\r\n",
    }[how]
    town.gateway.deliver(direct, raw)
    eventually(lambda: town.last_enquiry() == 2)
    assert kept(town, raw)
    left = len(events_of(town, "own_letter_left"))
    town.gateway.deliver(direct, content)  # the letter itself, moved and brought back
    eventually(lambda: len(events_of(town, "own_letter_left")) > left)
    assert not kept(town, content)


def borrowed(message_id: str, content: bytes, how: str) -> bytes:
    """A mail from outside, or from a unit's rule, with the Message-ID of one of our forwards."""
    fresh = mail("Noget helt nyt", "Træet ved vejen vælter.", message_id=message_id)
    seal = next(line for line in content.split(b"\r\n") if line.lower().startswith(b"x-sluse-seal:"))
    return {
        "id": fresh,
        "id_and_mark": b"X-Sluse: 1\r\n" + fresh,
        "wrong_seal": b"X-Sluse-Seal: " + b"0" * 64 + b"\r\n" + fresh,
        "seal_in_the_text": fresh.replace(b"\r\n\r\n", b"\r\n\r\n" + seal + b"\r\n", 1),
        "seal_of_another": seal + b"\r\n" + mail("Noget nyt", "Træet vælter.", message_id="<anden@borger.example.org>"),
        "redirected": b"Resent-From: x@town.example.org\r\nResent-To: " + SHARED.encode() + b"\r\n" + content,
    }[how]


@pytest.mark.parametrize(("how", "reason"), [
    ("id", None), ("id_and_mark", SetAside.LOOP), ("wrong_seal", None), ("seal_in_the_text", None),
    ("seal_of_another", None), ("redirected", SetAside.LOOP),
])  # fmt: skip
@pytest.mark.parametrize("place", ["shared", "direct"])
def test_whatever_else_bears_the_id_of_our_forward_is_kept(
    town: Town, direct: str, worker: Worker, how: str, reason: SetAside | None, place: str
) -> None:
    raw = borrowed(*forwarded(town, ROAD), how)
    town.gateway.deliver(SHARED if place == "shared" else direct, raw)
    eventually(lambda: town.last_enquiry() == 2 and town.enquiry(2).state is not State.RECEIVED)
    found = town.enquiry(2)
    assert kept(town, raw)
    assert town.events(2)[0] == "received"
    assert (found.reason, found.state is State.SET_ASIDE) == (reason, reason is not None)


def scanned(
    content: bytes, *, message_id: str = "", html: str = "", name: str = "scan.pdf", kind: str = "application/pdf"
) -> bytes:
    """A scanner's mail: always the same words, and a file."""
    identity = f"Message-ID: {message_id}\r\n" if message_id else ""
    page = f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n" if html else ""
    head = (
        f"From: Skanner <skan@borger.example.org>\r\nTo: {SHARED}\r\nSubject: Scannet dokument\r\n{identity}"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSe vedhæftede.\r\n"
    )
    file = (
        f'--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(content).decode()}\r\n--b--\r\n"
    )
    return (head + page + file).encode()


@pytest.mark.parametrize(("one", "other"), [
    (scanned(b"AAAA"), scanned(b"BBBB")),
    (scanned(b"AAAA", message_id="<1@x.example.org>"), scanned(b"BBBB", message_id="<1@x.example.org>")),
    (scanned(b"AAAA", name="a.pdf"), scanned(b"AAAA", name="b.pdf")),
    (scanned(b"", html="<p>Ansøgning fra Anna</p>"), scanned(b"", html="<p>Ansøgning fra Bodil</p>")),
    (
        scanned(b"-----BEGIN AAAA", kind="application/pkcs7-mime", name="smime.p7m"),
        scanned(b"-----BEGIN BBBB", kind="application/pkcs7-mime", name="smime.p7m"),
    ),
])  # fmt: skip
def test_mails_with_other_contents_are_no_twins(town: Town, one: bytes, other: bytes) -> None:
    first, second = town.receive(one, other)
    assert town.enquiry(second).reason is not SetAside.DUPLICATE
    assert town.enquiry(second).state is State.TRIAGE
    assert first != second


@pytest.mark.parametrize("how", ["same", "received_line", "other_encoding"])
def test_the_same_contents_are_a_twin_however_they_travelled(town: Town, how: str) -> None:
    raw = scanned("Æble".encode(), message_id="<1@x.example.org>")
    copy = {
        "same": raw,
        "received_line": b"Received: from a.example.org by b.example.org; Mon, 30 Nov 2026 03:00:00 +0000\r\n" + raw,
        "other_encoding": raw.replace(
            b"base64\r\n\r\n" + base64.b64encode("Æble".encode()), b"quoted-printable\r\n\r\n=C3=86ble"
        ),
    }[how]
    _, second = town.receive(raw, copy)
    assert town.enquiry(second).reason == SetAside.DUPLICATE


def case_of(town: Town, head: str = f"From: Vera <{VICTIM}>", text: str = "Jeg klager over træet.") -> int:
    (first,) = town.receive(raw(head, text, "Klage", "<klage@borger.example.org>"))
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, first).case = Case(number=NUMBER, opened_at=now())
    return first


def raw(head: str, text: str, subject: str = f"SV: Klage [{NUMBER}]", message_id: str = "") -> bytes:
    identity = f"Message-ID: {message_id}\r\n" if message_id else ""
    return (
        f"{head}\r\n{identity}To: {SHARED}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    ).encode()


@pytest.mark.parametrize("head", [
    f"From: {MALLORY}\r\nReply-To: {VICTIM}",
    f"From: {MALLORY}\r\nReply-To: {VICTIM}\r\nIn-Reply-To: <klage@borger.example.org>",
    f"From: {MALLORY}\r\nReferences: <klage@borger.example.org>\r\nCc: {VICTIM}",
    f"From: {MALLORY}\r\nSender: {VICTIM}\r\nReply-To: {VICTIM}",
    f"From: {MALLORY}, Vera <{VICTIM}>\r\nSender: {VICTIM}",
    f"Sender: {VICTIM}",
    f"From: Vera\r\nReply-To: {VICTIM}",
    f"Return-Path: <{VICTIM}>",
    f"From: {MALLORY}\r\nReply-To: {VICTIM}\r\nReferences: <klage@borger.example.org> <eget@sluse.example.org>",
])  # fmt: skip
def test_what_anybody_can_write_joins_no_case(town: Town, head: str) -> None:
    """A human sees it first, with the case it may belong to; also a letter of ours in another case opens none."""
    first = case_of(town)
    (own,) = town.receive(raw(f"From: {MALLORY}", "Mit eget.", "Mit eget"))
    with database.write(town.container.engine) as session:
        session.add(ours(session.get_one(Enquiry, own), "interim", town, "<eget@sluse.example.org>"))
    (forged,) = town.receive(raw(head, "Jeg trækker klagen tilbage."))
    found = town.enquiry(forged)
    assert (found.state, found.follow_up_of_id, found.case_id) == (State.TRIAGE, None, None)
    with database.read(town.container.engine) as session:
        reason = session.scalars(select(Decision.reason).where(Decision.enquiry_id == forged)).one()
    assert (found.resembles_id, reason) == (first, Reason.STRANGER)


@pytest.mark.parametrize("letter", ["reply", "forward", "interim", "acknowledgement"])
@pytest.mark.parametrize("head", [
    f"From: Vera privat <vera@andet.example.org>\r\nReply-To: {VICTIM}",
    f"From: Veras mand <mand@borger.example.org>\r\nCc: {VICTIM}",
])  # fmt: skip
def test_who_answers_our_letter_may_write_from_elsewhere(town: Town, head: str, letter: str) -> None:
    first = case_of(town)
    with database.write(town.container.engine) as session:
        session.add(ours(session.get_one(Enquiry, first), letter, town))
    (second,) = town.receive(raw(f"{head}\r\nIn-Reply-To: <vores@sluse.example.org>", "Nu er det værre.", "SV: Klage"))
    assert town.enquiry(second).follow_up_of_id == first


def ours(enquiry: Enquiry, letter: str, town: Town, message_id: str = "<vores@sluse.example.org>") -> object:
    """A letter of ours in an enquiry's thread."""
    at, park = now(), town.units[PARK]
    if letter == "reply":
        return Reply(raw_mail_id=enquiry.raw_mail_id, enquiry_id=enquiry.id, sent_at=at, message_id=message_id)
    if letter == "forward":
        return Forward(message_id=message_id, enquiry_id=enquiry.id, routing_no=1, unit_id=park)
    if letter == "interim":
        return InterimReply(
            enquiry_id=enquiry.id, message_id=message_id, text="", caseworker="", at=at, unit_id=park
        )  # fmt: skip
    return Acknowledgement(
        case_id=enquiry.case_id,
        enquiry_id=enquiry.id,
        recipient=VICTIM,
        message_id=message_id,
        subject="",
        text="",
        at=at,
    )


def test_a_stranger_who_answers_our_letter_is_still_one(town: Town) -> None:
    first = case_of(town)
    with database.write(town.container.engine) as session:
        session.add(ours(session.get_one(Enquiry, first), "interim", town))
    (second,) = town.receive(raw(f"From: {MALLORY}\r\nIn-Reply-To: <vores@sluse.example.org>", "Hvad nu?", "SV: Klage"))
    assert (town.enquiry(second).follow_up_of_id, town.enquiry(second).resembles_id) == (None, first)


HIDDEN = VICTIM.replace("@", "=40")
LIFTED = [
    f"From: mallory@evil.example.com <=?utf-8?q?{HIDDEN}?=>", f"From: =?utf-8?q?{HIDDEN}?=",
    f"From: Vera <=?utf-8?q?{HIDDEN}?=>", f"From: =?utf-8?q?{HIDDEN}?= (mallory@evil.example.com)",
    f'From: "{VICTIM}"', f"From: =?utf-8?q?Vera_=3C{HIDDEN}=3E?=",
]  # fmt: skip


@pytest.mark.parametrize("head", LIFTED)
def test_an_address_that_no_server_has_seen_writes_nothing(town: Town, head: str) -> None:
    """Nor does who came in so bring in who comes next: each of them a human sees."""
    case_of(town)
    found = [
        town.enquiry(town.receive(raw(each, f"Jeg trækker klagen tilbage, {n}.", message_id=f"<{n}@evil.example.com>"))[0])
        for n, each in enumerate((
            head, f"{head}\r\nReply-To: {MALLORY}\r\nIn-Reply-To: <0@evil.example.com>", f"From: {MALLORY}",
            f"{head}\r\nIn-Reply-To: <klage@borger.example.org>",
        ))
    ]  # fmt: skip
    assert [(each.state, each.follow_up_of_id, each.case_id) for each in found] == [(State.TRIAGE, None, None)] * 4
    assert found[0].citizen_source is CitizenSource.UNNAMED


def test_whom_a_follow_up_names_as_who_is_answered_is_no_member(town: Town) -> None:
    first = case_of(town)
    heads = (
        f"From: Vera <{VICTIM}>\r\nReply-To: {MALLORY}\r\nIn-Reply-To: <klage@borger.example.org>",
        f"From: {MALLORY}\r\nIn-Reply-To: <klage@borger.example.org>",
        f"From: {MALLORY}",
    )
    for n, head in enumerate(heads):
        (number,) = town.receive(raw(head, f"Send det til mig, {n}."))
        assert (town.enquiry(number).state, town.enquiry(number).follow_up_of_id) == (State.TRIAGE, None)
    with database.write(town.container.engine) as session:  # a human has put one of them into the case all the same
        session.get_one(Enquiry, 2).follow_up_of_id, session.get_one(Enquiry, 2).case_id = first, 1
    (again,) = town.receive(raw(f"From: {MALLORY}", "Endnu en."))
    assert (town.enquiry(again).state, town.enquiry(again).follow_up_of_id) == (State.TRIAGE, None)


@pytest.mark.parametrize("head", [f"From: {MALLORY}", f"From: Vera <{VICTIM}>", *LIFTED[:2]])
def test_a_borrowed_message_id_takes_no_follow_up_away(town: Town, head: str) -> None:
    """The first mail that bore it keeps it, whoever the later one says it is from."""
    first = case_of(town)
    borrowed, another = (
        town.receive(raw(head, text, "Rotter", "<klage@borger.example.org>"))[0]
        for text in ("Rotter i kælderen.", "Flere rotter.")
    )
    (genuine,) = town.receive(
        raw(f"From: Vera <{VICTIM}>\r\nIn-Reply-To: <klage@borger.example.org>", "Mere.", "SV: Klage")
    )
    assert town.enquiry(genuine).follow_up_of_id == first
    assert {town.enquiry(each).follow_up_of_id for each in (borrowed, another)} == {None}


def form(town: Town, *, confirmed: bool, mailbox: str = "") -> None:
    with database.write(town.container.engine) as session:
        given = {
            "name": "Webformular", "senders": "webform@town.example.org", "mailbox": mailbox, "address_labels": "E-mail",
            "name_labels": "Navn", "confirmed": confirmed,
        }  # fmt: skip
        form_senders.save(session, None, given, by=Actor("admin"), now=now())


@pytest.mark.parametrize("head", [
    f"From: {MALLORY}\r\nSender: webform@town.example.org",
    f"From: {MALLORY}, webform@town.example.org\r\nSender: webform@town.example.org",
    f"From: webform@town.example.org, {MALLORY}",
    "Sender: webform@town.example.org",
    "Return-Path: <webform@town.example.org>",
    f"From: webform@town.example.org <{MALLORY.split('<')[1]}",
])  # fmt: skip
def test_a_form_is_known_by_its_from_alone(town: Town, head: str) -> None:
    form(town, confirmed=True)
    case_of(town)
    (forged,) = town.receive(raw(head, f"Navn: Vera\nE-mail: {VICTIM}\n\nJeg trækker klagen tilbage."))
    found = town.enquiry(forged)
    assert found.citizen_source not in (CitizenSource.FORM, CitizenSource.CONFIRMED_FORM)
    assert (found.state, found.follow_up_of_id, found.citizen_address == VICTIM) == (State.TRIAGE, None, False)


@pytest.mark.parametrize(("confirmed", "joins"), [(True, True), (False, False)])
def test_a_form_joins_a_case_where_it_has_addresses_confirmed(town: Town, confirmed: bool, joins: bool) -> None:
    """Else anybody could write into a case by filling in the form with its citizen's address."""
    form(town, confirmed=confirmed)
    first = case_of(town, "From: webform@town.example.org", f"Navn: Vera\nE-mail: {VICTIM}\n\nJeg klager.")
    (second,) = town.receive(raw("From: webform@town.example.org", f"Navn: Vera\nE-mail: {VICTIM}\n\nDet er værre."))
    assert town.enquiry(second).follow_up_of_id == (first if joins else None)
    assert town.enquiry(second).resembles_id == (None if joins else first)
