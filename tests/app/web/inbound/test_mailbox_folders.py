"""The folders of a mailbox are listed, confirmed or chosen, and used from then on."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.cli import parser
from app.commands.history_reading import history
from app.domain.access import Role
from app.domain.history_reading import Limits
from app.models.unit import ChosenFolder, MailboxCursor
from app.services.inbound import mailboxes
from app.services.inbound.history_reading import HistoryReader
from app.services.inbound.mailboxes import Watched
from app.services.inbound.replies import SentFolders
from connectors.errors import ConnectorError
from connectors.mail.folder.maildir import MaildirFolder, unique_name
from connectors.mail.message import Folder
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post
from tests.town import PARK, SHARED, Town, mail, now

UNIT = "park@town.example.org"
PAGE = f"/postkasser/mapper?postkasse={UNIT}"
CHOICE = {"postkasse": UNIT, "sent": ".Sendt", "drafts": ".Drafts", "returns": ".Retur"}


@pytest.fixture
def administrator(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.ADMINISTRATOR)


@pytest.fixture
def folder(town: Town) -> MaildirFolder:
    """A folder of the unit's own, in which its people keep what they have sent."""
    made = MaildirFolder(town.container.settings.mail_root / UNIT / ".Sendt")
    made.create()
    return made


def chosen(town: Town) -> dict[str, str]:
    with database.read(town.container.engine) as db:
        return {row.role: row.name for row in db.scalars(select(ChosenFolder)) if row.address == UNIT}


def poll(town: Town) -> None:
    c = town.container
    handler = SentFolders(c.engine, c.parser, c.robot)
    mailboxes.poll(c.engine, c.gateway, handler, Watched(UNIT, town.units[PARK]), now=now())


def cursors(town: Town) -> set[str]:
    with database.read(town.container.engine) as db:
        return set(db.scalars(select(MailboxCursor.folder).where(MailboxCursor.address == UNIT)))


def test_what_was_found_is_shown_and_confirmed(town: Town, folder: MaildirFolder, administrator: FlaskClient) -> None:
    folder.deliver(b"Subject: x\r\n\r\nx", key=unique_name(), part="cur")
    html = administrator.get(PAGE).text
    assert '<option value=".Sent" selected>Sent (0)</option>' in html
    assert '<option value=".Sendt">Sendt (1)</option>' in html
    assert "Ikke bekræftet endnu" in html
    assert chosen(town) == {}, "looking changes nothing"
    assert post(administrator, "/postkasser/mapper", PAGE, **CHOICE | {"sent": ".Sent"}).status_code == 303
    assert chosen(town) == {"sent": "Sent", "drafts": "Drafts", "returns": "Retur"}
    assert "Ikke bekræftet endnu" not in administrator.get(PAGE).text


def test_a_chosen_folder_is_read_from_its_beginning(
    town: Town, folder: MaildirFolder, administrator: FlaskClient
) -> None:
    """A cursor of the folder before would be read on in another."""
    poll(town)
    town.gateway.add_sent(UNIT, b"Subject: x\r\n\r\nx")
    poll(town)
    assert "sent" in cursors(town)
    post(administrator, "/postkasser/mapper", PAGE, **CHOICE)
    assert "sent" not in cursors(town)
    folder.deliver(b"Message-ID: <a@b>\r\nSubject: x\r\n\r\nx", key=unique_name(), part="cur")
    assert town.container.gateway.find(UNIT, "<a@b>", folder=Folder.SENT) is not None
    post(administrator, "/postkasser/mapper", PAGE, **CHOICE | {"sent": ""})
    assert chosen(town) == {"drafts": "Drafts", "returns": "Retur"}
    assert town.container.gateway.find(UNIT, "<a@b>", folder=Folder.SENT) is None


def test_to_confirm_what_is_used_already_keeps_how_far_it_was_read(town: Town, administrator: FlaskClient) -> None:
    town.gateway.add_sent(UNIT, b"Subject: x\r\n\r\nx")
    poll(town)
    post(administrator, "/postkasser/mapper", PAGE, **CHOICE | {"sent": ".Sent"})
    assert "sent" in cursors(town)


