"""Subjects, titles and file names that leave the house.

Identities are hidden in all, as in those that go into another system.

A mail is an open card, and a journal's list is read by many who may not read the document.
"""

from app.domain import journaling, repeatable
from app.models.enquiry import Enquiry
from app.services.platform.viewing import hidden


def subject(enquiry: Enquiry) -> str:
    """Name what a citizen wrote about, within a text."""
    return hidden(enquiry.subject) or "(uden emne)"


def letter(enquiry: Enquiry, case_number: str, prefix: str) -> str:
    """Make the subject of a letter about an enquiry. The subject carries the case number."""
    return journaling.tagged_subject(hidden(enquiry.subject), case_number, prefix)


def repeated(enquiry: Enquiry) -> str:
    """Name what a robot's letter is about, without a link."""
    return subject(enquiry) if repeatable.may_repeat(enquiry.subject) else repeatable.ENQUIRY


def robot_letter(enquiry: Enquiry, case_number: str, prefix: str) -> str:
    """Make the subject of a robot's letter to a citizen."""
    said = hidden(enquiry.subject) if repeatable.may_repeat(enquiry.subject) else repeatable.ENQUIRY
    return journaling.tagged_subject(said, case_number, prefix)


def case(enquiry: Enquiry) -> str:
    """Make the title of a case and its mail."""
    return journaling.case_title(hidden(enquiry.subject))


def attachment(number: int, filename: str) -> str:
    """Make the title of a citizen's file. `number` counts from 0."""
    return f"Bilag {number + 1}: {hidden(filename)}"
