"""Reorganisations, carried out and undone. Units, their labels, and everything that points to them change at once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import reorganisation, written_plan
from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.domain.events.organisation import ReorganisationUndone, Reorganised
from app.domain.organisation import UnitLine
from app.domain.reorganisation import NewUnit, Plan, Relocate, Rename
from app.domain.routing import Mode
from app.errors import NotFoundError, RefusedError
from app.models.label import Label
from app.models.reorganisation import Reorganisation
from app.models.unit import Unit
from app.services.learning import label_overrides
from app.services.organisation import organisation_units, reorganisation_preview
from app.services.organisation.reorganisation_preview import POINTING
from app.services.platform import events


def switch(session: Session, plan: Plan, *, by: Actor, now: datetime) -> Reorganisation:
    """Carry out a plan, all of it or nothing. It changes units, what points to them, and what their labels count for.

    Mails that were routed to a unit that closes stay there until they are answered; mails in triage are ranked anew by
    the learner.

    Raises:
        RefusedError: something stands against the plan; its code is the first fault's.
    """
    if problems := reorganisation_preview.faults(session, plan):
        raise RefusedError(problems[0].code, value=problems[0].value)
    moved = list(reorganisation_preview.relabelled(session, plan))
    ids, units = _change_units(session, plan, by=by, now=now)
    pointers = _hand_over(session, plan, ids)
    note = ", ".join(f"{line['name']}" for line in (change["after"] for change in units))
    amendment = label_overrides.apply(
        session,
        AmendmentKind.REORGANISED,
        {label: ids[after] for label, _, after in moved},
        note=note[:500],
        by=by,
        now=now,
    )
    last = session.scalar(select(func.max(Label.id))) or 0
    row = Reorganisation(
        plan=written_plan.to_json(plan),
        changes={"units": units, "pointers": pointers, "last_label": last},
        amendment_id=amendment.id,
        by=by.email,
        at=now,
    )
    session.add(row)
    session.flush()
    events.record(
        session,
        Reorganised(reorganisation_id=row.id, plan=row.plan, labels=len(moved), pointers=len(pointers)),
        by=by,
        now=now,
    )
    return row


class _Units:
    """The units while a plan changes them. `before` is what each was before the first change, by id."""

    def __init__(self, session: Session, by: Actor, now: datetime) -> None:
        self._session, self._by, self._now = session, by, now
        self.before: dict[int, UnitLine | None] = {}

    def name(self, unit_id: int) -> str:
        return self._session.get_one(Unit, unit_id).name

    def change(self, unit_id: int, **fields: Any) -> None:
        line = organisation_units.line_of(self._session, self._session.get_one(Unit, unit_id))
        self.before.setdefault(unit_id, line)
        organisation_units.save_unit(self._session, unit_id, replace(line, **fields), by=self._by, now=self._now)

    def make(self, line: UnitLine) -> int:
        """A new unit; a closed one of that name is opened again instead."""
        shut = select(Unit.id).where(func.lower(Unit.name) == line.name.lower(), Unit.closed)
        unit_id = self._session.scalar(shut)
        if unit_id is not None:
            self.change(unit_id, **{name: getattr(line, name) for name in UnitLine.__dataclass_fields__})
            return unit_id
        made = organisation_units.save_unit(self._session, None, line, by=self._by, now=self._now)
        self.before[made.id] = None
        return made.id


def _change_units(
    session: Session, plan: Plan, *, by: Actor, now: datetime
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Make, close, rename and move units. Returns the id behind each key, and each unit before and after."""
    units = _Units(session, by, now)
    ids = {str(unit.id): unit.id for unit in session.scalars(select(Unit))}
    modes = reorganisation.modes_after(plan, {unit.id: unit.mode for unit in session.scalars(select(Unit))})
    for new, parents in reorganisation.created(plan).items():
        ids[reorganisation.key(new)] = units.make(_line(session, new, parents, modes[reorganisation.key(new)]))
    for key, mode in modes.items():
        if session.get_one(Unit, ids[key]).mode is not mode:
            units.change(ids[key], mode=mode)
    for unit in reorganisation.successors(plan):
        units.change(unit, closed=True)
    for move in plan.moves:
        if isinstance(move, Relocate):
            units.change(move.unit, area=move.area, centre=move.centre)
    _rename(units, [move for move in plan.moves if isinstance(move, Rename)])
    after = {unit: organisation_units.line_of(session, session.get_one(Unit, unit)) for unit in units.before}
    return ids, [
        {"id": unit, "before": asdict(before) if before else None, "after": asdict(after[unit])}
        for unit, before in units.before.items()
    ]


def _rename(units: _Units, moves: list[Rename]) -> None:
    """Rename units, also where two change names. The first of them goes by way of a name that nobody has."""
    wanted = {move.name.lower() for move in moves}
    for move in moves:
        if units.name(move.unit).lower() in wanted:
            units.change(move.unit, name=f"{move.unit} · {move.name}"[:200])
    for move in moves:
        units.change(move.unit, name=move.name)


