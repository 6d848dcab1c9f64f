"""Mail in Exchange Online: the contract on a stand-in that checks every request and answer, and each fault by itself."""

import json
import random
import threading
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from connectors.errors import AnswerLost, ConnectorError, MailNotExported, UnknownFate, UnreachableAddress
from connectors.mail.graph.gateway import GraphGateway, _add
from connectors.mail.graph.known import Known
from connectors.mail.graph.tokens import GraphTenant
from connectors.mail.message import Folder, MailAttachment, MessageRef, none_chosen
from tests.connectors.gateway_contract import SHARED, UNIT, GatewayContract, insist, outgoing, send_surely
from tests.shared import needs
from tests.standins.graph import examples
from tests.standins.graph.mailboxes import Item, MailFolder
from tests.standins.graph.schema import DESCRIPTION, EXAMPLES
from tests.standins.graph.server import TOKEN, GraphServer, graph_server

OUTSIDE = "borger@example.net"
MB = 1024 * 1024


class Held:
    """The token that the stand-in takes; counts how often a fresh one was wanted."""

    def __init__(self) -> None:
        self.value, self.forgotten = TOKEN, 0

    def token(self) -> str:
        return self.value

    def close(self) -> None: ...

    def forget(self) -> None:
        self.value, self.forgotten = TOKEN, self.forgotten + 1


@pytest.fixture
def server() -> Iterator[GraphServer]:
    """A tenant; whatever was asked and answered fits Microsoft's description, where that is there."""
    with graph_server(SHARED, UNIT) as made:
        made.service.sent_after = 0.02
        yield made
    assert made.broken == []
    assert made.checked.wrong_requests == []
    assert made.checked.wrong == []
    assert made.usual_ids == 0, "immutable ids are asked for every time"
    assert made.throttled == 0
    counts["requests"] += made.checked.requests
    counts["answers"] += made.checked.answers


counts = {"requests": 0, "answers": 0}


@pytest.fixture
def clock() -> list[datetime]:
    """The time that the gateway believes it is, in one place."""
    return [datetime(2026, 12, 1, 12, tzinfo=UTC)]


@pytest.fixture
def gateway(server: GraphServer, clock: list[datetime]) -> Iterator[GraphGateway]:
    made = joined(server, clock)
    yield made
    made.close()


def joined(server: GraphServer, clock: list[datetime] | None = None, **named: Any) -> GraphGateway:
    """A gateway to a tenant, with a Retur in each mailbox."""
    tenant = GraphTenant("t", "c", server=server.address, seconds=named.pop("seconds", 10.0))
    now = (lambda: clock[0]) if clock else (lambda: datetime.now(UTC))
    made = GraphGateway(
        tenant,
        named.pop("tokens", None) or Held(),
        now=now,
        late_seconds=named.pop("late_seconds", 1.0),
        chosen=named.pop("chosen", none_chosen),
    )
    for address in server.service.mailboxes:
        made.create_mailbox(address)
    return made


class TestContract(GatewayContract):
    bounces = True

    @pytest.fixture
    def gateway(self, server: GraphServer) -> Iterator[GraphGateway]:  # type: ignore[override]
        made = joined(server)
        made.server = server  # type: ignore[attr-defined]
        yield made
        made.close()

    def deliver(self, gateway: Any, raw: bytes) -> None:
        gateway.server.service.deliver(SHARED, raw)

    def handle(self, gateway: Any, key: str) -> None:
        box = gateway.server.service.mailboxes[SHARED]
        item = box.item(key, immutable=True)
        item.is_read = True
        item.fields["flag"] = {"flagStatus": "flagged"}
        item.fields["singleValueExtendedProperties"] = [{"id": "Integer 0x1081", "value": "102"}]
        box.changed(item)

    connected = True

    def open_connections(self, gateway: Any) -> int:
        return int(gateway._client._made is not None)

    def add_folder(self, gateway: Any, *path: str) -> None:
        box = gateway.server.service.mailboxes[UNIT]
        above = folder_at(gateway.server, *path[:-1])
        box.folders.append(MailFolder(path[-1], parent=above))

    def put(self, gateway: Any, raw: bytes, *path: str) -> None:
        gateway.server.service.deliver(UNIT, raw, folder=folder_at(gateway.server, *path).id)

    def choosing(self, gateway: Any, chosen: dict[Folder, str]) -> GraphGateway:
        return joined(gateway.server, chosen=lambda mailbox: chosen if mailbox == UNIT else {})


