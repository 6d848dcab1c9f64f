"""Raw bytes → ParsedMail. Pure, and as tolerant as a mail client; run it in a child process (parser.py)."""

import mimetypes
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice

from connectors.mail.message import MailAttachment, ParsedMail
from connectors.mail.reading import charsets, enclosing, headers, html, parameters, pgp, stub, transfer, tree, uuencode
from connectors.mail.reading.limits import Limits, MailUnreadable, prescan
from connectors.mail.reading.notes import ReadingNotes, Repair
from connectors.mail.reading.opening import Choice, Leaf, Opener
from connectors.mail.reading.tree import MimePart

INVITATION = "invitation"


def parse(raw: bytes, limits: Limits = Limits()) -> ParsedMail:  # noqa: B008 - a frozen value
    """Read a mail.

    Raises:
        MailUnreadable: it breaks a limit, or the parser breaks on it.
    """
    try:
        prescan(raw, limits)
        notes = ReadingNotes()
        return _parsed(tree.read(raw, limits, notes), limits, notes)
    except MailUnreadable:
        raise
    except RecursionError as error:
        raise MailUnreadable("too_deep") from error
    except MemoryError as error:
        raise MailUnreadable("memory") from error
    except Exception as error:
        raise MailUnreadable("broken", type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class _Body:
    """A part that is read in the mail itself. `choice` is the multipart/alternative it stands in, if any."""

    text: str
    is_html: bool
    choice: Choice


@dataclass(slots=True)
class _Content:
    bodies: list[_Body] = field(default_factory=list)
    attachments: list[MailAttachment] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    """What recognition needs to know of the parts, as if it were a header."""


def _parsed(mail: MimePart, limits: Limits, notes: ReadingNotes, depth: int = 0) -> ParsedMail:
    content = _content(mail, limits, notes)
    silent = _silent(content.bodies, limits, notes)
    named = headers.correspondents(mail, limits)
    text = pgp.without_armour("\n".join(_texts(content.bodies, silent, limits)).strip(), notes)
    enclosed = _enclosed(mail, content, limits, notes, depth)
    ids = headers.message_ids(headers.value(mail, "Message-ID", limits))
    replied = headers.message_ids(headers.value(mail, "In-Reply-To", limits))
    referred = headers.message_ids(headers.value(mail, "References", Limits(header_chars=limits.header_bytes)))
    return ParsedMail(
        subject=headers.value(mail, "Subject", limits)[:500],
        sender_name=named.writer.name,
        sender_address=named.writer.address,
        recipients=headers.recipients(mail, limits),
        copied=headers.copied(mail, limits),
        message_id=ids[0] if ids else None,
        in_reply_to=replied[0] if replied else None,
        references=tuple(dict.fromkeys((*referred, *reversed(replied[1:])))),
        text=enclosing.with_words(text, enclosed)[: limits.text_chars],
        html=_page(content.bodies, limits),
        attachments=tuple(content.attachments),
        headers=(*headers.kept(mail, limits), *content.notes),
        repairs=tuple(notes.repairs),
        unread=tuple(notes.unread),
        correspondents=named,
        enclosed=enclosed,
    )


def _enclosed(
    mail: MimePart, content: _Content, limits: Limits, notes: ReadingNotes, depth: int
) -> tuple[ParsedMail, ...]:
    """Parse the whole mails that lie in this one. Those of a report or a digest are not its matter."""
    if depth >= enclosing.DEEPEST or mail.kind() in enclosing.OTHER_MATTER:
        return ()
    found = []
    for raw in islice(filter(None, map(enclosing.mail_in, content.attachments)), enclosing.MOST):
        with suppress(MailUnreadable):
            prescan(raw, limits)
            inner = _parsed(tree.read(raw, limits, notes), limits, notes, depth + 1)
            found.append(replace(inner, attachments=()))
    return tuple(found)


def _content(mail: MimePart, limits: Limits, notes: ReadingNotes) -> _Content:
    content = _Content()
    opener = Opener(limits, notes, _bytes, lambda part: _claimed_name(part, limits) or "")
    leaves = list(opener.leaves(mail))
    named = _named_body(leaves, limits)
    for part, choice in leaves:
        kind = part.kind()
        if (part is named or _is_body(part, kind, limits)) and not _is_opaque(part):
            _read_body(content, part, kind, choice, limits, notes)
        else:
            if kind == "text/calendar" and (choice is not None or _asks(part)):
                content.notes = [(INVITATION, "beside the text")]
            content.attachments.append(_attachment(part, kind, len(content.attachments), limits, notes))
    return content


def _read_body(
    content: _Content, part: MimePart, kind: str, choice: Choice, limits: Limits, notes: ReadingNotes
) -> None:
    """Read a part's text, and the files within it. These stand as letters in the text."""
    raw = _bytes(part, notes, is_text=True)
    charset = _charset(part)
    is_html = kind == "text/html"
    if not is_html:
        raw, files = uuencode.split(raw, notes)
        for each in files:
            name = headers.filename(charsets.decode(each.name, charset), limits)
            content.attachments.append(_file(name, _guessed(name), len(content.attachments), each.content, limits))
    text = headers.clean(charsets.read(raw, charset, notes, within=html.charset(raw) if is_html else None))
    is_html = is_html or html.is_page(text)
    content.bodies.append(_Body(html.squeeze(text) if is_html else text, is_html, choice))


def _guessed(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _silent(bodies: list[_Body], limits: Limits, notes: ReadingNotes) -> frozenset[Choice]:
    """The alternatives whose plain text says nothing that their page does not say."""
    silent = set()
    for choice in {body.choice for body in bodies if body.is_html} - {None}:
        plain = "\n".join(body.text for body in bodies if body.choice == choice and not body.is_html)
        if not plain.strip() or len(plain) > stub.SHORT:
            continue
        pages = (body.text for body in bodies if body.choice == choice and body.is_html)
        if stub.says_nothing(plain, "\n".join(html.to_text(page, limits.html_bytes) for page in pages)):
            notes.mended(Repair.STUB)
            silent.add(choice)
    return frozenset(each for each in silent if each is not None)


def _asks(calendar: MimePart) -> bool:
    """Tell whether a calendar part wants something.

    Something of whoever gets it, rather than being a file sent along (RFC 5546).
    """
    try:
        method = calendar.get_param("method", "")
    except (LookupError, ValueError, TypeError, AttributeError):
        return False
    return str(method).upper() in ("REQUEST", "REPLY", "CANCEL", "COUNTER", "REFRESH", "DECLINECOUNTER")


def _texts(bodies: list[_Body], silent: frozenset[Choice], limits: Limits) -> Iterator[str]:
    """Yield the text of each body in reading order. Of alternatives it is the plain one, where that says anything."""
    plain = {body.choice for body in bodies if not body.is_html and body.text.strip()} - {None} - silent
    said: set[str] = set()
    for body in bodies:
        if body.choice in (plain if body.is_html else silent):
            continue
        text = headers.clean(html.to_text(body.text, limits.html_bytes)) if body.is_html else body.text
        essence = "".join(text.split())
        if essence and essence not in said:
            said.add(essence)
            yield text


def _page(bodies: list[_Body], limits: Limits) -> str | None:
    """Return all that is to be shown as one page. None where the plain text says it all."""
    if not any(body.is_html for body in bodies):
        return None
    drawn = {body.choice for body in bodies if body.is_html} - {None}
    shown = (body for body in bodies if body.is_html or (body.choice not in drawn and body.text.strip()))
    return "\n".join(body.text if body.is_html else html.as_html(body.text) for body in shown)[: limits.html_bytes]


def _is_body(part: MimePart, kind: str, limits: Limits) -> bool:
    """Text that is meant to be read in the mail. A multipart without its boundary is text, too."""
    return _is_text(kind) and not _is_sent_along(part, limits) and not _claimed_name(part, limits)


def _is_text(kind: str) -> bool:
    return kind in ("text/plain", "text/html") or kind.startswith("multipart/")


def _is_sent_along(part: MimePart, limits: Limits) -> bool:
    return headers.line(part.field("content-disposition"), limits).lower().startswith("attachment")


def _is_opaque(part: MimePart) -> bool:
    return transfer.is_opaque(part.content(), part.field("content-transfer-encoding"))


def _named_body(leaves: list[Leaf], limits: Limits) -> MimePart | None:
    """Return the body that bears a file's name. No other text says anything, so this is what was written."""
    texts = [part for part, _ in leaves if _is_text(part.kind()) and not _is_sent_along(part, limits)]
    if any(not _claimed_name(part, limits) and part.content().strip() for part in texts):
        return None
    return next((part for part in texts if part.content().strip()), None)


def _bytes(part: MimePart, notes: ReadingNotes, *, is_text: bool = False) -> bytes:
    """Return a part's bytes, out of their transfer encoding.

    That is base64 or the like; of a nested mail they are the whole of it.
    """
    return transfer.decode(part.content(), part.field("content-transfer-encoding"), notes, is_text=is_text)


def _charset(part: MimePart) -> str | None:
    field = part.field("content-type")
    return parameters.read(field).get("charset") or parameters.charset_beside(field)


def _attachment(part: MimePart, kind: str, position: int, limits: Limits, notes: ReadingNotes) -> MailAttachment:
    name = headers.filename(_claimed_name(part, limits, notes) or "", limits)
    is_text = kind.startswith(("text/", "message/", "multipart/"))
    return _file(name, headers.clean(kind)[:200], position, _bytes(part, notes, is_text=is_text), limits)


def _file(name: str, kind: str, position: int, content: bytes, limits: Limits) -> MailAttachment:
    """A file of a mail; one without a name gets a number."""
    if name == "bilag":
        ending = "eml" if kind == "message/rfc822" else kind.rpartition("/")[2].rpartition("-")[2][:10]
        name = f"bilag {position + 1}.{headers.filename(ending, limits)}"
    return MailAttachment(name, kind, content)


def _claimed_name(part: MimePart, limits: Limits, notes: ReadingNotes | None = None) -> str | None:
    """The name of a file that a part gives itself."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        value = parameters.read(part.field(header), notes).get(parameter) if part.field(header) else None
        if value and (name := headers.line(value, limits)):
            return name
    return None
