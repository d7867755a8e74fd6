// Variables of the followed warp, and their parts.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <set>

#include "compute/base/text.h"
#include "compute/session/step_reading.h"

namespace warpscope::session {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = ptx::TypeInfo::Kind;
using ptx::VariableInfo;
using Types = std::vector<ptx::TypeInfo>;
using View = std::optional<trace::WarpView>;

constexpr std::uint64_t kMostParts = 1024;

View view_of(const StepRun& run, const StepMoment& moment, const vgpu::MachineState& state) {
  return trace::find_warp(*run.program, run.launch, state, moment.followed);
}

const ptx::TypeInfo* type_at(const Types& types, int type) {
  return type < 0 || static_cast<std::size_t>(type) >= types.size() ? nullptr : &types[static_cast<std::size_t>(type)];
}

// A part of a variable: its type, or, of an array of several dimensions, which of them are left.
struct Part {
  int type = -1;
  std::size_t dimension = 0;  // of an array: the first that is left
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

bool is_aggregate(const ptx::TypeInfo* type) {
  return type != nullptr && (type->kind == Kind::kArray || type->kind == Kind::kStruct || type->kind == Kind::kUnion);
}

// The bytes of a whole variable; extern shared arrays take what the launch gave them.
std::uint64_t size_of(const StepRun& run, const VariableInfo& variable, const View& view) {
  const ptx::TypeInfo* const type = type_at(run.debug->types(), variable.type);
  if (type == nullptr) return 0;
  if (type->size_bytes > 0 || type->kind != Kind::kArray || !view) return type->size_bytes;
  const auto memory = trace::find_memory(*view, 0, variable);
  const std::uint64_t shared = view->block->shared.size();
  return memory && memory->space == ptx::Space::kShared && memory->address <= shared ? shared - memory->address : 0;
}

bool is_shared(const VariableInfo& variable, const View& view) {
  if (!view) return false;
  const auto memory = trace::find_memory(*view, 0, variable);
  return memory && (memory->space == ptx::Space::kShared || memory->space == ptx::Space::kGlobal ||
                    memory->space == ptx::Space::kConst);
}

// Elements along the part's first dimension.
std::uint64_t count_of(const Types& types, const Part& part) {
  const ptx::TypeInfo& array = types[static_cast<std::size_t>(part.type)];
  const std::uint64_t declared = part.dimension < array.counts.size() ? array.counts[part.dimension] : 0;
  if (declared > 0) return declared;
  const ptx::TypeInfo* const element = type_at(types, array.element);
  return element == nullptr || element->size_bytes == 0 ? 0 : part.bytes / element->size_bytes;
}

struct NamedPart {
  std::string name;  // "[3]", ".x"
  Part part;
};

std::vector<NamedPart> parts_of(const Types& types, const Part& part) {
  std::vector<NamedPart> parts;
  const ptx::TypeInfo* const type = type_at(types, part.type);
  if (!is_aggregate(type)) return parts;
  if (type->kind == Kind::kArray) {
    const std::uint64_t count = count_of(types, part);
    const std::uint64_t each = count == 0 ? 0 : part.bytes / count;
    const bool more = part.dimension + 1 < type->counts.size();
    for (std::uint64_t i = 0; i < std::min(count, kMostParts) && each > 0; ++i) {
      parts.push_back(
          {fmt::format("[{}]", i),
           {more ? part.type : type->element, more ? part.dimension + 1 : 0, part.offset + i * each, each}});
    }
    return parts;
  }
  for (const ptx::Member& member : type->members) {
    const ptx::TypeInfo* const inner = type_at(types, member.type);
    if (inner == nullptr || member.bit_size > 0) continue;
    parts.push_back({"." + member.name, {member.type, 0, part.offset + member.offset_bytes, inner->size_bytes}});
  }
  return parts;
}

// ---- Rows

// The bytes of one variable in all lanes, now and at the moment before.
struct LaneBytes {
  std::array<Bytes, 32> now, before;
  bool has_before = false;
};

class Rows {
 public:
  Rows(const StepRun& run, const StepMoment& moment, std::span<const std::string> unfolded)
      : run_(run),
        types_(run.debug->types()),
        unfolded_(unfolded.begin(), unfolded.end()),
        view_(view_of(run, moment, *moment.state)) {
    if (moment.before) before_ = view_of(run, moment, *moment.before);
    if (before_ && view_ && before_->function() != view_->function()) before_.reset();
  }

  std::vector<VariableRow> all() {
    if (!view_) return {};
    const auto& declared = run_.debug->variables(view_->function());
    const auto here = run_.debug->variables(view_->function(), view_->instruction());
    std::set<std::string> seen;
    // Of several with one name the innermost in scope is meant.
    for (const VariableInfo& variable : declared) {
      const bool in_scope = std::find(here.begin(), here.end(), &variable) != here.end();
      if (in_scope) visible_[variable.name] = &variable;
    }
    for (const VariableInfo& variable : declared) {
      const auto visible = visible_.find(variable.name);
      const bool in_scope = visible != visible_.end() && visible->second == &variable;
      if (visible != visible_.end() && !in_scope) continue;
      if (!in_scope && (variable.inline_depth > 0 || !seen.insert(variable.name).second)) continue;
      add_variable(variable, in_scope);
    }
    return std::move(rows_);
  }

