#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "compute/session/step_recording.h"
#include "compute/session/step_recording_parts.h"

namespace warpscope::session {
namespace {

using kernels::ElementType;
using Kind = ptx::TypeInfo::Kind;

constexpr std::uint32_t kElements = 1024;  // of a buffer nobody described
constexpr std::uint32_t kSide = 32;        // of a picture nobody described

constexpr std::array<std::string_view, 14> kSideNames{"width", "height", "w",  "h",  "rows",  "cols",   "columns",
                                                      "nx",    "ny",     "sx", "sy", "pitch", "stride", "ncols"};

bool is_side(std::string_view name) {
  return std::find(kSideNames.begin(), kSideNames.end(), name) != kSideNames.end();
}

// A guess for a scalar of this type: sizes are what fits the buffers.
std::string guess_scalar(const ptx::TypeInfo* type, std::uint64_t bytes, std::string_view name) {
  const Kind kind = type == nullptr ? Kind::kUnknown : type->kind;
  if (kind == Kind::kFloat && bytes == 4) return "f32:1";
  if (kind == Kind::kFloat && bytes == 8) return "f64:1";
  const std::uint32_t count = is_side(name) ? kSide : kElements;
  const bool is_number = kind == Kind::kSigned || kind == Kind::kUnsigned || kind == Kind::kUnknown;
  if (kind == Kind::kBool) return "u8:1";
  if (is_number && bytes <= 8 && bytes != 1 && (bytes & (bytes - 1)) == 0) {
    const bool is_signed = kind != Kind::kUnsigned;
    return fmt::format("{}{}:{}", is_signed ? "i" : "u", 8 * bytes, count);
  }
  return "bytes:" + std::string(2 * bytes, '0');
}

// Room for as many of what the pointer points to; `target_bytes` of one, 0 where that is not known.
std::string guess_buffer(ElementType element, std::uint64_t target_bytes) {
  const bool real = element == ElementType::kF16 || element == ElementType::kF32 || element == ElementType::kF64;
  const auto each = static_cast<std::uint64_t>(kernels::bytes_of(element));
  const std::uint64_t count = kElements * std::max<std::uint64_t>(1, (target_bytes + each - 1) / each);
  return fmt::format("buf:{}:{}:rand:1{}", kernels::name_of(element), count, real ? "" : ":256");
}

// Of what a pointer points to; 0 where it is none.
std::uint64_t bytes_behind(const std::vector<ptx::TypeInfo>& types, const ptx::TypeInfo* pointer) {
  if (pointer == nullptr || pointer->element < 0 || static_cast<std::size_t>(pointer->element) >= types.size())
    return 0;
  return types[static_cast<std::size_t>(pointer->element)].size_bytes;
}

struct ParameterText {
  std::string name;
  const ptx::TypeInfo* type = nullptr;  // null: not known
  int type_index = -1;
  std::uint64_t bytes = 0;
  bool is_pointer = false;
};

std::vector<ParameterText> parameters(const ptx::Module& module, const ptx::DebugInfo& debug,
                                      const std::string& kernel) {
  std::vector<ParameterText> all;
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    const ptx::Function& function = module.functions[i];
    if (!function.is_entry || function.name != kernel) continue;
    std::vector<const ptx::VariableInfo*> infos;
    for (const ptx::VariableInfo& variable : debug.variables(static_cast<int>(i))) {
      if (variable.is_parameter && variable.inline_depth == 0) infos.push_back(&variable);
    }
    for (std::size_t p = 0; p < function.parameters.size(); ++p) {
      const ptx::Variable& declared = function.parameters[p];
      ParameterText text;
      text.bytes = declared.size_bytes;
      text.name = p < infos.size() ? infos[p]->name : fmt::format("parameter {}", p);
      if (p < infos.size() && infos[p]->type >= 0) {
        text.type_index = infos[p]->type;
        text.type = &debug.types()[static_cast<std::size_t>(infos[p]->type)];
      }
      const bool looks_like_one = text.type == nullptr && declared.size_bytes == 8 && declared.dimensions.empty() &&
                                  declared.type != ptx::Type::kF64;
      text.is_pointer =
          declared.is_pointer || looks_like_one ||
          (text.type != nullptr && (text.type->kind == Kind::kPointer || text.type->kind == Kind::kReference));
      all.push_back(std::move(text));
    }
  }
  return all;
}

void take_shipped(StepLaunch& launch, const kernels::Kernel& shipped) {
  launch.grid = shipped.grid;
  launch.block = shipped.block;
  launch.dynamic_shared_bytes = shipped.shared_bytes;
  for (std::size_t i = 0; i < launch.arguments.size() && i < shipped.arguments.size(); ++i) {
    launch.arguments[i].name = shipped.arguments[i].name;
    launch.arguments[i].spec = shipped.arguments[i].spec;
    launch.arguments[i].is_guess = false;
  }
  for (const kernels::NamedInput& symbol : shipped.symbols) {
    StepArgument argument;
    argument.name = symbol.name;
    argument.spec = symbol.spec;
    launch.symbols.push_back(std::move(argument));
  }
}

}  // namespace

StepLaunch default_launch(const ptx::Module& module, const std::string& kernel, const kernels::Kernel* shipped) {
  StepLaunch launch;
  launch.kernel = kernel;
  const ptx::DebugInfo debug = ptx::DebugInfo::read(module);
  bool has_sides = false;
  for (const ParameterText& parameter : parameters(module, debug, kernel)) {
    StepArgument argument;
    argument.name = parameter.name;
    argument.type = parameter.type != nullptr && !parameter.type->name.empty()
                        ? parameter.type->name
                        : fmt::format("{} bytes", parameter.bytes);
    argument.is_pointer = parameter.is_pointer;
    argument.is_guess = true;
    argument.spec = parameter.is_pointer
                        ? guess_buffer(element_of(debug.types(), parameter.type_index, ElementType::kF32),
                                       bytes_behind(debug.types(), parameter.type))
                        : guess_scalar(parameter.type, parameter.bytes, parameter.name);
    has_sides = has_sides || (!parameter.is_pointer && is_side(parameter.name));
    launch.arguments.push_back(std::move(argument));
  }
  launch.grid = has_sides ? base::Dim3{2, 2, 1} : base::Dim3{4, 1, 1};
  launch.block = has_sides ? base::Dim3{16, 16, 1} : base::Dim3{256, 1, 1};
  const bool asks_for_shared = std::any_of(
      module.variables.begin(), module.variables.end(),
      [](const ptx::Variable& variable) { return variable.space == ptx::Space::kShared && variable.size_bytes == 0; });
  if (asks_for_shared) launch.dynamic_shared_bytes = static_cast<std::uint32_t>(4 * launch.block.count());
  const kernels::Kernel* const entry = shipped != nullptr ? kernels::neighbour(*shipped, kernel) : nullptr;
  if (entry != nullptr) take_shipped(launch, *entry);
  return launch;
}

StepLaunch with_values_of(StepLaunch launch, const StepLaunch& before) {
  for (StepArgument& argument : launch.arguments) {
    const auto same = std::find_if(before.arguments.begin(), before.arguments.end(), [&](const StepArgument& old) {
      return old.name == argument.name && old.type == argument.type;
    });
    if (same != before.arguments.end()) argument = *same;
  }
  launch.grid = before.grid;
  launch.block = before.block;
  launch.dynamic_shared_bytes = before.dynamic_shared_bytes;
  launch.checks = before.checks;
  launch.max_steps = before.max_steps;
  launch.only_block = before.only_block;
  if (!before.symbols.empty()) launch.symbols = before.symbols;
  return launch;
}

}  // namespace warpscope::session
