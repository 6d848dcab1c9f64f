"""Exchange on-premises: the contract on the stand-in, every fault, and what is peculiar to Exchange."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from lxml import etree

from connectors.errors import AnswerLost, ConnectorError, MailNotExported, UnknownFate, UnreachableAddress
from connectors.mail.exchange.gateway import ExchangeGateway
from connectors.mail.exchange.server import ExchangeServer
from connectors.mail.message import Folder, MailAttachment, Outgoing, none_chosen
from tests.connectors.gateway_contract import SHARED, UNIT, GatewayContract, outgoing, send_surely
from tests.exchange_town import PASSWORD, ROBOT
from tests.standins.ews.schema import Checks, M, S, T, schema
from tests.standins.ews.server import Exchange, Fault, User, serving
from tests.standins.ews.store import Folder as StoredFolder
from tests.standins.ews.store import Store

WHOLE = "SLUSE_TEST_EXCHANGE_WHOLE"
LOST = 200 if os.environ.get(WHOLE) else 20
"""So many answers are lost, one after the other; in `make verify` ten times as many."""


class OnExchange(ExchangeGateway):
    """The gateway, with the server it is on."""

    exchange: Exchange
    last_key = ""


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    made = Exchange()
    for address in (SHARED, UNIT):
        made.store.create(address)
    made.users[ROBOT] = User(PASSWORD, "sluse@town.example.org", {SHARED, UNIT}, may_impersonate=True)
    with serving(made):
        yield made
    assert made.checks.faults == []
    assert made.planned() == 0
    if schema() is not None:
        assert made.checks.requests == len(made.calls)
        counted["requests"] += made.checks.requests
        counted["answers"] += made.checks.answers


counted: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def told_at_the_end() -> Iterator[None]:
    """How much was checked against the schema."""
    yield
    if counted:
        print(f"Exchange: {counted['requests']} requests and {counted['answers']} answers checked, none invalid")


@pytest.fixture(params=["impersonation", "delegate"])
def access(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def joined(exchange: Exchange, **more: Any) -> OnExchange:
    chosen = more.pop("chosen", none_chosen)
    settings = {"sign_in": "basic", "user": ROBOT, "password": PASSWORD, "settle": 0.01, "timeout": 5.0} | more
    made = OnExchange(ExchangeServer(exchange.url, **settings), chosen=chosen)
    made.exchange = exchange
    return made


@pytest.fixture
def gateway(exchange: Exchange) -> OnExchange:
    made = joined(exchange)
    for address in (SHARED, UNIT):
        made.create_mailbox(address)
    return made


class TestContract(GatewayContract):
    bounces = True

    @pytest.fixture
    def gateway(self, exchange: Exchange, access: str) -> OnExchange:
        made = joined(exchange, access=access)
        for address in (SHARED, UNIT):
            made.create_mailbox(address)
        return made

    def deliver(self, gateway: Any, raw: bytes) -> None:
        gateway.exchange.store.deliver(SHARED, raw)

    def handle(self, gateway: Any, key: str) -> None:
        store = gateway.exchange.store
        item = store.item(key)
        item.is_read = True
        item.properties |= {"PropertyTag=0x1081": "103", "PropertyTag=0x1090": "2"}
        store.changed(item)

    connected = True

    def open_connections(self, gateway: Any) -> int:
        return 0 if gateway._accounts._protocol is None else int(gateway._accounts._protocol._session_pool.qsize())

    def add_folder(self, gateway: Any, *path: str) -> None:
        store = gateway.exchange.store
        above = folder_at(store, *path[:-1]) if path[1:] else store.mailbox(UNIT).folder("msgfolderroot")
        store.create_folder(above, path[-1])

    def put(self, gateway: Any, raw: bytes, *path: str) -> None:
        gateway.exchange.store.put(folder_at(gateway.exchange.store, *path), raw)

    def choosing(self, gateway: Any, chosen: dict[Folder, str]) -> OnExchange:
        return joined(gateway.exchange, chosen=lambda mailbox: chosen if mailbox == UNIT else {})


def folder_at(store: Store, *path: str) -> StoredFolder:
    """A folder of the unit's mailbox by the names that lead there."""
    found = store.mailbox(UNIT).folder("msgfolderroot")
    for name in path:
        found = next(each for each in found.mailbox.folders if each.parent is found and each.name == name)
    return found


