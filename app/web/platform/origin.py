"""The origin of a request. Its network, and a browser that somebody signed in from before."""

import re
import secrets
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from app.services.platform.accounts import Origin
from app.web.platform.access import container

COOKIE, DAYS = "sluse-browser", 90
_HOP = re.compile(r"\[(?P<v6>[^\]]*)\](:\d{1,5})?|(?P<v4>[\d.]+):\d{1,5}|(?P<bare>.+)", re.ASCII)
SALT = "a browser that somebody signed in from"


def source() -> str:
    """Return the network a request comes from. Of IPv6 it is the part that one household or office has."""
    said = ",".join(request.headers.getlist("X-Forwarded-For"))
    address = client(request.remote_addr or "", said, container().settings.trusted_proxies)
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def client(peer: str, said: str, trusted: Iterable[IPv4Network | IPv6Network]) -> IPv4Address | IPv6Address | None:
    """Return the nearest address that is no proxy of ours.

    Each proxy adds on the right who came to it, so that everything left of the first stranger is that stranger's own
    invention, and is not read. A proxy that names nobody stands for whom it let in.
    """
    nearest = _address(peer)
    for hop in (peer, *reversed(said.split(","))):
        found = _address(hop)
        if found is None:
            return nearest
        nearest = found
        if not any(found in network for network in trusted):
            return found
    return nearest


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as proxies write them, some with a port."""
    found = _HOP.fullmatch(text.strip())
    try:
        address = ip_address((found["v6"] or found["v4"] or found["bare"]).partition("%")[0]) if found else None
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def origin() -> Origin:
    """Return where somebody signs in from."""
    try:
        account_id, browser = _serializer().loads(request.cookies.get(_name(), ""), max_age=DAYS * 24 * 3600)
    except (BadSignature, ValueError, TypeError):
        return Origin(source())
    return Origin(source(), account_id, browser)


def remember(response: Response, account_id: int) -> Response:
    """Remember in the browser who signed in from it.

    The browser shows it at the next sign-in; it opens nothing by itself.
    """
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
