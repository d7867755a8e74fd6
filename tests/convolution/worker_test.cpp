// The thread that is said to have made a pixel is the one that wrote it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>

#include "compute/base/paths.h"
#include "compute/convolution/plan.h"
#include "compute/device/virtual_device.h"
#include "compute/kernels/catalogue.h"
#include "compute/kernels/inputs.h"
#include "compute/ptx/parser.h"
#include "tests/convolution/pictures.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::convolution::testing {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <class T>
Bytes bytes_of(const T& value) {
  Bytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}
Bytes bytes_of(const std::vector<float>& values) {
  Bytes bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::shared_ptr<const ptx::Module> read_module(const std::string& asset) {
  const auto path = base::find_asset(asset);
  EXPECT_TRUE(path);
  std::ifstream in(*path, std::ios::binary);
  auto module = ptx::parse(std::string(std::istreambuf_iterator<char>(in), {}), asset);
  EXPECT_TRUE(module);
  return std::make_shared<const ptx::Module>(std::move(*module));
}

struct Writer {
  std::uint64_t block = 0;
  int warp = 0, lane = 0;
  bool operator==(const Writer&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Writer& w) {
  return out << "block " << w.block << " warp " << w.warp << " lane " << w.lane;
}

// Who stored to which float.
class Stores final : public vgpu::Observer {
 public:
  std::map<std::uint64_t, Writer> by_address;

  void on_step(const vgpu::StepEvent& event) override {
    for (const vgpu::Access& access : event.accesses) {
      if (access.kind != vgpu::AccessKind::kStore || access.space != vgpu::AccessSpace::kGlobal) continue;
      for (int lane = 0; lane < base::kWarpSize; ++lane) {
        if ((access.mask >> lane & 1) == 0) continue;
        for (std::uint16_t offset = 0; offset < access.bytes; offset += 4) {
          by_address[access.address[lane] + offset] = {event.block->number, static_cast<int>(event.warp), lane};
        }
      }
    }
  }
};

// Runs the planned launches one by one, with all their stores watched.
class WatchedRun {
 public:
  WatchedRun(const Settings& settings, const Picture& picture) : plan(plan_of(settings, size_of(picture))) {
    EXPECT_TRUE(device_.load(read_module("ptx/convolve.ptx")));
    EXPECT_TRUE(device_.set_symbol("weights", bytes_of(plan.weights)));
    for (const Size size : plan.buffers) {
      const auto count = static_cast<std::uint64_t>(size.width * size.height * size.planes);
      addresses.push_back(*device_.allocate(4 * count, "buffer"));
    }
    bank_ = *device_.allocate(4 * kMostWeights, "bank");
    EXPECT_TRUE(device_.write(bank_, bytes_of(plan.weights)));
    EXPECT_TRUE(device_.write(addresses[0], bytes_of(picture.pixels)));
    vgpu::GlobalMemory memory = device_.memory();
    vgpu::TextureTable textures;
    for (const PlannedLaunch& launch : plan.launches) {
      const auto prepared = device_.prepare(request(launch));
      EXPECT_TRUE(prepared) << prepared.error().text();
      vgpu::RunOptions options;
      stores.emplace_back();
      options.observers = {&stores.back()};
      EXPECT_EQ(vgpu::run(device_.program(), *prepared, memory, textures, options).status, vgpu::RunStatus::kDone);
    }
  }

  Plan plan;
  std::vector<device::Address> addresses;
  std::vector<Stores> stores;  // of each launch

 private:
  device::LaunchRequest request(const PlannedLaunch& launch) const {
    std::vector<Bytes> arguments{bytes_of(addresses[static_cast<std::size_t>(launch.in)])};
    if (launch.takes_bank)
      arguments.insert(launch.bank_is_first ? arguments.begin() : arguments.end(), bytes_of(bank_));
    arguments.push_back(bytes_of(addresses[static_cast<std::size_t>(launch.out)]));
    arguments.push_back(bytes_of(launch.shape));
    arguments.push_back(bytes_of(device::Address{0}));
    return {launch.info.kernel, launch.info.grid, launch.info.block, launch.shared_bytes, arguments, {}};
  }

  device::VirtualDevice device_;
  device::Address bank_ = 0;
};

void expect_all_writers(const Settings& settings, const Picture& picture) {
  WatchedRun run(settings, picture);
  const std::size_t last = run.plan.launches.size() - 1;
  const PlannedLaunch& launch = run.plan.launches[last];
  const Size size = launch.info.writes;
  for (int plane = 0; plane < size.planes; ++plane) {
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const auto at = static_cast<std::uint64_t>((plane * size.height + y) * size.width + x);
        const Writer wrote =
            run.stores[last].by_address.at(run.addresses[static_cast<std::size_t>(launch.out)] + 4 * at);
        const Worker worker = worker_of(settings, launch.info, plane, x, y, 4);
        ASSERT_EQ((Writer{worker.block_number, worker.warp, worker.lane}), wrote) << plane << ", " << x << ", " << y;
        ASSERT_EQ(worker.sm, static_cast<int>(wrote.block % 4));
        ASSERT_EQ(launch.info.grid.linear(worker.block), wrote.block);
        ASSERT_EQ(launch.info.block.linear(worker.thread), static_cast<std::uint64_t>(wrote.warp * 32 + wrote.lane));
      }
    }
  }
}

