"""Mail in Exchange Online, by Microsoft Graph.

A folder is read by its delta feed, with immutable ids, and listed beside it at night and after something has left it: a mail
that left a folder and came back is in no feed. A letter is a draft that is looked up before it is sent, by its own Message-ID.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import structlog

from connectors.errors import AnswerLost, ConnectorError, MailNotExported, UnknownFate, UnreachableAddress
from connectors.mail import addresses
from connectors.mail.graph.client import GraphClient, Refused, read_json
from connectors.mail.graph.cursor import Position, night
from connectors.mail.graph.draft import LARGEST, RANGE, SMALL, Draft, draft, file, filename, head
from connectors.mail.graph.known import Known
from connectors.mail.graph.tokens import EntraTokens, GraphTenant, Tokens
from connectors.mail.message import (
    AnyFolder,
    Batch,
    ChosenFolders,
    Folder,
    FoundFolder,
    Handling,
    MailAttachment,
    MessageRef,
    OtherFolder,
    Outgoing,
    folder_order,
    none_chosen,
)

log = structlog.get_logger()
WELL_KNOWN = {Folder.INBOX: "inbox", Folder.SENT: "sentitems", Folder.DRAFTS: "drafts"}
"""Names that hold in every language. Retur is a folder like any other."""
TIMES = "receivedDateTime,createdDateTime"
LATEST = {"$select": TIMES, "$orderby": "receivedDateTime desc"}
TOLD = "from,sender,subject,sentDateTime,internetMessageId"
LAST_VERB, REPLIED, FORWARDED = "Integer 0x1081", ("102", "103"), ("104",)
"""What somebody last did with a message (PidTagLastVerbExecuted): reply, reply to all; forward."""
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
        chosen: ChosenFolders = none_chosen,
    ) -> None:
        self.tenant, self._chosen = tenant, chosen
        self._client = GraphClient(tenant, tokens or EntraTokens(tenant))
        self._now, self._late = now, late_seconds
        self._lock = threading.Lock()
        self._boxes: dict[str, _Box] = {}

    def create_mailbox(self, mailbox: str) -> None:
        """Make the mailbox's Retur, where it has none. Mailboxes themselves are made by IT operations."""
        if self._returns(mailbox, look=True) is None:
            try:
                self._client.call("POST", mailbox, "/mailFolders", body={"displayName": self.tenant.returns})
            except Refused as error:
                if error.code != "ErrorFolderExists":
                    raise
            self._box(mailbox).absent_until = 0.0

    def folders(self, mailbox: str) -> Sequence[FoundFolder]:
        """List the folders that are shown, level by level; those with folders in them cost a request more."""
        self._returns(mailbox, look=True)
        keys = {role: self._folder_id(mailbox, role) for role in Folder}
        roles = {key: role for role, key in reversed(keys.items()) if key}
        found = [
            FoundFolder(each["id"], name, roles.get(each["id"]), each["totalItemCount"])
            for name, each in self._below(mailbox, "/mailFolders", "")
        ]
        return sorted(found, key=folder_order)

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: AnyFolder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        """List what the delta feed brings, and a page of the listing beside it where one is due.

        A mail that was handed out by this process, and taken, is not listed again when it is only read or flagged.
        """
        path = self._path(mailbox, folder)
        if path is None:
            return Batch((), cursor or "")
        known, position = self._known(mailbox, folder), Position.read(cursor, self._client.base)
        if position.delta or position.stuck:
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
        listed = isinstance(folder, Folder) and position.listing_due(mailbox, self._now())
        if len(found) < limit and listed:
            position = self._listing(mailbox, path, folder, position, found, known, limit - len(found))
        following = position.written()
        known.hand_out(following, found)
        return Batch(tuple(sorted(found.values(), key=lambda ref: ref.received_at)), following)

    def raw(self, mailbox: str, key: str, *, folder: AnyFolder = Folder.INBOX) -> bytes:
        """Return the message as Exchange exports it. One that it cannot export twice running never will be."""
        path = f"{_message(key)}/$value"
        try:
            return self._client.call("GET", mailbox, path).content
        except Refused as error:
            if not _unexported(error):
                raise
            header, first = self._header(mailbox, key), error
        if first.code in UNEXPORTED:
            raise MailNotExported(str(first), head=header)
        try:  # a mailbox that answers otherwise, and fails for this mail alone
            return self._client.call("GET", mailbox, path).content
        except Refused as error:
            raise MailNotExported(str(error), head=header) if _unexported(error) else error from None

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
        chosen = self._key_of(mailbox, Folder.DRAFTS)
        self._upload(
            mailbox, message, whole, f"/mailFolders/{quote(chosen, safe='')}/messages" if chosen else "/messages"
        )

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        path = self._path(mailbox, folder)
        return None if path is None else next(iter(self._with_id(mailbox, path, message_id)), None)

    def handling(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> Handling | None:
        expand = f"singleValueExtendedProperties($filter=id eq '{LAST_VERB}')"
        try:
            found = self._client.get(
                mailbox, _message(key), {"$select": "id,isRead,flag,parentFolderId", "$expand": expand}
            )
        except Refused as error:
            if error.status != 404:
                raise
            return None
        if found["parentFolderId"] != self._folder_id(mailbox, folder):
            return None
        verb = next((each.get("value") for each in found.get("singleValueExtendedProperties", [])), "")
        return Handling(
            read=bool(found.get("isRead")),
            flagged=(found.get("flag") or {}).get("flagStatus", "notFlagged") != "notFlagged",
            replied=verb in REPLIED,
            forwarded=verb in FORWARDED,
        )

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        goal = self._folder_id(mailbox, target)
        if goal is None:
            raise ConnectorError(f"{mailbox} has no folder {self.tenant.returns}; create it", retryable=False)
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
            position = replace(position, night=position.night or night(mailbox, self._now()))
        while True:
            size = f"odata.maxpagesize={max(1, limit - len(found))}"
            try:
                page = self._client.get(mailbox, link, params, prefer=(size,))
            except Refused as error:
                if error.code not in UNEXPORTED:
                    raise
                self._by_halves(mailbox, path, found, known, Span(0, limit))
                # What is not among the latest, a listing finds.
                return replace(position, gone=True, stuck=position.stuck + 1)
            gone = [each["id"] for each in page["value"] if "@removed" in each]
            if gone:
                known.forget(gone)
                for each in gone:
                    found.pop(each, None)
            _add(found, page["value"], known)
            following, ended = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
            position = replace(position, delta=following or ended or "", gone=position.gone or bool(gone), stuck=0)
            if following is None or len(found) >= limit:
                return position
            link, params = following, None

    def _listing(
        self,
        mailbox: str,
        path: str,
        folder: AnyFolder,
        position: Position,
        found: dict[str, MessageRef],
        known: Known,
        limit: int,
    ) -> Position:
        """Look through one page of all that lies there, the latest first; after the last page the listing is over."""
        now, params = self._now(), None
        if not position.listing:
            params = {**LATEST, "$top": str(max(1, limit))}
            if folder is Folder.SENT:
                params["$filter"] = f"receivedDateTime ge {now - timedelta(days=SENT_DAYS):%Y-%m-%dT%H:%M:%SZ}"
            position = replace(position, night=night(mailbox, now), gone=False, begun=int(now.timestamp()))
        try:
            page = self._client.get(mailbox, position.listing or f"{path}", params)
        except Refused as error:
            if error.code in UNEXPORTED:
                return self._listing_by_halves(mailbox, path, position, params, found, known)
            if error.status not in (400, 404, 410) or not position.listing:
                raise
            return replace(position, listing="", gone=True)  # the link died: once more, after a pause
        _add(found, page["value"], known)
        return replace(position, listing=page.get("@odata.nextLink") or "")

    def _listing_by_halves(
        self,
        mailbox: str,
        path: str,
        position: Position,
        params: dict[str, str] | None,
        found: dict[str, MessageRef],
        known: Known,
    ) -> Position:
        """Look through a page of the listing that Exchange cannot give as a whole; its links are ours from here on."""
        asked = params or dict(parse_qsl(urlsplit(position.listing).query))
        span = Span(int(asked.get("$skip") or 0), int(asked.get("$top") or 10))
        self._by_halves(mailbox, path, found, known, span, asked)
        following = urlencode({**asked, "$skip": span.skip + span.top})
        return replace(position, listing=f"{self._client.address(mailbox, path)}?{following}")

    def _by_halves(
        self,
        mailbox: str,
        path: str,
        found: dict[str, MessageRef],
        known: Known,
        whole: "Span",
        asked: Mapping[str, str] = LATEST,
    ) -> None:
        """List what a page holds though a mail in it is damaged, by halves until that one is alone.

        Of that one the id alone is asked for: whoever fetches it is told that it cannot be exported.
        """
        spans = [whole]
        while spans:
            span = spans.pop()
            query = {**asked, "$skip": str(span.skip), "$top": str(span.top)}
            try:
                page = self._client.get(mailbox, path, query)["value"]
            except Refused as error:
                if error.code not in UNEXPORTED:
                    raise
                spans += span.halves()
                page = [] if span.top > 1 else self._bare(mailbox, path, query)
            _add(found, page, known)

    def _bare(self, mailbox: str, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the id of a single mail of which nothing else can be read; nothing where not even that can."""
        try:
            return list(self._client.get(mailbox, path, {**query, "$select": "id"})["value"])
        except Refused as error:
            if error.code not in UNEXPORTED:
                raise
            log.warning("mail_not_listed", mailbox=mailbox)
            return []

    def _header(self, mailbox: str, key: str) -> bytes:
        """Return the header of a mail that cannot be exported; an empty one where the mailbox answers, but for this mail."""
        try:
            return head(self._client.get(mailbox, _message(key), {"$select": TOLD}))
        except Refused as error:
            if not _unexported(error):
                raise
            self._client.get(mailbox, "/mailFolders/inbox", {"$select": "id"})
            return b"\r\n"

    def _known(self, mailbox: str, folder: AnyFolder) -> Known:
        """Return what was handed out of a folder; of one without a role nothing is remembered."""
        if isinstance(folder, OtherFolder):
            return Known()
        return self._box(mailbox).known.setdefault(folder, Known())

    # Folders

    def _box(self, mailbox: str) -> _Box:
        with self._lock:
            return self._boxes.setdefault(addresses.key(mailbox), _Box())

    def _below(self, mailbox: str, path: str, above: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the folders below one with their names, and those below them."""
        link: str | None = path
        params: dict[str, str] | None = {"$top": "100", "$select": "id,displayName,totalItemCount,childFolderCount"}
        while link:
            page = self._client.get(mailbox, link, params)
            for each in page["value"]:
                name = f"{above}{each['displayName']}"
                yield name, each
                if each.get("childFolderCount"):
                    below = f"/mailFolders/{quote(each['id'], safe='')}/childFolders"
                    yield from self._below(mailbox, below, f"{name}/")
            link, params = page.get("@odata.nextLink"), None

    def _key_of(self, mailbox: str, folder: AnyFolder) -> str | None:
        """Return the id of a folder that people have chosen, or that is asked for by its id."""
        if isinstance(folder, OtherFolder):
            return folder.key
        return None if folder is Folder.INBOX else self._chosen(mailbox).get(folder)

    def _path(self, mailbox: str, folder: AnyFolder) -> str | None:
        name = self._key_of(mailbox, folder)
        if name is None and isinstance(folder, Folder):
            name = self._returns(mailbox) if folder is Folder.RETURNS else WELL_KNOWN[folder]
        return None if name is None else f"/mailFolders/{quote(name, safe='')}/messages"

    def _folder_id(self, mailbox: str, folder: Folder) -> str | None:
        """Return a folder's id; None where there is none."""
        if (chosen := self._key_of(mailbox, folder)) is not None:
            return chosen
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
        quoted = self.tenant.returns.replace("'", "''")
        params = {"$filter": f"displayName eq '{quoted}'", "$select": "id,displayName"}
        for path in ("/mailFolders", "/mailFolders/inbox/childFolders"):
            named = [
                each
                for each in self._client.get(mailbox, path, params)["value"]
                if each["displayName"] == self.tenant.returns
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

    def _upload(self, mailbox: str, message: Outgoing, letter: Draft, path: str = "/messages") -> str:
        """Make a draft with all its files, in Exchange's own Drafts unless `path` is another's; return its key."""
        try:
            answer = self._client.call("POST", mailbox, path, body=letter.content)
        except Refused as error:
            raise _unreachable(message, error) from error
        made = read_json(answer)
        key = str(made["id"])
        if made.get("internetMessageId") != message.message_id:
            self._delete(mailbox, key)
            raise ConnectorError(f"{mailbox}: Exchange Online gives a letter another Message-ID", retryable=False)
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
        address = str(read_json(answer)["uploadUrl"])
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


@dataclass(frozen=True, slots=True)
class Span:
    """Some mails of a folder, in the order of a list: `top` of them after the first `skip`."""

    skip: int
    top: int

    def halves(self) -> list["Span"]:
        """Return its two halves; nothing of a single mail."""
        half = self.top // 2
        return [Span(self.skip, half), Span(self.skip + half, self.top - half)] if half else []


def _message(key: str) -> str:
    return f"/messages/{quote(key, safe='')}"


def _unexported(error: Refused) -> bool:
    return error.status == 500 or error.code in UNEXPORTED


def _add(found: dict[str, MessageRef], page: list[dict[str, Any]], known: Known) -> None:
    for each in page:
        key = each.get("id")
        if key and "@removed" not in each and key not in known:
            found[key] = MessageRef(key, _moment(each))


def _moment(each: dict[str, Any]) -> datetime:
    """Return when a mail came; a draft never did, so when it was made."""
    for stamp in (each.get("receivedDateTime"), each.get("createdDateTime")):
        with suppress(ValueError, TypeError, OverflowError):
            return datetime.fromisoformat(str(stamp)).astimezone(UTC)
    return datetime.now(UTC)


def _unreachable(message: Outgoing, error: Refused) -> ConnectorError:
    if message.needs_smtputf8 and error.code == "ErrorInvalidRecipients":
        return UnreachableAddress("Exchange Online does not carry addresses with letters beyond A to Z (SMTPUTF8)")
    return error