def folder_at(server: GraphServer, *path: str) -> MailFolder:
    """A folder of the unit's mailbox by the names that lead there."""
    box = server.service.mailboxes[UNIT]
    found = box.root
    for name in path:
        found = next(each for each in box.folders if each.parent is found and each.name == name)
    return found


def keys(gateway: GraphGateway, cursor: str | None = None, **named: Any) -> tuple[list[str], str]:
    """The keys of one batch, and the cursor behind it."""
    batch = gateway.new_messages(SHARED, cursor, **named)
    return [ref.key for ref in batch.messages], batch.cursor


def delivered(server: GraphServer, *subjects: str) -> list[Item]:
    return [
        server.service.deliver(SHARED, f"From: Prøve <proeve@example.net>\r\nSubject: {each}\r\n\r\nx".encode())
        for each in subjects
    ]


def letters(server: GraphServer, address: str = UNIT) -> list[Item]:
    """What a mailbox has received."""
    box = server.service.mailboxes[address]
    return [item for item in box.items if item.folder.well_known == "inbox"]


# What is read


def test_pages_are_as_large_as_wanted_and_an_empty_one_is_not_the_end(
    server: GraphServer, gateway: GraphGateway
) -> None:
    server.service.empty_pages = True
    mails = delivered(server, *map(str, range(60)))
    first, cursor = keys(gateway, limit=50)
    second, cursor = keys(gateway, cursor, limit=50)
    assert [*first, *second] == [item.immutable_id for item in mails]
    assert keys(gateway, cursor)[0] == []
    assert sum("delta" in call for call in server.calls) == 4, "the empty page, two that are full, and what came since"


def test_a_mail_that_is_reported_twice_or_out_of_order_is_listed_once_and_in_order(
    server: GraphServer, gateway: GraphGateway
) -> None:
    server.service.duplicates = server.service.shuffled = True
    at = datetime(2026, 12, 1, tzinfo=UTC)
    mails = [server.service.deliver(SHARED, b"x", received_at=at + timedelta(minutes=n)) for n in range(9)]
    assert keys(gateway)[0] == [item.immutable_id for item in mails]


def test_a_mail_that_somebody_reads_or_flags_is_not_listed_again(server: GraphServer, gateway: GraphGateway) -> None:
    (item,) = delivered(server, "a")
    found, first = keys(gateway)
    assert keys(gateway)[0] == found, "whoever failed to store a batch gets it again"
    _, cursor = keys(gateway, first)
    gateway.mark_taken(SHARED, item.immutable_id)
    assert keys(gateway, cursor)[0] == []
    restarted = joined(server)
    assert keys(restarted, cursor)[0] == found, "a process that has begun anew remembers nothing"
    restarted.close()


def test_what_left_and_came_back_is_found_by_a_listing(
    server: GraphServer, gateway: GraphGateway, clock: list[datetime]
) -> None:
    """With immutable ids the feed tells only that it left."""
    box = server.service.mailboxes[SHARED]
    inbox, archive = box.folder("inbox"), box.folder("archive")
    assert inbox is not None
    assert archive is not None
    _, cursor = keys(gateway)
    (item,) = delivered(server, "a")
    box.move(item, archive)
    box.move(item, inbox)
    found, cursor = keys(gateway, cursor)
    assert found == [item.immutable_id]

    # It comes back after the listing: then the next one finds it, ten minutes later.
    (other,) = delivered(server, "b")
    box.move(other, archive)
    found, cursor = keys(gateway, cursor)
    box.move(other, inbox)
    found, cursor = keys(gateway, cursor)
    assert found == []
    clock[0] += timedelta(minutes=11)
    assert keys(gateway, cursor)[0] == [other.immutable_id]


def test_every_night_all_is_listed_a_page_at_a_time(
    server: GraphServer, gateway: GraphGateway, clock: list[datetime]
) -> None:
    mails = {item.immutable_id for item in delivered(server, *map(str, range(25)))}
    _, cursor = keys(gateway, limit=100)
    server.calls.clear()
    _, cursor = keys(gateway, cursor)
    assert len(server.calls) == 1, "by day the feed is all that is asked"
    clock[0] += timedelta(days=1)
    restarted, found = joined(server, clock), []
    for _ in range(5):
        new, cursor = keys(restarted, cursor, limit=10)
        found += new
        assert len(new) <= 10
    restarted.close()
    assert (len(found), set(found)) == (25, mails)
    server.calls.clear()
    keys(gateway, cursor)
    assert len(server.calls) == 1


