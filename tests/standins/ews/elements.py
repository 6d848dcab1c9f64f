"""Write folders and items as elements of answers, with the properties that a request asks for, in the schema's order."""

import base64
from collections.abc import Callable, Iterable
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address

from lxml import etree
from lxml.builder import ElementMaker

from tests.standins.ews.schema import M, T
from tests.standins.ews.store import MIME_ATTACHMENT, Folder, Item, Refusal

m = ElementMaker(namespace=M, nsmap={"m": M, "t": T})
t = ElementMaker(namespace=T, nsmap={"m": M, "t": T})
Element = etree._Element
Written = Element | None
NOT_IN_LISTS = {"item:MimeContent", "item:Body", "item:InternetMessageHeaders", "item:Attachments"}
"""What only GetItem gives."""


def moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def truth(value: bool) -> str:
    return "true" if value else "false"


def plain(value: str) -> str:
    """Return a text without what XML cannot hold."""
    return "".join(
        c
        for c in value
        if c in "\t\n\r" or (ord(c) >= 32 and not 0xD800 <= ord(c) < 0xE000 and c not in "\ufffe\uffff")
    )


def mailbox(address: Address) -> Element:
    return t.Mailbox(
        t.Name(plain(address.display_name or address.addr_spec)),
        t.EmailAddress(plain(address.addr_spec)),
        t.RoutingType("SMTP"),
    )


def _text(uri: str) -> Callable[[Item], Written]:
    name = uri.partition(":")[2]
    return lambda item: t(name, plain(item.fields[uri])) if item.fields.get(uri) else None


def _people(uri: str) -> Callable[[Item], Written]:
    name = uri.partition(":")[2]
    return lambda item: t(name, *map(mailbox, item.people[uri])) if item.people.get(uri) else None


def _one_person(uri: str) -> Callable[[Item], Written]:
    name = uri.partition(":")[2]
    return lambda item: t(name, mailbox(item.people[uri][0])) if item.people.get(uri) else None


def _headers(item: Item) -> Written:
    head = message_from_bytes(item.export().partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=policy.compat32)
    found = [t.InternetMessageHeader(plain(str(value)), HeaderName=name) for name, value in head.items() if name]
    return t.InternetMessageHeaders(*found) if found else None


def _attachments(item: Item) -> Written:
    real = [
        t.FileAttachment(t.Name(plain(name)), t.ContentType(kind))
        for name, kind, _ in item.attachments
        if name != MIME_ATTACHMENT
    ]
    return t.Attachments(*real) if real else None


PROPERTIES: dict[str, Callable[[Item], Written]] = {
    "item:MimeContent": lambda item: t.MimeContent(base64.b64encode(item.export()).decode(), CharacterSet="UTF-8"),
    "item:ItemId": lambda item: t.ItemId(Id=item.id, ChangeKey=item.change_key),
    "item:ParentFolderId": lambda item: t.ParentFolderId(Id=item.folder.id),
    "item:ItemClass": lambda _item: t.ItemClass("IPM.Note"),
    "item:Subject": _text("item:Subject"),
    "item:Sensitivity": lambda _item: t.Sensitivity("Normal"),
    "item:Body": lambda item: t.Body(plain(item.body), BodyType="Text"),
    "item:Attachments": _attachments,
    "item:DateTimeReceived": lambda item: t.DateTimeReceived(moment(item.received)),
    "item:Size": lambda item: t.Size(str(len(item.export()))),
    "item:Importance": lambda _item: t.Importance("Normal"),
    "item:InReplyTo": _text("item:InReplyTo"),
    "item:IsDraft": lambda item: t.IsDraft(truth(item.is_draft)),
    "item:InternetMessageHeaders": _headers,
    "item:DateTimeSent": lambda item: t.DateTimeSent(moment(item.received)),
    "item:DateTimeCreated": lambda item: t.DateTimeCreated(moment(item.received)),
    "item:HasAttachments": lambda item: t.HasAttachments(truth(bool(item.attachments))),
    "": lambda _item: None,  # extended properties stand here
    "item:LastModifiedTime": lambda item: t.LastModifiedTime(moment(item.received)),
    "message:Sender": _one_person("message:Sender"),
    "message:ToRecipients": _people("message:ToRecipients"),
    "message:CcRecipients": _people("message:CcRecipients"),
    "message:From": _one_person("message:From"),
    "message:InternetMessageId": _text("message:InternetMessageId"),
    "message:IsRead": lambda item: t.IsRead(truth(item.is_read)),
    "message:References": _text("message:References"),
    "message:ReplyTo": _people("message:ReplyTo"),
}
DEFAULT = {
    "item:Subject", "item:Sensitivity", "item:DateTimeReceived", "item:Size", "item:Importance", "item:DateTimeSent",
    "item:DateTimeCreated", "item:HasAttachments", "message:From", "message:IsRead", "message:InternetMessageId",
}  # fmt: skip


