"""The year that was played holds as one that was lived: its log, its model, its budget, its cases, and its pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import database
from app.commands.demo import PASSWORD, prepare
from app.container import Container
from app.demo.municipality import load
from app.domain.enquiry import State
from app.environment import read_settings
from app.models.case import CaseDocument, Deadline, Forward, Reply
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.prediction import Prediction
from app.services.learning import error_budget, model_replay
from app.services.learning.model_replay import ModelReplay
from app.services.platform import audit, settings
from app.web.platform.factory import create_app
from tests import databases
from tests.app.demo import honesty

SEED, COUNT = 11, 100
FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')
PAGES = {
    "ida@slusekoebing.example.org": ("/visitering/", "/henvendelser/"),
    "tage@slusekoebing.example.org": ("/tal/", "/laering/", "/blindproeve/"),
    "adda@slusekoebing.example.org": ("/robot/", "/alarmer/", "/haendelseslog/", "/modellen/"),
    "karla@slusekoebing.example.org": ("/enheden/",),
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, spared: None) -> Iterator[Container]:
    """A house with a year behind it, of few mails."""
    config = read_settings({"SLUSE_HOME": str(tmp_path_factory.mktemp("lived"))}, demo=True)
    prepare(config, load(), SEED, COUNT)
    databases._make_tables(config.database_url)
    container = Container.build(config)
    container.learner.catch_up(now=datetime.now(UTC))
    yield container
    container.close()


def test_the_log_is_whole_and_in_the_order_of_time(lived: Container) -> None:
    with database.read(lived.engine) as session:
        assert audit.first_break(session) is None
        times = list(session.scalars(select(Event.at).order_by(Event.id)))
    assert times == sorted(times)
    assert times[-1] <= datetime.now(UTC)
    assert len(times) > 8 * COUNT


def test_nothing_lies_in_the_future(lived: Container) -> None:
    now = datetime.now(UTC)
    with database.read(lived.engine) as session:
        for column in (Enquiry.received_at, Enquiry.routed_at, Enquiry.answered_at, Enquiry.closed_at, Forward.sent_at):
            assert session.scalar(select(func.max(column))) <= now


def test_the_model_is_the_replay_of_its_labels(lived: Container) -> None:
    with database.read(lived.engine) as session:
        replay = model_replay.advance(session, ModelReplay(salt=lived.salt), until=model_replay.end(session))
    assert replay.position == lived.learner.position > 0
    assert replay.model.state_hash() == lived.learner.state_hash()


def test_the_year_is_honest(lived: Container) -> None:
    """Three whole years are looked at in `make verify`."""
    year = honesty.of(lived, SEED)
    assert year.honest, year
    assert year.mails == COUNT


def test_the_limit_is_what_the_evidence_says(lived: Container) -> None:
    with database.read(lived.engine) as session:
        computed = error_budget.compute_limits(session, now=datetime.now(UTC))
        assert settings.get(session, settings.CONFIDENCE_LIMIT) == computed.limit
        assert settings.get(session, settings.STRANGERS) == computed.out_of_scope_share


def test_what_was_routed_is_journaled_and_what_was_answered_closed(lived: Container) -> None:
    """But for the one piece of work that has stopped, so that there is something to resume."""
    with database.read(lived.engine) as session:
        routed = list(session.scalars(select(Enquiry).where(Enquiry.state.in_((State.ROUTED, State.CLOSED)))))
        bare = [each for each in routed if each.case_id is None or session.get(Deadline, each.id) is None]
        answered = set(session.scalars(select(Reply.enquiry_id)))
        assert {each.id for each in routed if each.state is State.CLOSED} == answered
        assert len(bare) <= 1
        documents = list(session.scalars(select(CaseDocument).order_by(CaseDocument.key)))
    assert len(documents) > COUNT
    for document in documents[::40]:
        assert lived.records.read_document(document.number.rpartition("-")[0], document.number) is not None


def test_who_waits_has_a_suggestion_or_no_words(lived: Container) -> None:
    with database.read(lived.engine) as session:
        waiting = session.scalars(select(Enquiry).where(Enquiry.state == State.TRIAGE)).all()
        assert all(session.get(Prediction, each.id) or each.words_missing for each in waiting)


def test_pages_of_the_year_open(lived: Container) -> None:
    app = create_app(lived)
    with database.read(lived.engine) as session:
        kinds = (State.CLOSED, State.ROUTED, State.SET_ASIDE, State.REFERRED)
        found = [session.scalars(select(Enquiry.id).where(Enquiry.state == state).limit(2)).all() for state in kinds]
        returned = session.scalars(select(Enquiry.id).where(Enquiry.returns > 0).limit(2)).all()
    mails = [f"/henvendelser/{number}" for each in (*found, returned) for number in each]
    assert len(mails) >= 6
    for email, pages in PAGES.items():
        with signed_in(app.test_client(), email) as client:
            shown = (*pages, *mails) if email.startswith("adda") else pages
            for page in shown:
                answer = client.get(page, follow_redirects=True)
                assert answer.status_code == 200, (email, page)


@contextmanager
def signed_in(client: FlaskClient, email: str) -> Iterator[FlaskClient]:
    token = FIELD.search(client.get("/log-ind").text)
    assert token is not None
    form = {"csrf_token": token[1], "email": email, "password": PASSWORD}
    assert client.post("/log-ind", data=form).status_code in (200, 302, 303)
    yield client
