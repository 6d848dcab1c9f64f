"""Templates and shared paragraphs.

People keep these texts for the robot to fill; several templates may share a paragraph.
"""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.templates import TemplateKind
from app.models.base import Base, choice
from app.models.unit import Unit


class ReplyTemplate(Base):
    """A template of a unit or the whole authority.

    With `keywords`, it is only for mails in which one of them occurs.
    """

    __tablename__ = "reply_template"
    __table_args__ = (Index("ix_reply_template_kind_unit_id", "kind", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TemplateKind] = mapped_column(choice(TemplateKind))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(100))
    keywords: Mapped[str] = mapped_column(String(500), default="")
    text: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)

    unit: Mapped[Unit | None] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so


class Paragraph(Base):
    """A paragraph that templates insert by its name. The name is for good, since texts hold it."""

    __tablename__ = "paragraph"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    text: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so