def only_once(gateway: OnExchange) -> None:
    """The letter is in the unit's inbox and in our Sent, once in each, and nowhere else."""
    assert len(gateway.new_messages(UNIT, None).messages) == 1
    assert len(gateway.new_messages(SHARED, None, folder=Folder.SENT).messages) == 1
    assert gateway.new_messages(SHARED, None, folder=Folder.DRAFTS).messages == ()


MAIL = b"From: Borger <borger@example.org>\r\nSubject: =?utf-8?q?Tr=C3=A6?=\r\nMessage-ID: <a@b>\r\n\r\nx"
PASSING = {
    "401": Fault("401"),
    "503": Fault("503", wait=7),
    "busy": Fault("busy", wait=9),
    "cut before": Fault("before"),
    "cut after": Fault("after"),
    "a store that is away": Fault("code", code="ErrorMailboxStoreUnavailable"),
    "a mailbox on its way": Fault("code", code="ErrorMailboxMoveInProgress"),
    "an error within": Fault("code", code="ErrorInternalServerError"),
}
CALLS: dict[str, tuple[str, Callable[[OnExchange], Any]]] = {
    "listing": ("SyncFolderItems", lambda gateway: gateway.new_messages(SHARED, None)),
    "fetching": ("GetItem", lambda gateway: gateway.raw(SHARED, key_of(gateway))),
    "marking": ("UpdateItem", lambda gateway: gateway.mark_taken(SHARED, key_of(gateway))),
    "looking": ("FindItem", lambda gateway: gateway.find(SHARED, "<a@b>", folder=Folder.INBOX)),
    "drafting": ("CreateItem", lambda gateway: gateway.save_draft(UNIT, outgoing())),
    "sending": ("SendItem", lambda gateway: gateway.send(outgoing())),
    "moving": (
        "MoveItem",
        lambda gateway: gateway.move(SHARED, key_of(gateway), source=Folder.INBOX, target=Folder.RETURNS),
    ),
    "deleting": ("DeleteItem", lambda gateway: gateway.remove(SHARED, key_of(gateway), folder=Folder.INBOX)),
}


def key_of(gateway: OnExchange) -> str:
    """The key of the one mail in the shared inbox; of none, the key that it had."""
    return next(iter(gateway.exchange.store.mailbox(SHARED).folder("inbox").items), gateway.last_key)


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("call", CALLS)
def test_what_passes_may_be_tried_again(gateway: OnExchange, call: str, fault: str) -> None:
    """Each fault at each call: it is an error of ours, and the next try succeeds, with one effect."""
    gateway.exchange.store.deliver(SHARED, MAIL)
    gateway.last_key = key_of(gateway)
    operation, effect = CALLS[call]
    gateway.exchange.fail(operation, PASSING[fault])
    with pytest.raises(ConnectorError) as raised:
        effect(gateway)
    assert raised.value.retryable
    assert raised.value.wait == ({"503": 7, "busy": 9}.get(fault))
    unclear = fault in ("503", "cut before", "cut after", "an error within")
    assert isinstance(raised.value, AnswerLost) == (call == "sending" and unclear)
    if call == "sending":
        gateway.send(outgoing(), again=unclear)
        only_once(gateway)
    else:
        effect(gateway)
    if call == "drafting":
        assert len(gateway.new_messages(UNIT, None, folder=Folder.DRAFTS).messages) == 1


def test_slow_answers_are_given_up(exchange: Exchange) -> None:
    gateway = joined(exchange, timeout=0.2)
    exchange.fail("SendItem", Fault("slow", wait=0.6))
    with pytest.raises(AnswerLost):
        gateway.send(outgoing())
    send_surely(gateway, outgoing())
    only_once(gateway)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_answer_lost_time_and_again(gateway: OnExchange, moment: str) -> None:
    for no in range(LOST):
        letter = Outgoing(f"<{no}@town.example.org>", SHARED, UNIT, f"Nr. {no}", "Hej")
        gateway.exchange.fail("SendItem", Fault(moment))
        with pytest.raises(AnswerLost):
            gateway.send(letter)
        gateway.send(letter, again=True)
    for mailbox, folder in ((UNIT, "inbox"), (SHARED, "sentitems")):
        items = gateway.exchange.store.mailbox(mailbox).folder(folder).items.values()
        assert sorted(each.message_id for each in items) == sorted(f"<{no}@town.example.org>" for no in range(LOST))


