"""Settings name the connectors; an unknown name is refused with those that there are."""

import pytest

from app import connectors_by_name
from app.config import Settings, SettingsError
from app.container import Container
from app.mail_settings import KINDS
from connectors.deadlines.embedded import EmbeddedRegister
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


def test_by_default_everything_lies_in_folders_of_the_home(container: Container) -> None:
    container.gateway.create_mailbox("park@town.example.org")
    assert (container.settings.mail_root / "park@town.example.org" / "new").is_dir()
    assert isinstance(container.records, ArchiveRecords)
    assert isinstance(container.deadlines, EmbeddedRegister)
