"""The checks every classifier here must pass. Like river's own `check_estimator`."""

from collections.abc import Callable, Iterator, Sequence

from learning import snapshot
from learning.example import Example, Ranking, TaughtLabel
from learning.features import Prepared, prepare
from learning.model import Model

Build = Callable[[], Model]
Lessons = Sequence[tuple[Prepared, TaughtLabel]]
Check = Callable[[Build], None]


def every_check() -> Iterator[Check]:
    """Yield every check.

    Each takes a function that builds an empty model, and raises AssertionError where the model fails.
    """
    yield check_deterministic
    yield check_forgets_by_hash
    yield check_ignores_position_gaps
    yield check_learns_one_correction
    yield check_new_unit_at_runtime
    yield check_empty_model_and_mail
    yield check_ranking_is_honest
    yield check_ranking_leaves_no_trace
    yield check_batch_agrees
    yield check_snapshot_goes_on


def lessons(count: int = 60) -> list[tuple[Prepared, TaughtLabel]]:
    """Return invented mails of three units. Always the same; for a check to learn from."""
    matters = {
        "waste": ("container", "rubbish", "collection", "recycling"),
        "permit": ("building", "permit", "drawing", "neighbour"),
        "school": ("pupil", "teacher", "enrolment", "holiday"),
    }
    made = []
    for n in range(count):
        unit = sorted(matters)[n * 7 % 3]
        words = matters[unit]
        text = f"question {n} about {words[n % 4]} and {words[n // 4 % 4]} in street {n * 31 % 17}"
        made.append((prepare(Example(f"mail-{n}", f"{words[n // 2 % 4]}", text)), TaughtLabel(f"label-{n}", unit)))
    return made


def taught(build: Build, given: Lessons) -> Model:
    """Return a new model taught the lessons in order."""
    model = build()
    for prepared, label in given:
        model.learn(prepared, label)
    return model


def check_deterministic(build: Build) -> None:
    """Check that equal labels give an equal state.

    In the same order, that is; the order matters to nothing but the state.
    """
    given = lessons()
    first, second = taught(build, given), taught(build, given)
    assert first.state_hash() == second.state_hash(), "the same labels gave another state"
    assert taught(build, given[:-1]).state_hash() != first.state_hash(), "the hash does not see the last label"


def check_forgets_by_hash(build: Build) -> None:
    """Check that a model really forgets a label.

    Rebuilt without it, the model is the one that never saw it; with it, it is another.
    """
    given = lessons()
    for n in (0, 20, len(given) - 1):
        without = [*given[:n], *given[n + 1 :]]
        rebuilt, never = taught(build, [x for x in given if x[1].id != f"label-{n}"]), taught(build, without)
        assert rebuilt.state_hash() == never.state_hash(), f"label-{n} left a trace"
        assert rebuilt.state_hash() != taught(build, given).state_hash(), f"label-{n} left no trace when it was learned"


def check_ignores_position_gaps(build: Build) -> None:
    """Check that a missing label leaves no trace.

    A snapshot from before the label, continued without it, is the state that never saw it.
    """
    given = lessons()
    early = snapshot.load(snapshot.dump(taught(build, given[:30])))
    for prepared, label in given[31:]:
        early.learn(prepared, label)
    assert early.state_hash() == taught(build, [*given[:30], *given[31:]]).state_hash(), "going back forgot inexactly"


def check_learns_one_correction(build: Build) -> None:
    """Check that a correction bears on the same mail. When it comes again, it is suggested right."""
    model = taught(build, lessons())
    corrected = prepare(Example("again", "container", "rubbish collection"))
    model.learn(corrected, TaughtLabel("correction", "school"))
    assert _first(model.rank(corrected)) == "school", "a correction did not bear on the same mail"


def check_new_unit_at_runtime(build: Build) -> None:
    """Check that a new unit is suggested after one label. Nobody had heard of it; the old units are still known."""
    model = taught(build, lessons())
    prepared = prepare(Example("new", "harbour berth", "mooring fee for a boat in the harbour"))
    model.learn(prepared, TaughtLabel("new", "harbour"))
    assert _first(model.rank(prepared)) == "harbour", "a new unit was not suggested"
    old, label = lessons()[0]
    assert _first(model.rank(old)) == label.unit, "a new unit displaced an old one"


def check_empty_model_and_mail(build: Build) -> None:
    """Check the empty model and the empty mail.

    With nothing learned, nothing is suggested. A mail without a word can be ranked and learned.
    """
    empty = prepare(Example("empty", "", ""))
    assert build().rank(empty).suggestions == (), "a model that knows nothing suggested something"
    model = taught(build, [*lessons(), (empty, TaughtLabel("empty", "waste"))])
    assert len(model.rank(empty).suggestions) == 3, "a mail without a word could not be ranked"
    assert _first(model.rank(lessons()[1][0])) == lessons()[1][1].unit, "a mail without a word spoiled the model"


def check_ranking_is_honest(build: Build) -> None:
    """Check that confidences fall and sum to 1 at most.

    Confidences lie in 0..1, the sum is over all units; `top` is kept.
    """
    model = taught(build, lessons())
    ranking = model.rank(lessons()[0][0], top=10).suggestions
    confidences = [s.confidence for s in ranking]
    assert confidences == sorted(confidences, reverse=True), "confidences do not fall"
    assert all(0 <= c <= 1 for c in confidences), "a confidence outside 0..1"
    assert sum(confidences) < 1 + 1e-6, "confidences over all units sum to more than 1"
    assert len(model.rank(lessons()[0][0], top=2).suggestions) == 2, "top was not kept"


def check_ranking_leaves_no_trace(build: Build) -> None:
    """Check that ranking changes nothing."""
    model = taught(build, lessons())
    before = model.state_hash()
    model.rank(prepare(Example("x", "entirely new words", "never seen before")))
    assert model.state_hash() == before, "ranking changed the state"


def check_batch_agrees(build: Build) -> None:
    """Check that a batch is ranked as each alone."""
    model = taught(build, lessons())
    mails = [prepared for prepared, _ in lessons()]
    assert model.rank_many(mails) == [model.rank(mail) for mail in mails], "a batch was ranked differently"


def check_snapshot_goes_on(build: Build) -> None:
    """Check that a loaded snapshot learns on identically.

    Saved and loaded, the model is the same and goes on learning bit for bit.
    """
    given = lessons()
    for cut in (0, 1, 40):
        model = taught(build, given[:cut])
        again = snapshot.load(snapshot.dump(model))
        assert again.state_hash() == model.state_hash(), "a snapshot came back as another state"
        for prepared, label in given[cut:]:
            model.learn(prepared, label)
            again.learn(prepared, label)
        assert again.state_hash() == model.state_hash(), "a model from a snapshot learned differently"


def _first(ranking: Ranking) -> str | None:
    return ranking.first.unit if ranking.first else None
