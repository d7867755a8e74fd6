#include "compute/session/map_code.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/base/paths.h"
#include "compute/cuda/compiler.h"
#include "compute/device/virtual_device.h"
#include "compute/session/kernel_run.h"
#include "compute/session/step_recording.h"
#include "compute/session/step_source.h"

namespace warpscope::session {
namespace fs = std::filesystem;
namespace {

using Code = base::Result<std::shared_ptr<const MapCode>>;

base::Error first_of(const KernelRunError& error) {
  return error.errors.empty() ? base::Error{"it cannot be compiled", {}} : error.errors.front();
}

// What is launched as the catalogue says: its arguments by their names.
StepLaunch launch_of(const kernels::Kernel& kernel) {
  StepLaunch launch;
  launch.kernel = kernel.name;
  launch.grid = kernel.grid;
  launch.block = kernel.block;
  launch.dynamic_shared_bytes = kernel.shared_bytes;
  const auto take = [](const kernels::NamedInput& input) {
    StepArgument argument;
    argument.name = input.name;
    argument.spec = input.spec;
    return argument;
  };
  for (const kernels::NamedInput& input : kernel.arguments) launch.arguments.push_back(take(input));
  for (const kernels::NamedInput& input : kernel.symbols) launch.symbols.push_back(take(input));
  return launch;
}

base::Result<void> read_shipped(MapCode& code) {
  const std::string& name = code.source.kernel;
  const kernels::MapKernel* const map = kernels::find_map_kernel(name);
  // Several entries of the SM map may launch the same kernel.
  code.shipped = kernels::find_kernel(map != nullptr ? map->entry : std::string_view(name));
  if (code.shipped == nullptr) {
    std::string all;
    for (const kernels::MapKernel& each : kernels::map_kernels()) {
      all += fmt::format("{}{}", all.empty() ? "" : ", ", each.kernel.name);
    }
    return base::fail(fmt::format("there is no kernel '{}' among those that ship; the SM map offers {}", name, all));
  }
  if (!code.source.launch) code.map = map;
  // One of several in its file, which Step names after the first.
  const kernels::Kernel* const beside =
      code.source.launch ? kernels::neighbour(*code.shipped, code.source.launch->kernel) : nullptr;
  if (beside != nullptr) code.shipped = beside;
  const kernels::Kernel& launched = code.map != nullptr ? code.map->kernel : *code.shipped;
  const auto asset = base::find_asset(kernels::ptx_asset(launched, kernels::Flavour::kOptimised));
  if (!asset) return tl::unexpected(asset.error());
  auto file = read_kernel_file(*asset, CompileFor::kSpeed);
  if (!file) return tl::unexpected(first_of(file.error()));
  code.module = std::move(file->module);
  code.entry = code.shipped->name;
  code.title = launched.title;
  code.source_name = fs::path(kernels::source_path(launched)).filename().string();
  code.launch = code.source.launch ? *code.source.launch : launch_of(launched);
  return {};
}

// Guesses are better where the parameters have names: those are in what is compiled for debugging.
StepLaunch guessed_launch(const MapCode& code, const std::string& text, const std::atomic<bool>* stop) {
  if (code.source.file.extension() == ".cu") {
    const auto debugged = read_kernel_text(code.source.file, text, CompileFor::kDebugging, stop);
    if (debugged) return default_launch(*debugged->module, code.entry, nullptr);
  }
  return default_launch(*code.module, code.entry, nullptr);
}

base::Result<void> read_own(MapCode& code, int capability, const std::atomic<bool>* stop) {
  const fs::path& path = code.source.file;
  auto text = read_whole_file(path);
  if (!text) return tl::unexpected(text.error());
  auto file = read_kernel_text(path, *text, CompileFor::kSpeed, stop, capability);
  if (!file) return tl::unexpected(first_of(file.error()));
  code.module = std::move(file->module);
  const std::vector<std::string> names = device::kernels_of(*code.module);
  // The first one that is there, where none is named.
  auto entry = code.source.kernel.empty() && !names.empty() ? tl::expected<std::string, KernelRunError>(names.front())
                                                            : choose_kernel(*code.module, code.source.kernel);
  if (!entry) return tl::unexpected(first_of(entry.error()));
  code.entry = std::move(*entry);
  code.title = readable_kernel_name(code.entry);
  code.source_name = path.filename().string();
  code.launch = code.source.launch ? *code.source.launch : guessed_launch(code, *text, stop);
  return {};
}

// What the virtual GPU makes of it: how much shared memory, and which lines.
base::Result<void> decode(MapCode& code) {
  device::VirtualDevice device;
  if (const auto loaded = device.load(code.module); !loaded) return tl::unexpected(loaded.error().front());
  const vgpu::Program& program = *device.program();
  const int function = program.find_function(code.entry);
  if (function < 0) return base::fail(fmt::format("there is no kernel '{}' in {}", code.entry, code.module->file));
  code.static_shared = program.functions[static_cast<std::size_t>(function)].static_shared_bytes;
  code.lines = vgpu::SourceMap(program);
  return {};
}

// Which bytes a file holds, as far as its size and time tell.
std::string text_of(const fs::path& file) {
  std::error_code ignored;
  const auto written = fs::last_write_time(file, ignored).time_since_epoch().count();
  return fmt::format("{}|{}|{}", file.string(), written, fs::file_size(file, ignored));
}

std::string text_of(const StepArgument& argument) {
  const std::size_t file = argument.spec.find('@');
  return fmt::format("|{}={}{}", argument.name, argument.spec,
                     file == std::string::npos ? "" : "|" + text_of(fs::path(argument.spec.substr(file + 1))));
}

std::string text_of(const StepLaunch& launch) {
  std::string text = fmt::format("{}|{},{},{}|{},{},{}|{}", launch.kernel, launch.grid.x, launch.grid.y, launch.grid.z,
                                 launch.block.x, launch.block.y, launch.block.z, launch.dynamic_shared_bytes);
  for (const StepArgument& argument : launch.arguments) text += text_of(argument);
  for (const StepArgument& symbol : launch.symbols) text += text_of(symbol);
  return text;
}

}  // namespace

Code read_map_code(const MapSource& source, int capability, const std::atomic<bool>* stop) {
  auto code = std::make_shared<MapCode>();
  code->source = source;
  const bool own = !source.file.empty();
  if (auto read = own ? read_own(*code, capability, stop) : read_shipped(*code); !read) {
    return tl::unexpected(read.error());
  }
  code->launch.kernel = code->entry;
  code->launch.only_block.reset();
  if (auto done = decode(*code); !done) return tl::unexpected(done.error());
  return code;
}

std::string identity_of(const MapSource& source, int capability) {
  std::string text = source.kernel;
  if (!source.file.empty()) text += fmt::format("|{}|{}", text_of(source.file), capability);
  if (source.launch) text += "|" + text_of(*source.launch);
  return text;
}

}  // namespace warpscope::session
