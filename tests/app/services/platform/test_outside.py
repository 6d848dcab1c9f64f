"""Another authority's mails, and what is no enquiry: proposed, learned and unlearned like units, and never routed to."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from app import database
from app.domain import outside
from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.domain.enquiry import LabelSource, State
from app.domain.outside import NOT_AN_ENQUIRY, of_authority
from app.domain.recognition import SetAside
from app.domain.reorganisation import Merge, NewUnit, Plan
from app.domain.routing import Mode
from app.domain.what_if import Question
from app.errors import NotFoundError, RefusedError
from app.models.authority import Referral
from app.models.event import Event
from app.models.label import Label
from app.models.prediction import Decision, Prediction
from app.models.wave import WaveMember
from app.queries.learning import blind_checks, confusions, progress, sampling
from app.queries.organisation import authority_list
from app.queries.reports import figures
from app.queries.triage import recent_decisions, suggestion_list, wave_members
from app.services.enquiries import erasing
from app.services.learning import (
    distrusted_labels,
    error_budget,
    label_overrides,
    labels,
    model_replay,
    model_versions,
    simulation,
    snapshots,
)
from app.services.learning.model_replay import ModelReplay
from app.services.organisation import authorities, reorganisation_preview, reorganising
from app.services.organisation.authorities import AuthorityLine
from app.services.triage import (
    decisions,
    referring,
    undoing,
    waves,  # fmt: skip
)
from tests.town import PARK, ROAD, Town, mail, now

TRAIN = "Toget var 40 minutter forsinket i {}. Hvordan får jeg rejsegaranti for min rejse med toget?"
THANKS = "Tak for sidst. Det var hyggeligt at møde jer til kaffen i {}."
BICYCLES = (
    "Min cykel er blevet stjålet ved stationen. Jeg vil gerne anmelde tyveriet af cyklen.",
    "Jeg vil anmelde, at min cykel er stjålet ved stationen. Tyveriet skete om natten.",
    "Ved stationen er min cykel blevet stjålet. Hvor kan jeg anmelde tyveriet?",
    "Tyveri: min cykel stod låst ved stationen og er stjålet. Jeg vil gerne anmelde det.",
)


@pytest.fixture
def trains(town: Town) -> int:
    return add(town, "Trafikselskabet", "Forsinkede busser og tog")


@pytest.fixture
def police(town: Town) -> int:
    return add(town, "Politiet", "Tyveri")


@pytest.fixture
def taught(town: Town, trains: int) -> Town:
    town.teach_history()
    town.learn()
    return town


def add(town: Town, name: str, guide: str) -> int:
    with database.write(town.container.engine) as session:
        line = AuthorityLine(name, f"{name.lower()}@stat.example.org", guide)
        return authorities.save(session, None, line, by=Actor("admin"), now=now()).id


def train(day: str, n: int = 1) -> bytes:
    return mail("Forsinket tog", TRAIN.format(day), sender=f"Prøve <t{n}@borger.example.org>")


def thanks(day: str) -> bytes:
    return mail("Tak", THANKS.format(day), sender="Prøve <tak@borger.example.org>")


def refer(town: Town, enquiry: int, authority: int | None) -> None:
    with database.write(town.container.engine) as session:
        referring.refer(
            session, town.container.robot, enquiry, authority, "Vi har sendt den videre.", by=town.visitator.actor, now=now(),
            version=town.enquiry(enquiry).version, undo_seconds=60,
        )  # fmt: skip


def set_aside(town: Town, enquiry: int, reason: SetAside = SetAside.NOT_AN_ENQUIRY) -> None:
    version = town.enquiry(enquiry).version
    with database.write(town.container.engine) as session:
        decisions.dismiss(
            session, town.container.robot, enquiry, reason, version=version, by=town.visitator.actor, now=now()
        )


def undo(town: Town) -> None:
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())


def first(town: Town, enquiry: int) -> suggestion_list.SuggestionRow:
    with database.read(town.container.engine) as session:
        return suggestion_list.suggestions(session, enquiry)[0]


def reason_of(town: Town, enquiry: int) -> str:
    with database.read(town.container.engine) as session:
        return session.scalars(select(Decision.reason).where(Decision.enquiry_id == enquiry)).one()


def prediction_of(town: Town, enquiry: int) -> Prediction:
    with database.read(town.container.engine) as session:
        return session.get_one(Prediction, enquiry)


def hash_after(town: Town) -> str:
    town.learn()
    return town.container.learner.state_hash()


def test_the_next_mail_of_that_authority_is_proposed_for_it_and_never_goes_alone(taught: Town, trains: int) -> None:
    waits, arrives = taught.receive(train("mandags"), train("tirsdags", 2))
    assert first(taught, waits).unit_id is not None  # nothing but units is known yet
    refer(taught, arrives, trains)
    taught.learn()
    assert (first(taught, waits).authority_id, first(taught, waits).name) == (trains, "Trafikselskabet")
    taught.automatic(limit=0.0)
    (late,) = taught.receive(train("onsdags", 3))
    assert (taught.enquiry(late).state, reason_of(taught, late)) == (State.TRIAGE, "elsewhere")
    assert first(taught, late).authority_id == trains
    assert prediction_of(taught, late).unit_id is None  # the queue of a unit does not show it
    (park,) = taught.receive(mail("Træ", "Træet i parken er væltet"))
    assert taught.enquiry(park).automatic


def test_what_is_no_enquiry_is_known_again(taught: Town) -> None:
    one, other = taught.receive(thanks("mandags"), thanks("onsdags"))
    set_aside(taught, one)
    taught.learn()
    assert first(taught, other).not_an_enquiry
    taught.automatic(limit=0.0)
    (late,) = taught.receive(thanks("fredags"))
    assert (taught.enquiry(late).state, reason_of(taught, late)) == (State.TRIAGE, "elsewhere")


@pytest.mark.parametrize("end", ["refer", "set_aside"])
def test_undo_leaves_a_model_that_never_saw_it(taught: Town, trains: int, end: str) -> None:
    (enquiry,) = taught.receive(train("mandags"))
    before = hash_after(taught)
    refer(taught, enquiry, trains) if end == "refer" else set_aside(taught, enquiry)
    assert hash_after(taught) != before
    undo(taught)
    assert hash_after(taught) == before
    assert (taught.enquiry(enquiry).state, first(taught, enquiry).unit_id is None) == (State.TRIAGE, False)


def test_without_an_authority_nobody_has_said_whose_it_is(taught: Town) -> None:
    a, b = taught.receive(train("mandags"), thanks("onsdags"))
    before = hash_after(taught)
    refer(taught, a, None)
    set_aside(taught, b, SetAside.NOT_OURS)
    assert hash_after(taught) == before


def test_a_snapshot_and_a_fold_from_nothing_know_the_same(taught: Town, trains: int) -> None:
    a, b = taught.receive(train("mandags"), thanks("onsdags"))
    refer(taught, a, trains)
    set_aside(taught, b)
    taught.learn()
    with database.write(taught.container.engine) as session:
        end = model_replay.end(session)
        snapshots.save(session, model_replay.advance(session, ModelReplay(salt=taught.container.salt), until=end), None)
        kept = snapshots.load(session, before=end + 1, salt=taught.container.salt)
        assert kept.position == end
        assert set(kept.model.units) >= {of_authority(trains), NOT_AN_ENQUIRY}
        assert kept.model.state_hash() == taught.container.learner.state_hash()
        assert kept.model.classifier.outside.sum() == 2


def test_a_label_says_what_was_suggested(taught: Town, trains: int) -> None:
    a, b, c = taught.receive(train("mandags"), train("onsdags", 2), train("fredags", 3))
    refer(taught, a, trains)
    taught.learn()
    refer(taught, b, trains)
    taught.decide(c, ROAD)
    with database.read(taught.container.engine) as session:
        given = {n: labels.standing(session, n) for n in (a, b, c)}
    stated = {n: (label.source, label.outside, label.suggested_outside) for n, label in given.items() if label}
    of = of_authority(trains)
    assert stated == {
        a: (LabelSource.CORRECTED, of, None), b: (LabelSource.CONFIRMED, of, of), c: (LabelSource.CORRECTED, None, of),
    }  # fmt: skip
    assert taught.events(c)[-1] == "corrected"


def test_an_authority_that_is_no_more_chosen_is_not_proposed(taught: Town, trains: int) -> None:
    a, b = taught.receive(train("mandags"), train("onsdags", 2))
    refer(taught, a, trains)
    taught.learn()
    line = AuthorityLine("Trafikselskabet", "trafikselskabet@stat.example.org", retired=True)
    with database.write(taught.container.engine) as session:
        authorities.save(session, trains, line, by=Actor("admin"), now=now())
    assert first(taught, b).unit_id is not None
    taught.automatic(limit=0.0)
    (late,) = taught.receive(train("fredags", 3))
    assert taught.enquiry(late).state is State.TRIAGE
    with database.write(taught.container.engine) as session, pytest.raises(NotFoundError):
        referring.refer(
            session, taught.container.robot, late, trains, "x", version=taught.enquiry(late).version, by=taught.visitator.actor,
            now=now(),
        )  # fmt: skip


def test_the_list_of_authorities_begins_with_what_is_proposed(taught: Town, trains: int, police: int) -> None:
    a, b = taught.receive(train("mandags"), train("onsdags", 2))
    refer(taught, a, trains)
    taught.learn()
    with database.read(taught.container.engine) as session:
        assert [each.id for each in authority_list.in_use(session)] == [police, trains]
        assert [each.id for each in authority_list.likeliest_first(session, b)] == [trains, police]
        assert authority_list.proposed(session, b) == [trains]


def test_a_blind_check_that_was_anothers_is_an_error_of_the_unit(taught: Town, trains: int) -> None:
    taught.automatic(limit=0.0)
    taught.sample(checks=1.0)
    (enquiry,) = taught.receive(mail("Træ", "Træet i parken er væltet"))
    refer(taught, enquiry, trains)
    taught.learn()
    with database.read(taught.container.engine) as session:
        (outcome,) = sampling.outcomes(session, {}, since=taught.enquiry(enquiry).received_at.replace(year=2000))
    assert (outcome.unit_id, outcome.right, outcome.sampled) == (taught.units[PARK], False, True)


def test_evidence_of_the_budget_is_of_what_a_robot_may_route(taught: Town, trains: int) -> None:
    """A mail known to be another's says nothing about the limit; one that a unit was suggested for was wrong."""
    a, b = taught.receive(train("mandags"), train("onsdags", 2))
    with database.read(taught.container.engine) as session:
        before = error_budget.evidence(session, now=now())
    refer(taught, a, trains)
    with database.read(taught.container.engine) as session:
        after = error_budget.evidence(session, now=now())
    assert len(after) == len(before) + 1
    assert after[-1].right is False
    taught.learn()
    (late,) = taught.receive(train("fredags", 3))
    assert reason_of(taught, late) == "elsewhere"
    refer(taught, late, trains)
    taught.decide(b, ROAD)  # the model said Trafikselskabet by then
    with database.read(taught.container.engine) as session:
        assert len(error_budget.evidence(session, now=now())) == len(after)


