"""GET changes nothing: every route, asked by everybody, beside the whole database before and after."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.domain.access import Role
from app.services.platform import sessions
from app.services.triage import returns
from tests.app.web.conftest import SignIn
from tests.app.web.routes import VALUES, rules
from tests.app.web.tables import EXCEPT, everything
from tests.town import PARK, Town, mail

WRITES = re.compile(r'^\s*(INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE)
ASKING = "?q=nummer&ord=nummer&vis=alt&enhed=1&orden=tvivl&bane=alle&sprog=da&naeste=1"


@contextmanager
def written(town: Town) -> Iterator[list[str]]:
    """Every table that something was written to, whether or not it looks the same afterwards."""
    found: list[str] = []

    def notice(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        match = WRITES.match(statement)
        if match and match[2].lower() not in EXCEPT:
            found.append(statement)

    event.listen(town.container.engine, "before_cursor_execute", notice)
    yield found
    event.remove(town.container.engine, "before_cursor_execute", notice)


@pytest.fixture
def busy(town: Town) -> list[int]:
    """Mails that wait, one at a unit, one decided lately: whoever looks could be given the next."""
    town.teach_history(1)
    ids = town.receive(*(mail(f"Træ {n}", f"Træ nummer {n} er væltet i parken") for n in range(4)))
    town.decide(ids[3], PARK)
    town.learn()
    return ids


def addresses(app: Flask, town: Town, ids: list[int]) -> Iterator[str]:
    token = returns.sign(returns.ReturnLink(ids[3], 1), town.container.settings.secret_key)
    for rule in rules(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        values = {name: VALUES[name] for name in rule.arguments}
        for enquiry_id in (ids[0], ids[3]) if "enquiry_id" in values else ids[:1]:
            values |= {"enquiry_id": enquiry_id} if "enquiry_id" in values else {}
            values |= {"token": token} if "token" in values else {}
            with app.test_request_context():
                address = app.url_map.bind("localhost").build(rule.endpoint, values)
            yield address
            yield address + ASKING


@pytest.mark.parametrize("role", [None, *Role])
def test_looking_changes_nothing(
    app: Flask, town: Town, sign_in: SignIn, busy: list[int], monkeypatch: pytest.MonkeyPatch, role: Role | None
) -> None:
    # Once a minute a request of somebody at work notes that they are: no part of what this walk looks for.
    monkeypatch.setattr(sessions, "RENEWED", sessions.LONGEST)
    client, answered = sign_in(role), 0
    before = everything(town)
    with written(town) as statements:
        for address in addresses(app, town, busy):
            for method in ("GET", "HEAD"):
                for headers in ({}, {"HX-Request": "true"}):
                    response = client.open(address, method=method, headers=headers, buffered=True)
                    answered += response.status_code == 200
                    assert statements == [], (method, address)
    assert everything(town) == before
    assert answered > (10 if role is None else 40), "somebody who is refused everywhere changes nothing anyway"
