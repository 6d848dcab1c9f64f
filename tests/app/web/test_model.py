"""Going back to a version and undoing it; erasing a person in two steps."""

from app.domain.access import Role
from tests.app.web.conftest import SignIn
from tests.town import Town


def token(page: str) -> str:
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def test_back_to_a_version_and_undone(town: Town, sign_in: SignIn) -> None:
    town.teach_history(times=10)
    version = town.container.learner.state_hash()
    client = sign_in(Role.ADMINISTRATOR)
    with_history = client.get("/modellen/").text
    form = {"csrf_token": token(with_history), "position": 60, "note": "Prøve"}
    assert client.post("/modellen/tilbage", data=form).status_code == 303
    town.learn()
    assert town.container.learner.state_hash() != version
    page = client.get("/modellen/").text
    assert "Prøve" in page
    rollback = page.split('name="rollback" value="')[1].split('"')[0]
    client.post("/modellen/fortryd", data={"csrf_token": token(page), "rollback": rollback})
    town.learn()
    assert town.container.learner.state_hash() == version


def test_an_erasure_asks_for_the_address_again(town: Town, sign_in: SignIn) -> None:
    town.teach_history(times=1)
    client = sign_in(Role.ADMINISTRATOR)
    address = "proeve@borger.example.org"
    form = {"csrf_token": token(client.get("/modellen/sletning").text), "address": address}
    assert "Slet for altid" in client.post("/modellen/sletning", data=form).text
    assert client.post("/modellen/sletning/bekraeft", data=form | {"again": "x"}).status_code == 422
    assert client.post("/modellen/sletning/bekraeft", data=form | {"again": address}).status_code == 303
    assert "Ingen henvendelser" in client.post("/modellen/sletning", data=form).text
