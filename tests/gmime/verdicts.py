"""Why Sluse reads a mail otherwise than GMime. A difference that nothing here explains is a fault, in one of the two."""

import re
from collections.abc import Callable

from connectors.mail import addresses as address
from connectors.mail.message import ParsedMail
from connectors.mail.reading import html, smime, winmail
from connectors.mail.reading.notes import Repair
from tests.gmime.comparison import Difference, addresses, is_text, their_addresses

Test = Callable[[Difference, ParsedMail], bool]
BEYOND_ASCII = re.compile("[^\x21-\x7e]+")
NAMED = re.compile(rb"filename\*?=")
CONTENT = ("names", "bytes", "text")


def _mended(repair: Repair, *fields: str) -> Test:
    return lambda difference, mail: difference.field in fields and repair in mail.repairs


def _named_twice(difference: Difference, mail: ParsedMail) -> bool:
    return difference.field == "names" and {b"filename=", b"filename*="} <= {
        *NAMED.findall(difference.path.read_bytes())
    }


def _named_body(difference: Difference, mail: ParsedMail) -> bool:
    """Of GMime's leaves, no text without a name says anything, and one with a name does."""
    leaves = difference.judged["leaves"]
    silent = not any(is_text(leaf) and leaf["text"].strip() for leaf in leaves)
    return difference.field in CONTENT and silent and any(_is_inline(leaf) and leaf["size"] for leaf in leaves)


def _is_inline(leaf: dict[str, object]) -> bool:
    return leaf["kind"] in ("text/plain", "text/html") and not leaf["sent_along"]


def _page_in_plain(difference: Difference, mail: ParsedMail) -> bool:
    leaves = difference.judged["leaves"]
    return difference.field == "text" and any(leaf["text"] and html.is_page(leaf["text"]) for leaf in leaves)


def _only_letters(difference: Difference, mail: ParsedMail) -> bool:
    """The charset was misnamed: what differs are letters beyond ASCII, and GMime has no more of them."""
    one, other = (BEYOND_ASCII.sub("", text) for text in (difference.ours, difference.theirs))
    return one == other and difference.ours.count("\ufffd") <= difference.theirs.count("\ufffd") + 1


def _inner_mail(difference: Difference, mail: ParsedMail) -> bool:
    """GMime writes the header of a mail within the mail anew; Sluse keeps its bytes."""
    kinds = {leaf["kind"] for leaf in difference.judged["leaves"] if not is_text(leaf)}
    return difference.field == "bytes" and "message/rfc822" in kinds


def _addresses(difference: Difference, mail: ParsedMail) -> tuple[set[str], set[str]]:
    """(those that only Sluse has, those that only GMime has)."""
    ours, theirs = (set().union(*found) for found in (addresses(mail), their_addresses(difference.judged)))
    return ours - theirs, theirs - ours


def _no_address(difference: Difference, mail: ParsedMail) -> bool:
    """What GMime has more than Sluse is nothing that a mail could be sent to: no name of a host, or an encoded word."""
    ours, theirs = _addresses(difference, mail)
    return difference.field == "addresses" and not ours and not any(map(_reaches, theirs))


def _reaches(text: str) -> bool:
    whole = address.parse(text)
    return whole is not None and "." in whole.rpartition("@")[2] and not whole.startswith('"')


def _own_letters(difference: Difference, mail: ParsedMail) -> bool:
    """What Sluse has more than GMime are addresses with letters beyond ASCII (RFC 6532)."""
    ours, theirs = _addresses(difference, mail)
    return difference.field == "addresses" and not theirs and bool(ours) and not any(map(str.isascii, ours))


def _more(difference: Difference, mail: ParsedMail) -> bool:
    """All that GMime reads is read, and something beside it."""
    return difference.field == "text" and difference.theirs in difference.ours


def _opened(difference: Difference, mail: ParsedMail) -> bool:
    """GMime gives a signed mail or Outlook's wrapping as a file; Sluse reads what is in it instead."""
    kinds = {leaf["kind"] for leaf in difference.judged["leaves"] if leaf["sent_along"]}
    return difference.field in ("names", "bytes") and bool(kinds) and kinds <= smime.KINDS | winmail.KINDS


def _of(*names: str) -> Test:
    """Mails that somebody has looked at."""
    return lambda difference, mail: any(name in str(difference.path) for name in names)


VERDICTS: tuple[tuple[str, Test], ...] = (
    ("a file in the text (uuencode) is a file", _mended(Repair.UUENCODE, *CONTENT)),
    ("a plain part that says nothing gives way to its page", _mended(Repair.STUB, "text")),
    ("parts are found though their mark is wrong or twice the same", _mended(Repair.BOUNDARY, *CONTENT)),
    ("a strange transfer encoding is understood", _mended(Repair.ENCODING, *CONTENT)),
    ("damaged base64 keeps its last bytes, and the words below it", _mended(Repair.BASE64, "bytes", "text")),
    ("damaged quoted-printable keeps what is no escape", _mended(Repair.QUOTED_PRINTABLE, "bytes", "text")),
    ("a charset that is named in the page, misnamed or unknown", _mended(Repair.CHARSET, "subject", "text")),
    ("a header that ends too early or too late", _mended(Repair.HEADER, "subject", "addresses", "text")),
    ("of a name that is given in ASCII and in its own letters, the latter counts", _named_twice),
    ("the only text bears a file's name, and is the text", _named_body),
    ("a page that calls itself plain text is read as a page", _page_in_plain),
    ("letters of a charset only", _only_letters),
    ("the header of a mail within the mail is not written anew", _inner_mail),
    ("a wrapping is opened: S/MIME that is only signed, winmail.dat", _opened),
    ("what GMime finds no part in has words", _more),
    ("no address that a mail could be sent to", _no_address),
    ("an address with letters beyond ASCII is an address", _own_letters),
    ("an address is whole or none: blanks around its dots, or for a comma", _of("rfc2822/example11", "raw_email_multiple_from")),
    ("of two fields of a name the first counts, as for other mail programs; GMime takes the last",
     _of("raw_email_with_multipart_mixed_quoted", "raw_email_with_binary_encoded", "multiple_content_types")),
    ("a content type without a second half: text, says the mail", _of("cpython/data/msg_14")),
    ("GMime ends a subject at the first letter it does not know, or writes ? for it",
     _of("hard-ham-1/00042.5b7f", "spam-1/00311.9797")),
    ("GMime has no text of a name in ISO-2022-JP with letters that it does not have",
     _of("attachment_with_encoded_name", "plain_emails/raw_email8")),
    ("a backslash in a file's name is a path of Windows, not a mark before a letter", _of("multi-2evil")),
    ("a mark may not end with blanks (RFC 2046), and here it does", _of("weird-boundary", "-long-boundary")),
    ("marks of another multipart stand in a text", _of("cpython/data/msg_38")),
)  # fmt: skip


def verdict(difference: Difference) -> str | None:
    """Why the two differ; None where nothing explains it."""
    assert isinstance(difference.mail, ParsedMail)
    return next((why for why, test in VERDICTS if test(difference, difference.mail)), None)
