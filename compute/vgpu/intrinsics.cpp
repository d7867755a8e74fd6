#include "compute/vgpu/intrinsics.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "compute/vgpu/access/lane_memory.h"
#include "compute/vgpu/global_memory.h"
#include "compute/vgpu/machine.h"
#include "compute/vgpu/printf_format.h"
#include "compute/vgpu/state.h"

namespace warpscope::vgpu {
namespace {

// Strings end somewhere, or a format without an end would copy all of memory.
constexpr std::size_t kMaxTextBytes = 1 << 16;

// One lane's call.
struct LaneCall {
  Exec& exec;
  const CallSite& call;
  int lane = 0;
};

void raise(const LaneCall& at, FaultKind kind, std::uint64_t address, const char* text) {
  access::raise(at.exec, kind, at.lane, AccessSpace::kGlobal, address, 0, false, text);
}

// ---- Values of the call

std::uint32_t& local_word(const LaneCall& at, std::uint32_t byte) {
  return at.exec.local[std::size_t{byte / 4} * base::kWarpSize + static_cast<std::size_t>(at.lane)];
}

std::uint64_t read_local(const LaneCall& at, std::uint32_t offset, std::uint32_t bytes) {
  std::uint64_t bits = 0;
  for (std::uint32_t i = 0; i < bytes; ++i) {
    const std::uint32_t byte = offset + i;
    bits |= std::uint64_t{local_word(at, byte) >> byte % 4 * 8 & 0xffU} << i * 8;
  }
  return bits;
}

void write_local(const LaneCall& at, std::uint32_t offset, std::uint32_t bytes, std::uint64_t bits) {
  for (std::uint32_t i = 0; i < bytes; ++i) {
    const std::uint32_t byte = offset + i;
    std::uint32_t& word = local_word(at, byte);
    const std::uint32_t shift = byte % 4 * 8;
    word = (word & ~(0xffU << shift)) | static_cast<std::uint32_t>(bits >> i * 8 & 0xffU) << shift;
  }
}

// Where a value of at most 8 bytes lies in local memory; nullopt: beyond what the lane has.
std::optional<std::uint32_t> local_offset(const LaneCall& at, const CallSite::Value& value) {
  const std::uint64_t offset = std::uint64_t{at.exec.frame_local_base} + value.offset;
  const bool inside = value.size_bytes <= 8 && offset + value.size_bytes <= at.exec.local_bytes;
  return inside ? std::optional(static_cast<std::uint32_t>(offset)) : std::nullopt;
}

// A register's value, whatever its width; wider than 8 bytes there are no arguments.
std::uint64_t read_row(const LaneCall& at, const CallSite::Value& value) {
  const auto lane = static_cast<std::size_t>(at.lane);
  if (value.row_bytes == 2) return at.exec.row<std::uint16_t>(value.row)[lane];
  if (value.row_bytes == 4) return at.exec.row<std::uint32_t>(value.row)[lane];
  return at.exec.row<std::uint64_t>(value.row)[lane];
}

std::optional<std::uint64_t> argument(const LaneCall& at, std::size_t index) {
  if (index < at.call.arguments.size()) {
    const CallSite::Value& value = at.call.arguments[index];
    if (!value.in_local) return read_row(at, value);
    const std::optional<std::uint32_t> offset = local_offset(at, value);
    if (offset) return read_local(at, *offset, value.size_bytes);
  }
  raise(at, FaultKind::kBadCall, 0, "the call does not give the arguments this function takes");
  return std::nullopt;
}

// A call may drop the result.
void write_result(const LaneCall& at, std::uint64_t bits) {
  if (at.call.results.empty()) return;
  const CallSite::Value& value = at.call.results.front();
  const auto lane = static_cast<std::size_t>(at.lane);
  if (!value.in_local) {
    if (value.row_bytes == 2) at.exec.row<std::uint16_t>(value.row)[lane] = static_cast<std::uint16_t>(bits);
    if (value.row_bytes == 4) at.exec.row<std::uint32_t>(value.row)[lane] = static_cast<std::uint32_t>(bits);
    if (value.row_bytes >= 8) at.exec.row<std::uint64_t>(value.row)[lane] = bits;
  } else if (const std::optional<std::uint32_t> offset = local_offset(at, value)) {
    write_local(at, *offset, value.size_bytes, bits);
  }
}

// ---- Memory behind generic addresses

std::optional<std::uint64_t> read_bits(const LaneCall& at, std::uint64_t address, std::uint32_t bytes) {
  access::LaneAddresses addresses{};
  addresses[static_cast<std::size_t>(at.lane)] = address;
  access::Located located;
  if (!access::locate(at.exec, access::Reach::kGeneric, addresses, LaneMask{1} << at.lane, bytes, bytes,
                      access::Intent::kRead, located)) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 8> raw{};
  access::copy_in(located, at.lane, bytes, raw.data());
  return std::bit_cast<std::uint64_t>(raw);
}

std::optional<std::string> read_text(const LaneCall& at, std::uint64_t address) {
  std::string text;
  while (text.size() < kMaxTextBytes) {
    const std::optional<std::uint64_t> c = read_bits(at, address + text.size(), 1);
    if (!c) return std::nullopt;
    if (*c == 0) break;
    text += static_cast<char>(*c);
  }
  return text;
}

// ---- The functions

// int vprintf(const char* format, const void* arguments)
bool call_vprintf(const LaneCall& at) {
  const auto format_address = argument(at, 0);
  const auto buffer = argument(at, 1);
  if (!format_address || !buffer) return false;
  if (*format_address == 0) {
    write_result(at, static_cast<std::uint32_t>(-1));
    return true;
  }
  const std::optional<std::string> format = read_text(at, *format_address);
  if (!format) return false;
  const auto printed = format_printf(
      *format, [&](std::uint32_t offset, std::uint32_t bytes) { return read_bits(at, *buffer + offset, bytes); },
      [&](std::uint64_t address) { return read_text(at, address); });
  if (!printed) return false;
  if (at.exec.launch->print) at.exec.launch->print(printed->text);
  write_result(at, static_cast<std::uint32_t>(printed->arguments));
  return true;
}

// void* malloc(size_t size): 0 where there is no room.
bool call_malloc(const LaneCall& at) {
  const auto size = argument(at, 0);
  if (!size) return false;
  write_result(at, at.exec.memory->allocate_from_device(*size));
  return true;
}

// void free(void* address): of 0 it does nothing.
bool call_free(const LaneCall& at) {
  const auto address = argument(at, 0);
  if (!address) return false;
  if (*address == 0 || at.exec.memory->free_from_device(*address)) return true;
  raise(at, FaultKind::kBadOperand, *address,
        "free() of an address that malloc() did not give, or that was freed before");
  return false;
}

// The index in the block of the thread that a lane is, and where it stands.
base::Dim3 thread_index(const LaneCall& at) {
  const auto warp = static_cast<std::uint64_t>(at.exec.warp - at.exec.block->warps.data());
  return at.exec.launch->launch.block.at(warp * base::kWarpSize + static_cast<std::uint64_t>(at.lane));
}

// void __assertfail(const char* message, const char* file, unsigned line, const char* function, size_t char_size)
bool call_assertfail(const LaneCall& at) {
  std::array<std::uint64_t, 4> arguments{};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto value = argument(at, i);
    if (!value) return false;
    arguments[i] = *value;
  }
  const auto text = [&](std::uint64_t address) {
    return address == 0 ? std::string() : read_text(at, address).value_or("");
  };
  const std::string message = text(arguments[0]);
  const std::string file = text(arguments[1]);
  const std::string function = text(arguments[3]);
  if (at.exec.trouble.raised) return false;  // one of the texts is nowhere
  const base::Dim3 block = at.exec.block->index;
  const base::Dim3 thread = thread_index(at);
  at.exec.trouble_text = fmt::format("{}:{}: {}: block: [{},{},{}], thread: [{},{},{}] Assertion `{}` failed.", file,
                                     static_cast<std::uint32_t>(arguments[2]), function, block.x, block.y, block.z,
                                     thread.x, thread.y, thread.z, message);
  raise(at, FaultKind::kAssert, 0, nullptr);
  return false;
}

struct Intrinsic {
  std::string_view name;
  bool (*run)(const LaneCall&);
};

constexpr std::array<Intrinsic, 4> kIntrinsics = {{
    {"vprintf", call_vprintf},
    {"malloc", call_malloc},
    {"free", call_free},
    {"__assertfail", call_assertfail},
}};

}  // namespace

int find_intrinsic(std::string_view name) {
  for (std::size_t i = 0; i < kIntrinsics.size(); ++i) {
    if (kIntrinsics[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

bool call_intrinsic(int id, Exec& exec, const CallSite& call) {
  const Intrinsic& intrinsic = kIntrinsics.at(static_cast<std::size_t>(id));
  for (LaneMask lanes = exec.mask; lanes != 0; lanes &= lanes - 1) {
    if (!intrinsic.run({exec, call, std::countr_zero(lanes)})) return false;
  }
  return true;
}

}  // namespace warpscope::vgpu