def test_a_cursor_of_the_folder_before_is_not_kept(
    town: Town, folder: MaildirFolder, administrator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody chooses while the robot is in the middle of a poll."""
    town.gateway.add_sent(UNIT, b"Subject: x\r\n\r\nx")
    real = town.container.gateway.new_messages

    def meanwhile(*arguments: object, **named: object) -> object:
        found = real(*arguments, **named)  # type: ignore[arg-type]
        post(administrator, "/postkasser/mapper", PAGE, **CHOICE)
        return found

    monkeypatch.setattr(town.container.gateway, "new_messages", meanwhile)
    poll(town)
    assert cursors(town) == set()


@pytest.mark.parametrize(
    "wrong",
    [{"sent": ".Ingen"}, {"sent": ".Retur"}, {"returns": "../../post", "sent": ""}],
    ids=["gone", "twice", "path"],
)
def test_a_folder_that_is_not_there_or_is_wanted_twice_is_refused(
    town: Town, folder: MaildirFolder, administrator: FlaskClient, wrong: dict[str, str]
) -> None:
    assert post(administrator, "/postkasser/mapper", PAGE, **CHOICE | wrong).status_code == 422
    assert chosen(town) == {}


def test_a_mail_system_that_is_away_says_so_and_nothing_is_lost(
    town: Town, administrator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_mailbox: str) -> object:
        raise ConnectorError("the server is busy", retryable=True)

    monkeypatch.setattr(town.container.gateway, "folders", away)
    html = administrator.get(PAGE).text
    assert "Mailsystemet kan ikke lige nu." in html
    assert "Prøv igen" in html
    assert post(administrator, "/postkasser/mapper", "/postkasser/", **CHOICE).status_code == 303


def test_only_our_mailboxes_are_looked_into(administrator: FlaskClient) -> None:
    assert administrator.get("/postkasser/mapper?postkasse=borgmester@town.example.org").status_code == 404
    assert administrator.get(f"/postkasser/mapper?postkasse={SHARED}").status_code == 200


def test_a_new_mailbox_leads_to_its_folders(town: Town, administrator: FlaskClient) -> None:
    form = {"name": "Ny", "address": "ny@town.example.org", "unit_id": ""}
    saved = post(administrator, "/enheder/postkasse", "/enheder/postkasse", **form)
    assert saved.location == "/postkasser/mapper?postkasse=ny@town.example.org"
    assert "se og bekræft mapperne" in administrator.get("/opsaetning/").text


def test_a_units_folders_are_learned_from_by_a_button_and_progress_is_seen(
    town: Town, folder: MaildirFolder, administrator: FlaskClient
) -> None:
    folder.deliver(mail("Træ", "Et træ er væltet"), key=unique_name(), part="cur")
    assert "Læs og lær" not in administrator.get(f"/postkasser/mapper?postkasse={SHARED}").text, "no unit's own"
    wanted = {"postkasse": UNIT, "mappe": ".Sendt", "straks": "1", "siden": "2024-01-31"}
    assert post(administrator, "/postkasser/historik", PAGE, **wanted | {"siden": "i går"}).status_code == 422
    assert post(administrator, "/postkasser/historik", PAGE, **wanted | {"mappe": ".Sent"}).status_code == 422
    assert post(administrator, "/postkasser/historik", PAGE, **wanted).status_code == 303
    html = administrator.get("/postkasser/").text
    assert "Læring af enhedernes tidligere mails" in html
    assert ">Venter</span>" in html
    c = town.container
    reader = HistoryReader(c.engine, lambda: c.gateway, c.parser, c.learner, Limits(per_minute=1_000_000), now)
    while reader.go_on():
        pass
    html = administrator.get("/postkasser/").text
    assert ">Læst til ende</span>" in html
    assert '<td data-name="Mails lært">1</td>' in html
    post(administrator, "/postkasser/historik/1/genoptag", "/postkasser/")
    post(administrator, "/postkasser/historik/1/pause", "/postkasser/")
    assert ">På pause</span>" in administrator.get("/postkasser/").text
    assert post(administrator, "/postkasser/historik/99/pause", "/postkasser/").status_code == 404


def test_the_command_lists_folders_asks_pauses_and_tells(
    town: Town, folder: MaildirFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str, status: int = 0) -> str:
        options = parser().parse_args(["history", *arguments])
        assert history(town.container.settings, options) == status
        printed = capsys.readouterr()
        return printed.out + printed.err

    assert "Nothing is read." in said()
    assert "Sendt  (0 mails)" in said(UNIT)
    assert "no folder Borte" in said(UNIT, "--folder", "Borte", status=2)
    assert "hold no mails" in said(UNIT, "--folder", "Sent", status=2)
    assert "no unit's mailbox" in said(SHARED, "--folder", "INBOX", status=2)
    assert "at night" in said(UNIT, "--folder", "sendt")
    assert f"{UNIT} Sendt: waiting, 0 mails seen, 0 learned" in said()
    said(UNIT, "--pause")
    assert "Sendt: paused" in said()
    said(UNIT, "--resume")
    assert "Sendt: waiting" in said()
