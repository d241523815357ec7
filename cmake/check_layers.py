#!/usr/bin/env python3
"""Checks what the compiler does not: who includes whom, how long files are, what is built.

    check_layers.py [COMPILE_COMMANDS]

Given the compile_commands.json of a build, also checks that every source file is compiled. Prints one line a finding and exits with 1 if there is one. The table of layers is cmake/layers.txt;
tests (x_test.cc, x_cases.cc, x_fuzz.cc, x_bench.cc, all below tests/) may include every layer.
"""

import json
import pathlib
import posixpath
import re
import sys

MAX_FILE_LINES = 500
MAX_PUBLIC_LINES = 2500
# Files that one subject makes longer, each with the reason.
LONG_FILES = {}

SOURCE_FOLDERS = ("src", "include", "tools", "examples", "compat", "tests", "bench")
SOURCE_SUFFIXES = (".h", ".cc", ".cu")
# fmt and JSON never appear in public headers; the standard library has no slash and no suffix.
STANDARD_HEADER = re.compile(r"^[a-z0-9_]+$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Files and folders that a page names in backquotes: from the root on, or from src/ on, there also
# without the suffix; <device> is any one.
PAGES = ("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")
NAMED_PATH = re.compile(r"`((?:[\w<][\w.<>-]*/)+(?:\w[\w.-]*)?)`")
# What a build makes.
BUILT_FOLDERS = ("build",)
# x stands for a name: `src/ops/x_cases.cc`.
PLACEHOLDER = re.compile(r"x(_\w+)?\.\w+$")
TABLE_BEGIN = "<!-- layers: begin -->"
TABLE_END = "<!-- layers: end -->"


def table_lines(text):
    """The meaning of a table: its lines without comments, with single spaces."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "```"))]


def read_table(text):
    direct = {}
    for line in table_lines(text):
        layer, _, below = line.partition(":")
        direct[layer.strip()] = below.split()
    allowed = {}

    def close(layer, path):
        if layer in path:
            raise SystemExit(f"cmake/layers.txt: {' -> '.join(path + (layer,))} is a cycle")
        if layer not in direct:
            return {layer}
        if layer not in allowed:
            below = (close(other, path + (layer,)) for other in direct[layer])
            allowed[layer] = {layer}.union(*below)
        return allowed[layer]

    for layer in direct:
        close(layer, ())
    return allowed


def layer_of_source(path, layers):
    """Layer of a file, given by its path below the root; None if the table does not bind it."""
    parts = path.parts
    if parts[0] == "include":
        return "public"
    if parts[0] != "src":
        return parts[0]
    return layer_of_include("/".join(parts[1:]), layers) or parts[1]


def layer_of_include(text, layers):
    """Layer of a header as written in an #include; None if it is not ours."""
    if text.startswith("tenon/"):
        return "public/" + text.removeprefix("tenon/").removesuffix(".h")
    folders = text.split("/")[:-1]
    for depth in (2, 1):
        name = "/".join(folders[:depth])
        if len(folders) >= depth and name in layers:
            return name
    return None


def may_include(own, other, allowed):
    below = allowed.get(own, {own})
    return other in below or (other.startswith("public/") and "public" in below)


def is_test(path):
    return path.parts[0] == "tests" or path.stem.endswith(("_test", "_cases", "_fuzz", "_bench"))


def check_includes(path, lines, allowed):
    own = layer_of_source(path, allowed)
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        kind, text = match.groups()
        other = layer_of_include(text, allowed)
        where = f"{path}:{number}"
        if own == "public":
            if not STANDARD_HEADER.match(text) and not text.startswith("tenon/"):
                yield f"{where}: a public header includes {text}; only the standard library may be"
        elif ".." in text.split("/"):
            target = posixpath.normpath(path.parent / text)
            if path.parts[0] == "src" or not target.startswith(path.parts[0] + "/"):
                yield f'{where}: "{text}" leaves its folder'
        elif other is None:
            if kind == '"' and path.parts[0] == "src" and "/" not in text:
                yield f'{where}: write "{text}" from src/ on'
        elif is_test(path):
            continue
        elif not may_include(own, other, allowed):
            yield f"{where}: {own} may not include {text} (layer {other}, see cmake/layers.txt)"


def check_built(path, built):
    """Sources are listed, not globbed: one that no list names is compiled by nobody."""
    if path.as_posix() not in built and path.parts[:2] != ("tests", "consumer"):
        yield f"{path}: no CMakeLists.txt lists it"


def check_installed(root, path):
    if path.as_posix() not in (root / "cmake/TenonLibraries.cmake").read_text():
        yield f"{path}: not in a header set of cmake/TenonLibraries.cmake"


def read_built(root, database):
    files = (pathlib.Path(entry["file"]) for entry in json.loads(database.read_text()))
    return {f.relative_to(root).as_posix() for f in files if f.is_relative_to(root)}


def check_architecture(root, table):
    page = root / "ARCHITECTURE.md"
    if not page.is_file():
        yield "ARCHITECTURE.md: not there"
        return
    _, begin, rest = page.read_text().partition(TABLE_BEGIN)
    inside, end, _ = rest.partition(TABLE_END)
    if not begin or not end:
        yield f"ARCHITECTURE.md: no table between {TABLE_BEGIN} and {TABLE_END}"
    elif table_lines(inside) != table_lines(table):
        yield "ARCHITECTURE.md: its table of layers differs from cmake/layers.txt"


def is_there(root, path):
    pattern = re.sub(r"<\w+>", "*", path.as_posix())
    forms = (pattern, f"src/{pattern}", f"src/{pattern}.h", f"src/{pattern}.cc")
    return any(next(root.glob(form), None) is not None for form in forms)


def check_pages(root):
    """A page that sends its reader to a file that is not there is worse than none."""
    for page in PAGES:
        if not (root / page).is_file():
            continue
        for number, line in enumerate((root / page).read_text().splitlines(), 1):
            for named in NAMED_PATH.findall(line):
                path = pathlib.PurePosixPath(named)
                place = path.parent if PLACEHOLDER.match(path.name) else path
                if path.parts[0] not in BUILT_FOLDERS and not is_there(root, place):
                    yield f"{page}:{number}: {named} is not there"


def check(root, built=None):
    table = (root / "cmake/layers.txt").read_text()
    allowed = read_table(table)
    public_lines = 0
    total_lines = 0
    findings = []
    for folder in SOURCE_FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in SOURCE_SUFFIXES:
                continue
            path = file.relative_to(root)
            lines = file.read_text().splitlines()
            total_lines += len(lines)
            if path.parts[0] == "include":
                public_lines += len(lines)
            if len(lines) > MAX_FILE_LINES and path.as_posix() not in LONG_FILES:
                findings.append(f"{path}: {len(lines)} lines, at most {MAX_FILE_LINES}: split it")
            findings.extend(check_includes(path, lines, allowed))
            if path.parts[0] == "include":
                findings.extend(check_installed(root, path))
            elif file.suffix == ".cc" and built is not None:
                findings.extend(check_built(path, built))
    if public_lines > MAX_PUBLIC_LINES:
        findings.append(f"include/tenon: {public_lines} lines, at most {MAX_PUBLIC_LINES}")
    findings.extend(check_architecture(root, table))
    findings.extend(check_pages(root))
    return findings, public_lines, total_lines


def main(arguments):
    root = pathlib.Path(__file__).resolve().parent.parent
    built = read_built(root, pathlib.Path(arguments[0])) if arguments else None
    findings, public_lines, total_lines = check(root, built)
    for finding in findings:
        print(finding)
    print(f"{total_lines} lines, {public_lines} of them in public headers; {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
