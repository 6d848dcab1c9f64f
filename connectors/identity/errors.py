"""What goes wrong with an identity provider, by a name that may stand in a log: never a word of what it sent."""

from connectors.errors import ConnectorError


class AnswerRefused(ConnectorError):
    """The provider answered, and what it says is not to be believed, or is no yes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retryable=False)
        self.reason = reason


class ProviderDown(AnswerRefused):
    """The provider cannot be reached, or does not speak OpenID Connect as it should."""
