"""No address from outside leads out of the house, however it is written; one of ours leads where it says."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import Role
from app.web.platform.targets import local
from tests.app.web.conftest import SignIn
from tests.town import Town, mail

HOSTILE = [
    "//evil.example.org", "https://evil.example.org", "/\\evil.example.org", "javascript:alert(1)", "\\/evil.example.org",
    "/\t/evil.example.org", "/\n/evil.example.org", "/\r/evil.example.org", "\t//evil.example.org", " //evil.example.org",
    "/%09/evil.example.org", "/%0A/evil.example.org", "/%0D%0ASet-Cookie:x=y", "/%5Cevil.example.org", "/%2F/evil.example.org",
    "/%252F/evil.example.org", "%2F%2Fevil.example.org", "///evil.example.org", "/\x00/evil.example.org", "/\u2028/evil",
    "/\u202eevil", "evil.example.org", "", "?next=//evil", "http:evil.example.org", "data:text/html,x", "/\u00a0/evil",
    "https:///evil.example.org", "/\u200b/evil.example.org", "/.\\evil", "/x\r\nLocation: //evil", "//[::1", "/\x7f/evil",
]  # fmt: skip
IN_A_QUERY = ["/x?a=\r\nSet-Cookie: y=1", "/x?q=\x00", "/x#\n//evil.example.org", "/x?\x7f", "/x?\x85"]
"""What would break out of the header that tells where to go."""
OURS = [
    "/",
    "/henvendelser/?q=tr%C3%A6&efter=3",
    "/visitering/12?kun=3,4",
    "/henvendelser/?q=%2F%2Fx%0A",
    "/hjælp/#frist",
]


@pytest.mark.parametrize("target", [*HOSTILE, *IN_A_QUERY])
def test_none_leads_out(target: str) -> None:
    assert local(target, "/front") == "/front"


@pytest.mark.parametrize("target", OURS)
def test_ours_lead_where_they_say(target: str) -> None:
    assert local(target, "/front") == target


@given(st.text(alphabet="/\\%0259aCFdAD\t\n\r .:@#?e\u2028", max_size=12))
def test_what_is_let_through_is_a_path(target: str) -> None:
    found = local(target, "/front")
    dropped = "".join(sign for sign in found.partition("?")[0].partition("#")[0] if sign not in "\t\n\r")
    assert dropped.startswith("/")
    assert not dropped.replace("\\", "/").startswith("//")


def test_no_page_leads_out(app: Flask, town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(mail("Træ", "Et træ"))
    visitator = sign_in(Role.VISITATOR)
    app.config["WTF_CSRF_ENABLED"] = False
    person = {"email": f"{Role.ADMINISTRATOR}@town.example.org", "password": "secret-enough"}
    for target in HOSTILE:
        client = app.test_client()
        answers = [
            client.post("/log-ind", query_string={"next": target}, data=person),
            client.post("/sprog/en", data={"next": target}),
            client.post("/udseende", data={"next": target}),
        ]
        # What no database takes has been replaced by then, and what is left is a page that does not exist.
        assert {each.location for each in answers} <= {"/", "/%EF%BF%BD/evil.example.org"}, target
        back = {"liste": f"/henvendelser/{target}"}
        answer = visitator.post(f"/henvendelser/{enquiry_id}/laeg-i-visiteringen", data=back)
        assert answer.status_code < 500, target
        assert (answer.location or "/henvendelser/").startswith("/henvendelser/"), target
