"""Rules as a table: what fits, which one decides, what they would have caught."""

import pytest

from app.domain.rules import Catch, Field, RoutingRule, Subject, catches, first, fits, lines

MAIL = Subject(
    "Begæring om  aktindsigtsanmodning",
    "Hej. Jeg vil klage over\nsagsbehandlingen.",
    "Ida@avis.example.org",
    "tmf@x",
    "da",
)


def rule(**given: object) -> RoutingRule:
    return RoutingRule(1, "x", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tried", "expected"),
    [
        (rule(), False),
        (rule(words=("aktindsigt",)), True),
        (rule(words=("AKTINDSIGT",)), True),
        (rule(words=("indsigt",)), False),
        (rule(words=("klage over sagsbehandling",)), True),
        (rule(words=("klage", "mangler her")), True),
        (rule(words=("klage",), field=Field.SUBJECT), False),
        (rule(words=("om aktindsigt",), field=Field.SUBJECT), True),
        (rule(words=("a.*t",)), False),
        (rule(senders=("avis.example.org",)), True),
        (rule(senders=("example.org",)), True),
        (rule(senders=("@avis.example.org",)), True),
        (rule(senders=("is.example.org",)), False),
        (rule(senders=("ida@avis.example.org",)), True),
        (rule(senders=("bo@avis.example.org",)), False),
        (rule(senders=()), False),
        (rule(mailbox="TMF@x"), True),
        (rule(mailbox="byggeri@x"), False),
        (rule(mailbox="tmf@x", words=("klage",)), True),
        (rule(mailbox="tmf@x", words=("ros",)), False),
        (rule(foreign=True), False),
    ],
)
def test_fits(tried: RoutingRule, expected: bool) -> None:
    assert fits(tried, MAIL) is expected


@pytest.mark.parametrize(("language", "expected"), [("en", True), ("da", False), (None, False)])
def test_foreign_only_where_the_language_is_known(language: str | None, expected: bool) -> None:
    assert fits(rule(foreign=True), Subject("x", "x", "", "", language)) is expected


def test_the_first_rule_decides_and_the_later_one_is_told() -> None:
    human, unit, same = (
        RoutingRule(1, "a", words=("klage",)),
        RoutingRule(2, "b", words=("aktindsigt",), unit="7"),
        RoutingRule(3, "c", words=("hej",)),
    )
    other = Subject("Aktindsigt", "Tak", "", "")
    assert first([human, unit], MAIL) == human
    assert first([human, unit], other) == unit
    assert first([human, unit], Subject("Ros", "Tak", "", "")) is None
    assert catches([human, unit, same], [MAIL, other]) == {
        1: Catch(fits=1, decides=1, against={}),
        2: Catch(fits=2, decides=1, against={1: 1}),
        3: Catch(fits=1, decides=0, against={}),
    }


def test_lines_are_tidied() -> None:
    assert lines(" klage \n\nklage\n  to   ord ") == ("klage", "to ord")
