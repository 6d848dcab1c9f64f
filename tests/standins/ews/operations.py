"""What each operation does: one function an operation, from the request's element to the answer's messages."""

import base64
from collections.abc import Callable
from email.headerregistry import Address

from lxml import etree

from tests.standins.ews import elements
from tests.standins.ews.elements import Element, Shape, extended_key, m, t
from tests.standins.ews.restrictions import matches
from tests.standins.ews.schema import M, T
from tests.standins.ews.store import PEOPLE, TEXTS, Folder, Item, Mailbox, Refusal, Store


class Session:
    """One request by one user: whose mailboxes it may open, and what it does there."""

    def __init__(self, store: Store, own: str, may_open: Callable[[str], bool], oddities: "Oddities") -> None:
        self.store, self.own, self.may_open, self.oddities = store, own, may_open, oddities

    def answer(self, request: Element) -> Element:
        """Return the answer to a request's body."""
        name = etree.QName(request).localname
        if name not in OPERATIONS:
            raise Refusal("ErrorInvalidOperation", f"The stand-in does not know {name}.")
        messages = OPERATIONS[name](self, request)
        return m(f"{name}Response", m.ResponseMessages(*(self._message(name, each) for each in messages)))

    def opened(self, mailbox: Mailbox) -> Mailbox:
        if not self.may_open(mailbox.address):
            raise Refusal("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return mailbox

    def own_folder(self, distinguished: str) -> Folder:
        return self.opened(self.store.mailbox(self.own)).folder(distinguished)

    def folder(self, where: Element) -> Folder:
        """Return the folder that an id names: by itself, or a distinguished one of a mailbox."""
        if where.tag == f"{{{T}}}FolderId":
            found = self.store.folder_by_id(where.get("Id", ""))
            self.opened(found.mailbox)
            return found
        address = where.findtext(f"{{{T}}}Mailbox/{{{T}}}EmailAddress") or self.own
        return self.opened(self.store.mailbox(address)).folder(where.get("Id", ""))

    def item(self, where: Element) -> Item:
        found = self.store.item(where.get("Id", ""))
        self.opened(found.folder.mailbox)
        return found

    @staticmethod
    def _message(name: str, outcome: "list[Element] | Refusal") -> Element:
        if isinstance(outcome, Refusal):
            head = [m.MessageText(outcome.text), m.ResponseCode(outcome.code), m.DescriptiveLinkKey("0")]
            empty = {"GetFolder": "Folders", "CreateFolder": "Folders"}.get(name, "Items")
            rest = (
                [m(empty)]
                if name in ("GetFolder", "CreateFolder", "GetItem", "CreateItem", "MoveItem", "UpdateItem")
                else []
            )
            return m(f"{name}ResponseMessage", *head, *rest, ResponseClass="Error")
        return m(f"{name}ResponseMessage", m.ResponseCode("NoError"), *outcome, ResponseClass="Success")


class Oddities:
    """What single items do that they should not, by Message-ID."""

    def __init__(self) -> None:
        self.unexportable: dict[str, str] = {}
        """The response code that GetItem answers with where MIME is asked for."""
        self.unreadable: dict[str, str] = {}
        """The response code that GetItem answers with whatever is asked for."""
        self.broken_base64: set[str] = set()
        self.vanished: set[str] = set()
        """Listed, and gone when they are asked for."""
        self.conflicts = 0
        """So many SendItem find that somebody was faster."""
        self.twice: set[str] = set()
        """Listed twice."""
        self.own_message_ids = False
        """The server gives a new message a Message-ID of its own."""
        self.reversed = False
        """A page lists the latest first."""

    def refuse(self, item: Item, uris: set[str]) -> None:
        if item.message_id in self.vanished:
            raise Refusal("ErrorItemNotFound", "The specified object was not found in the store.")
        if item.message_id in self.unreadable:
            raise Refusal(self.unreadable[item.message_id], "The item could not be read.")
        if "item:MimeContent" in uris and item.message_id in self.unexportable:
            raise Refusal(self.unexportable[item.message_id], "The MIME content of the item could not be converted.")

    def spoil(self, item: Item, written: Element) -> Element:
        content = written.find(f"{{{T}}}MimeContent")
        if content is not None and item.message_id in self.broken_base64:
            content.text = (content.text or "")[:-3] + "%"
        return written


Outcome = list[Element] | Refusal
TRUE = ("true", "1")
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def _each(elements_: list[Element], do: Callable[[Element], list[Element]]) -> list[Outcome]:
    """Do something for each element; a refusal concerns only its own."""
    outcomes: list[Outcome] = []
    for each in elements_:
        try:
            outcomes.append(do(each))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


def _children(request: Element, name: str) -> list[Element]:
    found = request.find(f"{{{M}}}{name}")
    return [] if found is None else list(found)


def get_folder(session: Session, request: Element) -> list[Outcome]:
    shape = request.find(f"{{{M}}}FolderShape")

    def one(where: Element) -> list[Element]:
        found = session.folder(where)
        return [m.Folders(elements.folder(found, shape, found.mailbox.folder("root")))]

    return _each(_children(request, "FolderIds"), one)


def find_folder(session: Session, request: Element) -> list[Outcome]:
    shape, restriction = request.find(f"{{{M}}}FolderShape"), request.find(f"{{{M}}}Restriction")
    deep = request.get("Traversal") == "Deep"

    def one(where: Element) -> list[Element]:
        parent = session.folder(where)
        found = [
            each
            for each in parent.mailbox.folders
            if (each.parent is parent or (deep and each is not parent))
            and each.distinguished != "root"
            and matches(restriction, {"folder:DisplayName": each.name, "folder:FolderClass": each.kind}.get)
        ]
        root = parent.mailbox.folder("root")
        within = t.Folders(*(elements.folder(each, shape, root) for each in found))
        paging = {
            "IndexedPagingOffset": str(len(found)),
            "TotalItemsInView": str(len(found)),
            "IncludesLastItemInRange": "true",
        }
        return [m.RootFolder(within, **paging)]

    return _each(_children(request, "ParentFolderIds"), one)


def create_folder(session: Session, request: Element) -> list[Outcome]:
    def one(wanted: Element) -> list[Element]:
        parent = session.folder(request.find(f"{{{M}}}ParentFolderId")[0])
        made = session.store.create_folder(parent, wanted.findtext(f"{{{T}}}DisplayName") or "")
        return [m.Folders(t.Folder(t.FolderId(Id=made.id, ChangeKey="AQAAAA==")))]

    return _each(_children(request, "Folders"), one)


def sync_folder_items(session: Session, request: Element) -> list[Outcome]:
    def one(where: Element) -> list[Element]:
        folder = session.folder(where)
        shape = Shape(request.find(f"{{{M}}}ItemShape"), in_list=True)
        limit = int(request.findtext(f"{{{M}}}MaxChangesReturned") or 0)
        changes, state, last = session.store.changes(folder, request.findtext(f"{{{M}}}SyncState") or "", limit)
        written = [_change(folder, kind, item_id, shape) for kind, item_id in changes]
        again = [
            _change(folder, "create", item_id, shape)
            for kind, item_id in changes
            if kind == "create" and folder.items[item_id].message_id in session.oddities.twice
        ]
        if session.oddities.reversed:
            written.reverse()
        return [m.SyncState(state), m.IncludesLastItemInRange(elements.truth(last)), m.Changes(*written, *again)]

    return _each(_children(request, "SyncFolderId"), one)


def _change(folder: Folder, kind: str, item_id: str, shape: Shape) -> Element:
    if kind == "delete":
        return t.Delete(t.ItemId(Id=item_id, ChangeKey="CQAAAA=="))
    item = folder.items[item_id]
    if kind == "read":
        return t.ReadFlagChange(t.ItemId(Id=item.id, ChangeKey=item.change_key), t.IsRead(elements.truth(item.is_read)))
    return t("Create" if kind == "create" else "Update", shape.write(item))


def find_item(session: Session, request: Element) -> list[Outcome]:
    restriction, view = request.find(f"{{{M}}}Restriction"), request.find(f"{{{M}}}IndexedPageItemView")

    def one(where: Element) -> list[Element]:
        shape = Shape(request.find(f"{{{M}}}ItemShape"), in_list=True)
        found = []
        for each in session.folder(where).items.values():
            if each.hidden_for > 0:
                each.hidden_for -= 1
            elif matches(
                restriction,
                lambda uri, each=each: _value(each, uri),
                lambda uri, each=each: elements.extended_value(each, uri),
            ):
                found.append(each)
        start = 0 if view is None else int(view.get("Offset", "0"))
        size = len(found) if view is None else int(view.get("MaxEntriesReturned", str(len(found))))
        page = found[start : start + size]
        paging = {
            "IndexedPagingOffset": str(start + len(page)),
            "TotalItemsInView": str(len(found)),
            "IncludesLastItemInRange": elements.truth(start + len(page) >= len(found)),
        }
        return [m.RootFolder(t.Items(*map(shape.write, page)), **paging)]

    return _each(_children(request, "ParentFolderIds"), one)


def _value(item: Item, uri: str) -> str | None:
    if uri in TEXTS:
        return item.fields.get(uri)
    known = {
        "message:IsRead": elements.truth(item.is_read),
        "item:DateTimeReceived": elements.moment(item.received),
        "item:ItemClass": "IPM.Note",
    }
    return known.get(uri)


def get_item(session: Session, request: Element) -> list[Outcome]:
    shape = Shape(request.find(f"{{{M}}}ItemShape"), in_list=False)

    def one(where: Element) -> list[Element]:
        item = session.item(where)
        session.oddities.refuse(item, shape.uris)
        return [m.Items(session.oddities.spoil(item, shape.write(item)))]

    return _each(_children(request, "ItemIds"), one)


def create_item(session: Session, request: Element) -> list[Outcome]:
    disposition = request.get("MessageDisposition")
    named = request.find(f"{{{M}}}SavedItemFolderId")

    def one(wanted: Element) -> list[Element]:
        target = (
            session.folder(named[0])
            if named is not None
            else session.own_folder("drafts" if disposition == "SaveOnly" else "sentitems")
        )
        content = wanted.findtext(f"{{{T}}}MimeContent")
        folder = target if disposition == "SaveOnly" else target.mailbox.folder("outbox")
        item = session.store.put(folder, base64.b64decode(content) if content else None)
        _set(item, wanted)
        item.is_draft = True
        if session.oddities.own_message_ids:
            item.fields["message:InternetMessageId"] = f"<{item.id}@exchange>"
        if disposition == "SaveOnly":
            return [m.Items(t.Message(t.ItemId(Id=item.id, ChangeKey=item.change_key)))]
        session.store.send(item, target if disposition == "SendAndSaveCopy" else None)
        return [m.Items()]

    return _each(_children(request, "Items"), one)


def _set(item: Item, wanted: Element) -> None:
    """Take an item's fields from a request."""
    for uri in TEXTS:
        if (text := wanted.findtext(f"{{{T}}}{uri.partition(':')[2]}")) is not None:
            item.fields[uri] = text
    for uri in PEOPLE:
        found = wanted.findall(f"{{{T}}}{uri.partition(':')[2]}/{{{T}}}Mailbox")
        if found:
            item.people[uri] = [_address(each) for each in found]
    item.body = wanted.findtext(f"{{{T}}}Body") or item.body
    for each in wanted.iterfind(f"{{{T}}}Attachments/{{{T}}}FileAttachment"):
        content = base64.b64decode(each.findtext(f"{{{T}}}Content") or "")
        item.attachments.append(
            (each.findtext(f"{{{T}}}Name") or "", each.findtext(f"{{{T}}}ContentType") or "", content)
        )
    for each in wanted.iterfind(f"{{{T}}}ExtendedProperty"):
        item.properties[extended_key(each[0])] = each.findtext(f"{{{T}}}Value") or ""
    if (read := wanted.findtext(f"{{{T}}}IsRead")) is not None:
        item.is_read = read in TRUE


def _address(each: Element) -> Address:
    local, _, domain = (each.findtext(f"{{{T}}}EmailAddress") or "").rpartition("@")
    name = each.findtext(f"{{{T}}}Name") or ""
    return Address("" if "@" in name else name, local, domain)


def send_item(session: Session, request: Element) -> list[Outcome]:
    named = request.find(f"{{{M}}}SavedItemFolderId")

    def one(where: Element) -> list[Element]:
        item = session.item(where)
        if not where.get("ChangeKey"):
            raise Refusal("ErrorChangeKeyRequired")
        if session.oddities.conflicts:
            session.oddities.conflicts -= 1
            session.store.changed(item)
        if where.get("ChangeKey") != item.change_key:
            raise Refusal("ErrorIrresolvableConflict", "The send or update operation could not be performed.")
        author = item.people.get("message:From", [])
        if author and not session.may_open(author[0].addr_spec):
            raise Refusal("ErrorSendAsDenied")
        if item.folder.mailbox.full:
            raise Refusal("ErrorQuotaExceeded")
        target = session.folder(named[0]) if named is not None else item.folder.mailbox.folder("sentitems")
        session.store.send(item, target if request.get("SaveItemToFolder") in TRUE else None)
        return []

    return _each(_children(request, "ItemIds"), one)


def update_item(session: Session, request: Element) -> list[Outcome]:
    overwrite = request.get("ConflictResolution") == "AlwaysOverwrite"

    def one(change: Element) -> list[Element]:
        where = change.find(f"{{{T}}}ItemId")
        item = session.item(where)
        if not overwrite and where.get("ChangeKey") != item.change_key:
            raise Refusal("ErrorIrresolvableConflict")
        was_read = item.is_read
        for each in change.iterfind(f"{{{T}}}Updates/{{{T}}}SetItemField"):
            _set(item, each[1])
        session.store.changed(item, "read" if item.is_read != was_read else "update")
        done = t.Message(t.ItemId(Id=item.id, ChangeKey=item.change_key))
        return [m.Items(done), m.ConflictResults(t.Count("0"))]

    return _each(_children(request, "ItemChanges"), one)


def move_item(session: Session, request: Element) -> list[Outcome]:
    def one(where: Element) -> list[Element]:
        target = session.folder(request.find(f"{{{M}}}ToFolderId")[0])
        moved = session.store.move(session.item(where), target)
        return [m.Items(t.Message(t.ItemId(Id=moved.id, ChangeKey=moved.change_key)))]

    return _each(_children(request, "ItemIds"), one)


def delete_item(session: Session, request: Element) -> list[Outcome]:
    def one(where: Element) -> list[Element]:
        item = session.item(where)
        if request.get("DeleteType") == "MoveToDeletedItems":
            session.store.move(item, item.folder.mailbox.folder("deleteditems"))
        else:
            session.store.delete(item)
        return []

    return _each(_children(request, "ItemIds"), one)


def convert_id(session: Session, request: Element) -> list[Outcome]:
    """Tell in whose mailbox a folder is; ids themselves are of one kind here."""

    def one(source: Element) -> list[Element]:
        found = session.store.folder_by_id(source.get("Id", ""))
        kind = {f"{{{XSI}}}type": "t:AlternateIdType"}
        return [m.AlternateId(**kind, Format="EwsId", Id=found.id, Mailbox=found.mailbox.address)]

    return _each(_children(request, "SourceIds"), one)


OPERATIONS: dict[str, Callable[[Session, Element], list[Outcome]]] = {
    "ConvertId": convert_id,
    "GetFolder": get_folder,
    "FindFolder": find_folder,
    "CreateFolder": create_folder,
    "SyncFolderItems": sync_folder_items,
    "FindItem": find_item,
    "GetItem": get_item,
    "CreateItem": create_item,
    "SendItem": send_item,
    "UpdateItem": update_item,
    "MoveItem": move_item,
    "DeleteItem": delete_item,
}
