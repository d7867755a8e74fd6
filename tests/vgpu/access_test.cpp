// Loads and stores against a byte-by-byte reference, with all the addresses that lanes can have.
#include <random>

#include "compute/vgpu/address_space.h"
#include "tests/vgpu/lone_instruction.h"

namespace warpscope::tests {
namespace {

using vgpu::FaultKind;
using vgpu::kGlobalBase;
using vgpu::kLocalWindow;
using vgpu::kPageBytes;
using vgpu::kParamWindow;
using vgpu::kSharedWindow;
using vgpu::LaneMask;

constexpr LaneMask kMasks[] = {0xffff'ffffU, 0x0fff'ffffU, 0xffff'0000U, 0x0000'00ffU,
                               0x5555'5555U, 0x8000'0001U, 1U << 17};

using Pattern = std::uint64_t (*)(std::uint64_t lane);
constexpr Pattern kPatterns[] = {
    [](std::uint64_t) -> std::uint64_t { return 3; },
    [](std::uint64_t l) { return l; },
    [](std::uint64_t l) { return l % 16; },
    [](std::uint64_t l) { return l / 16; },
    [](std::uint64_t l) { return 31 - l; },
    [](std::uint64_t l) { return 5 + 3 * l % 32; },
    [](std::uint64_t l) { return l < 16 ? l : std::uint64_t{7}; },
    [](std::uint64_t l) { return l * 11 % 24; },
};

// An instruction's width: how PTX writes it, and how many bytes and registers that is.
struct Width {
  const char* type;
  const char* reg;  // type of the register
  int bytes;        // of an element
  int reg_bytes;
  int count = 1;
  bool is_signed = false;
};
constexpr Width kWidths[] = {{"b32", "b32", 4, 4},       {"b64", "b64", 8, 8},         {"u16", "b16", 2, 2},
                             {"u8", "b16", 1, 2},        {"s8", "b16", 1, 2, 1, true}, {"s16", "b32", 2, 4, 1, true},
                             {"u8", "b64", 1, 8},        {"v2.b32", "b32", 4, 4, 2},   {"v4.b32", "b32", 4, 4, 4},
                             {"v2.b64", "b64", 8, 8, 2}, {"v4.u8", "b16", 1, 2, 4},    {"s32", "b64", 4, 8, 1, true}};

std::string name_of(const Width& w) {
  return std::string(w.type) + " in " + w.reg;
}

std::string registers_of(const Width& w, const char* base) {
  std::string text = std::string(".reg .") + base + " %a;\n";
  for (int i = 0; i < w.count; ++i) text += std::string(".reg .") + w.reg + " %v" + std::to_string(i) + ";\n";
  return text;
}

std::string operand_of(const Width& w) {
  if (w.count == 1) return "%v0";
  std::string text = "{%v0";
  for (int i = 1; i < w.count; ++i) text += ", %v" + std::to_string(i);
  return text + "}";
}

// The places the tests go to, as the instruction names them.
struct Place {
  const char* space;     // of the instruction
  const char* base;      // of the address register
  std::uint64_t window;  // added to addresses
  enum { kGlobal, kShared, kLocal } where;
};
constexpr Place kPlaces[] = {{".global", "b64", 0, Place::kGlobal},      {".shared", "b32", 0, Place::kShared},
                             {".shared", "b64", 0, Place::kShared},      {".local", "b64", 0, Place::kLocal},
                             {".local", "b32", 0, Place::kLocal},        {"", "b64", 0, Place::kGlobal},
                             {"", "b64", kSharedWindow, Place::kShared}, {"", "b64", kLocalWindow, Place::kLocal}};

// One instruction on one place, and what the bytes are there.
class Probe {
 public:
  Probe(const Place& place, const Width& width, bool store)
      : place_(place),
        width_(width),
        lone(registers_of(width, place.base),
             store ? std::string("st") + place.space + "." + width.type + " [%a+16], " + operand_of(width) + ";"
                   : std::string("ld") + place.space + "." + width.type + " " + operand_of(width) + ", [%a+16];") {
    buffer_ = lone.allocate(3 * kPageBytes + 100);
    std::mt19937_64 random(7);
    for (std::size_t i = 0; i < 3 * kPageBytes; i += 8) {
      const std::uint64_t bits = random();
      set_global(i, reinterpret_cast<const std::uint8_t*>(&bits), 8);
    }
    for (std::uint8_t& byte : lone.shared) byte = static_cast<std::uint8_t>(random());
    for (std::uint32_t& word : lone.local) word = static_cast<std::uint32_t>(random());
  }

