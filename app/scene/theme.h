// scene/theme.h: the design tokens: colours by role, lengths, type sizes, in dark and light. Floor 6. Pure data.
// Violet (accent) means selected, current, focused, and nothing else; data never uses it.
#pragma once

#include "app/scene/geometry.h"

namespace warpscope::scene {

struct Palette {
  Rgba stage, panel, raised, hover;   // grounds: behind pictures, side panels, things to press, under the pointer
  Rgba hair, strong;                  // lines: dividers, borders of fields
  Rgba text, text2, text3, disabled;  // primary, secondary, tertiary
  Rgba accent, accent_fill, on_accent, accent_tint;
  Rgba warning, error, good, warning_tint, error_tint, good_tint;
  Rgba train, validation;   // curve colours
  Rgba positive, negative;  // signed ink: orange, blue
  Rgba grid, shadow, keycap, keycap_edge;
  Rgba code_keyword, code_type, code_number, code_comment, code_builtin, code_string;
  Rgba lane_issues, lane_ready, lane_off, lane_barrier;  // also of the scrub bar's warps
};
const Palette& palette(bool dark);

// Logical pixels at scale 1; multiply by Metrics::scale.
namespace size {
inline constexpr float kTopBar = 44, kStatusBar = 28, kPanelHeader = 36, kControl = 28, kControlSmall = 24, kRow = 28;
inline constexpr float kIcon = 16, kKnob = 14, kSplitterHit = 6, kSmallestTarget = 24;
inline constexpr float kRadiusCell = 2, kRadiusChip = 3, kRadiusControl = 4, kRadiusCard = 6, kRadiusPill = 14;
}  // namespace size

// Colour maps. t is clamped to its range.
Rgba grey(float t);              // 0 black .. 1 white, in both themes
Rgba cividis(float t);           // activations, 0..1
Rgba signed_color(float t);      // weights, gradients: -1 blue, 0 white, 1 orange
Rgba category(int index);        // Okabe-Ito order, then lightness steps
Rgba text_on(Rgba ground);       // #101316 or white, whichever contrasts more
float contrast(Rgba a, Rgba b);  // WCAG 2 ratio, 1..21

}  // namespace warpscope::scene
