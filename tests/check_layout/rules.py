"""The rules of the house as data: floors, exceptions with their reasons, headers that belong to one folder.

CONTRIBUTING.md explains them; check_layout.py enforces them.
"""

from dataclasses import dataclass, field

# A folder may include itself and lower floors: never a sibling on its own floor, never a higher one.
FLOORS = {
    "compute/base": 0,
    "compute/ptx": 1,
    "compute/gpu": 1,
    "compute/drawings": 1,
    "compute/vgpu": 2,
    "compute/cuda": 2,
    "compute/store": 2,
    "compute/device": 3,
    "compute/trace": 3,
    "compute/timing": 3,
    "compute/kernels": 4,
    "compute/convolution": 4,
    "compute/training": 4,
    "compute/session": 5,
    "app/scene": 6,
    "app/gl": 6,
    "app/panels": 7,
    "app/cli": 7,
    "app": 8,
}

# The app talks to compute through session/*.h and the headers those include. These come in addition.
APP_MAY_ALSO_INCLUDE = {
    "compute/base/": "paths, errors and threads are the same for everybody",
    "compute/drawings/": "drawn digits are plain values: the window edits and opens them, a command carries them to the session",
    "compute/training/devices.h": "the device badge says what this machine has, whatever the session does",
}

# (folder, lower folder): not allowed although it is lower.
KEPT_APART = {
    ("compute/training", "compute/store"): "training knows nothing of where its results are kept",
}

# Longer than the limit on purpose: path -> why.
LONG_FILES: dict[str, str] = {}

# Headers named by a macro, where a library asks for it: beginning of the macro -> library.
MACRO_INCLUDES = {"FT_": "FreeType"}


@dataclass(frozen=True)
class Library:
    """Headers in <...> that only some folders may include. `headers` are prefixes of the name between the brackets."""

    name: str
    headers: tuple[str, ...]
    kept_out_of: tuple[str, ...]
    except_in: tuple[str, ...] = ()


LIBRARIES = (
    Library("ImGui", ("imgui",), kept_out_of=("compute", "app/scene", "app/cli")),
    Library("GLFW", ("GLFW/",), kept_out_of=("compute", "app/scene", "app/panels", "app/cli")),
    Library(
        "OpenGL",
        ("GL/", "GLES", "EGL/", "KHR/", "glad/"),
        kept_out_of=("compute", "app/scene", "app/panels", "app/cli"),
    ),
    Library(
        "CUDA",
        ("cuda", "nvrtc", "nvml", "nvtx", "cublas", "cudnn", "curand", "cooperative_groups", "driver_types.h", "vector_types.h"),
        kept_out_of=("compute", "app"),
        except_in=("compute/cuda",),
    ),
)


@dataclass(frozen=True)
class Rules:
    floors: dict[str, int] = field(default_factory=lambda: FLOORS)
    app_may_also_include: dict[str, str] = field(default_factory=lambda: APP_MAY_ALSO_INCLUDE)
    kept_apart: dict[tuple[str, str], str] = field(default_factory=lambda: KEPT_APART)
    long_files: dict[str, str] = field(default_factory=lambda: LONG_FILES)
    libraries: tuple[Library, ...] = LIBRARIES
    line_limit: int = 500
