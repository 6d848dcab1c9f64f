"""Whoever reads a mail's words as columns says whose they are: else the log could not tell whose mail was shown."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.models import Base
from app.models.words import MailBytes, MailText

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    (
        "app/queries/enquiries/enquiry_list.py",
        "_beginnings",
    ): "of enquiries that are loaded whole beside it, which says so by itself",
    ("app/queries/inbound/rule_list.py", "_past"): "of many, of which those that are shown are named",
    ("app/queries/triage/suggestion_list.py", "_latest_of"): "part of a query whose reader names those that are shown",
}
"""Where it is said in another place, and where."""


def columns() -> dict[str, set[str]]:
    """Class → its columns that hold what people wrote."""
    found: dict[str, set[str]] = {}
    for mapper in Base.registry.mappers:
        names = {each.key for each in mapper.column_attrs if isinstance(each.columns[0].type, MailText | MailBytes)}
        found[mapper.class_.__name__] = names
    return found


def readers() -> Iterator[tuple[str, str, bool]]:
    """(file, function, whether it says whose) of each query for such columns that pages are made from."""
    worded = columns()
    for file in sorted((ROOT / "app" / "queries").rglob("*.py")):
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef) and any(_reads(each, worded) for each in ast.walk(function)):
                calls = {getattr(each.func, "id", "") for each in ast.walk(function) if isinstance(each, ast.Call)}
                yield str(file.relative_to(ROOT)), function.name, bool(calls & {"note", "note_logged"})


def _reads(node: ast.AST, worded: dict[str, set[str]]) -> bool:
    if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "select":
        return False
    parts = [part for argument in node.args for part in ast.walk(argument) if isinstance(part, ast.Attribute)]
    return any(isinstance(part.value, ast.Name) and part.attr in worded.get(part.value.id, ()) for part in parts)


def test_whose_words_are_read_is_said() -> None:
    silent = {(file, name) for file, name, says in readers() if not says}
    assert silent == set(ELSEWHERE), "call note(…) with whose they are (app/models/words.py)"
    assert len(list(readers())) > 8
