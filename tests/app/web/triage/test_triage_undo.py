"""Undo while the robot sends the mail: a moment is waited for; what cannot be taken back yet is named."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.models.case import Forward
from app.web.triage import triage_page
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, Town, mail


def leaving(town: Town) -> int:
    (enquiry_id,) = town.receive(mail("Træ ved 010190-1234", "Træet er væltet"))
    town.decide(enquiry_id, PARK)
    with database.write(town.container.engine) as session:
        session.add(Forward(message_id="<f@x>", enquiry_id=enquiry_id, routing_no=1, unit_id=town.units[PARK]))
    return enquiry_id


def undo(client: FlaskClient):
    return client.post(
        "/visitering/fortryd", data={"csrf_token": csrf_token(client, "/visitering/")}, headers={"HX-Request": "true"}
    )


def test_a_mail_that_is_being_sent_is_withdrawn_once_it_is_sent(
    town: Town, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enquiry_id, client = leaving(town), sign_in(Role.VISITATOR)

    def sent(_seconds: float) -> None:
        with database.write(town.container.engine) as session:
            session.execute(update(Forward).values(sent_at=datetime.now(UTC)))

    monkeypatch.setattr(triage_page, "time", SimpleNamespace(sleep=sent))
    answer = undo(client)
    assert answer.status_code == 200
    assert town.enquiry(enquiry_id).state is State.TRIAGE
    assert "recalled" in town.events(enquiry_id)


def test_a_mail_that_is_still_being_sent_is_named(town: Town, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    enquiry_id, client = leaving(town), sign_in(Role.VISITATOR)
    waited: list[float] = []
    monkeypatch.setattr(triage_page, "time", SimpleNamespace(sleep=waited.append))
    answer = undo(client)
    assert answer.status_code == 422
    assert len(waited) == len(triage_page.SENDING)
    assert f"Henvendelse {enquiry_id}, ”Træ ved" in answer.text
    assert "010190" not in answer.text
    assert town.enquiry(enquiry_id).state is State.ROUTED


@pytest.mark.parametrize(("typed", "why"), [
    ("abc", "Skriv henvendelsens nummer"),
    ("🙂", "Skriv henvendelsens nummer"),
    ("2026-000092", "Skriv henvendelsens nummer"),
    ("own", "Det er mailens eget nummer"),
    ("99999", "Der er ingen åben henvendelse med det nummer"),
    ("²", "Skriv henvendelsens nummer"),
])  # fmt: skip
def test_a_number_that_does_not_fit_is_told_why_and_stays(town: Town, sign_in: SignIn, typed: str, why: str) -> None:
    (enquiry_id,) = town.receive(mail("Træ", "Træet er væltet"))
    client, page = sign_in(Role.VISITATOR), f"/visitering/{enquiry_id}/saml"
    typed = str(enquiry_id) if typed == "own" else typed
    form = {"leader": typed, "version": town.enquiry(enquiry_id).version, "csrf_token": csrf_token(client, page)}
    answer = client.post(page, data=form)
    assert answer.status_code == 422
    assert why in answer.text
    assert f'value="{typed}"' in answer.text
