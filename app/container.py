"""Settings → what a process needs, built once and passed on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from app import connectors_by_name, database, private
from app.config import Settings
from app.services.organisation import added_mail_systems, chosen_folders, mail_systems
from app.services.platform.priority import READING, Priority
from app.services.platform.rates import Rates
from app.services.platform.robot import Robot
from connectors.deadlines.register import DeadlineRegister
from connectors.mail.gateway import MailGateway
from connectors.mail.reading.parser import MailParser
from connectors.records.system import RecordsSystem
from learning.salt import Salt

if TYPE_CHECKING:
    from app.services.learning.learner import Learner
    from connectors.identity.provider import OpenIdProvider


@dataclass
class Container:
    """The parts a process is built of. Tests put their own in by name."""

    settings: Settings
    engine: Engine
    gateway: MailGateway
    records: RecordsSystem
    deadlines: DeadlineRegister
    close_mail: Callable[[], None] = lambda: None

    @classmethod
    def build(cls, settings: Settings) -> "Container":
        """Make what the settings name.

        Raises:
            SettingsError: they name a connector that there is not.
        """
        private.home(settings.home)
        engine = database.create(settings.database_url)
        gateway = connectors_by_name.mail(
            settings,
            added_mail_systems.lookup(engine, settings),
            mail_systems.lookup(engine),
            chosen_folders.lookup(engine),
        )
        return cls(
            settings=settings,
            engine=engine,
            gateway=gateway,
            close_mail=gateway.close,
            records=connectors_by_name.records(settings),
            deadlines=connectors_by_name.deadlines(settings),
        )

    @cached_property
    def parser(self) -> MailParser:
        """Return the pool of children that read mails. Killable, and started by whoever needs them first."""
        return MailParser(workers=self.settings.parsers)

    @cached_property
    def salt(self) -> Salt:
        """Return the salt of hashes of words. Derived from the secret key, so it lies in no copy of the database."""
        return Salt.of(self.settings.secret_key)

    @cached_property
    def page_priority(self) -> Priority:
        """Let computing step aside for whoever waits for a page."""
        return Priority()

    @cached_property
    def reading_priority(self) -> Priority:
        """Let journaling and counting step aside for mails that wait.

        Both run in the process that reads mail, and share its writing transaction.
        """
        return Priority(READING)

    @cached_property
    def learner(self) -> "Learner":
        """The model of a process that learns. Nothing that serves pages asks for it, nor loads what it is made of."""
        from app.services.learning.learner import Learner

        return Learner(self.engine, self.salt, self.page_priority)

    @cached_property
    def rates(self) -> Rates:
        return Rates(self.engine, self.settings.secret_key)

    @cached_property
    def identity(self) -> "OpenIdProvider | None":
        """Return the identity provider.

        People sign in with the account they have there; None where all accounts are local.
        """
        known = self.settings.sign_on
        if known is None:
            return None
        from connectors.identity.provider import Client, OpenIdProvider

        return OpenIdProvider(
            Client(
                issuer=known.issuer,
                client_id=known.client_id,
                client_secret=known.client_secret,
                scopes=known.scopes,
                groups_claim=known.groups_claim,
                redirect_uri=f"{self.settings.base_url}/log-ind/svar",
            )
        )

    @cached_property
    def robot(self) -> Robot:
        return Robot(self.engine)

    def close(self) -> None:
        if "parser" in self.__dict__:
            self.parser.close()
        self.close_mail()
        self.engine.dispose()
