"""Take and send mail by Exchange Web Services, on a server of the municipality's own.

An item's id is its key; it changes when the item moves. The cursor is the state that Exchange hands out after each page of a
folder's changes. A state that it does not know any more means that all is listed again, perhaps with other ids: those keys and
cursors begin with a generation, "GENERATION:", so that whoever keeps them can tell a mail that was renumbered from a second one.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import structlog
from exchangelib import Account, errors
from exchangelib.folders import BaseFolder
from exchangelib.properties import ItemId

from connectors.errors import (
    AnswerLost,
    ConnectorError,
    FolderMissing,
    MailNotExported,
    UnknownFate,
    UnreachableAddress,
)
from connectors.mail import addresses
from connectors.mail.exchange import letters, services
from connectors.mail.exchange.faults import FORBIDDEN, GONE, NO_MAILBOX, faults
from connectors.mail.exchange.server import Accounts, ExchangeServer
from connectors.mail.message import (
    AnyFolder,
    Batch,
    ChosenFolders,
    Folder,
    FoundFolder,
    Handling,
    MessageRef,
    OtherFolder,
    Outgoing,
    folder_order,
    none_chosen,
)

log = structlog.get_logger()
PAGES = 20
"""So many pages are asked for at once where they bring no new mail, only flags and deletions."""
SMALLEST_PAGE = 32
"""Changes to ask for where there is room for fewer mails: most may be flags."""
MAIL = "IPF.Note"
"""The class of folders for mail. One without a class is for mail, too."""
DEEPEST = 50
LOOKS = 3
"""How often a letter whose fate is unknown is looked for, `settle` seconds apart."""
STATE_LOST = (
    errors.ErrorInvalidSyncStateData,
    errors.ErrorSyncFolderNotFound,
    errors.ErrorFolderNotFound,
    errors.ErrorItemNotFound,
)
"""The state is none of this folder's, or the folder itself was deleted and made anew."""
NOT_EXPORTED = (
    errors.ErrorMimeContentConversionFailed,
    errors.ErrorMimeContentInvalid,
    errors.ErrorMimeContentInvalidBase64String,
    errors.ErrorContentConversionFailed,
    errors.ErrorUnsupportedMimeConversion,
    errors.ErrorCorruptData,
    errors.ErrorItemCorrupt,
)


