// ptx/types.h: the fundamental types, state spaces and special registers of PTX. Floor 1. Plain data.
// Source: NVIDIA, "Parallel Thread Execution ISA" 9.0, sections 5 (state spaces, types) and 10 (special registers).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace warpscope::ptx {

enum class Type : std::uint8_t {
  kNone,
  kB1,
  kB8,
  kB16,
  kB32,
  kB64,
  kB128,
  kU4,
  kU8,
  kU16,
  kU32,
  kU64,
  kS4,
  kS8,
  kS16,
  kS32,
  kS64,
  kF16,
  kBF16,
  kTF32,
  kF32,
  kF64,
  kF16x2,
  kBF16x2,
  kU16x2,
  kS16x2,
  kF32x2,
  kE4M3,
  kE5M2,
  kE4M3x2,
  kE5M2x2,
  kE4M3x4,
  kE5M2x4,
  kE2M1,
  kE2M3,
  kE3M2,
  kE2M1x2,
  kE2M3x2,
  kE3M2x2,
  kE2M1x4,
  kE2M3x4,
  kE3M2x4,
  kUE4M3,
  kUE8M0,
  kUE8M0x2,
  kPred,
  kTexref,
  kSamplerref,
  kSurfref,
};

enum class Space : std::uint8_t {
  kGeneric,  // none was written
  kReg,
  kConst,
  kGlobal,
  kLocal,
  kParam,
  kShared,
  kSharedCluster,  // .shared::cluster; .shared::cta is kShared
  kParamFunc,
  kParamEntry,
};

enum class SpecialRegister : std::uint8_t {
  kTidX,
  kTidY,
  kTidZ,
  kNtidX,
  kNtidY,
  kNtidZ,
  kCtaidX,
  kCtaidY,
  kCtaidZ,
  kNctaidX,
  kNctaidY,
  kNctaidZ,
  kLaneid,
  kWarpid,
  kNwarpid,
  kSmid,
  kNsmid,
  kGridid,
  kLanemaskEq,
  kLanemaskLe,
  kLanemaskLt,
  kLanemaskGe,
  kLanemaskGt,
  kClock,
  kClockHi,
  kClock64,
  kGlobaltimer,
  kGlobaltimerLo,
  kGlobaltimerHi,
  kTotalSmemSize,
  kDynamicSmemSize,
  kAggrSmemSize,
  kCurrentGraphExec,
  kIsExplicitCluster,
  kClusteridX,
  kClusteridY,
  kClusteridZ,
  kNclusteridX,
  kNclusteridY,
  kNclusteridZ,
  kClusterCtaidX,
  kClusterCtaidY,
  kClusterCtaidZ,
  kClusterNctaidX,
  kClusterNctaidY,
  kClusterNctaidZ,
  kClusterCtarank,
  kClusterNctarank,
  kReservedSmemOffset,  // %reserved_smem_offset_begin
  kReservedSmemOffsetEnd,
  kReservedSmemOffsetCap,
  kReservedSmemOffset0,
  kReservedSmemOffset1,
  kEnvreg0,  // %envreg0..31 follow each other
  kEnvreg31 = kEnvreg0 + 31,
  kPm0,  // %pm0..7, always 0
  kPm7 = kPm0 + 7,
  kPm0Wide,  // %pm0_64..7_64, always 0
  kPm7Wide = kPm0Wide + 7,
};

// Size in bits of one value; 0 for kNone and opaque types, 1 for kPred.
int bits_of(Type type);
// In bytes, for types that memory holds.
inline int bytes_of(Type type) {
  return bits_of(type) / 8;
}
bool is_float(Type type);     // including packed ones
bool is_signed(Type type);    // kS*
bool is_unsigned(Type type);  // kU*
// "f32", without the dot.
std::string_view name_of(Type type);
std::optional<Type> find_type(std::string_view name);
std::string_view name_of(Space space);
// "%tid.x", "%laneid".
std::string_view name_of(SpecialRegister special);
std::optional<SpecialRegister> find_special(std::string_view name);
// u32 for all but %clock64, %globaltimer, %gridid and the like, which are u64.
Type type_of(SpecialRegister special);
// %clock, %globaltimer and their parts: the ones that change while a block runs.
inline bool is_clock(SpecialRegister special) {
  return SpecialRegister::kClock <= special && special <= SpecialRegister::kGlobaltimerHi;
}

}  // namespace warpscope::ptx
