// cli/command.h: what the subcommands of warpscope-cli share. Floor 7. Main thread only.
// Results go to stdout, messages to stderr; every subcommand takes --json.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "compute/base/error.h"

namespace warpscope::cli {

enum ExitCode : int {
  kDone = 0,
  kFailed = 1,    // the work failed
  kBadInput = 2,  // bad usage or unreadable input
  kNoDevice = 3,  // the device asked for is not there
};

// Adds one subcommand. What it is run for ends up in `exit_code`.
void add_devices(CLI::App& app, int& exit_code);
void add_train(CLI::App& app, int& exit_code);
void add_predict(CLI::App& app, int& exit_code);
void add_drawings(CLI::App& app, int& exit_code);
void add_exec(CLI::App& app, int& exit_code);
void add_step(CLI::App& app, int& exit_code);
void add_simulate(CLI::App& app, int& exit_code);
void add_convolve(CLI::App& app, int& exit_code);
void add_occupancy(CLI::App& app, int& exit_code);

// One message line on stderr.
void tell(std::string_view message);
inline int fail_with(ExitCode code, const base::Error& error) {
  tell(error.text());
  return code;
}
// One line of JSON on stdout, there at once even where stdout is a pipe.
void print_json(const nlohmann::ordered_json& value);
void print_line(std::string_view text);

// Adds --json and --data-dir to a subcommand.
void add_json_option(CLI::App& command, bool& json);
void add_data_dir_option(CLI::App& command, std::filesystem::path& data_dir);

}  // namespace warpscope::cli
