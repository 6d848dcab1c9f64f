from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from app.domain.access import Role
from app.web.platform.factory import create_app
from tests.town import Town

SignIn = Callable[[Role | None], FlaskClient]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates are compiled once, not for every test's application."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled")))


@pytest.fixture
def app(town: Town, compiled: FileSystemBytecodeCache) -> Flask:
    made = create_app(town.container)
    made.testing = True
    made.jinja_env.bytecode_cache = compiled
    return made


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A client that is signed in as somebody of a role, or as nobody, and sends the CSRF token by itself."""

    def make(role: Role | None) -> FlaskClient:
        client = app.test_client()
        if role is not None:
            token = csrf_token(client, "/log-ind")
            form = {"email": f"{role}@town.example.org", "password": "secret-enough", "csrf_token": token}
            assert client.post("/log-ind", data=form).status_code == 302
        return client

    return make


def csrf_token(client: FlaskClient, page: str) -> str:
    html = client.get(page, follow_redirects=True).text
    return html.split('name="csrf_token" value="')[1].split('"')[0]
