"""Save and load a model. Arrays without pickle, a manifest in JSON, a checksum. A cache of the label log."""

import io
import json
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning import features
from learning.model import Model
from learning.online import OnlineClassifier
from learning.salt import UNSALTED, Salt

FORMAT = 2
FASTEST = 1
DAMAGE = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    OSError,
    EOFError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)


class SnapshotRefused(Exception):
    """The refusal of an unusable snapshot.

    Damaged, cut short, of another version or salt. Rebuild from the label log.
    """


def dump(model: Model, salt: Salt = UNSALTED) -> bytes:
    """Return the model as bytes. The same state gives the same bytes. `salt` is that of all it was taught."""
    learner = model.classifier
    manifest = {
        "format": FORMAT,
        "features": features.VERSION,
        "salt": salt.check,
        "position": model.position,
        "sha256": model.state_hash(),
        "settings": learner.settings,
        "units": model.units,
        "lesson_ids": [key for key, _ in learner.reservoir.entries],
    }
    header = np.frombuffer(json.dumps(manifest).encode(), np.uint8)
    return _packed({"manifest": header} | learner.arrays())


def _packed(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Write an npz file. numpy's own way to compress takes twice the time for the last twentieth."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=FASTEST) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def load(content: bytes, salt: Salt = UNSALTED) -> Model:
    """Load a model that was dumped. It goes on learning exactly as the original would.

    Raises:
        SnapshotRefused: damaged or cut short, or written by a version that this one does not read or with another salt.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:  # one array at a time is in memory
            manifest = json.loads(archive["manifest"].tobytes())
            _check_versions(manifest)
            if manifest.get("salt", "") != salt.check:
                raise SnapshotRefused("made with another salt, or with none")
            learner = OnlineClassifier.of(manifest["settings"])
            learner.restore(manifest["position"], manifest["units"], manifest["lesson_ids"], archive)
        model = Model(learner)
        if model.state_hash() != manifest["sha256"]:
            raise ValueError("the state is not the one that was saved")
    except DAMAGE as error:
        raise SnapshotRefused(f"damaged: {error}") from error
    return model


def _check_versions(manifest: dict[str, Any]) -> None:
    for name, ours in (("format", FORMAT), ("features", features.VERSION)):
        if manifest[name] != ours:
            raise SnapshotRefused(f"{name} version {manifest[name]}, this program reads {ours}")
