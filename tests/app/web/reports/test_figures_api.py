"""Figures for other programs: each counted again by hand from the log, and opened by a token and by nothing else."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from scipy.stats import binomtest, norm
from sqlalchemy import text

from app.domain.access import Role
from app.queries.reports import figure_rows
from app.queries.reports.catalogue import FIGURES
from app.services.reports import figure_tokens
from app.web.reports import figure_texts, figures_api
from tests import contract, figure_town
from tests.app.web.conftest import SignIn
from tests.app.web.routes import path, rules
from tests.figure_town import DAY, NOON, OTHER, TRUTH, Recounted
from tests.town import PARK, ROAD, SHARED, Town, mail

WHOLE = (date(2026, 9, 1), DAY)
Get = Callable[..., Any]
ENOUGH = 59


class Clock(datetime):
    """A clock that stands at the noon of the town's today."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return NOON if tz is not None else NOON.replace(tzinfo=None)


@pytest.fixture
def get(app: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> Get:
    """Fetch with a token of the town, at the noon of its today."""
    figure_town.lived(town)
    key = contract.token(town)
    monkeypatch.setattr(figures_api, "datetime", Clock)
    client = app.test_client()

    def fetch(address: str, **query: Any) -> Any:
        answer = client.get(f"/api/v1/{address}", query_string=query, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200, answer.text
        return answer.json if answer.is_json else list(csv.DictReader(io.StringIO(answer.text)))

    return fetch


def agrees(row: dict[str, Any], count: int, of: int | None) -> None:
    """Hold a row to what was counted by hand, to the last digit, and its interval to scipy."""
    assert (row["count"], row["of"]) == (count, of), row
    if of is None or of < ENOUGH:
        assert (row["share"], row["low"], row["high"]) == (None, None, None)
        assert row["no_share"] == ("no denominator" if of is None else "too few" if of else "nothing counted")
        return
    level = 2 * norm.cdf(1.96) - 1
    exactly = binomtest(count, of).proportion_ci(confidence_level=level, method="wilson")
    assert row["share"] == count / of
    assert (row["low"], row["high"]) == pytest.approx((exactly.low, exactly.high), abs=1e-12)
    assert row["no_share"] is None


def test_every_figure_agrees_with_the_log_for_the_house_and_each_part_of_it(town: Town, get: Get) -> None:
    told = figure_town.by_the_log(town)
    found = get("figures", period="2026-09-01..2026-11-30")
    assert [row["figure"] for row in found["rows"]] == [figure.key for figure in FIGURES]
    assert {figure.key for figure in FIGURES} == set(TRUTH), "a figure without a second count is not believed"
    for row in found["rows"]:
        truth = TRUTH[row["figure"]]
        days = WHOLE if truth.on is not None else (DAY, DAY)
        assert (row["first"], row["last"]) == tuple(day.isoformat() for day in days)
        agrees(row, *truth.count(told, *WHOLE))
    counts = {row["figure"]: row["count"] for row in found["rows"]}
    assert [key for key, count in counts.items() if not count] == [], "what is nought tests nothing"
    assert sum(row["share"] is not None for row in found["rows"]) > 12
    areas = figure_town.areas(town)
    keys: dict[str, Callable[[Recounted, Any], Any]] = {
        "unit": lambda _told, unit: unit,
        "area": lambda _told, unit: areas[unit],
        "mailbox": lambda told, _unit: told.mailbox,
        "centre": lambda _told, _unit: None,
    }
    for by, key in keys.items():
        seen = set()
        for row in get("figures", period="2026-09-01..2026-11-30", by=by)["rows"]:
            truth, group = TRUTH[row["figure"]], row["group_id"]
            seen.add(group)
            agrees(row, *truth.count(told, *WHOLE, lambda t: _same(key(t, truth.unit(t)), group)))  # noqa: B023
        assert len(seen) == {"unit": 4, "area": 3, "mailbox": 2, "centre": 1}[by]


def _same(key: Any, group: str | None) -> bool:
    return (None if key is None else str(key)) == group


@pytest.mark.parametrize("period", ["2026", "2026-K4", "2026-10", "2026-U45", "2026-10-05..2026-11-12"])
def test_every_figure_of_a_part_agrees_with_the_log_in_any_period(town: Town, get: Get, period: str) -> None:
    told, areas = figure_town.by_the_log(town), figure_town.areas(town)
    road = town.units[ROAD]
    scopes: tuple[tuple[dict[str, Any], Callable[[Recounted, Any], bool]], ...] = (
        ({}, lambda _t, _u: True),
        ({"unit": road}, lambda _t, unit: unit == road),
        ({"area": areas[road], "mailbox": OTHER}, lambda t, u: t.mailbox == OTHER and areas[u] == areas[road]),
        ({"unit": town.units[PARK], "mailbox": SHARED}, lambda t, u: t.mailbox == SHARED and u == town.units[PARK]),
    )
    for scope, here in scopes:
        for row in get("figures", period=period, **scope)["rows"]:
            truth = TRUTH[row["figure"]]
            first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
            agrees(row, *truth.count(told, first, last, lambda t: here(t, truth.unit(t))))  # noqa: B023


@pytest.mark.parametrize("step", ["", "day", "week", "month", "quarter", "year"])
def test_every_course_agrees_with_the_log(town: Town, get: Get, step: str) -> None:
    told = figure_town.by_the_log(town)
    asked = {"period": "2026-09-20..2026-11-30"} | ({"step": step} if step else {})
    for by in ({}, {"by": "unit"}):
        rows = get("series", **asked, **by)["rows"]
        days = sorted({(row["first"], row["last"]) for row in rows})
        assert (days[0][0], days[-1][1]) <= ("2026-09-21", DAY.isoformat())
        for row in rows:
            truth = TRUTH[row["figure"]]
            first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
            here = (lambda t: _same(truth.unit(t), row["group_id"])) if by else (lambda _t: True)  # noqa: B023
            agrees(row, *truth.count(told, first, last, here))
        received = sum(row["count"] for row in rows if row["figure"] == "received")
        assert received == TRUTH["received"].count(told, date(2026, 9, 20), DAY)[0], "no mail is lost between two steps"
        assert {row["figure"] for row in rows} == {key for key, truth in TRUTH.items() if truth.on is not None}


@pytest.mark.parametrize(
    ("address", "query"), [("figures", {"by": "unit"}), ("series", {"by": "area"}), ("figures", {})]
)
def test_the_table_says_what_the_json_says(get: Get, address: str, query: dict[str, str]) -> None:
    asked = {"period": "2026-K4", "figure": "automatic,received,overdue,days_lost"} | query
    rows, lines = get(address, **asked)["rows"], get(f"{address}.csv", **asked)
    assert len(rows) == len(lines) > 2
    for row, line in zip(rows, lines, strict=True):
        assert {key: "" if value is None else str(value) for key, value in row.items()}.items() <= line.items()
        assert (line["group_kind"], line["name"]) == (query.get("by", ""), str(figure_texts.TEXTS[row["figure"]].name))
        assert line["definition"]


def test_a_name_in_the_table_is_no_formula(town: Town, get: Get) -> None:
    with town.container.engine.begin() as connection:
        connection.execute(text("UPDATE unit SET name = '=1+1' WHERE id = :unit"), {"unit": town.units[PARK]})
    names = {line["group_name"] for line in get("figures.csv", period="2026", by="unit")}
    assert "'=1+1" in names
    assert not any(name.startswith("=") for name in names)


def test_the_catalogue_says_of_each_figure_what_it_is(get: Get) -> None:
    found = {each["key"]: each for each in get("catalogue")["figures"]}
    assert set(found) == set(TRUTH)
    for key, each in found.items():
        truth = TRUTH[key]
        assert (each["share_of"] is None) == (truth.among is None)
        assert (each["counted_on"] == "today") == (truth.on is None)
        assert each["name"]
        assert each["definition"]
    assert found["hops"]["adds_up"] == "hops"
    assert {key for key, each in found.items() if each["adds_up"] == "working days"} == {
        "days_lost", "many_hops_days", "sent_wrong_days", "days_given",
    }  # fmt: skip
    assert [found[key]["counted_on"] for key in ("received", "answered", "confused")] == [
        "received",
        "answered",
        "judged",
    ]
    assert found["suggested_here_right"]["counts_for"] == "the suggested unit"
    assert found["sent_wrong"]["counts_for"] == "its first unit"


def test_the_groups_are_all_that_can_be_chosen(town: Town, get: Get) -> None:
    found = get("groups")["groups"]
    assert {each["id"] for each in found if each["kind"] == "unit"} == {str(number) for number in town.units.values()}
    assert SHARED in {each["id"] for each in found if each["kind"] == "mailbox"}


# who gets in


@pytest.fixture
def key(town: Town) -> str:
    return contract.token(town)


def ask(app: Flask, address: str = "/api/v1/catalogue", token: str | None = None, **more: Any) -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return app.test_client().get(address, headers=headers, **more)


def problem(answer: Any, status: int, code: str) -> None:
    """Hold a refusal to its form: a code for programs, a sentence for people, and nothing kept in between."""
    assert (answer.status_code, answer.json["code"], answer.json["status"]) == (status, code, status)
    assert answer.mimetype == "application/problem+json"
    assert len(answer.json["detail"]) > 20
    assert answer.json["title"]
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_token_nothing_is_told(app: Flask, key: str) -> None:
    for headers in (
        {},
        {"Authorization": ""},
        {"Authorization": f"Basic {key}"},
        {"Authorization": "Bearer"},
        {"X-Token": key},
    ):
        answer = app.test_client().get("/api/v1/catalogue", headers=headers)
        problem(answer, 401, "no_token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    problem(ask(app, token=key[:-1]), 401, "unknown_token")
    problem(ask(app, token=key + "x"), 401, "unknown_token")
    problem(ask(app, f"/api/v1/catalogue?token={key}"), 401, "no_token")
    assert ask(app, token=key).status_code == 200
    assert app.test_client().get("/api/v1/catalogue", headers={"Authorization": f"bearer  {key} "}).status_code == 200
    problem(ask(app, f"/api/v1/catalogue?token={key}", token=key), 400, "unknown_parameter")


def test_a_sign_in_opens_no_figures_and_a_token_opens_no_page(
    app: Flask, town: Town, sign_in: SignIn, key: str
) -> None:
    town.receive(mail("Træ", "Træet er væltet"))
    problem(sign_in(Role.ADMINISTRATOR).get("/api/v1/figures"), 401, "no_token")
    opened = {"static", "auth", "health", "help", "joining", "returns", "digest_link", "second_factor"}
    for rule in rules(app):
        name = rule.endpoint.split(".")[0]
        if "GET" not in (rule.methods or ()) or name in opened or name == "figures_api":
            continue
        answer = ask(app, path(app, rule), token=key)
        assert answer.status_code == 302, rule
        assert "/log-ind" in answer.location, rule


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_token_that_is_over_opens_nothing(app: Flask, town: Town, key: str, how: str) -> None:
    change = {
        "revoked": "UPDATE figure_token SET revoked_at = made_at",
        "expired": "UPDATE figure_token SET expires_on = '2026-01-01'",
    }
    assert ask(app, token=key).status_code == 200
    with town.container.engine.begin() as connection:
        connection.execute(text(change[how]))
    problem(ask(app, token=key), 401, "unknown_token")


def test_a_token_is_used_so_often_and_no_stranger_keeps_it_out(app: Flask, key: str) -> None:
    codes = [ask(app, token=f"{figure_tokens.PREFIX}{n}").status_code for n in range(32)]
    assert codes == [401] * 30 + [429] * 2
    assert ask(app, token=key).status_code == 200, "guesses of others are counted for themselves"
    found = [ask(app, token=key) for _ in range(120)]
    assert [answer.status_code for answer in found] == [200] * 119 + [429]
    problem(found[-1], 429, "too_many_requests")
    assert int(found[-1].headers["Retry-After"]) >= 1


def test_its_use_stands_in_the_log_once(app: Flask, town: Town, key: str) -> None:
    for _ in range(3):
        assert ask(app, token=key).status_code == 200
    with town.container.engine.connect() as connection:
        rows = connection.execute(text("SELECT \"by\", data FROM event WHERE kind = 'figure_token_used'")).all()
    assert len(rows) == 1
    assert "127.0.0.1" in str(rows[0])
    assert key not in str(rows[0])


# what is refused


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("figures?period=2026-13", 400, "wrong_parameter"),
        ("figures?period=", 400, "wrong_parameter"),
        ("figures?period=2026-U53&unit=1", 200, ""),
        ("figures?period=2027-U53", 422, "no_such_period"),
        ("figures?period=2026-02-30..2026-03-01", 422, "no_such_period"),
        ("figures?period=2026-03-01..2026-02-01", 422, "no_such_period"),
        ("figures?period=2010-01-01..2026-02-01", 422, "no_such_period"),
        ("figures?unit=99", 422, "no_such_group"),
        ("figures?mailbox=x@y.example.org", 422, "no_such_group"),
        ("figures?unit=1&unit=2", 400, "parameter_twice"),
        ("figures?unit=x", 400, "wrong_parameter"),
        ("figures?unit=01", 400, "wrong_parameter"),
        ("figures?unit=-1", 400, "wrong_parameter"),
        ("figures?unit=99999999999999999999", 400, "wrong_parameter"),
        ("figures?unit=", 400, "wrong_parameter"),
        ("figures?by=person", 400, "wrong_parameter"),
        ("figures?figure=received,received", 400, "wrong_parameter"),
        ("figures?figure=people", 400, "wrong_parameter"),
        ("figures?figure=", 400, "wrong_parameter"),
        ("figures?omraade=1", 400, "unknown_parameter"),
        ("figures?step=day", 400, "unknown_parameter"),
        ("series?step=hour", 400, "wrong_parameter"),
        ("series?period=2025-01-01..2026-11-30&step=day", 422, "too_much"),
        ("series?period=2026&figure=waiting", 200, ""),
        ("catalogue?period=2026", 400, "unknown_parameter"),
        ("nowhere", 404, "not_found"),
        ("", 404, "not_found"),
    ],
)
def test_what_cannot_be_told_is_refused_in_plain_words(
    app: Flask, key: str, address: str, status: int, code: str
) -> None:
    answer = ask(app, f"/api/v1/{address}", token=key)
    if status == 200:
        assert answer.status_code == 200, answer.text
    else:
        problem(answer, status, code)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_figures_can_only_be_fetched(app: Flask, key: str, method: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().open("/api/v1/figures", method=method, headers={"Authorization": f"Bearer {key}"})
    problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_fault_of_ours_tells_nothing(app: Flask, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> Any:
        raise RuntimeError("secret words")

    app.testing = False
    monkeypatch.setattr(figure_rows, "of_period", broken)
    answer = ask(app, "/api/v1/figures", token=key)
    problem(answer, 500, "failed")
    assert "secret" not in answer.text


def test_too_many_rows_are_refused(app: Flask, town: Town, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_rows, "MOST_ROWS", 10)
    problem(ask(app, "/api/v1/series?period=2026&step=month", token=key), 422, "too_much")


def test_fetching_changes_nothing_but_the_note_of_its_use(app: Flask, town: Town, key: str) -> None:
    def dump() -> list[str]:
        tables = ("enquiry", "event", "setting", "figure_token", "user_session", "enquiry_facts")
        with town.container.engine.connect() as connection:
            return [str(row) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}"))]

    ask(app, token=key)
    before = dump()
    for address in ("figures", "figures.csv", "series?by=unit", "series.csv", "catalogue", "groups", "openapi.json"):
        assert ask(app, f"/api/v1/{address}", token=key).status_code == 200
    assert dump() == before
