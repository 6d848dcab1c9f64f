"""Telling an htmx request from a plain one: the same address answers with a fragment or with the whole page."""

from flask import request


def wanted() -> bool:
    """Whether a fragment is asked for."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
