#include <array>
#include <charconv>
#include <numbers>
#include <string_view>

#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

// Icons are paths on a grid of 16 x 16, drawn as vectors at any size.
//   M x y  begin    L x y  line    C x1 y1 x2 y2 x y  cubic    A cx cy r from to  arc, degrees clockwise from the right
//   Z  close and stroke    S  stroke    F  fill (convex)    O cx cy r  circle    D cx cy r  disc
struct IconPath {
  Icon icon;
  std::string_view path;
};

constexpr std::array kIcons{
    IconPath{Icon::kNone, ""},
    IconPath{Icon::kPlay, "M4.4 2.6 L13.4 8 L4.4 13.4 F"},
    IconPath{Icon::kPause, "M3.6 3 L6.4 3 L6.4 13 L3.6 13 F M9.6 3 L12.4 3 L12.4 13 L9.6 13 F"},
    IconPath{Icon::kStep, "M1.5 13 L5 13 L5 9.7 L8.4 9.7 L8.4 6.4 L11.8 6.4 L11.8 3.2 L15 3.2 S"},
    IconPath{Icon::kReset, "A8.2 8.6 5.2 -145 140 S M2.9 2.4 L3.3 6.1 L7 5.7 S"},
    IconPath{Icon::kPen, "M2.8 13.2 L3.5 10.1 L10.9 2.7 L13.3 5.1 L5.9 12.5 Z M9.2 4.4 L11.6 6.8 S"},
    IconPath{Icon::kEraser, "M2.4 9.4 L8.8 3 L13.2 7.4 L8 12.6 L5.6 12.6 Z M5.5 6.3 L9.9 10.7 S"},
    IconPath{Icon::kUndo, "M6 2.8 L2.7 6.1 L6 9.4 S M2.7 6.1 L9.6 6.1 A9.6 9.3 3.2 -90 90 L6.6 12.5 S"},
    IconPath{Icon::kRedo, "M10 2.8 L13.3 6.1 L10 9.4 S M13.3 6.1 L6.4 6.1 A6.4 9.3 3.2 -90 -270 L9.4 12.5 S"},
    IconPath{Icon::kTrash,
             "M2.4 4.4 L13.6 4.4 S M5.8 4.4 L5.8 2.3 L10.2 2.3 L10.2 4.4 S M3.9 4.4 L4.5 13.6 L11.5 13.6 L12.1 4.4 S "
             "M6.7 7 L6.7 11 S M9.3 7 L9.3 11 S"},
    IconPath{Icon::kSearch, "O6.8 6.8 4.4 M10.2 10.2 L14 14 S"},
    IconPath{Icon::kPresenter, "M2 2.6 L14 2.6 L14 10.4 L2 10.4 Z M8 10.4 L8 12 S M4.4 14.4 L8 11.4 L11.6 14.4 S"},
    IconPath{Icon::kMoon, "A7.8 8.2 5.4 8 262 A10.6 5.4 4.4 224 46 Z"},
    IconPath{Icon::kSun,
             "O8 8 2.9 M8 1 L8 2.8 S M8 13.2 L8 15 S M1 8 L2.8 8 S M13.2 8 L15 8 S M3.1 3.1 L4.3 4.3 S "
             "M11.7 11.7 L12.9 12.9 S M3.1 12.9 L4.3 11.7 S M11.7 4.3 L12.9 3.1 S"},
    IconPath{Icon::kHelp, "O8 8 6.4 A8 6.5 1.9 175 400 C8.6 8.3 8 8.5 8 9.3 S D8 11.5 0.9"},
    IconPath{Icon::kPin, "O8 5.2 3 M8 8.2 L8 14 S"},
    IconPath{Icon::kPinned, "D8 5.2 3.7 M8 8.2 L8 14 S"},
    IconPath{Icon::kExport, "M8 10 L8 2.2 S M4.9 5.2 L8 2.1 L11.1 5.2 S M2.4 9 L2.4 13.6 L13.6 13.6 L13.6 9 S"},
    IconPath{Icon::kImport, "M8 2 L8 9.8 S M4.9 6.8 L8 9.9 L11.1 6.8 S M2.4 9 L2.4 13.6 L13.6 13.6 L13.6 9 S"},
    IconPath{Icon::kChevronDown, "M4.2 6.2 L8 10 L11.8 6.2 S"},
    IconPath{Icon::kCheck, "M2.8 8.6 L6.4 12.2 L13.2 4.4 S"},
    IconPath{Icon::kWarning, "M8 2 L14.6 13.6 L1.4 13.6 Z M8 6.4 L8 9.6 S D8 11.6 0.9"},
    IconPath{Icon::kError,
             "M5.4 1.8 L10.6 1.8 L14.2 5.4 L14.2 10.6 L10.6 14.2 L5.4 14.2 L1.8 10.6 L1.8 5.4 Z M8 4.8 L8 8.6 S "
             "D8 11 0.9"},
    IconPath{Icon::kClose, "M3.8 3.8 L12.2 12.2 S M12.2 3.8 L3.8 12.2 S"},
    IconPath{Icon::kFold, "M4.5 4 L8.5 8 L4.5 12 S M12.5 3 L12.5 13 S"},
    IconPath{Icon::kUnfold, "M11.5 4 L7.5 8 L11.5 12 S M3.5 3 L3.5 13 S"},
    IconPath{Icon::kSkip, "M3 3.2 L9.6 8 L3 12.8 F M12.4 3.2 L12.4 12.8 S"},
    IconPath{Icon::kFolder, "M1.8 4 L1.8 12.8 L14.2 12.8 L14.2 5.2 L7.8 5.2 L6.2 3.2 L1.8 3.2 Z"},
    IconPath{Icon::kBeginning, "M12.6 2.8 L3.8 8 L12.6 13.2 F"},
    IconPath{Icon::kBackOver, "A8 9 5.2 -165 0 S M2.2 3.2 L3 7.4 L7.2 6.8 S D8 12.6 1.5"},
    IconPath{Icon::kInto, "M8 1.8 L8 9 S M4.6 6 L8 9.4 L11.4 6 S D8 12.8 1.5"},
    IconPath{Icon::kOver, "A8 9 5.2 180 345 S M13.8 3.2 L13 7.4 L8.8 6.8 S D8 12.6 1.5"},
    IconPath{Icon::kSkipBack, "M13 3.2 L6.4 8 L13 12.8 F M3.6 3.2 L3.6 12.8 S"},
    IconPath{Icon::kDice, "M2.4 2.4 L13.6 2.4 L13.6 13.6 L2.4 13.6 Z D5.4 5.4 1.1 D10.6 10.6 1.1 D8 8 1.1"},
    IconPath{Icon::kStop, "M3.6 3.6 L12.4 3.6 L12.4 12.4 L3.6 12.4 F"},
    IconPath{Icon::kLaunch, "M2 4.4 L14 4.4 S M2 8 L14 8 S M2 11.6 L14 11.6 S D5.2 4.4 1.8 D10.6 8 1.8 D6.8 11.6 1.8"},
    IconPath{Icon::kInfo, "O8 8 6.2 M8 7.4 L8 11.4 S D8 4.9 0.9"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kIcons.size(); ++i) {
    if (static_cast<std::size_t>(kIcons[i].icon) != i) return false;
  }
  return true;
}
static_assert(in_order());

