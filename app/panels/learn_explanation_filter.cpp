#include <array>
#include <cmath>

#include "app/panels/learn_explanation.h"

namespace warpscope::panels {

namespace {

struct Pattern {
  std::array<float, 9> weights;
  const char *says, *finds, *where;
};

// Zero-mean shapes: the one with the largest cosine names the filter.
constexpr std::array<Pattern, 14> kPatterns{{
    {{-1, -1, -1, 0, 0, 0, 1, 1, 1},
     "negative above and positive below",
     "dark above and bright below",
     "along the upper edge of a stroke"},
    {{1, 1, 1, 0, 0, 0, -1, -1, -1},
     "positive above and negative below",
     "bright above and dark below",
     "along the lower edge of a stroke"},
    {{-1, 0, 1, -1, 0, 1, -1, 0, 1},
     "negative at the left and positive at the right",
     "dark left and bright right",
     "along the left edge of a stroke"},
    {{1, 0, -1, 1, 0, -1, 1, 0, -1},
     "positive at the left and negative at the right",
     "bright left and dark right",
     "along the right edge of a stroke"},
    {{-1, -1, 0, -1, 0, 1, 0, 1, 1},
     "negative at the upper left and positive at the lower right",
     "dark at the upper left, bright at the lower right",
     "along the upper edge of a stroke that rises to the right"},
    {{1, 1, 0, 1, 0, -1, 0, -1, -1},
     "positive at the upper left and negative at the lower right",
     "bright at the upper left, dark at the lower right",
     "along the lower edge of a stroke that rises to the right"},
    {{0, -1, -1, 1, 0, -1, 1, 1, 0},
     "negative at the upper right and positive at the lower left",
     "dark at the upper right, bright at the lower left",
     "along the upper edge of a stroke that falls to the right"},
    {{0, 1, 1, -1, 0, 1, -1, -1, 0},
     "positive at the upper right and negative at the lower left",
     "bright at the upper right, dark at the lower left",
     "along the lower edge of a stroke that falls to the right"},
    {{-1, -1, -1, 2, 2, 2, -1, -1, -1},
     "positive in the middle row only",
     "bright between dark above and below",
     "on thin lines across"},
    {{-1, 2, -1, -1, 2, -1, -1, 2, -1},
     "positive in the middle column only",
     "bright between dark left and right",
     "on thin upright lines"},
    {{2, -1, -1, -1, 2, -1, -1, -1, 2},
     "positive along one diagonal",
     "a bright line falling to the right",
     "on thin strokes that fall to the right"},
    {{-1, -1, 2, -1, 2, -1, 2, -1, -1},
     "positive along one diagonal",
     "a bright line rising to the right",
     "on thin strokes that rise to the right"},
    {{-1, -1, -1, -1, 8, -1, -1, -1, -1},
     "positive in the centre only",
     "a bright spot on dark",
     "on dots and line ends"},
    {{1, 1, 1, 1, -8, 1, 1, 1, 1}, "negative in the centre only", "a dark spot inside bright", "in small gaps"},
}};
constexpr float kClear = 0.66F;  // cosine from which on the words are fair

float cosine(std::span<const float> a, const std::array<float, 9>& b) {
  float dot = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return aa > 0 ? dot / std::sqrt(aa * bb) : 0;
}

}  // namespace

FilterMeaning meaning_of_filter(std::span<const float> weights, int size) {
  if (size != 3 || weights.size() != 9) return {};
  constexpr std::array<float, 9> kFlat{1, 1, 1, 1, 1, 1, 1, 1, 1};
  const float flat = cosine(weights, kFlat);
  if (flat > kClear) {
    return {"positive nearly everywhere", "bright all around", "wherever there is ink, most in the middle of a stroke"};
  }
  if (flat < -kClear)
    return {"negative nearly everywhere", "nothing bright", "only where there is no ink, if its bias allows"};
  const Pattern* best = nullptr;
  float most = kClear;
  for (const Pattern& pattern : kPatterns) {
    const float likeness = cosine(weights, pattern.weights);
    if (likeness > most) most = likeness, best = &pattern;
  }
  return best == nullptr ? FilterMeaning{} : FilterMeaning{best->says, best->finds, best->where};
}

}  // namespace warpscope::panels
