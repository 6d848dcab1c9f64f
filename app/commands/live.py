"""`sluse rehearse --live`: a simulation on the label log. The log of this house, as it is and as it would be."""

import argparse
import json
import sys
from pathlib import Path

from app import database
from app.commands import tables
from app.commands.progress import Progress
from app.domain import reorganisation, written_plan
from app.domain.figures import Share
from app.domain.reorganisation import CurrentOrganisation, Plan
from app.domain.what_if import Comparison, Question, UnitSide
from app.environment import read_settings
from app.queries.inbound import rule_list
from app.queries.learning import rehearsable
from app.services.learning import simulation
from app.services.learning.simulation import Rehearsable
from app.services.organisation import reorganisation_preview


class NoQuestion(Exception):
    """The error of options that make no question. The message says why."""


def rehearse_live(options: argparse.Namespace) -> int:
    """Play the label log twice and print both sides. Return the exit status."""
    try:
        rehearsable = _read(options)
    except (NoQuestion, written_plan.NoPlan, json.JSONDecodeError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    progress = Progress("Rehearsing", rehearsable.total)
    result = rehearsable.play(lambda done, _: progress(done))
    print("\n".join([*sides(result), "", *units(result)]))  # noqa: T201
    if options.json:
        Path(options.json).write_text(json.dumps(result.to_json(), indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


def _read(options: argparse.Namespace) -> Rehearsable:
    with database.opened(read_settings().database_url) as engine, database.read(engine) as session:
        if not rehearsable.enough(session):
            raise NoQuestion(f"There are fewer than {rehearsable.LEAST} labels: too few to say anything.")
        plan = _plan(options.plan, reorganisation_preview.present(session))
        places = [rule.id for rule in rule_list.in_order(session)]
        return simulation.read(session, Question(options.max_error, _rules(options.without_rule, places), plan=plan))


def _rules(numbers: list[int], ids: list[int]) -> tuple[int, ...]:
    """Rules by their numbers on the page."""
    if wrong := [number for number in numbers if not 0 < number <= len(ids)]:
        raise NoQuestion(f"There is no rule {wrong[0]}; there are {len(ids)}.")
    return tuple(ids[number - 1] for number in numbers)


def _plan(file: str | None, units: list[CurrentOrganisation]) -> Plan:
    if file is None:
        return Plan()
    names = {unit.name: unit.id for unit in units}
    plan = written_plan.from_json(json.loads(Path(file).read_text(encoding="utf-8")), names)
    if faults := reorganisation.faults(plan, units):
        raise NoQuestion("\n".join(f"{fault.code.replace('_', ' ')}: {fault.value}" for fault in faults))
    return plan


def sides(result: Comparison) -> list[str]:
    """Return one line per figure, before beside after."""
    rows = [
        ("", "before", "after"),
        ("mails scored", f"{result.before.mails}", f"{result.after.mails}"),
        ("accuracy", _share(result.before.accuracy), _share(result.after.accuracy)),
        ("automatic", _share(result.before.automation), _share(result.after.automation)),
        ("wrong of those", _share(result.before.error), _share(result.after.error)),
        ("routed by a rule", f"{result.before.by_rule}", f"{result.after.by_rule}"),
    ]
    return tables.aligned(rows)


def _share(share: Share) -> str:
    interval = share.interval
    return f"{share.value:.3f} ({interval[0]:.3f}-{interval[1]:.3f})" if interval else "-"


def units(result: Comparison) -> list[str]:
    """Return one line per unit that changes. Before → after."""
    changed = [unit for unit in result.units if unit.changed]
    if not changed:
        return ["No unit changes."]
    rows = [
        (
            unit.name[: tables.NAME],
            *(
                " → ".join((_formatted(unit.before, what), _formatted(unit.after, what)))
                for what in ("mails", "automation", "precision")
            ),
        )
        for unit in changed
    ]
    same = len(result.units) - len(changed)
    head = ("unit that changes", "mails", "automatic", "right then")
    return [
        *tables.aligned([head, *rows]),
        "1 unit stays as it is." if same == 1 else f"{same} units stay as they are.",
    ]


def _formatted(side: UnitSide | None, what: str) -> str:
    if side is None:
        return "-"
    value = getattr(side, what)
    return tables.share(value.value) if isinstance(value, Share) else str(value)
