#include "app/cli/command.h"

#include <fmt/format.h>

#include <cstdio>

#include "compute/base/paths.h"

namespace warpscope::cli {

void tell(std::string_view message) {
  fmt::print(stderr, "warpscope-cli: {}\n", message);
}

void print_line(std::string_view text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

void print_json(const nlohmann::ordered_json& value) {
  // File names need not be UTF-8; JSON has to be.
  print_line(value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void add_json_option(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "print results as JSON, for programs");
}

void add_data_dir_option(CLI::App& command, std::filesystem::path& data_dir) {
  data_dir = base::default_data_dir();
  command.add_option("--data-dir", data_dir, "folder of drawings, runs and the checkpoint")
      ->type_name("DIR")
      ->capture_default_str();
}

}  // namespace warpscope::cli
