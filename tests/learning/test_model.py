"""The façade: rankings with reasons."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from learning.baselines import RiverBaseline
from learning.checks import every_check, lessons, taught
from learning.example import Example, TaughtLabel
from learning.explain import tellable, word_scores
from learning.features import prepare
from learning.model import Model
from learning.online import OnlineClassifier
from tests.cost import PART, assert_linear


@pytest.mark.parametrize("check", list(every_check()), ids=lambda check: check.__name__)
@pytest.mark.parametrize("memory", [4000, 7], ids=["roomy", "full"])
def test_suite(check, memory):
    check(lambda: Model(OnlineClassifier(memory=memory)))


class Forgetful(Model):
    """Wrong on purpose: its state depends on more than the labels."""

    def __init__(self):
        super().__init__()
        self.classifier.step += time.perf_counter()


class Deaf(Model):
    def learn(self, prepared, label):
        pass


@pytest.mark.parametrize("wrong", [Forgetful, Deaf])
def test_suite_can_fail(wrong):
    failed = 0
    for check in every_check():
        try:
            check(wrong)
        except AssertionError:
            failed += 1
    assert failed >= 2


@pytest.mark.parametrize("threads", ["1", "4"])
def test_same_state_in_another_process(threads):
    """Neither Python's hash seed nor the number of BLAS threads bears on the weights."""
    code = "from learning.checks import *; print(taught(Model, lessons()).state_hash())"
    environment = {"PYTHONHASHSEED": threads, "OPENBLAS_NUM_THREADS": threads}
    repository = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], env=environment, cwd=repository, capture_output=True, check=True)
    assert run.stdout.decode().strip() == taught(Model, lessons()).state_hash()


def test_position_counts_labels():
    model = Model()
    assert model.position == 0
    assert taught(Model, lessons()[:7]).position == 7


def test_reasons_are_the_words_that_differ():
    model = taught(Model, lessons())
    ranking = model.rank(prepare(Example("x", "", "A question about the Building permit and a teacher in street 4")))
    assert ranking.first.unit == "permit"
    assert set(ranking.first.words[:2]) == {"building", "permit"}
    school = next(s for s in ranking.suggestions if s.unit == "school")
    assert school.words[0] == "teacher"
    assert all(len(s.words) <= 4 for s in ranking.suggestions)


def test_words_add_up_to_the_score():
    """The attribution is exact: all words together are the unit's lead over the mean of the others."""
    _, prepared, prediction, weights = judged()
    scores = np.einsum("i,ij->j", prediction.values, weights).astype(float)
    chosen = np.array([2, 0])
    lead = [scores[k] - np.delete(scores, k).mean() for k in chosen]
    spoken = word_scores(prepared, prediction.values, weights, chosen)
    np.testing.assert_allclose(spoken.sum(axis=0), lead, rtol=1e-5, atol=1e-5)
    assert np.ptp(scores) > 0.5


def test_what_the_words_do_not_explain_is_the_neighbours():
    classifier, _, prediction, weights = judged()
    linear = np.einsum("i,ij->j", prediction.values, weights).astype(float)
    pooled = classifier.mixture.scores(prediction.experts)
    near = np.einsum("v,vu->u", classifier.mixture.weights[4:], prediction.experts[4:])
    np.testing.assert_allclose(np.diff(pooled), np.diff(linear + near), atol=1e-4)


def judged():
    classifier = taught(Model, lessons()).classifier
    prepared = prepare(Example("x", "permit", "question about building permit and a teacher teacher in street"))
    mail = classifier.rows.look_up(prepared.indices, prepared.counts)
    return classifier, prepared, classifier.predict(mail), classifier.weights_of(mail)


def test_one_unit_gives_no_reasons():
    model = Model()
    prepared = prepare(Example("x", "", "kun en enhed findes"))
    model.learn(prepared, TaughtLabel("1", "alone"))
    assert [(s.unit, s.words) for s in model.rank(prepared).suggestions] == [("alone", ())]


def test_what_looks_like_no_units_mail_is_strange_where_strangers_come():
    model = taught(Model, lessons(300))
    known, out_of_scope = lessons()[0][0], prepare(Example("x", "", "harbour mooring berth for a boat"))
    assert [model.rank(mail, out_of_scope_share=0.2).out_of_scope for mail in (known, out_of_scope)] == [False, True]
    assert [model.rank(mail).out_of_scope for mail in (known, out_of_scope)] == [False, False]


def test_a_label_of_no_weight_teaches_the_unit_but_no_confidence():
    shown, undeclared = (Model() for _ in range(2))
    for prepared, label in lessons():
        shown.learn(prepared, label)
        undeclared.learn(prepared, replace(label, weight=0.0))
    assert np.array_equal(shown.classifier.weights, undeclared.classifier.weights)
    assert not np.array_equal(
        shown.classifier.calibration.right.weights, undeclared.classifier.calibration.right.weights
    )
    np.testing.assert_array_equal(undeclared.classifier.calibration.right.weights, [0, 1, 0, 0, 0, 0, 0])


def test_identities_and_stop_words_are_no_reasons():
    model = Model()
    text = "Kære Mette\nmit cpr er 010190-1234 og min mail er a.b@c.dk, ring på 22 33 44 55 om varmehjælp 17 x"
    for n in range(5):
        model.learn(prepare(Example("x", "", text)), TaughtLabel(f"a{n}", "pension"))
        model.learn(prepare(Example("x", "", f"hul i asfalten nummer {n}")), TaughtLabel(f"b{n}", "roads"))
    words = model.rank(prepare(Example("x", "", text))).first.words
    assert "varmehjælp" in words
    assert all(tellable(word) for word in words)
    assert not {"mette", "010190", "1234", "og", "mit"} & set(words)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("affald", True),
        ("x", False),
        ("_cpr_", False),
        ("ikke", False),
        ("the", False),
        ("2026", False),
        ("§17a", True),
    ],
)
def test_tellable(word, shown):
    assert tellable(word) is shown


def test_many_mails_cost_as_much_as_each_of_them():
    rng = np.random.default_rng(1)
    vocabulary = ["".join(rng.choice(list("abdefgiklmnorstuvæøå"), rng.integers(3, 12))) for _ in range(3000)]
    mails = [prepare(Example(str(n), "", " ".join(rng.choice(vocabulary, 150)))) for n in range(200)]
    model = Model(OnlineClassifier(replay_samples=0))
    for n, mail in enumerate(mails):
        model.learn(mail, TaughtLabel(str(n), f"unit {n % 50}"))
    assert_linear(model.rank_many, mails[: len(mails) // PART], mails)
    rankings = model.rank_many(mails)
    assert all(len(r.suggestions) == 5 and r.first.words for r in rankings)


def test_river_yardstick_speaks_the_same_verbs():
    yardstick = RiverBaseline()
    assert yardstick.rank(lessons()[0][0]).suggestions == ()
    for prepared, label in lessons():
        yardstick.learn(prepared, label)
    right = [yardstick.rank(prepared).first.unit == label.unit for prepared, label in lessons()]
    assert sum(right) / len(right) > 0.9
