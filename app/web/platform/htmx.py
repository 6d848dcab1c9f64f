"""Recognition of htmx requests. The same address answers them with a fragment, and others with the whole page."""

from urllib.parse import urlsplit

from flask import request


def wanted() -> bool:
    """Tell whether a fragment is asked for."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def page() -> str:
    """Return the address of the page asking for a fragment. The address is within this house."""
    return local(request.headers.get("HX-Current-URL", ""))


def local(address: str) -> str:
    """Return what an address asks of this house. Its path and query."""
    asking = urlsplit(address)
    return asking.path + (f"?{asking.query}" if asking.query else "")
