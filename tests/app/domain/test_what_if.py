"""What a question changes of a policy, and what can be counted from two ways through the same mails."""

import pytest

from app.domain.reorganisation import Merge, NewUnit, Plan, Rename, Split, SplitTarget
from app.domain.routing import Mode, Reason, Route
from app.domain.rules import RoutingRule
from app.domain.what_if import Comparison, Judged, Policy, Question, asked, compare

RULES = (RoutingRule(1, "Klage", ("klage",)), RoutingRule(2, "Træ", ("træ",), unit="1"))
AUTO, SUGGEST = Mode.AUTOMATIC, Mode.SUGGEST
PRESENT = Policy(RULES, {"1": AUTO, "2": SUGGEST}, 0.05, {"1": 0.01})
GREEN = NewUnit("Grønt", "groent@example.org")
HUMAN = Route(None, Reason.UNSURE)


def merged(into: int | NewUnit) -> Question:
    return Question(plan=Plan((Merge((1, 2), into),)))


@pytest.mark.parametrize(
    ("question", "policy"),
    [
        (Question(), PRESENT),
        (Question(max_error=0.02), Policy(RULES, PRESENT.modes, 0.02, PRESENT.budgets)),
        (Question(without_rules=(1,)), Policy(RULES[1:], PRESENT.modes, 0.05, PRESENT.budgets)),
        (Question(modes={"2": AUTO, "9": AUTO}), Policy(RULES, {"1": AUTO, "2": AUTO}, 0.05, PRESENT.budgets)),
        (merged(1), Policy(RULES, {"1": SUGGEST}, 0.05, {"1": 0.01})),
        (merged(2), Policy((RULES[0], RoutingRule(2, "Træ", ("træ",), unit="2")), {"2": SUGGEST}, 0.05)),
        (
            merged(GREEN),
            Policy(
                (RULES[0], RoutingRule(2, "Træ", ("træ",), unit="+Grønt")), {"+Grønt": SUGGEST}, 0.05, {"+Grønt": 0.01}
            ),
        ),
        (
            Question(plan=Plan((Split(1, (SplitTarget(GREEN, ("græs",)),), 1),))),
            Policy(RULES, {"1": AUTO, "2": SUGGEST, "+Grønt": SUGGEST}, 0.05, {"1": 0.01, "+Grønt": 0.01}),
        ),
        (Question(plan=Plan((Rename(1, "Parker"),))), PRESENT),
    ],
)
def test_what_a_question_changes(question: Question, policy: Policy) -> None:
    assert asked(PRESENT, question) == policy
    assert Question.from_json(question.to_json()) == question


@pytest.mark.parametrize(
    ("question", "empty", "budget", "plan"),
    [
        (Question(), True, False, False),
        (Question(max_error=0.02), False, True, False),
        (Question(max_error=0.02, without_rules=(1,)), False, False, False),
        (merged(1), False, False, True),
        (Question(max_error=0.02, plan=merged(1).plan), False, False, False),
    ],
)
def test_what_can_be_taken_as_it_was_rehearsed(question: Question, empty: bool, budget: bool, plan: bool) -> None:
    assert (question.empty, question.budget_alone, question.plan_alone) == (empty, budget, plan)


def test_two_ways_through_the_same_mails() -> None:
    to_park, by_rule = Route("1", Reason.CONFIDENT), Route("1", Reason.RULE_UNIT)
    before = [Judged("1", "1", to_park), Judged("1", "1", HUMAN), Judged("2", "1", to_park), Judged("3", "3", HUMAN)]
    after = [Judged("1", "1", HUMAN), Judged("1", "2", by_rule), Judged("+Ny", "1", HUMAN), Judged("3", "3", HUMAN)]
    found = compare(before, after, {"1": "Park", "2": "Vej", "3": "Affald"}, warm=7)
    assert (found.before.right, found.before.automatic, found.before.wrong, found.before.by_rule) == (3, 2, 1, 0)
    assert (found.after.right, found.after.automatic, found.after.wrong, found.after.by_rule) == (2, 1, 0, 1)
    assert found.before.error.value == 0.5
    assert [(unit.name, unit.kind, unit.weight) for unit in found.units] == [
        ("Vej", "goes", 1),
        ("Ny", "comes", 0),
        ("Park", "differs", 0),
        ("Affald", "same", 0),
    ]
    park = found.units[2]
    assert park.before is not None
    assert (park.before.mails, park.before.automatic, park.before.routed, park.before.right) == (2, 1, 2, 1)
    assert Comparison.from_json(found.to_json()) == found
