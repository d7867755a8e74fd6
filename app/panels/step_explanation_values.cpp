#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "app/panels/step_explanation.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using session::VariableRow;
using vgpu::AccessSpace;

std::string number(std::uint64_t value) {
  return with_thousands(static_cast<long long>(value));
}

std::string short_number(double value) {
  return std::abs(value) < 1e15 && value == std::floor(value) ? with_thousands(static_cast<long long>(value))
                                                              : fmt::format("{:.4g}", value);
}

// How the values of lanes lie to each other, in words.
std::string spread_of(const VariableRow& row, const std::vector<ptx::TypeInfo>& types) {
  std::set<std::vector<std::uint8_t>> different;
  std::vector<double> numbers;
  std::vector<int> lanes;
  for (LaneMask rest = row.has_value; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    const auto bytes = row.of(lane);
    different.insert({bytes.begin(), bytes.end()});
    if (const auto value = session::value_number(types, row.type_index, bytes)) numbers.push_back(*value);
    lanes.push_back(lane);
  }
  if (lanes.size() < 2) return "";
  if (different.size() == 1) return "It is **the same in every lane**: the warp could share one copy.";
  if (numbers.size() == lanes.size()) {
    const double step = (numbers[1] - numbers[0]) / (lanes[1] - lanes[0]);
    bool regular = true;
    for (std::size_t i = 1; i < numbers.size(); ++i) {
      regular &= numbers[i] - numbers[0] == step * (lanes[i] - lanes[0]);
    }
    if (regular && step == 1) {
      return "It **goes up by 1 from lane to lane**: as an index it makes neighbours take neighbouring elements.";
    }
    if (regular) return fmt::format("It goes up by **{}** from lane to lane.", short_number(step));
  }
  return fmt::format("It has **{} different values** in {} lanes.", different.size(), lanes.size());
}

std::string place_text(const StepScene& scene, const VariableRow& row, int lane) {
  const auto place = session::find_variable(scene.run(), scene.moment(), row.path);
  if (!place) return "";
  const auto memory = session::memory_of(scene.run(), scene.moment(), *place, lane);
  if (!memory) return "It lives in a **register**: every lane has its own, and nothing is faster.";
  switch (memory->space) {
    case AccessSpace::kShared:
      return fmt::format("It lives in **shared memory**, at offset {}: one for the whole block.", memory->address);
    case AccessSpace::kLocal:
      return fmt::format(
          "It lives in **local memory**, at offset {} of each lane: debug code keeps variables there, fast code in "
          "registers.",
          memory->address);
    default:
      return fmt::format("It lives in **{} memory**, at 0x{:x}.",
                         memory->space == AccessSpace::kConstant ? "constant" : "global", memory->address);
  }
}

void add_range(const VariableRow& row, const std::vector<ptx::TypeInfo>& types, int lane, StepExplanation& e) {
  double low = 0, high = 0;
  bool any = false;
  for (LaneMask rest = row.has_value; rest != 0; rest &= rest - 1) {
    const auto value = session::value_number(types, row.type_index, row.of(std::countr_zero(rest)));
    if (!value || std::isnan(*value)) continue;
    low = any ? std::min(low, *value) : *value;
    high = any ? std::max(high, *value) : *value;
    any = true;
  }
  e.facts_title = "Now";
  if (lane >= 0 && lane < 32 && (row.has_value >> lane & 1U) != 0) {
    e.facts.push_back({fmt::format("in lane {}", lane), session::value_text(types, row.type_index, row.of(lane))});
    e.facts.push_back(
        {"as bits", session::value_text(types, row.type_index, row.of(lane), session::ValueFormat::kHex)});
  }
  if (any && !row.is_shared) {
    e.facts.push_back({"over the lanes", low == high ? short_number(low)
                                                     : fmt::format("{} to {}", short_number(low), short_number(high))});
  }
  e.facts.push_back({"type", row.type});
  e.facts.push_back({"bytes", number(row.bytes)});
  if (row.changed != 0) {
    e.facts.push_back(
        {"just changed in", counted(static_cast<std::uint64_t>(std::popcount(row.changed)), "lane", "lanes")});
  }
}

// What touched a word of memory in the whole run.
void add_traffic(const session::StepBuffer& buffer, std::uint64_t word, StepExplanation& e) {
  if (word >= buffer.reads.size() || word >= buffer.writes.size()) return;
  e.facts.push_back({"reads in the run", number(buffer.reads[word])});
  e.facts.push_back({"writes in the run", number(buffer.writes[word])});
}

std::string text_of_type(const kernels::ElementType type) {
  return std::string(kernels::name_of(type));
}

}  // namespace

