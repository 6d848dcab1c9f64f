"""The share of mails that belong to no unit. Estimated by what humans have said lately."""

from collections.abc import Sequence

DecidedMails = Sequence[tuple[bool, float]]
"""Mails whose end is known: (whether it belongs to no unit, how many mails it stands for)."""

RECENT = 1_000
"""So many of the latest mails seen by humans count."""
PRIOR, STRENGTH = 0.01, 50.0
"""What is believed before anything was seen, and for how many mails that belief stands."""


def out_of_scope_share(seen: DecidedMails) -> float:
    """Estimate the share of mails of no unit. In (0, 1), from those that a human saw; oldest first.

    Strangers are rare among what the model is confident about, so a blind check must stand for all that were not
    checked: Hájek's ratio of weights, drawn towards PRIOR as if STRENGTH mails of weight 1 had been seen before.
    """
    latest = seen[-RECENT:]
    out_of_scope = sum(weight for out_of_scope, weight in latest if out_of_scope)
    return (out_of_scope + PRIOR * STRENGTH) / (sum(weight for _, weight in latest) + STRENGTH)
