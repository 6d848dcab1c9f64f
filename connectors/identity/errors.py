"""Errors of an identity provider, by name.

The name may stand in a log: it has never a word of what the provider sent.
"""

from connectors.errors import ConnectorError


class AnswerRefused(ConnectorError):
    """The error of an answer that is refused. The provider's answer is not to be believed, or is no yes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retryable=False)
        self.reason = reason


class ProviderDown(AnswerRefused):
    """The error of a provider that is down. Not reachable, or not speaking OpenID Connect as it should."""
