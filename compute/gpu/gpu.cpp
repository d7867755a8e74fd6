#include "compute/gpu/gpu.h"

#include <fmt/format.h>

#include <charconv>
#include <numeric>

namespace warpscope::gpu {

std::string text_of(ComputeCapability capability) {
  return fmt::format("{}.{}", capability.major, capability.minor);
}

base::Result<ComputeCapability> parse_capability(std::string_view text) {
  ComputeCapability found;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, found.major);
  if (major.ec == std::errc() && major.ptr != end && *major.ptr == '.') {
    const auto minor = std::from_chars(major.ptr + 1, end, found.minor);
    if (minor.ec == std::errc() && minor.ptr == end && minor.ptr == major.ptr + 2) return found;
  }
  return base::fail(fmt::format("'{}' is no compute capability; one is two numbers, as in 8.6", text));
}

int Gpu::sms() const {
  return std::accumulate(gpcs.begin(), gpcs.end(), 0);
}

}  // namespace warpscope::gpu
