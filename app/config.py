"""Define every setting of Sluse; app/environment.py alone reads them.

`Settings` is the one list: `docs/settings.md` is generated from it, and a variable that is not in it is refused at the start.
"""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from app.mail_settings import FolderSystem, ImapSystem, MailSystem
from connectors.mail import addresses
from connectors.transport import is_loopback as is_loopback  # pages ask as well, and know no connector
from connectors.transport import is_private

PREFIX, NESTED = "SLUSE_", "__"
OBSERVED = "observeret"
"""The name of the mail system that the demo looks into."""
DEMO_KEY = "demo-key-that-everybody-knows"
SHORTEST_KEY, FEWEST_SIGNS = 16, 10
"""A key of fewer signs, or of fewer different ones, was not made by chance."""
NAME = re.compile(r"[a-z](_?[a-z0-9]){0,29}")
"""What a mail system may be called."""


class SettingsError(Exception):
    """The error of a missing or senseless setting. The message says what to write."""


@dataclass(frozen=True, slots=True)
class SignOn:
    """The settings of signing in elsewhere. People have an account there, by OpenID Connect."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str = "openid profile email"
    groups_claim: str = "groups"
    button: str = ""
    """What stands on the button; "" for the usual words."""

    @property
    def origin(self) -> str:
        """Return the provider's server, as a browser names it."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.issuer))


NEEDED_OF_A_PROVIDER = {
    "oidc_issuer": "https://login.example.org/realms/kommune",
    "oidc_client_id": "the id that the provider gave Sluse",
    "oidc_client_secret": "the secret that the provider gave Sluse, or SLUSE_OIDC_CLIENT_SECRET_FILE, a file that holds it",
}
SECRET: dict[str, Any] = {"secret": True}
"""May also lie in the file that the variable with _FILE at its end names, and is taken out of the environment once read."""
DERIVED: dict[str, Any] = {"derived": True}
"""Follows from others and from the command; no variable sets it."""


