"""The page of one's latest decisions.

Each has its own way back. Undoing itself is the triage page's: its mail is the answer.
"""

from flask import render_template
from flask.typing import ResponseReturnValue

from app import database
from app.queries.triage import recent_decisions
from app.web.platform.access import blueprint, container, me
from app.web.triage.triage_page import ROLES

bp = blueprint("decisions", __name__, ROLES, url_prefix="/visitering/seneste")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the last ten decisions that stand. Each says what undoing it would do outside the house."""
    with database.read(container().engine) as db:
        return render_template("decisions/index.html", made=recent_decisions.undoable(db, me().email))
