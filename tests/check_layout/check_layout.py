#!/usr/bin/python3
"""Checks that the house stands: floors, includes, headers, file lengths. Prints every violation as file:line: what.

usage: check_layout.py REPOSITORY
Exit code 0: none; 1: at least one; 2: bad usage. The rules themselves are data, in rules.py.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from rules import MACRO_INCLUDES, Library, Rules

SOURCE_ROOTS = ("app", "compute", "tests")
# Text that people write by hand here; the assets come from elsewhere.
TEXT_ROOTS = ("app", "cmake", "compute", "shaders", "tests", "tools", ".ci")
TEXT_SUFFIXES = {".h", ".cpp", ".cu", ".cmake", ".py", ".sh", ".glsl", ".vert", ".frag", ""}
TEXT_NAMES = {"CMakeLists.txt"}

INCLUDE = re.compile(r"^\s*#\s*include\b\s*(?P<what>.*)$")
QUOTED = re.compile(r'^"(?P<path>[^"]+)"')
BRACKETED = re.compile(r"^<(?P<path>[^>]+)>")


@dataclass(frozen=True, order=True)
class Violation:
    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Include:
    line: int
    path: str
    quoted: bool


@dataclass(frozen=True)
class SourceFile:
    path: str  # from the repository's root, with slashes
    lines: tuple[str, ...]
    includes: tuple[Include, ...]
    unreadable_includes: tuple[int, ...]  # lines where neither "..." nor <...> follows

    @property
    def folder(self) -> str:
        """The folder of the house it lives in: "app", or the first two parts of its path."""
        parts = self.path.split("/")
        return parts[0] if len(parts) == 2 else "/".join(parts[:2])

    @property
    def is_header(self) -> bool:
        return self.path.endswith(".h")

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")


def parse_source(path: str, text: str) -> SourceFile:
    lines = tuple(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"))
    includes, unreadable = [], []
    for number, line in enumerate(lines, start=1):
        directive = INCLUDE.match(line)
        if not directive:
            continue
        quoted, bracketed = QUOTED.match(directive["what"]), BRACKETED.match(directive["what"])
        if quoted or bracketed:
            includes.append(Include(number, (quoted or bracketed)["path"], bool(quoted)))
        elif not directive["what"].startswith(tuple(MACRO_INCLUDES)):
            unreadable.append(number)
    return SourceFile(path, lines, tuple(includes), tuple(unreadable))


def read_sources(root: Path) -> dict[str, SourceFile]:
    files = {}
    for top in SOURCE_ROOTS:
        for file in sorted((root / top).rglob("*")):
            if file.suffix in (".h", ".cpp", ".inc") and file.is_file():
                path = file.relative_to(root).as_posix()
                files[path] = parse_source(path, file.read_text(encoding="utf-8", errors="replace"))
    return files


def check_folder(file: SourceFile, rules: Rules):
    if not file.is_test and file.folder not in rules.floors:
        yield 1, f"the folder '{file.folder}' has no floor; give it one in tests/check_layout/rules.py"


def check_include_spelling(file: SourceFile, sources: dict[str, SourceFile]):
    for line in file.unreadable_includes:
        yield line, 'an include names its file: "compute/base/error.h" or <vector>'
    for include in file.includes:
        of_project = include.path.split("/")[0] in SOURCE_ROOTS
        if include.quoted and not of_project:
            yield include.line, (
                f'"{include.path}" is no path from the root of the repository; '
                'write "compute/base/error.h" for own files and <imgui.h> for libraries'
            )
        elif include.quoted and include.path not in sources:
            yield include.line, f'"{include.path}" does not exist'
        elif not include.quoted and of_project:
            yield include.line, f'own files are included as "{include.path}", with quotes'


def check_floors(file: SourceFile, sources: dict[str, SourceFile], rules: Rules):
    here = rules.floors.get(file.folder)
    if here is None:
        return
    for include in file.includes:
        if not include.quoted:
            continue
        if include.path.startswith("tests/"):
            yield include.line, f'"{include.path}" is for tests; nothing under app or compute includes it'
            continue
        if include.path not in sources:
            continue
        target = sources[include.path].folder
        there = rules.floors.get(target)
        if target == file.folder or there is None:
            continue
        if there > here:
            yield include.line, f"{file.folder} (floor {here}) includes {target}, which is higher (floor {there})"
        elif there == here:
            yield include.line, f"{file.folder} includes {target}, its sibling on floor {here}"
        elif reason := rules.kept_apart.get((file.folder, target)):
            yield include.line, f"{file.folder} must not include {target}: {reason}"


def open_to_app(sources: dict[str, SourceFile]) -> set[str]:
    """compute/session/*.h and what those include, and so on."""
    reached = set()
    waiting = [path for path in sources if re.fullmatch(r"compute/session/[^/]+\.h", path)]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        waiting += [i.path for i in sources[path].includes if i.quoted and i.path in sources]
    return reached


def check_app(file: SourceFile, open_headers: set[str], rules: Rules):
    if not file.path.startswith("app/"):
        return
    for include in file.includes:
        if not include.quoted:
            continue
        if file.folder == "app/cli":
            if include.path.startswith("app/") and not include.path.startswith("app/cli/"):
                yield include.line, f'app/cli works without a window: compute only, not "{include.path}"'
        elif include.path.startswith("app/cli/"):
            yield include.line, f'"{include.path}" belongs to warpscope-cli alone'
        elif include.path.startswith("compute/") and include.path not in open_headers:
            if not any(include.path.startswith(also) for also in rules.app_may_also_include):
                yield include.line, f'"{include.path}" is neither in compute/session nor included by a header there'


def is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.startswith(folder + "/") for folder in folders)


def check_libraries(file: SourceFile, libraries: tuple[Library, ...]):
    for include in file.includes:
        for library in libraries:
            if not include.path.startswith(library.headers) or include.path.split("/")[0] in SOURCE_ROOTS:
                continue
            if is_below(file.path, library.kept_out_of) and not is_below(file.path, library.except_in):
                yield include.line, f"{file.folder} knows nothing of {library.name}: <{include.path}> has no place here"


def check_length(file: SourceFile, rules: Rules):
    count = len(file.lines)
    if count >= rules.line_limit and file.path not in rules.long_files:
        yield rules.line_limit, f"{count} lines; files stay under {rules.line_limit} (a longer one is usually two ideas)"


def check_header_opening(file: SourceFile, rules: Rules):
    if not file.is_header:
        return
    opening = []
    for line in file.lines:
        if not line.startswith("//"):
            break
        opening.append(line)
    # "// scene/theme.h: ..." may leave out app/ or compute/; what serves one test only need not name itself.
    names = (file.path, file.path.partition("/")[2])
    beginnings = ("// ",) if file.is_test else tuple(f"// {name}: " for name in names)
    if not opening or not opening[0].startswith(beginnings):
        yield 1, f'a header opens with what it is for: "// {names[1]}: ..."'
    floor = rules.floors.get(file.folder)
    if not file.is_test and floor is not None and not re.search(rf"\b[Ff]loor {floor}\b", "\n".join(opening)):
        yield 1, f'the comment at the top of a header states its floor: "Floor {floor}."'
    if "#pragma once" not in file.lines:
        yield 1, "a header has #pragma once"


def check_text(path: str, text: str):
    for number, line in enumerate(text.split("\n"), start=1):
        if "\t" in line:
            yield number, "a tab; indent with spaces"
        if line != line.rstrip():
            yield number, "blanks at the end of the line"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "the last line has no end"


def find_text_violations(root: Path) -> list[Violation]:
    found = []
    for top in TEXT_ROOTS:
        for file in sorted((root / top).rglob("*")):
            if not file.is_file() or (file.suffix not in TEXT_SUFFIXES and file.name not in TEXT_NAMES):
                continue
            path = file.relative_to(root).as_posix()
            # Without a suffix only scripts are text here: a corpus of a fuzz target has no suffix either.
            if file.suffix == "" and top not in ("tools", ".ci"):
                continue
            text = file.read_bytes().decode("utf-8", errors="replace")
            found += [Violation(path, line, what) for line, what in check_text(path, text)]
    return found


def find_stale_exceptions(sources: dict[str, SourceFile], rules: Rules) -> list[Violation]:
    """An exception that nothing needs any more would hide the next violation."""
    found = []
    for path in rules.long_files:
        if path not in sources or len(sources[path].lines) < rules.line_limit:
            found.append(Violation(path, 1, f"listed as longer than {rules.line_limit} lines, and is not (rules.py)"))
    return found


def find_violations(root: Path, rules: Rules) -> list[Violation]:
    sources = read_sources(root)
    open_headers = open_to_app(sources)
    found = find_text_violations(root) + find_stale_exceptions(sources, rules)
    for file in sources.values():
        checks = (
            check_folder(file, rules),
            check_include_spelling(file, sources),
            check_floors(file, sources, rules),
            check_app(file, open_headers, rules),
            check_libraries(file, rules.libraries),
            check_length(file, rules),
            check_header_opening(file, rules),
        )
        found += [Violation(file.path, line, what) for check in checks for line, what in check]
    return sorted(found)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not (Path(arguments[0]) / "compute").is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    violations = find_violations(Path(arguments[0]), Rules())
    for violation in violations:
        print(violation)
    print(f"{len(violations)} violation{'' if len(violations) == 1 else 's'}" if violations else "The house stands.")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
