"""Rules with a real database: they decide before the model, are tried on the past, and every change is written down."""

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.routing import Reason
from app.domain.rules import DEFAULTS, Field
from app.errors import NotFoundError, RefusedError
from app.models.event import Event
from app.models.prediction import Decision
from app.models.rule import Rule
from app.queries.inbound import rule_list
from app.services.casework import enquiry_deadlines
from app.services.inbound import rules
from tests.town import PARK, ROAD, Town, mail, now

EMPTY = {
    "name": "Regel", "active": True, "words": "", "field": Field.ANYWHERE, "sender_class_id": None, "mailbox": "",
    "foreign": False, "unit_id": None,
}  # fmt: skip


def write(town: Town, rule_id: int | None = None, **given: object) -> int:
    with database.write(town.container.engine) as session:
        return rules.save(session, rule_id, EMPTY | given, by=Actor("x@town.example.org"), now=now()).id


def decided(town: Town, enquiry_id: int) -> Decision:
    with database.read(town.container.engine) as session:
        return session.scalars(select(Decision).where(Decision.enquiry_id == enquiry_id)).one()


def test_a_rule_decides_before_a_sure_model(town: Town) -> None:
    town.teach_history()
    town.automatic()
    human = write(town, name="Aktindsigt", words="aktindsigt")
    unit = write(town, name="Bro", words="bro", unit_id=town.units[ROAD])
    access, bridge, plain = town.receive(
        mail("Aktindsigt", "Træet i parken er væltet. Jeg søger aktindsigt."),
        mail("Broen", "Træet på broen i parken er væltet"),
        mail("Træ", "Træet i parken er væltet"),
    )
    assert (decided(town, access).reason, decided(town, access).rule_id) == (Reason.RULE_HUMAN, human)
    assert (decided(town, bridge).reason, decided(town, bridge).rule_id) == (Reason.RULE_UNIT, unit)
    assert town.enquiry(access).state is State.TRIAGE
    assert town.enquiry(bridge).unit_id == town.units[ROAD]
    assert (town.enquiry(plain).unit_id, decided(town, plain).reason) == (town.units[PARK], Reason.CONFIDENT)


def test_order_conflicts_and_the_past_are_shown(town: Town) -> None:
    first = write(town, name="Park", words="park", unit_id=town.units[PARK])
    second = write(town, name="Menneske", words="træ")
    off = write(town, name="Slukket", words="træ", active=False)
    town.receive(mail("Træ", "Træet i parken"), mail("Træ", "Et træ"), mail("Hul", "Et hul"))
    with database.write(town.container.engine) as session:
        rows, tried = rule_list.listing(session, now=now())
        assert tried == 3
        assert [(r.rule.id, r.catch.fits, r.catch.decides, r.against) for r in rows] == [
            (first, 1, 1, []),
            (second, 2, 1, [(1, "Park", 1)]),
            (off, 0, 0, []),
        ]
        rules.move(session, second, -1, by=Actor("x"), now=now())
        rules.move(session, second, -1, by=Actor("x"), now=now())
        assert [r.rule.id for r in rule_list.listing(session, now=now())[0]] == [second, first, off]


def test_every_change_is_written_down_and_what_was_decided_stays(town: Town) -> None:
    rule = write(town, words="træ")
    (enquiry,) = town.receive(mail("Træ", "Et træ"))
    write(town, rule, words="træ\nbusk")
    with database.write(town.container.engine) as session:
        rules.delete(session, rule, by=Actor("x"), now=now())
    assert (decided(town, enquiry).reason, decided(town, enquiry).rule_id) == (Reason.RULE_HUMAN, None)
    with database.read(town.container.engine) as session:
        changes = session.scalars(select(Event).where(Event.kind.startswith("rule_")).order_by(Event.id)).all()
        assert [(each.kind, each.data["before"] and each.data["before"]["words"]) for each in changes] == [
            ("rule_changed", None),
            ("rule_changed", "træ"),
            ("rule_deleted", "træ\nbusk"),
        ]


@pytest.mark.parametrize(
    ("given", "code"),
    [({"name": " ", "words": "x"}, "rule_without_name"), ({"words": " \n "}, "rule_without_condition")],
)
def test_a_rule_that_says_nothing_is_refused(town: Town, given: dict[str, object], code: str) -> None:
    with pytest.raises(RefusedError, match=code):
        write(town, **given)


