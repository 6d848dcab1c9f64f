"""Templates: what is refused when they are saved, which of several is chosen, what paragraphs become."""

import pytest

from app.domain import templates
from app.domain.templates import ALLOWED, BUILT_IN, Candidate, TemplateFault, TemplateKind, TemplateProblem

ALL = ALLOWED[TemplateKind.REPLY_DRAFT]
UNIT, OTHER = 1, 2


@pytest.mark.parametrize("kind", TemplateKind)
def test_built_in_texts_are_right_themselves(kind: TemplateKind) -> None:
    assert templates.check(BUILT_IN[kind], ALLOWED[kind], ()) == []
    assert "{" not in templates.fill(BUILT_IN[kind], dict.fromkeys(ALLOWED[kind], "x"))


def test_the_interim_reply_names_the_caseworker_and_the_time() -> None:
    assert "{sagsbehandler}" in templates.INTERIM_REPLY
    assert "{frist}" in templates.INTERIM_REPLY


@pytest.mark.parametrize("kind", TemplateKind)
def test_no_citizen_gets_the_link_for_sending_back(kind: TemplateKind) -> None:
    assert templates.check("Hej {returlink}", ALLOWED[kind], ()) == [
        TemplateProblem(TemplateFault.UNKNOWN, "{returlink}", 1)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kære {afsender}", []),
        ("", [TemplateProblem(TemplateFault.EMPTY, "", 1)]),
        (" \n ", [TemplateProblem(TemplateFault.EMPTY, "", 1)]),
        ("Kære {navn}", [TemplateProblem(TemplateFault.UNKNOWN, "{navn}", 1)]),
        ("Kære\n\n{Afsender}", [TemplateProblem(TemplateFault.UNKNOWN, "{Afsender}", 3)]),
        ("{ afsender }", [TemplateProblem(TemplateFault.UNKNOWN, "{ afsender }", 1)]),
        ("{}", [TemplateProblem(TemplateFault.UNKNOWN, "{}", 1)]),
        ("{afsender.__class__}", [TemplateProblem(TemplateFault.UNKNOWN, "{afsender.__class__}", 1)]),
        ("{sagsbehandler}", [TemplateProblem(TemplateFault.UNKNOWN, "{sagsbehandler}", 1)]),
        ("{afsnit:åbningstid}", []),
        ("{afsnit:findes-ikke}", [TemplateProblem(TemplateFault.NO_PARAGRAPH, "{afsnit:findes-ikke}", 1)]),
        ("{afsnit:}", [TemplateProblem(TemplateFault.UNKNOWN, "{afsnit:}", 1)]),
        ("Kære {afsender", [TemplateProblem(TemplateFault.BRACE, "Kære {afsender", 1)]),
        ("Kære afsender}", [TemplateProblem(TemplateFault.BRACE, "Kære afsender}", 1)]),
        (
            "{{afsender}}",
            [
                TemplateProblem(TemplateFault.BRACE, "{{afsender}}", 1),
                TemplateProblem(TemplateFault.BRACE, "{{afsender}}", 1),
            ],
        ),
        (
            "Kære {afsen\nder}",
            [TemplateProblem(TemplateFault.BRACE, "Kære {afsen", 1), TemplateProblem(TemplateFault.BRACE, "der}", 2)],
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, expected: list[TemplateProblem]) -> None:
    assert templates.check(text, ALL, ["åbningstid"]) == expected


def test_a_paragraph_holds_no_paragraph() -> None:
    assert templates.check("{afsnit:a}", ALL, None) == [TemplateProblem(TemplateFault.NESTED, "{afsnit:a}", 1)]


def test_paragraphs_are_expanded_once() -> None:
    paragraphs = {"a": "A {afsnit:b}\n", "b": "B"}
    assert templates.expand("{afsnit:a}, {afsnit:b}", paragraphs) == "A {afsnit:b}, B"
    assert templates.used("{afsnit:a} {afsnit:b} {afsnit:a}") == {"a", "b"}
    with pytest.raises(templates.TemplateError, match="afsnit:c"):
        templates.expand("{afsnit:c}", paragraphs)


GENERAL = Candidate(1, UNIT, ())
LAMPS = Candidate(2, UNIT, ("lygte", "mørkt"))
EVERYBODY = Candidate(3, None, ())
EVERYBODY_ACCESS = Candidate(4, None, ("aktindsigt",))
LAMPS_TOO = Candidate(5, UNIT, ("lygte",))
ELSEWHERE = Candidate(6, OTHER, ())
EVERY = (GENERAL, LAMPS, EVERYBODY, EVERYBODY_ACCESS, LAMPS_TOO, ELSEWHERE)


@pytest.mark.parametrize(
    ("candidates", "subject", "text", "expected"),
    [
        (EVERY, "Lygten er gået", "", LAMPS),
        (EVERY, "Hul", "Her er MØRKT om aftenen", LAMPS),
        (EVERY, "Folk må flygte", "", GENERAL),
        (EVERY, "Aktindsigt", "", GENERAL),
        ((EVERYBODY, EVERYBODY_ACCESS), "Aktindsigt", "", EVERYBODY_ACCESS),
        ((EVERYBODY, EVERYBODY_ACCESS), "Hul", "", EVERYBODY),
        ((LAMPS, ELSEWHERE), "Hul", "", None),
        ((), "Hul", "", None),
    ],
)
def test_which_is_chosen(
    candidates: tuple[Candidate, ...], subject: str, text: str, expected: Candidate | None
) -> None:
    assert templates.choose(candidates, UNIT, subject, text) == expected


def test_keywords_as_a_person_lists_them() -> None:
    assert templates.keywords(" Lygte, gade  lys;\nMørkt,, lygte") == ("lygte", "gade lys", "mørkt")
    assert templates.keywords(" , ") == ()
