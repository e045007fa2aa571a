#!/usr/bin/env python3
"""Compiles a source file with each combination of some macros, and looks at nothing but errors.

Usage: check_variants.py COMPILE_COMMANDS COMPILED SOURCE [MACRO[=VALUE]...]

The command is the one by which the build compiles the file COMPILED, its warnings errors; SOURCE
is mostly the same file. Where several combinations fail, all are named.
Exit status: 0, or 1 where a combination does not compile.
"""

import itertools
import json
import shlex
import subprocess
import sys


def command_of(database, compiled):
    with open(database, encoding="utf-8") as file:
        for entry in json.load(file):
            if entry["file"] == compiled:
                return shlex.split(entry["command"]), entry["directory"]
    sys.exit(f"{database} does not compile {compiled}")


def without_macros(words, names):
    """The options that are left without the file, its output and these macros."""
    kept = []
    skip = 0
    for word in words:
        if skip:
            skip -= 1
        elif word in ("-o", "-c"):
            skip = 1
        elif not (word.startswith("-D") and word[2:].partition("=")[0] in names):
            kept.append(word)
    return kept


def main(database, compiled, source, *macros):
    words, directory = command_of(database, compiled)
    words = without_macros(words, {macro.partition("=")[0] for macro in macros})
    failed = False
    for count in range(len(macros) + 1):
        for chosen in itertools.combinations(macros, count):
            ran = subprocess.run(
                [*words, *(f"-D{macro}" for macro in chosen), "-Werror", "-fsyntax-only", source],
                cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            print(f"{source} with {', '.join(chosen) or 'no macro'}: "
                  f"{'compiles' if ran.returncode == 0 else 'fails'}")
            if ran.returncode != 0:
                print(ran.stdout)
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
