#!/usr/bin/python3
"""Proves that check_readme notices a wrong table of keys and a dead link, and that --write mends the table."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

from check_readme import BEGIN, END, KEYS_FILE, main

KEYS = """
    KeyBinding{KeyId::kPlayPause, key::kSpace, false, false, "Space", "Start or pause", kLearn},
    KeyBinding{KeyId::kHelp, key::function(1), false, false, "F1", "The keys", kEverywhere},
    KeyBinding{KeyId::kHelpMark, '?', false, false, "?", "The keys",
               kEverywhere},
"""
TABLE = "| key | does | where |\n|---|---|---|\n| `Space` | Start or pause | Learn |\n| `F1` or `?` | The keys | Everywhere |"


class ReadmeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write(KEYS_FILE, KEYS)
        self.write("CONTRIBUTING.md", "[home](README.md)\n")

    def write(self, path: str, text: str):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def write_readme(self, table: str, more: str = ""):
        self.write("README.md", f"# A\n\n{BEGIN}\n{table}\n{END}\n{more}")

    def check(self, *options: str) -> tuple[int, str]:
        """The exit code and what was printed."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            return main([str(self.root), *options]), out.getvalue()

    def test_the_table_of_the_app_is_accepted(self):
        self.write_readme(TABLE)
        self.assertEqual(self.check(), (0, ""))

    def test_a_missing_key_and_an_invented_one_are_found(self):
        self.write_readme(TABLE.replace("`Space`", "`P`"))
        code, out = self.check()
        self.assertEqual(code, 1)
        self.assertIn("README.md:3: the table of keys lacks: | `Space` | Start or pause | Learn |", out)
        self.assertIn(f"README.md:3: no such key in {KEYS_FILE}: | `P` | Start or pause | Learn |", out)

    def test_another_order_is_found(self):
        rows = TABLE.split("\n")
        self.write_readme("\n".join([*rows[:2], rows[3], rows[2]]))
        code, out = self.check()
        self.assertEqual(code, 1)
        self.assertIn("another order", out)

    def test_write_renews_the_table_and_leaves_the_rest(self):
        self.write_readme("old", more="more\n")
        self.assertEqual(self.check("--write"), (0, ""))
        self.assertEqual((self.root / "README.md").read_text(), f"# A\n\n{BEGIN}\n{TABLE}\n{END}\nmore\n")
        self.assertEqual(self.check(), (0, ""))

    def test_a_readme_without_markers_is_found(self):
        self.write("README.md", TABLE)
        self.assertEqual(self.check()[0], 1)

    def test_a_binding_that_cannot_be_read_is_no_reason_for_silence(self):
        self.write_readme(TABLE)
        self.write(KEYS_FILE, KEYS + "KeyBinding{KeyId::kOther, 'O', false, false, kKeys, kDoes, kLearn},\n")
        with self.assertRaises(ValueError):
            self.check()

    def test_a_dead_link_is_found_and_links_elsewhere_are_left_alone(self):
        self.write_readme(TABLE, more="[a](https://example.org/a) [b](CONTRIBUTING.md#part) [c](#part)\n![d](docs/gone.png)\n")
        self.assertEqual(self.check(), (1, "README.md:10: 'docs/gone.png' does not exist\n"))

    def test_bad_usage(self):
        self.assertEqual(self.check("--wrong")[0], 2)


if __name__ == "__main__":
    unittest.main()