def test_a_letter_that_left_nothing_behind_is_a_humans_question(gateway: OnExchange) -> None:
    """Somebody has deleted the copy in Sent, and nobody here can look into the citizen's mailbox."""
    letter = outgoing(recipient="borger@example.org")
    gateway.exchange.fail("SendItem", Fault("after"))
    with pytest.raises(AnswerLost):
        gateway.send(letter)
    sent = gateway.exchange.store.mailbox(SHARED).folder("sentitems")
    gateway.exchange.store.delete(next(iter(sent.items.values())))
    with pytest.raises(UnknownFate):
        gateway.send(letter, again=True)
    assert len(gateway.exchange.store.left_house) == 1


def test_two_witnesses_against_it_and_it_is_sent(gateway: OnExchange) -> None:
    """Killed before anything was begun: neither our Sent nor the unit's mailbox has it."""
    gateway.send(outgoing(), again=True)
    only_once(gateway)


def test_a_letter_that_lies_in_the_units_retur_was_sent(gateway: OnExchange) -> None:
    gateway.send(outgoing())
    (there,) = gateway.new_messages(UNIT, None).messages
    gateway.move(UNIT, there.key, source=Folder.INBOX, target=Folder.RETURNS)
    (copy,) = gateway.new_messages(SHARED, None, folder=Folder.SENT).messages
    gateway.remove(SHARED, copy.key, folder=Folder.SENT)
    gateway.send(outgoing(), again=True)
    assert gateway.new_messages(UNIT, None).messages == ()


def test_a_copy_that_comes_late_is_waited_for(gateway: OnExchange) -> None:
    letter = outgoing(recipient="borger@example.org")
    gateway.exchange.store.late_copies = 2
    gateway.exchange.fail("SendItem", Fault("after"))
    with pytest.raises(AnswerLost):
        gateway.send(letter)
    gateway.send(letter, again=True)
    assert len(gateway.exchange.store.left_house) == 1


def test_somebody_looks_at_the_draft_before_it_is_sent(gateway: OnExchange) -> None:
    gateway.exchange.oddities.conflicts = 1
    gateway.send(outgoing())
    only_once(gateway)


def test_a_server_that_gives_letters_its_own_message_ids_sends_none(gateway: OnExchange) -> None:
    gateway.exchange.oddities.own_message_ids = True
    with pytest.raises(ConnectorError, match="Message-ID") as raised:
        gateway.send(outgoing())
    assert not raised.value.retryable
    for folder in (Folder.DRAFTS, Folder.SENT):
        assert gateway.new_messages(SHARED, None, folder=folder).messages == ()


def test_our_marks_survive_and_what_is_attached_is_whole(gateway: OnExchange) -> None:
    """Read in Sent and where it arrived: Auto-Submitted does not survive, so our own header keeps the loop from starting."""
    mail = b"From: a@b.example\r\nSubject: x\r\n\r\n\0\xff\n"
    letter = Outgoing(
        "<one@town.example.org>",
        SHARED,
        UNIT,
        "VS: Æblegård " + "x" * 400,
        "Hej\x00\x0b\ud800",
        (MailAttachment("henvendelse.eml", "message/rfc822", mail),),
        in_reply_to="<before@example.org>",
        headers=(
            ("Date", "x"),
            ("Reply-To", "borger@example.org"),
            ("X-Sluse-Seal", "a" * 64),
            ("Auto-Submitted", "x"),
        ),
    )
    gateway.send(letter)
    for mailbox, folder in ((SHARED, Folder.SENT), (UNIT, Folder.INBOX)):
        (ref,) = gateway.new_messages(mailbox, None, folder=folder).messages
        message = message_from_bytes(gateway.raw(mailbox, ref.key, folder=folder), policy=policy.default)
        assert (message["X-Sluse"], message["X-Sluse-Seal"]) == ("1", "a" * 64)
        assert message["Auto-Submitted"] is None
        assert (message["Message-ID"], message["Reply-To"]) == ("<one@town.example.org>", "borger@example.org")
        assert message["In-Reply-To"] == message["References"] == "<before@example.org>"
        assert message["From"] == SHARED
        (attached,) = message.iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == ("henvendelse.eml", mail)


