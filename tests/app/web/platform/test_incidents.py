"""A fault of ours tells its number and its place, and nothing of the citizen whose mail it was about."""

import re

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.models.note import Note
from app.services.platform import faults
from app.web.enquiries import enquiry_page
from app.workflow.worker import Worker
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import Town, mail

CANARY = "Borgeren 010190-1234 er indlagt"


def broken(session: Session, how: str) -> None:
    """Let the database fail with the canary among what it was given."""
    match how:
        case "twice the same":
            for _ in range(2):
                session.execute(
                    text("INSERT INTO setting (key, value) VALUES (:key, :value)"), {"key": CANARY, "value": "1"}
                )
        case "nothing where something must be":
            session.execute(text("INSERT INTO setting (key, value) VALUES (:key, NULL)"), {"key": CANARY})
        case "no such table":
            session.execute(text("INSERT INTO nowhere (x) VALUES (:x)"), {"x": CANARY})
        case "no such row":
            session.add(Note(enquiry_id=999_999, by=CANARY, text=CANARY, at=None))
            session.flush()
        case "many rows":
            rows = [{"key": CANARY, "value": "1"}] * 3
            session.execute(text("INSERT INTO setting (key, value) VALUES (:key, :value)"), rows)
        case _:
            raise ValueError(f"not about a database: {CANARY}")


def broken_town(town: Town, how: str) -> None:
    with database.write(town.container.engine) as session:
        broken(session, how)


WAYS = (
    "twice the same", "nothing where something must be", "no such table", "no such row", "many rows", "a fault of our own",
)  # fmt: skip


@pytest.mark.parametrize("how", WAYS)
def test_a_page_that_breaks_says_its_number_and_no_more(
    app: Flask,
    town: Town,
    sign_in: SignIn,
    how: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (enquiry_id,) = town.receive(mail("Træ", "Et træ"))
    client = sign_in(Role.VISITATOR)
    token = csrf_token(client, f"/henvendelser/{enquiry_id}")
    monkeypatch.setattr(enquiry_page.notes, "write", lambda session, *_args, **_more: broken(session, how))
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    form = {"text": CANARY, "csrf_token": token}
    answer = client.post(f"/henvendelser/{enquiry_id}/noter", data=form)
    assert answer.status_code == 500
    shown = "".join(capfd.readouterr())
    for each in (answer.text, shown):
        assert "010190" not in each
        assert "indlagt" not in each
    number = re.search(r"nummeret ([0-9a-f]{8})", answer.text)
    assert number is not None
    assert number[1] in shown
    assert "app/web/enquiries/enquiry_page.py" in shown


@pytest.mark.parametrize("how", WAYS)
def test_a_loop_that_breaks_says_where_and_no_more(town: Town, how: str, capfd: pytest.CaptureFixture[str]) -> None:
    worker = Worker(town.container)

    def work() -> None:
        worker._stopping.set()
        broken_town(town, how)

    worker._loop("test", work, 0.0, worker._stopping)
    shown = "".join(capfd.readouterr())
    assert "loop_failed" in shown
    assert "010190" not in shown
    assert "indlagt" not in shown


@pytest.mark.parametrize("how", WAYS[:-1])
def test_no_error_of_the_database_holds_what_it_was_given(town: Town, how: str) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever kind it is
        broken_town(town, how)
    error = caught.value
    while error.__context__ is not None and not isinstance(error, DBAPIError):
        error = error.__context__
    if isinstance(error, DBAPIError):
        assert "010190" not in str(error).replace(str(error.orig), ""), "whoever prints it prints no parameters"
    assert "010190" not in faults.message(error)
    assert "010190" not in faults.name(error)
    assert "010190" not in faults.where(error)
