"""The menu in the bar. Daily pages stand there themselves, the rest in two groups that open."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from app.domain.access import Role
from app.web.platform import access

DAILY = (
    ("triage.index", _l("Visitering")),
    ("caseload.index", _l("Hos enheden")),
    ("enquiries.index", _l("Henvendelser")),
    ("figures.index", _l("Tal")),
)
GROUPS = (
    (
        _l("Robot og læring"),
        (
            ("learning.index", _l("Læring")),
            ("robot.index", _l("Robot")),
            ("mailboxes.index", _l("Postkasser")),
            ("unseen_answers.index", _l("Usete svar")),
            ("alarms.index", _l("Alarmer")),
            ("sampling.index", _l("Stikprøver")),
            ("what_if.index", _l("Afprøv ændringer")),
            ("model.index", _l("Modellen")),
        ),
    ),
    (
        _l("Opsætning"),
        (
            ("setup.index", _l("Kom i gang")),
            ("units.index", _l("Enheder")),
            ("mail_systems.index", _l("Mailsystemer")),
            ("referring.index", _l("Myndigheder")),
            ("rules.index", _l("Regler")),
            ("form_senders.index", _l("Webformularer")),
            ("reply_templates.index", _l("Skabeloner")),
            ("deadlines.index", _l("Frister")),
            ("people.index", _l("Adgang")),
            ("audit_log.index", _l("Hændelseslog")),
        ),
    ),
)
LAST = (("help.index", _l("Hjælp")),)
UNDER = {
    "referring.choose": "triage",
    "referring.refer": "triage",
    "reorganisation": "units",
    "decisions": "triage",
    "lanes": "triage",
    "authorities": "referring",
    "splitting": "triage",
    "merging": "triage",
    "waves": "triage",
    "practice": "help",
    "groups": "people",
    "pace": "figures",
    "benefit": "figures",
    "data_out": "figures",
    "figure_tokens": "figures",
    "benefit_assumptions": "figures",
    "accuracy": "figures",
    "punctuality": "figures",
    "follow_up": "figures",
    "topics": "figures",
    "places": "figures",
}
"""Blueprints, and single pages, without an entry of their own: the one they are found under."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    endpoint: str
    name: Any
    here: bool


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A group of the menu, which opens. Without a name its entries stand in the bar themselves."""

    name: Any
    entries: tuple[MenuEntry, ...]

    @property
    def here(self) -> bool:
        return any(entry.here for entry in self.entries)


def menu(role: Role) -> list[MenuGroup]:
    """Return the menu this person may open. A group with one entry left is not folded."""
    groups = [MenuGroup(None, tuple(_entries(DAILY, role)))]
    for name, known in GROUPS:
        entries = tuple(_entries(known, role))
        groups.append(MenuGroup(name if len(entries) > 1 else None, entries))
    groups.append(MenuGroup(None, tuple(_entries(LAST, role))))
    return [group for group in groups if group.entries]


def name_of(endpoint: str) -> str:
    """Return the name of a page's menu entry. The page's own where there is no entry."""
    noun = UNDER.get(endpoint) or UNDER.get(endpoint.split(".")[0], endpoint.split(".")[0])
    entries = (*DAILY, *(entry for _, group in GROUPS for entry in group), *LAST)
    return next((str(name) for known, name in entries if known.split(".")[0] == noun), endpoint)


def _entries(known: tuple[tuple[str, Any], ...], role: Role) -> Iterator[MenuEntry]:
    here = UNDER.get(request.endpoint or "") or UNDER.get(request.blueprint or "", request.blueprint)
    for endpoint, name in known:
        noun = endpoint.split(".")[0]
        if role in access.ROLES[noun]:
            yield MenuEntry(endpoint, name, noun == here)