class Shape:
    """Which properties an answer holds."""

    def __init__(self, shape: Element, *, in_list: bool) -> None:
        base = shape.findtext(f"{{{T}}}BaseShape")
        self.uris = {"item:ItemId"} | (set() if base == "IdOnly" else DEFAULT)
        if base == "AllProperties":
            self.uris |= set(PROPERTIES) - {"item:MimeContent"} - (NOT_IN_LISTS if in_list else set())
        if shape.findtext(f"{{{T}}}IncludeMimeContent") == "true":
            self.uris.add("item:MimeContent")
        asked = shape.find(f"{{{T}}}AdditionalProperties")
        self.extended: list[Element] = []
        for each in () if asked is None else asked:
            if each.tag == f"{{{T}}}FieldURI":
                self.uris.add(each.get("FieldURI", ""))
            elif each.tag == f"{{{T}}}ExtendedFieldURI":
                self.extended.append(each)
        if in_list and self.uris & NOT_IN_LISTS:
            raise Refusal("ErrorInvalidPropertyForOperation", f"{self.uris & NOT_IN_LISTS} cannot be listed.")

    def write(self, item: Item) -> Element:
        """Return the item with what was asked for."""
        message = t.Message()
        for uri, make in PROPERTIES.items():
            if not uri:
                message.extend(self._extended(item))
            elif uri in self.uris and (element := make(item)) is not None:
                message.append(element)
        return message

    def _extended(self, item: Item) -> Iterable[Element]:
        for uri in self.extended:
            if (value := extended_value(item, uri)) is not None:
                yield t.ExtendedProperty(t.ExtendedFieldURI(**dict(uri.attrib)), t.Value(plain(value)))


def extended_key(uri: Element) -> str:
    """Return what an extended property is called here."""
    if uri.get("DistinguishedPropertySetId") == "InternetHeaders":
        return f"header:{uri.get('PropertyName')}"
    return "|".join(f"{name}={uri.get(name)}" for name in sorted(uri.attrib) if name != "PropertyType")


ARTICLE, READ, FLAGS, LENGTH = "0xe23", "0xe69", "0xe07", "0xe08"


def extended_value(item: Item, uri: Element) -> str | None:
    """Return an extended property: one that was set, a header, or one of MAPI's own that clients ask for."""
    key = extended_key(uri)
    if key.startswith("header:") and key not in item.properties:
        head = message_from_bytes(item.export().partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=policy.compat32)
        found = head.get(key.removeprefix("header:"))
        return None if found is None else str(found)
    tag = (uri.get("PropertyTag") or "").lower()
    own = {
        ARTICLE: str(1 + sorted(item.folder.items).index(item.id)) if tag == ARTICLE else "",
        READ: truth(item.is_read),
        FLAGS: "1" if item.is_read else "0",
        LENGTH: str(len(item.export())) if tag == LENGTH else "",
    }
    return item.properties.get(key, own.get(tag))


def folder(each: Folder, shape: Element, root: Folder) -> Element:
    """Return a folder with its counts; a few extended properties where they are asked for."""
    children = [other for other in each.mailbox.folders if other.parent is each]
    asked = shape.findall(f".//{{{T}}}ExtendedFieldURI")
    name = {"IPF.Appointment": "CalendarFolder", "IPF.Contact": "ContactsFolder", "IPF.Task": "TasksFolder"}.get(
        each.kind, "Folder"
    )
    return t(
        name,
        t.FolderId(Id=each.id, ChangeKey="AQAAAA=="),
        t.ParentFolderId(Id=(each.parent or root).id, ChangeKey="AQAAAA=="),
        t.FolderClass(each.kind),
        t.DisplayName(each.name),
        t.TotalCount(str(len(each.items))),
        t.ChildFolderCount(str(len(children))),
        *(_folder_property(each, children, uri) for uri in asked),
        *([t.UnreadCount(str(sum(not item.is_read for item in each.items.values())))] if name == "Folder" else []),
    )


def _folder_property(each: Folder, children: list[Folder], uri: Element) -> Element:
    """Return one of MAPI's properties of a folder; of a name or a class what it has, of a count 0 where nobody counts."""
    tag = (uri.get("PropertyTag") or "").lower()
    known = {
        "0x3001": each.name,
        "0x3613": each.kind,
        "0x3602": str(len(each.items)),
        "0x3603": str(sum(not item.is_read for item in each.items.values())),
        "0x360a": truth(bool(children)),
        "0x6638": str(len(children)),
        "0x6751": str(1 + len(each.items)),
        "0x670a": "2026-11-30T08:00:00Z",
        "0x671b": str(1 + len(each.items)),
    }
    empty = {"String": "", "Boolean": "false", "SystemTime": "2026-11-30T08:00:00Z"}.get(
        uri.get("PropertyType", ""), "0"
    )
    return t.ExtendedProperty(t.ExtendedFieldURI(**dict(uri.attrib)), t.Value(known.get(tag, empty)))
