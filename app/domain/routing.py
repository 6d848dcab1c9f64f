"""The routing policy: what becomes of a new enquiry."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.rules import RoutingRule
from learning.example import Ranking


class Mode(StrEnum):
    """The modes of a unit: its trust in the robot."""

    OBSERVE = "observe"
    """The suggestion is kept for the record, a human decides without seeing it marked."""
    SUGGEST = "suggest"
    AUTOMATIC = "automatic"


class Reason(StrEnum):
    """The reasons of a routing.

    They say why an enquiry was routed or sent to a human; the text a person reads is in the web's labels.
    """

    CONFIDENT = "confident"
    STOPPED = "stopped"
    UNIT_STOPPED = "unit_stopped"
    NO_MODEL = "no_model"
    NO_LIMIT = "no_limit"
    UNSURE = "unsure"
    OUT_OF_SCOPE = "strange"
    """It looks like no unit's mails."""
    ELSEWHERE = "elsewhere"
    """It looks more like another authority's mails, or like no enquiry, than like any unit's."""
    SEVERAL = "several"
    """It may be about several matters."""
    MODE_OBSERVE = "mode_observe"
    MODE_SUGGEST = "mode_suggest"
    FOLLOW_UP = "follow_up"
    UNREADABLE = "unreadable"
    WORDS_MISSING = "words_missing"
    """It says something that was not read: encrypted, or in its files alone."""
    RULE_UNIT = "rule_unit"
    RULE_HUMAN = "rule_human"
    DIRECT = "direct"
    """It came to the unit's own mailbox."""
    FROM_UNIT = "from_unit"
    """The unit put it into its Retur folder."""
    NO_CITIZEN = "no_citizen"
    """Nothing in it says surely whom to answer."""
    FROM_HOUSE = "from_house"
    """A unit of our own wrote it: no citizen's, and perhaps one's inside."""
    STRANGER = "stranger"
    """Who wrote it does not belong to the thread it stands in."""
    BOUNCE = "bounce_unproven"
    """It says that a letter of ours did not arrive, and nothing in it is known to that letter alone."""
    MAYBE_ANSWER = "maybe_answer"
    """A unit wrote it to the citizen: it may answer an enquiry, and nothing says so surely."""
    BLIND_CHECK = "blind_check"
    """The robot was confident, and a human decides without being told: a sample of what it routes."""


WITHOUT_AUTOMATION = {
    None: Reason.UNIT_STOPPED,
    Mode.OBSERVE: Reason.MODE_OBSERVE,
    Mode.SUGGEST: Reason.MODE_SUGGEST,
}


SUGGESTED = frozenset(
    {
        Reason.UNSURE,
        Reason.OUT_OF_SCOPE,
        Reason.ELSEWHERE,
        Reason.SEVERAL,
        Reason.NO_LIMIT,
        Reason.MODE_OBSERVE,
        Reason.MODE_SUGGEST,
        Reason.STOPPED,
        Reason.UNIT_STOPPED,
    }
)
"""Why a human decides a mail that the model has a suggestion for: what may be hidden to see what humans do unaided."""
NEVER = frozenset({Reason.OUT_OF_SCOPE, Reason.ELSEWHERE, Reason.SEVERAL})
"""Of those, why no confidence would be enough: such mails say nothing about where the limit should lie."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route, with its reason. `unit` is None where a human decides."""

    unit: str | None
    reason: Reason

    @property
    def by_rule(self) -> bool:
        return self.reason in (Reason.RULE_UNIT, Reason.RULE_HUMAN)


def confident(ranking: Ranking, limit: float | None) -> bool:
    """Tell whether the first unit reaches the limit.

    Without a confidence limit none does, nor where a mail may be no unit's.
    """
    if limit is None or ranking.first is None or ranking.out_of_scope or ranking.elsewhere:
        return False
    return ranking.confidence >= limit


def decide(
    ranking: Ranking,
    *,
    running: bool,
    modes: dict[str, Mode],
    limit: float | None,
    rule: RoutingRule | None = None,
    several: bool = False,
) -> Route:
    """Route one enquiry. The switch comes first, then the rule that fits, then the unit's mode, then confidence.

    Args:
        ranking: units by confidence; unit names are ids as text.
        running: False while the robot is stopped.
        modes: the mode of each unit that the robot works for now; a stopped or closed one is missing.
        limit: the confidence limit, None while past evidence supports none.
        rule: the first rule that fits the mail. A human wrote it, so it does not ask for the unit's mode.
        several: whether it may be about several matters; a unit that gets it would answer one of them.
    """
    if not running:
        return Route(None, Reason.STOPPED)
    if rule is not None:
        return _by_rule(rule, modes)
    if ranking.elsewhere:
        return Route(None, Reason.ELSEWHERE)
    first = ranking.first
    if first is None:
        return Route(None, Reason.NO_MODEL)
    if ranking.out_of_scope:
        return Route(None, Reason.OUT_OF_SCOPE)
    mode = modes.get(first.unit)
    if mode is not Mode.AUTOMATIC:
        return Route(None, WITHOUT_AUTOMATION[mode])
    if limit is None:
        return Route(None, Reason.NO_LIMIT)
    if not confident(ranking, limit):
        return Route(None, Reason.UNSURE)
    return Route(None, Reason.SEVERAL) if several else Route(first.unit, Reason.CONFIDENT)


def checked(route: Route, coin: float, probability: float) -> Route:
    """Return the route, or a blind check instead. A human gets the mail where the coin takes it for a blind check.

    Only the model's own routes are checked: a rule's, and a mail to a unit's own mailbox, are nobody's guess.

    Args:
        coin: in [0, 1), tossed before the route was known.
        probability: of a check of this mail.
    """
    taken = route.reason is Reason.CONFIDENT and coin < probability
    return Route(None, Reason.BLIND_CHECK) if taken else route


def blind(route: Route, coin: float, share: float) -> bool:
    """Tell whether the suggestion is hidden.

    Hidden from the human who decides, in every check, and in a share of the rest.
    """
    return route.reason is Reason.BLIND_CHECK or (route.reason in SUGGESTED and coin < share)


def _by_rule(rule: RoutingRule, modes: dict[str, Mode]) -> Route:
    if rule.unit is None:
        return Route(None, Reason.RULE_HUMAN)
    return Route(rule.unit, Reason.RULE_UNIT) if rule.unit in modes else Route(None, Reason.UNIT_STOPPED)