def _line(session: Session, new: NewUnit, parents: tuple[int, ...], mode: Mode) -> UnitLine:
    """Return the line of a unit to be made. Values that it does not name come from the units it is made of."""
    lines = [organisation_units.line_of(session, session.get_one(Unit, unit)) for unit in parents]
    budgets = [line.max_error for line in lines if line.max_error is not None]
    return replace(
        lines[0],
        name=new.name,
        address=new.address.lower(),
        area=new.area or lines[0].area,
        centre=new.centre if new.area else new.centre or lines[0].centre,
        guide=_joined(line.guide for line in lines),
        guide_not=_joined(line.guide_not for line in lines),
        also_called=", ".join(dict.fromkeys(line.also_called for line in lines if line.also_called))[:500],
        mode=mode,
        max_error=min(budgets, default=None),
        closed=False,
    )


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(text for text in texts if text))[: organisation_units.GUIDE_LENGTH]


def _hand_over(session: Session, plan: Plan, ids: dict[str, int]) -> list[dict[str, Any]]:
    """Let what names a unit that closes name its heir. Returns what was changed."""
    successors = reorganisation.successors(plan)
    changed = []
    for each in reorganisation_preview.pointing(session, plan):
        heir = ids[reorganisation.key(successors[each.unit_id])]
        session.get_one(POINTING[each.kind], each.id).unit_id = heir
        changed.append({"kind": each.kind, "id": each.id, "name": each.name, "before": each.unit_id, "after": heir})
    session.flush()
    return changed


def restore(session: Session, reorganisation_id: int, *, by: Actor, now: datetime) -> Reorganisation:
    """Undo a reorganisation.

    Labels count as they were given, units are what they were, and units that it made are closed.

    Labels given since to a unit that closes again count for the unit it was split from; of one that was merged from
    several nobody knows whose they are, so they do not count.

    Raises:
        NotFoundError: there is no such reorganisation.
        RefusedError: it is undone already, a later one stands on it, or a unit's old name or address is another's now.
    """
    row = session.get(Reorganisation, reorganisation_id)
    if row is None:
        raise NotFoundError
    if row.restored_at is not None:
        raise RefusedError("reorganisation_restored")
    later = select(Reorganisation.id).where(Reorganisation.id > row.id, Reorganisation.restored_at.is_(None))
    if session.scalar(later.limit(1)) is not None:
        raise RefusedError("reorganisation_later")
    label_overrides.revoke(session, row.amendment_id, by=by, now=now)
    returned = _give_back(session, row)
    _units_back(session, row, by=by, now=now)
    _pointers_back(session, row)
    if returned:
        label_overrides.apply(session, AmendmentKind.REORGANISED, returned, note="", by=by, now=now)
    row.restored_at, row.restored_by = now, by.email
    events.record(
        session,
        ReorganisationUndone(
            reorganisation_id=row.id, labels=Counter("moved" if unit else "excluded" for unit in returned.values())
        ),
        by=by,
        now=now,
    )
    return row


def _give_back(session: Session, row: Reorganisation) -> dict[int, int | None]:
    """Return what later labels are to count for. These labels were given since to units that close again."""
    plan = written_plan.from_json(row.plan)
    names = {change["after"]["name"]: change["id"] for change in row.changes["units"]}
    parents = {names[new.name]: units for new, units in reorganisation.created(plan).items()}
    return {
        label: parents[unit][0] if len(parents[unit]) == 1 else None
        for label, _, unit in reorganisation_preview.counting(session)
        if unit in parents and label > row.changes["last_label"]
    }


def _units_back(session: Session, row: Reorganisation, *, by: Actor, now: datetime) -> None:
    """Restore the units that a reorganisation changed. People's later changes stay."""
    back = {change["id"]: _changed(change["before"], change["after"]) for change in row.changes["units"]}
    units = _Units(session, by, now)
    # What is to close goes first: its name and address may be another's again.
    for unit, fields in sorted(back.items(), key=lambda item: not item[1].get("closed", False)):
        units.change(unit, **{name: value for name, value in fields.items() if name != "name"})
    _rename(units, [Rename(unit, fields["name"]) for unit, fields in back.items() if "name" in fields])


def _changed(before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
    """The fields that were something else; a unit that was not there is closed."""
    if before is None:
        return {"closed": True}
    fields = {name: value for name, value in before.items() if value != after[name]}
    return fields | ({"mode": Mode(fields["mode"])} if "mode" in fields else {})


def _pointers_back(session: Session, row: Reorganisation) -> None:
    """Restore references from the successor to the old unit. Only those that still name the successor."""
    for change in row.changes["pointers"]:
        found = session.get(POINTING[change["kind"]], change["id"])
        if found is not None and found.unit_id == change["after"]:
            found.unit_id = change["before"]
    session.flush()
