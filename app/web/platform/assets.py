"""Static files, addressed by content and compressed.

An address changes with the content and is kept for a year; texts are sent compressed.

Pages are not compressed: they hold what strangers wrote beside a secret, and a compressed length would tell of it (BREACH).
"""

import gzip
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

FOREVER = "public, max-age=31536000, immutable"
TEXTS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
IMPORT = re.compile(rb'(?<=from "\./)([\w-]+\.js)(?=";)')
"""What one of our scripts takes from another, by the file that lies beside it."""


def register(app: Flask) -> None:
    """Register the addresses and answers of static files. Each address is stamped with a digest."""
    folder = Path(str(app.static_folder))

    @app.url_defaults
    def stamp(endpoint: str, values: dict[str, Any]) -> None:
        file = folder / str(values.get("filename", ""))
        if endpoint == "static" and file.is_file():
            values.setdefault("v", _digest(file, _changed(file)))

    def send(response: Response) -> Response:
        return _send(response, folder) if request.endpoint == "static" and response.status_code == 200 else response

    app.after_request(send)


def _send(response: Response, folder: Path) -> Response:
    """Add caching and compression to a static file's answer.

    Kept where its address has the digest; compressed where it pays and the browser can read it.
    """
    file = folder / (request.view_args or {})["filename"]
    if _is_ours(file):
        response.direct_passthrough = False
        response.set_data(_stamped(response.get_data(), file.parent, _changed(file)))
    if "v" in request.args:
        response.headers["Cache-Control"] = FOREVER
    if response.mimetype in TEXTS:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip"):
            response.direct_passthrough = False
            response.set_data(_compressed(response.get_data()))
            response.content_encoding = "gzip"
    return response


def _is_ours(file: Path) -> bool:
    return file.suffix == ".js" and file.parent.name == "static"


def _changed(file: Path) -> int:
    """When a file was changed; a script also changes with those that it may import."""
    beside = file.parent.glob("*.js") if _is_ours(file) else [file]
    return max(each.stat().st_mtime_ns for each in beside)


@lru_cache(maxsize=256)
def _digest(file: Path, changed: int) -> str:
    content = file.read_bytes()
    return hashlib.sha256(_stamped(content, file.parent, changed) if _is_ours(file) else content).hexdigest()[:12]


@lru_cache(maxsize=64)
def _stamped(script: bytes, folder: Path, changed: int) -> bytes:
    """Give a script's imports the addresses that pages have: a browser runs each script once, and keeps none too long.

    The digest goes through what is imported, so two scripts cannot import each other.
    """

    def stamp(name: re.Match[bytes]) -> bytes:
        return name[0] + f"?v={_digest(folder / name[0].decode(), changed)}".encode()

    return IMPORT.sub(stamp, script)


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
