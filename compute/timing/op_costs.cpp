#include "compute/timing/op_costs.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace warpscope::timing {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Space;
using ptx::Type;

struct Row {
  Opcode opcode;
  Width width;  // kAny: whatever no other row of the opcode is for
  Cost cost;
};

constexpr Cost kFreeCost{OpKind::kFree, Unit::kInteger, 0};
constexpr Cost math(Unit unit, std::uint8_t count = 1) {
  return {OpKind::kMath, unit, count};
}
constexpr Cost macro(Macro which) {
  return {OpKind::kMath, Unit::kFloat, 1, which};
}
constexpr Cost of_kind(OpKind kind, Unit unit = Unit::kControl) {
  return {kind, unit, 1};
}

// What ptxas of CUDA 12 and 13 makes of it on compute capability 7.0 and later, as its SASS shows. An opcode's rows
// stand together; one that has none is an instruction of the integer unit.
constexpr Row kRows[] = {
    {Opcode::kMov, Width::kAny, kFreeCost},
    {Opcode::kCvta, Width::kAny, kFreeCost},
    {Opcode::kIsspacep, Width::kAny, math(Unit::kInteger, 2)},
    {Opcode::kGetctarank, Width::kAny, kFreeCost},
    {Opcode::kMapa, Width::kAny, math(Unit::kInteger)},
    {Opcode::kPmevent, Width::kAny, kFreeCost},
    {Opcode::kCreatepolicy, Width::kAny, kFreeCost},
    // Signs are part of the instruction that uses the value.
    {Opcode::kAbs, Width::kSingle, kFreeCost},
    {Opcode::kAbs, Width::kDouble, kFreeCost},
    {Opcode::kAbs, Width::kHalf, kFreeCost},
    {Opcode::kAbs, Width::kAny, math(Unit::kInteger)},
    {Opcode::kNeg, Width::kSingle, kFreeCost},
    {Opcode::kNeg, Width::kDouble, kFreeCost},
    {Opcode::kNeg, Width::kHalf, kFreeCost},
    {Opcode::kNeg, Width::kAny, math(Unit::kInteger)},
    {Opcode::kAdd, Width::kSingle, math(Unit::kFloat)},
    {Opcode::kAdd, Width::kHalf, math(Unit::kHalf)},
    {Opcode::kAdd, Width::kDouble, math(Unit::kDouble)},
    {Opcode::kAdd, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kAdd, Width::kAny, math(Unit::kInteger)},
    {Opcode::kSub, Width::kSingle, math(Unit::kFloat)},
    {Opcode::kSub, Width::kHalf, math(Unit::kHalf)},
    {Opcode::kSub, Width::kDouble, math(Unit::kDouble)},
    {Opcode::kSub, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kSub, Width::kAny, math(Unit::kInteger)},
    {Opcode::kMul, Width::kSingle, math(Unit::kFloat)},
    {Opcode::kMul, Width::kHalf, math(Unit::kHalf)},
    {Opcode::kMul, Width::kDouble, math(Unit::kDouble)},
    {Opcode::kMul, Width::kInt64, math(Unit::kMultiply, 4)},
    {Opcode::kMul, Width::kAny, math(Unit::kMultiply)},
    {Opcode::kFma, Width::kHalf, math(Unit::kHalf)},
    {Opcode::kFma, Width::kDouble, math(Unit::kDouble)},
    {Opcode::kFma, Width::kAny, math(Unit::kFloat)},
    {Opcode::kMad, Width::kSingle, math(Unit::kFloat)},
    {Opcode::kMad, Width::kDouble, math(Unit::kDouble)},
    {Opcode::kMad, Width::kInt64, math(Unit::kMultiply, 4)},
    {Opcode::kMad, Width::kAny, math(Unit::kMultiply)},
    {Opcode::kMadc, Width::kAny, math(Unit::kMultiply)},
    {Opcode::kMul24, Width::kAny, math(Unit::kMultiply, 2)},
    {Opcode::kMad24, Width::kAny, math(Unit::kMultiply, 2)},
    {Opcode::kDp4a, Width::kAny, math(Unit::kMultiply)},
    {Opcode::kDp2a, Width::kAny, math(Unit::kMultiply)},
    {Opcode::kSad, Width::kAny, math(Unit::kInteger, 2)},
    {Opcode::kDiv, Width::kSingle, macro(Macro::kFloatDivide)},
    {Opcode::kDiv, Width::kDouble, macro(Macro::kDoubleDivide)},
    {Opcode::kDiv, Width::kInt64, macro(Macro::kLongDivide)},
    {Opcode::kDiv, Width::kAny, macro(Macro::kIntegerDivide)},
    {Opcode::kRem, Width::kInt64, macro(Macro::kLongDivide)},
    {Opcode::kRem, Width::kAny, macro(Macro::kIntegerDivide)},
    {Opcode::kRcp, Width::kDouble, macro(Macro::kDoubleDivide)},
    {Opcode::kRcp, Width::kAny, macro(Macro::kReciprocal)},
    {Opcode::kSqrt, Width::kDouble, macro(Macro::kDoubleSquareRoot)},
    {Opcode::kSqrt, Width::kAny, macro(Macro::kSquareRoot)},
    {Opcode::kRsqrt, Width::kDouble, macro(Macro::kDoubleSquareRoot)},
    {Opcode::kRsqrt, Width::kAny, math(Unit::kSpecial)},
    {Opcode::kSin, Width::kAny, math(Unit::kSpecial)},
    {Opcode::kCos, Width::kAny, math(Unit::kSpecial)},
    {Opcode::kEx2, Width::kAny, math(Unit::kSpecial)},
    {Opcode::kLg2, Width::kAny, math(Unit::kSpecial)},
    {Opcode::kTanh, Width::kAny, math(Unit::kSpecial)},
    {Opcode::kPopc, Width::kAny, math(Unit::kConvert)},
    {Opcode::kBrev, Width::kAny, math(Unit::kConvert)},
    {Opcode::kClz, Width::kAny, math(Unit::kConvert)},
    {Opcode::kBfind, Width::kAny, math(Unit::kConvert)},
    {Opcode::kMin, Width::kInt64, math(Unit::kInteger, 4)},
    {Opcode::kMin, Width::kDouble, math(Unit::kDouble, 2)},
    {Opcode::kMin, Width::kAny, math(Unit::kInteger)},
    {Opcode::kMax, Width::kInt64, math(Unit::kInteger, 4)},
    {Opcode::kMax, Width::kDouble, math(Unit::kDouble, 2)},
    {Opcode::kMax, Width::kAny, math(Unit::kInteger)},
    {Opcode::kSetp, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kSetp, Width::kDouble, math(Unit::kDouble)},
    {Opcode::kSetp, Width::kAny, math(Unit::kInteger)},
    {Opcode::kSelp, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kSelp, Width::kDouble, math(Unit::kInteger, 2)},
    {Opcode::kAnd, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kOr, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kXor, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kNot, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kShl, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kShr, Width::kInt64, math(Unit::kInteger, 2)},
    {Opcode::kShfl, Width::kAny, math(Unit::kShuffle)},
    {Opcode::kMatch, Width::kAny, math(Unit::kShuffle)},
    {Opcode::kRedux, Width::kAny, math(Unit::kShuffle)},
    {Opcode::kMovmatrix, Width::kAny, math(Unit::kShuffle)},
    {Opcode::kMma, Width::kAny, math(Unit::kTensor)},
    {Opcode::kBra, Width::kAny, of_kind(OpKind::kBranch)},
    {Opcode::kBrx, Width::kAny, of_kind(OpKind::kBranch)},
    {Opcode::kCall, Width::kAny, of_kind(OpKind::kBranch)},
    {Opcode::kRet, Width::kAny, of_kind(OpKind::kBranch)},
    {Opcode::kExit, Width::kAny, of_kind(OpKind::kExit)},
    {Opcode::kTrap, Width::kAny, of_kind(OpKind::kExit)},
    {Opcode::kBrkpt, Width::kAny, of_kind(OpKind::kExit)},
    {Opcode::kBar, Width::kAny, of_kind(OpKind::kBarrier)},
    {Opcode::kBarrier, Width::kAny, of_kind(OpKind::kBarrier)},
    {Opcode::kBarWarpSync, Width::kAny, math(Unit::kControl)},
    {Opcode::kElect, Width::kAny, math(Unit::kControl)},
    {Opcode::kActivemask, Width::kAny, math(Unit::kInteger)},
    {Opcode::kMembar, Width::kAny, of_kind(OpKind::kFence)},
    {Opcode::kFence, Width::kAny, of_kind(OpKind::kFence)},
    {Opcode::kNanosleep, Width::kAny, of_kind(OpKind::kSleep)},
    {Opcode::kTex, Width::kAny, of_kind(OpKind::kTexture)},
    {Opcode::kTld4, Width::kAny, of_kind(OpKind::kTexture)},
    {Opcode::kSuld, Width::kAny, of_kind(OpKind::kTexture)},
    {Opcode::kSust, Width::kAny, of_kind(OpKind::kTexture)},
    {Opcode::kSured, Width::kAny, of_kind(OpKind::kTexture)},
    {Opcode::kTxq, Width::kAny, of_kind(OpKind::kTexture)},
    {Opcode::kSuq, Width::kAny, of_kind(OpKind::kTexture)},
    {Opcode::kLd, Width::kAny, of_kind(OpKind::kLoad)},
    {Opcode::kLdu, Width::kAny, of_kind(OpKind::kLoad)},
    {Opcode::kLdmatrix, Width::kAny, of_kind(OpKind::kLoad)},
    {Opcode::kPrefetch, Width::kAny, of_kind(OpKind::kLoad)},
    {Opcode::kPrefetchu, Width::kAny, of_kind(OpKind::kLoad)},
    {Opcode::kSt, Width::kAny, of_kind(OpKind::kStore)},
    {Opcode::kStmatrix, Width::kAny, of_kind(OpKind::kStore)},
    {Opcode::kStAsync, Width::kAny, of_kind(OpKind::kStore)},
    {Opcode::kAtom, Width::kAny, of_kind(OpKind::kAtomic)},
    {Opcode::kRed, Width::kAny, of_kind(OpKind::kAtomic)},
    {Opcode::kRedAsync, Width::kAny, of_kind(OpKind::kAtomic)},
    {Opcode::kMbarrier, Width::kAny, of_kind(OpKind::kAtomic)},
    {Opcode::kCp, Width::kAny, of_kind(OpKind::kAsyncCopy)},
    {Opcode::kCpAsync, Width::kAny, of_kind(OpKind::kAsyncCopy)},
    {Opcode::kCpAsyncBulk, Width::kAny, of_kind(OpKind::kAsyncCopy)},
};

