"""Where a mail belongs after a reorganisation, which units come and go, and what stands against a plan."""

import pytest

from app.domain import reorganisation
from app.domain.reorganisation import (
    CurrentOrganisation,
    Merge,
    Move,
    NewUnit,
    Plan,
    Relocate,
    Rename,
    Split,
    SplitTarget,
    Target,
    counts_for,
    faults,
)
from app.domain.routing import Mode
from app.domain.rules import Subject
from app.domain.written_plan import NoPlan, from_json, to_json

PARK, ROAD, WASTE, SHUT = 1, 2, 3, 4
UNITS = [
    CurrentOrganisation(PARK, "Park", "park@town.example.org"),
    CurrentOrganisation(ROAD, "Vej", "vej@town.example.org"),
    CurrentOrganisation(WASTE, "Affald", "affald@town.example.org"),
    CurrentOrganisation(SHUT, "Havn", "havn@town.example.org", closed=True),
]
GREEN = NewUnit("Grønt", "groent@town.example.org")
TREES = NewUnit("Træer", "trae@town.example.org")
BINS = SplitTarget(TREES, words=("træ", "gren"))


def mail(text: str, mailbox: str = "tmf@town.example.org") -> Subject:
    return Subject("Emne", text, "a@borger.example.org", mailbox)


@pytest.mark.parametrize(
    ("move", "unit", "text", "mailbox", "after"),
    [
        (Merge((PARK, ROAD), GREEN), "1", "Et hul", "", "+Grønt"),
        (Merge((PARK, ROAD), GREEN), "2", "Et hul", "", "+Grønt"),
        (Merge((PARK, ROAD), GREEN), "3", "Et hul", "", "3"),
        (Merge((PARK, ROAD), PARK), "2", "Et hul", "", "1"),
        (Split(PARK, (BINS,), PARK), "1", "Træet er væltet", "", "+Træer"),
        (Split(PARK, (BINS,), PARK), "1", "Bænken mangler", "", "1"),
        (Split(PARK, (BINS,), GREEN), "1", "Bænken mangler", "", "+Grønt"),
        (Split(PARK, (BINS,), PARK), "2", "Træet er væltet", "", "2"),
        (
            Split(PARK, (SplitTarget(ROAD, mailbox="vej@town.example.org"),), PARK),
            "1",
            "x",
            "vej@town.example.org",
            "2",
        ),
        (Split(PARK, (SplitTarget(ROAD, ("træ",)), SplitTarget(WASTE, ("træet",))), PARK), "1", "træet", "", "2"),
        (Split(PARK, (SplitTarget(ROAD, ("træ",), "a@example.org"),), PARK), "1", "træet", "b@example.org", "1"),
        (Rename(PARK, "Parker"), "1", "Træ", "", "1"),
        (Relocate(PARK, "Natur"), "1", "Træ", "", "1"),
    ],
)
def test_where_a_mail_belongs_afterwards(move: Move, unit: str, text: str, mailbox: str, after: str) -> None:
    assert counts_for(Plan((move,)), unit, mail(text, mailbox)) == after


@pytest.mark.parametrize(
    ("move", "closes", "makes"),
    [
        (Merge((PARK, ROAD), GREEN), {PARK: GREEN, ROAD: GREEN}, {GREEN: (PARK, ROAD)}),
        (Merge((PARK, ROAD), PARK), {ROAD: PARK}, {}),
        (Split(PARK, (BINS,), PARK), {}, {TREES: (PARK,)}),
        (Split(PARK, (BINS,), GREEN), {PARK: GREEN}, {TREES: (PARK,), GREEN: (PARK,)}),
        (Split(PARK, (SplitTarget(ROAD, ("vej",)),), WASTE), {PARK: WASTE}, {}),
        (Rename(PARK, "Parker"), {}, {}),
    ],
)
def test_which_units_come_and_go(move: Move, closes: dict[int, Target], makes: dict[NewUnit, tuple[int, ...]]) -> None:
    plan = Plan((move,))
    assert reorganisation.successors(plan) == closes
    assert reorganisation.created(plan) == makes


