"""Let the demo look into a mailbox of one's own.

Its mails come in and are ranked. Nothing there is changed, and nobody is written to: connectors/mail/observed.py sees to that.
"""

from datetime import UTC, datetime

from sqlalchemy import select

from app import connectors_by_name, database
from app.commands.process import say
from app.config import OBSERVED, Settings, SettingsError
from app.container import Container
from app.domain.actor import Actor
from app.domain.rules import Field
from app.models.rule import Rule
from app.services.inbound import rules
from app.services.organisation import added_mail_systems, organisation_units
from connectors.errors import ConnectorError
from connectors.mail.message import Folder

BY = Actor("settings")
NO_MAIL = "<no-mail@sluse.invalid>"
"""What is looked for at the start, to see whether a look is possible."""
RULE = "Observeret postkasse"
"""The name of the rule that leaves its mails to a person."""


def refuse_unread(settings: Settings) -> None:
    """Refuse to begin where the mailbox that the settings name cannot be read.

    Raises:
        SettingsError: why, in Danish and in English.
    """
    if not settings.demo_mailbox:
        return
    gateway = connectors_by_name.mail(
        settings, lambda: added_mail_systems.fixed(settings), lambda _address: OBSERVED, lambda _system, _address: {}
    )
    try:
        gateway.find(settings.demo_mailbox, NO_MAIL, folder=Folder.INBOX)
    except ConnectorError as error:
        raise SettingsError(_refusal(settings.demo_mailbox, error)) from error


def join(container: Container) -> None:
    """Make the mailbox one of the municipality's shared ones.

    What comes there is left to a person.
    """
    address, now = container.settings.demo_mailbox, datetime.now(UTC)
    if not address:
        return
    with database.write(container.engine) as session:
        organisation_units.add_mailboxes(session, ((address, address),), {address: OBSERVED})
        if session.scalar(select(Rule.id).where(Rule.mailbox == address)) is None:
            rule = rules.save(session, None, _left_to_a_person(address), by=BY, now=now)
            rule.position = 0  # before all others: none of them may send it anywhere
    container.gateway.create_mailbox(address)
    say(
        f"{address} is observed: its newest mails and those that come are read, ranked and shown. Nothing there is marked, moved\n"
        f"or sent; what is decided about them stays in {container.settings.home}, and goes to the invented units' folders there.\n"
        "Its mails lie there from now on, and whoever can open this page can read them: `sluse demo --fresh` throws them away."
    )


def _left_to_a_person(address: str) -> dict[str, object]:
    return {
        "name": RULE,
        "words": "",
        "field": Field.ANYWHERE,
        "sender_class_id": None,
        "mailbox": address,
        "foreign": False,
        "unit_id": None,
        "active": True,
    }


def _refusal(address: str, error: ConnectorError) -> str:
    danish, english = (
        ("Mailserveren svarer ikke", "The mail server does not answer")
        if error.retryable
        else ("Mailserveren lukker os ikke ind", "The mail server does not let us in")
    )
    return (
        f"{danish}, så demoen kan ikke kigge i {address}. Ret SLUSE_MAIL__SERVER, SLUSE_MAIL__USER eller SLUSE_MAIL__PASSWORD, "
        "eller fjern dem.\n"
        f"{english}, so the demo cannot look into {address}. Mend SLUSE_MAIL__SERVER, SLUSE_MAIL__USER or SLUSE_MAIL__PASSWORD, "
        f"or leave them out.\n  {error}"
    )