def test_what_does_not_exist_is_not_found(town: Town) -> None:
    with pytest.raises(NotFoundError):
        write(town, 99, words="x")
    with pytest.raises(NotFoundError):
        write(town, words="x", unit_id=99)


def test_classes_of_senders(town: Town) -> None:
    with database.write(town.container.engine) as session:
        press = rules.save_class(session, None, "Presse", "avis.example.org\n", by=Actor("x"), now=now()).id
        with pytest.raises(RefusedError, match="name_taken"):
            rules.save_class(session, None, "Presse", "x.example.org", by=Actor("x"), now=now())
        with pytest.raises(RefusedError, match="class_without_senders"):
            rules.save_class(session, None, "Ingen", " ", by=Actor("x"), now=now())
    rule = write(town, name="Presse", sender_class_id=press)
    town.automatic()
    (enquiry,) = town.receive(mail("Spørgsmål", "Et træ", sender="Avis <red@lokal.avis.example.org>"))
    assert decided(town, enquiry).rule_id == rule
    with database.write(town.container.engine) as session:
        with pytest.raises(RefusedError, match="class_in_use"):
            rules.delete_class(session, press, by=Actor("x"), now=now())
        rules.delete(session, rule, by=Actor("x"), now=now())
        rules.delete_class(session, press, by=Actor("x"), now=now())


def test_a_new_house_begins_with_rules_and_keeps_what_people_wrote(town: Town) -> None:
    with database.write(town.container.engine) as session:
        rules.install_defaults(session)
        rules.install_defaults(session)
        assert len(session.scalars(select(Rule)).all()) == len(DEFAULTS) + 1
    english, quote, violent = town.receive(
        mail("Waste", "Hi, I would like to know when my trash is collected next week, thank you."),
        mail("Støj", "Det er voldsom larm, vi har aldrig klaget før."),
        mail("Nabo", "Der er vold i lejligheden ovenpå."),
    )
    assert [decided(town, n).rule_id is not None for n in (english, quote, violent)] == [True, False, True]


FOLLOW_UPS = ("Jeg søger aktindsigt i sagen.", "Jeg kommer og skyder jer", "En klage over, at intet sker")


@pytest.mark.parametrize("text", FOLLOW_UPS)
def test_a_rule_asks_for_a_human_at_a_follow_up_too(town: Town, text: str) -> None:
    """What it says of a mail does not change because an earlier one of the same citizen is with a unit."""
    write(town, name="Et menneske", words="aktindsigt\nskyder\nklage")
    (first,) = town.receive(mail("Sti", "Om stien", message_id="<sti@borger.example.org>"))
    town.decide(first, PARK)
    thread = "<sti@borger.example.org>"
    (own,) = town.receive(
        mail("SV: Sti", "Og så er der stien igen", message_id="<o@x.example.org>", in_reply_to=thread)
    )
    (again,) = town.receive(mail("SV: Sti", text, message_id="<n@x.example.org>", in_reply_to=thread))
    assert (town.enquiry(own).follow_up_of_id, town.enquiry(own).unit_id) == (first, town.units[PARK])
    found = town.enquiry(again)
    assert (found.state, found.unit_id, found.resembles_id) == (State.TRIAGE, None, first)
    assert decided(town, again).reason == Reason.RULE_HUMAN


def test_a_rule_about_deadlines_holds_for_a_follow_up(town: Town) -> None:
    with database.write(town.container.engine) as session:
        short = enquiry_deadlines.save_type(
            session, None, "Kort", 1, 2, working=True, retired=False, by=Actor("x@town.example.org"), now=now()
        ).id  # fmt: skip
    write(town, name="Hast", words="haster", unit_id=town.units[PARK], deadline_type_id=short)
    (first,) = town.receive(mail("Sti", "Om stien", message_id="<sti@borger.example.org>"))
    town.decide(first, PARK)
    (again,) = town.receive(mail("SV: Sti", "Det haster nu", in_reply_to="<sti@borger.example.org>"))
    assert town.enquiry(again).follow_up_of_id == first
    assert town.enquiry(again).deadline_type_id == short
