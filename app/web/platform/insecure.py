"""A warning that people use another address.

Sluse was told a different one: then cookies go without protection, unseen.
"""

from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app, request
from flask_login import current_user

from app.config import is_loopback
from app.web.platform.access import container

log = structlog.get_logger()
KEY = "sluse.reached_unprotected"
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via")


def register(app: Flask) -> None:
    app.before_request(_notice)
    app.context_processor(lambda: {"reached_unprotected": app.extensions.get(KEY, False)})


def _notice() -> None:
    settings, known = container().settings, current_app
    if settings.demo or settings.secure_cookies or known.extensions.get(KEY):
        return
    if not current_user.is_authenticated:  # what a stranger writes into a request warns nobody
        return
    host = urlsplit(f"//{request.host}").hostname or ""
    if not is_loopback(host) or any(name in request.headers for name in FORWARDED):
        known.extensions[KEY] = True
        log.warning("cookies_unprotected", advice="SLUSE_BASE_URL must be the https address that people use")
