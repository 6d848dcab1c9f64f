"""Check what goes over the wire against Microsoft's schema, where it lies beside this checkout; count what was checked."""

import tarfile
from dataclasses import dataclass, field
from functools import cache

from lxml import etree

from tests.shared import SHARED

ARCHIVE = SHARED / "data" / "ews-schema.tar.gz"
XS = "http://www.w3.org/2001/XMLSchema"
XML = "http://www.w3.org/XML/1998/namespace"
S = "http://schemas.xmlsoap.org/soap/envelope/"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
T = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
LANG = f'<xs:schema xmlns:xs="{XS}" targetNamespace="{XML}"><xs:attribute name="lang" type="xs:language"/></xs:schema>'


NOT_IN_SCHEMA = {f"{{{S}}}Fault"}
EARLIER = {
    "Exchange2007_SP1",
    "Exchange2010",
    "Exchange2010_SP1",
    "Exchange2010_SP2",
    "Exchange2013",
    "Exchange2013_SP1",
}
"""Versions that clients may ask a server of today to speak; the schema knows its own alone."""


class _Parts(etree.Resolver):
    """Gives the schema's imports out of memory."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        super().__init__()
        self._parts = parts

    def resolve(self, system_url: str, public_id: str, context: object) -> object:
        return self.resolve_string(self._parts[system_url.rpartition("/")[2]], context)


@cache
def schema() -> etree.XMLSchema | None:
    """Return the whole schema, or None where it is absent.

    As it is published it does not load: one file includes itself, and several import one namespace from different places. So all
    components of a namespace are put into one document.
    """
    if not ARCHIVE.exists():
        return None
    whole = {
        name: etree.Element(
            f"{{{XS}}}schema",
            nsmap={"xs": XS, "m": M, "t": T, "tns": name},
            targetNamespace=name,
            elementFormDefault="qualified",
        )
        for name in (M, T)
    }
    etree.SubElement(whole[M], f"{{{XS}}}import", namespace=T, schemaLocation="types.xsd")
    for root in whole.values():
        etree.SubElement(root, f"{{{XS}}}import", namespace=XML, schemaLocation="xml.xsd")
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None or not member.name.endswith(".xsd"):
                continue
            root = etree.parse(file).getroot()
            components = [
                each for each in root.iterchildren("*") if each.tag not in (f"{{{XS}}}include", f"{{{XS}}}import")
            ]
            whole[root.get("targetNamespace")].extend(components)
    parser = etree.XMLParser()
    parser.resolvers.add(_Parts({"types.xsd": etree.tostring(whole[T]), "xml.xsd": LANG.encode()}))
    return etree.XMLSchema(etree.fromstring(etree.tostring(whole[M]), parser))


@dataclass
class Checks:
    """What was checked, and what was found wrong."""

    requests: int = 0
    answers: int = 0
    unchecked: int = 0
    """Envelopes that passed without a schema to check them by."""
    faults: list[str] = field(default_factory=list)

    def request(self, envelope: etree._Element) -> None:
        """Check each header and the body of a request."""
        self.requests += self._check("request", envelope)

    def answer(self, envelope: etree._Element) -> None:
        """Check each header and the body of an answer; of a SOAP fault there is nothing in the schema."""
        self.answers += self._check("answer", envelope)

    def _check(self, what: str, envelope: etree._Element) -> int:
        rules = schema()
        if rules is None:
            self.unchecked += 1
            return 0
        for part in envelope.iter(f"{{{S}}}Header", f"{{{S}}}Body"):
            for element in part:
                if element.tag in NOT_IN_SCHEMA or element.get("Version") in EARLIER:
                    continue
                if not rules.validate(element):
                    self.faults.append(f"{what} {etree.QName(element).localname}: {rules.error_log.last_error}")
        return 1
