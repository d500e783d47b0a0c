"""Holds the shared libraries that an executable on TokenRotationCore needs against a list: linked.py EXECUTABLE"""

import re
import subprocess
import sys

ALLOWED = [
    # The C library and what the compiler itself links.
    r"libc\.so\.6", r"libm\.so\.6", r"libpthread\.so\.0", r"libdl\.so\.2", r"libgcc_s\.so\.1", r"libstdc\+\+\.so\.6",
    r"ld-linux.*",
    # Swift's own, without Foundation.
    r"libswift\w+\.so", r"libBlocksRuntime\.so", r"libdispatch\.so",
    # FoundationEssentials and what it needs.
    r"libFoundationEssentials\.so", r"lib_FoundationCollections\.so", r"lib_FoundationCShims\.so",
]

output = subprocess.run(["readelf", "--dynamic", sys.argv[1]], check=True, stdout=subprocess.PIPE, text=True).stdout
needed = sorted(set(re.findall(r"\(NEEDED\).*\[(.+)\]", output)))
if not needed:
    sys.exit(f"error: readelf finds no library in {sys.argv[1]}")
unexpected = [name for name in needed if not any(re.fullmatch(pattern, name) for pattern in ALLOWED)]
for name in unexpected:
    print(f"error: Core links {name}, which a host on Core alone must not need; find the import that brings it")
if unexpected:
    sys.exit(1)
print("linked: " + ", ".join(needed))
