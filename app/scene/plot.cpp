#include "app/scene/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace warpscope::scene {
namespace {

constexpr std::array kNice{1.0, 2.0, 5.0};
// A tick that rounding moved a hair beyond the end still belongs to the axis.
constexpr double kSlack = 1e-9;
constexpr float kFarAway = 1e7F;

double log_of(double value) {
  return std::log10(value);
}

int decimals_of(double step) {
  return std::max(0, static_cast<int>(-std::floor(std::log10(step) + kSlack)));
}

// 0.02, 0.5, 1, 20: what a person writes, without an exponent as long as that is short.
std::string plain_text(double value) {
  if (value != 0 && (std::abs(value) < 1e-4 || std::abs(value) >= 1e6)) return fmt::format("{:.0e}", value);
  return fmt::format("{:.{}f}", value, value == 0 ? 0 : decimals_of(std::abs(value)));
}

// The k-th of ... 0.1, 0.2, 0.5, 1, 2, 5, 10 ...; 0 is 1.
double nice_number(int k) {
  const int decade = k >= 0 ? k / 3 : (k - 2) / 3;
  return kNice[static_cast<std::size_t>(k - 3 * decade)] * std::pow(10.0, decade);
}

// The largest k whose number is at most `value`.
int nice_floor_index(double value) {
  int k = 3 * static_cast<int>(std::floor(log_of(value)));
  while (nice_number(k + 1) <= value * (1 + kSlack)) ++k;
  return k;
}

}  // namespace

float Axis::place(double value) const {
  double part = 0;
  if (scale == AxisScale::kLog) {
    if (!(value > 0)) return from_px + (from_px > to_px ? kFarAway : -kFarAway);
    part = (log_of(value) - log_of(range.low)) / (log_of(range.high) - log_of(range.low));
  } else {
    part = (value - range.low) / range.size();
  }
  const double px = from_px + part * (static_cast<double>(to_px) - from_px);
  return static_cast<float>(std::clamp(px, -static_cast<double>(kFarAway), static_cast<double>(kFarAway)));
}

double Axis::value_at(float px) const {
  const double part = (static_cast<double>(px) - from_px) / (static_cast<double>(to_px) - from_px);
  if (scale == AxisScale::kLinear) return range.low + part * range.size();
  return std::pow(10.0, log_of(range.low) + part * (log_of(range.high) - log_of(range.low)));
}

double nice_ceiling(double value) {
  const int k = nice_floor_index(value);
  return nice_number(k) >= value * (1 - kSlack) ? nice_number(k) : nice_number(k + 1);
}

double nice_step(Range range, int most) {
  const auto count = [&range](double step) {
    return std::floor(range.high / step + kSlack) - std::ceil(range.low / step - kSlack) + 1;
  };
  int k = nice_floor_index(range.size() / std::max(1, most));
  while (count(nice_number(k)) > std::max(1, most)) ++k;
  return nice_number(k);
}

std::vector<Tick> linear_ticks(Range range, int most) {
  std::vector<Tick> ticks;
  if (!(range.size() > 0) || most < 1) return ticks;
  const double step = nice_step(range, most);
  const int decimals = decimals_of(step);
  const double first = std::ceil(range.low / step - kSlack);
  const double last = std::floor(range.high / step + kSlack);
  for (double i = first; i <= last; ++i) {
    const double value = i == 0 ? 0 : i * step;  // no "-0"
    ticks.push_back({value, fmt::format("{:.{}f}", value, decimals)});
  }
  return ticks;
}

std::vector<Tick> log_ticks(Range range, int most) {
  std::vector<Tick> ticks;
  if (!(range.low > 0) || !(range.high > range.low) || most < 1) return ticks;
  const auto collect = [&](int stride) {
    ticks.clear();
    int k = nice_floor_index(range.low);
    if (nice_number(k) < range.low * (1 - kSlack)) ++k;
    for (; nice_number(k) <= range.high * (1 + kSlack); ++k) {
      if (k % stride == 0) ticks.push_back({nice_number(k), plain_text(nice_number(k))});
    }
  };
  for (int stride = 1; stride < 3000; stride = stride == 1 ? 3 : stride + 3) {
    collect(stride);
    if (static_cast<int>(ticks.size()) <= most) break;
  }
  return ticks;
}

Range widened_log(Range range) {
  return {nice_number(nice_floor_index(range.low)), nice_ceiling(range.high)};
}

float value_of(const store::CurvePoint& point, Quantity quantity) {
  return quantity == Quantity::kLoss ? point.loss : point.accuracy;
}

std::span<const store::CurvePoint> visible_part(std::span<const store::CurvePoint> points, Range epochs) {
  const auto before = [](const store::CurvePoint& point, double epoch) { return point.epoch < epoch; };
  auto first = std::lower_bound(points.begin(), points.end(), epochs.low, before);
  auto last = std::lower_bound(first, points.end(), epochs.high, before);
  if (first != points.begin()) --first;
  if (last != points.end()) ++last;
  return points.subspan(static_cast<std::size_t>(first - points.begin()), static_cast<std::size_t>(last - first));
}

std::optional<std::size_t> nearest_point(std::span<const store::CurvePoint> points, double epoch) {
  if (points.empty()) return std::nullopt;
  const auto after = std::lower_bound(points.begin(), points.end(), epoch,
                                      [](const store::CurvePoint& point, double e) { return point.epoch < e; });
  const auto index = static_cast<std::size_t>(after - points.begin());
  if (index == 0) return 0;
  if (index == points.size()) return index - 1;
  return epoch - points[index - 1].epoch <= points[index].epoch - epoch ? index - 1 : index;
}

