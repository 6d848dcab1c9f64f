"""Units and mailboxes come and go; what was said before is written down."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.organisation import UnitLine
from app.domain.routing import Mode, Reason
from app.errors import RefusedError
from app.models.prediction import Decision
from app.models.unit import Mailbox, Unit
from app.queries.organisation import unit_list
from app.queries.triage import suggestion_list
from app.services.organisation import mail_systems, organisation_units
from app.services.organisation.organisation_units import ImportPlan
from app.services.platform import settings
from app.services.triage import decisions
from tests.town import PARK, ROAD, SHARED, UNITS, WASTE, Town, mail, now

BY = Actor("admin@town.example.org")
NEW = UnitLine("Byggeri", "Byg", "byg@town.example.org", "Plan", mode=Mode.SUGGEST)


def line(town: Town, unit: str) -> UnitLine:
    with database.read(town.container.engine) as session:
        return organisation_units.line_of(session, session.get_one(Unit, town.units[unit]))


def save(town: Town, unit: str | None, changed: UnitLine) -> int:
    with database.write(town.container.engine) as session:
        unit_id = town.units[unit] if unit else None
        return organisation_units.save_unit(session, unit_id, changed, by=BY, now=now()).id


def test_a_unit_comes_is_renamed_and_goes(town: Town) -> None:
    unit_id = save(town, None, NEW)
    save(town, PARK, replace(line(town, PARK), name="Park og Natur", centre="Grønt", max_error=0.02))
    save(town, PARK, replace(line(town, PARK), closed=True))
    with database.read(town.container.engine) as session:
        assert [
            (group.area, group.centre, [row.unit.name for row in group.rows]) for group in unit_list.groups(session)
        ] == [
            ("Byen", "", [WASTE, ROAD]),
            ("Byen", "Grønt", ["Park og Natur"]),
            ("Byggeri", "Plan", ["Byg"]),
        ]
        closed, renamed = unit_list.changes(session, town.units[PARK])
        assert (renamed.data["before"]["name"], renamed.data["after"]["name"]) == (PARK, "Park og Natur")
        assert closed.data["after"]["closed"]
        assert [each.data["after"]["name"] for each in unit_list.changes(session, unit_id)] == ["Byg"]


def test_a_closed_unit_gets_nothing_more(town: Town) -> None:
    town.teach_history()
    town.automatic()
    save(town, PARK, replace(line(town, PARK), closed=True))
    (enquiry,) = town.receive(mail("Træ", "Træet i parken er væltet"))
    with database.write(town.container.engine) as session:
        assert (
            session.scalars(select(Decision).where(Decision.enquiry_id == enquiry)).one().reason == Reason.UNIT_STOPPED
        )
        assert town.units[PARK] not in {s.unit_id for s in suggestion_list.suggestions(session, enquiry)}
        assert PARK not in {unit.name for unit in suggestion_list.units(session)}
        with pytest.raises(RefusedError, match="unit_closed"):
            decisions.route(
                session, town.container.robot, enquiry, town.units[PARK],
                version=town.enquiry(enquiry).version, by=town.visitator.actor, now=now(),
            )  # fmt: skip


def test_a_unit_can_ask_for_a_stricter_budget(town: Town) -> None:
    save(town, PARK, replace(line(town, PARK), max_error=0.001))
    town.teach_history(times=16)
    with database.write(town.container.engine) as session:
        strict, own = settings.limit_for(session, town.units[PARK]), settings.get(session, settings.CONFIDENCE_LIMITS)
        lax = settings.limit_for(session, town.units[ROAD])
        assert own == {str(town.units[PARK]): strict}
        assert lax is not None
        assert strict is None or strict >= lax


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (replace(NEW, name=""), "unit_without_name"),
        (replace(NEW, name=PARK.upper()), "name_taken"),
        (replace(NEW, address="park@town.example.org"), "address_taken"),
        (replace(NEW, address="nowhere"), "no_address"),
        (replace(NEW, owner="nobody@town.example.org"), "owner_unknown"),
    ],
)
def test_what_makes_no_sense_is_refused(town: Town, changed: UnitLine, code: str) -> None:
    with pytest.raises(RefusedError, match=code):
        save(town, None, changed)


def plan(town: Town, text: str) -> ImportPlan:
    with database.read(town.container.engine) as session:
        return organisation_units.plan_import(session, text)


def test_the_file_says_what_it_will_do_and_does_it_whole_or_not_at_all(town: Town) -> None:
    with database.read(town.container.engine) as session:
        text = organisation_units.export(session)
    assert plan(town, text) == ImportPlan([], 3, [])
    more = text + "Byggeri;;Byg;byg@town.example.org;;;;;fordeler selv;5;manager@town.example.org;\r\n"
    (change,) = plan(town, more).changes
    assert (change.before, change.line.max_error) == (None, 0.05)
    wrong = more + "Byggeri;;Byg 2;byg@town.example.org;;;;;;;;\r\nByggeri;;Byg 3;c@town.example.org;;;;;;;who@x;\r\n"
    assert [(p.line, p.code) for p in plan(town, wrong).problems] == [(6, "address_taken"), (7, "owner_unknown")]
    with database.write(town.container.engine) as session, pytest.raises(RefusedError, match="import_problems"):
        organisation_units.apply_import(session, wrong, by=BY, now=now())
    with database.write(town.container.engine) as session:
        organisation_units.apply_import(session, more.replace("Park;", "Park;", 1), by=BY, now=now())
    assert plan(town, more) == ImportPlan([], 4, [])


def test_mailboxes(town: Town) -> None:
    with database.write(town.container.engine) as session:
        made = organisation_units.save_mailbox(session, None, " Byg@Town.example.org ", "Byg", None, by=BY, now=now())
        assert made.address == "byg@town.example.org"
        with pytest.raises(RefusedError, match="address_taken"):
            organisation_units.save_mailbox(session, None, SHARED, "x", None, by=BY, now=now())
        organisation_units.save_mailbox(session, made.id, made.address, "Byg", town.units[PARK], by=BY, now=now())
        organisation_units.remove_mailbox(session, made.id, by=BY, now=now())
        assert session.get(Mailbox, made.id) is None
        assert [event.kind for event in unit_list.changes(session)] == [
            "mailbox_removed",
            "mailbox_changed",
            "mailbox_changed",
        ]


@pytest.mark.parametrize("typed", ["Skov <skov@xn--blbr-roah.example.org>", "mailto:skov@blåbær.example.org "])
def test_an_address_is_kept_whole_however_it_was_typed(town: Town, typed: str) -> None:
    save(town, None, replace(NEW, address=typed))
    with database.read(town.container.engine) as session:
        assert "skov@blåbær.example.org" in session.scalars(select(Unit.address)).all()


def system_of(town: Town, address: str) -> str:
    return mail_systems.lookup(town.container.engine)(address)


def test_a_mailbox_says_in_which_mail_system_it_is(town: Town) -> None:
    park = UNITS[PARK]
    save(town, PARK, replace(line(town, PARK), mail_system="new"))
    assert (system_of(town, park.upper()), system_of(town, UNITS[ROAD]), system_of(town, "x@y.org")) == ("new", "", "")
    save(town, PARK, replace(line(town, PARK), guide="x", mail_system=None))
    assert system_of(town, park) == "new", "what is not said stays"
    with database.write(town.container.engine) as session:
        made = organisation_units.save_mailbox(session, None, park, "Park", town.units[PARK], by=BY, now=now())
        assert made.mail_system == "new", "it is the same mailbox"
        organisation_units.save_mailbox(session, made.id, park, "Park", town.units[PARK], "newer", by=BY, now=now())
        (changed, *_) = unit_list.changes(session)
        assert (changed.data["before"]["mail_system"], changed.data["after"]["mail_system"]) == ("new", "newer")
    assert line(town, PARK).mail_system == "newer"
    with database.read(town.container.engine) as session:
        (lost,) = mail_systems.without_settings(session, ["new"])
        assert lost.startswith(f"{park} is in the mail system 'newer'")
        assert mail_systems.without_settings(session, ["newer"]) == []


def test_a_file_moves_units_between_mail_systems_and_without_the_column_none(town: Town) -> None:
    save(town, PARK, replace(line(town, PARK), mail_system="new"))
    bare = "serviceområde;enhed;postkasse\r\nByen;Park;park@town.example.org\r\n"
    with database.write(town.container.engine) as session:
        text = organisation_units.export(session)
        organisation_units.apply_import(session, bare, by=BY, now=now())
    assert line(town, PARK).mail_system == "new"
    with database.write(town.container.engine) as session:
        assert [p.code for p in organisation_units.plan_import(session, text).problems] == ["no_mail_system"]
        organisation_units.apply_import(session, text.replace(";new\r\n", ";newer\r\n"), ["newer"], by=BY, now=now())
    assert line(town, PARK).mail_system == "newer"
