"""Name every route of the app, with values that its address takes."""

from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from app.domain.access import Role
from tests.town import Town

VALUES = {
    "enquiry_id": 1,
    "alarm_id": 1,
    "authority_id": 1,
    "code": "pick",
    "amendment_id": 1,
    "template_id": 1,
    "mailbox_id": 1,
    "name": "hilsen",
    "unit_id": 1,
    "suggested_id": 1,
    "label_id": 1,
    "note_id": 1,
    "position": 0,
    "work_id": "journal:1:1",
    "language": "en",
    "rule_id": 1,
    "form_id": 1,
    "group_id": 1,
    "what_if_id": 1,
    "reorganisation_id": 1,
    "token": "x",
    "number": 1,
    "wave_id": 1,
    "account_id": 2,
    "session_id": 99,
    "key": "x",
    "token_id": 1,
    "day": "2026-11-29",
    "filename": "app.css",
    "system": "records",
    "reading_id": 1,
    "term_id": 1,
}
V, C, M, A, R = Role.VISITATOR, Role.CASEWORKER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR
ANYBODY = {None, *Role}
EXPECTED: dict[str, set[Role | None]] = {
    "static": ANYBODY, "auth": ANYBODY, "returns": ANYBODY, "health": ANYBODY,
    "triage": {V, M, A}, "figures": {V, M, A}, "accuracy": {V, M, A}, "benefit": {V, M, A}, "benefit_assumptions": {M, A},
    "topics": {V, M, A}, "places": {A}, "punctuality": {V, M, A}, "follow_up": {V, M, A},
    "digest": {C, M, A}, "digest_link": ANYBODY, "learning": {V, M, A}, "sampling": {V, M, A},
    "decisions": {V, M, A}, "lanes": {V, M, A},
    "enquiries": {V, C, M, A}, "robot": {A}, "pace": {A}, "alarms": {A}, "units": {A}, "setup": {A}, "model": {A},
    "rules": {M, A},
    "reply_templates": {M, A}, "deadlines": {M, A}, "what_if": {M, A}, "exports": {M, A}, "reorganisation": {A},
    "referring": {V, M, A}, "authorities": {A}, "splitting": {V, M, A}, "waves": {V, M, A}, "merging": {V, M, A},
    "form_senders": {M, A}, "caseload": {V, C, M, A}, "help": {V, C, M, A, R}, "practice": {V, C, M, A, R},
    "audit_log": {A, R}, "groups": {A}, "people": {A}, "my_account": {V, C, M, A, R}, "second_factor": ANYBODY, "joining": ANYBODY,

    "data_out": {M, A}, "figure_tokens": {A}, "figures_api": ANYBODY,
    "erasure": {A}, "mailboxes": {A}, "mail_systems": {A}, "unseen_answers": {V, M, A},
}  # fmt: skip


def rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def path(app: Flask, rule: Rule) -> str:
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, {name: VALUES[name] for name in rule.arguments})


def dump(town: Town) -> list[str]:
    """Everything but the look at a mail, which is logged on purpose."""
    with town.container.engine.connect() as connection:
        return [
            f"{table} {row}"
            for table in ("enquiry", "label", "setting", "unit", "mailbox", "reply_template", "paragraph", "event")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
