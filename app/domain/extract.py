"""Name the columns of the nightly file for analysts.

One row an enquiry, and nothing that names a citizen or an employee: days and no times of day; no word of a mail; no address
but the house's own; and not how many seconds a person took to decide, since in a small house that is one person's pace.
"""

from typing import Any, NamedTuple

from app.domain.decision_times import DecisionKind
from app.domain.enquiry import State
from app.domain.enquiry_facts import Way


class Column(NamedTuple):
    """A column: its name, its type as Table Schema names it, what it holds, and all its values where they are few."""

    name: str
    type: str
    text: str
    values: tuple[str, ...] = ()


COLUMNS = (
    Column(
        "enquiry",
        "integer",
        "The enquiry's number in Sluse: opens it for who may see it there, and tells others nothing.",
    ),
    Column("received_on", "date", "The day on which the mail came, in Copenhagen, as all days here."),
    Column("mailbox", "string", "The mailbox of the municipality that it came to."),
    Column("state", "string", "Where it stands.", tuple(State)),
    Column("way", "string", "How its first place was found.", tuple(Way)),
    Column("reason", "string", "With which the robot routed it, or why it was set aside or sent on; else empty."),
    Column("area", "string", "The service area of the unit."),
    Column("centre", "string", "The centre of the unit; empty where it has none."),
    Column("unit", "string", "The unit that has it, or had it last."),
    Column("first_unit", "string", "The unit that had it first."),
    Column("first_routed_on", "date", "When a unit had it first."),
    Column("routed_on", "date", "When the unit got it."),
    Column("hops", "integer", "How often it changed unit."),
    Column("returns", "integer", "How often a unit gave it back."),
    Column("days_lost", "integer", "Working days from the first unit to the one that has it."),
    Column("term_days", "integer", "Working days that its first deadline gave."),
    Column("due_on", "date", "Its next deadline."),
    Column("feedback_due_on", "date", "Until when the citizen was to hear from us."),
    Column("feedback_on", "date", "When the citizen did."),
    Column("answer_due_on", "date", "Until when it was to be replied to."),
    Column("answered_on", "date", "When it was."),
    Column("closed_on", "date", "When it was done with."),
    Column("journaled_on", "date", "When its mail was filed on a case."),
    Column("journal_days", "integer", "Working days after the day of the receipt until then."),
    Column("decided_as", "string", "How people decided it, where they looked at it.", tuple(DecisionKind)),
    Column("judged_on", "date", "When it became known whether the first suggestion was right."),
    Column("suggested_unit", "string", "The unit that the robot suggested first; empty where that was no unit."),
    Column("suggestion_right", "boolean", "Whether that was right: true or false.", ("true", "false")),
)


def schema() -> dict[str, Any]:
    """Return the columns as a Table Schema (specs.frictionlessdata.io), which lies beside the files."""
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "description": "One row for each enquiry, without personal data. CSV (RFC 4180), UTF-8, gzip, a line of titles.",
        "fields": [_field(column) for column in COLUMNS],
        "primaryKey": "enquiry",
        "missingValues": [""],
    }


def _field(column: Column) -> dict[str, Any]:
    made: dict[str, Any] = {"name": column.name, "type": column.type, "description": column.text}
    if column.values and column.type == "string":
        made["constraints"] = {"enum": list(column.values)}
    return made
