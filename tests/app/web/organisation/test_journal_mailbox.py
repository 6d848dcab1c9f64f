"""A mailbox is made a journal mailbox by a tick, and no unit's mailbox is one."""

from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.models.unit import Mailbox
from app.services.inbound.intake import Inboxes
from app.services.inbound.journal_mailboxes import JournalMailboxes
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, UNITS, Town

JOURNAL = "journal@town.example.org"


def test_a_tick_makes_it_one_and_takes_it_back(town: Town, sign_in: SignIn) -> None:
    client, c = sign_in(Role.ADMINISTRATOR), town.container
    form = {"csrf_token": csrf_token(client, "/hjaelp/"), "name": "Svarkopi", "address": JOURNAL}
    saved = client.post("/enheder/postkasse", data=form | {"journal": "on"}, follow_redirects=True)
    assert (saved.status_code, "journalpostkasse" in saved.text) == (200, True)
    with database.read(c.engine) as session:
        number = session.scalars(select(Mailbox.id).where(Mailbox.address == JOURNAL)).one()
        journals = JournalMailboxes(c.engine, c.parser, c.robot).watched(session)
        inboxes = Inboxes(c.engine, c.settings.secret_key).watched(session)
    assert [each.address for each in journals] == [JOURNAL]
    assert JOURNAL not in {each.address for each in inboxes}
    assert 'name="journal" checked' in client.get(f"/enheder/postkasse?id={number}").text
    refused = client.post(
        "/enheder/postkasse",
        data=form | {"mailbox_id": number, "journal": "on", "address": UNITS[PARK], "unit_id": town.units[PARK]},
    )
    assert (refused.status_code, 'name="journal" checked' in refused.text) == (422, True)
    client.post("/enheder/postkasse", data=form | {"mailbox_id": number})
    assert 'name="journal" checked' not in client.get(f"/enheder/postkasse?id={number}").text
