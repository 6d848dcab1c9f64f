"""A municipality's own history, of uneven quality: what is wrong with it is named, and a kill loses and doubles nothing."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app import database
from app.cli import main
from app.commands.history import import_history
from app.commands.progress import Progress
from app.domain.history import Units
from app.models.enquiry import RawMail
from app.models.label import Label, LabelPosition
from app.models.unit import ServiceArea, Unit
from tests.conftest import SECRET
from tests.town import PARK, PATIENCE, ROAD, SENTENCES, SHARED, UNITS, WASTE, Town, mail

ROOT = Path(__file__).parents[2]
EMPTY = ["Byggesag", "Kirkegård", "Havn"]
BEGIN = datetime(2025, 1, 6, 9, tzinfo=UTC)


def written(text: str, n: int, *, days: float | None = None) -> bytes:
    at = {} if days is None else {"Date": format_datetime(BEGIN + timedelta(days=days))}
    return mail(text, f"{text} {n}. Med venlig hilsen", message_id=f"<{n}@borger.example.org>", headers=at)


def put(root: Path, unit: str, name: str, raw: bytes) -> str:
    """A mail in a unit's folder; returns the name that the report has for it."""
    (root / unit).mkdir(parents=True, exist_ok=True)
    (root / unit / name).write_bytes(raw)
    return f"{root.name}/{unit}/{name}"


