"""Going back to a version and undoing it; erasing a person in two steps."""

import pytest
from markupsafe import escape

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.models.label import ModelSnapshot
from app.queries.learning import model
from learning import snapshot
from tests.app.web.conftest import SignIn
from tests.town import UNITS, Town, mail


def token(page: str) -> str:
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def positions(town: Town) -> list[int]:
    with database.read(town.container.engine) as session:
        return [version.position for version in model.versions(session)]


def test_back_to_a_version_and_undone(town: Town, sign_in: SignIn) -> None:
    town.teach_history(times=20)
    version = town.container.learner.state_hash()
    client, oldest = sign_in(Role.ADMINISTRATOR), positions(town)[-1]
    page = client.get("/laering/").text
    form = {"csrf_token": token(page), "position": oldest, "fra": "laering"}
    assert client.post("/modellen/tilbage", data=form).location == "/laering/#udgaver"
    twice = client.post("/modellen/tilbage", data=form, follow_redirects=True)
    assert (twice.status_code, twice.text.count('name="rollback"')) == (200, 2)
    assert (twice.text.count("udgår"), twice.text.count("i brug nu")) == (len(positions(town)) - 1, 0)
    assert "Modellen skal regnes om" in client.get("/laering/", headers={"HX-Request": "true"}).text
    town.learn()
    assert "Modellen er regnet færdig" in client.get("/laering/", headers={"HX-Request": "true"}).text
    assert town.container.learner.state_hash() == kept(town, oldest) != version
    page = client.get("/modellen/").text
    assert "gået tilbage til en tidligere version (Invented administrator)" in page
    rollback = page.split('name="rollback" value="')[1].split('"')[0]
    client.post("/modellen/fortryd", data={"csrf_token": token(page), "rollback": rollback})
    town.learn()
    assert town.container.learner.state_hash() == version
    assert "gik tilbage til en tidligere version: fortrudt" in client.get("/modellen/").text


def kept(town: Town, position: int) -> str:
    with database.read(town.container.engine) as session:
        return snapshot.load(session.get_one(ModelSnapshot, position).content, town.container.salt).state_hash()


@pytest.mark.parametrize("position", ["", "0", "-1", "7", "alle", "99999999999999999999"])
def test_only_a_version_that_is_kept_can_be_gone_back_to(town: Town, sign_in: SignIn, position: str) -> None:
    town.teach_history(times=10)
    version, client = town.container.learner.state_hash(), sign_in(Role.ADMINISTRATOR)
    form = {"csrf_token": token(client.get("/modellen/").text), "position": position}
    assert client.post("/modellen/tilbage", data=form).status_code == 404
    town.learn()
    assert town.container.learner.state_hash() == version


def test_notes_are_written_and_written_anew(town: Town, sign_in: SignIn) -> None:
    town.teach_history(times=20)
    client, (newest, *_, oldest) = sign_in(Role.ADMINISTRATOR), positions(town)
    form = {"csrf_token": token(client.get("/modellen/").text)}
    for note in ("Før <b>omlægningen</b>", "  Efter ferien  "):
        client.post("/modellen/note", data=form | {"position": newest, "note": note})
        assert escape(note.strip()) in client.get("/modellen/").text
    client.post("/modellen/tilbage", data=form | {"position": oldest})
    page = client.get("/modellen/").text
    rollback = page.split('name="rollback" value="')[1].split('"')[0]
    client.post("/modellen/note", data=form | {"rollback": rollback, "note": "Forkert oplæring i uge 40"})
    assert "Forkert oplæring i uge 40" in client.get("/modellen/").text
    assert client.post("/modellen/note", data=form | {"position": 7, "note": "x"}).status_code == 404
    assert client.post("/modellen/note", data=form | {"rollback": 99, "note": "x"}).status_code == 404


def test_versions_tell_what_happened_between_them(town: Town) -> None:
    town.teach_history(times=20)
    with database.read(town.container.engine) as session:
        versions = model.versions(session)
    assert len(versions) >= 2
    first, last = versions[-1], versions[0]
    assert (first.units, last.units) == (tuple(sorted(UNITS)), ())
    assert sum(version.labels for version in versions) == last.position
    assert [v.since for v in versions] == [20 * 12 - v.position for v in versions]


