#!/usr/bin/python3
"""Proves that check_layout finds every kind of violation: each test builds a small house with one thing wrong."""

import contextlib
import tempfile
import unittest
from pathlib import Path

from check_layout import find_violations, main
from rules import LIBRARIES, Rules


def header(path: str, floor: int, body: str = "") -> str:
    return f"// {path.partition('/')[2]}: for this test. Floor {floor}.\n#pragma once\n{body}"


# A house in which nothing is wrong.
SOUND = {
    "compute/base/error.h": header("compute/base/error.h", 0, "#include <string>\n"),
    "compute/base/error.cpp": '#include "compute/base/error.h"\n',
    "compute/gpu/occupancy.h": header("compute/gpu/occupancy.h", 1),
    "compute/drawings/drawing.h": header("compute/drawings/drawing.h", 1, '#include "compute/base/error.h"\n'),
    "compute/drawings/prepare.h": header("compute/drawings/prepare.h", 1, '#include "compute/drawings/drawing.h"\n'),
    "compute/store/store.h": header("compute/store/store.h", 2, '#include "compute/drawings/drawing.h"\n'),
    "compute/cuda/driver.cpp": "#include <cuda.h>\n",
    "compute/training/trainer.h": header("compute/training/trainer.h", 4, '#include "compute/drawings/drawing.h"\n'),
    "compute/training/plan.h": header("compute/training/plan.h", 4),
    "compute/session/view.h": header("compute/session/view.h", 5, '#include "compute/training/trainer.h"\n'),
    "app/scene/theme.h": header("app/scene/theme.h", 6),
    "app/gl/texture.cpp": '#include <glad/gl.h>\n#include "compute/session/view.h"\n',
    "app/panels/panel.cpp": '#include <imgui.h>\n#include "app/scene/theme.h"\n#include "compute/training/trainer.h"\n',
    "app/main.cpp": '#include <GLFW/glfw3.h>\n#include "app/scene/theme.h"\n#include "compute/session/view.h"\n',
    "app/cli/cli.h": header("app/cli/cli.h", 7),
    "app/cli/train.cpp": '#include "app/cli/cli.h"\n#include "compute/store/store.h"\n#include "compute/training/plan.h"\n',
    "tests/gui/helper.h": "// gui/helper.h: for this test.\n#pragma once\n",
    "tests/gui/gui_test.cpp": '#include "compute/training/plan.h"\n#include "tests/gui/helper.h"\n',
    "tests/CMakeLists.txt": "add_subdirectory(gui)\n",
    "tools/run": "#!/usr/bin/env bash\n",
}

RULES = Rules(app_may_also_include={"compute/drawings/prepare.h": "for this test"}, long_files={})


