#include "compute/timing/machine_model.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace warpscope::timing {
namespace {

// What all GPUs of a capability have in common. Sources, by column:
//   lanes: CUDA C++ Programming Guide, "Arithmetic Instructions"; tensor: the white papers of the architectures.
//   arithmetic latencies: PPT-GPU, hardware/ISA (Arafa et al., HPEC 2019), confirmed by dependent chains (FMA 4.01
//   cycles on H200); FP64 of V100: RRZE cuda-incore; special functions: PPT-GPU.
//   L1 latency: RRZE gpu-benches, gpu-latency (V100 27.9, A100 33.1, A40 33.1, L40 34.1, GH200 32.1); RTX 2070: sjfeng
//   gpu-arch-microbenchmark. Pascal and shared memory: PPT-GPU; of 8.9: SASS measurements of an RTX 4070 Ti.
//   L1 bytes: RRZE gpu-cache (126 of V100 and A100, 64 of A40 and L40, 128 of H100).
//   L2 and DRAM latency: where no chip of kChips says better.
struct Architecture {
  int capability;
  Throughput lanes;
  int latency, double_latency, special_latency;  // of arithmetic; of double precision; of special functions
  int l1_latency, shared_latency, l1_bytes;
  int l2_latency, dram_latency;
};
// clang-format off
constexpr Architecture kArchitectures[] = {
    //    lanes: fp32 fp16 fp64 int32 sfu tensor  arithmetic   L1  shared B   L2  DRAM
    {60,  { 64, 128, 32,  64, 16,    0},  6,  8, 23,  82, 24, 64, 220, 480},
    {61,  {128,   2,  4, 128, 32,    0},  6, 45, 23,  82, 24, 64, 216, 480},
    {62,  {128, 256,  4, 128, 32,    0},  6, 45, 23,  82, 24, 64, 216, 480},
    {70,  { 64, 128, 32,  64, 16,  512},  4,  8, 18,  28, 23, 128, 212, 430},
    {75,  { 64, 128,  2,  64, 16,  512},  4, 45, 22,  32, 23, 64, 236, 450},
    {80,  { 64, 256, 32,  64, 16, 1024},  4,  8, 23,  33, 23, 128, 206, 540},
    {86,  {128, 128,  2,  64, 16,  512},  4, 45, 23,  33, 23, 64, 250, 552},
    {87,  {128, 256,  2,  64, 16,  512},  4, 45, 23,  33, 23, 64, 250, 552},
    {88,  {128, 128,  2,  64, 16,  512},  4, 45, 23,  33, 23, 64, 250, 552},
    {89,  {128, 128,  2,  64, 16,  512},  4, 45, 23,  34, 28, 64, 274, 625},
    {90,  {128, 256, 64,  64, 16, 2048},  4,  8, 23,  32, 23, 128, 281, 657},
    {100, {128, 256, 64,  64, 16, 4096},  4,  8, 23,  40, 23, 128, 295, 860},
    {103, {128, 256,  2,  64, 16, 4096},  4, 45, 23,  39, 23, 128, 295, 848},
    {110, {128, 256,  2,  64, 16, 2048},  4, 45, 23,  40, 23, 128, 295, 860},
    {120, {128, 128,  2, 128, 16,  512},  4, 45, 23,  44, 23, 64, 356, 900},
    {121, {128, 128,  2, 128, 16,  512},  4, 45, 23,  44, 23, 64, 356, 900},
};

// Where a chip was measured: pointer chases of RRZE gpu-latency, except GA106 (YKTian, AmpereArchViaMicroBenchMark), GB202
// and GB100 (markdewing, AI_kernels); bytes
// a cycle of L2: RRZE gpu-l2-cache over the clock. 0: not measured.
struct Chip {
  std::string_view name;
  int l2_latency, dram_latency;
  double l2_bytes;
};
constexpr Chip kChips[] = {
    {"GV100", 212, 430, 1667}, {"GA100", 206, 540, 3830}, {"GA102", 250, 552, 0}, {"AD102", 274, 625, 2088},
    {"GH100", 281, 657, 4200}, {"TU106", 236, 450, 0},    {"GA106", 219, 552, 0}, {"GB202", 356, 900, 0}, {"GB100", 295, 860, 0},
};
// Bytes a cycle and SM of L2, where the chip was not measured: what those above have on average, a little less.
constexpr double kL2BytesPerSm = 24;

// What dividing and taking roots costs: PPT-GPU, hardware/ISA, by generation. How many instructions they are is
// assumed: as many as NVIDIA's compiler makes of them without the slow path.
struct Macros {
  int from_capability;
  std::array<MacroTiming, kMacros> macros;  // in the order of Macro
};
constexpr Macros kMacroTable[] = {
    {60, {{{17, 139}, {70, 420}, {12, 408}, {8, 266}, {10, 282}, {20, 1276}, {16, 454}}}},
    {70, {{{17, 71}, {70, 300}, {12, 335}, {8, 60}, {10, 60}, {20, 112}, {16, 106}}}},
    {75, {{{17, 79}, {70, 330}, {12, 504}, {8, 70}, {10, 72}, {20, 1135}, {16, 366}}}},
    {80, {{{17, 71}, {70, 300}, {12, 335}, {8, 60}, {10, 60}, {20, 112}, {16, 106}}}},
    {86, {{{17, 79}, {70, 330}, {12, 504}, {8, 70}, {10, 72}, {20, 1135}, {16, 366}}}},
    {90, {{{17, 71}, {70, 300}, {12, 335}, {8, 60}, {10, 60}, {20, 112}, {16, 106}}}},
    {103, {{{17, 79}, {70, 330}, {12, 504}, {8, 70}, {10, 72}, {20, 1135}, {16, 366}}}},
};
// clang-format on

// What a stream gets of the memory's bandwidth: 869 of 900 GB/s on V100 (RRZE cuda-roofline), less where refreshes and
// turns between reading and writing cost more.
constexpr double kDramShare = 0.92;

// From the end of a block to the start of the next in its place: what small blocks that only write lose (RRZE
// gpu-stream: 217, 218, 177, 198 ns of V100, A100, A40, L40), in time and not in cycles of the SM.
constexpr double kBlockLaunchMicroseconds = 0.2;
// Of an RTX 4070 Ti; later wavefronts of a conflict come two cycles apart there.
constexpr int kShuffleLatency = 25;
constexpr int kAdaCapability = 89;

const Architecture& architecture_of(gpu::ComputeCapability capability) {
  const Architecture* found = kArchitectures;
  for (const Architecture& a : kArchitectures) {
    if (a.capability <= capability.number()) found = &a;
  }
  return *found;
}

int interval_of(int lanes, int sub_partitions) {
  return lanes <= 0 ? 32 : std::max(1, 32 * sub_partitions / lanes);
}

void set_units(MachineModel& model, const Architecture& a) {
  const auto interval = [&](int lanes) { return interval_of(lanes, model.sub_partitions); };
  const auto set = [&](Unit unit, Pipe pipe, int latency, int every) {
    model.units[static_cast<std::size_t>(unit)] = {pipe, latency, every};
  };
  const Throughput& lanes = a.lanes;
  const bool multiplies = a.capability >= 70;  // earlier ones multiply 16 bits at a time
  set(Unit::kFloat, Pipe::kFma, a.latency, interval(lanes.fp32));
  // Two halves are one register.
  set(Unit::kHalf, Pipe::kFma, a.latency, interval(std::max(1, lanes.fp16 / 2)));
  set(Unit::kInteger, Pipe::kAlu, a.latency, interval(lanes.int32));
  set(Unit::kMultiply, Pipe::kFma, multiplies ? a.latency : 3 * a.latency,
      multiplies ? interval(64) : 3 * interval(lanes.int32));
  set(Unit::kDouble, Pipe::kFp64, a.double_latency, interval(lanes.fp64));
  set(Unit::kSpecial, Pipe::kSfu, a.special_latency, interval(lanes.special));
  set(Unit::kConvert, Pipe::kSfu, a.special_latency - 4, interval(lanes.special));
  set(Unit::kTensor, Pipe::kTensor, 18, 1);
  set(Unit::kShuffle, Pipe::kMio, kShuffleLatency, 4);
  set(Unit::kReadSpecial, Pipe::kMio, a.shared_latency, 4);
  set(Unit::kControl, Pipe::kControl, a.latency, 1);
}

}  // namespace

