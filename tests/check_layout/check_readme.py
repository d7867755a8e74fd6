#!/usr/bin/python3
"""Checks that README.md lists the keys the app has, and that no link in README.md or CONTRIBUTING.md leads nowhere.

usage: check_readme.py REPOSITORY [--write]
--write renews the table of keys between its two markers. Exit code 0: all is well; 1: it is not; 2: bad usage.
"""

import re
import sys
from pathlib import Path

KEYS_FILE = "app/panels/keys.cpp"
BEGIN, END = "<!-- keys: begin -->", "<!-- keys: end -->"
# KeyBinding{id, code, control, shift, "Ctrl+Z", "Undo a stroke", kLearn}
BINDING = re.compile(r'KeyBinding\{KeyId::k\w+,[^"{}]*"(?P<keys>[^"]+)",\s*"(?P<does>[^"]+)",\s*k(?P<where>\w+)\}')
LINK = re.compile(r"\]\((?P<target>[^)#\s]+)[^)]*\)")


def read_bindings(source: str) -> list[tuple[str, str, str]]:
    """(where, keys, what they do), in the order of the table. Keys that do the same share a line."""
    found = [(m["where"], m["keys"], m["does"]) for m in BINDING.finditer(source)]
    if len(found) != len(re.findall(r"KeyBinding\{KeyId::", source)) or not found:
        raise ValueError(f"{KEYS_FILE} is written in a way this check cannot read; mend its pattern BINDING")
    merged: dict[tuple[str, str], list[str]] = {}
    for where, keys, does in found:
        merged.setdefault((where, does), []).append(keys)
    return [(where, " or ".join(f"`{key}`" for key in keys), does) for (where, does), keys in merged.items()]


def key_table(bindings: list[tuple[str, str, str]]) -> str:
    rows = ["| key | does | where |", "|---|---|---|"]
    rows += [f"| {keys} | {does} | {where} |" for where, keys, does in bindings]
    return "\n".join(rows)


def find_dead_links(root: Path, document: str) -> list[str]:
    found = []
    for number, line in enumerate((root / document).read_text(encoding="utf-8").split("\n"), start=1):
        for link in LINK.finditer(line):
            target = link["target"]
            if "://" not in target and not target.startswith("mailto:") and not (root / target).exists():
                found.append(f"{document}:{number}: '{target}' does not exist")
    return found


def check_keys(readme: Path, table: str, write: bool) -> list[str]:
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    present, end, after = rest.partition(END)
    if not begin or not end:
        return [f"README.md:1: the table of keys is missing between '{BEGIN}' and '{END}'"]
    if present.strip() == table:
        return []
    if write:
        readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
        return []
    line = before.count("\n") + 1
    rows, wanted = present.strip().split("\n"), table.split("\n")
    found = [f"README.md:{line}: the table of keys lacks: {row}" for row in wanted if row not in rows]
    found += [f"README.md:{line}: no such key in {KEYS_FILE}: {row}" for row in rows if row not in wanted]
    found = found or [f"README.md:{line}: the table of keys is in another order than {KEYS_FILE}"]
    return found + ["tests/check_layout/check_readme.py . --write renews the table"]


def main(arguments: list[str]) -> int:
    write = arguments[1:] == ["--write"]
    if not arguments or (len(arguments) != 1 and not write) or not (Path(arguments[0]) / KEYS_FILE).is_file():
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(arguments[0])
    table = key_table(read_bindings((root / KEYS_FILE).read_text(encoding="utf-8")))
    found = check_keys(root / "README.md", table, write)
    for document in ("README.md", "CONTRIBUTING.md"):
        found += find_dead_links(root, document)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
