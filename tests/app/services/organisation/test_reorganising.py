"""Units are merged, split, renamed and moved, their labels with them; and all of it can be undone, bit for bit."""

from typing import Any

import pytest
from sqlalchemy import select, text

from app import database
from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.domain.enquiry import State
from app.domain.reorganisation import Merge, NewUnit, Plan, Relocate, Rename, Split, SplitTarget
from app.domain.routing import Mode
from app.domain.rules import Field
from app.domain.templates import TemplateKind
from app.errors import RefusedError
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label
from app.models.prediction import Prediction
from app.models.rule import Rule
from app.models.template import ReplyTemplate
from app.models.unit import Mailbox, Unit
from app.services.learning import label_overrides
from app.services.organisation import reorganisation_preview, reorganising
from app.services.triage import decisions
from tests.town import PARK, ROAD, WASTE, Town, mail, now

BY = Actor("administrator@town.example.org")
GREEN = NewUnit("Grønt", "groent@town.example.org")
TREES = NewUnit("Træer", "traeer@town.example.org")


def merged(town: Town, into: NewUnit | None = GREEN) -> Plan:
    """Park and Vej become one: Grønt, or Park."""
    return Plan((Merge((town.units[PARK], town.units[ROAD]), into or town.units[PARK]),))


def split(town: Town, rest: NewUnit | None = None) -> Plan:
    """Trees leave Park for a unit of their own."""
    return Plan((Split(town.units[PARK], (SplitTarget(TREES, ("træ",)),), rest or town.units[PARK]),))


def switch(town: Town, plan: Plan) -> int:
    with database.write(town.container.engine) as session:
        made = reorganising.switch(session, plan, by=BY, now=now()).id
    town.learn()
    return made


def restore(town: Town, reorganisation_id: int) -> None:
    with database.write(town.container.engine) as session:
        reorganising.restore(session, reorganisation_id, by=BY, now=now())
    town.learn()


def units(town: Town) -> list[Any]:
    """The rows of the units there were from the beginning."""
    ids = ",".join(map(str, town.units.values()))
    with town.container.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM unit WHERE id IN ({ids}) ORDER BY id"))]


def named(town: Town) -> dict[str, Unit]:
    with database.read(town.container.engine) as session:
        return {unit.name: unit for unit in session.scalars(select(Unit))}


def ranked(town: Town, sentence: str) -> list[str]:
    """The names of the units suggested for a mail, best first."""
    (enquiry,) = town.receive(mail("Ny", sentence))
    with database.read(town.container.engine) as session:
        names = {unit.id: unit.name for unit in session.scalars(select(Unit))}
        rows = session.get_one(Prediction, enquiry).ranking
    return [names[row["unit_id"]] for row in rows]


def test_after_a_merge_the_merged_unit_is_first_where_either_was(town: Town) -> None:
    town.teach_history()
    assert ranked(town, "Træet i parken er væltet igen")[0] == PARK
    assert ranked(town, "Et hul i vejen på Prøvegade igen")[0] == ROAD
    switch(town, merged(town))
    for sentence in ("Træet i parken er væltet atter", "Et hul i vejen på Prøvegade atter"):
        assert ranked(town, sentence) == ["Grønt", WASTE]
    assert ranked(town, "Skraldet er ikke hentet atter")[0] == WASTE
    now_there = named(town)
    assert [now_there[name].closed for name in (PARK, ROAD, "Grønt")] == [True, True, False]
    assert now_there["Grønt"].guide == "Park tager park.\nVej tager vej."


def test_after_a_split_each_part_has_its_mails(town: Town) -> None:
    town.teach_history()
    switch(town, split(town))
    assert ranked(town, "Træet er væltet atter")[0] == "Træer"
    assert ranked(town, "Bænken i parken mangler atter")[0] == PARK
    assert named(town)["Træer"].area.name == "Byen"
    assert named(town)["Træer"].mode is Mode.SUGGEST


@pytest.mark.parametrize("which", ["into_new", "into_one", "split", "split_away", "names_change_places", "moved"])
def test_what_was_is_restored_bit_for_bit(town: Town, which: str) -> None:
    park, road = town.units[PARK], town.units[ROAD]
    plans = {
        "into_new": merged(town),
        "into_one": Plan((*merged(town, None).moves, Rename(park, "Park og Vej"))),
        "split": split(town),
        "split_away": split(town, GREEN),
        "names_change_places": Plan((Rename(park, ROAD), Rename(road, PARK))),
        "moved": Plan((Relocate(park, "Natur", "Grønt center"), Rename(park, "Parker"))),
    }
    town.teach_history(times=12)  # more than one snapshot
    with database.write(town.container.engine) as session:
        session.get_one(Unit, park).mode = Mode.AUTOMATIC
    before, hashed = units(town), town.container.learner.state_hash()
    made = switch(town, plans[which])
    assert (units(town), set(named(town))) != (before, set(town.units))
    if which not in ("names_change_places", "moved"):
        assert town.container.learner.state_hash() != hashed
    restore(town, made)
    assert units(town) == before
    assert town.container.learner.state_hash() == hashed
    assert all(unit.closed for name, unit in named(town).items() if name not in town.units)
    made = switch(town, plans[which])  # what was made is opened again, not made twice
    restore(town, made)
    assert units(town) == before


