"""The page by which figures leave the house: who makes and revokes tokens, what is shown once, which file is sent."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import text

from app.domain.access import Role
from app.domain.deadlines import local_day
from app.services.reports import extracts
from tests import clock, figure_town
from tests.app.queries.reports.test_punctuality import filled
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import Town, now

PAGE = "/tal/data/"


def make(client: FlaskClient, name: str = "Power BI", **changed: str) -> str:
    form = {"name": name, "purpose": "Rapport", "expires": (local_day(now()) + timedelta(days=30)).isoformat()}
    answer = client.post(f"{PAGE}noegler/ny", data=form | changed | {"csrf_token": csrf_token(client, PAGE)})
    assert answer.status_code == (422 if changed else 200), answer.text
    return answer.text


def key_in(page: str) -> str:
    found = html.fromstring(page).xpath("//main//input[@readonly]/@value")
    return str(found[0])


def test_a_token_is_shown_once_and_opens_figures_until_it_is_revoked(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    key = key_in(make(client))
    authorised = {"Authorization": f"Bearer {key}"}
    assert app.test_client().get("/api/v1/figures", headers=authorised).status_code == 200
    page = client.get(PAGE).text
    assert "Power BI" in page
    assert key not in page
    assert "127.0.0.1" in page, "from where it was used"
    assert client.post(f"{PAGE}noegler/1/spaer", data={"csrf_token": csrf_token(client, PAGE)}).status_code == 303
    assert app.test_client().get("/api/v1/figures", headers=authorised).status_code == 401
    assert "er spærret og åbner ikke noget mere" in client.get(PAGE).text


def test_what_is_refused_stands_there_with_what_was_typed(sign_in: SignIn) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    page = make(client, purpose="", name="Rapport <b>")
    assert "Skriv, hvilket program" in page
    assert "Rapport &lt;b&gt;" in page
    assert "Vælg en dag fra i morgen" in make(client, expires="2020-01-01")
    assert "En af datoerne findes ikke" in make(client, expires="2026-02-30")


def test_a_manager_sees_what_fetches_figures_and_lets_nothing_in(sign_in: SignIn) -> None:
    make(sign_in(Role.ADMINISTRATOR))
    manager = sign_in(Role.MANAGER)
    page = manager.get(PAGE).text
    assert "Power BI" in page
    assert "Opret nøglen" not in page
    assert f"{PAGE}noegler/1/spaer" not in page
    token = {"csrf_token": csrf_token(manager, PAGE)}
    for address in ("noegler/ny", "noegler/1/spaer"):
        assert manager.post(f"{PAGE}{address}", data=token).status_code == 404


def test_only_who_may_open_it_has_its_tab(sign_in: SignIn) -> None:
    for role, has in ((Role.VISITATOR, False), (Role.MANAGER, True), (Role.ADMINISTRATOR, True)):
        assert (f'href="{PAGE}' in sign_in(role).get("/tal/").text) == has, role


def test_the_query_for_power_bi_asks_what_there_is(app: Flask, sign_in: SignIn) -> None:
    """The page's own example, fetched as Power BI would."""
    client = sign_in(Role.ADMINISTRATOR)
    key = key_in(make(client))
    shown = " ".join(html.fromstring(client.get(PAGE).text).xpath("//pre/text()"))
    assert 'Headers = [Authorization = "Bearer " & Key]' in shown
    assert key not in shown
    found = app.test_client().get(
        "/api/v1/series.csv",
        query_string={"period": "2026", "step": "month", "by": "unit"},
        headers={"Authorization": f"Bearer {key}"},
    )
    titles = found.text.split("\r\n")[0].split(",")
    named = {part.split('"')[1] for part in shown.split("{") if part.startswith('"')}
    assert named == {"first", "last", "count", "of", "share", "low", "high"}
    assert named <= set(titles)


def test_a_nights_file_is_sent_and_the_log_says_who_took_it(town: Town, sign_in: SignIn) -> None:
    filled(town)
    client = sign_in(Role.MANAGER)
    assert "SLUSE_EXTRACT_NIGHTS" in client.get(PAGE).text
    made = extracts.make(town.container.engine, town.container.settings.extract_root, figure_town.DAY, now=now())
    assert made.path.name in client.get(PAGE).text
    answer = client.get(f"{PAGE}{made.path.name}", buffered=True)
    assert answer.status_code == 200
    assert gzip.decompress(answer.data).startswith(b"enquiry,received_on,")
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(client.get(f"{PAGE}{extracts.SCHEMA}").json["fields"]) == 28
    with town.container.engine.connect() as connection:
        rows = connection.execute(text("SELECT \"by\" FROM event WHERE kind = 'extract_fetched'")).scalars().all()
    assert rows == ["manager@town.example.org"]


def test_no_other_file_is_sent(town: Town, sign_in: SignIn) -> None:
    folder = town.container.settings.extract_root
    folder.mkdir(parents=True)
    (folder / ".henvendelser-2026-11-23.csv.gz.part").write_bytes(b"half")
    client = sign_in(Role.ADMINISTRATOR)
    for name in ("henvendelser-2026-11-22.csv.gz", ".henvendelser-2026-11-23.csv.gz.part", "henvendelser-..csv.gz",
                 "henvendelser-..%2f..%2fsluse.sqlite", "henvendelser-20261123.csv.gz", "henvendelser-x.csv.gz"):  # fmt: skip
        assert client.get(f"{PAGE}{name}").status_code == 404, name
    assert Path(folder).is_dir()


def test_the_folder_lies_in_the_home_unless_it_is_a_whole_path(town: Town, tmp_path: Path) -> None:
    settings = town.container.settings
    assert settings.extract_root == settings.home / "udtraek"
    assert settings.model_copy(update={"extract_folder": tmp_path / "x"}).extract_root == tmp_path / "x"
    assert settings.extract_nights == 0
    assert extracts.look(town.container.engine, tmp_path, settings.extract_nights, now=datetime.now(UTC)) is None


def test_the_file_comes_first_and_the_programmers_text_is_folded_away(
    town: Town, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(town.container, "settings", town.container.settings.model_copy(update={"extract_nights": 3}))
    filled(town)
    client = sign_in(Role.MANAGER)
    for hour, said in ((9, "Den første fil bliver lavet om lidt."), (0, "Den første fil laves efter kl. 2 om natten.")):
        clock.stop(monkeypatch, datetime(2026, 11, 23, hour, tzinfo=UTC))
        assert said in client.get(PAGE).text, hour
    extracts.make(town.container.engine, town.container.settings.extract_root, figure_town.DAY, now=now())
    page = html.fromstring(client.get(PAGE).text)
    assert page.xpath("//main/section/@aria-labelledby") == ["fil", "hent", "noegler"]
    (link,) = page.xpath("//section[@aria-labelledby='fil']//li/a")
    assert link.text_content().strip().startswith("Hent filen til og med ")
    assert page.xpath("//main//pre")
    assert not page.xpath("//main//*[self::pre or self::code][not(ancestor::details)]")
    assert not page.xpath("//section[@aria-labelledby='hent']/details[@open]")
