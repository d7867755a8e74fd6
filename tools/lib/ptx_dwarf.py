"""Changes strings in the DWARF of a PTX text, and moves everything that refers to what lies behind them.

nvcc -G writes DWARF 2 as numbers: `.section .debug_info { .b32 376 .b8 2,0 .b32 .debug_abbrev ... }`. The compilation
unit, its first entry, names the file and the folder it was compiled in. A string of another length moves all entries
behind it, and entries refer to each other by their distance from the unit's beginning.
"""

import re
from dataclasses import dataclass

# DWARF 2, sections 7.5.3 (tags) and 7.5.4 (attributes, forms).
TAG_COMPILE_UNIT = 0x11
UNIT_STRINGS = {"name": 0x03, "folder": 0x1B}  # DW_AT_name, DW_AT_comp_dir
ADDR, DATA2, DATA4, DATA8, STRING, BLOCK1, DATA1, FLAG, SDATA, STRP, UDATA, REF4 = (
    0x01, 0x05, 0x06, 0x07, 0x08, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x13,
)  # fmt: skip
FIXED_SIZES = {ADDR: 8, DATA1: 1, DATA2: 2, DATA4: 4, DATA8: 8, FLAG: 1, STRP: 4, REF4: 4}
UNIT_HEADER_BYTES = 11

SECTION = re.compile(r"\.section\s+(\.debug_\w+)\s*\{(.*?)\}", re.DOTALL)
NUMBERS = re.compile(r"\.b(8|16|32|64)\s+([^\n]*)")


@dataclass
class Number:
    """One number of a section: how many bytes, and its text: a number or a symbol."""

    size: int
    text: str

    def bytes(self) -> list[int | None]:
        if not re.fullmatch(r"-?\d+", self.text):
            return [None] * self.size
        return list((int(self.text) % (1 << (8 * self.size))).to_bytes(self.size, "little"))


def read_numbers(body: str) -> list[Number]:
    return [
        Number(int(line[1]) // 8, text.strip()) for line in NUMBERS.finditer(body) for text in line[2].split(",")
    ]


def write_numbers(numbers: list[Number]) -> str:
    """As nvcc does: a line for each number, but strings of bytes stand on one line each."""
    lines, run = [], []

    def end_run():
        if run:
            lines.append(f".b8 {','.join(run)}")
            run.clear()

    for number in numbers:
        if number.size == 1 and number.text != "0":
            run.append(number.text)
            continue
        end_run()
        lines.append(f".b{8 * number.size} {number.text}")
    end_run()
    return "\n" + "".join(f"{line}\n" for line in lines) + "\t"


def text_of_sections(text: str) -> str:
    """The bytes of all debug sections as characters, to search in."""
    everything = (byte for section in SECTION.finditer(text) for n in read_numbers(section[2]) for byte in n.bytes())
    return "".join(chr(byte) if byte and 32 <= byte < 127 else "\n" for byte in everything)


class Bytes:
    """Reads numbers of a section one after the other, byte by byte."""

    def __init__(self, numbers: list[Number]):
        self.bytes = [byte for number in numbers for byte in number.bytes()]
        self.at = 0

    def take(self, count: int) -> list[int | None]:
        taken = self.bytes[self.at : self.at + count]
        if len(taken) < count:
            raise ValueError("a debug section ends in the middle of an entry")
        self.at += count
        return taken

    def byte(self) -> int:
        (byte,) = self.take(1)
        if byte is None:
            raise ValueError("a debug section has a symbol where a number belongs")
        return byte

    def uleb(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def string_bytes(self) -> int:
        """Skips a string; its length with the zero."""
        start = self.at
        while self.byte() != 0:
            pass
        return self.at - start


def read_abbreviations(numbers: list[Number]) -> dict[int, tuple[int, list[tuple[int, int]]]]:
    """code -> (tag, [(attribute, form)])"""
    data, table = Bytes(numbers), {}
    while code := data.uleb():
        tag, _has_children, attributes = data.uleb(), data.byte(), []
        while (attribute := (data.uleb(), data.uleb())) != (0, 0):
            attributes.append(attribute)
        table[code] = (tag, attributes)
    return table


def skip_value(data: Bytes, form: int):
    if form == STRING:
        data.string_bytes()
    elif form in (SDATA, UDATA):
        data.uleb()
    elif form == BLOCK1:
        data.take(data.byte())
    elif form in FIXED_SIZES:
        data.take(FIXED_SIZES[form])
    else:
        raise ValueError(f".debug_info uses form 0x{form:x}, which tools/lib/ptx_dwarf.py does not know")


def walk(info: list[Number], abbreviations: dict):
    """(tag, attribute, form, offset, bytes) of every attribute of the unit."""
    data = Bytes(info)
    data.take(UNIT_HEADER_BYTES)
    while data.at < len(data.bytes):
        code = data.uleb()
        if code == 0:
            continue  # the end of a list of children
        tag, attributes = abbreviations[code]
        for attribute, form in attributes:
            start = data.at
            skip_value(data, form)
            yield tag, attribute, form, start, data.at - start


def find_sections(text: str) -> dict[str, re.Match]:
    sections = {section[1]: section for section in SECTION.finditer(text)}
    if unknown := set(sections) - {".debug_info", ".debug_abbrev", ".debug_loc", ".debug_str", ".debug_macinfo"}:
        raise ValueError(f"{', '.join(sorted(unknown))}: tools/lib/ptx_dwarf.py does not know whether they refer to .debug_info")
    return sections


def rewrite_unit_strings(text: str, strings: dict[str, str]) -> str:
    """The PTX text with other strings in its compilation unit: "name" of the file, "folder" it was compiled in.

    Text without .debug_info comes back as it is.
    """
    sections = find_sections(text)
    if ".debug_info" not in sections:
        return text
    section = sections[".debug_info"]
    info = read_numbers(section[2])
    attributes = list(walk(info, read_abbreviations(read_numbers(sections[".debug_abbrev"][2]))))

    index_at, offset = {}, 0
    for index, number in enumerate(info):
        index_at[offset] = index
        offset += number.size

    replaced = []  # (offset, bytes before, new bytes)
    for name, value in strings.items():
        found = [a for a in attributes if a[0] == TAG_COMPILE_UNIT and a[1] == UNIT_STRINGS[name] and a[2] == STRING]
        if len(found) != 1:
            raise ValueError(f"the compilation unit has {len(found)} strings for its {name}, not 1")
        replaced.append((found[0][3], found[0][4], [*value.encode(), 0]))

    def moved(offset: int) -> int:
        return offset + sum(len(new) - before for start, before, new in replaced if start < offset)

    for _tag, _attribute, form, start, _size in attributes:
        if form == REF4:
            reference = info[index_at[start]]
            reference.text = str(moved(int(reference.text)))
    info[0].text = str(moved(int(info[0].text) + 4) - 4)  # the length of the unit does not count itself
    for start, before, new in sorted(replaced, reverse=True):
        first = index_at[start]
        info[first : first + before] = [Number(1, str(byte)) for byte in new]
    return text[: section.start(2)] + write_numbers(info) + text[section.end(2) :]
