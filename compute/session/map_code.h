// session/map_code.h: a kernel as the SM map knows it before any launch: its text, the launch it has by itself, and
// whether another block would do. Floor 5. Immutable once read; reading may compile, which blocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/session/map_view.h"

namespace warpscope::session {

struct MapCode {
  MapSource source;
  std::string title;        // "Matrix product in strips"
  std::string entry;        // as the module names it
  std::string source_name;  // "matmul_strip.cu"
  const kernels::Kernel* shipped = nullptr;
  const kernels::MapKernel* map = nullptr;  // launched as it says; null: as `launch` says
  StepLaunch launch;                        // what it has by itself
  std::shared_ptr<const ptx::Module> module;
  std::uint64_t static_shared = 0;
  vgpu::SourceMap lines;
};

// `capability`: that CUDA C++ is compiled for, at most; 90 is the newest that the virtual GPU executes. The error says
// what there is instead of a kernel that is not there, or what the compiler said, at its place.
base::Result<std::shared_ptr<const MapCode>> read_map_code(const MapSource& source, int capability = 90,
                                                           const std::atomic<bool>* stop = nullptr);
// Equal texts: reading again gives the same. Looks at the file's size and time.
std::string identity_of(const MapSource& source, int capability = 90);

// Its launch with another block or grid. What is not asked for is its own.
struct MapShape {
  base::Dim3 grid, block;
  std::uint64_t dynamic_shared = 0;
  std::string block_note;  // why it cannot have the block, or any other than its own; "": it can
};
MapShape shape_of(const MapCode& code, const std::optional<base::Dim3>& grid, const std::optional<int>& block_threads);

// Why a kernel nobody described cannot be launched with wider blocks and as many threads; "" where it can: it asks for
// the width of its block and for no other dimension of it.
std::string why_block_is_fixed(const ptx::Module& module, const std::string& entry, const base::Dim3& block);

}  // namespace warpscope::session
