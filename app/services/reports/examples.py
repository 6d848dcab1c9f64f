"""Pick sentences that show how citizens write of something, with persons hidden.

They are read from the mails when somebody asks, and stored nowhere: what was erased or masked in a mail is gone from here as well.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import content_words
from app.domain.content_words import Case
from app.domain.period import Period
from app.domain.search import stem
from app.models import words
from app.models.enquiry import Enquiry
from app.models.enquiry_facts import EnquiryFactsRow
from app.models.topics import EnquiryWords, Term, TermKind, TermMail
from app.queries.reports.scope import Scope, within
from app.services.reports.mail_words import PEOPLE
from learning.text import clean_written

READ, SHOWN = 30, 3
COMMON = 2
"""Mails that have a word in lower case, from which on it is no name at the beginning of a sentence either."""


@dataclass(frozen=True, slots=True)
class Sentence:
    enquiry_id: int
    text: str


def pick(session: Session, term: Term, quarter: Period, scope: Scope) -> list[Sentence] | None:
    """Return some sentences of different senders, those first in which least is hidden. The look at their mails is noted.

    None for a place: what somebody says beside the name of their street may tell who it is about.
    """
    if term.kind is TermKind.PLACE:
        return None
    mails = _mails(session, term, quarter, scope)
    plain = Counter(form for _, body, _ in mails.values() for form in _plain_words(body))
    common = frozenset(form for form, count in plain.items() if count >= COMMON)
    keys = {stem(each) for each in term.name.split(", ")}
    found = dict[str, tuple[int, int]]()
    for enquiry_id, (_, body, people) in mails.items():
        for hidden, text in content_words.sentences(body, keys, people, common)[:1]:
            found.setdefault(text, (hidden, enquiry_id))
    best = sorted((hidden, enquiry_id, text) for text, (hidden, enquiry_id) in found.items())[:SHOWN]
    shown = [Sentence(enquiry_id, text) for _, enquiry_id, text in best]
    words.note(each.enquiry_id for each in shown)
    return shown


def _mails(session: Session, term: Term, quarter: Period, scope: Scope) -> dict[int, tuple[str, str, list[str]]]:
    """Return the newest mails behind a term, one a sender, cleaned: subject, body, who wrote it."""
    newest = (
        select(TermMail.enquiry_id, EnquiryWords.voice)
        .join(EnquiryFactsRow, EnquiryFactsRow.enquiry_id == TermMail.enquiry_id)
        .join(EnquiryWords, EnquiryWords.enquiry_id == TermMail.enquiry_id)
        .where(TermMail.term_id == term.id, TermMail.quarter == quarter.first, within(session, scope))
        .order_by(TermMail.enquiry_id.desc())
        .limit(2 * READ)
    )
    one = {voice: enquiry_id for enquiry_id, voice in reversed(session.execute(newest).all())}
    ids = sorted(one.values(), reverse=True)[:READ]
    query = select(Enquiry.id, Enquiry.subject, Enquiry.text, *PEOPLE).where(Enquiry.id.in_(ids))
    return {
        mail.id: (*clean_written(mail.subject, mail.text), [each for each in mail[3:] if each])
        for mail in session.execute(query.order_by(Enquiry.id.desc()))
    }


def _plain_words(body: str) -> set[str]:
    return {each.form for each in content_words.cased(body) if each.case is Case.WORD}
