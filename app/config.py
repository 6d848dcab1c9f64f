"""Every setting of Sluse, and the only place that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from math import inf
from pathlib import Path
from urllib.parse import urlsplit

SECRETS = ("SLUSE_SECRET_KEY", "SLUSE_DATABASE_URL", "SLUSE_OIDC_CLIENT_SECRET")
DEMO_KEY = "demo-key-that-everybody-knows"
SHORTEST_KEY, FEWEST_SIGNS = 16, 10
"""A key of fewer signs, or of fewer different ones, was not made by chance."""


class SettingsError(Exception):
    """A setting is missing or makes no sense; the message says what to write."""


@dataclass(frozen=True, slots=True)
class SignOn:
    """How people sign in with an account that they have elsewhere, by OpenID Connect."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str = "openid profile email"
    groups_claim: str = "groups"
    button: str = ""
    """What stands on the button; "" for the usual words."""

    @property
    def origin(self) -> str:
        """The server of the provider, as a browser names it."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.issuer))


@dataclass(frozen=True, slots=True)
class Settings:
    """What one process needs to know. Times are in seconds."""

    home: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = "http://127.0.0.1:8000"
    demo: bool = False
    demo_speed: float = 1.0
    """How fast the invented municipality lives; 10 is ten times as fast."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Who may tell from where a request came to them; of anybody else X-Forwarded-For is not read."""
    secure_cookies: bool = True
    second_factor: bool = True
    """Whether a local administrator needs a code from a telephone."""
    poll_seconds: float = 2.0
    poll_workers: int = 16
    """How many mailboxes are looked into at once."""
    poll_timeout: float = 60.0
    """How long one call on a mailbox may take before its place goes to another."""
    undo_seconds: float = 8.0
    """How long the robot waits with a human's decision, so that undo leaves no trace outside the house."""
    parsers: int = 2
    robot_hands: int = 4
    log_level: str = "WARNING"
    municipality: str = ""
    """What stands at the head of what is printed."""
    audit_address: str = ""
    """Who is mailed the audit log's head once a day, to keep it out of reach of whoever runs the house."""
    sign_on: SignOn | None = None
    """Without it people have local accounts only."""

    @property
    def mail_root(self) -> Path:
        return self.home / "postkasser"

    @property
    def archive_root(self) -> Path:
        return self.home / "arkiv"

    @property
    def audit_heads(self) -> Path:
        """The daily heads of the audit log."""
        return self.home / "haendelseslog.txt"

    @property
    def deadlines_root(self) -> Path:
        return self.home / "frister"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ, *, demo: bool = False) -> "Settings":
        """Read the SLUSE_* variables.

        Raises:
            SettingsError: the secret key is missing or weak outside demo mode, the demo is to be seen from elsewhere, or a
                value makes no sense.
        """
        home = Path(env.get("SLUSE_HOME") or ("var/demo" if demo else "var/sluse")).absolute()
        key = _secret(env, "SLUSE_SECRET_KEY") or (DEMO_KEY if demo else "")
        _refuse_weak(key, demo=demo)
        host, port = env.get("SLUSE_HOST", "127.0.0.1"), _number(env, "SLUSE_PORT", 8000)
        if demo and not is_loopback(host):
            raise SettingsError(
                f"The demo's passwords and key are known to everybody: it is served to this machine only, not on {host}."
            )
        base_url = env.get("SLUSE_BASE_URL", f"http://{host}:{port:.0f}").rstrip("/")
        return cls(
            home=home,
            database_url=_secret(env, "SLUSE_DATABASE_URL") or f"sqlite:///{home / 'sluse.sqlite'}",
            secret_key=key,
            host=host,
            port=int(port),
            base_url=base_url,
            demo=demo,
            demo_speed=_positive(env, "SLUSE_DEMO_SPEED", 1.0),
            trusted_proxies=_networks(env, "SLUSE_TRUSTED_PROXY"),
            secure_cookies=base_url.startswith("https://"),
            second_factor=not demo and _one_of(env, "SLUSE_SECOND_FACTOR", ("required", "optional")) == "required",
            poll_seconds=_number(env, "SLUSE_POLL_SECONDS", 1.0 if demo else 5.0),
            poll_workers=max(1, int(_number(env, "SLUSE_POLL_WORKERS", 16))),
            poll_timeout=_positive(env, "SLUSE_POLL_TIMEOUT", 60.0),
            undo_seconds=_number(env, "SLUSE_UNDO_SECONDS", 8.0),
            parsers=int(_number(env, "SLUSE_PARSERS", 2)),
            robot_hands=int(_number(env, "SLUSE_ROBOT_HANDS", 4)),
            municipality=env.get("SLUSE_MUNICIPALITY", "Slusekøbing Kommune" if demo else ""),
            audit_address=env.get("SLUSE_AUDIT_ADDRESS", ""),
            log_level=env.get("SLUSE_LOG_LEVEL", "WARNING").upper(),
            sign_on=_sign_on(env, base_url),
        )


