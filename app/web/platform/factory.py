"""Build the Flask application around a container."""

from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, g, request
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

from app.container import Container
from app.web.casework import caseload, deadlines, reply_templates
from app.web.enquiries import enquiry_page, erasure, export
from app.web.inbound import form_senders, mailboxes, rules, unseen_answers
from app.web.learning import alarms, learning_page, model, sampling, what_if
from app.web.organisation import authorities, mail_systems, people, reorganisation, setup, units
from app.web.platform import (
    access,
    assets,
    audit_log,
    auth,
    content_security_policy,
    errors,
    filters,
    groups,
    health,
    help,
    incidents,
    incoming,
    insecure,
    joining,
    my_account,
    problems,
    robot,
    second_factor,
    shown,
    sign_on,
    uploads,
)
from app.web.reports import (
    accuracy,
    benefit,
    benefit_assumptions,
    data_out,
    digest,
    figures,
    figures_api,
    follow_up,
    places,
    punctuality,
    topics,
)
from app.web.triage import (
    decision_times,
    decisions,
    merging,
    practice,
    queue_shares,
    returns,
    splitting,
    triage_page,
    waves,
)

ROOT = Path(__file__).parents[3]
LANGUAGES = ("da", "en")
BLUEPRINTS = (
    auth.bp,
    triage_page.bp,
    decisions.bp,
    queue_shares.bp,
    splitting.bp,
    merging.bp,
    waves.bp,
    caseload.bp,
    enquiry_page.bp,
    export.bp,
    erasure.bp,
    figures.bp,
    benefit.bp,
    benefit_assumptions.bp,
    accuracy.bp,
    punctuality.bp,
    follow_up.bp,
    topics.bp,
    places.bp,
    digest.bp,
    digest.by_link,
    data_out.bp,
    data_out.tokens,
    figures_api.bp,
    decision_times.bp,
    sampling.bp,
    learning_page.bp,
    robot.bp,
    alarms.bp,
    authorities.bp,
    authorities.admin,
    setup.bp,
    units.bp,
    mail_systems.bp,
    mailboxes.bp,
    unseen_answers.bp,
    reorganisation.bp,
    what_if.bp,
    rules.bp,
    form_senders.bp,
    deadlines.bp,
    reply_templates.bp,
    returns.bp,
    health.bp,
    model.bp,
    practice.bp,
    help.bp,
    audit_log.bp,
    groups.bp,
    second_factor.bp,
    joining.bp,
    my_account.bp,
    people.bp,
)
WITH_PROVIDER = (sign_on.bp, sign_on.own, sign_on.from_there)
"""Doors that there are only where an identity provider is set up."""


def create_app(container: Container) -> Flask:
    """Create the web application. Everything it needs from outside comes with `container`."""
    settings = container.settings
    app = incidents.Reporting("sluse", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-sluse" if settings.secure_cookies else "sluse",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "app" / "web" / "translations"),
        BABEL_DEFAULT_LOCALE="da",
        BABEL_DEFAULT_TIMEZONE="Europe/Copenhagen",
    )
    app.extensions["sluse"] = container
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    uploads.register(app)
    forms = CSRFProtect(app)
    for asked_from_elsewhere in (sign_on.from_there, digest.by_link):
        forms.exempt(asked_from_elsewhere)
    Babel(app, locale_selector=chosen_language)
    access.login_manager.init_app(app)
    incoming.register(app)
    insecure.register(app)
    filters.register(app)
    assets.register(app)
    errors.register(app)
    for bp in BLUEPRINTS + (WITH_PROVIDER if settings.sign_on else ()):
        app.register_blueprint(bp)
    app.before_request(access.refuse_other_sites)
    app.before_request(_begin)
    app.after_request(_protect)
    shown.register(app)
    app.teardown_request(_end)
    return app


def _begin() -> None:
    """Note that a page is being waited for. The learner in this process pauses."""
    if request.endpoint != "static":
        access.container().page_priority.enter()
        g.waited_for = True


def _end(_error: BaseException | None) -> None:
    if g.pop("waited_for", False):
        access.container().page_priority.leave()


def chosen_language() -> str:
    """Return the language: Danish unless the person chose otherwise. Programs that fetch figures have no cookie."""
    if problems.wanted():
        return LANGUAGES[0]
    language = request.cookies.get("sprog", "da")
    return language if language in LANGUAGES else "da"


def _protect(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code < 400:
        # The sandboxed frame around a citizen's mail has no origin, and may still use our style sheet.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    known = access.container().settings.sign_on
    forms = f"'self' {known.origin}" if known else "'self'"  # who signs out by a form is sent on to the provider
    for name, value in content_security_policy.headers(g.get("frame_ancestors", "'none'"), forms).items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static" or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    if access.container().settings.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    if g.get("switch_language"):
        secure = access.container().settings.secure_cookies
        response.set_cookie("sprog", g.switch_language, max_age=31536000, samesite="Lax", httponly=True, secure=secure)
    return response
