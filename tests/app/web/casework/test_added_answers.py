"""An answer is added as a file on the unit's page and on the enquiry's, with and without scripts."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.services.inbound.added_answers import LARGEST
from app.web.platform.uploads import LARGEST_MAIL_BODY
from connectors.mail.reading.outlook import MAGIC
from connectors.mail.reading.parser import MailParser
from tests.app.web.casework.steps import HTMX, at
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.platform.test_write_lock import Probe, watched
from tests.town import PARK, ROAD, Town, mail

ANSWER = mail("SV: Træ", "Vi kommer i morgen.", sender="karla@town.example.org", to="proeve@borger.example.org")


def with_the_unit(town: Town, unit: str = PARK) -> int:
    enquiry = at(town, unit, "Træ")
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, enquiry).direct = True
    return enquiry


def send(client: FlaskClient, url: str, content: bytes, *, htmx: bool = False, token: str | None = None):  # type: ignore[no-untyped-def]
    token = csrf_token(client, "/hjaelp/") if token is None else token
    part = "--b\r\nContent-Disposition: form-data; name="
    file = f'{part}"mail"; filename="svar.eml"\r\nContent-Type: message/rfc822\r\n\r\n'
    body = f'{part}"csrf_token"\r\n\r\n{token}\r\n{file}'.encode() + content + b"\r\n--b--\r\n"
    headers = HTMX if htmx else {}
    return client.post(url, data=body, content_type="multipart/form-data; boundary=b", headers=headers, buffered=True)


def test_in_the_row_and_on_the_page(town: Town, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    karla, probe = sign_in(Role.CASEWORKER), Probe(town.container.settings.database_url)
    watched(monkeypatch, (MailParser,), probe.look)
    enquiry = with_the_unit(town)
    assert 'enctype="multipart/form-data"' in karla.get(f"/enheden/{enquiry}").text
    refused = send(karla, f"/enheden/{enquiry}/svarmail", MAGIC + b"x", htmx=True)
    assert (refused.status_code, "kan ikke læses" in refused.text) == (422, True)
    added = send(karla, f"/enheden/{enquiry}/svarmail", ANSWER, htmx=True)
    assert (added.status_code, "Svaret er lagt på sagen" in added.text) == (200, True)
    assert town.enquiry(enquiry).state is State.ANSWERED
    assert "MailParser.parse" in probe.looked
    assert probe.held == []


def test_without_scripts_on_the_enquirys_page(town: Town, sign_in: SignIn) -> None:
    client, enquiry = sign_in(Role.VISITATOR), with_the_unit(town)
    assert f"/henvendelser/{enquiry}/svarmail" in client.get(f"/henvendelser/{enquiry}").text
    nothing = client.post(
        f"/henvendelser/{enquiry}/svarmail", data={"csrf_token": csrf_token(client, "/hjaelp/")}, follow_redirects=True
    )
    assert "Filen kan ikke læses som en mail" in nothing.text
    sent = send(client, f"/henvendelser/{enquiry}/svarmail", ANSWER)
    assert sent.status_code == 303
    page = client.get(sent.location).text
    assert "Svaret er lagt på sagen" in page
    assert "Enhedens svar lagt på sagen som fil" in page
    assert f"/henvendelser/{enquiry}/svarmail" not in page


def test_a_mail_may_be_large_and_not_larger_and_only_from_who_is_signed_in(
    app: Flask, town: Town, sign_in: SignIn
) -> None:
    app.testing = False
    client, enquiry = sign_in(Role.CASEWORKER), with_the_unit(town)
    url = f"/enheden/{enquiry}/svarmail"
    over = send(client, url, b"x" * LARGEST_MAIL_BODY)
    assert (over.status_code, "25 MB" in over.text) == (413, True)
    assert "højst fylde 25 MB" in send(client, url, ANSWER + b"\r\n" * (LARGEST // 2), htmx=True).text
    large = ANSWER + b"\r\n" * 300_000
    assert send(sign_in(None), url, large, token="x").status_code == 413
    assert send(client, url, large, token="x").status_code == 400
    assert send(client, url, large, htmx=True).status_code == 200
    assert send(client, f"/enheden/{enquiry}/retur", large).status_code == 413


def test_another_units_is_not_there(town: Town, sign_in: SignIn) -> None:
    enquiry = with_the_unit(town, ROAD)
    for place in ("enheden", "henvendelser"):
        assert send(sign_in(Role.CASEWORKER), f"/{place}/{enquiry}/svarmail", ANSWER).status_code == 404
    assert town.enquiry(enquiry).state is State.ROUTED
