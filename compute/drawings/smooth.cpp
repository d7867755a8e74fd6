// A stroke as a smooth curve. Source: E. Catmull, R. Rom, "A class of local interpolating splines", 1974; with
// centripetal knots (C. Yuksel et al., "Parameterization and applications of Catmull-Rom curves", 2011) it has no
// loops and no cusps between points that lie unevenly.
#include <algorithm>
#include <array>
#include <cmath>

#include "compute/drawings/stroke_editor.h"

namespace warpscope::drawings {
namespace {

StrokePoint mix(const StrokePoint& a, const StrokePoint& b, float t) {
  return {a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), a.t_ms + t * (b.t_ms - a.t_ms)};
}

// The point mirrored beyond the stroke's end, where the curve needs a neighbour that is not there.
StrokePoint beyond(const StrokePoint& end, const StrokePoint& inner) {
  return mix(inner, end, 2);
}

float knot_distance(const StrokePoint& a, const StrokePoint& b) {
  return std::sqrt(std::hypot(b.x - a.x, b.y - a.y));
}

// Barry and Goldman's pyramid: the point between p1 and p2, u from 0 to 1.
StrokePoint catmull_rom(const StrokePoint& p0, const StrokePoint& p1, const StrokePoint& p2, const StrokePoint& p3,
                        float u) {
  const float t1 = knot_distance(p0, p1);
  const float t2 = t1 + knot_distance(p1, p2);
  const float t3 = t2 + knot_distance(p2, p3);
  const float t = t1 + u * (t2 - t1);
  const StrokePoint a1 = mix(p0, p1, t / t1);
  const StrokePoint a2 = mix(p1, p2, (t - t1) / (t2 - t1));
  const StrokePoint a3 = mix(p2, p3, (t - t2) / (t3 - t2));
  const StrokePoint b1 = mix(a1, a2, t / t2);
  const StrokePoint b2 = mix(a2, a3, (t - t1) / (t3 - t1));
  StrokePoint at = mix(b1, b2, (t - t1) / (t2 - t1));
  at.t_ms = p1.t_ms + u * (p2.t_ms - p1.t_ms);  // a spline through the times could run backwards
  return at;
}

// Points that lie on one another have no direction between them.
Stroke without_repeats(const Stroke& stroke) {
  constexpr float kSamePlace = 1e-4F;
  Stroke distinct;
  for (const StrokePoint& p : stroke) {
    const bool repeats =
        !distinct.empty() && std::hypot(p.x - distinct.back().x, p.y - distinct.back().y) <= kSamePlace;
    if (!repeats) distinct.push_back(p);
  }
  return distinct;
}

float widest_gap(const Stroke& curve, std::size_t first, const StrokePoint& end) {
  float gap = 0;
  for (std::size_t i = first; i < curve.size(); ++i) {
    const StrokePoint& next = i + 1 < curve.size() ? curve[i + 1] : end;
    gap = std::max(gap, std::hypot(next.x - curve[i].x, next.y - curve[i].y));
  }
  return gap;
}

// Appends the curve from p[1] up to and without p[2]. It is longer than the chord and not run through evenly, so the
// number of pieces is doubled until no two points are further apart than `step`.
void append_piece(Stroke& curve, const std::array<StrokePoint, 4>& p, float step) {
  constexpr int kMostPieces = 4096;
  const std::size_t first = curve.size();
  const float chord = std::hypot(p[2].x - p[1].x, p[2].y - p[1].y);
  int pieces = static_cast<int>(std::clamp(std::ceil(chord / step), 1.0F, static_cast<float>(kMostPieces)));
  while (true) {
    curve.resize(first);
    curve.push_back(p[1]);
    for (int piece = 1; piece < pieces; ++piece) {
      curve.push_back(catmull_rom(p[0], p[1], p[2], p[3], static_cast<float>(piece) / static_cast<float>(pieces)));
    }
    if (pieces >= kMostPieces || widest_gap(curve, first, p[2]) <= step) return;
    pieces *= 2;
  }
}

}  // namespace

Stroke smooth(const Stroke& stroke, float step) {
  const Stroke points = without_repeats(stroke);
  if (points.size() < 2 || !(step > 0)) return points;
  Stroke curve;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const StrokePoint& p1 = points[i];
    const StrokePoint& p2 = points[i + 1];
    const StrokePoint p0 = i > 0 ? points[i - 1] : beyond(p1, p2);
    const StrokePoint p3 = i + 2 < points.size() ? points[i + 2] : beyond(p2, p1);
    append_piece(curve, {p0, p1, p2, p3}, step);
  }
  curve.push_back(points.back());
  return curve;
}

Stroke without_jitter(const Stroke& stroke, float reach) {
  std::vector<float> along(stroke.size(), 0);  // length of the stroke up to each point
  for (std::size_t i = 1; i < stroke.size(); ++i) {
    along[i] = along[i - 1] + std::hypot(stroke[i].x - stroke[i - 1].x, stroke[i].y - stroke[i - 1].y);
  }
  Stroke calm = stroke;
  for (std::size_t i = 0; i < stroke.size(); ++i) {
    // Towards an end the window narrows evenly on both sides, so that the ends stay where they were put.
    const float window = std::min({reach, along[i], along.back() - along[i]});
    if (!(window > 0)) continue;
    double x = 0, y = 0, sum = 0;
    const auto add = [&](std::size_t j) {
      const double distance = static_cast<double>((along[j] - along[i]) / window);
      if (std::abs(distance) >= 1) return false;
      const double weight = 1 - distance * distance;
      x += weight * static_cast<double>(stroke[j].x);
      y += weight * static_cast<double>(stroke[j].y);
      sum += weight;
      return true;
    };
    add(i);
    for (std::size_t j = i; j > 0 && add(j - 1); --j) {
    }
    for (std::size_t j = i + 1; j < stroke.size() && add(j); ++j) {
    }
    calm[i].x = static_cast<float>(x / sum);
    calm[i].y = static_cast<float>(y / sum);
  }
  return calm;
}

}  // namespace warpscope::drawings
