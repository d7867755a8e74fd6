#include "compute/session/microscope_launch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <system_error>

#include "compute/kernels/inputs.h"
#include "compute/session/step_recording.h"
#include "compute/session/step_source.h"

namespace warpscope::session {
namespace fs = std::filesystem;

using training::FrozenArgument;
using training::FrozenLaunch;

namespace {

constexpr std::uint64_t kWholeGrid = 8;  // blocks; of a longer one a single block tells as much

template <class T>
T value_of(const std::vector<std::uint8_t>& bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

// `like`: an argument for the same parameter, which begins with its type.
std::string value_spec(const std::vector<std::uint8_t>& bytes, const std::string& like) {
  const std::string type = like.substr(0, like.find(':'));
  if (bytes.size() == 4 && type == "i32") return fmt::format("i32:{}", value_of<std::int32_t>(bytes));
  if (bytes.size() == 4 && type == "u32") return fmt::format("u32:{}", value_of<std::uint32_t>(bytes));
  if (bytes.size() == 4 && type == "f32") return fmt::format("f32:{}", value_of<float>(bytes));
  return fmt::format("bytes:{:02x}", fmt::join(bytes, ""));
}

// An earlier parameter that has the same address; -1: none.
int same_address(const FrozenLaunch& frozen, std::size_t index) {
  const FrozenArgument& argument = frozen.arguments[index];
  for (std::size_t i = 0; i < index; ++i) {
    const FrozenArgument& earlier = frozen.arguments[i];
    if (earlier.tensor && earlier.tensor->name == argument.tensor->name &&
        earlier.offset_bytes == argument.offset_bytes)
      return static_cast<int>(i);
  }
  return -1;
}

base::Result<std::string> spec_of(const FrozenLaunch& frozen, std::size_t index, const std::string& like,
                                  const LaunchPlace& place, const MicroscopeFiles& files) {
  const FrozenArgument& argument = frozen.arguments[index];
  if (!argument.tensor) return argument.value.empty() ? std::string("null") : value_spec(argument.value, like);
  if (const int same = same_address(frozen, index); same >= 0) return fmt::format("same:{}", same);
  const std::string name = fmt::format("step{}-launch{:02}-{}", place.step, place.launch, argument.name);
  const auto file = files.write(name, bytes_of(argument));
  if (!file) return tl::unexpected(file.error());
  return fmt::format("buf:{}:@{}", training::text_of(argument.tensor->type), file->string());
}

}  // namespace

void MicroscopeFiles::clear() const {
  std::error_code not_there;
  fs::remove_all(folder_, not_there);
}

base::Result<fs::path> MicroscopeFiles::write(const std::string& name, std::span<const std::uint8_t> bytes) const {
  std::error_code failure;
  fs::create_directories(folder_, failure);
  const fs::path file = folder_ / (name + ".raw"), part = folder_ / (name + ".part");
  std::ofstream out(part, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out) fs::rename(part, file, failure);
  if (!out || failure) {
    std::error_code ignored;
    fs::remove(part, ignored);
    return base::fail(
        fmt::format("the tensors of this launch could not be written to {}: is the disk full, or the folder read-only?",
                    folder_.string()));
  }
  return file;
}

std::span<const std::uint8_t> bytes_of(const FrozenArgument& argument) {
  const std::span<const std::uint8_t> all = *argument.tensor->bytes;
  return all.subspan(std::min<std::size_t>(all.size(), argument.offset_bytes));
}

base::Result<StepLaunch> open_launch(const FrozenLaunch& frozen, const LaunchPlace& place,
                                     const MicroscopeFiles& files) {
  const std::string& kernel = frozen.plan.kernel;
  const auto opened = open_source(kernel, {});
  if (!opened) return tl::unexpected(opened.error());
  const auto compiled = compile_source(*opened->source, nullptr);
  if (!compiled) return base::fail(compiled.error().empty() ? "it does not compile" : compiled.error().front().message);
  StepLaunch launch = default_launch(*compiled->module, kernel, opened->source->shipped);
  if (launch.arguments.size() != frozen.arguments.size()) {
    return base::fail(fmt::format("'{}' takes {} arguments when it is compiled for debugging, and {} otherwise", kernel,
                                  launch.arguments.size(), frozen.arguments.size()));
  }
  for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
    StepArgument& argument = launch.arguments[i];
    auto spec = spec_of(frozen, i, argument.spec, place, files);
    if (!spec) return tl::unexpected(spec.error());
    argument.spec = std::move(*spec);
    argument.is_guess = false;
  }
  const base::Dim3& grid = frozen.plan.grid;
  launch.grid = grid;
  launch.block = frozen.plan.block;
  launch.dynamic_shared_bytes = frozen.plan.dynamic_shared_bytes;
  if (grid.count() > kWholeGrid) {
    const std::uint64_t row = std::uint64_t{grid.z / 2} * grid.y + grid.y / 2;
    launch.only_block = row * grid.x + grid.x / 2;
  }
  return launch;
}

}  // namespace warpscope::session
