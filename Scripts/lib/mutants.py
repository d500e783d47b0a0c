"""Leaves out one rule of the rotation after the other, in a copy, and expects the checks to notice.

Simulation/mutants/ holds a patch for each, and in table.txt a line: its name, the check that catches it and what that
check is given. `exhaustive` takes bounds, several with semicolons between them being tried in turn; `rules` and `tests` take a
filter of tests, of the machine alone or of everything; `seeds` takes arguments of `simulate`.

The checker and the machine's own tests need nothing but the machine. So for these only they are compiled, as one module:
seconds for each mutant.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]
mutants = root / "Simulation" / "mutants"
scratch = root / ".build" / "mutants"
COPIED = ["Package.swift", "Package.resolved", "Sources", "Simulation", "Crash", "Cutover", "Tests"]
MACHINE = [
    "Sources/TokenRotationCore/Rotation/RotationLedger.swift",
    "Sources/TokenRotationCore/Rotation/RotationMachine*.swift",
    "Sources/TokenRotationCore/Rotation/RotationSteps.swift",
    "Sources/TokenRotationCore/Secrets/TokenSlot.swift",
]
# What is compiled with the machine, how, and what it does then.
MODULES = {
    "exhaustive": (
        ["Simulation/RotationChecking/*.swift", "Simulation/simulate/Exhaustive.swift", "Simulation/simulate/Mode.swift"],
        ["-O", "-wmo"],
        "#if canImport(Darwin)\nimport Darwin\n#else\nimport Glibc\n#endif\n\n"
        "exit(try await Mode.exhaustive.run(Array(CommandLine.arguments.dropFirst())) ? 0 : 1)\n",
    ),
    "rules": (
        ["Tests/TokenRotationCoreTests/RotationMachineTests.swift", "Tests/TokenRotationCoreTests/RotationRuleTests.swift"],
        ["-plugin-path", str(Path(shutil.which("swiftc") or "").resolve().parents[1] / "lib/swift/host/plugins/testing")],
        "import Testing\n\nawait Testing.__swiftPMEntryPoint() as Never\n",
    ),
}


# How long tests may take, in seconds; what waits for a mutant to do something may wait for ever.
PATIENCE = 120


def run(*command, cwd=scratch, patience=None):
    """Whether a command succeeded, and what it printed; None if it did not end in time."""
    process = subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=patience)
        return process.returncode == 0, output
    except subprocess.TimeoutExpired:
        # It leads a group of its own, which the test that it started is in.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None, ""


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


def built(check):
    """Builds what `check` runs."""
    if check == "tests":
        return run("swift", "build", "--build-tests")
    if check == "seeds":
        return run("swift", "build", "--configuration", "release", "--product", "simulate")
    sources, options, program = MODULES[check]
    module = scratch / "module"
    shutil.rmtree(module, ignore_errors=True)
    module.mkdir(parents=True)
    for pattern in MACHINE + sources:
        for path in scratch.glob(pattern):
            text = re.sub(r"^(public )?import (TokenRotationCore|RotationChecking)$", "", path.read_text(), flags=re.MULTILINE)
            (module / path.name).write_text(text)
    (module / "main.swift").write_text(program)
    files = sorted(path.name for path in module.glob("*.swift"))
    return run(
        "swiftc", *options, "-swift-version", "6", "-package-name", "rotation", "-module-name", "Rotation", *files, "-o",
        "program", cwd=module)


def caught(check, argument):
    """What noticed that the rule is missing; None if nothing did."""
    if check in ("rules", "tests"):
        tests = ["module/program"] if check == "rules" else ["swift", "test", "--skip-build"]
        good, output = run(*tests, "--filter", argument, patience=PATIENCE)
        if good is None:
            return f"{check}: {argument} does not end"
        failed = re.findall(r'Test "?(.+?)"? (?:failed|recorded)', output)
        return None if good or not failed else f"{check}: {failed[0]}"
    command = ["module/program", "--bounds", argument]
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
    bounds = {text for _, check, argument in table if check == "exhaustive" for text in argument.split("; ")}
    if not bounds:
        return set()
    copy()
    good, output = built("exhaustive")
    if not good:
        raise SystemExit(f"mutants: the unchanged sources do not build\n{output[-3000:]}")
    return {text for text in bounds if not run("module/program", "--bounds", text)[0]}


def rows(names):
    for line in (mutants / "table.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, check, argument = (part.strip() for part in line.split("|"))
            if not names or name in names or check in names:
                yield name, check, argument


def main(names):
    # The cheapest check first, and those that build the same one after the other.
    order = ["exhaustive", "rules", "seeds", "tests"]
    table = sorted(rows(names), key=lambda row: order.index(row[1]))
    listed = {name for name, _, _ in rows([])}
    missing = listed ^ {path.stem for path in mutants.glob("*.patch")}
    if missing:
        raise SystemExit(f"mutants: a patch without a line in the table, or the other way round: {sorted(missing)}")
    worthless = violates_unchanged(table)
    count = 0
    for name, check, argument in table:
        arguments = argument.split("; ")
        for text in worthless.intersection(arguments):
            print(f"mutant: {name} NOT SHOWN: within {text} the unchanged machine violates an invariant", flush=True)
            arguments.remove(text)
        copy()
        good, output = run("patch", "--strip=1", "--forward", "--fuzz=0", "--input", str(mutants / f"{name}.patch"))
        if not good:
            raise SystemExit(f"mutant: {name} does not apply\n{output}")
        good, output = built(check)
        if not good:
            raise SystemExit(f"mutant: {name} does not build\n{output[-3000:]}")
        by = next((by for by in (caught(check, text) for text in arguments) if by), None)
        print(f"mutant: {name} caught by {by}" if by else f"mutant: {name} SURVIVED {check} ({argument})", flush=True)
        count += by is not None
    copy()
    print(f"mutants: {len(table)} caught={count}")
    return 0 if count == len(table) else 1


sys.exit(main(sys.argv[1:]))