def test_figures_and_pages_of_learning_keep_to_units(taught: Town, trains: int) -> None:
    a, b, c = taught.receive(train("mandags"), train("onsdags", 2), train("fredags", 3))
    refer(taught, a, trains)
    taught.learn()
    refer(taught, b, trains)
    taught.decide(c, ROAD)
    taught.learn()
    today = now().date()
    with database.read(taught.container.engine) as session:
        tallies = progress.tally(session)
        judged = sum(each.labels for each in tallies if each.judged and each.unit_id is not None)
        total = figures.total(figures.accuracy(session, today))
        assert total.n == judged
        assert total.right == sum(each.labels for each in tallies if each.right)
        road = next(each for each in progress.curves(session, tallies) if each.unit_id == taught.units[ROAD])
        assert road.judged.n - road.judged.right >= 1  # what it said of c was wrong
        standing = progress.standing(session, tallies)
        assert (standing.units, standing.labels, standing.waiting) == (3, 39, 0)
        assert progress.calibration(session).n >= 2
        assert all(pair.unit and pair.suggested for pair in confusions.confusions(session, tallies))
        assert blind_checks.reviews(session, now() - sampling.RECENTLY)
        assert sum(source.total for source in progress.sources(session, tallies, today, 4)) == 39


def test_distrust_rollback_erasure_and_reorganisation_know_them(taught: Town, trains: int) -> None:
    before = hash_after(taught)
    with database.read(taught.container.engine) as session:
        end = model_replay.end(session)
    (enquiry,) = taught.receive(train("mandags"))
    refer(taught, enquiry, trains)
    after = hash_after(taught)
    with database.write(taught.container.engine) as session:
        snapshots.save(session, model_replay.advance(session, ModelReplay(salt=taught.container.salt), until=end), None)
        account, since = taught.visitator.email, taught.enquiry(enquiry).received_at
        assert distrusted_labels.by_unit(session, account, since) == [("Trafikselskabet", 1)]
        made = distrusted_labels.distrust(session, account, since, note="", by=Actor("admin"), now=now()).id
    assert hash_after(taught) == before
    with database.write(taught.container.engine) as session:
        label_overrides.revoke(session, made, by=Actor("admin"), now=now())
    assert hash_after(taught) == after
    with database.write(taught.container.engine) as session:
        back = model_versions.roll_back(session, end, note="", by=Actor("admin"), now=now()).id
    assert hash_after(taught) == before
    with database.write(taught.container.engine) as session:
        label_overrides.revoke(session, back, by=Actor("admin"), now=now())
        plan = Plan((Merge((taught.units[PARK], taught.units[ROAD]), NewUnit("Grønt", "groent@town.example.org")),))
        assert reorganisation_preview.effect(session, plan).faults == []
        reorganising.switch(session, plan, by=Actor("admin"), now=now())
    taught.learn()
    (late,) = taught.receive(train("onsdags", 2))
    assert first(taught, late).authority_id == trains
    with database.write(taught.container.engine) as session:
        assert session.scalars(select(Label.outside).where(Label.enquiry_id == enquiry)).all() == [of_authority(trains)]
        erasing.erase(session, "t1@borger.example.org", by=Actor("admin"), now=now())
    taught.learn()
    with database.read(taught.container.engine) as session:
        assert (
            of_authority(trains)
            not in model_replay.advance(session, ModelReplay(), until=model_replay.end(session)).model.units
        )


