"""Change people by their page."""

from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.models.event import Event
from tests.app.web.conftest import csrf_token
from tests.town import Town


def post(client: FlaskClient, page: str, **form: object) -> tuple[int, str]:
    token = csrf_token(client, "/konto/")
    answer = client.post(page, data={"csrf_token": token, **form})
    return answer.status_code, answer.text


def kinds(town: Town) -> list[str]:
    shown = ("account_", "password_", "sessions_", "factor_", "code_")
    with database.read(town.container.engine) as db:
        return [kind for kind in db.scalars(select(Event.kind).order_by(Event.id)) if kind.startswith(shown)]