def test_a_mail_that_is_moved_keeps_its_key(server: GraphServer, gateway: GraphGateway) -> None:
    (item,) = delivered(server, "a")
    usual = item.usual_id
    ((key,), _) = keys(gateway)
    gateway.move(SHARED, key, source=Folder.INBOX, target=Folder.RETURNS)
    assert item.usual_id != usual
    (ref,) = gateway.new_messages(SHARED, None, folder=Folder.RETURNS).messages
    assert ref.key == key


def test_a_feed_that_has_expired_begins_anew(server: GraphServer, gateway: GraphGateway) -> None:
    delivered(server, "a", "b")
    found, cursor = keys(gateway)
    _, cursor = keys(gateway, cursor)
    server.service.tokens.expire()
    again, cursor = keys(gateway, cursor)
    assert again == found
    assert keys(gateway, cursor)[0] == []


def test_a_cursor_never_leads_elsewhere(server: GraphServer, gateway: GraphGateway) -> None:
    """The token goes with it."""
    delivered(server, "a")
    stolen = json.dumps({"delta": "https://elsewhere.example.org/v1.0/x", "night": "2026-12-01"})
    assert len(keys(gateway, stolen)[0]) == 1


def test_a_mailbox_without_retur_has_nothing_in_it_and_gets_none_by_reading(server: GraphServer) -> None:
    made = GraphGateway(GraphTenant("t", "c", server=server.address), Held())
    assert made.new_messages(UNIT, None, folder=Folder.RETURNS).messages == ()
    assert made.find(UNIT, "<a@b>", folder=Folder.RETURNS) is None
    assert not any(call.startswith("POST") for call in server.calls)
    made.create_mailbox(UNIT)
    made.create_mailbox(UNIT)
    assert [each.name for each in server.service.mailboxes[UNIT].folders].count("Retur") == 1
    made.close()


@pytest.mark.parametrize("code", ["ErrorContentConversionFailed", "ErrorInternalServerError"])
def test_a_mail_that_cannot_be_exported_keeps_its_head(server: GraphServer, gateway: GraphGateway, code: str) -> None:
    bad, good = delivered(server, "Væltet træ", "b")
    bad.corrupt = code
    found, _ = keys(gateway)
    with pytest.raises(MailNotExported) as raised:
        gateway.raw(SHARED, found[0])
    head = message_from_bytes(raised.value.head, policy=default)
    assert (head["Subject"], head["From"]) == ("Væltet træ", "Prøve <proeve@example.net>")
    assert head["Message-ID"] == bad.fields["internetMessageId"]
    assert "træ" not in str(raised.value)
    assert gateway.raw(SHARED, found[1]) == good.raw


@pytest.mark.parametrize("code", ["ErrorContentConversionFailed", "ErrorInternalServerError"])
def test_a_mail_of_which_nothing_can_be_read_holds_up_no_other(
    server: GraphServer, gateway: GraphGateway, code: str
) -> None:
    bad, good = delivered(server, "a", "b")
    found, _ = keys(gateway)
    bad.corrupt, bad.unreadable = code, True
    with pytest.raises(MailNotExported) as raised:
        gateway.raw(SHARED, found[0])
    assert raised.value.head == b"\r\n"
    assert gateway.raw(SHARED, found[1]) == good.raw


def test_a_mail_that_no_list_can_hold_stops_no_list(
    server: GraphServer, gateway: GraphGateway, clock: list[datetime]
) -> None:
    items = delivered(server, *map(str, range(25)))
    items[3].unreadable, items[3].corrupt = True, "ErrorContentConversionFailed"
    taken: set[str] = set()
    cursor = None
    for _ in range(12):
        found, cursor = keys(gateway, cursor, limit=10)
        taken.update(found)
        clock[0] += timedelta(minutes=11)
    assert taken == {each.immutable_id for each in items}, "the damaged one as well: fetching it tells"
    (late,) = delivered(server, "new")
    assert late.immutable_id in keys(gateway, cursor, limit=10)[0], "at once"
    with pytest.raises(MailNotExported):
        gateway.raw(SHARED, items[3].immutable_id)
    items[3].unreadable = False
    for _ in range(5):
        found, cursor = keys(gateway, cursor, limit=10)
    assert not found


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ({"receivedDateTime": "2026-11-30T08:00:00Z"}, datetime(2026, 11, 30, 8, tzinfo=UTC)),
        (
            {"receivedDateTime": "sometime", "createdDateTime": "2026-11-30T08:00:00Z"},
            datetime(2026, 11, 30, 8, tzinfo=UTC),
        ),
        ({"receivedDateTime": None}, None),
        ({"receivedDateTime": 7}, None),
        ({}, None),
    ],
)
def test_a_mail_without_its_times_is_listed_all_the_same(told: dict[str, Any], at: datetime | None) -> None:
    found: dict[str, MessageRef] = {}
    _add(found, [{"@odata.etag": "x"}, {"id": "k"} | told], Known())
    (ref,) = found.values()
    assert (ref.key, ref.received_at.tzinfo) == ("k", UTC)
    assert at is None or ref.received_at == at


