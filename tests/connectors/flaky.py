"""A double for the outside world on a bad day: any method fails before or after it took effect, once or more often."""

from typing import Any

from connectors.errors import AnswerLost, ConnectorError


class Flaky:
    """Passes calls on to `inner`; `fail` plans the next failures of a method."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._plans: dict[str, list[str]] = {}
        self.calls: list[str] = []

    def fail(self, method: str, *moments: str) -> None:
        """Let the next calls of `method` fail, each "before" or "after" its effect."""
        self._plans.setdefault(method, []).extend(moments)

    def __getattr__(self, method: str) -> Any:
        effect = getattr(self._inner, method)
        if not callable(effect):
            return effect

        def call(*args: Any, **named: Any) -> Any:
            self.calls.append(method)
            plan = self._plans.get(method, [])
            moment = plan.pop(0) if plan else ""
            if moment == "before":
                raise ConnectorError(f"{method} refused", retryable=True)
            result = effect(*args, **named)
            if moment == "after":
                raise AnswerLost(f"{method} answered nothing")
            return result

        return call
