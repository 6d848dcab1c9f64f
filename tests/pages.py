"""Every page there is, in one place. A GET route that is neither here nor named as no page fails a test.

A page is its endpoint and, where one view has several faces, their query strings. What stands in an address comes from
`samples`; a page that needs another sample than the others says so in `OWN`.
"""

from collections.abc import Iterator
from typing import Any

from flask import Flask

from app import database
from app.demo.benefit import assumptions
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.alarm import AlarmKind
from app.domain.deadlines import local_day
from app.domain.reorganisation import Plan, Rename
from app.domain.templates import TemplateKind
from app.domain.what_if import Question
from app.models.erasure import Erasure
from app.models.mail_system import AddedMailSystem
from app.models.topics import Term, TermKind
from app.models.wave import Wave, WaveMember
from app.services.casework import reply_templates
from app.services.casework.reply_templates import Draft
from app.services.inbound import form_senders, rules
from app.services.learning import alarms, what_if
from app.services.organisation import authorities, group_rules, people, reorganising
from app.services.organisation.authorities import AuthorityLine
from app.services.reports import benefit_assumptions, digests, figure_tokens
from app.services.triage import returns
from tests.judged import judge
from tests.town import PARK, WASTE, Town, mail, now

SIGNED_OUT = ("auth.sign_in", "joining.invitation")
PAGES: dict[str, tuple[str, ...]] = {
    "auth.sign_in": ("",),
    "triage.index": ("",),
    "triage.show": ("",),
    "decisions.index": ("",),
    "lanes.index": ("",),
    "referring.choose": ("", "?myndighed=1"),
    "splitting.ask": ("",),
    "merging.ask": ("",),
    "waves.show": ("",),
    "caseload.index": ("", "?enhed=1"),
    "caseload.show": ("",),
    "caseload.answer": ("",),
    "caseload.interim": ("",),
    "caseload.ask_back": ("",),
    "enquiries.index": ("", "?tilstand=circulating", "?q=træ"),
    "enquiries.show": ("", "?vis=alt"),
    "enquiries.audit": ("",),
    "enquiries.rest": ("", "?fra=10&vis=alt"),
    "figures.index": ("",),
    "accuracy.index": ("", "?orden=dage&mod=aar&vis=maaneder"),
    "pace.ask": ("",),
    "benefit.index": ("", "?plan=grundlag"),
    "benefit.assumptions": ("", "?version=1"),
    "benefit_assumptions.edit": ("",),
    "data_out.index": ("",),
    "punctuality.index": ("", "?periode=2026-K4&omraade=1"),
    "follow_up.index": ("", "?periode=2026-K4&mod=aar&omraade=1"),
    "follow_up.register": ("",),
    "topics.index": ("", "?periode=2026-K4&mod=aar&omraade=1"),
    "topics.show": ("",),
    "places.ask_for_file": ("",),
    "digest.index": ("",),
    "digest_link.ask": ("",),
    "audit_log.index": ("", "?hvem=visitator@town.example.org&hvad=looks", "?nummer=99999"),
    "learning.index": ("", "?uger=52&orden=andel"),
    "learning.confusion": ("",),
    "sampling.index": ("",),
    "robot.index": ("",),
    "mailboxes.index": ("",),
    "unseen_answers.index": ("",),
    "mailboxes.folders": ("?postkasse=park@town.example.org",),
    "robot.work": ("",),
    "alarms.index": ("",),
    "model.index": ("",),
    "erasure.index": ("",),
    "erasure.certificate": ("",),
    "setup.index": ("",),
    "units.index": ("",),
    "units.new": ("",),
    "units.edit": ("",),
    "units.ask_for_file": ("",),
    "units.mailbox": ("", "?id=1"),
    "mail_systems.index": ("",),
    "mail_systems.new": ("", "?slags=imap"),
    "mail_systems.edit": ("?navn=kontoret",),
    "mail_systems.main": ("", "?slags=graph"),
    "reorganisation.index": ("",),
    "reorganisation.show": ("",),
    "reorganisation.ask_to_restore": ("",),
    "what_if.index": ("",),
    "what_if.show": ("",),
    "referring.index": ("",),
    "authorities.new": ("",),
    "authorities.edit": ("",),
    "rules.index": ("",),
    "rules.new": ("",),
    "rules.edit": ("",),
    "rules.senders": ("",),
    "form_senders.index": ("",),
    "form_senders.new": ("",),
    "form_senders.edit": ("",),
    "groups.index": ("",),
    "groups.new": ("",),
    "groups.edit": ("",),
    "deadlines.index": ("",),
    "reply_templates.index": ("",),
    "reply_templates.new": ("?art=acknowledgement",),
    "reply_templates.show": ("",),
    "reply_templates.new_paragraph": ("",),
    "reply_templates.show_paragraph": ("",),
    "returns.ask": ("",),
    "help.index": ("",),
    "help.caseworker": ("",),
    "practice.index": ("",),
    "my_account.index": ("",),
    "people.index": ("",),
    "people.new": ("",),
    "people.show": ("",),
    "second_factor.new": ("",),
    "joining.invitation": ("",),
}
NOT_PAGES = {
    "static": "files",
    "auth.home": "leads to one's own first page",
    "health.health": "for machines",
    "triage.queue": "a part of the triage page",
    "triage.receipt": "a part of the triage page",
    "triage.suggestions": "a part of the triage page",
    "enquiries.html": "a citizen's mail in a frame",
    "enquiries.original": "a file",
    "enquiries.attachment": "a file",
    "enquiries.document": "a document of the case",
    "units.export": "a file",
    "places.export": "a file",
    "exports.enquiries": "a file",
    "data_out.download": "a file",
    "data_out.schema": "a file",
    **{
        f"figures_api.{name}": "for other programs"
        for name in ("description", "catalogue", "groups", "figures", "figures_csv", "series", "series_csv")
    },
    "follow_up.pdf": "a file",
    "follow_up.excel": "a file",
    "follow_up.register_text": "a file",
    "audit_log.export": "a file",
    "second_factor.ask": "between a right password and its code only",
    "second_factor.picture": "a picture",
    "joining.first": "before there is an administrator only",
    "erasure.certificate_file": "a file",
}
ALIKE = {"triage.show": "triage.index"}
"""Pages that are the same page and may have the same title."""


