"""The pages through the client: what a person sees, with and without htmx."""

import re

import pytest
from flask.testing import FlaskClient

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.mail_settings import FolderSystem
from app.services.triage import decisions, returns
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post, version
from tests.town import PARK, ROAD, UNITS, Town, mail, now


@pytest.fixture
def visitator(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.VISITATOR)


@pytest.mark.parametrize("htmx", [False, True])
def test_deciding_gives_the_next_mail_and_a_receipt(town: Town, visitator: FlaskClient, htmx: bool) -> None:
    town.teach_history()
    a, b = town.receive(mail("Første", "Et træ er væltet i parken"), mail("Anden", "Hul i vejen"))
    page = visitator.get("/visitering/").text
    shown = int(re.findall(r'action="/visitering/(\d+)"', page)[0])
    response = post(visitator, f"/visitering/{shown}", htmx=htmx, unit=town.units[PARK], version=version(page))
    if not htmx:
        assert response.status_code == 303
        response = visitator.get(response.location)
    assert "<html" in response.text if not htmx else "<html" not in response.text
    assert f'action="/visitering/{({a, b} - {shown}).pop()}"' in response.text
    assert "Robotten lærer" in response.text
    receipt = re.findall(r"/visitering/kvittering/\d+", response.text)[0]
    assert "Robotten lærer" in visitator.get(receipt).text
    town.learn()
    assert "Lært." in visitator.get(receipt).text


def test_empty_queue_says_so(visitator: FlaskClient) -> None:
    assert "Køen er tom" in visitator.get("/visitering/").text


@pytest.mark.parametrize("htmx", [False, True])
def test_the_second_gets_409_and_the_fresh_state(
    town: Town, visitator: FlaskClient, sign_in: SignIn, htmx: bool
) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    seen = version(visitator.get(f"/visitering/{enquiry}").text)
    other = sign_in(Role.ADMINISTRATOR)
    post(other, f"/visitering/{enquiry}/overtag")
    post(other, f"/visitering/{enquiry}", unit=town.units[ROAD], version=seen)
    response = post(visitator, f"/visitering/{enquiry}", htmx=htmx, unit=town.units[PARK], version=seen)
    assert response.status_code == 409
    assert "En anden var hurtigere" in response.text
    assert "Hos enheden: <b>Vej</b>" in response.text


