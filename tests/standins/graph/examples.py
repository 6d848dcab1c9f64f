"""Microsoft's documented requests, sent by a client that knows nothing of ours."""

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

from tests.standins.graph.mailboxes import MailFolder
from tests.standins.graph.schema import HOST, examples
from tests.standins.graph.server import TOKEN, GraphServer

MAILBOX = "x"


def sendable(server: GraphServer) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each example with ids that exist here, and whether Microsoft's own description takes it."""
    for example in examples():
        body = example["body"].encode()
        kind = example["headers"].get("content-type", "application/json")
        valid = not server.checked.request(
            example["method"], f"{HOST}/v1.0{example['path']}{example['query']}", kind, body
        )
        yield _here(server, example), valid
    server.checked.wrong_requests.clear()


def answer(server: GraphServer, example: dict[str, Any]) -> tuple[int, bytes]:
    """Send one with Python's plain client."""
    connection = HTTPConnection(server.address.removeprefix("http://"))
    try:
        headers = {name: value for name, value in example["headers"].items() if name != "content-length"}
        connection.request(
            example["method"], f"/v1.0{example['path']}{example['query']}", example["body"].encode() or None,
            headers | {"Authorization": f"Bearer {TOKEN}"},
        )  # fmt: skip
        answered = connection.getresponse()
        return answered.status, answered.read()
    finally:
        connection.close()


def _here(server: GraphServer, example: dict[str, Any]) -> dict[str, Any]:
    """The example with a mail, a folder and a subscription of this stand-in in place of those of the documentation."""
    box = server.service.mailboxes[MAILBOX]
    drafts = box.folder("drafts")
    assert drafts is not None
    parts = example["path"].strip("/").split("/")
    if len(parts) > 3 and parts[2] == "messages":
        wanted_draft = parts[-1] in ("send", "createUploadSession") or example["method"] == "PATCH"
        item = server.service.deliver(MAILBOX, b"From: a@example.net\r\nTo: x@example.net\r\nSubject: s\r\n\r\nx")
        if wanted_draft:
            box.move(item, drafts)
            item.raw, item.is_draft = None, True
            del item.fields["internetMessageHeaders"]
        parts[3] = item.usual_id.replace("/", "%2F")
    elif len(parts) > 3 and parts[2] == "mailFolders":
        folder = MailFolder("En mappe", parent=box.root)
        box.folders.append(folder)
        parts[3] = folder.id.replace("/", "%2F")
    elif parts[0] == "subscriptions" and len(parts) > 1:
        server.service.subscriptions["s"] = {"id": "s", "changeType": "created"}
        parts[1] = "s"
    return example | {"path": "/" + "/".join(parts), "body": _filled(example["body"])}


def _filled(body: str) -> str:
    """The body, with a folder and an address in place of what only stands for them."""
    filled = body.replace("destinationId-value", "archive").replace("address-value", "somebody@example.net")
    try:
        json.loads(filled or "{}")
    except ValueError:
        return re.sub(r",\s*}", "}", body)
    return filled
