"""The checks of Scripts/lint that read files only. Each yields the problems that it finds."""

import re

from sources import Problem, code_only, files, matches, run, shell_scripts, swift_sources

CORE_IMPORTS = {
    "CoreMetrics", "Darwin", "Foundation", "FoundationEssentials", "Glibc", "HTTPTypes", "Logging", "Musl",
    "Synchronization", "Tracing",
}

LONGEST_FILE = 400

SWIFT_FOLDERS = ("Sources", "Tests", "Simulation", "Crash", "Cutover", "Examples", "Benchmarks")

# The C libraries: which files may import one, which may call it, and what its functions look like. libcurl's options and
# codes are plain numbers, which may be named in the whole folder, as may the types of its callbacks.
CONFINED = [
    ("libcurl", "CTokenRotationCurl", "Sources/TokenRotationCurl/*.swift", "Sources/TokenRotationCurl/LibCurl*.swift",
     r"\b(curl_\w+(?<!_callback))\b"),
    ("OpenSSL", "CTokenRotationOpenSSL", "Sources/TokenRotationOpenSSL/LibCrypto*.swift",
     "Sources/TokenRotationOpenSSL/LibCrypto*.swift", r"\b(EVP|ERR|OSSL|RAND|HMAC|SHA|SHA1|CRYPTO|OPENSSL|BIO|SSL)_\w+"),
    ("libpq", "CTokenRotationPostgres", "Sources/TokenRotationPostgres/LibPQ*.swift",
     "Sources/TokenRotationPostgres/LibPQ*.swift", r"\b(PQ\w+|PGRES_\w+|CONNECTION_\w+)"),
]

IMPORT = re.compile(r"^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+"
                    r"(?:(?:struct|class|enum|protocol|func|typealias|let|var)\s+)?(\w+)")


def imports(root, path):
    for number, line in enumerate(code_only((root / path).read_text()).split("\n"), 1):
        match = IMPORT.match(line)
        if match:
            yield number, match.group(1)


def format(root):
    """swift-format, with the rules of .swift-format; among them, that what is public is documented."""
    paths = [root / name for name in ("Package.swift", *SWIFT_FOLDERS, "Scripts")]
    paths = [path for path in paths if path.exists()]
    _, output = run(["swift", "format", "lint", "--strict", "--parallel", "--recursive", "--configuration",
                     root / ".swift-format", *paths])
    for line in output.splitlines():
        match = re.match(r"(.+?):(\d+):\d+: (?:error|warning): (.*)", line)
        if match:
            path = re.sub(rf"^{re.escape(str(root))}/", "", match.group(1))
            yield Problem(path, int(match.group(2)), f"{match.group(3)} (`swift format -i` mends most of these)")
        elif line.strip():
            yield Problem(".swift-format", 1, f"swift format says: {line}")


def links(root):
    """Relative links in Markdown lead to a file, and to a heading in it."""
    for path in files(root, "*.md"):
        for number, line in enumerate(prose(root / path), 1):
            for target in re.findall(r"\]\(<?([^)>\s]+)>?\)", line):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                file = (root / path.parent / name) if name else root / path
                if not file.exists():
                    yield Problem(path, number, f"the link to {target} leads nowhere; correct it or add the file")
                elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                    yield Problem(path, number, f"{name or path} has no heading for #{anchor}")


def prose(file):
    """A Markdown file's lines, those of code blocks left empty."""
    inside = False
    for line in file.read_text().split("\n"):
        fence = line.lstrip().startswith("```")
        yield "" if inside or fence else line
        inside ^= fence


def anchors(file):
    headings = (re.match(r"#+\s+(.*)", line) for line in prose(file))
    return {re.sub(r"[^\w\- ]", "", match.group(1).lower()).strip().replace(" ", "-") for match in headings if match}