class ExchangeGateway:
    """A MailGateway over one Exchange server.

    Raises:
        ConnectorError: its address is Exchange Online's, or no address of a server.
    """

    def __init__(self, server: ExchangeServer, *, chosen: ChosenFolders = none_chosen) -> None:
        self._server, self._chosen = server, chosen
        self._accounts = Accounts(server)
        self._returns: dict[str, BaseFolder] = {}
        self._suspects: set[str] = set()
        """Items whose export has failed by an error of the server's own."""

    def create_mailbox(self, mailbox: str) -> None:
        """Make the folder for mails that are sent back; Exchange makes all others itself. Without the right to, do nothing."""
        account = self._accounts[mailbox]
        with faults(mailbox):
            services.open_inbox(account)
            if services.top_folder(account, self._server.returns) is not None:
                return
            try:
                services.create_top_folder(account, self._server.returns)
            except errors.ErrorFolderExists:
                return
            except FORBIDDEN as error:
                log.warning("folder_not_made", mailbox=mailbox, folder=self._server.returns, error=type(error).__name__)

    def folders(self, mailbox: str) -> Sequence[FoundFolder]:
        """List the folders for mail, in two calls. Of an id Exchange says once which role it has."""
        account = self._accounts[mailbox]
        with self._calls(mailbox):
            there = {str(each.id): each for each in services.all_folders(account)}
            known = services.ids_of_roles(account)
            chosen = self._chosen(mailbox)
        names = {key: _name(key, there) for key in there}
        if (returns := next((key for key in there if self._is_returns(names[key])), None)) is not None:
            known[Folder.RETURNS] = returns
        roles = {key: role for role, key in reversed((known | dict(chosen)).items())}
        found = [
            FoundFolder(key, names[key], roles.get(key), each.total_count)
            for key, each in there.items()
            if (each.folder_class or MAIL).split(".")[:2] == MAIL.split(".")
        ]
        return sorted(found, key=folder_order)

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: AnyFolder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        account = self._accounts[mailbox]
        with self._calls(mailbox):
            generation, state = _split(cursor or "")
            try:
                return self._listed(account, self._folder(account, folder), generation, state, limit)
            except STATE_LOST as error:
                log.info("sync_state_lost", mailbox=mailbox, folder=folder, error=type(error).__name__)
                self._returns.pop(account.primary_smtp_address, None)
                again = f"{time.time_ns():x}" if cursor else ""
                return self._listed(account, self._folder(account, folder), again, "", limit)

    def raw(self, mailbox: str, key: str, *, folder: AnyFolder = Folder.INBOX) -> bytes:
        account = self._accounts[mailbox]
        with self._calls(mailbox):
            content, reason = self._exported(account, _split(key)[1])
            if content is None:
                head = self._head(account, _split(key)[1])
                raise MailNotExported(f"{mailbox}: Exchange cannot hand out a mail ({reason})", head=head)
            return content

    def _exported(self, account: Account, item: str) -> tuple[bytes | None, str]:
        """Return a mail as Exchange exports it, or None and why it cannot.

        An error of the server's own is this mail's once it comes at the next try, too, while the mailbox answers otherwise.
        """
        try:
            content, reason = services.mime(account, item), "its MIME is damaged"
        except NOT_EXPORTED as error:
            content, reason = None, type(error).__name__
        except errors.ErrorInternalServerError as error:
            services.open_inbox(account)
            if item not in self._suspects:
                self._suspects.add(item)
                raise
            content, reason = None, type(error).__name__
        self._suspects.discard(item)
        return content, reason

    @staticmethod
    def _head(account: Account, item: str) -> bytes:
        """Return the header of a mail that cannot be exported; an empty one where not even that can be read."""
        try:
            return letters.head(services.head(account, item))
        except (*NOT_EXPORTED, errors.ErrorInternalServerError):
            services.open_inbox(account)
            return b"\r\n"

    def mark_taken(self, mailbox: str, key: str) -> None:
        """Mark as read. Who has moved or deleted it meanwhile has seen it."""
        account = self._accounts[mailbox]
        with faults(mailbox):
            try:
                services.mark_read(account, _split(key)[1])
            except GONE:
                return

    def send(self, message: Outgoing, *, again: bool = False) -> None:
        """Save a draft, look once more, send it; Exchange itself puts the copy into the sender's Sent.

        A draft is sent once: it is gone from Drafts when it was. Of the envelope's sender Exchange lets nobody choose.
        """
        account = self._accounts[message.sender]
        if addresses.parse(message.recipient) is None:
            raise ConnectorError(f"{message.recipient!r} is no mail address", retryable=False)
        if message.needs_smtputf8:
            raise UnreachableAddress("Exchange does not carry addresses with letters beyond A to Z (SMTPUTF8)")
        with faults(message.sender):
            if self._in(account, message.message_id, Folder.SENT):
                return
            draft = services.first_id(self._in(account, message.message_id, Folder.DRAFTS))
            if draft is None and again and self._has_left(account, message):
                return
            if draft is None:
                item = letters.written(account, message, automatic=not message.personal)
                draft = self._kept(
                    account, message, services.create(account, self._folder(account, Folder.DRAFTS), item)
                )
        self._submit(account, message.sender, draft)

    def save_draft(self, mailbox: str, message: Outgoing) -> None:
        account = self._accounts[mailbox]
        with faults(mailbox):
            if any(self._in(account, message.message_id, each) for each in (Folder.DRAFTS, Folder.SENT)):
                return
            item = letters.written(account, message, automatic=False)
            services.create(account, self._folder(account, Folder.DRAFTS), item)

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        account = self._accounts[mailbox]
        with self._calls(mailbox):
            if folder is Folder.RETURNS and not self._key_of(account, folder) and self._returns_of(account) is None:
                return None
            found = services.first_id(self._in(account, message_id, folder))
            return None if found is None else str(found.id)

    def handling(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> Handling | None:
        account = self._accounts[mailbox]
        with faults(mailbox):
            try:
                return services.handling(account, _split(key)[1])
            except GONE:
                return None

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        """Move a message. One that has gone from where it was is where somebody, or an earlier try, has put it."""
        account = self._accounts[mailbox]
        with self._calls(mailbox):
            try:
                services.move(account, _split(key)[1], self._folder(account, target))
            except GONE:
                return

    def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
        account = self._accounts[mailbox]
        with faults(mailbox):
            try:
                services.delete(account, _split(key)[1])
            except GONE:
                return

    def close(self) -> None:
        self._accounts.close()

    def _listed(self, account: Account, folder: BaseFolder, generation: str, state: str, limit: int) -> Batch:
        """Return what is new, page by page: flags that people set fill pages, too, and are nothing new."""
        found: dict[str, datetime] = {}
        for _ in range(PAGES):
            page, changes = self._page(account, folder, state, limit - len(found))
            for kind, item in changes:
                if kind == page.CREATE:
                    received = item.datetime_received
                    found.setdefault(item.id, services.utc(received) if received else datetime.now(UTC))
                elif kind == page.DELETE:
                    found.pop(item.id, None)
            stuck, state = page.sync_state == state, page.sync_state
            # Some servers answer with the same state for ever, and say that there is more.
            if page.includes_last_item_in_range or stuck or len(found) >= limit:
                break
        refs = (MessageRef(_joined(generation, key), received) for key, received in found.items())
        return Batch(tuple(sorted(refs, key=lambda ref: ref.received_at)), _joined(generation, state))

    @staticmethod
    def _kept(account: Account, message: Outgoing, draft: ItemId) -> ItemId:
        """Return a new draft's id as it is now: the server itself may have looked at it since, which changes the change key.

        Raises:
            ConnectorError: it has another Message-ID than we gave it. Nothing would tell later that it was sent.
        """
        item = services.head(account, draft.id)
        if item.message_id == message.message_id:
            return ItemId(id=item.id, changekey=item.changekey)
        services.delete(account, draft.id)
        raise ConnectorError(
            f"{message.sender}: Exchange gives our letters another Message-ID, so none can be sent once for sure",
            retryable=False,
        )

    @staticmethod
    def _page(
        account: Account, folder: BaseFolder, state: str, room: int
    ) -> tuple[services.Page, list[tuple[str, Any]]]:
        """Return a page with no more new mails than there is room for: a state is had only for the end of a page."""
        for size in (max(room, SMALLEST_PAGE), room):
            page = services.Page(account=account)
            changes = page.changes(folder, state, size)
            if sum(kind == page.CREATE for kind, _ in changes) <= room:
                break
        return page, changes

    def _submit(self, account: Account, mailbox: str, draft: ItemId) -> None:
        """Send a draft.

        Raises:
            AnswerLost: it may have been sent. So it may where it is gone: an earlier call may still have been under way.
        """
        with faults(mailbox, effect=True):
            try:
                services.submit(account, draft, self._folder(account, Folder.SENT))
            except GONE as error:
                raise AnswerLost(f"{mailbox}: the draft is gone from Drafts") from error

    def _has_left(self, account: Account, message: Outgoing) -> bool:
        """Look for a letter that an earlier try may have sent, and that is neither in Drafts nor in Sent.

        Two witnesses say that it was not: Sent, and the recipient's own mailbox.

        Raises:
            UnknownFate: the recipient's mailbox is none that we can look into.
        """
        arrived: bool | None = None
        for look in range(LOOKS):
            if look:
                time.sleep(self._server.settle)
            if self._in(account, message.message_id, Folder.SENT):
                return True
            if services.by_message_id(account, services.outbox(account), message.message_id):
                return True
            arrived = self._has_arrived(message)
            if arrived:
                return True
        if arrived is None:
            raise UnknownFate(f"{message.sender}: nothing tells whether a letter to {message.recipient} was sent")
        return False

    def _has_arrived(self, message: Outgoing) -> bool | None:
        """Tell whether the recipient has a letter; None where that mailbox is not here, or not open to us."""
        try:
            account = self._accounts[message.recipient]
            if self._in(account, message.message_id, Folder.INBOX):
                return True
            returns = self._returns_of(account)
            return returns is not None and bool(services.by_message_id(account, returns, message.message_id))
        except (*NO_MAILBOX, *FORBIDDEN):
            return None

    def _in(self, account: Account, message_id: str, folder: Folder) -> list[object]:
        """Look for a letter; also where Exchange itself keeps such letters, if people have chosen another folder since."""
        found = services.by_message_id(account, self._folder(account, folder), message_id)
        if found or folder not in services.ROLES or not self._key_of(account, folder):
            return found
        own = services.distinguished(account, services.ROLES[folder])
        return services.by_message_id(account, own, message_id)

    def _key_of(self, account: Account, folder: AnyFolder) -> str | None:
        """Return the id of a folder that people have chosen, or that is asked for by its id."""
        if isinstance(folder, OtherFolder):
            return folder.key
        return None if folder is Folder.INBOX else self._chosen(account.primary_smtp_address).get(folder)

    def _is_returns(self, name: str) -> bool:
        return name.casefold() == self._server.returns.casefold()

    def _folder(self, account: Account, folder: AnyFolder) -> BaseFolder:
        """Return a folder as people have chosen it, by its role, or the one for returns by its name, looked up once."""
        if (key := self._key_of(account, folder)) is not None:
            return services.by_id(account, key)
        if folder in services.ROLES:
            return services.distinguished(account, services.ROLES[folder])
        returns = self._returns_of(account)
        if returns is None:
            raise FolderMissing(
                f"{account.primary_smtp_address} has no folder {self._server.returns}: "
                "create it there, or let us create folders"
            )
        return returns

    def _returns_of(self, account: Account) -> BaseFolder | None:
        address = account.primary_smtp_address
        if address not in self._returns and (found := services.top_folder(account, self._server.returns)) is not None:
            self._returns[address] = found
        return self._returns.get(address)

    @contextmanager
    def _calls(self, mailbox: str) -> Iterator[None]:
        """Let no other error through than ours; what is gone is so for good."""
        with faults(mailbox):
            try:
                yield
            except GONE as error:
                raise ConnectorError(f"{mailbox}: there is no such message or folder", retryable=False) from error


def _name(key: str, there: Mapping[str, Any]) -> str:
    """Return a folder's name with those of the folders above it, but for the topmost, which nobody sees."""
    names: list[str] = []
    while key in there and len(names) < DEEPEST:
        names.insert(0, there[key].name or "")
        above = there[key].parent_folder_id
        key = str(above.id) if above else ""
    return "/".join(names)


def _split(text: str) -> tuple[str, str]:
    """Return the generation of a key or cursor, "" for the first, and what the server knows it by."""
    generation, _, own = text.rpartition(":")
    return generation, own


def _joined(generation: str, own: str) -> str:
    return f"{generation}:{own}" if generation and own else own
