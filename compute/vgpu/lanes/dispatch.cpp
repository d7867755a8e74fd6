// vgpu/lanes/dispatch.cpp: takes the handlers of the best instruction set that the machine has.
#include <cstdlib>
#include <iterator>

#include "compute/vgpu/lanes/lane_op.h"

namespace warpscope::vgpu::lanes {
namespace {

using Finder = HandlerPair (*)(const LaneOp&);

}  // namespace

namespace baseline {
#include "compute/vgpu/lanes/families.inc"
}
#ifdef WARPSCOPE_X86_LANES
namespace avx2 {
#include "compute/vgpu/lanes/families.inc"
}
namespace avx512 {
#include "compute/vgpu/lanes/families.inc"
}
#endif

namespace {

struct InstructionSet {
  std::string_view name;
  bool (*available)();
  const Finder* finders;
};

constexpr std::size_t kFamilies = std::size(baseline::kFinders);

#ifdef WARPSCOPE_X86_LANES
bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
}
#endif
bool always() {
  return true;
}

// Best first.
constexpr InstructionSet kInstructionSets[] = {
#ifdef WARPSCOPE_X86_LANES
    {"avx512", has_avx512, avx512::kFinders},
    {"avx2", has_avx2, avx2::kFinders},
#endif
    {"baseline", always, baseline::kFinders},
};

const InstructionSet& choose() {
  if (const char* wanted = std::getenv("WARPSCOPE_LANES")) {
    for (const InstructionSet& set : kInstructionSets) {
      if (set.name == wanted && set.available()) return set;
    }
  }
  for (const InstructionSet& set : kInstructionSets) {
    if (set.available()) return set;
  }
  return kInstructionSets[std::size(kInstructionSets) - 1];
}

const InstructionSet& chosen() {
  static const InstructionSet& set = choose();
  return set;
}

}  // namespace

HandlerPair find_lane_handler(const LaneOp& op) {
  const Finder* finders = chosen().finders;
  for (std::size_t family = 0; family < kFamilies; ++family) {
    const HandlerPair pair = finders[family](op);
    if (pair.full != nullptr) return pair;
  }
  return {};
}

std::string_view instruction_set() {
  return chosen().name;
}

}  // namespace warpscope::vgpu::lanes
