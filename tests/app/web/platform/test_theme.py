"""Light, dark or as the machine has it: written on the page by the server, so that nothing flashes."""

import pytest

from app.domain.access import Role
from tests.app.web.conftest import SignIn, csrf_token


@pytest.mark.parametrize(
    ("wanted", "theme", "scheme", "colours"),
    [
        ("dark", "dark", "dark", ["#1b2225"]),
        ("light", "light", "light", ["#fffefb"]),
        ("machine", "machine", "light dark", ["#fffefb", "#1b2225"]),
        ("<b>", "machine", "light dark", ["#fffefb", "#1b2225"]),
    ],
)
def test_a_theme_is_chosen_without_javascript(
    sign_in: SignIn, wanted: str, theme: str, scheme: str, colours: list[str]
) -> None:
    client = sign_in(None)
    form = {"csrf_token": csrf_token(client, "/log-ind"), "tema": wanted, "next": "/log-ind"}
    answer = client.post("/udseende", data=form)
    assert answer.location == "/log-ind"
    page = client.get("/log-ind").text
    assert f'data-theme="{theme}"' in page
    assert f'<meta name="color-scheme" content="{scheme}">' in page
    assert [part[:7] for part in page.split('name="theme-color" content="')[1:]] == colours
    assert f'value="{theme}" aria-pressed="true"' in page


@pytest.mark.parametrize("target", ["//evil.example.org", "https://evil.example.org"])
def test_choosing_leads_nowhere_else(sign_in: SignIn, target: str) -> None:
    client = sign_in(None)
    form = {"csrf_token": csrf_token(client, "/log-ind"), "tema": "dark", "next": target}
    assert client.post("/udseende", data=form).location == "/"


@pytest.mark.parametrize(
    ("role", "daily", "groups"),
    [
        (Role.CASEWORKER, ["Henvendelser"], []),
        (Role.VISITATOR, ["Visitering", "Henvendelser", "Tal"], ["Robot og læring"]),
        (Role.ADMINISTRATOR, ["Visitering", "Henvendelser", "Tal"], ["Robot og læring", "Opsætning"]),
    ],
)
def test_the_menu_has_groups_for_those_who_need_them(
    sign_in: SignIn, role: Role, daily: list[str], groups: list[str]
) -> None:
    nav = sign_in(role).get("/henvendelser/").text.split("<nav", 1)[1].split("</nav>", 1)[0]
    at = [nav.index(f">{name}<") for name in daily] + [nav.index(f">{name}") for name in groups]
    assert at == sorted(at)
    assert nav.count('class="group"') == len(groups)
    assert 'aria-current="page">Henvendelser' in nav
