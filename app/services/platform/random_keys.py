"""Keys that open something for whoever holds them: the house keeps their hashes only."""

import hashlib
import secrets


def make(size: int = 32) -> str:
    return secrets.token_urlsafe(size)


def hashed(key: str) -> str:
    """Hash a key; it is random, so nothing slower than this is needed to keep it from being found."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
