"""The follow-ups that a page shows are read, logged, and named by the form that ends them."""

import re

import pytest
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.models.event import Event
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post, version
from tests.town import PARK, Town, mail, now


def follow_up(n: int, text: str, to: int = 1) -> bytes:
    return mail("SV: Hul", text, message_id=f"<{n}@borger.example.org>", in_reply_to=f"<{to}@borger.example.org>")


@pytest.fixture
def authority(town: Town) -> int:
    with database.write(town.container.engine) as session:
        line = AuthorityLine("Vejdirektoratet", "vd@stat.example.org", "Motorveje")
        return authorities.save(session, None, line, by=Actor("admin"), now=now()).id


@pytest.fixture
def thread(town: Town) -> list[int]:
    return town.receive(
        mail("Hul", "Hul i motorvejen", message_id="<1@borger.example.org>"),
        follow_up(2, "Ved afkørsel tre, cpr 010190-1234"),
    )


def shown(page: str) -> str:
    return re.findall(r'name="shown" value="([\d,]*)"', page)[0]


def looked_at(town: Town, enquiry: int) -> bool:
    with database.read(town.container.engine) as session:
        return session.scalar(select(Event.id).where(Event.kind == "viewed", Event.enquiry_id == enquiry)) is not None


@pytest.mark.parametrize("way", ["triage", "referral"])
def test_a_follow_up_stands_on_the_page_and_ends_with_the_mail(
    town: Town, sign_in: SignIn, thread: list[int], authority: int, way: str
) -> None:
    first, seen = thread
    client = sign_in(Role.VISITATOR)
    tail = "" if way == "triage" else "/ikke-vores"
    page = client.get(f"/visitering/{first}{tail}" + (f"?myndighed={authority}" if tail else "")).text
    assert "Ved afkørsel tre" in page
    assert "010190" not in page
    assert "1 opfølgning. Valget gælder også den." in page
    assert shown(page) == str(seen)
    assert looked_at(town, seen)
    (late,) = town.receive(follow_up(3, "Min mor mangler hjemmehjælp"))
    form = {"version": version(page), "shown": shown(page)}
    form |= {"authority": str(authority), "text": "Brev"} if tail else {"action": "not_enquiry"}
    answer = post(client, f"/visitering/{first}{tail}", **form)
    assert answer.status_code in (200, 303)
    gone = State.REFERRED if tail else State.SET_ASIDE
    assert [town.enquiry(n).state for n in (first, seen, late)] == [gone, gone, State.TRIAGE]
    page = client.get(f"/visitering/{late}").text
    assert "Hører måske sammen med:" in page
    assert "Valget gælder også" not in page


def test_a_form_that_names_none_ends_none(town: Town, sign_in: SignIn, thread: list[int]) -> None:
    first, seen = thread
    form = {"version": town.enquiry(first).version, "action": "not_enquiry"}
    post(sign_in(Role.VISITATOR), f"/visitering/{first}", **form)
    assert (town.enquiry(first).state, town.enquiry(seen).state) == (State.SET_ASIDE, State.TRIAGE)


@pytest.mark.parametrize("value", ["x", "-1,2", "2" * 400, "9" * 30 + ",", ",,"])
def test_odd_values_name_none(town: Town, sign_in: SignIn, thread: list[int], value: str) -> None:
    first, _ = thread
    form = {"version": town.enquiry(first).version, "action": "not_enquiry", "shown": value}
    assert post(sign_in(Role.VISITATOR), f"/visitering/{first}", **form).status_code == 303
    assert town.enquiry(first).state is State.SET_ASIDE


def test_a_long_thread_shows_ten_and_the_rest_waits(town: Town, sign_in: SignIn, thread: list[int]) -> None:
    town.receive(*(follow_up(n, f"Mail nummer {n}", n - 1) for n in range(3, 15)))
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{thread[0]}").text
    assert len(shown(page).split(",")) == 10
    post(client, f"/visitering/{thread[0]}", version=version(page), shown=shown(page), action="not_enquiry")
    with_it = [town.enquiry(n).state for n in range(1, 15)]
    assert (with_it.count(State.SET_ASIDE), with_it.count(State.TRIAGE)) == (11, 3)


def test_the_page_that_is_fetched_ahead_names_and_logs_its_follow_ups(
    town: Town, sign_in: SignIn, thread: list[int]
) -> None:
    one, other = town.receive(
        mail("Et", "Et andet", sender="a@b.example.org"), mail("Andet", "Noget andet", sender="b@b.example.org")
    )
    client = sign_in(Role.VISITATOR)
    post(client, f"/visitering/{one}", version=town.enquiry(one).version, unit=town.units[PARK])
    page = post(client, f"/visitering/{other}/naeste").text
    assert shown(page) == str(thread[1])
    assert looked_at(town, thread[1])
