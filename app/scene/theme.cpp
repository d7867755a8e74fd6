#include "app/scene/theme.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace warpscope::scene {
namespace {

constexpr Palette kDark{
    .stage = rgb(0x0F1114),
    .panel = rgb(0x16191D),
    .raised = rgb(0x1F2328),
    .hover = rgb(0x2A2F36),
    .hair = rgb(0x262B31),
    .strong = rgb(0x3A414A),
    .text = rgb(0xE6E8EB),
    .text2 = rgb(0xAEB5BE),
    .text3 = rgb(0x8F97A2),
    .disabled = rgb(0x5C646E),
    .accent = rgb(0xA597FF),
    .accent_fill = rgb(0x6552DC),
    .on_accent = rgb(0xFFFFFF),
    .accent_tint = rgb(0x25223F),
    .warning = rgb(0xF0B354),
    .error = rgb(0xFF8A5C),
    .good = rgb(0x5CC8A1),
    .warning_tint = rgb(0x2E2617),
    .error_tint = rgb(0x33211A),
    .good_tint = rgb(0x16291F),
    .train = rgb(0x56B4E9),
    .validation = rgb(0xE69F00),
    .positive = rgb(0xE8872B),
    .negative = rgb(0x4C9BE8),
    .grid = rgb(0x22272D),
    .shadow = rgb(0x07080A),
    .keycap = rgb(0x2A2F36),
    .keycap_edge = rgb(0x454D57),
    .code_keyword = rgb(0xC7A6FF),
    .code_type = rgb(0x7CC4F2),
    .code_number = rgb(0xF0B98A),
    .code_comment = rgb(0x8892A0),
    .code_builtin = rgb(0xE6D8A0),
    .code_string = rgb(0x9FD6A8),
    .lane_issues = rgb(0x56B4E9),
    .lane_ready = rgb(0x32627E),
    .lane_off = rgb(0xCC79A7),
    .lane_barrier = rgb(0xE69F00),
};

constexpr Palette kLight{
    .stage = rgb(0xFFFFFF),
    .panel = rgb(0xF6F7F8),
    .raised = rgb(0xECEEF0),
    .hover = rgb(0xE1E4E8),
    .hair = rgb(0xDFE2E6),
    .strong = rgb(0xBEC4CB),
    .text = rgb(0x1A1D21),
    .text2 = rgb(0x434B54),
    .text3 = rgb(0x5C646E),
    .disabled = rgb(0x9AA2AB),
    .accent = rgb(0x5643C9),
    .accent_fill = rgb(0x5B48D0),
    .on_accent = rgb(0xFFFFFF),
    .accent_tint = rgb(0xE9E6FB),
    .warning = rgb(0x855600),
    .error = rgb(0xAD370C),
    .good = rgb(0x0B6E4F),
    .warning_tint = rgb(0xFBF0D9),
    .error_tint = rgb(0xFCE9E1),
    .good_tint = rgb(0xE0F3EB),
    .train = rgb(0x0072B2),
    .validation = rgb(0xB86E00),
    .positive = rgb(0xB85500),
    .negative = rgb(0x1F6FC0),
    .grid = rgb(0xEBEDF0),
    .shadow = rgb(0xC9CED4),
    .keycap = rgb(0xFFFFFF),
    .keycap_edge = rgb(0xBEC4CB),
    .code_keyword = rgb(0x6A35C9),
    .code_type = rgb(0x0B5C94),
    .code_number = rgb(0x9A4A00),
    .code_comment = rgb(0x5C6570),
    .code_builtin = rgb(0x6B5600),
    .code_string = rgb(0x1C6B35),
    .lane_issues = rgb(0x56B4E9),
    .lane_ready = rgb(0xAADAF4),
    .lane_off = rgb(0xB0508A),
    .lane_barrier = rgb(0xE69F00),
};

constexpr std::array kCividisStops{rgb(0x00224E), rgb(0x00306F), rgb(0x35456C), rgb(0x53586C),
                                   rgb(0x6B6B6F), rgb(0x808079), rgb(0x959578), rgb(0xADA571),
                                   rgb(0xC7B865), rgb(0xE1CC55), rgb(0xFDEA45)};
constexpr std::array kSignedStops{rgb(0x2668BA), rgb(0x5C96D6), rgb(0xAAC8E8), rgb(0xF5F5F5),
                                  rgb(0xF6CDA0), rgb(0xEC9646), rgb(0xC85C0A)};
constexpr std::array kOkabeIto{rgb(0xE69F00), rgb(0x56B4E9), rgb(0x009E73), rgb(0xF0E442),
                               rgb(0x0072B2), rgb(0xD55E00), rgb(0xCC79A7)};

// Thousands of pixels a frame ask for a colour: the maps are read from tables made once.
constexpr std::size_t kTableSize = 256;
using ColorTable = std::array<Rgba, kTableSize>;

template <std::size_t N>
ColorTable make_table(const std::array<Rgba, N>& stops) {
  ColorTable table{};
  for (std::size_t i = 0; i < kTableSize; ++i) {
    const float at = static_cast<float>(i) / (kTableSize - 1) * (N - 1);
    const auto below = std::min(static_cast<std::size_t>(at), N - 2);
    table[i] = mix(stops[below], stops[below + 1], at - static_cast<float>(below));
  }
  return table;
}

std::size_t table_index(float t) {
  // Written so that NaN takes the lower end.
  const float clamped = t > 0 ? std::min(t, 1.0F) : 0.0F;
  return static_cast<std::size_t>(clamped * (kTableSize - 1) + 0.5F);
}

float linear(Rgba color, int shift) {
  const float s = static_cast<float>(color >> shift & 0xFFU) / 255.0F;
  return s <= 0.04045F ? s / 12.92F : std::pow((s + 0.055F) / 1.055F, 2.4F);
}

float luminance(Rgba color) {
  return 0.2126F * linear(color, 0) + 0.7152F * linear(color, 8) + 0.0722F * linear(color, 16);
}

}  // namespace

const Palette& palette(bool dark) {
  return dark ? kDark : kLight;
}

Rgba grey(float t) {
  const auto level = static_cast<Rgba>(table_index(t));
  return 0xFF000000U | level << 16 | level << 8 | level;
}

Rgba cividis(float t) {
  static const ColorTable table = make_table(kCividisStops);
  return table[table_index(t)];
}

Rgba signed_color(float t) {
  static const ColorTable table = make_table(kSignedStops);
  return table[table_index(t * 0.5F + 0.5F)];
}

Rgba category(int index) {
  struct Step {
    Rgba towards;
    float part;
  };
  constexpr std::array kSteps{Step{rgb(0xFFFFFF), 0}, Step{rgb(0xFFFFFF), 0.38F}, Step{rgb(0x000000), 0.32F},
                              Step{rgb(0xFFFFFF), 0.65F}};
  const auto i = static_cast<std::size_t>(std::max(index, 0));
  const Step step = kSteps[i / kOkabeIto.size() % kSteps.size()];
  return mix(kOkabeIto[i % kOkabeIto.size()], step.towards, step.part);
}

Rgba text_on(Rgba ground) {
  constexpr Rgba kInk = rgb(0x101316);
  constexpr Rgba kWhite = rgb(0xFFFFFF);
  return contrast(kInk, ground) >= contrast(kWhite, ground) ? kInk : kWhite;
}

float contrast(Rgba a, Rgba b) {
  const float first = luminance(a);
  const float second = luminance(b);
  return (std::max(first, second) + 0.05F) / (std::min(first, second) + 0.05F);
}

}  // namespace warpscope::scene
