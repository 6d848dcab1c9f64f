"""The form in which a manager enters what the benefit is reckoned from. Each time it is saved is a version."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app import database
from app.domain.access import Role
from app.domain.benefit import Assumptions, Given, Key, Line
from app.errors import ConflictError
from app.queries.reports import benefit as measured
from app.services.reports import benefit_assumptions
from app.web.platform import errors
from app.web.platform.access import blueprint, container, me
from app.web.reports.benefit_texts import TEXTS, value

bp = blueprint("benefit_assumptions", __name__, [Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/tal/gevinst/ret")
MOST = 1_000_000_000
TEXT = 200
SPARE = 3
"""Empty lines below those that are there."""
GROUPED = re.compile(r"\d{1,3}(\.\d{3})+")
LIMITS: dict[Key, tuple[int, int]] = {Key.MISROUTED_BEFORE: (0, 100), Key.HOURS: (1, 8760), Key.POSITION: (0, MOST)}
USUAL_LIMITS = (0, 1440)


class EntryError(ValueError):
    """What was entered cannot be used; the text says what and where."""


@bp.get("")
def edit() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        version = measured.newest(db)
    given = version.given if version else Assumptions()
    return _page(_fields(given), version.row.id if version else None)


@bp.post("")
def save() -> ResponseReturnValue:
    """Save a new version of the assumptions."""
    form, now = request.form, datetime.now(UTC)
    based_on = form.get("version", type=int)
    try:
        given = entered(form)
        note = form.get("note", "").strip()[:TEXT]
        if not note:
            raise EntryError(_("Skriv, hvad der er ændret, og hvorfor."))
        with database.write(container().engine) as db:
            saved = benefit_assumptions.save(db, given, note, based_on=based_on, by=me(), now=now)
    except EntryError as error:
        return _page(form, based_on, str(error)), 422
    except ConflictError as error:
        return _page(form, based_on, errors.text(error)), 409
    flash(_("Forudsætningerne er gemt som version %(n)s.", n=saved) if saved else _("Intet er ændret."))
    return redirect(url_for("benefit.index"), 303)


def entered(form: MultiDict[str, str]) -> Assumptions:
    """Read the form.

    Raises:
        EntryError: a number is none or out of bounds, or has no source or day.
    """
    values = {key: found for key in Key if (found := _given(form, key)) is not None}
    effect_from = form.get("effekt_fra", "").strip()
    return Assumptions(
        values,
        _lines(form, "drift", _("driftsudgifter")),
        _lines(form, "investering", _("investeringer")),
        _day(effect_from, _("dagen, effekten regnes fra")) if effect_from else None,
        form.get("plan") == "ja",
    )


def _given(form: MultiDict[str, str], key: Key) -> Given | None:
    written, name = form.get(f"vaerdi_{key}", "").strip(), str(TEXTS[key].name)
    if not written:
        return None
    low, high = LIMITS.get(key, USUAL_LIMITS)
    number = _number(written, name)
    if not low <= number <= high:
        raise EntryError(_("%(name)s skal være mellem %(low)s og %(high)s.", name=name, low=low, high=high))
    source = form.get(f"kilde_{key}", "").strip()[:TEXT]
    if not source:
        raise EntryError(_("Skriv, hvor tallet kommer fra: %(name)s.", name=name))
    return Given(number, source, _day(form.get(f"dato_{key}", ""), name))


def _lines(form: MultiDict[str, str], field: str, what: str) -> tuple[Line, ...]:
    found = []
    for name, amount in zip(form.getlist(f"{field}_navn"), form.getlist(f"{field}_kr"), strict=False):
        if not amount.strip() and not name.strip():
            continue
        number = _number(amount, name.strip() or what)
        if not name.strip() or not 0 <= number <= MOST or number != int(number):
            raise EntryError(_("Hver linje under %(what)s skal have et navn og et beløb i hele kroner.", what=what))
        found.append(Line(name.strip()[:TEXT], int(number)))
    return tuple(found)


def _number(written: str, name: str) -> Decimal:
    """Read a number as Danes write it: 4,5 and 425.000."""
    plain = written.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    if "," in plain or GROUPED.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise EntryError(_("Det er ikke et tal: %(name)s.", name=name)) from error
    if not number.is_finite() or abs(number) > MOST:
        raise EntryError(_("Det er ikke et tal: %(name)s.", name=name))
    return number.quantize(Decimal("0.01")).normalize() + 0


def _day(written: str, name: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise EntryError(_("Skriv en dato: %(name)s.", name=name)) from error


def _fields(given: Assumptions) -> MultiDict[str, str]:
    """Return assumptions as the form's fields."""
    found: MultiDict[str, str] = MultiDict()
    for key, each in given.values.items():
        found[f"vaerdi_{key}"], found[f"kilde_{key}"], found[f"dato_{key}"] = (
            value(each.value),
            each.source,
            str(each.on),
        )
    for field, lines in (("drift", given.running), ("investering", given.investments)):
        for line in lines:
            found.add(f"{field}_navn", line.name)
            found.add(f"{field}_kr", str(line.kroner))
    found["effekt_fra"] = str(given.effect_from or "")
    found["plan"] = "ja" if given.plan else ""
    return found


def _page(fields: MultiDict[str, str], version: int | None, problem: str = "") -> str:
    return render_template(
        "benefit/edit.html",
        fields=fields,
        running=_pairs(fields, "drift"),
        investments=_pairs(fields, "investering"),
        texts=TEXTS,
        version=version,
        today=datetime.now(UTC).date(),
        problem=problem,
    )


def _pairs(fields: MultiDict[str, str], field: str) -> Sequence[tuple[Any, Any]]:
    pairs = zip(fields.getlist(f"{field}_navn"), fields.getlist(f"{field}_kr"), strict=False)
    return [*((name, amount) for name, amount in pairs if name or amount), *[("", "")] * SPARE]
