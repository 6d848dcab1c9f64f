"""One key puts back what the robot set aside: in the list, and at the mail."""

from app.domain.access import Role
from app.domain.enquiry import State
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post, version
from tests.town import Town, mail

LIST = "/henvendelser/?tilstand=set_aside"
ABSENT = mail("Automatisk svar: Græsset", "Jeg er væk.", sender="mia@borger.example.org")


def test_a_mail_is_put_back_from_the_list_and_one_stays_there(town: Town, sign_in: SignIn) -> None:
    (number,) = town.receive(ABSENT)
    client = sign_in(Role.VISITATOR)
    page = client.get(LIST).text
    assert 'data-row-key="l"' in page
    answer = post(client, f"/henvendelser/{number}/laeg-i-visiteringen", version=version(page), liste=LIST)
    assert answer.location == LIST
    again = client.get(LIST).text
    assert "Mailen er i visiteringen igen med sin oprindelige frist." in again
    assert 'data-row-key="l"' not in again
    assert town.enquiry(number).state is State.TRIAGE
    assert "Lagt i visiteringen igen" in client.get("/visitering/seneste/").text
    post(client, "/visitering/fortryd")
    assert town.enquiry(number).state is State.SET_ASIDE


def test_a_mail_is_put_back_where_one_reads_it(town: Town, sign_in: SignIn) -> None:
    (number,) = town.receive(ABSENT)
    client = sign_in(Role.MANAGER)
    page = client.get(f"/henvendelser/{number}").text
    assert 'data-key="l"' in page
    answer = post(client, f"/henvendelser/{number}/laeg-i-visiteringen", version=version(page))
    assert answer.location == f"/henvendelser/{number}"
    after = client.get(answer.location).text
    assert "Lagt i visiteringen igen" in after
    assert 'data-key="l"' not in after
    assert post(client, f"/henvendelser/{number}/laeg-i-visiteringen", version=version(page)).status_code == 409


def test_a_foreign_address_is_no_way_back(town: Town, sign_in: SignIn) -> None:
    (number,) = town.receive(ABSENT)
    client = sign_in(Role.VISITATOR)
    form = {"version": town.enquiry(number).version, "liste": "https://elsewhere.example.org/henvendelser/"}
    assert post(client, f"/henvendelser/{number}/laeg-i-visiteringen", **form).location == f"/henvendelser/{number}"


def test_a_caseworker_puts_nothing_into_triage(town: Town, sign_in: SignIn) -> None:
    (number,) = town.receive(ABSENT)
    assert post(sign_in(Role.CASEWORKER), f"/henvendelser/{number}/laeg-i-visiteringen", version=1).status_code == 404
    assert town.enquiry(number).state is State.SET_ASIDE


def test_the_citizen_inside_a_colleagues_forward_is_chosen_by_one_key(town: Town, sign_in: SignIn) -> None:
    text = "Hej\n\nFra: Signe Opfindsen <signe@borger.example.org>\nSendt: i går\nTil: Karla\nEmne: Pumpen\n\nDen står stille."
    (number,) = town.receive(mail("VS: Pumpen", text, sender="Karla <karla@town.example.org>"))
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{number}").text
    assert 'data-key="c"' in page
    assert "Signe Opfindsen" in page
    assert "signe@" not in page
    assert post(client, f"/visitering/{number}/borger").location.endswith(f"/visitering/{number}")
    assert town.enquiry(number).citizen_address == "signe@borger.example.org"
    assert 'data-key="c"' not in client.get(f"/visitering/{number}").text
    assert post(client, f"/visitering/{number}/borger").status_code == 409