void ColumnExtremes::begin(Range epochs, int columns, Quantity quantity) {
  epochs_ = epochs;
  quantity_ = quantity;
  columns_.assign(static_cast<std::size_t>(std::max(0, columns)), {});
  visible_ = 0;
}

void ColumnExtremes::add(std::span<const store::CurvePoint> points) {
  if (columns_.empty()) return;
  const double per_epoch = static_cast<double>(columns_.size()) / epochs_.size();
  for (const store::CurvePoint& point : points) {
    const float value = value_of(point, quantity_);
    if (!epochs_.contains(point.epoch) || !std::isfinite(value)) continue;
    const auto at = static_cast<std::size_t>((point.epoch - epochs_.low) * per_epoch);
    Column& column = columns_[std::min(at, columns_.size() - 1)];
    if (column.count++ == 0) {
      column.low = column.high = column.first = value;
    } else {
      column.low = std::min(column.low, value);
      column.high = std::max(column.high, value);
    }
    column.last = value;
    ++visible_;
  }
}

bool CurveColumns::goes_on(const session::CurveView& curve) const {
  const std::size_t count = curve.train_count();
  if (seen_ == 0) return true;
  if (count < seen_ || curve.train.empty()) return false;
  const store::CurvePoint& last = curve.train_at(seen_ - 1);
  return curve.train_at(0).step == first_step_ && last.step == last_step_ && last.epoch == last_epoch_ &&
         (first_chunk_ == curve.train.front() || seen_ < session::CurveView::kChunk);
}

void CurveColumns::update(const session::CurveView& curve, Range epochs, int loss_columns, int accuracy_columns) {
  const bool same_axes =
      epochs == epochs_ && loss_columns == loss_columns_ && accuracy_columns == accuracy_columns_ && seen_ > 0;
  if (!same_axes || !goes_on(curve)) {
    epochs_ = epochs;
    loss_columns_ = loss_columns;
    accuracy_columns_ = accuracy_columns;
    loss_.begin(epochs, loss_columns, Quantity::kLoss);
    accuracy_.begin(epochs, accuracy_columns, Quantity::kAccuracy);
    seen_ = 0;
  }
  points_added_ = 0;
  const std::size_t count = curve.train_count();
  while (seen_ < count) {
    const std::vector<store::CurvePoint>& chunk = *curve.train[seen_ / session::CurveView::kChunk];
    const auto fresh = std::span(chunk).subspan(seen_ % session::CurveView::kChunk);
    loss_.add(fresh);
    accuracy_.add(fresh);
    seen_ += fresh.size();
    points_added_ += fresh.size();
  }
  if (count == 0) return;
  first_chunk_ = curve.train.front();
  first_step_ = curve.train_at(0).step;
  last_step_ = curve.train_at(seen_ - 1).step;
  last_epoch_ = curve.train_at(seen_ - 1).epoch;
}

std::vector<store::CurvePoint> smoothed(std::span<const store::CurvePoint> points, std::size_t most) {
  constexpr float kShare = 0.02F;
  std::vector<store::CurvePoint> out;
  if (points.empty() || most == 0) return out;
  const std::size_t every = (points.size() + most - 1) / most;
  store::CurvePoint mean;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const float share = std::max(kShare, 1.0F / static_cast<float>(i + 1));
    mean.step = points[i].step;
    mean.epoch = points[i].epoch;
    if (std::isfinite(points[i].loss)) mean.loss += share * (points[i].loss - mean.loss);
    mean.accuracy += share * (points[i].accuracy - mean.accuracy);
    if (i % every == 0 || i + 1 == points.size()) out.push_back(mean);
  }
  return out;
}

Range loss_range(std::span<const std::span<const store::CurvePoint>> curves, Range epochs, AxisScale scale) {
  double low = 1e300, high = 0;
  for (const auto& curve : curves) {
    for (const store::CurvePoint& point : visible_part(curve, epochs)) {
      if (!std::isfinite(point.loss) || point.loss <= 0) continue;
      low = std::min(low, static_cast<double>(point.loss));
      high = std::max(high, static_cast<double>(point.loss));
    }
  }
  if (high == 0) low = 0.1, high = 2;
  if (scale == AxisScale::kLinear) {
    const double step = nice_step({0, high}, 6);
    return {0, std::ceil(high / step - kSlack) * step};
  }
  // Room below for the raw line's better batches, above for its worse ones; a round bottom, so that the axis does not
  // tremble while the loss falls.
  return {std::min(widened_log({low / 2, high}).low, high / 10), high * 1.15};
}

Range accuracy_range(std::span<const std::span<const store::CurvePoint>> curves, Range epochs) {
  float best = 0;
  for (const auto& curve : curves) {
    for (const store::CurvePoint& point : visible_part(curve, epochs)) best = std::max(best, point.accuracy);
  }
  // The bottom rises once the best lies in the upper fifth of the shorter axis.
  constexpr std::array kBottoms{0.95, 0.9, 0.8, 0.5};
  for (const double bottom : kBottoms) {
    if (best >= bottom + 0.8 * (1 - bottom)) return {bottom, 1};
  }
  return {0, 1};
}

Range epoch_range(double last_epoch) {
  return {0, std::max(1.0, std::ceil(last_epoch - 1e-6))};
}

Range zoomed(Range shown, Range whole, double around, double factor) {
  const double size = std::clamp(shown.size() * factor, whole.size() / 5000, whole.size());
  const double part = std::clamp((around - shown.low) / shown.size(), 0.0, 1.0);
  return panned({around - part * size, around - part * size + size}, whole, 0);
}

Range panned(Range shown, Range whole, double by) {
  const double size = std::min(shown.size(), whole.size());
  const double low = std::max(whole.low, std::min(shown.low + by, whole.high - size));
  return {low, low + size};
}

}  // namespace warpscope::scene
