// What the SM map says before anything has run.
#include <gmock/gmock.h>

#include <fstream>

#include "compute/kernels/map_kernels.h"
#include "compute/session/map_plan.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::session {
namespace {

using ::testing::HasSubstr;

class MapPlans : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto gpus = gpu::read_gpus();
    ASSERT_TRUE(gpus) << gpus.error().text();
    planner_ = new MapPlanner(std::move(*gpus));
  }
  static void TearDownTestSuite() {
    delete planner_;
    planner_ = nullptr;
  }
  MapPlan plan() const { return planner_->plan(settings_).plan; }
  MapPlan plan_of(const std::string& kernel) {
    settings_.source.kernel = kernel;
    return plan();
  }
  // A person's own kernel.
  MapPlan plan_of_text(const std::string& body, const std::string& before = "", const std::string& bounds = "") {
    const auto file = folder_.path() / "own.ptx";
    std::ofstream(file) << ".version 7.0\n.target sm_70\n.address_size 64\n"
                        << before << ".visible .entry own(.param .u64 out)" << bounds
                        << " {\n.reg .b32 %r<8>; .reg .b64 %rd<4>;\n"
                        << body << "\nret;\n}\n";
    settings_.source = {};
    settings_.source.kernel = "own";
    settings_.source.file = file;
    return plan();
  }

  tests::ScratchFolder folder_;
  MapSettings settings_;

 private:
  static MapPlanner* planner_;
};
MapPlanner* MapPlans::planner_ = nullptr;

TEST_F(MapPlans, TheSettingsToBeginWithAreTheMatrixProductOnAGpuThatManyHave) {
  const MapPlan plan = this->plan();
  EXPECT_EQ(plan.problem, "");
  EXPECT_EQ(plan.kernel, "matmul_strip");
  EXPECT_EQ(plan.source_name, "matmul_strip.cu");
  ASSERT_NE(plan.shipped, nullptr);
  EXPECT_EQ(plan.gpu.name, "GeForce RTX 3060");
  EXPECT_EQ(plan.gpu.sms(), 28);
  ASSERT_NE(plan.limits, nullptr);
  EXPECT_EQ(plan.limits->capability, (gpu::ComputeCapability{8, 6}));
  EXPECT_EQ(plan.block, (base::Dim3{32, 8, 1}));
  EXPECT_GT(plan.registers.count, 8);
  EXPECT_EQ(plan.registers.count, plan.registers.of_kernel);
  ASSERT_TRUE(plan.occupancy);
  EXPECT_EQ(plan.occupancy->warps_per_block, 8);
  EXPECT_DOUBLE_EQ(plan.waves, static_cast<double>(plan.grid.count()) / (28.0 * plan.occupancy->blocks));
  EXPECT_GT(plan.waves, 1);
  EXPECT_EQ(plan.by_threads.size(), 32U);
}

TEST_F(MapPlans, CurvesHaveThePresentPointOnThem) {
  for (const char* const kernel : {"matmul_strip", "transpose_naive", "reduce_sequential"}) {
    const MapPlan plan = plan_of(kernel);
    ASSERT_TRUE(plan.occupancy) << plan.problem;
    const auto at = [](const std::vector<gpu::CurvePoint>& curve, std::uint64_t x) {
      const auto found = std::find_if(curve.begin(), curve.end(), [x](const auto& point) { return point.x == x; });
      return found == curve.end() ? -1 : found->warps;
    };
    EXPECT_EQ(at(plan.by_threads, plan.block.count()), plan.occupancy->warps) << kernel;
    EXPECT_EQ(at(plan.by_registers, static_cast<std::uint64_t>(std::max(16, plan.registers.count))),
              plan.occupancy->warps)
        << kernel;
  }
}

TEST_F(MapPlans, ABlockOf96ThreadsHasThreeWarpsAndCoversTheSameMatrix) {
  settings_.block_threads = 96;
  const MapPlan plan = this->plan();
  EXPECT_EQ(plan.block, (base::Dim3{32, 3, 1}));
  const kernels::MapKernel& map = *kernels::find_map_kernel("matmul_strip");
  EXPECT_EQ(plan.grid.y, (map.threads.y + 2) / 3);
  ASSERT_TRUE(plan.occupancy);
  EXPECT_EQ(plan.occupancy->warps_per_block, 3);
  EXPECT_EQ(plan.dynamic_shared, map.fixed_shared + 3 * map.per_row_shared);
  EXPECT_EQ(plan.block_note, "");
  settings_.block_threads = 128;
  const MapPlan four = this->plan();
  EXPECT_EQ(four.occupancy->warps_per_block, 4);
  // An SM has 48 places for warps and 16 for blocks.
  EXPECT_LE(plan.occupancy->warps, 48);
}

