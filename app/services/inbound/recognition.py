"""Relations of a mail to earlier ones. They are its thread, its duplicate, and the mail it only resembles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from app.domain import bounces, forwarded, recognition
from app.domain.bounces import Bounce
from app.domain.citizen import WRITERS, CitizenSource
from app.domain.enquiry import State
from app.domain.recognition import MailTraits, SetAside
from app.models.case import Acknowledgement, Case, Forward, InterimReply, Reply
from app.models.enquiry import Enquiry, RawMail
from app.services.inbound import reply_tags
from connectors.mail.addresses import Named, key
from connectors.mail.message import Folder, ParsedMail
from learning.text import written

LOOK_BACK = timedelta(days=14)
CANDIDATES = 40
LETTERS = (Reply, Forward, InterimReply, Acknowledgement)
COMPARED = 5_000
"""Characters of each text that are compared."""


def traits_of(mail: ParsedMail) -> MailTraits:
    """Return the properties that the rules of recognition use."""
    return MailTraits(
        headers=dict(mail.headers),
        subject=mail.subject,
        text=mail.text,
        sender=mail.sender_address,
        files=mail.attachments,
        answers=bool(mail.in_reply_to or mail.references),
    )


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that a mail gives by itself.

    Patterns walk through it, and a stranger wrote it: that is done while nobody waits for the database.
    """

    aside: SetAside | None
    bounce: Bounce | None
    passed_on: tuple[Named, ...]
    """Who wrote the mails that it sends on within its text."""


def signs(mail: ParsedMail) -> Signs:
    """Read what a mail tells by itself; outside any transaction."""
    reason = recognition.set_aside(traits_of(mail))
    return Signs(
        aside=reason,
        bounce=bounce_in(mail) if reason is SetAside.BOUNCE else None,
        passed_on=forwarded.passed_on(mail.subject, mail.text),
    )


def bounce_in(mail: ParsedMail) -> Bounce:
    """Read from a bounce which mail did not arrive."""
    ids = recognition.thread(mail.in_reply_to, mail.references)
    return bounces.read(dict(mail.headers), mail.subject, mail.text, mail.attachments, ids)


def twin(session: Session, enquiry: Enquiry) -> Enquiry | None:
    """Return the enquiry that this mail is a duplicate of. The mail was sent to several mailboxes, or delivered twice.

    A copy that the robot has set aside, since a filter or a stranger flagged it, is none that anybody reads; and one that is to be
    answered elsewhere is another matter.
    """
    asked = {
        "number": enquiry.id,
        "fingerprint": enquiry.fingerprint,
        "message_id": enquiry.message_id,
        "citizen": enquiry.citizen_key,
        "since": enquiry.received_at - recognition.TWIN_DAYS,
    }
    return session.scalars(TWINS, asked).first()


TWINS = (
    select(Enquiry)
    .where(
        Enquiry.fingerprint == bindparam("fingerprint"),
        Enquiry.message_id.is_not_distinct_from(bindparam("message_id")),
        Enquiry.id != bindparam("number"),
        Enquiry.citizen_key == bindparam("citizen"),
        or_(Enquiry.state != State.SET_ASIDE, Enquiry.reason.not_in(recognition.ROBOTS)),
        Enquiry.received_at >= bindparam("since"),
        ~Enquiry.imported,
    )
    .order_by(Enquiry.id)
    .limit(1)
)
"""Made once, as what every mail asks: to put it together takes longer than to run it."""


