"""Access rights: roles, and whose enquiries a person sees."""

from enum import StrEnum


class Role(StrEnum):
    VISITATOR = "visitator"
    CASEWORKER = "caseworker"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    """Sees the log of who did what, and no mail."""


READERS = frozenset(Role) - {Role.AUDITOR}
"""Who works with mails at all."""
SEES_ALL = frozenset({Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR})


def may_see(role: Role | None, own_unit: int | None, enquiry_unit: int | None) -> bool:
    """Tell whether a person may open an enquiry. Caseworkers may open only their own unit's, auditors none."""
    return role in SEES_ALL or (role in READERS and own_unit is not None and own_unit == enquiry_unit)
