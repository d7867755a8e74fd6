// What a teacher shows with the SM map, with the kernels that ship: the figures change the way they do on a GPU.
#include <gmock/gmock.h>

#include "tests/session/live_map.h"

namespace warpscope::tests {
namespace {

using namespace session;
using timing::Stall;
using timing::Timeline;

class MapStories : public LiveMap {
 protected:
  std::shared_ptr<const MapRun> run_of(const std::string& kernel, std::optional<int> threads = {},
                                       std::optional<int> registers = {}) {
    Settings settings;
    settings.source.kernel = kernel;
    settings.block_threads = threads;
    settings.registers = registers;
    const View& view = after(settings);
    EXPECT_EQ(view.plan->problem, "");
    EXPECT_EQ(view.run->plan, view.plan);
    return view.run;
  }
  static double share_of(const Timeline& timeline, Stall stall) {
    double all = 0;
    for (const std::uint64_t cycles : timeline.warp_cycles) all += static_cast<double>(cycles);
    return static_cast<double>(timeline.warp_cycles[static_cast<std::size_t>(stall)]) / all;
  }
};

TEST_F(MapStories, ABlockOf96ThreadsTakesLongerForTheSameProductThanOneOf128) {
  const auto narrow = run_of("matmul_strip", 96), wide = run_of("matmul_strip", 128);
  EXPECT_EQ(narrow->plan->occupancy->warps_per_block, 3);
  EXPECT_EQ(wide->plan->occupancy->warps_per_block, 4);
  // As many warps at a time; but three rows share what is read where four do.
  EXPECT_EQ(narrow->plan->occupancy->warps, wide->plan->occupancy->warps);
  const auto rate = [](const MapRun& run) { return run.timeline->flops / static_cast<double>(run.timeline->cycles); };
  EXPECT_LT(rate(*narrow), 0.95 * rate(*wide));
  EXPECT_GT(narrow->timeline->traffic.l1_sectors, wide->timeline->traffic.l1_sectors);
}

TEST_F(MapStories, MoreRegistersPushABlockOutAndTheLatencyShows) {
  const auto own = run_of("matmul_strip");
  int registers = own->plan->registers.count;
  const gpu::SmLimits& limits = *own->plan->limits;
  gpu::KernelUse use = own->plan->use();
  do {
    use.registers_per_thread = ++registers;
  } while (gpu::occupancy(limits, use)->blocks > own->plan->occupancy->blocks / 2);
  const auto crowded_out = run_of("matmul_strip", {}, registers);
  EXPECT_EQ(crowded_out->plan->occupancy->limiters, gpu::kByRegisters);
  EXPECT_EQ(crowded_out->timeline->slots, crowded_out->plan->occupancy->blocks);
  EXPECT_LT(crowded_out->timeline->occupancy_achieved(), 0.6 * own->timeline->occupancy_achieved());
  EXPECT_GT(crowded_out->timeline->cycles, own->timeline->cycles);
  EXPECT_GT(share_of(*crowded_out->timeline, Stall::kLongScoreboard), share_of(*own->timeline, Stall::kLongScoreboard));
  // Nothing else has changed.
  EXPECT_EQ(crowded_out->timeline->ptx_instructions, own->timeline->ptx_instructions);
  EXPECT_EQ(crowded_out->timeline->flops, own->timeline->flops);
}

TEST_F(MapStories, TheLastWaveLeavesATail) {
  const auto run = run_of("matmul_strip");
  const Timeline& timeline = *run->timeline;
  // 400 blocks in 28 x 6 places: two waves and a part of a third.
  std::uint16_t last = 0;
  for (const timing::BlockSpan& block : timeline.blocks) last = std::max(last, block.wave);
  EXPECT_EQ(last, static_cast<int>(run->plan->waves));
  EXPECT_GT(timeline.tail, 0U);
  EXPECT_LT(timeline.tail, timeline.cycles);
}

TEST_F(MapStories, TransposingThroughAPaddedTileTakesAwayWhatTheOthersWaitFor) {
  const auto naive = run_of("transpose_naive"), shared = run_of("transpose_shared"),
             padded = run_of("transpose_padded");
  constexpr std::uint64_t kNumbers = 1024 * 1024, kInSector = 8, kWarps = kNumbers / 32;
  // Every number that is written down a column takes a sector of its own.
  EXPECT_EQ(naive->timeline->traffic.l2_sectors, kNumbers / kInSector + kNumbers);
  EXPECT_EQ(padded->timeline->traffic.l2_sectors, 2 * kNumbers / kInSector);
  // 32 lanes read one bank, one after another.
  EXPECT_EQ(shared->timeline->traffic.shared_conflicts, 31 * kWarps);
  EXPECT_EQ(padded->timeline->traffic.shared_conflicts, 0U);
  EXPECT_EQ(naive->timeline->traffic.shared_wavefronts, 0U);
  EXPECT_LT(padded->timeline->cycles, naive->timeline->cycles);
  EXPECT_LT(padded->timeline->cycles, shared->timeline->cycles);
  // What is waited for: the stores of the first, the banks of the second.
  EXPECT_GT(share_of(*naive->timeline, Stall::kDrain), 5 * share_of(*padded->timeline, Stall::kDrain));
  EXPECT_GT(share_of(*shared->timeline, Stall::kShortScoreboard),
            3 * share_of(*padded->timeline, Stall::kShortScoreboard));
}

TEST_F(MapStories, TwoGpusSideBySide) {
  const auto small = run_of("transpose_padded");
  after(KeepToCompare{true});
  Settings settings;
  settings.source.kernel = "transpose_padded";
  settings.gpu = "H100 PCIe";
  const View& view = after(settings);
  EXPECT_EQ(view.compared, small);
  EXPECT_GT(view.run->timeline->sms, 100U);
  EXPECT_LT(view.run->timeline->seconds(), small->timeline->seconds());
  EXPECT_GT(view.run->peak.dram_bytes, small->peak.dram_bytes);
}

}  // namespace
}  // namespace warpscope::tests
