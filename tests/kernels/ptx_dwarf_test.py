#!/usr/bin/python3
"""Proves that tools/ptx changes the names in DWARF without breaking what refers to the bytes behind them."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/lib"))
from ptx_dwarf import read_numbers, rewrite_unit_strings, text_of_sections  # noqa: E402

# A unit with one variable of type int. Its entries begin at 11 (unit), 30 (variable) and 38 (type).
PTX = """.version 9.0
\t.section\t.debug_abbrev
\t{
.b8 1,17,1,3,8,27,8,17,1
.b8 0,0
.b8 2,52,0,3,8,73,19
.b8 0,0
.b8 3,36,0,3,8,11,11
.b8 0,0
.b8 0
\t}
\t.section\t.debug_info
\t{
.b32 41
.b8 2
.b8 0
.b32 .debug_abbrev
.b8 8
.b8 1
.b8 97,46,99,117
.b8 0
.b8 47,116,109,112
.b8 0
.b64 $L__func_begin0
.b8 2
.b8 120,120
.b8 0
.b32 38
.b8 3
.b8 105,110,116
.b8 0
.b8 4
.b8 0
\t}
\t.section\t.debug_macinfo
\t{
.b8 0

\t}
"""


def info_bytes(text: str) -> list:
    body = text.split(".debug_info\n")[1].split("}")[0]
    return [byte for number in read_numbers(body) for byte in number.bytes()]


class PtxDwarfTest(unittest.TestCase):
    def test_a_shorter_folder_moves_the_reference_and_the_length(self):
        changed = info_bytes(rewrite_unit_strings(PTX, {"name": "a.cu", "folder": "."}))
        self.assertEqual(bytes(changed[12:19]), b"a.cu\0.\0")
        self.assertEqual(changed[0], 41 - 3)
        self.assertEqual(changed[0], len(changed) - 4)
        # The variable's type: an offset at which the entry of the type still begins.
        reference = changed.index(ord("x")) + 3
        self.assertEqual(changed[reference], 38 - 3)
        self.assertEqual(changed[changed[reference] : changed[reference] + 5], [3, *b"int\0"])

    def test_a_longer_name_moves_them_the_other_way(self):
        changed = info_bytes(rewrite_unit_strings(PTX, {"name": "compute/kernels/a.cu", "folder": "/tmp"}))
        self.assertEqual(bytes(changed[12:38]), b"compute/kernels/a.cu\0/tmp\0")
        self.assertEqual(changed[0], 41 + 16)
        reference = changed.index(ord("x")) + 3
        self.assertEqual(changed[changed[reference] : changed[reference] + 5], [3, *b"int\0"])

    def test_the_same_strings_change_no_byte(self):
        self.assertEqual(info_bytes(rewrite_unit_strings(PTX, {"name": "a.cu", "folder": "/tmp"})), info_bytes(PTX))

    def test_what_stands_around_stays(self):
        changed = rewrite_unit_strings(PTX, {"folder": "."})
        self.assertTrue(changed.startswith(PTX.split(".debug_info")[0]))
        self.assertTrue(changed.endswith(PTX.split(".debug_macinfo")[1]))

    def test_text_without_debug_information_comes_back(self):
        self.assertEqual(rewrite_unit_strings(".version 6.3\n", {"folder": "."}), ".version 6.3\n")

    def test_names_are_found_in_the_bytes(self):
        self.assertIn("/tmp", text_of_sections(PTX))
        self.assertNotIn("/tmp", text_of_sections(rewrite_unit_strings(PTX, {"folder": "."})))

    def test_a_section_that_may_refer_to_offsets_is_refused(self):
        with self.assertRaises(ValueError):
            rewrite_unit_strings(PTX.replace(".debug_macinfo", ".debug_pubnames"), {"folder": "."})


if __name__ == "__main__":
    unittest.main()
