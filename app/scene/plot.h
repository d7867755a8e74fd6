// scene/plot.h: what a plot of curves is made of: axes, ticks, minimum and maximum a pixel column, the nearest point.
// Floor 6. Pure: numbers in, numbers out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/scene/geometry.h"
#include "compute/session/learn_view.h"

namespace warpscope::scene {

struct Range {
  double low = 0;
  double high = 1;
  double size() const { return high - low; }
  bool contains(double value) const { return value >= low && value <= high; }
  bool operator==(const Range&) const = default;
};

enum class AxisScale { kLinear, kLog };

// Maps values to pixels and back. Upright axes have from_px below to_px on the screen, that is from_px > to_px.
struct Axis {
  Range range;  // log: both above 0
  AxisScale scale = AxisScale::kLinear;
  float from_px = 0, to_px = 1;

  float place(double value) const;  // a value at or below 0 on a log axis lies far below its end
  double value_at(float px) const;
};

struct Tick {
  double value = 0;
  std::string text;
};

// The smallest step of 1, 2 or 5 times a power of ten that gives at most `most` ticks in `range`.
double nice_step(Range range, int most);
// Multiples of a nice step inside `range`, both ends included, all with the same number of decimals.
std::vector<Tick> linear_ticks(Range range, int most);
// 1, 2 and 5 of every decade; where those are more than `most`, 1 of every decade, then of every n-th.
std::vector<Tick> log_ticks(Range range, int most);
// The range widened to the next 1, 2 or 5 times a power of ten on both sides: an axis that does not tremble as values
// grow.
Range widened_log(Range range);
// The smallest 1, 2 or 5 times a power of ten that is at least `value`.
double nice_ceiling(double value);

// Axes of the two curves, from what they show.
enum class Quantity { kLoss, kAccuracy };
float value_of(const store::CurvePoint& point, Quantity quantity);

// The part of `points` (ascending epochs) inside `epochs`, with one more on either side so that lines reach the edge.
std::span<const store::CurvePoint> visible_part(std::span<const store::CurvePoint> points, Range epochs);
// Index of the point whose epoch is nearest; nullopt where there is none.
std::optional<std::size_t> nearest_point(std::span<const store::CurvePoint> points, double epoch);

// What is drawn of a raw line: for each pixel column the lowest and the highest value in it. Values that are not finite
// take no part. Points come in ascending epochs and only ever grow at the end, so adding is cheap; another width or
// range begins anew.
class ColumnExtremes {
 public:
  struct Column {
    float low = 0, high = 0;    // of the points in it
    float first = 0, last = 0;  // in order: joins the column to its neighbours
    int count = 0;              // 0: no point lies in it
  };

  void begin(Range epochs, int columns, Quantity quantity);
  void add(std::span<const store::CurvePoint> points);
  const std::vector<Column>& columns() const { return columns_; }
  std::size_t visible() const { return visible_; }  // points inside the range

 private:
  Range epochs_;
  Quantity quantity_ = Quantity::kLoss;
  std::vector<Column> columns_;
  std::size_t visible_ = 0;
};

// The same for the growing chunks of a run: keeps what it has seen and adds only what is new.
class CurveColumns {
 public:
  // Both may be asked for again and again; work is done only for what changed.
  const ColumnExtremes& loss() const { return loss_; }
  const ColumnExtremes& accuracy() const { return accuracy_; }
  void update(const session::CurveView& curve, Range epochs, int loss_columns, int accuracy_columns);
  std::size_t points_added() const { return points_added_; }  // by the last update: tests see that nothing is redone

 private:
  bool goes_on(const session::CurveView& curve) const;

  ColumnExtremes loss_, accuracy_;
  Range epochs_;
  int loss_columns_ = 0, accuracy_columns_ = 0;
  std::shared_ptr<const std::vector<store::CurvePoint>> first_chunk_;
  std::int64_t first_step_ = 0, last_step_ = 0;
  float last_epoch_ = 0;
  std::size_t seen_ = 0;
  std::size_t points_added_ = 0;
};

// Exponential smoothing of a stored run's points as the live curve has it (a share of 2 %, the first points a plain
// mean), thinned to at most `most` points.
std::vector<store::CurvePoint> smoothed(std::span<const store::CurvePoint> points, std::size_t most);

// The value axis: loss on a log or linear scale, accuracy from a round share up to 1. Robust: taken from smoothed and
// validation curves, so a single wild batch does not flatten everything.
Range loss_range(std::span<const std::span<const store::CurvePoint>> curves, Range epochs, AxisScale scale);
Range accuracy_range(std::span<const std::span<const store::CurvePoint>> curves, Range epochs);
// From 0 to a whole number of epochs, at least 1.
Range epoch_range(double last_epoch);

// Zooms around the epoch under the pointer, and pans; never beyond `whole`, never below 1/5000 of it.
Range zoomed(Range shown, Range whole, double around, double factor);
Range panned(Range shown, Range whole, double by);

}  // namespace warpscope::scene
