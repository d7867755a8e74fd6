// Every way to convolve gives the numbers of the reference, which computes in double precision and by itself.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "compute/convolution/engine.h"
#include "compute/device/virtual_device.h"
#include "tests/convolution/pictures.h"

namespace warpscope::convolution::testing {
namespace {

constexpr double kAccepted = 1e-5;

struct Case {
  Size size;
  Settings settings;

  std::string text() const {
    const Stage& stage = settings.chain.front();
    return fmt::format(
        "{} x {} x {}, filter {}, border {}, stride {}, dilation {}, padding {}, {} filters, block {} x {}", size.width,
        size.height, size.planes, stage.filters.front().size, key_of(stage.border), stage.stride, stage.dilation,
        stage.padding, stage.filters.size(), settings.block.x, settings.block.y);
  }
};

class Variants : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = Engine::create(device);
    ASSERT_TRUE(created) << created.error().text();
    engine = std::make_unique<Engine>(std::move(*created));
  }
  // All stages' outputs.
  std::vector<Picture> outputs_of(const Picture& picture, const Settings& settings) {
    const auto run = engine->run(picture, 0, settings, {});
    EXPECT_TRUE(run) << run.error().text();
    std::vector<Picture> outputs;
    for (std::size_t stage = 0; run && stage < settings.chain.size(); ++stage) {
      auto output = engine->read(*run, static_cast<int>(stage));
      EXPECT_TRUE(output) << output.error().text();
      if (output) outputs.push_back(std::move(*output));
    }
    return outputs;
  }
  void expect_all_agree(const Case& with) {
    SCOPED_TRACE(with.text());
    const Picture picture = noise(with.size.width, with.size.height, with.size.planes, 77);
    const std::vector<Picture> expected = reference(picture, with.settings.chain);
    std::vector<float> row_by_row;
    for (const Variant variant : kVariants) {
      SCOPED_TRACE(key_of(variant));
      Settings settings = with.settings;
      settings.variant = variant;
      const std::vector<Picture> outputs = outputs_of(picture, settings);
      ASSERT_EQ(outputs.size(), expected.size());
      EXPECT_LE(largest_error(picture, settings.chain, expected, outputs), kAccepted);
      // All but the two passes add in the same order.
      if (variant == Variant::kSeparable) continue;
      if (variant == Variant::kNaive) row_by_row = outputs.back().pixels;
      EXPECT_EQ(outputs.back().pixels, row_by_row);
    }
    ++checked;
  }

  device::VirtualDevice device;
  std::unique_ptr<Engine> engine;
  int checked = 0;
};

template <class T>
T one_of(std::mt19937& draw, std::initializer_list<T> values) {
  return *(values.begin() + draw() % values.size());
}

// A case where anything may be unusual. Those that leave nothing of the picture are for another test.
Case any_case(std::mt19937& draw) {
  Case any;
  any.size = {static_cast<int>(1 + draw() % 37), static_cast<int>(1 + draw() % 21), one_of(draw, {1, 3})};
  const int size = one_of(draw, {1, 3, 5, 7});
  Stage stage;
  const std::uint32_t count = one_of(draw, {1U, 1U, 1U, 2U, 3U, 8U});
  const bool separable = draw() % 2 == 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    stage.filters.push_back(separable ? random_separable(size, draw()) : random_filter(size, draw()));
  }
  if (count == 2) stage.kind = StageKind::kMagnitude;
  stage.border = one_of(draw, {Border::kZero, Border::kClamp, Border::kMirror});
  stage.stride = one_of(draw, {1, 1, 2, 3, 4});
  stage.dilation = one_of(draw, {1, 1, 2, 3, 4});
  stage.padding = one_of(draw, {Stage::kSame, Stage::kSame, 0, 1, 5, 9});
  any.settings.chain = {stage};
  any.settings.block = one_of(draw, {base::Dim3{16, 16, 1}, {32, 8, 1}, {8, 8, 1}, {7, 3, 1}, {32, 32, 1}});
  return any;
}

TEST_F(Variants, AgreeWithTheReferenceWhateverTheSettings) {
  std::mt19937 draw(20261122);
  while (checked < 150) {
    const Case any = any_case(draw);
    if (!check(any.settings, any.size)) continue;
    expect_all_agree(any);
    if (HasFailure()) return;
  }
}