def test_what_names_a_unit_that_closes_goes_along_and_comes_back(town: Town) -> None:
    town.teach_history()
    park = town.units[PARK]
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address="parken@town.example.org", name="Parken", unit_id=park))
        session.add(Rule(position=1, name="Træer", words="træ", field=Field.ANYWHERE, unit_id=park))
        session.add(ReplyTemplate(kind=TemplateKind.REPLY_DRAFT, unit_id=park, name="Hilsen", text="Hej"))

    def holders() -> set[int | None]:
        with database.read(town.container.engine) as session:
            rows: list[Any] = [
                *session.scalars(select(Mailbox.unit_id).where(Mailbox.name == "Parken")),
                *session.scalars(select(Rule.unit_id)),
                *session.scalars(select(ReplyTemplate.unit_id)),
                *session.scalars(select(Account.unit_id).where(Account.unit_id.is_not(None))),
            ]
            return set(rows)

    with database.read(town.container.engine) as session:
        found = reorganisation_preview.effect(session, merged(town))
    assert [(each.kind, heir) for each, heir in found.pointing] == [
        (kind, "Grønt") for kind in ("mailbox", "rule", "template", "person")
    ]
    made = switch(town, merged(town))
    assert holders() == {named(town)["Grønt"].id}
    restore(town, made)
    assert holders() == {park}


def test_two_texts_for_everything_are_a_conflict(town: Town) -> None:
    town.teach_history()
    with database.write(town.container.engine) as session:
        for unit in (PARK, ROAD):
            session.add(ReplyTemplate(kind=TemplateKind.REPLY_DRAFT, unit_id=town.units[unit], name=unit, text="Hej"))
        session.flush()
        assert [(f.code, f.value) for f in reorganisation_preview.effect(session, merged(town)).faults] == [
            ("plan_two_general", ROAD)
        ]
        with pytest.raises(RefusedError, match="plan_two_general"):
            reorganising.switch(session, merged(town), by=BY, now=now())


def test_what_is_foreseen(town: Town) -> None:
    town.teach_history()
    (waits, open_) = town.receive(mail("Træ", "Træet i parken er væltet"), mail("Hul", "Et hul i vejen"))
    with database.write(town.container.engine) as session:
        decisions.send_to(
            session,
            town.container.robot,
            session.get_one(Enquiry, waits),
            session.get_one(Unit, town.units[PARK]),
            now=now(),
        )
    with database.read(town.container.engine) as session:
        found = reorganisation_preview.effect(session, merged(town))
        assert found.closes == {PARK: "Grønt", ROAD: "Grønt"}
        assert found.makes == ["Grønt"]
        assert sorted(found.labels) == [(PARK, "Grønt", 12), (ROAD, "Grønt", 12)]
        assert [enquiry.id for enquiry in found.waiting] == [waits]
        assert found.rescored == 1
        assert found.faults == []
        assert reorganisation_preview.effect(session, split(town)).labels == [(PARK, "Træer", 3)]
    switch(town, merged(town))
    assert (town.enquiry(waits).unit_id, town.enquiry(waits).state) == (town.units[PARK], State.ROUTED)
    with database.read(town.container.engine) as session:
        assert session.get_one(Prediction, open_).ranking[0]["unit_id"] == named(town)["Grønt"].id


@pytest.mark.parametrize(("plan", "counts_for"), [(merged, None), (split, PARK)])
def test_labels_given_since_to_a_unit_that_closes_again(town: Town, plan: Any, counts_for: str | None) -> None:
    town.teach_history()
    made = switch(town, plan(town))
    (new,) = (unit for name, unit in named(town).items() if name not in town.units)
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    with database.write(town.container.engine) as session:
        version = session.get_one(Enquiry, enquiry).version
        label = decisions.route(
            session, town.container.robot, enquiry, new.id, version=version, by=town.visitator.actor, now=now()
        ).id
    town.learn()
    restore(town, made)
    with database.read(town.container.engine) as session:
        assert label_overrides.in_effect(session)[label] == (town.units[counts_for] if counts_for else None)
    assert "Grønt" not in ranked(town, "Et træ igen")


def test_a_label_that_does_not_count_moves_along(town: Town) -> None:
    """When it counts again, it does so for a unit that exists."""
    town.teach_history()
    with database.write(town.container.engine) as session:
        label = session.scalars(select(Label.id).where(Label.unit_id == town.units[PARK]).limit(1)).one()
        distrusted = label_overrides.apply(
            session, AmendmentKind.DISTRUSTED, {label: None}, note="", by=BY, now=now()
        ).id
    switch(town, merged(town))
    with database.write(town.container.engine) as session:
        assert label_overrides.in_effect(session)[label] is None
        label_overrides.revoke(session, distrusted, by=BY, now=now())
        session.flush()
        assert label_overrides.in_effect(session)[label] == session.scalar(select(Unit.id).where(Unit.name == "Grønt"))


def test_the_last_one_is_undone_first(town: Town) -> None:
    town.teach_history()
    before, hashed = units(town), town.container.learner.state_hash()
    first = switch(town, merged(town))
    second = switch(
        town, Plan((Split(named(town)["Grønt"].id, (SplitTarget(TREES, ("træ",)),), named(town)["Grønt"].id),))
    )
    assert ranked(town, "Træet er væltet atter")[0] == "Træer"
    with pytest.raises(RefusedError, match="reorganisation_later"):
        restore(town, first)
    restore(town, second)
    restore(town, first)
    assert (units(town), town.container.learner.state_hash()) == (before, hashed)
    with pytest.raises(RefusedError, match="reorganisation_restored"):
        restore(town, first)


def test_all_of_it_or_nothing_and_in_the_log(town: Town) -> None:
    town.teach_history()
    before = units(town)
    with pytest.raises(RefusedError, match="name_taken"):
        switch(town, Plan((*merged(town).moves, Rename(town.units[WASTE], PARK))))
    assert units(town) == before
    made = switch(town, merged(town))
    restore(town, made)
    with database.read(town.container.engine) as session:
        kinds = list(session.scalars(select(Event.kind).where(Event.kind.like("reorgani%")).order_by(Event.id)))
    assert kinds == ["reorganised", "reorganisation_restored"]
