"""The page by which figures leave the house: tokens for other programs, how to fetch, and the night's file for analysts."""

import json
from datetime import UTC, datetime

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import database
from app.domain import extract
from app.domain.access import Role
from app.domain.deadlines import local_day
from app.domain.events.platform import ExtractFetched
from app.domain.period import Period
from app.errors import NotFoundError, RefusedError
from app.models.account import Account
from app.models.figure_token import FigureToken
from app.services.platform import events
from app.services.reports import extracts, figure_tokens
from app.web.platform import errors, incoming
from app.web.platform.access import blueprint, container, me
from app.web.platform.limited import limited
from app.web.reports import selection
from app.web.reports.frame import frame

bp = blueprint("data_out", __name__, [Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/tal/data")
ADDRESSES = (
    (
        ("/api/v1/figures", "/api/v1/figures.csv"),
        _l("Tallene for en periode, for hele huset eller pr. område, center, enhed eller postkasse."),
    ),
    (("/api/v1/series", "/api/v1/series.csv"), _l("De samme tal pr. dag, uge, måned, kvartal eller år.")),
    (("/api/v1/catalogue", "/api/v1/groups"), _l("Hvad hvert tal tæller, og hvad der kan vælges.")),
)
PLACEHOLDER = f"{figure_tokens.PREFIX}…"
CURL = """\
curl -H "Authorization: Bearer {key}" \\
  "{base_url}/api/v1/figures?period={period}&by=unit"
"""
POWER_BI = """\
let
    Key = "{key}",
    Source = Web.Contents("{base_url}", [
        RelativePath = "api/v1/series.csv",
        Query = [period = "{year}", step = "month", by = "unit"],
        Headers = [Authorization = "Bearer " & Key]
    ]),
    Table = Csv.Document(Source, [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),
    Titles = Table.PromoteHeaders(Table, [PromoteAllScalars = true]),
    Typed = Table.TransformColumnTypes(Titles, {{
        {{"first", type date}}, {{"last", type date}}, {{"count", Int64.Type}}, {{"of", Int64.Type}},
        {{"share", type number}}, {{"low", type number}}, {{"high", type number}}
    }}, "en-US")
in
    Typed
"""
tokens = blueprint("figure_tokens", __name__, [Role.ADMINISTRATOR], url_prefix="/tal/data/noegler")
"""A manager sees which programs fetch figures; who lets one in, or out, is an administrator."""


@bp.get("/")
def index() -> ResponseReturnValue:
    return _page({})


@bp.get("/henvendelser-<day>.csv.gz")
@limited("export")
def download(day: str) -> ResponseReturnValue:
    """Send a night's file; the log says first who takes it."""
    there = {each.day.isoformat(): each.path for each in extracts.there(container().settings.extract_root)}
    if day not in there:
        raise NotFoundError
    with database.write(container().engine) as db:
        events.record(db, ExtractFetched(day=day), by=me(), now=datetime.now(UTC))
    return send_file(there[day], mimetype="application/gzip", as_attachment=True)


@bp.get("/henvendelser.schema.json")
def schema() -> ResponseReturnValue:
    """Send the description of the file's columns; it is the same whether or not files are made."""
    text = json.dumps(extract.schema(), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f"attachment; filename={extracts.SCHEMA}"}
    return Response(text, mimetype="application/json", headers=headers)


@tokens.post("/ny")
def make() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    given = {name: request.form.get(name, "") for name in ("name", "purpose", "expires")}
    now = datetime.now(UTC)
    try:
        with database.write(container().engine) as db:
            row, key = figure_tokens.make(
                db,
                name=given["name"],
                purpose=given["purpose"],
                expires_on=incoming.chosen_day(given["expires"]),
                by=me(),
                now=now,
            )
            name, expires_on = row.name, row.expires_on
    except RefusedError as error:
        return _page(given, errors.text(error)), 422
    how = _how(key, selection.usual(local_day(now)))
    return render_template("data_out/made.html", name=name, expires_on=expires_on, token=key, how=how)


@tokens.post("/<int:token_id>/spaer")
def revoke(token_id: int) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        name = figure_tokens.revoke(db, token_id, by=me(), now=datetime.now(UTC)).name
    flash(_("Nøglen til %(name)s er spærret og åbner ikke noget mere.", name=name))
    return redirect(url_for("data_out.index"), 303)


def _how(key: str, period: Period) -> dict[str, str]:
    """Return how a program fetches figures of this house; from a shell, and in Power BI's language M."""
    values = {"key": key, "base_url": container().settings.base_url, "period": period.word, "year": period.first.year}
    return {"curl": CURL.format(**values).strip(), "power_bi": POWER_BI.format(**values).strip()}


def _page(given: dict[str, str], problem: str = "") -> str:
    now, config = datetime.now(UTC), container().settings
    today = local_day(now)
    with database.read(container().engine) as db:
        rows = list(db.scalars(select(FigureToken).order_by(FigureToken.name, FigureToken.id)))
        made_by = dict(db.execute(select(Account.email, Account.name)).all())
        framed = frame(db, now)
        return render_template(
            "data_out/index.html",
            **framed,
            addresses=ADDRESSES,
            how=_how(PLACEHOLDER, framed["selection"].period),
            open=[each for each in rows if each.revoked_at is None and each.expires_on >= today],
            closed=[each for each in rows if each.revoked_at is not None or each.expires_on < today],
            names=made_by,
            may_make=me().role is Role.ADMINISTRATOR,
            given={"expires": (today + figure_tokens.USUAL).isoformat()} | given,
            problem=problem,
            latest=today + figure_tokens.LONGEST,
            lengths=(figure_tokens.LONGEST_NAME, figure_tokens.LONGEST_PURPOSE),
            extracts=extracts.there(config.extract_root),
            extract_nights=config.extract_nights,
            extract_soon=extracts.may_be_made(now),
            columns=len(extract.COLUMNS),
        )