class HouseTest(unittest.TestCase):
    def violations(self, changes: dict[str, str], rules: Rules = RULES) -> list[str]:
        """What is found in the sound house after `changes` (path -> new text), as "file:line: what"."""
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**SOUND, **changes}.items():
                file = Path(folder) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text.encode())
            return [str(violation) for violation in find_violations(Path(folder), rules)]

    def assert_found(self, changes: dict[str, str], *expected: str, rules: Rules = RULES):
        """Exactly these violations: each string is the beginning of one, "file:line: ...", in order."""
        found = self.violations(changes, rules)
        matches = len(found) == len(expected) and all(f.startswith(e) for f, e in zip(found, expected))
        self.assertTrue(matches, f"expected {expected}, found {found}")

    def test_a_sound_house_has_no_violation(self):
        self.assertEqual(self.violations({}), [])

    # Floors.

    def test_a_higher_floor_is_not_included(self):
        self.assert_found(
            {"compute/base/up.cpp": '#include <vector>\n#include "compute/training/plan.h"\n'},
            "compute/base/up.cpp:2: compute/base (floor 0) includes compute/training, which is higher (floor 4)",
        )

    def test_a_sibling_on_the_same_floor_is_not_included(self):
        self.assert_found(
            {"compute/drawings/side.cpp": '#include "compute/gpu/occupancy.h"\n'},
            "compute/drawings/side.cpp:1: compute/drawings includes compute/gpu, its sibling on floor 1",
        )

    def test_gl_and_scene_are_siblings(self):
        self.assert_found({"app/gl/side.cpp": '#include "app/scene/theme.h"\n'}, "app/gl/side.cpp:1: app/gl includes app/scene")

    def test_compute_does_not_include_the_app(self):
        self.assert_found({"compute/session/up.cpp": '#include "app/scene/theme.h"\n'}, "compute/session/up.cpp:1: ")

    def test_training_does_not_include_the_store(self):
        self.assert_found(
            {"compute/training/keep.cpp": '#include "compute/store/store.h"\n'},
            "compute/training/keep.cpp:1: compute/training must not include compute/store",
        )

    def test_the_product_does_not_include_tests(self):
        self.assert_found({"app/gl/testing.cpp": '#include "tests/gui/helper.h"\n'}, "app/gl/testing.cpp:1: ")

    def test_a_new_folder_needs_a_floor(self):
        self.assert_found({"compute/extra/new.cpp": "\n"}, "compute/extra/new.cpp:1: the folder 'compute/extra' has no floor")
        self.assert_found({"compute/new.cpp": "\n"}, "compute/new.cpp:1: the folder 'compute' has no floor")

    def test_a_folder_inside_a_folder_is_on_its_floor(self):
        self.assert_found(
            {"compute/store/sql/up.cpp": '#include "compute/training/plan.h"\n'},
            "compute/store/sql/up.cpp:1: compute/store (floor 2) includes compute/training",
        )

    # What the app sees of compute.

    def test_the_app_includes_only_what_session_headers_include(self):
        self.assert_found(
            {"app/panels/deep.cpp": '#include "compute/training/trainer.h"\n#include "compute/training/plan.h"\n'},
            'app/panels/deep.cpp:2: "compute/training/plan.h" is neither in compute/session',
        )

    def test_what_a_session_source_includes_is_not_open_to_the_app(self):
        self.assert_found(
            {
                "compute/session/worker.cpp": '#include "compute/training/plan.h"\n',
                "app/deep.cpp": '#include "compute/training/plan.h"\n',
            },
            'app/deep.cpp:1: "compute/training/plan.h"',
        )

    def test_what_is_listed_is_open_to_the_app_as_well(self):
        self.assertEqual(self.violations({"app/panels/pad.cpp": '#include "compute/drawings/prepare.h"\n'}), [])

    def test_the_cli_works_without_the_window(self):
        self.assert_found({"app/cli/gui.cpp": '#include "app/scene/theme.h"\n'}, "app/cli/gui.cpp:1: app/cli works without a window")

    def test_the_window_does_not_include_the_cli(self):
        self.assert_found({"app/window.cpp": '#include "app/cli/cli.h"\n'}, "app/window.cpp:1: ")

    # Libraries.

    def test_compute_knows_no_gui_library(self):
        for name in ("imgui.h", "imgui_internal.h", "GLFW/glfw3.h", "GL/gl.h", "glad/gl.h", "GLES3/gl3.h", "EGL/egl.h"):
            with self.subTest(name):
                self.assert_found(
                    {"compute/session/gui.cpp": f"\n  #  include   <{name}>\n"}, "compute/session/gui.cpp:2: compute/session knows nothing of"
                )

    def test_scene_is_free_of_imgui_and_opengl(self):
        for name in ("imgui.h", "GLFW/glfw3.h", "GL/gl.h"):
            with self.subTest(name):
                self.assert_found({"app/scene/plot.cpp": f"#include <{name}>\n"}, "app/scene/plot.cpp:1: app/scene knows nothing of")

    def test_panels_need_no_window(self):
        for name in ("GLFW/glfw3.h", "glad/gl.h"):
            with self.subTest(name):
                self.assert_found({"app/panels/plot.cpp": f"#include <{name}>\n"}, "app/panels/plot.cpp:1: ")

    def test_cuda_headers_live_in_one_folder(self):
        for name in ("cuda.h", "cuda_runtime.h", "cuda_gl_interop.h", "nvrtc.h", "cublas_v2.h", "cudnn.h"):
            for place in ("compute/device/a.cpp", "app/gl/a.cpp", "app/a.cpp"):
                with self.subTest(f"{name} in {place}"):
                    self.assert_found({place: f"#include <{name}>\n"}, f"{place}:1: ")

    def test_every_library_rule_is_tried_above(self):
        self.assertEqual([library.name for library in LIBRARIES], ["ImGui", "GLFW", "OpenGL", "CUDA"])

    # How includes are written.

    def test_own_files_are_included_by_their_full_path(self):
        self.assert_found({"compute/base/a.cpp": '#include "error.h"\n'}, 'compute/base/a.cpp:1: "error.h" is no path from the root')
        self.assert_found({"compute/base/a.cpp": '#include "base/error.h"\n'}, 'compute/base/a.cpp:1: "base/error.h" is no path')
        self.assert_found({"compute/base/a.cpp": '#include "../base/error.h"\n'}, "compute/base/a.cpp:1: ")

    def test_own_files_are_included_with_quotes(self):
        self.assert_found({"compute/base/a.cpp": "#include <compute/base/error.h>\n"}, "compute/base/a.cpp:1: own files")

    def test_included_files_exist(self):
        self.assert_found({"tests/gui/a.cpp": '#include "compute/base/gone.h"\n'}, 'tests/gui/a.cpp:1: "compute/base/gone.h" does not exist')

    def test_an_include_names_its_file(self):
        self.assert_found({"compute/base/a.cpp": "#include NAME\n"}, "compute/base/a.cpp:1: an include names its file")
        self.assertEqual(self.violations({"app/panels/fonts.cpp": "#include FT_FREETYPE_H\n"}), [])

    # Files.

    def test_a_file_stays_under_the_limit(self):
        self.assertEqual(self.violations({"compute/base/long.cpp": "\n" * 499}), [])
        self.assert_found({"compute/base/long.cpp": "\n" * 500}, "compute/base/long.cpp:500: 500 lines")

    def test_a_listed_file_may_be_longer_but_only_while_it_is(self):
        listed = Rules(app_may_also_include={}, long_files={"compute/base/table.cpp": "a table"})
        self.assert_found({"compute/base/table.cpp": "\n" * 700}, rules=listed)
        self.assert_found({"compute/base/table.cpp": "\n"}, "compute/base/table.cpp:1: listed as longer", rules=listed)
        self.assert_found({}, "compute/base/table.cpp:1: listed as longer", rules=listed)

    def test_a_header_says_what_it_is_for_and_on_which_floor(self):
        path = "compute/base/a.h"
        self.assert_found({path: "#pragma once\n// base/a.h: late. Floor 0.\n"}, f"{path}:1: a header opens", f"{path}:1: the comment")
        self.assert_found({path: "// base/b.h: another's name. Floor 0.\n#pragma once\n"}, f"{path}:1: a header opens")
        self.assert_found({path: "// base/a.h: no floor.\n#pragma once\n"}, f"{path}:1: the comment at the top")
        self.assert_found({path: "// base/a.h: wrong floor. Floor 3.\n#pragma once\n"}, f"{path}:1: the comment at the top")
        self.assert_found({path: "// base/a.h: two digits. Floor 01.\n#pragma once\n"}, f"{path}:1: the comment at the top")
        self.assertEqual(self.violations({path: "// compute/base/a.h: whole path.\n// Floor 0.\n#pragma once\n"}), [])

    def test_a_header_of_a_test_needs_no_floor_but_says_what_it_is_for(self):
        self.assertEqual(self.violations({"tests/gui/helper.h": "// A folder for one test.\n#pragma once\n"}), [])
        self.assert_found({"tests/gui/helper.h": "#pragma once\n"}, "tests/gui/helper.h:1: a header opens")

    def test_a_header_has_pragma_once(self):
        self.assert_found({"compute/base/a.h": "// base/a.h: a. Floor 0.\n"}, "compute/base/a.h:1: a header has #pragma once")

    def test_no_tabs_no_blanks_at_the_end_and_whole_lines(self):
        for path in ("compute/base/a.cpp", "tests/CMakeLists.txt", "cmake/a.cmake", "shaders/a.frag", "tools/run", "tests/gui/a.py"):
            with self.subTest(path):
                self.assert_found({path: "\n\tx\n"}, f"{path}:2: a tab")
                self.assert_found({path: "\nx \n"}, f"{path}:2: blanks at the end")
                self.assert_found({path: "\nx\r\n"}, f"{path}:2: blanks at the end")
                self.assert_found({path: "\nx"}, f"{path}:2: the last line has no end")

    # The report.

    def test_all_violations_are_reported_at_once(self):
        self.assert_found(
            {"compute/base/a.cpp": '#include "x.h"\n#include <imgui.h>\n', "app/main.cpp": "\t\n"},
            "app/main.cpp:1: a tab",
            "app/main.cpp:1: blanks",
            'compute/base/a.cpp:1: "x.h"',
            "compute/base/a.cpp:2: compute/base knows nothing of ImGui",
        )

    def test_a_folder_that_is_no_repository_is_bad_usage(self):
        with tempfile.TemporaryDirectory() as folder, open("/dev/null", "w") as nowhere:
            with contextlib.redirect_stderr(nowhere):
                self.assertEqual(main([folder]), 2)
                self.assertEqual(main([]), 2)


if __name__ == "__main__":
    unittest.main()
