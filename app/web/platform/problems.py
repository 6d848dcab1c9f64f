"""Refusals as other programs read them: problem details (RFC 9457), with a sentence that its reader can act on."""

import json

from flask import Response, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, MethodNotAllowed

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
WAIT_SECONDS = 60
"""What is said to who asks too often: the shortest window of its limit."""


class ProblemError(HTTPException):
    """A refusal with a code that programs may rely on."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.problem, self.detail = status, code, detail


def wanted() -> bool:
    """Tell whether a program asks, which reads no page."""
    return request.path.startswith(PREFIX)


def of(error: HTTPException) -> Response:
    """Answer an error that was raised beneath `PREFIX`."""
    if isinstance(error, ProblemError):
        return answer(error.code or 500, error.problem, error.detail)
    status = error.code or 500
    code, detail = _usual(status)
    made = answer(status, code, detail)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        made.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return made


def answer(status: int, code: str, detail: str) -> Response:
    """Return a problem. With 401 goes how to show a token, with 429 how long to wait."""
    body = {"type": "about:blank", "title": _title(status), "status": status, "code": code, "detail": detail}
    made = Response(json.dumps(body, ensure_ascii=False), status, mimetype=MEDIA_TYPE)
    if status == 401:
        made.headers["WWW-Authenticate"] = 'Bearer realm="Sluse"'
    if status == 429:
        made.headers["Retry-After"] = str(WAIT_SECONDS)
    return made


def _title(status: int) -> str:
    return {
        400: _("Forespørgslen er skrevet forkert"),
        401: _("Der mangler en gyldig nøgle"),
        404: _("Adressen findes ikke"),
        405: _("Her kan kun hentes"),
        422: _("Det kan ikke besvares"),
        429: _("For mange forespørgsler"),
    }.get(status, _("Noget gik galt hos os"))


def _usual(status: int) -> tuple[str, str]:
    return {
        404: ("not_found", _("Adressen findes ikke. Alle adresser står i /api/v1/openapi.json.")),
        405: ("method_not_allowed", _("Her kan kun hentes: brug GET.")),
        429: ("too_many_requests", _("Nøglen er brugt for ofte. Vent et minut, og hent færre gange.")),
    }.get(status, ("failed", _("Noget gik galt hos os. Prøv igen om lidt.")))