  // Lane l goes to element offset[l] behind `begin`.
  void aim(std::uint64_t begin, Pattern offset) {
    for (std::uint64_t l = 0; l < 32; ++l) {
      const auto size = static_cast<std::uint64_t>(width_.bytes * width_.count);
      at_[l] = begin + offset(l) * size;
      const std::uint64_t address = at_[l] + place_.window + (place_.where == Place::kGlobal ? buffer_ : 0) - 16;
      if (std::string_view(place_.base) == "b32") {
        lone.row<std::uint32_t>("%a")[l] = static_cast<std::uint32_t>(address);
      } else {
        lone.row<std::uint64_t>("%a")[l] = address;
      }
    }
  }

  std::uint8_t byte(int lane, std::uint64_t offset) {
    std::uint8_t out = 0;
    switch (place_.where) {
      case Place::kGlobal:
        EXPECT_TRUE(lone.memory.read(buffer_ + offset, {&out, 1}).has_value());
        break;
      case Place::kShared:
        out = lone.shared[offset];
        break;
      case Place::kLocal:
        out =
            static_cast<std::uint8_t>(lone.local[offset / 4 * 32 + static_cast<std::size_t>(lane)] >> (offset % 4 * 8));
    }
    return out;
  }

  // What a load gives: the element's bytes, extended.
  std::uint64_t expected(int lane, int element) {
    std::uint64_t bits = 0;
    for (int i = 0; i < width_.bytes; ++i) {
      bits |= std::uint64_t{byte(lane, at_[lane] + static_cast<std::uint64_t>(element * width_.bytes + i))} << (8 * i);
    }
    const int unused = 64 - 8 * width_.bytes;
    if (width_.is_signed) bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
    return width_.reg_bytes == 8 ? bits : bits & ((1ULL << (8 * width_.reg_bytes)) - 1);
  }
  std::uint64_t value(int lane, int element) {
    std::uint64_t bits = 0;
    const auto* row = lone.row<std::uint8_t>("%v" + std::to_string(element));
    std::memcpy(&bits, row + lane * width_.reg_bytes, static_cast<std::size_t>(width_.reg_bytes));
    return bits;
  }
  void set_value(int lane, int element, std::uint64_t bits) {
    auto* row = lone.row<std::uint8_t>("%v" + std::to_string(element));
    std::memcpy(row + lane * width_.reg_bytes, &bits, static_cast<std::size_t>(width_.reg_bytes));
  }
  std::uint64_t limit() const {
    return place_.where == Place::kGlobal ? 3 * kPageBytes + 100 : place_.where == Place::kShared ? 1000 : 100;
  }
  std::uint64_t at(int lane) const { return at_[lane]; }
  std::uint64_t buffer() const { return buffer_; }

 private:
  void set_global(std::uint64_t offset, const std::uint8_t* bytes, std::size_t count) {
    ASSERT_TRUE(lone.memory.write(buffer_ + offset, {bytes, count}).has_value());
  }

  const Place& place_;
  const Width& width_;
  std::uint64_t buffer_ = 0;
  std::uint64_t at_[32] = {};