def test_a_persons_letter_and_a_draft_are_not_marked(gateway: OnExchange) -> None:
    gateway.save_draft(UNIT, outgoing())
    gateway.send(replace(outgoing(), personal=True))
    for mailbox, folder in ((UNIT, Folder.DRAFTS), (SHARED, Folder.SENT)):
        (ref,) = gateway.new_messages(mailbox, None, folder=folder).messages
        assert b"X-Sluse" not in gateway.raw(mailbox, ref.key, folder=folder)


@pytest.mark.parametrize("code", ["ErrorItemCorrupt", "ErrorInternalServerError"])
def test_one_mail_of_which_nothing_can_be_read_holds_up_no_other(gateway: OnExchange, code: str) -> None:
    for no in range(3):
        gateway.exchange.store.deliver(SHARED, MAIL.replace(b"<a@b>", b"<%d@b>" % no))
    gateway.exchange.oddities.unreadable["<1@b>"] = code
    refs = gateway.new_messages(SHARED, None).messages
    assert [gateway.raw(SHARED, refs[no].key)[-1:] for no in (0, 2)] == [b"x", b"x"]
    if code == "ErrorInternalServerError":
        with pytest.raises(ConnectorError) as passing:
            gateway.raw(SHARED, refs[1].key)
        assert passing.value.retryable, "once says nothing"
    with pytest.raises(MailNotExported) as raised:
        gateway.raw(SHARED, refs[1].key)
    assert raised.value.head == b"\r\n"


def test_a_server_that_fails_for_a_moment_is_no_mails_fault(gateway: OnExchange) -> None:
    gateway.exchange.store.deliver(SHARED, MAIL)
    (ref,) = gateway.new_messages(SHARED, None).messages
    failing = Fault("code", code="ErrorInternalServerError")
    for _ in range(3):
        gateway.exchange.fail("GetItem", failing)
        gateway.exchange.fail("GetFolder", failing)
        with pytest.raises(ConnectorError) as raised:
            gateway.raw(SHARED, ref.key)
        assert (raised.value.retryable, isinstance(raised.value, MailNotExported)) == (True, False)
    assert gateway.raw(SHARED, ref.key).endswith(b"x")


@pytest.mark.parametrize("code", ["ErrorMimeContentConversionFailed", "ErrorItemCorrupt", "damaged"])
def test_one_mail_that_cannot_be_handed_out(gateway: OnExchange, code: str) -> None:
    """The others beside it come, and its head tells where to look for it."""
    oddities = gateway.exchange.oddities
    for no in range(3):
        gateway.exchange.store.deliver(SHARED, MAIL.replace(b"<a@b>", b"<%d@b>" % no))
    oddities.broken_base64.add("<1@b>") if code == "damaged" else oddities.unexportable.update({"<1@b>": code})
    refs = gateway.new_messages(SHARED, None).messages
    assert [gateway.raw(SHARED, refs[no].key)[-1:] for no in (0, 2)] == [b"x", b"x"]
    with pytest.raises(MailNotExported) as raised:
        gateway.raw(SHARED, refs[1].key)
    head = message_from_bytes(raised.value.head, policy=policy.default)
    assert (head["From"], head["Subject"], head["Message-ID"]) == ("Borger <borger@example.org>", "Træ", "<1@b>")
    assert head["Date"].datetime == refs[1].received_at
    assert "Træ" not in str(raised.value)


def test_what_is_taken_is_read_whatever_others_do_to_it(gateway: OnExchange) -> None:
    gateway.exchange.store.deliver(SHARED, MAIL)
    (item,) = gateway.exchange.store.mailbox(SHARED).folder("inbox").items.values()
    gateway.exchange.store.changed(item)
    gateway.mark_taken(SHARED, item.id)
    assert item.is_read


