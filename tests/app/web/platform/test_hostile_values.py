"""No address and no form makes a fault of ours.

Every route is asked with hostile values in each parameter and field that its module reads; every form that a page has is
posted with each of its fields left out.
"""

import inspect
import os
import re
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html as lxml_html
from lxml.html import HtmlElement
from werkzeug.routing import Rule

from app.domain.access import Role
from app.web.enquiries import list_filters
from tests import pages
from tests.app.web.conftest import SignIn
from tests.app.web.routes import VALUES
from tests.town import Town, mail

HOSTILE = {
    "numbers": ("99999999999999999999", str(2**31), "-1", "0", "9" * 5_000, "\u00b2", "\u0663", "1,99999999999999999999,-1,\u00b2",
                "99999999999999999999.99999999999999999999"),
    "days": ("0001-01-01", "0001-01-01T00:00", "9999-12-31", "9999-12-31T23:59", "2026-02-30", "1e999", "nan"),
    "texts": ("", "a\x00b", "\ud800", "\u00e6" * 3_000, "{emne}{afsnit:x}{" * 50 + "%s%n", "(" * 3_000),
    "JSON": ('{"moves": [{"kind": "merge", "units": [99999999999999999999], "into": {}}]}', "[" * 40_000, '{"a":' * 20_000),
}  # fmt: skip
WHOLE = "SLUSE_TEST_EVERY_VALUE"
"""The variable under which all values are tried, as `make verify` does; some minutes."""
LONGEST = 2.0
"""Seconds that an answer may take, on a machine that does nothing else: asked for with all values only."""
NAMED = re.compile(r"""(?:args|form|given|typed|values)(?:\.get|\.getlist)?[\[(]\s*f?"([\w-]+)""")
PARTS = ("title-", "text-", "pieces-")
SKIPPED = {"static", "auth.signed_in", "auth.sign_out"}
"""Files; and what signs out who walks."""


def names(app: Flask, rule: Rule) -> list[str]:
    """The parameters and fields that the module of a route reads."""
    source = inspect.getsource(inspect.getmodule(inspect.unwrap(app.view_functions[rule.endpoint])))  # type: ignore[arg-type]
    found = {name + "0" if name in PARTS else name for name in NAMED.findall(source)}
    if "listing.read" in source:
        found |= set(re.findall(r'"(\w+)"', inspect.getsource(list_filters)))
    return sorted(found)


