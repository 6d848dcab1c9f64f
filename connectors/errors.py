"""Errors of the outside world. In the one form that the rest of Sluse understands."""


class ConnectorError(Exception):
    """The error of an outside system. It refused or failed.

    Args:
        message: what happened, for the robot page; never mail text.
        retryable: whether the same call may succeed later without anybody's help.
        wait: seconds the other side asked us to wait, if it said so.
    """

    def __init__(self, message: str, *, retryable: bool, wait: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.wait = wait


class UnreachableAddress(ConnectorError):
    """The error of an address no mail can reach.

    The mail system cannot carry a mail to it (RFC 6531), and never will as it is now.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)
