"""Giving people access, changing it and taking it away, through the pages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.models.account import Account
from app.models.assignment import Assignment
from app.models.presence import Claim
from app.models.user_session import UserSession
from app.services.organisation import people
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.organisation.steps import kinds, post
from tests.town import PARK, Town, mail, now

A, V, C, M = Role.ADMINISTRATOR, Role.VISITATOR, Role.CASEWORKER, Role.MANAGER
GOOD = "kaktus harmonika 4 torden"
NEW = {"email": "ny@town.example.org", "name": "Ny Prøve", "role": "visitator", "unit": ""}


def use_link(app: Flask, key: str, password: str = GOOD, again: str = "") -> int:
    client = app.test_client()
    token = csrf_token(client, f"/invitation/{key}")
    return client.post(
        f"/invitation/{key}", data={"csrf_token": token, "password": password, "again": again or password}
    ).status_code


def enters(app: Flask, email: str, password: str) -> bool:
    client = app.test_client()
    form = {"email": email, "password": password, "csrf_token": csrf_token(client, "/log-ind")}
    return client.post("/log-ind", data=form).status_code in (302, 303)


def link_in(page: str) -> str:
    found = re.search(r'value="http://[^"]*/invitation/([^"]+)"', page)
    assert found
    return found[1]


def account(town: Town, email: str) -> Account:
    with database.read(town.container.engine) as db:
        return db.scalars(select(Account).where(Account.email == email)).one()


@pytest.fixture
def administrator(sign_in: SignIn, town: Town) -> FlaskClient:
    before = len(kinds(town))
    client = sign_in(A)
    assert len(kinds(town)) == before
    return client


def invited(administrator: FlaskClient, **given: object) -> str:
    status, page = post(administrator, "/adgang/ny", **{**NEW, **given})
    assert status == 200
    return link_in(page)


def test_somebody_is_invited_and_comes(app: Flask, town: Town, administrator: FlaskClient) -> None:
    key = invited(administrator)
    assert "inviteret" in administrator.get("/adgang/").text
    assert not enters(app, NEW["email"], "")
    assert use_link(app, key) == 303
    assert enters(app, NEW["email"], GOOD)
    assert app.test_client().get(f"/invitation/{key}").status_code == 404, "good once"
    assert kinds(town)[-2:] == ["account_created", "password_changed"]
    assert key not in str(vars(account(town, NEW["email"]))), "what is kept opens nothing"


def test_after_one_the_next_is_invited_and_a_link_that_works_here_only_says_so(
    town: Town, administrator: FlaskClient
) -> None:
    given = {"role": "visitator", "unit": ""}
    page = post(administrator, "/adgang/ny", name="Et", email="et@town.example.org", **given)[1]
    assert 'href="/adgang/ny"' in page
    assert 'href="/adgang/">Færdig' in page
    assert "Sæt SLUSE_BASE_URL" in page
    town.container.settings = town.container.settings.model_copy(update={"base_url": "https://sluse.example.org"})
    page = post(administrator, "/adgang/ny", name="To", email="to@town.example.org", **given)[1]
    assert "Sæt SLUSE_BASE_URL" not in page


def test_an_invitation_without_all_its_fields_says_what_is_missing(administrator: FlaskClient) -> None:
    status, page = post(administrator, "/adgang/ny")
    assert (status, "Vælg en rolle." in page) == (422, True)
    status, page = post(administrator, "/adgang/ny", name="Ny Prøve", email=NEW["email"], role="caseworker")
    assert (status, "Vælg den." in page, 'value="Ny Prøve"' in page) == (422, True, True)


def test_opening_the_link_uses_nothing_up(app: Flask, administrator: FlaskClient) -> None:
    key = invited(administrator)
    for _ in range(3):
        assert app.test_client().get(f"/invitation/{key}").status_code == 200
    assert use_link(app, key) == 303


@pytest.mark.parametrize(
    ("password", "again"),
    [
        ("kort", "kort"), ("", ""), ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"), ("password1234", "password1234"),
        ("Ny Prøve Ny Prøve", "Ny Prøve Ny Prøve"), ("ny@town.example.org", "ny@town.example.org"), (GOOD, GOOD + "x"),
        ("x" * 1001, "x" * 1001),
    ],
)  # fmt: skip
def test_a_password_that_others_guess_is_refused(
    app: Flask, town: Town, administrator: FlaskClient, password: str, again: str
) -> None:
    key = invited(administrator)
    assert use_link(app, key, password, again) == 422
    assert account(town, NEW["email"]).password_hash == ""
    assert use_link(app, key) == 303, "the link is still good"


def test_a_link_lasts_a_week(app: Flask, town: Town, administrator: FlaskClient) -> None:
    key = invited(administrator)
    with database.write(town.container.engine) as db:
        db.execute(update(Account).where(Account.email == NEW["email"]).values(invited_until=now()))
    assert app.test_client().get(f"/invitation/{key}").status_code == 404
    assert "linket er udløbet" in administrator.get("/adgang/").text


def test_a_new_link_kills_the_first(app: Flask, town: Town, administrator: FlaskClient) -> None:
    first = invited(administrator)
    status, page = post(administrator, f"/adgang/{account(town, NEW['email']).id}/link")
    assert status == 200
    assert app.test_client().get(f"/invitation/{first}").status_code == 404
    assert use_link(app, link_in(page)) == 303


def test_a_link_for_a_lost_password_signs_out_elsewhere(
    app: Flask, town: Town, sign_in: SignIn, administrator: FlaskClient
) -> None:
    client = sign_in(V)
    _, page = post(administrator, f"/adgang/{town.visitator.id}/link")
    assert client.get("/visitering/").status_code == 200, "until it is used"
    assert use_link(app, link_in(page)) == 303
    assert client.get("/visitering/").status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "ingen"}, {"email": ""}, {"email": "a@b.example.org, c@d.example.org"}, {"name": " "}, {"name": "x" * 201},
        {"role": "king"}, {"role": ""}, {"role": "caseworker"}, {"role": "caseworker", "unit": "99"},
        {"unit": "x", "role": "caseworker"},
        {"email": f"{V}@town.example.org"}, {"email": f"{V}@TOWN.example.org".upper()}, {"email": "x" * 400 + "@example.org"},
    ],
)  # fmt: skip
def test_what_makes_no_account_is_refused_and_stays_on_the_form(
    town: Town, administrator: FlaskClient, wrong: dict[str, str]
) -> None:
    before = kinds(town)
    status, page = post(administrator, "/adgang/ny", **{**NEW, **wrong})
    assert status == 422
    assert 'role="alert"' in page
    assert kinds(town) == before


@pytest.mark.parametrize(
    ("change", "out"),
    [
        ({"role": "manager"}, True), ({"role": "caseworker", "unit": "1"}, True), ({"role": "auditor"}, True),
        ({"name": "Et andet navn"}, False), ({}, False),
    ],
)  # fmt: skip
def test_another_role_or_unit_holds_at_once(
    town: Town, sign_in: SignIn, administrator: FlaskClient, change: dict[str, str], out: bool
) -> None:
    client = sign_in(V)
    given = {"name": town.visitator.name, "role": "visitator", "unit": ""} | change
    assert post(administrator, f"/adgang/{town.visitator.id}", **given)[0] == 303
    assert (client.get("/konto/").status_code == 302) is out
    assert ("account_changed" in kinds(town)) is bool(change)


def test_a_closed_account_lets_go_of_all_it_had(town: Town, sign_in: SignIn, administrator: FlaskClient) -> None:
    (waiting, routed) = town.receive(mail("Træ", "Træet er væltet"), mail("Bænk", "Bænken i parken mangler"))
    town.decide(routed, PARK)
    client = sign_in(V)
    with database.write(town.container.engine) as db:
        db.add(Claim(enquiry_id=waiting, account_id=town.visitator.id, at=now(), seen_at=now()))
        db.add(Assignment(enquiry_id=routed, account_id=town.visitator.id, at=now()))
    assert post(administrator, f"/adgang/{town.visitator.id}/luk")[0] == 303
    assert client.get("/visitering/").status_code == 302
    with database.read(town.container.engine) as db:
        assert db.scalars(select(Claim)).all() == []
        assert db.scalars(select(Assignment)).all() == []
        assert db.scalars(select(UserSession).where(UserSession.account_id == town.visitator.id)).all() == []


def test_a_closed_account_is_opened_by_a_new_link_only(app: Flask, town: Town, administrator: FlaskClient) -> None:
    number, email = town.visitator.id, town.visitator.email
    assert post(administrator, f"/adgang/{number}/luk")[0] == 303
    assert not enters(app, email, "secret-enough")
    assert post(administrator, f"/adgang/{number}/luk")[0] == 404
    assert post(administrator, f"/adgang/{number}/link")[0] == 404
    assert "1 spærret konto" in administrator.get("/adgang/").text
    _, page = post(administrator, f"/adgang/{number}/aabn")
    assert not enters(app, email, "secret-enough"), "the old password is gone"
    assert use_link(app, link_in(page)) == 303
    assert enters(app, email, GOOD)


def test_somebody_always_administers(town: Town, administrator: FlaskClient) -> None:
    me = town.people[A]
    status, page = post(administrator, f"/adgang/{me.id}/luk")
    assert (status, "Du kan ikke spærre din egen konto" in page) == (422, True)
    status, page = post(administrator, f"/adgang/{me.id}", name=me.name, role="visitator", unit="")
    assert (status, "mindst én administrator" in page) == (422, True)
    assert administrator.get("/adgang/").status_code == 200
    with database.write(town.container.engine) as db:
        db.get_one(Account, town.people[M].id).role = A
    status, page = post(administrator, f"/adgang/{me.id}", name=me.name, role="visitator", unit="")
    assert status == 422, "an administrator who has never come counts for nothing"
    with database.write(town.container.engine) as db:
        db.get_one(Account, town.people[M].id).seen_at = now()
    assert post(administrator, f"/adgang/{me.id}", name=me.name, role="visitator", unit="")[0] == 303
    assert administrator.get("/adgang/").status_code == 302


def test_sign_ins_are_shown_and_ended(town: Town, sign_in: SignIn, administrator: FlaskClient) -> None:
    client, other = sign_in(V), sign_in(V)
    assert "2 steder" in administrator.get("/adgang/").text
    assert post(administrator, f"/adgang/{town.visitator.id}/afslut")[0] == 303
    assert [each.get("/konto/").status_code for each in (client, other)] == [302, 302]
    assert kinds(town)[-1] == "sessions_ended"


def test_absence_is_noted_where_people_are(town: Town, administrator: FlaskClient) -> None:
    page = f"/adgang/{town.visitator.id}"
    assert post(administrator, f"{page}/fravaer", until="")[0] == 303
    assert "Fraværende siden" in administrator.get(page).text
    assert post(administrator, f"{page}/fravaer", back="1")[0] == 303
    assert "Fraværende siden" not in administrator.get(page).text
    assert post(administrator, f"{page}/fravaer", until="2026-13-77")[0] == 422


# One's own account.


def test_a_new_password_ends_all_other_sign_ins(app: Flask, town: Town, sign_in: SignIn) -> None:
    here, there = sign_in(V), sign_in(V)
    status, _ = post(here, "/konto/adgangskode", old="secret-enough", password=GOOD, again=GOOD)
    assert status == 303
    assert (here.get("/konto/").status_code, there.get("/konto/").status_code) == (200, 302)
    assert (enters(app, town.visitator.email, "secret-enough"), enters(app, town.visitator.email, GOOD)) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("old", "password", "again"),
    [
        ("wrong", GOOD, GOOD), ("", GOOD, GOOD), ("secret-enough", GOOD, "x"), ("secret-enough", "kort", "kort"),
        ("secret-enough", "", ""),
    ],
)  # fmt: skip
def test_a_password_is_changed_by_its_owner_only(
    sign_in: SignIn, town: Town, old: str, password: str, again: str
) -> None:
    client = sign_in(V)
    before = account(town, town.visitator.email).password_hash
    assert post(client, "/konto/adgangskode", old=old, password=password, again=again)[0] == 422
    assert account(town, town.visitator.email).password_hash == before


def test_guessing_the_old_password_is_slowed_down(sign_in: SignIn) -> None:
    client = sign_in(V)
    pages = [post(client, "/konto/adgangskode", old="wrong", password=GOOD, again=GOOD)[1] for _ in range(12)]
    assert "For mange forsøg" in pages[-1]


def test_one_ends_ones_own_sign_ins_and_nobody_elses(town: Town, sign_in: SignIn) -> None:
    here, there, manager = sign_in(V), sign_in(V), sign_in(M)
    with database.read(town.container.engine) as db:
        ids = list(db.scalars(select(UserSession.id).order_by(UserSession.id)))
    assert post(here, f"/konto/logget-ind/{ids[2]}/afslut")[0] == 404
    assert post(here, f"/konto/logget-ind/{ids[1]}/afslut")[0] == 303
    assert [each.get("/konto/").status_code for each in (here, there, manager)] == [200, 302, 200]
    again = sign_in(V)
    assert post(here, "/konto/logget-ind/afslut")[0] == 303
    assert [each.get("/konto/").status_code for each in (here, again, manager)] == [200, 302, 200]
    assert post(here, f"/konto/logget-ind/{ids[0]}/afslut")[0] == 303
    assert here.get("/konto/").status_code == 302


def test_an_invitation_is_for_who_has_the_link(app: Flask) -> None:
    client = app.test_client()
    for key in ("x", "0" * 32, "%00", "æ", "x" * 2000):
        assert client.get(f"/invitation/{key}").status_code == 404
    codes = [client.get("/invitation/x", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code for _ in range(32)]
    assert codes[-1] == 429


def test_the_log_tells_who_changed_what(town: Town, administrator: FlaskClient) -> None:
    given = {"name": town.visitator.name, "role": "caseworker", "unit": str(town.units[PARK])}
    assert post(administrator, f"/adgang/{town.visitator.id}", **given)[0] == 303
    page = administrator.get("/haendelseslog/").text
    assert "Konto ændret" in page
    assert "rolle Sagsbehandler, enhed Park" in page


def test_last_seen_is_kept_when_the_sign_in_is_over(town: Town, sign_in: SignIn, administrator: FlaskClient) -> None:
    sign_in(V)
    with database.write(town.container.engine) as db:
        people.end_sessions(db, town.visitator.id, by=Actor("x"), now=now())
    assert datetime.now(UTC) - account(town, town.visitator.email).seen_at < timedelta(minutes=1)  # type: ignore[operator]


def test_who_signs_in_elsewhere_gets_no_password_here(app: Flask, town: Town, administrator: FlaskClient) -> None:
    key = invited(administrator)
    with database.write(town.container.engine) as db:
        db.execute(
            update(Account).where(Account.email == NEW["email"]).values(issuer="https://id.example.org", subject="7")
        )
    number = account(town, NEW["email"]).id
    assert app.test_client().get(f"/invitation/{key}").status_code == 404, "an older link is dead too"
    assert post(administrator, f"/adgang/{number}/link")[0] == 422
    page = administrator.get(f"/adgang/{number}").text
    assert "Lav et nyt link" not in page
    assert "følger af grupperne" in page
    assert post(administrator, f"/adgang/{number}/luk")[0] == 303
    assert post(administrator, f"/adgang/{number}/aabn")[0] == 303
    assert account(town, NEW["email"]).password_hash == ""


def test_a_new_password_kills_an_unused_link(
    app: Flask, town: Town, sign_in: SignIn, administrator: FlaskClient
) -> None:
    """Whoever changes it because the link leaked is safe from it."""
    _, page = post(administrator, f"/adgang/{town.visitator.id}/link")
    key, client = link_in(page), sign_in(V)
    assert post(client, "/konto/adgangskode", old="secret-enough", password=GOOD, again=GOOD)[0] == 303
    assert app.test_client().get(f"/invitation/{key}").status_code == 404
