"""Proves that every check of Scripts/lint can fail: plants one violation at a time in a copy and looks for it."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from documented import documented
from sources import run

CORE = "Sources/TokenRotationCore/Planted.swift"
DOCUMENTED = "/// A planted type.\n///\n/// It is in the way.\n"


def planted():
    """Check, file, text, whether the text is added to the file's end, and a word of the message to expect."""
    new, end = False, True
    return [
        ("format", CORE, "public struct Planted {}\n", new, "AllPublicDeclarationsHaveDocumentation"),
        ("format", CORE, "struct  Planted {}\n", new, "Spacing"),
        ("links", "README.md", "\n[planted](Documentation/Planted.md)\n", end, "leads nowhere"),
        ("links", "README.md", "\n[planted](CONTRIBUTING.md#planted)\n", end, "no heading"),
        ("shell", "Scripts/planted", "#!/usr/bin/env bash\nset -euo pipefail\nif true; then\n", new, "cannot parse"),
        ("shell", "Scripts/planted", "#!/usr/bin/env bash\nset -euo pipefail\necho $1\n", new, "SC2086"),
        ("shell", "Scripts/planted", "#!/usr/bin/env bash\necho\n", new, "set -euo pipefail"),
        ("confinement", CORE, "import CTokenRotationCurl\n", new, "may import"),
        ("confinement", "Sources/TokenRotationCurl/Planted.swift", "let planted = curl_easy_init()\n", new, "libcurl's"),
        ("confinement", CORE, "internal import CTokenRotationOpenSSL\n", new, "may import"),
        ("confinement", "Sources/TokenRotationOpenSSL/Planted.swift", "let planted = RAND_status()\n", new, "OpenSSL's"),
        ("confinement", CORE, "import CTokenRotationPostgres\n", new, "may import"),
        ("confinement", "Sources/TokenRotationPostgres/Planted.swift", "let planted = PQlibVersion()\n", new, "libpq's"),
        ("banned", CORE, "let planted = try! something()\n", new, "`try!`"),
        ("banned", CORE, "let planted = something as! Int\n", new, "`as!`"),
        ("banned", CORE, "func planted() -> Never { fatalError() }\n", new, "`fatalError`"),
        ("banned", CORE, "// TODO: everything\n", new, "TODO"),
        ("unchecked", CORE, f"{DOCUMENTED}final class Planted: @unchecked Sendable {{}}\n", new, "@unchecked Sendable"),
        ("unchecked", CORE, "nonisolated(unsafe) var planted = 1\n", new, "nonisolated(unsafe)"),
        ("core", CORE, "import NIOCore\n", new, "NIOCore"),
        ("core", CORE, "public import struct TokenRotationCurl.CurlTransport\n", new, "TokenRotationCurl"),
        ("foundation", CORE, "import Foundation\n", new, "FoundationEssentials"),
        ("length", CORE, "\n" * 401, new, "at most 400"),
        ("snippets", "README.md", "\n```swift\nlet planted: Int = \"no number\"\n```\n", end, "does not compile"),
        ("snippets", "README.md", "\n```swift manifest\nlet planted = 1\n```\n", end, "no manifest"),
        ("snippets", "README.md", "\n```swift ignored\n```\n", end, "mark the block"),
        ("snippets", CORE, "/// ```swift\n/// plantedNowhere()\n/// ```\nlet planted = 1\n", new, "plantedNowhere"),
    ]


def run_all(root, all_checks):
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / "copy"
        make_copy(root, copy)
        for name, file, text, at_end, expected in planted():
            original = (copy / file).read_text() if at_end else None
            (copy / file).write_text((original or "") + text)
            problems = [problem for problem in all_checks(copy, root)[name][1]() if str(problem.path) == file]
            found = any(expected in problem.message for problem in problems)
            missed += not found
            print(f"self-test: {name}: {expected}: {'found' if found else 'MISSED'}", flush=True)
            if at_end:
                (copy / file).write_text(original)
            else:
                (copy / file).unlink()
        for expected in undocumented(Path(folder).resolve()):
            missed += 1
            print(f"self-test: documented: {expected}: MISSED")
    print("self-test: every check can fail" if not missed else f"self-test: {missed} violations went unnoticed")
    return 1 if missed else 0


def make_copy(root, copy):
    """Copies what git knows or would take, so that nothing built goes along."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, copy / name)


def undocumented(folder):
    """Compiles a module in which all kinds of declaration lack a comment; gives those that were not reported."""
    source = folder / "Planted.swift"
    source.write_text(
        f"{DOCUMENTED}public enum Planted {{ case plantedCase }}\n"
        f"{DOCUMENTED}public protocol Asked {{\n  func plantedRequirement()\n}}\n"
        "public struct PlantedType { public let plantedProperty = 1 }\n"
        "extension Int { public func plantedMethod() {} }\n")
    status, output = run(["swiftc", "-emit-module", "-module-name", "Planted", source], cwd=folder)
    if status:
        raise SystemExit(f"error: the planted module does not compile: {output}")
    problems = list(documented(folder, folder, folder / "symbols", modules=["Planted"]))
    for name in ("plantedCase", "plantedRequirement", "PlantedType", "plantedProperty", "plantedMethod"):
        if any(name in problem.message for problem in problems):
            print(f"self-test: documented: {name}: found", flush=True)
        else:
            yield name


def c_modules(package):
    """Where the compiler finds the C modules that ours are built on, and headers that are in a folder of their own."""
    built = package / ".build-snippets/.build"
    # Of other packages: maps that they bring along, and those that the package manager wrote while building.
    maps = [*built.glob("checkouts/*/Sources/**/module.modulemap"), *built.glob("debug/*.build/module.modulemap")]
    _, flags = run(["pkg-config", "--cflags-only-I", "libpq"])
    headers = [flag.removeprefix("-I") for flag in flags.split()]
    folders = [*sorted((package / "Sources").glob("C*")), *sorted(path.parent for path in maps), *headers]
    return [part for folder in folders for part in ("-I", folder)]
