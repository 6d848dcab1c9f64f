"""The page of deadlines, empty and full, and the digest as a person orders, sees and stops it."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.models.digest import DigestSubscription
from app.models.event import Event
from app.services.reports import digests, enquiry_facts
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post
from tests.town import PARK, Town, mail

OLD = datetime(2026, 9, 7, 9, tzinfo=UTC)


def subscriptions(town: Town) -> list[int]:
    with database.read(town.container.engine) as session:
        return list(session.scalars(select(DigestSubscription.account_id)))


def kinds(town: Town) -> list[tuple[str, str]]:
    with database.read(town.container.engine) as session:
        query = select(Event.kind, Event.by).where(Event.kind.startswith("digest")).order_by(Event.id)
        return [(kind, by) for kind, by in session.execute(query)]


def test_an_empty_house_has_a_page_that_says_so(sign_in: SignIn) -> None:
    page = sign_in(Role.MANAGER).get("/tal/frister/")
    assert page.status_code == 200
    assert "Intet er overskredet" in page.text
    assert "Ingen mails er journaliseret." in page.text


def test_what_is_overdue_is_listed_with_what_it_waits_for_and_every_figure_leads_to_its_mails(
    town: Town, sign_in: SignIn
) -> None:
    a, b = town.receive(mail("Træ", "Et træ er væltet"), mail("Hul", "Hul i vejen"), received_at=OLD)
    town.decide(a, PARK)
    while enquiry_facts.refresh(town.container.engine):
        pass
    client = sign_in(Role.MANAGER)
    page = client.get("/tal/frister/?periode=2026-09").text
    rows = re.findall(r'<th scope="row"><a href="/henvendelser/(\d+)">.*?</tr>', page, re.DOTALL)
    assert [int(row) for row in rows] == [a, b]
    assert "<th>Overskredet</th>" in page
    for row in re.findall(r'<tr><th scope="row"><a href="/henvendelser/\d+">.*?</tr>', page, re.DOTALL):
        assert re.findall(r"Tilbagemeldingsfrist|Svarfrist", row) == ["Tilbagemeldingsfrist", "Svarfrist"]
    assert "En henvendelse kan være over begge frister." in page
    assert "Enhedens svar" in page
    assert "Fordeling" in page
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/henvendelser/\?[^"]+)"', page)}
    assert len(links) >= 6
    for link in links:
        assert client.get(link).status_code == 200, link
    for title in ("Enheder", "Serviceområder"):
        table = page.partition(f"<h2>{title}</h2>")[2].partition("</section>")[0]
        names = re.findall(r'<th scope="row">(?:<a[^>]*>)?([^<]+)', table)
        assert names == ["Park" if title == "Enheder" else "Byen", "uden enhed"]
    narrowed = client.get(f"/tal/frister/?periode=2026-09&enhed={town.units[PARK]}").text
    assert f'href="/henvendelser/{a}"' in narrowed
    assert f'href="/henvendelser/{b}"' not in narrowed


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASEWORKER])
def test_a_person_orders_the_digest_sees_it_and_stops_it_by_one_click(
    town: Town, sign_in: SignIn, app: Flask, role: Role
) -> None:
    client, account = sign_in(role), town.people[role]
    page = client.get("/konto/ugebrev/")
    assert page.status_code == 200
    assert "Sådan ville det se ud i dag" in page.text
    refused = post(client, "/konto/ugebrev/", "/konto/ugebrev/", weekday=6, hour=8)
    assert refused.status_code == 422
    assert subscriptions(town) == []
    assert post(client, "/konto/ugebrev/", "/konto/ugebrev/", weekday=1, hour=9).status_code == 303
    assert subscriptions(town) == [account.id]
    assert "Du får ugebrevet hver tirsdag kl. 9." in client.get("/konto/").text
    assert post(client, "/konto/ugebrev/stop", "/konto/").status_code == 303
    assert subscriptions(town) == []
    post(client, "/konto/ugebrev/", "/konto/ugebrev/", weekday=1, hour=9)
    link = f"/ugebrev/{digests.sign(account.id, town.container.settings.secret_key)}"
    stranger = app.test_client()
    assert "Stop ugebrevet?" in stranger.get(link).text
    assert subscriptions(town) == [account.id], "opening a link changes nothing"
    # As a mail program asks by itself (RFC 8058): no cookie, no token of a form.
    assert stranger.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert subscriptions(town) == []
    assert stranger.post(link).status_code == 200, "twice is no fault"
    assert stranger.get("/ugebrev/forfalsket").status_code == 404
    mine = account.email
    assert [by for _, by in kinds(town)] == [mine, mine, mine, "link"]


def test_who_manages_nothing_and_has_no_unit_has_no_digest(sign_in: SignIn) -> None:
    for role in (Role.VISITATOR, Role.AUDITOR):
        assert sign_in(role).get("/konto/ugebrev/").status_code == 404
        assert "Ugebrev" not in sign_in(role).get("/konto/").text
