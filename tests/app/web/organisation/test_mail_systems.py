"""Mail systems are added, changed and removed in the browser; what they are said to be holds at once."""

from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.mail_settings import FolderSystem
from app.models.event import Event
from app.models.mail_system import AddedMailSystem
from app.models.unit import Mailbox
from connectors.errors import ConnectorError
from connectors.mail.message import Outgoing
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post
from tests.town import SHARED, Town

IMAP = {"kind": "imap", "server": "imap.example.org", "user": "sluse", "password": "hush-hush", "port": ""}
ADFS = {
    "kind": "exchange", "server": "https://mail.example.org/EWS/Exchange.asmx", "sign_in": "oauth",
    "client_id": "sluse", "client_secret": "hush-hush", "token_url": "https://adfs.example.org/adfs/oauth2/token",
}  # fmt: skip


@pytest.fixture
def administrator(sign_in: SignIn) -> FlaskClient:
    return sign_in("administrator")


def save(client: FlaskClient, **given: str) -> tuple[int, str]:
    answer = post(client, "/mailsystemer/", **given)
    return answer.status_code, answer.get_data(as_text=True)


def rows(town: Town) -> Mapping[str, dict[str, str]]:
    with database.read(town.container.engine) as session:
        return {row.name: row.options for row in session.scalars(select(AddedMailSystem))}


def test_what_is_added_holds_at_once_and_its_secret_lies_in_a_file_of_ours_alone(
    town: Town, administrator: FlaskClient
) -> None:
    assert save(administrator, new="1", name="kontoret", **IMAP)[0] == 303
    (options,) = rows(town).values()
    file = town.container.settings.home / "hemmeligheder" / "kontoret.password"
    assert {name: options[name] for name in ("kind", "server", "user", "security", "sent", "password_file")} == {
        "kind": "imap", "server": "imap.example.org", "user": "sluse", "security": "tls", "sent": "",
        "password_file": str(file),
    }  # fmt: skip
    assert "password" not in options
    assert (file.read_text(), oct(file.stat().st_mode & 0o777)) == ("hush-hush", "0o600")
    assert "hush-hush" not in administrator.get("/mailsystemer/ret?navn=kontoret").get_data(as_text=True)
    with database.read(town.container.engine) as session:
        said = [event.data for event in session.scalars(select(Event).where(Event.kind == "mail_system_changed"))]
    assert len(said) == 1
    assert "hush-hush" not in str(said)
    assert "password" not in str(said)


def test_a_folder_is_joined_to_without_a_restart(town: Town, administrator: FlaskClient, tmp_path: object) -> None:
    root = town.container.settings.home / "nye"
    assert save(administrator, new="1", name="nyt", kind="folder", root=str(root))[0] == 303
    with database.write(town.container.engine) as session:
        session.scalars(select(Mailbox)).one().mail_system = "nyt"
    town.container.gateway.create_mailbox(SHARED)
    assert (root / SHARED / "new").is_dir()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": ""}, "Brug højst 30 små bogstaver"),
        ({"name": "Æbler og pærer"}, "Brug højst 30 små bogstaver"),
        ({"server": ""}, "Udfyld feltet."),
        ({"port": "x"}, "Skriv et helt tal."),
        ({"port": "70000"}, "Skriv et tal på højst 65.535."),
        ({"password": ""}, "Skriv enten en adgangskode eller en tokenserver"),
        ({"security": "none"}, "Forbindelsen skal være krypteret"),
        ({"security": "magic"}, "Vælg en af mulighederne."),
        ({"kind": "post"}, "Vælg, hvad mailsystemet er."),
        ({"kind": "exchange", "server": "https://outlook.office365.com/EWS/Exchange.asmx"}, "Det er Exchange Online"),
        ({"kind": "exchange", "server": "http://mail.example.org/EWS"}, "Adressen skal begynde med https://"),
        ({"kind": "graph"}, "Udfyld feltet."),
        (
            {"kind": "exchange", "server": "http://127.0.0.1:80@mail.example.org/EWS"},
            "Adressen skal begynde med https://",
        ),
        ({"kind": "exchange", "server": "https://eur01.outlook.com/EWS/Exchange.asmx"}, "Det er Exchange Online"),
        ({"password": "", "token_url": "http://login.example.org/token"}, "Adressen skal begynde med https://"),
        (ADFS | {"token_url": "http://adfs.example.org/adfs/oauth2/token"}, "Adressen skal begynde med https://"),
        (ADFS | {"tenant": "example.org"}, "Skriv enten lejer eller tokenserver"),
        (ADFS | {"token_url": ""}, "Skriv enten lejer eller tokenserver"),
        (ADFS | {"client_secret": ""}, "Skriv programmets id og dets hemmelighed"),
        ({"name": "hoved"}, "Der er allerede et mailsystem med det navn."),
    ],
)
def test_what_cannot_work_is_refused_in_words_and_nothing_is_kept(
    town: Town, administrator: FlaskClient, changed: dict[str, str], says: str
) -> None:
    status, page = save(administrator, new="1", **({"name": "kontoret"} | IMAP | changed))
    assert status == 422
    assert says in page
    assert rows(town) == {}
    assert not (town.container.settings.home / "hemmeligheder").exists()


