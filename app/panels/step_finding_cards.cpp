#include "app/panels/step_finding_cards.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "app/panels/step_explanation.h"
#include "app/panels/step_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using session::StepFinding;
using session::StepRun;
using vgpu::AccessSpace;
using vgpu::FindingKind;

std::string number(std::uint64_t value) {
  return with_thousands(static_cast<long long>(value));
}

bool has_record(const StepRun& run, trace::Position at) {
  return run.records && at < run.size();
}

const trace::StepRecord& record_at(const StepRun& run, trace::Position at) {
  return (*run.records)[at];
}

// As the scrub bar counts.
std::string step_text(const StepRun& run, trace::Position at) {
  return number(session::step_in_block(run, at));
}

std::string lines_text(std::vector<int> lines) {
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  lines.erase(std::remove(lines.begin(), lines.end(), 0), lines.end());
  if (lines.empty()) return "";
  std::string out = fmt::format("{} {}", lines.size() == 1 ? "line" : "lines", lines[0]);
  constexpr std::size_t kShown = 3;
  for (std::size_t i = 1; i < lines.size() && i < kShown; ++i) {
    out += fmt::format("{} {}", i + 1 == lines.size() ? " and" : ",", lines[i]);
  }
  if (lines.size() > kShown) out += " …";
  return out;
}

AccessSpace space_of(const StepRun& run, const StepFinding& finding) {
  if (has_record(run, finding.at)) {
    const std::uint16_t flags = record_at(run, finding.at).flags;
    if ((flags & trace::kShared) != 0) return AccessSpace::kShared;
    if ((flags & trace::kLocal) != 0) return AccessSpace::kLocal;
  }
  return AccessSpace::kGlobal;
}

bool writes(const StepRun& run, trace::Position at) {
  return has_record(run, at) && (record_at(run, at).flags & trace::kStore) != 0;
}

std::string thread_name(const StepRun& run, const vgpu::ThreadPlace& place) {
  return fmt::format("thread {}", session::thread_text(run.launch.block, place.thread_index));
}

// The checker's advice is the last sentence of what it says.
std::string last_sentence(const std::string& message) {
  const std::size_t at = message.find("two. ");
  return at == std::string::npos ? "" : message.substr(at + 5);
}

