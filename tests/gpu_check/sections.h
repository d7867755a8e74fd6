// tests/gpu_check/sections.h: the parts of the check. Each compares a GPU with the virtual GPU or measures it; a GPU
// that breaks on the way makes failed rows, never an end.
#pragma once

#include <filesystem>

#include "compute/device/cuda_device.h"
#include "tests/gpu_check/report.h"

namespace warpscope::gpu_check {

// What is done about figures. Where a GPU is only pretended they are rehearsed: small pictures, nothing judged.
enum class Figures { kNone, kRehearsed, kJudged };

// Every kernel of the catalogue, optimised and for debugging, with its own launch.
Section check_kernels(device::CudaDevice& gpu);
// Every file of tests/vgpu/opcodes.
Section check_opcodes(device::CudaDevice& gpu, const std::filesystem::path& cases);
// Every variant of the Convolve workspace, on chains of stages.
Section check_convolutions(device::CudaDevice& gpu);
// The SM map's launches with their warps traced: results, SMs, how much longer they take. Rehearsed with small grids.
Section trace_kernels(device::CudaDevice& gpu, Figures figures);
// The cycle model's microbenchmarks, with what the model says of this GPU. Rehearsed: a few, on one SM.
Section measure_timing(device::CudaDevice& gpu, Figures figures);
// Networks trained by our kernels: right, as fast as asked, beside PyTorch. Rehearsed with a few pictures.
Section measure_training(device::CudaDevice& gpu, Figures figures);
// A frame in a texture of OpenGL, read back; and how many a second.
Section check_interop(device::CudaDevice& gpu, Figures figures);
// Bandwidth, and frames of 3840 x 2160 through a 5 x 5 filter.
Section measure_figures(device::CudaDevice& gpu, Figures figures);

}  // namespace warpscope::gpu_check