def test_what_if_learns_them_and_has_no_row_for_them(taught: Town, trains: int) -> None:
    for n, day in enumerate(("mandags", "tirsdags", "onsdags")):
        (enquiry,) = taught.receive(train(day, n))
        refer(taught, enquiry, trains)
    taught.learn()
    with database.read(taught.container.engine) as session:
        assert [each.unit for each in simulation.labelled_mails(session)][-3:] == [of_authority(trains)] * 3
        result = simulation.read(session, Question(modes={str(taught.units[PARK]): Mode.AUTOMATIC})).play(
            lambda *_: None
        )
    assert {unit.name for unit in result.units} <= {"Park", "Vej", "Affald"}


def steal(town: Town, *mails: int) -> Sequence[int]:
    return town.receive(
        *(mail(f"Stjålet cykel {n}", BICYCLES[n % 4], sender=f"Prøve <c{n}@borger.example.org>") for n in mails)
    )


def decide_wave(town: Town, belongs: int | str) -> waves.Decided:
    with database.write(town.container.engine) as session:
        (wave_id,) = set(session.scalars(select(WaveMember.wave_id)))
        seen = {row.id: row.version for row in wave_members.members(session, wave_id)}
        return waves.decide(
            session, town.container.robot, wave_id, belongs, seen, by=town.visitator.actor, now=now(), undo_seconds=60
        )


