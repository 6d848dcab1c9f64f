"""Features: sparse, stable, and traceable to the words they came from."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.example import Example
from learning.features import FARTHEST, PAIRS, SHORT, SIZE, SUBJECT, WORDS, prepare
from learning.text import WORD_CAP
from tests.cost import PART, assert_linear

REPOSITORY = Path(__file__).parents[2]


def shared(first, second):
    """How many features two mails have in common."""
    return len(np.intersect1d(prepare(first).indices, prepare(second).indices))


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=10), st.lists(st.text(max_size=8), max_size=3))
def test_any_text_gives_sound_features(text, subject, mailbox, kinds):
    prepared = prepare(Example("x", subject, text, mailbox, tuple(kinds)))
    assert prepared.indices.dtype == np.int32
    assert prepared.counts.dtype == np.float32
    assert np.all(np.diff(prepared.indices) > 0)
    assert np.all((prepared.indices >= 0) & (prepared.indices < SIZE))
    assert np.all(prepared.counts > 0)
    assert len(prepared.indices) == len(prepared.counts)
    assert len(set(prepared.words)) == len(prepared.words)
    if len(prepared.word_of):
        assert set(prepared.word_of.tolist()) == set(range(len(prepared.words)))


@given(st.text(max_size=300), st.text(max_size=60))
def test_words_carry_every_feature_wholly(text, subject):
    """Without fields, the words' shares of each feature add up to 1: nothing is lost or told twice."""
    prepared = prepare(Example("x", subject, text))
    shares = np.bincount(prepared.feature_of, prepared.share, len(prepared.indices))
    np.testing.assert_allclose(shares, 1, rtol=1e-5)


def test_counts_are_occurrences():
    once, twice = prepare(Example("x", "", "affald container")), prepare(Example("x", "", "affald container " * 2))
    assert once.words == ("affald", "container")
    assert set(once.indices) < set(twice.indices)
    doubled = np.isin(twice.indices, once.indices)
    pair = twice.counts[doubled] / once.counts
    assert np.all((pair == 2) | (pair == 1)), "words and characters twice, the 2-gram `affald container` twice"
    assert [pairs(mail) for mail in (once, twice)] == [1, 6], "three next to each other, three further apart"


def pairs(mail):
    return int(mail.counts[(mail.indices >= PAIRS[0]) & (mail.indices < PAIRS[1])].sum())


def test_only_short_mails_pair_distant_words():
    short, long = (prepare(Example("x", "", " ".join(f"ord{n}" for n in range(count)))) for count in (SHORT, SHORT + 1))
    assert [pairs(short), pairs(long)] == [sum(SHORT - distance for distance in range(1, FARTHEST + 1)), SHORT]


def test_a_bucket_tells_its_kind():
    mail = prepare(Example("x", "emne", "tekst her", "teknik"))
    kinds = [((mail.indices >= low) & (mail.indices < high)).sum() for low, high in (WORDS, SUBJECT, PAIRS)]
    assert kinds == [3, 1, 4], "three words, one of the subject, three pairs and the mailbox"


def test_dict_has_the_same_features():
    prepared = prepare(Example("x", "emne", "en lille mail om en vej"))
    assert list(prepared.as_dict()) == prepared.indices.tolist()
    assert list(prepared.as_dict().values()) == prepared.counts.tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "affald"},
        {"text": "andet"},
        {"mailbox": "post@kommune.example"},
        {"attachment_kinds": ("application/pdf",)},
        {"text": "affald til genbrug"},
    ],
    ids=str,
)
def test_each_part_of_a_mail_counts(change):
    plain = Example("x", "", "genbrug til affald")
    assert prepare(plain).as_dict() != prepare(dataclasses.replace(plain, **change)).as_dict()


def test_id_does_not_count():
    assert prepare(Example("x", "a b", "c")).as_dict() == prepare(Example("y", "a b", "c")).as_dict()


def test_fields_belong_to_no_word():
    plain = prepare(Example("x", "", "affald"))
    known = prepare(Example("x", "", "affald", "teknik", ("pdf", "docx")))
    assert len(known.indices) == len(plain.indices) + 3
    assert len(known.word_of) == len(plain.word_of)


def test_fields_ignore_order_and_repetition():
    a = Example("x", "", "affald", "Teknik", ("pdf", "docx", "PDF"))
    b = Example("x", "", "affald", "teknik", ("docx", "pdf"))
    assert prepare(a).as_dict() == prepare(b).as_dict()


def test_inflected_words_are_near():
    base = Example("x", "", "byggetilladelse")
    assert shared(base, Example("x", "", "byggetilladelsen")) > 5 * shared(base, Example("x", "", "dagpleje"))


def test_arrays_cannot_be_changed():
    prepared = prepare(Example("x", "emne", "tekst"))
    for array in (prepared.indices, prepared.counts, prepared.word_of, prepared.feature_of, prepared.share):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        prepared.words = ()


def test_long_words_are_cut():
    assert prepare(Example("x", "", "a" * 5000)).words == ("a" * WORD_CAP,)


def test_same_in_another_process():
    """Hash seeds differ between processes; the features do not."""
    code = (
        "from learning.example import Example; from learning.features import prepare;"
        "mail = prepare(Example('x', 'Hul i vej', 'Asfalt på Å', 'post', ('pdf',)));"
        "print(sum(i * i for i in mail.indices.tolist()))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, cwd=REPOSITORY, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    here = prepare(Example("x", "Hul i vej", "Asfalt på Å", "post", ("pdf",))).indices.tolist()
    assert [int(run) for run in runs] == [sum(i * i for i in here)] * 2


def test_a_long_mail_costs_as_much_more_as_it_is_longer():
    text = "Jeg skriver fordi skraldespanden på vejen ikke er tømt siden sidste uge, og det lugter. " * 12

    def made(length):
        for n in range(20):
            prepare(Example(str(n), "Manglende tømning", f"{text * length} {n}"))

    assert_linear(made, 1, PART)