def _default_text(text: str) -> dict[str, Any]:
    """A default that is no constant, as the reference tells it."""
    return {"default": text}


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class Settings(BaseSettings):
    """The settings of one process. Times are in seconds."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        env_ignore_empty=True,
        populate_by_name=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=True,
    )

    demo: bool = Field(False, json_schema_extra=DERIVED)
    home: Path = Field(
        default_factory=lambda data: Path("var/demo" if data["demo"] else "var/sluse"),
        description="The folder of this house: its database, and what the embedded connectors hold.",
        examples=["/srv/sluse"],
        json_schema_extra=_default_text("`var/sluse`, in the demo `var/demo`"),
    )
    database_url: str = Field(
        default_factory=lambda data: f"sqlite:///{data['home'] / 'sluse.sqlite'}",
        repr=False,
        description="The database, as SQLAlchemy writes it.",
        examples=["postgresql+psycopg://sluse:…@db/sluse"],
        json_schema_extra=SECRET | _default_text("`sluse.sqlite` in the home"),
    )
    secret_key: str = Field(
        default_factory=lambda data: DEMO_KEY if data["demo"] else "",
        repr=False,
        description="What sign-ins, return links, codes and the salt of the model's hashes hang on: at least 16 random characters.",
        examples=["$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')"],
        json_schema_extra=SECRET | _default_text("none: it must be set"),
    )
    host: str = Field(
        "127.0.0.1",
        description="The address to listen on. The demo is served to this machine only.",
        examples=["10.1.2.3"],
    )
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on.", examples=["8080"])
    base_url: str = Field(
        default_factory=lambda data: f"http://{data['host']}:{data['port']}",
        description="What people type to come here; with https, cookies are Secure.",
        examples=["https://sluse.example.org"],
        json_schema_extra=_default_text("host and port"),
    )
    demo_speed: float = Field(
        1.0,
        gt=0,
        allow_inf_nan=False,
        description="How fast the invented municipality lives; 10 is ten times as fast.",
        examples=["10"],
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        validation_alias="SLUSE_TRUSTED_PROXY",
        description="Who may tell from where a request came to them; of anybody else X-Forwarded-For is not read.",
        examples=["127.0.0.1, 10.1.2.0/24"],
        json_schema_extra={"type": "addresses or networks"},
    )
    secure_cookies: bool = Field(
        default_factory=lambda data: data["base_url"].startswith("https://"), json_schema_extra=DERIVED
    )
    second_factor: bool = Field(
        default_factory=lambda data: not data["demo"],
        description="Whether a local administrator needs a code from a telephone.",
        examples=["optional"],
        json_schema_extra={"type": "`required` or `optional`"} | _default_text("`required`"),
    )
    poll_seconds: float = Field(
        default_factory=lambda data: 1.0 if data["demo"] else 5.0,
        gt=0,
        allow_inf_nan=False,
        description="The pause between two looks into the mailboxes.",
        examples=["30"],
        json_schema_extra=_default_text("`5`, in the demo `1`"),
    )
    poll_workers: int = Field(16, ge=1, description="How many mailboxes are looked into at once.", examples=["32"])
    poll_timeout: float = Field(
        60.0,
        gt=0,
        allow_inf_nan=False,
        examples=["120"],
        description="How long one call on a mailbox may take before its place goes to another.",
    )
    history_from_hour: int = Field(
        20,
        ge=0,
        le=23,
        examples=["19"],
        description="From what hour on units' mailboxes may be read for their history, local time.",
    )
    history_until_hour: int = Field(
        6, ge=0, le=23, description="Until what hour; the same as from: at any time.", examples=["5"]
    )
    history_per_minute: int = Field(
        60, ge=1, description="So many calls a minute this costs the mail systems, at most.", examples=["20"]
    )
    history_per_night: int = Field(
        5000, ge=1, description="So many mails of one folder are read in a night, at most.", examples=["1000"]
    )
    undo_seconds: float = Field(
        8.0,
        ge=0,
        allow_inf_nan=False,
        examples=["15"],
        description="How long the robot waits with a human's decision, so that undo leaves no trace outside the house.",
    )
    parsers: int = Field(2, ge=1, description="How many processes read mails.", examples=["4"])
    worker_concurrency: int = Field(4, ge=1, description="How many things the robot does at once.", examples=["8"])
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "WARNING", description="From what level on the process writes to standard error.", examples=["INFO"]
    )
    municipality: str = Field(
        default_factory=lambda data: "Slusekøbing Kommune" if data["demo"] else "",
        description="What stands at the head of what is printed; without it, an administrator says it in the browser.",
        examples=["Eksempel Kommune"],
        json_schema_extra=_default_text("nothing"),
    )
    audit_address: str = Field(
        "",
        examples=["revision@example.org"],
        description="Who is mailed the audit log's head once a day, to keep it out of reach of whoever runs the house.",
    )
    extract_nights: int = Field(
        default_factory=lambda data: 7 if data["demo"] else 0,
        ge=0,
        le=366,
        description="So many nightly files of one row an enquiry, without personal data, are kept for analysts; 0 makes none.",
        examples=["14"],
        json_schema_extra=_default_text("`0`, in the demo `7`"),
    )
    extract_folder: Path = Field(
        Path("udtraek"),
        description="The folder of these files, in the home unless it is a whole path.",
        examples=["/srv/udtraek"],
    )
    mail: MailSystem = Field(FolderSystem(root=None), description="The main mail system.", examples=["imap"])
    mail_systems: dict[str, MailSystem] = Field(
        default_factory=dict, description="Mail systems beside the main one, by a name of yours."
    )
    demo_mailbox: str = Field(
        "",
        description="The address of the IMAP mailbox that the demo looks into, where SLUSE_MAIL__USER is another name.",
        examples=["post@example.org"],
    )
    records: str = Field("archive", description="The records system.", examples=["archive"])
    deadlines: str = Field("embedded", description="The register of deadlines.", examples=["embedded"])
    oidc_issuer: str = Field(
        "",
        description="The identity provider, as it writes itself, letter by letter. Without one, accounts are local only.",
        examples=["https://login.example.org/realms/kommune"],
    )
    oidc_client_id: str = Field("", description="The id that the provider gave Sluse.", examples=["sluse"])
    oidc_client_secret: str = Field(
        "", repr=False, description="The secret that the provider gave Sluse.", examples=["…"], json_schema_extra=SECRET
    )
    oidc_scopes: str = Field(
        "openid profile email", description="What is asked for; `openid` always is.", examples=["profile email groups"]
    )
    oidc_groups_claim: str = Field("groups", description="What of the ID token names the groups.", examples=["roles"])
    oidc_button: str = Field(
        "",
        description="What stands on the button.",
        examples=["Log ind med Eksempel Kommune"],
        json_schema_extra=_default_text("the usual words"),
    )
    sign_on: SignOn | None = Field(None, json_schema_extra=DERIVED)
    """Without it people have local accounts only."""

    @field_validator("home")
    @classmethod
    def _whole_path(cls, home: Path) -> Path:
        return home.absolute()

    @field_validator("secret_key")
    @classmethod
    def _refuse_weak(cls, key: str, info: ValidationInfo) -> str:
        """Refuse a key that somebody could guess. Sign-ins, return links and codes hang on it."""
        demo = info.data["demo"]
        if len(key) < SHORTEST_KEY or (not demo and (key == DEMO_KEY or len(set(key)) < FEWEST_SIGNS)):
            raise ValueError(
                "Set SLUSE_SECRET_KEY to at least 16 random characters, for example:\n"
                "  export SLUSE_SECRET_KEY=\"$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')\"\n"
                "or SLUSE_SECRET_KEY_FILE to a file that holds them. It must be nobody else's, and stay the same."
            )
        return key

    @field_validator("host")
    @classmethod
    def _keep_the_demo_at_home(cls, host: str, info: ValidationInfo) -> str:
        if info.data["demo"] and not is_loopback(host):
            raise ValueError(
                f"The demo's passwords and key are known to everybody: it is served to this machine only, not on {host}."
            )
        return host

    @field_validator("base_url")
    @classmethod
    def _bare_address(cls, base_url: str) -> str:
        return base_url.rstrip("/")

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        try:
            found = tuple(ip_network(part) for part in given.replace(",", " ").split())
        except ValueError as error:
            raise ValueError(
                f"SLUSE_TRUSTED_PROXY must be addresses or networks, e.g. 127.0.0.1 or 10.1.2.0/24: {error}"
            ) from error
        if any(network.prefixlen == 0 for network in found):
            raise ValueError(
                "SLUSE_TRUSTED_PROXY must name the proxy: whoever is trusted can say that they come from anywhere."
            )
        return found

    @field_validator("second_factor", mode="before")
    @classmethod
    def _required_or_optional(cls, given: object, info: ValidationInfo) -> object:
        if not isinstance(given, str):
            return given
        if given not in ("required", "optional"):
            raise ValueError(f"SLUSE_SECOND_FACTOR must be one of required, optional, not {given!r}")
        return given == "required" and not info.data["demo"]

    @field_validator("records", "deadlines")
    @classmethod
    def _demo_as_it_is(cls, kind: str, info: ValidationInfo) -> str:
        name = str(info.field_name)
        usual = cls.model_fields[name].default
        if info.data["demo"] and kind != usual:
            raise ValueError(f"The demo plays with {variable(name)}={usual}, not {kind!r}: leave it out.")
        return kind

    @field_validator("mail")
    @classmethod
    def _demo_in_folders(cls, system: MailSystem, info: ValidationInfo) -> MailSystem:
        """Let the demo look into one account by IMAP; all else of it lies in folders."""
        if info.data["demo"] and system.kind not in ("folder", "imap"):
            raise ValueError(
                f"The demo plays in folders, and can look into a mailbox by IMAP: leave SLUSE_MAIL={system.kind} out."
            )
        return system

    @field_validator("demo_mailbox")
    @classmethod
    def _address_of_the_observed(cls, given: str, info: ValidationInfo) -> str:
        """Return the address of the mailbox that the demo looks into; "" where it looks into none."""
        system = info.data.get("mail")
        if not info.data["demo"] or not isinstance(system, ImapSystem):
            return ""
        address = given.strip() or system.user
        if addresses.parse(address) is None:
            raise ValueError(
                f"Set SLUSE_DEMO_MAILBOX to the address of the mailbox that the demo looks into: {address!r} is no mail address."
            )
        return address

    @field_validator("mail_systems")
    @classmethod
    def _systems_have_names(cls, systems: dict[str, MailSystem]) -> dict[str, MailSystem]:
        for name in systems:
            if not NAME.fullmatch(name):
                raise ValueError(
                    f"SLUSE_MAIL_SYSTEMS: {name!r} is no name: at most 30 letters a-z, digits and single underscores."
                )
        return systems

    @field_validator("oidc_issuer")
    @classmethod
    def _nobody_reads_along(cls, issuer: str) -> str:
        if issuer and (not is_private(issuer) or set(issuer) & set("?#@")):
            raise ValueError(
                f"SLUSE_OIDC_ISSUER must be an https address without ? and #, as the provider writes it itself, not {issuer!r}"
            )
        return issuer

    @field_validator("sign_on", mode="before")
    @classmethod
    def _all_or_nothing(cls, known: SignOn | None, info: ValidationInfo) -> SignOn | None:
        """Put SLUSE_OIDC_* together: all that is needed, or nothing."""
        given = {name: value for name, value in info.data.items() if name.startswith("oidc_")}
        begun = sorted(name for name, value in given.items() if value != cls.model_fields[name].default)
        if known or not begun or "oidc_issuer" not in given:
            return known
        for name, example in NEEDED_OF_A_PROVIDER.items():
            if not given[name]:
                raise ValueError(f"Set {variable(name)} as well, since {variable(begun[0])} is set: {example}")
        if not is_private(base_url := info.data.get("base_url", "")):
            raise ValueError(
                f"Set SLUSE_BASE_URL to the https address that people use, not {base_url!r}: the provider sends them back to it."
            )
        scopes = " ".join(dict.fromkeys(["openid", *given.pop("oidc_scopes").split()]))
        return SignOn(scopes=scopes, **{name.removeprefix("oidc_"): value for name, value in given.items()})

    @property
    def mail_root(self) -> Path:
        return self.home / "postkasser"

    @property
    def archive_root(self) -> Path:
        return self.home / "arkiv"

    @property
    def audit_heads(self) -> Path:
        """Return the file of the log's daily heads. The log is the audit log."""
        return self.home / "haendelseslog.txt"

    @property
    def extract_root(self) -> Path:
        return self.home / self.extract_folder

    @property
    def deadlines_root(self) -> Path:
        return self.home / "frister"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the caller alone: only app/environment.py reads variables."""
        return (init_settings,)


def variable(name: str) -> str:
    """Return the variable of a field."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{name.upper()}"
