"""Define what Sluse must know of each kind of mail system.

The same models hold for variables and for what an administrator writes in the browser: one class a kind, a field with its
sentence each. Secrets come from variables or from files, and are in no text about the settings.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    TypeAdapter,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from app import secret_files
from app.secret_files import SecretFileError
from connectors.mail.exchange.online import is_online
from connectors.transport import is_loopback, is_private

OWN_INBOX = "INBOX"
"""How `shared` says that the mailbox is the user's own."""
Security = Literal["tls", "starttls", "none"]
FolderNames = dict[str, dict[Literal["sent", "drafts", "returns"], str]]
CA_FILE = Field(
    description="Whose certificates are trusted, where it is an authority of your own.", examples=["/etc/ssl/own.pem"]
)
RETURNS = Field(description="What the folder of returned mails is called.", examples=["Returneret"])
PLUS = Field(
    description="Whether mail to post+…@ comes to post@ (RFC 5233): then answers find their case by such an address.",
    examples=["on"],
)
"""Fields that several kinds have."""
Plus = Annotated[Literal["off", "on"], PLUS]
REFUSED = "mail_system."
"""How the codes of refused options begin."""


def refused(code: str, message: str) -> PydanticCustomError:
    """Return the error of options that cannot work: a code for pages, a sentence for whoever sets variables."""
    return PydanticCustomError(f"{REFUSED}{code}", message)  # type: ignore[arg-type, unused-ignore]


