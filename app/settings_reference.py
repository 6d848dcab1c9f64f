"""Write the reference of all settings, docs/settings.md, from the settings themselves."""

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.config import NESTED
from app.connectors_by_name import DEADLINES, RECORDS
from app.environment import MAIL, SYSTEMS, extra, of_a_mail_system, variables
from app.mail_settings import KINDS, MailSystemBase

CHOICES = {"SLUSE_RECORDS": RECORDS, "SLUSE_DEADLINES": DEADLINES}
TYPES: dict[Any, str] = {str: "text", SecretStr: "text", int: "whole number", float: "number", Path: "path"}
HEAD = """\
# Settings

Generated from `app/config.py` by `make settings`; a test holds the two together.

Sluse reads its settings once, at the start, from variables. A variable that begins with `SLUSE_` and is not in this table,
or whose value makes no sense, stops it with a sentence that says what to write. Empty is the same as not set. A secret may lie
in a file instead, which the variable with `_FILE` at its end names (`SLUSE_SECRET_KEY_FILE=/etc/sluse/key`); it is in no text
about the settings.

`SLUSE_OIDC_*` are set all or not at all (issuer, client id and secret; the others are optional), and need `SLUSE_BASE_URL`
with https.

"""
TABLE = """\
| Variable | Type | Default | Meaning | Example | Secret |
|---|---|---|---|---|---|
"""
OF_MAIL = f"""\

## Mail systems

`{MAIL}` says what the main mail system is (one of {{kinds}}; `folder` where nothing is said), and
variables that begin with `{MAIL}{NESTED}` the rest. A house may have further ones beside it, each with a name of
yours: `{SYSTEMS}{NESTED}NAME{NESTED}KIND` says what it is, and the rest begins with
`{SYSTEMS}{NESTED}NAME{NESTED}` (docs/operations.md, Mail systems).
"""


def markdown() -> str:
    """Return the whole page."""
    kinds = ", ".join(f"`{name}`" for name in KINDS)
    of_each = (_of_kind(name, kind) for name, kind in KINDS.items())
    return (
        HEAD
        + TABLE
        + "".join(_row(name, info) for name, info in variables().items())
        + OF_MAIL.format(kinds=kinds)
        + "".join(of_each)
    )


def _of_kind(name: str, kind: type[MailSystemBase]) -> str:
    rows = (_row(variable, info) for variable, info in of_a_mail_system(MAIL, kind).items())
    return f"\n### `{MAIL}={name}`: {kind.__doc__}\n\n{TABLE}{''.join(rows)}"


def _row(name: str, info: FieldInfo) -> str:
    example = f"`{info.examples[0]}`" if info.examples else ""
    hidden = extra(info).get("secret") or SecretStr in get_args(info.annotation)
    secret = f"yes, or `{name}_FILE`" if hidden else ""
    cells = (f"`{name}`", _type(name, info), _default(info), str(info.description), example, secret)
    return f"| {' | '.join(cells)} |\n"


def _type(name: str, info: FieldInfo) -> str:
    if name in CHOICES:
        return _one_of(CHOICES[name])
    wanted = (
        next((each for each in get_args(info.annotation) if each is not type(None)), None)
        if _optional(info)
        else info.annotation
    )
    if get_origin(wanted) is Literal:
        return _one_of(get_args(wanted))
    return str(extra(info).get("type") or TYPES[wanted])


def _optional(info: FieldInfo) -> bool:
    return type(None) in get_args(info.annotation)


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
