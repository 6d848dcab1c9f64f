import pytest

from app.domain.enquiry import FOLLOWING, State, TransitionError, follow


@pytest.mark.parametrize("state", list(State))
def test_every_state_stands_in_the_table(state: State) -> None:
    assert state in FOLLOWING


@pytest.mark.parametrize(
    ("state", "target"), [(s, t) for s in State for t in State if t not in FOLLOWING[s]], ids=lambda s: s.value
)
def test_anything_else_is_refused(state: State, target: State) -> None:
    with pytest.raises(TransitionError):
        follow(state, target)


def test_every_state_leads_to_an_end() -> None:
    """From each state an end can be reached, and from each end but CLOSED a mistake can be undone."""
    ends = {State.CLOSED, State.SET_ASIDE, State.REFERRED}
    for state in State:
        reached, todo = set(), [state]
        while todo:
            here = todo.pop()
            reached.add(here)
            todo += [s for s in FOLLOWING[here] if s not in reached]
        assert reached & ends
