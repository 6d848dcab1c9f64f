"""Sources of labelled history.

Folders of .eml, mbox files, JSONL, and units' own mailboxes. Positions are kept, not bytes.
"""

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from connectors.errors import ConnectorError
from connectors.mail.compose import compose
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Outgoing
from connectors.mail.reading import files
from connectors.mail.reading.files import NotAMail
from learning import labelled

MAILBOX = "mailbox:"
NOBODY = "unknown@example.invalid"
PAGE = 500


class SourceMissing(Exception):
    """A source that does not exist. The text names it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A mail that can be read. `unit` is what its source calls the unit; `at` is None where it has no usable date."""

    name: str
    unit: str
    at: datetime | None
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Broken:
    """An item that is not imported, and the reason."""

    name: str
    reason: str


Found = Item | Broken


def found(
    source: str, gateway: MailGateway | None, *, now: datetime, scratch: Path, label_field: str
) -> Iterator[Found]:
    """Yield every mail of a source, and every other item.

    Args:
        source: a path, or mailbox:ADDRESS.
        gateway: for mailbox:ADDRESS.
        now: a mail from after now has no usable date.
        scratch: a folder that outlives the items; packed files are unpacked there.
        label_field: the field of a JSONL row that names the unit.

    Raises:
        SourceMissing: there is nothing of that name.
    """
    if source.startswith(MAILBOX):
        return _mailbox(source.removeprefix(MAILBOX), gateway)
    path = Path(source)
    if not path.exists():
        raise SourceMissing(f"{source}: there is no such file or folder")
    return (
        _folder(path, now, scratch, label_field) if path.is_dir() else _file(path, path.name, now, scratch, label_field)
    )


def _mailbox(address: str, gateway: MailGateway | None) -> Iterator[Found]:
    if gateway is None:
        raise SourceMissing(f"{MAILBOX}{address}: mailboxes can be read where Sluse is set up only")
    cursor = None
    while True:
        try:
            batch = gateway.new_messages(address, cursor, limit=PAGE)
        except ConnectorError as error:
            raise SourceMissing(f"{MAILBOX}{address}: {error}") from error
        for ref in batch.messages:
            read = partial(_from_mailbox, gateway, address, ref.key)
            yield Item(f"{address}/{ref.key}", address, ref.received_at, read)
        if not batch.messages:
            return
        cursor = batch.cursor


def _from_mailbox(gateway: MailGateway, address: str, key: str) -> bytes:
    try:
        return gateway.raw(address, key)
    except ConnectorError as error:
        raise OSError(str(error)) from error


def _folder(root: Path, now: datetime, scratch: Path, label_field: str) -> Iterator[Found]:
    """A subfolder is a unit, whatever lies below it. A folder that holds .eml files itself is one unit, with all below."""
    paths = list(files.under(root))
    is_unit = any(path.parent == root and path.suffix.lower() == ".eml" for path in paths)
    for path in paths:
        parts = path.relative_to(root).parts
        shown = "/".join((root.resolve().name, *parts))
        if is_unit:
            yield _eml(files.Filed(root.resolve().name, shown, path), now)
        elif len(parts) > 1:
            yield _eml(files.Filed(parts[0], shown, path), now)
        else:
            yield from _file(path, shown, now, scratch, label_field)


def _file(path: Path, shown: str, now: datetime, scratch: Path, label_field: str) -> Iterator[Found]:
    """Yield the mails of one file. An mbox file is named after a unit; of JSONL each row names its own."""
    if path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        yield from _jsonl(path, shown, now, scratch, label_field)
        return
    try:
        mbox = files.is_mbox(path)
    except OSError as error:
        yield Broken(shown, _fault(error))
        return
    if not mbox:
        yield Broken(shown, "it is neither a folder of .eml, nor mbox, nor JSONL")
        return
    for mail in files.mbox(path, path.stem if path.suffix.lower() == ".mbox" else path.name, shown):
        yield _eml(mail, now)


def _eml(mail: files.Filed, now: datetime) -> Found:
    try:
        return Item(mail.name, mail.group, files.dated(mail.read(), now), mail.read)
    except OSError as error:
        return Broken(mail.name, _fault(error))
    except NotAMail as error:
        return Broken(mail.name, str(error))


def _jsonl(path: Path, shown: str, now: datetime, scratch: Path, label_field: str) -> Iterator[Found]:
    try:
        plain = _unpacked(path, scratch) if path.suffix == ".gz" else path
        start = 0
        with plain.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _row(
                        line, f"{shown}, line {number}", partial(_line, plain, start, len(line)), now, label_field
                    )
                start += len(line)
    except (OSError, EOFError, zlib.error) as error:
        yield Broken(shown, _fault(error))


def _unpacked(path: Path, scratch: Path) -> Path:
    """Packed rows cannot be read from their middle."""
    with gzip.open(path) as packed, tempfile.NamedTemporaryFile(dir=scratch, delete=False) as plain:
        shutil.copyfileobj(packed, plain)
    return Path(plain.name)


def _row(line: bytes, name: str, read: Callable[[], bytes], now: datetime, label_field: str) -> Found:
    try:
        row = labelled.parse_row(line, name)
        raw = _mail(row)
    except labelled.LabelledDataError as error:
        return Broken(name, str(error).removeprefix(f"{name}: "))
    except NotAMail as error:
        return Broken(name, str(error))
    if not row.get(label_field):
        return Broken(name, f"it has no {label_field}")
    return Item(
        name, str(row[label_field]), _time(row, now) or (files.dated(raw, now) if row.get("raw") else None), read
    )


def _line(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return _mail(labelled.parse_row(file.read(length), path.name))


def _mail(row: labelled.Row) -> bytes:
    """Return the mail of a row.

    Without a mail of its own, one is made of what the row says: the same row, the same bytes.
    """
    if row.get("raw"):
        raw = str(row["raw"]).encode("utf-8", "replace")
        files.check(raw)
        return raw
    text = row.get("text") or row.get("body") or ""
    subject = "" if row.get("text") else row.get("subject") or ""
    if not (text + subject).strip():
        raise NotAMail("it has no text")
    return compose(Outgoing(f"<{row['id']}@history.invalid>", NOBODY, NOBODY, subject, text), automatic=False)


def _time(row: labelled.Row, now: datetime) -> datetime | None:
    value = row.get("time") or row.get("date")
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at if at.year >= files.EARLIEST and at <= now else None


def _fault(error: Exception) -> str:
    return f"it cannot be read: {getattr(error, 'strerror', None) or error}"
