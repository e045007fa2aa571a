#!/usr/bin/env python3
"""Checks the documentation: its programs, its commands, its quotations, its links.

  documents.py programs ROOT OUT   write each program of the documents into OUT, as C++ sources
  documents.py commands ROOT FILE DIRECTORY
                                   run FILE's commands with the programs of DIRECTORY, or of
                                   several with ":" between them, in PATH
  documents.py refresh ROOT FILE DIRECTORY
                                   the same, and write the figures of this run into FILE
  documents.py words ROOT FILE     check FILE's quotations, scripts and relative links

The first line of a fenced block says what it is:

  ```cpp             a complete program or header, which has to compile
  ```cpp from PATH   lines of that file, unchanged and in order; "..." stands for omitted lines;
                     also for other languages
  ```toml NAME       a file of that name for the commands below; ```text NAME likewise
  ```ini NAME        a systemd unit of that name, which has to be one in form
  ```console         after "$ " a command, below it its complete output; "..." stands for omitted
                     lines. "echo $?" prints the status of the previous command; a command
                     without it has to exit with 0.
  ```sh              for a person at a terminal; the project's paths in it have to exist
  anything else      not checked
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


class Block:
    def __init__(self, document, line, info):
        self.document = document
        self.line = line
        words = info.split()
        self.language = words[0] if words else ""
        self.words = words[1:]
        self.lines = []

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    def fail(self, what, line=None):
        raise SystemExit(f"{self.document}:{line or self.line}: {what}")


def documents(root):
    """The Markdown files of the project, without build output."""
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md")]
    return sorted(path.relative_to(root).as_posix() for path in found)


def blocks(root, document):
    found, current = [], None
    for number, line in enumerate((root / document).read_text("utf-8").splitlines(), 1):
        if current is None and line.startswith("```"):
            current = Block(document, number, line[3:])
        elif current is not None and line == "```":
            found.append(current)
            current = None
        elif current is not None:
            current.lines.append(line)
    if current is not None:
        current.fail("this block has no end")
    return found


def prose(root, document):
    """The lines outside blocks, with their numbers."""
    inside = False
    for number, line in enumerate((root / document).read_text("utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            yield number, line


def write_programs(root, out):
    out.mkdir(parents=True, exist_ok=True)
    wanted = {}
    for document in documents(root):
        for block in blocks(root, document):
            if block.language == "cpp" and not block.words:
                name = re.sub(r"\W+", "_", f"{document}_{block.line}") + ".cpp"
                wanted[name] = f'#line {block.line + 1} "{document}"\n{block.text}'
    for old in out.glob("*.cpp"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        path = out / name
        # A source that has not changed is not compiled again.
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
        print(path)


def without_figures(line):
    """A line without its numbers, bars and column widths."""
    line = re.sub(r"\d[\d,.]*", "#", re.sub("[\u2588-\u258f]+", "", line))
    return " ".join(line.rstrip(" !").split())


def find_lines(expected, found, key=str.rstrip):
    """The index in `found` of each expected line (None for "..."), as far as they occur in this
    order; and whether all occur and nothing is left over."""
    places, at, anywhere = [], 0, False
    for line in expected:
        if line.strip() == "...":
            anywhere = True
            places.append(None)
            continue
        while anywhere and at < len(found) and key(found[at]) != key(line):
            at += 1
        if at == len(found) or key(found[at]) != key(line):
            return places, False
        places.append(at)
        at, anywhere = at + 1, False
    return places, anywhere or at == len(found)


class Session:
    """Runs the commands of one document in one directory."""

    def __init__(self, directory, programs, any_figures=False):
        self.directory = directory
        self.any_figures = any_figures
        self.environment = {
            "PATH": ":".join([*map(os.path.abspath, programs.split(":")), "/usr/bin", "/bin"]), "HOME": directory, "LC_ALL": "C.UTF-8",
            "TZ": "UTC", **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}
        self.status = 0

    def run(self, block, line, command, expected):
        asks_status = command.strip() == "echo $?"
        if self.status != 0 and not asks_status:
            block.fail(f"the command before ended with {self.status}", line)
        ran = subprocess.run(
            ["sh", "-c", f"(exit {self.status}); {command}"], cwd=self.directory,
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=600)
        self.status = ran.returncode
        found = ran.stdout.splitlines()
        key = without_figures if self.any_figures and not asks_status else str.rstrip
        places, whole = find_lines(expected, found, key)
        if not whole:
            missing = expected[len(places)] if len(places) < len(expected) else "the end"
            block.fail(f"'{command}' does not write what stands here: no '{missing}' in\n"
                       + ran.stdout, line + 1 + len(places))
        print(f"{block.document}:{line}: $ {command}")
        return {line + 1 + i: found[at].rstrip() for i, at in enumerate(places) if at is not None}


def commands_of(block):
    """(line, command, its output); a command continues after a backslash."""
    found = []
    lines = iter(enumerate(block.lines, block.line + 1))
    for number, line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                number, line = next(lines)
                command = command[:-1] + line.removeprefix("> ")
            found.append((number, command, []))
        elif found:
            found[-1][2].append(line)
        else:
            block.fail("expected '$ COMMAND'", number)
    return found


def run_commands(root, document, programs, any_figures=False):
    """@returns the output of the commands, by line of the document"""
    written = {}
    with tempfile.TemporaryDirectory() as directory:
        session = Session(directory, programs, any_figures)
        for block in blocks(root, document):
            if block.language in ("toml", "text") and block.words:
                path = pathlib.Path(directory, block.words[0])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, "utf-8")
            elif block.language == "console":
                for line, command, expected in commands_of(block):
                    written |= session.run(block, line, command, expected)
        if session.status != 0:
            raise SystemExit(f"{document}: the last command ended with {session.status}")
    return written


def refresh(root, document, programs):
    lines = (root / document).read_text("utf-8").splitlines()
    for number, line in run_commands(root, document, programs, any_figures=True).items():
        lines[number - 1] = line
    (root / document).write_text("\n".join(lines) + "\n", "utf-8")


def check_quotation(root, block):
    if block.words[0] != "from" or len(block.words) != 2:
        block.fail("expected 'cpp' or 'cpp from PATH'")
    source = root / block.words[1]
    if not source.exists():
        block.fail(f"there is no {block.words[1]}")
    lines = source.read_text("utf-8").splitlines()
    places, whole = find_lines(["...", *block.lines, "..."], lines)
    if not whole:
        block.fail(f"{block.words[1]} has no such line here", block.line + len(places))


def check_script(root, block):
    """Words that look like paths of the project."""
    folders = "|".join(re.escape(p.name) for p in root.iterdir() if p.is_dir())
    for number, line in enumerate(block.lines, block.line + 1):
        for word in re.findall(rf"(?<![\w/.-])(?:\.ci|{folders})/[\w./-]+", line):
            if not word.startswith("build/") and not (root / word).exists():
                block.fail(f"there is no {word}", number)


UNIT_SECTIONS = {"service": ["Unit", "Service", "Install"], "timer": ["Unit", "Timer", "Install"]}


def check_unit(block):
    """Sections, and KEY=VALUE lines in them; systemd's own opinion, where it is installed."""
    name = block.words[0]
    sections = UNIT_SECTIONS.get(name.rpartition(".")[2])
    if not sections:
        block.fail("expected a name that ends in " + " or ".join("." + s for s in UNIT_SECTIONS))
    section, seen = None, {}
    for number, line in enumerate(block.lines, block.line + 1):
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = heading[1]
            if section not in sections:
                block.fail(f"no section of such a unit: {section}", number)
        elif line and not line.startswith("#"):
            pair = re.fullmatch(r"([A-Z]\w*)=(.+)", line)
            if not pair or not section:
                block.fail("expected KEY=VALUE in a section", number)
            if seen.setdefault((section, pair[1]), number) != number:
                block.fail(f"{pair[1]} a second time", number)
            if pair[1].startswith("Exec") and not pair[2].startswith("/"):
                block.fail(f"{pair[1]} needs an absolute path", number)
    if name.endswith(".service") and ("Service", "ExecStart") not in seen:
        block.fail("a service without ExecStart")
    verify = shutil.which("systemd-analyze")
    if not verify:
        return
    with tempfile.TemporaryDirectory() as directory:
        # The program is not installed here.
        unit = pathlib.Path(directory, name.replace("@.", "@x."))
        unit.write_text(re.sub(r"(?m)^(Exec\w+=)\S+", r"\1/bin/true", block.text), "utf-8")
        ran = subprocess.run([verify, "verify", "--man=no", "--recursive-errors=no", unit],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        complaints = [line for line in ran.stdout.splitlines() if unit.name in line]
        if complaints:
            block.fail("systemd-analyze: " + complaints[0])


def anchors(root, document):
    """The names of a document's headings, as GitHub makes them."""
    found = set()
    for _, line in prose(root, document):
        if heading := re.match(r"#+ (.*)", line):
            plain = re.sub(r"[^\w\- ]", "", heading[1].lower()).strip()
            found.add(plain.replace(" ", "-"))
    return found


def check_links(root, document):
    here = (root / document).parent
    for number, line in prose(root, document):
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            there = here / path if path else root / document
            if not there.exists():
                raise SystemExit(f"{document}:{number}: the link leads to {path}, which is not there")
            if anchor and anchor not in anchors(root, there.resolve().relative_to(root)):
                raise SystemExit(f"{document}:{number}: {path or document} has no heading '{anchor}'")


def check_words(root, document):
    for block in blocks(root, document):
        if block.words[:1] == ["from"] or (block.language == "cpp" and block.words):
            check_quotation(root, block)
        elif block.language == "sh":
            check_script(root, block)
        elif block.language == "ini" and block.words:
            check_unit(block)
    check_links(root, document)


def main():
    what, root, *rest = sys.argv[1:]
    root = pathlib.Path(root).resolve()
    if what == "programs":
        write_programs(root, pathlib.Path(rest[0]))
    elif what == "commands":
        run_commands(root, rest[0], rest[1])
    elif what == "refresh":
        refresh(root, rest[0], rest[1])
    elif what == "words":
        check_words(root, rest[0])
    else:
        raise SystemExit(f"expected programs, commands, refresh or words, found '{what}'")


main()
