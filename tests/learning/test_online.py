"""The classifier as river sees it, and the arithmetic of each view against its formula written out."""

import numpy as np
import pytest
from river.checks import yield_checks
from scipy import sparse

from learning.bayes import ALPHA, UNIT, Bayes
from learning.checks import lessons
from learning.expert_mixture import LEARNING_RATE, ExpertMixture
from learning.features import CHARACTERS, SIZE
from learning.online import OnlineClassifier
from learning.recent_mails import NOBODY, SHARPNESS, RecentMails
from learning.rows import Mail, Rows, grown
from learning.softmax import linear, log_softmax, softmax, step


@pytest.mark.parametrize("check", list(yield_checks(OnlineClassifier())), ids=lambda check: check.__name__)
def test_river_contract(check):
    check(OnlineClassifier())


def trained(**settings):
    model = OnlineClassifier(**settings)
    for prepared, label in lessons():
        model.learn(prepared.indices, prepared.counts, label.unit, label.id)
    return model


def test_values_are_tf_idf_of_length_1_for_words_and_for_characters():
    rows = Rows()
    word, other, character = 3, 9, CHARACTERS[0] + 5
    rows.learn(np.array([word, other], np.int32), np.array([1, 1], np.float32))
    rows.learn(np.array([other, character], np.int32), np.array([3, 1], np.float32))
    mail = rows.look_up(np.array([word, other, character], np.int32), np.array([1, 3, 2], np.float32))
    assert (mail.words, mail.middle) == (2, 2)
    # Seen 2: feature 3 in one mail, feature 9 in both.
    idf = np.log(3 / np.array([2, 3])) + 1
    expected = np.log1p([1, 3]) * idf**1.25
    np.testing.assert_allclose(rows.weigh(mail)[:2], expected / np.linalg.norm(expected), rtol=1e-5)
    np.testing.assert_allclose(rows.weigh(mail)[2], 1)


def test_one_step_is_the_gradient_of_the_smoothed_log_loss():
    rows, values = np.array([1, 2], np.int32), np.array([0.6, 0.8], np.float32)
    weights = np.random.default_rng(1).normal(size=(3, 8)).astype(np.float32)
    before = weights.copy()
    probabilities = softmax(linear(rows, values, weights, 3))
    step(rows, values, weights, 3, column=1, length=0.5, smooth=0.3)
    target = np.array([0.1, 0.8, 0.1])
    expected = before[1:, :3] - np.outer(0.5 * values, probabilities - target)
    np.testing.assert_allclose(weights[1:, :3], expected, rtol=1e-4)
    assert np.array_equal(weights[:, 3:], before[:, 3:]), "columns of no unit were touched"
    assert np.array_equal(weights[0], before[0])


def test_bayes_is_the_complement_formula():
    bayes = Bayes()
    mails = [(np.array([1, 2]), 0), (np.array([1, 3]), 1), (np.array([3]), 2)]
    for rows, column in mails:
        mail = Mail(rows.astype(np.int32), np.ones(len(rows), np.float32), len(rows), len(rows), len(rows))
        bayes.make_room(4, 3)
        bayes.learn(mail, np.full(len(rows), 0.5, np.float32), column)
    asked = Mail(np.array([1, 3], np.int32), np.ones(2, np.float32), 2, 2, 2)
    values = np.array([0.25, 1.0], np.float32)
    evidence = np.array([[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0], [0, 0.5, 0.5]])
    rest = evidence.sum(axis=1, keepdims=True) - evidence + ALPHA / UNIT
    expected = -values @ np.log(rest[[1, 3]] / (evidence.sum() - evidence.sum(axis=0) + ALPHA / UNIT * 3))
    scores = bayes.scores(asked, values, 3)[0]
    np.testing.assert_allclose(np.diff(scores), np.diff(expected), rtol=1e-4)
    np.testing.assert_allclose(np.diff(values @ bayes.weights_of(asked.rows, 0, 3)), np.diff(expected), rtol=1e-4)


def test_neighbours_are_the_latest_mails_by_cosine():
    mails = RecentMails(2)
    mails.make_room(6)
    mails.learn(np.array([1, 2, 3], np.int32), np.array([3, 4, 1], np.float32), 0, place=0)
    mails.learn(np.array([4], np.int32), np.array([1], np.float32), 1, place=1)
    scores, nearest = mails.scores(np.array([2, 0], np.int32), np.array([3, 4], np.float32), 3, used=2)
    likeness = 0.8 * 0.6
    np.testing.assert_allclose(nearest, [likeness, 0, 0], rtol=1e-5)
    expected = np.log([NOBODY + np.exp(SHARPNESS * (likeness - 1)), NOBODY, NOBODY])
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    mails.learn(np.array([5], np.int32), np.array([1], np.float32), 2, place=0)
    assert mails.scores(np.array([1], np.int32), np.ones(1, np.float32), 3, used=2)[1].max() == 0, "not forgotten"


