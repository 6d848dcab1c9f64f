"""A mail that may have been sent is a question on the robot's page: two buttons, and the job goes on by itself."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.domain.job import JobState
from app.domain.letter_fates import LetterFate
from app.models.case import Forward
from app.models.sending import SendingAttempt
from app.workflow.worker import Worker
from tests.app.web.conftest import SignIn, csrf_token
from tests.connectors.forgetful import ForgetfulPost
from tests.town import PARK, UNITS, Town, eventually, mail


@pytest.fixture
def post(town: Town) -> ForgetfulPost:
    """A mail system into whose mailboxes nobody can look."""
    post = ForgetfulPost(town.gateway, set())
    town.container.gateway = post
    return post


@pytest.fixture
def worker(town: Town, post: ForgetfulPost) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def asked(town: Town, post: ForgetfulPost, worker: Worker) -> int:
    """A mail whose forward has left, or not: nobody knows."""
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    post.fail("after")
    town.decide(enquiry)
    eventually(lambda: town.container.robot.failed(enquiry))
    return enquiry


def page(client: FlaskClient, address: str = "/robot/") -> str:
    return " ".join(client.get(address).text.split())


def press(client: FlaskClient, choice: str, message_id: str) -> str:
    form = {"valg": choice, "brev": message_id, "csrf_token": csrf_token(client, "/robot/")}
    return " ".join(client.post("/robot/brev", data=form, follow_redirects=True).text.split())


def id_of(town: Town, enquiry: int) -> str:
    with database.read(town.container.engine) as session:
        (found,) = session.query(Forward.message_id).where(Forward.enquiry_id == enquiry)
        return str(found[0])


@pytest.mark.parametrize(
    ("choice", "arrived", "said"), [("arrived", 1, "letter_said_arrived"), ("again", 2, "letter_ordered_again")]
)
def test_a_person_says_what_became_of_it_and_the_job_goes_on(
    town: Town, post: ForgetfulPost, asked: int, sign_in: SignIn, choice: str, arrived: int, said: str
) -> None:
    admin, message_id = sign_in(Role.ADMINISTRATOR), id_of(town, asked)
    assert post.calls == [False, True]
    assert "letter_fate_unknown" in town.events(asked)
    for address in ("/robot/", f"/robot/arbejde/journal:{asked}:1", f"/henvendelser/{asked}"):
        shown = page(admin, address)
        assert "Vi ved ikke, om mailen til enheden er sendt." in shown
        assert "Det er nået frem</button>" in shown
        assert UNITS[PARK] in shown
    assert "1 opgave er gået i stå" not in page(admin), "it is asked about above"
    assert "Mailen" in press(admin, choice, message_id)
    eventually(lambda: "forwarded" in town.events(asked))
    eventually(lambda: town.container.robot.job(f"journal:{asked}:1").state is JobState.DONE)
    assert post.arrived[message_id] == arrived
    assert town.events(asked).count(said) == 1
    assert "Vi ved ikke" not in page(admin)
    assert "Der er allerede svaret" in press(admin, choice, message_id)
    assert (post.arrived[message_id], town.events(asked).count(said)) == (arrived, 1)


def test_of_two_people_the_slower_one_is_told(
    town: Town, asked: int, post: ForgetfulPost, worker: Worker, sign_in: SignIn
) -> None:
    worker.stop()
    one, other, message_id = sign_in(Role.ADMINISTRATOR), sign_in(Role.ADMINISTRATOR), id_of(town, asked)
    press(one, "arrived", message_id)
    assert "Der er allerede svaret" in press(other, "again", message_id)
    with database.read(town.container.engine) as session:
        row = session.get_one(SendingAttempt, message_id)
        assert (row.fate, row.decided_by) == (LetterFate.ARRIVED, "administrator@town.example.org")


@pytest.mark.parametrize("choice", ["", "unknown", "x"])
def test_what_is_no_answer_decides_nothing(town: Town, asked: int, sign_in: SignIn, choice: str) -> None:
    admin, message_id = sign_in(Role.ADMINISTRATOR), id_of(town, asked)
    press(admin, choice, message_id)
    press(admin, "again", "<nobody@example.org>")
    assert "Vi ved ikke, om mailen til enheden er sendt." in page(admin)


def test_resuming_all_leaves_the_question_and_a_look_of_ones_own_asks_the_mail_system_again(
    town: Town, asked: int, post: ForgetfulPost, sign_in: SignIn
) -> None:
    admin, job = sign_in(Role.ADMINISTRATOR), f"journal:{asked}:1"
    token = {"csrf_token": csrf_token(admin, "/robot/")}
    admin.post("/robot/genoptag-alle", data=token)
    assert post.calls == [False, True]
    post._inside.add(UNITS[PARK])  # its mailbox can be looked into by now
    admin.post(f"/robot/arbejde/{job}/genoptag", data=token)
    eventually(lambda: "forwarded" in town.events(asked))
    assert post.calls == [False, True, True]
    assert sum(post.arrived.values()) == 1
    assert town.enquiry(asked).state is State.ROUTED
    assert "Vi ved ikke" not in page(admin)


def test_others_are_told_who_can_answer(town: Town, asked: int, sign_in: SignIn) -> None:
    shown = page(sign_in(Role.VISITATOR), f"/henvendelser/{asked}")
    assert "Vi ved ikke, om mailen til enheden er sendt." in shown
    assert "Det er nået frem</button>" not in shown
    assert sign_in(Role.VISITATOR).post("/robot/brev").status_code in (400, 404)
