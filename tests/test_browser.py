"""The way of a mail in a real browser, by keyboard; the main path without JavaScript. Every page: test_browser_pages.py."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from app import database
from app.domain.actor import Actor
from app.domain.alarm import AlarmKind
from app.domain.deadlines import local_day
from app.domain.enquiry import State
from app.domain.templates import TemplateKind
from app.services.casework import reply_templates
from app.services.casework.reply_templates import Draft
from app.services.learning import alarms
from connectors.mail.message import Folder
from tests import browser as chromium
from tests.browsing import base, deliver, sign_in
from tests.town import PARK, UNITS, WASTE, Town, eventually, mail, now

__all__ = ["base"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


def test_the_way_of_a_mail_by_keyboard(town: Town, base: str, browser: Browser) -> None:
    first = "Klovnebussen holder i parken igen"
    deliver(
        town,
        mail("Klovnebus", first),
        mail("Klovnebus to", first + " og igen"),
        mail("Skrald", "Skraldet er ikke hentet"),
    )
    ids = range(town.last_enquiry() - 2, town.last_enquiry() + 1)
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto("/visitering/")
        expect(page.get_by_role("heading", name="3 venter")).to_be_visible()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")

        # Correct with a few letters and Enter: the next suggestion changes because of it.
        page.goto(f"/visitering/{ids[0]}")
        expect(page.locator(".pick").first).to_contain_text(PARK)
        page.keyboard.press("/")
        page.keyboard.type("affa")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="2 venter")).to_be_visible()
        expect(page.get_by_text("1 åben henvendelse skiftede forslag.")).to_be_visible()
        page.goto(f"/visitering/{ids[1]}")
        expect(page.locator(".pick").first).to_contain_text(WASTE)

        # Agree with one key, take it back with another, agree again.
        page.keyboard.press("1")
        expect(page.get_by_role("heading", name="1 venter")).to_be_visible()
        eventually(lambda: "forwarded" in town.events(ids[0]))
        page.goto(f"/visitering/{ids[2]}")
        page.keyboard.press("x")
        expect(page.get_by_text("Køen er tom")).to_be_visible()
        page.keyboard.press("u")
        expect(page.get_by_text("Valget er fortrudt")).to_be_visible()
        page.keyboard.press("1")
        expect(page.get_by_text("Køen er tom")).to_be_visible()

        # Case, documents, deadline, draft and forward; the unit answers; the case is closed.
        eventually(lambda: all("forwarded" in town.events(n) for n in ids))
        citizen = town.enquiry(ids[2])
        (draft, *_) = town.gateway.new_messages(UNITS[WASTE], None, folder=Folder.DRAFTS).messages
        assert b"SV: " in town.gateway.raw(UNITS[WASTE], draft.key, folder=Folder.DRAFTS)
        answer = mail(
            "SV: Skrald",
            "Vi kommer i morgen.",
            sender=UNITS[WASTE],
            to=citizen.sender_address,
            in_reply_to=citizen.message_id or "",
        )
        town.gateway.add_sent(UNITS[WASTE], answer)
        eventually(lambda: town.enquiry(ids[2]).state is State.CLOSED)
        page.goto(f"/henvendelser/{ids[2]}")
        for step in (
            "Sag oprettet",
            "Frister registreret",
            "Sendt til enheden",
            "Besvaret af enheden",
            "Sag afsluttet",
        ):
            expect(page.locator(".story").get_by_text(step).first).to_be_visible()
        today = local_day(now())
        eventually(
            lambda: page.goto(f"/tal/?periode={today}..{today}") and page.locator(".big").first.text_content() == "3"
        )
        expect(page.get_by_role("heading", name="Sådan går det")).to_be_visible()


@pytest.mark.parametrize("undo_seconds", [60.0])
def test_without_javascript(town: Town, base: str, browser: Browser) -> None:
    deliver(town, mail("Træ", "Et træ er væltet i parken"), mail("Hul", "Hul i vejen"))
    with chromium.page(browser, base, java_script_enabled=False) as page:
        sign_in(page)
        page.goto("/visitering/")
        page.locator(".pick").first.click()
        expect(page.get_by_role("heading", name="1 venter")).to_be_visible()
        page.get_by_role("button", name="Fortryd").click()
        expect(page.get_by_role("heading", name="2 venter")).to_be_visible()
        page.get_by_role("button", name=WASTE).last.click()
        expect(page.get_by_role("heading", name="1 venter")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_learning_page_stops_the_robot_and_goes_back_without_javascript(
    town: Town, base: str, browser: Browser, width: int
) -> None:
    town.teach_history(times=20)
    with database.write(town.container.engine) as session:
        data = {"before": 0.0, "after": 0.2, "words": ["affaldssortering"]}
        alarms.raise_alarm(session, AlarmKind.VOCABULARY, town.units[PARK], since=now(), data=data, now=now())
    with chromium.page(browser, base, width=width, java_script_enabled=False) as page:
        sign_in(page, "administrator")
        page.goto("/laering/")
        if width == 390:
            page.get_by_text("Menu", exact=True).click()
        page.get_by_text("Robot og læring 1 åben").click()
        expect(page.get_by_role("link", name="Alarmer 1 åben")).to_be_visible()
        page.goto("/laering/")
        page.get_by_text("Stop robotten", exact=True).click()
        page.get_by_label("Hvorfor skal den stoppes?").fill("Øvelse")
        page.get_by_role("button", name="Stop robotten nu").click()
        expect(page.get_by_text("Robotten er stoppet.", exact=True)).to_be_visible()
        page.get_by_role("button", name="Gå tilbage hertil").last.click()
        expect(page.get_by_role("button", name="Fortryd")).to_be_visible()
        page.get_by_text("Skriv en note").first.click()
        page.get_by_label("Note").first.fill("Forkert oplæring")
        page.get_by_role("button", name="Gem").first.click()
        expect(page.get_by_text("Forkert oplæring")).to_be_visible()
    with chromium.page(browser, base, width=width) as page:
        sign_in(page, "administrator")
        page.goto("/laering/")
        assert chromium.fits(page)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_a_blind_decision_costs_the_same_keys(town: Town, base: str, browser: Browser) -> None:
    town.sample(humans=1.0)
    deliver(town, mail("Træ", "Et træ er væltet i parken"))
    enquiry = town.last_enquiry()
    with chromium.page(browser, base) as page:
        sign_in(page)
        page.goto(f"/visitering/{enquiry}")
        expect(page.locator("button.unit:visible")).to_have_count(len(UNITS))
        page.keyboard.press("1")
        expect(page.get_by_role("heading", name="1 venter")).to_be_visible()
        page.keyboard.press("/")
        page.keyboard.type("par")
        expect(page.locator("button.unit:visible")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_text("Stikprøve: robotten ville også have valgt Park.")).to_be_visible()
    assert town.enquiry(enquiry).unit.name == PARK  # type: ignore[union-attr]


def a_template(town: Town) -> int:
    """A template with a shared paragraph, of which there was an earlier text."""
    with database.write(town.container.engine) as session:
        reply_templates.save_paragraph(
            session, "åbningstider", "Vi har åbent 9-15.", version=None, by=Actor("a"), now=now()
        )
        text = "Kære {afsender}\n\n" + "Ordudenmellemrum" * 20
        draft = Draft(TemplateKind.REPLY_DRAFT, town.units[PARK], "Træer", "træ, gren", text)
        row = reply_templates.save(session, None, draft, version=0, by=Actor("a@town.example.org"), now=now())
        draft = replace(
            draft, text="Kære {afsender}\n\nTak for din mail om {emne}.\n\n{afsnit:åbningstider}\n\n{enhed}"
        )
        return reply_templates.save(session, row.id, draft, version=1, by=Actor("b@town.example.org"), now=now()).id


def test_a_template_is_tried_on_a_mail_without_javascript(town: Town, base: str, browser: Browser) -> None:
    deliver(town, mail("Træ", "Et træ er væltet i parken", sender="Eva Prøve <eva@borger.example.org>"))
    kept = a_template(town)
    with chromium.page(browser, base, java_script_enabled=False) as page:
        sign_in(page)
        page.goto("/visitering/")
        expect(page.locator(".guides details").first).to_have_attribute("open", "")
        page.locator(".guides summary").nth(1).click()
        expect(page.locator(".guides details").nth(1)).to_have_attribute("open", "")
        page.locator(".pick").first.click()
        expect(page.get_by_text("Køen er tom")).to_be_visible()
        page.get_by_role("button", name="Log ud").click()
        sign_in(page, "administrator")
        page.goto(f"/skabeloner/{kept}")
        page.get_by_label("Afprøv på en mail").select_option(index=1)
        page.get_by_role("button", name="Vis", exact=True).click()
        expect(page.locator(".letter").first).to_contain_text("Kære Eva Prøve")
        expect(page.locator(".letter").first).to_contain_text("Vi har åbent 9-15.")
        page.get_by_label("Tekst").fill("Kære {navn}")
        page.get_by_role("button", name="Vis", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("{navn}")
        expect(page.get_by_label("Tekst")).to_have_value("Kære {navn}")


def test_a_hostile_mail_does_nothing(town: Town, base: str, browser: Browser) -> None:
    evil = (
        "<script>alert(1)</script><img src=https://evil.example.org/x onerror=alert(1)>"
        "<div hx-get=/log-ud hx-trigger=load>x</div>"
    )
    deliver(town, mail(evil, evil, html=evil, sender='"<b>fed</b>" <a@borger.example.org>'))
    with chromium.page(browser, base) as page:
        page.on("dialog", lambda dialog: pytest.fail("a dialog opened"))
        sign_in(page)
        page.goto(f"/henvendelser/{town.last_enquiry()}")
        page.get_by_text("Vis mailen, som den så ud").click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_text("x", exact=True)).to_be_visible()
        page.goto("/visitering/")
        expect(page.get_by_role("button", name="Log ud")).to_be_visible()
