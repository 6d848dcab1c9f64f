"""Save and load a model: arrays without pickle, a manifest in JSON, a checksum. A cache of the label log."""

import io
import json
import zipfile
from typing import Any

import numpy as np

from learning import features
from learning.model import Model
from learning.online import OnlineClassifier

FORMAT = 2


class SnapshotRefused(Exception):
    """The snapshot cannot be used: damaged, cut short, or written by another version. Rebuild from the label log."""


def dump(model: Model) -> bytes:
    """The model as bytes; the same state gives the same bytes."""
    learner = model.classifier
    manifest = {
        "format": FORMAT,
        "features": features.VERSION,
        "position": model.position,
        "sha256": model.state_hash(),
        "settings": learner.settings,
        "units": model.units,
        "lesson_ids": [key for key, _ in learner.reservoir.entries],
    }
    buffer = io.BytesIO()
    told = np.frombuffer(json.dumps(manifest).encode(), np.uint8)
    np.savez(buffer, allow_pickle=False, manifest=told, **learner.arrays())
    return buffer.getvalue()


def load(content: bytes) -> Model:
    """The model that was dumped; it goes on learning exactly as the original would.

    Raises:
        SnapshotRefused: damaged or cut short, or written by a version that this one does not read.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        manifest = json.loads(arrays["manifest"].tobytes())
        _check_versions(manifest)
        learner = OnlineClassifier(**manifest["settings"])
        learner.restore(manifest["position"], manifest["units"], manifest["lesson_ids"], arrays)
        model = Model(learner)
        if model.state_hash() != manifest["sha256"]:
            raise ValueError("the state is not the one that was saved")
    except (ValueError, KeyError, TypeError, IndexError, OSError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise SnapshotRefused(f"damaged: {error}") from error
    return model


def _check_versions(manifest: dict[str, Any]) -> None:
    for name, ours in (("format", FORMAT), ("features", features.VERSION)):
        if manifest[name] != ours:
            raise SnapshotRefused(f"{name} version {manifest[name]}, this program reads {ours}")
