"""With a work account, in a real browser: there, back, out again, and refused. The provider is another site, as in life."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app import database
from app.config import SignOn
from app.domain.access import Role
from app.domain.actor import Actor
from app.services.organisation import group_rules
from tests import browser as chromium
from tests.providers import CLIENT_ID, CLIENT_SECRET, Provider, provider
from tests.serving import serving
from tests.town import Town, now

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as made:
        made.issuer = made.issuer.replace("127.0.0.1", "localhost")  # to a browser another site than ours
        yield made


@pytest.fixture
def page(town: Town, there: Provider, browser: Browser) -> Iterator[Page]:
    known = SignOn(there.issuer, CLIENT_ID, CLIENT_SECRET)
    town.container.settings = town.container.settings.model_copy(update={"sign_on": known})
    with database.write(town.container.engine) as session:
        group_rules.save(
            session,
            None,
            group="visitatorer",
            label="",
            role=Role.VISITATOR.value,
            unit_id=None,
            by=Actor("a"),
            now=now(),
        )
    with serving(town) as base, chromium.page(browser, base, expected=(there.issuer, "status of 403")) as opened:
        yield opened


def test_a_day_with_a_work_account(page: Page, there: Provider) -> None:
    page.goto("/henvendelser/?q=vej")
    page.get_by_role("link", name="Log ind med din arbejdskonto").click()
    expect(page.get_by_role("heading", name="Henvendelser")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/henvendelser/\?q=vej$"))
    expect(page.get_by_role("link", name="Konto Karen Holm")).to_be_visible()
    page.get_by_role("button", name="Log ud").click()
    expect(page.get_by_text("Du er logget ud.")).to_be_visible()
    expect(page).to_have_url(re.compile("/log-ind$"))
    assert [path.partition("?")[0] for path in there.paths][-1] == "/logout"
    page.goto("/henvendelser/")
    expect(page.get_by_role("heading", name="Log ind", exact=True)).to_be_visible()


def test_who_gets_no_access_is_told_in_words_and_finds_back(page: Page, there: Provider) -> None:
    there.person = {"groups": ["andre"]}
    page.goto("/log-ind")
    page.get_by_role("link", name="Log ind med din arbejdskonto").click()
    expect(page.get_by_role("heading", name="Du er ikke logget ind")).to_be_visible()
    expect(page.get_by_text("Din konto giver ikke adgang til Sluse.")).to_be_visible()
    assert "code=" not in page.url
    there.person = {}
    page.get_by_role("link", name="Prøv igen").click()
    expect(page.get_by_role("link", name="Konto Karen Holm")).to_be_visible()
