"""What swift-format does not look at: cases of public enums and requirements of public protocols are documented too.

Judged by the compiler's own list of what is public (its symbol graph), from the modules that the code blocks were built
against.
"""

import json
import os
import shutil
from pathlib import Path

from sources import Problem, run
from snippets import PRODUCTS


def documented(root, modules_folder, work, modules=PRODUCTS, include=()):
    """Every public declaration has a documentation comment."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for module in modules:
        status, output = run([
            "swift", "symbolgraph-extract", "-module-name", module, "-I", modules_folder, *include, "-target", target(),
            "-minimum-access-level", "public", "-skip-synthesized-members", "-output-dir", work,
        ])
        if status:
            yield Problem(Path("Sources") / module, 1, f"its public declarations cannot be listed: {output[-500:]}")
    for graph in sorted(work.glob("*.symbols.json")):
        for symbol in json.loads(graph.read_text())["symbols"]:
            if "docComment" not in symbol and "location" in symbol:
                path = os.path.relpath(Path(symbol["location"]["uri"].removeprefix("file://")).resolve(), root)
                name = ".".join(symbol["pathComponents"])
                line = symbol["location"]["position"]["line"] + 1
                yield Problem(Path(path), line, f"document {name}: one line saying what it is, then why and when")


def target():
    status, output = run(["swiftc", "-print-target-info"])
    if status:
        raise SystemExit(f"error: swiftc cannot be asked for its target: {output}")
    return json.loads(output)["target"]["triple"]