 private:
  void add_variable(const VariableInfo& variable, bool in_scope) {
    const std::uint64_t bytes = size_of(run_, variable, view_);
    VariableRow row;
    row.path = row.name = variable.name;
    row.declared_line = variable.declared_line;
    row.in_scope = in_scope;
    row.is_shared = is_shared(variable, view_);
    if (!in_scope) {
      describe(row, {variable.type, 0, 0, bytes});
      row.has_parts = false;
      rows_.push_back(std::move(row));
      return;
    }
    const LaneBytes lanes = read(variable, bytes, row.is_shared);
    add(std::move(row), {variable.type, 0, 0, bytes}, lanes);
  }

  LaneBytes read(const VariableInfo& variable, std::uint64_t bytes, bool shared) const {
    LaneBytes lanes;
    ptx::TypeInfo as;
    as.size_bytes = bytes;
    lanes.has_before = before_.has_value();
    for (int lane = 0; lane < 32; ++lane) {
      const auto i = static_cast<std::size_t>(lane);
      if ((view_->warp->threads >> lane & 1U) == 0) continue;
      if (shared && lane > 0) {
        lanes.now[i] = lanes.now[0];
        lanes.before[i] = lanes.before[0];
        continue;
      }
      lanes.now[i] = trace::read_variable(*view_, lane, variable, as);
      if (before_) lanes.before[i] = trace::read_variable(*before_, lane, variable, as);
    }
    return lanes;
  }

  void describe(VariableRow& row, const Part& part) const {
    const ptx::TypeInfo* const type = type_at(types_, part.type);
    row.type_index = part.type;
    row.type = type == nullptr ? "" : type->name;
    row.has_parts = is_aggregate(type) && part.bytes > 0;
    if (row.has_parts && type->kind == Kind::kArray && part.dimension > 0) row.type = "";
  }

  void add(VariableRow row, const Part& part, const LaneBytes& lanes) {
    describe(row, part);
    fill_values(row, part, lanes);
    const bool unfolds = row.has_parts && unfolded_.contains(row.path);
    const VariableRow parent = row;
    rows_.push_back(std::move(row));
    if (!unfolds) return;
    for (const NamedPart& named : parts_of(types_, part)) {
      VariableRow child;
      child.path = parent.path + named.name;
      child.name = named.name;
      child.depth = parent.depth + 1;
      child.declared_line = parent.declared_line;
      child.is_shared = parent.is_shared;
      add(std::move(child), named.part, lanes);
    }
  }

  void fill_values(VariableRow& row, const Part& part, const LaneBytes& lanes) const {
    if (!row.has_parts) {
      row.bytes = static_cast<std::uint32_t>(part.bytes);
      row.values.resize(32 * part.bytes);
    }
    for (int lane = 0; lane < 32; ++lane) {
      const auto i = static_cast<std::size_t>(lane);
      const Bytes& now = lanes.now[i];
      if (now.size() < part.offset + part.bytes || part.bytes == 0) continue;
      row.has_value |= LaneMask{1} << lane;
      const std::uint8_t* const value = now.data() + part.offset;
      if (!row.has_parts) std::memcpy(row.values.data() + i * part.bytes, value, part.bytes);
      if (!lanes.has_before) continue;
      const Bytes& before = lanes.before[i];
      const bool same =
          before.size() >= part.offset + part.bytes && std::memcmp(before.data() + part.offset, value, part.bytes) == 0;
      if (!same) row.changed |= LaneMask{1} << lane;
    }
  }

  const StepRun& run_;
  const Types& types_;
  std::set<std::string> unfolded_;
  View view_, before_;
  std::map<std::string, const VariableInfo*> visible_;
  std::vector<VariableRow> rows_;
};

// ---- Paths

// Takes ".x" or "[3]" from the front of a path.
base::Result<Part> descend(const Types& types, const Part& part, std::string_view& rest, std::string_view whole) {
  const ptx::TypeInfo* const type = type_at(types, part.type);
  const bool index = rest.front() == '[';
  const std::size_t end = index ? rest.find(']') : rest.find_first_of(".[", 1);
  if (index && end == std::string_view::npos) return base::fail(fmt::format("{}: ']' is missing", whole));
  const std::string_view step = rest.substr(0, end == std::string_view::npos ? end : end + (index ? 1 : 0));
  rest.remove_prefix(step.size());
  if (!is_aggregate(type)) return base::fail(fmt::format("{}: there is nothing to take {} of", whole, step));
  if (index) {
    std::uint64_t number = 0;
    const std::string_view digits = step.substr(1, step.size() - 2);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const std::uint64_t count = type->kind == Kind::kArray ? count_of(types, part) : 0;
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || number >= count) {
      return base::fail(
          fmt::format("{}: an index from 0 to {} is expected in {}", whole, count == 0 ? 0 : count - 1, step));
    }
    const std::uint64_t each = part.bytes / count;
    const bool more = part.dimension + 1 < type->counts.size();
    return Part{more ? part.type : type->element, more ? part.dimension + 1 : 0, part.offset + number * each, each};
  }
  std::string names;
  for (const NamedPart& named : parts_of(types, part)) {
    if (named.name == step) return named.part;
    names += (names.empty() ? "" : ", ") + named.name;
  }
  return base::fail(fmt::format("{}: there is no {}; there is {}", whole, step, names));
}

std::string names_of(const std::vector<const VariableInfo*>& variables) {
  std::string names;
  for (const VariableInfo* variable : variables) names += (names.empty() ? "" : ", ") + variable->name;
  return names.empty() ? "none" : names;
}

}  // namespace