Throughput throughput_of(gpu::ComputeCapability capability) {
  return architecture_of(capability).lanes;
}

MachineModel machine_model(const gpu::Gpu& gpu, int max_warps, int sub_partitions, std::uint32_t shared_bytes) {
  const Architecture& a = architecture_of(gpu.capability);
  MachineModel model;
  model.sms = std::max(1, gpu.sms());
  model.sub_partitions = sub_partitions;
  model.warp_slots = (max_warps + sub_partitions - 1) / sub_partitions;
  set_units(model, a);
  for (const Macros& macros : kMacroTable) {
    if (macros.from_capability <= a.capability) model.macros = macros.macros;
  }
  model.tensor_multiplies = std::max(16, a.lanes.tensor / sub_partitions);
  model.l1_latency = a.l1_latency;
  model.shared_latency = a.shared_latency;
  model.l1_bytes = a.l1_bytes;
  model.shared_way_latency = a.capability >= kAdaCapability ? 2 : 1;
  model.block_launch = static_cast<int>(kBlockLaunchMicroseconds * gpu.clock_mhz);
  model.l2_latency = a.l2_latency;
  model.dram_latency = a.dram_latency;
  model.shared_atomic_latency = a.shared_latency + 16;
  model.l2_bytes = kL2BytesPerSm * model.sms;
  for (const Chip& chip : kChips) {
    if (chip.name != gpu.chip) continue;
    model.l2_latency = chip.l2_latency;
    model.dram_latency = chip.dram_latency;
    if (chip.l2_bytes > 0) model.l2_bytes = chip.l2_bytes;
  }
  model.l2_atomic_latency = model.l2_latency + 20;
  model.dram_bytes = std::max(1.0, kDramShare * gpu.bandwidth_gbs * 1e3 / std::max(1.0, gpu.clock_mhz));
  model.l2_capacity = static_cast<std::uint64_t>(std::max(0.25, gpu.l2_mib) * (1U << 20));
  const std::uint64_t l1 = static_cast<std::uint64_t>(std::max(1, gpu.l1_kib)) << 10;
  const bool apart = gpu.capability.major < 7;
  model.l1_capacity = apart ? l1 : std::max<std::uint64_t>(8U << 10, l1 > shared_bytes ? l1 - shared_bytes : 0);
  return model;
}

}  // namespace warpscope::timing
