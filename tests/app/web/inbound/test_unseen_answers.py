"""The page of answers that were not seen says what is sure, and gives commands that are safe to run."""

import re
from html import unescape

import pytest

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.models.answer_route import AnswerTrace
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox, Unit
from tests.app.web.conftest import SignIn
from tests.town import PARK, Town, mail, now

PAGE = "/usete-svar/"
SEEN = dict.fromkeys(("replied", "forwarded", "flagged", "read", "gone", "draft_gone", "thanked"), False)


def with_a_trace(town: Town, subject: str, **seen: bool) -> int:
    """An enquiry that the park has, and what was seen of it."""
    (enquiry_id,) = town.receive(mail(subject, "Træet er væltet"))
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        enquiry.unit_id, enquiry.state, enquiry.routing_no, enquiry.routed_at = town.units[PARK], State.ROUTED, 1, now()
        session.add(AnswerTrace(enquiry_id=enquiry_id, routing_no=1, looked_at=now(), **(SEEN | seen)))
    return enquiry_id


def test_what_is_sure_comes_first_and_leads_to_where_the_answer_is_added(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.VISITATOR)
    assert "ingen tegn på svar" in client.get(PAGE).text
    maybe = with_a_trace(town, "Måske", draft_gone=True, read=True)
    sure = with_a_trace(town, "Sikkert", replied=True)
    nothing = with_a_trace(town, "Kun læst", read=True)
    text = client.get(PAGE).text
    links = [int(each) for each in re.findall(r'href="/henvendelser/(\d+)"', text)]
    assert links == [sure, maybe]
    assert text.count("Besvaret i Outlook, men svaret er ikke set") == 1
    assert "svarudkastet ligger hverken i Kladder eller i Sendt post · mailen er læst" in text
    assert nothing not in links


def test_the_commands_hold_addresses_and_nothing_that_runs(town: Town, sign_in: SignIn) -> None:
    with_a_trace(town, "Sikkert", replied=True)
    with database.write(town.container.engine) as session:
        session.get_one(Unit, town.units[PARK]).address = "park'$(x)@town.example.org"
        session.add(Mailbox(address="journal@town.example.org", name="Svarkopi", journal=True))
    text = unescape(sign_in(Role.ADMINISTRATOR).get(PAGE).text)
    assert "Set-Mailbox -Identity 'park''$(x)@town.example.org' -MessageCopyForSentAsEnabled $true " in text
    assert (
        "-From 'park''$(x)@town.example.org' -SentToScope NotInOrganization -BlindCopyTo 'journal@town.example.org'"
        in text
    )


@pytest.mark.parametrize(("role", "status"), [(Role.CASEWORKER, 404), (Role.AUDITOR, 404), (Role.MANAGER, 200)])
def test_only_who_sees_all_enquiries_sees_it(town: Town, sign_in: SignIn, role: Role, status: int) -> None:
    assert sign_in(role).get(PAGE).status_code == status