def test_a_kept_secret_goes_nowhere_else(town: Town, administrator: FlaskClient) -> None:
    save(administrator, new="1", name="kontoret", **IMAP)
    again = IMAP | {"name": "kontoret", "password": "", "security": "tls"}
    assert save(administrator, **again | {"user": "sluse2"})[0] == 303, "the same server keeps it"
    assert rows(town)["kontoret"]["user"] == "sluse2"
    status, page = save(administrator, **again | {"server": "elsewhere.example.org"})
    assert status == 422
    assert "Skriv adgangskoden eller hemmeligheden igen" in page, "it was kept, so the page says why that is not enough"
    assert rows(town)["kontoret"]["server"] == "imap.example.org"


def test_the_form_says_what_a_stranger_asks(town: Town, administrator: FlaskClient) -> None:
    page = administrator.get("/mailsystemer/ny?slags=imap").text
    first, _, rest = page.partition("Flere indstillinger")
    for words in ("Ét ord af bogstaverne a-z", "SMTP-server", "SMTP-port", "shared/{mailbox} eller user/{mailbox}"):
        assert words in first
    assert "3.0" not in rest, "numbers are written as people write them"
    assert "<details>" in page
    _status, again = save(
        administrator, new="1", **IMAP | {"name": "kontoret", "server": "", "ca_file": "/etc/own.pem"}
    )
    assert "<details open>" in again, "what was typed under the fold stays in sight"


def test_a_mailbox_does_not_end_unasked_in_a_main_system_that_nobody_described(
    town: Town, administrator: FlaskClient
) -> None:
    assert "mail_system" not in administrator.get("/enheder/ny").text
    save(administrator, new="1", name="kontoret", **IMAP)
    for page in ("/enheder/ny", "/enheder/postkasse"):
        shown = administrator.get(page).text
        assert "Vælg …" in shown
        assert "det sædvanlige (Mapper på Sluses egen maskine)" in shown
    assert "det sædvanlige mailsystem" in administrator.get("/enheder/").text
    assert "Postkasser, der ligger i mapper på Sluses egen maskine" in administrator.get("/opsaetning/").text
    post(administrator, "/mailsystemer/", main="1", kind="folder")
    assert "Vælg …" not in administrator.get("/enheder/ny").text
    assert "Postkasser, der ligger i mapper" not in administrator.get("/opsaetning/").text


def test_hoved_on_a_form_is_the_main_system(town: Town, administrator: FlaskClient) -> None:
    save(administrator, new="1", name="kontoret", **IMAP)
    form = {"name": "Ny", "address": "ny@kommune.example.org", "unit_id": ""}
    assert post(administrator, "/enheder/postkasse", **form, mail_system="hoved").status_code == 303
    with database.read(town.container.engine) as session:
        assert session.scalars(select(Mailbox.mail_system).where(Mailbox.address == form["address"])).one() == ""


def test_no_file_of_the_machine_is_read_as_a_secret(town: Town, administrator: FlaskClient) -> None:
    status, _page = save(
        administrator, new="1", name="kontoret", **IMAP | {"password": "", "password_file": "/etc/hostname"}
    )
    assert status == 422
    assert rows(town) == {}


def test_one_that_has_mailboxes_stays(town: Town, administrator: FlaskClient) -> None:
    save(administrator, new="1", name="kontoret", **IMAP)
    with database.write(town.container.engine) as session:
        session.scalars(select(Mailbox)).one().mail_system = "kontoret"
    post(administrator, "/mailsystemer/fjern", name="kontoret")
    assert "kontoret" in rows(town)
    with database.write(town.container.engine) as session:
        session.scalars(select(Mailbox)).one().mail_system = ""
    post(administrator, "/mailsystemer/fjern", name="kontoret")
    assert rows(town) == {}


def test_the_settings_win_and_cannot_be_changed_here(town: Town, administrator: FlaskClient) -> None:
    town.container.settings.mail_systems["nyt"] = FolderSystem(root=None)
    try:
        assert "fastlagt i indstillingerne" in administrator.get("/mailsystemer/").get_data(as_text=True)
        assert save(administrator, new="1", name="nyt", kind="folder")[0] == 422
    finally:
        del town.container.settings.mail_systems["nyt"]


def test_one_whose_secret_is_gone_says_so_and_fails_as_the_world_does(town: Town, administrator: FlaskClient) -> None:
    save(administrator, new="1", name="kontoret", **IMAP)
    (town.container.settings.home / "hemmeligheder" / "kontoret.password").unlink()
    assert "kan ikke læses" in administrator.get("/mailsystemer/").get_data(as_text=True)
    with database.write(town.container.engine) as session:
        session.scalars(select(Mailbox)).one().mail_system = "kontoret"
    with pytest.raises(ConnectorError) as raised:
        town.container.gateway.send(Outgoing("<1@x>", SHARED, "x@example.org", "x", "x"))
    assert raised.value.retryable


@pytest.mark.parametrize(
    "path", ["/mailsystemer/", "/mailsystemer/ny", "/mailsystemer/hoved", "/mailsystemer/ny?slags=graph"]
)
def test_every_page_answers(administrator: FlaskClient, path: str) -> None:
    assert administrator.get(path).status_code == 200
