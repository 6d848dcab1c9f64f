"""What is shipped may be shipped: every dependency's licence is one we chose, and ours is said."""

import tomllib
from importlib.metadata import metadata

import pytest

from tests.supply_chain import licences
from tests.supply_chain.licences import ROOT


def test_every_dependency_has_a_licence_that_is_let_in() -> None:
    names = licences.shipped()
    assert len(names) > 50
    assert licences.refused(licences.found(), names) == {}


def test_what_is_let_in_by_name_is_still_shipped_under_that_licence() -> None:
    found = licences.found()
    assert {name: found.get(name) for name in licences.NAMED} == {
        name: said for name, (said, _) in licences.NAMED.items()
    }
    assert set(licences.NAMED) <= licences.shipped()
    assert all(reason for _, reason in licences.NAMED.values())


@pytest.mark.parametrize(
    "licence",
    [
        "UNKNOWN", "GPL-3.0-only", "GPL-2.0-or-later", "AGPL-3.0-only", "GNU General Public License v3 (GPLv3)",
        "GNU Affero General Public License v3", "LGPL-3.0-only", "MIT AND GPL-3.0-only",
        "MIT License; GNU General Public License v2",
        "SSPL-1.0", "BUSL-1.1", "Other/Proprietary License", "NOT INSTALLED",
    ],
)  # fmt: skip
def test_others_are_refused(licence: str) -> None:
    assert licences.refused({"something": licence}, ["something"]) == {"something": licence}


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0-only", "MIT", "UNKNOWN"])
def test_a_named_one_is_let_in_under_its_own_licence_only(licence: str) -> None:
    assert (licences.refused({"psycopg": licence}, ["psycopg"]) == {}) == (licence == "MIT")


@pytest.mark.parametrize("licence", ["MIT OR GPL-2.0-only", "GPL-2.0-only OR MIT"])
def test_a_choice_with_a_strong_one_is_looked_at_by_a_person(licence: str) -> None:
    assert licences.refused({"something": licence}, ["something"]) == {"something": licence}


def test_ours_is_said_and_its_text_is_here() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == licences.OURS == metadata("sluse")["License-Expression"]
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.startswith("Mozilla Public License Version 2.0\n")
    assert "\n10.4. Distributing Source Code Form" in text, "the text is not whole"


def test_what_is_vendored_has_its_licence_beside_it() -> None:
    folders = [folder for folder in (ROOT / "static" / "vendor").iterdir() if folder.is_dir()]
    assert folders
    assert [folder.name for folder in folders if not (folder / "LICENSE").is_file()] == []
