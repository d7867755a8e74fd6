// warpscope-cli: the same compute, without a window.
#include <fmt/format.h>

#include "app/cli/command.h"

int main(int argc, char** argv) {
  using namespace warpscope::cli;
  CLI::App app(
      "Trains, reads and keeps digits, runs kernels and filters pictures as Warpscope does, without a window.\n"
      "Exit codes: 0 done, 1 the work failed, 2 bad usage or unreadable input, 3 the device asked for is not there.",
      "warpscope-cli");
  app.set_version_flag("--version", "warpscope-cli " WARPSCOPE_VERSION);
  app.require_subcommand(1);
  int exit_code = kDone;
  add_devices(app, exit_code);
  add_train(app, exit_code);
  add_predict(app, exit_code);
  add_drawings(app, exit_code);
  add_exec(app, exit_code);
  add_step(app, exit_code);
  add_simulate(app, exit_code);
  add_convolve(app, exit_code);
  add_occupancy(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    // --help and --version come here too; their code is 0.
    if (app.exit(problem) == 0) return kDone;
    if (app.get_subcommands().empty())
      tell("the subcommands are: devices, train, predict, drawings, exec, step, simulate, convolve, occupancy");
    return kBadInput;
  } catch (const std::exception& problem) {
    tell(problem.what());  // out of memory, for instance
    return kFailed;
  }
  return exit_code;
}