bool is_entry_parameter(Space space) {
  return space == Space::kParam || space == Space::kParamEntry || space == Space::kParamFunc;
}

// Conversions: between widths of integers moves, the rest in the special function unit.
Cost conversion(const ptx::Instruction& in) {
  if (in.types.size() < 2) return math(Unit::kInteger);
  const Type to = in.types[0], from = in.types[1];
  const bool packs = to == Type::kF16x2 || to == Type::kBF16x2;
  if (packs || (to == Type::kF32 && from == Type::kF16) || (to == Type::kF16 && from == Type::kF32)) {
    return math(Unit::kHalf);
  }
  if (ptx::is_float(to) || ptx::is_float(from)) {
    if (to == from) return math(Unit::kInteger);
    return math(Unit::kConvert);
  }
  if (ptx::bits_of(to) <= ptx::bits_of(from)) return ptx::bits_of(to) >= 32 ? kFreeCost : math(Unit::kInteger);
  if (ptx::is_signed(from)) return math(Unit::kInteger);
  return ptx::bits_of(from) >= 32 ? kFreeCost : math(Unit::kInteger);
}

Cost memory_cost(const ptx::Instruction& in, Cost cost) {
  if (cost.kind != OpKind::kLoad && cost.kind != OpKind::kStore && cost.kind != OpKind::kAtomic) return cost;
  if (is_entry_parameter(in.space)) return kFreeCost;
  if (in.space == Space::kConst) return of_kind(OpKind::kConstant);
  return cost;
}

