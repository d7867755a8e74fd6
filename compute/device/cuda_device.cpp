#include "compute/device/cuda_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "compute/device/cuda_rules.h"
#include "compute/device/cuda_state.h"

namespace warpscope::device {

using cuda::CudaError;
using cuda::CudaResult;
using cuda::CUresult;

// ---- State

CudaResult<void> CudaDevice::State::begin_work() {
  auto new_stream = cuda::make_stream(context);
  if (!new_stream) return tl::unexpected(new_stream.error());
  auto new_begin = cuda::make_event(context, cuda::EventUse::kTime);
  if (!new_begin) return tl::unexpected(new_begin.error());
  auto new_end = cuda::make_event(context, cuda::EventUse::kTime);
  if (!new_end) return tl::unexpected(new_end.error());
  stream = std::move(*new_stream);
  begin = std::move(*new_begin);
  end = std::move(*new_end);
  return {};
}

base::Result<void> CudaDevice::State::ready() const {
  if (lost) return tl::unexpected(*lost);
  if (auto fine = context->make_current(); !fine) return base::fail(fine.error().message);
  return {};
}

std::vector<const ptx::Module*> CudaDevice::State::module_pointers() const {
  std::vector<const ptx::Module*> pointers;
  for (const auto& module : modules) pointers.push_back(module.get());
  return pointers;
}

void* CudaDevice::State::landing_for(std::size_t bytes) {
  constexpr std::size_t kSmallest = 4U << 10, kLargest = 64U << 20;  // pinned memory is taken from all programs
  if (bytes < kSmallest || bytes > kLargest) return nullptr;
  if (bytes > landing_bytes) {
    landing = {};
    landing_bytes = 0;
    auto made = cuda::make_pinned_memory(context, bytes);
    if (!made) return nullptr;  // the copy takes the slower way
    landing = std::move(*made);
    landing_bytes = bytes;
  }
  return landing.get();
}

void CudaDevice::State::forget() {
  landing = {};
  landing_bytes = 0;
  buffers.clear();
  images.clear();
  modules.clear();
  loaded.clear();
  stream = {};
  begin = {};
  end = {};
}

base::Error CudaDevice::State::respond(const CudaError& error) {
  const cuda::ErrorKind kind = cuda::kind_of(error.code);
  if (kind == cuda::ErrorKind::kOther || lost) return {error.message, {}};
  CudaResult<void> back = tl::unexpected(error);
  // Also where the GPU is lost: so that nothing that was made in the context is given back to it.
  if (auto reset = context->reset(); kind == cuda::ErrorKind::kFault) back = std::move(reset);
  forget();
  if (back) back = begin_work();
  if (!back) {
    const std::string after = kind == cuda::ErrorKind::kFault ? fmt::format(" after: {}", error.message) : "";
    lost = base::Error{fmt::format("{} is lost: {}{}", gpu.name, back.error().message, after), {}};
    return *lost;
  }
  ++rebuilds;
  last_fault = error.message;
  return {fmt::format("{}. The GPU was set up anew; what was in its memory is gone", error.message), {}};
}

base::Result<void> CudaDevice::State::check(CUresult code, std::string_view what) {
  if (code == CUresult::kSuccess) return {};
  return tl::unexpected(respond(driver().error(code, what)));
}

base::Result<void> CudaDevice::State::check_range(Address address, std::uint64_t bytes, std::string_view verb) const {
  const auto after = buffers.upper_bound(address);
  if (after != buffers.begin()) {
    const auto& [start, buffer] = *std::prev(after);
    const std::uint64_t offset = address - start;
    if (offset <= buffer.size_bytes && bytes <= buffer.size_bytes - offset) return {};
    if (offset < buffer.size_bytes) {
      return base::fail(fmt::format("cannot {} {} bytes at byte {} of '{}', which has {}", verb, bytes, offset,
                                    buffer.name, buffer.size_bytes));
    }
  }
  const std::string gone =
      rebuilds > 0 ? fmt::format("; the GPU was set up anew after: {}", last_fault) : std::string();
  return base::fail(
      fmt::format("cannot {} {} bytes at 0x{:x}: nothing is allocated there{}", verb, bytes, address, gone));
}

// ---- The device

CudaDevice::CudaDevice(std::unique_ptr<State> state) : state_(std::move(state)) {}

CudaDevice::~CudaDevice() {
  // What it holds is given back in its own context, wherever this thread has been since.
  (void)state_->context->make_current();
}

base::Result<std::unique_ptr<CudaDevice>> CudaDevice::open(std::shared_ptr<const cuda::Driver> driver, cuda::Gpu gpu) {
  auto context = cuda::Context::open(std::move(driver), gpu.ordinal);
  if (!context) return base::fail(context.error().message);
  auto state = std::make_unique<State>();
  state->context = std::move(*context);
  state->gpu = std::move(gpu);
  state->sensors = cuda::Nvml::open().value_or(nullptr);
  if (auto fine = state->begin_work(); !fine) return base::fail(fine.error().message);
  return std::unique_ptr<CudaDevice>(new CudaDevice(std::move(state)));
}

std::string CudaDevice::name() const {
  return state_->gpu.name;
}

const cuda::Gpu& CudaDevice::gpu() const {
  return state_->gpu;
}

const cuda::Nvml* CudaDevice::sensors() const {
  return state_->sensors.get();
}

const std::shared_ptr<cuda::Context>& CudaDevice::context() const {
  return state_->context;
}

cuda::CUstream CudaDevice::stream() const {
  return state_->stream.get();
}

std::uint64_t CudaDevice::rebuilds() const {
  return state_->rebuilds;
}

std::optional<base::Error> CudaDevice::lost() const {
  return state_->lost;
}

base::Error CudaDevice::respond(const CudaError& error) {
  return state_->respond(error);
}

base::Result<Address> CudaDevice::allocate(std::uint64_t size_bytes, std::string name) {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return tl::unexpected(fine.error());
  auto memory = cuda::make_device_memory(s.context, std::max<std::uint64_t>(1, size_bytes));
  if (!memory) return tl::unexpected(s.respond(memory.error()));
  const Address address = memory->get();
  if (name.empty()) name = fmt::format("memory at 0x{:x}", address);
  s.buffers.insert_or_assign(address, State::Buffer{std::move(*memory), size_bytes, std::move(name)});
  return address;
}

base::Result<void> CudaDevice::free(Address address) {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return fine;
  if (auto fine = s.wait(nullptr); !fine) return tl::unexpected(s.respond(fine.error()));
  if (s.buffers.erase(address) == 0) {
    return base::fail(fmt::format("0x{:x} is not the beginning of anything that was allocated", address));
  }
  return {};
}

base::Result<void> CudaDevice::write(Address address, std::span<const std::uint8_t> bytes) {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return fine;
  if (auto fine = s.check_range(address, bytes.size(), "write"); !fine) return fine;
  if (bytes.empty()) return {};
  const CUresult code = s.driver()->cuMemcpyHtoDAsync_v2(address, bytes.data(), bytes.size(), s.stream.get());
  if (auto fine = s.check(code, "nothing can be written to the GPU"); !fine) return fine;
  if (auto fine = s.wait(nullptr); !fine) return tl::unexpected(s.respond(fine.error()));
  return {};
}

base::Result<void> CudaDevice::read(Address address, std::span<std::uint8_t> into) const {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return fine;
  if (auto fine = s.check_range(address, into.size(), "read"); !fine) return fine;
  if (into.empty()) return {};
  void* const landing = s.landing_for(into.size());
  void* const to = landing != nullptr ? landing : into.data();
  const CUresult code = s.driver()->cuMemcpyDtoHAsync_v2(to, address, into.size(), s.stream.get());
  if (auto fine = s.check(code, "nothing can be read from the GPU"); !fine) return fine;
  if (auto fine = s.wait(nullptr); !fine) return tl::unexpected(s.respond(fine.error()));
  if (landing != nullptr) std::memcpy(into.data(), landing, into.size());
  return {};
}

base::Result<void> CudaDevice::copy(Address to, Address from, std::uint64_t size_bytes) {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return fine;
  if (auto fine = s.check_range(from, size_bytes, "copy"); !fine) return fine;
  if (auto fine = s.check_range(to, size_bytes, "copy"); !fine) return fine;
  if (size_bytes == 0) return {};
  // Later work comes after it on the same stream: nobody waits.
  return s.check(s.driver()->cuMemcpyDtoDAsync_v2(to, from, size_bytes, s.stream.get()), "nothing can be copied");
}

base::Result<Address> CudaDevice::add_texture(vgpu::Texture texture) {
  return add(std::move(texture), false);
}

base::Result<Address> CudaDevice::add_surface(vgpu::Texture surface) {
  return add(std::move(surface), true);
}

base::Result<Address> CudaDevice::add(vgpu::Texture texture, bool surface) {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return tl::unexpected(fine.error());
  if (auto fine = check_texture(texture); !fine) return tl::unexpected(fine.error());
  const cuda::CUDA_ARRAY3D_DESCRIPTOR description = array_of(texture, surface ? Binding::kSurface : Binding::kTexture);
  cuda::CUarray array = nullptr;
  if (auto fine = s.check(s.driver()->cuArray3DCreate_v2(&array, &description), "no room for this texture"); !fine)
    return tl::unexpected(fine.error());
  State::Image image;
  image.array = cuda::Array(s.context, array);
  const cuda::CUDA_MEMCPY3D upload = upload_of(texture, texture.texels.data(), array);
  if (auto fine = s.check(s.driver()->cuMemcpy3D_v2(&upload), "the texels cannot be written"); !fine)
    return tl::unexpected(fine.error());
  cuda::CUDA_RESOURCE_DESC resource;
  resource.res.array.hArray = array;
  const cuda::CUDA_TEXTURE_DESC reading = reading_of(texture);
  Address handle = 0;
  const CUresult code =
      surface
          ? s.driver()->cuSurfObjectCreate(reinterpret_cast<cuda::CUsurfObject*>(&handle), &resource)
          : s.driver()->cuTexObjectCreate(reinterpret_cast<cuda::CUtexObject*>(&handle), &resource, &reading, nullptr);
  if (auto fine = s.check(code, "this texture cannot be made"); !fine) return tl::unexpected(fine.error());
  if (surface) {
    image.surface = cuda::SurfaceObject(s.context, handle);
  } else {
    image.texture = cuda::TextureObject(s.context, handle);
  }
  texture.texels = {};
  image.shape = std::move(texture);
  s.images.insert_or_assign(handle, std::move(image));
  return handle;
}

base::Result<std::vector<std::uint8_t>> CudaDevice::texels(Address texture) const {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return tl::unexpected(fine.error());
  const auto found = s.images.find(texture);
  if (found == s.images.end()) return base::fail(fmt::format("0x{:x} is no texture of this device", texture));
  if (auto fine = s.wait(nullptr); !fine) return tl::unexpected(s.respond(fine.error()));
  std::vector<std::uint8_t> texels(texel_bytes(found->second.shape));
  const cuda::CUDA_MEMCPY3D copy = download_of(found->second.shape, texels.data(), found->second.array.get());
  if (auto fine = s.check(s.driver()->cuMemcpy3D_v2(&copy), "the texels cannot be read"); !fine)
    return tl::unexpected(fine.error());
  return texels;
}

tl::expected<void, std::vector<base::Error>> CudaDevice::load_all(
    std::vector<std::shared_ptr<const ptx::Module>> modules) {
  State& s = *state_;
  const auto refused = [](base::Error error) { return tl::unexpected(std::vector{std::move(error)}); };
  if (auto fine = s.ready(); !fine) return refused(fine.error());
  if (auto unique = check_names(modules); !unique) return refused(unique.error());
  if (auto fine = s.wait(nullptr); !fine) return refused(s.respond(fine.error()));
  std::vector<cuda::ModuleHandle> loaded;
  for (const auto& module : modules) {
    auto made = cuda::make_module(s.context, ptx_text_of(*module));
    if (!made) {
      base::Error error = s.respond(made.error());
      error.where.file = module->file;
      return refused(std::move(error));
    }
    loaded.push_back(std::move(*made));
  }
  s.loaded = std::move(loaded);
  s.modules = std::move(modules);
  ++s.loads;
  return {};
}

base::Result<void> CudaDevice::set_symbol(std::string_view name, std::span<const std::uint8_t> bytes) {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return fine;
  const auto variable = check_symbol(s.module_pointers(), name, bytes.size());
  if (!variable) return tl::unexpected(variable.error());
  cuda::CUdeviceptr address = 0;
  std::size_t size = 0;
  const CUresult found =
      s.driver()->cuModuleGetGlobal_v2(&address, &size, s.loaded[variable->module].get(), std::string(name).c_str());
  if (auto fine = s.check(found, fmt::format("the GPU does not know the variable '{}'", name)); !fine) return fine;
  const CUresult code = s.driver()->cuMemcpyHtoDAsync_v2(address, bytes.data(), bytes.size(), s.stream.get());
  if (auto fine = s.check(code, fmt::format("'{}' cannot be written", name)); !fine) return fine;
  if (auto fine = s.wait(nullptr); !fine) return tl::unexpected(s.respond(fine.error()));
  return {};
}

}  // namespace warpscope::device
