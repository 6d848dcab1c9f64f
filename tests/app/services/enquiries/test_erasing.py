"""After an erasure nothing of the person is left: not in a table, not in the file, not in the model."""

import pytest
from sqlalchemy import inspect, select, text

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.notices import Letter
from app.domain.search import wanted
from app.errors import NotFoundError, RefusedError
from app.models.enquiry import Enquiry
from app.models.label import Label
from app.queries.enquiries import enquiry_list
from app.queries.enquiries.enquiry_list import Filter
from app.services.enquiries import erasing
from app.services.inbound import history_import
from app.services.inbound.history_import import PastMail
from app.services.learning import model_replay
from app.services.learning.learner import Learner
from app.services.platform import sending_attempts
from app.services.triage import notes
from connectors.mail.message import Outgoing
from learning.features import prepare
from learning.model import Model
from tests.town import SHARED, Town, mail, now

CANARY = "Kanariefuglesen"
ADDRESS = "kanariefuglesen@borger.example.org"


def taught(town: Town) -> None:
    """Two mails of the person in the middle of a history."""
    town.teach_history(times=10)
    c = town.container
    mails = [
        PastMail(
            f"canary-{n}", SHARED,
            mail(f"{CANARY} {n}", f"Her bor {CANARY}, nummer {n}", sender=f"{CANARY} <{ADDRESS.upper()}>", attachment=b"x",
                 message_id=f"<{CANARY}-{n}@borger.example.org>"),
            next(iter(town.units.values())), now(),
        )
        for n in range(2)
    ]  # fmt: skip
    history_import.teach(c.engine, c.parser, c.learner, mails, by=Actor("import"), now=now())
    town.receive(mail("Bænk", "Bænken er væk"))


def noted(town: Town) -> None:
    """Somebody has written the person's name in a note, and a letter to them may have left."""
    with database.write(town.container.engine) as session:
        for found in erasing.find(session, ADDRESS):
            letter = Outgoing(f"<{found.id}@town.example.org>", SHARED, ADDRESS, "", "")
            sending_attempts.begin(session, letter, Letter.ACKNOWLEDGEMENT, enquiry_id=found.id, job=None, now=now())
            notes.write(
                session, session.get_one(Enquiry, found.id), f"{CANARY} ringede", by=town.visitator.actor, now=now()
            )


def words(town: Town) -> str:
    """Every word that the index of search holds, as its database keeps them."""
    with town.container.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(
                text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab(main, search_index, row)")
            )
            return " ".join(connection.scalars(text("SELECT term FROM temp.words")))
        return " ".join(connection.scalars(text("SELECT word FROM ts_stat('SELECT words FROM search_index')")))


def dump(town: Town) -> str:
    with town.container.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        return "\n".join(str(row) for name in tables for row in connection.execute(text(f'SELECT * FROM "{name}"')))


def never_seen(town: Town, gone: list[int]) -> str:
    model = Model()
    with database.read(town.container.engine) as session:
        for labels in model_replay.training_labels(session, after=0, until=model_replay.end(session)):
            if labels.enquiry_id not in gone:
                model.learn(prepare(labels.example, town.container.salt), labels.taught)
    return model.state_hash()


def test_nothing_of_the_person_is_left(town: Town) -> None:
    taught(town)
    with database.read(town.container.engine) as session:
        gone = [each.id for each in erasing.find(session, ADDRESS)]
    expected, before = never_seen(town, gone), town.container.learner.state_hash()
    assert len(gone) == 2
    assert CANARY.lower() in dump(town).lower()
    with database.write(town.container.engine) as session:
        assert erasing.erase(session, ADDRESS, by=Actor("a@example.org"), now=now()) == 2
    town.learn()
    assert town.container.learner.state_hash() == expected != before
    assert CANARY.lower() not in dump(town).lower()
    later = Learner(town.container.engine, town.container.salt)
    later.catch_up(now=now())
    assert later.state_hash() == expected
    with database.read(town.container.engine) as session:
        assert not erasing.find(session, ADDRESS)
        assert session.scalars(select(Label.id).where(Label.enquiry_id.in_(gone))).all()


def test_nothing_of_the_person_can_be_searched_for(town: Town) -> None:
    ids = town.receive(mail(CANARY, f"Her bor {CANARY}", sender=f"{CANARY} <{ADDRESS}>", attachment=b"x"))
    noted(town)
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, ids[0]).state = State.SET_ASIDE
    assert CANARY.lower()[:8] in words(town)
    with database.write(town.container.engine) as session:
        erasing.erase(session, ADDRESS, by=Actor("a@example.org"), now=now())
    assert CANARY.lower()[:8] not in words(town)
    assert CANARY.lower() not in dump(town).lower()
    with database.read(town.container.engine) as session:
        chosen = Filter(wanted=wanted(CANARY))
        assert enquiry_list.ids(session, town.visitator, chosen, 10) == []


def test_what_is_still_to_be_answered_is_not_erased(town: Town) -> None:
    (enquiry_id,) = town.receive(mail("Bænk", "Bænken er væk", sender=f"Fugl <{ADDRESS}>"))
    with pytest.raises(RefusedError), database.write(town.container.engine) as session:
        erasing.erase(session, ADDRESS, by=Actor("a@example.org"), now=now())
    with database.read(town.container.engine) as session:
        assert session.scalars(select(Enquiry.subject).where(Enquiry.id == enquiry_id)).one() == "Bænk"


@pytest.mark.parametrize("address", ["", "  ", "ukendt@borger.example.org"])
def test_nobody_is_found(town: Town, address: str) -> None:
    with pytest.raises(NotFoundError), database.write(town.container.engine) as session:
        erasing.erase(session, address, by=Actor("a@example.org"), now=now())
