"""A few judged mails are told as how many of how many; a percentage stands only where enough stand behind it."""

import re

import pytest
from flask.testing import FlaskClient

from app import database
from app.domain.access import Role
from app.services.platform import settings
from tests.app.web.conftest import SignIn
from tests.judged import judge
from tests.town import Town

PAGES = ("/tal/", "/tal/traefsikkerhed/", "/laering/", "/laering/?uger=52")
PERCENT = re.compile(r"(\d+(?:,\d+)?)\s%")


def shown(client: FlaskClient, address: str) -> tuple[list[str], str]:
    """The large figures of a page, and its tables."""
    page = client.get(address).text
    return re.findall(r'<span class="big[^"]*">([^<]*)</span>', page), "".join(
        re.findall(r"<table.*?</table>", page, re.DOTALL)
    )


@pytest.mark.parametrize("n", [1, 4, 10, 58])
def test_no_percentage_stands_on_a_few(town: Town, sign_in: SignIn, n: int) -> None:
    judge(town, n)
    manager = sign_in(Role.MANAGER)
    for address in PAGES:
        large, tables = shown(manager, address)
        assert not PERCENT.search(" ".join(large)), (address, large)
        shares = re.sub(
            r"<th.*?</th>|<td>\d+\s%\s+–\s+\d+\s%</td>|<td>\d+\s%</td>\s*<td>\d+</td>", "", tables, flags=re.DOTALL
        )
        assert not PERCENT.search(shares), address
    assert f"mangler {59 - n} bedømt" in manager.get("/laering/").text


def test_with_enough_behind_it_the_figure_stands_with_its_interval(town: Town, sign_in: SignIn) -> None:
    judge(town, 60)
    manager = sign_in(Role.MANAGER)
    large, _ = shown(manager, "/laering/")
    assert PERCENT.search(" ".join(large))
    assert "n = 60" in manager.get("/laering/").text
    with database.write(town.container.engine) as session:
        settings.put(session, settings.MAX_ERROR, 0.02)
    large, _ = shown(manager, "/laering/")
    assert not PERCENT.search(" ".join(large)), "a house that allows 2 % errors needs 149"
    assert "mangler 89 bedømte mails" in manager.get("/laering/").text
