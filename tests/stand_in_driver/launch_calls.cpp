// Launches, on the virtual GPU.
#include <cstring>
#include <vector>

#include "tests/stand_in_driver/driver.h"
#include "tests/stand_in_driver/exports.h"
#include "tests/stand_in_driver/textures.h"

namespace warpscope::stand_in {
namespace {

constexpr std::uint32_t kMultiprocessors = 16;  // as cuDeviceGetAttribute says

CUresult result_of(vgpu::FaultKind kind) {
  switch (kind) {
    case vgpu::FaultKind::kOutOfBounds:
    case vgpu::FaultKind::kReadOnly:
      return CUresult::kIllegalAddress;
    case vgpu::FaultKind::kMisaligned:
      return CUresult::kMisalignedAddress;
    case vgpu::FaultKind::kTrap:
      return CUresult::kLaunchFailed;
    case vgpu::FaultKind::kAssert:
      return CUresult::kAssert;
    case vgpu::FaultKind::kDeadlock:
    case vgpu::FaultKind::kStepLimit:
      return CUresult::kLaunchTimeout;
    case vgpu::FaultKind::kBadCall:
      return CUresult::kInvalidPc;
    case vgpu::FaultKind::kStackOverflow:
      return CUresult::kHardwareStackError;
    case vgpu::FaultKind::kBadOperand:
    case vgpu::FaultKind::kUnsupported:
      return CUresult::kIllegalInstruction;
  }
  return CUresult::kUnknown;
}

// A fault shows in what is asked next, as where the launch itself has long returned.
CUresult run(Context& context, const std::shared_ptr<const vgpu::Program>& program, const vgpu::Launch& launch) {
  Driver& driver = Driver::instance();
  if (const auto code = driver.control.injected(kKernelFault)) {
    context.broken = static_cast<CUresult>(*code);
    return CUresult::kSuccess;
  }
  take_arrays(context);
  vgpu::RunOptions options;
  options.threads = 0;
  options.max_steps = driver.control.settings().max_steps;
  const vgpu::RunReport report = vgpu::run(program, launch, context.memory, context.textures, options);
  context.memory.assume_all_written();
  context.printed += report.printed;
  put_back_surfaces(context);
  if (report.fault) context.broken = result_of(report.fault->kind);
  return CUresult::kSuccess;
}

// The parameter block, as the caller's pointers to each parameter or as one buffer of all.
CUresult take_parameters(const Function& function, void** parameters, void** extra, std::vector<std::uint8_t>& block) {
  const vgpu::FunctionCode& code = function.program->functions[static_cast<std::size_t>(function.index)];
  const auto& declared = function.program->module->functions[static_cast<std::size_t>(code.source)].parameters;
  block.resize(code.parameter_bytes);
  if (extra != nullptr) return CUresult::kNotSupported;
  if (parameters == nullptr && !declared.empty()) return CUresult::kInvalidValue;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    std::memcpy(block.data() + code.parameter_offsets[i], parameters[i], declared[i].size_bytes);
  }
  return CUresult::kSuccess;
}

CUresult launch(Context& context, cuda::CUfunction handle, const vgpu::Launch& shape, cuda::CUstream stream,
                void** parameters, void** extra) {
  const Function* function = context.functions.find(handle);
  if (function == nullptr) return CUresult::kInvalidHandle;
  if (shape.dynamic_shared_bytes > static_cast<std::uint32_t>(function->max_dynamic_shared_bytes)) {
    return CUresult::kInvalidValue;
  }
  vgpu::Launch made = shape;
  made.function = function->index;
  made.multiprocessors = kMultiprocessors;
  if (const auto r = take_parameters(*function, parameters, extra, made.parameters); r != CUresult::kSuccess) return r;
  const vgpu::FunctionCode& code = function->program->functions[static_cast<std::size_t>(function->index)];
  if (!code.refused.empty()) return CUresult::kNotSupported;
  if (!vgpu::check_launch(*function->program, made)) return CUresult::kInvalidValue;
  return context.enqueue(stream, [program = function->program, made = std::move(made)](Context& c) {
    return c.broken == CUresult::kSuccess ? run(c, program, made) : c.broken;
  });
}

}  // namespace
}  // namespace warpscope::stand_in

namespace warpscope::cuda {

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream, void** parameters,
                        void** extra) {
  return stand_in::context_call(__func__, [&](stand_in::Context& context) {
    vgpu::Launch shape;
    shape.grid = {grid_x, grid_y, grid_z};
    shape.block = {block_x, block_y, block_z};
    shape.dynamic_shared_bytes = shared_bytes;
    return stand_in::launch(context, function, shape, stream, parameters, extra);
  });
}

}  // namespace warpscope::cuda
