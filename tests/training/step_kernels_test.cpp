// The kernels of a training step, on the virtual GPU, do what the CPU back end does: they change pictures and update
// parameters in the same way.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/training/augment.h"
#include "compute/training/optimizer.h"
#include "tests/kernels/run_kernel.h"

namespace warpscope::training {
namespace {

using kernels::Flavour;
using kernels::testing::Bytes;
using kernels::testing::LaunchCase;
using kernels::testing::values_of;

template <class T>
std::string list(const char* type, const std::vector<T>& values) {
  std::string text = fmt::format("buf:{}:{}:list:", type, values.size());
  for (const T value : values) text += fmt::format("{},", value);
  text.pop_back();
  return text;
}

std::vector<Bytes> after(const LaunchCase& launch, Flavour flavour) {
  kernels::testing::Prepared prepared = kernels::testing::prepare(launch, flavour);
  const kernels::testing::Outcome outcome = kernels::testing::run(prepared);
  EXPECT_EQ(outcome.report.status, vgpu::RunStatus::kDone)
      << (outcome.report.fault ? outcome.report.fault->message : std::string());
  return outcome.buffers;
}

std::string name_of(const ::testing::TestParamInfo<Flavour>& info) {
  return info.param == Flavour::kDebug ? "debug" : "optimised";
}

class GatherKernel : public ::testing::TestWithParam<Flavour> {};
class UpdateKernels : public ::testing::TestWithParam<Flavour> {};
INSTANTIATE_TEST_SUITE_P(Kernels, GatherKernel, ::testing::Values(Flavour::kOptimised, Flavour::kDebug), name_of);
INSTANTIATE_TEST_SUITE_P(Kernels, UpdateKernels, ::testing::Values(Flavour::kOptimised, Flavour::kDebug), name_of);

// ---- Pictures

// Strokes with soft edges, a field of its own in each channel.
std::vector<std::uint8_t> drawing(Shape shape) {
  std::vector<std::uint8_t> picture;
  for (int c = 0; c < shape.channels; ++c) {
    for (int y = 0; y < shape.height; ++y) {
      for (int x = 0; x < shape.width; ++x) {
        const double ink = std::sin(0.4 * x + 0.15 * y + c) + std::cos(0.35 * y - 0.2 * x);
        picture.push_back(static_cast<std::uint8_t>(std::clamp(ink * 160 + 40, 0.0, 255.0)));
      }
    }
  }
  return picture;
}

// As the kernel reads it: a map, the thickness, whether there is a field, the field.
std::vector<float> row_of(const PictureChange& change, std::size_t stride) {
  std::vector<float> row{change.xx, change.xy, change.x0,           change.yx,
                         change.yy, change.y0, change.thickness_px, change.knots_x.empty() ? 0.0F : 1.0F};
  row.insert(row.end(), change.knots_x.begin(), change.knots_x.end());
  row.insert(row.end(), change.knots_y.begin(), change.knots_y.end());
  row.resize(stride);
  return row;
}

constexpr int kPictures = 8;

std::vector<float> gathered(const std::vector<std::uint8_t>& picture, Shape shape,
                            const std::vector<PictureChange>& changes, Flavour flavour) {
  const auto knots = static_cast<std::size_t>(knots_along(shape.width) * knots_along(shape.height));
  const std::size_t stride = 8 + 2 * knots;
  std::vector<float> rows;
  for (const PictureChange& change : changes) {
    const std::vector<float> row = row_of(change, stride);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  const LaunchCase launch{
      "gather_changed",
      {kPictures, static_cast<std::uint32_t>(shape.channels), 1},
      {256, 1, 1},
      static_cast<std::uint32_t>(8 * (shape.width + 3) * (shape.height + 3) +
                                 8 * shape.height * knots_along(shape.width)),
      {list("u8", picture), fmt::format("buf:u32:{}:zero", kPictures), fmt::format("buf:u8:{}:zero", kPictures),
       list("f32", rows), "buf:i32:4:zero", fmt::format("buf:f32:{}:zero", kPictures * shape.count()),
       fmt::format("buf:u8:{}:zero", kPictures), fmt::format("i32:{}", kPictures),
       fmt::format("i32:{}", shape.channels), fmt::format("i32:{}", shape.height), fmt::format("i32:{}", shape.width),
       fmt::format("i32:{}", stride)}};
  return values_of<float>(after(launch, flavour).at(5));
}

TEST_P(GatherKernel, ChangesAPictureAsApplyChangeDoes) {
  for (const char* text : {"shift 3", "rotate 20", "scale 0.3", "shear 15", "thickness 2", "elastic 3",
                           "shift 2.5, rotate 12, scale 0.15, shear 8, thickness 1, elastic 2.5"}) {
    const Augmentation augmentation = parse_augmentation(text).value();
    for (const Shape shape : {Shape{1, 28, 28}, Shape{3, 32, 32}}) {
      SCOPED_TRACE(fmt::format("{} of ({}, {}, {})", text, shape.channels, shape.height, shape.width));
      const std::vector<std::uint8_t> picture = drawing(shape);
      Random random(31);
      std::vector<PictureChange> changes;
      for (int i = 0; i < kPictures; ++i) changes.push_back(draw_change(shape, augmentation, random));
      const std::vector<float> images = gathered(picture, shape, changes, GetParam());
      std::vector<float> expected(picture.size());
      float worst = 0, moved = 0;
      for (std::size_t i = 0; i < changes.size(); ++i) {
        apply_change(picture, shape, changes[i], expected);
        for (std::size_t p = 0; p < expected.size(); ++p) {
          worst = std::max(worst, std::abs(images[i * expected.size() + p] - expected[p]));
          moved = std::max(moved, std::abs(static_cast<float>(picture[p]) / 255 - expected[p]));
        }
      }
      EXPECT_LE(worst, 1e-5F);
      EXPECT_GT(moved, 0.1F) << "the change is one that shows";
    }
  }
}

TEST_P(GatherKernel, LeavesAPictureThatIsNotChangedAsItIs) {
  const Shape shape{1, 28, 28};
  const std::vector<std::uint8_t> picture = drawing(shape);
  const std::vector<float> images = gathered(picture, shape, std::vector<PictureChange>(kPictures), GetParam());
  std::vector<float> expected(picture.size());
  to_unit_floats(picture, expected);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), images.begin())) << "bit by bit";
}

