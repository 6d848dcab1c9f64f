"""Health checks for whoever watches the machine. Does the process answer, does the database?"""

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from app import database
from app.web.platform.access import PUBLIC, blueprint, container

bp = blueprint("health", __name__, PUBLIC)


@bp.get("/sundhed")
def health() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        db.execute(text("SELECT 1"))
    return jsonify(status="ok")
