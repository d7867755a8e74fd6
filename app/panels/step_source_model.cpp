#include "app/panels/step_source_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "compute/session/step_reading.h"

namespace warpscope::panels {
namespace {

constexpr std::array<HeatColumn, kHeatColumns> kColumns{{
    {"instr", "Warp instructions of the whole run"},
    {"lanes", "Active lanes, mean of its instructions"},
    {"sect.", "32-byte sectors a request to global memory takes"},
    {"waves", "Wavefronts a request to shared memory takes: more than 1 is mostly a bank conflict"},
}};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Behind the subscripts that follow a name: "tile[y][x]".
std::size_t behind_subscripts(std::string_view line, std::size_t at) {
  while (at < line.size() && line[at] == '[') {
    int depth = 0;
    std::size_t end = at;
    for (; end < line.size(); ++end) {
      if (line[end] == '[') ++depth;
      if (line[end] == ']' && --depth == 0) break;
    }
    if (end >= line.size()) return at;
    at = end + 1;
  }
  return at;
}

// What a finding is about, where its message names it ('tile') and the line does too; else the whole of its code.
void underline(std::string_view line, scene::CodeRun code, std::string_view message, LineFinding& out) {
  out.begin = code.begin;
  out.end = code.end;
  for (std::size_t open = message.find('\''); open != message.npos; open = message.find('\'', open + 1)) {
    const std::size_t close = message.find('\'', open + 1);
    if (close == message.npos) return;
    const std::string_view name = message.substr(open + 1, close - open - 1);
    open = close;
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_word)) continue;
    for (std::size_t at = line.find(name); at != line.npos; at = line.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if ((at > 0 && is_word(line[at - 1])) || (end < line.size() && is_word(line[end]))) continue;
      out.begin = static_cast<std::uint32_t>(at);
      out.end = static_cast<std::uint32_t>(behind_subscripts(line, end));
      return;
    }
  }
}

bool is_of_text(const session::StepProblem& problem, const session::StepSource& source) {
  if (problem.line <= 0) return false;
  if (problem.file.empty() || problem.file == source.name) return true;
  return std::filesystem::path(problem.file).filename() == std::filesystem::path(source.name).filename();
}

}  // namespace

const HeatColumn& heat_column(std::size_t column) {
  return kColumns[column];
}

bool LineHeat::shows(std::size_t column) const {
  const std::array<bool, kHeatColumns> there{row.warp_instructions > 0, row.warp_instructions > 0,
                                             row.global_requests > 0, row.shared_requests > 0};
  return known && there[column];
}

double LineHeat::value(std::size_t column) const {
  if (!shows(column)) return 0;
  switch (column) {
    case 0:
      return static_cast<double>(row.warp_instructions);
    case 1:
      return row.active_lanes_mean();
    case 2:
      return row.sectors_per_request();
    default:
      return static_cast<double>(row.shared_wavefronts) / static_cast<double>(row.shared_requests);
  }
}