def test_one_mail_that_is_gone_when_it_is_fetched(gateway: OnExchange) -> None:
    gateway.exchange.store.deliver(SHARED, MAIL)
    gateway.exchange.oddities.vanished.add("<a@b>")
    (ref,) = gateway.new_messages(SHARED, None).messages
    with pytest.raises(ConnectorError) as raised:
        gateway.raw(SHARED, ref.key)
    assert not raised.value.retryable


def test_a_state_that_the_server_has_forgotten(gateway: OnExchange) -> None:
    """All is listed again, and all ids are other ones."""
    for no in range(3):
        gateway.exchange.store.deliver(SHARED, b"Message-ID: <%d@b>\r\n\r\nx" % no)
    before = gateway.new_messages(SHARED, None)
    gateway.exchange.store.lose_states()
    after = gateway.new_messages(SHARED, before.cursor)
    assert len(after.messages) == 3
    assert len({ref.key.partition(":")[0] for ref in after.messages}) == 1, "one generation, which the first was not"
    assert [gateway.raw(SHARED, ref.key) for ref in after.messages] == [
        b"Message-ID: <%d@b>\r\n\r\nx" % no for no in range(3)
    ]
    assert not {ref.key for ref in before.messages} & {ref.key for ref in after.messages}
    gateway.mark_taken(SHARED, before.messages[0].key)
    assert gateway.new_messages(SHARED, after.cursor).messages == ()


def test_a_server_that_stutters_does_not_hold_us(gateway: OnExchange) -> None:
    inbox = gateway.exchange.store.mailbox(SHARED).folder("inbox")
    first = gateway.new_messages(SHARED, None)
    gateway.exchange.store.deliver(SHARED, MAIL)
    inbox.stutters = 1
    stuck = gateway.new_messages(SHARED, first.cursor)
    assert (stuck.messages, stuck.cursor) == ((), first.cursor)
    assert len(gateway.new_messages(SHARED, stuck.cursor).messages) == 1


def test_what_is_listed_twice_or_in_another_order(gateway: OnExchange) -> None:
    gateway.exchange.oddities.twice, gateway.exchange.oddities.reversed = {"<1@b>"}, True
    for no in range(4):
        gateway.exchange.store.deliver(SHARED, b"Message-ID: <%d@b>\r\n\r\n%d" % (no, no))
    for no, item in enumerate(gateway.exchange.store.mailbox(SHARED).folder("inbox").items.values()):
        item.received += timedelta(seconds=no)  # Exchange tells seconds: within one, its own order stands
    refs = gateway.new_messages(SHARED, None).messages
    assert [gateway.raw(SHARED, ref.key)[-1:] for ref in refs] == [b"0", b"1", b"2", b"3"]


def test_flags_and_deletions_are_nothing_new_and_hide_nothing(gateway: OnExchange) -> None:
    store = gateway.exchange.store
    inbox = store.mailbox(SHARED).folder("inbox")
    for no in range(12):
        store.deliver(SHARED, b"Message-ID: <%d@b>\r\n\r\nx" % no)
    batch = gateway.new_messages(SHARED, None)
    for item in list(inbox.items.values())[:8]:
        item.is_read = True
        store.changed(item, "read")
        store.changed(item)
    for item in list(inbox.items.values())[8:]:
        store.delete(item)
    store.deliver(SHARED, MAIL)
    later = gateway.new_messages(SHARED, batch.cursor, limit=1)
    assert [gateway.raw(SHARED, ref.key) for ref in later.messages] == [MAIL]


def test_a_mail_that_comes_back_is_given_again(gateway: OnExchange) -> None:
    gateway.exchange.store.deliver(SHARED, MAIL)
    cursor = None
    for _ in range(2):
        key = gateway.find(SHARED, "<a@b>", folder=Folder.INBOX) or ""
        gateway.move(SHARED, key, source=Folder.INBOX, target=Folder.RETURNS)
        batch = gateway.new_messages(SHARED, cursor, folder=Folder.RETURNS)
        (ref,) = batch.messages
        gateway.move(SHARED, ref.key, source=Folder.RETURNS, target=Folder.INBOX)
        cursor = gateway.new_messages(SHARED, batch.cursor, folder=Folder.RETURNS).cursor


