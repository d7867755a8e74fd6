#include "compute/session/step_condition.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>

#include "compute/base/text.h"

namespace warpscope::session {
namespace {

// What a thread knows of itself.
struct Place {
  const StepRun& run;
  trace::WarpIndex warp;
  int lane;
};
struct Builtin {
  std::string_view name;
  double (*value)(const Place& place);
};
base::Dim3 thread_of(const Place& p) {
  return thread_index(p.run, p.warp, p.lane);
}
base::Dim3 block_of(const Place& p) {
  return block_index(p.run, p.warp);
}
constexpr std::array kBuiltins{
    Builtin{"lane", [](const Place& p) { return static_cast<double>(p.lane); }},
    Builtin{"warp", [](const Place& p) { return static_cast<double>(p.warp % p.run.warps_per_block); }},
    Builtin{"block", [](const Place& p) { return static_cast<double>(p.warp / p.run.warps_per_block); }},
    Builtin{"threadIdx.x", [](const Place& p) { return static_cast<double>(thread_of(p).x); }},
    Builtin{"threadIdx.y", [](const Place& p) { return static_cast<double>(thread_of(p).y); }},
    Builtin{"threadIdx.z", [](const Place& p) { return static_cast<double>(thread_of(p).z); }},
    Builtin{"blockIdx.x", [](const Place& p) { return static_cast<double>(block_of(p).x); }},
    Builtin{"blockIdx.y", [](const Place& p) { return static_cast<double>(block_of(p).y); }},
    Builtin{"blockIdx.z", [](const Place& p) { return static_cast<double>(block_of(p).z); }},
    Builtin{"blockDim.x", [](const Place& p) { return static_cast<double>(p.run.launch.block.x); }},
    Builtin{"blockDim.y", [](const Place& p) { return static_cast<double>(p.run.launch.block.y); }},
    Builtin{"blockDim.z", [](const Place& p) { return static_cast<double>(p.run.launch.block.z); }},
    Builtin{"gridDim.x", [](const Place& p) { return static_cast<double>(p.run.launch.grid.x); }},
    Builtin{"gridDim.y", [](const Place& p) { return static_cast<double>(p.run.launch.grid.y); }},
    Builtin{"gridDim.z", [](const Place& p) { return static_cast<double>(p.run.launch.grid.z); }},
};

const Builtin* find_builtin(std::string_view name) {
  for (const Builtin& builtin : kBuiltins) {
    if (builtin.name == name) return &builtin;
  }
  return nullptr;
}

// The value of a path in one lane; nullopt where it has none there.
std::optional<double> read(const StepRun& run, const trace::WarpView& view, int lane, const VariablePlace& place) {
  ptx::TypeInfo whole;
  whole.size_bytes = place.offset_bytes + place.bytes;
  const auto bytes = trace::read_variable(view, lane, *place.variable, whole);
  if (bytes.size() < whole.size_bytes) return std::nullopt;
  return value_number(run.debug->types(), place.type, std::span(bytes).subspan(place.offset_bytes, place.bytes));
}

}  // namespace

base::Result<StepCondition::Operand> StepCondition::parse_operand(std::string_view text) {
  text = base::trimmed(text);
  if (text.empty()) return base::fail("a variable or a number is missing; write it as sum > 100");
  Operand operand;
  if (text == "true" || text == "false") return Operand{true, text == "true" ? 1.0 : 0.0, {}};
  if (text.starts_with("0x")) {
    std::uint64_t bits = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
    if (error == std::errc() && end == text.data() + text.size()) return Operand{true, static_cast<double>(bits), {}};
  }
  std::string_view number = text;
  if (number.size() > 1 && number.back() == 'f') number.remove_suffix(1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), operand.number);
  operand.is_number = error == std::errc() && end == number.data() + number.size();
  if (operand.is_number) return operand;
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '[' || c == ']';
  };
  for (const char c : text) {
    if (!is_part(c)) return base::fail(fmt::format("'{}' is neither a variable (tile[3][5], p.x) nor a number", text));
  }
  operand.path = text;
  return operand;
}

base::Result<StepCondition::Comparison> StepCondition::parse_comparison(std::string_view text) {
  struct Sign {
    std::string_view text;
    Op op;
  };
  // The longer ones first: ">=" contains ">".
  constexpr std::array kSigns{Sign{"==", Op::kEqual},          Sign{"!=", Op::kUnequal}, Sign{"<=", Op::kLessOrEqual},
                              Sign{">=", Op::kGreaterOrEqual}, Sign{"<", Op::kLess},     Sign{">", Op::kGreater}};
  for (const Sign& sign : kSigns) {
    const std::size_t at = text.find(sign.text);
    if (at == std::string_view::npos) continue;
    auto left = parse_operand(text.substr(0, at));
    if (!left) return tl::unexpected(left.error());
    auto right = parse_operand(text.substr(at + sign.text.size()));
    if (!right) return tl::unexpected(right.error());
    return Comparison{std::move(*left), std::move(*right), sign.op};
  }
  return base::fail(
      fmt::format("'{}': a comparison is expected, as sum > 100 (==, !=, <, <=, >, >=)", base::trimmed(text)));
}

base::Result<StepCondition> StepCondition::parse(std::string_view text) {
  StepCondition condition;
  for (const std::string_view group : base::split(text, "||")) {
    std::vector<Comparison> all;
    for (const std::string_view part : base::split(group, "&&")) {
      auto comparison = parse_comparison(part);
      if (!comparison) return tl::unexpected(comparison.error());
      all.push_back(std::move(*comparison));
    }
    condition.groups_.push_back(std::move(all));
  }
  return condition;
}

bool StepCondition::compare(double left, Op op, double right) {
  switch (op) {
    case Op::kEqual:
      return left == right;
    case Op::kUnequal:
      return left != right;
    case Op::kLess:
      return left < right;
    case Op::kLessOrEqual:
      return left <= right;
    case Op::kGreater:
      return left > right;
    case Op::kGreaterOrEqual:
      return left >= right;
  }
  return false;
}

base::Result<LaneMask> StepCondition::lanes(const StepRun& run, const trace::WarpView& view, LaneMask among) const {
  const auto warp = static_cast<trace::WarpIndex>(view.block->number * run.warps_per_block +
                                                  static_cast<std::uint64_t>(view.warp - view.block->warps.data()));
  LaneMask found = 0;
  for (const auto& group : groups_) {
    LaneMask all = among;
    for (const Comparison& comparison : group) {
      std::array<const Operand*, 2> operands{&comparison.left, &comparison.right};
      std::array<std::optional<VariablePlace>, 2> places;
      for (std::size_t i = 0; i < 2; ++i) {
        if (operands[i]->is_number || find_builtin(operands[i]->path) != nullptr) continue;
        auto place = find_variable(run, view, operands[i]->path);
        if (!place) return tl::unexpected(place.error());
        places[i] = *place;
      }
      for (int lane = 0; lane < 32; ++lane) {
        if ((all >> lane & 1U) == 0) continue;
        const auto value = [&](std::size_t i) -> std::optional<double> {
          if (operands[i]->is_number) return operands[i]->number;
          if (places[i]) return read(run, view, lane, *places[i]);
          return find_builtin(operands[i]->path)->value({run, warp, lane});
        };
        const auto left = value(0), right = value(1);
        if (!left || !right || !compare(*left, comparison.op, *right)) all &= ~(LaneMask{1} << lane);
      }
    }
    found |= all;
  }
  return found;
}

}  // namespace warpscope::session
