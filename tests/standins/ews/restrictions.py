"""Evaluate the restrictions of FindItem and FindFolder."""

from collections.abc import Callable

from lxml import etree

from tests.standins.ews.schema import T

Look = Callable[[str], str | None]
COMPARED: dict[str, Callable[[str, str], bool]] = {
    "IsEqualTo": lambda a, b: a.lower() == b.lower(),
    "IsNotEqualTo": lambda a, b: a.lower() != b.lower(),
    "IsGreaterThan": lambda a, b: a > b,
    "IsGreaterThanOrEqualTo": lambda a, b: a >= b,
    "IsLessThan": lambda a, b: a < b,
    "IsLessThanOrEqualTo": lambda a, b: a <= b,
}
"""As texts, and without regard to case: so does Exchange, and its clients compare once more."""


def matches(
    restriction: etree._Element | None,
    field: Look,
    extended: Callable[[etree._Element], str | None] = lambda _uri: None,
) -> bool:
    """Tell whether something meets a restriction; all does where there is none."""
    return restriction is None or all(_meets(each, field, extended) for each in restriction)


def _meets(test: etree._Element, field: Look, extended: Callable[[etree._Element], str | None]) -> bool:
    name = etree.QName(test).localname
    if name in ("And", "Or"):
        return (all if name == "And" else any)(_meets(each, field, extended) for each in test)
    if name == "Not":
        return not _meets(test[0], field, extended)
    uri = test[0]
    value = extended(uri) if uri.tag == f"{{{T}}}ExtendedFieldURI" else field(uri.get("FieldURI", ""))
    if name == "Exists":
        return value is not None
    wanted = test.find(f".//{{{T}}}Constant").get("Value", "")
    if name == "Contains":
        return value is not None and wanted.lower() in value.lower()
    return value is not None and COMPARED[name](value, wanted)
