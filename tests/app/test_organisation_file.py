"""An organisation's file: the documented example loads, and each fault is told with line, key and what was expected."""

import re
from pathlib import Path

import pytest

from app import database
from app.commands.organisation import load_organisation
from app.config import Settings
from app.demo.municipality import OrganisationError, load
from app.domain.routing import Mode
from app.services.organisation import municipalities

DOCUMENT = Path(__file__).parents[2] / "docs" / "organisation.md"
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def refusal(tmp_path: Path, text: str) -> str:
    file = tmp_path / "units.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OrganisationError) as caught:
        load(file)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_the_documented_example_loads(tmp_path: Path) -> None:
    file = tmp_path / "units.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    made = load(file)
    assert made.name == "Eksempel Kommune"
    assert [unit.name for unit in made.units] == ["Park og Natur", "Veje", "Byggetilladelser"]
    assert {unit.mode for unit in made.units} == {Mode.OBSERVE}
    assert len(made.mailboxes) == 2
    assert made.fitting == {"Byggeri": "byggeri@example.org"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('mode = "observe"          #', 'mode = "auto" #',
         "line {line}: [[unit]] number 1 ('Park og Natur'): 'mode' is 'auto'; expected: one of observe, suggest, automatic"),
        ('address = "veje@example.org"', 'address = "veje"',
         "line {line}: [[unit]] number 2 ('Veje'): 'address' is 'veje'; expected: a mail address"),
        ('address = "veje@example.org"', 'adress = "veje@example.org"',
         "line {line}: [[unit]] number 2 ('Veje'): the key 'adress' is not known; expected: one of name, area, address"),
        ('subject_code = "DR-20"', "subject_code = 20",
         "line {line}: [[unit]] number 2 ('Veje'): 'subject_code' is 20; expected: a text"),
        ('name = "Byggeri"', "name = true",
         "line {line}: [[mailbox]] number 2: 'name' is True; expected: a text that is not empty"),
        ("[[authority]]", "[[autority]]", "line {line}: 'autority' is not known; expected: name, [[mailbox]]"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert EXAMPLE.count(before) == 1
    line = EXAMPLE[: EXAMPLE.index(before)].count("\n") + 1
    assert f"units.toml, {told.format(line=line)}" in refusal(tmp_path, EXAMPLE.replace(before, after))


def test_a_missing_key_has_the_line_of_its_table_and_all_faults_are_told_at_once(tmp_path: Path) -> None:
    head = EXAMPLE[: EXAMPLE.index('[[unit]]\nname = "Veje"')].count("\n") + 1
    text = EXAMPLE.replace('area = "Drift"\naddress = "veje@example.org"\n', "").replace("name = ", "navn = ", 1)
    told = refusal(tmp_path, text).splitlines()
    for key in ("area", "address"):
        assert any(f"line {head}: [[unit]] number 2 ('Veje'): the key '{key}' is missing" in each for each in told)
    assert "units.toml: the key 'name' is missing at the top" in "\n".join(told)


def test_what_is_no_table_no_toml_or_nothing_at_all_is_told(tmp_path: Path) -> None:
    assert "line 2: 'unit' is written otherwise; expected: a table [[unit]] for each" in refusal(
        tmp_path, "name = 'X'\nunit = 3\n"
    )
    assert "line 1" in refusal(tmp_path, "name = \n")
    assert "there is no [[mailbox]]; expected: at least one, with address, name" in refusal(tmp_path, "name = 'X'")
    (tmp_path / "empty").mkdir()
    with pytest.raises(OrganisationError, match=r"no \.toml file"):
        load(tmp_path / "empty")


def test_its_name_is_the_municipality_s_unless_one_is_said_already(settings: Settings) -> None:
    file = settings.home / "organisation.toml"
    for name in ("Eksempel Kommune", "Anden Kommune"):
        file.write_text(EXAMPLE.replace("Eksempel Kommune", name), encoding="utf-8")
        assert load_organisation(settings, str(file)) == 0
        with database.opened(settings.database_url) as engine, database.read(engine) as session:
            assert municipalities.name(session, settings) == "Eksempel Kommune"
