"""What Exchange Online does when Graph is asked: a table of operations over mailboxes."""

import base64
import json
import random
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from tests.standins.graph import mime
from tests.standins.graph.mailboxes import File, Item, Mailbox, MailFolder, Tokens, new_id, reported

SMALL, LARGEST_FILE, LARGEST_REQUEST = 3 * 1024 * 1024, 150 * 1024 * 1024, 4 * 1024 * 1024
LARGEST_RANGE = 4 * 1024 * 1024
NEVER = 3600.0
SYNC, GONE = "SyncStateNotFound", 410
NOT_FOUND = "ErrorItemNotFound"
READ_ONLY = (
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "hasAttachments",
    "parentFolderId",
    "webLink",
)


EXPANDED = re.compile(r"singleValueExtendedProperties\(\$filter=id eq '([^']+)'\)")
"""The one property of MAPI's that is asked for with a mail."""


class GraphError(Exception):
    """The error that Graph answers with."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        self.status, self.code, self.message = status, code, message or code


@dataclass
class Answer:
    """What is answered; `body` is JSON, or MIME as bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request, taken apart."""

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    prefer: str
    content_type: str
    body: bytes
    url: str

    @property
    def immutable(self) -> bool:
        return 'idtype="immutableid"' in self.prefer.lower()

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body) if self.body else {}  # type: ignore[no-any-return]


@dataclass
class Upload:
    """A file on its way, range by range."""

    item: Item
    name: str
    size: int
    received: bytearray = field(default_factory=bytearray)


class Service:
    """All mailboxes of a tenant, and how they behave today."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.lock = threading.RLock()
        self.mailboxes: dict[str, Mailbox] = {}
        self.outside: list[tuple[str, bytes]] = []
        """What left the house: recipient and MIME."""
        self.elsewhere: Callable[[str, bytes], bool] = lambda _address, _raw: False
        """Takes a mail whose address is on another of the house's servers; tells whether it is."""
        self.tokens = Tokens()
        self.uploads: dict[str, Upload] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.sent_after = 0.0
        """Seconds until the copy of a letter appears in Sent."""
        self.smtputf8 = False
        self.tagged = True
        """Mail to post+x@… comes to post@…: with it off, such an address is nobody."""
        self.own_ids_only = False
        """Drafts get a Message-ID of Exchange's, whatever was asked for."""
        self.largest = 35 * 1024 * 1024
        """Bytes of a letter that the tenant sends."""
        self.duplicates, self.shuffled, self.empty_pages = False, False, False
        self.chance = random.Random(1)
        self.sends: list[str] = []
        """The Message-ID of each letter that was accepted, in order."""

    # People and mail servers

    def create(self, address: str) -> Mailbox:
        with self.lock:
            return self.mailboxes.setdefault(address.lower(), Mailbox(address))

    def deliver(self, address: str, raw: bytes, *, received_at: datetime | None = None, folder: str = "inbox") -> Item:
        """A mail arrives, as another server hands it over; or somebody's mail program puts it into a folder."""
        with self.lock:
            box = self.mailboxes[address.lower()]
            inbox = box.folder(folder)
            assert inbox is not None
            fields = mime.fields_of(raw, f"<{secrets.token_hex(12)}@exchange.example.org>")
            return box.add(Item(inbox, fields, received_at or datetime.now(UTC), raw))

    # Requests

    def answer(self, asked: Asked) -> Answer:
        with self.lock:
            return self._answer(asked)

    def _answer(self, asked: Asked) -> Answer:
        if asked.parts and asked.parts[0] == "subscriptions":
            return self._subscription(asked)
        if len(asked.parts) < 3 or asked.parts[0] != "users":
            raise GraphError(400, "BadRequest", "Resource not found for the segment.")
        box = self.mailboxes.get(asked.parts[1].lower())
        if box is None:
            raise GraphError(404, "ErrorInvalidUser", "The requested user is invalid.")
        rest = list(asked.parts[2:])
        while (
            len(rest) > 3
            and rest[0] == "mailFolders"
            and rest[2] == "childFolders"
            and rest[3] not in ("delta", "$count")
        ):
            rest = ["mailFolders", *rest[3:]]
        folder = None
        if rest[0] == "mailFolders" and len(rest) > 1 and rest[1] not in ("delta", "$count"):
            folder = box.folder(rest[1])
            if folder is None:
                raise GraphError(404, NOT_FOUND, "The specified object was not found in the store.")
            if len(rest) > 2 and rest[2] == "messages":
                rest = rest[2:]
        return self._dispatched(asked, box, folder, rest)

    def _dispatched(self, asked: Asked, box: Mailbox, folder: MailFolder | None, rest: list[str]) -> Answer:
        shape = "/".join("*" if n == 1 and part not in ("delta", "$count") else part for n, part in enumerate(rest))
        if rest[0] == "messages" and len(rest) > 1 and rest[1] not in ("delta", "$count"):
            item = box.item(rest[1], immutable=asked.immutable)
            if item is None or (folder is not None and item.folder is not folder):
                raise GraphError(404, NOT_FOUND, "The specified object was not found in the store.")
            if len(rest) > 3 and rest[2] == "attachments" and rest[3] not in ("$count", "createUploadSession"):
                return self._file(asked, box, item, rest[3])
            found = ITEM_OPERATIONS.get((asked.method, shape))
            if found is not None:
                return found(self, asked, box, item)
        elif (operation := FOLDER_OPERATIONS.get((asked.method, shape))) is not None:
            return operation(self, asked, box, folder)
        raise GraphError(400, "BadRequest", f"{asked.method} {shape} is not supported")

    # Lists and feeds

    def messages(self, asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        chosen = [each for each in box.items if (folder is None or each.folder is folder)]
        chosen = [each for each in chosen if self._fits(each, asked.query.get("$filter", ""))]
        order = asked.query.get("$orderby", "receivedDateTime desc")
        if not order.startswith("receivedDateTime"):
            raise GraphError(400, "ErrorInvalidUrlQuery", "Only receivedDateTime orders here.")
        chosen.sort(key=lambda each: each.received, reverse=order.endswith("desc"))
        skip, top = int(asked.query.get("$skip", 0)), int(asked.query.get("$top", 10))
        body: dict[str, Any] = {"value": [self.shown(each, asked) for each in chosen[skip : skip + top]]}
        if len(chosen) > skip + top:
            body["@odata.nextLink"] = f"{asked.url.partition('?')[0]}?{urlencode({**asked.query, '$skip': skip + top})}"
        return Answer(body=body)

    def count(self, asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        return Answer(body=str(sum(folder is None or each.folder is folder for each in box.items)).encode())

    def delta(self, asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        """The feed of a folder, a page at a time."""
        assert folder is not None
        if "$search" in asked.query or not re.fullmatch(
            r"(receivedDateTime (ge|gt) \S+)?", asked.query.get("$filter", "")
        ):
            raise GraphError(400, "ErrorInvalidUrlQueryFilter", "Delta knows receivedDateTime only.")
        token = asked.query.get("$skiptoken") or asked.query.get("$deltatoken")
        size = re.search(r"odata\.maxpagesize=(\d+)", asked.prefer)
        state = self._round(asked, box, folder, token)
        if state["immutable"] != asked.immutable:
            raise GraphError(400, "ErrorInvalidIdMalformed", "The link was made for the other kind of id.")
        page, rest = state["left"][: int(size[1]) if size else 10], state["left"][int(size[1]) if size else 10 :]
        if self.empty_pages and token is None:
            page, rest = [], state["left"]
        value = [self._told(kind, item, asked, state) for kind, item in page]
        value = [each for each in value if each is not None]
        if self.duplicates:
            value = [each for each in value for _ in range(2)]
        if self.shuffled:
            self.chance.shuffle(value)
        body: dict[str, Any] = {"value": value}
        address = asked.url.partition("?")[0]
        if rest or (self.empty_pages and token is None):
            body["@odata.nextLink"] = f"{address}?$skiptoken={self.tokens.keep({**state, 'left': rest})}"
        elif token and not page and asked.query.get("$deltatoken"):
            body["@odata.deltaLink"] = asked.url
        else:
            body["@odata.deltaLink"] = (
                f"{address}?$deltatoken={self.tokens.keep({**state, 'left': [], 'since': state['until']})}"
            )
        return Answer(body=body)

    def _round(self, asked: Asked, box: Mailbox, folder: MailFolder, token: str | None) -> dict[str, Any]:
        if token is None:
            there = [("there", item) for item in box.within(folder)]
            return {
                "left": there, "until": len(folder.changes), "immutable": asked.immutable, "folder": folder.id,
                "kinds": asked.query.get("changeType", ""), "select": asked.query.get("$select", ""),
            }  # fmt: skip
        kept = self.tokens.find(token)
        if kept is None or kept["folder"] != folder.id:
            raise GraphError(GONE, SYNC, "The sync state generation is not found; call delta again without a token.")
        if "$skiptoken" in asked.query:
            return kept  # type: ignore[no-any-return]
        found = reported(folder, kept["since"], immutable=kept["immutable"], kinds=kept["kinds"])
        return {**kept, "left": found, "until": len(folder.changes)}

    def _told(self, kind: str, item: Item, asked: Asked, state: dict[str, Any]) -> dict[str, Any] | None:
        if kind.startswith("removed"):
            return {"id": kind.partition(" ")[2], "@removed": {"reason": "deleted"}}
        if item.folder.id != state["folder"]:
            return None
        return self.shown(item, asked, state["select"])

    def _fits(self, item: Item, condition: str) -> bool:
        if not condition:
            return True
        found = re.fullmatch(r"internetMessageId eq '((?:[^']|'')*)'", condition)
        if found:
            return bool(item.fields.get("internetMessageId") == found[1].replace("''", "'"))
        found = re.fullmatch(r"receivedDateTime (ge|gt|le|lt) (\S+)", condition)
        if found:
            at = datetime.fromisoformat(found[2])
            return {
                "ge": item.received >= at,
                "gt": item.received > at,
                "le": item.received <= at,
                "lt": item.received < at,
            }[found[1]]
        if condition in ("isRead eq false", "isRead eq true"):
            return item.is_read == condition.endswith("true")
        raise GraphError(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")

    # One mail

    def shown(self, item: Item, asked: Asked, select: str | None = None) -> dict[str, Any]:
        """A mail in JSON."""
        if item.unreadable and (select if select is not None else asked.query.get("$select", "")) != "id":
            raise GraphError(500, item.corrupt or "ErrorContentConversionFailed", "Content conversion failed.")
        fields = {name: value for name, value in item.fields.items() if not name.startswith("_")}
        if item.raw is not None and item.fields.get("_sent"):
            fields.pop("internetMessageHeaders", None)  # sent items do not return them
        whole = {
            "categories": [], "bccRecipients": [], "ccRecipients": [], "toRecipients": [], "replyTo": [], "importance": "normal",
            "inferenceClassification": "focused", "flag": {"flagStatus": "notFlagged"},
        } | fields | {
            "id": item.immutable_id if asked.immutable else item.usual_id,
            "changeKey": f"CQAA{item.change:04d}",
            "createdDateTime": stamp(item.received), "lastModifiedDateTime": stamp(item.modified),
            "receivedDateTime": stamp(item.received), "sentDateTime": stamp(item.received),
            "hasAttachments": bool(item.files), "parentFolderId": item.folder.id, "isRead": item.is_read, "isDraft": item.is_draft,
            "isDeliveryReceiptRequested": False, "isReadReceiptRequested": False,
            "bodyPreview": str((fields.get("body") or {}).get("content") or "")[:255], "webLink": "https://outlook.example.org/",
        }  # fmt: skip
        expanded = EXPANDED.fullmatch(asked.query.get("$expand", ""))
        properties = whole.get("singleValueExtendedProperties", [])
        for name in ("attachments", "singleValueExtendedProperties", "multiValueExtendedProperties"):
            whole.pop(name, None)
        if expanded and (wanted := [each for each in properties if each["id"] == expanded[1]]):
            whole["singleValueExtendedProperties"] = wanted
        chosen = (select if select is not None else asked.query.get("$select", "")).split(",")
        if chosen == [""]:
            whole.pop("internetMessageHeaders", None)
            return {"@odata.etag": f'W/"{whole["changeKey"]}"'} | whole
        return {"@odata.etag": f'W/"{whole["changeKey"]}"', "id": whole["id"]} | {
            name: whole[name]
            for name in (*chosen, *(["singleValueExtendedProperties"] if expanded else []))
            if name in whole
        }

    def get(self, asked: Asked, _box: Mailbox, item: Item) -> Answer:
        return Answer(body=self.shown(item, asked))

    def value(self, _asked: Asked, box: Mailbox, item: Item) -> Answer:
        if item.corrupt:
            raise GraphError(500, item.corrupt, "Content conversion failed.")
        return Answer(body=item.raw if item.raw is not None else mime.composed(item, box.address))

    def change(self, asked: Asked, box: Mailbox, item: Item) -> Answer:
        wanted = asked.json
        if "isRead" in wanted:
            item.is_read = bool(wanted.pop("isRead"))
        self._check(wanted)
        item.fields.update(wanted)
        box.changed(item)
        return Answer(body=self.shown(item, asked))

    def delete(self, asked: Asked, box: Mailbox, item: Item) -> Answer:
        """Into Deleted Items; out of them for good."""
        bin_ = box.folder("deleteditems")
        assert bin_ is not None
        if item.folder is bin_:
            box.destroy(item)
        else:
            box.move(item, bin_)
        return Answer(204)

    def move(self, asked: Asked, box: Mailbox, item: Item) -> Answer:
        target = self._target(asked, box)
        if target is item.folder:
            raise GraphError(400, "ErrorMoveCopyFailed", "The move or copy operation failed.")
        box.move(item, target)
        return Answer(201, self.shown(item, asked))

    def copy(self, asked: Asked, box: Mailbox, item: Item) -> Answer:
        twin = replace(
            item,
            folder=self._target(asked, box),
            immutable_id=new_id("AAkA"),
            usual_id=new_id(),
            files=list(item.files),
        )
        return Answer(201, self.shown(box.add(twin), asked))

    def _target(self, asked: Asked, box: Mailbox) -> MailFolder:
        body = asked.json
        target = box.folder(body.get("destinationId") or body.get("DestinationId") or "")
        if target is None:
            raise GraphError(404, "ErrorItemNotFound", "The specified folder could not be found in the store.")
        return target

    # Drafts and letters

    def create_draft(self, asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        if box.full:
            raise GraphError(507, "ErrorQuotaExceeded", "The mailbox is full.")
        target = folder or box.folder("drafts")
        assert target is not None
        if asked.content_type.startswith("text/plain"):
            raw = base64.b64decode(asked.body)
            fields = mime.fields_of(raw, new_message_id())
            item = Item(target, fields, datetime.now(UTC), is_draft=True, files=mime.files_of(raw))
        else:
            item = self._drafted(asked.json, target)
        if self.own_ids_only:
            item.fields["internetMessageId"] = new_message_id()
        return Answer(201, self.shown(box.add(item), asked))

    def _drafted(self, wanted: dict[str, Any], target: MailFolder) -> Item:
        self._check(wanted)
        files = [self._new_file(each) for each in wanted.pop("attachments", [])]
        fields = {"internetMessageId": new_message_id()} | {
            name: value for name, value in wanted.items() if name not in READ_ONLY and value is not None
        }
        for name in ("body", "from", "sender", "subject"):
            fields.setdefault(name, {} if name == "body" else None)
        fields = {name: value for name, value in fields.items() if value is not None}
        return Item(target, fields, datetime.now(UTC), is_draft=True, files=files)

    def _check(self, wanted: dict[str, Any]) -> None:
        """What the schema cannot know of headers."""
        if "internetMessageHeaders" not in wanted:
            return
        headers = wanted["internetMessageHeaders"]
        if not 1 <= len(headers) <= 5:
            raise GraphError(400, "InvalidInternetMessageHeaderCollection", "Between one and five headers are allowed.")
        for each in headers:
            if not str(each.get("name", "")).lower().startswith("x-"):
                raise GraphError(
                    400, "InvalidInternetMessageHeader", "The internet message header name should start with 'x-'."
                )

    def _new_file(self, wanted: dict[str, Any]) -> File:
        content = base64.b64decode(wanted.get("contentBytes") or "")
        if len(content) >= SMALL:
            raise GraphError(413, "ErrorAttachmentSizeLimitExceeded", "Use an upload session from 3 MB on.")
        return File(wanted.get("name") or "", content, wanted.get("contentType") or "application/octet-stream")

    def send(self, asked: Asked, box: Mailbox, item: Item) -> Answer:
        if not item.is_draft:
            raise GraphError(404, NOT_FOUND, "The specified object was not found in the store.")
        self._leave(box, item)
        box.destroy(item)
        return Answer(202)

    def send_mail(self, asked: Asked, box: Mailbox, _folder: MailFolder | None) -> Answer:
        drafts = box.folder("drafts")
        assert drafts is not None
        if asked.content_type.startswith("text/plain"):
            raw = base64.b64decode(asked.body)
            item = Item(drafts, mime.fields_of(raw, new_message_id()), datetime.now(UTC), files=mime.files_of(raw))
        else:
            wanted = asked.json
            item = self._drafted(wanted.get("message") or wanted.get("Message") or {}, drafts)
        self._leave(box, item)
        return Answer(202)

    def _leave(self, box: Mailbox, item: Item) -> None:
        """Deliver a letter and file a copy of it, under an id of its own."""
        if box.full:
            raise GraphError(507, "ErrorQuotaExceeded", "The mailbox is full.")
        to = [
            each["emailAddress"].get("address") or ""
            for key in ("toRecipients", "ccRecipients", "bccRecipients") for each in item.fields.get(key, [])
        ]  # fmt: skip
        if not to or any(not re.fullmatch(r"[^@\s]+@[^@\s]+", each) for each in to):
            raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
        if not self.smtputf8 and any(not each.isascii() for each in to):
            raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
        raw = mime.composed(item, box.address)
        if len(raw) > self.largest:
            raise GraphError(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
        self.sends.append(item.fields["internetMessageId"])
        for each in to:
            self._hand_over(box, each, raw)
        sent = box.folder("sentitems")
        assert sent is not None
        fields = {
            **item.fields,
            "_sent": True,
            "from": mime.recipient(box.address),
            "sender": mime.recipient(box.address),
        }
        box.add(Item(sent, fields, datetime.now(UTC), raw, is_read=True, files=item.files))
        self._appear_late(box, sent)

    def _appear_late(self, box: Mailbox, sent: MailFolder) -> None:
        """The copy that was just filed shows itself after a while."""
        if not self.sent_after:
            return
        item = box.items.pop()
        kind = sent.changes.pop()

        def appear() -> None:
            with self.lock:
                box.items.append(item)
                sent.changes.append(kind)

        if self.sent_after >= NEVER:
            return
        timer = threading.Timer(self.sent_after, appear)
        timer.daemon = True
        timer.start()

    def _hand_over(self, box: Mailbox, address: str, raw: bytes) -> None:
        domains = {each.rpartition("@")[2] for each in self.mailboxes}
        local, _, domain = address.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}" if self.tagged else address.lower()
        if known := next((each for each in (address.lower(), plain) if each in self.mailboxes), None):
            self.deliver(known, raw)
        elif self.elsewhere(address, raw):
            return
        elif address.lower().rpartition("@")[2] in domains:
            self.deliver(
                box.address,
                f"From: postmaster@x\r\nTo: {box.address}\r\nSubject: Undeliverable\r\n\r\n{address}".encode(),
            )
        else:
            self.outside.append((address, raw))

    def respond(self, asked: Asked, box: Mailbox, item: Item) -> Answer:
        """A reply, a reply to all, or a forward, sent or as a draft."""
        verb = asked.parts[-1]
        body = asked.json if asked.content_type.startswith("application/json") else {}
        message = dict(body.get("message") or body.get("Message") or {})
        to = body.get("toRecipients") or body.get("ToRecipients") or message.get("toRecipients")
        if to is None and "orward" not in verb:
            to = [item.fields["from"]] if item.fields.get("from") else []
        comment = body.get("comment") or body.get("Comment") or ""
        prefix = "FW" if "orward" in verb else "RE"
        wanted = {
            "subject": f"{prefix}: {item.fields.get('subject') or ''}", "body": {"contentType": "text", "content": comment},
        } | message | {"toRecipients": to or []}  # fmt: skip
        drafts = box.folder("drafts")
        assert drafts is not None
        answer = self._drafted(wanted, drafts)
        if verb.startswith("create"):
            return Answer(201, self.shown(box.add(answer), asked))
        self._leave(box, answer)
        return Answer(202)

    # Files

    def files(self, asked: Asked, _box: Mailbox, item: Item) -> Answer:
        found = item.files if item.is_draft or item.raw is None else mime.files_of(item.raw)
        value = [mime.file_in_json(each) for each in found[: int(asked.query.get("$top", 10))]]
        chosen = asked.query.get("$select", "")
        if chosen:
            value = [
                {name: each[name] for name in ("@odata.type", "id", *chosen.split(",")) if name in each}
                for each in value
            ]
        return Answer(body={"value": value})

    def file_count(self, _asked: Asked, _box: Mailbox, item: Item) -> Answer:
        return Answer(body=str(len(item.files)).encode())

    def add_file(self, asked: Asked, box: Mailbox, item: Item) -> Answer:
        if box.full:
            raise GraphError(507, "ErrorQuotaExceeded", "The mailbox is full.")
        made = self._new_file(asked.json)
        item.files.append(made)
        return Answer(201, mime.file_in_json(made))

    def _file(self, asked: Asked, box: Mailbox, item: Item, key: str) -> Answer:
        found = next((each for each in item.files if each.id == key), None)
        if found is None:
            raise GraphError(404, NOT_FOUND, "The specified object was not found in the store.")
        if asked.method == "DELETE":
            item.files.remove(found)
            return Answer(204)
        return Answer(body=mime.file_in_json(found))

    def upload_session(self, asked: Asked, box: Mailbox, item: Item) -> Answer:
        body = asked.json
        wanted = body.get("AttachmentItem") or body["attachmentItem"]
        size = int(wanted.get("size") or 0)
        if size < SMALL:
            raise GraphError(
                400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize", "Attachment size should be 3 MB at least."
            )
        if size > LARGEST_FILE:
            raise GraphError(413, "ErrorAttachmentSizeLimitExceeded", "The attachment is too large.")
        token = secrets.token_urlsafe(40)
        self.uploads[token] = Upload(item, wanted.get("name") or "", size)
        until = stamp(datetime.now(UTC) + timedelta(hours=1))
        address = f"{self.base}/upload/{token}"
        return Answer(201, {"uploadUrl": address, "expirationDateTime": until, "nextExpectedRanges": ["0-"]})

    def upload(self, token: str, content_range: str, part: bytes, authorization: str | None) -> Answer:
        """A range of a file. The address itself is the leave: a token beside it is refused."""
        with self.lock:
            found, asked = self.uploads.get(token), re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", content_range)
            if authorization is not None:
                raise GraphError(401, "InvalidAudience", "The upload address takes no token.")
            if found is None or asked is None:
                raise GraphError(404, "ErrorItemNotFound", "There is no such upload session.")
            start, end, whole = (int(each) for each in asked.groups())
            if (start, whole, end - start + 1) != (len(found.received), found.size, len(part)) or len(
                part
            ) > LARGEST_RANGE:
                raise GraphError(416, "ErrorInvalidRange", "The range is not the one that was expected.")
            found.received += part
            if len(found.received) < found.size:
                return Answer(200, {"nextExpectedRanges": [f"{len(found.received)}-"]})
            made = File(found.name, bytes(found.received))
            found.item.files.append(made)
            del self.uploads[token]
            return Answer(201, None, {"Location": f"{self.base}/attachments('{quote(made.id)}')"})

    # Folders

    def folders(self, asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        parent = folder or box.root
        chosen = [each for each in box.folders if each.parent is parent and not each.hidden]
        named = re.fullmatch(r"displayName eq '((?:[^']|'')*)'", asked.query.get("$filter", "displayName eq ''"))
        if named is None:
            raise GraphError(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
        if asked.query.get("$filter"):
            chosen = [each for each in chosen if each.name == named[1].replace("''", "'")]
        top, skip = int(asked.query.get("$top", 10)), int(asked.query.get("$skip", 0))
        body: dict[str, Any] = {"value": [self._folder(each, box, asked) for each in chosen[skip : skip + top]]}
        if len(chosen) > skip + top:
            body["@odata.nextLink"] = f"{asked.url.partition('?')[0]}?{urlencode({**asked.query, '$skip': skip + top})}"
        return Answer(body=body)

    def _folder(self, folder: MailFolder, box: Mailbox, asked: Asked) -> dict[str, Any]:
        within = list(box.within(folder))
        whole = {
            "id": folder.id, "displayName": folder.name, "isHidden": folder.hidden,
            "parentFolderId": (folder.parent or folder).id, "totalItemCount": len(within),
            "childFolderCount": sum(each.parent is folder for each in box.folders),
            "unreadItemCount": sum(not each.is_read for each in within),
        }  # fmt: skip
        chosen = asked.query.get("$select", "")
        return {name: whole[name] for name in ("id", *chosen.split(",")) if name in whole} if chosen else whole

    def get_folder(self, asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        assert folder is not None
        return Answer(body=self._folder(folder, box, asked))

    def make_folder(self, asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        parent, wanted = folder or box.root, asked.json
        name = wanted.get("displayName") or ""
        if not name:
            raise GraphError(400, "ErrorInvalidRequest", "A folder needs a name.")
        if any(each.parent is parent and each.name == name for each in box.folders):
            raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")
        made = MailFolder(name, parent=parent, hidden=bool(wanted.get("isHidden")))
        box.folders.append(made)
        return Answer(201, self._folder(made, box, asked))

    def change_folder(self, asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        assert folder is not None
        folder.name = asked.json.get("displayName") or folder.name
        return Answer(body=self._folder(folder, box, asked))

    def delete_folder(self, _asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        assert folder is not None
        if folder.well_known:
            raise GraphError(403, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
        for item in list(box.within(folder)):
            box.destroy(item)
        box.folders.remove(folder)
        return Answer(204)

    def move_folder(self, asked: Asked, box: Mailbox, folder: MailFolder | None) -> Answer:
        assert folder is not None
        target = self._target(asked, box)
        if asked.parts[-1] == "copy":
            folder = MailFolder(folder.name)
            box.folders.append(folder)
        folder.parent = target
        return Answer(201, self._folder(folder, box, asked))

    # Subscriptions

    def _subscription(self, asked: Asked) -> Answer:
        if asked.method == "POST" and len(asked.parts) == 1:
            made = {"id": secrets.token_hex(8), "applicationId": "app", "creatorId": "app"} | asked.json
            self.subscriptions[made["id"]] = made
            return Answer(201, made)
        if asked.method == "GET" and len(asked.parts) == 1:
            return Answer(body={"value": list(self.subscriptions.values())})
        found = self.subscriptions.get(asked.parts[1])
        if found is None:
            raise GraphError(404, "ResourceNotFound", "The object was not found.")
        if asked.method == "DELETE":
            del self.subscriptions[asked.parts[1]]
            return Answer(204)
        if asked.method == "PATCH":
            found.update(asked.json)
        return Answer(body=found)


def stamp(at: datetime) -> str:
    """A time as Graph writes it, in whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_message_id() -> str:
    return f"<{secrets.token_hex(16)}@exchange.example.org>"


ItemOperation = Callable[[Service, Asked, Mailbox, Item], Answer]
FolderOperation = Callable[[Service, Asked, Mailbox, MailFolder | None], Answer]
ITEM_OPERATIONS: dict[tuple[str, str], ItemOperation] = {
    ("GET", "messages/*"): Service.get, ("GET", "messages/*/$value"): Service.value, ("PATCH", "messages/*"): Service.change,
    ("DELETE", "messages/*"): Service.delete, ("POST", "messages/*/move"): Service.move, ("POST", "messages/*/copy"): Service.copy,
    ("POST", "messages/*/send"): Service.send, ("GET", "messages/*/attachments"): Service.files,
    ("GET", "messages/*/attachments/$count"): Service.file_count, ("POST", "messages/*/attachments"): Service.add_file,
    ("POST", "messages/*/attachments/createUploadSession"): Service.upload_session,
} | {
    ("POST", f"messages/*/{verb}"): Service.respond
    for verb in ("createReply", "createReplyAll", "createForward", "reply", "replyAll", "forward")
}  # fmt: skip
FOLDER_OPERATIONS: dict[tuple[str, str], FolderOperation] = {
    ("GET", "messages"): Service.messages, ("GET", "messages/$count"): Service.count, ("GET", "messages/delta"): Service.delta,
    ("POST", "messages"): Service.create_draft, ("POST", "sendMail"): Service.send_mail,
    ("GET", "mailFolders"): Service.folders, ("POST", "mailFolders"): Service.make_folder,
    ("GET", "mailFolders/*"): Service.get_folder,
    ("PATCH", "mailFolders/*"): Service.change_folder, ("DELETE", "mailFolders/*"): Service.delete_folder,
    ("GET", "mailFolders/*/childFolders"): Service.folders,
    ("POST", "mailFolders/*/childFolders"): Service.make_folder,
    ("POST", "mailFolders/*/move"): Service.move_folder, ("POST", "mailFolders/*/copy"): Service.move_folder,
}  # fmt: skip
