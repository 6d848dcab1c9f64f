"""Labelled history from files: the same rows in the same order as the benchmark, and errors that name the line."""

import gzip
import json
import random

import pytest

from learning.example import Example
from learning.labelled import LabelledDataError, load
from tests.shared import SETS, needs


def written(tmp_path, *rows, name="mails.jsonl"):
    path = tmp_path / name
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["mails.jsonl", "mails.jsonl.gz"])
def test_subject_and_body_stay_apart(tmp_path, name):
    path = written(
        tmp_path,
        {"id": 2, "time": "2026-02-01", "subject": "Hul i vejen", "body": "Ved nr. 4", "label": "roads"},
        {"id": 1, "time": "2026-01-01", "text": "alt i ét", "label": "roads"},
        name=name,
    )
    assert load(path) == [(Example("1", "", "alt i ét"), "roads"), (Example("2", "Hul i vejen", "Ved nr. 4"), "roads")]


def test_rows_that_cannot_be_used_are_left_out(tmp_path):
    path = written(
        tmp_path,
        {"id": 1, "text": "undated", "label": "a"},
        {"id": 2, "order": 0.5, "text": "  ", "label": "a"},
        {"id": 3, "order": 0.5, "subject": None, "body": None, "label": "a"},
        {"id": 4, "order": 0.5, "text": "no label"},
        {"id": 5, "order": 0.5, "text": "of no unit", "label": "a", "oos": True},
        {"id": 6, "order": 0.4, "text": "good", "label": "a"},
    )
    assert [(example.id, unit) for example, unit in load(path)] == [("6", "a"), ("5", None)]
    assert [example.id for example, _ in load(path, exclude_oos=True)] == ["6"]
    assert [example.id for example, _ in load(path, limit=1)] == ["6"]
    assert {example.id for example, _ in load(path, order="shuffle")} == {"1", "5", "6"}


def test_shuffle_is_the_seeds(tmp_path):
    path = written(tmp_path, *({"id": n, "text": f"mail {n}", "unit": "a"} for n in range(20)))
    expected = [str(n) for n in range(20)]
    random.Random(5).shuffle(expected)
    assert [example.id for example, _ in load(path, "unit", "shuffle", seed=5)] == expected


def test_strangers_are_mixed_in_as_asked(tmp_path):
    known = [{"id": n, "text": f"mail {n}", "label": "a", "order": n} for n in range(100)]
    out_of_scope = [{"id": f"s{n}", "text": f"strange {n}", "oos": True} for n in range(40)]
    path = written(tmp_path, *out_of_scope, *known)
    mails = load(path, out_of_scope_share=0.2)
    places = [n for n, (_, unit) in enumerate(mails) if unit is None]
    assert len(mails) == 125
    assert len(places) == 25
    assert places[0] < 40
    assert places[-1] > 85
    assert [example.id for example, unit in mails if unit] == [str(n) for n in range(100)]
    assert mails == load(path, out_of_scope_share=0.2)
    assert mails != load(path, out_of_scope_share=0.2, seed=12)
    assert len(load(path, out_of_scope_share=0.2, limit=50)) == 50
    assert sum(unit is None for _, unit in load(path, out_of_scope_share=0.5)) == 40  # there are no more
    assert load(path, order="shuffle", exclude_oos=True) == load(path, order="shuffle", out_of_scope_share=0.0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{broken", "line 2: not JSON"),
        ("[1, 2]", "line 2: not an object"),
        ('{"text": "no id", "label": "a"}', "line 2: not an object with an id"),
        ('{"id": 1, "text": 5, "label": "a"}', "line 2: text is not a text"),
        ("", "line 2: not JSON"),
        ("[" * 100_000, "line 2: not JSON"),
    ],
)
def test_bad_line_is_named(tmp_path, line, message):
    path = written(tmp_path, {"id": 1, "text": "x", "label": "a", "order": 1}, line)
    with pytest.raises(LabelledDataError, match=message):
        load(path)


def test_unreadable_files_are_told(tmp_path):
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(b'{"id": 1}\n' * 1000)[:-20])
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes('{"id": "æ"}'.encode("latin-1"))
    plain = tmp_path / "plain.jsonl.gz"
    plain.write_bytes(b'{"id": 1}')
    for path in (tmp_path / "absent.jsonl", cut, latin, plain):
        with pytest.raises(LabelledDataError, match=path.name):
            load(path)


def test_times_of_different_kinds_are_told(tmp_path):
    path = written(tmp_path, *({"id": n, "time": t, "text": "x", "label": "a"} for n, t in enumerate(["2026", 7])))
    with pytest.raises(LabelledDataError, match="different kinds"):
        load(path)


@pytest.mark.parametrize(("name", "order"), [
    pytest.param(name, order, marks=needs(SETS / f"{name}.jsonl.gz"))
    for name, order in (("xsid_da", "shuffle"), ("sa_lists_spam", "time"))
])  # fmt: skip
def test_order_is_the_benchmarks(name, order):
    path = SETS / f"{name}.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    mails = []
    for row in rows:
        text = row.get("text") or f"{row.get('subject') or ''}\n{row.get('body') or ''}"
        if text.strip() and row.get("label"):
            mails.append((row.get("time") or row.get("order"), str(row["id"]), str(row["label"])))
    if order == "time":
        mails = sorted((m for m in mails if m[0] is not None), key=lambda m: m[:2])
    else:
        random.Random(11).shuffle(mails)
    assert [(example.id, unit) for example, unit in load(path, order=order)] == [m[1:] for m in mails]
