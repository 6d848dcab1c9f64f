"""Read the settings from the environment, and say of each that makes no sense what to write."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource

from app import secret_files
from app.config import NESTED, PREFIX, Settings, SettingsError, variable
from app.mail_settings import KINDS, REFUSED, MailSystemBase, secrets
from app.secret_files import SecretFileError

FILE = "_FILE"
MAIL, SYSTEMS = "SLUSE_MAIL", "SLUSE_MAIL_SYSTEMS"
OF_TESTS = ("SLUSE_TEST_",)
"""What begins so is read by the tests alone, and may stand beside the settings."""
QUOTED = re.compile(r"'([^']*)'")


def read_settings(env: Mapping[str, str] = os.environ, *, demo: bool = False) -> Settings:
    """Read the SLUSE_* variables.

    Raises:
        SettingsError: a variable is no setting or makes no sense, the secret key is missing or weak outside demo mode, or
            the demo is to be seen from elsewhere.
    """
    given = {name: value for name, value in env.items() if name.startswith(PREFIX) and value.strip()}
    given = {name: value for name, value in given.items() if not name.startswith(OF_TESTS)}
    given |= {f"{MAIL}{NESTED}KIND": given.pop(MAIL)} if MAIL in given else {}
    if demo and f"{MAIL}{NESTED}SERVER" in given:
        given = {f"{MAIL}{NESTED}KIND": "imap"} | given
    _refuse_unknown(given)
    values = _Variables(Settings, _with_secrets(given))()
    try:
        return Settings(**(values | {"demo": demo}))
    except ValidationError as error:
        raise SettingsError("\n".join(_explained(error, given))) from None


class _Variables(EnvSettingsSource):
    """Read the variables that are given, wherever they come from."""

    def __init__(self, settings: type[BaseSettings], given: Mapping[str, str]) -> None:
        self._given = given
        super().__init__(settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        bare = ("SLUSE_OIDC_", "SLUSE_MAIL", "SLUSE_RECORDS", "SLUSE_DEADLINES")
        return {name.lower(): text.strip() if name.startswith(bare) else text for name, text in self._given.items()}


def variables() -> dict[str, FieldInfo]:
    """Return every setting by its variable, without those of mail systems."""
    return {
        variable(name): info
        for name, info in Settings.model_fields.items()
        if name not in DESCRIBED_BY_KIND and not extra(info).get("derived")
    }


def of_a_mail_system(begin: str, kind: type[MailSystemBase]) -> dict[str, FieldInfo]:
    """Return the settings of one kind of mail system.

    Their variables begin with `begin`.
    """
    return {f"{begin}{NESTED}{name.upper()}": info for name, info in kind.options().items()}


def extra(info: FieldInfo) -> dict[str, Any]:
    """Return what is said of a field beyond its type."""
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


DESCRIBED_BY_KIND = ("mail", "mail_systems")
SECRETS = tuple(name for name, info in variables().items() if extra(info).get("secret"))
OF_SYSTEMS = tuple(f"{NESTED}{name.upper()}" for kind in KINDS.values() for name in secrets(kind))


def secret_variables(env: Mapping[str, str]) -> list[str]:
    """Return the variables of an environment that hold secrets."""
    return [*SECRETS, *(name for name in env if name.startswith(MAIL) and name.endswith(OF_SYSTEMS))]


def _refuse_unknown(given: Mapping[str, str]) -> None:
    """Refuse what is no setting: a typo would leave a default in force without a word."""
    known = [*variables(), MAIL, *(f"{name}{FILE}" for name in SECRETS)]
    nested = (f"{MAIL}{NESTED}", f"{SYSTEMS}{NESTED}")
    strange = sorted(name for name in given if name not in known and not name.startswith(nested))
    if strange:
        raise SettingsError("\n".join(_no_setting(name, known) for name in strange))


def _no_setting(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, 1)
    meant = f"Did you mean {near[0]}? " if near else ""
    return f"There is no setting {name}. {meant}docs/settings.md lists them all."


def _with_secrets(given: Mapping[str, str]) -> dict[str, str]:
    """Read secrets that lie in files, as NAME_FILE says."""
    read = dict(given)
    for name in SECRETS:
        if file := read.pop(f"{name}{FILE}", "").strip():
            read[name] = _secret(name, file, given)
    return read


def _secret(name: str, file: str, given: Mapping[str, str]) -> str:
    if name in given:
        raise SettingsError(f"Set either {name} or {name}_FILE, not both.")
    try:
        return secret_files.read(name, Path(file))
    except SecretFileError as error:
        raise SettingsError(str(error)) from error


NUMBERS = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
}
"""What a number must be, by the kind of error."""


def _explained(error: ValidationError, given: Mapping[str, str]) -> Iterator[str]:
    """Say what to write for each fault; what only follows from another fault is left out."""
    for each in error.errors(include_input=False, include_url=False):
        if each["type"] != "default_factory_not_called":
            yield _sentence(each, _variable_at(each["loc"]), given)


def _sentence(fault: ErrorDetails, at: "Place", given: Mapping[str, str]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    value = "that" if at.name in SECRETS or at.secret else repr(given.get(at.name, ""))
    if kind in NUMBERS:
        return f"{at.name} must be {NUMBERS[kind].format(**context)}, not {value}"
    if kind.startswith(REFUSED):
        return f"{at.name}: {fault['msg']}"
    sentence = SENTENCES.get(kind)
    if sentence is None:
        return f"{at.name} cannot be {value}: {fault['msg']}. docs/settings.md says what it may be."
    return sentence(at, context, value)


SENTENCES: Mapping[str, Callable[["Place", Mapping[str, Any], str], str]] = {
    "value_error": lambda _at, context, _value: str(context["error"]),
    "literal_error": lambda at, context, value: (
        f"{at.name} must be one of {', '.join(re.findall(QUOTED, context['expected']))}, not {value}"
    ),
    "missing": lambda at, _context, _value: f"Set {at.name} as well, e.g. {', '.join(at.examples)}",
    "union_tag_not_found": lambda at, _context, _value: f"Set {at.name} as well, e.g. {', '.join(at.examples)}",
    "union_tag_invalid": lambda at, context, _value: (
        f"{at.name} must be one of {', '.join(KINDS)}, not {context['tag']!r}"
    ),
    "model_attributes_type": lambda at, _context, _value: f"Set {at.name}, e.g. {', '.join(at.examples)}",
    "extra_forbidden": lambda at, _context, _value: _no_setting(at.name, at.beside()),
}
"""What is wrong, by the kind of error."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the settings. It knows its variable, and what else may stand beside it."""

    name: str
    options: Mapping[str, FieldInfo] | None = None
    secret: bool = False
    examples: Sequence[str] = ()

    def beside(self) -> list[str]:
        """Return the variables that could have been meant."""
        begin = self.name.rpartition(NESTED)[0]
        return [f"{begin}{NESTED}{option.upper()}" for option in self.options or ()]


def _variable_at(loc: tuple[int | str, ...]) -> Place:
    """Return the variable of a place in the settings. A union's tag stands among the names, and is left out."""
    first, *rest = (str(each) for each in loc)
    if first not in DESCRIBED_BY_KIND:
        return Place(first if first.startswith(PREFIX) else f"{PREFIX}{first.upper()}")
    begin = NESTED.join([f"{PREFIX}{first.upper()}", *(each.upper() for each in rest[: first == "mail_systems"])])
    kind, *option = rest[first == "mail_systems" :] or [""]
    if kind not in KINDS:
        return Place(MAIL if first == "mail" else f"{begin}{NESTED}KIND", examples=("folder",))
    options = KINDS[kind].options()
    name = NESTED.join([begin, *(each.upper() for each in option)])
    info = options.get("".join(option))
    return Place(name, options, "".join(option) in set(secrets(KINDS[kind])), info.examples or () if info else ())