def _sign_on(env: Mapping[str, str], base_url: str) -> SignOn | None:
    """Read SLUSE_OIDC_*: all that is needed, or nothing."""
    given = {name: value.strip() for name, value in env.items() if name.startswith("SLUSE_OIDC_") and value.strip()}
    if not given:
        return None
    issuer = _needed(given, "SLUSE_OIDC_ISSUER", "https://login.example.org/realms/kommune")
    _check_issuer(issuer)
    if not _over_https(base_url):
        raise SettingsError(
            f"Set SLUSE_BASE_URL to the https address that people use, not {base_url!r}: the provider sends them back to it."
        )
    scopes = given.get("SLUSE_OIDC_SCOPES", "openid profile email").split()
    return SignOn(
        issuer=issuer,
        client_id=_needed(given, "SLUSE_OIDC_CLIENT_ID", "the id that the provider gave Sluse"),
        client_secret=_needed_secret(given, "SLUSE_OIDC_CLIENT_SECRET"),
        scopes=" ".join(dict.fromkeys(["openid", *scopes])),
        groups_claim=given.get("SLUSE_OIDC_GROUPS_CLAIM", "groups"),
        button=given.get("SLUSE_OIDC_BUTTON", ""),
    )


def _needed(given: Mapping[str, str], name: str, example: str) -> str:
    if name not in given:
        raise SettingsError(f"Set {name} as well, since {sorted(given)[0]} is set: {example}")
    return given[name]


def _check_issuer(issuer: str) -> None:
    if not _over_https(issuer) or set(issuer) & set("?#@"):
        raise SettingsError(
            f"SLUSE_OIDC_ISSUER must be an https address without ? and #, as the provider writes it itself, not {issuer!r}"
        )


def _over_https(address: str) -> bool:
    """Whether nobody on the way can read along: https, or http that stays within this machine."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _needed_secret(given: Mapping[str, str], name: str) -> str:
    example = f"the secret that the provider gave Sluse, or {name}_FILE, a file that holds it"
    return _secret(given, name) or _needed(given, name, example)


def is_loopback(host: str) -> bool:
    """Tell whether an address or name is this machine's own, and only that."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _secret(env: Mapping[str, str], name: str) -> str:
    """Return a secret from its variable, or from the file that NAME_FILE names; "" where there is neither."""
    file = env.get(f"{name}_FILE", "")
    if not file:
        return env.get(name, "")
    if env.get(name):
        raise SettingsError(f"Set either {name} or {name}_FILE, not both.")
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(f"{name}_FILE: {file} cannot be read: {type(error).__name__}") from error
    if not secret:
        raise SettingsError(f"{name}_FILE: {file} is empty. Write the secret into it.")
    return secret


def _refuse_weak(key: str, *, demo: bool) -> None:
    """Refuse a key that somebody could know or guess; sign-ins, return links and codes hang on it."""
    if len(key) < SHORTEST_KEY or (not demo and (key == DEMO_KEY or len(set(key)) < FEWEST_SIGNS)):
        raise SettingsError(
            "Set SLUSE_SECRET_KEY to at least 16 random characters, for example:\n"
            "  export SLUSE_SECRET_KEY=\"$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')\"\n"
            "or SLUSE_SECRET_KEY_FILE to a file that holds them. It must be nobody else's, and stay the same."
        )


def _one_of(env: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    found = env.get(name) or known[0]
    if found not in known:
        raise SettingsError(f"{name} must be one of {', '.join(known)}, not {found!r}")
    return found


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    try:
        return float(env.get(name) or default)
    except ValueError as error:
        raise SettingsError(f"{name} must be a number, not {env[name]!r}") from error


def _positive(env: Mapping[str, str], name: str, default: float) -> float:
    number = _number(env, name, default)
    if not 0 < number < inf:
        raise SettingsError(f"{name} must be more than 0, not {env[name]!r}")
    return number


def _networks(env: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        found = tuple(ip_network(part) for part in env.get(name, "").replace(",", " ").split())
    except ValueError as error:
        raise SettingsError(f"{name} must be addresses or networks, e.g. 127.0.0.1 or 10.1.2.0/24: {error}") from error
    if any(network.prefixlen == 0 for network in found):
        raise SettingsError(f"{name} must name the proxy: whoever is trusted can say that they come from anywhere.")
    return found