TEST_F(MapPlans, ABlockTheKernelCannotHaveIsRefusedAndItsOwnStays) {
  settings_.block_threads = 100;
  const MapPlan plan = this->plan();
  EXPECT_EQ(plan.block, (base::Dim3{32, 8, 1}));
  EXPECT_THAT(plan.block_note, HasSubstr("multiple of 32"));
  EXPECT_EQ(plan.problem, "");
}

TEST_F(MapPlans, AKernelThatIsWrittenForItsBlockSaysSoBeforeAnybodyAsks) {
  const MapPlan plan = plan_of("transpose_padded");
  EXPECT_THAT(plan.block_note, HasSubstr("32 x 32"));
  EXPECT_EQ(plan.problem, "");
  settings_.block_threads = 1024;  // its own
  EXPECT_THAT(this->plan().block_note, HasSubstr("32 x 32"));
}

TEST_F(MapPlans, RegistersAreRaisedUntilABlockFallsOut) {
  const MapPlan own = plan();
  ASSERT_TRUE(own.occupancy);
  int blocks = own.occupancy->blocks;
  int falls = 0;
  for (int registers = own.registers.count + 1; registers <= 255; ++registers) {
    settings_.registers = registers;
    const MapPlan plan = this->plan();
    EXPECT_EQ(plan.registers.count, registers);
    EXPECT_EQ(plan.registers.of_kernel, own.registers.count);
    EXPECT_EQ(plan.registers.origin, RegisterOrigin::kChosen);
    // Eight warps of so many registers, in portions of 256, out of 65,536.
    const int expected = std::min(own.occupancy->blocks, 65536 / 4 / ((registers * 32 + 255) / 256 * 256) * 4 / 8);
    ASSERT_TRUE(plan.occupancy) << registers << ": " << plan.problem;
    EXPECT_EQ(plan.occupancy->blocks, expected) << registers;
    if (plan.occupancy->blocks == blocks) continue;
    EXPECT_NE(plan.occupancy->limiters & gpu::kByRegisters, 0) << registers;
    EXPECT_GT(plan.waves, own.waves);
    blocks = plan.occupancy->blocks;
    ++falls;
  }
  EXPECT_GE(falls, 3);
}

TEST_F(MapPlans, MoreRegistersThanABlockMayHaveIsAProblemThatSaysHowMany) {
  settings_.source.kernel = "transpose_naive";  // 1,024 threads
  settings_.registers = 65;
  const MapPlan plan = this->plan();
  EXPECT_FALSE(plan.occupancy);
  EXPECT_THAT(plan.problem, HasSubstr("65,536"));
  settings_.registers = 300;
  EXPECT_THAT(this->plan().problem, HasSubstr("255"));
}

TEST_F(MapPlans, SharedMemoryIsAddedToWhatIsNeededAndNeverTakenAway) {
  const MapPlan own = plan();
  const std::uint64_t needs = own.static_shared + own.dynamic_shared;
  settings_.shared_bytes = 48 << 10;
  const MapPlan more = plan();
  EXPECT_EQ(more.added_shared, (48 << 10) - needs);
  EXPECT_EQ(more.shared_note, "");
  // 48 KiB and the one that the driver keeps: twice in the 100 KiB of an SM.
  ASSERT_TRUE(more.occupancy);
  EXPECT_EQ(more.occupancy->by_shared, 2);
  settings_.shared_bytes = needs - 1;
  const MapPlan less = plan();
  EXPECT_EQ(less.added_shared, 0U);
  EXPECT_THAT(less.shared_note, HasSubstr("would not be enough"));
  EXPECT_EQ(less.occupancy->blocks, own.occupancy->blocks);
}

TEST_F(MapPlans, AnotherGridAndAnotherGpu) {
  settings_.grid = base::Dim3{7, 3, 1};
  settings_.gpu = "H100 PCIe";
  const MapPlan plan = this->plan();
  ASSERT_EQ(plan.problem, "");
  EXPECT_EQ(plan.grid.count(), 21U);
  EXPECT_EQ(plan.limits->capability, (gpu::ComputeCapability{9, 0}));
  EXPECT_LT(plan.waves, 1);
}

TEST_F(MapPlans, WhatIsNotThereIsNamedWithWhatIs) {
  settings_.gpu = "Voodoo 2";
  EXPECT_THAT(plan().problem, HasSubstr("Voodoo 2"));
  settings_.gpu = "GeForce RTX 3060";
  const MapPlan plan = plan_of("matmul_magic");
  EXPECT_THAT(plan.problem, HasSubstr("matmul_magic"));
  EXPECT_THAT(plan.problem, HasSubstr("matmul_strip"));
  EXPECT_NE(plan.limits, nullptr);
  settings_.source.file = folder_.path() / "gone.ptx";
  EXPECT_THAT(this->plan().problem, HasSubstr("gone.ptx"));
}

