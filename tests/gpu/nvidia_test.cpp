// The occupancy calculator against NVIDIA's own, cuda_occupancy.h: everywhere with samples of its answers, and where a
// toolkit is installed with the header itself.
//
// The sweep, for every capability:
// - every block of 1 to 1024 threads with every 0 to 255 registers, at 5 sizes of shared memory;
// - every byte of shared memory from 0 to a little beyond the most, at 4 shapes of kernel;
// - every carve-out of -1 to 100 % with shared memory in steps of 128 bytes, at 3 shapes of kernel.
// That is every value of each on its own and in the pairs that meet in one limit: 34 million comparisons. With
// $WARPSCOPE_FULL_SWEEP set, the product too: every block, every register count, shared memory in steps of 1 KiB and
// all sizes that an SM can be set to: 4 billion, minutes on one core.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "compute/gpu/occupancy.h"
#include "tests/gpu/nvidia/nvidia_answer.h"

namespace warpscope::gpu {
namespace {

using nvidia::Answer;
using nvidia::Device;
using nvidia::Question;

const SmLimits& limits_of(const Device& device) {
  const SmLimits* const limits = find_limits({device.major, device.minor});
  if (limits == nullptr) throw std::runtime_error("capability " + std::to_string(device.capability()) + " is missing");
  return *limits;
}

// Ours, in the same form.
std::optional<Answer> ours(const SmLimits& limits, const Question& q) {
  const auto found = occupancy(limits, {q.block_threads, q.registers, 0, q.shared_bytes, q.carveout_percent});
  if (!found) return {};
  return Answer{found->blocks,
                found->limiters,
                found->by_warps,
                found->by_registers,
                found->by_shared,
                found->by_blocks,
                found->registers_per_block,
                static_cast<int>(found->shared_per_block)};
}

std::string text_of(const std::optional<Answer>& a) {
  if (!a) return "refused";
  std::ostringstream text;
  text << a->blocks << " blocks, limiters " << a->limiters << ", by warps " << a->by_warps << ", registers "
       << a->by_registers << ", shared memory " << a->by_shared << ", blocks " << a->by_blocks << "; a block gets "
       << a->registers_per_block << " registers and " << a->shared_per_block << " bytes";
  return text.str();
}

std::string text_of(const Device& device, const Question& q) {
  std::ostringstream text;
  text << "capability " << device.major << '.' << device.minor << ", block " << q.block_threads << ", registers "
       << q.registers << ", shared memory " << q.shared_bytes << ", carve-out " << q.carveout_percent;
  return text.str();
}

// Compares question after question, and stops saying so after the first few that differ.
class Comparison {
 public:
  explicit Comparison(const Device& device) : device_(device), limits_(limits_of(device)) {}

  void ask(const Question& q) {
    ++asked_;
    const auto theirs = nvidia::answer(device_, q);
    const auto mine = ours(limits_, q);
    // What no GPU of the kind can run: theirs is no block, ours an error.
    const bool same = mine ? theirs == mine : theirs && theirs->blocks == 0;
    if (same) return;
    if (++wrong_ <= 3)
      ADD_FAILURE() << text_of(device_, q) << "\nNVIDIA: " << text_of(theirs) << "\nours: " << text_of(mine);
  }
  std::uint64_t asked() const { return asked_; }
  std::uint64_t wrong() const { return wrong_; }

