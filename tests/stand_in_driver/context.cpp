#include "tests/stand_in_driver/context.h"

#include <cstdio>
#include <cstdlib>

namespace warpscope::stand_in {

Context::~Context() {
  for (const auto& [memory_block, bytes] : pinned) std::free(memory_block);
}

CUresult Context::enqueue(cuda::CUstream stream, Operation operation) {
  if (is_default_stream(stream)) {
    // The default stream waits for the others, which a capture cannot record.
    if (const CUresult result = outside_captures(); result != CUresult::kSuccess) return result;
    return operation(*this);
  }
  const Stream* found = streams.find(stream);
  if (found == nullptr) return CUresult::kInvalidHandle;
  if (found->capture == nullptr) return operation(*this);
  if (found->capture->invalidated) return CUresult::kStreamCaptureInvalidated;
  found->capture->operations.push_back(std::move(operation));
  return CUresult::kSuccess;
}

CUresult Context::outside_captures() {
  CUresult result = CUresult::kSuccess;
  for (const auto& [number, stream] : streams) {
    Capture* capture = stream->capture.get();
    if (capture == nullptr || capture->mode == cuda::CUstreamCaptureMode::kRelaxed) continue;
    if (capture->mode == cuda::CUstreamCaptureMode::kThreadLocal && capture->thread != std::this_thread::get_id()) {
      continue;
    }
    capture->invalidated = true;
    result = CUresult::kStreamCaptureUnsupported;
  }
  return result;
}

CUresult Context::settled(cuda::CUstream stream) {
  if (is_default_stream(stream)) return outside_captures();
  const Stream* found = streams.find(stream);
  if (found == nullptr) return CUresult::kInvalidHandle;
  if (found->capture == nullptr) return CUresult::kSuccess;
  found->capture->invalidated = true;
  return CUresult::kStreamCaptureUnsupported;
}

void Context::show_printed() {
  if (printed.empty()) return;
  std::fwrite(printed.data(), 1, printed.size(), stdout);
  std::fflush(stdout);
  printed.clear();
}

}  // namespace warpscope::stand_in
