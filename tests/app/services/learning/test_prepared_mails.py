"""What the learner keeps of open mails is bounded, and what it does not keep is scored all the same."""

from sqlalchemy import select

from app import database
from app.models.prediction import Prediction
from app.services.learning.prepared_mails import PreparedMails
from learning.example import Example
from learning.features import prepare
from tests.town import Town, mail


def features(n: int):
    return prepare(Example(str(n), f"Emne {n}", f"Træet nummer {n} i parken er væltet"))


def test_who_came_first_stays_and_who_has_no_room_is_missing() -> None:
    size = features(1).nbytes
    kept = PreparedMails(most_bytes=2 * size + 10)
    for n in (1, 2, 3):
        kept.keep(n, features(n))
    assert kept.missing([1, 2, 3]) == [3]
    kept.drop_all_but([2, 3])
    kept.keep(3, features(3))
    kept.keep(3, features(3))
    assert kept.missing([1, 2, 3]) == [1]
    kept.keep(1, features(1))
    assert kept.get(1) is None


def test_every_open_mail_is_scored_though_there_is_room_for_none(town: Town) -> None:
    learner = town.container.learner
    learner._open = PreparedMails(most_bytes=0)
    ids = town.receive(*(mail(f"Mail {n}", f"Træet nummer {n} i parken er væltet") for n in range(4)))
    town.decide(ids[0])
    town.learn()
    with database.read(town.container.engine) as session:
        at = dict(session.execute(select(Prediction.enquiry_id, Prediction.model_position)).all())
    assert [at[n] for n in ids[1:]] == [1, 1, 1]
