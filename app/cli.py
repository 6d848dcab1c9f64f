"""The `sluse` command."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from app import private
from app.config import SettingsError
from app.environment import read_settings, secret_variables

DESCRIPTION = """\
Sluse routes the mails a municipality receives, learns from every decision at once, and does the journaling.

Try it with an invented municipality:   sluse demo
Run it on your own mailboxes:           sluse serve
The same in several processes:          sluse web; sluse worker
Rehearse on your own labelled history:  sluse rehearse history.jsonl
What if it had been otherwise?          sluse rehearse --live --max-error 0.02
Learn from it:                          sluse import-history history.jsonl
Learn from a unit's mailbox, at night:  sluse history park@example.org --folder Indbakke
"""


class Command(Protocol):
    def __call__(self, options: argparse.Namespace) -> int: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    private.from_now_on()
    options = parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="sluse", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="the whole of Sluse in one process, on one SQLite file")
    serve.set_defaults(command=_serve)
    pages = commands.add_parser("web", help="pages alone, in as many processes as you like; a worker does the rest")
    pages.set_defaults(command=_web)
    worker = commands.add_parser(
        "worker", help="robot and learner without pages; of several one works, the others wait"
    )
    worker.add_argument("--id", default="worker", help="the name that tells it from others")
    worker.set_defaults(command=_worker)
    demo = commands.add_parser("demo", help="the same with an invented municipality that lives by itself")
    demo.add_argument("--seed", type=int, default=11, help="another seed is another history and another day")
    demo.add_argument("--fresh", action="store_true", help="begin again: throw the earlier demo away")
    demo.add_argument("--mails", type=int, help="so many came in the year that is played first; fewer are quicker")
    demo.set_defaults(command=_demo)
    _add_people(commands)
    _add_rehearse(commands)
    _add_import_history(commands)
    _add_history(commands)
    _add_model(commands)
    settings = commands.add_parser("settings", help="every SLUSE_* variable, with its meaning, as Markdown")
    settings.set_defaults(command=_settings)
    return made


def _add_people(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = commands.add_parser("add-person", help="give somebody an account; asks for the password")
    add.add_argument("email")
    add.add_argument("name")
    add.add_argument("role", choices=["visitator", "caseworker", "manager", "administrator", "auditor"])
    add.add_argument("--unit", help="the caseworker's unit")
    add.set_defaults(command=_add_person)
    reset = commands.add_parser(
        "reset-access",
        help="a link to choose a new password by, for who lost it; takes the code from the telephone away",
    )
    reset.add_argument("email")
    reset.set_defaults(command=_reset_access)
    load = commands.add_parser("load-organisation", help="service areas, units and mailboxes from a TOML file")
    load.add_argument("file")
    load.set_defaults(command=_load_organisation)


def _add_rehearse(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    rehearse = commands.add_parser(
        "rehearse",
        help="labelled history through the same cleaning, model and routing, each mail predicted before it is learned",
    )
    rehearse.add_argument(
        "data",
        nargs="?",
        help="JSONL (.gz): one mail a line with id, text or subject and body, and a label; "
        "or a folder of folders of .eml or of mbox files, each named after its unit",
    )
    rehearse.add_argument("--label-field", default="label")
    rehearse.add_argument("--order", choices=["time", "shuffle"], default="time")
    rehearse.add_argument("--seed", type=int, default=11)
    rehearse.add_argument("--warm-start", type=int, default=500, help="the first mails are history and are not scored")
    rehearse.add_argument("--delay", type=int, default=0, help="a label arrives so many mails later")
    rehearse.add_argument(
        "--max-error",
        type=_rate,
        help="what share of automatic routes may be wrong; else 0.05, or with --live as it is",
    )
    rehearse.add_argument("--limit", type=int, default=0, help="stop after so many mails")
    rehearse.add_argument(
        "--feedback",
        choices=["full", "partial"],
        default="full",
        help="partial: of what the robot routes alone, only blind checks and half of the wrong routes give a label",
    )
    rehearse.add_argument(
        "--check-rate", type=_rate, default=0.05, help="at least this share of confident mails is checked blind"
    )
    strange = rehearse.add_mutually_exclusive_group()
    strange.add_argument("--exclude-oos", action="store_true", help="leave out rows that belong to no unit")
    strange.add_argument("--strangers", type=_part, help="mix them in, so that they are this share of all mails")
    rehearse.add_argument("--json", metavar="FILE", help="write the figures to a file as well")
    rehearse.add_argument("--live", action="store_true", help="the labels of this house: as it is, and as it would be")
    rehearse.add_argument(
        "--without-rule", type=int, action="append", default=[], metavar="N", help="with --live: a rule less"
    )
    rehearse.add_argument("--plan", metavar="FILE", help="with --live: a reorganisation in JSON")
    rehearse.set_defaults(command=_rehearse)


def _add_import_history(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    made = commands.add_parser(
        "import-history", help="learn from mails whose unit is known; says first what they are worth"
    )
    made.add_argument(
        "source",
        nargs="+",
        help="a folder of folders of .eml or of mbox files (a name is a unit), an mbox file, JSONL (.gz), "
        "or mailbox:ADDRESS for the inbox of a unit",
    )
    made.add_argument("--report-only", action="store_true", help="say what they are worth, and change nothing")
    made.add_argument("--since", type=_day, metavar="DATE", help="leave out older mails, e.g. 2025-01-01")
    made.add_argument("--mailbox", metavar="ADDRESS", help="the shared mailbox they came to; the first where not said")
    made.add_argument("--label-field", default="label", help="the field of a JSONL row that names the unit")
    made.add_argument("--json", metavar="FILE", help="write the report to a file as well, with every mail it names")
    made.set_defaults(command=_import_history)


def _add_history(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    made = commands.add_parser(
        "history", help="have the worker learn from a unit's mailbox, gently and at night; alone: how far it is"
    )
    made.add_argument("address", nargs="?", help="the unit's mailbox; without --folder, the folders that lie in it")
    made.add_argument("--folder", action="append", default=[], metavar="NAME", help="a folder to read, by its name")
    made.add_argument("--since", type=_day, metavar="DATE", help="leave out older mails, e.g. 2025-01-01")
    made.add_argument("--mailbox", metavar="ADDRESS", help="the shared mailbox they came to; the first where not said")
    made.add_argument("--now", action="store_true", help="also by day, and without a limit a night")
    which = made.add_mutually_exclusive_group()
    which.add_argument("--pause", action="store_true", help="leave its folders alone from now on")
    which.add_argument("--resume", action="store_true", help="go on from where they were left")
    made.set_defaults(command=_history)


def _add_model(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    model = commands.add_parser("model", help="where the model stands, as it was on a day, or proven from nothing")
    which = model.add_mutually_exclusive_group()
    which.add_argument("--as-of", type=_day, metavar="DATE", help="as it was when this day began, e.g. 2026-11-01")
    which.add_argument("--verify", action="store_true", help="fold the whole log from nothing and compare the hashes")
    model.set_defaults(command=_model)
    audit = commands.add_parser("verify-audit", help="whether the audit log is whole; names the first broken row")
    audit.add_argument("--heads", metavar="FILE", help="heads of the log that were kept elsewhere, a line each")
    audit.set_defaults(command=_verify_audit)
    _add_check_connector(commands)
    backup = commands.add_parser("backup", help="copy a home into an empty folder, also while it serves")
    backup.add_argument("folder")
    backup.set_defaults(command=_backup)
    erase = commands.add_parser("erase", help="erase a person's mails and what was learned from them; shows them first")
    erase.add_argument("address", help="the person's mail address or CPR number")
    erase.set_defaults(command=_erase)


def _add_check_connector(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = commands.add_parser(
        "check-connector", help="try a mail system on a test mailbox: what works, what does not, and what to do"
    )
    check.add_argument("name", help='the mail system\'s name; "hoved" is the main one')
    check.add_argument("address", help="a mailbox for tests; what the check puts there it removes again")
    check.add_argument("--partner", metavar="ADDRESS", help="a second mailbox of that system to send to")
    check.add_argument(
        "--journal", metavar="ADDRESS", help="the mailbox of that system that gets copies of what is sent"
    )
    check.add_argument("--page", metavar="FILE", type=Path, help="write the verdict as a page to hand on, too")
    check.add_argument("--arrival", metavar="SECONDS", type=float, default=60.0, help="how long a mail may take")
    check.add_argument("--total", metavar="SECONDS", type=float, default=300.0, help="how long all of it may take")
    check.set_defaults(command=_check_connector)


def _day(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError("must be above 0 and at most 1")
    return value


def _part(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("must be at least 0 and below 1")
    return value


# Each command imports what it needs: `sluse --help` and `sluse rehearse` need neither Flask nor the engine.


def _serve(_: argparse.Namespace) -> int:
    from app.commands.serve import serve

    settings = read_settings()
    private.forget(*secret_variables(os.environ))
    return serve(settings)


def _web(_: argparse.Namespace) -> int:
    from app.commands.web import web

    settings = read_settings()
    private.forget(*secret_variables(os.environ))
    return web(settings)


def _worker(options: argparse.Namespace) -> int:
    from app.commands.worker import work

    settings = read_settings()
    private.forget(*secret_variables(os.environ))
    return work(settings, options.id)


def _demo(options: argparse.Namespace) -> int:
    from app.commands.demo import HISTORY, serve_demo

    settings = read_settings(demo=True)
    return serve_demo(settings, seed=options.seed, fresh=options.fresh, history_mails=options.mails or HISTORY)


def _add_person(options: argparse.Namespace) -> int:
    from app.commands.organisation import add_person

    return add_person(read_settings(), options.email, options.name, options.role, options.unit)


def _reset_access(options: argparse.Namespace) -> int:
    from app.commands.organisation import reset_access

    return reset_access(read_settings(), options.email)


def _load_organisation(options: argparse.Namespace) -> int:
    from app.commands.organisation import load_organisation

    return load_organisation(read_settings(), options.file)


def _history(options: argparse.Namespace) -> int:
    from app.commands.history_reading import history

    return history(read_settings(), options)


def _import_history(options: argparse.Namespace) -> int:
    from app.commands.history import import_history

    return import_history(read_settings(), options)


def _model(options: argparse.Namespace) -> int:
    from app.commands.past import model

    return model(read_settings(), as_of=options.as_of, verify=options.verify)


def _verify_audit(options: argparse.Namespace) -> int:
    from app.commands.audit import verify_audit

    return verify_audit(read_settings(), options.heads)


def _check_connector(options: argparse.Namespace) -> int:
    from app.commands.check_connector import check_connector
    from app.services.inbound.connector_check import Waits

    waits = Waits(total=options.total, arrival=options.arrival)
    mailboxes = options.address, options.partner
    return check_connector(read_settings(), options.name, *mailboxes, options.page, waits, options.journal)


def _backup(options: argparse.Namespace) -> int:
    from app.commands.backup import backup

    return backup(read_settings(), Path(options.folder))


def _erase(options: argparse.Namespace) -> int:
    from app.commands.past import erase

    return erase(read_settings(), options.address)


def _settings(_: argparse.Namespace) -> int:
    from app.settings_reference import markdown

    print(markdown(), end="")  # noqa: T201
    return 0


def _rehearse(options: argparse.Namespace) -> int:
    if options.live == (options.data is not None):
        print("Name a file of labelled mails, or say --live.", file=sys.stderr)  # noqa: T201
        return 2
    if options.live:
        from app.commands.live import rehearse_live

        return rehearse_live(options)
    from app.commands.rehearse import rehearse

    return rehearse(options)


if __name__ == "__main__":
    sys.exit(main())
