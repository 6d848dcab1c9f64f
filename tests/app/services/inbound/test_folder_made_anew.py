"""A folder whose mails all get new keys: none is taken in twice, and none is lost."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app import database
from app.models.enquiry import Enquiry, RawMail
from app.services.inbound import intake
from connectors.mail.message import Folder, MessageRef
from tests.connectors.imap import dovecot_server, estate, needs_dovecot
from tests.mail_systems import mail_system
from tests.mail_systems import town as on_mail_server
from tests.town import SHARED, Town, mail

__all__ = ["dovecot_server", "estate", "mail_system", "on_mail_server"]
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def kept(town: Town, key: str, content: bytes, folder: Folder = Folder.INBOX) -> bool:
    with database.write(town.container.engine) as session:
        return intake.store(session, SHARED, folder, MessageRef(key, NOW), content, NOW)


def keys(town: Town) -> list[str]:
    with database.read(town.container.engine) as session:
        return list(session.scalars(select(RawMail.key).order_by(RawMail.id)))


def test_the_same_mail_under_a_new_key(town: Town) -> None:
    assert kept(town, "7:5", b"x")
    assert not kept(town, "8:1", b"x"), "the folder was made anew"
    assert keys(town) == ["8:1"], "what is done with the mail from now on is done under its new key"
    assert kept(town, "8:2", b"x"), "the same bytes once more in one generation are another mail"
    assert kept(town, "9:1", b"x", Folder.RETURNS), "and so they are in another folder"


def test_as_many_twins_as_there_were(town: Town) -> None:
    assert [kept(town, key, b"x") for key in ("7:5", "7:6")] == [True, True]
    assert [kept(town, key, b"x") for key in ("8:1", "8:2", "8:3")] == [False, False, True]
    assert keys(town) == ["8:1", "8:2", "8:3"]


def test_in_another_mail_system_the_old_key_stays(town: Town) -> None:
    assert kept(town, "7:5", b"x")
    assert not kept(town, "new::7:5", b"x")
    assert keys(town) == ["7:5"], "there it still lies"


@needs_dovecot
@pytest.mark.parametrize("mail_system", ["imap"], indirect=True)
def test_twenty_mails_whose_server_was_restored(on_mail_server: Town) -> None:
    town = on_mail_server
    raws = [mail(f"Mail {n}", f"Noget om sag {n}") for n in range(19)]
    town.receive(*raws, raws[0])
    assert counted(town) == 20
    town.gateway.estate.renumber(SHARED)
    town.gateway.deliver(SHARED, mail("Mail 20", "Noget nyt"))
    for _ in range(3):
        town.take_in()
    assert counted(town) == 21
    assert len({key.partition(":")[0] for key in keys(town)}) == 1


@pytest.mark.parametrize("mail_system", ["exchange"], indirect=True)
def test_twenty_mails_whose_exchange_was_restored(on_mail_server: Town) -> None:
    """Twice: each time all ids are other ones, and the state of before is unknown."""
    town = on_mail_server
    raws = [mail(f"Mail {n}", f"Noget om sag {n}") for n in range(19)]
    town.receive(*raws, raws[0])
    for more in (21, 22):
        town.gateway.exchange.store.lose_states()
        town.gateway.deliver(SHARED, mail(f"Mail {more}", "Noget nyt"))
        for _ in range(3):
            town.take_in()
        assert counted(town) == more
        assert len({key.partition(":")[0] for key in keys(town)}) == 1
    assert all(each.is_read for each in town.gateway.exchange.store.mailbox(SHARED).folder("inbox").items.values())


def counted(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return len(session.scalars(select(Enquiry.id)).all())