TEST_F(MapPlans, EveryOfferedKernelHasAPlanOnEveryGpu) {
  auto gpus = gpu::read_gpus();
  ASSERT_TRUE(gpus);
  for (const kernels::MapKernel& map : kernels::map_kernels()) {
    for (const gpu::Gpu& gpu : *gpus) {
      settings_.gpu = gpu.name;
      const MapPlan plan = plan_of(std::string(map.kernel.name));
      EXPECT_EQ(plan.problem, "") << map.kernel.name << " on " << gpu.name;
      EXPECT_TRUE(plan.occupancy) << map.kernel.name << " on " << gpu.name;
    }
  }
}

// ---- A person's own kernels

constexpr const char* kAsksForWidth = "mov.u32 %r1, %ntid.x;\nmov.u32 %r2, %tid.x;";

TEST_F(MapPlans, AKernelThatAsksForItsWidthMayHaveAnotherAndAsManyThreads) {
  const MapPlan own = plan_of_text(kAsksForWidth);
  ASSERT_EQ(own.problem, "");
  EXPECT_EQ(own.title, "own");
  EXPECT_EQ(own.source_name, "own.ptx");
  EXPECT_EQ(own.shipped, nullptr);
  EXPECT_EQ(own.block_note, "");
  const std::uint64_t threads = own.grid.count() * own.block.count();
  settings_.block_threads = 96;
  const MapPlan plan = this->plan();
  EXPECT_EQ(plan.block, (base::Dim3{96, 1, 1}));
  EXPECT_EQ(plan.grid.count(), (threads + 95) / 96);
  settings_.block_threads = 2000;
  EXPECT_THAT(this->plan().block_note, HasSubstr("1024"));
}

TEST_F(MapPlans, AKernelThatCannotBeWidenedSaysWhy) {
  settings_.block_threads = 96;
  EXPECT_THAT(plan_of_text("mov.u32 %r1, %tid.x;").block_note, HasSubstr("never asks how wide"));
  EXPECT_THAT(plan_of_text("mov.u32 %r1, %ntid.x;\nmov.u32 %r2, %ntid.y;").block_note, HasSubstr("height"));
  const MapPlan plan = plan_of_text(kAsksForWidth, "", " .reqntid 256");
  EXPECT_THAT(plan.block_note, HasSubstr("compiled for blocks of 256"));
  EXPECT_EQ(plan.block.count(), 256U);
}

TEST_F(MapPlans, WhatItCallsIsReadToo) {
  settings_.block_threads = 96;
  const std::string height = ".func (.reg .b32 %out) height() {\nmov.u32 %out, %ntid.y;\nret;\n}\n";
  const std::string call = std::string(kAsksForWidth) + "\ncall (%r3), height;";
  EXPECT_THAT(plan_of_text(call, height).block_note, HasSubstr("height"));
  // Who does not call it need not care.
  EXPECT_EQ(plan_of_text(kAsksForWidth, height).block_note, "");
}

TEST_F(MapPlans, ALaunchOfAnotherWorkspaceIsTaken) {
  settings_.source.kernel = "saxpy";
  StepLaunch launch;
  launch.kernel = "saxpy";
  launch.grid = {50, 1, 1};
  launch.block = {64, 1, 1};
  for (const char* const spec : {"f32:2", "buf:f32:3200:ones", "buf:f32:3200:zero", "i32:3200"}) {
    launch.arguments.emplace_back().spec = spec;
  }
  settings_.source.launch = launch;
  const MapPlan plan = this->plan();
  ASSERT_EQ(plan.problem, "");
  EXPECT_EQ(plan.grid.count(), 50U);
  EXPECT_EQ(plan.block.count(), 64U);
  settings_.block_threads = 128;
  EXPECT_EQ(this->plan().grid.count(), 25U);
}

TEST_F(MapPlans, TheSameRunIsRecognisedWhateverWasAskedFor) {
  const MapPlan own = plan();
  settings_.block_threads = 256;  // its own
  settings_.registers = own.registers.count;
  EXPECT_EQ(identity_of(plan()), identity_of(own));
  EXPECT_EQ(plan().registers.origin, own.registers.origin);
  settings_.cold_caches = false;
  EXPECT_NE(identity_of(plan()), identity_of(own));
}

}  // namespace
}  // namespace warpscope::session
