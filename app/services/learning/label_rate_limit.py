"""Rate limit of labels: which ones are learned now. An account's labels are learned at a pace no human exceeds.

The pace counts by the labels' own time, so that a past year can be taught at once. A label beyond it is not lost: it is
due when the pace allows. Of a wave's labels only those count that teach. History that was imported is not held back.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.alarm import AlarmKind
from app.domain.enquiry import LabelSource
from app.models.label import Label, is_lesson
from app.services.learning import alarms
from app.services.platform import settings

WINDOW = timedelta(minutes=10)
LOOKBACK = timedelta(days=1)
"""How much earlier labels are counted that may have used up an account's pace."""


def learnable(session: Session, labels: Sequence[Label], *, now: datetime) -> list[Label]:
    """Return the unnumbered labels that are due, in order. An account that labels too fast is named in an alarm."""
    cap = settings.get(session, settings.LABEL_CAP)
    held: set[int] = set()
    for account in sorted({label.by for label in labels if label.source is not LabelSource.HISTORY}):
        own = [label for label in labels if label.by == account]
        due = _due(session, account, min(label.at for label in own), cap)
        late = [label for label in own if due.get(label.id, label.at) > max(now, label.at)]
        if late:
            held.update(label.id for label in late)
            data = {"account": account, "cap": cap}
            alarms.raise_alarm(session, AlarmKind.LABEL_FLOOD, None, since=late[0].at, data=data, now=now)
    return [label for label in labels if label.id not in held and label.revokes_id not in held]


def _due(session: Session, account: str, since: datetime, cap: int) -> dict[int, datetime]:
    """Return when each of an account's labels is due. No window has more than `cap`."""
    query = select(Label.id, Label.at).where(
        Label.by == account,
        Label.source != LabelSource.HISTORY,
        is_lesson(),
        Label.at >= since - LOOKBACK,
    )
    latest: deque[datetime] = deque(maxlen=cap)
    due = {}
    for label_id, at in session.execute(query.order_by(Label.id)):
        due[label_id] = max(at, latest[0] + WINDOW) if len(latest) == cap else at
        latest.append(due[label_id])
    return due
