// tests/support/styles.h: handwriting for tests and lessons: digits as vector strokes, in a usual shape and in styles
// that a network trained on MNIST alone is apt to misread. The shipped cnn32 reads nearly every open 9 as a 4, most
// barred 7s and serif 1s as 2s, more than half of the closed 4s as 9s, some slashed 0s as 8s, and the looped 2 rightly.
// Pure functions; the same seed gives the same drawing on every machine.
#pragma once

#include <array>
#include <cstdint>

#include "compute/drawings/drawing.h"

namespace warpscope::tests {

enum class Style {
  kUsual,        // every digit as most people write it
  kBarredSeven,  // 7 with a long, low bar: near to a 2, or a Z with a bar
  kClosedFour,   // 4 with a closed, rounded top: near to a 9
  kOpenNine,     // 9 whose head is open at the top: near to a 4
  kSerifOne,     // 1 strongly slanted, with a long serif and a foot: near to a 2
  kLoopedTwo,    // 2 with a wide loop at its foot
  kSlashedZero,  // 0 with a slash through it and beyond: near to an 8
};

// The unusual styles and the one digit each is about.
struct StyleOfDigit {
  Style style;
  int digit;
  const char* name;
};
inline constexpr std::array<StyleOfDigit, 6> kUnusualStyles = {{{Style::kBarredSeven, 7, "barred 7"},
                                                                {Style::kClosedFour, 4, "closed 4"},
                                                                {Style::kOpenNine, 9, "open 9"},
                                                                {Style::kSerifOne, 1, "serif 1"},
                                                                {Style::kLoopedTwo, 2, "looped 2"},
                                                                {Style::kSlashedZero, 0, "slashed 0"}}};

// One drawing on a canvas of 280x280, labelled with `digit` (0..9), as a hand would vary it: place, size, slant,
// proportions and every point differ from seed to seed. A digit that the style is not about comes in its usual shape.
drawings::Drawing make_digit(Style style, int digit, std::uint64_t seed);

}  // namespace warpscope::tests
