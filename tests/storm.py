"""Let a wave of mails about one storm come in."""

from sqlalchemy import select

from app import database
from app.models.wave import WaveMember
from tests.town import Town, mail

WORDINGS = (
    "Efter stormen i nat ligger et stort træ væltet hen over cykelstien på Prøvevej.",
    "Stormen har væltet et træ. Det ligger over cykelstien på Prøvevej.",
    "Træet på Prøvevej er væltet i stormen og spærrer hele cykelstien.",
    "Et væltet træ ligger på cykelstien på Prøvevej efter nattens storm.",
)


def storm(n: int, sender: str = "") -> bytes:
    return mail(f"Storm {n}", WORDINGS[n % len(WORDINGS)], sender=sender or f"Prøve <b{n}@borger.example.org>")


def wave_ids(town: Town) -> set[int]:
    with database.read(town.container.engine) as session:
        return set(session.scalars(select(WaveMember.wave_id)))
