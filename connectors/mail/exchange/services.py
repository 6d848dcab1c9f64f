"""Make the single calls that Sluse needs of Exchange, with as little of the library between as can be."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from exchangelib import Account, ExtendedProperty, Mailbox, Message
from exchangelib.errors import ErrorIrresolvableConflict
from exchangelib.fields import FieldPath
from exchangelib.folders import DEEP, BaseFolder, Drafts, Folder, Inbox, MsgFolderRoot, Outbox, Root, SentItems
from exchangelib.items import (
    ALL_OCCURRENCES,
    ALWAYS_OVERWRITE,
    HARD_DELETE,
    ID_ONLY,
    SAVE_ONLY,
    SEND_TO_NONE,
    SHALLOW,
)
from exchangelib.properties import DistinguishedFolderId, ItemId
from exchangelib.restriction import Q, Restriction
from exchangelib.services import (
    CreateFolder,
    CreateItem,
    DeleteItem,
    FindFolder,
    FindItem,
    GetFolder,
    GetItem,
    MoveItem,
    SendItem,
    SyncFolderItems,
    UpdateItem,
)
from exchangelib.services.common import EWSService
from exchangelib.util import MNS, TNS

from connectors.mail import message as ours

ROLES: dict[ours.Folder, type[BaseFolder]] = {
    ours.Folder.INBOX: Inbox,
    ours.Folder.SENT: SentItems,
    ours.Folder.DRAFTS: Drafts,
}
"""The folders that Exchange itself knows, in whatever language they are shown."""
LONGEST_PAGE = 512
"""The most changes that a page may hold."""
HEAD = ("subject", "author", "sender", "message_id", "datetime_sent", "datetime_received")


def paths(*names: str) -> list[FieldPath]:
    """Return what a call is to bring beside the id."""
    return [FieldPath(field=Message.get_field_by_fieldname(name)) for name in names]


def distinguished(account: Account, kind: type[BaseFolder]) -> BaseFolder:
    """Return a folder by its role in the account's own mailbox. Nothing is asked: the root stands for its account only.

    Its id is set here: set on first use, as the library does it, it would change the folder's hash while it is a key.
    """
    mailbox = Mailbox(email_address=account.primary_smtp_address)
    where = DistinguishedFolderId(id=kind.DISTINGUISHED_FOLDER_ID, mailbox=mailbox)
    return kind(root=Root(account=account), _distinguished_id=where)


def checked(results: Iterable[Any]) -> list[Any]:
    """Return what a call brought.

    Raises:
        EWSError: the first of the errors among it; the library hands some out as if they were results.
    """
    found = list(results)
    for each in found:
        if isinstance(each, Exception):
            raise each
    return found


class Page(SyncFolderItems):
    """One page of a folder's changes, with the state after it."""

    def _get_element_container(self, message: Any, name: str | None = None) -> Any:
        """Read an error before a state: an answer that refuses need not have one."""
        if message.get("ResponseClass") == "Error" and message.find(f"{{{MNS}}}SyncState") is None:
            return EWSService._get_element_container(self, message=message, name=name)
        return super()._get_element_container(message=message, name=name)

    def changes(self, folder: BaseFolder, state: str, limit: int) -> list[tuple[str, Any]]:
        """Return (kind, item) in the server's order; `sync_state` is the state after them."""
        return checked(
            self.call(
                folder=folder,
                shape=ID_ONLY,
                additional_fields=paths("datetime_received"),
                sync_state=state or None,
                ignore=None,
                max_changes_returned=min(limit, LONGEST_PAGE),
                sync_scope="NormalItems",
            )
        )


class _Mime(GetItem):
    """The text of a message's MIME; the library would hide what is no base64."""

    def _elem_to_obj(self, elem: Any) -> str:
        return elem.findtext(f"{{{TNS}}}MimeContent") or ""


def mime(account: Account, key: str) -> bytes | None:
    """Return a message as the server exports it; None where what it hands out is damaged."""
    (text,) = checked(
        _Mime(account=account).call(items=[ItemId(id=key)], additional_fields=paths("mime_content"), shape=ID_ONLY)
    )
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except binascii.Error:
        return None


def head(account: Account, key: str) -> Any:
    """Return an item with the few fields that tell which it is."""
    (item,) = checked(
        GetItem(account=account).call(items=[ItemId(id=key)], additional_fields=paths(*HEAD), shape=ID_ONLY)
    )
    return item


class LastVerb(ExtendedProperty):  # type: ignore[misc, unused-ignore]
    """What somebody last did with a message (PidTagLastVerbExecuted)."""

    property_tag = 0x1081
    property_type = "Integer"


class FlagStatus(ExtendedProperty):  # type: ignore[misc, unused-ignore]
    """Whether a message is flagged (PidTagFlagStatus): 2 while it is, 1 when that is done with."""

    property_tag = 0x1090
    property_type = "Integer"


Message.register("last_verb", LastVerb)
Message.register("flag_status", FlagStatus)
REPLIED, FORWARDED = (102, 103), (104,)
"""Reply, reply to all; forward (MS-OXOMSG 2.2.1.39)."""


def handling(account: Account, key: str) -> ours.Handling:
    """Return what people have done with a message."""
    wanted = paths("is_read", "last_verb", "flag_status")
    (item,) = checked(GetItem(account=account).call(items=[ItemId(id=key)], additional_fields=wanted, shape=ID_ONLY))
    return ours.Handling(
        read=bool(item.is_read),
        flagged=bool(item.flag_status),
        replied=item.last_verb in REPLIED,
        forwarded=item.last_verb in FORWARDED,
    )


