// Whatever bytes a PTX text holds: parsed, loaded and run for 10,000 steps on a small grid. Nothing breaks, it takes no
// more memory than it was given, and the state that a run comes to is the same with and without observers, and in
// pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "compute/ptx/parser.h"
#include "compute/vgpu/machine.h"
#include "compute/vgpu/observers/check_init.h"
#include "compute/vgpu/observers/check_memory.h"
#include "compute/vgpu/observers/check_race.h"
#include "compute/vgpu/observers/check_sync.h"
#include "compute/vgpu/observers/counters.h"
#include "tests/fuzz/mutate_lines.h"

namespace ptx = warpscope::ptx;
namespace vgpu = warpscope::vgpu;

namespace {

constexpr std::uint64_t kMemoryBytes = 8U << 20;
constexpr std::uint64_t kBufferBytes = 4096;
constexpr std::uint64_t kSteps = 10'000;

void insist(bool holds) {
  if (!holds) std::abort();
}

// Parameters that may be pointers or small numbers: buffers, and every fourth value 64.
std::vector<std::uint8_t> parameters_of(const vgpu::FunctionCode& entry, vgpu::GlobalMemory& memory) {
  std::vector<std::uint8_t> bytes(entry.parameter_bytes);
  for (std::size_t at = 0, i = 0; at + 8 <= bytes.size() && i < 8; at += 8, ++i) {
    const auto buffer = memory.allocate(kBufferBytes, vgpu::AllocationKind::kBuffer);
    const std::uint64_t value = i % 4 == 3 || !buffer ? 64 : *buffer;
    std::memcpy(bytes.data() + at, &value, 8);
  }
  return bytes;
}

void run(const std::shared_ptr<const vgpu::Program>& program, int function, const vgpu::GlobalMemory& loaded) {
  vgpu::GlobalMemory memory = loaded;
  vgpu::Launch launch;
  launch.function = function;
  launch.grid = {2, 1, 1};
  launch.block = {40, 1, 1};
  launch.dynamic_shared_bytes = 512;
  launch.parameters = parameters_of(program->functions[static_cast<std::size_t>(function)], memory);
  auto free_running = vgpu::Machine::create(program, launch, memory);
  auto watched = vgpu::Machine::create(program, launch, memory);
  auto in_pieces = vgpu::Machine::create(program, launch, memory);
  insist(free_running.has_value() == watched.has_value() && watched.has_value() == in_pieces.has_value());
  if (!free_running) return;
  free_running->run(kSteps);
  for (std::uint64_t left = kSteps, piece = 1; left > 0; piece = piece % 97 + 5) {
    const std::uint64_t steps = std::min(left, piece);
    if (in_pieces->run(steps) < steps) break;
    left -= steps;
  }
  insist(free_running->state().steps == in_pieces->state().steps);
  insist(free_running->state().hash() == in_pieces->state().hash());
  vgpu::CheckMemory check_memory;
  vgpu::CheckInit check_init;
  vgpu::CheckRace check_race(100, 64U << 20);
  vgpu::CheckSync check_sync;
  vgpu::Counters counters;
  const std::vector<vgpu::Observer*> observers{&check_memory, &check_init, &check_race, &check_sync, &counters};
  for (vgpu::Observer* observer : observers) observer->on_launch(*program, launch, watched->state().memory);
  watched->run(kSteps, observers);
  for (vgpu::Observer* observer : observers) observer->on_launch_end(watched->state().memory);
  insist(free_running->state().steps == watched->state().steps);
  insist(free_running->state().hash() == watched->state().hash());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ptx::ParseLimits limits;  // small ones, so that reaching them is quick
  limits.max_registers = 1U << 10;
  limits.max_module_registers = 1U << 12;
  limits.max_variables = 1U << 8;
  limits.max_initialiser_bytes = 1U << 12;
  limits.max_nesting = 32;
  auto parsed = ptx::parse({reinterpret_cast<const char*>(data), size}, "fuzz.ptx", limits);
  if (!parsed) return 0;
  const auto module = std::make_shared<const ptx::Module>(std::move(*parsed));
  vgpu::GlobalMemory memory(kMemoryBytes);
  const auto program = vgpu::Program::load(module, memory);
  if (!program) return 0;
  int runs = 0;
  for (std::size_t f = 0; f < module->functions.size() && runs < 2; ++f) {
    if (!module->functions[f].is_entry || !(*program)->refusals(static_cast<int>(f)).empty()) continue;
    run(*program, static_cast<int>(f), memory);
    ++runs;
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  if (seed % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  return warpscope::fuzz::mutate_lines_in_place(data, size, max_size, seed);
}
