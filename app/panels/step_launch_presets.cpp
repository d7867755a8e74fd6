#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "app/panels/step_launch.h"
#include "compute/drawings/prepare.h"

namespace warpscope::panels {

namespace {

using kernels::ElementType;
using session::StepArgument;
using session::StepLaunch;

constexpr std::uint64_t kMostThreads = 1024, kMostElements = 1U << 20;
constexpr std::uint64_t kFilledAtOnce = 100'000;  // elements; larger buffers are judged by their first one

struct TypeName {
  std::string_view name;
  ElementType type;
};
// Longer names first: "unsigned char" is no "char".
constexpr std::array kTypeNames{
    TypeName{"unsigned char", ElementType::kU8},
    TypeName{"uint8_t", ElementType::kU8},
    TypeName{"unsigned short", ElementType::kU16},
    TypeName{"uint16_t", ElementType::kU16},
    TypeName{"unsigned long", ElementType::kU64},
    TypeName{"uint64_t", ElementType::kU64},
    TypeName{"unsigned", ElementType::kU32},
    TypeName{"uint", ElementType::kU32},
    TypeName{"int8_t", ElementType::kI8},
    TypeName{"int16_t", ElementType::kI16},
    TypeName{"int64_t", ElementType::kI64},
    TypeName{"double", ElementType::kF64},
    TypeName{"half", ElementType::kF16},
    TypeName{"float", ElementType::kF32},
    TypeName{"bool", ElementType::kU8},
    TypeName{"char", ElementType::kI8},
    TypeName{"short", ElementType::kI16},
    TypeName{"long", ElementType::kI64},
    TypeName{"int", ElementType::kI32},
};

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(':');
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<BufferShape> shape_in(std::string_view spec) {
  const auto parts = split(spec);
  if (parts.size() < 4 || parts[0] != "buf") return std::nullopt;
  const auto type = kernels::find_element_type(parts[1]);
  const auto count = number(parts[2]);
  if (!type || !count) return std::nullopt;
  return BufferShape{*type, *count};
}

// Of a scalar: "i32" in "i32:5".
std::string_view scalar_type(std::string_view spec) {
  const auto parts = split(spec);
  return parts.size() == 2 && kernels::find_element_type(parts[0]) ? parts[0] : std::string_view();
}

}  // namespace

std::string block_problem(const base::Dim3& block) {
  if (block.count() >= 1 && block.count() <= kMostThreads) return {};
  return fmt::format("{} x {} x {} are {} threads: a block has 1 to 1,024", block.x, block.y, block.z, block.count());
}

std::string spec_problem(const std::string& spec) {
  std::string judged = spec;
  if (const auto shape = shape_in(spec); shape && shape->count > kFilledAtOnce) {
    const auto bytes = static_cast<std::uint64_t>(kernels::bytes_of(shape->element));
    if (shape->count > kernels::kMaxArgumentBytes / bytes) {
      return fmt::format("{} elements of {} bytes are too many: a buffer has at most 2 GiB", shape->count, bytes);
    }
    const auto parts = split(spec);
    if (parts[3] == "list")
      return fmt::format("a list has at most {} values here; take a file: buf:@FILE", kFilledAtOnce);
    judged = fmt::format("buf:{}:1", parts[1]);
    for (std::size_t i = 3; i < parts.size(); ++i) judged += fmt::format(":{}", parts[i]);
  }
  const auto argument = kernels::parse_argument(judged);
  return argument ? std::string() : argument.error().text();
}

BufferShape shape_of(const StepArgument& argument, const StepLaunch& launch) {
  if (const auto shape = shape_in(argument.spec)) return *shape;
  BufferShape shape;
  shape.count = std::clamp<std::uint64_t>(launch.grid.count() * launch.block.count(), 1, kMostElements);
  for (const TypeName& known : kTypeNames) {
    if (argument.type.find(known.name) == std::string::npos) continue;
    shape.element = known.type;
    break;
  }
  return shape;
}

std::string digit_spec(const drawings::Drawing& drawing) {
  const drawings::DigitImage image = drawings::prepare(drawing);
  std::string spec = fmt::format("buf:f32:{}:list:", image.size());
  for (std::size_t i = 0; i < image.size(); ++i) {
    spec += fmt::format("{}{:.4g}", i == 0 ? "" : ",", static_cast<double>(image[i]) / 255);
  }
  return spec;
}

std::vector<ArgumentPreset> presets_of(const StepLaunch& launch, std::size_t index, const drawings::Drawing& drawing) {
  const StepArgument& argument = launch.arguments[index];
  if (!argument.is_pointer) return {};
  const BufferShape shape = shape_of(argument, launch);
  const bool real =
      shape.element == ElementType::kF16 || shape.element == ElementType::kF32 || shape.element == ElementType::kF64;
  const std::string head = fmt::format("buf:{}:{}:", kernels::name_of(shape.element), shape.count);
  std::vector<ArgumentPreset> presets{
      {"zeros", head + "zero"},
      {"ones", head + "ones"},
      {"0, 1, 2 ...", head + "iota"},
      {real ? "random, 0 to 1" : "random, 0 to 255", head + (real ? "rand:1" : "rand:1:256")}};
  if (!drawing.empty()) presets.push_back({"the drawn digit", digit_spec(drawing)});
  presets.push_back({"a list", fmt::format("buf:{}:4:list:1,2,3,4", kernels::name_of(shape.element))});
  presets.push_back({"a file", "buf:@"});
  presets.push_back({"a picture", fmt::format("buf:{}:picture:@", kernels::name_of(shape.element))});
  for (std::size_t i = 0; i < index; ++i) {
    const bool shares = launch.arguments[i].is_pointer && !launch.arguments[i].spec.starts_with("same:");
    if (shares) presets.push_back({fmt::format("same as {}", launch.arguments[i].name), fmt::format("same:{}", i)});
  }
  presets.push_back({"a null pointer", "null"});
  return presets;
}

StepLaunch as_shipped(StepLaunch launch, const kernels::Kernel& kernel) {
  launch.grid = kernel.grid;
  launch.block = kernel.block;
  launch.dynamic_shared_bytes = kernel.shared_bytes;
  const auto restore = [](std::vector<StepArgument>& arguments, const std::vector<kernels::NamedInput>& inputs) {
    for (std::size_t i = 0; i < arguments.size() && i < inputs.size(); ++i) {
      arguments[i].spec = inputs[i].spec;
      arguments[i].is_guess = false;
    }
  };
  restore(launch.arguments, kernel.arguments);
  restore(launch.symbols, kernel.symbols);
  launch.checks = {true, true, true, true};
  launch.max_steps = StepLaunch{}.max_steps;
  return launch;
}

std::string shown_spec(const StepArgument& argument) {
  const std::string_view type = scalar_type(argument.spec);
  return type.empty() ? argument.spec : argument.spec.substr(type.size() + 1);
}

std::string spec_from_shown(const StepArgument& argument, std::string_view shown) {
  const std::string_view type = scalar_type(argument.spec);
  const bool whole = shown.find(':') != std::string_view::npos || type.empty();
  return whole ? std::string(shown) : fmt::format("{}:{}", type, shown);
}

}  // namespace warpscope::panels