def thread_root(session: Session, enquiry: Enquiry, mail: ParsedMail) -> Enquiry | None:
    """Return the enquiry that this mail continues.

    Found by the mails it answers, else by the address it is written to, else by our case number in its subject.

    Anybody can guess a case number, so it counts only from the citizen of the first mail. Of a mail that was split it
    says which part is meant; where nothing does, the whole mail is the answer, set aside as it is.
    """
    ids = recognition.thread(mail.in_reply_to, mail.references)
    number = recognition.case_number(mail.subject)
    alive = Enquiry.state.not_in((State.SET_ASIDE, State.REFERRED)) & ~Enquiry.imported & (Enquiry.id < enquiry.id)
    alive &= ~Enquiry.raw.has(RawMail.folder == Folder.SENT)  # a unit's own mail leads no citizen's
    queries = []
    if ids:
        named = alive & Enquiry.message_id.in_(ids)
        theirs = named & (Enquiry.citizen_key == _author(enquiry, mail)) & (Enquiry.citizen_key != "")
        queries += [_first_of_each(theirs), _first_of_each(named)]
        for letter in LETTERS:
            ours = select(letter.enquiry_id).where(letter.message_id.in_(ids))
            queries.append(select(Enquiry).where(alive, Enquiry.id.in_(ours)))
    if (tag := reply_tags.of(session, mail)) is not None:
        queries.append(select(Enquiry).where(alive, Enquiry.id == tag.enquiry_id))
    if number:
        in_case = select(Enquiry).join(Case, Case.id == Enquiry.case_id).where(alive, Case.number == number)
        queries.append(in_case.where(Enquiry.citizen_key == enquiry.citizen_key, Enquiry.citizen_key != ""))
    for query in queries:
        if found := _best(session, query, number):
            return found
    return None


def _first_of_each(named: ColumnElement[bool]) -> Select[Enquiry]:
    """Select the first mail of each Message-ID. A later mail that borrows the id leads nobody but itself."""
    first = select(func.min(Enquiry.raw_mail_id)).where(named).group_by(Enquiry.message_id)
    return select(Enquiry).where(named, Enquiry.raw_mail_id.in_(first))


def _best(session: Session, query: Select[Enquiry], number: str | None) -> Enquiry | None:
    """Return the enquiry whose case is named, else the latest. Of several parts of one mail, none."""
    ours = select(Case.id).where(Case.number == number).scalar_subquery()
    named = case((Enquiry.case_id == ours, 1), else_=0)
    found = session.scalars(query.order_by(named.desc(), Enquiry.id.desc()).limit(2)).all()
    if len(found) == 2 and found[0].part and found[0].raw_mail_id == found[1].raw_mail_id:
        meant = number is not None and found[0].case is not None and found[0].case.number == number
        return found[0] if meant else session.get_one(Enquiry, found[0].split_from_id)
    return found[0] if found else None


def knows(session: Session, thread_root: Enquiry, enquiry: Enquiry, mail: ParsedMail) -> bool:
    """Tell whether a writer surely belongs to the thread. Headers that anybody can write are not enough.

    From has to be one of those who have written in it. Reply-To, Sender, a copy to one of them and the Message-ID of their
    mail show nothing, except in answer to a letter of ours: its Message-ID cannot be guessed, and only they have got it.
    Even then a stranger is one, since mails are passed on; and whom a follow-up only named as who is to be answered is
    none of the writers (docs/decisions/0047).
    """
    of_thread = select(Enquiry.citizen_key).where(_thread_of(thread_root), Enquiry.citizen_key != "")
    members = set(session.scalars(of_thread))
    writers = set(session.scalars(of_thread.where(Enquiry.follow_up_of_id.is_(None) | _written_by_them())))
    author = _author(enquiry, mail)
    if enquiry.citizen_source == CitizenSource.REPLY_TO and enquiry.citizen_key not in members:
        return False  # the answer would go to somebody of whom the thread has never heard
    if author in writers:
        return True
    if not _answers_us(session, thread_root, mail):
        return False
    return not members or enquiry.citizen_key in members or any(key(each) in members for each in mail.recipients)


def _written_by_them() -> ColumnElement[bool]:
    return Enquiry.citizen_source.is_(None) | Enquiry.citizen_source.in_(WRITERS)


def _author(enquiry: Enquiry, mail: ParsedMail) -> str:
    """Return the address that surely wrote the mail.

    This is From, where that names one, or an address that a form has had confirmed; "" where there is none.
    """
    if enquiry.citizen_source == CitizenSource.CONFIRMED_FORM:
        return enquiry.citizen_key
    return key(mail.correspondents.sole_author)


