// panels/focus.h: what the person points at. Floor 7. Plain data.
#pragma once

#include <string>

namespace warpscope::panels {

// What is hovered or pinned in the network picture; the explanation and all panels follow it.
struct Focus {
  enum class Kind {
    kNone,
    kPad,
    kInput,
    kMapPixel,
    kMap,
    kPoolPixel,
    kFilter,
    kUnit,
    kOutput,
    kLossCurve,
    kAccuracyCurve,
    kConfusion,
    kGalleryItem,
    kControl,
    kStep
  };
  Kind kind = Kind::kNone;
  int layer = -1;  // index into NetworkSpec::layers
  int index = -1;  // map, unit, class, gallery item, sample
  int row = -1;
  int column = -1;
  std::string name;  // of a control
  bool operator==(const Focus&) const = default;
};

}  // namespace warpscope::panels
