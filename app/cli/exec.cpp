// warpscope-cli exec: runs one kernel, on the virtual GPU or a real one.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "app/cli/command.h"
#include "app/cli/launch_options.h"
#include "compute/session/kernel_run.h"

namespace warpscope::cli {
namespace {

using base::Dim3;
using base::Result;
using nlohmann::ordered_json;
using session::KernelRunRequest;
using session::KernelRunResult;

struct ExecOptions {
  LaunchText launch;
  std::string check;
  std::vector<std::string> dumps;
  bool json = false;
};

Result<device::Checks> parse_checks(std::string_view text) {
  device::Checks checks;
  if (text.empty()) return checks;
  for (const std::string_view name : split(text, ',')) {
    const bool all = name == "all";
    if (!all && name != "memory" && name != "init" && name != "race" && name != "sync") {
      return base::fail(fmt::format("--check {}: memory, init, race, sync or all are expected, not '{}'", text, name));
    }
    checks.memory = checks.memory || all || name == "memory";
    checks.init = checks.init || all || name == "init";
    checks.race = checks.race || all || name == "race";
    checks.sync = checks.sync || all || name == "sync";
  }
  return checks;
}

Result<void> complete(ExecOptions& options) {
  KernelRunRequest& request = options.launch.request;
  if (auto fine = complete(options.launch); !fine) return fine;
  const auto checks = parse_checks(options.check);
  if (!checks) return tl::unexpected(checks.error());
  request.options.checks = *checks;
  for (const std::string& text : options.dumps) {
    const std::size_t at = text.find('=');
    const auto index = whole_number<int>(std::string_view(text).substr(0, at));
    if (at == std::string::npos || !index || at + 1 == text.size()) {
      return base::fail(fmt::format("--dump {}: INDEX=PATH is expected, INDEX counts arguments from 0", text));
    }
    request.dumps.push_back({*index, text.substr(at + 1)});
  }
  return {};
}

// ---- What is printed

ordered_json json_of(const Dim3& d) {
  return ordered_json::array({d.x, d.y, d.z});
}

// One of `findings`; a fault is one, unless a checker has already told it.
struct Told {
  std::string kind, file, message;
  int line = 0;
  Dim3 block, thread;
  std::uint64_t count = 1;
  std::string severity = "error";
  std::string other_file;
  int other_line = 0;
};

std::vector<Told> findings_of(const device::LaunchReport& report) {
  std::vector<Told> all;
  bool fault_told = false;
  for (const vgpu::Finding& f : report.findings) {
    all.push_back({vgpu::name_of(f.kind), f.where.file, f.message, f.where.line, f.at.block_index, f.at.thread_index,
                   f.count, vgpu::name_of(f.severity), f.other_where.file, f.other_where.line});
    fault_told = fault_told || (report.fault && f.severity == vgpu::Severity::kError && f.pc == report.fault->pc);
  }
  if (report.fault && !fault_told) {
    const vgpu::Fault& f = *report.fault;
    Told told;
    told.kind = "fault";
    told.file = f.file;
    told.message = f.message;
    told.line = f.line;
    told.block = f.block_index;
    told.thread = f.thread_index;
    all.push_back(std::move(told));
  }
  return all;
}

ordered_json json_of(const Told& told) {
  ordered_json json{{"kind", told.kind},
                    {"file", told.file},
                    {"line", told.line},
                    {"block", json_of(told.block)},
                    {"thread", json_of(told.thread)},
                    {"message", told.message},
                    {"severity", told.severity},
                    {"count", told.count}};
  if (told.other_line > 0) {
    json["other_file"] = told.other_file;
    json["other_line"] = told.other_line;
  }
  return json;
}

ordered_json json_of(const vgpu::CounterRow& row) {
  return {{"warp_instructions", row.warp_instructions},   {"thread_instructions", row.thread_instructions},
          {"active_lanes_mean", row.active_lanes_mean()}, {"global_requests", row.global_requests},
          {"global_sectors", row.global_sectors},         {"shared_requests", row.shared_requests},
          {"shared_wavefronts", row.shared_wavefronts},   {"shared_bank_conflicts", row.shared_bank_conflicts},
          {"local_requests", row.local_requests},         {"local_sectors", row.local_sectors},
          {"divergent_branches", row.divergent_branches}, {"atomics", row.atomics},
          {"atomic_contention", row.atomic_contention}};
}

void print_as_json(const ExecOptions& options, const KernelRunResult& result, const std::vector<Told>& findings) {
  const device::LaunchReport& report = result.report;
  // A real GPU counts nothing.
  const bool counts = options.launch.request.device == "virtual";
  const auto counted = [&](std::uint64_t value) { return counts ? ordered_json(value) : ordered_json(nullptr); };
  ordered_json json{{"kernel", result.kernel},
                    {"device", options.launch.request.device},
                    {"grid", json_of(options.launch.request.grid)},
                    {"block", json_of(options.launch.request.block)},
                    {"seconds", report.seconds},
                    {"warp_instructions", counted(report.warp_instructions)},
                    {"thread_instructions", counted(report.thread_instructions)},
                    {"printf", report.printed},
                    {"findings", ordered_json::array()}};
  for (const Told& told : findings) json["findings"].push_back(json_of(told));
  if (report.totals) {
    json["lines"] = ordered_json::array();
    for (const vgpu::LineCounters& line : report.lines) {
      ordered_json row{{"file", line.where.file}, {"line", line.where.line}};
      row.update(json_of(line.row));
      json["lines"].push_back(std::move(row));
    }
    json["totals"] = json_of(*report.totals);
  }
  print_json(json);
}

void print_lines(const device::LaunchReport& report) {
  print_line(fmt::format("{:>24} {:>12} {:>7} {:>10} {:>10} {:>10} {:>9} {:>9}", "line", "warp instr.", "lanes",
                         "requests", "sectors", "wavefronts", "conflicts", "divergent"));
  for (const vgpu::LineCounters& line : report.lines) {
    const vgpu::CounterRow& row = line.row;
    print_line(fmt::format("{:>24} {:>12} {:>7.1f} {:>10} {:>10} {:>10} {:>9} {:>9}", line.where.text(),
                           row.warp_instructions, row.active_lanes_mean(), row.global_requests, row.global_sectors,
                           row.shared_wavefronts, row.shared_bank_conflicts, row.divergent_branches));
  }
}

void print_as_text(const ExecOptions& options, const KernelRunResult& result, const std::vector<Told>& findings) {
  const device::LaunchReport& report = result.report;
  if (!report.printed.empty()) fmt::print("{}", report.printed);
  std::string counts;
  if (options.launch.request.device == "virtual") {
    counts = fmt::format("{} warp instructions, {} thread instructions, ", report.warp_instructions,
                         report.thread_instructions);
  }
  print_line(fmt::format("{}: {}{:.3g} s on {}", result.kernel, counts, report.seconds, result.device));
  for (const Told& told : findings) {
    const std::string place = told.line > 0 ? fmt::format("{}:{}: ", told.file, told.line) : std::string();
    print_line(fmt::format("{}{}: {}{}", place, told.kind, told.message,
                           told.count > 1 ? fmt::format(" ({} times)", told.count) : std::string()));
  }
  if (report.totals) print_lines(report);
}

int exec(ExecOptions& options) {
  if (auto fine = complete(options); !fine) return fail_with(kBadInput, fine.error());
  const auto result = session::run_kernel(options.launch.request);
  if (!result) return tell_why(result.error());
  if (!result->compiler_messages.empty()) tell(result->compiler_messages);
  const std::vector<Told> findings = findings_of(result->report);
  if (options.json) {
    print_as_json(options, *result, findings);
  } else {
    print_as_text(options, *result, findings);
  }
  // What is harmless where it is meant so does not make the work fail.
  const bool wrong = std::any_of(findings.begin(), findings.end(), [](const Told& t) { return t.severity != "info"; });
  return wrong ? kFailed : kDone;
}

}  // namespace

void add_exec(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand("exec", "run a kernel of a .ptx or .cu file");
  const auto options = std::make_shared<ExecOptions>();
  KernelRunRequest& request = options->launch.request;
  add_launch_options(*command, options->launch);
  command->add_option("--dump", options->dumps, "INDEX=PATH: write the buffer of an argument after the run")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--device", request.device, "virtual or cuda")
      ->check(CLI::IsMember({"virtual", "cuda"}))
      ->capture_default_str();
  command->add_option("--check", options->check, "What to look for: memory, init, race, sync (with commas), or all");
  command->add_option("--threads", request.options.threads, "Host threads that compute; 0: all cores")
      ->capture_default_str();
  command->add_flag("--counters", request.options.counters, "Count by source line");
  command->add_option("--max-steps", request.options.max_steps, "Warp instructions after which the run is given up");
  add_json_option(*command, options->json);
  command->callback([options, &exit_code] { exit_code = exec(*options); });
}

}  // namespace warpscope::cli
