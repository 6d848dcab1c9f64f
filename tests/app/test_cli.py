"""The command as a person types it."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main
from app.config import SettingsError
from app.environment import read_settings
from tests.town import SENTENCES

KEYS = [
    "peer", "scored", "accuracy", "auto_share", "auto_precision", "auto_precision_low", "auto_precision_high",
    "oracle_auto_share", "ms_per_mail", "top3", "ms_predict_p50", "ms_predict_p99", "ms_learn_p50", "ms_learn_p99",
    "peak_rss_mb", "labels_known", "late_auto_share", "late_oracle_auto_share", "out_of_scope", "out_of_scope_auto_share",
    "learning_curve", "units", "feedback",
]  # fmt: skip


@pytest.fixture
def history(tmp_path: Path) -> Path:
    file = tmp_path / "history.jsonl.gz"
    rows = [
        {"id": f"{unit}-{n}-{k}", "subject": text, "body": f"{text}. Tak {k}", "unit": unit, "order": k * 10 + n}
        for k in range(40)
        for unit, sentences in SENTENCES.items()
        for n, text in enumerate(sentences)
    ]
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    return file


def test_rehearse(history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.json"
    options = [
        "--label-field",
        "unit",
        "--warm-start",
        "40",
        "--delay",
        "5",
        "--order",
        "shuffle",
        "--json",
        str(target),
    ]
    assert main(["rehearse", str(history), *options]) == 0
    (result,) = json.loads(target.read_text())
    assert list(result) == KEYS
    assert result["scored"] == 440
    assert result["accuracy"] > 0.9
    assert result["auto_share"] > 0.3
    assert sum(point["mails"] for point in result["learning_curve"]) == 440
    assert result["learning_curve"][-1]["accuracy"] > 0.9
    assert sum(unit["n"] for unit in result["units"].values()) == 440
    said = capsys.readouterr().out
    assert all(unit in said for unit in SENTENCES)


def test_rehearse_with_partial_feedback(history: Path, tmp_path: Path) -> None:
    found = {}
    for feedback in ("full", "partial"):
        target = tmp_path / f"{feedback}.json"
        options = ["--label-field", "unit", "--warm-start", "40", "--feedback", feedback, "--json", str(target)]
        assert main(["rehearse", str(history), *options, "--order", "shuffle", "--check-rate", "0.2"]) == 0
        (found[feedback],) = json.loads(target.read_text())
    assert found["full"]["labels_known"] == 440
    assert found["partial"]["labels_known"] < 360
    assert 0.1 < found["partial"]["auto_share"] < found["full"]["auto_share"]
    with pytest.raises(SystemExit):
        main(["rehearse", str(history), "--feedback", "partial", "--check-rate", "0"])


@pytest.mark.parametrize("content", [b"{not json}\n", b'{"id": 1\n', b"\xff\xfe"])
def test_rehearse_names_what_is_wrong(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(content)
    assert main(["rehearse", str(file)]) == 2
    assert "bad.jsonl" in capsys.readouterr().err
    assert main(["rehearse", str(tmp_path / "missing.jsonl")]) == 2


def test_serve_asks_for_a_secret() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SLUSE_")}
    command = [str(Path(sys.executable).parent / "sluse"), "serve"]
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "SLUSE_SECRET_KEY" in result.stderr


@pytest.mark.parametrize(
    "env",
    [
        {"SLUSE_SECRET_KEY": "short"},
        {"SLUSE_SECRET_KEY": "0123456789abcdef", "SLUSE_PORT": "eighty"},
        {"SLUSE_SECRET_KEY": "0123456789abcdef", "SLUSE_DEMO_SPEED": "0"},
        {"SLUSE_SECRET_KEY": "0123456789abcdef", "SLUSE_DEMO_SPEED": "nan"},
    ],
    ids=["secret", "port", "standstill", "no speed"],
)
def test_bad_settings_are_named(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read_settings(env)


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for command in ("serve", "demo", "rehearse", "load-organisation", "add-person"):
        assert command in said