@pytest.mark.parametrize(
    ("move", "after"),
    [
        (Merge((PARK, ROAD), GREEN), {"+Grønt": Mode.SUGGEST}),
        (Merge((ROAD,), PARK), {"1": Mode.SUGGEST}),
        (Merge((ROAD, WASTE), PARK), {"1": Mode.OBSERVE}),
        (Split(PARK, (BINS,), PARK), {"+Træer": Mode.SUGGEST}),
        (Split(WASTE, (BINS,), GREEN), {"+Træer": Mode.OBSERVE, "+Grønt": Mode.OBSERVE}),
    ],
)
def test_nobody_becomes_more_automatic(move: Move, after: dict[str, Mode]) -> None:
    modes = {PARK: Mode.AUTOMATIC, ROAD: Mode.SUGGEST, WASTE: Mode.OBSERVE}
    assert reorganisation.modes_after(Plan((move,)), modes) == after


@pytest.mark.parametrize(
    ("moves", "codes"),
    [
        ((Merge((PARK, ROAD), GREEN), Rename(WASTE, "Genbrug")), []),
        ((Split(PARK, (BINS,), PARK), Relocate(PARK, "Natur"), Rename(PARK, "Parker")), []),
        ((Rename(PARK, "Vej"), Rename(ROAD, "Park")), []),
        ((Merge((PARK, ROAD), NewUnit("Havn", "havn@town.example.org")),), []),
        ((), ["plan_empty"]),
        ((Merge((PARK, 99), PARK),), ["plan_unknown_unit"]),
        ((Merge((PARK, SHUT), PARK),), ["plan_unit_closed"]),
        ((Merge((PARK,), PARK),), ["plan_merge_too_few"]),
        ((Merge((), GREEN),), ["plan_merge_too_few"]),
        ((Merge((PARK, ROAD), GREEN), Split(PARK, (BINS,), ROAD)), ["plan_unit_twice", "plan_target_closes"]),
        ((Merge((PARK, ROAD), GREEN), Rename(PARK, "Parker")), ["plan_target_closes"]),
        ((Split(PARK, (), PARK),), ["plan_split_without_parts"]),
        ((Split(PARK, (SplitTarget(TREES),), PARK),), ["plan_part_without_condition"]),
        ((Relocate(PARK, ""),), ["plan_without_area"]),
        ((Rename(PARK, ""),), ["plan_name_missing"]),
        ((Rename(PARK, "VEJ"),), ["name_taken"]),
        ((Rename(PARK, "Havn"),), ["name_taken"]),
        ((Merge((PARK, ROAD), NewUnit("Affald", "x@example.org")),), ["name_taken"]),
        ((Merge((PARK, ROAD), NewUnit("Grønt", "intet")),), ["no_address"]),
        ((Merge((PARK, ROAD), NewUnit("Grønt", "affald@town.example.org")),), ["address_taken"]),
    ],
)
def test_what_stands_against_a_plan(moves: tuple[Move, ...], codes: list[str]) -> None:
    assert [fault.code for fault in faults(Plan(moves), UNITS)] == codes


def test_a_plan_is_read_as_it_was_written() -> None:
    moves = (
        Merge((PARK, ROAD), GREEN),
        Split(WASTE, (BINS,), WASTE),
        Rename(WASTE, "Genbrug"),
        Relocate(WASTE, "Miljø"),
    )
    assert from_json(to_json(Plan(moves))) == Plan(moves)
    by_name = {"moves": [{"kind": "split", "unit": "Park", "parts": [{"into": "Vej", "words": ["vej"]}]}]}
    assert from_json(by_name, {"Park": PARK, "Vej": ROAD}) == Plan((Split(PARK, (SplitTarget(ROAD, ("vej",)),), PARK),))


@pytest.mark.parametrize("data", [None, [], {}, {"moves": [{"kind": "abolish"}]}, {"moves": [{"kind": "rename"}]}])
def test_what_is_no_plan(data: object) -> None:
    with pytest.raises(NoPlan):
        from_json(data)
    with pytest.raises(NoPlan):
        from_json({"moves": [{"kind": "rename", "unit": "Ukendt", "name": "x"}]}, {"Park": PARK})