// ---- The update

struct Arrays {
  std::vector<float> parameters, gradients, first, second;
};

Arrays some_arrays(std::size_t count) {
  Random random(8);
  Arrays arrays;
  for (std::size_t i = 0; i < count; ++i) {
    arrays.parameters.push_back(random.uniform(-1, 1));
    // Of all sizes that gradients have, and some of them 0.
    const float size = std::exp2(-static_cast<float>(i % 24));
    arrays.gradients.push_back(i % 13 == 0 ? 0.0F : random.uniform(-size, size));
    arrays.first.push_back(0);
    arrays.second.push_back(0);
  }
  return arrays;
}

float distance(float value, float expected, float scale) {
  const float unit = std::max(std::nextafter(scale, std::numeric_limits<float>::infinity()) - scale, 1e-38F);
  return std::abs(value - expected) / unit;
}

class Updates {
 public:
  Updates(std::string kernel, OptimizerSettings settings, float loss_scale, Flavour flavour)
      : kernel_(std::move(kernel)), settings_(settings), loss_scale_(loss_scale), flavour_(flavour) {}

  // From the same state, one update by the kernel and one by the CPU: both are then `arrays`.
  void expect_same(Arrays& arrays, float rate, int update) const {
    Arrays scaled = arrays;
    for (float& gradient : scaled.gradients) gradient *= loss_scale_;
    const auto [p, m, v] = by_kernel(scaled, rate, update);
    const Arrays before = arrays;
    update_parameters(settings_, rate, update,
                      {.parameters = arrays.parameters,
                       .gradients = arrays.gradients,
                       .first = arrays.first,
                       .second = arrays.second});
    float worst = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      worst = std::max(worst, distance(p[i], arrays.parameters[i],
                                       std::max(std::abs(before.parameters[i]), std::abs(arrays.parameters[i]))));
      const float largest_term =
          std::max({std::abs(before.first[i]), std::abs(arrays.gradients[i]), std::abs(arrays.first[i])});
      if (!m.empty()) worst = std::max(worst, distance(m[i], arrays.first[i], largest_term));
      if (!v.empty()) worst = std::max(worst, distance(v[i], arrays.second[i], arrays.second[i]));
    }
    const float allowed = kernel_ == "adam_update_vector" ? 2.0F : 1.0F;  // it has other constants before the elements
    EXPECT_LE(worst, allowed) << "units of the last place; " << kernel_ << ", update " << update;
  }

 private:
  using Floats = std::vector<float>;
  std::tuple<Floats, Floats, Floats> by_kernel(const Arrays& a, float rate, int update) const {
    const std::size_t n = a.parameters.size();
    const auto left = [&](float beta) { return static_cast<float>(1 - std::pow(static_cast<double>(beta), update)); };
    const bool is_adam = kernel_.starts_with("adam"), has_first = kernel_ != "sgd_update";
    std::vector<std::string> arguments{list("f32", a.parameters), list("f32", a.gradients)};
    if (has_first) arguments.push_back(list("f32", a.first));
    if (is_adam) arguments.push_back(list("f32", a.second));
    arguments.push_back(list<float>("f32", {rate, left(settings_.beta1), left(settings_.beta2), loss_scale_}));
    arguments.insert(arguments.end(), {"buf:i32:4:zero", "buf:i32:4:zero"});
    if (kernel_ == "momentum_update") arguments.push_back(fmt::format("f32:{}", settings_.momentum));
    if (is_adam) {
      for (const float value : {settings_.beta1, settings_.beta2, settings_.epsilon}) {
        arguments.push_back(fmt::format("f32:{}", value));
      }
    }
    arguments.push_back(fmt::format("i32:{}", n));
    const auto blocks = static_cast<std::uint32_t>((n + 255) / 256);
    const std::vector<Bytes> out = after({kernel_, {blocks, 1, 1}, {256, 1, 1}, 0, arguments}, flavour_);
    return {values_of<float>(out[0]), has_first ? values_of<float>(out[2]) : Floats(),
            is_adam ? values_of<float>(out[3]) : Floats()};
  }

  std::string kernel_;
  OptimizerSettings settings_;
  float loss_scale_;
  Flavour flavour_;
};

TEST_P(UpdateKernels, AreTheCpusUpdateToTheLastPlace) {
  struct Way {
    const char* kernel;
    OptimizerSettings settings;
  };
  for (const Way& way : {Way{"sgd_update", {.kind = OptimizerKind::kSgd}},
                         {"momentum_update", {.kind = OptimizerKind::kMomentum}},
                         {"adam_update", {.kind = OptimizerKind::kAdam}},
                         {"adam_update_vector", {.kind = OptimizerKind::kAdam}}}) {
    for (const float loss_scale : {1.0F, 1024.0F}) {
      const Updates updates(way.kernel, way.settings, loss_scale, GetParam());
      Arrays arrays = some_arrays(600);
      for (int update = 1; update <= 12; ++update) {
        updates.expect_same(arrays, 0.002F, update);
        std::rotate(arrays.gradients.begin(), arrays.gradients.begin() + 3, arrays.gradients.end());
      }
    }
  }
}

}  // namespace
}  // namespace warpscope::training
