"""`sluse load-organisation` and `sluse add-person`. For what must be there before the first mail."""

import getpass
import secrets
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from app import database, private
from app.config import Settings
from app.container import Container
from app.demo.municipality import Municipality, OrganisationError, load
from app.domain.access import Role
from app.domain.actor import Actor
from app.errors import RefusedError
from app.models.account import Account
from app.services.inbound import rules
from app.services.organisation import added_mail_systems, authorities, municipalities, organisation_units, people
from app.services.organisation.mail_systems import no_settings
from app.services.platform import passwords, second_factor
from app.services.platform.settings import seed_coin

COMMAND_LINE = Actor("command line")
"""Who did it, in the log."""


def load_organisation(settings: Settings, file: str) -> int:
    """Load areas, units and mailboxes from a file. Its format is TOML. Return the exit status."""
    try:
        plan = load(Path(file))
        install(settings, plan)
    except OrganisationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    print(f"{len(plan.units)} units and {len(plan.mailboxes)} mailboxes are in place.")  # noqa: T201
    return 0


def install(settings: Settings, plan: Municipality, *, seed: str = "", since: datetime | None = None) -> None:
    """Put the organisation into the database, and make its mailboxes.

    As far as the mail system lets us.

    `seed` is that of the coin of blind checks, where there is none yet; by default one that nobody knows. `since`: when the
    house was installed, where that is not now.

    Raises:
        OrganisationError: a mailbox is in a mail system that there is not; nothing was put in.
    """
    private.home(settings.home)
    database.migrate(settings.database_url)
    container = Container.build(settings)
    with database.write(container.engine) as session:
        _refuse_unknown_systems(plan, added_mail_systems.known(session, settings))
        organisation_units.add_units(session, plan.units)
        organisation_units.add_mailboxes(session, plan.mailboxes, plan.mail_systems)
        authorities.add(session, plan.authorities)
        rules.install_defaults(session)
        seed_coin(session, seed or secrets.token_hex(16))
        if not municipalities.name(session, settings):
            municipalities.rename(session, settings, plan.name, by=COMMAND_LINE, now=since or datetime.now(UTC))
    for address in (*(unit.address for unit in plan.units), *(address for address, _ in plan.mailboxes)):
        container.gateway.create_mailbox(address)
    container.close()


def _refuse_unknown_systems(plan: Municipality, known: Collection[str]) -> None:
    named = {unit.address: unit.mail_system for unit in plan.units} | plan.mail_systems
    if lost := [no_settings(address, system) for address, system in named.items() if system not in known]:
        raise OrganisationError("\n".join(lost))


def add_person(settings: Settings, email: str, name: str, role: str, unit: str | None) -> int:
    """Make an account, asking for its password twice. Return the exit status."""
    password = getpass.getpass("Password (at least 12 characters): ")
    if password != getpass.getpass("Once more: "):
        print("The passwords differ. Nothing was changed.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        passwords.refuse_weak(password, email, name)
        with database.opened(settings.database_url) as engine, database.write(engine) as session:
            organisation_units.add_person(
                session,
                email=email,
                name=name,
                role=Role(role),
                password=password,
                unit=unit,
                by=COMMAND_LINE,
                now=datetime.now(UTC),
            )
    except LookupError as error:
        print(f"There is no unit {error}.", file=sys.stderr)  # noqa: T201
        return 2
    except RefusedError:
        print("The password is too short, or easy to guess. Nothing was changed.", file=sys.stderr)  # noqa: T201
        return 2
    print(f"{name} can sign in now.")  # noqa: T201
    return 0


def reset_access(settings: Settings, email: str) -> int:
    """Print a link for a new password. The person's code is taken away. Return the exit status."""
    now = datetime.now(UTC)
    with database.opened(settings.database_url) as engine, database.write(engine) as session:
        account = session.scalars(select(Account).where(Account.email == email.lower(), Account.active)).first()
        if account is None:
            print(f"There is no open account of {email}.", file=sys.stderr)  # noqa: T201
            return 2
        second_factor.remove(session, account.id, by=COMMAND_LINE, now=now)
        _account, key = people.invite_again(session, account.id, by=COMMAND_LINE, now=now)
    print(f"{settings.base_url}/invitation/{key}\nIt is good once, for {people.INVITED_DAYS} days.")  # noqa: T201
    return 0
