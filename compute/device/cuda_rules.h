// device/cuda_rules.h: what a launch or a texture becomes on a real GPU, without one. Floor 3. Pure functions.
#pragma once

#include <cstdint>

#include "compute/cuda/gpus.h"
#include "compute/cuda/handles.h"
#include "compute/device/device.h"

namespace warpscope::device {

// The module's text again, for the driver's compiler.
cuda::PtxText ptx_text_of(const ptx::Module& module);

// Sizes that the GPU, and what the kernel was compiled for, allow. `static_shared`: what the kernel itself declares.
base::Result<void> check_sizes(const cuda::GpuLimits& limits, const ptx::Function& kernel, const LaunchRequest& request,
                               std::uint32_t static_shared);

// A kernel's fault as the GPU reports it, which is without a place.
vgpu::Fault fault_of(const cuda::CudaError& error, std::string kernel);

// ---- Textures: the array that holds the texels, how it is read, and the copies to and from it

enum class Binding : std::uint8_t { kTexture, kSurface };
base::Result<void> check_texture(const vgpu::Texture& texture);  // sizes, channels, and bytes of the texels
cuda::CUDA_ARRAY3D_DESCRIPTOR array_of(const vgpu::Texture& texture, Binding binding);
cuda::CUDA_TEXTURE_DESC reading_of(const vgpu::Texture& texture);
cuda::CUDA_MEMCPY3D upload_of(const vgpu::Texture& texture, const void* texels, cuda::CUarray array);
cuda::CUDA_MEMCPY3D download_of(const vgpu::Texture& texture, void* texels, cuda::CUarray array);
std::size_t texel_bytes(const vgpu::Texture& texture);  // of all of them

}  // namespace warpscope::device
