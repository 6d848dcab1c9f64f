"""The catalogue of events: what is stored stays what it was, rows of any age read typed, and code knows no other kinds."""

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from app.domain import audit_chain, events
from app.domain.events.base import ABSENT, Absent, EventGroup, Icon, UnknownEvent
from app.domain.events.triage import EnquiryReturned

APP = Path(__file__).parents[3] / "app"
STORED: list[tuple[str, dict[str, Any]]] = [
    (kind, data) for kind, data in json.loads(Path(__file__).with_name("stored_events.json").read_text())
]
"""Rows as the versions before the catalogue wrote them: (kind, data), each set of keys that a kind has had."""


@pytest.mark.parametrize(("kind", "data"), STORED)
def test_a_stored_row_reads_typed_and_is_stored_as_it_was(kind: str, data: dict[str, Any]) -> None:
    content = events.read(kind, data)
    assert type(content) is events.CATALOGUE[kind]
    assert content.stored() == data
    assert audit_chain.digest(content.stored()) == audit_chain.digest(data)
    assert events.read(kind, content.stored()) == content


def test_each_kind_has_stored_rows_to_show() -> None:
    assert {kind for kind, _ in STORED} == set(events.CATALOGUE)


@pytest.mark.parametrize(("kind", "data"), STORED)
def test_a_row_that_lacks_a_key_or_has_one_more_reads_all_the_same(kind: str, data: dict[str, Any]) -> None:
    for missing in data:
        content = events.read(kind, {key: value for key, value in data.items() if key != missing})
        assert getattr(content, missing) in (None, ABSENT, 0, "", [], {})
    assert events.read(kind, {**data, "of_a_later_version": 1}) == events.read(kind, data)


def test_a_null_that_says_nothing_is_read_as_nothing() -> None:
    empty = EnquiryReturned.read({"unit_id": None, "why": None, "reason": None})
    assert empty == EnquiryReturned(unit_id=None, why="", reason=None, belongs_id=None)


def test_what_may_be_absent_is_absent_unless_said() -> None:
    """A default that is stored would add a key to rows that never had it."""
    for found in events.CATALOGUE.values():
        empty = found.read({})
        for name, hint in get_type_hints(found).items():
            if Absent in get_args(hint):
                assert getattr(empty, name) is ABSENT, (found, name)
                assert name not in empty.stored()


def test_a_kind_of_a_later_version_breaks_nothing() -> None:
    content = events.read("of_a_later_version", {"unit_id": 1})
    assert isinstance(content, UnknownEvent)
    assert events.traits("of_a_later_version").group is EventGroup.OTHER
    assert events.traits("of_a_later_version").icon is Icon.ROBOT


def test_names_fit_their_column_and_no_two_classes_share_one() -> None:
    assert max(map(len, events.CATALOGUE)) <= 50
    named = [
        keyword.value.value
        for path in (APP / "domain" / "events").glob("*.py")
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.ClassDef)
        for keyword in each.keywords
        if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant)
    ]
    assert sorted(named) == sorted(events.CATALOGUE)


def _nodes() -> Iterator[tuple[Path, ast.AST]]:
    for path in APP.rglob("*.py"):
        if APP / "domain" / "events" not in path.parents:
            for node in ast.walk(ast.parse(path.read_text())):
                yield path, node


def _made(call: ast.Call, tables: Mapping[str, list[str]]) -> set[str]:
    """The classes that a call may make: it names one, chooses between two, or looks one up in a table of its module."""
    if isinstance(call.func, ast.Subscript) and isinstance(call.func.value, ast.Name):
        return set(tables.get(call.func.value.id, ()))
    choices = [call.func.body, call.func.orelse] if isinstance(call.func, ast.IfExp) else [call.func]
    return {each.id for each in choices if isinstance(each, ast.Name)}


def _tables() -> dict[str, list[str]]:
    return {
        node.target.id: [each.id for each in node.value.values if isinstance(each, ast.Name)]
        for _, node in _nodes()
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(node.value, ast.Dict)
    }


def test_each_kind_is_written_somewhere() -> None:
    classes = {found.__name__: kind for kind, found in events.CATALOGUE.items()}
    tables = _tables()
    written = {name for _, node in _nodes() if isinstance(node, ast.Call) for name in _made(node, tables)}
    assert {kind for name, kind in classes.items() if name not in written} == set()


def test_no_kind_is_recorded_or_looked_for_by_a_bare_string() -> None:
    found = []
    for path, node in _nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record":
            found += [(path, ast.unparse(each)) for each in node.args[1:2] if isinstance(each, ast.Constant)]
        if isinstance(node, ast.Compare) and ast.unparse(node.left).lower().endswith(("event.kind", "decision.kind")):
            found += [(path, each) for each in _texts(node.comparators)]
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Event.kind.in_":
            found += [(path, each) for each in _texts(node.args)]
    assert found == []


def _texts(nodes: list[ast.expr]) -> list[str]:
    inside = (each for node in nodes for each in ast.walk(node))
    return [each.value for each in inside if isinstance(each, ast.Constant) and isinstance(each.value, str)]