TEST_F(Variants, AgreeForEveryBorderStrideDilationAndPaddingOnItsOwn) {
  for (const Border border : {Border::kZero, Border::kClamp, Border::kMirror}) {
    for (const int size : {1, 3, 5, 7}) {
      for (const int stride : {1, 2, 4}) {
        for (const int dilation : {1, 3}) {
          for (const int padding : {Stage::kSame, 0, 2}) {
            Case each;
            each.size = {40, 29, 1};
            each.settings.chain = {filter_stage(random_separable(size, 5), border)};
            each.settings.chain[0].stride = stride;
            each.settings.chain[0].dilation = dilation;
            each.settings.chain[0].padding = padding;
            ASSERT_TRUE(check(each.settings, each.size));
            expect_all_agree(each);
            if (HasFailure()) return;
          }
        }
      }
    }
  }
}

// Fours of pixels, at every place where a row can end.
TEST_F(Variants, AgreeAtEveryWidth) {
  for (int width = 1; width <= 24; ++width) {
    Case each;
    each.size = {width, 9, 3};
    each.settings.chain = {filter_stage(random_filter(5, 9), Border::kMirror)};
    expect_all_agree(each);
  }
}

TEST_F(Variants, AgreeForAPictureOfOnePixel) {
  for (const Border border : {Border::kZero, Border::kClamp, Border::kMirror}) {
    Case each;
    each.size = {1, 1, 1};
    each.settings.chain = {filter_stage(random_separable(7, 4), border)};
    expect_all_agree(each);
  }
}

TEST_F(Variants, ComputeAChainLikeASmallNetwork) {
  Case each;
  each.size = {33, 27, 1};
  Stage bank = filter_stage(random_filter(3, 1), Border::kClamp);
  bank.filters = {random_filter(3, 1), random_filter(3, 2), random_filter(3, 3), random_filter(3, 4)};
  Stage relu, pool, edges = bank;
  relu.kind = StageKind::kRelu;
  pool.kind = StageKind::kMaxPool;
  edges.kind = StageKind::kMagnitude;
  edges.filters = {find_filter("sobel-x")->filter, find_filter("sobel-y")->filter};
  each.settings.chain = {bank, relu, pool, edges, filter_stage(box(5), Border::kMirror), pool};
  expect_all_agree(each);
  EXPECT_EQ(outputs_of(noise(33, 27, 1, 1), each.settings).back().planes, 4);
}

TEST_F(Variants, AFilterThatCannotBeSeparatedIsAppliedWithConstantWeightsInstead) {
  Settings settings;
  settings.chain = {filter_stage(find_filter("laplacian")->filter)};
  settings.variant = Variant::kSeparable;
  const auto run = engine->run(noise(20, 20, 1, 1), 0, settings, {});
  ASSERT_TRUE(run);
  ASSERT_EQ(run->launches.size(), 1U);
  EXPECT_EQ(run->launches[0].kernel, "convolve_constant");
}

TEST_F(Variants, NewWeightsAndANewPictureAreSeenOnTheNextRun) {
  Settings settings;
  settings.chain = {filter_stage(find_filter("identity")->filter)};
  Picture picture = noise(20, 10, 1, 3);
  const auto output = [&](std::uint64_t version) {
    const auto run = engine->run(picture, version, settings, {});
    EXPECT_TRUE(run);
    return engine->read(*run, 0)->pixels;
  };
  EXPECT_EQ(output(1), picture.pixels);
  settings.chain[0].filters[0].weights[4] = 2;
  const auto doubled = output(1);
  EXPECT_EQ(doubled[7], 2 * picture.pixels[7]);
  const std::vector<float> before = picture.pixels;
  picture.pixels[7] += 100;
  EXPECT_EQ(output(1)[7], 2 * before[7]) << "the same version is not uploaded again";
  EXPECT_EQ(output(2)[7], 2 * picture.pixels[7]);
}

TEST_F(Variants, SettingsThatCannotBeRunAreRefused) {
  const auto run = engine->run(noise(4, 4, 1, 1), 0, Settings{}, {});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().message, "the chain is empty; it needs a stage, a filter for instance");
}

}  // namespace
}  // namespace warpscope::convolution::testing
