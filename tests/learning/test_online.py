"""The classifier as river sees it, and the arithmetic against the formula written out."""

import numpy as np
import pytest
from river.checks import yield_checks
from scipy import sparse

from learning.checks import lessons
from learning.features import SIZE
from learning.online import OnlineClassifier, softmax


@pytest.mark.parametrize("check", list(yield_checks(OnlineClassifier())), ids=lambda check: check.__name__)
def test_river_contract(check):
    check(OnlineClassifier())


def trained(**settings):
    model = OnlineClassifier(**settings)
    for prepared, label in lessons():
        model.learn(prepared.indices, prepared.counts, label.unit, label.id)
    return model


def test_one_step_is_the_gradient_of_the_log_loss():
    model = OnlineClassifier(step=0.5, replay=0, insist=0)
    first, second = np.array([3, 9], np.int32), np.array([9, 20], np.int32)
    model.learn(first, np.array([1, 1], np.float32), "a", "1")
    model.learn(second, np.array([3, 1], np.float32), "b", "2")
    # Seen 2, feature 9 in both, feature 20 in one.
    idf = np.log(3 / np.array([3, 2])) + 1
    values = np.log1p([3, 1]) * idf**1.25
    values /= np.linalg.norm(values)
    # One unit leaves no error and no step, so both scores were 0 before, the probabilities one half each: error 0.5.
    # The lesson is taken twice; before the second step its scores are -+ 0.25, since the values have length 1.
    error = 0.5 + 1 / (1 + np.exp(0.5))
    np.testing.assert_allclose(model.weights_of(second), np.outer(0.5 * values, [-error, error]), rtol=1e-5)
    np.testing.assert_allclose(model.weigh(second, np.array([3, 1], np.float32)), values, rtol=1e-5)


def test_replay_is_a_step_on_an_earlier_lesson():
    plain, replayed = trained(replay=0, insist=0), trained(replay=3, insist=0)
    assert plain.state_hash() != replayed.state_hash()
    prepared, label = lessons()[0]
    proba = [dict(zip(m.columns, probabilities(m, prepared), strict=True))[label.unit] for m in (plain, replayed)]
    assert proba[1] > proba[0]


def probabilities(model, prepared):
    values, weights = model.weigh(prepared.indices, prepared.counts), model.weights_of(prepared.indices)
    return softmax(model.scores(values, weights))


def test_dict_row_and_matrix_agree():
    model = trained()
    mails = [prepared for prepared, _ in lessons()]
    indptr = np.cumsum([0, *(len(mail.indices) for mail in mails)])
    indices, counts = np.concatenate([m.indices for m in mails]), np.concatenate([m.counts for m in mails])
    many = model.predict_proba_many(sparse.csr_matrix((counts, indices, indptr), (len(mails), SIZE)))
    for mail, row in zip(mails, many, strict=True):
        np.testing.assert_allclose(row, probabilities(model, mail), rtol=1e-5)
        one = model.predict_proba_one(mail.as_dict())
        np.testing.assert_allclose(row, [one[unit] for unit in model.columns], rtol=1e-5)


def test_features_never_learned_say_nothing():
    model = trained()
    unseen = np.flatnonzero(model.row_of == 0)[:5].astype(np.int32)
    assert not model.weights_of(unseen).any()
    assert not model.weights[0].any()


def test_storage_grows_with_what_was_learned():
    model = OnlineClassifier()
    for n in range(40):
        model.learn(np.arange(n * 100, n * 100 + 100, dtype=np.int32), np.ones(100, np.float32), f"unit {n}", str(n))
    assert model.rows == 4001
    assert len(model.weights) < 2 * model.rows + 1024
    assert model.weights.shape[1] == 64
    assert len(model.frequency) == len(model.weights)


def test_storage_is_bounded_by_the_buckets():
    model = OnlineClassifier(replay=0, memory=0)
    everything = np.arange(SIZE, dtype=np.int32)
    model.learn(everything, np.ones(SIZE, np.float32), "a", "1")
    model.learn(everything, np.ones(SIZE, np.float32), "b", "2")
    assert model.weights.shape == (SIZE + 1, 8)


def test_every_bit_of_state_is_in_the_hash():
    reference = trained().state_hash()

    def changed(change):
        model = trained()
        change(model)
        return model.state_hash()

    def swap_units(model):
        model.columns = {"x" + str(unit): column for unit, column in model.columns.items()}

    def forget_one(model):
        model.reservoir.entries.pop()

    def bump(name):
        return lambda model: setattr(model, name, getattr(model, name) + 1)

    for change in (bump("seen"), bump("step"), bump("replay"), bump("insist"), bump("memory"), swap_units, forget_one):
        assert changed(change) != reference
    for name, place in (("weights", (1, 1)), ("frequency", 1), ("row_of", 0)):
        assert changed(lambda model, n=name, p=place: getattr(model, n).__setitem__(p, 77)) != reference


def test_softmax():
    np.testing.assert_allclose(softmax(np.array([[0, 0], [1000, 0]], np.float32)), [[0.5, 0.5], [1, 0]])
    assert softmax(np.zeros((3, 0))).shape == (3, 0)


def test_mistake_is_not_repeated():
    """A correction is pressed until the same mail is ranked right, whatever the model thought before."""
    prepared, _ = lessons()[0]
    patient, hasty = trained(step=1.0, insist=10), trained(step=1.0, insist=0)
    for model in (patient, hasty):
        model.learn(prepared.indices, prepared.counts, "school", "correction")
    assert patient.predict_one(prepared.as_dict()) == "school"
    assert hasty.predict_one(prepared.as_dict()) != "school"
