"""The documents of a case, by right to see."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import SEES_ALL
from app.models.account import Account
from app.models.case import CaseDocument
from app.models.enquiry import Enquiry


def of_case(session: Session, enquiry: Enquiry, account: Account) -> list[CaseDocument]:
    """Return the documents on the enquiry's case, in order. Of the case's other mails only what this person may see."""
    if enquiry.case_id is None:
        return []
    query = select(CaseDocument).where(CaseDocument.case_id == enquiry.case_id).order_by(CaseDocument.filed_at)
    if account.role not in SEES_ALL:
        own = select(Enquiry.id).where(Enquiry.case_id == enquiry.case_id, Enquiry.unit_id == account.unit_id)
        query = query.where(CaseDocument.enquiry_id.in_(own))
    return list(session.scalars(query))
