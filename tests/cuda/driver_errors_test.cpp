// What errors of the driver mean, which GPU is taken, and what its sensors say: without a driver.
#include "compute/cuda/driver_errors.h"

#include <gmock/gmock.h>

#include "compute/cuda/atlas.h"
#include "compute/cuda/gpus.h"
#include "compute/cuda/nvml.h"

namespace warpscope::cuda {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(DriverErrors, KnowWhatAKernelBreaksAndWhatIsGone) {
  for (const int code : {700, 702, 710, 714, 715, 716, 717, 718, 719})
    EXPECT_EQ(kind_of(static_cast<CUresult>(code)), ErrorKind::kFault) << code;
  for (const int code : {46, 100, 214, 803}) EXPECT_EQ(kind_of(static_cast<CUresult>(code)), ErrorKind::kLost) << code;
  for (const int code : {1, 2, 222, 304, 600, 701, 12345})
    EXPECT_EQ(kind_of(static_cast<CUresult>(code)), ErrorKind::kOther) << code;
}

// NVIDIA's tables: "PTX ISA release history", and the driver that came with a toolkit.
TEST(DriverErrors, KnowWhichDriverReadsWhichPtx) {
  EXPECT_EQ(driver_for_ptx(6, 3), 10000);
  EXPECT_EQ(driver_for_ptx(7, 0), 11000);
  EXPECT_EQ(driver_for_ptx(7, 8), 11080);
  EXPECT_EQ(driver_for_ptx(8, 5), 12050);
  EXPECT_EQ(driver_for_ptx(8, 8), 12090);
  EXPECT_EQ(driver_for_ptx(9, 0), 13000);
  EXPECT_EQ(driver_for_ptx(9, 7), 13070) << "newer than the table";
  EXPECT_EQ(cuda_version_text(12040), "12.4");
  EXPECT_EQ(driver_release_for(13000), "driver 580 or newer");
  EXPECT_EQ(driver_release_for(99000), "a newer driver");
}

Gpu gpu(int ordinal, int capability, int multiprocessors) {
  Gpu gpu;
  gpu.ordinal = ordinal;
  gpu.compute_major = capability / 10;
  gpu.compute_minor = capability % 10;
  gpu.multiprocessors = multiprocessors;
  return gpu;
}

TEST(Gpus, TheWindowsComesFirstThenTheLargestAndOldOnesNever) {
  const std::vector<Gpu> gpus = {gpu(0, 86, 28), gpu(1, 61, 200), gpu(2, 90, 132), gpu(3, 90, 132)};
  EXPECT_THAT(usable_gpus(gpus, std::nullopt), ElementsAre(2, 3, 0));
  EXPECT_THAT(usable_gpus(gpus, 0), ElementsAre(0, 2, 3));
  EXPECT_THAT(usable_gpus(gpus, 1), ElementsAre(2, 3, 0)) << "the window's is too old";
  EXPECT_THAT(usable_gpus({gpu(0, 61, 20)}, 0), IsEmpty());
}

TEST(Readings, AreLeftOutWhereTheyAreMissing) {
  GpuReadings readings;
  EXPECT_THAT(lines_of(readings), IsEmpty());
  readings.temperature = 46;
  EXPECT_THAT(lines_of(readings), ElementsAre("46 °C"));
  readings = {1ULL << 30, 80ULL << 30, 1980, 46, 112.4, 37};
  EXPECT_THAT(lines_of(readings), ElementsAre("1.0 of 80.0 GiB in use", "1.98 GHz, 46 °C, 112 W, 37 % busy"));
}

TEST(ThreeSlots, GiveTheReaderTheNewestAndTheWriterAFreeOne) {
  ThreeSlots slots;
  EXPECT_FALSE(slots.take()) << "nothing yet";
  const std::size_t first = slots.back();
  slots.publish();
  const std::size_t second = slots.back();
  EXPECT_NE(first, second);
  slots.publish();
  EXPECT_EQ(slots.back(), first) << "the first was never seen";
  ASSERT_TRUE(slots.take());
  EXPECT_EQ(slots.front(), second);
  EXPECT_FALSE(slots.take()) << "only once";
  for (int i = 0; i < 10; ++i) {
    EXPECT_NE(slots.back(), slots.front()) << "what is shown is never written";
    slots.publish();
  }
}

TEST(AtlasPieces, LieInTheirAtlas) {
  EXPECT_TRUE(fit(std::vector<AtlasPiece>{{0, 0, 8, 4}, {6, 2, 2, 2}}, 8, 4));
  EXPECT_FALSE(fit(std::vector<AtlasPiece>{{1, 0, 8, 4}}, 8, 4));
  EXPECT_FALSE(fit(std::vector<AtlasPiece>{{0, -1, 8, 4}}, 8, 4));
  EXPECT_FALSE(fit(std::vector<AtlasPiece>{{0, 0, 0, 4}}, 8, 4));
}

}  // namespace
}  // namespace warpscope::cuda
