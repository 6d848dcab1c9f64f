"""The triage page's script by itself: what an answer changes on the page, and which press still means what was meant.

A made page stands in the place of the real one. Its addresses are answered here; nothing is asked of any server.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from app.web.platform import content_security_policy
from app.web.platform.factory import ROOT
from tests import browser as chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]

BASE = "http://localhost:1"
HTMX = "window.processed = []; window.htmx = { process: (node) => window.processed.push(node.className) };"
PAGE = """<!doctype html><html lang="da"><head><title>x</title>
<script src="/static/htmx.js" defer></script><script type="module" src="/static/triage.js"></script></head>
<body><input type="hidden" name="csrf_token" value="t"><div id="trouble" hidden><p></p><a></a><button></button></div>
<p id="said"></p>%s</body></html>"""
TO_NODE = "(html) => new DOMParser().parseFromString(html, 'text/html').getElementById('indhold')"


def main(
    enquiry: int = 1, version: int = 1, *, picks: tuple[str, ...] = ("Park", "Affald"), side: str = "", extra: str = ""
) -> str:
    """A triage page's main part, as small as the script needs it."""
    buttons = "".join(f'<button class="pick" name="unit" value="{n}">{name}</button>' for n, name in enumerate(picks))
    return f"""<main id="indhold" class="triage" data-enquiry="{enquiry}" data-version="{version}" data-args=""
      data-here="/visitering/{enquiry}/her" data-ahead="">
      <div class="side"><nav id="queue"><a href="/visitering/{enquiry}">{side}</a>
        <button data-key="n">{side}</button></nav></div>
      <article class="mail" id="mail" tabindex="-1">Mail {enquiry}</article>
      <form id="decide"><div class="picks">{buttons}</div><input id="find">
        <ul id="all-units"><li class="none"></li></ul></form>
      <div class="guides"></div><div class="foot"><a href="/fortryd">{side}</a></div>{extra}</main>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with mail 1 on it, under the rules that real pages have."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{BASE}/static/")
        if name == "htmx.js":
            route.fulfill(body=HTMX, content_type="text/javascript")
        elif name.endswith(".js"):
            route.fulfill(path=ROOT / "static" / name, content_type="text/javascript")
        else:
            route.fulfill(
                body=PAGE % main(side="gammel"), content_type="text/html", headers=content_security_policy.headers()
            )

    with chromium.page(browser, BASE) as opened:
        opened.route(f"{BASE}/**", answer)
        opened.goto("/visitering/1")
        opened.evaluate("window.old = document.getElementById('indhold')")
        yield opened


def call(page: Page, function: str, argument: str, **values: Any) -> Any:
    """Call a function of the script; `values` are there by their names, and `node` makes an answer's main part of HTML."""
    given = "".join(f"const {name} = values.{name};" for name in values)
    code = f"""async (values) => {{
      const triage = await import("/static/triage.js");
      const node = {TO_NODE};
      {given}
      return triage.{function}({argument});
    }}"""
    return page.evaluate(code, values)


def apply(page: Page, answer: str) -> bool:
    """Let an answer come, and tell whether the page's main part is still the one that stood there."""
    call(page, "apply", "node(answer)", answer=answer)
    return bool(page.evaluate("document.getElementById('indhold') === window.old"))


def test_an_answer_with_the_mail_that_stands_there_changes_what_is_new_in_it(page: Page) -> None:
    assert apply(page, main(side="ny"))
    assert page.locator(".side button").inner_text() == "ny"
    assert page.locator(".foot a").inner_text() == "ny"


@pytest.mark.parametrize(
    "answer",
    [main(2), main(1, version=2), main(1, picks=("Park",)), main(1, picks=())],
    ids=["another mail", "decided meanwhile", "fewer suggestions", "none"],
)
def test_an_answer_with_anything_else_takes_its_place(page: Page, answer: str) -> None:
    assert not apply(page, answer)
    assert page.evaluate("document.activeElement.id") == "mail"


def test_the_address_follows_the_mail(page: Page) -> None:
    apply(page, main(2))
    assert page.url == f"{BASE}/visitering/2"


def refresh(page: Page, answer: str) -> list[str]:
    """Refresh the page from an answer, and return the parts that were put in anew."""
    page.evaluate("window.processed = []")
    call(page, "refresh", "document.getElementById('indhold'), node(answer)", answer=answer)
    return list(page.evaluate("window.processed"))


def test_what_is_typed_and_the_focus_stay(page: Page) -> None:
    page.locator("#find").fill("affa")
    page.locator("#find").focus()
    assert refresh(page, main(side="ny")) == ["side", "foot"]
    assert page.locator("#find").input_value() == "affa"
    assert page.evaluate("document.activeElement.id") == "find"


def test_new_suggestions_come_with_the_mail_they_are_marked_in(page: Page) -> None:
    assert refresh(page, main(picks=("Park", "Lærte"))) == ["side", "mail", "picks", "guides", "foot"]
    assert page.locator(".pick").all_inner_texts() == ["Park", "Lærte"]


def test_focus_on_what_was_replaced_goes_to_the_mail(page: Page) -> None:
    page.locator(".foot a").focus()
    refresh(page, main())
    assert page.evaluate("document.activeElement.id") == "mail"


def test_what_the_answer_says_is_said(page: Page) -> None:
    refresh(
        page, main(extra='<p class="notice over">Fordelt</p>').replace('data-ahead=""', 'data-ahead="/visitering/next"')
    )
    assert page.locator("main .notice").inner_text() == "Fordelt"
    assert page.locator("#indhold").get_attribute("data-ahead") == "/visitering/next"


PRESSED = """() => {
  window.pressed = [];
  document.addEventListener("click", (event) => {
    event.preventDefault();
    const { isConnected, textContent } = event.target;
    window.pressed.push(isConnected ? textContent : "gone");
  });
}"""


def once(page: Page, selector: str, *, then: str | None = None) -> list[str]:
    """Press while an answer is on its way; the answer comes (`then`); return what is pressed in the end."""
    page.evaluate(PRESSED)
    page.evaluate("(selector) => { window.button = document.querySelector(selector); }", selector)
    if then is not None:
        apply(page, then)
    call(page, "once", '{ button: window.button, of: "1" }')
    return list(page.evaluate("window.pressed"))


def test_a_button_that_is_still_there_is_pressed(page: Page) -> None:
    assert once(page, ".pick[value='1']") == ["Affald"]


def test_the_same_button_of_the_same_mail_is_pressed(page: Page) -> None:
    assert once(page, ".pick[value='1']", then=main(picks=("Park", "Affald og genbrug"))) == ["Affald og genbrug"]


@pytest.mark.parametrize("selector", [".pick[value='1']", "#decide .pick"])
def test_what_was_meant_for_another_mail_is_dropped(page: Page, selector: str) -> None:
    assert once(page, selector, then=main(2)) == []


@pytest.mark.parametrize("selector", [".side [data-key]", ".foot a"])
def test_the_queue_and_the_foot_mean_the_same_beside_any_mail(page: Page, selector: str) -> None:
    assert once(page, selector, then=main(2, side="ny")) == ["ny"]


def test_a_button_that_the_answer_has_not_is_dropped(page: Page) -> None:
    assert once(page, ".pick[value='1']", then=main(picks=("Park",))) == []
