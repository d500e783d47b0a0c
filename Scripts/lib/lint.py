"""Runs the checks of Scripts/lint."""

import argparse
import sys
from pathlib import Path

import checks
import selftest
from documented import documented
from snippets import snippets


def all_checks(root, package):
    """Every check by its name. `package` is what code blocks are compiled against: as a rule, `root` itself."""
    built = package / ".build-snippets"
    quick = [
        checks.format, checks.links, checks.shell, checks.confinement, checks.banned, checks.unchecked, checks.core,
        checks.foundation, checks.length,
    ]
    table = {check.__name__: (check.__doc__, lambda check=check: check(root)) for check in quick}
    table["snippets"] = (snippets.__doc__, lambda: snippets(root, package, built))
    # After the snippets, whose build it reads.
    table["documented"] = (
        documented.__doc__,
        lambda: documented(
            root, built / ".build/debug/Modules", built / "symbols", include=selftest.c_modules(package)))
    return table


def main():
    parser = argparse.ArgumentParser(prog="Scripts/lint")
    parser.add_argument("checks", nargs="*", metavar="CHECK")
    parser.add_argument("--root", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help="name the checks")
    parser.add_argument("--self-test", action="store_true", help="prove that every check can fail")
    options = parser.parse_args()
    root = options.root.resolve()
    table = all_checks(root, root)
    if options.list:
        for name, (summary, _) in table.items():
            print(f"{name:12} {summary}")
        return 0
    unknown = set(options.checks) - set(table)
    if unknown:
        parser.error(f"no such check: {', '.join(sorted(unknown))}; see --list")
    if options.self_test:
        return selftest.run_all(root, all_checks)
    return report(table, options.checks or table)


def report(table, names):
    failed = 0
    for name in names:
        problems = list(dict.fromkeys(table[name][1]()))
        failed += bool(problems)
        print(f"lint: {name}: {'ok' if not problems else f'{len(problems)} to change'}", flush=True)
        for problem in problems:
            print(f"  {problem}")
    print("lint: nothing to change" if not failed else f"lint: {failed} of {len(list(names))} checks found something")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
