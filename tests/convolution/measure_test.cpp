// What the table of variants says: counts that are counted, times that are times, sentences made of the same numbers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "compute/convolution/engine.h"
#include "compute/device/virtual_device.h"
#include "tests/convolution/pictures.h"

namespace warpscope::convolution::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// The virtual GPU under another name: what a device that cannot count looks like to the engine.
class Mute final : public device::Device {
 public:
  std::string_view kind() const override { return "mute"; }
  std::string name() const override { return "a GPU that counts nothing"; }
  base::Result<device::Address> allocate(std::uint64_t bytes, std::string name) override {
    return inner_.allocate(bytes, std::move(name));
  }
  base::Result<void> free(device::Address address) override { return inner_.free(address); }
  base::Result<void> write(device::Address address, std::span<const std::uint8_t> bytes) override {
    ++writes;
    return inner_.write(address, bytes);
  }
  base::Result<void> read(device::Address address, std::span<std::uint8_t> into) const override {
    return inner_.read(address, into);
  }
  base::Result<device::Address> add_texture(vgpu::Texture texture) override { return inner_.add_texture(texture); }
  base::Result<std::vector<std::uint8_t>> texels(device::Address texture) const override {
    return inner_.texels(texture);
  }
  tl::expected<void, std::vector<base::Error>> load_all(
      std::vector<std::shared_ptr<const ptx::Module>> modules) override {
    return inner_.load_all(std::move(modules));
  }
  base::Result<void> copy(device::Address to, device::Address from, std::uint64_t size_bytes) override {
    return inner_.copy(to, from, size_bytes);
  }
  base::Result<void> set_symbol(std::string_view name, std::span<const std::uint8_t> bytes) override {
    ++symbols;
    return inner_.set_symbol(name, bytes);
  }
  base::Result<device::LaunchReport> launch(const device::LaunchRequest& request,
                                            const device::LaunchOptions& options) override {
    return inner_.launch(request, options);
  }
  base::Result<std::unique_ptr<device::Sequence>> record(std::vector<device::LaunchRequest> launches) override {
    ++records;
    return inner_.record(std::move(launches));
  }

  int writes = 0, symbols = 0, records = 0;

 private:
  device::VirtualDevice inner_;
};

Settings sobel(Variant variant) {
  Settings settings;
  settings.chain = {filter_stage(find_filter("sobel-x")->filter, Border::kClamp)};
  settings.variant = variant;
  return settings;
}

TEST(Measure, CountsWhatTheTiledKernelMustFetch) {
  device::VirtualDevice device;
  auto engine = Engine::create(device);
  ASSERT_TRUE(engine);
  const Picture picture = noise(64, 64, 1, 2);
  const auto tiled = measure(*engine, picture, sobel(Variant::kTiled), Variant::kTiled, {});
  const auto naive = measure(*engine, picture, sobel(Variant::kTiled), Variant::kNaive, {});
  ASSERT_TRUE(tiled && naive);
  ASSERT_TRUE(tiled->counts && naive->counts);
  EXPECT_EQ(tiled->why_not, "");
  EXPECT_LE(tiled->largest_error, 1e-5);
  EXPECT_GT(tiled->seconds, 0);
  // Each of the 16 blocks has 8 warps, that store 2 rows of 16 floats: 4 sectors. Its 18 x 18 tile is loaded by rows:
  // 16 columns and then 2 more, by two rows of threads a warp; 9 warps' worth of rows.
  EXPECT_EQ(tiled->counts->global_requests, 16 * (8 + 9 * 2));
  EXPECT_LT(tiled->counts->sectors * 3, naive->counts->sectors);
  EXPECT_EQ(naive->counts->shared_wavefronts, 0U);
  const double ratio = static_cast<double>(naive->counts->sectors) / static_cast<double>(tiled->counts->sectors);
  EXPECT_THAT(tiled->why, HasSubstr("A block of 256 threads loads its 18 x 18 pixels once, and each thread reads its 9 "
                                    "from shared memory: "));
  EXPECT_THAT(tiled->why, HasSubstr(fmt::format("{:.1f} times fewer sectors than naive", ratio)));
  EXPECT_THAT(naive->why, HasSubstr("its 9 pixels and 9 weights from global memory"));
}

