#!/usr/bin/env python3
"""chains.py INCLUDE OUT     writes C++ files in which every header below INCLUDE compiles alone

A file includes a chain of headers, each of which the next one includes anyway, itself or by others:
what stands before a header gives it nothing that it does not ask for. So few files with short
chains show of every header that it asks for all that it uses, in half the time of a file for each.
Prints the names of the files.
"""
import pathlib
import re
import sys


def included(folder):
    """The headers of the folder, each with those that it includes, itself or by others."""
    direct = {str(path.relative_to(folder)):
              re.findall(r"^#include <(qslice/[^>]+)>", path.read_text(), re.MULTILINE)
              for path in sorted(folder.rglob("*.hpp"))}

    def reach(header, found):
        for other in direct[header]:
            if other not in found:
                found.add(other)
                reach(other, found)
        return found

    return {header: reach(header, set()) for header in direct}


def chains(included_by):
    """The fewest chains that have every header (a maximum matching, Fulkerson 1956)."""
    after = {}
    before = {}

    def extend(header, tried):
        for other in included_by:
            if header in included_by[other] and other not in tried:
                tried.add(other)
                if other not in before or extend(before[other], tried):
                    before[other] = header
                    after[header] = other
                    return True
        return False

    for header in included_by:
        extend(header, set())
    for first in included_by:
        if first not in before:
            chain = [first]
            while chain[-1] in after:
                chain.append(after[chain[-1]])
            yield chain


def main():
    folder, out = (pathlib.Path(argument) for argument in sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    for chain in chains(included(folder)):
        lines = "".join(f"#include <{header}>\n" for header in chain)
        source = out / (re.sub(r"[/.]", "_", chain[-1]) + ".cpp")
        text = f"{lines}#include <{chain[-1]}>  // a second time does no harm\n"
        if not source.exists() or source.read_text() != text:
            source.write_text(text)
        print(source)


if __name__ == "__main__":
    main()
