"""Runs migrations over the product's own tables; the workflow engine keeps its tables by itself."""

import sqlalchemy as sa
from alembic import context
from sqlalchemy.schema import SchemaItem

from app import database
from app.models import Base
from app.models.base import UtcDateTime
from app.models.words import MailBytes, MailText


def include_object(item: SchemaItem, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave out tables that are not ours: on SQLite the workflow engine's share our file."""
    return not (kind == "table" and reflected and name not in Base.metadata.tables)


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our own types as what they are in the database: a migration must not change when the code does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    if kind == "type" and isinstance(item, MailText | MailBytes):
        return f"sa.{item.impl!r}"
    return False


def run() -> None:
    engine = database.create(context.config.get_main_option("sqlalchemy.url", ""))
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            render_item=render_item,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
