#include "app/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/actions.h"
#include "compute/base/paths.h"

namespace warpscope::app {
namespace {

constexpr int kUsageError = 2;

// "1280x720". False where it is not two numbers that a window can have.
bool parse_size(const std::string& text, int& width, int& height) {
  const auto cross = text.find('x');
  if (cross == std::string::npos) return false;
  int used = 0;
  if (std::sscanf(text.c_str(), "%dx%d%n", &width, &height, &used) != 2) return false;
  return used == static_cast<int>(text.size()) && width >= 320 && height >= 240 && width <= 16384 && height <= 16384;
}

}  // namespace

std::variant<AppOptions, int> parse_options(int argc, const char* const* argv) {
  AppOptions options;
  options.data_dir = base::default_data_dir();
  std::string workspace = "learn";
  std::string size;
  bool light = false;
  bool dark = false;
  CLI::App cli("Warpscope: draw a digit and watch a network learn it; step through a CUDA kernel lane by lane",
               "warpscope");
  cli.add_option("FILE", options.open,
                 "A kernel (.cu, .ptx) to step through; with --workspace convolve a picture to filter; else strokes "
                 "(.json), a picture of a digit, weights (.safetensors), "
                 "or a folder of IDX files");
  cli.add_option("--workspace", workspace, "Workspace to start in")
      ->check(CLI::IsMember({"learn", "convolve", "sm", "step"}))
      ->capture_default_str();
  cli.add_option("--device", options.device, "What computes: auto and cuda take an NVIDIA GPU, virtual leaves it alone")
      ->check(CLI::IsMember({"auto", "cuda", "virtual"}))
      ->capture_default_str();
  cli.add_option("--size", size, "Window size, as 1280x720");
  cli.add_option("--scale", options.scale, "Physical pixels for a logical one (default: the display's)")
      ->check(CLI::Range(0.5F, 4.0F));
  cli.add_option("--data-dir", options.data_dir, "Where drawings, runs and settings are kept")->capture_default_str();
  cli.add_option("--mnist", options.mnist_dir,
                 "Folder of IDX files to train on (default: the MNIST that ships with the app)");
  cli.add_option("--seed", options.seed, "Seed of the weights and the batches")->capture_default_str();
  cli.add_option("--threads", options.threads, "Threads that train (default: all cores)")->check(CLI::Range(1, 1024));
  CLI::Option* light_option = cli.add_flag("--light", light, "Light theme");
  cli.add_flag("--dark", dark, "Dark theme")->excludes(light_option);
  CLI::Option* script = cli.add_option("--script", options.script, "Play a script and exit")->check(CLI::ExistingFile);
  cli.add_option("--screenshots", options.screenshots, "Folder for the script's screenshots (default: the present one)")
      ->needs(script);
  cli.add_flag("--timing", options.timing, "Print the time to the first usable frame and, at exit, frame times");
  cli.set_version_flag("--version", "warpscope " WARPSCOPE_VERSION);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : kUsageError;
  }
  if (!size.empty() && !parse_size(size, options.width, options.height)) {
    fmt::print(stderr, "--size: '{}' is not a window size; write it as 1280x720, from 320x240 to 16384x16384\n", size);
    return kUsageError;
  }
  if (light || dark) options.dark = dark;
  options.workspace = *find_workspace(workspace);
  return options;
}

}  // namespace warpscope::app