def by_message_id(account: Account, folder: BaseFolder, message_id: str) -> list[Any]:
    """Return the items of a folder with exactly this Message-ID; the server compares without regard to case."""
    found = FindItem(account=account, page_size=20).call(
        folders=[folder],
        additional_fields=paths("message_id"),
        restriction=Restriction(Q(message_id=message_id), folders=[folder], applies_to=Restriction.ITEMS),
        order_fields=None,
        shape=ID_ONLY,
        query_string=None,
        depth=SHALLOW,
        calendar_view=None,
        max_items=20,
        offset=0,
    )
    return [each for each in checked(found) if getattr(each, "message_id", None) == message_id]


def top_folder(account: Account, name: str) -> Folder | None:
    """Return a folder of the mailbox's top level by the name it is shown with."""
    found = FindFolder(account=account).call(
        folders=[distinguished(account, MsgFolderRoot)],
        additional_fields=[FieldPath(field=Folder.get_field_by_fieldname("name"))],
        restriction=None,
        shape=ID_ONLY,
        depth=SHALLOW,
        max_items=None,
        offset=0,
    )
    named = [each for each in checked(found) if (each.name or "").casefold() == name.casefold()]
    return Folder(root=named[0].root, id=named[0].id) if named else None


def by_id(account: Account, key: str) -> Folder:
    """Return a folder by its id. Nothing is asked."""
    return Folder(root=Root(account=account), id=key)


def all_folders(account: Account) -> list[Any]:
    """Return all folders of the mailbox with their names, classes, counts and the ids of those above them."""
    names = ("name", "folder_class", "total_count", "parent_folder_id")
    found = FindFolder(account=account).call(
        folders=[distinguished(account, MsgFolderRoot)],
        additional_fields=[FieldPath(field=Folder.get_field_by_fieldname(name)) for name in names],
        restriction=None,
        shape=ID_ONLY,
        depth=DEEP,
        max_items=None,
        offset=0,
    )
    return checked(found)


def ids_of_roles(account: Account) -> dict[ours.Folder, str]:
    """Return the ids of the folders that Exchange itself knows."""
    found = GetFolder(account=account).call(
        folders=[distinguished(account, kind) for kind in ROLES.values()], additional_fields=None, shape=ID_ONLY
    )
    return {role: str(each.id) for role, each in zip(ROLES, checked(found), strict=True)}


def create_top_folder(account: Account, name: str) -> None:
    """Make a folder on the mailbox's top level."""
    parent = distinguished(account, MsgFolderRoot)
    checked(
        CreateFolder(account=account).call(
            parent_folder=parent, folders=[Folder(root=parent.root, name=name, folder_class="IPF.Note")]
        )
    )


def open_inbox(account: Account) -> None:
    """Look whether the mailbox is there and open to us."""
    checked(
        GetFolder(account=account).call(folders=[distinguished(account, Inbox)], additional_fields=None, shape=ID_ONLY)
    )


def create(account: Account, folder: BaseFolder, item: Message) -> ItemId:
    """Save an item with all that belongs to it, in one call; return its id."""
    (made,) = checked(
        CreateItem(account=account).call(
            items=[item], folder=folder, message_disposition=SAVE_ONLY, send_meeting_invitations=SEND_TO_NONE
        )
    )
    return ItemId(id=made.id, changekey=made.changekey)


def submit(account: Account, draft: ItemId, sent: BaseFolder) -> None:
    """Send a draft and keep its copy in `sent`.

    Somebody may have looked at the draft meanwhile (a rule, a client, the server itself): then it has another change key.
    """
    try:
        _submit(account, draft, sent)
    except ErrorIrresolvableConflict:
        (now,) = checked(
            GetItem(account=account).call(items=[ItemId(id=draft.id)], additional_fields=None, shape=ID_ONLY)
        )
        _submit(account, ItemId(id=now.id, changekey=now.changekey), sent)


def _submit(account: Account, draft: ItemId, sent: BaseFolder) -> None:
    checked(SendItem(account=account).call(items=[draft], saved_item_folder=sent))


def mark_read(account: Account, key: str) -> None:
    """Mark an item as read, whatever others do with it just now; no receipt is sent for it."""
    checked(
        UpdateItem(account=account).call(
            items=[(Message(account=account, id=key, is_read=True), ["is_read"])],
            conflict_resolution=ALWAYS_OVERWRITE,
            message_disposition=SAVE_ONLY,
            send_meeting_invitations_or_cancellations=SEND_TO_NONE,
            suppress_read_receipts=True,
        )
    )


def move(account: Account, key: str, target: BaseFolder) -> None:
    """Move an item, which gives it another id."""
    checked(MoveItem(account=account).call(items=[ItemId(id=key)], to_folder=target))


def delete(account: Account, key: str) -> None:
    """Delete an item for good."""
    checked(
        DeleteItem(account=account).call(
            items=[ItemId(id=key)],
            delete_type=HARD_DELETE,
            send_meeting_cancellations=SEND_TO_NONE,
            affected_task_occurrences=ALL_OCCURRENCES,
            suppress_read_receipts=True,
        )
    )


def outbox(account: Account) -> BaseFolder:
    """Return the folder in which a letter lies while it leaves."""
    return distinguished(account, Outbox)


def utc(moment: Any) -> datetime:
    """Return a moment as plain UTC. The library's own type drags its time zones along."""
    return datetime.fromtimestamp(moment.timestamp(), UTC)


def first_id(items: Sequence[Any]) -> ItemId | None:
    """Return the id of the first of some items, with its change key."""
    return ItemId(id=items[0].id, changekey=items[0].changekey) if items else None
