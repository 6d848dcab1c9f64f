"""What the citizens of the large town write: the invented municipality's wordings, thousands of times over."""

import random
from dataclasses import dataclass, replace

from app.demo.municipality import Municipality, Situation, UnitPlan, load
from app.demo.writing import CITIZENS, NAMES, body_of, careless, filled

DISTRICTS = ("", "Øst", "Vest", "Nord", "Syd")
SURNAMES = ("Prøvesen", "Opdigtsen", "Mønstrup", "Skabelonsen", "Attrapgaard", "Påfundsen", "Fiktsen", "Kvasilund")
CPR_SHARE, CARELESS_SHARE, FILE_SHARE = 0.04, 0.12, 0.16
FILES = (("billede.png", "image/png"), ("bilag.pdf", "application/pdf"), ("video.mp4", "video/mp4"))


@dataclass(frozen=True, slots=True)
class Written:
    """A mail before it has bytes. `unit` counts from 0 among the plan's units."""

    unit: int
    mailbox: str
    name: str
    address: str
    subject: str
    text: str
    file: tuple[str, str] | None

    def raw(self, key: str, date: str) -> bytes:
        """As a citizen's mail program would have sent it."""
        head = (
            f"From: {self.name} <{self.address}>\r\nTo: {self.mailbox}\r\nSubject: {self.subject}\r\nDate: {date}\r\n"
            f"Message-ID: <{key}@{CITIZENS}>\r\nMIME-Version: 1.0\r\n"
        )
        plain = (
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + self.text + "\r\n"
        )
        if self.file is None:
            return (head + plain).encode()
        name, kind = self.file
        attached = f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nopfundet\r\n'
        mixed = 'Content-Type: multipart/mixed; boundary="=_load"\r\n\r\n'
        return f"{head}{mixed}--=_load\r\n{plain}--=_load\r\n{attached}--=_load--\r\n".encode()


def plan_of(units: int) -> Municipality:
    """The invented municipality with as many units as asked for: further ones are districts of the first."""
    plan = load()
    made = [_district(unit, DISTRICTS[k]) for k in range(len(DISTRICTS)) for unit in plan.units]
    return replace(plan, units=tuple(made[:units]))


def _district(unit: UnitPlan, district: str) -> UnitPlan:
    if not district:
        return unit
    return replace(
        unit, name=f"{unit.name} {district}", address=f"{district.lower()}.{unit.address}".replace("ø", "oe")
    )


class Citizens:
    """Writes one mail after the other, the same ones for the same seed."""

    def __init__(self, plan: Municipality, seed: int) -> None:
        self._plan, self._chance = plan, random.Random(seed)
        first = load()
        self._place = {unit.name: n for n, unit in enumerate(first.units)}
        self._step = len(first.units)
        self._weights = [each.weight for each in plan.situations]
        self._areas = [unit.area for unit in plan.units]

    def write(self) -> Written:
        chance = self._chance
        situation: Situation = chance.choices(self._plan.situations, self._weights)[0]
        unit, district = self._unit(situation)
        subject, text = chance.choice(situation.wordings)
        name = f"{chance.choice(NAMES).split()[0]} {chance.choice(SURNAMES)}"
        number = chance.randrange(60_000)
        body = body_of(filled(text, chance) + (f" Det er i bydelen {district}." if district else ""), name, chance)
        if chance.random() < CARELESS_SHARE:
            body = careless(body, chance)
        address = f"{name.split()[0].lower().replace('å', 'aa').replace('ø', 'oe')}{number}@{CITIZENS}"
        file = chance.choice(FILES) if chance.random() < FILE_SHARE else None
        return Written(unit, self._mailbox(unit), name, address, filled(subject, chance), body, file)

    def _unit(self, situation: Situation) -> tuple[int, str]:
        """The unit of a matter, in one of the districts that have one."""
        place = self._place[situation.unit]
        choices = range(place, len(self._plan.units), self._step)
        unit = self._chance.choice(choices)
        return unit, DISTRICTS[unit // self._step]

    def _mailbox(self, unit: int) -> str:
        addresses = [address for address, _ in self._plan.mailboxes]
        fitting = self._plan.fitting.get(self._areas[unit])
        return fitting if fitting and self._chance.random() < 0.6 else self._chance.choice(addresses)
