// Counters against accesses whose counts are known by hand; no virtual GPU runs here.
#include "compute/vgpu/observers/counters.h"

#include <gtest/gtest.h>

#include <array>

#include "compute/vgpu/observers/coalescing.h"

namespace warpscope::vgpu {
namespace {

using base::kAllLanes;

template <class Address>
Access access_of(AccessSpace space, int bytes, Address&& address, LaneMask mask = kAllLanes) {
  Access access;
  access.space = space;
  access.bytes = static_cast<std::uint16_t>(bytes);
  access.alignment = access.bytes;
  access.mask = mask;
  for (std::uint64_t lane = 0; lane < 32; ++lane) {
    if ((mask >> lane & 1) != 0) access.address[lane] = address(lane);
  }
  return access;
}

template <class Address>
int sectors(int bytes, Address&& address, LaneMask mask = kAllLanes) {
  return count_sectors(access_of(AccessSpace::kGlobal, bytes, address, mask));
}

template <class Address>
Wavefronts wavefronts(int bytes, Address&& address, LaneMask mask = kAllLanes) {
  return count_wavefronts(access_of(AccessSpace::kShared, bytes, address, mask));
}

void expect_wavefronts(const Wavefronts& w, int taken, int fewest) {
  EXPECT_EQ(w.taken, taken);
  EXPECT_EQ(w.fewest, fewest);
  EXPECT_EQ(w.conflicts(), taken - fewest);
}

TEST(Sectors, ConsecutiveWordsAreFour) {
  EXPECT_EQ(sectors(4, [](auto i) { return 0x1000 + i * 4; }), 4);
}

TEST(Sectors, MisalignedByFourBytesIsOneMore) {
  EXPECT_EQ(sectors(4, [](auto i) { return 0x1004 + i * 4; }), 5);
}

TEST(Sectors, StridesSpreadThem) {
  EXPECT_EQ(sectors(4, [](auto i) { return 0x1000 + i * 8; }), 8);        // every second word
  EXPECT_EQ(sectors(4, [](auto i) { return 0x1000 + i * 4 * 32; }), 32);  // a line each
  EXPECT_EQ(sectors(4, [](auto i) { return 0x1000 + i * 28; }), 28);      // 7 words: lane i in sector 7i/8, 0 ... 27
}

TEST(Sectors, TheOrderOfLanesDoesNotMatter) {
  EXPECT_EQ(sectors(4, [](auto i) { return 0x1000 + (31 - i) * 4; }), 4);
  EXPECT_EQ(sectors(4, [](auto i) { return 0x1000 + (i * 7 % 32) * 4; }), 4);
}

TEST(Sectors, OneAddressIsOne) {
  EXPECT_EQ(sectors(4, [](auto) { return 0x1010; }), 1);
}

TEST(Sectors, WideAccessesTouchMore) {
  EXPECT_EQ(sectors(8, [](auto i) { return 0x1000 + i * 8; }), 8);
  EXPECT_EQ(sectors(16, [](auto i) { return 0x1000 + i * 16; }), 16);
  EXPECT_EQ(sectors(32, [](auto i) { return 0x1000 + i * 32; }), 32);
  EXPECT_EQ(sectors(1, [](auto i) { return 0x1000 + i; }), 1);
  EXPECT_EQ(sectors(2, [](auto i) { return 0x1000 + i * 2; }), 2);
}

TEST(Sectors, OnlyLanesThatTakePartCount) {
  EXPECT_EQ(sectors(
                4, [](auto i) { return 0x1000 + i * 4; }, 0x000000ffU),
            1);
  EXPECT_EQ(sectors(
                4, [](auto i) { return 0x1000 + i * 4; }, 0x01010101U),
            4);
  EXPECT_EQ(sectors(
                4, [](auto i) { return 0x1000 + i * 4; }, 0),
            0);
}

TEST(Sectors, RepeatedSectorsCountOnce) {
  // Lanes alternate between two sectors.
  EXPECT_EQ(sectors(4, [](auto i) { return 0x1000 + i % 2 * 64; }), 2);
  // Sectors 0, 3, 6, ... modulo 8: all eight of them.
  EXPECT_EQ(sectors(4, [](auto i) { return 0x1000 + i * 3 % 8 * 32; }), 8);
}

TEST(Sectors, OfLocalMemoryAreFourAWord) {
  const auto local = [](int bytes, auto&& address, LaneMask mask = kAllLanes) {
    return count_local_sectors(access_of(AccessSpace::kLocal, bytes, address, mask));
  };
  EXPECT_EQ(local(4, [](auto) { return 16; }), 4);
  EXPECT_EQ(local(8, [](auto) { return 16; }), 8);
  EXPECT_EQ(local(1, [](auto) { return 17; }), 4);
  EXPECT_EQ(local(
                4, [](auto) { return 16; }, 0x000000ffU),
            1);
  EXPECT_EQ(local(4, [](auto i) { return i * 4; }), 32);     // every lane at another word
  EXPECT_EQ(local(4, [](auto i) { return i / 8 * 4; }), 4);  // eight neighbours share a sector
}

TEST(Wavefronts, ConsecutiveWordsTakeOne) {
  expect_wavefronts(wavefronts(4, [](auto i) { return i * 4; }), 1, 1);
  expect_wavefronts(wavefronts(4, [](auto i) { return 64 + i * 4; }), 1, 1);
}

TEST(Wavefronts, AnEvenStrideConflicts) {
  expect_wavefronts(wavefronts(4, [](auto i) { return i * 8; }), 2, 1);
  expect_wavefronts(wavefronts(4, [](auto i) { return i * 16; }), 4, 1);
  expect_wavefronts(wavefronts(4, [](auto i) { return i * 4 * 32; }), 32, 1);
}

TEST(Wavefronts, AnOddStrideDoesNot) {
  expect_wavefronts(wavefronts(4, [](auto i) { return i * 12; }), 1, 1);
  expect_wavefronts(wavefronts(4, [](auto i) { return i * 4 * 33; }), 1, 1);
}

TEST(Wavefronts, LanesOfOneWordShareIt) {
  expect_wavefronts(wavefronts(4, [](auto) { return 128; }), 1, 1);
  expect_wavefronts(wavefronts(4, [](auto i) { return i / 2 * 4; }), 1, 1);
  expect_wavefronts(wavefronts(1, [](auto i) { return i; }), 1, 1);
  expect_wavefronts(wavefronts(2, [](auto i) { return i * 2; }), 1, 1);
  // Two words of one bank, each for half of the lanes.
  expect_wavefronts(wavefronts(4, [](auto i) { return i % 2 * 128; }), 2, 1);
}

TEST(Wavefronts, BytesOfDifferentWordsOfABankConflict) {
  expect_wavefronts(wavefronts(
                        1, [](auto i) { return i * 128 + i; }, 0x7),
                    3, 1);
}

TEST(Wavefronts, SixtyFourBitsGoByHalfWarps) {
  expect_wavefronts(wavefronts(8, [](auto i) { return i * 8; }), 2, 2);
  expect_wavefronts(wavefronts(
                        8, [](auto i) { return i * 8; }, 0x0000ffffU),
                    1, 1);
  // Every second double: lanes 0 and 8 of a half warp meet in the banks, twice in all.
  expect_wavefronts(wavefronts(8, [](auto i) { return i * 16; }), 4, 2);
}

TEST(Wavefronts, HundredTwentyEightBitsGoByQuarterWarps) {
  expect_wavefronts(wavefronts(16, [](auto i) { return i * 16; }), 4, 4);
  expect_wavefronts(wavefronts(
                        16, [](auto i) { return i * 16; }, 0x000000ffU),
                    1, 1);
  expect_wavefronts(wavefronts(16, [](auto i) { return i * 32; }), 8, 4);
}

TEST(Wavefronts, PairsOfLanesThatAgreeShareThem) {
  expect_wavefronts(wavefronts(8, [](auto i) { return i / 2 * 8; }), 1, 1);  // n and n^1
  expect_wavefronts(wavefronts(8, [](auto i) { return (i & ~2ULL) * 8; }), 2,
                    1);  // n and n^2: 16 doubles over 32 slots
  expect_wavefronts(wavefronts(16, [](auto) { return 0; }), 2, 2);
  // Stores return nothing that could be packed.
  Access store = access_of(AccessSpace::kShared, 8, [](auto i) { return i / 2 * 8; });
  store.kind = AccessKind::kStore;
  expect_wavefronts(count_wavefronts(store), 2, 2);
}

TEST(Contention, IsLanesThatWaitForAnother) {
  EXPECT_EQ(count_contending_lanes(access_of(AccessSpace::kGlobal, 4, [](auto) { return 64; })), 31);
  EXPECT_EQ(count_contending_lanes(access_of(AccessSpace::kGlobal, 4, [](auto i) { return i * 4; })), 0);
  EXPECT_EQ(count_contending_lanes(access_of(AccessSpace::kGlobal, 4, [](auto i) { return i % 8 * 4; })), 24);
  EXPECT_EQ(count_contending_lanes(access_of(
                AccessSpace::kGlobal, 4, [](auto) { return 64; }, 0x10)),
            0);
}

TEST(Counters, AddUpByInstruction) {
  Counters counters;
  Inst branch;
  branch.kind = InstKind::kBranch;
  StepEvent event;
  event.pc = 2;
  event.inst = &branch;
  event.active = kAllLanes;
  event.executed = 0x0000ffff;
  event.diverged = true;
  counters.on_step(event);
  event.diverged = false;
  event.executed = kAllLanes;
  counters.on_step(event);

  Inst memory;
  memory.kind = InstKind::kMemory;
  const std::array<Access, 2> accesses = {
      access_of(
          AccessSpace::kGlobal, 4, [](auto i) { return 0x1000 + i * 4; }, 0x0000ffffU),
      access_of(
          AccessSpace::kShared, 4, [](auto i) { return i * 128; }, 0xffff0000U),  // a generic load's other lanes
  };
  event.pc = 5;
  event.inst = &memory;
  event.accesses = accesses;
  counters.on_step(event);

  const CounterRow& b = counters.rows()[2];
  EXPECT_EQ(b.warp_instructions, 2U);
  EXPECT_EQ(b.thread_instructions, 48U);
  EXPECT_EQ(b.predicated_off_threads, 16U);
  EXPECT_EQ(b.branches, 2U);
  EXPECT_EQ(b.divergent_branches, 1U);
  EXPECT_DOUBLE_EQ(b.active_lanes_mean(), 32.0);
  const CounterRow& m = counters.rows()[5];
  EXPECT_EQ(m.global_requests, 1U);
  EXPECT_EQ(m.global_sectors, 2U);
  EXPECT_DOUBLE_EQ(m.sectors_per_request(), 2.0);
  EXPECT_EQ(m.shared_wavefronts, 16U);
  EXPECT_EQ(m.shared_bank_conflicts, 15U);
  EXPECT_EQ(counters.total().warp_instructions, 3U);
  EXPECT_EQ(counters.total().thread_instructions, 80U);
}

TEST(Counters, PrefetchesAndParametersAreNoRequests) {
  Counters counters;
  Access prefetch = access_of(AccessSpace::kGlobal, 4, [](auto i) { return 0x1000 + i * 4; });
  prefetch.kind = AccessKind::kPrefetch;
  const std::array<Access, 2> accesses = {prefetch, access_of(AccessSpace::kParameter, 8, [](auto) { return 0; })};
  StepEvent event;
  event.active = event.executed = kAllLanes;
  event.accesses = accesses;
  counters.on_step(event);
  EXPECT_EQ(counters.total().global_requests, 0U);
  EXPECT_EQ(counters.total().constant_requests, 0U);
}

}  // namespace
}  // namespace warpscope::vgpu
