#include "compute/drawings/stroke_editor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace warpscope::drawings {
namespace {

constexpr float kClosestPoints = 0.3F;     // in canvas units; nearer points add nothing but work
constexpr double kShortestLeftover = 0.5;  // an eraser leaves no crumbs shorter than this

struct Interval {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void include(double a, double b) {
    low = std::min(low, a);
    high = std::max(high, b);
  }
};

struct Vec {
  double x = 0;
  double y = 0;
};

Vec minus(Vec a, Vec b) {
  return {a.x - b.x, a.y - b.y};
}
double dot(Vec a, Vec b) {
  return a.x * b.x + a.y * b.y;
}

// The t for which a + t * d lies within the circle.
void include_circle(Interval& inside, Vec a, Vec d, Vec centre, double radius) {
  const Vec from_centre = minus(a, centre);
  const double dd = dot(d, d);
  const double half_b = dot(d, from_centre);
  const double root2 = half_b * half_b - dd * (dot(from_centre, from_centre) - radius * radius);
  if (root2 < 0) return;
  const double root = std::sqrt(root2);
  inside.include((-half_b - root) / dd, (-half_b + root) / dd);
}

// The t for which a + t * d lies between the eraser's two long sides, beside its path and not beyond its ends.
void include_band(Interval& inside, Vec a, Vec d, Vec from, Vec to, double radius) {
  const Vec path = minus(to, from);
  const double length = std::sqrt(dot(path, path));
  if (length == 0) return;
  const Vec along{path.x / length, path.y / length};
  const Vec across{-along.y, along.x};
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  const auto clip = [&](Vec axis, double least, double most) {
    const double start = dot(minus(a, from), axis);
    const double slope = dot(d, axis);
    if (slope == 0) {
      if (start < least || start > most) high = -std::numeric_limits<double>::infinity();
      return;
    }
    const double t0 = (least - start) / slope;
    const double t1 = (most - start) / slope;
    low = std::max(low, std::min(t0, t1));
    high = std::min(high, std::max(t0, t1));
  };
  clip(along, 0, length);
  clip(across, -radius, radius);
  if (low <= high) inside.include(low, high);
}

// The eraser's trace is convex (a rectangle with round ends), so what it takes from a straight segment is one interval.
Interval erased_part(Vec a, Vec b, Vec from, Vec to, double radius) {
  Interval inside;
  const Vec d = minus(b, a);
  if (dot(d, d) == 0) {
    const Vec path = minus(to, from);
    const double length2 = dot(path, path);
    const double t = length2 > 0 ? std::clamp(dot(minus(a, from), path) / length2, 0.0, 1.0) : 0.0;
    const Vec off = minus(a, {from.x + t * path.x, from.y + t * path.y});
    if (dot(off, off) <= radius * radius) inside.include(0, 1);
    return inside;
  }
  include_circle(inside, a, d, from, radius);
  include_circle(inside, a, d, to, radius);
  include_band(inside, a, d, from, to, radius);
  return inside;
}

StrokePoint between(const StrokePoint& a, const StrokePoint& b, double t) {
  const auto mix = [t](float from, float to) { return static_cast<float>(from + t * (to - from)); };
  return {mix(a.x, b.x), mix(a.y, b.y), mix(a.t_ms, b.t_ms)};
}

double length_of(const Stroke& stroke) {
  double length = 0;
  for (std::size_t i = 1; i < stroke.size(); ++i) {
    length += std::hypot(stroke[i].x - stroke[i - 1].x, stroke[i].y - stroke[i - 1].y);
  }
  return length;
}

// Collects what the eraser leaves of one stroke.
class Leftovers {
 public:
  void add(const StrokePoint& point) {
    if (current_.empty() || current_.back() != point) current_.push_back(point);
  }
  void cut() {
    if (length_of(current_) >= kShortestLeftover) pieces_.push_back(std::move(current_));
    current_.clear();
  }
  std::vector<Stroke> take() {
    cut();
    return std::move(pieces_);
  }

