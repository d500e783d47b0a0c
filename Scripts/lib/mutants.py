"""Leaves out one rule of the rotation after the other, in a copy, and expects the checks to notice.

Simulation/mutants/ holds a patch for each, and in table.txt a line: its name, the check that catches it and what that
check is given. `exhaustive` takes bounds, `seeds` and `tests` take arguments of `simulate` and a filter of `swift test`.

The checker needs the machine alone, so for `exhaustive` only the machine and the checker are compiled, as one module: a
few seconds for each mutant.
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
CHECKER = [
    "Sources/TokenRotationCore/Rotation/RotationLedger.swift",
    "Sources/TokenRotationCore/Rotation/RotationMachine*.swift",
    "Sources/TokenRotationCore/Rotation/RotationSteps.swift",
    "Sources/TokenRotationCore/Secrets/TokenSlot.swift",
    "Simulation/RotationChecking/*.swift",
    "Simulation/simulate/Exhaustive.swift",
    "Simulation/simulate/Mode.swift",
]
MAIN = """
#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

exit(try await Mode.exhaustive.run(Array(CommandLine.arguments.dropFirst())) ? 0 : 1)
"""


def run(*command, cwd=scratch):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
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


def built(name, check):
    """Builds what `check` runs."""
    if check == "tests":
        # `swift test` builds by itself, and says so if it cannot.
        return run("swift", "build", "--build-tests")
    if check == "seeds":
        return run("swift", "build", "--configuration", "release", "--product", "simulate")
    module = scratch / "checker"
    shutil.rmtree(module, ignore_errors=True)
    module.mkdir(parents=True)
    for pattern in CHECKER:
        for path in scratch.glob(pattern):
            text = re.sub(r"^(public )?import (TokenRotationCore|RotationChecking)$", "", path.read_text(), flags=re.MULTILINE)
            (module / path.name).write_text(text)
    (module / "main.swift").write_text(MAIN)
    sources = sorted(path.name for path in module.glob("*.swift"))
    return run(
        "swiftc", "-O", "-wmo", "-swift-version", "6", "-package-name", "rotation", "-module-name", "Checker", *sources,
        "-o", "checker", cwd=module)


def caught(check, argument):
    """What noticed that the rule is missing; None if nothing did."""
    if check == "tests":
        good, output = run("swift", "test", "--skip-build", "--filter", argument)
        failed = re.findall(r'Test "?(.+?)"? (?:failed|recorded)', output)
        return None if good or not failed else f"tests: {failed[0]}"
    command = ["checker/checker", "--bounds", argument]
    if check == "seeds":
        command = [".build/release/simulate", *argument.split()]
    good, output = run(*command)
    violation = re.search(r"^(?:violation|seed \d+, the shortest way found): (.*)$", output, re.MULTILINE)
    if good or not violation:
        return None
    steps = len(re.findall(r"^  [\d.]+  | seconds ", output, re.MULTILINE)) - (check == "exhaustive")
    return f"{check}, counterexample of {steps} steps ({argument}): {violation.group(1)}"


def violates_unchanged(table):
    """The bounds within which the machine as it is breaks an invariant: nothing that is found there tells of a mutant."""
    bounds = {argument for _, check, argument in table if check == "exhaustive"}
    if not bounds:
        return set()
    copy()
    good, output = built("unchanged", "exhaustive")
    if not good:
        raise SystemExit(f"mutants: the unchanged sources do not build\n{output[-3000:]}")
    return {text for text in bounds if not run("checker/checker", "--bounds", text)[0]}


def rows(names):
    for line in (mutants / "table.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, check, argument = (part.strip() for part in line.split("|"))
            if not names or name in names or check in names:
                yield name, check, argument


def main(names):
    # The cheapest check first, and those that build the same one after the other.
    order = ["exhaustive", "seeds", "tests"]
    table = sorted(rows(names), key=lambda row: order.index(row[1]))
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
        good, output = built(name, check)
        if not good:
            raise SystemExit(f"mutant: {name} does not build\n{output[-3000:]}")
        by = caught(check, argument)
        print(f"mutant: {name} caught by {by}" if by else f"mutant: {name} SURVIVED {check} ({argument})", flush=True)
        count += by is not None
    copy()
    print(f"mutants: {len(table)} caught={count}")
    return 0 if count == len(table) else 1


sys.exit(main(sys.argv[1:]))