TEST(Measure, EveryVariantHasASentenceOfItsOwnNumbers) {
  device::VirtualDevice device;
  auto engine = Engine::create(device);
  ASSERT_TRUE(engine);
  const Picture picture = noise(48, 40, 1, 2);
  Settings settings = sobel(Variant::kTiled);
  const auto naive = measure(*engine, picture, settings, Variant::kNaive, {});
  ASSERT_TRUE(naive);
  const auto ratio = [&](Variant variant, std::uint64_t Counts::*count) {
    const auto report = measure(*engine, picture, settings, variant, {});
    EXPECT_TRUE(report);
    const double of_naive = static_cast<double>(*naive->counts.*count),
                 own = static_cast<double>(*report->counts.*count);
    EXPECT_THAT(report->why, HasSubstr(own < of_naive ? fmt::format("{:.1f} times fewer ", of_naive / own)
                                                      : fmt::format("{:.1f} times as many ", own / of_naive)));
    EXPECT_TRUE(report->why.ends_with('.'));
    return of_naive / own;
  };
  EXPECT_GT(ratio(Variant::kConstant, &Counts::global_requests), 1.5);
  EXPECT_GT(ratio(Variant::kTiled, &Counts::sectors), 3);
  EXPECT_GT(ratio(Variant::kVectorised, &Counts::global_requests), 2);
  ratio(Variant::kMatrixProduct, &Counts::sectors);
  ratio(Variant::kSeparable, &Counts::warp_instructions);
}

TEST(Measure, AVariantThatCannotSaysWhy) {
  device::VirtualDevice device;
  auto engine = Engine::create(device);
  ASSERT_TRUE(engine);
  Settings settings;
  settings.chain = {filter_stage(find_filter("laplacian")->filter)};
  const auto report = measure(*engine, noise(20, 20, 1, 1), settings, Variant::kSeparable, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->why_not, "Laplacian is not a column times a row, so it cannot be applied in two passes.");
  EXPECT_FALSE(report->counts);
}

TEST(Measure, EndsWhenItIsTold) {
  device::VirtualDevice device;
  auto engine = Engine::create(device);
  ASSERT_TRUE(engine);
  const std::atomic<bool> stop = true;
  device::LaunchOptions options;
  options.stop = &stop;
  const auto report = measure(*engine, noise(200, 200, 1, 1), sobel(Variant::kNaive), Variant::kNaive, options);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->stopped);
}

TEST(Measure, CountsOnAVirtualGpuWhereTheDeviceCannot) {
  Mute mute;
  device::VirtualDevice device;
  auto on_mute = Engine::create(mute);
  auto on_virtual = Engine::create(device);
  ASSERT_TRUE(on_mute && on_virtual);
  const Picture picture = noise(40, 30, 1, 2);
  device::LaunchOptions counting;
  counting.counters = true;
  const auto run = on_mute->run(picture, 1, sobel(Variant::kTiled), counting);
  ASSERT_TRUE(run);
  EXPECT_FALSE(run->counts);
  const auto a = measure(*on_mute, picture, sobel(Variant::kTiled), Variant::kTiled, {});
  const auto b = measure(*on_virtual, picture, sobel(Variant::kTiled), Variant::kTiled, {});
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->counts->sectors, b->counts->sectors);
  EXPECT_EQ(a->counts->warp_instructions, b->counts->warp_instructions);
  EXPECT_EQ(a->why, b->why);
}

TEST(EngineKeeps, BuffersLaunchesAndWeightsThatStayTheSame) {
  Mute mute;
  auto engine = Engine::create(mute);
  ASSERT_TRUE(engine);
  Picture picture = noise(40, 30, 1, 2);
  Settings settings = sobel(Variant::kNaive);
  const auto changes = [&](std::uint64_t version) {
    const int writes = mute.writes, symbols = mute.symbols, records = mute.records;
    EXPECT_TRUE(engine->run(picture, version, settings, {}));
    return std::array{mute.writes - writes, mute.symbols - symbols, mute.records - records};
  };
  EXPECT_EQ(changes(1), (std::array{2, 1, 1})) << "picture and weights, once";
  EXPECT_EQ(changes(1), (std::array{0, 0, 0})) << "nothing has changed";
  EXPECT_EQ(changes(2), (std::array{1, 0, 0})) << "another picture";
  settings.chain[0].filters[0].weights[0] = 7;
  EXPECT_EQ(changes(2), (std::array{1, 1, 0})) << "other weights";
  settings.chain[0].border = Border::kZero;
  EXPECT_EQ(changes(2), (std::array{2, 1, 1})) << "another launch";
}

TEST(EngineKeeps, WhereEachBlockRanOnADeviceThatKnows) {
  Mute mute;
  auto engine = Engine::create(mute);
  ASSERT_TRUE(engine);
  const auto run = engine->run(noise(40, 30, 1, 2), 1, sobel(Variant::kTiled), {});
  ASSERT_TRUE(run);
  const auto places = engine->ran_on(0);
  ASSERT_TRUE(places);
  EXPECT_EQ(places->size(), run->launches[0].grid.count());
  device::VirtualDevice device;
  auto modelled = Engine::create(device);
  ASSERT_TRUE(modelled && modelled->run(noise(40, 30, 1, 2), 1, sobel(Variant::kTiled), {}));
  EXPECT_TRUE(modelled->ran_on(0)->empty());
}

}  // namespace
}  // namespace warpscope::convolution::testing
