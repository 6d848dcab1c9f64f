"""The documents of a case, opened where they were filed. Rights and log are as for the mail itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from app import database
from app.domain.actor import Actor
from app.errors import NotFoundError, RefusedError
from app.models.case import CaseDocument
from app.services.platform import viewing
from connectors.errors import ConnectorError
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser
from connectors.records.system import FiledDocument, RecordsSystem


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document of a case. `text` is None where it is no letter that can be shown as words."""

    title: str
    number: str
    filename: str
    content: bytes
    text: str | None


def open_document(
    engine: Engine,
    records: RecordsSystem,
    parser: MailParser,
    enquiry_id: int,
    number: str,
    *,
    by: Actor,
    now: datetime,
) -> OpenedDocument:
    """Fetch a document of an enquiry's case. Nothing is fetched or read while the database is locked.

    Raises:
        NotFoundError: the case has no such document, this person may not see it, or its person has been erased.
        RefusedError: the records system does not answer.
    """
    with database.read(engine) as session:
        enquiry = viewing.find(session, enquiry_id, by=by)
        query = select(CaseDocument).where(CaseDocument.number == number, CaseDocument.case_id == enquiry.case_id)
        row = session.scalars(query).first() if enquiry.case_id is not None else None
        if row is None or enquiry.case is None or not row.title:
            raise NotFoundError
        viewing.find(session, row.enquiry_id, by=by)
        case_number, title, owner_id = enquiry.case.number, row.title, row.enquiry_id
    try:
        found = records.read_document(case_number, number)
    except ConnectorError as error:
        raise RefusedError("records_unavailable") from error
    if found is None:
        raise NotFoundError
    viewing.log_download(engine, owner_id, f"document {number}", by=by, now=now)
    return OpenedDocument(title, number, found.filename, found.content, _text(found, parser))


def _text(found: FiledDocument, parser: MailParser) -> str | None:
    if found.filename.endswith(".txt"):
        return found.content.decode(errors="replace")
    if not found.filename.endswith(".eml"):
        return None
    try:
        return parser.parse(found.content).text
    except MailUnreadable:
        return None
