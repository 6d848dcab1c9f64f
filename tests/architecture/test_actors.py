"""Who acts has one type: an `Actor` wherever a parameter is called `by`, never a bare address or a row."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
STORED = {("domain/audit_chain.py", "link")}
"""Whose `by` is what a row of the log says already."""


def others(source: str) -> Iterator[tuple[str, str]]:
    """(function, annotation) of each `by` of another type."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            for annotation in [ast.unparse(each.annotation or ast.Name("")) for each in every if each.arg == "by"]:
                if annotation != "Actor":
                    yield getattr(node, "name", "lambda"), annotation


def test_who_acts_is_an_actor() -> None:
    files = {str(file.relative_to(APP)): file.read_text() for file in sorted(APP.rglob("*.py"))}
    assert {(name, found) for name, text in files.items() for found, _ in others(text)} == STORED
    assert sum(text.count("by: Actor") for name, text in files.items() if name.startswith("services/")) > 100


@pytest.mark.parametrize("other", [": str", ": Account", ': "str | None"', ": Account | Actor", ""])
def test_another_type_is_noticed(other: str) -> None:
    assert [name for name, _ in others(f"def close(session, *, by{other}, now): ...")] == ["close"]
    assert [name for name, _ in others(f"class Rows:\n    async def add(self, by{other}): ...")] == ["add"]
    assert not list(others("def close(session, *, by: Actor, now): ..."))
