"""No page is left out of the walk through all pages (tests/pages.py)."""

from flask import Flask

from tests import pages


def test_every_get_route_is_a_page_or_named_as_none(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert routes == set(pages.PAGES) | set(pages.NOT_PAGES)
    assert not set(pages.PAGES) & set(pages.NOT_PAGES)
