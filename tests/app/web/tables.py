"""Read all tables, to tell whether anything has changed."""

from sqlalchemy import inspect, text

from tests.town import Town

EXCEPT = {
    "event": "that somebody looked is written before they see it: that is the point of the log",
    "user_session": "that somebody is still there, once a minute: a sign-in ends when nobody is",
    "rate_count": "how often something was asked for: a search, an export, the page of a return link",
}
"""Tables that a GET may write to, and why. Everything else is left as it is."""


def everything(town: Town) -> dict[str, list[str]]:
    """Every row of every table there is, the workflow engine's and the index's included."""
    engine = town.container.engine
    schemas = [None] if engine.dialect.name == "sqlite" else ["public", "dbos"]
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for schema in schemas:
            for table in inspect(engine).get_table_names(schema=schema):
                name = f'"{schema}"."{table}"' if schema else f'"{table}"'
                found[name] = sorted(str(row) for row in connection.execute(text(f"SELECT * FROM {name}")))
    return {name: rows for name, rows in found.items() if name.split(".")[-1].strip('"') not in EXCEPT}
