"""The page of accuracy: empty, with a course of its own, and in another order."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.domain.deadlines import local_day
from app.domain.events.base import DomainEvent
from app.domain.events.learning import (
    BreakerRearmed,
    BreakerTripped,
    ErrorBudgetChanged,
    LabelsAmended,
    VersionDescribed,
)
from app.domain.events.organisation import ReorganisationUndone, Reorganised
from app.domain.events.platform import MilestoneNoted
from app.domain.figures import Share
from app.domain.period import Period
from app.domain.recovery import Recovery
from app.domain.routing import Mode
from app.models.label import ModelSnapshot
from app.models.unit import Unit
from app.queries.reports import remarks
from app.queries.reports.accuracy import UnitAccuracy, Versions
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted
from app.services.platform import events
from app.services.reports import enquiry_facts
from app.web.reports import accuracy_charts, figure_texts
from tests.app.web.conftest import SignIn
from tests.judged import judge
from tests.town import PARK, Town, mail, now

PAGE = "/tal/traefsikkerhed/"


def whole_year(client: FlaskClient, more: str = "") -> str:
    """The page over the last year, its space made even."""
    today = local_day(now())
    answer = client.get(f"{PAGE}?periode={today - timedelta(days=364)}..{today}{more}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def bring_up(town: Town) -> None:
    while enquiry_facts.refresh(town.container.engine):
        pass


def test_a_house_without_mails_says_so(town: Town, sign_in: SignIn) -> None:
    page = whole_year(sign_in(Role.MANAGER))
    assert "ingen stikprøver er fordelt endnu" in page
    assert "Ingen bedømte forslag." in page
    assert "Ingen omveje" in page
    assert "Det skete undervejs" not in page
    assert set(re.findall(r'<span class="big">([^<]*)</span>', page)) == {"–", "0"}


def test_what_bent_the_curve_stands_on_its_axis_and_below_it(town: Town, sign_in: SignIn) -> None:
    judge(town, 400, weeks=20)
    with database.write(town.container.engine) as session:
        for days, text in ((7, "Stormen <Fiktiva>"), (8, "Nyt skilt"), (400, "For længe siden")):
            at = now() - timedelta(days=days)
            events.record(session, MilestoneNoted(text=text), by=Actor("import"), now=at)
        done = Reorganised(reorganisation_id=1, plan={}, labels=0, pointers=0)
        events.record(session, done, by=Actor("import"), now=now() - timedelta(days=60))
    bring_up(town)
    page = whole_year(sign_in(Role.MANAGER))
    assert page.count("Stormen &lt;Fiktiva&gt;") == page.count("Nyt skilt") == 2, "in the list, and what it cost"
    assert "For længe siden" not in page
    assert "Organisationsændring" in page
    marks = page.count('<line class="mark"')
    assert marks == 2 * page.split('<ol class="marks">')[1].split("</ol>")[0].count("<li>") > 0
    sentence = re.search(r"<li>Organisationsændring \([^<]*</li>", page)
    assert sentence is not None
    assert "i de fire uger før var" in sentence[0]
    assert "tilfældigheder kan forklare" in sentence[0]


def test_the_worst_unit_stands_first_and_names_sort(town: Town, sign_in: SignIn) -> None:
    judge(town, 900)
    bring_up(town)
    manager = sign_in(Role.MANAGER)

    def rows(more: str = "") -> list[list[str]]:
        table = whole_year(manager, more).split('id="enheder"')[1].split("<tbody>")[2].split("</tbody>")[0]
        return [re.findall(r">([^<>]+)</a>", row) for row in table.split("</tr>")[:-1]]

    assert [row[0] for row in rows("&orden=navn")] == ["Affald", "Park", "Vej"]
    assert rows("&orden=sludder") == rows()
    for column, order in ((1, "andel"), (2, "forslag")):
        shares = [int(row[column].removesuffix("\xa0%").removesuffix(" %")) for row in rows(f"&orden={order}")]
        assert shares == sorted(shares)


def of_units(app: Flask, *judged: tuple[str, int, int]) -> str:
    """What the chart of units says of (name, right, of)."""
    rows = [
        UnitAccuracy(n, name, {"suggested_right": Counted(right, of)}) for n, (name, right, of) in enumerate(judged)
    ]
    with app.test_request_context():
        said = accuracy_charts.units(rows, Period(date(2026, 1, 1), date(2026, 12, 31)), 0.05).summary
    return " ".join(said.split())


def test_the_lowest_unit_is_named_among_those_with_enough_and_in_counts_among_the_others(app: Flask) -> None:
    enough = "Blandt enheder med mindst 59 bedømte forslag ligger Renhold lavest, med 88,9 %."
    few = "Af enheder med færre ligger Gadelys klarest lavt: 18 af 41 forslag var rigtige."
    renhold, gadelys = ("Renhold", 80, 90), ("Gadelys", 18, 41)
    assert of_units(app, renhold, ("Park", 95, 100), gadelys, ("Støj", 0, 1)) == f"{enough} {few}"
    assert of_units(app, renhold, ("Støj", 9, 10)) == enough, "nothing is said of a unit that is no lower"
    none = "Ingen enhed har de mindst 59 bedømte forslag, en procent kræver."
    assert of_units(app, gadelys, ("Støj", 10, 10)) == f"{none} {few}"
    assert of_units(app, ("Støj", 10, 10)) == none
    assert of_units(app) == "Ingen bedømte forslag."


def test_the_page_says_how_detours_and_wrong_first_units_are_counted(town: Town, sign_in: SignIn) -> None:
    judge(town, 60)
    bring_up(town)
    page = whole_year(sign_in(Role.MANAGER))
    assert "Var forkert første enhed</a>" in page
    assert "Dage tabt efter forkert første enhed</a>" in page
    assert "ikke enhedens egne mails, der kom på omvej" in page
    assert page.count("samme enhed to gange i træk tæller én gang") == 1


def said(app: Flask, tell: Callable[[], str]) -> str:
    with app.test_request_context():
        return " ".join(tell().split())


def test_accuracy_is_back_only_where_the_weeks_after_bear_it_out(app: Flask) -> None:
    def after(*weeks: tuple[int, int]) -> str:
        found = Recovery(
            date(2026, 9, 1), MilestoneNoted(text="Storm"), Share(360, 400), tuple(Share(*each) for each in weeks)
        )
        return said(app, lambda: accuracy_charts.recovery(found)).split("). ")[1]

    beyond = "Forskellen er større, end tilfældigheder kan forklare."
    assert after((70, 100), (90, 100), (80, 100), (80, 100)) == (
        f"I de 4 uger efter var det 80,0 %. {beyond} Efter 4 uger er andelen endnu ikke tilbage i intervallet."
    )
    assert after((60, 100), (90, 100), (88, 100), (90, 100)) == (
        f"I de 4 uger efter var det 82,0 %. {beyond} Efter 1 uge var andelen tilbage i intervallet: i ugerne derefter, "
        "højst fire, var den 89,3 %."
    )
    within = "Forskellen er ikke større, end tilfældigheder kan forklare."
    assert after((88, 100)) == f"I ugen efter var det 88,0 %. {within}"
    assert after((99, 100), (100, 100)) == f"I de 2 uger efter var det 99,5 %. {beyond}"


def test_versions_of_the_model_have_their_sentence(app: Flask) -> None:
    told = [
        said(app, lambda n=n: accuracy_charts.versions(Versions(*n)))
        for n in ((0, 0, 0), (2, 0, 0), (18, 9, 0), (3, 3, 1))
    ]
    assert told[0] == "Ingen ny version af modellen blev gemt i perioden."
    assert "For få forslag er bedømt" in told[1]
    assert told[2].startswith("18 nye versioner af modellen blev gemt i perioden. For 9 kan")
    assert "ikke mere ved nogen af dem" in told[2]
    assert "ved 1 ændrede andelen" in told[3]


def test_more_wrong_than_allowed_is_said_with_its_interval(app: Flask) -> None:
    def over(share: float | None, low: float, high: float, n: int, wrong: int) -> str:
        return said(app, lambda: accuracy_charts.over_budget(share, (low, high), n, wrong, 0.05))

    assert over(None, 0, 1, 0, 0) == over(0.95, 0.9, 0.98, 200, 10) == ""
    measured = over(0.941, 0.92, 0.96, 400, 24)
    assert "5,9 % af det, robotten selv fordelte, var forkert (skøn, 95 %: 4,0 %–8,0 %)" in measured
    assert "højst 5,0 % må være det. Det kan være en tilfældighed" in measured
    assert over(0.9, 0.88, 0.94, 400, 40).endswith("Det er mere, end tilfældigheder kan forklare.")
    assert "3 af 4 stikprøver" in over(0.25, 0.05, 0.7, 4, 3)


def test_what_happened_outside_the_period_is_not_told_under_it(town: Town, sign_in: SignIn) -> None:
    judge(town, 200, weeks=20)
    with database.write(town.container.engine) as session:
        for days, text in ((20, "Efter perioden"), (60, "I perioden")):
            events.record(session, MilestoneNoted(text=text), by=Actor("import"), now=now() - timedelta(days=days))
        for days in (30, 60):
            at = now() - timedelta(days=days)
            session.add(ModelSnapshot(position=100 - days, amendment_id=0, content=b"", at=at))
    bring_up(town)
    until = local_day(now()) - timedelta(days=40)
    answer = sign_in(Role.MANAGER).get(f"{PAGE}?periode={until - timedelta(days=50)}..{until}")
    page = " ".join(answer.text.split())
    assert page.count("I perioden (") == 1
    assert "Efter perioden" not in page
    assert "1 ny version af modellen blev gemt i perioden." in page


def test_a_unit_that_runs_with_wrong_suggestions_has_its_sentence(town: Town, sign_in: SignIn) -> None:
    judge(town, 600)
    bring_up(town)
    manager = sign_in(Role.MANAGER)
    assert "Robotten fordeler selv til" not in whole_year(manager)
    with database.write(town.container.engine) as session:
        session.get_one(Unit, town.units[PARK]).mode = Mode.AUTOMATIC
    page = whole_year(manager)
    assert page.count("fordeler robotten selv, selv om") == 1
    assert "Til 1 enhed fordeler robotten selv, selv om" in page
    assert "<b>Park</b>" in page


def test_every_link_of_a_figure_leads_to_a_list(town: Town, sign_in: SignIn) -> None:
    judge(town, 120)
    town.receive(mail("Hul", "Hul i vejen"))
    bring_up(town)
    manager = sign_in(Role.MANAGER)
    page = whole_year(manager)
    links = set(re.findall(r'href="(/henvendelser/\?[^"]*tal=[^"]*)"', page))
    assert len(links) > 8
    confused = [link for link in links if "forveksling=" in link]
    assert confused
    for link in [*sorted(links)[:12], confused[0]]:
        answer = manager.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert ("Først hos, eller forvekslet med" in answer.text) == ("forveksling=" in link)


def test_every_figure_has_its_name_its_definition_and_what_a_share_of_it_is_of() -> None:
    assert set(figure_texts.TEXTS) == set(BY_KEY)
    for key, text in figure_texts.TEXTS.items():
        assert text.name
        assert text.definition
        assert bool(text.of) == (BY_KEY[key].among is not None), key


def test_whatever_bends_a_curve_has_words(app: Flask) -> None:
    tripped: dict[str, Any] = {
        "wrong": 1,
        "known": 1,
        "checks": 1,
        "checked_low": 0.1,
        "returned": 0,
        "returned_low": 0.0,
        "max_error": 0.05,
    }
    happened: list[DomainEvent] = [
        MilestoneNoted(text="Storm"),
        Reorganised(reorganisation_id=1, plan={}, labels=0, pointers=0),
        ReorganisationUndone(reorganisation_id=1, labels={}),
        VersionDescribed(position=1, note="før ferien"),
        BreakerTripped(unit_id=1, name="Park", scope="unit", **tripped),
        BreakerRearmed(unit_id=1, name="Park"),
        ErrorBudgetChanged(before=0.05, after=0.02, what_if_id=1),
        LabelsAmended(amendment_id=1, why=AmendmentKind.ROLLED_BACK, labels=1, note="fejl"),
    ]
    assert {type(each) for each in happened} == set(remarks.KINDS)
    with app.test_request_context():
        words = [accuracy_charts.remark_words(each) for each in happened]
    assert words[0] == "Storm"
    assert words[4] == "Automatisk fordeling slået fra: Park"
    assert " ".join(words[6].split()) == "Tilladt fejlandel: 5,0 % → 2,0 %"
    assert len(set(words)) == len(words)
