"""Confidences: honest on a stream whose truth is known, and per unit; and what looks like no unit's mail."""

import numpy as np
import pytest

from learning.calibration import FURTHEST, KEPT, SUSPICIOUS, Calibration, Logistic, OutOfScopeDetector, logistic


def stream(seed, count, true):
    dice = np.random.default_rng(seed)
    for _ in range(count):
        features = np.append(1.0, dice.normal(0, 1.5, len(true) - 1))
        yield features, dice.random() < logistic(float(features @ true)), dice


def test_first_observation_is_the_filters_formula():
    model = Logistic(np.array([0.0, 1.0]), 0.5)
    x = np.array([1.0, 2.0])
    chance, covariance = logistic(2.0), np.eye(2) * 0.25
    model.learn(x, True, 1.0)
    spread, sharpness = covariance @ x, chance * (1 - chance)
    gain = 1 / (1 + sharpness * x @ spread)
    np.testing.assert_allclose(model.weights, [0.0, 1.0] + spread * gain * (1 - chance))
    np.testing.assert_allclose(model.covariance, (covariance - np.outer(spread, spread) * gain * sharpness) / KEPT)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_finds_what_the_signs_are_worth(seed):
    true, model = np.array([0.5, 0.7, -1.0]), Logistic(np.zeros(3), 1.0)
    for features, right, _ in stream(seed, 3000, true):
        model.learn(features, bool(right), 1.0)
    np.testing.assert_allclose(model.weights, true, atol=0.35)


def test_an_observation_that_stands_for_many_counts_as_many():
    once, thrice = (Logistic(np.zeros(2), 0.1) for _ in range(2))
    thrice.learn(np.ones(2), True, 3.0)
    for _ in range(3):
        once.learn(np.ones(2), True, 1.0)
    np.testing.assert_allclose(once.weights, thrice.weights, rtol=0.05)


def test_a_unit_that_errs_more_is_believed_less():
    model, dice = Calibration(2), np.random.default_rng(5)
    model.make_room(2)
    features = np.array([1.0, 2.0])
    for _ in range(600):
        model.learn(features, 0, bool(dice.random() < 0.95), 1.0)
        model.learn(features, 1, bool(dice.random() < 0.75), 1.0)
    sure, unsure = (model.confidence(features, unit) for unit in (0, 1))
    assert sure == pytest.approx(0.95, abs=0.05)
    assert unsure == pytest.approx(0.75, abs=0.07)


def test_little_evidence_is_strange_while_strangers_come():
    out_of_scope_detector = OutOfScopeDetector()
    for amount in range(600):
        out_of_scope_detector.learn(float(amount % 100), own=100.0)
    assert out_of_scope_detector.applies(80.0, out_of_scope_share=SUSPICIOUS)
    assert out_of_scope_detector.applies(99.0, out_of_scope_share=SUSPICIOUS), (
        "less than any mail's own unit found in it"
    )
    assert not out_of_scope_detector.applies(100.0, out_of_scope_share=SUSPICIOUS)
    assert not out_of_scope_detector.applies(80.0, out_of_scope_share=SUSPICIOUS - 0.001)


def test_nothing_is_strange_before_anything_is_known():
    assert not OutOfScopeDetector().applies(-5.0, out_of_scope_share=0.5)


def test_nothing_runs_away():
    """The same observation for ever: finite, and no surer than what can be told apart."""
    model = Calibration(2)
    model.make_room(1)
    for _ in range(20_000):
        model.learn(np.array([1.0, 5.0]), 0, True, 20.0)
    assert np.isfinite(model.right.covariance).all()
    assert np.linalg.eigvalsh(model.right.covariance).min() > -1e-9
    assert 0.99 < model.confidence(np.array([1.0, 5.0]), 0) <= logistic(FURTHEST + 2)
