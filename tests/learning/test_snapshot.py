"""Snapshots: what comes back is what was saved, or it is refused."""

import io
import json

import numpy as np
import pytest

from learning import features, snapshot
from learning.checks import lessons, taught
from learning.model import Model
from learning.snapshot import SnapshotRefused, dump, load


@pytest.fixture(scope="module")
def model():
    return taught(Model, lessons())


@pytest.fixture(scope="module")
def content(model):
    return dump(model)


def rewritten(content, **changes):
    """The snapshot with arrays replaced; `manifest` takes a dict of changes."""
    with np.load(io.BytesIO(content)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    manifest = json.loads(arrays["manifest"].tobytes()) | changes.pop("manifest", {})
    arrays |= changes
    arrays["manifest"] = np.frombuffer(json.dumps(manifest).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_round_trip(model, content):
    again = load(content)
    assert again.state_hash() == model.state_hash()
    assert again.position == model.position == len(lessons())
    assert again.units == model.units
    prepared = lessons()[0][0]
    assert again.rank(prepared) == model.rank(prepared)


def test_same_state_same_bytes(model, content):
    assert dump(model) == content == dump(load(content))


def test_rewriting_without_change_is_accepted(model, content):
    assert load(rewritten(content)).state_hash() == model.state_hash()


@pytest.mark.parametrize(
    "change",
    [
        {"manifest": {"format": snapshot.FORMAT + 1}},
        {"manifest": {"features": features.VERSION + 1}},
        {"manifest": {"position": 3}},
        {"manifest": {"units": ["waste", "permit"]}},
        {"manifest": {"units": ["permit", "waste", "school"]}},
        {"manifest": {"sha256": "0" * 64}},
        {"manifest": {"settings": {"step": 4.0, "no_such": 1}}},
        {"manifest": {"lesson_ids": []}},
        {"weights": np.zeros((3, 3), np.float32)},
        {"weights": np.array(["text"])},
        {"features": np.full(5, -(2**30), np.int32)},
        {"lesson_ends": np.zeros((1, 4), np.int32)},
        {"evidence": np.zeros((3, 3), np.float32)},
        {"trust": np.zeros(6)},
        {"right_covariance": np.zeros((7, 7))},
        {"words_units": np.zeros(60, np.int32)},
        {"frequency": np.array([object()], dtype=object)},
    ],
    ids=lambda change: "-".join([*change, *(k for v in change.values() if isinstance(v, dict) for k in v)]),
)
def test_changed_snapshot_is_refused(content, change):
    with pytest.raises(SnapshotRefused):
        load(rewritten(content, **change))


def test_future_version_is_named(content):
    with pytest.raises(SnapshotRefused, match=r"format version 99, this program reads \d+"):
        load(rewritten(content, manifest={"format": 99}))


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.99, 0.9999])
def test_truncated_snapshot_is_refused(content, part):
    with pytest.raises(SnapshotRefused):
        load(content[: int(len(content) * part)])


def test_flipped_bits_are_refused_or_harmless(model, content):
    """A flipped bit anywhere either refuses or, in the archive's own padding, changes nothing."""
    refused = 0
    for place in range(0, len(content), len(content) // 60):
        damaged = bytearray(content)
        damaged[place] ^= 0x10
        try:
            assert load(bytes(damaged)).state_hash() == model.state_hash()
        except SnapshotRefused:
            refused += 1
    assert refused > 30


@pytest.mark.parametrize("content", [b"", b"PK", b"not a snapshot", b"\x93NUMPY\x01\x00", b"\x80\x04N."])
def test_something_else_is_refused(content):
    with pytest.raises(SnapshotRefused):
        load(content)
