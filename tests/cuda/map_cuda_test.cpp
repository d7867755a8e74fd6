// A person's own CUDA C++ in the SM map. Here and not beside the other tests of the session: NVRTC does not bear the
// stand-in driver in its process.
#include <fstream>

#include "compute/cuda/ptxas.h"
#include "compute/session/kernel_run.h"
#include "tests/session/live_map.h"

namespace warpscope::tests {
namespace {

using namespace session;

using MapCuda = LiveMap;

TEST_F(MapCuda, IsCompiledRunAndOpensInStep) {
  const auto file = folder_.path() / "scale.cu";
  std::ofstream(file) << "__global__ void scale(float* x, int n) {\n"
                         "  int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                         "  if (i < n) x[i] = 2 * x[i];\n"
                         "}\n";
  if (const auto tried = read_kernel_file(file, CompileFor::kSpeed); !tried && !tried.error().errors.empty()) {
    GTEST_SKIP() << tried.error().errors.front().text();
  }
  Settings settings;
  settings.source.kernel = "scale";
  settings.source.file = file;
  settings.block_threads = 64;
  const View& view = after(settings);
  ASSERT_EQ(view.plan->problem, "");
  EXPECT_EQ(view.plan->title, "scale");
  EXPECT_EQ(view.plan->block_note, "");
  EXPECT_EQ(view.plan->block.count(), 64U);
  EXPECT_EQ(view.plan->registers.origin, cuda::has_ptxas() ? RegisterOrigin::kPtxas : RegisterOrigin::kEstimate);
  EXPECT_GT(view.plan->registers.count, 4);
  EXPECT_EQ(view.run->fault, "");
  // Its guessed launch has 1,024 threads; on another GPU the number of registers is asked for again.
  EXPECT_EQ(view.run->timeline->blocks.size(), 16U);
  settings.gpu = "GeForce GTX 1080";
  const View& older = after(settings);
  EXPECT_EQ(older.plan->problem, "");
  EXPECT_EQ(older.plan->registers.origin, cuda::has_ptxas() ? RegisterOrigin::kNearest : RegisterOrigin::kEstimate);
  const View& step = after(PrepareMapStep{.id = 1, .block = 3, .warp = 1});
  ASSERT_TRUE(step.step) << last_message(step);
  EXPECT_EQ(step.step->file, file);
  EXPECT_EQ(step.step->launch.arguments.front().name, "x");
}

}  // namespace
}  // namespace warpscope::tests
