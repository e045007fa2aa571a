#!/usr/bin/env python3
"""Seeds each defect of defects.toml into a copy of the library, and says which tests find it.

mutants.py check ROOT                      every defect's text stands exactly once in its file
mutants.py run ROOT BUILD [NAME...]        builds and runs the named tests with each defect
mutants.py explore ROOT BUILD [NAME...]    builds qslice-sim with each defect that has `explore`, and
                                           searches from --starts seeds: how many seeds each needs,
                                           as rows of the table in docs/guarantees.md

BUILD was configured with Ninja and Clang and has what the tests link: `cmake --build BUILD --target
qslice-sim` and the test programs. Ends with 1 if a defect does not apply or no test finds it.
"""
import argparse
import json
import pathlib
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_FOR_TESTS = 120


def defects(names):
    known = tomllib.loads((HERE / "defects.toml").read_text())["defect"]
    unknown = set(names) - {d["name"] for d in known}
    if unknown:
        sys.exit(f"mutants: no defect is named {', '.join(sorted(unknown))}")
    return [d for d in known if not names or d["name"] in names]


def problem_of(defect, root):
    path = root / "include/qslice" / defect["file"]
    if not path.is_file():
        return f"there is no {defect['file']}"
    count = path.read_text().count(defect["old"])
    if count != 1:
        return f"its text stands {count} times in {defect['file']}, expected once: {defect['old']!r}"
    missing = [t for t in defect["tests"] if not (root / "tests" / t).is_file()]
    return f"there is no {missing[0]}" if missing else None


def check(root, names):
    wrong = 0
    for defect in defects(names):
        problem = problem_of(defect, root)
        if problem:
            print(f"mutants: {defect['name']}: {problem}")
            wrong += 1
    if not wrong:
        print(f"mutants: all {len(defects(names))} defects apply")
    return 1 if wrong else 0