class MailSystemBase(BaseModel):
    """A mail system. `kind` says what it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    kind: str

    @classmethod
    def options(cls) -> dict[str, FieldInfo]:
        """Return what may be set of this kind, but for the kind itself."""
        return {name: info for name, info in cls.model_fields.items() if name != "kind"}

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, given: Any) -> Any:
        """Read secrets that lie in files, as NAME_file says."""
        if not isinstance(given, dict):
            return given
        read = dict(given)
        for name in secrets(cls):
            file = str(read.pop(f"{name}_file", "") or "").strip()
            if file and read.get(name):
                raise refused("secret_twice", f"{name.upper()} and {name.upper()}_FILE are both set: leave one out.")
            if file:
                read[name] = _read(name, Path(file))
        return read


class FolderSystem(MailSystemBase):
    """Mailboxes that are folders on this machine."""

    kind: Literal["folder"] = "folder"
    root: Path | None = Field(
        None,
        description="Where the mailboxes lie; else `postkasser` in the home, of a further system `postkasser-NAME`.",
        examples=["/srv/mail/new"],
    )
    plus_addresses: Plus = "off"


class ImapSystem(MailSystemBase):
    """A mail server that speaks IMAP and SMTP."""

    kind: Literal["imap"] = "imap"
    server: str = Field(description="The IMAP server.", examples=["imap.example.org"])
    port: int | None = Field(
        None, ge=1, le=65535, description="Its port; 993, or 143 with `starttls` or `none`.", examples=["1993"]
    )
    security: Security = Field(
        "tls", description="How the way there is kept private; `none` only within this machine.", examples=["starttls"]
    )
    smtp_server: str = Field("", description="The SMTP server, where it is another.", examples=["smtp.example.org"])
    smtp_port: int | None = Field(
        None, ge=1, le=65535, description="Its port; 465, or 587 with `starttls` or `none`.", examples=["2587"]
    )
    smtp_security: Security | None = Field(
        None, description="As `security`, of SMTP; where nothing is said, the same.", examples=["starttls"]
    )
    user: str = Field(
        description="Who Sluse signs in as; {mailbox} stands for a mailbox's address.", examples=["sluse@example.org"]
    )
    password: SecretStr | None = Field(None, description="Its password; either this or a token server.", examples=["…"])
    token_url: str = Field(
        "",
        description="Where tokens are given out (OAuth 2, client credentials).",
        examples=["https://login.example.org/token"],
    )
    client_id: str = Field("", description="The id that the token server knows Sluse by.", examples=["sluse"])
    client_secret: SecretStr | None = Field(None, description="The secret that goes with it.", examples=["…"])
    scope: str = Field(
        "", description="What the token is asked for.", examples=["https://outlook.office365.com/.default"]
    )
    ca_file: Annotated[Path | None, CA_FILE] = None
    shared: str = Field(
        "{mailbox}",
        description="How a mailbox's folders begin; {mailbox} stands for its address. `INBOX` alone: the user's own mailbox.",
        examples=["shared/{mailbox}"],
    )
    sent: str = Field(
        "",
        description="What Sent is called; else what the server marks as such, or a usual name.",
        examples=["INBOX.Sent"],
    )
    drafts: str = Field("", description="What Drafts is called; else as for Sent.", examples=["INBOX.Drafts"])
    returns: Annotated[str, RETURNS] = "Retur"
    folders: str = Field(
        "",
        description="What they are called in single mailboxes, as JSON.",
        examples=['{"post@example.org": {"sent": "Sendt post"}}'],
    )
    sent_seconds: float = Field(
        3.0,
        ge=0,
        allow_inf_nan=False,
        description="How long the server is given to put a copy into Sent itself; 0 for one that never does.",
        examples=["0"],
    )
    connections: int = Field(8, ge=1, le=100, description="How many connections may stand at once.", examples=["4"])
    plus_addresses: Plus = "off"

    @field_validator("folders")
    @classmethod
    def _names_of_folders(cls, folders: str) -> str:
        if folders:
            try:
                TypeAdapter(FolderNames).validate_json(folders)
            except ValueError as error:
                raise ValueError(
                    'FOLDERS must be JSON, {"post@example.org": {"sent": "Sendt post"}}, with sent, drafts and returns.'
                ) from error
        return folders

    @property
    def folder_names(self) -> FolderNames:
        """Return what folders are called in single mailboxes, by their address."""
        return TypeAdapter(FolderNames).validate_json(self.folders or "{}")

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> "ImapSystem":
        if (self.password is None) == (not self.token_url):
            raise refused(
                "password_or_token",
                "Set either PASSWORD (or PASSWORD_FILE), or TOKEN_URL with CLIENT_ID and CLIENT_SECRET.",
            )
        if self.token_url and not is_private(self.token_url):
            raise refused("not_https", "TOKEN_URL must begin with https://: a secret goes there.")
        if self.token_url and not (self.client_id and self.client_secret):
            raise refused(
                "client_missing",
                "Set CLIENT_ID and CLIENT_SECRET (or CLIENT_SECRET_FILE) as well, since TOKEN_URL is set.",
            )
        hosts = (self.server, self.smtp_server or self.server)
        if "none" in (self.security, self.smtp_security) and not all(map(is_loopback, hosts)):
            raise refused(
                "not_private", "SECURITY must be tls or starttls: `none` is for a server on this machine alone."
            )
        return self


class ExchangeSystem(MailSystemBase):
    """Exchange in a house of one's own, by EWS."""

    kind: Literal["exchange"] = "exchange"
    server: str = Field(description="The address of EWS.", examples=["https://mail.example.org/EWS/Exchange.asmx"])
    user: str = Field("", description="Who Sluse signs in as.", examples=["EXAMPLE\\sluse"])
    password: SecretStr | None = Field(None, description="Its password.", examples=["…"])
    sign_in: Literal["ntlm", "basic", "oauth"] = Field("ntlm", description="How it signs in.", examples=["oauth"])
    tenant: str = Field(
        "", description="The tenant, with `oauth` (hybrid modern authentication).", examples=["example.org"]
    )
    token_url: str = Field(
        "",
        description="Where tokens are given out in place of a tenant, with `oauth` (AD FS).",
        examples=["https://adfs.example.org/adfs/oauth2/token"],
    )
    scope: str = Field(
        "",
        description="What the token is asked for, with `oauth`; else `.default` of this server.",
        examples=["https://mail.example.org/openid"],
    )
    client_id: str = Field(
        "", description="The application's id, with `oauth`.", examples=["00000000-0000-0000-0000-000000000000"]
    )
    client_secret: SecretStr | None = Field(None, description="The application's secret, with `oauth`.", examples=["…"])
    access: Literal["impersonation", "delegate"] = Field(
        "impersonation", description="How it opens others' mailboxes.", examples=["delegate"]
    )
    version: str = Field(
        "15.2", description="The build of Exchange: 15.2 is 2019 and SE, 15.1 is 2016.", examples=["15.1"]
    )
    ca_file: Annotated[Path | None, CA_FILE] = None
    returns: Annotated[str, RETURNS] = "Retur"
    plus_addresses: Plus = "off"

    @field_validator("server")
    @classmethod
    def _not_online(cls, server: str) -> str:
        if is_online(_host(server)):
            raise refused("is_online", "SERVER is Exchange Online, where EWS has been closed: use KIND=graph instead.")
        if not is_private(server):
            raise refused("not_https", "SERVER must begin with https://: a password goes there.")
        return server

    @model_validator(mode="after")
    def _can_sign_in(self) -> "ExchangeSystem":
        if self.sign_in == "oauth":
            self._know_the_application()
        if self.sign_in != "oauth" and not (self.user and self.password):
            raise refused("password_missing", "Set USER and PASSWORD (or PASSWORD_FILE), or SIGN_IN=oauth.")
        return self

    def _know_the_application(self) -> None:
        if not (self.client_id and self.client_secret):
            raise refused(
                "oauth_missing", "Set CLIENT_ID and CLIENT_SECRET (or CLIENT_SECRET_FILE), since SIGN_IN is oauth."
            )
        if bool(self.tenant) == bool(self.token_url):
            raise refused("tenant_or_token", "Set either TENANT or TOKEN_URL, since SIGN_IN is oauth.")
        if self.token_url and not is_private(self.token_url):
            raise refused("not_https", "TOKEN_URL must begin with https://: a secret goes there.")


