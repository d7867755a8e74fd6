// What a launch or a texture becomes on a real GPU: plain functions, without one.
#include "compute/device/cuda_rules.h"

#include <gmock/gmock.h>

namespace warpscope::device {
namespace {

using ::testing::HasSubstr;

std::string refusal(const LaunchRequest& request, const ptx::Function& kernel = {}, std::uint32_t shared = 0) {
  cuda::GpuLimits limits;
  limits.shared_bytes_opt_in = 100 << 10;
  const auto fine = check_sizes(limits, kernel, request, shared);
  return fine ? "" : fine.error().message;
}

TEST(CudaRules, SizesKeepToTheGpuAndTheKernel) {
  const LaunchRequest fine{"k", {2, 1, 1}, {32, 32, 1}, 50 << 10, {}, {}};
  EXPECT_EQ(refusal(fine), "");
  EXPECT_THAT(refusal({"k", {1, 1, 1}, {32, 33, 1}, 0, {}, {}}), HasSubstr("a block of 32 x 33 x 1 threads"));
  EXPECT_THAT(refusal({"k", {1, 1, 1}, {1, 1, 65}, 0, {}, {}}), HasSubstr("at most 1024 x 1024 x 64"));
  EXPECT_THAT(refusal({"k", {1, 0, 1}, {1, 1, 1}, 0, {}, {}}), HasSubstr("a grid of 1 x 0 x 1 blocks"));
  EXPECT_THAT(refusal({"k", {1, 65536, 1}, {1, 1, 1}, 0, {}, {}}), HasSubstr("65535"));
  EXPECT_THAT(refusal(fine, {}, 51 << 10), HasSubstr("52224 bytes of shared memory and 51200 dynamic ones"));
  ptx::Function kernel;
  kernel.name = "k";
  kernel.required_threads = base::Dim3{64, 1, 1};
  EXPECT_THAT(refusal(fine, kernel), HasSubstr("blocks of 64 x 1 x 1 threads (.reqntid), not 32 x 32 x 1"));
  kernel.required_threads.reset();
  kernel.max_threads = base::Dim3{256, 1, 1};
  EXPECT_THAT(refusal(fine, kernel), HasSubstr("at most 256 threads in a block (.maxntid), not 1024"));
}

TEST(CudaRules, ATextureBecomesAnArrayAndAWayToReadIt) {
  vgpu::Texture picture;
  picture.width = 5;
  picture.height = 3;
  picture.type = vgpu::TexelType::kU8;
  picture.channels = 4;
  picture.address_modes = {vgpu::AddressMode::kWrap, vgpu::AddressMode::kBorder, vgpu::AddressMode::kMirror};
  picture.texels.resize(60);
  EXPECT_TRUE(check_texture(picture));
  const cuda::CUDA_ARRAY3D_DESCRIPTOR array = array_of(picture, Binding::kTexture);
  EXPECT_EQ(array.Width, 5U);
  EXPECT_EQ(array.Height, 3U);
  EXPECT_EQ(array.Depth, 0U) << "not 1: that would be a volume";
  EXPECT_EQ(array.Format, cuda::CUarray_format::kU8);
  EXPECT_EQ(array.NumChannels, 4U);
  EXPECT_EQ(array_of(picture, Binding::kSurface).Flags, cuda::kArraySurface);
  cuda::CUDA_TEXTURE_DESC reading = reading_of(picture);
  EXPECT_EQ(reading.addressMode[0], cuda::CUaddress_mode::kWrap);
  EXPECT_EQ(reading.addressMode[1], cuda::CUaddress_mode::kBorder);
  EXPECT_EQ(reading.addressMode[2], cuda::CUaddress_mode::kMirror);
  EXPECT_EQ(reading.filterMode, cuda::CUfilter_mode::kPoint);
  EXPECT_EQ(reading.flags, cuda::kReadAsInteger);
  picture.normalized_read = picture.normalized_coordinates = picture.linear = true;
  reading = reading_of(picture);
  EXPECT_EQ(reading.flags, cuda::kNormalizedCoordinates);
  EXPECT_EQ(reading.filterMode, cuda::CUfilter_mode::kLinear);
  EXPECT_TRUE(check_texture(picture));
  picture.normalized_read = false;
  EXPECT_THAT(check_texture(picture).error().message, HasSubstr("a linear filter reads floats"));
}

TEST(CudaRules, LayersLieInTheDepthOfTheArrayAndOfTheCopies) {
  vgpu::Texture layers;
  layers.width = 2;
  layers.height = 4;
  layers.layers = 3;
  layers.texels.resize(2 * 4 * 3 * 4);
  EXPECT_TRUE(check_texture(layers));
  const cuda::CUDA_ARRAY3D_DESCRIPTOR array = array_of(layers, Binding::kTexture);
  EXPECT_EQ(array.Depth, 3U);
  EXPECT_EQ(array.Flags, cuda::kArrayLayered);
  const cuda::CUDA_MEMCPY3D up = upload_of(layers, layers.texels.data(), nullptr);
  EXPECT_EQ(up.srcPitch, 8U);
  EXPECT_EQ(up.srcHeight, 4U);
  EXPECT_EQ(up.WidthInBytes * up.Height * up.Depth, layers.texels.size());
  const cuda::CUDA_MEMCPY3D down = download_of(layers, layers.texels.data(), nullptr);
  EXPECT_EQ(down.dstPitch, 8U);
  EXPECT_EQ(down.dstMemoryType, cuda::CUmemorytype::kHost);
  layers.texels.pop_back();
  EXPECT_THAT(check_texture(layers).error().message, HasSubstr("has 96 bytes of texels, 95 were given"));
}

}  // namespace
}  // namespace warpscope::device