def run_quietly(command, cwd, seconds):
    """The exit status and the output; None for the status after the time is over."""
    try:
        done = subprocess.run(command, cwd=cwd, shell=isinstance(command, str), timeout=seconds,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as e:
        return None, (e.stdout or b"").decode(errors="replace")


class build_tree:
    def __init__(self, root, build):
        self.root = root
        self.build = build
        self.commands = json.loads((build / "compile_commands.json").read_text())
        self.links = {}

    def compile_command(self, source, include, output):
        """As for another file of the folder, without precompiled headers, with other headers."""
        folder = "/" + str(source.relative_to(self.root).parent) + "/"
        like = next(c for c in self.commands if folder in c["file"])
        words = shlex.split(like["command"])
        kept = []
        skip = False
        for i, word in enumerate(words):
            if skip:
                skip = False
            elif word == "-Xclang" or word in ("-o", "-c"):
                skip = True
            elif word in ("-Winvalid-pch", "-Werror") or word.startswith("-W"):
                pass
            else:
                kept.append(word)
        ours = f"-I{self.root}/include"
        kept = [f"-I{include}" if w == ours else w for w in kept]
        return kept + ["-w", "-o", str(output), "-c", str(source)]

    def link_command(self, target, keep, objects, program):
        """As the target's, with other objects."""
        if target not in self.links:
            out = subprocess.run(["ninja", "-C", str(self.build), "-t", "commands", target],
                                 capture_output=True, text=True, check=True).stdout
            self.links[target] = [line for line in out.splitlines() if " -o " in line][-1]
        command = self.links[target].split("&&")[1]
        words = shlex.split(command)
        at = words.index("-o")
        first = next(i for i, w in enumerate(words) if w.endswith(".o"))
        theirs = [w for w in words[first:at] if w.endswith(".o") and keep(w)]
        return words[:first] + objects + theirs + ["-o", str(program)] + words[at + 2:]


def with_defect(defect, root, scratch):
    include = scratch / "include"
    shutil.rmtree(include, ignore_errors=True)
    shutil.copytree(root / "include", include)
    path = include / "qslice" / defect["file"]
    path.write_text(path.read_text().replace(defect["old"], defect["new"]))
    return include


def first_failure(output):
    names = re.findall(r"^-{20,}\n(.+?)\n", output, re.MULTILINE)
    return names[0].strip() if names else "ended early"


def killed_by(defect, tree, scratch):
    """(how, by what) of the first test that finds the defect; ("survived", "")"""
    include = with_defect(defect, tree.root, scratch)
    for name in defect["tests"]:
        source = tree.root / "tests" / name
        output = scratch / "mutant.o"
        status, text = run_quietly(tree.compile_command(source, include, output), tree.build, 900)
        if status != 0:
            first = next((line for line in text.splitlines() if "error:" in line), text[-200:])
            said = first.split("error:")[-1].strip()
            if "static assertion" in text or "static_assert" in text:
                return "killed", f"the compiler: {said}"
            return "does not compile", said
        program = scratch / "mutant"
        target = "qslice_tests_" + name.split("/")[0]
        command = tree.link_command(target, lambda o: "qslice_test_main" in o, [str(output)], program)
        status, text = run_quietly(command, tree.build, 300)
        if status != 0:
            return "cannot be linked", text[-300:]
        status, text = run_quietly([str(program)], scratch, SECONDS_FOR_TESTS)
        if status is None:
            return "killed", f"{name}: still running after {SECONDS_FOR_TESTS} s"
        if status != 0:
            return "killed", f"{name}: {first_failure(text)}"
    return "survived", ""


def run(root, build, names):
    tree = build_tree(root, build)
    survivors = []
    chosen = defects(names)
    with tempfile.TemporaryDirectory(prefix="qslice-mutant-") as made:
        for defect in chosen:
            problem = problem_of(defect, root)
            began = time.monotonic()
            how, by = ("does not apply", problem) if problem else killed_by(
                defect, tree, pathlib.Path(made))
            if how != "killed":
                survivors.append(defect["name"])
            print(f"{defect['name']:<30} {how:<17} {time.monotonic() - began:5.0f} s  {by}", flush=True)
    print(f"\nkilled {len(chosen) - len(survivors)} of {len(chosen)}")
    if survivors:
        print("not killed: " + ", ".join(survivors))
    return 1 if survivors else 0


def explore(root, build, names, starts, most):
    tree = build_tree(root, build)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="qslice-mutant-") as made:
        scratch = pathlib.Path(made)
        for defect in defects(names):
            if "explore" not in defect:
                continue
            include = with_defect(defect, root, scratch)
            source = root / "sim/model/standard_program.cpp"
            output = scratch / "mutant.o"
            status, text = run_quietly(tree.compile_command(source, include, output), build, 1800)
            if status != 0:
                print(f"{defect['name']:<30} does not compile: {text[:500]}")
                failed += 1
                continue
            program = scratch / "mutant-sim"
            command = tree.link_command("qslice-sim", lambda o: True, [str(output)], program)
            command.insert(1, "-Wl,--allow-multiple-definition")
            status, text = run_quietly(command, build, 300)
            if status != 0:
                sys.exit(f"mutants: cannot link: {text[-500:]}")
            needed = []
            for start in range(starts):
                first = 1 + start * most
                status, text = run_quietly(
                    [str(program), "explore", *defect["explore"].split(), "--seed", str(first),
                     "--seeds", str(most), "--shrink-runs", "0", "--out",
                     str(scratch / "found.toml"), "--jobs", "1"], scratch, 900)
                found = re.search(r"Seed ([\d,]+) breaks (\w+)", text)
                if status not in (0, 1):
                    sys.exit(f"mutants: {defect['name']} from seed {first}: {text[-500:]}")
                needed.append(int(found[1].replace(",", "")) - first + 1 if found else None)
            print(seeds_row(defect, needed, most), flush=True)
            failed += 0 if any(n is not None for n in needed) else 1
    return 1 if failed else 0


def seeds_row(defect, needed, most):
    """| defect | explored with | searches that found it | median, least and most seeds needed |

    A search that found nothing needs more than `most` seeds, and counts as such in the median.
    """
    counted = sorted(most + 1 if n is None else n for n in needed)

    def text(seeds):
        return f"over {most}" if seeds > most else f"{seeds:g}"

    found = sum(n is not None for n in needed)
    return (f"| {defect['name']} | `{defect['explore']}` | {found} of {len(needed)} "
            f"| {text(statistics.median(counted))} | {text(counted[0])} to {text(counted[-1])} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["check", "run", "explore"])
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("rest", nargs="*", metavar="BUILD NAME")
    parser.add_argument("--starts", type=int, default=9, help="searches for each defect (default 9)")
    parser.add_argument("--seeds", type=int, default=200, help="most seeds of a search (default 200)")
    a = parser.parse_args()
    root = a.root.resolve()
    if a.what == "check":
        return check(root, a.rest)
    if not a.rest:
        parser.error("expected BUILD")
    build = pathlib.Path(a.rest[0]).resolve()
    if a.what == "run":
        return run(root, build, a.rest[1:])
    return explore(root, build, a.rest[1:], a.starts, a.seeds)


if __name__ == "__main__":
    sys.exit(main())
