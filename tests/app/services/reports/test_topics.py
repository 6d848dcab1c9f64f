"""Words and topics are counted by who wrote them, named only where nobody is named by them, and gone with the mail."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select, text

from app import database
from app.domain import period
from app.domain.actor import ROBOT, Actor
from app.domain.deadlines import COPENHAGEN, local_day
from app.domain.enquiry import State
from app.domain.events.inbound import MailReceived
from app.domain.period import Kind
from app.domain.places import PlaceKind
from app.domain.topics import FEWEST_VOICES
from app.models.enquiry import Enquiry, RawMail
from app.models.topics import EnquiryWords, Level, Term, TermCount, TermKind, TermMail
from app.services.enquiries import erasing
from app.services.platform import events, settings
from app.services.reports import enquiry_facts, place_register, topics
from learning.salt import Salt
from tests.town import SHARED, Town, now

BY = Actor("admin@town.example.org")
MATTERS = (
    "Der ligger affald ved containeren, og skraldespanden er ikke tømt.",
    "Lygten på hjørnet er slukket, og der er helt mørkt om aftenen.",
    "Fortovet er fuldt af løse fliser, så jeg faldt med cyklen.",
    "Legepladsen mangler sand, og gyngen er knækket.",
    "Hvornår bliver byggetilladelsen til carporten behandlet?",
)
THIS = period.around(local_day(now()), Kind.QUARTER)


Mail = tuple[str, str, str]
"""Sender, subject, text."""


def written(n: int, words: str, sender: str = "") -> Mail:
    return sender or f"borger{n}@borger.example.org", "Henvendelse", f"Goddag.\n\n{words}\n\nVenlig hilsen\nPer"


def filled(town: Town, this: Sequence[Mail], before: Sequence[Mail]) -> None:
    """Put mails into this quarter and the beginning of the one before, as they are after they were read."""
    earlier = datetime.combine(THIS.before().first, time(12), COPENHAGEN)
    with database.write(town.container.engine) as session:
        for n, (at, (sender, subject, body)) in enumerate(
            [*((earlier, each) for each in before), *((now(), each) for each in this)]
        ):
            raw = RawMail(
                address=SHARED, folder="inbox", key=f"t{n}", sha256=f"{n}", size=1, content=b"x", received_at=at
            )
            session.add(raw)
            session.flush()
            row = Enquiry(
                raw_mail_id=raw.id, mailbox=SHARED, received_at=at, due_on=local_day(at), subject=subject, text=body,
                sender_address=sender, state=State.TRIAGE,
            )  # fmt: skip
            session.add(row)
            session.flush()
            events.record(session, MailReceived(sha256="", size=0), by=ROBOT, now=at, enquiry_id=row.id)


def caught_up(town: Town, at: datetime | None = None) -> None:
    while enquiry_facts.refresh(town.container.engine):
        pass
    while topics.go_on(town.container.engine, town.container.salt, now=at or now()):
        pass


def usual(first: int, count: int) -> list[Mail]:
    return [written(n, MATTERS[n % len(MATTERS)]) for n in range(first, first + count)]


def counts(town: Town, kind: TermKind = TermKind.WORD, level: Level = Level.HOUSE) -> dict[str, TermCount]:
    with database.read(town.container.engine) as session:
        query = select(Term.name, TermCount).join(Term, Term.id == TermCount.term_id)
        query = query.where(TermCount.quarter == THIS.first, ~TermCount.against_year, TermCount.level == level)
        return dict(session.execute(query.where(Term.kind == kind)).all())


def plain_text(town: Town) -> str:
    """All that stands in the tables of words and topics."""
    with town.container.engine.connect() as connection:
        tables = ("term", "term_count", "term_mail", "term_tally", "enquiry_words")
        return "\n".join(
            str(tuple(row)) for each in tables for row in connection.execute(text(f"SELECT * FROM {each}"))
        )


def test_a_word_that_more_senders_wrote_is_found_with_the_mails_behind_it(town: Town) -> None:
    grown = [written(n, f"Vi ser mange rotter i gården. {MATTERS[n % 5]}") for n in range(200, 220)]
    filled(town, [*usual(0, 60), *grown], usual(100, 80))
    caught_up(town)
    found = counts(town)
    row = found["rotter"]
    assert (row.voices, row.voices_before, row.mails, row.found) == (20, 0, 20, True)
    with database.read(town.container.engine) as session:
        behind = session.scalars(select(TermMail.enquiry_id).where(TermMail.term_id == row.term_id)).all()
        texts = session.scalars(select(Enquiry.text).where(Enquiry.id.in_(behind))).all()
    assert len(texts) == 20
    assert all("rotter" in each for each in texts)
    assert not {"fortovet", "lygten"} & found.keys()


def test_one_sender_a_thread_and_a_letter_that_is_passed_around_count_once(town: Town) -> None:
    campaign = [written(n, f"Stop vindmøllerne nu, {n}!", sender="ivrig@borger.example.org") for n in range(300, 320)]
    letter = (
        "Undertegnede beboere kræver støjvold langs banen, lavere hastighed, asfalt som dæmper larmen, beplantning mellem "
        "sporene samt målinger foran husene, offentliggjort hvert kvartal."
    )
    passed = [written(n, letter) for n in range(1000, 1020)]
    filled(town, [*usual(0, 60), *campaign, *passed], usual(100, 80))
    caught_up(town)
    assert not {"vindmøllerne", "støjvold"} & counts(town).keys()


def test_names_and_what_few_wrote_are_stored_nowhere(town: Town) -> None:
    named = [written(n, f"Medarbejderen Gunhildur lovede mig svar. {MATTERS[n % 5]}") for n in range(400, 430)]
    few = [written(n, "Min zebrafinke er fløjet.") for n in range(500, 500 + FEWEST_VOICES - 1)]
    filled(town, [*usual(0, 60), *named, *few], usual(100, 80))
    caught_up(town)
    assert "lovede" in counts(town)
    stored = plain_text(town).lower()
    assert "gunhildur" not in stored
    assert "zebrafink" not in stored


def test_an_erased_mail_takes_its_words_away(town: Town) -> None:
    grown = [written(n, f"Vi ser mange rotter i gården. {MATTERS[n % 5]}") for n in range(200, 212)]
    filled(town, [*usual(0, 60), *grown], usual(100, 80))
    caught_up(town)
    assert counts(town)["rotter"].voices == 12
    with database.write(town.container.engine) as session:
        erased = session.scalars(select(Enquiry).where(Enquiry.text.contains("rotter")).order_by(Enquiry.id)).all()[:9]
        ids = [each.id for each in erased]
        for each in erased:
            erasing._blank(session, each.id)
        session.expire_all()
        assert not session.scalars(select(EnquiryWords).where(EnquiryWords.enquiry_id.in_(ids))).all()
        assert not session.scalars(select(TermMail).where(TermMail.enquiry_id.in_(ids))).all()
        settings.put(session, settings.TOPICS_WEEK, "")
    caught_up(town)
    assert "rotter" not in counts(town)
    assert "rotter" not in plain_text(town)


def test_the_same_mails_give_the_same_topics_and_a_new_week_knows_them_again(town: Town) -> None:
    filled(town, usual(0, 150), usual(200, 150))
    caught_up(town)

    def told() -> list[tuple[int, str]]:
        with database.read(town.container.engine) as session:
            rows = session.scalars(select(Term).where(Term.kind == TermKind.TOPIC).order_by(Term.key))
            return [(each.id, each.name) for each in rows]

    before, numbers = told(), counts(town, TermKind.TOPIC)
    assert len(before) >= 2
    caught_up(town, now() + timedelta(days=7) if local_day(now() + timedelta(days=7)) <= THIS.last else now())
    with database.write(town.container.engine) as session:
        settings.put(session, settings.TOPICS_WEEK, "")
    caught_up(town)
    assert told() == before
    again = counts(town, TermKind.TOPIC)
    assert {n: (r.voices, r.mails) for n, r in again.items()} == {n: (r.voices, r.mails) for n, r in numbers.items()}


def test_another_salt_makes_all_words_anew(town: Town) -> None:
    filled(town, usual(0, 60), usual(100, 60))
    caught_up(town)
    with database.read(town.container.engine) as session:
        one = {row.enquiry_id: row.words for row in session.scalars(select(EnquiryWords))}
    while topics.go_on(town.container.engine, Salt.of("another key, another key"), now=now()):
        pass
    with database.read(town.container.engine) as session:
        other = {row.enquiry_id: row.words for row in session.scalars(select(EnquiryWords))}
    assert one.keys() == other.keys()
    assert all(one[each] != other[each] for each in one)


def test_places_of_the_register_are_counted_with_the_mails_that_name_them(town: Town) -> None:
    on_street = [written(n, f"Der er et hul i vejen på Søndergade. {MATTERS[n % 5]}") for n in range(600, 608)]
    filled(town, [*usual(0, 60), *on_street], usual(100, 80))
    with database.write(town.container.engine) as session:
        assert place_register.replace(session, [("Søndergade", PlaceKind.STREET)], by=BY, now=now())
        assert not place_register.replace(session, [("Søndergade", PlaceKind.STREET)], by=BY, now=now())
    caught_up(town)
    row = counts(town, TermKind.PLACE)["Søndergade"]
    assert (row.voices, row.voices_before, row.mails) == (8, 0, 8)


@pytest.mark.parametrize("stop_after", [1, 2, 3, 5])
def test_a_stopped_worker_goes_on_where_it_was(town: Town, stop_after: int) -> None:
    grown = [written(n, f"Vi ser mange rotter i gården. {MATTERS[n % 5]}") for n in range(200, 220)]
    filled(town, [*usual(0, 60), *grown], usual(100, 80))
    while enquiry_facts.refresh(town.container.engine):
        pass
    for _ in range(stop_after):
        topics.go_on(town.container.engine, town.container.salt, now=now())
    caught_up(town)
    assert counts(town)["rotter"].voices == 20