TEST(WorkerOf, IsWhoWroteThePixelInEveryVariant) {
  Stage bank = filter_stage(random_separable(3, 1), Border::kMirror);
  bank.filters.push_back(random_separable(3, 2));
  for (const Variant variant : kVariants) {
    for (const base::Dim3 block : {base::Dim3{16, 16, 1}, {32, 4, 1}, {7, 5, 1}}) {
      SCOPED_TRACE(fmt::format("{} {} x {}", key_of(variant), block.x, block.y));
      Settings settings{{bank}, variant, block};
      expect_all_writers(settings, noise(45, 20, 3, 4));
      settings.chain[0].stride = 2;
      expect_all_writers(settings, noise(45, 20, 1, 4));
    }
  }
}

TEST(WorkerOf, IsWhoWroteThePixelOfTheOtherStages) {
  Stage pool, relu, magnitude;
  pool.kind = StageKind::kMaxPool;
  relu.kind = StageKind::kRelu;
  magnitude.kind = StageKind::kMagnitude;
  magnitude.filters = {find_filter("sobel-x")->filter, find_filter("sobel-y")->filter};
  for (const Stage& stage : {pool, relu, magnitude}) {
    expect_all_writers({{stage}, Variant::kTiled, {16, 8, 1}}, noise(33, 18, 3, 4));
  }
}

// A launch that only prepares: the thread stores what the pixel's own thread will need.
TEST(WorkerOf, OfALaunchThatPreparesIsWhoWorksOnTheMiddleOfTheWindow) {
  Stage stage = filter_stage(random_separable(5, 1), Border::kClamp);
  stage.stride = 2;
  const Settings settings{{stage}, Variant::kSeparable, {8, 8, 1}};
  WatchedRun run(settings, noise(31, 31, 1, 4));
  const PlannedLaunch& rows = run.plan.launches[0];
  ASSERT_EQ(rows.info.kernel, "convolve_rows");
  const Worker worker = worker_of(settings, rows.info, 0, 9, 6, 1);
  const auto middle = static_cast<std::uint64_t>(12 * rows.info.writes.width + 9);  // row 12 = 6 * stride
  EXPECT_EQ(run.stores[0].by_address.at(run.addresses[1] + 4 * middle),
            (Writer{worker.block_number, worker.warp, worker.lane}));
}

TEST(WriterOf, IsTheLastLaunchOfAStage) {
  convolution::Run run;
  run.launches.resize(3);
  run.launches[0].stage = run.launches[1].stage = 0;
  run.launches[2].stage = 1;
  EXPECT_EQ(writer_of(run, 0), &run.launches[1]);
  EXPECT_EQ(writer_of(run, 1), &run.launches[2]);
  EXPECT_EQ(writer_of(run, 2), nullptr);
}

// ---- Handover to Step

