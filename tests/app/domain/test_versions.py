"""Which versions stay: the latest, old ones ever further apart, those with a note longest, all within their room."""

from itertools import pairwise

from app.domain.snapshot_retention import MOST, ROOM, SAFE, KeptSnapshot, superfluous


def grown(times: int, size: int, noted: frozenset[int] = frozenset()) -> list[KeptSnapshot]:
    """Versions as they stand after so many were kept, one every hundred lessons."""
    kept: list[KeptSnapshot] = []
    for n in range(1, times + 1):
        kept.append(KeptSnapshot(100 * n, size, 100 * n in noted))
        gone = set(superfluous(kept))
        kept = [each for each in kept if each.position not in gone]
    return kept


def test_few_and_small_versions_all_stay() -> None:
    assert len(grown(MOST, 1)) == MOST


def test_a_thousand_versions_leave_twenty_that_reach_far_back() -> None:
    kept = grown(1000, 2**20)
    positions = [each.position for each in kept]
    assert len(kept) == MOST
    assert positions[-SAFE:] == [99_900, 100_000]
    ages = [100_000 - position for position in positions[:-1]]
    assert max(ages) > 50_000
    assert all(older <= 3 * younger for older, younger in pairwise(ages) if younger > 500), ages


def test_large_versions_stay_within_their_room() -> None:
    kept = grown(200, 92 * 2**20)
    assert SAFE < len(kept) <= ROOM // (92 * 2**20)
    assert [each.position for each in kept][-SAFE:] == [19_900, 20_000]
    assert len(grown(5, 2 * ROOM)) == SAFE


def test_a_version_with_a_note_goes_last() -> None:
    assert 500 in [each.position for each in grown(1000, 2**20, frozenset({500}))]
    assert len(grown(100, ROOM // 4, frozenset(range(100, 9000, 100)))) == 4
