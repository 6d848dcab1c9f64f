"""Static files: kept for a year under an address that changes with them, sent compressed; pages never are."""

import gzip
import os
import re
import time
from itertools import accumulate
from pathlib import Path

from flask import Flask, url_for

from app.domain.access import Role
from app.web.platform import assets
from app.web.platform.factory import ROOT
from tests.app.web.conftest import SignIn


def test_a_stamped_file_is_kept_for_good_and_any_other_is_asked_for_again(sign_in: SignIn) -> None:
    client = sign_in(None)
    page = client.get("/log-ind").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert address.startswith("/static/app.css?v=")
    with client.get(address) as stamped, client.get("/static/app.css") as other:
        assert "immutable" in stamped.headers["Cache-Control"]
        assert "immutable" not in other.headers["Cache-Control"]


def test_texts_are_sent_compressed_to_who_can_read_it(sign_in: SignIn) -> None:
    client = sign_in(None)
    gzipped = {"Accept-Encoding": "gzip"}
    with client.get("/static/app.css") as plain, client.get("/static/app.css", headers=gzipped) as packed:
        assert (plain.content_encoding, packed.content_encoding) == (None, "gzip")
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) < len(plain.data) / 2
        assert int(packed.headers["Content-Length"]) == len(packed.data)
        assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_page_is_never_compressed(sign_in: SignIn) -> None:
    page = sign_in(Role.VISITATOR).get("/visitering/", headers={"Accept-Encoding": "gzip"})
    assert page.content_encoding is None


def test_the_stylesheet_is_whole() -> None:
    css = re.sub(r"/\*.*?\*/", "", (ROOT / "static" / "app.css").read_text(), flags=re.S)
    depth = [1 if letter == "{" else -1 for letter in css if letter in "{}"]
    assert min(accumulate(depth)) == 0
    assert sum(depth) == 0


def test_a_script_imports_others_by_the_addresses_that_pages_have(sign_in: SignIn) -> None:
    """Otherwise a browser runs it twice, and keeps an old one for a year."""
    client = sign_in(None)
    scripts = re.findall(r'<script type="module" src="(/static/([\w-]+\.js)\?v=\w+)">', client.get("/log-ind").text)
    addresses = {name: address for address, name in scripts}
    assert set(addresses) == {path.name for path in (ROOT / "static").glob("*.js")}
    imported: dict[str, str] = {}
    for address in addresses.values():
        with client.get(address) as sent:
            imported |= {name: name + rest for name, rest in re.findall(r'from "\./([\w-]+\.js)([^"]*)"', sent.text)}
    assert set(imported) == {"page.js", "keys.js", "typed.js"}
    assert {f"/static/{address}" for address in imported.values()} <= set(addresses.values())


def test_a_script_has_another_address_when_one_that_it_imports_changes(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "one.js").write_text('import { two } from "./two.js";\n')
    app = Flask("test", static_folder=str(folder))
    assets.register(app)
    addresses = []
    for content, changed in (("export const two = 2;\n", 1), ("export const two = 3;\n", 2)):
        (folder / "two.js").write_text(content)
        os.utime(folder / "two.js", (changed, time.time() + changed))
        with app.test_request_context():
            addresses.append(url_for("static", filename="one.js"))
    assert addresses[0] != addresses[1]
