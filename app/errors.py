"""Our own rules when they say no. The web maps each to one answer, in app/web/platform/errors.py."""


class AppError(Exception):
    """A rule of Sluse refuses; `code` picks the text a person sees."""

    code = "refused"


class NotFoundError(AppError):
    """It does not exist, or this person may not see it: the two look alike on purpose."""

    code = "not_found"


class ConflictError(AppError):
    """Somebody else came first; nothing was overwritten."""

    code = "conflict"


class HeldError(ConflictError):
    """Somebody else has the mail before them."""

    code = "held"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class RefusedError(AppError):
    """The request makes no sense in the state things are in."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