class GraphSystem(MailSystemBase):
    """Exchange Online, by Microsoft Graph."""

    kind: Literal["graph"] = "graph"
    tenant: str = Field(
        description="The tenant, by its id or one of its domains.", examples=["example.onmicrosoft.com"]
    )
    client_id: str = Field(description="The application's id.", examples=["00000000-0000-0000-0000-000000000000"])
    client_secret: SecretStr | None = Field(
        None, description="The application's secret; either this or a certificate.", examples=["…"]
    )
    certificate: SecretStr | None = Field(
        None, description="The application's private key and certificate, as PEM.", examples=["…"]
    )
    authority: str = Field(
        "https://login.microsoftonline.com",
        description="Where tokens are given out.",
        examples=["https://login.microsoftonline.us"],
    )
    server: str = Field(
        "https://graph.microsoft.com", description="Where Graph is.", examples=["https://graph.microsoft.us"]
    )
    ca_file: Annotated[Path | None, CA_FILE] = None
    returns: Annotated[str, RETURNS] = "Retur"
    plus_addresses: Plus = "off"

    @field_validator("server", "authority")
    @classmethod
    def _private(cls, address: str) -> str:
        if not is_private(address):
            raise refused("not_https", "SERVER must begin with https://: a password goes there.")
        return address

    @model_validator(mode="after")
    def _can_sign_in(self) -> "GraphSystem":
        if (self.client_secret is None) == (self.certificate is None):
            raise refused(
                "secret_or_certificate", "Set either CLIENT_SECRET (or CLIENT_SECRET_FILE) or CERTIFICATE_FILE."
            )
        return self


MailSystem = Annotated[FolderSystem | ImapSystem | ExchangeSystem | GraphSystem, Discriminator("kind")]
KINDS: dict[str, type[MailSystemBase]] = {
    str(get_args(each.model_fields["kind"].annotation)[0]): each
    for each in (FolderSystem, ImapSystem, ExchangeSystem, GraphSystem)
}
"""Each kind of mail system by the name that settings have for it."""


def secrets(kind: type[MailSystemBase]) -> Iterator[str]:
    """Yield the options of a kind that nobody may see."""
    return (name for name, info in kind.options().items() if SecretStr in get_args(info.annotation))


def _read(name: str, file: Path) -> str:
    try:
        return secret_files.read(name.upper(), file)
    except SecretFileError as error:
        raise refused(error.code, str(error)) from error


def _host(server: str) -> str:
    try:
        return urlsplit(server).hostname or ""
    except ValueError:
        return ""