 public:
  LoneInstruction lone;
};

// Beginnings that put lanes at the start, across the borders of pages, and up to the very end.
std::vector<std::uint64_t> beginnings(const Probe& probe, const Width& w) {
  const auto size = static_cast<std::uint64_t>(w.bytes * w.count);
  const std::uint64_t end = probe.limit() / size * size;
  std::vector<std::uint64_t> all = {0, size};
  if (probe.limit() > kPageBytes) {
    all.insert(all.end(), {kPageBytes - 8 * size, kPageBytes - 16 * size, 2 * kPageBytes - 32 * size, 2 * kPageBytes});
  }
  if (end >= 37 * size) all.push_back(end - 37 * size);
  return all;
}

std::uint64_t furthest(Pattern pattern) {
  std::uint64_t most = 0;
  for (std::uint64_t l = 0; l < 32; ++l) most = std::max(most, pattern(l));
  return most;
}

template <class Check>
void for_all_patterns(bool store, Check check) {
  for (const Place& place : kPlaces) {
    for (const Width& width : kWidths) {
      Probe probe(place, width, store);
      ASSERT_EQ(probe.lone.problem, "");
      const auto size = static_cast<std::uint64_t>(width.bytes * width.count);
      for (const std::uint64_t begin : beginnings(probe, width)) {
        for (std::size_t p = 0; p < std::size(kPatterns); ++p) {
          if (begin + (furthest(kPatterns[p]) + 1) * size > probe.limit()) continue;
          for (const LaneMask mask : kMasks) {
            SCOPED_TRACE(std::string(store ? "st" : "ld") + place.space + " " + place.base + ", " + name_of(width) +
                         " at " + std::to_string(begin) + ", pattern " + std::to_string(p) + ", mask " +
                         std::to_string(mask));
            probe.aim(begin, kPatterns[p]);
            check(probe, width, mask);
            if (testing::Test::HasFailure()) return;
          }
        }
      }
    }
  }
}

TEST(Access, LoadsWhatTheBytesAre) {
  for_all_patterns(false, [](Probe& probe, const Width& width, LaneMask mask) {
    for (const bool watched : {false, true}) {
      probe.lone.exec.log = watched ? &probe.lone.log : nullptr;
      for (int lane = 0; lane < 32; ++lane) {
        for (int i = 0; i < width.count; ++i) probe.set_value(lane, i, 0x1111);
      }
      probe.lone.run(mask);
      ASSERT_FALSE(probe.lone.exec.trouble.raised);
      for (int lane = 0; lane < 32; ++lane) {
        const bool on = (mask >> lane & 1U) != 0;
        for (int i = 0; i < width.count; ++i) {
          ASSERT_EQ(probe.value(lane, i), on ? probe.expected(lane, i) : 0x1111) << "lane " << lane << " element " << i;
        }
      }
    }
  });
}

TEST(Access, StoresInTheOrderOfTheLanes) {
  for_all_patterns(true, [](Probe& probe, const Width& width, LaneMask mask) {
    static std::uint64_t salt = 1;
    for (int lane = 0; lane < 32; ++lane) {
      for (int i = 0; i < width.count; ++i) probe.set_value(lane, i, (salt += 0x9e37'79b9'7f4a'7c15U));
    }
    // The last of the lanes that go to a place of shared or global memory; in local memory every lane has its own.
    const std::uint8_t untouched = probe.byte(31, probe.limit() - 1);
    probe.lone.run(mask);
    ASSERT_FALSE(probe.lone.exec.trouble.raised);
    bool end_written = false;
    for (int lane = 31; lane >= 0; --lane) {
      if ((mask >> lane & 1U) == 0) continue;
      bool overwritten = false;
      for (int later = lane + 1; later < 32; ++later) {
        overwritten |= (mask >> later & 1U) != 0 && probe.at(later) == probe.at(lane);
      }
      const std::uint64_t size = static_cast<std::uint64_t>(width.bytes * width.count);
      end_written |= probe.at(lane) + size == probe.limit();
      for (int i = 0; i < width.count && !overwritten; ++i) {
        const std::uint64_t kept = width.bytes == 8 ? ~0ULL : (1ULL << (8 * width.bytes)) - 1;
        const std::uint64_t cut = probe.value(lane, i) & kept;
        ASSERT_EQ(probe.expected(lane, i) & kept, cut) << "lane " << lane << " element " << i;
      }
    }
    if (end_written) return;
    ASSERT_EQ(probe.byte(31, probe.limit() - 1), untouched);
  });
}

TEST(Access, StoresOnlyWhereLanesAre) {
  LoneInstruction lone(".reg .b64 %a; .reg .b32 %v;", "st.global.b32 [%a], %v;");
  const std::uint64_t buffer = lone.allocate(400);
  for (std::uint64_t l = 0; l < 32; ++l) {
    lone.row<std::uint64_t>("%a")[l] = buffer + 100 + 4 * l;
    lone.row<std::uint32_t>("%v")[l] = 0xffff'ffffU;
  }
  lone.run(0x00ff'0f00U);
  std::uint8_t bytes[400];
  ASSERT_TRUE(lone.memory.read(buffer, bytes).has_value());
  for (std::size_t i = 0; i < 400; ++i) {
    const std::size_t lane = (i - 100) / 4;
    const bool inside = i >= 100 && lane < 32 && (0x00ff'0f00U >> lane & 1U) != 0;
    EXPECT_EQ(bytes[i], inside ? 255 : 0) << i;
  }
}

TEST(Access, ACopyOfMemoryKeepsWhatItWas) {
  LoneInstruction lone(".reg .b64 %a; .reg .b32 %v;", "st.global.b32 [%a], %v;");
  const std::uint64_t buffer = lone.allocate(2 * kPageBytes);
  for (std::uint64_t l = 0; l < 32; ++l) lone.row<std::uint64_t>("%a")[l] = buffer + kPageBytes - 64 + 4 * l;
  const vgpu::GlobalMemory before = lone.memory;
  for (std::uint32_t l = 0; l < 32; ++l) lone.row<std::uint32_t>("%v")[l] = l + 1;
  lone.run();
  std::uint32_t now[32], then[32];
  ASSERT_TRUE(lone.memory.read(buffer + kPageBytes - 64, {reinterpret_cast<std::uint8_t*>(now), 128}).has_value());
  ASSERT_TRUE(before.read(buffer + kPageBytes - 64, {reinterpret_cast<std::uint8_t*>(then), 128}).has_value());
  for (std::uint32_t l = 0; l < 32; ++l) {
    EXPECT_EQ(now[l], l + 1);
    EXPECT_EQ(then[l], 0U);
  }
}

// ---- Faults

struct OneBadLane {
  const char* what;
  const char* space;
  std::uint64_t good, bad;  // addresses, behind the buffer in global memory
  bool global;
  FaultKind kind;
  std::uint64_t reported;  // behind the buffer in global memory
};
constexpr std::uint64_t kSize = kPageBytes + 64;
const OneBadLane kBad[] = {
    {"behind the end", ".global", 0, kSize, true, FaultKind::kOutOfBounds, kSize},
    {"before the beginning", ".global", 0, static_cast<std::uint64_t>(-8), true, FaultKind::kOutOfBounds,
     static_cast<std::uint64_t>(-8)},
    {"misaligned", ".global", 8, 12, true, FaultKind::kMisaligned, 12},
    {"null", "", kGlobalBase, 0, false, FaultKind::kOutOfBounds, 0},
    {"far away", "", kGlobalBase, ~7ULL, false, FaultKind::kOutOfBounds, ~7ULL},
    {"behind shared memory", ".shared", 0, 1000, false, FaultKind::kOutOfBounds, kSharedWindow + 1000},
    {"beyond shared memory's 4 GiB", ".shared", 0, 1ULL << 32, false, FaultKind::kOutOfBounds,
     kSharedWindow + (1ULL << 32)},
    {"below shared memory", ".shared", 0, static_cast<std::uint64_t>(-8), false, FaultKind::kOutOfBounds,
     kSharedWindow - 8},
    {"misaligned in shared memory", ".shared", 8, 4, false, FaultKind::kMisaligned, kSharedWindow + 4},
    {"behind local memory", ".local", 0, 96, false, FaultKind::kOutOfBounds, kLocalWindow + 96},
    {"behind local memory, generic", "", kLocalWindow, kLocalWindow + 104, false, FaultKind::kOutOfBounds,
     kLocalWindow + 104},
    {"behind shared memory, generic", "", kSharedWindow, kSharedWindow + 1000, false, FaultKind::kOutOfBounds,
     kSharedWindow + 1000},
    {"behind the parameters", "", kParamWindow, kParamWindow + 64, false, FaultKind::kOutOfBounds, kParamWindow + 64},
};

TEST(Access, NamesTheFirstLaneThatFaults) {
  for (const OneBadLane& bad : kBad) {
    for (const bool store : {false, true}) {
      if (store && bad.good == kParamWindow) continue;
      SCOPED_TRACE(std::string(bad.what) + (store ? ", store" : ", load"));
      LoneInstruction lone(".reg .b64 %a, %v;", store ? std::string("st") + bad.space + ".b64 [%a], %v;"
                                                      : std::string("ld") + bad.space + ".b64 %v, [%a];");
      const std::uint64_t buffer = lone.allocate(kSize);
      const std::uint64_t behind = bad.global ? buffer : 0;
      for (const int lane : {0, 13, 16, 31}) {
        for (const LaneMask mask : {0xffff'ffffU, 0x8001'2001U}) {
          for (int l = 0; l < 32; ++l)
            lone.row<std::uint64_t>("%a")[l] = behind + (l == lane || l == 31 ? bad.bad : bad.good);
          lone.run(mask);
          lone.fault(bad.kind, lane, behind + bad.reported, 8, store);
        }
      }
      // A lane that takes no part may point anywhere.
      for (int l = 0; l < 32; ++l) lone.row<std::uint64_t>("%a")[l] = behind + (l == 5 ? bad.bad : bad.good);
      lone.run(~(1U << 5));
      EXPECT_FALSE(lone.exec.trouble.raised);
    }
  }
}

TEST(Access, ConstantsAndParametersAreReadOnly) {
  LoneInstruction lone(".reg .b64 %a; .reg .b32 %v;", "st.b32 [%a], %v;");
  const std::uint64_t constant = lone.allocate(64, vgpu::AllocationKind::kConstantVariable);
  for (int l = 0; l < 32; ++l) lone.row<std::uint64_t>("%a")[l] = constant;
  lone.run();
  lone.fault(FaultKind::kReadOnly, 0, constant, 4, true);
  for (int l = 0; l < 32; ++l) lone.row<std::uint64_t>("%a")[l] = kParamWindow + 8;
  lone.run(0xff00U);
  lone.fault(FaultKind::kReadOnly, 8, kParamWindow + 8, 4, true);
}

TEST(Access, ALoadThatFaultsMayHaveItsAddressesInItsDestination) {
  LoneInstruction lone(".reg .b64 %a;", "ld.global.b64 %a, [%a];");
  const std::uint64_t buffer = lone.allocate(256);
  for (std::uint64_t l = 0; l < 32; ++l) lone.row<std::uint64_t>("%a")[l] = l == 20 ? 64 : buffer + 8 * l;
  lone.run();
  lone.fault(FaultKind::kOutOfBounds, 20, 64, 8, false);
}

// ---- What observers are told

TEST(Access, TellsObserversOfEverySpaceByItself) {
  LoneInstruction lone(".reg .b64 %a; .reg .b32 %v;", "ld.volatile.b32 %v, [%a];");
  const std::uint64_t buffer = lone.allocate(256);
  for (std::uint64_t l = 0; l < 32; ++l) {
    lone.row<std::uint64_t>("%a")[l] = l % 3 == 0   ? buffer + 4 * l
                                       : l % 3 == 1 ? kSharedWindow + 4 * l
                                                    : kLocalWindow + 4 * (l % 8);
  }
  lone.watch();
  lone.run(0x7fff'ffffU);
  ASSERT_EQ(lone.log.count, 3);
  EXPECT_EQ(lone.exec.polls, 1U);
  LaneMask all = 0;
  for (int i = 0; i < lone.log.count; ++i) {
    const vgpu::Access& access = lone.log.accesses[i];
    EXPECT_EQ(access.kind, vgpu::AccessKind::kLoad);
    EXPECT_EQ(access.order, vgpu::MemoryOrder::kVolatile);
    EXPECT_EQ(access.bytes, 4);
    EXPECT_EQ(access.alignment, 4);
    EXPECT_EQ(all & access.mask, 0U);
    all |= access.mask;
    for (std::uint64_t l = 0; l < 32; ++l) {
      if ((access.mask >> l & 1U) == 0) continue;
      const bool global = access.space == vgpu::AccessSpace::kGlobal,
                 shared = access.space == vgpu::AccessSpace::kShared;
      EXPECT_EQ(l % 3, global ? 0U : shared ? 1U : 2U);
      EXPECT_EQ(access.address[l], global ? buffer + 4 * l : shared ? 4 * l : 4 * (l % 8));
    }
  }
  EXPECT_EQ(all, 0x7fff'ffffU);
}

TEST(Access, TellsWhatAStoreWroteAndWhetherItChangedAnything) {
  LoneInstruction lone(".reg .b64 %a; .reg .b16 %v, %w;", "st.release.cta.global.v2.u16 [%a], {%v, %w};");
  const std::uint64_t buffer = lone.allocate(256);
  for (std::uint64_t l = 0; l < 32; ++l) {
    lone.row<std::uint64_t>("%a")[l] = buffer + 4 * l;
    lone.row<std::uint16_t>("%v")[l] = static_cast<std::uint16_t>(l);
    lone.row<std::uint16_t>("%w")[l] = 0x8000;
  }
  lone.watch();
  lone.exec.polls = 5;
  for (int i = 0; i < 2; ++i) {
    lone.run();
    ASSERT_EQ(lone.log.count, 1);
    const vgpu::Access& access = lone.log.accesses[0];
    EXPECT_EQ(access.kind, vgpu::AccessKind::kStore);
    EXPECT_EQ(access.space, vgpu::AccessSpace::kGlobal);
    EXPECT_EQ(access.order, vgpu::MemoryOrder::kRelease);
    EXPECT_EQ(access.scope, vgpu::MemoryScope::kThreadBlock);
    EXPECT_EQ(access.store_bits[9], 0x8000'0009U);
    EXPECT_EQ(lone.exec.polls, 0U);
  }
}

TEST(Access, StoresToALanesOwnMemoryAreNoProgress) {
  LoneInstruction lone(".reg .b64 %a; .reg .b32 %v;", "st.b32 [%a], %v;");
  lone.exec.polls = 5;
  for (int l = 0; l < 32; ++l) lone.row<std::uint64_t>("%a")[l] = kLocalWindow + 4;
  lone.run();
  EXPECT_EQ(lone.exec.polls, 5U);
  for (int l = 0; l < 32; ++l) lone.row<std::uint64_t>("%a")[l] = kSharedWindow + 4;
  lone.run();
  EXPECT_EQ(lone.exec.polls, 0U);
}

TEST(Access, LoadsOfOtherOrdersAreReadsAgainAndAgain) {
  for (const char* form : {"ld.volatile.shared", "ld.relaxed.cta.shared", "ld.acquire.gpu.shared"}) {
    LoneInstruction lone(".reg .b32 %a, %v;", std::string(form) + ".b32 %v, [%a];");
    ASSERT_EQ(lone.problem, "");
    lone.run();
    lone.run(0xffU);
    EXPECT_EQ(lone.exec.polls, 2U) << form;
  }
}

// ---- Refusals

TEST(Access, RefusesWithAReason) {
  const auto problem = [](const char* registers, const char* text) { return LoneInstruction(registers, text).problem; };
  EXPECT_NE(problem(".reg .b16 %a; .reg .b32 %v;", "ld.global.b32 %v, [%a];").find("32 or 64 bits"), std::string::npos);
  EXPECT_NE(problem(".reg .pred %p; .reg .b64 %a;", "ld.global.u8 %p, [%a];").find("predicates"), std::string::npos);
  EXPECT_NE(problem(".reg .b64 %a; .reg .b64 %v;", "atom.global.add.u32 %v, [%a], 1;").find("wide"), std::string::npos);
  EXPECT_NE(problem(".reg .b64 %a; .reg .b32 %v;", "cvta.shared.u32 %v, %v;").find("64 bits"), std::string::npos);
}

}  // namespace
}  // namespace warpscope::tests
