"""The page that leads from an empty house to the first mails. Each step says how it stands, and where it is done."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import database
from app.domain.access import Role
from app.errors import NotFoundError, RefusedError
from app.queries.learning.progress import ENOUGH
from app.queries.organisation import setup_steps, unit_list
from app.services.inbound import mailbox_trials
from app.services.inbound.mailbox_trials import Trial, TrialKind, TrialOutcome
from app.services.organisation import (
    added_mail_systems,
    chosen_folders,
    example_organisation,
    mail_systems,
    municipalities,
)
from app.services.organisation.added_mail_systems import Unusable
from app.services.platform import settings
from app.web.organisation.units import make_mailboxes
from app.web.platform import errors
from app.web.platform.access import blueprint, container, me

bp = blueprint("setup", __name__, [Role.ADMINISTRATOR], url_prefix="/opsaetning")
SHOWN = 8
"""So many mailboxes stand on the page; the others are found where they are made."""


@bp.get("/")
def index() -> ResponseReturnValue:
    return _page()


@bp.post("/navn")
def rename() -> ResponseReturnValue:
    """Say what the municipality is called."""
    typed = request.form.get("name", "")
    try:
        with database.write(container().engine) as db:
            municipalities.rename(db, container().settings, typed, by=me(), now=datetime.now(UTC))
    except RefusedError as error:
        return _page(errors.text(error), typed), 422
    flash(_("Navnet er gemt."))
    return redirect(url_for("setup.index"), 303)


@bp.post("/eksempel")
def example() -> ResponseReturnValue:
    """Add the invented units. Where mail lies in folders of this machine, they get their mailboxes too."""
    here = container()
    try:
        with database.read(here.engine) as db:
            example_organisation.refuse_others(db)
            main = added_mail_systems.known(db, here.settings)[mail_systems.MAIN]
        if main.kind == "folder":  # before the robot knows of the units, and looks into them
            make_mailboxes(*(line.address for line in example_organisation.lines()))
        with database.write(here.engine) as db:
            example_organisation.install(db, by=me(), now=datetime.now(UTC))
    except RefusedError as error:
        return _page(errors.text(error)), 422
    flash(_("Eksemplets enheder er lagt ind. Ret dem, så de bliver jeres: navn, adresse, og hvad der hører til."))
    return redirect(url_for("units.index"), 303)


@bp.post("/postkasse/<int:mailbox_id>/kig")
def look(mailbox_id: int) -> ResponseReturnValue:
    """Look into a mailbox. Nothing is taken."""
    _try(mailbox_id, TrialKind.LOOK)
    return redirect(url_for("units.mailbox", id=mailbox_id), 303)


@bp.post("/postkasse/<int:mailbox_id>/proevemail")
def send_letter(mailbox_id: int) -> ResponseReturnValue:
    """Send a letter from a mailbox to itself, and remove it again."""
    _try(mailbox_id, TrialKind.LETTER)
    return redirect(url_for("units.mailbox", id=mailbox_id), 303)


def _try(mailbox_id: int, kind: TrialKind) -> None:
    """Try a mailbox, write down that somebody did, and say what came of it."""
    here, address = container(), _address(mailbox_id)
    trial = mailbox_trials.TRIALS[kind](here.gateway, address)
    with database.write(here.engine) as db:
        mailbox_trials.record(db, mailbox_id, address, kind, trial, by=me(), now=datetime.now(UTC))
    flash(trial_text(trial))


def _address(mailbox_id: int) -> str:
    with database.read(container().engine) as db:
        found = unit_list.mailbox(db, mailbox_id)
        if found is None:
            raise NotFoundError
        return found.address


def trial_text(trial: Trial) -> str:
    """Return what came of a trial, in people's words and in the mail system's own."""
    return " ".join(each for each in (_outcome(trial), _said(trial)) if each)


FAILED = {
    TrialOutcome.LATER: _l("Mailsystemet kan ikke lige nu. Prøv igen om et øjeblik."),
    TrialOutcome.NOT_REACHED: _l(
        "Ingen server svarer dér. Se efter, om server og port er rigtige under Mailsystemer, også til at sende, og om en "
        "firewall spærrer."
    ),
    TrialOutcome.NOT_TRUSTED: _l(
        "Sluse kender ikke den, der har udstedt mailserverens certifikat. Er det jer selv, så skriv filen med jeres "
        "certifikatudsteder under Mailsystemer, Flere indstillinger."
    ),
    TrialOutcome.SIGN_IN: _l(
        "Mailsystemet giver ikke Sluse adgang. Ret brugernavn, adgangskode eller programmets hemmelighed under Mailsystemer."
    ),
    TrialOutcome.REFUSED: _l(
        "Mailsystemet siger nej. Se efter, om adressen er stavet rigtigt, om postkassen ligger i det valgte mailsystem, og om "
        "Sluses bruger har adgang til den. På en server med IMAP kan det også være, at andres postkasser hedder noget andet "
        "for den: se Mailsystemer."
    ),
}
"""What is wrong and what to do, where a trial failed."""


def _outcome(trial: Trial) -> str:
    match trial.outcome:
        case TrialOutcome.LOOKED if trial.more:
            return _(
                "Postkassen kan læses. Sluse så %(num)s mails i indbakken, og der er flere. Intet er hentet.",
                num=trial.mails,
            )
        case TrialOutcome.LOOKED:
            return ngettext(
                "Postkassen kan læses. Sluse så %(num)s mail i indbakken. Intet er hentet.",
                "Postkassen kan læses. Sluse så %(num)s mails i indbakken. Intet er hentet.",
                trial.mails,
            )
        case TrialOutcome.ARRIVED:
            seconds = format_decimal(round(max(trial.seconds, 0.1), 1))
            return _(
                "Prøvemailen kom frem på %(seconds)s sekunder. Postkassen kan både sende og modtage.", seconds=seconds
            )
        case TrialOutcome.NOT_SEEN:
            return _(
                "Prøvemailen blev sendt, men var ikke kommet frem efter %(seconds)s sekunder. "
                "Kommer den senere, lægger Sluse den til side.",
                seconds=round(trial.seconds),
            )
        case TrialOutcome.NO_ANSWER:
            return _(
                "Mailsystemet svarede ikke inden for %(seconds)s sekunder. "
                "Se efter, om server og port er rigtige, og om Sluse kan nå serveren herfra.",
                seconds=round(trial.seconds),
            )
        case _:
            return str(FAILED[trial.outcome])


def _said(trial: Trial) -> str:
    if trial.said:
        return _("Mailsystemets egne ord: %(said)s", said=trial.said)
    if trial.left_behind and trial.outcome is TrialOutcome.ARRIVED:
        return _("Sluse kunne ikke fjerne den igen. Den hedder ”Prøvemail fra Sluse” og kan slettes.")
    return ""


def _page(problem: str = "", typed: str | None = None) -> str:
    here = container()
    with database.read(here.engine) as db:
        found = setup_steps.facts(db)
        known = added_mail_systems.known(db, here.settings)
        said = added_mail_systems.fixed(here.settings).keys() | {
            name for name in known if added_mail_systems.added(db, name) is not None
        }
        name = municipalities.name(db, here.settings)
        boxes = unit_list.mailboxes(db)
        return render_template(
            "setup/index.html",
            steps=setup_steps.steps(
                found,
                named=bool(name),
                calendar=settings.is_set(db, settings.CLOSED_YEARLY),
                systems=said,
                unusable=sum(isinstance(system, Unusable) for system in known.values()),
                main_unsaid=added_mail_systems.main_is_unsaid(db, here.settings),
            ),
            facts=found,
            name=name if typed is None else typed,
            name_fixed=bool(here.settings.municipality),
            problem=problem,
            mailboxes=boxes[:SHOWN],
            confirmed=chosen_folders.confirmed(db),
            more_mailboxes=max(0, len(boxes) - SHOWN),
            prospects=setup_steps.prospects(db, lambda unit_id: settings.limit_for(db, unit_id)),
            enough=ENOUGH,
        )
