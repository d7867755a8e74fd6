// device/cuda_device.h: an NVIDIA GPU as a Device. Floor 3. Owned by one thread.
// Buffers are not zeroed. printf() of a kernel goes to the process's standard output, as CUDA does it. A kernel cannot
// be stopped: where a launch's stop flag is set it returns at once as stopped, the kernel goes on, and the next call
// waits for it.
// A kernel that faults takes the whole context with it. The device is then set up anew before the call returns:
// rebuilds() goes up, and memory, textures, module and sequences of before are gone. Where that fails, or the GPU is
// gone, lost() says why and every later call fails.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "compute/cuda/context.h"
#include "compute/cuda/gpus.h"
#include "compute/cuda/nvml.h"
#include "compute/device/device.h"

namespace warpscope::device {

class CudaDevice final : public Device {
 public:
  // `gpu`: of cuda::list_gpus().
  static base::Result<std::unique_ptr<CudaDevice>> open(std::shared_ptr<const cuda::Driver> driver, cuda::Gpu gpu);
  ~CudaDevice() override;
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;

  std::string_view kind() const override { return "cuda"; }
  std::string name() const override;
  base::Result<Address> allocate(std::uint64_t size_bytes, std::string name) override;
  base::Result<void> free(Address address) override;
  base::Result<void> write(Address address, std::span<const std::uint8_t> bytes) override;
  base::Result<void> read(Address address, std::span<std::uint8_t> into) const override;
  base::Result<void> copy(Address to, Address from, std::uint64_t size_bytes) override;
  base::Result<Address> add_texture(vgpu::Texture texture) override;
  base::Result<Address> add_surface(vgpu::Texture surface) override;
  base::Result<std::vector<std::uint8_t>> texels(Address texture) const override;
  tl::expected<void, std::vector<base::Error>> load_all(
      std::vector<std::shared_ptr<const ptx::Module>> modules) override;
  base::Result<void> set_symbol(std::string_view name, std::span<const std::uint8_t> bytes) override;
  base::Result<LaunchReport> launch(const LaunchRequest& request, const LaunchOptions& options) override;
  base::Result<std::unique_ptr<Sequence>> record(std::vector<LaunchRequest> launches) override;
  std::uint64_t rebuilds() const override;
  std::optional<base::Error> lost() const override;

  const cuda::Gpu& gpu() const;
  const cuda::Nvml* sensors() const;  // null where NVML is not there
  // For those who put more on the GPU between launches (cuda/gl_port.h). The stream is another one after a rebuild.
  const std::shared_ptr<cuda::Context>& context() const;
  cuda::CUstream stream() const;
  // An error of theirs: what launch() would do about it (set up anew, or lost), and the error as this device tells it.
  base::Error respond(const cuda::CudaError& error);

  struct State;

 private:
  explicit CudaDevice(std::unique_ptr<State> state);
  base::Result<Address> add(vgpu::Texture texture, bool surface);

  std::unique_ptr<State> state_;
};

}  // namespace warpscope::device