def test_four_stolen_bicycles_are_a_wave_for_the_police(taught: Town, police: int) -> None:
    ids = steal(taught, *range(6))
    before = hash_after(taught)
    done = decide_wave(taught, of_authority(police))
    assert (done.mails, done.overtaken) == (6, 0)
    taught.learn()
    with database.read(taught.container.engine) as session:
        rows = session.scalars(select(Referral).where(Referral.enquiry_id.in_(ids)).order_by(Referral.enquiry_id)).all()
        given = session.scalars(select(Label).where(Label.enquiry_id.in_(ids)).order_by(Label.id)).all()
        events = session.scalars(select(Event).where(Event.kind == "wave_decided")).all()
        (made,) = recent_decisions.undoable(session, taught.visitator.email)
    assert [row.authority_id for row in rows] == [police] * 6
    assert all(f"Stjålet cykel {n}" in row.text and "Politiet" in row.text for n, row in enumerate(rows))
    assert [label.taught for label in given] == [True] * 4 + [False] * 2
    assert [event.data["mails"] for event in events] == [6]
    assert (made.kind, made.way) == ("wave_decided", "plain")
    assert {taught.enquiry(n).state for n in ids} == {State.REFERRED}
    (late,) = steal(taught, 7)
    assert first(taught, late).authority_id == police
    undo(taught)
    assert {taught.enquiry(n).state for n in ids} == {State.TRIAGE}
    assert hash_after(taught) == before
    with pytest.raises(RefusedError, match="nothing_to_undo"):
        undo(taught)


