"""Puts the machine's diagram, read from standard input, between its markers in Documentation/Rotation.md."""

import sys
from pathlib import Path

FIRST, LAST = "<!-- diagram: written by Scripts/simulate --diagram -->\n", "<!-- end of diagram -->\n"

path = Path(__file__).resolve().parents[2] / "Documentation" / "Rotation.md"
text = path.read_text()
start, end = text.index(FIRST) + len(FIRST), text.index(LAST)
path.write_text(text[:start] + sys.stdin.read() + text[end:])
