"""Settings name the connectors; an unknown name is refused with those that there are."""

import pytest

from app import connectors_by_name
from app.config import MailSystem, Settings, SettingsError
from app.container import Container
from connectors.deadlines.embedded import EmbeddedRegister
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.systems import MailSystems
from connectors.records.archive import ArchiveRecords


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"mail": "nowhere"}, f"SLUSE_MAIL must be one of {', '.join(connectors_by_name.MAIL)}, not 'nowhere'"),
        ({"records": "nobody"}, f"SLUSE_RECORDS must be one of {', '.join(connectors_by_name.RECORDS)}, not 'nobody'"),
        (
            {"deadlines": "never"},
            f"SLUSE_DEADLINES must be one of {', '.join(connectors_by_name.DEADLINES)}, not 'never'",
        ),
        (
            {"mail_systems": {"new": MailSystem(kind="nowhere", root=None)}},
            f"SLUSE_MAIL_SYSTEMS__NEW__KIND must be one of {', '.join(connectors_by_name.MAIL)}, not 'nowhere'",
        ),
    ],
)
def test_an_unknown_connector_is_refused_with_those_that_there_are(
    settings: Settings, changed: dict[str, object], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        Container.build(settings.model_copy(update=changed))


def test_by_default_everything_lies_in_folders_of_the_home(container: Container) -> None:
    assert isinstance(container.gateway, FolderGateway)
    assert isinstance(container.records, ArchiveRecords)
    assert isinstance(container.deadlines, EmbeddedRegister)


def test_with_a_second_mail_system_there_are_several(settings: Settings) -> None:
    made = Container.build(settings.model_copy(update={"mail_systems": {"new": MailSystem(kind="folder", root=None)}}))
    assert isinstance(made.gateway, MailSystems)
    made.close()
