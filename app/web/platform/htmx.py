"""Telling an htmx request from a plain one: the same address answers with a fragment or with the whole page."""

from urllib.parse import urlsplit

from flask import request


def wanted() -> bool:
    """Whether a fragment is asked for."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def page() -> str:
    """The address in this house of the page that asks for the fragment."""
    return local(request.headers.get("HX-Current-URL", ""))


def local(address: str) -> str:
    """Return what an address asks of this house: its path and query."""
    asking = urlsplit(address)
    return asking.path + (f"?{asking.query}" if asking.query else "")
