#include <numeric>
#include <vector>

#include "tests/stand_in_driver/loaded_driver.h"

namespace warpscope::stand_in::testing {
namespace {

class Memory : public WithDriver {};

TEST_F(Memory, KeepsWhatIsCopiedIntoIt) {
  std::vector<int> sent(1000), got(1000);
  std::iota(sent.begin(), sent.end(), 7);
  const CUdeviceptr a = allocate(4000), b = allocate(4000);
  ASSERT_EQ(cu().cuMemcpyHtoD_v2(a, sent.data(), 4000), kFine);
  ASSERT_EQ(cu().cuMemcpyDtoDAsync_v2(b, a, 4000, nullptr), kFine);
  ASSERT_EQ(cu().cuMemcpyDtoH_v2(got.data(), b, 4000), kFine);
  EXPECT_EQ(got, sent);
}

TEST_F(Memory, BeyondAnAllocationIsRefused) {
  std::vector<char> bytes(101);
  const CUdeviceptr a = allocate(100);
  EXPECT_EQ(cu().cuMemcpyHtoD_v2(a, bytes.data(), 101), CUresult::kInvalidValue);
  EXPECT_EQ(cu().cuMemcpyDtoH_v2(bytes.data(), a + 100, 1), CUresult::kInvalidValue);
  EXPECT_EQ(cu().cuMemFree_v2(a + 4), CUresult::kInvalidValue);
  EXPECT_EQ(cu().cuMemFree_v2(a), kFine);
  EXPECT_EQ(cu().cuMemFree_v2(a), CUresult::kInvalidValue);
}

TEST_F(Memory, RunsOutAtTheSizeThatWasSaid) {
  inject("memory 1M\n");
  ASSERT_EQ(cu().cuDevicePrimaryCtxReset_v2(0), kFine);
  begin_context();
  const CUdeviceptr half = allocate(512 << 10);
  CUdeviceptr more = 0;
  EXPECT_EQ(cu().cuMemAlloc_v2(&more, 600 << 10), CUresult::kOutOfMemory);
  CUarray array = nullptr;
  const CUDA_ARRAY3D_DESCRIPTOR large{.Width = 512, .Height = 300, .Depth = 0};
  EXPECT_EQ(cu().cuArray3DCreate_v2(&array, &large), CUresult::kOutOfMemory);
  std::size_t free_bytes = 0, total_bytes = 0;
  ASSERT_EQ(cu().cuMemGetInfo_v2(&free_bytes, &total_bytes), kFine);
  EXPECT_EQ(total_bytes, 1U << 20);
  EXPECT_EQ(free_bytes, 512U << 10);
  EXPECT_EQ(cu().cuMemFree_v2(half), kFine);
  EXPECT_EQ(cu().cuMemAlloc_v2(&more, 600 << 10), kFine);
}

TEST_F(Memory, AResetFreesEverything) {
  const CUdeviceptr a = allocate(64);
  ASSERT_EQ(cu().cuDevicePrimaryCtxReset_v2(0), kFine);
  char byte = 0;
  EXPECT_EQ(cu().cuMemcpyDtoH_v2(&byte, a, 1), CUresult::kContextIsDestroyed);
  begin_context();
  EXPECT_EQ(cu().cuMemcpyDtoH_v2(&byte, a, 1), CUresult::kInvalidValue);
}

// A 3 x 2 part of a 5 x 4 picture goes into an array and back to another place.
TEST_F(Memory, CopiesAPartOfAPictureThroughAnArray) {
  const CUDA_ARRAY3D_DESCRIPTOR size{.Width = 5, .Height = 4, .Depth = 0, .Format = CUarray_format::kU8};
  CUarray array = nullptr;
  ASSERT_EQ(cu().cuArray3DCreate_v2(&array, &size), kFine);
  std::vector<unsigned char> picture(20), got(20, 0xee);
  std::iota(picture.begin(), picture.end(), 0);
  CUDA_MEMCPY2D in;
  in.srcMemoryType = CUmemorytype::kHost, in.srcHost = picture.data(), in.srcPitch = 5, in.srcXInBytes = 1, in.srcY = 1;
  in.dstMemoryType = CUmemorytype::kArray, in.dstArray = array, in.dstXInBytes = 2, in.dstY = 2;
  in.WidthInBytes = 3, in.Height = 2;
  ASSERT_EQ(cu().cuMemcpy2DAsync_v2(&in, nullptr), kFine);
  CUDA_MEMCPY3D out;
  out.srcMemoryType = CUmemorytype::kArray, out.srcArray = array;
  out.dstMemoryType = CUmemorytype::kHost, out.dstHost = got.data(), out.dstPitch = 5, out.dstHeight = 4;
  out.WidthInBytes = 5, out.Height = 4, out.Depth = 1;
  ASSERT_EQ(cu().cuMemcpy3D_v2(&out), kFine);
  EXPECT_EQ(got, (std::vector<unsigned char>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 7, 8, 0, 0, 11, 12, 13}));
  in.Height = 3;
  EXPECT_EQ(cu().cuMemcpy2DAsync_v2(&in, nullptr), CUresult::kInvalidValue) << "one row more than the array has";
}

TEST_F(Memory, PinnedMemoryIsMemory) {
  void* memory = nullptr;
  ASSERT_EQ(cu().cuMemHostAlloc(&memory, 256, kMemHostAllocPortable), kFine);
  auto* bytes = static_cast<unsigned char*>(memory);
  bytes[255] = 9;
  const CUdeviceptr a = allocate(256);
  EXPECT_EQ(cu().cuMemcpyHtoDAsync_v2(a, memory, 256, nullptr), kFine);
  bytes[255] = 0;
  EXPECT_EQ(cu().cuMemcpyDtoHAsync_v2(memory, a, 256, nullptr), kFine);
  EXPECT_EQ(bytes[255], 9);
  EXPECT_EQ(cu().cuMemFreeHost(memory), kFine);
  EXPECT_EQ(cu().cuMemFreeHost(memory), CUresult::kInvalidValue);
}

}  // namespace
}  // namespace warpscope::stand_in::testing
