"""Settings name the connectors; an unknown name is refused with those that there are."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from app import connectors_by_name
from app.config import Settings, SettingsError
from app.container import Container
from app.environment import read_settings
from app.mail_settings import KINDS, ImapSystem
from connectors.deadlines.embedded import EmbeddedRegister
from connectors.mail.folder.gateway import FolderGateway, FolderPost
from connectors.mail.gateway import MailGateway
from connectors.mail.imap.gateway import ImapGateway
from connectors.mail.imap.server import Endpoint, ImapServer, Security
from connectors.mail.message import Folder, none_chosen
from connectors.records.archive import ArchiveRecords


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"records": "nobody"}, f"SLUSE_RECORDS must be one of {', '.join(connectors_by_name.RECORDS)}, not 'nobody'"),
        (
            {"deadlines": "never"},
            f"SLUSE_DEADLINES must be one of {', '.join(connectors_by_name.DEADLINES)}, not 'never'",
        ),
    ],
)
def test_an_unknown_connector_is_refused_with_those_that_there_are(
    settings: Settings, changed: dict[str, object], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        Container.build(settings.model_copy(update=changed))


def test_each_kind_of_mail_system_has_its_connector() -> None:
    assert list(connectors_by_name.MAIL) == list(KINDS)


IMAP = {
    "SLUSE_SECRET_KEY": "a-secret-for-tests-only",
    "SLUSE_MAIL": "imap",
    "SLUSE_MAIL__SERVER": "imap.example.org",
    "SLUSE_MAIL__USER": "sluse@example.org",
    "SLUSE_MAIL__PASSWORD": "hemmeligt",
}


def imap(**more: str) -> ImapServer:
    """What an IMAP connector is made of from these variables."""
    settings = read_settings(IMAP | {f"SLUSE_MAIL__{k}": v for k, v in more.items()})
    made = connectors_by_name.MAIL["imap"]("", settings.mail, settings, FolderPost(lambda _: ""), none_chosen)
    assert isinstance(made, ImapGateway)
    return made.server


def test_a_mail_server_from_as_few_variables_as_can_be() -> None:
    server = imap()
    assert (server.imap, server.smtp) == (Endpoint("imap.example.org", 993), Endpoint("imap.example.org", 465))
    assert (server.login.user, server.login.password, server.login.token) == ("sluse@example.org", "hemmeligt", None)
    assert (server.prefix, server.inbox_of("post@example.org")) == ("{mailbox}", "post@example.org")
    assert server.named("post@example.org", Folder.SENT) is None, "the server tells, or habit"


def test_a_mail_server_with_all_that_can_be_said_of_it() -> None:
    server = imap(
        SECURITY="starttls", SMTP_SERVER="smtp.example.org", SMTP_SECURITY="tls", SMTP_PORT="2465", SHARED="INBOX",
        SENT="Sendt", FOLDERS='{"post@example.org": {"sent": "Sendt post"}}', CONNECTIONS="2", SENT_SECONDS="0",
    )  # fmt: skip
    assert server.imap == Endpoint("imap.example.org", 143, Security.STARTTLS)
    assert server.smtp == Endpoint("smtp.example.org", 2465, Security.TLS)
    assert (server.prefix, server.connections, server.sent_seconds) == ("", 2, 0)
    assert server.named("Post@example.org", Folder.SENT) == "Sendt post"
    assert server.named("anden@example.org", Folder.SENT) == "Sendt"


def test_names_of_folders_that_make_no_sense_are_told() -> None:
    for wrong in ("Sendt post", '{"post@example.org": {"sendt": "x"}}'):
        with pytest.raises(SettingsError, match="FOLDERS must be JSON"):
            imap(FOLDERS=wrong)


def test_a_connector_that_cannot_be_made_stops_no_other(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> MailGateway:
        raise ValueError("its options make no sense")

    monkeypatch.setitem(connectors_by_name.MAIL, "imap", refuse)  # type: ignore[arg-type]
    wrong = ImapSystem(server="imap.example.org", user="sluse", password=SecretStr("hemmeligt"))
    container.settings.mail_systems["wrong"] = wrong
    container.gateway.create_mailbox("park@town.example.org")
    assert (container.settings.mail_root / "park@town.example.org" / "new").is_dir()


def test_by_default_everything_lies_in_folders_of_the_home(container: Container) -> None:
    container.gateway.create_mailbox("park@town.example.org")
    assert (container.settings.mail_root / "park@town.example.org" / "new").is_dir()
    assert isinstance(container.records, ArchiveRecords)
    assert isinstance(container.deadlines, EmbeddedRegister)


class Closing(FolderGateway):
    """A gateway that counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Closing]:
    """The gateways that were made of IMAP systems, in order."""
    found: list[Closing] = []

    def make(*_: object) -> MailGateway:
        found.append(Closing(tmp_path))
        return found[-1]

    monkeypatch.setitem(connectors_by_name.MAIL, "imap", make)  # type: ignore[arg-type]
    return found


def test_whatever_is_replaced_removed_or_left_at_the_end_is_closed_once(
    container: Container, made: list[Closing]
) -> None:
    systems = container.settings.mail_systems
    first = ImapSystem(server="imap.example.org", user="sluse", password=SecretStr("hemmeligt"))

    def closed() -> list[int]:
        container.gateway.create_mailbox("park@town.example.org")
        return [each.closed for each in made]

    systems["new"] = first
    assert closed() == [0]
    systems["new"] = first.model_copy(update={"server": "mail.example.org"})
    assert closed() == [1, 0]
    del systems["new"]
    assert closed() == [1, 1]
    systems["new"] = first
    assert closed() == [1, 1, 0]
    for _ in range(2):
        container.gateway.close()
    assert [each.closed for each in made] == [1, 1, 1]


def test_a_house_that_is_left_closes_its_mail_systems(settings: Settings, made: list[Closing]) -> None:
    wanted = ImapSystem(server="imap.example.org", user="sluse", password=SecretStr("hemmeligt"))
    container = Container.build(settings.model_copy(update={"mail_systems": {"new": wanted}}))
    container.gateway.create_mailbox("park@town.example.org")
    container.close()
    assert [each.closed for each in made] == [1]