// What Step does with a launch: parses the arguments, fills buffers and runs the debug flavour.
std::vector<float> run_handover(const StepHandover& step, int& output) {
  const kernels::Kernel* const kernel = kernels::find_kernel(step.kernel);
  EXPECT_NE(kernel, nullptr) << step.kernel;
  device::VirtualDevice device;
  EXPECT_TRUE(device.load(read_module(kernels::ptx_asset(*kernel, kernels::Flavour::kDebug))));
  device::LaunchRequest request{step.kernel, step.grid, step.block, step.dynamic_shared_bytes, {}, {}};
  EXPECT_EQ(step.arguments.size(), kernel->arguments.size());
  output = kernel->outputs.at(0);
  device::Address result = 0;
  std::size_t result_bytes = 0;
  for (std::size_t i = 0; i < step.arguments.size(); ++i) {
    const auto argument = kernels::parse_argument(step.arguments[i]);
    EXPECT_TRUE(argument) << argument.error().text();
    if (argument->kind == kernels::Argument::Kind::kBuffer) {
      const device::Address address = *device.allocate(argument->bytes.size(), "buffer");
      EXPECT_TRUE(device.write(address, argument->bytes));
      request.arguments.push_back(bytes_of(address));
      if (static_cast<int>(i) == output) {
        result = address;
        result_bytes = argument->bytes.size();
      }
    } else {
      const bool null = argument->kind == kernels::Argument::Kind::kNull;
      request.arguments.push_back(null ? bytes_of(device::Address{0}) : argument->bytes);
    }
  }
  for (const auto& [name, spec] : step.symbols) {
    const auto contents = kernels::parse_argument(spec);
    EXPECT_TRUE(contents);
    EXPECT_TRUE(device.set_symbol(name, contents->bytes));
  }
  const auto report = device.launch(request, {.checks = {true, true, true, true}});
  EXPECT_TRUE(report) << report.error().text();
  EXPECT_TRUE(report->findings.empty()) << report->findings.front().message;
  std::vector<float> values(result_bytes / sizeof(float));
  EXPECT_TRUE(device.read(result, {reinterpret_cast<std::uint8_t*>(values.data()), result_bytes}));
  return values;
}

class Handover : public ::testing::Test {
 protected:
  std::string save(const Picture& picture) {
    const std::string file = (folder.path() / "input.f32").string();
    const Bytes bytes = bytes_of(picture.pixels);
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    return file;
  }
  tests::ScratchFolder folder;
};

TEST_F(Handover, RunsTheDebugFlavourToTheSamePixelsWithNothingToFind) {
  Filter filter = random_filter(5, 3);
  filter.weights[0] = 0.1F;  // a number that takes all its digits to be written down
  const Stage first = filter_stage(random_filter(3, 2));
  Stage second = filter_stage(filter, Border::kMirror);
  second.filters.push_back(random_filter(5, 4));
  const Picture picture = noise(21, 17, 3, 8);
  const std::string file = save(picture);
  for (const Variant variant : {Variant::kNaive, Variant::kConstant, Variant::kTiled, Variant::kVectorised}) {
    SCOPED_TRACE(key_of(variant));
    const auto step = handover({{first, second}, variant, {16, 8, 1}}, 1, size_of(picture), file);
    ASSERT_TRUE(step) << step.error().text();
    EXPECT_EQ(step->launch.stage, 1);
    const Picture expected = reference(picture, {second})[0];
    int output = 0;
    const std::vector<float> values = run_handover(*step, output);
    ASSERT_EQ(values.size(), expected.pixels.size());
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], expected.pixels[i], 2e-2) << i;
  }
}

TEST_F(Handover, GivesTheFirstLaunchOfAStageThatTakesSeveral) {
  Stage pool, relu, magnitude;
  pool.kind = StageKind::kMaxPool;
  relu.kind = StageKind::kRelu;
  magnitude.kind = StageKind::kMagnitude;
  magnitude.filters = {find_filter("sobel-x")->filter, find_filter("sobel-y")->filter};
  const Stage blur = filter_stage(box(3));
  const Picture picture = noise(12, 10, 1, 8);
  const std::string file = save(picture);
  const auto kernel_of = [&](const Stage& stage, Variant variant) {
    const auto step = handover({{stage}, variant, {16, 16, 1}}, 0, size_of(picture), file);
    EXPECT_TRUE(step);
    int output = 0;
    EXPECT_FALSE(run_handover(*step, output).empty());
    return step->kernel;
  };
  EXPECT_EQ(kernel_of(blur, Variant::kSeparable), "convolve_rows");
  EXPECT_EQ(kernel_of(blur, Variant::kMatrixProduct), "unfold");
  EXPECT_EQ(kernel_of(magnitude, Variant::kTiled), "convolve_tiled");
  EXPECT_EQ(kernel_of(magnitude, Variant::kSeparable), "convolve_rows");
  EXPECT_EQ(kernel_of(pool, Variant::kTiled), "max_pool");
  EXPECT_EQ(kernel_of(relu, Variant::kTiled), "relu");
}

TEST_F(Handover, OfAStageThatIsNotThereIsRefused) {
  const auto step = handover({{filter_stage(box(3))}, Variant::kTiled, {16, 16, 1}}, 1, {8, 8, 1}, "file");
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().message, "there is no stage 2; the chain has 1");
}

}  // namespace
}  // namespace warpscope::convolution::testing