StepExplanation explain_variable(const StepScene& scene, const std::string& path, int lane) {
  const StepReading& reading = scene.state.reading;
  const VariableRow* row = nullptr;
  for (const auto* rows : {&reading.variables, &reading.registers}) {
    const auto found = std::find_if(rows->begin(), rows->end(), [&](const VariableRow& r) { return r.path == path; });
    if (found != rows->end()) row = &*found;
  }
  StepExplanation e;
  e.heading = path;
  if (row == nullptr) {
    e.text = "This function has no such variable.";
    return e;
  }
  const bool is_register = path.starts_with('%');
  if (is_register) {
    e.text = "A **register of the PTX**: it lives only inside the warp, and every lane has its own. ";
  } else if (!row->in_scope) {
    e.text = fmt::format("**Not in scope** here: it is declared in line {}.", row->declared_line);
    return e;
  } else if (row->has_value == 0) {
    e.text = "It has **no value here**: not computed yet, or the compiler needs it no longer.";
  } else {
    e.text = place_text(scene, *row, std::max(0, lane)) + " ";
  }
  const std::vector<ptx::TypeInfo> no_types;
  const std::vector<ptx::TypeInfo>& types = scene.run().debug ? scene.run().debug->types() : no_types;
  if (!row->is_shared && !row->has_parts) e.text += spread_of(*row, types);
  if (row->bytes > 0 && row->has_value != 0 && !row->has_parts) add_range(*row, types, lane, e);
  if (row->has_parts) e.more = "It has parts: a click unfolds them.";
  if (is_register) return e;
  e.tries = {{"Who wrote this?", session::GoToWriter{{.variable = path, .lane = std::max(0, lane), .memory = {}}}}};
  session::StepBreakpoint stop;
  stop.kind = session::StepBreakpoint::Kind::kVariable;
  stop.watched = path;
  e.tries.push_back({"Stop when it changes", session::AddBreakpoint{stop}});
  return e;
}

StepExplanation explain_shared_word(const StepScene& scene, std::uint64_t word) {
  const session::StepRun& run = scene.run();
  const session::StepMoment& moment = scene.moment();
  const std::uint64_t address = word * 4;
  const std::string name = place_name(run, AccessSpace::kShared, address);
  StepExplanation e;
  e.heading = name;
  e.text = fmt::format(
      "A word of shared memory, at offset {}. It lies in **bank {}**, row {}: words of one bank can be "
      "had only one after the other.",
      number(address), word % 32, word / 32);
  e.formula = {"bank = (address / 4) mod 32", fmt::format("     = ({} / 4) mod 32", number(address))};
  e.formula_result = fmt::format("bank {}", word % 32);
  const std::uint64_t block = moment.followed / std::max(1U, run.warps_per_block);
  if (moment.shared_writes && word < moment.shared_writes->size()) {
    const std::uint64_t writer = (*moment.shared_writes)[word];
    if (writer == 0) {
      e.more = "**Nobody has written it** yet: what a thread reads here is chance.";
    } else if (writer - 1 < run.size()) {
      const trace::StepRecord& record = (*run.records)[writer - 1];
      e.more =
          fmt::format("Last written by **warp {}** in {}, step {}.", record.warp % std::max(1U, run.warps_per_block),
                      where_text(run, record.pc), number(session::step_in_block(run, writer - 1)));
      e.tries.push_back({"Who wrote this?", session::SeekTo{.position = writer - 1}});
    }
  }
  session::StepBreakpoint stop;
  stop.kind = session::StepBreakpoint::Kind::kMemory;
  stop.watched = name;
  stop.place = {.space = AccessSpace::kShared, .address = address, .bytes = 4, .block = block, .thread = 0};
  e.tries.push_back({"Stop when it changes", session::AddBreakpoint{stop}});
  return e;
}

StepExplanation explain_global_word(const StepScene& scene, int index, std::uint64_t element) {
  const session::StepRun& run = scene.run();
  StepExplanation e;
  if (index < 0 || static_cast<std::size_t>(index) >= run.buffers.size()) {
    e.heading = "Global memory";
    e.text = "This kernel was given no buffer.";
    return e;
  }
  const session::StepBuffer& buffer = run.buffers[static_cast<std::size_t>(index)];
  const auto size = static_cast<std::uint64_t>(kernels::bytes_of(buffer.element));
  const std::uint64_t offset = element * size, address = buffer.address + offset;
  e.heading = fmt::format("{}[{}]", buffer.name, element);
  e.text = fmt::format(
      "An element of **{}** ({} bytes of {}). It lies in sector {} of the buffer, line {}: {} elements "
      "share a sector and are moved together.",
      buffer.name, number(buffer.size_bytes), text_of_type(buffer.element), number(offset / 32), number(offset / 128),
      32 / size);
  e.formula = {"sector = offset / 32", fmt::format("       = {} / 32", number(offset))};
  e.formula_result = fmt::format("sector {}", number(offset / 32));
  if (session::is_never_written(buffer, offset / 4, scene.moment().position)) {
    e.more = "**Nobody has written it** yet.";
  }
  e.facts_title = "Now";
  const std::vector<std::uint8_t> bytes = session::device_bytes(scene.moment(), address, size);
  if (bytes.size() == size) {
    e.facts.push_back({"value", session::element_text(buffer.element, bytes, session::ValueFormat::kNatural)});
  }
  e.facts.push_back({"address", fmt::format("0x{:x}", address)});
  add_traffic(buffer, offset / 4, e);
  const trace::MemoryPlace place{
      .space = AccessSpace::kGlobal, .address = address, .bytes = size, .block = 0, .thread = 0};
  e.tries = {{"Who wrote this?", session::GoToWriter{{.variable = {}, .lane = 0, .memory = place}}}};
  session::StepBreakpoint stop;
  stop.kind = session::StepBreakpoint::Kind::kMemory;
  stop.watched = e.heading;
  stop.place = place;
  e.tries.push_back({"Stop when it changes", session::AddBreakpoint{stop}});
  return e;
}

}  // namespace warpscope::panels