def requests(
    app: Flask, rule: Rule, filled: dict[str, object], value: str
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(method, address, what is sent): hostile in each part of the address, then in all fields."""
    with app.test_request_context():
        build = app.url_map.bind("localhost").build
        here = build(rule.endpoint, filled)
    sent = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if "\ud800" in value else value
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        for argument in sorted(rule.arguments if value and len(value) < 6_000 else ()):
            yield method, _with(rule, filled, argument, quote(sent, safe="")), {}
        yield method, here, dict.fromkeys(names(app, rule), sent)


def _with(rule: Rule, filled: dict[str, object], argument: str, value: str) -> str:
    """The address of a route with a value in the place of one of its arguments, whether or not it fits there."""

    def put(match: re.Match[str]) -> str:
        return value if match[1] == argument else quote(str(filled[match[1]]), safe="")

    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", put, rule.rule)


@pytest.fixture
def filled(town: Town) -> dict[str, Any]:
    routed, waiting = town.receive(mail("Træ", "Træet er væltet."), mail("Vej", "Et hul i vejen. Og et til."))
    town.decide(routed)
    return {**VALUES, **pages.samples(town, routed, waiting)}


def timed(app: Flask) -> list[float]:
    """Seconds of each answer from now on, without what the client takes to write an address of megabytes."""
    answer, took = app.wsgi_app, list[float]()

    def answering(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        began = time.monotonic()
        try:
            return answer(environ, start_response)
        finally:
            took.append(time.monotonic() - began)

    app.wsgi_app = answering  # type: ignore[method-assign]
    return took


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_that_comes_in_is_a_fault_of_ours(
    app: Flask, filled: dict[str, Any], sign_in: SignIn, kind: str
) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    faults, slow, asked, took = set(), set(), 0, timed(app)
    for rule in app.url_map.iter_rules():
        if rule.endpoint in SKIPPED:
            continue
        arguments = {name: filled.get(name, VALUES[name]) for name in rule.arguments}
        for value in HOSTILE[kind][: None if WHOLE in os.environ else 1]:
            for method, address, sent in requests(app, rule, arguments, value):
                options = {"query_string": sent} if method == "GET" else {"data": sent}
                status = client.open(address, method=method, **options).status_code  # type: ignore[arg-type]
                asked += 1
                if WHOLE in os.environ and took[-1] > LONGEST:
                    slow.add((method, rule.rule, value[:30], round(took[-1], 1)))
                if status >= 500:
                    faults.add((method, rule.rule, "fields" if sent else "address", value[:30]))
    assert asked > 100
    assert not faults, sorted(faults)
    assert not slow, sorted(slow)


@dataclass
class Form:
    """What a browser sends to an address: fields, each filled, and one of the buttons."""

    action: str
    fields: dict[str, str]
    buttons: list[dict[str, str]]

    def posts(self) -> Iterator[dict[str, str]]:
        """Nothing; then all fields, by each button; then by the first, all but one."""
        yield {}
        yield from (self.fields | button for button in self.buttons)
        whole = self.fields | self.buttons[0]
        yield from ({name: value for name, value in whole.items() if name != left} for left in self.fields)


def written(form: HtmlElement, page: str) -> Form:
    named = [each for each in form.iter("input", "select", "textarea", "button") if each.get("name")]
    fields = {each.get("name"): filling(each) for each in named if each.tag != "button"}
    buttons = {each.get("name"): each.get("value", "") for each in named if each.tag == "button"}
    del fields["csrf_token"]
    return Form(form.get("action") or page, fields, [{name: value} for name, value in buttons.items()] or [{}])


def filling(field: HtmlElement) -> str:
    """What somebody would give in a field."""
    if field.tag == "select":
        return next((each for each in field.value_options if each), "")
    if field.tag == "textarea":
        return field.text or "Prøve"
    made = {"email": "proeve@town.example.org", "date": "2026-06-01", "number": field.get("min") or "1"}
    return field.get("value") or made.get(field.type, "on" if field.type == "checkbox" else "Prøve")


def forms(app: Flask, client: FlaskClient, filled: dict[str, Any], endpoints: Collection[str]) -> list[Form]:
    """The forms of these pages, each once; for a route that none of them leads to, one that is empty."""
    found: dict[tuple[object, ...], Form] = {}
    adapter = app.url_map.bind("localhost")
    for endpoint, address in pages.addresses(app, filled):
        if endpoint not in endpoints:
            continue
        for element in lxml_html.fromstring(client.get(address).text).xpath("//form[@method='post']"):
            form = written(element, address)
            leads_to, _ = adapter.match(form.action.partition("?")[0], method="POST")
            found.setdefault((leads_to, *sorted(form.fields)), form)
    reached = {endpoint for endpoint, *_ in found}
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint not in reached:
            address = adapter.build(rule.endpoint, {name: filled.get(name, VALUES[name]) for name in rule.arguments})
            found[rule.endpoint,] = Form(address, {}, [{}])
    return [form for (endpoint, *_), form in found.items() if endpoint not in SKIPPED | {"my_account.end"}]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, None])
def test_no_field_that_is_left_out_is_a_fault_of_ours(
    app: Flask, filled: dict[str, Any], sign_in: SignIn, role: Role | None
) -> None:
    client, without = sign_in(role), {*pages.SIGNED_OUT, "returns.ask"}
    found = forms(app, client, filled, set(pages.PAGES) - set(pages.SIGNED_OUT) if role else without)
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    faults = []
    for form in found:
        for sent in form.posts():
            if client.post(form.action, data=sent).status_code >= 500:
                faults.append((form.action, sorted({*form.fields} - {*sent})))
    assert not faults, faults
    assert role is None or client.get("/robot/").status_code == 200, "who posts is still signed in"
