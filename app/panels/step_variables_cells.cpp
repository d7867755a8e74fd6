#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "app/panels/step_variables.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using Kind = ptx::TypeInfo::Kind;
using session::ValueFormat;
using session::VariableRow;

constexpr int kLanes = 32;

// "1.5e+06" as "2e6".
std::string exponent(double value) {
  std::string out = fmt::format("{:.0e}", value);
  const auto e = out.find('e');
  if (e == std::string::npos) return out;
  const int power = std::atoi(out.c_str() + e + 1);
  return fmt::format("{}e{}", out.substr(0, e), power);
}

std::string fitted_float(double value, std::size_t characters) {
  if (!std::isfinite(value)) return "";
  const double size = std::abs(value);
  if (size < 1e5) {
    for (int decimals = static_cast<int>(characters); decimals >= 0; --decimals) {
      std::string out = fmt::format("{:.{}f}", value, decimals);
      if (const auto zero = out.find("0."); zero == 0 || (zero == 1 && out[0] == '-')) out.erase(zero, 1);
      const bool lost = value != 0 && out.find_first_not_of("-.0") == std::string::npos;
      if (out.size() <= characters && !lost) return out;
    }
  }
  const std::string out = exponent(value);
  if (out.size() <= characters) return out;
  return size < 1 && characters >= 2 ? "~0" : "";
}

// 1,048,576 as "1M": cut, not rounded, so that 1,999 is not two thousand.
std::string fitted_whole(double value, std::size_t characters) {
  double unit = 1;
  for (const char letter : {'k', 'M', 'G', 'T'}) {
    unit *= 1000;
    if (std::abs(value) < unit) return "";
    const std::string out = fmt::format("{:.0f}{}", std::trunc(value / unit), letter);
    if (out.size() <= characters) return out;
  }
  return "";
}

std::string_view without_zeros(std::string_view digits) {
  if (digits.starts_with("0x") || digits.starts_with("0b")) digits.remove_prefix(2);
  const auto first = digits.find_first_not_of("0 '");
  return first == std::string_view::npos ? "0" : digits.substr(first);
}

Kind kind_of(const Frame& f, const VariableRow& row) {
  const auto& types = types_of(f);
  const bool known = row.type_index >= 0 && row.type_index < static_cast<int>(types.size());
  return known ? types[static_cast<std::size_t>(row.type_index)].kind : Kind::kUnknown;
}

// A register knows its bits, not what they mean: those of floats are read as such, small whole numbers as decimals.
bool is_decimal(double number) {
  constexpr double kSmall = 1 << 24;
  return number >= 0 && number < kSmall;
}

// The numbers of a row, and what lies between them.
struct Numbers {
  std::array<double, kLanes> values{};
  LaneMask known = 0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  int low_lane = -1, high_lane = -1;
};

Numbers numbers_of(const Frame& f, const VariableRow& row, LaneMask lanes, LaneMask counted) {
  Numbers out;
  for (int lane = 0; lane < kLanes; ++lane) {
    if ((lanes >> lane & 1U) == 0) continue;
    const auto number = session::value_number(types_of(f), row.type_index, row.of(lane));
    if (!number) continue;
    out.values[static_cast<std::size_t>(lane)] = *number;
    out.known |= 1U << lane;
    if ((counted >> lane & 1U) == 0 || !std::isfinite(*number)) continue;
    if (*number < out.low) {
      out.low = *number;
      out.low_lane = lane;
    }
    if (*number > out.high) {
      out.high = *number;
      out.high_lane = lane;
    }
  }
  return out;
}

struct Colors {
  scene::Rgba ground, ink;
};

Colors colors_of(const Frame& f, Kind kind, const Numbers& numbers, double value) {
  const scene::Palette& c = f.colors;
  if (!std::isfinite(value)) return {c.error_tint, c.error};
  const double span = numbers.high - numbers.low;
  const auto part = static_cast<float>(span > 0 ? (value - numbers.low) / span : value == 0 ? 0.0 : 0.5);
  scene::Rgba ground = scene::mix(c.raised, c.disabled, std::clamp(part, 0.0F, 1.0F) * 0.8F);
  if (numbers.low < 0) {
    const double size = std::max(std::abs(numbers.low), std::abs(numbers.high));
    ground = scene::signed_color(static_cast<float>(value / size));
  } else if (kind == Kind::kFloat) {
    ground = scene::cividis(part);
  }
  return {ground, scene::text_on(ground)};
}

