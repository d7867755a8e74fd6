// tests/gpu_check/report.h: what was compared and measured, as tables for people and as JSON for programs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::gpu_check {

enum class Verdict { kHeld, kFailed, kSkipped };

struct Row {
  Verdict verdict = Verdict::kHeld;
  std::vector<std::string> cells;  // one a column
  std::string note;                // what differed, or why it was skipped or allowed
};

struct Section {
  std::string title;
  std::string about;  // what is compared with what, in a sentence or two
  std::vector<std::string> columns;
  std::vector<Row> rows;
  double seconds = 0;  // it took

  std::size_t count(Verdict verdict) const;
};

struct Report {
  std::string date;                // UTC
  std::string device, driver, of;  // the GPU, its driver, the machine
  std::vector<std::string> facts;  // of the GPU: memory, clocks, temperature
  std::vector<Section> sections;

  bool failed() const;
};

std::string json_of(const Report& report);
std::string markdown_of(const Report& report);
// gpu-report.json and gpu-report.md in this folder, which is made.
base::Result<void> write(const Report& report, const std::filesystem::path& folder);

}  // namespace warpscope::gpu_check