def shell(root):
    """Shell scripts parse, satisfy shellcheck, stop at the first failure and can be run."""
    for path in shell_scripts(root):
        status, output = run(["bash", "-n", root / path])
        if status:
            yield Problem(path, 1, f"bash cannot parse it: {output.strip()}")
            continue
        _, output = run(["shellcheck", "--format=gcc", "--external-sources", "--source-path", root / path.parent, path],
                        cwd=root)
        for line in output.splitlines():
            match = re.match(r".*?:(\d+):\d+: (.*)", line)
            yield Problem(path, int(match.group(1)) if match else 1, f"shellcheck: {match.group(2) if match else line}")
        if path.suffix != ".sh":
            if "set -euo pipefail" not in (root / path).read_text():
                yield Problem(path, 1, "add `set -euo pipefail`, so that a failing command ends it")
            if not (root / path).stat().st_mode & 0o111:
                yield Problem(path, 1, "make it executable (`chmod +x`)")


def confinement(root):
    """Each C library is called in its own few files only."""
    for library, module, importers, callers, functions in CONFINED:
        for path in swift_sources(root):
            for number, imported in imports(root, path):
                if imported == module and not path.match(importers):
                    yield Problem(path, number, f"only {importers} may import {module}; put the call behind a wrapper there")
        outside = [path for path in swift_sources(root) if not path.match(callers)]
        yield from matches(root, outside, functions, f"{{}} is {library}'s; only {callers} may use it")


def banned(root):
    """Nothing in Sources ends the host's process on a surprise, and nothing is left for later."""
    paths = swift_sources(root)
    yield from matches(root, paths, r"\btry!", "`{}` ends the host's process; throw a TokenRotationError")
    yield from matches(root, paths, r"\bas!", "`{}` ends the host's process; use `as?` and throw")
    yield from matches(root, paths, r"\bfatalError\b", "`{}` ends the host's process; throw a TokenRotationError")
    yield from matches(root, paths, r"\b(TODO|FIXME|XXX)\b", "{} does not belong here; do it, or open an issue", code=False)


def unchecked(root):
    """Whatever the compiler is told to believe has its reason beside it, as a comment that is not documentation."""
    for path in swift_sources(root):
        text = (root / path).read_text()
        lines = text.split("\n")
        for index, line in enumerate(code_only(text).split("\n")):
            match = re.search(r"@unchecked\s+Sendable|nonisolated\(unsafe\)|@preconcurrency", line)
            if match and not has_reason(lines, index):
                yield Problem(path, index + 1, f"say in a `//` comment above why `{match.group()}` is safe here")


def has_reason(lines, index):
    if re.search(r"\S.*//(?!/)", lines[index]):
        return True
    for line in reversed(lines[:index]):
        if re.match(r"\s*//(?!/)", line):
            return True
        if not re.match(r"\s*(@|///)", line):
            return False
    return False


def core(root):
    """Core stays free of C libraries and of everything that a host should not have to fetch or link."""
    for path in swift_sources(root):
        if path.parts[1] == "TokenRotationCore":
            for number, module in imports(root, path):
                if module not in CORE_IMPORTS:
                    yield Problem(path, number, f"Core may not import {module}; allowed: {', '.join(sorted(CORE_IMPORTS))}")


def foundation(root):
    """The whole of Foundation, which is ten times the size, is taken only where there is no FoundationEssentials."""
    for path in swift_sources(root):
        lines = (root / path).read_text().split("\n")
        for number, module in imports(root, path):
            if module == "Foundation" and lines[number - 2].strip() != "#else":
                yield Problem(path, number, "import FoundationEssentials, and Foundation only in the #else of "
                              "`#if canImport(FoundationEssentials)`")


def length(root):
    """A file is one idea."""
    for folder in SWIFT_FOLDERS:
        for path in swift_sources(root, folder):
            count = (root / path).read_text().count("\n")
            if count > LONGEST_FILE:
                yield Problem(path, LONGEST_FILE, f"{count} lines; a file has at most {LONGEST_FILE}: split it by ideas")
