"""The page of blind checks: empty, with figures, and with a breaker to arm again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.actor import ROBOT
from app.domain.events.learning import BreakerTripped
from app.domain.routing import Mode
from app.models.prediction import Decision
from app.models.unit import Unit
from app.queries.learning import blind_checks, sampling
from app.services.platform import events
from tests.app.services.learning.steps_of_breaker import give_back, receive
from tests.app.services.triage.steps_of_decisions import route
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post
from tests.town import PARK, WASTE, Town, now

PAGE = "/blindproeve/"


def taught(town: Town) -> Town:
    town.teach_history()
    town.automatic()
    return town


def test_an_empty_house_says_so(town: Town, sign_in: SignIn) -> None:
    page = sign_in(Role.MANAGER).get(PAGE).text
    assert "ingen stikprøver er fordelt endnu" in page
    assert "Robotten fordeler ikke selv endnu" in page
    assert "Ingen valg at sammenligne endnu" in page
    assert 'href="/blindproeve/"' in sign_in(Role.MANAGER).get("/tal/").text


def test_what_is_known_of_a_unit_and_what_is_missing(town: Town, sign_in: SignIn) -> None:
    taught(town)
    for enquiry in receive(town, 10, checks=1.0):
        route(town, enquiry, PARK)
    receive(town, 3)
    page = sign_in(Role.MANAGER).get(PAGE).text
    row = page[page.index(f'<th scope="row">{PARK}') :].split("</tr>")[0]
    cells = [cell.split("</td>")[0] for cell in row.split("<td>")[1:]]
    assert cells == ["3", "0", "10", "0", "25,9 %", "5,0 %", "49 stikprøver mere"]
    assert "100,0 %" not in page
    assert "10 stikprøver · mangler 49 bedømte mails" in " ".join(page.split())


def test_what_is_old_does_not_count(town: Town) -> None:
    taught(town)
    for enquiry in receive(town, 2, checks=1.0):
        route(town, enquiry, PARK)
    with database.write(town.container.engine) as session:
        for decision in session.scalars(select(Decision)):
            decision.at -= timedelta(days=100)
    with database.read(town.container.engine) as session:
        outcomes = sampling.outcomes(session, {}, since=now() - sampling.RECENTLY)
        assert blind_checks.estimate(outcomes).n == 0


def test_humans_with_and_without_the_suggestion(town: Town, sign_in: SignIn) -> None:
    """Six confirmed in sight of the suggestion; blind, two of four chose otherwise; one of those came back since."""
    taught(town)
    town.automatic(1.0)
    reviewed = {False: [PARK] * 6, True: [PARK, PARK, WASTE, WASTE]}
    blind = []
    for hidden, chosen in reviewed.items():
        ids = receive(town, len(chosen), humans=float(hidden), limit=1.0)
        for enquiry, unit in zip(ids, chosen, strict=True):
            route(town, enquiry, unit)
        blind = ids
    give_back(town, blind[3])
    route(town, blind[3], PARK)
    with database.read(town.container.engine) as session:
        found = blind_checks.reviews(session, now() - sampling.RECENTLY)
    counted = {hidden: (row.like_model.right, row.kept.right, row.kept.n) for hidden, row in found.items()}
    assert counted == {False: (6, 6, 6), True: (2, 3, 4)}
    page = sign_in(Role.VISITATOR).get(PAGE).text
    assert "uden at se forslaget" in page
    assert "6 af 6" in page
    assert "2 af 4" in page


def test_only_the_administrator_has_a_button_and_it_arms(town: Town, sign_in: SignIn) -> None:
    taught(town)
    give_back(town, *receive(town, 40)[:3])
    here = f"/enheder/{town.units[PARK]}/sikring"
    manager, admin = sign_in(Role.MANAGER), sign_in(Role.ADMINISTRATOR)
    stated = manager.get(PAGE).text
    assert "3 forkerte af de seneste 3 kendte" in stated
    assert "siger mindst" not in stated  # 40 mails are too few for a percentage
    assert here not in stated
    assert post(manager, here, PAGE).status_code == 404
    for page in (PAGE, "/enheder/"):
        assert here in admin.get(page).text
    answer = post(admin, here, PAGE, back="sampling")
    assert answer.location == PAGE
    assert here not in admin.get(PAGE).text
    assert "Automatisk fordeling slået til igen: Park" in admin.get(PAGE).text
    with database.read(town.container.engine) as session:
        assert session.get_one(Unit, town.units[PARK]).mode is Mode.AUTOMATIC
    refused = post(admin, here, PAGE)
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("stated", "said", "silent"),
    [
        ({"returned_low": 0.158, "routed": 2}, "alene det, der kom retur, er flere fejl, end der er plads til", "15,8"),
        ({"returned_low": 0.158}, "alene det, der kom retur, er flere fejl, end der er plads til", "15,8"),
        ({"checked_low": 0.211, "checks": 9}, "stikprøverne har flere fejl, end der er plads til", "21,1"),
        ({"returned_low": 0.158, "routed": 80}, "alene det, der kom retur, siger mindst 15,8", "plads til"),
        ({"checked_low": 0.211, "checks": 80}, "stikprøverne siger mindst 21,1", "plads til"),
    ],
)
def test_why_a_unit_fell_back_has_a_percentage_only_of_enough(
    town: Town, sign_in: SignIn, stated: dict[str, float], said: str, silent: str
) -> None:
    verdict = {
        "wrong": 2,
        "known": 2,
        "checks": 0,
        "checked_low": 0.0,
        "returned": 2,
        "returned_low": 0.0,
        "max_error": 0.05,
    }
    with database.write(town.container.engine) as session:
        unit = session.get_one(Unit, town.units[PARK])
        unit.mode, unit.tripped_at = Mode.SUGGEST, now()
        events.record(
            session,
            BreakerTripped(unit_id=unit.id, name=unit.name, scope="unit", **verdict | stated),
            by=ROBOT,
            now=now(),
        )
    page = sign_in(Role.MANAGER).get(PAGE).text
    sentence = page.split("2 forkerte af de seneste 2 kendte")[1].split("</p>")[0]
    assert said in sentence
    assert silent not in sentence
