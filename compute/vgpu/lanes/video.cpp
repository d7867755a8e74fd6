#include "compute/vgpu/lanes/video.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace warpscope::vgpu::lanes {
namespace {

using ptx::Modifier;
using ptx::Opcode;

__extension__ using Wide = __int128;  // holds every sum and product exactly

struct Range {
  Wide least, most;
};
Range range_of(int width, bool is_signed) {
  if (is_signed) return {-(Wide{1} << (width - 1)), (Wide{1} << (width - 1)) - 1};
  return {0, (Wide{1} << width) - 1};
}

Wide extended(std::uint32_t bits, int width, bool is_signed) {
  const std::uint32_t cut = width == 32 ? bits : bits & ((1U << width) - 1);
  const bool negative = is_signed && (cut >> (width - 1) & 1) != 0;
  return Wide{cut} - (negative ? Wide{1} << width : 0);
}

// ---- Parts of registers: 0xb2 is byte 2, 0xa1 the upper half, 0 all

int width_of(std::uint32_t part) {
  return part == 0 ? 32 : part >> 4 == 0xb ? 8 : 16;
}
int shift_of(std::uint32_t part) {
  return part == 0 ? 0 : static_cast<int>(part & 0xf) * width_of(part);
}

Wide read_part(std::uint32_t value, std::uint32_t part, bool is_signed) {
  return extended(value >> shift_of(part), width_of(part), is_signed);
}
std::uint32_t write_part(std::uint32_t into, Wide value, std::uint32_t part) {
  if (part == 0) return static_cast<std::uint32_t>(value);
  const std::uint32_t mask = ((1U << width_of(part)) - 1) << shift_of(part);
  return (into & ~mask) | (static_cast<std::uint32_t>(value) << shift_of(part) & mask);
}

// ---- One result

bool compared(Modifier compare, Wide a, Wide b) {
  switch (compare) {
    case Modifier::kEq:
      return a == b;
    case Modifier::kNe:
      return a != b;
    case Modifier::kLt:
      return a < b;
    case Modifier::kLe:
      return a <= b;
    case Modifier::kGt:
      return a > b;
    default:
      return a >= b;
  }
}

int shift_amount(const VideoSpec& spec, Wide b) {
  return static_cast<int>((spec.options & kVideoWrap) != 0 ? b & 31 : std::min<Wide>(b, 32));
}

Wide element(const VideoSpec& spec, Wide a, Wide b) {
  switch (spec.opcode) {
    case Opcode::kVadd:
    case Opcode::kVadd2:
    case Opcode::kVadd4:
      return a + b;
    case Opcode::kVsub:
    case Opcode::kVsub2:
    case Opcode::kVsub4:
      return a - b;
    case Opcode::kVabsdiff:
    case Opcode::kVabsdiff2:
    case Opcode::kVabsdiff4:
      return a < b ? b - a : a - b;
    case Opcode::kVmin:
    case Opcode::kVmin2:
    case Opcode::kVmin4:
      return std::min(a, b);
    case Opcode::kVmax:
    case Opcode::kVmax2:
    case Opcode::kVmax4:
      return std::max(a, b);
    case Opcode::kVavrg2:
    case Opcode::kVavrg4:  // rounded up, away from zero
      return (a + b + (a + b >= 0 ? 1 : 0)) >> 1;
    case Opcode::kVshl:
      return a * (Wide{1} << shift_amount(spec, b));
    case Opcode::kVshr:
      return a >> shift_amount(spec, b);
    default:
      return compared(spec.compare, a, b) ? 1 : 0;
  }
}

// (a * b) + c, exactly as the ISA writes it down: negated numbers are inverted, and one is added.
std::uint32_t multiply_add(const VideoSpec& spec, Wide a, Wide b, std::uint32_t c) {
  const std::uint16_t options = spec.options;
  const bool is_signed = (options & (kVideoSignedA | kVideoSignedB | kVideoNegateProduct | kVideoNegateC)) != 0;
  Wide product = a * b;
  Wide one = 0;
  if ((options & kVideoPlusOne) != 0) {
    one = 1;
  } else if ((options & kVideoNegateProduct) != 0) {
    product = ~product;
    one = 1;
  } else if ((options & kVideoNegateC) != 0) {
    c = ~c;
    one = 1;
  }
  Wide result = product + extended(c, 32, is_signed) + one;
  if ((options & kVideoShift7) != 0) result >>= 7;
  if ((options & kVideoShift15) != 0) result >>= 15;
  if ((options & kVideoSaturate) != 0) {
    const Range range = range_of(32, is_signed);
    result = std::clamp(result, range.least, range.most);
  }
  return static_cast<std::uint32_t>(result);
}

std::uint32_t run_scalar(const VideoSpec& spec, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const Wide first = read_part(a, spec.a_part, (spec.options & kVideoSignedA) != 0);
  const Wide second = read_part(b, spec.b_part, (spec.options & kVideoSignedB) != 0);
  if (spec.opcode == Opcode::kVmad) return multiply_add(spec, first, second, c);
  const bool is_signed = (spec.options & kVideoSignedD) != 0;
  Wide result = element(spec, first, second);
  if ((spec.options & kVideoSaturate) != 0) {
    const Range range = range_of(width_of(spec.d_part), is_signed);
    result = std::clamp(result, range.least, range.most);
  }
  const Wide third = extended(c, 32, is_signed);
  if ((spec.options & kVideoAdd) != 0) result += third;
  if ((spec.options & kVideoMin) != 0) result = std::min(result, third);
  if ((spec.options & kVideoMax) != 0) result = std::max(result, third);
  return write_part(c, result, spec.d_part);
}

std::uint32_t run_packed(const VideoSpec& spec, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const int count = spec.elements, width = 32 / count;
  const std::uint64_t both = std::uint64_t{b} << 32 | a;
  const auto pick = [&](std::uint32_t choice, bool is_signed) {
    return extended(static_cast<std::uint32_t>(both >> (width * static_cast<int>(choice & 7))), width, is_signed);
  };
  const bool is_signed = (spec.options & kVideoSignedD) != 0;
  std::uint32_t result = c;
  for (int i = 0; i < count; ++i) {
    if ((spec.d_part >> i & 1) == 0) continue;
    Wide value =
        element(spec, pick(static_cast<std::uint32_t>(spec.a_part >> (4 * i)), (spec.options & kVideoSignedA) != 0),
                pick(static_cast<std::uint32_t>(spec.b_part >> (4 * i)), (spec.options & kVideoSignedB) != 0));
    if ((spec.options & kVideoSaturate) != 0) {
      const Range range = range_of(width, is_signed);
      value = std::clamp(value, range.least, range.most);
    }
    if ((spec.options & kVideoAdd) != 0) {
      result += static_cast<std::uint32_t>(value);
    } else {
      const std::uint32_t mask = ((1U << width) - 1) << (width * i);
      result = (result & ~mask) | (static_cast<std::uint32_t>(value) << (width * i) & mask);
    }
  }
  return result;
}

constexpr std::size_t kInImm = sizeof(std::int64_t);
static_assert(offsetof(VideoSpec, options) == kInImm);

void video_row(Exec& exec, const Inst& inst) {
  VideoSpec spec;
  std::memcpy(static_cast<void*>(&spec), &inst.imm, kInImm);
  spec.options = inst.extra;
  spec.elements = inst.flags[1];
  std::uint32_t* d = exec.row<std::uint32_t>(inst.d);
  const std::uint32_t* a = exec.row<std::uint32_t>(inst.s[0]);
  const std::uint32_t* b = exec.row<std::uint32_t>(inst.s[1]);
  const std::uint32_t* c = exec.row<std::uint32_t>(inst.s[2]);
  for (int lane = 0; lane < 32; ++lane) {
    if ((exec.mask >> lane & 1U) != 0) d[lane] = run_video(spec, a[lane], b[lane], c[lane]);
  }
}

}  // namespace

std::uint32_t run_video(const VideoSpec& spec, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  return spec.elements == 1 ? run_scalar(spec, a, b, c) : run_packed(spec, a, b, c);
}

HandlerPair find_any_video(const VideoSpec& spec, Inst& inst) {
  std::memcpy(&inst.imm, &spec, kInImm);
  inst.extra = spec.options;
  inst.flags[1] = spec.elements;
  return {video_row, video_row};
}

}  // namespace warpscope::vgpu::lanes
