"""Static files: addresses that change with the content and are kept for a year, and texts sent compressed.

Pages are not compressed: they hold what strangers wrote beside a secret, and a compressed length would tell of it (BREACH).
"""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

FOREVER = "public, max-age=31536000, immutable"
TEXTS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})


def register(app: Flask) -> None:
    """Stamp the addresses of static files with a digest, and answer for them."""
    folder = Path(str(app.static_folder))

    @app.url_defaults
    def stamp(endpoint: str, values: dict[str, Any]) -> None:
        file = folder / str(values.get("filename", ""))
        if endpoint == "static" and file.is_file():
            values.setdefault("v", _digest(file, file.stat().st_mtime_ns))

    app.after_request(_send)


def _send(response: Response) -> Response:
    """Kept where its address has the digest; compressed where it pays and the browser can read it."""
    if request.endpoint != "static" or response.status_code != 200:
        return response
    if "v" in request.args:
        response.headers["Cache-Control"] = FOREVER
    if response.mimetype in TEXTS:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip"):
            response.direct_passthrough = False
            response.set_data(_compressed(response.get_data()))
            response.content_encoding = "gzip"
    return response


@lru_cache(maxsize=256)
def _digest(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