std::string range_of(const Frame& f, const VariableRow& row, Kind kind, const Numbers& numbers) {
  if (numbers.low_lane < 0 || kind == Kind::kBool || f.ui.step.format == ValueFormat::kBits) return "";
  const bool rounded = kind == Kind::kFloat && f.ui.step.format == ValueFormat::kNatural;
  const auto words = [&](int lane, double value) {
    return rounded ? range_value(value) : shown_value(f, row, lane, f.ui.step.format);
  };
  const std::string low = words(numbers.low_lane, numbers.low);
  if (numbers.low == numbers.high) return fmt::format("all {}", low);
  return fmt::format("{} – {}", low, words(numbers.high_lane, numbers.high));
}

void make_cells(const Frame& f, CellRow& out, const VariableRow& row, int characters) {
  const session::WarpRow* warp = followed_row(f);
  const LaneMask exists = warp != nullptr ? warp->exists : ~LaneMask{0};
  out.shown = row.has_value & exists;
  out.hatched = exists & ~row.has_value;
  const LaneMask active = warp != nullptr ? warp->active & out.shown : out.shown;
  const Kind kind = kind_of(f, row);
  const Numbers numbers = numbers_of(f, row, out.shown, active != 0 ? active : out.shown);
  out.range = range_of(f, row, kind, numbers);
  const ValueFormat format = f.ui.step.format;
  for (int lane = 0; lane < kLanes; ++lane) {
    const auto at = static_cast<std::size_t>(lane);
    const LaneMask bit = 1U << lane;
    if ((out.shown & bit) == 0) continue;
    const bool number = (numbers.known & bit) != 0;
    Colors colors{f.colors.raised, f.colors.text};
    if (number) colors = colors_of(f, kind, numbers, numbers.values[at]);
    const bool is_check = kind == Kind::kBool && format == ValueFormat::kNatural;
    if (is_check) {
      const bool on = number && numbers.values[at] != 0;
      if (on) out.checks |= bit;
      colors = {on ? scene::mix(f.colors.raised, f.colors.disabled, 0.4F) : f.colors.stage, f.colors.text};
    }
    if ((active & bit) == 0) {  // it has a value, but its lane does not take part
      colors.ground = scene::mix(colors.ground, f.colors.stage, 0.62F);
      colors.ink = f.colors.text3;
    }
    out.grounds[at] = colors.ground;
    out.inks[at] = colors.ink;
    if (is_check || characters == 0) continue;
    const std::string exact = shown_value(f, row, lane, format);
    out.texts[at] =
        fitted_value(exact, kind, number ? std::optional(numbers.values[at]) : std::nullopt, format, characters);
  }
}

void make_row(const Frame& f, CellRow& out, int characters) {
  const VariableRow& row = source_of(f, out);
  out.made = true;
  const session::WarpRow* warp = followed_row(f);
  if (!row.in_scope) {
    out.kind = CellRow::Kind::kOutline;
    const std::string at = warp != nullptr && warp->line > 0 ? fmt::format(" at line {}", warp->line) : "";
    const std::string where = row.declared_line > 0 ? fmt::format(", declared in line {}", row.declared_line) : "";
    out.words = fmt::format("not in scope{}{}", at, where);
  } else if (row.has_parts) {
    out.kind = CellRow::Kind::kOutline;
    const bool open = f.ui.step.unfolded.contains(row.path);
    out.words = row.type;
    for (const std::string_view more : {row.is_shared ? "in shared memory" : "", open ? "" : "unfold"}) {
      if (!more.empty()) out.words += fmt::format("{}{}", out.words.empty() ? "" : ", ", more);
    }
  } else if (row.has_value == 0 || row.bytes == 0) {
    out.kind = CellRow::Kind::kHatch;
    out.words = "no value here";
  } else if (row.is_shared) {
    out.kind = CellRow::Kind::kSpan;
    const int lane = std::countr_zero(row.has_value);
    const auto number = session::value_number(types_of(f), row.type_index, row.of(lane));
    Numbers one{.low = number.value_or(0), .high = number.value_or(0)};
    const Colors colors = colors_of(f, kind_of(f, row), one, number.value_or(0));
    out.ground = colors.ground;
    out.ink = colors.ink;
    out.words = shown_value(f, row, lane, f.ui.step.format);
    out.range = "shared";
  } else {
    make_cells(f, out, row, characters);
  }
}

}  // namespace

