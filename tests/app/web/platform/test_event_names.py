"""What people read of events: each kind has a name in both languages, on every page, and an unknown one breaks none."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from app import database
from app.domain import events as catalogue
from app.domain.access import Role
from app.domain.actor import ROBOT
from app.domain.events.base import DomainEvent
from app.services.platform import events
from app.web.platform import event_names
from tests.app.web.conftest import SignIn
from tests.app.web.platform import test_translations
from tests.town import PARK, Town, mail, now

STORED: list[tuple[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "domain" / "stored_events.json").read_text()
)
COMPARED = re.compile(r"(?:event|entry)\.kind\s+(?:==|!=|in|not in)\s+(\([^)]*\)|\"\w+\")")


@dataclass(frozen=True, kw_only=True)
class Foreseen(DomainEvent, kind="of_a_later_version"):
    unit_id: int = 1
    reason: str = "unheard"


def test_each_kind_has_a_name_in_both_languages() -> None:
    assert set(event_names.NAMES) == set(catalogue.CATALOGUE)
    assert not set(event_names.ENTRIES) & set(catalogue.CATALOGUE)
    english = {message.id: message.string for message in test_translations.catalogue()}
    danish = [text._args[0] for text in (event_names.NAMES | event_names.ENTRIES).values()]
    assert all(danish)
    assert [text for text in danish if not english.get(text)] == []


def test_pages_ask_for_kinds_that_there_are() -> None:
    asked = {
        kind
        for path in test_translations.TEMPLATES
        for found in COMPARED.findall(path.read_text())
        for kind in re.findall(r'"(\w+)"', found)
    }
    assert "deadline_met" in asked
    assert asked <= set(event_names.NAMES) | set(event_names.ENTRIES)


def test_rows_of_every_kind_are_shown_by_name(town: Town, sign_in: SignIn) -> None:
    """On the enquiry's page, on its printed log and in the log across all mails; none by its code."""
    enquiry = _enquiry(town)
    with database.write(town.container.engine) as session:
        for kind, data in STORED:
            content = catalogue.read(kind, {**data, "why": "", "after": ""} if kind != "unit_changed" else data)
            events.record(session, content, by=ROBOT, now=now(), enquiry_id=enquiry)
    manager = sign_in(Role.MANAGER)
    for page in (f"/henvendelser/{enquiry}", f"/henvendelser/{enquiry}/haendelseslog"):
        _names_only(manager.get(page).text)
    file = sign_in(Role.AUDITOR).get("/haendelseslog/haendelseslog.csv").get_data(as_text=True)
    happened = [line.split(";")[3].strip('"') for line in file.splitlines()[1:]]
    assert {str(name) for name in event_names.NAMES.values()} <= set(happened)
    assert not set(happened) & set(catalogue.CATALOGUE)


def _names_only(page: str) -> None:
    codes = re.findall(r"(?:<b>|</time> |<div>)([a-z]+(?:_[a-z]+)*)\b", page)
    assert not set(codes) & set(catalogue.CATALOGUE)
    assert "Svarudkast lagt i enhedens mappe Kladder" in page


def test_a_kind_of_a_later_version_is_named_as_unknown(town: Town, sign_in: SignIn) -> None:
    enquiry = _enquiry(town)
    with database.write(town.container.engine) as session:
        events.record(session, Foreseen(), by=ROBOT, now=now(), enquiry_id=enquiry)
    unknown = "Hændelse, som denne version af Sluse ikke kender (of_a_later_version)"
    manager: FlaskClient = sign_in(Role.MANAGER)
    for page in (f"/henvendelser/{enquiry}", f"/henvendelser/{enquiry}/haendelseslog"):
        shown = manager.get(page)
        assert shown.status_code == 200
        assert unknown in shown.text
    auditor = sign_in(Role.AUDITOR)
    assert unknown in auditor.get("/haendelseslog/").text
    assert unknown in auditor.get("/haendelseslog/haendelseslog.csv").get_data(as_text=True)


def _enquiry(town: Town) -> int:
    (enquiry,) = town.receive(mail("Træ", "Et træ er væltet"))
    town.decide(enquiry, PARK)
    return enquiry
