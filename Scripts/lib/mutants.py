"""Leaves out one rule of the rotation after the other, in a copy, and expects the checks to notice.

Simulation/mutants/ holds a patch for each, and in table.txt a line: its name, the check that catches it and what that
check is given. `exhaustive` takes bounds, `seeds` and `tests` take arguments of `simulate` and a filter of `swift test`.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]
mutants = root / "Simulation" / "mutants"
scratch = root / ".build" / "mutants"
COPIED = ["Package.swift", "Package.resolved", "Sources", "Simulation", "Tests"]


def run(*command):
    done = subprocess.run(command, cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def copy():
    """Brings the copy up to date, leaving alone what has not changed, so that little is built anew."""
    wanted = set()
    for name in COPIED:
        source = root / name
        for path in [source] if source.is_file() else sorted(source.rglob("*")) if source.exists() else []:
            if path.is_file():
                wanted.add(path.relative_to(root))
    for path in [path for name in COPIED for path in (scratch / name).rglob("*")]:
        if path.is_file() and path.relative_to(scratch) not in wanted:
            path.unlink()
    for path in wanted:
        target = scratch / path
        if not target.exists() or target.read_bytes() != (root / path).read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, target)


def caught(name, check, argument):
    """What noticed that the rule is missing; None if nothing did."""
    if check == "tests":
        good, output = run("swift", "test", "--filter", argument)
        failed = re.findall(r'Test "?(.+?)"? (?:failed|recorded)', output)
        return None if good or not failed else f"tests: {failed[0]}"
    good, output = run("swift", "build", "--configuration", "release", "--product", "simulate")
    if not good:
        raise SystemExit(f"mutant: {name} does not build\n{output[-3000:]}")
    arguments = ["--exhaustive", "--bounds", argument] if check == "exhaustive" else argument.split()
    good, output = run(".build/release/simulate", *arguments)
    violation = re.search(r"^(?:violation|seed \d+, the shortest way found): (.*)$", output, re.MULTILINE)
    if good or not violation:
        return None
    steps = len(re.findall(r"^  [\d.]+  | seconds ", output, re.MULTILINE)) - 1
    return f"{check}, counterexample of {steps} steps: {violation.group(1)}"


def violates_unchanged(table):
    """The bounds within which the machine as it is breaks an invariant: nothing that is found there tells of a mutant."""
    copy()
    good, output = run("swift", "build", "--configuration", "release", "--product", "simulate")
    if not good:
        raise SystemExit(f"mutants: the unchanged sources do not build\n{output[-3000:]}")
    bounds = {argument for _, check, argument in table if check == "exhaustive"}
    return {text for text in bounds if not run(".build/release/simulate", "--exhaustive", "--bounds", text)[0]}


def rows(names):
    for line in (mutants / "table.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, check, argument = (part.strip() for part in line.split("|"))
            if not names or name in names:
                yield name, check, argument


def main(names):
    table = list(rows(names))
    listed = {name for name, _, _ in rows([])}
    missing = listed ^ {path.stem for path in mutants.glob("*.patch")}
    if missing:
        raise SystemExit(f"mutants: a patch without a line in the table, or the other way round: {sorted(missing)}")
    worthless = violates_unchanged(table)
    count = 0
    for name, check, argument in table:
        if argument in worthless:
            print(f"mutant: {name} NOT SHOWN: within {argument} the unchanged machine violates an invariant", flush=True)
            continue
        copy()
        good, output = run("patch", "--strip=1", "--forward", "--fuzz=0", "--input", str(mutants / f"{name}.patch"))
        if not good:
            raise SystemExit(f"mutant: {name} does not apply\n{output}")
        by = caught(name, check, argument)
        print(f"mutant: {name} caught by {by}" if by else f"mutant: {name} SURVIVED {check} ({argument})", flush=True)
        count += by is not None
    copy()
    print(f"mutants: {len(table)} caught={count}")
    return 0 if count == len(table) else 1


sys.exit(main(sys.argv[1:]))