 private:
  Stroke current_;
  std::vector<Stroke> pieces_;
};

// What is left of the stroke; nothing where it was not touched at all.
std::optional<std::vector<Stroke>> erase_from(const Stroke& stroke, Vec from, Vec to, double radius) {
  const auto vec = [](const StrokePoint& p) { return Vec{p.x, p.y}; };
  Leftovers left;
  bool touched = false;
  if (stroke.size() == 1) {
    const Interval gone = erased_part(vec(stroke[0]), vec(stroke[0]), from, to, radius);
    if (gone.low > gone.high) return std::nullopt;
    return std::vector<Stroke>{};
  }
  for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
    const StrokePoint& a = stroke[i];
    const StrokePoint& b = stroke[i + 1];
    const Interval gone = erased_part(vec(a), vec(b), from, to, radius);
    if (gone.low > gone.high || gone.high < 0 || gone.low > 1) {
      left.add(a);
      left.add(b);
      continue;
    }
    touched = true;
    if (gone.low > 0) {
      left.add(a);
      left.add(between(a, b, gone.low));
    }
    left.cut();
    if (gone.high < 1) {
      left.add(between(a, b, gone.high));
      left.add(b);
    }
  }
  if (!touched) return std::nullopt;
  return left.take();
}

}  // namespace

StrokeEditor::StrokeEditor(float canvas_width, float canvas_height) {
  drawing_.canvas_width = canvas_width;
  drawing_.canvas_height = canvas_height;
}

void StrokeEditor::remember() {
  undone_from_.push_back(drawing_);
  redo_to_.clear();
}

StrokePoint StrokeEditor::on_canvas(StrokePoint point) const {
  point.x = std::clamp(point.x, 0.0F, drawing_.canvas_width);
  point.y = std::clamp(point.y, 0.0F, drawing_.canvas_height);
  return point;
}

void StrokeEditor::pen_down(StrokePoint point) {
  if (!is_finite(point)) return;
  finish_gestures();
  remember();
  drawing_.strokes.push_back({on_canvas(point)});
  pen_down_ = true;
  ++version_;
}

void StrokeEditor::pen_move(StrokePoint point) {
  if (!pen_down_ || !is_finite(point)) return;
  point = on_canvas(point);
  Stroke& stroke = drawing_.strokes.back();
  if (std::hypot(point.x - stroke.back().x, point.y - stroke.back().y) < kClosestPoints) return;
  stroke.push_back(point);
  ++version_;
}

void StrokeEditor::pen_up() {
  pen_down_ = false;
}

void StrokeEditor::erase_begin() {
  finish_gestures();
  erasing_ = true;
  erased_something_ = false;
}

void StrokeEditor::erase_along(StrokePoint from, StrokePoint to, float radius) {
  if (!erasing_ || !is_finite(from) || !is_finite(to)) return;
  std::vector<Stroke> kept;
  bool changed = false;
  for (const Stroke& stroke : drawing_.strokes) {
    auto left = erase_from(stroke, {from.x, from.y}, {to.x, to.y}, radius);
    if (left) {
      changed = true;
      std::move(left->begin(), left->end(), std::back_inserter(kept));
    } else {
      kept.push_back(stroke);
    }
  }
  if (!changed) return;
  // A gesture that takes nothing away is no step to undo.
  if (!std::exchange(erased_something_, true)) remember();
  drawing_.strokes = std::move(kept);
  ++version_;
}

void StrokeEditor::erase_end() {
  erasing_ = false;
}

void StrokeEditor::clear() {
  finish_gestures();
  if (drawing_.strokes.empty()) return;
  remember();
  drawing_.strokes.clear();
  drawing_.label.reset();
  ++version_;
}

void StrokeEditor::replace(Drawing drawing) {
  finish_gestures();
  if (drawing == drawing_) return;
  remember();
  drawing_ = std::move(drawing);
  ++version_;
}

bool StrokeEditor::undo() {
  finish_gestures();
  if (undone_from_.empty()) return false;
  redo_to_.push_back(std::exchange(drawing_, std::move(undone_from_.back())));
  undone_from_.pop_back();
  ++version_;
  return true;
}

bool StrokeEditor::redo() {
  finish_gestures();
  if (redo_to_.empty()) return false;
  undone_from_.push_back(std::exchange(drawing_, std::move(redo_to_.back())));
  redo_to_.pop_back();
  ++version_;
  return true;
}

void StrokeEditor::finish_gestures() {
  pen_up();
  erase_end();
}

bool StrokeEditor::is_finite(const StrokePoint& point) {
  return std::isfinite(point.x) && std::isfinite(point.y) && std::isfinite(point.t_ms);
}

}  // namespace warpscope::drawings
