"""The table of groups: what administrators see, write and take away."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from app import database
from app.domain.access import Role
from app.models.event import Event
from app.models.group_rule import GroupRule
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, Town

GOOD = {"group": "/sluse/visitatorer", "label": "Visitatorer", "role": "visitator", "unit_id": ""}


@pytest.fixture
def administrator(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.ADMINISTRATOR)


def save(client: FlaskClient, **form: object) -> TestResponse:
    return client.post(
        "/adgang/grupper/gem", data={"csrf_token": csrf_token(client, "/adgang/grupper/ny")} | GOOD | form
    )


def kept(town: Town) -> list[tuple[str, str, Role, int | None]]:
    with database.read(town.container.engine) as session:
        return [(row.group_name, row.label, row.role, row.unit_id) for row in session.scalars(select(GroupRule))]


def logged(town: Town) -> list[Event]:
    kinds = ("group_rule_changed", "group_rule_deleted")
    with database.read(town.container.engine) as session:
        return list(session.scalars(select(Event).where(Event.kind.in_(kinds)).order_by(Event.id)))


def test_written_changed_and_taken_away_each_with_its_row(town: Town, administrator: FlaskClient) -> None:
    assert save(administrator).status_code == 303
    assert save(administrator, group_id=1, role="caseworker", unit_id=town.units[PARK]).status_code == 303
    assert kept(town) == [("/sluse/visitatorer", "Visitatorer", Role.CASEWORKER, town.units[PARK])]
    assert "/sluse/visitatorer" in administrator.get("/adgang/grupper/").text
    assert save(administrator, group_id=1, delete="1").status_code == 303
    assert kept(town) == []
    stated = [
        (event.kind, event.by, (event.data["before"] or {}).get("role"), event.data["role"]) for event in logged(town)
    ]
    who = f"{Role.ADMINISTRATOR}@town.example.org"
    assert stated == [
        ("group_rule_changed", who, None, "visitator"),
        ("group_rule_changed", who, "visitator", "caseworker"),
        ("group_rule_deleted", who, "caseworker", "caseworker"),
    ]
    page = administrator.get("/haendelseslog/").text
    assert "Adgang for en gruppe fjernet" in page
    assert "gruppe: /sluse/visitatorer" in page


def test_saved_unchanged_is_no_row(town: Town, administrator: FlaskClient) -> None:
    save(administrator)
    save(administrator, group_id=1)
    assert len(logged(town)) == 1


@pytest.mark.parametrize("form", [
    {"group": ""}, {"group": "  "}, {"group": "a\nb"}, {"role": ""}, {"role": "root"}, {"role": "caseworker"},
    {"role": "caseworker", "unit_id": "999"}, {"role": "caseworker", "unit_id": "x"}, {"role": "caseworker", "unit_id": "9" * 30},
    {"group_id": "77"}, {"group_id": "77", "delete": "1"},
])  # fmt: skip
def test_what_makes_no_rule_is_refused(town: Town, administrator: FlaskClient, form: dict[str, str]) -> None:
    response = save(administrator, **form)
    assert response.status_code == (404 if "group_id" in form else 422)
    assert kept(town) == []
    assert logged(town) == []


def test_a_group_has_one_rule_however_its_id_is_written(town: Town, administrator: FlaskClient) -> None:
    number = "0a1b2c3d-0000-4000-8000-00000000000f"
    assert save(administrator, group=number).status_code == 303
    for again in (number, number.upper(), f" {number} ", number.replace("-", "")):
        response = save(administrator, group=again, role="manager")
        assert response.status_code == 422
        assert "Gruppen står der allerede" in response.text
    assert len(kept(town)) == 1


def test_only_caseworkers_keep_a_unit(town: Town, administrator: FlaskClient) -> None:
    save(administrator, role="manager", unit_id=town.units[PARK])
    assert kept(town)[0][3] is None


def test_the_table_stands_in_the_order_that_holds(town: Town, administrator: FlaskClient) -> None:
    for group, role in (("revision", "auditor"), ("b", "visitator"), ("a", "visitator"), ("chefer", "administrator")):
        save(administrator, group=group, label="", role=role)
    page = administrator.get("/adgang/grupper/").text
    places = [page.index(f">{group}</a>") for group in ("chefer", "b", "a", "revision")]
    assert places == sorted(places)


def test_hostile_text_is_text(town: Town, administrator: FlaskClient) -> None:
    save(administrator, group="<script>alert(1)</script>", label="<img src=x>")
    for page in ("/adgang/grupper/", "/adgang/grupper/1", "/haendelseslog/"):
        assert "<script>alert" not in administrator.get(page).text
        assert "<img" not in administrator.get(page).text


def test_a_unit_that_is_no_more_is_marked(town: Town, administrator: FlaskClient) -> None:
    save(administrator, role="caseworker", unit_id=town.units[PARK])
    with town.container.engine.begin() as connection:
        connection.execute(text(f"UPDATE unit SET closed = true WHERE id = {town.units[PARK]}"))
    assert "nedlagt" in administrator.get("/adgang/grupper/").text
    assert f'value="{town.units[PARK]}" selected' in administrator.get("/adgang/grupper/1").text


def test_without_a_provider_the_page_says_so(administrator: FlaskClient) -> None:
    assert "Login med arbejdskonto er ikke sat op" in administrator.get("/adgang/grupper/").text