def test_a_manager_reads_the_versions_and_leaves_them(town: Town, sign_in: SignIn) -> None:
    town.teach_history(times=10)
    page = sign_in(Role.MANAGER).get("/laering/").text
    assert "Nyt siden forrige version" in page
    assert all(text not in page for text in ("Gå tilbage hertil", "Skriv en note", "/modellen/"))


def test_an_erasure_asks_for_the_address_again(town: Town, sign_in: SignIn) -> None:
    town.teach_history(times=1)
    client = sign_in(Role.ADMINISTRATOR)
    address = "proeve@borger.example.org"
    form = {"csrf_token": token(client.get("/modellen/sletning/").text), "address": address}
    assert "Slet for altid" in client.post("/modellen/sletning/", data=form).text
    for again in ("x", "", "eva@borger.example.org", "010280-1234"):
        assert client.post("/modellen/sletning/bekraeft", data=form | {"again": again}).status_code == 422
    done = client.post("/modellen/sletning/bekraeft", data=form | {"again": f" {address.upper()}"})
    assert done.location == "/modellen/sletning/1"
    assert "ingen henvendelser fra personen" in client.post("/modellen/sletning/", data=form).text


def test_somebody_elses_mail_is_decided_by_itself_and_the_certificate_tells(town: Town, sign_in: SignIn) -> None:
    """By CPR number: one mail is masked, one erased whole, one left; the erased mail's page says so before anything else."""
    ids = town.receive(*(mail(f"Nabo {n}", f"Min nabo, cpr 010280-1234, nummer {n}.") for n in range(3)))
    with database.write(town.container.engine) as session:
        for number in ids:
            session.get_one(Enquiry, number).state = State.SET_ASIDE
    client = sign_in(Role.ADMINISTRATOR)
    form = {"csrf_token": token(client.get("/modellen/sletning/").text), "number": "01.02.1980 1234"}
    page = client.post("/modellen/sletning/", data=form).text
    assert "3 andre henvendelser nævner personen" in page
    assert page.count("i mailen") == 3
    assert page.count('value="mask" checked') == 3
    chosen = {
        f"valg-{ids[0]}": "mask",
        f"valg-{ids[1]}": "erase",
        f"valg-{ids[2]}": "keep",
        "valg-x": "erase",
        "valg-7": "x",
    }
    done = client.post("/modellen/sletning/bekraeft", data=form | chosen | {"again": "0102801234", "mailboxes": "1"})
    stated = client.get(done.location).text
    for words in ("CPR-nummer", "hvor nummeret eller adressen er fjernet", "Invented administrator", "er renset"):
        assert words in stated
    file = client.get(f"{done.location}/attest.txt")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "fundet 1, fjernet 1" in file.text
    assert "010280" not in stated + file.text
    gone = client.get(f"/henvendelser/{ids[1]}").text
    assert gone.index("Det besluttede Invented administrator") < gone.index("modtaget")
    assert done.location in gone
    assert "Det besluttede" in (seen := sign_in(Role.VISITATOR).get(f"/henvendelser/{ids[1]}").text)
    assert done.location not in seen
    assert "Det besluttede" not in client.get(f"/henvendelser/{ids[0]}").text
    assert client.get("/modellen/sletning/99").status_code == 404
    assert done.location in client.get("/modellen/sletning/").text


@pytest.mark.parametrize(("form", "says"), [({}, "Skriv en mailadresse"), ({"number": "12"}, "alle ti cifre")])
def test_nobody_is_erased_by_a_slip(town: Town, sign_in: SignIn, form: dict[str, str], says: str) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    form = {"csrf_token": token(client.get("/modellen/sletning/").text)} | form
    for address in ("", "bekraeft"):
        answer = client.post(f"/modellen/sletning/{address}", data=form | {"again": ""})
        assert (answer.status_code, says in answer.text) == (422, True)
