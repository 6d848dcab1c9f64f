"""Lead the robot's steps to the outside world, past the circuit of each system.

Every call of a step on mail, records or deadlines goes through a `Door`, so that no step can forget to ask whether the system
answers at the moment.
"""

from collections.abc import Callable
from typing import Any, cast

from dbos import DBOS
from sqlalchemy import Engine

from app import database
from app.config import Settings
from app.container import Container
from app.services.platform import circuits, faults
from app.services.platform.priority import Priority
from app.services.platform.robot import Robot
from connectors.deadlines.register import DeadlineRegister
from connectors.errors import AnswerLost, ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.reading.parser import MailParser
from connectors.mail.systems import MAIN, MailSystems
from connectors.records.system import RecordsSystem


class Unavailable(ConnectorError):
    """An outside system fails for a while, or is not to be asked until its pause is over (`asked` is False then)."""

    def __init__(self, system: str, message: str, *, wait: float | None = None, asked: bool = True) -> None:
        ConnectorError.__init__(self, message, retryable=True, wait=wait)
        self.system, self.asked = system, asked


class Unanswered(Unavailable, AnswerLost):
    """An outside system was asked, and its answer was lost: what it was asked for may have happened."""


class Door:
    """One outside system, asked only while its circuit is closed, or by its probe."""

    def __init__(self, engine: Engine, system: str, inner: object) -> None:
        self._engine, self._system, self._inner = engine, system, inner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            troubled = self._look()
            try:
                result = method(*arguments, **named)
            except ConnectorError as error:
                if error.retryable:
                    kind = Unanswered if isinstance(error, AnswerLost) else Unavailable
                    raise kind(self._system, faults.message(error), wait=error.wait) from error
                self._answered(troubled)  # to refuse is to answer
                raise
            except OSError as error:
                # No contract says what such an error leaves undone.
                raise Unanswered(self._system, error.strerror or type(error).__name__) from error
            self._answered(troubled)
            return result

        return call

    def _look(self) -> bool:
        """Tell whether the system failed the last time.

        Raises:
            Unavailable: it is not to be asked now.
        """
        with database.read(self._engine) as session:
            if not circuits.admits(session, self._system, _job()):
                raise Unavailable(self._system, "", asked=False)
            return circuits.troubled(session, self._system)

    def _answered(self, troubled: bool) -> None:
        if troubled:
            with database.write(self._engine) as session:
                circuits.succeeded(session, self._system, _job())


def _job() -> str:
    return DBOS.workflow_id or ""


class Hands:
    """What the steps of a workflow work with: the container, with a `Door` before each outside system."""

    def __init__(self, container: Container) -> None:
        self._container = container

    @property
    def gateway(self) -> MailGateway:
        """Return all mail systems, each behind its own door: one that is silent stops no other."""
        gateway = self._container.gateway
        if isinstance(gateway, MailSystems):
            return gateway.behind(self._mail_door)
        return self._mail_door(MAIN, gateway)

    def _mail_door(self, name: str, gateway: MailGateway) -> MailGateway:
        return cast(MailGateway, Door(self.engine, circuits.of_mail(name), gateway))

    @property
    def records(self) -> RecordsSystem:
        return cast(RecordsSystem, Door(self.engine, circuits.RECORDS, self._container.records))

    @property
    def deadlines(self) -> DeadlineRegister:
        return cast(DeadlineRegister, Door(self.engine, circuits.DEADLINES, self._container.deadlines))

    @property
    def settings(self) -> Settings:
        return self._container.settings

    @property
    def engine(self) -> Engine:
        return self._container.engine

    @property
    def parser(self) -> MailParser:
        return self._container.parser

    @property
    def page_priority(self) -> Priority:
        return self._container.page_priority

    @property
    def reading_priority(self) -> Priority:
        return self._container.reading_priority

    @property
    def robot(self) -> Robot:
        return self._container.robot