WAITING = ("triage.show", "referring.choose", "splitting.ask", "merging.ask")
"""Pages about a mail that waits; the others show one that has been decided."""


def addresses(app: Flask, samples: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(endpoint, address) of each page and face; one that does not exist comes last."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        arguments = {
            rule.endpoint: rule.arguments for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())
        }
        for endpoint, faces in PAGES.items():
            own = samples.get(endpoint, {})
            values = {name: own.get(name, samples.get(name)) for name in arguments[endpoint]}
            for face in faces:
                yield endpoint, adapter.build(endpoint, values) + face
    yield "errors.404", "/findes-ikke"


def samples(town: Town, routed: int, waiting: int) -> dict[str, Any]:
    """A town with something on every page: one mail waits, one is with a unit, and the rest is history."""
    judge(town, 60)
    template = _template(town)
    with database.write(town.container.engine) as session:
        rules.install_defaults(session)
        plan = Plan((Rename(town.units[WASTE], "Affald og genbrug"),))
        what_if.ask(session, Question(plan=plan), by=Actor("a@town.example.org"), now=now())
        reorganising.switch(session, plan, by=Actor("a@town.example.org"), now=now())
        data = {"before": 0.0, "after": 0.2, "words": ["affaldssortering"]}
        authorities.add(
            session, (AuthorityLine("Nabokøbing Kommune", "post@nabo.example.org", "Alt på den anden side af åen"),)
        )
        wave = Wave(lead_id=waiting, found_at=now())
        session.add(wave)
        session.flush()
        session.add(WaveMember(enquiry_id=waiting, wave_id=wave.id))
        alarms.raise_alarm(session, AlarmKind.VOCABULARY, town.units[PARK], since=now(), data=data, now=now())
        given = {"name": "Hjemmesiden", "senders": "formular.example.org", "mailbox": "", "address_labels": "E-mail",
                 "name_labels": "Navn", "confirmed": False}  # fmt: skip
        form = form_senders.save(session, None, given, by=Actor("a@town.example.org"), now=now()).id
        group = group_rules.save(
            session, None, group="/sluse/en-meget-lang-sti-til-en-gruppe/parkens-sagsbehandlere", label="Parkens folk",
            role=Role.CASEWORKER, unit_id=town.units[PARK], by=Actor("a@town.example.org"), now=now(),
        ).id  # fmt: skip
        copies = [{"mailbox": "tmf@town.example.org", "folder": "inbox", "found": 2, "removed": 1}]
        counts = {
            "enquiries": 2,
            "attachments": 1,
            "masked": 3,
            "documents": 4,
            "deadlines": 1,
            "masked_copies": 3,
            "log_rows": 1,
        }
        session.add(AddedMailSystem(name="kontoret", options={"kind": "folder"}, changed_at=now()))
        erased = Erasure(
            at=now(), by="administrator@town.example.org", found_by="both", counts=counts, copies=copies, digest="a" * 64
        )  # fmt: skip
        session.add(erased)
        session.flush()
        certificate = erased.id
        invited = people.invite(
            session, email="ny@town.example.org", name="Ny Prøve", role=Role.VISITATOR, unit_id=None,
            by=town.people[Role.ADMINISTRATOR].actor, now=now(),
        )  # fmt: skip
    link = returns.sign(returns.ReturnLink(routed, 1), town.container.settings.secret_key)
    with database.write(town.container.engine) as session:
        given = assumptions(local_day(now()))
        benefit_assumptions.save(session, given, "Prøve", based_on=None, by=Actor("leder@town.example.org"), now=now())
        shown = Term(kind=TermKind.WORD, key=1, name="træ", weights={})
        session.add(shown)
        session.flush()
        term = shown.id
        for name in ("Power BI i økonomiafdelingen", "En forespørgsel, der ikke bruges mere"):
            made, _key = figure_tokens.make(
                session, name=name, purpose="Rapport " * 20, expires_on=local_day(now()) + figure_tokens.USUAL,
                by=Actor("administrator@town.example.org"), now=now(),
            )  # fmt: skip
        figure_tokens.revoke(session, made.id, by=Actor("administrator@town.example.org"), now=now())
    stop = digests.sign(town.people[Role.MANAGER].id, town.container.settings.secret_key)
    return {
        "enquiry_id": routed, **{page: {"enquiry_id": waiting} for page in WAITING}, "wave_id": 1, "authority_id": 1,
        "work_id": f"journal:{routed}:1", "token": link, "digest_link.ask": {"token": stop},
        "erasure.certificate": {"number": certificate},
        "unit_id": town.units[PARK], "learning.confusion": {"suggested_id": town.units[PARK], "unit_id": town.units[WASTE]},
        "term_id": term, "template_id": template, "name": "åbningstider", "rule_id": 1, "form_id": form,
        "group_id": group, "what_if_id": 1, "reorganisation_id": 1, "account_id": town.visitator.id, "key": invited[1],
    }  # fmt: skip


def long_mails() -> list[bytes]:
    """A mail that tries every edge, and a plain one."""
    unbroken = "Ordudenmellemrum" * 60 + "\n\nHej"
    hard = mail("Et meget langt emne " * 8, unbroken, attachment=b"x", html="<p>Hej</p>")
    return [hard, mail("Træ", "Træ i parken")]


def _template(town: Town) -> int:
    with database.write(town.container.engine) as session:
        reply_templates.save_paragraph(
            session, "åbningstider", "Vi har åbent 9-15.", version=None, by=Actor("a"), now=now()
        )
        draft = Draft(
            TemplateKind.REPLY_DRAFT, town.units[PARK], "Træer", "træ, gren", "Kære {afsender}\n\n" + "Langt" * 60
        )
        row = reply_templates.save(session, None, draft, version=0, by=Actor("a@town.example.org"), now=now())
        return reply_templates.save(session, row.id, draft, version=1, by=Actor("b@town.example.org"), now=now()).id
