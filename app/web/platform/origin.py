"""Tell where a request comes from: its network, and a browser that somebody signed in from before."""

import secrets
from ipaddress import IPv6Address, ip_address, ip_network

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from app.services.accounts import Origin
from app.web.access import container

COOKIE, DAYS = "sluse-browser", 90
SALT = "a browser that somebody signed in from"


def source() -> str:
    """Return the network a request comes from; of IPv6 the part that one household or office has."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))
    return str(address)


def origin() -> Origin:
    """Return where somebody signs in from."""
    try:
        account_id, browser = _serializer().loads(request.cookies.get(_name(), ""), max_age=DAYS * 24 * 3600)
    except (BadSignature, ValueError, TypeError):
        return Origin(source())
    return Origin(source(), account_id, browser)


def remember(response: Response, account_id: int) -> Response:
    """Let the browser show, at the next sign-in, who signed in from it; it opens nothing by itself."""
    found = origin()
    browser = found.browser if found.account_id == account_id else secrets.token_urlsafe(16)
    response.set_cookie(
        _name(),
        _serializer().dumps([account_id, browser]),
        max_age=DAYS * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=container().settings.secure_cookies,
    )
    return response


def _name() -> str:
    return f"__Host-{COOKIE}" if container().settings.secure_cookies else COOKIE


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=SALT)