std::string short_number(double value) {
  constexpr std::array<std::string_view, 5> kUnits{"", "k", "M", "G", "T"};
  std::size_t unit = 0;
  // What would be written as 1000 of a unit is 1 of the next.
  while (value >= (unit == 0 ? 999.5 : 99.95 * 10) && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  const bool whole = unit == 0 ? value == std::floor(value) || value >= 99.95 : value >= 9.95;
  return fmt::format("{:.{}f}{}", value, whole ? 0 : 1, kUnits[unit]);
}

std::string heat_text(const LineHeat& heat, std::size_t column) {
  if (!heat.shows(column)) return {};
  const double value = heat.value(column);
  // Sectors and wavefronts are means: one decimal says so. All 32 lanes is a plain number.
  if (column >= 2 && value < 99.95) return fmt::format("{:.1f}", value);
  return short_number(value);
}

float heat_of(const LineHeat& heat, std::size_t column, std::uint64_t largest) {
  if (!heat.shows(column)) return 0;
  const double value = heat.value(column);
  double heat_value = 0;
  if (column == 0) heat_value = largest > 0 ? value / static_cast<double>(largest) : 0;
  if (column == 1) heat_value = (32 - value) / 32;
  if (column >= 2) heat_value = std::log2(std::max(value, 1.0)) / 5;  // 32 of them are the most
  return static_cast<float>(std::clamp(heat_value, 0.0, 1.0));
}

LineMap map_lines(std::string_view before, std::string_view now) {
  LineMap map;
  map.old_line = scene::match_lines(before, now);
  const std::size_t old_lines = scene::line_starts(before).size();
  map.new_line.assign(old_lines, -1);
  map.exact.assign(map.old_line.size(), 0);
  for (std::size_t i = 0; i < map.old_line.size(); ++i) {
    if (map.old_line[i] < 0) continue;
    map.exact[i] = 1;
    map.new_line[static_cast<std::size_t>(map.old_line[i])] = static_cast<int>(i);
  }
  // Where lines were replaced, the first new one stands for the first old one, and so on.
  int next = 0;
  for (std::size_t i = 0; i < map.old_line.size(); ++i) {
    if (map.exact[i] != 0) {
      next = map.old_line[i] + 1;
    } else if (next < static_cast<int>(old_lines) && map.new_line[static_cast<std::size_t>(next)] < 0) {
      map.new_line[static_cast<std::size_t>(next)] = static_cast<int>(i);
      map.old_line[i] = next++;
    }
  }
  return map;
}

int line_in_source(const session::StepRun& run, const vgpu::SourceLine& where, vgpu::Pc pc) {
  if (run.source_file.empty()) return session::line_at(run, pc);
  return where.file == run.source_file ? where.line : 0;
}

void SourceModel::refresh(const session::StepView& view, const std::shared_ptr<const std::string>& text) {
  const bool other_text = text_ == nullptr || (text != text_ && *text != *text_) || is_ptx_ != view.source->is_ptx;
  const bool other_run = view.run != run_;
  const bool other_problems = view.problems != problems_;
  text_ = text;
  if (!other_text && !other_run && !other_problems) return;
  if (other_text) {
    is_ptx_ = view.source->is_ptx;
    code_ = scene::CodeText(text, is_ptx_ ? scene::CodeLanguage::kPtx : scene::CodeLanguage::kCuda);
  }
  if (other_run) read_run(view);
  if (other_problems) {
    problems_ = view.problems;
    problem_text_ = *view.source->text;
  }
  if (other_text || other_run) {
    of_run_ = run_ ? map_lines(*run_->source->text, *text) : LineMap{};
    edited_ = run_ && *run_->source->text != *text;
    place_findings();
  }
  read_problems(view, *text);
}

void SourceModel::read_run(const session::StepView& view) {
  run_ = view.run;
  heat_.clear();
  most_ = 0;
  if (!run_) return;
  heat_.resize(scene::line_starts(*run_->source->text).size() + 1);
  const auto add = [this](int run_line, const vgpu::CounterRow& row) {
    const auto line = static_cast<std::size_t>(std::max(0, run_line));
    if (line == 0 || line >= heat_.size() || row == vgpu::CounterRow{}) return;
    heat_[line].row += row;
    heat_[line].known = true;
    most_ = std::max(most_, heat_[line].row.warp_instructions);
  };
  if (run_->source_file.empty()) {
    for (std::size_t pc = 0; pc < run_->pcs.size(); ++pc) {
      add(session::line_at(*run_, static_cast<vgpu::Pc>(pc)), run_->pcs[pc]);
    }
    return;
  }
  for (const vgpu::LineCounters& counted : run_->line_rows) {
    if (counted.where.file == run_->source_file) add(counted.where.line, counted.row);
  }
}

void SourceModel::place_findings() {
  findings_.assign(static_cast<std::size_t>(code_.lines()), {});
  if (!run_) return;
  for (std::size_t i = 0; i < run_->findings.size(); ++i) {
    const vgpu::Finding& finding = run_->findings[i].finding;
    const std::array<int, 2> run_lines{
        line_in_source(*run_, finding.where, finding.pc),
        finding.has_other ? line_in_source(*run_, finding.other_where, finding.other_pc) : 0};
    for (std::size_t k = 0; k < run_lines.size(); ++k) {
      const int line = line_of(run_lines[k]);
      if (line < 0 || (k == 1 && run_lines[1] == run_lines[0])) continue;
      LineFinding placed{.finding = static_cast<int>(i), .other = k == 1};
      underline(code_.line(line), code_.code_part(line), finding.message, placed);
      findings_[static_cast<std::size_t>(line)].push_back(placed);
    }
  }
}

void SourceModel::read_problems(const session::StepView& view, const std::string& text) {
  const auto lines = static_cast<std::size_t>(code_.lines());
  std::vector<std::vector<int>> by_line(lines);
  homeless_.clear();
  const LineMap moved = problems_ && !problems_->empty() ? map_lines(problem_text_, text) : LineMap{};
  for (std::size_t i = 0; problems_ && i < problems_->size(); ++i) {
    const session::StepProblem& problem = (*problems_)[i];
    const auto old_line = static_cast<std::size_t>(std::max(0, problem.line - 1));
    const bool placed =
        is_of_text(problem, *view.source) && old_line < moved.new_line.size() && moved.new_line[old_line] >= 0;
    if (placed) {
      by_line[static_cast<std::size_t>(moved.new_line[old_line])].push_back(static_cast<int>(i));
    } else {
      homeless_.push_back(static_cast<int>(i));
    }
  }
  rows_.clear();
  row_of_line_.clear();
  for (std::size_t line = 0; line < lines; ++line) {
    row_of_line_.push_back(static_cast<int>(rows_.size()));
    rows_.push_back({.line = static_cast<int>(line)});
    for (const int problem : by_line[line]) rows_.push_back({.line = static_cast<int>(line), .problem = problem});
  }
}

int SourceModel::run_line(int line) const {
  const auto at = static_cast<std::size_t>(line);
  if (!run_) return line + 1;
  return at < of_run_.old_line.size() ? of_run_.old_line[at] + 1 : 0;
}

bool SourceModel::unchanged(int line) const {
  const auto at = static_cast<std::size_t>(line);
  return !run_ || (at < of_run_.exact.size() && of_run_.exact[at] != 0);
}

int SourceModel::line_of(int run_line) const {
  if (run_line <= 0) return -1;
  if (!run_) return run_line <= code_.lines() ? run_line - 1 : -1;
  const auto at = static_cast<std::size_t>(run_line - 1);
  return at < of_run_.new_line.size() ? of_run_.new_line[at] : -1;
}

const LineHeat& SourceModel::heat(int line) const {
  static const LineHeat kNone;
  const auto at = static_cast<std::size_t>(run_line(line));
  return run_ && at < heat_.size() ? heat_[at] : kNone;
}

const std::vector<LineFinding>& SourceModel::findings(int line) const {
  return findings_[static_cast<std::size_t>(line)];
}

}  // namespace warpscope::panels
