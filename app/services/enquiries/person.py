"""A person as an erasure looks for them. By mail address, or by CPR number in whatever form people write one."""

import re
from dataclasses import dataclass

from app.errors import RefusedError
from connectors.mail import addresses
from learning.free_forms import ALIKE
from learning.identities import masks
from learning.skeleton import skeleton

REMOVED = " _{}_ "
"""What stands where the person's number or address stood: what learning reads in its place (identities.masked), so that the
mail teaches exactly what it taught before."""
_GROUPS = re.compile(r"\d+")
_REST = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class PersonSearch:
    """An address as `connectors.mail.addresses.key` has it, ten digits, or both."""

    address: str = ""
    number: str = ""

    @classmethod
    def typed(cls, address: str, number: str) -> "PersonSearch":
        """Read what somebody typed.

        Raises:
            RefusedError: neither is given, or the number is no CPR number.
        """
        whole = addresses.typed(address) or address.strip()
        digits = cpr_digits(number) if number.strip() else ""
        if number.strip() and not digits:
            raise RefusedError("no_cpr_number")
        if not whole and not digits:
            raise RefusedError("nobody_typed")
        return cls(addresses.key(whole) if whole else "", digits)

    @property
    def found_by(self) -> str:
        """Return what is looked for, without saying whom."""
        return "both" if self.address and self.number else "number" if self.number else "address"

    def named_in(self, text: str) -> bool:
        return bool(self.spans(text))

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Return the places where a text names the person. By number or address, however it is written."""
        if not self._may_be_in(text):
            return []
        return [(start, end, kind) for start, end, kind in masks(text) if self._is(text[start:end], kind)]

    def masked(self, text: str) -> str:
        """Return the text without the number and address. The rest is as it was."""
        parts, position = [], 0
        for start, end, kind in self.spans(text):
            parts += [text[position:start], REMOVED.format(kind)]
            position = end
        return "".join([*parts, text[position:]])

    def _is(self, found: str, kind: str) -> bool:
        if kind == "cpr":
            return bool(self.number) and self.number in cpr_readings(found)
        bare = "".join(skeleton(found).text.split())
        return kind == "email" and bool(self.address) and addresses.key(bare) == self.address

    def _may_be_in(self, text: str) -> bool:
        """Tell cheaply whether a text may name the person.

        Most texts have not even the last four digits, or the part before the @.
        """
        plain = text if text.isascii() and "&#" not in text else skeleton(text).text
        if self.number and self.number[-4:] in _REST.sub("", plain.translate(ALIKE)):
            return True
        return bool(self.address) and self.address.partition("@")[0] in "".join(text.split()).casefold()


def cpr_readings(text: str) -> set[str]:
    """Read the digits that a found number may stand for."""
    groups = _GROUPS.findall(skeleton(text).text.translate(ALIKE))
    digits = "".join(groups)
    readings = {cpr_digits(text), digits}
    if len(digits) == 12:  # 1980-02-01-1234
        readings.add(digits[6:8] + digits[4:6] + digits[2:4] + digits[8:])
    if len(digits) == 11:  # one too many before it
        readings.add(digits[1:])
    return {each for each in readings if len(each) == 10}


def cpr_digits(text: str) -> str:
    """Return the ten digits of a CPR number. In whatever form it is written; "" for what is none."""
    bare = skeleton(text.strip()).text
    groups = _GROUPS.findall(bare)
    if len(groups) == 4 and len(groups[0]) <= 2 and len(groups[1]) <= 2 and len(groups[3]) == 4:
        day, month, year, serial = groups  # 1.2.80-1234 and 01/02/1980 1234
        groups = [day.zfill(2), month.zfill(2), year[-2:], serial]
    digits = "".join(groups)
    if len(digits) == 12:  # 010219801234
        digits = digits[:4] + digits[6:]
    return digits if len(digits) == 10 and digits.isascii() else ""
