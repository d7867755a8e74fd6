// Functions, scopes and variables of the debug information: see debug_reader.h.
#include "compute/ptx/debug_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "compute/ptx/debug_names.h"

namespace warpscope::ptx {

using dwarf::At;
using dwarf::Attributes;
using dwarf::Tag;
using dwarf::Value;

namespace {

constexpr int kMaxOrigins = 8;
constexpr int kMaxInlineDepth = 256;

// Every byte and instruction is worth a number of steps; honest modules need about a tenth of this.
std::uint64_t steps_for(const Module& module) {
  std::uint64_t size = 1U << 14;
  for (const Section& section : module.sections) size += section.bytes.size() + section.fixups.size();
  for (const Function& function : module.functions) size += function.instructions.size();
  return 64 * size;
}

bool is_file_scope(const dwarf::Entries& entries, int parent) {
  constexpr auto kNamespace = static_cast<Tag>(0x39);
  return parent < 0 || entries[parent].parent < 0 || entries[parent].tag() == kNamespace;
}

int to_line(std::uint64_t number) {
  return number > 0x7fffffffU ? 0 : static_cast<int>(number);
}

}  // namespace

DebugInfoReader::DebugInfoReader(const Module& module)
    : module_(module),
      budget_(steps_for(module)),
      problems_(module.file),
      entries_(module, budget_, problems_),
      locations_(module.find_section(".debug_loc")),
      range_lists_(module.find_section(".debug_ranges")),
      types_(entries_, module.address_size / 8, budget_, problems_) {}

DebugInfo DebugInfoReader::read() {
  result_.module_ = &module_;
  name_functions();
  name_inlined();
  read_entries();
  for (auto& [function, variables] : demoted_variables_) {
    auto& all = result_.functions_[static_cast<std::size_t>(function)].variables;
    all.insert(all.begin(), std::make_move_iterator(variables.begin()), std::make_move_iterator(variables.end()));
  }
  result_.types_ = types_.finish();
  if (budget_.exhausted()) {
    problems_.add(
        "the debug information refers to itself far more often than compilers do; reading it stopped half-way, and "
        "variables or types are missing");
  }
  result_.problems_ = problems_.take();
  return std::move(result_);
}

void DebugInfoReader::name_functions() {
  result_.functions_.resize(module_.functions.size());
  for (std::size_t i = 0; i < module_.functions.size(); ++i) {
    const Function& function = module_.functions[i];
    const int index = static_cast<int>(i);
    result_.functions_[i].readable_name = dwarf::readable(function.name, budget_);
    functions_.try_emplace(function.name, index);
    if (!entries_.info().present()) continue;
    for (const Variable& variable : function.variables) {
      if (variable.space != Space::kLocal && variable.space != Space::kParam)
        demoted_.try_emplace(variable.name, index);
    }
  }
  for (std::size_t i = 0; i < module_.variables.size(); ++i) {
    module_variables_.try_emplace(module_.variables[i].name, static_cast<int>(i));
  }
}

// The names that `.loc ..., function_name $L__info_string0` refers to.
void DebugInfoReader::name_inlined() {
  const dwarf::Data strings(module_.find_section(".debug_str"));
  for (const Function& function : module_.functions) {
    for (const Loc& loc : function.locs) {
      if (loc.function.empty() || result_.inlined_names_.count(loc.function) != 0) continue;
      std::string& name = result_.inlined_names_[loc.function];
      const std::size_t plus = loc.function.find('+');
      const std::string label = loc.function.substr(0, plus);
      const bool known = strings.present() && strings.section()->labels.count(label) != 0;
      if (!known) {
        problems_.add(fmt::format(".loc names the inlined function by '{}', which is no label of .debug_str", label));
        continue;
      }
      std::uint64_t offset = strings.section()->labels.at(label);
      if (plus != std::string::npos) offset += std::strtoull(loc.function.c_str() + plus + 1, nullptr, 0);
      dwarf::Cursor cursor(strings, offset, strings.size());
      name = dwarf::readable(cursor.text(), budget_);
    }
  }
}

void DebugInfoReader::read_entries() {
  result_.has_variables_ = entries_.size() > 0;
  for (int i = 0; i < entries_.size() && budget_.spend(); ++i) {
    if (entries_[i].tag() == Tag::kSubprogram) read_function(i);
    if (entries_[i].tag() == Tag::kVariable && is_file_scope(entries_, entries_[i].parent)) read_global(i);
  }
}

// Index into Module::functions of the function an entry describes; -1: of none that has code here.
int DebugInfoReader::function_of(const Attributes& attributes) {
  for (const Attributes& origin : with_origins(attributes)) {
    for (const At at : {At::kMipsLinkageName, At::kLinkageName, At::kName}) {
      const auto found = functions_.find(origin.text(at));
      if (found != functions_.end() && !origin.text(at).empty()) return found->second;
    }
  }
  const Value* low = attributes.find(At::kLowPc);
  return low && low->fixup ? function_with_label(low->fixup->symbol) : -1;
}

void DebugInfoReader::read_function(int entry) {
  const Attributes attributes = entries_.attributes(entry);
  if (!attributes.find(At::kLowPc) && !attributes.find(At::kRanges)) return;  // abstract: of inlined functions
  function_ = function_of(attributes);
  if (function_ < 0) {
    problems_.add(".debug_info", entries_[entry].offset,
                  fmt::format("function '{}' is described, but the module does not define it", full_name(attributes)));
    return;
  }
  if (current_info().readable_name == current().name) {
    current_info().readable_name = signature(entry, current().name);
  }
  frame_base_ = {};
  if (const Value* base = attributes.find(At::kFrameBase); base && base->kind == Value::Kind::kBlock) {
    auto read = dwarf::read_expression(entries_.info(), base->number, base->number + base->length,
                                       entries_.unit_of(entry).address_bytes);
    if (read) frame_base_ = std::move(*read);
  }
  Scope whole{entry, 0, static_cast<int>(current().instructions.size()), 0, -1};
  const std::vector<Range> ranges = ranges_of(attributes);
  if (!ranges.empty()) std::tie(whole.lo, whole.hi) = ranges.front();
  std::vector<Scope> waiting{whole};
  while (!waiting.empty() && budget_.spend()) {
    const Scope scope = waiting.back();
    waiting.pop_back();
    std::vector<Scope> inner;
    read_scope(scope, inner);
    waiting.insert(waiting.end(), inner.rbegin(), inner.rend());  // the first is read next
  }
  function_ = -1;
}

// Own variables first, so that inner scopes' ones come later in the list.
void DebugInfoReader::read_scope(const Scope& scope, std::vector<Scope>& inner) {
  for (int child = scope.entry + 1; child < entries_[scope.entry].next && budget_.spend();
       child = entries_[child].next) {
    switch (entries_[child].tag()) {
      case Tag::kParameter:
      case Tag::kVariable:
        if (auto variable = read_variable(child, scope)) current_info().variables.push_back(std::move(*variable));
        break;
      case Tag::kBlock:
      case Tag::kInlined:
        enter_block(scope, child, inner);
        break;
      default:
        break;
    }
  }
}

void DebugInfoReader::enter_block(const Scope& outer, int entry, std::vector<Scope>& inner) {
  const Attributes attributes = entries_.attributes(entry);
  Scope scope = outer;
  scope.entry = entry;
  const std::vector<Range> ranges = ranges_of(attributes);
  if (!ranges.empty()) {
    scope.lo = std::numeric_limits<int>::max();
    scope.hi = 0;
    for (const auto& [lo, hi] : ranges) {
      scope.lo = std::min(scope.lo, lo);
      scope.hi = std::max(scope.hi, hi);
    }
  }
  if (entries_[entry].tag() == Tag::kInlined) {
    if (ranges.empty() || outer.inline_depth >= kMaxInlineDepth) return;
    ++scope.inline_depth;
    scope.inlined = enter_inlined(outer, entry, attributes, ranges);
  }
  inner.push_back(scope);
}

int DebugInfoReader::enter_inlined(const Scope& outer, int entry, const Attributes& attributes,
                                   const std::vector<Range>& ranges) {
  DebugInfo::Inlined inlined;
  inlined.function = full_name(attributes);
  if (inlined.function.empty()) {
    problems_.add(".debug_info", entries_[entry].offset, "an inlined function has no name");
  }
  inlined.called_from.file = module_.file_path(to_line(attributes.number(At::kCallFile)));
  inlined.called_from.line = to_line(attributes.number(At::kCallLine));
  inlined.called_from.column = to_line(attributes.number(At::kCallColumn));
  inlined.outer = outer.inlined;
  auto& info = current_info();
  info.inlined.push_back(std::move(inlined));
  const int index = static_cast<int>(info.inlined.size()) - 1;
  info.inlined_at.resize(current().instructions.size(), -1);
  for (const auto& [lo, hi] : ranges) {
    if (hi <= lo || !budget_.spend(static_cast<std::uint64_t>(hi - lo))) continue;
    std::fill(info.inlined_at.begin() + lo, info.inlined_at.begin() + hi, index);
  }
  return index;
}

std::optional<VariableInfo> DebugInfoReader::read_variable(int entry, const Scope& scope) {
  const Attributes attributes = entries_.attributes(entry);
  VariableInfo variable;
  variable.is_parameter = entries_[entry].tag() == Tag::kParameter;
  const std::vector<Attributes> origins = with_origins(attributes);
  const Attributes* typed = nullptr;
  for (const Attributes& origin : origins) {
    if (variable.name.empty()) variable.name = dwarf::readable(origin.text(At::kName), budget_);
    if (variable.declared_line == 0) variable.declared_line = to_line(origin.number(At::kDeclaredLine));
    if (!typed && origin.find(At::kType)) typed = &origin;
  }
  // Without a line: made by the compiler, such as the two iterators of a range-based for ("__T37"), or a vtable.
  const bool is_written = variable.is_parameter || variable.declared_line > 0;
  if (variable.name.empty() || !is_written || !typed) return std::nullopt;
  variable.type = types_.type_of(*typed);
  variable.scope_lo = scope.lo;
  variable.scope_hi = scope.hi;
  variable.inline_depth = scope.inline_depth;
  for (const Attributes& origin : origins) {
    if (variable.places.empty()) read_places(entry, origin, scope, variable);
  }
  return variable;
}

void DebugInfoReader::read_global(int entry) {
  const Attributes attributes = entries_.attributes(entry);
  // nvcc moves a .shared variable of file scope into the one function that uses it: there it is shown.
  std::string symbol(attributes.text(At::kMipsLinkageName));
  if (symbol.empty()) symbol = attributes.text(At::kName);
  const auto demoted = demoted_.find(symbol);
  const bool is_demoted = demoted != demoted_.end() && module_variables_.count(symbol) == 0;
  function_ = is_demoted ? demoted->second : -1;
  const int end = is_demoted ? static_cast<int>(current().instructions.size()) : std::numeric_limits<int>::max();
  if (auto variable = read_variable(entry, {entry, 0, end, 0, -1})) {
    (is_demoted ? demoted_variables_[function_] : result_.globals_).push_back(std::move(*variable));
  }
  function_ = -1;
}

std::vector<Attributes> DebugInfoReader::with_origins(const Attributes& attributes) {
  std::vector<Attributes> result{attributes};
  for (int i = 0; i < kMaxOrigins && budget_.spend(); ++i) {
    const Value* next = result.back().find(At::kAbstractOrigin);
    if (!next) next = result.back().find(At::kSpecification);
    const int entry = next && next->kind == Value::Kind::kReference ? entries_.find(next->number) : -1;
    if (entry < 0) break;
    result.push_back(entries_.attributes(entry));
  }
  return result;
}

std::string DebugInfoReader::full_name(const Attributes& attributes) {
  const std::vector<Attributes> origins = with_origins(attributes);
  for (const At at : {At::kMipsLinkageName, At::kLinkageName, At::kName}) {
    for (const Attributes& origin : origins) {
      if (!origin.text(at).empty()) return dwarf::readable(origin.text(at), budget_);
    }
  }
  return {};
}

// For names that are not mangled, those of extern "C" functions.
std::string DebugInfoReader::signature(int entry, std::string_view name) {
  std::string parameters;
  for (int child = entry + 1; child < entries_[entry].next && budget_.spend(); child = entries_[child].next) {
    if (entries_[child].tag() != Tag::kParameter) continue;
    const int type = types_.type_of(entries_.attributes(child));
    parameters += (parameters.empty() ? "" : ", ") + types_[type].name;
    budget_.spend(types_[type].name.size());
  }
  return fmt::format("{}({})", name, parameters);
}

int DebugInfoReader::function_with_label(const std::string& label) {
  for (std::size_t i = 0; labels_.empty() && i < module_.functions.size(); ++i) {
    for (const auto& [name, pc] : module_.functions[i].labels) labels_.try_emplace(name, static_cast<int>(i));
  }
  const auto found = labels_.find(label);
  return found == labels_.end() ? -1 : found->second;
}

int DebugInfoReader::pc_of(const Fixup* fixup) const {
  if (!fixup || function_ < 0 || fixup->addend != 0) return -1;
  const auto found = current().labels.find(fixup->symbol);
  if (found != current().labels.end()) {
    return std::clamp(found->second, 0, static_cast<int>(current().instructions.size()));
  }
  return fixup->symbol == current().name ? 0 : -1;
}

std::vector<DebugInfoReader::Range> DebugInfoReader::ranges_of(const Attributes& attributes) {
  std::vector<Range> result;
  const auto add = [&](int lo, int hi) {
    if (lo >= 0 && hi >= lo) result.emplace_back(lo, hi);
  };
  if (const Value* list = attributes.find(At::kRanges); list && range_lists_.present()) {
    const int bytes = module_.address_size / 8;
    dwarf::Cursor cursor(range_lists_, dwarf::offset_in(range_lists_, list->number, list->fixup), range_lists_.size());
    while (cursor.ok() && !cursor.at_end() && budget_.spend()) {
      const dwarf::Number lo = cursor.number(bytes);
      const dwarf::Number hi = cursor.number(bytes);
      if (!cursor.ok() || (!lo.fixup && !hi.fixup && lo.value == 0 && hi.value == 0)) break;
      add(pc_of(lo.fixup), pc_of(hi.fixup));
    }
    return result;
  }
  const Value* low = attributes.find(At::kLowPc);
  const Value* high = attributes.find(At::kHighPc);
  if (!low || !high) return result;
  add(pc_of(low->fixup), pc_of(high->fixup));
  if (result.empty())
    problems_.add("the range of a scope does not name two labels of its function; the outer scope's is used");
  return result;
}

}  // namespace warpscope::ptx
