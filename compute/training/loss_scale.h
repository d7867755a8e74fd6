// training/loss_scale.h: by how much the loss is multiplied so that small gradients do not vanish in half precision.
// Floor 4. A value (Micikevicius et al., "Mixed precision training", 2018).
#pragma once

#include <algorithm>

#include "compute/training/backend.h"

namespace warpscope::training {

class LossScale {
 public:
  explicit LossScale(Precision precision) : value_(precision == Precision::kF32 ? 1.0F : kFirst) {}
  float value() const { return value_; }
  void step_made() {
    if (value_ == 1.0F || ++good_ < kPatience) return;
    value_ = std::min(value_ * 2, kMost);
    good_ = 0;
  }
  void step_skipped() {
    if (value_ == 1.0F) return;
    value_ = std::max(value_ / 2, kLeast);
    good_ = 0;
  }
  bool operator==(const LossScale&) const = default;

 private:
  static constexpr float kFirst = 1024, kLeast = 2, kMost = 65536;
  static constexpr int kPatience = 200;  // steps that went well
  float value_;                          // 1: f32, for ever
  int good_ = 0;
};

}  // namespace warpscope::training