def test_a_wave_of_no_enquiries(taught: Town) -> None:
    ids = steal(taught, *range(4))
    before = hash_after(taught)
    decide_wave(taught, NOT_AN_ENQUIRY)
    assert {taught.enquiry(n).state for n in ids} == {State.SET_ASIDE}
    undo(taught)
    assert {taught.enquiry(n).state for n in ids} == {State.TRIAGE}
    assert hash_after(taught) == before


def test_a_wave_is_taken_back_whole_or_not_at_all(taught: Town, police: int) -> None:
    ids = steal(taught, *range(4))
    decide_wave(taught, of_authority(police))
    with database.write(taught.container.engine) as session:
        session.scalars(select(Referral).where(Referral.enquiry_id == ids[2])).one().begun_at = now()
    with pytest.raises(RefusedError, match=r"nothing_to_undo|referral_left"):
        undo(taught)
    assert {taught.enquiry(n).state for n in ids} == {State.REFERRED}


def test_a_wave_is_not_decided_for_an_authority_there_is_not(taught: Town) -> None:
    steal(taught, *range(4))
    with pytest.raises(NotFoundError):
        decide_wave(taught, of_authority(99))


def test_a_wave_is_proposed_for_the_authority(taught: Town, police: int) -> None:
    one, *rest = steal(taught, *range(5))
    refer(taught, one, police)
    taught.learn()
    with database.read(taught.container.engine) as session:
        best = wave_members.suggestions(session, list(rest))[0]
    assert (best.authority_id, best.name) == (police, "Politiet")


@pytest.mark.parametrize(
    ("name", "authority"),
    [
        ("outside/authority:7", 7),
        (NOT_AN_ENQUIRY, None),
        ("7", None),
        ("outside/authority:", None),
        ("outside/authority:x", None),
    ],
)
def test_names_of_classes(name: str, authority: int | None) -> None:
    assert outside.authority_of(name) == authority


@pytest.mark.parametrize("text", [
    "Der er et hul i vejen på Prøvegade. En anden ting: træet i parken er væltet.",
    "Vejen er glat.\n\nJeg har også et spørgsmål om noget helt andet end det.",
])  # fmt: skip
def test_two_matters_are_not_routed_alone(town: Town, text: str) -> None:
    town.teach_history()
    town.automatic(limit=0.0)
    two, one = town.receive(mail("Vejen", text), mail("Vejen", "Der er et hul i vejen på Prøvegade."))
    assert (town.enquiry(two).state, reason_of(town, two)) == (State.TRIAGE, "several")
    assert town.enquiry(one).automatic


def test_amendments_exclude_them_and_nothing_else(taught: Town, trains: int) -> None:
    (enquiry,) = taught.receive(train("mandags"))
    before = hash_after(taught)
    refer(taught, enquiry, trains)
    taught.learn()
    with database.write(taught.container.engine) as session:
        label = labels.standing(session, enquiry)
        assert label is not None
        label_overrides.apply(
            session, AmendmentKind.DISTRUSTED, {label.id: None}, note="", by=Actor("admin"), now=now()
        )
    assert hash_after(taught) == before


def test_one_decision_puts_the_authority_first_for_what_is_told_alike(taught: Town, police: int) -> None:
    """The same wording once more, and others' own words for it."""
    town = taught
    mails = (mail("Stjålet cykel", text, sender=f"b{n}@x.example.org") for n, text in enumerate(BICYCLES))
    decided, *others = town.receive(*mails)
    refer(town, decided, police)
    town.learn()
    (copy,) = town.receive(mail("Stjålet cykel", BICYCLES[0] + " Mvh Navn", sender="anden@x.example.org"))
    for enquiry in (copy, *others):
        assert first(town, enquiry).authority_id == police


@pytest.mark.parametrize(
    "text", ["Tak", "Mange tak for hjælpen!", "Hej Park\n\nTak for det hurtige svar.\n\nMvh\nPrøve"]
)
def test_nothing_but_thanks_is_never_routed_alone(taught: Town, text: str) -> None:
    taught.automatic(limit=0.01)
    (enquiry,) = taught.receive(mail("Tak", text))
    assert taught.enquiry(enquiry).state is State.TRIAGE
