"""The switches that people turn: each is one typed thing with a default, stored by its own name."""

from pathlib import Path

from app import database
from app.models.account import Setting
from app.services.platform import settings
from app.services.platform.settings import SamplingRule, Switch
from tests.town import Town

ROOT = Path(__file__).parents[4]


def switches() -> list[Switch[object]]:
    return [each for each in vars(settings).values() if isinstance(each, Switch)]


def test_each_has_a_name_of_its_own() -> None:
    names = [each.key for each in switches()]
    assert len(set(names)) == len(names)
    assert all(getattr(settings, name.upper()).key == name for name in names)


def test_what_nobody_set_is_the_default_and_so_is_a_part_that_nobody_set(town: Town) -> None:
    with database.write(town.container.engine) as session:
        assert settings.get(session, settings.LABEL_CAP) == settings.LABEL_CAP.default == 120
        settings.put(session, settings.LABEL_CAP, 4)
    with database.write(town.container.engine) as session:
        assert settings.get(session, settings.LABEL_CAP) == 4
        row = session.get_one(Setting, "sampling")
        row.value = {"seed": "x"}
    with database.read(town.container.engine) as session:
        rule: SamplingRule = settings.get(session, settings.SAMPLING)
    assert rule == {**settings.SAMPLING.default, "seed": "x"}


def test_a_seed_alone_is_stored_where_nothing_else_was_chosen(town: Town) -> None:
    with database.write(town.container.engine) as session:
        session.delete(session.get_one(Setting, "sampling"))
        session.flush()
        session.info.clear()
        settings.seed_coin(session, "own")
        settings.seed_coin(session, "another")
    with database.read(town.container.engine) as session:
        assert session.get_one(Setting, "sampling").value == {"seed": "own"}


def test_nobody_names_a_switch_by_a_bare_string() -> None:
    code = [each.read_text(encoding="utf-8") for each in (ROOT / "app").rglob("*.py")]
    assert not [text for text in code if 'settings.get(session, "' in text or 'settings.put(session, "' in text]
