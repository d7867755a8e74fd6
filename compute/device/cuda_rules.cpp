#include "compute/device/cuda_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/ptx/parser.h"

namespace warpscope::device {
namespace {

using base::Dim3;
using cuda::CUresult;

std::string text_of(const Dim3& d) {
  return fmt::format("{} x {} x {}", d.x, d.y, d.z);
}

bool fits(const Dim3& size, const Dim3& limit) {
  return size.count() != 0 && size.x <= limit.x && size.y <= limit.y && size.z <= limit.z;
}

struct FaultName {
  CUresult code;
  vgpu::FaultKind kind;
};
constexpr FaultName kFaultNames[] = {
    {CUresult::kIllegalAddress, vgpu::FaultKind::kOutOfBounds},
    {CUresult::kMisalignedAddress, vgpu::FaultKind::kMisaligned},
    {CUresult::kAssert, vgpu::FaultKind::kAssert},
    {CUresult::kHardwareStackError, vgpu::FaultKind::kStackOverflow},
    {CUresult::kLaunchTimeout, vgpu::FaultKind::kStepLimit},
    {CUresult::kInvalidPc, vgpu::FaultKind::kBadCall},
    {CUresult::kInvalidAddressSpace, vgpu::FaultKind::kBadOperand},
};

cuda::CUarray_format format_of(vgpu::TexelType type) {
  switch (type) {
    case vgpu::TexelType::kU8:
      return cuda::CUarray_format::kU8;
    case vgpu::TexelType::kU16:
      return cuda::CUarray_format::kU16;
    case vgpu::TexelType::kU32:
      return cuda::CUarray_format::kU32;
    case vgpu::TexelType::kS8:
      return cuda::CUarray_format::kS8;
    case vgpu::TexelType::kS16:
      return cuda::CUarray_format::kS16;
    case vgpu::TexelType::kS32:
      return cuda::CUarray_format::kS32;
    case vgpu::TexelType::kF16:
      return cuda::CUarray_format::kHalf;
    case vgpu::TexelType::kF32:
      break;
  }
  return cuda::CUarray_format::kFloat;
}

bool is_integer(vgpu::TexelType type) {
  return type != vgpu::TexelType::kF16 && type != vgpu::TexelType::kF32;
}

cuda::CUaddress_mode mode_of(vgpu::AddressMode mode) {
  switch (mode) {
    case vgpu::AddressMode::kWrap:
      return cuda::CUaddress_mode::kWrap;
    case vgpu::AddressMode::kMirror:
      return cuda::CUaddress_mode::kMirror;
    case vgpu::AddressMode::kBorder:
      return cuda::CUaddress_mode::kBorder;
    case vgpu::AddressMode::kClamp:
      break;
  }
  return cuda::CUaddress_mode::kClamp;
}

std::size_t row_bytes(const vgpu::Texture& texture) {
  return static_cast<std::size_t>(texture.width) * static_cast<std::size_t>(texture.channels) *
         static_cast<std::size_t>(vgpu::bytes_of(texture.type));
}

std::size_t rows(const vgpu::Texture& texture) {
  return static_cast<std::size_t>(std::max(1, texture.height));
}

std::size_t slices(const vgpu::Texture& texture) {
  return static_cast<std::size_t>(std::max(1, texture.depth)) * static_cast<std::size_t>(std::max(1, texture.layers));
}

void set_extent(const vgpu::Texture& texture, cuda::CUDA_MEMCPY3D& copy) {
  copy.WidthInBytes = row_bytes(texture);
  copy.Height = rows(texture);
  copy.Depth = slices(texture);
}

}  // namespace

cuda::PtxText ptx_text_of(const ptx::Module& module) {
  return {ptx::print(module), module.version_major, module.version_minor};
}

base::Result<void> check_sizes(const cuda::GpuLimits& limits, const ptx::Function& kernel, const LaunchRequest& request,
                               std::uint32_t static_shared) {
  const Dim3 &b = request.block, &g = request.grid;
  if (!fits(b, limits.block) || b.count() > limits.threads_per_block) {
    return base::fail(
        fmt::format("a block of {} threads cannot be launched: it has 1 to {} threads, at most {} on this GPU",
                    text_of(b), limits.threads_per_block, text_of(limits.block)));
  }
  if (!fits(g, limits.grid)) {
    return base::fail(fmt::format("a grid of {} blocks cannot be launched: at most {} on this GPU, at least 1",
                                  text_of(g), text_of(limits.grid)));
  }
  if (kernel.required_threads && *kernel.required_threads != b) {
    return base::fail(fmt::format("'{}' must be launched with blocks of {} threads (.reqntid), not {}", kernel.name,
                                  text_of(*kernel.required_threads), text_of(b)));
  }
  if (kernel.max_threads && kernel.max_threads->count() < b.count()) {
    return base::fail(fmt::format("'{}' was compiled for at most {} threads in a block (.maxntid), not {}", kernel.name,
                                  kernel.max_threads->count(), b.count()));
  }
  const std::uint64_t shared = std::uint64_t{static_shared} + request.dynamic_shared_bytes;
  if (shared > limits.shared_bytes_opt_in) {
    return base::fail(
        fmt::format("'{}' needs {} bytes of shared memory and {} dynamic ones; a block may have {} on "
                    "this GPU",
                    kernel.name, static_shared, request.dynamic_shared_bytes, limits.shared_bytes_opt_in));
  }
  return {};
}

vgpu::Fault fault_of(const cuda::CudaError& error, std::string kernel) {
  vgpu::Fault fault;
  const auto* const found = std::find_if(std::begin(kFaultNames), std::end(kFaultNames),
                                         [&](const FaultName& each) { return each.code == error.code; });
  fault.kind = found == std::end(kFaultNames) ? vgpu::FaultKind::kTrap : found->kind;
  fault.message = error.message;
  fault.kernel = std::move(kernel);
  return fault;
}

base::Result<void> check_texture(const vgpu::Texture& texture) {
  if (texture.width < 1 || texture.height < 1 || texture.depth < 1 || texture.layers < 1) {
    return base::fail(fmt::format("a texture of {} x {} x {} texels in {} layers cannot be made: each is at least 1",
                                  texture.width, texture.height, texture.depth, texture.layers));
  }
  if (texture.channels != 1 && texture.channels != 2 && texture.channels != 4) {
    return base::fail(fmt::format("a texture has 1, 2 or 4 channels, not {}", texture.channels));
  }
  if (texture.dimensions == 3 && texture.layers > 1) return base::fail("a texture of three dimensions has no layers");
  if (texture.linear && is_integer(texture.type) && !texture.normalized_read) {
    return base::fail("a linear filter reads floats, or integers as floats in [0, 1]; these are read as integers");
  }
  if (texture.texels.size() != texel_bytes(texture)) {
    return base::fail(
        fmt::format("this texture has {} bytes of texels, {} were given", texel_bytes(texture), texture.texels.size()));
  }
  return {};
}

cuda::CUDA_ARRAY3D_DESCRIPTOR array_of(const vgpu::Texture& texture, Binding binding) {
  cuda::CUDA_ARRAY3D_DESCRIPTOR array;
  array.Width = static_cast<std::size_t>(texture.width);
  if (texture.dimensions >= 2) array.Height = static_cast<std::size_t>(texture.height);
  if (texture.dimensions >= 3) array.Depth = static_cast<std::size_t>(texture.depth);
  if (texture.layers > 1) {
    array.Depth = static_cast<std::size_t>(texture.layers);
    array.Flags |= cuda::kArrayLayered;
  }
  array.Format = format_of(texture.type);
  array.NumChannels = static_cast<unsigned>(texture.channels);
  if (binding == Binding::kSurface) array.Flags |= cuda::kArraySurface;
  // tld4 reads four texels at once, which only arrays made for it allow.
  if (binding == Binding::kTexture && texture.dimensions == 2 && texture.layers == 1) array.Flags |= cuda::kArrayGather;
  return array;
}

cuda::CUDA_TEXTURE_DESC reading_of(const vgpu::Texture& texture) {
  cuda::CUDA_TEXTURE_DESC reading;
  for (std::size_t i = 0; i < 3; ++i) reading.addressMode[i] = mode_of(texture.address_modes[i]);
  reading.filterMode = texture.linear ? cuda::CUfilter_mode::kLinear : cuda::CUfilter_mode::kPoint;
  if (is_integer(texture.type) && !texture.normalized_read) reading.flags |= cuda::kReadAsInteger;
  if (texture.normalized_coordinates) reading.flags |= cuda::kNormalizedCoordinates;
  return reading;
}

cuda::CUDA_MEMCPY3D upload_of(const vgpu::Texture& texture, const void* texels, cuda::CUarray array) {
  cuda::CUDA_MEMCPY3D copy;
  copy.srcMemoryType = cuda::CUmemorytype::kHost;
  copy.srcHost = texels;
  copy.srcPitch = row_bytes(texture);
  copy.srcHeight = rows(texture);
  copy.dstMemoryType = cuda::CUmemorytype::kArray;
  copy.dstArray = array;
  set_extent(texture, copy);
  return copy;
}

cuda::CUDA_MEMCPY3D download_of(const vgpu::Texture& texture, void* texels, cuda::CUarray array) {
  cuda::CUDA_MEMCPY3D copy;
  copy.srcMemoryType = cuda::CUmemorytype::kArray;
  copy.srcArray = array;
  copy.dstMemoryType = cuda::CUmemorytype::kHost;
  copy.dstHost = texels;
  copy.dstPitch = row_bytes(texture);
  copy.dstHeight = rows(texture);
  set_extent(texture, copy);
  return copy;
}

std::size_t texel_bytes(const vgpu::Texture& texture) {
  return row_bytes(texture) * rows(texture) * slices(texture);
}

}  // namespace warpscope::device
