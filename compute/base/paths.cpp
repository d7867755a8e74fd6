#include "compute/base/paths.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

namespace warpscope::base {
namespace fs = std::filesystem;

Result<fs::path> find_asset(std::string_view relative) {
  std::string tried;
  const auto look_in = [&](const fs::path& root) {
    std::error_code ignored;
    const fs::path candidate = root / relative;
    tried += "\n  " + candidate.string();
    return fs::exists(candidate, ignored) ? candidate : fs::path();
  };
  if (const char* root = std::getenv("WARPSCOPE_ASSETS")) {
    if (fs::path found = look_in(root); !found.empty()) return found;
  }
  std::error_code unreadable;
  const fs::path executable = fs::read_symlink("/proc/self/exe", unreadable);
  for (fs::path folder = executable.parent_path(); !folder.empty(); folder = folder.parent_path()) {
    for (const char* below : {"assets", "share/warpscope/assets"}) {
      if (fs::path found = look_in(folder / below); !found.empty()) return found;
    }
    if (folder == folder.root_path()) break;
  }
  return fail(fmt::format("the shipped file '{}' is missing; looked for{}", relative, tried));
}

fs::path default_data_dir() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data == '/') return fs::path(data) / "warpscope";
  const char* home = std::getenv("HOME");
  return fs::path(home ? home : ".") / ".local" / "share" / "warpscope";
}

}  // namespace warpscope::base
