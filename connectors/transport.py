"""Tell whether nobody on the way to a server can read along: the one place where that is asked."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_private(address: str) -> bool:
    """Tell whether an address is https, or http that stays within this machine."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def is_loopback(host: str) -> bool:
    """Tell whether a host, by name or address, is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
