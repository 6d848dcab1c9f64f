"""Mail in Exchange Online, by Microsoft Graph.

A folder is read by its delta feed, with immutable ids, and listed beside it at night and after something has left it: a mail
that left a folder and came back is in no feed. A letter is a draft that is looked up before it is sent, by its own Message-ID.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.errors import AnswerLost, ConnectorError, MailNotExported, UnknownFate, UnreachableAddress
from connectors.mail import addresses
from connectors.mail.graph.client import GraphClient, Refused
from connectors.mail.graph.cursor import Position, night
from connectors.mail.graph.draft import LARGEST, RANGE, SMALL, Draft, draft, file, filename, head
from connectors.mail.graph.known import Known
from connectors.mail.graph.tokens import EntraTokens, GraphTenant, Tokens
from connectors.mail.message import Batch, Folder, MailAttachment, MessageRef, Outgoing

WELL_KNOWN = {Folder.INBOX: "inbox", Folder.SENT: "sentitems", Folder.DRAFTS: "drafts"}
"""Names that hold in every language. Retur is a folder like any other."""
TIMES = "receivedDateTime,createdDateTime"
TOLD = "from,sender,subject,sentDateTime,internetMessageId"
SENT_DAYS = 31
"""How far back Sent is listed at night: an answer that was older is none to an open enquiry."""
UNEXPORTED = frozenset({
    "ErrorContentConversionFailed", "ErrorMimeContentConversionFailed", "ErrorMimeContentInvalid", "ErrorCorruptData",
    "ErrorItemCorrupt", "ErrorMessageSizeExceeded",
})  # fmt: skip
LATE_SECONDS = 6.0
"""How long the copy in Sent is waited for. One that never comes is no reason to send again."""
FIRST_LOOK = 0.1
ABSENT_SECONDS = 600.0
"""How long it is believed that a mailbox has no Retur."""


@dataclass
class _Box:
    """What is remembered of a mailbox. `folders` are ids; `absent_until` is on the clock that never goes back."""

    folders: dict[Folder, str] = field(default_factory=dict)
    absent_until: float = 0.0
    known: dict[Folder, Known] = field(default_factory=dict)


class GraphGateway:
    """A MailGateway to the mailboxes of an organisation in Exchange Online.

    `late_seconds` is how long the copy in Sent is waited for.
    """

    def __init__(
        self,
        tenant: GraphTenant,
        tokens: Tokens | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        late_seconds: float = LATE_SECONDS,
    ) -> None:
        self._retur = tenant.returns
        self._client = GraphClient(tenant, tokens or EntraTokens(tenant))
        self._now, self._late = now, late_seconds
        self._lock = threading.Lock()
        self._boxes: dict[str, _Box] = {}

    def create_mailbox(self, mailbox: str) -> None:
        """Make the mailbox's Retur, where it has none. Mailboxes themselves are made by IT operations."""
        if self._returns(mailbox, look=True) is None:
            try:
                self._client.call("POST", mailbox, "/mailFolders", body={"displayName": self._retur})
            except Refused as error:
                if error.code != "ErrorFolderExists":
                    raise
            self._box(mailbox).absent_until = 0.0

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: Folder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        """List what the delta feed brings, and a page of the listing beside it where one is due.

        A mail that was handed out by this process, and taken, is not listed again when it is only read or flagged.
        """
        path = self._path(mailbox, folder)
        if path is None:
            return Batch((), cursor or "")
        known, position = self._known(mailbox, folder), Position.read(cursor, self._client.base)
        if position.delta:
            known.confirm(cursor or "")
        else:
            known.forget()
        found: dict[str, MessageRef] = {}
        try:
            position = self._changes(mailbox, path, position, found, known, limit)
        except Refused as error:
            if error.status != 410:
                raise
            known.forget()
            found.clear()
            position = self._changes(mailbox, path, Position(), found, known, limit)
        if len(found) < limit and position.listing_due(mailbox, self._now()):
            position = self._listing(mailbox, path, folder, position, found, known, limit - len(found))
        following = position.written()
        known.hand_out(following, found)
        return Batch(tuple(sorted(found.values(), key=lambda ref: ref.received_at)), following)

    def raw(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> bytes:
        """Return the message as Exchange exports it. One that it cannot export twice running never will be."""
        path = f"{_message(key)}/$value"
        try:
            return self._client.call("GET", mailbox, path).content
        except Refused as error:
            if not _unexported(error):
                raise
            told, first = self._told(mailbox, key), error
        if first.code in UNEXPORTED:
            raise MailNotExported(str(first), head=told)
        try:  # a mailbox that answers otherwise, and fails for this mail alone
            return self._client.call("GET", mailbox, path).content
        except Refused as error:
            raise MailNotExported(str(error), head=told) if _unexported(error) else error from None

    def mark_taken(self, mailbox: str, key: str) -> None:
        for last in (False, True):
            try:
                self._client.call("PATCH", mailbox, _message(key), body={"isRead": True})
                return
            except Refused as error:
                if error.status == 404:
                    return  # somebody deleted it
                if error.status != 412 or last:
                    raise

    def send(self, message: Outgoing, *, again: bool = False) -> None:
        """Send a letter: look for it, else make its draft, then send that. Headers but X- ones and Reply-To are Exchange's own."""
        self._check(message)
        if self._sent(message.sender, message.message_id):
            return
        found = self._draft_of(message)
        if again:
            if found is None:
                self._decide_fate(message)
                return
            time.sleep(min(self._late, 1.0))  # a letter that has just been accepted may lie there for a moment
            if self._sent(message.sender, message.message_id):
                return
            found = self._draft_of(message)
            if found is None:
                raise AnswerLost(f"{message.sender}: a letter is leaving just now")
        letter = draft(message, automatic=not message.personal)
        if found is not None and not self._whole(message, found):
            self._delete(message.sender, found)
            found = None
        self._dispatch(message, found or self._upload(message.sender, message, letter))

    def save_draft(self, mailbox: str, message: Outgoing) -> None:
        """Put a letter into Drafts. It may lie anywhere in the mailbox: sent, thrown away, or moved."""
        self._check(message)
        found = self._anywhere(mailbox, message.message_id)
        if any(not each["isDraft"] for each in found):
            return
        whole = draft(message, automatic=False)
        if found and not whole.later:
            return
        if found:
            if all(self._whole(message, each["id"], mailbox) for each in found):
                return
            for each in found:
                self._delete(mailbox, each["id"])
        self._upload(mailbox, message, whole)

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        path = self._path(mailbox, folder)
        return None if path is None else next(iter(self._with_id(mailbox, path, message_id)), None)

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        goal = self._folder_id(mailbox, target)
        if goal is None:
            raise ConnectorError(f"{mailbox} has no folder {self._retur}; create it", retryable=False)
        lies = self._client.get(mailbox, _message(key), {"$select": "parentFolderId"})["parentFolderId"]
        if lies != goal:
            self._client.call("POST", mailbox, f"{_message(key)}/move", body={"destinationId": goal})

    def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
        self._delete(mailbox, key)

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._client.close()

    # Reading a folder

    def _changes(
        self, mailbox: str, path: str, position: Position, found: dict[str, MessageRef], known: Known, limit: int
    ) -> Position:
        """Follow the feed until it ends or `limit` mails are found. An empty page is not the end."""
        link, params = position.delta, None
        if not link:
            link, params = f"{path}/delta", {"$select": TIMES}
            position = Position(night=night(mailbox, self._now()))
        while True:
            page = self._client.get(mailbox, link, params, prefer=(f"odata.maxpagesize={max(1, limit - len(found))}",))
            gone = [each["id"] for each in page["value"] if "@removed" in each]
            if gone:
                known.forget(gone)
                for each in gone:
                    found.pop(each, None)
            _add(found, page["value"], known)
            following, ended = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
            position = replace(position, delta=following or ended or "", gone=position.gone or bool(gone))
            if following is None or len(found) >= limit:
                return position
            link, params = following, None

    def _listing(
        self,
        mailbox: str,
        path: str,
        folder: Folder,
        position: Position,
        found: dict[str, MessageRef],
        known: Known,
        limit: int,
    ) -> Position:
        """Look through one page of all that lies there, the latest first; after the last page the listing is over."""
        now, params = self._now(), None
        if not position.listing:
            params = {"$select": TIMES, "$orderby": "receivedDateTime desc", "$top": str(max(1, limit))}
            if folder is Folder.SENT:
                params["$filter"] = f"receivedDateTime ge {now - timedelta(days=SENT_DAYS):%Y-%m-%dT%H:%M:%SZ}"
            position = replace(position, night=night(mailbox, now), gone=False, begun=int(now.timestamp()))
        try:
            page = self._client.get(mailbox, position.listing or f"{path}", params)
        except Refused as error:
            if error.status not in (400, 404, 410) or not position.listing:
                raise
            return replace(position, listing="", gone=True)  # the link died: once more, after a pause
        _add(found, page["value"], known)
        return replace(position, listing=page.get("@odata.nextLink") or "")

    def _told(self, mailbox: str, key: str) -> bytes:
        """Return the header of a mail that cannot be exported."""
        try:
            return head(self._client.get(mailbox, _message(key), {"$select": TOLD}))
        except Refused as error:
            if error.code not in UNEXPORTED:
                raise
            return b"\r\n"

    def _known(self, mailbox: str, folder: Folder) -> Known:
        return self._box(mailbox).known.setdefault(folder, Known())

    # Folders

    def _box(self, mailbox: str) -> _Box:
        with self._lock:
            return self._boxes.setdefault(addresses.key(mailbox), _Box())

    def _path(self, mailbox: str, folder: Folder) -> str | None:
        name = self._returns(mailbox) if folder is Folder.RETURNS else WELL_KNOWN[folder]
        return None if name is None else f"/mailFolders/{quote(name, safe='')}/messages"

    def _folder_id(self, mailbox: str, folder: Folder) -> str | None:
        """Return a folder's id; None where there is none."""
        if folder is Folder.RETURNS:
            return self._returns(mailbox)
        folders = self._box(mailbox).folders
        if folder not in folders:
            folders[folder] = self._client.get(mailbox, f"/mailFolders/{WELL_KNOWN[folder]}", {"$select": "id"})["id"]
        return folders[folder]

    def _returns(self, mailbox: str, *, look: bool = False) -> str | None:
        """Return the id of Retur, beside the inbox or in it. That it is absent is believed for a while, but for `look`."""
        box = self._box(mailbox)
        if Folder.RETURNS in box.folders and not look:
            return box.folders[Folder.RETURNS]
        if box.absent_until > time.monotonic() and not look:
            return None
        quoted = self._retur.replace("'", "''")
        params = {"$filter": f"displayName eq '{quoted}'", "$select": "id,displayName"}
        for path in ("/mailFolders", "/mailFolders/inbox/childFolders"):
            named = [
                each for each in self._client.get(mailbox, path, params)["value"] if each["displayName"] == self._retur
            ]
            if named:
                box.folders[Folder.RETURNS] = named[0]["id"]
                return box.folders[Folder.RETURNS]
        box.folders.pop(Folder.RETURNS, None)
        box.absent_until = time.monotonic() + ABSENT_SECONDS
        return None

    # Looking for a letter

    def _with_id(self, mailbox: str, path: str, message_id: str) -> list[str]:
        return [each["id"] for each in self._matching(mailbox, path, message_id)]

    def _anywhere(self, mailbox: str, message_id: str) -> list[dict[str, Any]]:
        """Return what a mailbox has by that Message-ID, in whatever folder."""
        return self._matching(mailbox, "/messages", message_id)

    def _matching(self, mailbox: str, path: str, message_id: str) -> list[dict[str, Any]]:
        quoted = message_id.replace("'", "''")
        params = {"$filter": f"internetMessageId eq '{quoted}'", "$select": "id,internetMessageId,isDraft"}
        found = self._client.get(mailbox, path, params)["value"]
        return [each for each in found if each.get("internetMessageId") == message_id]

    def _sent(self, mailbox: str, message_id: str) -> bool:
        """Tell whether a letter has left; its copy may have been moved out of Sent."""
        return any(not each["isDraft"] for each in self._anywhere(mailbox, message_id))

    def _draft_of(self, message: Outgoing) -> str | None:
        found = self._with_id(message.sender, "/mailFolders/drafts/messages", message.message_id)
        return found[0] if found else None

    def _wait_for_copy(self, message: Outgoing) -> bool:
        """Look into Sent, for some seconds; return whether the copy came."""
        until, pause = time.monotonic() + self._late, FIRST_LOOK
        while not self._sent(message.sender, message.message_id):
            if time.monotonic() + pause > until:
                return False
            time.sleep(pause)
            pause *= 2
        return True

    def _decide_fate(self, message: Outgoing) -> None:
        """End well where an earlier try had its effect.

        Raises:
            UnknownFate: neither Sent nor, where we may look there, the recipient's mailbox tells.
        """
        if self._wait_for_copy(message) or self._arrived(message):
            return
        raise UnknownFate(f"{message.sender}: a letter is neither among the drafts nor in Sent, so it may have left")

    def _arrived(self, message: Outgoing) -> bool:
        try:
            return self._sent(message.recipient, message.message_id)
        except Refused as error:
            if error.status not in (403, 404):
                raise
            return False  # no mailbox of ours

    # Sending

    def _check(self, message: Outgoing) -> None:
        for each in (message.sender, message.recipient):
            if addresses.parse(each) is None:
                raise ConnectorError(f"{each!r} is no mail address", retryable=False)
        if any(len(each.content) > LARGEST for each in message.attachments):
            raise ConnectorError("a file is larger than 150 MB, more than Exchange Online takes", retryable=False)

    def _upload(self, mailbox: str, message: Outgoing, letter: Draft) -> str:
        """Make a draft with all its files; return its key."""
        try:
            answer = self._client.call("POST", mailbox, "/messages", body=letter.content)
        except Refused as error:
            raise _unreachable(message, error) from error
        key = str(answer.json()["id"])
        for each in letter.later:
            self._attach(mailbox, key, each)
        return key

    def _attach(self, mailbox: str, key: str, attachment: MailAttachment) -> None:
        path = f"{_message(key)}/attachments"
        if len(attachment.content) < SMALL:
            self._client.call("POST", mailbox, path, body=file(attachment))
            return
        content, size = attachment.content, len(attachment.content)
        item = {"attachmentType": "file", "name": filename(attachment), "size": size}
        answer = self._client.call("POST", mailbox, f"{path}/createUploadSession", body={"AttachmentItem": item})
        address = str(answer.json()["uploadUrl"])
        for start in range(0, size, RANGE):
            self._client.put_range(mailbox, address, content[start : start + RANGE], start, size)

    def _whole(self, message: Outgoing, key: str, mailbox: str | None = None) -> bool:
        """Tell whether a draft has all its files: whoever made it may have been killed meanwhile."""
        params = {"$select": "id", "$top": "100"}
        found = self._client.get(mailbox or message.sender, f"{_message(key)}/attachments", params)["value"]
        return len(found) == len(message.attachments)

    def _dispatch(self, message: Outgoing, key: str) -> None:
        """Send a draft.

        Raises:
            AnswerLost: it may have left.
        """
        for last in (False, True):
            try:
                self._client.call("POST", message.sender, f"{_message(key)}/send", effect=True)
                break
            except Refused as error:
                if error.status == 404:  # it was there a moment ago
                    raise AnswerLost(f"{message.sender}: a draft is gone that was to be sent") from error
                if error.status != 412 or last:
                    raise _unreachable(message, error) from error
        self._wait_for_copy(message)

    def _delete(self, mailbox: str, key: str) -> None:
        """Delete a message for good: the first time Exchange only throws it into Deleted Items."""
        for _ in range(2):
            try:
                self._client.call("DELETE", mailbox, _message(key))
            except Refused as error:
                if error.status != 404:
                    raise
                return


def _message(key: str) -> str:
    return f"/messages/{quote(key, safe='')}"


def _unexported(error: Refused) -> bool:
    return error.status == 500 or error.code in UNEXPORTED


def _add(found: dict[str, MessageRef], page: list[dict[str, Any]], known: Known) -> None:
    for each in page:
        if "@removed" not in each and each["id"] not in known:
            found[each["id"]] = MessageRef(each["id"], _moment(each))


def _moment(each: dict[str, Any]) -> datetime:
    """Return when a mail came; a draft never did, so when it was made."""
    stamp = each.get("receivedDateTime") or each.get("createdDateTime")
    return datetime.fromisoformat(stamp).astimezone(UTC) if stamp else datetime.now(UTC)


def _unreachable(message: Outgoing, error: Refused) -> ConnectorError:
    if message.needs_smtputf8 and error.code == "ErrorInvalidRecipients":
        return UnreachableAddress("Exchange Online does not carry addresses with letters beyond A to Z (SMTPUTF8)")
    return error