def test_undo_brings_the_mail_back(town: Town, visitator: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    page = visitator.get(f"/visitering/{enquiry}").text
    post(visitator, f"/visitering/{enquiry}", unit=town.units[PARK], version=version(page))
    response = post(visitator, "/visitering/fortryd", htmx=True)
    assert "Valget er fortrudt" in response.text
    assert f'action="/visitering/{enquiry}"' in response.text
    assert post(visitator, "/visitering/fortryd", htmx=True).status_code == 422


@pytest.mark.parametrize("form", [{}, {"unit": "999"}, {"unit": "x"}, {"action": "rm -rf"}])
def test_nonsense_decides_nothing(town: Town, visitator: FlaskClient, form: dict[str, str]) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    page = visitator.get(f"/visitering/{enquiry}").text
    response = post(visitator, f"/visitering/{enquiry}", version=version(page), **form)
    assert response.status_code in (404, 422)
    assert town.enquiry(enquiry).state == "triage"


def test_hostile_text_is_text_and_identities_are_hidden(town: Town, visitator: FlaskClient) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    raw = mail(
        evil,
        f"{evil} CPR 010190-0000, ring 12 34 56 78 {{{{7*7}}}}",
        sender='"<b>fed</b>" <a@borger.example.org>',
        html=evil,
    )
    (enquiry,) = town.receive(raw)
    for url in (f"/visitering/{enquiry}", f"/henvendelser/{enquiry}", "/henvendelser/", "/tal/"):
        page = visitator.get(url).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "010190" not in page
    assert "CPR skjult" in visitator.get(f"/henvendelser/{enquiry}").text
    assert "010190-0000" in visitator.get(f"/henvendelser/{enquiry}?vis=alt").text
    frame = visitator.get(f"/henvendelser/{enquiry}/html")
    assert frame.status_code == 200, frame.text
    assert "script" not in frame.text
    assert frame.headers["Content-Security-Policy"].startswith("sandbox")


def test_every_look_is_logged(town: Town, visitator: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet", attachment=b"bytes", html="<p>x</p>"))
    looks = ["", "?vis=alt", "/html", "/original", "/bilag/0"]
    for ending in looks:
        assert visitator.get(f"/henvendelser/{enquiry}{ending}").status_code == 200
    assert visitator.get(f"/visitering/{enquiry}").status_code == 200
    seen = [kind for kind in town.events(enquiry) if kind in ("viewed", "downloaded")]
    assert len(seen) == len(looks) + 1


def test_downloads_are_never_pages(town: Town, visitator: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet", attachment=b"<script>alert(1)</script>"))
    response = visitator.get(f"/henvendelser/{enquiry}/bilag/0")
    assert response.data == b"<script>alert(1)</script>"
    assert response.mimetype == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''billede%20%C3%A6.png")
    assert visitator.get(f"/henvendelser/{enquiry}/bilag/7").status_code == 404


def test_the_return_link_asks_first(town: Town, sign_in: SignIn) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    with database.write(town.container.engine) as session:
        v = town.enquiry(enquiry).version
        decisions.route(
            session, town.container.robot, enquiry, town.units[PARK], version=v, by=town.visitator.actor, now=now()
        )
    token = returns.sign(returns.ReturnLink(enquiry, 1), town.container.settings.secret_key)
    unit = sign_in(None)
    page = unit.get(f"/retur/{token}")
    assert "Send retur" in page.text
    assert "Træet" not in page.text
    assert town.enquiry(enquiry).state == "routed"
    done = post(unit, f"/retur/{token}", f"/retur/{token}", why="Det er Vejs")
    assert "ikke længere jeres" in done.text
    assert town.enquiry(enquiry).state == "triage"
    again = unit.get(f"/retur/{token}")
    assert again.status_code == 410
    assert "gælder ikke længere" in again.text
    assert "allerede behandlet" in again.text
    assert unit.get("/retur/forfalsket").status_code == 404


def test_lists_filter_and_search(town: Town, visitator: FlaskClient) -> None:
    town.receive(mail("Æblegrene", "x"), mail("Ferie", "y", headers={"Auto-Submitted": "auto-replied"}))
    assert "Æblegrene" in visitator.get("/henvendelser/?q=æblegr").text
    assert "Æblegrene" not in visitator.get("/henvendelser/?tilstand=set_aside").text
    assert "automatisk svar" in visitator.get("/henvendelser/?tilstand=set_aside").text
    assert "Ingen henvendelser her" in visitator.get("/henvendelser/?q=findesikke").text
    assert visitator.get("/henvendelser/?efter=9999&tilstand=<x>").status_code == 200


def test_the_administrator_stops_a_unit_and_the_robot(town: Town, sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    post(admin, f"/enheder/{town.units[PARK]}/robot", "/enheder/", mode="automatic", stopped="on")
    assert "Park er gemt" in admin.get("/enheder/").text
    assert post(admin, f"/enheder/{town.units[PARK]}/robot", "/enheder/", mode="wild").status_code == 422
    post(admin, "/robot/kontakt", "/robot/", tilstand="stop", aarsag="Prøve")
    page = admin.get("/robot/").text
    assert "Robotten er stoppet" in page
    assert "Start robotten" in page


def test_a_wrong_turn_is_explained(visitator: FlaskClient) -> None:
    response = visitator.get("/henvendelser/424242")
    assert response.status_code == 404
    assert "Til forsiden" in response.text
    assert visitator.post("/visitering/1", data={}).status_code == 400


def test_a_rule_is_tried_saved_moved_and_deleted(town: Town, sign_in: SignIn) -> None:
    town.receive(mail("Træ", "Træet i parken"), mail("Hul", "Et hul"))
    manager = sign_in(Role.MANAGER)
    form = {"name": "Træer", "words": "træ", "field": "anywhere", "active": "on"}
    tried = post(manager, "/regler/gem", "/regler/ny", **{"try": "1"}, **form)
    assert "Reglen passer på 1 mail af 2." in " ".join(tried.text.split())
    assert "Ingen regler" in manager.get("/regler/").text
    assert post(manager, "/regler/gem", "/regler/ny", name="Tom").status_code == 422
    assert post(manager, "/regler/gem", "/regler/ny", unit_id=town.units[PARK], **form).status_code == 303
    page = manager.get("/regler/").text
    assert "→ altid til" in page
    rule = re.findall(r'href="/regler/(\d+)"', page)[0]
    assert "træ" in manager.get(f"/regler/{rule}").text
    post(manager, f"/regler/{rule}/flyt", "/regler/", direction="up")
    post(manager, f"/regler/{rule}/slet", "/regler/")
    assert "Ingen regler" in manager.get("/regler/").text


def test_a_class_of_senders_is_written(sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    assert post(manager, "/regler/afsendere", "/regler/afsendere", name="Presse").status_code == 422
    post(manager, "/regler/afsendere", "/regler/afsendere", name="Presse", senders="avis.example.org")
    page = manager.get("/regler/").text
    assert "1 adresse eller domæne" in page
    number = re.findall(r"afsendere\?id=(\d+)", page)[0]
    post(manager, "/regler/afsendere", "/regler/afsendere", class_id=number, delete="1")
    assert "Presse" not in manager.get("/regler/").text.replace("pressen", "")


def test_units_by_form_and_by_file(town: Town, sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    form = {"name": "Byg", "area": "Byggeri", "address": "byg@town.example.org", "mode": "suggest", "max_error": "2,5"}
    assert (
        "Den tilladte fejlandel skrives i procent"
        in post(admin, "/enheder/gem", "/enheder/ny", **form | {"max_error": "x"}).text
    )
    post(admin, "/enheder/gem", "/enheder/ny", **form)
    assert (town.container.settings.mail_root / "byg@town.example.org" / "new").is_dir()
    file = admin.get("/enheder/enheder.csv").data.decode()
    assert "Byggeri;;Byg;byg@town.example.org;;;;;foreslår;2,5;;" in file
    changed = file.replace("foreslår;2,5", "fordeler selv;5")
    seen = post(admin, "/enheder/indlaes", "/enheder/indlaes", text=changed).text
    assert "robottens rolle: Foreslår → Fordeler selv; tilladt fejlandel: 2,5 % → 5,0 %" in seen
    assert "Byggeri;;Byg;byg@town.example.org;;;;;foreslår" in admin.get("/enheder/enheder.csv").text
    post(admin, "/enheder/indlaes", "/enheder/indlaes", text=changed, apply="1")
    assert "fordeler selv;5" in admin.get("/enheder/enheder.csv").text
    assert post(admin, "/enheder/indlaes", "/enheder/indlaes", text="område;enhed\nx;y").status_code == 422
    unit = re.findall(r'href="/enheder/(\d+)"[^>]*>Byg<', admin.get("/enheder/").text)[0]
    assert "Byggeri" in admin.get(f"/enheder/{unit}").text


def test_where_there_are_several_mail_systems_a_mailbox_says_its_own(town: Town, sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    unit, mailbox = f"/enheder/{town.units[PARK]}", "/enheder/postkasse"
    assert 'name="mail_system"' not in admin.get(unit).text + admin.get(mailbox).text
    town.container.settings.mail_systems["new"] = FolderSystem(root=None)
    form = {"name": "Fælles", "address": "ny@town.example.org", "mail_system": "newer"}
    refused = post(admin, mailbox, mailbox, **form)
    assert (refused.status_code, "Vælg et mailsystem" in refused.text) == (422, True)
    post(admin, mailbox, mailbox, **form | {"mail_system": "new"})
    assert "mailsystem new" in admin.get("/enheder/").text
    number = max(re.findall(r"postkasse\?id=(\d+)", admin.get("/enheder/").text), key=int)
    assert '<option value="new" selected>' in admin.get(f"{mailbox}?id={number}").text
    form = {"unit_id": town.units[PARK], "name": PARK, "area": "Byen", "address": UNITS[PARK], "mode": "suggest"}
    assert post(admin, "/enheder/gem", unit, **form | {"mail_system": "newer"}).status_code == 422
    post(admin, "/enheder/gem", unit, **form | {"mail_system": "new"})
    page = admin.get(unit).text
    assert '<option value="new" selected>' in page
    assert "mailsystem: – → new" in page
    seen = post(
        admin, "/enheder/indlaes", "/enheder/indlaes", text=admin.get("/enheder/enheder.csv").text.replace(";new", ";x")
    )
    assert (seen.status_code, "Mailsystemet er ikke sat op (x)" in " ".join(seen.text.split())) == (422, True)


def test_mailboxes_by_form(town: Town, sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    assert post(admin, "/enheder/postkasse", "/enheder/postkasse", name="x", address="y").status_code == 422
    form = {"name": "Park", "address": "park@town.example.org", "unit_id": town.units[PARK]}
    post(admin, "/enheder/postkasse", "/enheder/postkasse", **form)
    page = admin.get("/enheder/").text
    assert "direkte til Park" in page
    number = re.findall(r"postkasse\?id=(\d+)", page)[-1]
    post(admin, "/enheder/postkasse", f"/enheder/postkasse?id={number}", mailbox_id=number, delete="1")
    assert "direkte til Park" not in admin.get("/enheder/").text.split("Seneste")[0]


def test_kin_is_shown_and_merged(town: Town, visitator: FlaskClient) -> None:
    text = "Der er et stort hul i vejen ud for nr. 4, og det bliver større hver dag."
    first, alike = town.receive(
        mail("Hul", text, message_id="<1@x.example.org>"), mail("Hul", text + " Igen.", message_id="<2@x.example.org>")
    )
    page = visitator.get(f"/visitering/{alike}").text
    assert "Samme henvendelse" in page
    stated = {"leader": first, "version": version(page)}
    merged = post(visitator, f"/visitering/{alike}/saml", f"/visitering/{alike}", htmx=True, **stated)
    assert f"følger nu henvendelse {first}" in merged.text
    assert town.enquiry(alike).follow_up_of_id == first
    assert post(visitator, f"/visitering/{alike}/saml", f"/visitering/{first}", **stated).status_code == 409


def test_what_circulates_is_listed_with_its_path(town: Town, visitator: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Bro", "Broen er rusten"))
    for unit in (PARK, ROAD):
        page = visitator.get(f"/visitering/{enquiry}").text
        post(
            visitator, f"/visitering/{enquiry}", f"/visitering/{enquiry}", unit=town.units[unit], version=version(page)
        )
        if unit == PARK:
            with database.write(town.container.engine) as session:
                link = returns.ReturnLink(enquiry, town.enquiry(enquiry).routing_no)
                found = returns.returnable(session, link)
                returns.give_back(session, found, by=Actor("park@town.example.org"), now=now(), why="Ikke en park")
            assert "Park sendte den retur" in visitator.get(f"/visitering/{enquiry}").text
    listed = visitator.get("/henvendelser/?tilstand=circulating").text
    assert "Park → Vej" in listed
    assert "1 gang retur" in listed
    assert "Har været hos" in visitator.get(f"/henvendelser/{enquiry}").text


def test_deadlines_by_form(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    post(manager, "/frister/type", "/frister/", name="Høring", feedback_days="", answer_days="14", working="0")
    assert "Høring" in manager.get("/frister/").text
    assert post(manager, "/frister/type", "/frister/", name="Tom", answer_days="").status_code == 422
    post(manager, "/frister/kalender", "/frister/", yearly="05-01", day="2026-11-04", day_name="Flytning", soon="3")
    page = manager.get("/frister/").text
    assert 'value="05-01" checked' in page
    assert "Flytning" in page
    assert post(manager, "/frister/kalender", "/frister/", day="2026-99-99", day_name="").status_code == 422


def test_another_deadline_and_no_interim_reply_before_the_case(town: Town, visitator: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Træ", "Et træ"))
    here = f"/henvendelser/{enquiry}"
    kind = re.findall(r'<option value="(\d+)">Aktindsigt', visitator.get(here).text)[0]
    post(visitator, f"{here}/frist", here, type=kind)
    page = visitator.get(here).text
    assert ">Aktindsigt</dd>" in page
    assert "Fristtype ændret" in page
    assert (
        "Henvendelsen ligger i visiteringen."
        in visitator.get(f"/enheden/{enquiry}/foreloebigt-svar", follow_redirects=True).text
    )
