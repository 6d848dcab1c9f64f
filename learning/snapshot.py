"""Save and load a model: arrays without pickle, a manifest in JSON, a checksum. A cache of the label log."""

import io
import json
import zipfile
from typing import Any

import numpy as np

from learning import features
from learning.model import Model
from learning.online import OnlineClassifier
from learning.reservoir import Lesson, Reservoir

FORMAT = 1


class SnapshotRefused(Exception):
    """The snapshot cannot be used: damaged, cut short, or written by another version. Rebuild from the label log."""


def dump(model: Model) -> bytes:
    """The model as bytes; the same state gives the same bytes."""
    learner = model.classifier
    lessons = [lesson for _, lesson in learner.reservoir.entries]
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
    np.savez(
        buffer,
        allow_pickle=False,
        manifest=np.frombuffer(json.dumps(manifest).encode(), np.uint8),
        features=_features_by_row(learner),
        frequency=learner.frequency[: learner.rows],
        weights=learner.weights[: learner.rows, : len(learner.columns)],
        lesson_columns=np.array([lesson.column for lesson in lessons], np.int32),
        lesson_lengths=np.array([len(lesson.rows) for lesson in lessons], np.int64),
        lesson_rows=np.concatenate([np.zeros(0, np.int32), *(lesson.rows for lesson in lessons)]),
        lesson_values=np.concatenate([np.zeros(0, np.float32), *(lesson.values for lesson in lessons)]),
    )
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
        model = Model(_classifier(manifest, arrays))
    except (ValueError, KeyError, TypeError, IndexError, OSError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise SnapshotRefused(f"damaged: {error}") from error
    if model.state_hash() != manifest["sha256"]:
        raise SnapshotRefused("damaged: the state is not the one that was saved")
    return model


def _check_versions(manifest: dict[str, Any]) -> None:
    for name, ours in (("format", FORMAT), ("features", features.VERSION)):
        if manifest[name] != ours:
            raise SnapshotRefused(f"{name} version {manifest[name]}, this program reads {ours}")


def _features_by_row(learner: OnlineClassifier) -> features.Ints:
    """The feature of each row of the weights, int32 [rows]; row 0 belongs to none and says 0."""
    found = np.zeros(learner.rows, np.int32)
    known = np.flatnonzero(learner.row_of)
    found[learner.row_of[known]] = known
    return found


def _classifier(manifest: dict[str, Any], arrays: dict[str, Any]) -> OnlineClassifier:
    learner = OnlineClassifier(**manifest["settings"])
    learner.seen = manifest["position"]
    learner.columns = {unit: column for column, unit in enumerate(manifest["units"])}
    learner.rows = len(arrays["features"])
    learner.row_of[arrays["features"][1:]] = np.arange(1, learner.rows, dtype=np.int32)
    learner.make_room(learner.rows, len(learner.columns))
    learner.frequency[: learner.rows] = arrays["frequency"]
    learner.weights[: learner.rows, : len(learner.columns)] = arrays["weights"]
    learner.reservoir = Reservoir(learner.memory, _lessons(manifest["lesson_ids"], arrays))
    return learner


def _lessons(ids: list[str], arrays: dict[str, Any]) -> list[tuple[str, Lesson]]:
    ends = np.cumsum(arrays["lesson_lengths"])[:-1]
    rows, values = np.split(arrays["lesson_rows"], ends), np.split(arrays["lesson_values"], ends)
    columns = arrays["lesson_columns"].tolist()
    return [(key, Lesson(r, v, c)) for key, r, v, c in zip(ids, rows, values, columns, strict=bool(ids))]
