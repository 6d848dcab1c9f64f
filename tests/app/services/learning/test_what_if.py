"""The label log played again with other settings: what comes out, and that an answer outlives its process."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.domain.reorganisation import Merge, NewUnit, Plan
from app.domain.routing import Mode
from app.domain.rules import Field
from app.domain.what_if import Comparison, Question, WhatIfState
from app.errors import RefusedError
from app.models.event import Event
from app.models.label import Label
from app.models.rule import Rule
from app.models.what_if import WhatIf
from app.queries.learning import rehearsable
from app.services.learning import label_overrides, simulation, what_if
from app.services.platform import settings
from app.workflow import what_if as background
from tests.town import PARK, ROAD, WASTE, Town, now

BY = Actor("leder@town.example.org")


def play(town: Town, question: Question) -> Comparison:
    with database.read(town.container.engine) as session:
        rehearsable = simulation.read(session, question)
    labels: list[tuple[int, int]] = []
    result = rehearsable.play(lambda done, total: labels.append((done, total)))
    assert labels == sorted(labels)
    assert labels[-1][1] == rehearsable.total
    return result


def automatic(town: Town) -> None:
    """Every unit automatic, at a budget that three units' clear mails keep easily."""
    town.teach_history(times=40)
    town.automatic()


def test_the_log_counts_as_it_counts_for_the_model(town: Town) -> None:
    town.teach_history(times=10)
    with database.write(town.container.engine) as session:
        first, second, *_ = session.scalars(select(Label.id).order_by(Label.id))
        units = {first: None, second: town.units[WASTE]}
        label_overrides.apply(session, AmendmentKind.REORGANISED, units, note="", by=BY, now=now())
        assert not rehearsable.enough(session) or len(simulation.labelled_mails(session)) == 119
        newest = simulation.labelled_mails(session, limit=118)
        assert [len(newest), len(simulation.labelled_mails(session))] == [118, 119]
        assert simulation.labelled_mails(session)[0].example.id == str(second)
        assert simulation.labelled_mails(session)[0].unit == str(town.units[WASTE])
        assert newest[0].example.id == str(second + 1)


def test_nothing_different_changes_nothing(town: Town) -> None:
    automatic(town)
    result = play(town, Question(max_error=0.05))
    assert result.before == result.after
    assert result.before.mails == 192  # of 480: a fifth is learned first, half of the rest settles the limit
    assert result.before.automation.value == pytest.approx(1.0, abs=0.1)
    assert not any(unit.changed for unit in result.units)


def test_another_mode_and_another_rule(town: Town) -> None:
    automatic(town)
    with database.write(town.container.engine) as session:
        session.add(Rule(position=1, name="Huller", words="hul i vejen", field=Field.ANYWHERE))
        session.flush()
        rule_id = session.scalars(select(Rule.id)).one()
    park = str(town.units[PARK])
    result = play(town, Question(without_rules=(rule_id,), modes={park: Mode.SUGGEST}))
    kinds = {unit.name: unit.kind for unit in result.units}
    assert kinds == {PARK: "ends", ROAD: "differs", WASTE: "same"}
    units = {unit.name: unit for unit in result.units}
    assert units[PARK].after is not None
    assert units[PARK].after.automatic == 0
    assert units[ROAD].before is not None
    assert units[ROAD].after is not None
    assert units[ROAD].before.automation.value == pytest.approx(0.75, abs=0.1)
    assert units[ROAD].after.automation.value == pytest.approx(1.0, abs=0.1)


def test_a_merge_is_rehearsed_before_there_is_such_a_unit(town: Town) -> None:
    automatic(town)
    plan = Plan((Merge((town.units[PARK], town.units[ROAD]), NewUnit("Grønt", "groent@town.example.org")),))
    result = play(town, Question(plan=plan))
    units = {unit.name: unit for unit in result.units}
    assert {name: unit.kind for name, unit in units.items()} == {
        PARK: "goes", ROAD: "goes", "Grønt": "comes", WASTE: "same",
    }  # fmt: skip
    merged, park, road = units["Grønt"].after, units[PARK].before, units[ROAD].before
    assert merged is not None
    assert park is not None
    assert road is not None
    assert merged.mails == park.mails + road.mails
    assert merged.automatic > 0.9 * merged.mails


def test_an_answer_outlives_the_process_that_found_it(town: Town) -> None:
    town.teach_history(times=10)
    with database.write(town.container.engine) as session:
        asked = what_if.ask(session, Question(max_error=0.02), by=BY, now=now()).id
    background.play(town.container, threading.Event())
    with database.read(town.container.engine) as session:
        row = session.get_one(WhatIf, asked)
        assert row.state is WhatIfState.DONE
        assert row.done == row.total == 240
        assert row.result is not None
        assert Comparison.from_json(row.result).before.mails == 48


def test_one_at_a_time_and_what_was_interrupted_can_go_again(town: Town) -> None:
    town.teach_history(times=10)
    with database.write(town.container.engine) as session:
        first = what_if.ask(session, Question(max_error=0.02), by=BY, now=now()).id
        second = what_if.ask(session, Question(max_error=0.03), by=BY, now=now()).id
        assert what_if.take(session, now=now()) == first
        assert what_if.take(session, now=now()) is None
        later = now() + 2 * what_if.SILENCE
        assert what_if.take(session, now=later) == second
        session.expire_all()
        assert session.get_one(WhatIf, first).state is WhatIfState.INTERRUPTED
        assert what_if.again(session, first).state is WhatIfState.WAITING
        assert what_if.again(session, second).state is WhatIfState.RUNNING


def test_a_stop_of_the_worker_marks_what_it_was_playing(town: Town) -> None:
    town.teach_history(times=10)
    with database.write(town.container.engine) as session:
        asked = what_if.ask(session, Question(max_error=0.02), by=BY, now=now()).id
    stopping = threading.Event()
    stopping.set()
    background.play(town.container, stopping)
    with database.read(town.container.engine) as session:
        assert session.get_one(WhatIf, asked).state is WhatIfState.INTERRUPTED


def test_what_cannot_be_asked(town: Town) -> None:
    town.teach_history()
    with database.write(town.container.engine) as session:
        with pytest.raises(RefusedError, match="what_if_nothing"):
            what_if.ask(session, Question(), by=BY, now=now())
        with pytest.raises(RefusedError, match="what_if_too_few"):
            what_if.ask(session, Question(max_error=0.02), by=BY, now=now())


def test_a_rehearsed_budget_is_adopted(town: Town) -> None:
    town.teach_history(times=10)
    with database.write(town.container.engine) as session:
        asked = what_if.ask(session, Question(max_error=0.02), by=BY, now=now())
        with pytest.raises(RefusedError, match="what_if_not_adoptable"):
            what_if.adopt_budget(session, asked.id, by=BY, now=now())
        asked.state = WhatIfState.DONE
        session.flush()
        assert what_if.adopt_budget(session, asked.id, by=BY, now=now() + timedelta(minutes=1)) == 0.02
        assert settings.get(session, settings.MAX_ERROR) == 0.02
        event = session.scalars(select(Event).where(Event.kind == "budget_changed")).one()
        assert (event.data["before"], event.data["after"], event.by) == (0.05, 0.02, BY.email)
