"""The search among all units in a real browser: by name, by what people call them, by what belongs there, by mailbox."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app import database
from app.demo.municipality import load
from app.domain.actor import Actor
from app.services.organisation import authorities, organisation_units
from app.services.organisation.authorities import AuthorityLine
from tests import browser as chromium
from tests.browsing import base, deliver, sign_in
from tests.town import Town, mail, now

__all__ = ["base"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]
PARKING = {"P-afgifter", "P-licenser", "P-vagten"}
FIRST = {
    "lys": "Gadelys og Signaler",
    "lamper": "Gadelys og Signaler",
    "gadefejning": "Renhold",
    "bøder": "P-afgifter",
    "rotter": "Skadedyr",
    "rottefængeren": "Skadedyr",
    "borgmester": "Sekretariat",
    "aktindsigt": "Jura",
    "betalingsapp": "P-vagten",
    "arkiv": "Bygningsarkiv og BBR",
    "gamle tegninger": "Bygningsarkiv og BBR",
    "støj": "Støj",
}
"""What is typed, and the unit that Enter then takes."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def municipality(town: Town) -> None:
    with database.write(town.container.engine) as session:
        organisation_units.add_units(session, load().units)
        for each in load().authorities:
            line = AuthorityLine(each.name, each.address, each.guide)
            authorities.save(session, None, line, by=Actor("admin"), now=now())


def found(page: Page, typed: str) -> list[str]:
    page.locator("#find").fill(typed)
    return page.locator("#all-units button.unit:visible b").all_inner_texts()


def test_a_unit_is_found_by_what_people_call_it(town: Town, base: str, browser: Browser, municipality: None) -> None:
    deliver(town, mail("Bil", "Der holder en bil på fortovet"))
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto(f"/visitering/{town.last_enquiry()}")
        parking = found(page, "parkering")
        assert set(parking[:3]) == PARKING
        assert "Byrum og Vejarbejde" in parking[3:], "its mailbox is Trafik og Parkering's"
        assert "Jura" not in found(page, "lys"), "oplysninger does not begin so"
        assert {typed: found(page, typed)[0] for typed in FIRST} == FIRST
        assert found(page, "klage parkering")[0] in PARKING
        assert found(page, "p-")[:3] == sorted(PARKING)
        assert found(page, "flyvemaskiner") == []
        expect(page.get_by_text("Ingen enhed hedder det eller tager sig af det.")).to_be_visible()
        found(page, "betalingsapp")
        page.locator("#find").press("Enter")
        expect(page.get_by_text("Sendt til P-vagten.")).to_be_visible()


def test_an_authority_is_found_by_what_belongs_there(
    town: Town, base: str, browser: Browser, municipality: None
) -> None:
    deliver(town, mail("Cykel", "Min cykel er stjålet"))
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto(f"/visitering/{town.last_enquiry()}/ikke-vores")
        field, shown = page.locator("#whose-search"), page.locator("form button.unit:visible b")
        for typed, first in {
            "stjålne": "Politiet",
            "skat": "Skattestyrelsen (opdigtet)",
            "kørekort": "Slusekøbing Borgerservice",
        }.items():
            field.fill(typed)
            expect(shown.first).to_have_text(first)
        field.fill("kort")
        expect(shown).to_have_count(0)
        field.fill("")
        expect(shown).to_have_count(len(load().authorities) + 1)
