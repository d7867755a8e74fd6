#include <fmt/format.h>

#include <cstdio>

#include "app/app.h"
#include "app/options.h"

int main(int argc, char** argv) {
  const auto started = warpscope::app::App::Clock::now();
  const auto parsed = warpscope::app::parse_options(argc, argv);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto app = warpscope::app::App::create(std::get<warpscope::app::AppOptions>(parsed), started);
  if (!app) {
    fmt::print(stderr, "{}\n", app.error().text());
    return 1;
  }
  return (*app)->run();
}