def test_a_server_that_fails_as_a_whole_is_not_the_mails_fault(server: GraphServer, gateway: GraphGateway) -> None:
    delivered(server, "a")
    ((key,), _) = keys(gateway)
    server.fail("GET /users", status=500, times=3)
    with pytest.raises(ConnectorError) as raised:
        gateway.raw(SHARED, key)
    assert raised.value.retryable
    assert not isinstance(raised.value, MailNotExported)


def test_a_conflict_while_marking_is_tried_once_more(server: GraphServer, gateway: GraphGateway) -> None:
    (item,) = delivered(server, "a")
    server.fail("PATCH", status=412, code="ErrorIrresolvableConflict")
    gateway.mark_taken(SHARED, item.immutable_id)
    assert item.is_read
    server.fail("PATCH", status=412, times=2)
    with pytest.raises(ConnectorError) as raised:
        gateway.mark_taken(SHARED, item.immutable_id)
    assert raised.value.retryable
    gateway.mark_taken(SHARED, "somebody-deleted-it")


def test_what_is_removed_is_gone_for_good(server: GraphServer, gateway: GraphGateway) -> None:
    (item,) = delivered(server, "a")
    gateway.remove(SHARED, item.immutable_id, folder=Folder.INBOX)
    gateway.remove(SHARED, item.immutable_id, folder=Folder.INBOX)
    assert server.service.mailboxes[SHARED].items == []


# What goes wrong between


@pytest.mark.parametrize(("status", "wait"), [(429, 7.0), (503, 7.0), (504, None), (500, None)])
def test_only_throttling_says_how_long_to_wait(
    server: GraphServer, gateway: GraphGateway, status: int, wait: float | None
) -> None:
    server.fail("delta", status=status, retry_after="7")
    with pytest.raises(ConnectorError) as raised:
        keys(gateway)
    assert (raised.value.retryable, raised.value.wait) == (True, wait)
    assert keys(gateway)[0] == []


def test_a_token_that_is_refused_in_the_middle_is_renewed_once(server: GraphServer, clock: list[datetime]) -> None:
    held = Held()
    made = joined(server, clock, tokens=held)
    held.value = "expired"
    delivered(server, "a")
    assert len(keys(made)[0]) == 1
    assert held.forgotten == 1
    server.accepts = lambda _token: False
    with pytest.raises(ConnectorError) as raised:
        keys(made)
    assert (raised.value.retryable, held.forgotten) == (False, 2)
    made.close()


def test_a_mailbox_that_the_app_may_not_see_is_named(server: GraphServer, gateway: GraphGateway) -> None:
    server.closed.add(SHARED)
    with pytest.raises(ConnectorError, match=f"{SHARED}.*Mail.ReadWrite") as raised:
        keys(gateway)
    assert not raised.value.retryable


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("where", "effect"),
    [
        ("GET .*/delta", lambda g, key: g.new_messages(SHARED, None)),
        ("GET .*value", lambda g, key: g.raw(SHARED, key)),
        ("PATCH", lambda g, key: g.mark_taken(SHARED, key)),
        ("POST .*/move", lambda g, key: g.move(SHARED, key, source=Folder.INBOX, target=Folder.RETURNS)),
        ("DELETE", lambda g, key: g.remove(SHARED, key, folder=Folder.INBOX)),
        ("GET .*/messages$", lambda g, key: g.find(SHARED, "<a@b>", folder=Folder.INBOX)),
        ("POST .*/messages$", lambda g, key: g.save_draft(UNIT, outgoing())),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [0, 503, 429])
def test_whatever_is_cut_off_can_be_done_again(
    server: GraphServer, gateway: GraphGateway, where: str, effect: Any, after: bool, status: int
) -> None:
    (item,) = delivered(server, "a")
    server.fail(where, after=after, status=status)
    with pytest.raises(ConnectorError) as raised:
        effect(gateway, item.immutable_id)
    assert raised.value.retryable
    insist(lambda: effect(gateway, item.immutable_id))
    assert server.faults[0].times == 0