def _answers_us(session: Session, thread_root: Enquiry, mail: ParsedMail) -> bool:
    """Tell whether a mail answers our letter in a thread, or is written to an address that stands on such a letter alone."""
    ids = recognition.thread(mail.in_reply_to, mail.references)
    thread = select(Enquiry.id).where(_thread_of(thread_root))
    tag = reply_tags.of(session, mail)
    if tag is not None and session.scalar(thread.where(Enquiry.id == tag.enquiry_id)) is not None:
        return True
    letters = (
        select(letter.enquiry_id).where(letter.message_id.in_(ids), letter.enquiry_id.in_(thread)) for letter in LETTERS
    )
    return bool(ids) and any(session.scalar(each.limit(1)) is not None for each in letters)


def _thread_of(thread_root: Enquiry) -> ColumnElement[bool]:
    """The mails of a thread."""
    heads = {thread_root.id, thread_root.follow_up_of_id or thread_root.id}
    same = or_(Enquiry.id.in_(heads), Enquiry.follow_up_of_id.in_(heads))
    if thread_root.case_id is not None:
        same = or_(same, Enquiry.case_id == thread_root.case_id)
    return same


def original_of(session: Session, mail: ParsedMail) -> int | None:
    """Return the enquiry a mail names as its original. A list sends each mail on under a Message-ID of its own."""
    headers = dict(mail.headers)
    named = " ".join(headers.get(name, "") for name in ("x-original-message-id", "original-message-id"))
    ids = [f"<{each.strip('<>')}>" for each in named.split()]
    if not ids:
        return None
    query = select(Enquiry.id).where(Enquiry.message_id.in_(ids), Enquiry.state.in_((State.TRIAGE, State.ROUTED)))
    return session.scalar(query.order_by(Enquiry.id).limit(1))


def resembling(session: Session, enquiry: Enquiry) -> int | None:
    """Return the open enquiry most like this one's text. Both have the same citizen, or the same subject.

    A quotation that both of them have makes no two mails alike.
    """
    asked = {
        "number": enquiry.id,
        "subjects": sorted({enquiry.subject, recognition.bare_subject(enquiry.subject)}),
        "citizen": enquiry.citizen_key,
        "since": enquiry.received_at - LOOK_BACK,
    }
    found = session.execute(SAME_SUBJECT_OR_CITIZEN if enquiry.citizen_key else SAME_SUBJECT, asked)
    return most_alike(enquiry, [(other_id, subject, text) for other_id, subject, text in found])


def _open_ones(alike: ColumnElement[bool]) -> Select[int, str, str]:
    """Select the latest open enquiries that may be alike."""
    return (
        select(Enquiry.id, Enquiry.subject, func.substr(Enquiry.text, 1, COMPARED))
        .where(alike, Enquiry.state.in_((State.TRIAGE, State.ROUTED)), Enquiry.id != bindparam("number"))
        .where(Enquiry.received_at >= bindparam("since"), Enquiry.follow_up_of_id.is_(None), ~Enquiry.imported)
        .order_by(Enquiry.id.desc())
        .limit(CANDIDATES)
    )


_SUBJECT = Enquiry.subject.in_(bindparam("subjects", expanding=True))
SAME_SUBJECT = _open_ones(_SUBJECT)
SAME_SUBJECT_OR_CITIZEN = _open_ones(_SUBJECT | (Enquiry.citizen_key == bindparam("citizen")))


def most_alike(enquiry: Enquiry, others: Iterable[tuple[int, str, str]]) -> int | None:
    """Return which of some mails, by id, subject and text, resembles this one most. None where none does enough."""
    text = written(enquiry.subject, enquiry.text[:COMPARED])
    scored = [
        (recognition.resemblance(text, written(subject, other[:COMPARED])), other_id)
        for other_id, subject, other in others
    ]
    best, best_id = max(scored, default=(0.0, None))
    return best_id if best >= recognition.RESEMBLANCE else None
