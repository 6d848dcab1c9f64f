"""Set a document by typst, in a process of its own: reads JSON on standard input, writes the PDF to standard output.

Started by its path (app/web/reports/document_pdf.py), so that nothing of Sluse is loaded. What it may use of the machine is
bounded by whoever starts it and by the limits below; the template lies in a folder of its own, and typst reads nothing outside it.
"""

import json
import resource
import sys
from datetime import datetime

MOST_SECONDS, MOST_BYTES = 20, 2 << 30
"""Of computing time and of address space. A follow-up of 200 units takes half a second and 150 MB."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    import typst  # here and nowhere else: no other process loads it

    asked = json.load(sys.stdin)
    nothing = asked["nothing"]
    made = typst.compile(
        asked["template"],
        root=asked["root"],
        font_paths=[asked["fonts"]],
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(asked["document"])},
        pdf_standards=["ua-1"],
        timestamp=datetime.fromisoformat(asked["at"]),
        package_path=nothing,
        package_cache_path=nothing,
    )
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
