"""Post forms as a page would, and read what a page says of itself."""

import re

from flask.testing import FlaskClient

from tests.app.web.conftest import csrf_token

HTMX = {"HX-Request": "true"}


def post(client: FlaskClient, url: str, page: str = "/visitering/", *, htmx: bool = False, **form: object):  # type: ignore[no-untyped-def]
    data = {"csrf_token": csrf_token(client, page)} | form
    return client.post(url, data=data, headers=HTMX if htmx else {})


def version(html: str) -> str:
    return re.findall(r'name="version" value="(\d+)"', html)[0]
