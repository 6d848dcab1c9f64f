"""One target under atheris, run by __main__.py where atheris is: python -m tests.fuzz.one TARGET LIBFUZZER-ARGUMENTS."""

import sys

import atheris

with atheris.instrument_imports(
    include=["connectors", "learning.identities", "learning.skeleton", "app.domain", "email"]
):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
