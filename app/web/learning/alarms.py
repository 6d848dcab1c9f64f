"""The page of alarms and of excluding labels.

The system raises the alarms by itself; an account's labels can be excluded.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.errors import RefusedError
from app.queries.learning import alarm_list
from app.services.learning import alarms, distrusted_labels, label_overrides
from app.web.platform import incoming
from app.web.platform.access import blueprint, container, me

bp = blueprint("alarms", __name__, [Role.ADMINISTRATOR], url_prefix="/alarmer")
HERE = ZoneInfo("Europe/Copenhagen")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List the alarms, open ones first.

    With an account and a time in the address also what excluding its labels would do.
    """
    account, since = request.args.get("konto", "").strip(), request.args.get("siden", "")
    with database.read(container().engine) as db:
        effect = distrusted_labels.by_unit(db, account, _moment(since)) if account else None
        return render_template(
            "alarms/index.html",
            rows=alarm_list.latest(db),
            distrusted=alarm_list.distrusted(db),
            labellers=alarm_list.labellers(db),
            account=account,
            since=since,
            effect=effect,
        )


@bp.post("/<int:alarm_id>/set")
def see(alarm_id: int) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        alarms.see(db, alarm_id, by=me(), now=_now())
    return redirect(url_for("alarms.index"), 303)


@bp.post("/mistro")
def distrust() -> ResponseReturnValue:
    """Exclude an account's labels since a time. This is the second step."""
    account, since = request.form.get("konto", "").strip(), _moment(request.form.get("siden", ""))
    with database.write(container().engine) as db:
        distrusted_labels.distrust(db, account, since, note="", by=me(), now=_now())
    flash(_("Valgene tæller ikke længere. Modellen lærer om uden dem."))
    return redirect(url_for("alarms.index"), 303)


@bp.post("/mistro/<int:amendment_id>/ophaev")
def trust(amendment_id: int) -> ResponseReturnValue:
    """Let them count again."""
    with database.write(container().engine) as db:
        label_overrides.revoke(db, amendment_id, by=me(), now=_now())
    flash(_("Valgene tæller igen."))
    return redirect(url_for("alarms.index"), 303)


def _moment(value: str) -> datetime:
    """A moment as a form writes it, in local time.

    Raises:
        RefusedError: it is none.
    """
    try:
        return incoming.moment(value, HERE)
    except ValueError as error:
        raise RefusedError("no_moment") from error


def _now() -> datetime:
    return datetime.now(UTC)
