"""Bound what a form may send. A mail that somebody adds may be large, everything else is small."""

from flask import Flask, request
from flask_login import current_user

from app.services.inbound.added_answers import LARGEST

LARGEST_BODY = 256 * 1024
LARGEST_MAIL_BODY = LARGEST + 64 * 1024
"""A mail, and the form around it."""
MAIL_PATH = "/svarmail"
"""How the addresses end that take a mail. The server asks before anybody has read more than a request's head."""


def takes_mail() -> bool:
    """Tell whether this request may bring a mail."""
    return request.path.endswith(MAIL_PATH) and request.endpoint is not None


def mail() -> bytes:
    """Return the mail of a form; b"" where none was chosen. Never more than a little over what a mail may have."""
    file = request.files.get("mail")
    return file.read(LARGEST + 1) if file else b""


def register(app: Flask) -> None:
    """Ask before anything reads the form: who is not signed in sends no mail."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.before_request(_allow_mail)


def _allow_mail() -> None:
    if takes_mail() and current_user.is_authenticated:
        request.max_content_length = LARGEST_MAIL_BODY