def test_a_folder_that_was_deleted_and_made_anew(gateway: OnExchange) -> None:
    mailbox = gateway.exchange.store.mailbox(UNIT)
    cursor = gateway.new_messages(UNIT, None, folder=Folder.RETURNS).cursor
    mailbox.folders = [each for each in mailbox.folders if each.name != "Retur"]
    gateway.create_mailbox(UNIT)
    assert gateway.new_messages(UNIT, cursor, folder=Folder.RETURNS).messages == ()


def test_a_mailbox_in_which_nobody_may_make_folders(exchange: Exchange) -> None:
    exchange.store.mailbox(UNIT).closed_for_folders = True
    gateway = joined(exchange)
    gateway.create_mailbox(UNIT)
    assert gateway.new_messages(UNIT, None).messages == ()
    assert gateway.find(UNIT, "<a@b>", folder=Folder.RETURNS) is None
    with pytest.raises(ConnectorError, match="Retur") as raised:
        gateway.new_messages(UNIT, None, folder=Folder.RETURNS)
    assert not raised.value.retryable


REFUSED = {
    "full": "full",
    "413": "size",
    "507": "size",
    "ErrorMessageSizeExceeded": "size",
    "ErrorSendAsDenied": "rights",
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_no_second_try_mends(gateway: OnExchange, why: str) -> None:
    if why == "full":
        gateway.exchange.store.mailbox(SHARED).full = True
    else:
        gateway.exchange.fail("CreateItem", Fault(why) if why.isdigit() else Fault("code", code=why))
    with pytest.raises(ConnectorError, match=REFUSED[why]) as raised:
        gateway.send(outgoing())
    assert not raised.value.retryable
    assert gateway.new_messages(UNIT, None).messages == ()


def test_a_mailbox_that_is_not_open_to_us(exchange: Exchange) -> None:
    exchange.users[ROBOT] = User(PASSWORD, "sluse@town.example.org", {UNIT})
    for access, mailbox in (("impersonation", UNIT), ("delegate", SHARED)):
        with pytest.raises(ConnectorError, match="rights") as raised:
            joined(exchange, access=access).new_messages(mailbox, None)
        assert not raised.value.retryable


def test_a_wrong_password_says_so(exchange: Exchange) -> None:
    with pytest.raises(ConnectorError, match="password") as raised:
        joined(exchange, password="forkert").new_messages(SHARED, None)
    assert PASSWORD not in str(raised.value)
    exchange.calls.clear()


def test_an_address_in_letters_that_exchange_cannot_carry(gateway: OnExchange) -> None:
    with pytest.raises(UnreachableAddress):
        gateway.send(outgoing(recipient="bålgård@example.org"))


@pytest.mark.parametrize(
    "url",
    [
        "https://outlook.office365.com/EWS/Exchange.asmx",
        "https://OUTLOOK.office.com/EWS/Exchange.asmx",
        "https://eur01.outlook.com/EWS/Exchange.asmx",
        "http://mail.example.org/EWS/Exchange.asmx",
        "mail.example.org",
    ],
)
def test_a_server_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ConnectorError, match="graph" if "outlook" in url.lower() else "https") as raised:
        ExchangeGateway(ExchangeServer(url, ROBOT, PASSWORD))
    assert not raised.value.retryable


def test_a_server_is_shown_without_its_secrets() -> None:
    assert PASSWORD not in repr(ExchangeServer("https://x.example", ROBOT, PASSWORD, client_secret=PASSWORD))


@pytest.mark.skipif(schema() is None, reason="not beside this checkout: ews-schema.tar.gz; the stand-in ran unchecked")
def test_the_stand_in_checks_what_goes_over_the_wire() -> None:
    checks = Checks()
    good = etree.fromstring(
        f'<s:Envelope xmlns:s="{S}"><s:Body><m:DeleteItem xmlns:m="{M}" DeleteType="HardDelete"><m:ItemIds>'
        f'<t:ItemId xmlns:t="{T}" Id="x"/></m:ItemIds></m:DeleteItem></s:Body></s:Envelope>'
    )
    checks.request(good)
    assert (checks.requests, checks.faults) == (1, [])
    good[0][0].set("DeleteType", "Softly")
    checks.answer(good)
    assert checks.answers == 1
    assert "DeleteType" in checks.faults[0]