 private:
  const Device& device_;
  const SmLimits& limits_;
  std::uint64_t asked_ = 0, wrong_ = 0;
};

std::uint64_t most_shared(const Device& device) {
  return 1024 * static_cast<std::uint64_t>(device.shared_per_block_optin_kib);
}

void sweep_blocks_and_registers(const Device& device, Comparison& comparison) {
  const std::uint64_t most = most_shared(device);
  for (const std::uint64_t shared : {std::uint64_t{0}, std::uint64_t{4096}, most / 8, most / 3, most})
    for (int block = 1; block <= kMaxBlockThreads; ++block)
      for (int registers = 0; registers <= 255; ++registers) comparison.ask({block, registers, shared, -1});
}

void sweep_shared(const Device& device, Comparison& comparison) {
  constexpr std::uint64_t kBeyond = 600;
  for (const auto& [block, registers] : {std::pair{1, 1}, {96, 32}, {256, 40}, {1024, 64}})
    for (std::uint64_t shared = 0; shared <= most_shared(device) + kBeyond; ++shared)
      comparison.ask({block, registers, shared, -1});
}

void sweep_carveouts(const Device& device, Comparison& comparison) {
  for (const auto& [block, registers] : {std::pair{32, 0}, {96, 32}, {512, 64}})
    for (int percent = -1; percent <= 100; ++percent)
      for (std::uint64_t shared = 0; shared <= most_shared(device); shared += 128)
        comparison.ask({block, registers, shared, percent});
}

void sweep_product(const Device& device, Comparison& comparison) {
  std::vector<int> percents;  // one for each size an SM can be set to
  for (const std::uint32_t size : limits_of(device).carveouts) {
    const auto whole = 1024 * static_cast<std::uint32_t>(device.shared_per_sm_kib);
    percents.push_back(static_cast<int>(100ULL * size / whole));
  }
  for (int block = 1; block <= kMaxBlockThreads; ++block)
    for (int registers = 1; registers <= 255; ++registers)
      for (std::uint64_t shared = 0; shared <= most_shared(device); shared += 1024)
        for (const int percent : percents) comparison.ask({block, registers, shared, percent});
}

std::string name_of(const ::testing::TestParamInfo<Device>& info) {
  return "Capability" + std::to_string(info.param.capability());
}

class AgainstNvidia : public ::testing::TestWithParam<Device> {
 protected:
  void SetUp() override {
    if (!nvidia::has_calculator()) GTEST_SKIP() << "cuda_occupancy.h is not on this machine; the samples are compared";
  }
};

TEST_P(AgainstNvidia, EveryBlockRegisterCountSharedSizeAndCarveoutGivesTheSame) {
  Comparison comparison(GetParam());
  sweep_blocks_and_registers(GetParam(), comparison);
  sweep_shared(GetParam(), comparison);
  sweep_carveouts(GetParam(), comparison);
  EXPECT_EQ(comparison.wrong(), 0U);
  RecordProperty("compared", std::to_string(comparison.asked()));
}

TEST_P(AgainstNvidia, TheProductOfAllGivesTheSame) {
  if (std::getenv("WARPSCOPE_FULL_SWEEP") == nullptr) GTEST_SKIP() << "takes minutes: set WARPSCOPE_FULL_SWEEP";
  Comparison comparison(GetParam());
  sweep_product(GetParam(), comparison);
  EXPECT_EQ(comparison.wrong(), 0U);
  std::cout << comparison.asked() << " compared\n";
}

INSTANTIATE_TEST_SUITE_P(Capabilities, AgainstNvidia,
                         ::testing::ValuesIn(nvidia::devices().begin(), nvidia::devices().end()), name_of);

TEST(NvidiaSamples, AreMet) {
  std::ifstream in(WARPSCOPE_SOURCE_DIR "/tests/gpu/nvidia/samples.txt");
  ASSERT_TRUE(in);
  std::uint64_t compared = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    int capability = 0;
    char colon = 0;
    Question q;
    Answer a;
    words >> capability >> q.block_threads >> q.registers >> q.shared_bytes >> q.carveout_percent >> colon >>
        a.blocks >> a.limiters >> a.by_warps >> a.by_registers >> a.by_shared >> a.by_blocks >> a.registers_per_block >>
        a.shared_per_block;
    ASSERT_TRUE(words && colon == ':') << line;
    const SmLimits* const limits = find_limits({capability / 10, capability % 10});
    ASSERT_NE(limits, nullptr) << line;
    const auto mine = ours(*limits, q);
    // 6.x refuses nothing up to 48 KiB, and the others nothing up to their own most: every sample has an answer.
    EXPECT_EQ(mine, a) << line << "\nNVIDIA: " << text_of(a) << "\nours: " << text_of(mine);
    ++compared;
  }
  EXPECT_EQ(compared, 3'200U);
}

TEST(NvidiaSamples, CoverEveryCapabilityThatIsKnown) {
  std::vector<ComputeCapability> theirs, mine;
  for (const Device& device : nvidia::devices()) theirs.push_back({device.major, device.minor});
  for (const SmLimits& limits : all_limits()) mine.push_back(limits.capability);
  EXPECT_EQ(mine, theirs);
}

}  // namespace
}  // namespace warpscope::gpu
