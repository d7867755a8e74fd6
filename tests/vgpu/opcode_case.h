// tests/vgpu/opcode_case.h: what the comments at the head of a file in tests/vgpu/opcodes say.
//   // add.sat.s32: saturates at both ends                       the title: lines without one of the words below
//   // launch grid=1 block=4 shared=0                            grid and block may be X,Y,Z
//   // in a: s32 2147483647 -5 1 2                               the kernel's parameters in their order: buffers, whose
//   // out r: s32 2147483647 -4 2 3                              address the kernel gets (out starts as zeros, and is
//   // inout x: u32 0 0 -> 3 4                                   compared behind the launch), and values
//   // scalar n: u32 4
//   // tolerance r: ulp 2                                        or abs 1e-6, or relative 1e-5
//   // fault: misaligned                                         how the launch must end
//   //+ 1 2 3                                                    goes on with the line above
// Values: integers (also 0x...), decimal floats, inf, -inf, nan (expected: any), bit patterns as 0x.... Results are
// compared bit for bit where no tolerance is given.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compute/base/launch_types.h"

namespace warpscope::tests {

enum class ValueKind { kInteger, kHalf, kBfloat, kFloat, kDouble };

struct ValueType {
  std::string name;  // "s32"
  ValueKind kind = ValueKind::kInteger;
  bool is_signed = false;
  int bytes = 4;
};

struct Value {
  std::uint64_t bits = 0;
  bool any_nan = false;
};

struct Tolerance {
  enum class Kind { kExact, kUlp, kAbsolute, kRelative };
  Kind kind = Kind::kExact;
  double size = 0;
};

struct CaseParameter {
  enum class Role { kIn, kOut, kInOut, kScalar };
  Role role = Role::kIn;
  std::string name;
  ValueType type;
  std::vector<Value> before;    // of kIn, kInOut and kScalar
  std::vector<Value> expected;  // of kOut and kInOut
  Tolerance tolerance;
};

struct OpcodeCase {
  std::filesystem::path path;
  std::string title;
  base::Dim3 grid, block;
  std::uint32_t shared_bytes = 0;
  std::vector<CaseParameter> parameters;
  std::string fault;  // "" where the launch must end well
  std::string ptx;
};

// Fails with what is wrong, and where.
struct ReadCase {
  OpcodeCase result;
  std::string error;
};
ReadCase read_opcode_case(const std::filesystem::path& path);

// "-5 (0xfffffffb)", "nan (0x7fffffff)"
std::string text_of(const ValueType& type, std::uint64_t bits);
bool matches(const ValueType& type, std::uint64_t got, const Value& expected, const Tolerance& tolerance);

}  // namespace warpscope::tests
