#!/usr/bin/env python3
"""Holds the folders of include/qslice and sim to CONTRIBUTING.md's table of them.

layers.py ROOT

What the column "uses" names stands above its row, so that no arrow runs back up. A folder includes
only what it uses, directly or by way of what it uses, and links what it includes. Writes each
breach as FILE:LINE: WHAT and ends with 1 when there is one.
"""

import re
import sys
from pathlib import Path

ALL_ABOVE = "all above"
ALL_OF_SIM = "all of `sim`"
INCLUDE = re.compile(r'\s*#\s*include\s*(?:<(qslice)/|"(sim)/)(\w+)/')
LINK = re.compile(r"target_link_libraries\(qslice_sim_(\w+)([^)]*)\)")


def read_table(root, say):
    """The folders in the table's order: ("sim", "model") -> those that it may include."""
    uses = {}
    lines = (root / "CONTRIBUTING.md").read_text().split("\n")
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 5 or not re.match(r"`(include/qslice|sim)/\w", cells[1]):
            continue
        part = "sim" if cells[1].startswith("`sim/") else "qslice"
        row = [(part, name.split("/")[-1]) for name in re.findall(r"`([\w/]+)`", cells[1])]
        if cells[3] in (ALL_ABOVE, ALL_OF_SIM):
            named = [folder for folder in uses if folder[0] == part]
        else:
            text = re.sub(r"\([^)]*\)", "", cells[3])
            named = [(part, name.strip()) for name in text.split(",") if name.strip()]
        reached = set(row)
        for folder in named:
            if folder not in uses:
                say(f"CONTRIBUTING.md:{number}: {row[0][1]} uses {folder[1]}, expected a folder "
                    "whose row is above")
                continue
            reached |= {folder} | uses[folder]
        for folder in row:
            uses[folder] = reached
    return uses


def included(path):
    """(line, folder) of each include of a source."""
    for number, line in enumerate(path.read_text().split("\n"), 1):
        if match := INCLUDE.match(line):
            yield number, (match[1] or match[2], match[3])


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".hpp", ".cpp", ".in"))


def linked_folders(root):
    """What each folder's library links, by way of others too."""
    links = {}
    for file in sorted((root / "sim").glob("*/CMakeLists.txt")):
        links[file.parent.name] = set()
        for name, arguments in LINK.findall(file.read_text()):
            if name == file.parent.name:
                links[name] |= set(re.findall(r"qslice_sim_(\w+)", arguments))
    for _ in links:
        for name in links:
            links[name] |= {far for near in links[name] for far in links.get(near, ())}
    return links


def check(root):
    problems = []
    say = problems.append
    uses = read_table(root, say)
    links = linked_folders(root)
    if not uses:
        say("CONTRIBUTING.md: expected a table of folders with the columns folder, what is there, uses")
    for part, place in (("qslice", root / "include" / "qslice"), ("sim", root / "sim")):
        for folder in sorted(p for p in place.glob("*") if p.is_dir()):
            name = folder.name
            may = uses.get((part, name))
            if may is None:
                say(f"CONTRIBUTING.md: the table of folders has no row for {part}/{name}")
                continue
            includes = set()
            for source in sources(folder):
                for line, (other_part, other) in included(source):
                    where = f"{source.relative_to(root)}:{line}"
                    if other_part == "sim" and part == "sim":
                        includes.add(other)
                    if part == "qslice" and other_part == "sim":
                        say(f"{where}: the library includes the simulator's sim/{other}")
                    elif part == other_part and (part, other) not in may:
                        say(f"{where}: {name} does not use {other}, says CONTRIBUTING.md")
            # sim/app links all there is by a loop.
            if part == "sim" and name in links and name != "app":
                where = f"sim/{name}/CMakeLists.txt"
                for other in sorted(links[name] - {f for _, f in may}):
                    say(f"{where}: {name} does not use {other}, says CONTRIBUTING.md")
                for other in sorted(includes - links[name] - {name}):
                    say(f"{where}: {name} includes headers of {other} and does not link it")
    return problems


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = check(Path(sys.argv[1]))
    print("\n".join(found) or "layers: includes and links are as CONTRIBUTING.md says")
    sys.exit(1 if found else 0)
