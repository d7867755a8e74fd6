#include "tests/gpu_check/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace warpscope::gpu_check {
namespace {

using nlohmann::ordered_json;

std::string_view word_of(Verdict verdict) {
  return verdict == Verdict::kHeld ? "held" : verdict == Verdict::kFailed ? "FAILED" : "skipped";
}

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string summary_of(const Section& section) {
  return fmt::format("{} held, {} failed, {} skipped; {:.1f} s", section.count(Verdict::kHeld),
                     section.count(Verdict::kFailed), section.count(Verdict::kSkipped), section.seconds);
}

std::string table_of(const Section& section) {
  std::string head = "|", line = "|";
  for (const std::string& column : section.columns) {
    head += fmt::format(" {} |", column);
    line += "---|";
  }
  std::string text = fmt::format("{} verdict | note |\n{}---|---|\n", head, line);
  for (const Row& row : section.rows) {
    text += "|";
    for (const std::string& one : row.cells) text += fmt::format(" {} |", cell(one));
    text += fmt::format(" {} | {} |\n", word_of(row.verdict), cell(row.note));
  }
  return text;
}

}  // namespace

std::size_t Section::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(rows, verdict, &Row::verdict));
}

bool Report::failed() const {
  return std::ranges::any_of(sections, [](const Section& s) { return s.count(Verdict::kFailed) != 0; });
}

std::string json_of(const Report& report) {
  ordered_json sections = ordered_json::array();
  for (const Section& section : report.sections) {
    ordered_json rows = ordered_json::array();
    for (const Row& row : section.rows) {
      ordered_json one;
      for (std::size_t i = 0; i < section.columns.size(); ++i) one[section.columns[i]] = row.cells.at(i);
      one["verdict"] = word_of(row.verdict);
      one["note"] = row.note;
      rows.push_back(std::move(one));
    }
    sections.push_back({{"title", section.title},
                        {"about", section.about},
                        {"held", section.count(Verdict::kHeld)},
                        {"failed", section.count(Verdict::kFailed)},
                        {"skipped", section.count(Verdict::kSkipped)},
                        {"seconds", section.seconds},
                        {"rows", std::move(rows)}});
  }
  const ordered_json all = {
      {"date", report.date},   {"device", report.device},    {"driver", report.driver},        {"machine", report.of},
      {"facts", report.facts}, {"passed", !report.failed()}, {"sections", std::move(sections)}};
  // What a GPU's driver says may hold anything.
  return all.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string markdown_of(const Report& report) {
  std::string text =
      fmt::format("# GPU check: {}\n\n- Device: {}\n- Driver: {}\n- Machine: {}\n- Date: {}\n",
                  report.failed() ? "FAILED" : "passed", report.device, report.driver, report.of, report.date);
  for (const std::string& fact : report.facts) text += fmt::format("- {}\n", fact);
  for (const Section& section : report.sections) {
    text += fmt::format("\n## {}\n\n{}\n\n{}\n\n{}", section.title, section.about, summary_of(section),
                        section.rows.empty() ? "" : table_of(section));
  }
  return text;
}

base::Result<void> write(const Report& report, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::pair<const char*, std::string> files[] = {{"gpu-report.json", json_of(report)},
                                                       {"gpu-report.md", markdown_of(report)}};
  for (const auto& [name, text] : files) {
    std::ofstream file(folder / name, std::ios::binary);
    file << text;
    if (!file.flush()) return base::fail(fmt::format("cannot write {}", (folder / name).string()));
  }
  return {};
}

}  // namespace warpscope::gpu_check
