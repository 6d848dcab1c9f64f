"""Whoever has a copied model and not the salt cannot ask it which words it has learned."""

import hashlib
import io

import mmh3
import numpy as np
import pytest

from app.services.learning import feature_worker
from learning import features, snapshot, waves
from learning.checks import lessons, taught
from learning.example import Example, TaughtLabel
from learning.features import CHARACTERS, PAIRS, SUBJECT, WORDS, prepare
from learning.model import Model
from learning.salt import UNSALTED, Salt
from learning.snapshot import SnapshotRefused, dump, load

OURS, ANOTHER = Salt.of("the secret key of one town"), Salt.of("the secret key of another")
WRONG = pytest.mark.parametrize("salt", [UNSALTED, ANOTHER], ids=["none", "another"])
SYLLABLES = ("ba", "de", "fi", "go", "hu", "ky", "læ", "mø", "nå", "pra", "ste", "tri")


def invented(n: int) -> str:
    """A name that nobody bears."""
    return "".join(SYLLABLES[n // 12**place % 12] for place in range(4))


LEARNED, NEVER = [invented(7 * n) for n in range(200)], [invented(7 * n + 3) for n in range(200)]


def mails() -> list[Example]:
    """Each learned name in a mail of its own."""
    return [
        Example(str(n), name, f"{name} søger om {name}tilskud", f"{name}@x.example.org")
        for n, name in enumerate(LEARNED)
    ]


@pytest.fixture(scope="module")
def copied() -> dict[str, np.ndarray]:
    """What somebody reads who has got hold of a snapshot."""
    model = Model()
    for n, mail in enumerate(mails()):
        model.learn(prepare(mail, OURS), TaughtLabel(mail.id, "abc"[n % 3]))
    with np.load(io.BytesIO(dump(model, OURS))) as archive:
        return {name: archive[name] for name in archive.files}


def asked(name: str, kind: tuple[int, int], salt: Salt) -> set[int]:
    """The features of a kind that a mail with this name has."""
    found = prepare(Example("", name, f"{name} søger", f"{name}@x.example.org"), salt).indices
    return {int(n) for n in found if kind[0] <= n < kind[1]}


def found(held: np.ndarray, kind: tuple[int, int], names: list[str], salt: Salt) -> float:
    """The share of the names' features that are held."""
    known = set(held.tolist())
    hits = [n in known for name in names for n in asked(name, kind, salt)]
    return sum(hits) / len(hits)


KINDS = pytest.mark.parametrize(
    "kind", [WORDS, SUBJECT, PAIRS, CHARACTERS], ids=["words", "subjects", "pairs_and_mailboxes", "characters"]
)


@KINDS
def test_with_the_salt_a_snapshot_answers_what_was_learned(
    copied: dict[str, np.ndarray], kind: tuple[int, int]
) -> None:
    assert found(copied["features"], kind, LEARNED, OURS) == 1
    assert found(copied["features"], kind, NEVER, OURS) < 0.97


@KINDS
@WRONG
def test_without_it_a_snapshot_answers_no_better_than_chance(
    copied: dict[str, np.ndarray], kind: tuple[int, int], salt: Salt
) -> None:
    learned, never = (found(copied["features"], kind, names, salt) for names in (LEARNED, NEVER))
    held = copied["features"]
    chance = float(((held >= kind[0]) & (held < kind[1])).sum()) / (kind[1] - kind[0])
    assert abs(learned - chance) < 0.03
    assert abs(never - chance) < 0.03


@pytest.mark.parametrize("part", ["words_rows", "subjects_rows", "lesson_rows"])
@WRONG
def test_nor_do_the_neighbours_and_lessons_in_it(copied: dict[str, np.ndarray], part: str, salt: Salt) -> None:
    """Which mails stand beside each other is told by rows, and a row's feature by the same hashes."""
    held = copied["features"][np.unique(copied[part])]
    kind = SUBJECT if part == "subjects_rows" else WORDS
    assert found(held, kind, LEARNED, OURS) > 0.99
    assert found(held, kind, LEARNED, salt) < 0.05


@pytest.mark.parametrize("count", [5, feature_worker.MANY], ids=["here", "in_a_child"])
@WRONG
def test_nor_do_prepared_features(count: int, salt: Salt) -> None:
    """The child that prepares gets the same salt."""
    many = (mails() * 6)[:count]
    for mail, made in zip(many, feature_worker.prepare_ahead(iter(many), count, OURS), strict=True):
        assert np.array_equal(made.indices, prepare(mail, OURS).indices)
        assert len(np.intersect1d(made.indices, prepare(mail, salt).indices)) < 0.05 * len(made.indices)


STORM = ("Træ over cykelstien", "Efter stormen ligger et stort træ væltet hen over cykelstien på Prøvevej ved skolen")


@WRONG
def test_nor_do_the_marks_of_a_wave(salt: Salt) -> None:
    ours, theirs = waves.marks(*STORM, OURS), waves.marks(*STORM, salt)
    assert ours == waves.marks(*STORM, OURS)
    assert len(ours) == len(theirs) > waves.FEWEST
    assert not set(ours) & set(theirs)
    assert not set(waves.bands(ours)) & set(waves.bands(theirs))


def test_alike_mails_are_as_alike_with_any_salt() -> None:
    other = ("Væltet træ", "Et træ er væltet i stormen og ligger over cykelstien på Prøvevej")
    shown = [waves.likeness(waves.marks(*STORM, salt), waves.marks(*other, salt)) for salt in (UNSALTED, OURS, ANOTHER)]
    assert shown[0] == shown[1] == shown[2] > waves.ALIKE


def test_no_seed_of_32_bits_gives_the_marks_away() -> None:
    """The seeds that the program itself has, and some thousands more: a keyed digest is not one of them."""
    mark = OURS.number("cykels")
    assert all(mmh3.hash("cykels", seed, signed=False) != mark for seed in range(5000))


def test_the_check_tells_of_the_salt_only_whether_it_is_the_same() -> None:
    assert OURS.check == Salt.of("the secret key of one town").check != ANOTHER.check
    assert UNSALTED.check == ""
    assert "secret" not in repr(OURS)
    assert OURS.key.hex() not in repr(OURS)
    assert OURS.check not in OURS.key.hex()


def test_features_are_shuffled_and_nothing_else() -> None:
    """Which words share a feature stays the same, and so does what is learned."""
    places = features._places(OURS)
    for start, end in (WORDS, SUBJECT, PAIRS, CHARACTERS):
        assert np.array_equal(np.sort(places[start:end]), np.arange(start, end))
        assert abs(np.corrcoef(places[start:end], np.arange(start, end))[0, 1]) < 0.02
    for mail in mails():
        plain, salted = prepare(mail), prepare(mail, OURS)
        moved = places[plain.indices]
        assert plain.words == salted.words
        assert np.array_equal(np.sort(moved), salted.indices)
        assert np.array_equal(plain.counts[np.argsort(moved)], salted.counts)
        assert np.array_equal(moved[plain.feature_of], salted.indices[salted.feature_of])


def test_without_a_salt_features_are_what_they_always_were() -> None:
    mail = Example("x", "Hul i vej", "Asfalt på Å, der er væltet et træ", "post@town.example.org", ("pdf", "docx"))
    digest = hashlib.sha256(prepare(mail).indices.astype("<i4").tobytes()).hexdigest()
    assert digest == "57af23a0fd293b090efa678f5b02525135041fa9057b27a8be388d95c64fed32"


@pytest.mark.parametrize(
    ("made", "read"), [(UNSALTED, OURS), (OURS, UNSALTED), (OURS, ANOTHER)], ids=["none", "read_without", "another"]
)
def test_a_snapshot_of_another_salt_is_refused(made: Salt, read: Salt) -> None:
    content = dump(taught(Model, lessons()), made)
    assert load(content, made).position == len(lessons())
    with pytest.raises(SnapshotRefused, match="another salt"):
        load(content, read)


def test_one_from_before_there_were_salts_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, loads = dump(taught(Model, lessons())), snapshot.json.loads
    monkeypatch.setattr(snapshot.json, "loads", lambda text: {k: v for k, v in loads(text).items() if k != "salt"})
    assert load(plain).position == len(lessons())
    with pytest.raises(SnapshotRefused, match="another salt"):
        load(plain, OURS)


@pytest.mark.parametrize("salt", [OURS, ANOTHER], ids=["ours", "another"])
def test_a_salted_model_routes_as_an_unsalted_one(salt: Salt) -> None:
    def rankings(with_: Salt) -> list[tuple[str, float]]:
        model = Model()
        for n, mail in enumerate(mails()):
            model.learn(prepare(mail, with_), TaughtLabel(mail.id, "abc"[n % 3]))
        asked = (Example("", "", f"{name} søger om tilskud") for name in LEARNED)
        firsts = [model.rank(prepare(each, with_)).first for each in asked]
        return [(each.unit, each.confidence) for each in firsts if each]

    plain, salted = rankings(UNSALTED), rankings(salt)
    assert sum(a[0] == b[0] for a, b in zip(plain, salted, strict=True)) >= 195
    assert np.mean([abs(a[1] - b[1]) for a, b in zip(plain, salted, strict=True)]) < 0.02
