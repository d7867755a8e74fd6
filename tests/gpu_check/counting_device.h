// tests/gpu_check/counting_device.h: a device whose copies over the bus are counted.
#pragma once

#include "compute/device/device.h"

namespace warpscope::gpu_check {

class CountingDevice final : public device::Device {
 public:
  explicit CountingDevice(device::Device& device) : device_(device) {}

  std::uint64_t bytes() const { return bytes_; }  // to and from the device since reset()
  void reset() { bytes_ = 0; }

  std::string_view kind() const override { return device_.kind(); }
  std::string name() const override { return device_.name(); }
  base::Result<device::Address> allocate(std::uint64_t size_bytes, std::string name) override {
    return device_.allocate(size_bytes, std::move(name));
  }
  base::Result<void> free(device::Address address) override { return device_.free(address); }
  base::Result<void> write(device::Address address, std::span<const std::uint8_t> bytes) override {
    bytes_ += bytes.size();
    return device_.write(address, bytes);
  }
  base::Result<void> read(device::Address address, std::span<std::uint8_t> into) const override {
    bytes_ += into.size();
    return device_.read(address, into);
  }
  base::Result<device::Address> add_texture(vgpu::Texture texture) override {
    bytes_ += texture.texels.size();
    return device_.add_texture(std::move(texture));
  }
  base::Result<device::Address> add_surface(vgpu::Texture surface) override {
    bytes_ += surface.texels.size();
    return device_.add_surface(std::move(surface));
  }
  base::Result<std::vector<std::uint8_t>> texels(device::Address texture) const override {
    auto texels = device_.texels(texture);
    if (texels) bytes_ += texels->size();
    return texels;
  }
  tl::expected<void, std::vector<base::Error>> load_all(
      std::vector<std::shared_ptr<const ptx::Module>> modules) override {
    return device_.load_all(std::move(modules));
  }
  base::Result<void> copy(device::Address to, device::Address from, std::uint64_t size_bytes) override {
    return device_.copy(to, from, size_bytes);
  }
  base::Result<void> set_symbol(std::string_view name, std::span<const std::uint8_t> bytes) override {
    bytes_ += bytes.size();
    return device_.set_symbol(name, bytes);
  }
  base::Result<device::LaunchReport> launch(const device::LaunchRequest& request,
                                            const device::LaunchOptions& options) override {
    return device_.launch(request, options);
  }
  base::Result<std::unique_ptr<device::Sequence>> record(std::vector<device::LaunchRequest> launches) override {
    return device_.record(std::move(launches));
  }
  std::uint64_t rebuilds() const override { return device_.rebuilds(); }
  std::optional<base::Error> lost() const override { return device_.lost(); }

 private:
  device::Device& device_;
  mutable std::uint64_t bytes_ = 0;
};

}  // namespace warpscope::gpu_check
