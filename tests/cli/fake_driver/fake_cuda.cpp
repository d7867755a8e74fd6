// A libcuda.so.1 that answers as an NVIDIA driver does, for machines that have none. $FAKE_CUDA says which machine it
// plays: "two" GPUs, "none", or "broken".
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr int kSuccess = 0, kInvalidValue = 1, kNoDevice = 100;

std::string_view machine() {
  const char* name = std::getenv("FAKE_CUDA");
  return name ? name : "two";
}

}  // namespace

extern "C" {

int cuInit(unsigned) {
  return machine() == "broken" ? kNoDevice : kSuccess;
}

int cuDriverGetVersion(int* version) {
  *version = 12040;
  return kSuccess;
}

int cuDeviceGetCount(int* count) {
  *count = machine() == "two" ? 2 : 0;
  return kSuccess;
}

int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal + 40;  // a device is a handle, not its ordinal
  return kSuccess;
}

int cuDeviceGetName(char* name, int length, int device) {
  std::strncpy(name, device == 40 ? "NVIDIA Imaginary 1" : "NVIDIA Imaginary 2", static_cast<std::size_t>(length));
  return kSuccess;
}

int cuDeviceGetAttribute(int* value, int attribute, int device) {
  if (attribute != 75 && attribute != 76) return kInvalidValue;  // compute capability, major and minor
  *value = attribute == 75 ? 9 : device - 40;
  return kSuccess;
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  *bytes = std::size_t{24} << 30;
  return kSuccess;
}

int cuGetErrorName(int error, const char** name) {
  *name = error == kNoDevice ? "CUDA_ERROR_NO_DEVICE" : nullptr;
  return *name ? kSuccess : kInvalidValue;
}
}