Cost async_cost(const ptx::Instruction& in) {
  if (in.has(Modifier::kCommitGroup)) return of_kind(OpKind::kAsyncCommit);
  if (in.has(Modifier::kWaitGroup) || in.has(Modifier::kWaitAll)) return of_kind(OpKind::kAsyncWait);
  return of_kind(OpKind::kAsyncCopy);
}

Cost wmma_cost(const ptx::Instruction& in) {
  if (in.has(Modifier::kLoad)) return of_kind(OpKind::kLoad);
  if (in.has(Modifier::kStore)) return of_kind(OpKind::kStore);
  return math(Unit::kTensor);
}

// Special registers are read through the queue of shared memory; sizes of the launch are constants.
bool reads_special(const ptx::Instruction& in) {
  using S = ptx::SpecialRegister;
  return in.opcode == Opcode::kMov && in.operands.size() > 1 && in.operands[1].kind == ptx::OperandKind::kSpecial &&
         !(S::kNtidX <= in.operands[1].special && in.operands[1].special <= S::kNtidZ) &&
         !(S::kNctaidX <= in.operands[1].special && in.operands[1].special <= S::kNctaidZ);
}

bool is_approximate(const ptx::Instruction& in) {
  return in.has(Modifier::kApprox) || in.has(Modifier::kFull);
}