def test_pool_trusts_the_view_that_was_right():
    pool = ExpertMixture((0.5, 0.5))
    good, bad = log_softmax(np.array([2.0, 0.0])), log_softmax(np.array([0.0, 2.0]))
    views = np.array([good, bad])
    gradient = views @ softmax(pool.scores(views)) - views[:, 0]
    pool.learn(views, column=0)
    np.testing.assert_allclose(pool.weights, 0.5 - LEARNING_RATE * np.sign(gradient), rtol=1e-4)
    for _ in range(50):
        pool.learn(views, column=0)
    assert pool.weights[0] > 1
    assert pool.weights[1] == 0


def test_replay_is_a_step_on_an_earlier_lesson():
    plain, replayed = trained(replay_samples=0, correction_steps=0), trained(replay_samples=3, correction_steps=0)
    assert plain.state_hash() != replayed.state_hash()
    prepared, label = lessons()[0]
    own = [m.predict(m.rows.look_up(prepared.indices, prepared.counts)).experts[0, m.columns[label.unit]]
           for m in (plain, replayed)]  # fmt: skip
    assert own[1] > own[0]


def test_dict_row_and_matrix_agree():
    model = trained()
    mails = [prepared for prepared, _ in lessons()]
    indptr = np.cumsum([0, *(len(mail.indices) for mail in mails)])
    indices, counts = np.concatenate([m.indices for m in mails]), np.concatenate([m.counts for m in mails])
    many = model.predict_proba_many(sparse.csr_matrix((counts, indices, indptr), (len(mails), SIZE)))
    for mail, row in zip(mails, many, strict=True):
        one = model.predict_proba_one(mail.as_dict())
        np.testing.assert_allclose(row, [one[unit] for unit in model.columns], rtol=1e-5)
        assert row.sum() == pytest.approx(1)


def test_features_never_learned_say_nothing():
    model = trained()
    unseen = np.flatnonzero(model.rows.of == 0)[:5].astype(np.int32)
    mail = model.rows.look_up(unseen, np.ones(5, np.float32))
    assert not model.weights_of(mail).any()
    assert not model.weights[0].any()
    assert model.predict(mail).known == 0


def test_storage_grows_with_what_was_learned():
    model = OnlineClassifier()
    for n in range(40):
        model.learn(np.arange(n * 100, n * 100 + 100, dtype=np.int32), np.ones(100, np.float32), f"unit {n}", str(n))
    assert model.rows.count == 4001
    assert model.weights.shape == model.bayes.evidence.shape == (4096, 40)


def test_storage_is_bounded_by_the_buckets():
    assert grown(np.zeros((2**18, 8)), SIZE + 1, 8).shape == (SIZE + 1, 8)
    rows = Rows()
    rows.learn(np.arange(SIZE, dtype=np.int32), np.ones(SIZE, np.float32))
    assert (rows.count, len(rows.frequency)) == (SIZE + 1, SIZE + 1)


def test_every_bit_of_state_is_in_the_hash():
    reference = trained().state_hash()

    def changed(change):
        model = trained()
        change(model)
        return model.state_hash()

    def swap_units(model):
        model.columns = {"x" + str(unit): column for unit, column in model.columns.items()}

    def bump(name):
        return lambda model: setattr(model, name, getattr(model, name) + 1)

    def poked(name):
        return lambda model: model.arrays()[name].reshape(-1).__setitem__(1, 77)

    for change in (*map(bump, ("step", "replay_samples", "correction_steps", "memory", "smooth")), swap_units):
        assert changed(change) != reference
    assert changed(lambda model: model.reservoir.entries.pop()) != reference
    assert changed(lambda model: setattr(model.rows, "seen", 7)) != reference
    for name in ("frequency", "labels", "vocabulary", "trust", "trust_squares", "offsets", "right_weights"):
        assert changed(poked(name)) != reference, name
    for array in ("weights", "bayes.evidence", "bayes.total", "bayes.mass", "words.values", "subjects.units"):
        *path, last = array.split(".")
        assert changed(lambda m, p=path, n=last: getattr(getattr(m, p[0]) if p else m, n).__setitem__(1, 77)) != (
            reference
        ), array


def test_softmax():
    np.testing.assert_allclose(softmax(np.array([[0, 0], [1000, 0]], np.float32)), [[0.5, 0.5], [1, 0]])
    np.testing.assert_allclose(log_softmax(np.array([0.0, 1.0])), np.log(softmax(np.array([0.0, 1.0]))))
    assert softmax(np.zeros((3, 0))).shape == log_softmax(np.zeros((3, 0))).shape == (3, 0)


def test_mistake_is_not_repeated():
    """A correction is pressed until the same mail is ranked right, whatever the model thought before."""
    prepared, _ = lessons()[0]
    patient, hasty = trained(step=0.3), trained(step=0.3, correction_steps=0)
    for model in (patient, hasty):
        model.learn(prepared.indices, prepared.counts, "school", "correction")
    assert patient.predict_one(prepared.as_dict()) == "school"
    assert hasty.predict_one(prepared.as_dict()) != "school"
