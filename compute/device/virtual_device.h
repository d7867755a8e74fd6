// device/virtual_device.h: the virtual GPU as a Device. Floor 3. Owned by one thread.
#pragma once

#include "compute/device/device.h"
#include "compute/vgpu/machine.h"

namespace warpscope::device {

class VirtualDevice final : public Device {
 public:
  // `limit_bytes`: of device memory.
  explicit VirtualDevice(std::uint64_t limit_bytes = 8ULL << 30) : memory_(limit_bytes) {}

  std::string_view kind() const override { return "virtual"; }
  std::string name() const override;
  base::Result<Address> allocate(std::uint64_t size_bytes, std::string name) override;
  base::Result<void> free(Address address) override;
  base::Result<void> write(Address address, std::span<const std::uint8_t> bytes) override;
  base::Result<void> read(Address address, std::span<std::uint8_t> into) const override;
  base::Result<void> copy(Address to, Address from, std::uint64_t size_bytes) override;
  base::Result<Address> add_texture(vgpu::Texture texture) override;
  base::Result<std::vector<std::uint8_t>> texels(Address texture) const override;
  tl::expected<void, std::vector<base::Error>> load_all(
      std::vector<std::shared_ptr<const ptx::Module>> modules) override;
  base::Result<void> set_symbol(std::string_view name, std::span<const std::uint8_t> bytes) override;
  base::Result<LaunchReport> launch(const LaunchRequest& request, const LaunchOptions& options) override;
  base::Result<std::unique_ptr<Sequence>> record(std::vector<LaunchRequest> launches) override;

  // The launch that launch() would make, for who steps through it instead.
  base::Result<vgpu::Launch> prepare(const LaunchRequest& request) const;
  // Of the first module that is loaded; null: none is.
  std::shared_ptr<const vgpu::Program> program() const { return programs_.empty() ? nullptr : programs_.front(); }
  const vgpu::GlobalMemory& memory() const { return memory_; }
  const vgpu::TextureTable& textures() const { return textures_; }

 private:
  // The program that a request's kernel belongs to.
  base::Result<std::shared_ptr<const vgpu::Program>> program_of(const LaunchRequest& request) const;
  void free_variables(const vgpu::Program& program);

  vgpu::GlobalMemory memory_;
  vgpu::TextureTable textures_;
  std::vector<std::shared_ptr<const vgpu::Program>> programs_;  // one a module
};

}  // namespace warpscope::device
