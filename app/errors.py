"""Errors raised by our own rules. The web maps each to one answer, in app/web/platform/errors.py."""


class AppError(Exception):
    """The refusal by a rule of Sluse. `code` picks the text a person sees."""

    code = "refused"


class NotFoundError(AppError):
    """The error that something is not found.

    Nonexistent, or not for this person to see: the two look alike on purpose.
    """

    code = "not_found"


class ConflictError(AppError):
    """The refusal since somebody else came first. Nothing was overwritten."""

    code = "conflict"


class HeldError(ConflictError):
    """The refusal of a mail that somebody else has claimed."""

    code = "held"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class RefusedError(AppError):
    """The refusal of a senseless request. In the state things are in, that is."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
