"""What GMime says of mails. Run by the system's Python, which has its binding: `judge.py LIST OUT`.

LIST holds one path a line; OUT gets one JSON object a line: subject, addresses, headers, and every leaf with its text or bytes.
"""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import gi

gi.require_version("GMime", "3.0")
from gi.repository import GMime  # noqa: E402 - the version is chosen first
from line_ends import even  # noqa: E402 - it stands beside this script, which knows no package

FROM_LINE = re.compile(rb"\A>?From [^\n]*\n")


def judged(raw: bytes) -> dict[str, Any]:
    """What GMime reads in a mail."""
    stream = GMime.StreamMem.new_with_buffer(FROM_LINE.sub(b"", raw))
    message = GMime.Parser.new_with_stream(stream).construct_message(None)
    if message is None:
        return {"refused": True}
    leaves: list[dict[str, Any]] = []
    root = message.get_mime_part()
    if root is not None:
        walk(root, None, leaves)
    kinds = (GMime.AddressType.FROM, GMime.AddressType.TO, GMime.AddressType.CC)
    sender, to, cc = (addresses(message.get_addresses(kind)) for kind in kinds)
    found = {"subject": message.get_subject() or "", "from": sender, "to": to + cc, "leaves": leaves}
    return found | {"headers": headers(message)}


def headers(message: Any) -> list[tuple[str, str]]:
    """Name and value of each header, in order."""
    listed = message.get_header_list()
    fields = (listed.get_header_at(n) for n in range(listed.get_count()))
    return [(each.get_name() or "", each.get_value() or "") for each in fields]


def addresses(found: Any) -> list[str]:
    """The addresses of a list, out of its groups."""
    made: list[str] = []
    for n in range(found.length() if found is not None else 0):
        each = found.get_address(n)
        if isinstance(each, GMime.InternetAddressGroup):
            made += addresses(each.get_members())
        else:
            made.append(each.get_addr() or "")
    return made


def walk(part: Any, choice: int | None, leaves: list[dict[str, Any]]) -> None:
    """Every leaf in reading order; `choice` numbers the multipart/alternative it stands in."""
    if isinstance(part, GMime.Multipart):
        kind = part.get_content_type().get_mime_type().lower()
        if choice is None and kind == "multipart/alternative":
            choice = len(leaves) + 1
        for n in range(part.get_count()):
            walk(part.get_part(n), choice, leaves)
    else:
        leaves.append(leaf(part) | {"choice": choice})


def leaf(part: Any) -> dict[str, Any]:
    """One leaf: a file with the digest of its bytes, or a text."""
    kind = part.get_content_type()
    disposition = part.get_content_disposition()
    content = bytes_of(part)
    return {
        "kind": (kind.get_mime_type() or "").lower() if kind else "text/plain",
        "name": parameter(disposition, "filename") or parameter(kind, "name"),
        "sent_along": bool(disposition and (disposition.get_disposition() or "").lower() == "attachment"),
        "text": text_of(part, content) if isinstance(part, GMime.TextPart) else None,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "even": hashlib.sha256(even(content)).hexdigest(),
    }


def parameter(field: Any, name: str) -> str | None:
    """A parameter; None where there is none, or GMime has no text of it."""
    try:
        return field.get_parameter(name) if field else None
    except UnicodeDecodeError:
        return None


def text_of(part: Any, content: bytes) -> str:
    """A text in its charset, as mail programs that are built on GMime ask for it.

    What calls itself ISO 8859 is looked through for letters that only Windows has there. Of 8-bit text without a
    charset GMime tries UTF-8 and then ISO 8859-1 itself, where it may guess.
    """
    charset = (part.get_content_type().get_parameter("charset") or "us-ascii").lower()
    if charset in ("us-ascii", "ascii"):
        charset = "iso-8859-1" if b"\xef\xbf\xbd" in content.decode("utf-8", "replace").encode() else "utf-8"
    if charset.startswith("iso-8859"):
        windows = GMime.FilterWindows.new(charset)
        filtered(content, windows)
        charset = windows.real_charset()
    try:
        converter = GMime.FilterCharset.new(charset, "utf-8")
    except TypeError:  # the binding's word for a charset that GMime does not know
        return content.decode("latin-1")
    return filtered(content, converter).decode("utf-8", "replace")


def filtered(content: bytes, through: Any) -> bytes:
    """Bytes that went through one of GMime's filters."""
    out = GMime.StreamMem.new()
    stream = GMime.StreamFilter.new(out)
    stream.add(through)
    GMime.StreamMem.new_with_buffer(content).write_to_stream(stream)
    stream.flush()
    return bytes(out.get_byte_array() or b"")


def bytes_of(part: Any) -> bytes:
    """A leaf's bytes, decoded; of a mail within the mail the whole of it."""
    stream = GMime.StreamMem.new()
    if isinstance(part, GMime.MessagePart):
        inner = part.get_message()
        if inner is not None:
            inner.write_to_stream(None, stream)
    elif isinstance(part, GMime.Part) and part.get_content() is not None:
        part.get_content().write_to_stream(stream)
    return bytes(stream.get_byte_array() or b"")


def main() -> None:
    GMime.init()
    paths, out = sys.argv[1:]
    with Path(out).open("w") as made:
        for path in Path(paths).read_text().splitlines():
            try:
                found = judged(Path(path).read_bytes())
            except Exception as error:  # noqa: BLE001 - the binding's own faults are the judge's, and are counted
                found = {"refused": True, "why": f"{type(error).__name__}: {error}"}
            made.write(json.dumps({"path": path, **found}, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
