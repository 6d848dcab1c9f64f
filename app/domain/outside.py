"""Classes outside the units. Another authority, or no enquiry at all. They are proposed and taught like units.

Their names are the model's: a unit's is its number, these begin with `learning.example.OUTSIDE`.
"""

from learning.example import OUTSIDE

NOT_AN_ENQUIRY = f"{OUTSIDE}not_an_enquiry"
_AUTHORITY = f"{OUTSIDE}authority:"


def of_authority(authority_id: int) -> str:
    """Return the class of an authority's mails."""
    return f"{_AUTHORITY}{authority_id}"


def authority_of(name: str) -> int | None:
    """Return the authority of a class. None for any other class."""
    number = name.removeprefix(_AUTHORITY)
    return int(number) if number != name and number.isdecimal() else None