std::string shown_value(const Frame& f, const VariableRow& row, int lane, ValueFormat format) {
  const auto& types = types_of(f);
  if (row.type_index >= 0 || format != ValueFormat::kNatural) {
    return session::value_text(types, row.type_index, row.of(lane), format);
  }
  if (row.type.starts_with('f')) return session::value_text(types, -1, row.of(lane), ValueFormat::kFloat);
  const auto number = session::value_number(types, -1, row.of(lane));
  if (number && is_decimal(*number)) return fmt::format("{:.0f}", *number);
  return session::value_text(types, -1, row.of(lane), format);
}

std::string range_value(double number) {
  if (number == 0) return "0";
  const double size = std::abs(number);
  if (size >= 1e6 || size < 1e-4) return exponent(number);
  std::string out = fmt::format("{:.{}f}", number, size >= 100 ? 1 : size >= 1 ? 2 : 4);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

std::string fitted_value(std::string_view exact, Kind kind, std::optional<double> number, ValueFormat format,
                         int characters) {
  const auto room = static_cast<std::size_t>(std::max(0, characters));
  if (room == 0) return "";
  if (exact.size() <= room) return std::string(exact);
  if (format == ValueFormat::kHex || format == ValueFormat::kBits) {
    const std::string_view digits = without_zeros(exact);
    return digits.size() <= room ? std::string(digits) : "";
  }
  if (kind == Kind::kPointer || kind == Kind::kReference) {
    // Neighbouring lanes differ in the last digits; fewer than four would look like a number of its own.
    return room >= 4 ? std::string(exact.substr(exact.size() - 4)) : "";
  }
  if (!number) return "";
  if (kind == Kind::kChar || kind == Kind::kEnum) {  // "65 'A'" as 65
    const std::string code = fmt::format("{:.0f}", *number);
    return code.size() <= room ? code : "";
  }
  const bool fraction = kind == Kind::kFloat || format == ValueFormat::kFloat || *number != std::trunc(*number);
  return fraction ? fitted_float(*number, room) : fitted_whole(*number, room);
}

const VariableRow& source_of(const Frame& f, const CellRow& row) {
  const StepReading& reading = f.ui.step.reading;
  return row.is_register ? reading.registers[row.index] : reading.variables[row.index];
}

const std::vector<ptx::TypeInfo>& types_of(const Frame& f) {
  static const std::vector<ptx::TypeInfo> kNone;
  return f.step.run->debug ? f.step.run->debug->types() : kNone;
}

bool has_variables(const Frame& f) {
  return f.step.run->debug != nullptr && f.step.run->debug->has_variables();
}

VariableCells& variable_cells(const Frame& f, const StepColumns& columns) {
  const StepPanels& step = f.ui.step;
  const float advance = f.font(Type::kTick)->GetCharAdvance('0');
  const bool numbers = columns.numbers && !step.as_colours;
  const CellsKey key{.version = step.reading.version,
                     .format = step.format,
                     .as_colours = step.as_colours,
                     .registers = step.show_registers,
                     .dark = f.ui.dark,
                     .characters = numbers ? static_cast<int>(columns.pitch / advance + 0.05F) : 0,
                     .variables = step.reading.variables.size(),
                     .register_count = step.reading.registers.size(),
                     .unfolded = step.reading.unfolded};
  auto& cells = f.ui.step.variables.cells;
  if (cells && cells->key == key) return *cells;
  cells = std::make_shared<VariableCells>();
  cells->key = key;
  for (std::size_t i = 0; i < key.variables; ++i) cells->rows.push_back({.index = i});
  cells->first_register = cells->rows.size();
  if (step.show_registers || !has_variables(f)) {
    for (std::size_t i = 0; i < key.register_count; ++i) cells->rows.push_back({.is_register = true, .index = i});
  }
  return *cells;
}

const CellRow& made_row(const Frame& f, VariableCells& cells, std::size_t row) {
  CellRow& out = cells.rows[row];
  if (!out.made) make_row(f, out, cells.key.characters);
  return out;
}

}  // namespace warpscope::panels
