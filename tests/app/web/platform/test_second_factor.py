"""A password alone opens no administrator's account; a code is good once, and only soon after its password."""

import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app import database
from app.domain.access import Role
from app.models.account import Account
from app.services.platform import second_factor
from app.web.platform import second_factor as pages
from tests.app.web.conftest import csrf_token
from tests.app.web.organisation.steps import kinds, post
from tests.town import Town

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
EMAIL = f"{Role.ADMINISTRATOR}@town.example.org"
INSIDE = "/robot/"


def code(secret: str = SECRET, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


@pytest.fixture
def strict(app: Flask, town: Town) -> Flask:
    town.container.settings = town.container.settings.model_copy(update={"second_factor": True})
    return app


def with_password(app: Flask, email: str = EMAIL, target: str = "") -> tuple[FlaskClient, str]:
    client = app.test_client()
    form = {"email": email, "password": "secret-enough", "csrf_token": csrf_token(client, "/log-ind")}
    return client, client.post("/log-ind", query_string={"next": target}, data=form).location


def give_secret(town: Town, secret: str = SECRET) -> None:
    with database.write(town.container.engine) as db:
        second_factor.install(
            db, town.people[Role.ADMINISTRATOR].id, secret, 0, key=town.container.settings.secret_key, but=None,
            now=datetime.now(UTC),
        )  # fmt: skip


def answer(client: FlaskClient, text: str, page: str = "/kode/") -> int:
    token = csrf_token(client, page)
    return client.post(page, data={"csrf_token": token, "code": text}).status_code


def test_a_password_alone_opens_nothing(strict: Flask, town: Town) -> None:
    give_secret(town)
    client, location = with_password(strict)
    assert location == "/kode/"
    assert client.get(INSIDE).status_code == 302
    assert answer(client, code()) == 302
    assert client.get(INSIDE).status_code == 200


def test_the_first_time_it_is_set_up(strict: Flask, town: Town) -> None:
    client, location = with_password(strict, target="/alarmer/")
    assert location == "/kode/ny"
    assert client.get(INSIDE).status_code == 302
    page = client.get("/kode/ny").text
    picture = client.get("/kode/qr.svg")
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    with client.session_transaction() as kept:
        secret = kept["new_factor"]
    assert secret[:4] in page
    assert answer(client, "000000", "/kode/ny") == 422
    token = csrf_token(client, "/kode/ny")
    done = client.post("/kode/ny", data={"csrf_token": token, "code": code(secret)})
    assert done.location == "/alarmer/"
    assert client.get(INSIDE).status_code == 200
    assert "factor_installed" in kinds(town)
    assert secret not in str(account_row(town)), "sealed"


def account_row(town: Town) -> dict[str, object]:
    with database.read(town.container.engine) as db:
        return dict(vars(db.get_one(Account, town.people[Role.ADMINISTRATOR].id)))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_others_need_none_but_may_have_one(strict: Flask, role: Role) -> None:
    client, location = with_password(strict, f"{role}@town.example.org")
    assert location == "/"
    assert "Sæt kode op" in client.get("/konto/").text
    assert client.get("/kode/ny").status_code == 200


@pytest.mark.parametrize(
    "wrong", ["", "000000", "12345", "1234567", "abcdef", "٠١٢٣٤٥", "１２３４５６", "' OR 1=1", "\x00" * 6, "9" * 5000]
)
def test_wrong_codes(strict: Flask, town: Town, wrong: str) -> None:
    give_secret(town)
    client, _ = with_password(strict)
    assert answer(client, wrong) == 401
    assert client.get(INSIDE).status_code == 302
    assert "code_failed" in kinds(town)


@pytest.mark.parametrize(("steps", "taken"), [(-3, False), (-2, False), (-1, True), (0, True), (1, True), (3, False)])
def test_a_telephones_clock_may_be_a_little_off(strict: Flask, town: Town, steps: int, taken: bool) -> None:
    now, at = datetime.now(UTC), pyotp.TOTP(SECRET)
    step = int(now.timestamp()) // 30 + steps
    assert (second_factor.fitting_step(SECRET, at.at(step * 30), now=now) == step) is taken


def test_a_code_is_good_once(strict: Flask, town: Town) -> None:
    give_secret(town)
    used = code()
    client, _ = with_password(strict)
    assert answer(client, used) == 302
    second, _ = with_password(strict)
    assert answer(second, used) == 401
    assert second.get(INSIDE).status_code == 302


def test_guessing_codes_is_slowed_down(strict: Flask, town: Town) -> None:
    give_secret(town)
    client, _ = with_password(strict)
    assert [answer(client, "000000") for _ in range(6)] == [401] * 5 + [429]
    assert answer(client, code()) == 429, "the right one as well, for a minute"


def test_a_right_password_waits_ten_minutes(strict: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    give_secret(town)
    monkeypatch.setattr(pages, "HALF_WAY", timedelta(seconds=-1))
    client, _ = with_password(strict)
    assert client.get("/kode/").status_code == 302
    monkeypatch.undo()
    client, _ = with_password(strict)
    with database.write(town.container.engine) as db:
        db.execute(update(Account).values(password_hash="another"))
    assert client.get("/kode/").status_code == 302, "the password is another by now"


@pytest.mark.parametrize("page", ["/kode/", "/kode/ny", "/kode/qr.svg"])
def test_without_a_password_there_is_nothing(strict: Flask, town: Town, page: str) -> None:
    give_secret(town)
    assert strict.test_client().get(page).status_code in (302, 404)


def test_who_has_one_cannot_set_up_another_half_way(strict: Flask, town: Town) -> None:
    give_secret(town)
    client, _ = with_password(strict)
    assert client.get("/kode/ny").status_code == 302
    with client.session_transaction() as kept:
        kept["new_factor"] = SECRET
    assert answer(client, code()) == 302
    with client.session_transaction() as kept:
        assert "new_factor" not in kept


def test_it_is_removed_by_password_and_only_by_who_may(app: Flask, town: Town) -> None:
    give_secret(town)
    client, _ = with_password(app)
    assert answer(client, code()) == 302
    assert post(client, "/kode/fjern", password="wrong")[0] == 422
    town.container.settings = town.container.settings.model_copy(update={"second_factor": True})
    assert post(client, "/kode/fjern", password="secret-enough")[0] == 422
    town.container.settings = town.container.settings.model_copy(update={"second_factor": False})
    assert post(client, "/kode/fjern", password="secret-enough")[0] == 303
    assert account_row(town)["factor_secret"] is None


def test_another_installations_key_opens_no_secret() -> None:
    sealed = second_factor.encrypted(SECRET, "one-key-of-a-house")
    assert SECRET not in sealed
    assert second_factor.decrypted(sealed, "one-key-of-a-house") == SECRET
    assert second_factor.decrypted(sealed, "another-house-key") is None


@pytest.mark.parametrize("has_one", [False, True])
def test_a_screen_that_somebody_left_sets_up_no_telephone(app: Flask, town: Town, has_one: bool) -> None:
    """Whoever sits down at it has neither the password nor the old code."""
    if has_one:
        give_secret(town)
    client, _ = with_password(app)
    assert not has_one or answer(client, code()) == 302
    client.get("/kode/ny")
    with client.session_transaction() as kept:
        secret = kept["new_factor"]
    before = account_row(town)["factor_secret"]
    assert post(client, "/kode/ny", code=code(secret))[0] == 422
    assert post(client, "/kode/ny", code=code(secret), password="wrong")[0] == 422
    assert account_row(town)["factor_secret"] == before
    assert post(client, "/kode/ny", code=code(secret), password="secret-enough")[0] == 303
    assert account_row(town)["factor_secret"] != before


def test_many_codes_at_once_are_no_more_than_one_after_another(strict: Flask, town: Town) -> None:
    """Each is counted before it is tried."""
    give_secret(town)
    client, _ = with_password(strict)
    token = csrf_token(client, "/kode/")
    cookies = [(each.key, each.value) for each in client._cookies.values()]  # type: ignore[union-attr]
    together, codes = threading.Barrier(12), []

    def guess(n: int) -> None:
        one = strict.test_client()
        for name, value in cookies:
            one.set_cookie(name, value)
        together.wait()
        codes.append(one.post("/kode/", data={"csrf_token": token, "code": f"{n:06d}"}).status_code)

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(codes) == [401] * 5 + [429] * 7