def test_a_slow_answer_is_given_up(server: GraphServer) -> None:
    made = joined(server, seconds=0.3)
    server.fail("delta", seconds=1.0)
    with pytest.raises(ConnectorError) as raised:
        made.new_messages(SHARED, None)
    assert raised.value.retryable
    assert made.new_messages(SHARED, None).messages == ()
    made.close()


def test_at_most_four_requests_are_under_way_at_a_mailbox(server: GraphServer, gateway: GraphGateway) -> None:
    server.seconds = 0.05
    with ThreadPoolExecutor(16) as pool:
        assert all(batch.messages == () for batch in pool.map(lambda _: gateway.new_messages(SHARED, None), range(32)))
    assert 1 < server.most_at_once <= 4, "a busy machine may never have four under way"
    assert server.throttled == 0


def test_nothing_listens(clock: list[datetime]) -> None:
    made = GraphGateway(GraphTenant("t", "c", server="http://127.0.0.1:9"), Held())
    with pytest.raises(ConnectorError) as raised:
        made.send(outgoing())
    assert raised.value.retryable
    assert not isinstance(raised.value, AnswerLost)
    made.close()
    with pytest.raises(ConnectorError):
        GraphGateway(GraphTenant("t", "c", server="http://graph.example.org"), Held())


# What is sent


def test_a_letter_as_it_arrives(server: GraphServer, gateway: GraphGateway) -> None:
    raw = b"From: x\r\n\r\n\0\xff\nFrom y"
    message = replace(
        outgoing(),
        in_reply_to="<first@example.net>",
        headers=(("Date", "x"), ("Reply-To", OUTSIDE), ("X-Sluse-Seal", "seal"), ("Auto-Submitted", "auto-replied")),
        attachments=(MailAttachment("henvendelse æ.eml", "message/rfc822", raw),),
    )
    gateway.send(message)
    ((item,), mail) = letters(server), message_from_bytes(letters(server)[0].raw or b"", policy=default)
    assert item.fields["internetMessageId"] == mail["Message-ID"] == message.message_id
    assert (mail["X-Sluse"], mail["X-Sluse-Seal"], mail["Reply-To"]) == ("1", "seal", OUTSIDE)
    assert (mail["In-Reply-To"], mail["References"]) == ("<first@example.net>", "<first@example.net>")
    assert (mail["From"], mail["To"], mail["Subject"]) == (SHARED, UNIT, "VS: Æblegård Bcc: x@y")
    assert mail["Auto-Submitted"] is None, "Graph takes none"
    text, attached = mail.iter_parts()
    assert text.get_content().split() == ["Hej", "ÆØÅ"]
    assert (attached.get_filename(), attached.get_content()) == ("henvendelse æ.eml", raw)


def test_a_persons_letter_bears_no_mark_of_a_robot(server: GraphServer, gateway: GraphGateway) -> None:
    gateway.send(replace(outgoing(), personal=True))
    assert b"X-Sluse" not in (letters(server)[0].raw or b"")


def test_no_more_than_five_headers_go_with_a_letter_and_our_mark_first(
    server: GraphServer, gateway: GraphGateway
) -> None:
    gateway.send(replace(outgoing(), headers=tuple((f"X-{n}", "a") for n in range(9))))
    mail = message_from_bytes(letters(server)[0].raw or b"")
    assert mail["X-Sluse"] == "1"
    assert sum(name.startswith("X-") for name in mail) == 5