std::vector<VariableRow> variable_rows(const StepRun& run, const StepMoment& moment,
                                       std::span<const std::string> unfolded) {
  return Rows(run, moment, unfolded).all();
}

std::vector<VariableRow> register_rows(const StepRun& run, const StepMoment& moment) {
  std::vector<VariableRow> rows;
  const View view = view_of(run, moment, *moment.state);
  if (!view) return rows;
  View before;
  if (moment.before) before = view_of(run, moment, *moment.before);
  if (before && before->function() != view->function()) before.reset();
  const auto& declared = run.module->functions[static_cast<std::size_t>(view->function())].registers;
  for (std::size_t reg = 0; reg < declared.size(); ++reg) {
    VariableRow row;
    row.path = row.name = declared[reg].name;
    row.type = ptx::name_of(declared[reg].type);
    row.bytes = declared[reg].type == ptx::Type::kPred
                    ? 1U
                    : static_cast<std::uint32_t>(std::clamp(ptx::bits_of(declared[reg].type) / 8, 1, 8));
    row.values.resize(32 * std::size_t{row.bytes});
    for (int lane = 0; lane < 32; ++lane) {
      if ((view->warp->threads >> lane & 1U) == 0) continue;
      const std::uint64_t value = trace::read_register(*view, lane, static_cast<int>(reg));
      std::memcpy(row.values.data() + static_cast<std::size_t>(lane) * row.bytes, &value, row.bytes);
      row.has_value |= LaneMask{1} << lane;
      if (before && trace::read_register(*before, lane, static_cast<int>(reg)) != value) {
        row.changed |= LaneMask{1} << lane;
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

base::Result<VariablePlace> find_variable(const StepRun& run, const StepMoment& moment, std::string_view path) {
  const View view = view_of(run, moment, *moment.state);
  if (!view) return base::fail("the followed warp has not begun or has ended: it has no variables");
  return find_variable(run, *view, path);
}

base::Result<VariablePlace> find_variable(const StepRun& run, const trace::WarpView& view, std::string_view path) {
  path = base::trimmed(path);
  const auto here = run.debug->variables(view.function(), view.instruction());
  const std::size_t name_end = path.find_first_of(".[");
  const std::string_view name = path.substr(0, name_end);
  const VariableInfo* found = nullptr;
  for (const VariableInfo* variable : here) {
    if (variable->name == name) found = variable;  // inner scopes come last
  }
  if (found == nullptr) {
    return base::fail(fmt::format("there is no variable '{}' here; there is: {}", name, names_of(here)));
  }
  Part part{found->type, 0, 0, size_of(run, *found, view)};
  std::string_view rest = name_end == std::string_view::npos ? std::string_view() : path.substr(name_end);
  while (!rest.empty()) {
    auto next = descend(run.debug->types(), part, rest, path);
    if (!next) return tl::unexpected(next.error());
    part = *next;
  }
  return VariablePlace{found, part.type, part.offset, part.bytes};
}

std::optional<trace::MemoryPlace> memory_of(const StepRun& run, const StepMoment& moment, const VariablePlace& place,
                                            int lane) {
  const View view = view_of(run, moment, *moment.state);
  if (!view) return std::nullopt;
  const auto memory = trace::find_memory(*view, lane, *place.variable);
  if (!memory) return std::nullopt;
  trace::MemoryPlace out;
  switch (memory->space) {
    case ptx::Space::kShared:
      out.space = vgpu::AccessSpace::kShared;
      break;
    case ptx::Space::kLocal:
      out.space = vgpu::AccessSpace::kLocal;
      break;
    case ptx::Space::kGlobal:
    case ptx::Space::kConst:
      out.space = vgpu::AccessSpace::kGlobal;
      break;
    default:
      return std::nullopt;
  }
  out.address = memory->address + place.offset_bytes;
  out.bytes = place.bytes;
  out.block = moment.followed / run.warps_per_block;
  out.thread = moment.followed % run.warps_per_block * 32 + static_cast<std::uint32_t>(lane);
  return out;
}

}  // namespace warpscope::session