class PathPen {
 public:
  PathPen(ImDrawList& list, scene::Vec2 centre, float size, scene::Rgba color)
      : list_(list), unit_(size / 16), left_(centre.x - size / 2), top_(centre.y - size / 2), color_(color) {}

  void draw(std::string_view path) {
    rest_ = path;
    while (!rest_.empty()) {
      const char command = rest_.front();
      rest_.remove_prefix(1);
      if (command != ' ') obey(command);
    }
  }

 private:
  void obey(char command) {
    const float width = 1.4F * unit_;
    switch (command) {
      case 'M':
      case 'L':
        list_.PathLineTo(point());
        break;
      case 'C': {
        const ImVec2 first = point();
        const ImVec2 second = point();
        list_.PathBezierCubicCurveTo(first, second, point());
        break;
      }
      case 'A': {
        const ImVec2 centre = point();
        const float radius = number() * unit_;
        const float from = degrees();
        list_.PathArcTo(centre, radius, from, degrees(), 24);
        break;
      }
      case 'Z':
        list_.PathStroke(color_, ImDrawFlags_Closed, width);
        break;
      case 'S':
        list_.PathStroke(color_, 0, width);
        break;
      case 'F':
        list_.PathFillConvex(color_);
        break;
      case 'O': {
        const ImVec2 centre = point();
        list_.AddCircle(centre, number() * unit_, color_, 32, width);
        break;
      }
      case 'D': {
        const ImVec2 centre = point();
        list_.AddCircleFilled(centre, number() * unit_, color_, 24);
        break;
      }
      default:
        break;
    }
  }

  float number() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    float value = 0;
    const auto result = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    rest_.remove_prefix(static_cast<std::size_t>(result.ptr - rest_.data()));
    return value;
  }
  float degrees() { return number() * std::numbers::pi_v<float> / 180; }
  ImVec2 point() {
    const float x = number();
    return {left_ + x * unit_, top_ + number() * unit_};
  }

  ImDrawList& list_;
  float unit_, left_, top_;
  scene::Rgba color_;
  std::string_view rest_;
};

}  // namespace

void icon(const Frame&, Icon which, scene::Vec2 centre, float size_px, scene::Rgba color) {
  PathPen(*ImGui::GetWindowDrawList(), centre, size_px, color).draw(kIcons[static_cast<std::size_t>(which)].path);
}

}  // namespace warpscope::panels
