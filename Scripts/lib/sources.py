"""Finding the repository's files, and reading Swift without its comments and strings."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """Something to change, at a place."""

    path: Path
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


def files(root, *patterns):
    """The files below `root` that match, as paths relative to it; nothing hidden or built."""
    found = set()
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") or name == ".ci"]
        for name in names:
            path = Path(folder, name).relative_to(root)
            if any(path.match(pattern) for pattern in patterns):
                found.add(path)
    return sorted(found)


def swift_sources(root, folder="Sources"):
    return [path for path in files(root, "*.swift") if path.parts[0] == folder]


def shell_scripts(root):
    """Every file of Scripts and .ci that a shell runs."""
    scripts = []
    for path in files(root, "*"):
        if path.parts[0] in ("Scripts", ".ci"):
            first = (root / path).read_text(errors="replace").split("\n", 1)[0]
            if path.suffix == ".sh" or re.match(r"#!.*\b(ba)?sh\b", first):
                scripts.append(path)
    return scripts


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|#+".*?"#+|"""(?:\\.|.)*?"""|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def code_only(text):
    """Swift text with comments and strings blanked out, every line where it was."""
    return TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def matches(root, paths, pattern, message, code=True):
    """A problem for each match of `pattern` in the files' code (or in their whole text)."""
    for path in paths:
        text = (root / path).read_text()
        for number, line in enumerate((code_only(text) if code else text).split("\n"), 1):
            match = re.search(pattern, line)
            if match:
                yield Problem(path, number, message.format(match.group().strip()))


def run(command, **options):
    """A command's exit status and its output, both streams together."""
    result = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    return result.returncode, result.stdout
