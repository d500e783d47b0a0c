"""Compiles the code blocks of Markdown files and of documentation comments, all in one package.

A block goes into a method of `Context` (Scripts/snippets/Context.swift), so that it finds there what its reader would
have at hand: a store, a provider, a request. Errors carry the line of the file that the block stands in.
"""

import os
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from sources import Problem, files, run, swift_sources

PACKAGE = "swift-token-rotation"
PRODUCTS = [
    "TokenRotation", "TokenRotationAsyncHTTPClient", "TokenRotationCore", "TokenRotationCurl", "TokenRotationHummingbird",
    "TokenRotationOpenSSL", "TokenRotationPostgres",
    "TokenRotationSimulator", "TokenRotationSQLite", "TokenRotationTesting",
]
DEFAULT_IMPORTS = ["TokenRotation", "TokenRotationSimulator", "TokenRotationTesting"]

MANIFEST = """// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "snippets",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(path: "{package}", traits: ["AsyncHTTPClient", "Hummingbird", "SQLite"]),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.6.0", traits: []),
  ],
  targets: [
    .target(
      name: "Snippets",
      dependencies: [
        {products},
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ])
  ],
  swiftLanguageModes: [.v6])
"""


@dataclass(frozen=True)
class Block:
    path: Path
    line: int
    kind: str
    code: str


def blocks(root):
    """Every block marked `swift` of the Markdown files, and of the documentation comments in Sources."""
    for path in files(root, "*.md"):
        yield from fenced(path, (root / path).read_text().split("\n"))
    for path in swift_sources(root):
        lines = (root / path).read_text().split("\n")
        comments = [re.sub(r"^\s*/// ?", "", line) if line.lstrip().startswith("///") else "" for line in lines]
        yield from fenced(path, comments)


def fenced(path, lines):
    kind, start = None, 0
    for number, line in enumerate(lines, 1):
        match = re.match(r"\s*```(.*)$", line)
        if match and kind is None:
            kind, start = match.group(1).strip(), number + 1
        elif match:
            if kind.split(" ")[0] == "swift":
                code = textwrap.dedent("\n".join(lines[start - 1:number - 1]))
                yield Block(path, start, kind, code)
            kind = None


def source(root, number, block):
    """A block as a file: its imports first, and everything that has to stand inside a function within one."""
    imported = re.findall(r"^import \w+$", block.code, re.MULTILINE)
    code = re.sub(r"^import \w+$", "", block.code, flags=re.MULTILINE)
    place = f'#sourceLocation(file: "{root / block.path}", line: {block.line})'
    imports = "\n".join(sorted({*imported, *(f"import {module}" for module in DEFAULT_IMPORTS)}))
    # These cannot stand inside a function.
    if re.search(r"^(?:\w+ )*(?:extension|protocol)\b|^@(?:main|Suite)", code, re.MULTILINE):
        return f"{imports}\n{place}\n{code}\n#sourceLocation()\n"
    return (f"{imports}\nextension Context {{\n  func snippet{number}() async throws {{\n{place}\n{code}\n"
            f"#sourceLocation()\n  }}\n}}\n")


def write(path, text):
    """Writes only what changed, so that the next build does as little as possible."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def prepare(root, package, folder):
    """Lays out the package; gives the blocks that are manifests."""
    link = folder / PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        link.unlink()
    # The checkout's folder may have any name, and it is what the package manager calls a package by.
    os.symlink(package, link)
    products = ",\n        ".join(f'.product(name: "{name}", package: "{PACKAGE}")' for name in PRODUCTS)
    write(folder / "Package.swift", MANIFEST.format(package=PACKAGE, products=products))
    sources = folder / "Sources" / "Snippets"
    write(sources / "Context.swift", (root / "Scripts/snippets/Context.swift").read_text())
    wanted, manifests = {"Context.swift"}, []
    for number, block in enumerate(blocks(root), 1):
        if block.kind == "swift":
            name = f"Snippet{number}.swift"
            wanted.add(name)
            write(sources / name, source(root, number, block))
        elif block.kind == "swift manifest":
            manifests.append(block)
        else:
            yield Problem(block.path, block.line - 1, f"mark the block `swift` or `swift manifest`, not `{block.kind}`")
    for stale in sources.iterdir():
        if stale.name not in wanted:
            stale.unlink()
    for block in manifests:
        write(folder / "manifest" / "Package.swift", block.code)
        status, output = run(["swift", "package", "--package-path", folder / "manifest", "dump-package"])
        if status:
            yield Problem(block.path, block.line, f"it is no manifest: {first_error(output)}")


def first_error(output):
    errors = [line for line in output.splitlines() if "error:" in line]
    return errors[0] if errors else output.strip()[-500:]


def snippets(root, package, folder):
    """Every block of Swift in Markdown and in documentation comments compiles."""
    yield from prepare(root, package, folder)
    status, output = run(["swift", "build", "--package-path", folder])
    errors = {match.groups() for match in re.finditer(r"^(/\S+?):(\d+):\d+: error: (.*)$", output, re.MULTILINE)}
    for path, line, message in sorted(errors):
        path = os.path.relpath(path, root)
        yield Problem(path, int(line), f"the code block does not compile: {message}")
    if status and not errors:
        yield Problem(Path("Scripts/snippets/Context.swift"), 1, f"the code blocks cannot be built: {output[-2000:]}")
