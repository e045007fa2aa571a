#!/usr/bin/env python3
"""Holds C++ files to what precompiled headers, units of several files and readers do not see.

style.py format ROOT          every file is as clang-format 14 would write it
style.py alone ROOT BUILD     what has changed compiles alone, without precompiled headers, and
                              clang-tidy finds nothing in it; with --all instead of "what has
                              changed": everything, which takes many minutes

BUILD was configured with Clang; its compile_commands.json has the options. What has changed is
what differs from the upstream branch, or, where nothing does, what the last commit changed.
Writes each breach as FILE:LINE: WHAT and ends with 1 when there is one, with 77 when there is
nothing to compare with.
"""

import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# What finds defects, and not taste.
TIDY = (
    "-*,bugprone-use-after-move,bugprone-dangling-handle,bugprone-infinite-loop,"
    "bugprone-inaccurate-erase,bugprone-integer-division,bugprone-misplaced-widening-cast,"
    "bugprone-parent-virtual-call,bugprone-posix-return,bugprone-sizeof-expression,"
    "bugprone-string-constructor,bugprone-suspicious-*,bugprone-swapped-arguments,"
    "bugprone-terminating-continue,bugprone-too-small-loop-variable,"
    "bugprone-undefined-memory-manipulation,bugprone-unhandled-self-assignment,"
    "bugprone-unused-raii,bugprone-unused-return-value,misc-redundant-expression,"
    "misc-uniqueptr-reset-release,misc-unused-using-decls,performance-for-range-copy,"
    "performance-implicit-conversion-in-loop,performance-no-automatic-move"
)
# Trees whose files are wrong on purpose.
WRONG = ("tests/layers/wrong/", "tests/style/wrong/", "tests/compile_fail/")


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def git(root, *arguments):
    status, text = run("git", "-C", str(root), *arguments)
    return text.split("\n")[:-1] if status == 0 else None


def is_source(name):
    return name.endswith((".hpp", ".cpp")) and not name.startswith(WRONG)


def all_files(root):
    listed = git(root, "ls-files", "--cached", "--others", "--exclude-standard")
    if listed is None:
        listed = [str(p.relative_to(root)) for part in ("include", "sim", "tests", "bench")
                  for p in (root / part).rglob("*")]
    return sorted(name for name in set(listed) if is_source(name) and (root / name).is_file())


def changed_files(root):
    """Nothing where there is no history."""
    head = git(root, "rev-parse", "HEAD")
    if head is None:
        return None
    base = git(root, "merge-base", "HEAD", "@{upstream}") or head
    names = set(git(root, "ls-files", "--others", "--exclude-standard"))
    names |= set(git(root, "diff", "--name-only", base[0]))
    if not names:
        names = set(git(root, "diff", "--name-only", "HEAD~1") or [])
    return sorted(name for name in names if is_source(name) and (root / name).is_file())


def check_format(root):
    files = all_files(root)
    piece = 64
    problems = []
    for start in range(0, len(files), piece):
        status, text = run("clang-format-14", "--dry-run", "-Werror", *files[start:start + piece],
                           cwd=root)
        if status != 0:
            problems += [line for line in text.split("\n") if ": error: " in line]
    return problems


class options_of_folders:
    """The compiler's options for the files of a folder, from the commands of its targets."""

    def __init__(self, root, build):
        self.root = root
        self.of = {}
        for entry in json.loads((build / "compile_commands.json").read_text()):
            file = Path(entry["file"])
            base = build if file.is_relative_to(build) else root
            if not file.is_relative_to(base):
                continue
            folder = str(file.relative_to(base)).split("/CMakeFiles/")[0]
            if base == root:
                folder = str(Path(folder).parent)
            # Of several targets, the one with most options: tests have more than what they run.
            plain = self.plain(shlex.split(entry["command"]))
            self.of[folder] = max(self.of.get(folder, []), plain, key=len)

    @staticmethod
    def plain(command):
        """Without precompiled headers, inputs and outputs."""
        kept, words = [], iter(command[1:])
        for word in words:
            if word in ("-Xclang", "-o", "-c", "-MT", "-MF", "-include"):
                next(words)
            elif word not in ("-MD", "-Winvalid-pch"):
                kept.append(word)
        return kept

    def find(self, name):
        """None where this build compiles nothing of the folder, such as benchmarks."""
        folder = str(Path(name).parent)
        if folder in self.of:
            return self.of[folder]
        if name.startswith("tests/"):
            return self.of["tests/spool"]
        return self.of["sim/check"] if folder == "." or name.startswith("include/") else None


def check_alone(root, build, files):
    options = options_of_folders(root, build)
    compiled = [name for name in files if options.find(name) is not None]
    if len(compiled) < len(files):
        print(f"style: this build compiles nothing beside {len(files) - len(compiled)} of the "
              "files; they are left out")

    def look_at(name):
        """What is wrong with one file."""
        given = options.find(name) + ["-Wno-pragma-once-outside-header", "-x", "c++"]
        # clang-tidy compiles as well.
        status, text = run(*(
            ("clang++-16", *given, "-fsyntax-only", name) if name.endswith(".hpp") else
            ("clang-tidy-14", "--quiet", "-checks=" + TIDY, "-warnings-as-errors=*", name, "--",
             *given, "-Wno-everything")), cwd=root)
        return [f"{name} does not compile alone, or clang-tidy complains:\n{text}"] if status else []

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [problem for found in pool.map(look_at, compiled) for problem in found]


def main(arguments):
    everything = "--all" in arguments
    plain = [a for a in arguments if a != "--all"]
    if plain[:1] == ["format"] and len(plain) == 2:
        problems = check_format(Path(plain[1]))
        print("\n".join(problems) or "style: every file is formatted")
    elif plain[:1] == ["alone"] and len(plain) == 3:
        root, build = Path(plain[1]).resolve(), Path(plain[2]).resolve()
        files = all_files(root) if everything else changed_files(root)
        if files is None:
            print("style: there is no history to compare with")
            return 77
        problems = check_alone(root, build, files)
        print("\n".join(problems) or f"style: {len(files)} files are right")
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
