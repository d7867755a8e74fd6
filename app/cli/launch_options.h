// cli/launch_options.h: how a launch is written on the command line. Floor 7. Main thread only.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/session/kernel_run.h"

namespace warpscope::cli {

// Options that exec and step share, as text; complete() puts them into `request`.
struct LaunchText {
  session::KernelRunRequest request;
  std::string grid, block;
  std::string schedule = "run-to-wait";
  std::vector<std::string> symbols;
};
// FILE, --kernel, --grid, --block, --shared, --arg, --symbol, --schedule.
void add_launch_options(CLI::App& command, LaunchText& text);
base::Result<void> complete(LaunchText& text);
// "X[,Y[,Z]]", as --grid and --block take it; `option` is what the error names.
base::Result<base::Dim3> parse_size(std::string_view option, std::string_view text);

// The whole text is a number.
template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}
std::vector<std::string_view> split(std::string_view text, char at);

// Says why nothing was run; the exit code.
int tell_why(const session::KernelRunError& error);

}  // namespace warpscope::cli
