"""Write the reference of all settings, docs/settings.md, from the settings themselves."""

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from app.config import extra, variables
from app.connectors_by_name import DEADLINES, MAIL, RECORDS

CHOICES = {
    "SLUSE_MAIL": MAIL,
    "SLUSE_MAIL_SYSTEMS__NAME__KIND": MAIL,
    "SLUSE_RECORDS": RECORDS,
    "SLUSE_DEADLINES": DEADLINES,
}
TYPES: dict[Any, str] = {str: "text", int: "whole number", float: "number", Path: "path", Path | None: "path"}
HEAD = """\
# Settings

Generated from `app/config.py` by `make settings`; a test holds the two together.

Sluse reads its settings once, at the start, from variables. A variable that begins with `SLUSE_` and is not in this table,
or whose value makes no sense, stops it with a sentence that says what to write. Empty is the same as not set. A secret may lie
in a file instead, which the variable with `_FILE` at its end names (`SLUSE_SECRET_KEY_FILE=/etc/sluse/key`); it is in no text
about the settings.

`SLUSE_OIDC_*` are set all or not at all (issuer, client id and secret; the others are optional), and need `SLUSE_BASE_URL`
with https.
`NAME` in `SLUSE_MAIL_SYSTEMS__NAME__…` is a name of yours (docs/operations.md, Mail systems).

| Variable | Type | Default | Meaning | Example | Secret |
|---|---|---|---|---|---|
"""


def markdown() -> str:
    """Return the whole page."""
    return HEAD + "".join(_row(name, info) for name, info in variables().items())


def _row(name: str, info: FieldInfo) -> str:
    example = f"`{info.examples[0]}`" if info.examples else ""
    secret = f"yes, or `{name}_FILE`" if extra(info).get("secret") else ""
    cells = (f"`{name}`", _type(name, info), _default(info), str(info.description), example, secret)
    return f"| {' | '.join(cells)} |\n"


def _type(name: str, info: FieldInfo) -> str:
    if name in CHOICES:
        return _one_of(CHOICES[name])
    if get_origin(info.annotation) is Literal:
        return _one_of(get_args(info.annotation))
    return str(extra(info).get("type") or TYPES[info.annotation])


def _one_of(known: Any) -> str:
    *most, last = (f"`{each}`" for each in known)
    return f"{', '.join(most)} or {last}" if most else last


def _default(info: FieldInfo) -> str:
    default = extra(info).get("default")
    if default:
        return str(default)
    if info.is_required():
        return "none: it must be set"
    return (
        f"`{info.default:g}`" if isinstance(info.default, float) else f"`{info.default}`" if info.default else "nothing"
    )
