"""Judged mails for the charts: weeks of decisions, some of them corrections, as a visitator would have made them."""

import random
from datetime import datetime, timedelta

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import LabelSource, State
from app.models.enquiry import Enquiry, RawMail
from app.models.prediction import Prediction
from app.services.learning import labels
from tests.town import PARK, ROAD, SENTENCES, SHARED, UNITS, Town, now

KEPT = 0.9
"""How often the first suggestion is right when it is quite sure."""


def judge(town: Town, count: int, *, weeks: int = 10, seed: int = 11, until: datetime | None = None) -> None:
    """Give so many mails a suggestion and then a label, evenly over the weeks to `until`. Nothing is learned of them.

    Their confidences are honest, but for the surest, and what is wrong is mostly Park taken for Vej.
    """
    draw, end = random.Random(seed), until or now()
    with database.write(town.container.engine) as session:
        for n in range(count):
            at = end - timedelta(weeks=weeks) * (count - n) / (count + 1)
            right = draw.choice([PARK, PARK, PARK, ROAD, ROAD, *UNITS])
            confidence = min(0.99, draw.random() ** 0.4)
            kept = draw.random() < min(KEPT, confidence)
            first = right if kept else PARK if right == ROAD else draw.choice([u for u in UNITS if u != right])
            raw = RawMail(
                address=SHARED, folder="inbox", key=f"judged-{seed}-{n}", sha256="0" * 64, size=1, content=b"x",
                received_at=at, taken_at=at,
            )  # fmt: skip
            session.add(raw)
            session.flush()
            enquiry = Enquiry(
                raw_mail_id=raw.id, mailbox=SHARED, received_at=at, due_on=at.date(), state=State.ROUTED,
                subject=draw.choice(SENTENCES[right]), text="Hej", unit_id=town.units[right],
                automatic=kept and confidence > 0.8 and draw.random() < n / count,
            )  # fmt: skip
            session.add(enquiry)
            session.flush()
            words = ["træet", "parken"] if first == PARK else ["vejen", "fortovet"] if first == ROAD else ["affaldet"]
            ranking = [{"unit_id": town.units[first], "confidence": confidence, "words": words}]
            session.add(
                Prediction(enquiry_id=enquiry.id, ranking=ranking, confidence=confidence, model_position=0, at=at)
            )
            session.flush()
            source = LabelSource.CONFIRMED if kept else LabelSource.CORRECTED
            labels.give(session, enquiry, town.units[right], source, by=Actor("visitator@town.example.org"), now=at)
