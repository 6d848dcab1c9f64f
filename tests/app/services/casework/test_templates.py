"""Templates and shared paragraphs as people keep them: refused, found, changed by two, brought back."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.templates import BUILT_IN, TemplateFault, TemplateKind, TemplateProblem
from app.errors import ConflictError, NotFoundError
from app.models.event import Event
from app.services.casework import reply_templates
from app.services.casework.reply_templates import Draft, TextRefusedError
from tests.town import PARK, ROAD, Town, mail, now

REPLY = TemplateKind.REPLY_DRAFT


def draft(unit_id: int | None, text: str = "Kære {afsender}", keywords: str = "", name: str = "Svar") -> Draft:
    return Draft(REPLY, unit_id, name, keywords, text)


def keep(town: Town, written: Draft, template_id: int | None = None, version: int = 0) -> int:
    with database.write(town.container.engine) as session:
        return reply_templates.save(session, template_id, written, version=version, by=Actor("admin"), now=now()).id


def paragraph(town: Town, name: str, text: str, version: int | None = None) -> None:
    with database.write(town.container.engine) as session:
        reply_templates.save_paragraph(session, name, text, version=version, by=Actor("admin"), now=now())


def found(town: Town, unit: str, subject: str, text: str = "") -> str:
    with database.read(town.container.engine) as session:
        return reply_templates.text_for(session, REPLY, town.units[unit], subject, text)


def test_the_nearest_text_answers(town: Town) -> None:
    assert found(town, PARK, "Bænk") == BUILT_IN[REPLY]
    keep(town, draft(None, "alles"))
    keep(town, draft(town.units[PARK], "parkens"))
    keep(town, draft(town.units[PARK], "bænkens", "bænk, stol"))
    keep(town, Draft(TemplateKind.ACKNOWLEDGEMENT, town.units[PARK], "Kvittering", "bænk", "kvittering"))
    assert found(town, PARK, "Bænken er væk") == "bænkens"
    assert found(town, PARK, "Hej", "En STOL mangler") == "bænkens"
    assert found(town, PARK, "Træ") == "parkens"
    assert found(town, ROAD, "Bænken er væk") == "alles"


def test_paragraphs_are_put_in(town: Town) -> None:
    paragraph(town, "åbningstid", "Vi har åbent 9-15. {enhed}")
    keep(town, draft(None, "Hej\n{afsnit:åbningstid}\nFarvel"))
    assert found(town, PARK, "x") == "Hej\nVi har åbent 9-15. {enhed}\nFarvel"


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        (draft(None, "{navn} og {"), [TemplateFault.UNKNOWN, TemplateFault.BRACE]),
        (draft(None, "{returlink}"), [TemplateFault.UNKNOWN]),
        (draft(None, "{afsnit:findes-ikke}"), [TemplateFault.NO_PARAGRAPH]),
        (draft(None, "Hej", name="  "), [TemplateFault.NO_NAME]),
        (draft(None, "x" * 20_001), [TemplateFault.TOO_LONG]),
        (draft(None, "Hej", name="x" * 101, keywords="y" * 501), [TemplateFault.TOO_LONG, TemplateFault.TOO_LONG]),
    ],
)
def test_what_could_not_be_filled_is_not_kept(town: Town, written: Draft, faults: list[TemplateFault]) -> None:
    with pytest.raises(TextRefusedError) as raised:
        keep(town, written)
    assert [problem.fault for problem in raised.value.problems] == faults
    assert found(town, PARK, "x") == BUILT_IN[REPLY]


def test_a_unit_has_one_text_for_everything(town: Town) -> None:
    first = keep(town, draft(town.units[PARK], name="Den første"))
    with pytest.raises(TextRefusedError) as raised:
        keep(town, draft(town.units[PARK], name="Den anden"))
    assert raised.value.problems == [TemplateProblem(TemplateFault.SECOND_GENERAL, "Den første", 0)]
    keep(town, draft(town.units[ROAD]))
    keep(town, draft(None))
    keep(town, draft(town.units[PARK], "Nu {emne}"), first, version=1)


def test_the_second_of_two_overwrites_nothing(town: Town) -> None:
    template_id = keep(town, draft(None, "en"))
    keep(town, draft(None, "to"), template_id, version=1)
    with pytest.raises(ConflictError):
        keep(town, draft(None, "tre"), template_id, version=1)
    paragraph(town, "a", "en")
    paragraph(town, "a", "to", version=1)
    with pytest.raises(ConflictError):
        paragraph(town, "a", "tre", version=1)
    assert found(town, PARK, "x") == "to"


def test_every_text_it_has_had_stands_in_the_log(town: Town) -> None:
    template_id = keep(town, draft(None, "en"))
    keep(town, draft(None, "to"), template_id, version=1)
    with database.write(town.container.engine) as session:
        reply_templates.delete(session, template_id, by=Actor("admin"), now=now())
    with database.read(town.container.engine) as session:
        rows = session.scalars(select(Event).where(Event.kind.like("template%")).order_by(Event.id)).all()
    assert [(row.kind, row.data["text"]) for row in rows] == [
        ("template_saved", "en"), ("template_saved", "to"), ("template_deleted", "to"),
    ]  # fmt: skip
    assert found(town, PARK, "x") == BUILT_IN[REPLY]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("Med Stort", "x", TemplateFault.BAD_NAME),
        ("", "x", TemplateFault.BAD_NAME),
        ("a}b", "x", TemplateFault.BAD_NAME),
        ("tom", "", TemplateFault.EMPTY),
        ("i-hinanden", "{afsnit:tom}", TemplateFault.NESTED),
        ("kun-nogle", "{sagsbehandler}", TemplateFault.UNKNOWN),
        ("findes", "y", TemplateFault.NAME_TAKEN),
    ],
)
def test_paragraphs_that_are_refused(town: Town, name: str, text: str, fault: TemplateFault) -> None:
    paragraph(town, "findes", "x")
    with pytest.raises(TextRefusedError) as raised:
        paragraph(town, name, text)
    assert [problem.fault for problem in raised.value.problems] == [fault]


def test_a_paragraph_in_use_stays(town: Town) -> None:
    paragraph(town, "hilsen", "Venlig hilsen")
    template_id = keep(town, draft(None, "Hej {afsnit:hilsen}", name="Til alle"))
    with pytest.raises(TextRefusedError) as raised:
        drop(town, "hilsen")
    assert raised.value.problems == [TemplateProblem(TemplateFault.IN_USE, "Til alle", 0)]
    keep(town, draft(None, "Hej"), template_id, version=1)
    drop(town, "hilsen")
    with pytest.raises(NotFoundError):
        drop(town, "hilsen")


def drop(town: Town, name: str) -> None:
    with database.write(town.container.engine) as session:
        reply_templates.delete_paragraph(session, name, by=Actor("admin"), now=now())


def test_the_preview_is_filled_with_a_real_mail_and_logged(town: Town) -> None:
    (enquiry,) = town.receive(mail("Bænk 010190-0000", "Bænken er væk", sender="Eva Prøve <eva@borger.example.org>"))
    written = draft(town.units[PARK], "{afsender} om {emne}: {enhed_adresse}")
    assert shown(town, written, enquiry) == "Eva Prøve om Bænk [cpr]: park@town.example.org"
    assert town.events(enquiry).count("viewed") == 1
    assert "Prøve Eksempelsen om" in shown(town, written, None)
    with pytest.raises(TextRefusedError):
        shown(town, draft(None, "{"), enquiry)
    with pytest.raises(NotFoundError):
        shown(town, written, 4242)


def shown(town: Town, written: Draft, enquiry_id: int | None) -> str:
    who, engine = town.people[Role.ADMINISTRATOR], town.container.engine
    with database.write(engine) as session:
        reply_templates.log_preview(session, written, enquiry_id, by=who.actor, now=now())
    with database.read(engine) as session:
        return reply_templates.preview(session, written, enquiry_id, caseworker=who.name, by=who.actor, now=now())


def test_nobody_sees_a_mail_through_a_preview_that_is_not_theirs(town: Town) -> None:
    (enquiry,) = town.receive(mail("Bænk", "Bænken er væk"))
    with database.write(town.container.engine) as session, pytest.raises(NotFoundError):
        preview_as(session, town, enquiry)


def preview_as(session: Session, town: Town, enquiry_id: int) -> str:
    by = town.people[Role.CASEWORKER]
    return reply_templates.preview(
        session, draft(None, "{emne}"), enquiry_id, caseworker=by.name, by=by.actor, now=now()
    )
