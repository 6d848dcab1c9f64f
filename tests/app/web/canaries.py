"""Put words into a mail that are looked for wherever they must not be."""

from tests.town import mail

CANARIES = ("kvistrune", "blåtårn", "ørkenslot", "fjervinge", "tangloppe")


def canary(n: int) -> bytes:
    """A mail with an invented word in each place that a page may show."""
    return mail(
        f"Kvistrune {n}", f"Et blåtårn er væltet i parken, nummer {n}.", message_id=f"<canary-{n}@borger.example.org>",
        sender=f"Ørkenslot {n} <fjervinge{n}@borger.example.org>", html=f"<p>Et <b>tangloppe</b> {n}</p>", attachment=b"x",
    )  # fmt: skip
