"""The learning page as people meet it: empty, full, ordered, printed beside what else there is."""

import re

import pytest

from app import database
from app.domain.access import Role
from app.domain.alarm import AlarmKind
from app.domain.amendment import AmendmentKind
from app.domain.enquiry import LabelSource
from app.services.learning import alarms
from app.services.platform import settings
from app.web.learning import learning_charts
from app.web.platform import access, display_names
from app.web.reports import charts
from tests.app.web.conftest import SignIn, csrf_token
from tests.judged import judge
from tests.town import PARK, ROAD, WASTE, Town, now


def test_a_new_house_is_told_what_is_missing(town: Town, sign_in: SignIn) -> None:
    page = sign_in(Role.VISITATOR).get("/laering/").text
    for text in (
        "ingen bedømte forslag endnu",
        "Ingen mails endnu",
        "mangler 59 bedømte forslag",
        "Ingen forvekslinger",
        "Ingen enhed får mails automatisk endnu",
    ):
        assert text in page
    town.automatic()
    assert "Den fordeler selv det, den er sikker nok på." in sign_in(Role.VISITATOR).get("/laering/").text


def test_figures_and_their_tables(town: Town, sign_in: SignIn) -> None:
    judge(town, 200)
    page = sign_in(Role.MANAGER).get("/laering/").text
    assert "n = 200" in page
    assert page.count('<polyline class="line') >= 2
    assert len(re.findall(r'<circle class="dot" cx="[\d.]+%"\s+cy="[\d.]+" r="10.0"', page)) == 1
    assert re.search(r"Gennemsnitlig afstand \(ECE\): \d+,\d\s% med lige brede trin", page)
    assert "<details" in page
    assert "200 venter på at blive lært" in page
    year = sign_in(Role.MANAGER).get("/laering/?uger=52").text
    assert len(re.findall(r'<th scope="row">\d+\. \w+ 20', year)) > len(
        re.findall(r'<th scope="row">\d+\. \w+ 20', page)
    )


@pytest.mark.parametrize(
    ("order", "expected"),
    [("navn", [WASTE, PARK, ROAD]), ("antal", [PARK, ROAD, WASTE]), ("andel", None), ("<script>", [WASTE, PARK, ROAD])],
)
def test_units_in_a_chosen_order(town: Town, sign_in: SignIn, order: str, expected: list[str] | None) -> None:
    judge(town, 600)
    page = sign_in(Role.VISITATOR).get("/laering/", query_string={"orden": order}).text
    table = page.split('<table id="enheder"')[1].split("</table>")[0]
    names = re.findall(r'<th scope="row">(\w+)</th>', table)
    shares = [int(share) for share in re.findall(r"<td>(\d+)\s%\s+<span", table)]
    assert "<script>" not in table
    assert names == expected if expected else (len(shares), shares) == (3, sorted(shares))


def test_a_confusion_leads_to_its_mails(town: Town, sign_in: SignIn) -> None:
    judge(town, 120)
    client = sign_in(Role.VISITATOR)
    path = f"/laering/forveksling/{town.units[PARK]}/{town.units[ROAD]}"
    assert f'<a href="{path}">Park → Vej</a>' in client.get("/laering/").text
    page = client.get(path).text
    assert "træet · parken" in page
    enquiry = re.findall(r'href="(/henvendelser/\d+)"', page)[0]
    assert client.get(enquiry).status_code == 200
    assert client.get("/laering/forveksling/1/999").status_code == 404
    assert "Ingen forvekslinger" in client.get("/laering/forveksling/1/1").text


@pytest.mark.parametrize("role", [Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR])
def test_who_may_stop_the_robot_stops_it_here(town: Town, sign_in: SignIn, role: Role) -> None:
    client = sign_in(role)
    assert ("Stop robotten" in client.get("/laering/").text) == (role is Role.ADMINISTRATOR)
    if role is Role.ADMINISTRATOR:
        form = {"tilstand": "stop", "fra": "laering", "aarsag": "Prøve", "csrf_token": csrf_token(client, "/laering/")}
        response = client.post("/robot/kontakt", data=form)
        assert response.location == "/laering/"
        with database.read(town.container.engine) as session:
            assert settings.get(session, settings.ROBOT_RUNNING) is False
        assert "Start robotten" in client.get("/laering/").text


def test_pages_beside_it_are_linked_where_they_are(town: Town, sign_in: SignIn) -> None:
    """Each link that is shown opens; none leads where this person may not go."""
    client = sign_in(Role.VISITATOR)
    shown = re.findall(r'<li><a href="([^"]+)">[^<]*</a>\s+<span class="small">', client.get("/laering/").text)
    for address in shown:
        assert client.get(address).status_code == 200
    app = client.application
    there = {rule.rule.rstrip("/"): rule.endpoint.split(".")[0] for rule in app.url_map.iter_rules()}
    known = ("/modellen", "/blindproeve", "/alarmer", "/hvad-nu-hvis")
    mine = {path for path in known if path in there and Role.VISITATOR in access.ROLES[there[path]]}
    assert {address.rstrip("/") for address in shown} == mine


def test_alarms_stand_on_the_learning_page(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.MANAGER)
    assert "Intet usædvanligt" in client.get("/laering/").text
    data = {"before": 0.0, "after": 0.2, "words": ["affaldssortering"]}
    with database.write(town.container.engine) as session:
        alarms.raise_alarm(session, AlarmKind.VOCABULARY, town.units[PARK], since=now(), data=data, now=now())
    page = client.get("/laering/").text
    assert "Nye ord i enhedens mails: affaldssortering" in page
    assert "før aldrig" in page
    assert "Alle alarmer" not in page
    assert "Alle alarmer" in sign_in(Role.ADMINISTRATOR).get("/laering/").text


def test_every_source_has_a_name() -> None:
    assert set(display_names.LABEL_SOURCES) == set(LabelSource)


def test_every_amendment_has_a_name() -> None:
    assert set(display_names.AMENDMENTS) == set(AmendmentKind)
    assert set(display_names.LIFTED) == set(AmendmentKind) - {AmendmentKind.ERASED}


@pytest.mark.parametrize(
    ("values", "expected"), [((), ""), ((None, None), ""), ((1.0, None, 0.0), "4.0,4.0 116.0,24.0")]
)
def test_a_spark_leaves_out_what_nothing_is_known_of(values: tuple[float | None, ...], expected: str) -> None:
    assert charts.spark(values) == expected


def test_stages_by_name() -> None:
    assert learning_charts.stages((10, 25)) == ["1–10", "11–25", "26–"]