std::string first_upper(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

void tell_race(const StepRun& run, const StepFinding& found, FindingCard& card) {
  const vgpu::Finding& f = found.finding;
  const AccessSpace space = space_of(run, found);
  const std::string variable = variable_name(run, space, f.address), place = place_name(run, space, f.address);
  const bool now_writes = writes(run, found.at);
  const bool then_writes = found.other_at ? writes(run, *found.other_at) : true;
  card.heading = variable.empty() ? "A race" : fmt::format("Race on {}", variable);
  card.topic = "race";
  const auto when = [&](trace::Position at) {
    return has_record(run, at) ? fmt::format(" at step {}", step_text(run, at)) : std::string();
  };
  card.text =
      fmt::format("{} {} **{}**{}, and {} {} it{}.", first_upper(thread_name(run, f.at)), now_writes ? "wrote" : "read",
                  place, when(found.at), thread_name(run, f.other), then_writes ? "had written" : "had read",
                  found.other_at ? when(*found.other_at) : std::string(" before"));
  const int line = session::line_at(run, f.pc), other_line = session::line_at(run, f.other_pc);
  card.text += line == other_line
                   ? fmt::format(" Nothing orders the two accesses of line {}: chance decides. ", line)
                   : fmt::format(" Nothing orders line {} and line {}: chance decides. ", other_line, line);
  card.text += last_sentence(f.message);
  if (found.other_at && has_record(run, *found.other_at)) {
    card.jumps.push_back(
        {fmt::format("{} {}", then_writes ? "Write" : "Read", step_text(run, *found.other_at)), *found.other_at});
  }
  card.jumps.push_back({fmt::format("{} {}", now_writes ? "Write" : "Read", step_text(run, found.at)), found.at});
}

void tell_init(const StepRun& run, const StepFinding& found, FindingCard& card) {
  const vgpu::Finding& f = found.finding;
  const AccessSpace space = space_of(run, found);
  const std::string variable = variable_name(run, space, f.address);
  card.heading =
      variable.empty() ? "Read before it is written" : fmt::format("{} is read before it is written", variable);
  card.topic = "init";
  card.text =
      fmt::format("{} read **{}** at step {}, and nobody had written it. What stands there is chance.",
                  first_upper(thread_name(run, f.at)), place_name(run, space, f.address), step_text(run, found.at));
}

void tell_fault(const StepRun& run, const StepFinding& found, FindingCard& card) {
  const vgpu::Finding& f = found.finding;
  card.topic = f.kind == FindingKind::kSync ? "sync" : "memory";
  card.heading = f.kind == FindingKind::kSync ? "A barrier that not all reach" : "Outside of memory";
  if (f.kind == FindingKind::kMemory && f.message.starts_with("leak")) card.heading = "Memory that is never freed";
  if (f.kind == FindingKind::kMemory && f.message.find("free") == 0) card.heading = "Freed wrongly";
  if (f.kind == FindingKind::kSync && f.message.find("mask") != std::string::npos)
    card.heading = "A mask that is wrong";
  if (f.kind == FindingKind::kSync && f.message.starts_with("deadlock")) card.heading = "Nothing can go on";
  card.text = first_upper(f.message);
  if (!card.text.ends_with('.')) card.text += '.';
  if (found.fault) {
    card.text += fmt::format(" **The launch ended here**, in {} of block {}.", thread_name(run, f.at),
                             session::thread_text(run.launch.grid, f.at.block_index));
  }
}

FindingCard card_of(const StepRun& run, int index) {
  const StepFinding& found = run.findings[static_cast<std::size_t>(index)];
  FindingCard card;
  card.severity = found.finding.severity;
  card.finding = index;
  card.lines = {session::line_at(run, found.finding.pc)};
  if (found.finding.other_pc != vgpu::kNoPc) card.lines.push_back(session::line_at(run, found.finding.other_pc));
  card.where = lines_text(card.lines);
  switch (found.finding.kind) {
    case FindingKind::kRace:
      tell_race(run, found, card);
      break;
    case FindingKind::kInit:
      if (has_record(run, found.at)) {
        tell_init(run, found, card);
        break;
      }
      [[fallthrough]];
    default:
      tell_fault(run, found, card);
  }
  if (found.other_at && card.jumps.empty() && has_record(run, *found.other_at)) {
    card.jumps.push_back({fmt::format("Earlier {}", step_text(run, *found.other_at)), *found.other_at});
  }
  if (card.jumps.size() < 2 && found.finding.kind != FindingKind::kRace) card.jumps.push_back({"Go there", found.at});
  card.summary = found.finding.count == 1 ? "seen once" : fmt::format("seen {} times", number(found.finding.count));
  return card;
}

// ---- Advice

struct LineWaste {
  int line = 0;
  std::uint64_t requests = 0, taken = 0, fewest = 0;
  std::uint64_t extra() const { return taken - fewest; }
};

std::string times_text(const LineWaste& worst) {
  const double ways = static_cast<double>(worst.taken) / static_cast<double>(std::max<std::uint64_t>(1, worst.fewest));
  return std::abs(ways - std::round(ways)) < 0.05 ? fmt::format("{:.0f}", ways) : fmt::format("{:.1f}", ways);
}

std::vector<int> lines_of(const std::vector<LineWaste>& wastes) {
  std::vector<int> lines;
  for (const LineWaste& waste : wastes) lines.push_back(waste.line);
  return lines;
}

// By line, worst first; of pcs for which `measure` finds waste.
template <class Measure>
std::vector<LineWaste> wastes_of(const StepRun& run, const Measure& measure) {
  std::map<int, LineWaste> by_line;
  for (std::size_t pc = 0; pc < run.pcs.size(); ++pc) {
    LineWaste one = measure(static_cast<vgpu::Pc>(pc), run.pcs[pc]);
    if (one.taken <= one.fewest) continue;
    const int line = session::line_at(run, static_cast<vgpu::Pc>(pc));
    LineWaste& sum = by_line[line];
    sum.line = line;
    sum.requests += one.requests;
    sum.taken += one.taken;
    sum.fewest += one.fewest;
  }
  std::vector<LineWaste> wastes;
  for (const auto& [line, waste] : by_line) wastes.push_back(waste);
  std::stable_sort(wastes.begin(), wastes.end(),
                   [](const LineWaste& a, const LineWaste& b) { return a.extra() > b.extra(); });
  return wastes;
}

void add_bank_advice(const StepRun& run, std::vector<FindingCard>& cards) {
  const std::vector<LineWaste> wastes = wastes_of(run, [](vgpu::Pc, const vgpu::CounterRow& row) {
    return LineWaste{0, row.shared_requests, row.shared_wavefronts, row.shared_wavefronts - row.shared_bank_conflicts};
  });
  if (wastes.empty()) return;
  std::uint64_t extra = 0;
  for (const LineWaste& waste : wastes) extra += waste.extra();
  FindingCard card;
  card.severity = vgpu::Severity::kInfo;
  card.heading = fmt::format("Bank conflict, {} ways", times_text(wastes.front()));
  card.lines = lines_of(wastes);
  card.where = lines_text(card.lines);
  card.summary = fmt::format("{} extra wavefronts", number(extra));
  card.text = fmt::format(
      "Lanes of a warp want different words of the same bank, and a bank gives one at a time. In this run that took "
      "**{} extra turns** of shared memory; line {} alone took {} for {} requests.",
      number(extra), wastes.front().line, number(wastes.front().taken), number(wastes.front().requests));
  card.topic = "banks";
  cards.push_back(std::move(card));
}

// Sectors that the requests of an instruction could not do without, were the bytes of its lanes side by side.
LineWaste sectors_of(const StepRun& run, vgpu::Pc pc, const vgpu::CounterRow& row) {
  const ptx::Instruction* instruction = run.program->source(pc);
  if (instruction == nullptr || row.global_requests == 0 || row.atomics != 0 || instruction->types.empty()) return {};
  const double bytes = ptx::bytes_of(instruction->types.back()) * instruction->vector_size;
  const double lanes = static_cast<double>(row.thread_instructions) / static_cast<double>(row.global_requests);
  const auto fewest = static_cast<std::uint64_t>(std::ceil(lanes * bytes / 32 - 1e-9));
  return {0, row.global_requests, row.global_sectors, std::max<std::uint64_t>(1, fewest) * row.global_requests};
}

void add_sector_advice(const StepRun& run, std::vector<FindingCard>& cards) {
  std::vector<LineWaste> wastes =
      wastes_of(run, [&run](vgpu::Pc pc, const vgpu::CounterRow& row) { return sectors_of(run, pc, row); });
  // The last warp of a row may be cut: a little above the fewest is no pattern.
  constexpr double kWorthTelling = 1.15;
  std::erase_if(wastes, [](const LineWaste& waste) {
    return static_cast<double>(waste.taken) < kWorthTelling * static_cast<double>(waste.fewest);
  });
  if (wastes.empty()) return;
  const LineWaste& worst = wastes.front();
  const auto mean = [&worst](std::uint64_t sectors) {
    const double value = static_cast<double>(sectors) / static_cast<double>(worst.requests);
    return std::abs(value - std::round(value)) < 0.05 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
  };
  const bool far = worst.taken >= 2 * worst.fewest;
  FindingCard card;
  card.severity = vgpu::Severity::kInfo;
  card.heading = far ? "Lanes far apart in memory" : "Not aligned to sectors";
  card.lines = lines_of(wastes);
  card.where = lines_text(card.lines);
  card.summary = fmt::format("{} sectors, {} would do", mean(worst.taken), mean(worst.fewest));
  card.text = fmt::format(
      "Memory moves in sectors of 32 bytes, and a request of line {} takes **{} of them where {} would do**. {}",
      worst.line, mean(worst.taken), mean(worst.fewest),
      far ? "Neighbouring lanes do not want neighbouring bytes, so most of what is moved is for nothing."
          : "What a warp wants begins in the middle of a sector, so that the first and the last are moved in part for "
            "nothing.");
  card.topic = "coalescing";
  cards.push_back(std::move(card));
}

}  // namespace

std::vector<FindingCard> finding_cards(const StepRun& run) {
  std::vector<FindingCard> cards;
  for (std::size_t i = 0; i < run.findings.size(); ++i) cards.push_back(card_of(run, static_cast<int>(i)));
  if (run.program) {
    add_bank_advice(run, cards);
    add_sector_advice(run, cards);
  }
  return cards;
}

std::string checkers_text(const device::Checks& checks) {
  const struct {
    bool on;
    const char* name;
  } kChecks[] = {{checks.memory, "memory"}, {checks.init, "init"}, {checks.race, "race"}, {checks.sync, "sync"}};
  std::vector<std::string> off;
  for (const auto& check : kChecks) {
    if (!check.on) off.emplace_back(check.name);
  }
  if (off.empty()) return "all checkers on";
  if (off.size() == 4) return "all checkers off";
  std::string out = off[0];
  for (std::size_t i = 1; i < off.size(); ++i) out += (i + 1 == off.size() ? " and " : ", ") + off[i];
  return out + (off.size() == 1 ? " is off" : " are off");
}

}  // namespace warpscope::panels
