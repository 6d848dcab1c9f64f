"""The model after an amendment is the one that never saw the labels as they were; lifted, it is the old one again."""

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.errors import RefusedError
from app.models.label import Label
from app.services.learning import label_overrides
from app.services.learning.learner import Learner
from learning.example import TaughtLabel
from tests.town import PARK, ROAD, WASTE, Town, now


def amend(town: Town, kind: AmendmentKind, units: dict[int, int | None]) -> int:
    with database.write(town.container.engine) as session:
        return label_overrides.apply(session, kind, units, note="Forsøg", by=Actor("leder@example.org"), now=now()).id


def lift(town: Town, amendment_id: int) -> None:
    with database.write(town.container.engine) as session:
        label_overrides.revoke(session, amendment_id, by=Actor("leder@example.org"), now=now())


def labels_of(town: Town, unit: str) -> list[int]:
    with database.read(town.container.engine) as session:
        return list(session.scalars(select(Label.id).where(Label.unit_id == town.units[unit]).order_by(Label.id)))


def folded(town: Town, units: dict[int, int | None]) -> str:
    """Hash of a model that is taught the labels one by one, as `units` says."""
    never = Learner(town.container.engine, town.container.salt)
    with database.read(town.container.engine) as session:
        for label in session.scalars(select(Label).order_by(Label.id)):
            unit = units.get(label.id, label.unit_id)
            if unit is not None:
                taught = TaughtLabel(str(label.id), str(unit))
                never._model.learn(never._read([label.enquiry_id])[label.enquiry_id], taught)
    return never.state_hash()


@pytest.mark.parametrize("replica", ["running", "started_later"])
def test_an_amended_label_was_never_heard_as_it_was(town: Town, replica: str) -> None:
    town.teach_history(times=12)  # more than one snapshot
    before = town.container.learner.state_hash()
    units: dict[int, int | None] = dict.fromkeys(labels_of(town, PARK)[4:], None)
    units |= dict.fromkeys(labels_of(town, WASTE)[5:], town.units[ROAD])
    first = amend(town, AmendmentKind.DISTRUSTED, {n: unit for n, unit in units.items() if unit is None})
    second = amend(town, AmendmentKind.REORGANISED, {n: unit for n, unit in units.items() if unit is not None})
    learner = town.container.learner if replica == "running" else Learner(town.container.engine, town.container.salt)
    learner.catch_up(now=now())
    assert learner.state_hash() == folded(town, units) != before
    lift(town, first)
    lift(town, second)
    learner.catch_up(now=now())
    assert learner.state_hash() == before


def test_what_excludes_a_label_wins(town: Town) -> None:
    town.teach_history()
    label = labels_of(town, PARK)[0]
    amend(town, AmendmentKind.DISTRUSTED, {label: None})
    amend(town, AmendmentKind.REORGANISED, {label: town.units[ROAD]})
    with database.read(town.container.engine) as session:
        assert label_overrides.in_effect(session) == {label: None}


def test_an_erasure_and_a_lifted_amendment_stay_as_they_are(town: Town) -> None:
    town.teach_history()
    erased = amend(town, AmendmentKind.ERASED, {labels_of(town, PARK)[0]: None})
    with pytest.raises(RefusedError):
        lift(town, erased)
    distrusted = amend(town, AmendmentKind.DISTRUSTED, {labels_of(town, PARK)[1]: None})
    lift(town, distrusted)
    with pytest.raises(RefusedError):
        lift(town, distrusted)
