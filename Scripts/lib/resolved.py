"""Compares the packages of a Package.resolved with those named: resolved.py FILE NAME…"""

import json
import sys

pins = {pin["identity"] for pin in json.load(open(sys.argv[1]))["pins"]}
expected = set(sys.argv[2:])
for name in sorted(pins - expected):
    print(f"error: {name} is fetched too; a host's default build must not need it")
for name in sorted(expected - pins):
    print(f"error: {name} is not fetched; is it named here still?")
if pins != expected:
    sys.exit(1)
print("fetched: " + ", ".join(sorted(pins)))
