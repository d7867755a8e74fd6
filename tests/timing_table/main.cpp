// warpscope-timing-table: the cycle model beside published measurements, as Markdown or JSON.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/timing_table/table.h"

int main(int argc, char** argv) {
  CLI::App app("The cycle model beside published measurements of real GPUs.", "warpscope-timing-table");
  bool as_json = false, sources = false;
  std::string only;
  int threads = 0;
  app.add_flag("--json", as_json, "JSON instead of Markdown");
  app.add_flag("--sources", sources, "The list of sources too");
  app.add_option("--only", only, "Cases whose group or benchmark contains this");
  app.add_option("--threads", threads, "Host threads; 0: all cores");
  CLI11_PARSE(app, argc, argv);
  const auto table = warpscope::timing_table::make_table(only, threads);
  if (!table) {
    fmt::print(stderr, "{}\n", table.error().text());
    return 1;
  }
  fmt::print("{}\n",
             as_json ? warpscope::timing_table::json(*table) : warpscope::timing_table::markdown(*table, sources));
  return 0;
}
