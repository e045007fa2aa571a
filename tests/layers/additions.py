#!/usr/bin/env python3
"""Holds CONTRIBUTING.md's section "How to add" to the tree.

additions.py ROOT

A row of its table names the files that a change touches: at most three before the first semicolon,
where what applies only to some begins. All files that the section names exist (NAME stands for
any name), and all identifiers do. Writes each breach as FILE:LINE: WHAT and ends with 1 when there
is one.
"""

import re
import sys
from pathlib import Path

MOST_FILES = 3
PARTS = ("include", "sim", "tests", "bench")
IN_BACKTICKS = re.compile(r"`([^`]+)`")
A_FILE = re.compile(r"[\w/.]+\.(?:hpp|cpp|js|md|toml|txt|json|cmake)")
AN_IDENTIFIER = re.compile(r"([a-z]\w*)(?:[<(].*[>)])?")


def section_of(root):
    """(line number, line) of "How to add"."""
    lines = (root / "CONTRIBUTING.md").read_text().split("\n")
    if "## How to add" not in lines:
        return []
    start = lines.index("## How to add") + 1
    end = next((n for n in range(start, len(lines)) if lines[n].startswith("## ")), len(lines))
    return list(enumerate(lines, 1))[start:end]


def words_of(root):
    """Every word of the sources."""
    words = set()
    for part in PARTS:
        for path in (root / part).rglob("*"):
            if path.is_file() and path.suffix in (".hpp", ".cpp", ".js", ".cmake", ".txt"):
                words.update(re.findall(r"\w+", path.read_text(errors="replace")))
    return words


def exists(root, name):
    pattern = name.replace("NAME", "*")
    if any(root.glob(pattern)):
        return True
    # Alone, a file of the library or of the simulator.
    return "/" not in name and any(
        found for part in PARTS for found in (root / part).rglob(pattern))


def check(root):
    section = section_of(root)
    if not section:
        return ["CONTRIBUTING.md: expected a section 'How to add'"]
    problems = []
    words = words_of(root)
    rows = 0
    for number, line in section:
        where = f"CONTRIBUTING.md:{number}"
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 4 and "`" in cells[2]:
            rows += 1
            files = [name for name in IN_BACKTICKS.findall(cells[2].split(";")[0])
                     if A_FILE.fullmatch(name)]
            if not 1 <= len(files) <= MOST_FILES:
                problems.append(f"{where}: {cells[1]} touches {len(files)} files, expected 1 to "
                                f"{MOST_FILES}")
        for name in IN_BACKTICKS.findall(line):
            if A_FILE.fullmatch(name):
                if not exists(root, name):
                    problems.append(f"{where}: there is no file {name}")
            elif match := AN_IDENTIFIER.fullmatch(name):
                if "NAME" not in name and match[1] not in words:
                    problems.append(f"{where}: no source has a name {match[1]}")
    if rows == 0:
        problems.append("CONTRIBUTING.md: expected a table with the columns change, files")
    return problems


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = check(Path(sys.argv[1]))
    print("\n".join(found) or "additions: the files and names that CONTRIBUTING.md lists are there")
    sys.exit(1 if found else 0)