@pytest.mark.parametrize("sizes", [(3 * MB - 1,), (3 * MB,), (2 * MB, 2 * MB), (9 * MB, 10, 4 * MB)])
def test_files_go_by_their_size(server: GraphServer, gateway: GraphGateway, sizes: tuple[int, ...]) -> None:
    files = tuple(MailAttachment(f"{n}.bin", "x/y", bytes([n]) * size) for n, size in enumerate(sizes))
    gateway.send(replace(outgoing(), attachments=files))
    mail = message_from_bytes(letters(server)[0].raw or b"", policy=default)
    found = [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]
    assert found == [(each.filename, each.content) for each in files]
    assert sum(call.startswith("PUT") for call in server.calls) == sum(-(-s // 3932160) for s in sizes if s >= 3 * MB)


@pytest.mark.parametrize("where", ["createUploadSession", "PUT", "attachments$", "POST .*messages$", "send$"])
@pytest.mark.parametrize("after", [False, True])
def test_a_large_letter_that_is_cut_off_arrives_whole_and_once(
    server: GraphServer, gateway: GraphGateway, where: str, after: bool
) -> None:
    files = tuple(MailAttachment(f"{n}", "x/y", bytes([n]) * size) for n, size in enumerate((MB, 5 * MB, 2 * MB)))
    server.fail(where, after=after)
    send_surely(gateway, replace(outgoing(), attachments=files))
    assert server.faults[0].times == 0
    (item,) = letters(server)
    mail = message_from_bytes(item.raw or b"", policy=default)
    assert [part.get_content() for part in mail.iter_attachments()] == [each.content for each in files]


@pytest.mark.parametrize("recipient", [UNIT, OUTSIDE])
@pytest.mark.parametrize(
    "fault",
    [
        {"after": True}, {"after": True, "status": 504}, {"after": True, "status": 500}, {"after": True, "status": 503},
        {"status": 503, "retry_after": "1"}, {"status": 504}, {}, {"status": 412}, {"status": 429, "retry_after": "1"},
    ],
)  # fmt: skip
def test_a_letter_whose_answer_was_lost_leaves_once(
    server: GraphServer, gateway: GraphGateway, recipient: str, fault: dict[str, Any]
) -> None:
    server.fail("send$", **fault)
    send_surely(gateway, outgoing(recipient=recipient))
    assert len(server.service.sends) == 1
    assert len(letters(server)) + len(server.service.outside) == 1
    drafts = gateway.new_messages(SHARED, None, folder=Folder.DRAFTS).messages
    assert drafts == ()


def test_a_letter_that_was_sent_is_not_sent_again(server: GraphServer, gateway: GraphGateway) -> None:
    gateway.send(outgoing())
    gateway.send(outgoing())
    assert len(server.service.sends) == 1


def test_it_is_said_when_a_letter_may_have_left(server: GraphServer, gateway: GraphGateway) -> None:
    for how in ({"after": True}, {"status": 504}, {"status": 504, "after": True}):
        fault = server.fail("send$", **how)
        with pytest.raises(AnswerLost):
            gateway.send(replace(outgoing(), message_id=f"<{len(server.faults)}@x>"))
        assert fault.times == 0
    server.fail("send$", status=429, retry_after="5")
    with pytest.raises(ConnectorError) as raised:
        gateway.send(outgoing())
    assert not isinstance(raised.value, AnswerLost)
    assert raised.value.wait == 5.0


def test_retry_after_beside_a_success_is_a_success(server: GraphServer, gateway: GraphGateway) -> None:
    server.fail("send$", after=True, success=True, retry_after="120")
    gateway.send(outgoing())
    assert len(letters(server)) == 1


def test_a_copy_in_sent_that_is_late_or_never_comes_sends_nothing_twice(server: GraphServer) -> None:
    made = joined(server, late_seconds=0.3)
    server.service.sent_after = 3600.0
    made.send(outgoing())
    made.send(outgoing(), again=True)  # it lies in the unit's mailbox
    assert len(letters(server)) == 1
    made.send(replace(outgoing(OUTSIDE), message_id="<two@x>"))
    with pytest.raises(UnknownFate) as raised:
        made.send(replace(outgoing(OUTSIDE), message_id="<two@x>"), again=True)
    assert not raised.value.retryable
    assert len(server.service.outside) == 1
    made.close()


def test_a_unit_that_moved_our_letter_has_it_all_the_same(server: GraphServer) -> None:
    made = joined(server, late_seconds=0.1)
    server.service.sent_after = 3600.0
    made.send(outgoing())
    (ref,) = made.new_messages(UNIT, None).messages
    made.move(UNIT, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
    made.send(outgoing(), again=True)
    assert len(server.service.sends) == 1
    made.close()


def test_a_draft_that_was_thrown_away_is_not_written_again(server: GraphServer, gateway: GraphGateway) -> None:
    gateway.save_draft(UNIT, outgoing())
    (ref,) = gateway.new_messages(UNIT, None, folder=Folder.DRAFTS).messages
    box = server.service.mailboxes[UNIT]
    item, bin_ = box.item(ref.key, immutable=True), box.folder("deleteditems")
    assert item is not None
    assert bin_ is not None
    box.move(item, bin_)
    gateway.save_draft(UNIT, outgoing())
    assert gateway.new_messages(UNIT, None, folder=Folder.DRAFTS).messages == ()


@pytest.mark.parametrize(("how", "words"), [("full", "full"), ("large", "too large"), ("file", "150 MB")])
def test_what_is_too_much_is_said_and_not_tried_again(
    server: GraphServer, gateway: GraphGateway, how: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "full":
        server.service.mailboxes[SHARED].full = True
    elif how == "large":
        server.service.largest = 1000
    else:
        monkeypatch.setattr("connectors.mail.graph.gateway.LARGEST", 1)
    with pytest.raises(ConnectorError, match=words) as raised:
        gateway.send(replace(outgoing(), attachments=(MailAttachment("a", "x/y", bytes(5000)),)))
    assert not raised.value.retryable
    assert not isinstance(raised.value, AnswerLost)


def test_an_address_that_no_mail_reaches_is_told_apart(server: GraphServer, gateway: GraphGateway) -> None:
    with pytest.raises(UnreachableAddress):
        gateway.send(outgoing("bøf@example.net"))


def test_no_error_quotes_what_the_server_says(server: GraphServer, gateway: GraphGateway) -> None:
    """Its sentence may quote a mail."""
    server.fail("delta", status=400, code="ErrorBad")
    with pytest.raises(ConnectorError) as raised:
        keys(gateway)
    assert "This was wanted" not in str(raised.value)
    assert "ErrorBad" in str(raised.value)


def test_many_threads_send_each_letter_once(server: GraphServer, gateway: GraphGateway) -> None:
    chance = threading.Lock()
    for n in range(12):
        server.fail("send$", after=bool(n % 2), status=(0, 504, 503)[n % 3])
    letters_out = [replace(outgoing(), message_id=f"<{n}@town.example.org>") for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: send_surely(gateway, each), letters_out))
    with chance:
        assert sorted(server.service.sends) == sorted(each.message_id for each in letters_out)


def test_a_letter_that_could_not_be_found_again_is_not_sent(server: GraphServer, gateway: GraphGateway) -> None:
    server.service.own_ids_only = True
    with pytest.raises(ConnectorError, match="another Message-ID") as raised:
        gateway.send(outgoing())
    assert not raised.value.retryable
    assert server.service.sends == []
    assert gateway.new_messages(SHARED, None, folder=Folder.DRAFTS).messages == ()


@pytest.mark.parametrize("seed", [1])
def test_never_twice_whatever_answer_is_lost(server: GraphServer, seed: int) -> None:
    """A few of those that `make verify` counts."""
    assert lost_answers(server, 24, seed)[2] == 0


def lost_answers(server: GraphServer, count: int, seed: int) -> tuple[int, int, int]:
    """Send letters whose answers are lost; returns those that left once, those that a human is asked about, and what is wrong.

    To our own units and to strangers, with small files and with large ones; now and then the copy in Sent never comes.
    """
    made, chance = joined(server, late_seconds=0.3), random.Random(seed)
    once = asked = 0
    for n in range(count):
        server.service.sent_after = chance.choice((0.0, 0.05, 0.2, 3600.0))
        server.fail("send$", after=chance.random() < 0.7, status=chance.choice((0, 500, 503, 504)))
        files = (MailAttachment("a.eml", "message/rfc822", bytes(chance.choice((10, 100, 3 * MB)))),)
        letter = outgoing(chance.choice((UNIT, OUTSIDE)))
        letter = replace(letter, message_id=f"<{n}@x.example.org>", attachments=files[: n % 2], personal=n % 3 == 0)
        try:
            send_surely(made, letter)
            once += 1
        except UnknownFate:
            asked += 1
    made.close()
    left = Counter(server.service.sends)
    wrong = sum(left[f"<{n}@x.example.org>"] != 1 for n in range(count))
    return once, asked, wrong + (len(letters(server)) + len(server.service.outside) != count)


# The stand-in itself


@needs(DESCRIPTION)
def test_both_directions_are_checked(server: GraphServer, gateway: GraphGateway) -> None:
    """Skipped where Microsoft's description is not beside this checkout: then nothing is checked against it."""
    gateway.send(outgoing())
    assert server.checked.requests == server.checked.answers > 5
    address = "https://graph.microsoft.com/v1.0/users/x/messages/y"
    assert server.checked.request("PATCH", address, "application/json", b'{"isRead":"ja"}')
    server.checked.wrong_requests.clear()
    server.checked.answer("GET", address, 200, "application/json", b'{"id": 7}')
    assert server.checked.wrong.pop()


@needs(DESCRIPTION, EXAMPLES)
def test_microsofts_own_examples_are_answered() -> None:
    """The stand-in is not made to measure: a foreign client's requests are answered, and validly."""
    with graph_server("x") as server:
        answered = [(examples.answer(server, each), valid) for each, valid in examples.sendable(server)]
        assert server.broken == server.checked.wrong == []
        assert sum(valid for _, valid in answered) == 24
        assert [status for (status, _), valid in answered if valid and status >= 300] == []


def ask(server: GraphServer, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, Any]]:
    """Ask as a client would that knows nothing of limits and manners."""
    example = {"method": method, "path": path, "query": "", "body": json.dumps(body) if body is not None else ""}
    status, content = examples.answer(server, example | {"headers": {"content-type": "application/json"} | headers})
    return status, json.loads(content or b"{}")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], "InvalidInternetMessageHeaderCollection"),
        ([{"name": f"x-{n}", "value": "a"} for n in range(6)], "InvalidInternetMessageHeaderCollection"),
        ([{"name": "Auto-Submitted", "value": "auto-replied"}], "InvalidInternetMessageHeader"),
        ([{"name": "x-a", "value": "a"}], None),
    ],
)
def test_the_stand_in_takes_one_to_five_headers_that_begin_with_x(headers: object, code: str | None) -> None:
    with graph_server(SHARED) as server:
        status, answer = ask(server, "POST", f"/users/{SHARED}/messages", {"internetMessageHeaders": headers})
        assert (status, answer.get("error", {}).get("code")) == ((400, code) if code else (201, None))


