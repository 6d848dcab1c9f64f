"""Name the options of mail systems, and what may be wrong with them, in people's words."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from flask_babel import lazy_gettext as _l
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.mail_settings import KINDS

LABELS = {
    "root": _l("Mappe"),
    "server": _l("Server"),
    "port": _l("Port"),
    "security": _l("Kryptering"),
    "smtp_server": _l("SMTP-server, hvis det er en anden"),
    "smtp_port": _l("SMTP-port"),
    "smtp_security": _l("Kryptering af SMTP"),
    "user": _l("Brugernavn"),
    "password": _l("Adgangskode"),
    "token_url": _l("Tokenserver"),
    "client_id": _l("Programmets id (client id)"),
    "client_secret": _l("Programmets hemmelighed (client secret)"),
    "certificate": _l("Privat nøgle og certifikat (PEM)"),
    "scope": _l("Hvad der bedes om adgang til (scope)"),
    "ca_file": _l("Fil med jeres egen certifikatudsteder"),
    "shared": _l("Hvordan en fællespostkasses mapper begynder"),
    "separator": _l("Tegn mellem mapper"),
    "sent": _l("Mappen Sendt post hedder"),
    "drafts": _l("Mappen Kladder hedder"),
    "returns": _l("Mappen til returnerede mails hedder"),
    "folders": _l("Mapper, der hedder noget andet i enkelte postkasser (JSON)"),
    "connections": _l("Forbindelser på én gang"),
    "sent_seconds": _l("Sekunder at vente på serverens egen kopi i Sendt post"),
    "sign_in": _l("Hvordan Sluse logger på"),
    "tenant": _l("Lejer (tenant)"),
    "access": _l("Hvordan andres postkasser åbnes"),
    "version": _l("Exchange-version"),
    "authority": _l("Hvor tokens udstedes"),
    "plus_addresses": _l("Mail til post+…@ når frem til postkassen (plusadresser)"),
}
COMMON = {
    "root", "server", "port", "security", "smtp_server", "smtp_port", "smtp_security", "user", "password", "shared",
    "sign_in", "access", "tenant", "client_id", "client_secret",
}  # fmt: skip
"""What nearly every house must say; the rest stands under a fold. Of IMAP few have a token server."""
RARE = {
    ("imap", "client_id"), ("imap", "client_secret"),
    ("exchange", "tenant"), ("exchange", "client_id"), ("exchange", "client_secret"), ("graph", "server"),
}  # fmt: skip
HINTS = {
    "port": _l("Kun hvis den er en anden end 993 (143 med STARTTLS)."),
    "smtp_port": _l("Kun hvis den er en anden end 465 (587 med STARTTLS)."),
    "shared": _l(
        "Det navn, som Sluses bruger ser andres indbakker under; {mailbox} står for adressen. På mange servere er det "
        "shared/{mailbox} eller user/{mailbox}. Har Sluse kun sin egen postkasse der, er det INBOX."
    ),
    "ca_file": _l("Stien på Sluses server. Kun hvis mailserverens certifikat er udstedt af jer selv."),
}
"""What people ask about an option, said below it."""
CHOICES = {
    "tls": _l("TLS fra begyndelsen"),
    "starttls": _l("STARTTLS"),
    "none": _l("ingen (kun på denne maskine)"),
    "ntlm": _l("NTLM"),
    "basic": _l("brugernavn og adgangskode (Basic)"),
    "oauth": _l("OAuth"),
    "impersonation": _l("ApplicationImpersonation"),
    "delegate": _l("fuld adgang (delegeret)"),
    "off": _l("nej"),
    "on": _l("ja, brug dem til at finde svar"),
}
PROBLEMS = {
    "missing": _l("Udfyld feltet."),
    "int_parsing": _l("Skriv et helt tal."),
    "greater_than_equal": _l("Skriv et tal på mindst 1."),
    "less_than_equal": _l("Skriv et tal på højst 65.535."),
    "literal_error": _l("Vælg en af mulighederne."),
    "string_too_long": _l("Skriv ét tegn."),
    "union_tag_invalid": _l("Vælg, hvad mailsystemet er."),
    "union_tag_not_found": _l("Vælg, hvad mailsystemet er."),
    "no_name": _l("Brug højst 30 små bogstaver a-z, tal og enkelte understreger, for eksempel exchange."),
    "name_taken": _l("Der er allerede et mailsystem med det navn."),
    "in_settings": _l("Det mailsystem er fastlagt i Sluses indstillinger på serveren og kan ikke ændres her."),
    "type_again": _l(
        "Skriv adgangskoden eller hemmeligheden igen. Når server, kryptering, lejer eller certifikatudsteder ændres, bruger "
        "Sluse ikke den gamle."
    ),
    "password_or_token": _l("Skriv enten en adgangskode eller en tokenserver med programmets id og hemmelighed."),
    "client_missing": _l("Skriv også programmets id og hemmelighed, når der er en tokenserver."),
    "not_private": _l("Forbindelsen skal være krypteret, når serveren er en anden maskine."),
    "is_online": _l(
        "Det er Exchange Online, som ikke længere tager imod EWS. Tilføj det som Exchange Online i stedet."
    ),
    "not_https": _l("Adressen skal begynde med https://, for adgangskoden sendes dertil."),
    "oauth_missing": _l("Skriv programmets id og dets hemmelighed, når der logges på med OAuth."),
    "tenant_or_token": _l("Skriv enten lejer eller tokenserver, når der logges på med OAuth."),
    "password_missing": _l("Skriv brugernavn og adgangskode, eller vælg OAuth."),
    "secret_or_certificate": _l("Skriv enten programmets hemmelighed eller et certifikat."),
    "secret_unreadable": _l("Filen med adgangskoden kan ikke læses. Skriv adgangskoden igen."),
    "secret_empty": _l("Filen med adgangskoden er tom. Skriv adgangskoden igen."),
}


def problem(code: str) -> str:
    """Return in words what is wrong; of an unknown fault that it cannot be used."""
    return str(PROBLEMS.get(code, _l("Det kan ikke bruges.")))


def fields(kind: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what a page asks about a kind of mail system, in the order of its options."""
    options = KINDS[kind].options().items()
    return [
        _field(name, info, values) | {"common": name in COMMON and (kind, name) not in RARE} for name, info in options
    ]


def _field(name: str, info: FieldInfo, values: Mapping[str, str]) -> dict[str, Any]:
    secret = SecretStr in get_args(info.annotation)
    default = "" if info.is_required() else _text(info.default)
    value = _text(values.get(name, default))
    return {
        "name": name,
        "label": LABELS[name],
        "hint": HINTS.get(name, ""),
        "secret": secret,
        "kept": secret and bool(values.get(f"{name}_file")),
        "long": name == "certificate",
        "choices": [(each, CHOICES[each]) for each in _choices(info.annotation)],
        "value": "" if secret else value,
        "example": "" if secret or name in HINTS else str((info.examples or [""])[0]),
        "said": not secret and value != default,
        "required": info.is_required(),
    }


def _text(value: object) -> str:
    """Return a value as people write it; nothing for None, and no decimals that are zero."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _choices(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((get_args(each) for each in get_args(annotation) if get_origin(each) is Literal), ())
