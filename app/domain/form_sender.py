"""Web forms that write in a citizen's name. The forms are named, and the lines of their mails that give the citizen."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.citizen import FormFields
from app.domain.rules import is_from
from connectors.mail import addresses as address

LABELS = 20
LABEL_LENGTH = 100
LINES = 400
"""Of a mail that are looked through: a form says who writes near its beginning or its end, and is short."""
_MARK = r"^[\s>*•·-]{0,8}"
_GAP = r"\s*(?:[:=|]|\t)\s*|\s{2,}|$"


@dataclass(frozen=True, slots=True)
class FormRule:
    """A form that writes to us.

    Attributes:
        senders: its addresses or domains.
        mailbox: the shared mailbox it writes to, or "" for any.
        address_labels: what stands before the citizen's address in its mails; `*` stands for any words.
        name_labels: what stands before the citizen's name.
        confirmed: whether it has the address confirmed before it writes, so that a receipt may go there.
    """

    id: int
    name: str
    senders: tuple[str, ...]
    mailbox: str = ""
    address_labels: tuple[str, ...] = ()
    name_labels: tuple[str, ...] = ()
    confirmed: bool = False


def fitting(forms: Iterable[FormRule], sender: str, mailbox: str) -> FormRule | None:
    """Return the form that writes as `sender`. The one for this very mailbox comes before one for any.

    `sender` is the mail's only author: whatever stands in Sender, or beside another in From, no mail system has looked at.
    """
    found = [
        form
        for form in forms
        if (not form.mailbox or address.same(form.mailbox, mailbox)) and sender and is_from(form.senders, sender)
    ]
    return min(found, key=lambda form: (not form.mailbox, form.id), default=None)


def read(form: FormRule, text: str) -> FormFields:
    """Read who has filled in a form. Its mail says so; an address that two of its lines disagree about is ""."""
    lines = text.splitlines()[:LINES]
    values = _values(lines, form.address_labels, f"{_GAP}|\\s+")
    addresses = {address.key(found): found for value in reversed(values) if (found := address.typed(value))}
    name = next((value for value in _values(lines, form.name_labels, _GAP) if "@" not in value), "")
    whole = next(iter(addresses.values())) if len(addresses) == 1 else ""
    return FormFields(name[: address.NAME_LENGTH], whole, form.confirmed)


def _values(lines: Sequence[str], labels: Sequence[str], gap: str) -> list[str]:
    """Return the values behind the labels. They stand on the same line, else on the next one that is not empty."""
    found = []
    for label in labels[:LABELS]:
        words = r"[^:=|\t]{0,60}".join(re.escape(part) for part in label[:LABEL_LENGTH].split("*"))
        pattern = re.compile(f"{_MARK}{words}(?:{gap})", re.IGNORECASE)
        for number, line in enumerate(lines):
            if match := pattern.match(line[:1000]):
                following = (each.strip() for each in lines[number + 1 : number + 4])
                value = line[match.end() : 1000].strip() or next(filter(None, following), "")
                found.append(value)
    return [" ".join(value.split()) for value in found if value]
