"""What a salt costs: one set rehearsed without a salt and with two. `python -m tests.benchmark.salted FILE`."""

import argparse

from app.domain import routing
from learning import labelled, rehearsal
from learning.model import Model
from learning.salt import UNSALTED, Salt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--limit", type=int, default=3000)
    options = parser.parse_args()
    mails = labelled.load(options.data, limit=options.limit)
    for name, salt in (("none", UNSALTED), ("one", Salt.of("one key")), ("another", Salt.of("another key"))):
        r = rehearsal.rehearse(Model(), mails, automatic=routing.confident, warm=500, salt=salt)
        print(
            f"{name:8s} accuracy {r.accuracy:.4f}  top3 {r.top3:.4f}  auto {r.auto_share:.4f} at {r.auto_precision:.4f}"
            f"  predict {r.ms_predict_p50:.2f} ms  learn {r.ms_learn_p50:.2f} ms (p50)",
            flush=True,
        )


if __name__ == "__main__":
    main()