def uneven_history(root: Path, count: int = 200) -> tuple[set[str], set[str]]:
    """`count` sound mails, 10 % contradictory ones and 5 % that cannot be read; returns the names of both."""
    chance = random.Random(5)
    names = sorted(UNITS)
    subjects = [f"{chance.choice(SENTENCES[names[n % 3]])} ved nr {chance.randrange(10**6)}" for n in range(count)]
    for n, subject in enumerate(subjects):
        put(root, names[n % 3], f"{n:04}.eml", written(subject, n, days=n))
    odd = {
        put(root, names[(n + 1) % 3], f"{n:04}-again.eml", written(subjects[n], n, days=n)) for n in range(count // 10)
    }
    bad = {
        put(root, names[k % 3], f"bad-{k}.eml", [b"", b"\x00\x01\xff not a mail", b"X: " + b"a" * 300_000][k % 3])
        for k in range(count // 20)
    }
    return odd, bad


def run(town: Town, *sources: str | Path, expect: int = 0, **more: object) -> None:
    options = {"report_only": False, "since": None, "mailbox": None, "label_field": "label", "json": None} | more
    given = SimpleNamespace(source=[str(each) for each in sources], **options)
    assert import_history(town.container.settings, given) == expect  # type: ignore[arg-type]


def counted(town: Town) -> dict[str, int]:
    """Labels by unit; every one is a lesson too."""
    with database.read(town.container.engine) as session:
        rows = session.execute(
            select(Unit.name, func.count()).join(Label, Label.unit_id == Unit.id).group_by(Unit.name)
        )
        found = {row[0]: row[1] for row in rows}
        assert session.scalar(select(func.count(LabelPosition.position))) == sum(found.values())
        return found


@pytest.fixture
def larger_town(town: Town) -> Town:
    """Three units more, which have never answered a mail."""
    with database.write(town.container.engine) as session:
        area = session.scalars(select(ServiceArea.id)).first()
        session.add_all(Unit(area_id=area, name=name, address=f"{n}@town.example.org") for n, name in enumerate(EMPTY))
    return town


def test_the_report_names_what_is_wrong(larger_town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd, bad = uneven_history(tmp_path / "history")
    put(tmp_path / "history", "Parken", "1.eml", written("Træet", 1))
    target = tmp_path / "report.json"
    run(larger_town, tmp_path / "history", report_only=True, json=str(target))
    report = json.loads(target.read_text())
    assert report["without_mails"] == EMPTY
    assert {each["name"] for each in report["broken"]} == bad
    assert all(each["reason"] for each in report["broken"])
    contradicting = [{name for name, _ in group["mails"]} for group in report["contradictions"]]
    assert all(any(name in group for group in contradicting) for name in odd)
    assert report["outvoted"] == len(odd) == 20
    assert report["unknown_units"] == [{"name": "Parken", "mails": 1, "nearest": PARK}]
    assert (report["first"], report["last"]) == ("2025-01-06", "2025-07-24")
    assert report["languages"].keys() <= {"da", "unknown"}
    assert report["expected_accuracy"] > 0.7
    said = capsys.readouterr().out
    for named in (*EMPTY, *bad, "did you mean Park?", "20 mails went elsewhere"):
        assert named in said
    assert counted(larger_town) == {}


def test_killed_in_the_middle_it_loses_and_doubles_nothing(
    larger_town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = tmp_path / "history"
    odd, _ = uneven_history(history, 120)
    put(history, PARK, "copy.eml", (history / "Park" / "0001.eml").read_bytes())
    expected = Counter(path.parent.name for path in history.glob("*/0*.eml"))
    assert expected.total() == 120 + len(odd)
    begun = killed_import(larger_town, history, after=40)
    assert 40 <= begun < expected.total()
    run(larger_town, history)
    assert counted(larger_town) == expected
    run(larger_town, history)
    assert counted(larger_town) == expected
    assert f"{expected.total() - begun} mails were learned" in (said := capsys.readouterr().out)
    assert "\n0 mails were learned" in said
    with database.read(larger_town.container.engine) as session:
        assert len(set(session.scalars(select(RawMail.key)))) == expected.total()


def killed_import(town: Town, history: Path, *, after: int) -> int:
    """Import in a process of its own and kill it once `after` labels are there; returns how many there are then."""
    env = os.environ | {
        "SLUSE_HOME": str(town.container.settings.home),
        "SLUSE_DATABASE_URL": town.container.settings.database_url,
        "SLUSE_SECRET_KEY": SECRET,
    }
    command = [sys.executable, "-m", "app.cli", "import-history", str(history)]
    with (history.parent / "out").open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)
        until = time.monotonic() + PATIENCE
        while labels(town) < after and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    return labels(town)


def labels(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return session.scalar(select(func.count(Label.id))) or 0


def test_every_kind_of_source(town: Town, tmp_path: Path) -> None:
    """A folder that is a unit, an mbox, a packed JSONL, and a unit's own mailbox, where our own forwards are."""
    put(tmp_path, "VEJ", "1.eml", written("Hul i vejen ud for skolen", 1, days=3))
    put(tmp_path, "VEJ/2025/maj", "2.eml", written("Fortovet er knækket igen", 2, days=2))
    box = tmp_path / "park.mbox"
    texts = [written(text, n, days=n) for n, text in enumerate(SENTENCES[PARK])]
    texts[0] += b"\r\n>From nu af er baenken vaek\r\n"
    box.write_bytes(
        b"".join(b"From a@borger.example.org Mon Jan  6 09:00:00 2025\r\n" + raw + b"\r\n" for raw in texts)
    )
    rows = [
        {"id": 1, "subject": "Skraldet er ikke hentet", "body": "hos os", "label": "affald", "date": "2025-02-03"},
        {
            "id": 2,
            "text": "Storskrald bestilles hvor henne",
            "label": UNITS[WASTE],
            "time": "2025-02-04T10:00:00+01:00",
        },
        {"id": 3, "raw": written("Affaldet flyder i gaden", 9, days=9).decode(), "label": WASTE},
        {"id": 4, "text": " ", "label": WASTE},
    ]
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode() + b"{broken\n"))
    town.gateway.deliver(UNITS[ROAD], written("Vejen er glat her til morgen", 7), received_at=BEGIN)
    town.gateway.deliver(UNITS[ROAD], mail("VS: sendt af os", "selv", headers={"X-Sluse": "1"}), received_at=BEGIN)
    target = tmp_path / "report.json"
    run(town, tmp_path / "VEJ", box, packed, f"mailbox:{UNITS[ROAD]}", json=str(target))
    assert counted(town) == {ROAD: 3, PARK: 4, WASTE: 3}
    report = json.loads(target.read_text())
    assert [each["name"] for each in report["broken"]] == ["rows.jsonl.gz, line 4", "rows.jsonl.gz, line 5"]
    assert [each["reason"] for each in report["not_enquiries"]] == ["loop"]
    with database.read(town.container.engine) as session:
        raws = session.execute(select(RawMail.content, RawMail.received_at, RawMail.address).order_by(RawMail.id)).all()
    assert any(b"\nFrom nu af" in content for content, _, _ in raws)
    assert [at for _, at, _ in raws] == sorted(at for _, at, _ in raws)
    assert {address for _, _, address in raws} == {SHARED}
    assert town.gateway.new_messages(UNITS[ROAD], None).messages  # nothing was taken from there


def test_since_leaves_out_what_is_older_and_names_what_has_no_date(town: Town, tmp_path: Path) -> None:
    for n, days in enumerate([0, 40, None]):
        put(tmp_path / "h", ROAD, f"{n}.eml", written("Hul i vejen ved nr", n, days=days))
    target = tmp_path / "report.json"
    run(town, tmp_path / "h", since=BEGIN + timedelta(days=30), json=str(target))
    assert counted(town) == {ROAD: 1}
    assert [each["name"] for each in json.loads(target.read_text())["broken"]] == ["h/Vej/2.eml"]


@pytest.mark.parametrize(
    ("source", "more"),
    [("absent", {}), ("mailbox:nobody@town.example.org", {}), (".", {"mailbox": "other@town.example.org"})],
)
def test_what_is_not_there_is_said(
    town: Town, tmp_path: Path, source: str, more: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    given = source if source.startswith("mailbox") else str(tmp_path / source)
    run(town, given, expect=2, **more)
    assert (more.get("mailbox") or given) in capsys.readouterr().err


def test_rehearse_on_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, bad = uneven_history(tmp_path / "history", 60)
    target = tmp_path / "out.json"
    assert main(["rehearse", str(tmp_path / "history"), "--warm-start", "20", "--json", str(target)]) == 0
    (result,) = json.loads(target.read_text())
    assert result["scored"] == 60 + 6 - 20
    assert set(result["units"]) == set(UNITS)
    assert all(name in capsys.readouterr().err for name in [next(iter(bad))])


@pytest.mark.parametrize(
    ("name", "unit", "nearest"),
    [
        ("park", 1, PARK),
        ("PARK@town.example.org", 1, PARK),
        ("Veje og  stier", None, None),
        ("veje-og-fortove", 2, "Veje og Fortove"),
        ("Veje og fortov", None, "Veje og Fortove"),
        ("Ko\u0308b", 3, "Köb"),
    ],
)
def test_units_by_the_names_people_give_folders(name: str, unit: int | None, nearest: str | None) -> None:
    units = Units({1: (PARK, "park@town.example.org"), 2: ("Veje og Fortove", ""), 3: ("Köb", "")})
    assert units.find(name) == unit
    if nearest or unit:
        assert units.nearest(name) == nearest or unit == 1


def test_progress_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    ticks = iter([0.0, 1.0, 20.0, 21.0, 40.0])
    progress = Progress("Reading", 4000, clock=lambda: next(ticks))
    for done in (100, 2000, 2100, 4000):
        progress(done)
    assert capsys.readouterr().err.splitlines() == [
        "Reading: 2,000/4,000, 100 mails/s, 20 s left",
        "Reading: 4,000/4,000, 100 mails/s, 0 s left",
    ]
