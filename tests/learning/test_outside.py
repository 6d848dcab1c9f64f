"""Classes outside the units: apart in a ranking, as exact as units, and reluctant where they take units' mails."""

import numpy as np
import pytest

from learning import snapshot
from learning.example import OUTSIDE, Example, Ranking, Suggestion, TaughtLabel, is_outside
from learning.features import Prepared, prepare
from learning.model import Model

NONE = f"{OUTSIDE}none"
UNITS = {"park": "træet i parken er væltet", "vej": "hul i vejen ved skolen", "affald": "skraldet er ikke hentet"}
OTHERS = ("tak for sidst", "god weekend til alle", "invitation til møde", "nyt fra foreningen", "tilbud på stole")


def mail(text: str, n: int = 0) -> Prepared:
    return prepare(Example(f"m{n}", text[:12], f"{text} nummer {n}"))


def taught(*, outside: bool, rounds: int = 6) -> Model:
    model = Model()
    for n in range(rounds):
        for unit, text in UNITS.items():
            model.learn(mail(text, n), TaughtLabel(f"{unit}-{n}", unit))
        if outside:
            model.learn(mail(OTHERS[n % len(OTHERS)], n), TaughtLabel(f"none-{n}", NONE))
    return model


def test_units_and_the_rest_stand_apart() -> None:
    ranking = taught(outside=True).rank(mail("tak for sidst", 99))
    assert {each.unit for each in ranking.suggestions} == set(UNITS)
    assert [each.unit for each in ranking.outside] == [NONE]
    assert ranking.elsewhere
    assert ranking.all[0].unit == NONE
    assert sum(each.confidence for each in ranking.all) <= 1 + 1e-9
    assert ranking.confidence == ranking.suggestions[0].confidence < 0.5


def test_a_unit_is_less_sure_where_something_else_is_likely() -> None:
    asked = mail("tak for træet i parken og for sidst", 99)
    assert taught(outside=True).rank(asked).confidence < taught(outside=False).rank(asked).confidence


def test_without_such_labels_the_model_is_what_it_was() -> None:
    model = taught(outside=False)
    assert "reluctance" not in model.classifier.arrays()
    assert model.rank(mail("tak for sidst", 99)).outside == ()


def test_a_snapshot_holds_it_all() -> None:
    model = taught(outside=True)
    model.classifier.reluctance[model.classifier.columns[NONE]] = 2.5
    loaded = snapshot.load(snapshot.dump(model))
    assert loaded.state_hash() == model.state_hash()
    for each in (model, loaded):
        each.learn(mail("tak for sidst", 50), TaughtLabel("x", NONE))
    assert loaded.state_hash() == model.state_hash()
    assert loaded.classifier.outside.tolist() == model.classifier.outside.tolist()


def test_a_class_that_takes_a_units_mail_is_held_back_and_let_go_again() -> None:
    model = taught(outside=True)
    column, asked = model.classifier.columns[NONE], mail("tak for sidst", 77)
    assert model.rank(asked).elsewhere
    best = model.rank(asked).suggestions[0].unit
    model.learn(asked, TaughtLabel("claimed", best))  # a unit's after all, and the units knew whose
    assert model.classifier.reluctance[column] > 0
    held = float(model.classifier.reluctance[column])
    model.learn(mail(UNITS["park"], 78), TaughtLabel("missed", NONE))
    assert model.classifier.reluctance[column] < held
    units = [index for name, index in model.classifier.columns.items() if not is_outside(name)]
    assert np.all(model.classifier.reluctance[units] == 0)


def test_what_was_just_taught_is_known_at_once() -> None:
    model = taught(outside=True)
    asked = mail("fundet en pung på stationen", 5)
    model.learn(asked, TaughtLabel("purse", f"{OUTSIDE}police"))
    assert model.rank(asked).all[0].unit == f"{OUTSIDE}police"


@pytest.mark.parametrize(
    ("name", "shown"), [(NONE, True), ("17", False), ("outside", False), (None, False), (7, False)]
)
def test_names(name: object, shown: bool) -> None:
    assert is_outside(name) is shown


def test_of_equals_what_is_outside_comes_first_and_no_robot_decides() -> None:
    even = Ranking((Suggestion("a", 0.4),), False, (Suggestion(NONE, 0.4),))
    assert even.elsewhere
    assert even.all[0].unit == NONE
    assert not Ranking().elsewhere