def test_the_stand_in_takes_files_by_their_size_only() -> None:
    with graph_server(SHARED) as server:
        _, made = ask(server, "POST", f"/users/{SHARED}/messages", {})
        path = f"/users/{SHARED}/messages/{made['id'].replace('/', '%2F')}/attachments"
        large = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a", "contentBytes": "A" * 4 * MB}
        assert ask(server, "POST", path, large)[1]["error"]["code"] == "ErrorAttachmentSizeLimitExceeded"
        sessions = {
            size: ask(server, "POST", f"{path}/createUploadSession", _item(size)) for size in (3 * MB - 1, 3 * MB)
        }
        assert sessions[3 * MB - 1][1]["error"]["code"] == "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"
        address = sessions[3 * MB][1]["uploadUrl"].partition("/v1.0")[2]
        ranged = {"Content-Range": f"bytes 0-2/{3 * MB}"}
        assert ask(server, "PUT", address, 1, **ranged)[0] == 401, "a token is refused beside the address"


def _item(size: int) -> dict[str, Any]:
    return {"AttachmentItem": {"attachmentType": "file", "name": "a", "size": size}}


def test_the_stand_in_throttles_as_exchange_does() -> None:
    """The fifth at once, and what comes after ten thousand in ten minutes; ten minutes later all is well."""
    with graph_server(SHARED, UNIT) as server:
        server.seconds = 0.5
        with ThreadPoolExecutor(6) as pool:
            statuses = list(pool.map(lambda _: ask(server, "GET", f"/users/{SHARED}/messages")[0], range(6)))
        assert set(statuses) == {200, 429}
        server.seconds, at = 0.0, [1e6]
        server.clock = lambda: at[0]
        server._window[UNIT] = deque([at[0]] * 10_000)
        status, answer = ask(server, "GET", f"/users/{UNIT}/messages")
        assert (status, answer["error"]["code"]) == (429, "ApplicationThrottled")
        assert ask(server, "GET", f"/users/{SHARED}/messages")[0] == 200, "each mailbox has limits of its own"
        at[0] += 601
        assert ask(server, "GET", f"/users/{UNIT}/messages")[0] == 200


def test_the_stand_in_gives_ten_a_page_and_ids_that_change(server: GraphServer) -> None:
    items = delivered(server, *map(str, range(12)))
    status, page = ask(server, "GET", f"/users/{SHARED}/mailFolders/inbox/messages/delta")
    assert (status, len(page["value"]), "@odata.nextLink" in page) == (200, 10, True)
    key = items[0].usual_id.replace("/", "%2F")
    _, moved = ask(server, "POST", f"/users/{SHARED}/messages/{key}/move", {"destinationId": "archive"})
    assert moved["id"] not in (key, items[0].immutable_id)
    assert ask(server, "GET", f"/users/{SHARED}/messages/{key}")[0] == 404
    immutable = items[0].immutable_id.replace("/", "%2F")
    assert ask(server, "GET", f"/users/{SHARED}/messages/{immutable}")[0] == 404, "one kind of id is not the other"
    assert ask(server, "GET", f"/users/{SHARED}/messages/{immutable}", Prefer='IdType="ImmutableId"')[0] == 200
    server.usual_ids = 0
