// How many warp instructions a second the cycle model gets through on one core: products of matrices, a copy and a
// histogram on GPUs of 28 and 132 multiprocessors. Words behind the command choose among the kernels.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "compute/ptx/parser.h"
#include "compute/timing/simulate.h"

namespace {

using namespace warpscope;
int failed = 0;

gpu::Gpu find(const std::string& name) {
  const auto gpus = gpu::read_gpus().value();
  return gpu::find_gpu(gpus, name).value();
}

struct Case {
  const char* kernel;
  base::Dim3 grid, block;
  std::vector<std::uint64_t> buffers;  // bytes, in the order of the parameters
  std::vector<std::int32_t> scalars;   // behind them
};

void run(const Case& c, const gpu::Gpu& gpu) {
  std::ifstream file(std::string(WARPSCOPE_SOURCE_DIR "/assets/ptx/") + c.kernel + ".ptx");
  std::ostringstream text;
  text << file.rdbuf();
  vgpu::GlobalMemory memory;
  vgpu::TextureTable textures;
  const auto module = std::make_shared<const ptx::Module>(ptx::parse(text.str(), c.kernel).value());
  const auto program = vgpu::Program::load(module, memory).value();
  vgpu::Launch launch;
  launch.function = program->find_function(c.kernel);
  launch.grid = c.grid;
  launch.block = c.block;
  for (const std::uint64_t bytes : c.buffers) {
    const std::uint64_t address = memory.allocate(bytes, vgpu::AllocationKind::kBuffer).value();
    const auto* from = reinterpret_cast<const std::uint8_t*>(&address);
    launch.parameters.insert(launch.parameters.end(), from, from + 8);
  }
  for (const std::int32_t scalar : c.scalars) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(&scalar);
    launch.parameters.insert(launch.parameters.end(), from, from + 4);
  }
  timing::SimulateOptions options;
  options.gpu = gpu;
  const std::clock_t begin = std::clock();  // of this process: others may want the cores too
  const auto result = timing::simulate(program, launch, memory, textures, options);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (!result) {
    fmt::print("{}: {}\n", c.kernel, result.error().text());
    ++failed;
    return;
  }
  const timing::Timeline& timeline = result->timeline;
  const double speed = static_cast<double>(timeline.ptx_instructions) / seconds * 1e-6;
  constexpr double kAsked = 2;
  failed += speed >= kAsked ? 0 : 1;
  fmt::print(
      "{:<18} {:>3} SMs {:>6} blocks {:>8.2f} M instructions {:>8.2f} M a second ({:.2f} M of the machine) "
      "asked: >= {} {}; {} cycles, IPC {:.2f}\n",
      c.kernel, timeline.sms, timeline.blocks.size(), static_cast<double>(timeline.ptx_instructions) * 1e-6, speed,
      static_cast<double>(timeline.warp_instructions) / seconds * 1e-6, kAsked, speed >= kAsked ? "met" : "NOT MET",
      timeline.cycles, timeline.ipc());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::uint64_t kFloats = 4ULL * 512 * 512, kMany = 1U << 22;
  const Case cases[] = {
      {"matmul_naive", {32, 32, 1}, {16, 16, 1}, {kFloats, kFloats, kFloats}, {512}},
      {"matmul_tiled", {32, 32, 1}, {16, 16, 1}, {kFloats, kFloats, kFloats}, {512}},
      {"vector_add", {kMany / 256, 1, 1}, {256, 1, 1}, {4 * kMany, 4 * kMany, 4 * kMany}, {kMany}},
      {"histogram_shared", {kMany / 256, 1, 1}, {256, 1, 1}, {kMany, 64}, {kMany}},
  };
  for (const char* name : {"GeForce RTX 3060", "H100 SXM5"}) {
    const gpu::Gpu gpu = find(name);
    for (const Case& c : cases) {
      const auto is_meant = [&](const char* word) { return std::string_view(word) == c.kernel; };
      if (argc <= 1 || std::any_of(argv + 1, argv + argc, is_meant)) run(c, gpu);
    }
  }
  return failed == 0 ? 0 : 1;
}
