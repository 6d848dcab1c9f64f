"""The salt: a secret of each installation. Without it the installation's hashes do not tell which words they are of."""

import hashlib
import hmac
from dataclasses import dataclass, field

import mmh3


@dataclass(frozen=True, slots=True)
class Salt:
    """A secret key. Without one, words are hashed as they are everywhere: for rehearsals on files and for benchmarks."""

    key: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, secret: str) -> "Salt":
        """Derive an installation's salt from its secret key. Stored nowhere, it does not tell the key."""
        return cls(hmac.digest(secret.encode("utf-8", "replace"), b"sluse hashes of words", "sha256"))

    @property
    def check(self) -> str:
        """Return a check value of the salt.

        By it one sees whether something was made with this salt, and nothing about the salt; stored beside what was
        made.
        """
        return hmac.digest(self.key, b"check", "sha256").hex()[:32] if self.key else ""

    def stream(self, count: int) -> bytes:
        """Return so many pseudo-random bytes of the key.

        Nobody without the key can tell them from chance; they are always the same.
        """
        return hashlib.shake_256(b"places" + self.key).digest(count)

    def number(self, word: str) -> int:
        """Return a word as a number of 32 bits.

        A seed of as many bits would not do: all of them are tried in a minute.
        """
        if not self.key:
            return mmh3.hash(word, 11, signed=False)
        digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=4, key=self.key).digest()
        return int.from_bytes(digest, "big")


UNSALTED = Salt()