int number_after(std::string_view text, std::string_view what) {
  const std::size_t at = text.find(what);
  int value = 0;
  if (at != std::string_view::npos) std::from_chars(text.data() + at + what.size(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Width width_of(const ptx::Instruction& in) {
  if (in.types.empty()) return Width::kAny;
  // setp.eq.and.f32 has one type; set.eq.u32.f32 computes with the second.
  const Type type = in.opcode == Opcode::kSet && in.types.size() > 1 ? in.types[1] : in.types[0];
  if (type == Type::kPred) return Width::kPredicate;
  if (ptx::is_float(type)) {
    if (type == Type::kF64) return Width::kDouble;
    if (ptx::bits_of(type) <= 16 || type == Type::kF16x2 || type == Type::kBF16x2) return Width::kHalf;
    return Width::kSingle;
  }
  const bool wide = in.has(Modifier::kWide);
  return ptx::bits_of(type) >= 64 && !wide ? Width::kInt64 : Width::kInt32;
}

Cost cost_of(const ptx::Instruction& in) {
  switch (in.opcode) {
    case Opcode::kCvt:
      return conversion(in);
    case Opcode::kWmma:
      return wmma_cost(in);
    case Opcode::kCpAsync:
    case Opcode::kCpAsyncBulk:
      return async_cost(in);
    case Opcode::kMov:
      return reads_special(in) ? math(Unit::kReadSpecial) : kFreeCost;
    case Opcode::kDiv:
    case Opcode::kRcp:
    case Opcode::kSqrt:
      if (is_approximate(in)) return math(Unit::kSpecial, in.opcode == Opcode::kDiv ? 2 : 1);
      break;
    default:
      break;
  }
  const Width width = width_of(in);
  const Row* fallback = nullptr;
  for (const Row& row : kRows) {
    if (row.opcode != in.opcode) continue;
    if (row.width == width) return memory_cost(in, row.cost);
    if (row.width == Width::kAny) fallback = &row;
  }
  return fallback == nullptr ? math(Unit::kInteger) : memory_cost(in, fallback->cost);
}

Flops flops_of(const ptx::Instruction& in) {
  Flops flops;
  const bool fused = in.opcode == Opcode::kFma || in.opcode == Opcode::kMad;
  const bool one = in.opcode == Opcode::kAdd || in.opcode == Opcode::kSub || in.opcode == Opcode::kMul ||
                   in.opcode == Opcode::kDiv || in.opcode == Opcode::kSqrt || in.opcode == Opcode::kRcp ||
                   in.opcode == Opcode::kRsqrt;
  if (in.opcode == Opcode::kMma || in.opcode == Opcode::kWmma) flops.tensor = 2 * multiplies_of(in);
  if ((!fused && !one) || in.types.empty() || !ptx::is_float(in.types[0])) return flops;
  const std::uint16_t count = fused ? 2 : 1;
  const Type type = in.types[0];
  const bool packed = type == Type::kF16x2 || type == Type::kBF16x2;
  switch (width_of(in)) {
    case Width::kSingle:
      flops.single = type == Type::kF32x2 ? static_cast<std::uint16_t>(2 * count) : count;
      break;
    case Width::kHalf:
      flops.half = packed ? static_cast<std::uint16_t>(2 * count) : count;
      break;
    case Width::kDouble:
      flops.dbl = count;
      break;
    default:
      break;
  }
  return flops;
}

std::uint32_t multiplies_of(const ptx::Instruction& in) {
  const bool computes = in.opcode == Opcode::kMma || (in.opcode == Opcode::kWmma && in.has(Modifier::kMma));
  if (!computes) return 0;
  // ".m16n8k16" stands in the name.
  const std::string_view name = in.name;
  const std::size_t shape = name.find(".m");
  for (std::size_t at = shape; at != std::string_view::npos; at = name.find(".m", at + 1)) {
    const std::string_view rest = name.substr(at);
    const int m = number_after(rest, ".m"), n = number_after(rest, "n"), k = number_after(rest, "k");
    if (m > 0 && n > 0 && k > 0) return static_cast<std::uint32_t>(m * n * k);
  }
  return 0;
}

}  // namespace warpscope::timing
