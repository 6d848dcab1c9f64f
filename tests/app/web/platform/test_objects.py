"""What is another unit's does not exist: every route, each number in its address, its fields and its fragments."""

import inspect
import re
from typing import Any

import pytest
from flask import Flask
from limits import parse_many
from sqlalchemy import select
from werkzeug.routing import Rule

from app import database
from app.domain.access import Role
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label
from app.models.note import Note
from app.models.user_session import UserSession
from app.services.triage import notes
from app.web.enquiries import list_filters
from tests.app.web.conftest import SignIn
from tests.app.web.platform.test_hostile_values import names
from tests.app.web.routes import EXPECTED, VALUES, rules
from tests.app.web.tables import everything
from tests.town import PARK, ROAD, Town, mail, now

OWN, FOREIGN = "egetordet", "fremmedordet"
NUMBERED = {"enquiry_id", "label_id", "note_id", "session_id", "work_id"}
"""Parts of an address that hold the number of an enquiry, or of what belongs to one or to a person."""
SHOWING = {"enquiries", "caseload", "exports", "help", "practice"}
"""Blueprints of theirs that show mails, or choose by what an address says."""
LOGS = {"event", "rate_count", "user_session"}


@pytest.fixture
def foreign(town: Town) -> dict[str, int]:
    """Mails that are not Park's: at another unit, answered there, waiting, set aside; and one that is."""
    town.teach_history(1)
    road, waiting, aside, own = town.receive(
        mail(f"Hul {FOREIGN}", f"Et hul i vejen, {FOREIGN}.", attachment=b"x", html=f"<p>{FOREIGN}</p>"),
        mail(f"Bænk {FOREIGN} a", f"En bænk, {FOREIGN}, mangler."),
        mail(f"Tak {FOREIGN} b", f"En hund, {FOREIGN}, gør."),
        mail(f"Træ {OWN}", f"Træet i parken, {OWN}, er væltet.", attachment=b"x", html=f"<p>{OWN}</p>"),
    )
    with database.write(town.container.engine) as db:
        for number in (road, waiting, aside):
            notes.write(db, db.get_one(Enquiry, number), f"Note om {FOREIGN}", by=town.visitator.actor, now=now())
    town.decide(road, ROAD)
    town.decide(own, PARK)
    town.learn()
    return {"road": road, "waiting": waiting, "aside": aside, "own": own}


def of_caseworkers(app: Flask) -> list[Rule]:
    return [rule for rule in rules(app) if Role.CASEWORKER in EXPECTED[rule.endpoint.split(".")[0]]]


def build(app: Flask, rule: Rule, values: dict[str, Any]) -> str:
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments})


def numbers_of(town: Town, enquiry_id: int) -> dict[str, Any]:
    """Everything that has a number and belongs to an enquiry."""
    with database.read(town.container.engine) as db:
        label = db.scalars(select(Label.id).where(Label.enquiry_id == enquiry_id)).first()
        note = db.scalars(select(Note.id).where(Note.enquiry_id == enquiry_id)).first()
        session = db.scalars(
            select(UserSession.id).where(UserSession.account_id == town.people[Role.MANAGER].id)
        ).first()
    return VALUES | {
        "enquiry_id": enquiry_id, "label_id": label or 0, "note_id": note or 0, "work_id": f"journal:{enquiry_id}:1",
        "session_id": session or 0, "account_id": town.people[Role.MANAGER].id,
    }  # fmt: skip


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.AUDITOR])
def test_no_address_opens_what_is_anothers(
    app: Flask, town: Town, sign_in: SignIn, foreign: dict[str, int], role: Role, htmx: bool
) -> None:
    """Nothing of it is shown, nothing is changed, and that it was tried stands in the log."""
    sign_in(Role.MANAGER)
    client = sign_in(role)
    app.config["WTF_CSRF_ENABLED"] = False
    town.container.rates._limits["refused"] = parse_many("100000 per hour")
    headers = {"HX-Request": "true"} if htmx else {}
    asked: set[tuple[str, str]] = set()
    before = everything(town)
    for rule in rules(app):
        if not rule.arguments & NUMBERED:
            continue
        for number in foreign.values() if role is Role.AUDITOR else (foreign[n] for n in ("road", "waiting", "aside")):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                address = build(app, rule, numbers_of(town, number))
                answer = client.open(address, method=method, headers=headers)
                assert (answer.status_code, FOREIGN in answer.text) == (404, False), (method, address)
                asked |= {(rule.endpoint, str(number))} if "enquiry_id" in rule.arguments else set()
    assert {name: rows for name, rows in everything(town).items() if name.strip('"') not in LOGS} == {
        name: rows for name, rows in before.items() if name.strip('"') not in LOGS
    }
    with database.read(town.container.engine) as db:
        refused = list(db.scalars(select(Event).where(Event.kind == "refused")))
    assert {(row.data["page"], row.data["asked"].get("enquiry_id", "")) for row in refused} >= asked
    assert len(asked) > 60


def asked_for(app: Flask, rule: Rule) -> set[str]:
    """What a page reads from its address, the lists' filters among it."""
    source = inspect.getsource(inspect.getmodule(inspect.unwrap(app.view_functions[rule.endpoint])))  # type: ignore[arg-type]
    found = set(re.findall(r"""args(?:\.get|\.getlist)?[\[(]\s*f?"([\w-]+)""", source))
    return found | (set(re.findall(r'"(\w+)"', inspect.getsource(list_filters))) if "listing.read" in source else set())


def test_no_field_brings_what_is_anothers(app: Flask, town: Town, sign_in: SignIn, foreign: dict[str, int]) -> None:
    """Every parameter that a page of theirs reads, with every number that is not theirs, and with a word of those mails."""
    client = sign_in(Role.CASEWORKER)
    strange = (str(foreign["waiting"]), "hul")
    tried = 0
    for rule in of_caseworkers(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint.split(".")[0] not in SHOWING:
            continue
        address = build(app, rule, numbers_of(town, foreign["own"]))
        for field in sorted(set(names(app, rule)) & asked_for(app, rule)):
            for n, value in enumerate((*strange, str(town.units[ROAD])) if field == "enhed" else strange):
                tried += 1
                headers = {"HX-Request": "true"} if n % 2 else {}
                shown = client.get(address, query_string={field: value}, headers=headers).text
                assert FOREIGN not in shown, (address, field, value)
    assert tried > 100


@pytest.mark.parametrize("page", ["/henvendelser/", "/henvendelser/henvendelser.csv", "/enheden/"])
@pytest.mark.parametrize("query", ["", "q=hul", "q=bænk", "q=note", "enhed=2", "tilstand=waiting", "tilstand=routed"])
def test_lists_counts_and_files_are_their_own(sign_in: SignIn, foreign: dict[str, int], page: str, query: str) -> None:
    answer = sign_in(Role.CASEWORKER).get(f"{page}?{query}")
    if answer.status_code == 404:
        return
    assert FOREIGN not in answer.text
    linked = set(re.findall(r"/(?:henvendelser|enheden|visitering)/(\d+)", answer.text))
    assert linked <= {str(foreign["own"])}
