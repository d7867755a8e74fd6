#include "compute/session/kernel_run.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "compute/cuda/compiler.h"
#include "compute/ptx/parser.h"

namespace warpscope::session {
namespace fs = std::filesystem;
namespace {

using Outcome = tl::expected<void, KernelRunError>;

// What CUDA C++ is compiled for: the virtual GPU executes what PTX offers up to here.
constexpr const char* kArchitecture = "compute_90";

tl::unexpected<KernelRunError> problem(RunProblem kind, base::Error error) {
  return tl::unexpected(KernelRunError{kind, {std::move(error)}});
}

tl::unexpected<KernelRunError> bad_input(std::string message) {
  return problem(RunProblem::kBadInput, {std::move(message), {}});
}

base::Result<std::string> read_text(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored))
    return base::fail("this is a folder; a .ptx or .cu file is needed", {file.string()});
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail("this file cannot be read", {file.string()});
  return std::string(std::istreambuf_iterator<char>(in), {});
}

tl::expected<std::string, KernelRunError> choose_kernel(const ptx::Module& module, const std::string& asked) {
  const std::vector<std::string> names = device::kernels_of(module);
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  if (names.empty()) return bad_input(fmt::format("{}: there is no kernel (.entry) in this file", module.file));
  if (asked.empty() && names.size() == 1) return names.front();
  for (const std::string& name : names) {
    if (name == asked) return name;
  }
  return bad_input(asked.empty()
                       ? fmt::format("{}: say which with --kernel; the kernels are: {}", module.file, list)
                       : fmt::format("{}: there is no kernel '{}'; the kernels are: {}", module.file, asked, list));
}

// An argument on the device.
struct Placed {
  std::vector<std::uint8_t> bytes;  // of the parameter
  device::Address address = 0;      // of a buffer or surface; 0: none
  std::uint64_t size_bytes = 0;
  bool surface = false;
};

std::vector<std::uint8_t> bytes_of(std::uint64_t value) {
  std::vector<std::uint8_t> bytes(8);
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

base::Result<Placed> place_buffer(device::Device& device, const kernels::Argument& argument, int index) {
  Placed placed;
  const auto address = device.allocate(argument.bytes.size(), fmt::format("argument {}", index));
  if (!address) return tl::unexpected(address.error());
  if (auto done = device.write(*address, argument.bytes); !done) return tl::unexpected(done.error());
  placed.address = *address;
  placed.size_bytes = argument.bytes.size();
  placed.bytes = bytes_of(*address);
  return placed;
}

base::Result<Placed> place(device::Device& device, const kernels::Argument& argument, int index,
                           const std::vector<Placed>& earlier) {
  Placed placed;
  switch (argument.kind) {
    case kernels::Argument::Kind::kValue:
      placed.bytes = argument.bytes;
      return placed;
    case kernels::Argument::Kind::kBuffer:
      return place_buffer(device, argument, index);
    case kernels::Argument::Kind::kNull:
      placed.bytes = bytes_of(0);
      return placed;
    case kernels::Argument::Kind::kSame: {
      const auto same = static_cast<std::size_t>(argument.same_as);
      if (same >= earlier.size() || earlier[same].address == 0) {
        return base::fail(fmt::format("argument {}: same:{} does not name an earlier buffer", index, argument.same_as));
      }
      return earlier[same];
    }
    case kernels::Argument::Kind::kTexture:
    case kernels::Argument::Kind::kSurface: {
      const auto handle = device.add_texture(argument.texture);
      if (!handle) return tl::unexpected(handle.error());
      placed.address = *handle;
      placed.surface = true;
      placed.bytes = bytes_of(*handle);
      return placed;
    }
  }
  return placed;
}

tl::expected<std::vector<Placed>, KernelRunError> place_all(device::Device& device, const KernelRunRequest& request) {
  std::vector<Placed> all;
  for (std::size_t i = 0; i < request.arguments.size(); ++i) {
    auto argument = kernels::parse_argument(request.arguments[i]);
    if (!argument) {
      argument.error().message = fmt::format("argument {}: {}", i, argument.error().message);
      return problem(RunProblem::kBadInput, argument.error());
    }
    auto placed = place(device, *argument, static_cast<int>(i), all);
    if (!placed) return problem(RunProblem::kBadInput, placed.error());
    all.push_back(std::move(*placed));
  }
  return all;
}

Outcome set_symbols(device::Device& device, const KernelRunRequest& request) {
  for (const SymbolInput& symbol : request.symbols) {
    const auto text = read_text(symbol.file);
    if (!text) return problem(RunProblem::kBadInput, text.error());
    const std::vector<std::uint8_t> bytes(text->begin(), text->end());
    if (auto done = device.set_symbol(symbol.name, bytes); !done) return problem(RunProblem::kBadInput, done.error());
  }
  return {};
}

Outcome check_dumps(const KernelRunRequest& request, const std::vector<Placed>& arguments) {
  for (const DumpRequest& dump : request.dumps) {
    const auto index = static_cast<std::size_t>(dump.argument);
    if (dump.argument < 0 || index >= arguments.size() || arguments[index].address == 0) {
      return bad_input(fmt::format("--dump {}: argument {} is not a buffer", dump.argument, dump.argument));
    }
  }
  return {};
}

Outcome write_dumps(const device::Device& device, const KernelRunRequest& request,
                    const std::vector<Placed>& arguments) {
  for (const DumpRequest& dump : request.dumps) {
    const Placed& placed = arguments[static_cast<std::size_t>(dump.argument)];
    std::vector<std::uint8_t> bytes(placed.size_bytes);
    if (placed.surface) {
      bytes = device.texels(placed.address).value_or(std::vector<std::uint8_t>{});
    } else if (auto done = device.read(placed.address, bytes); !done) {
      return problem(RunProblem::kFailed, done.error());
    }
    std::ofstream out(dump.file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) return problem(RunProblem::kFailed, {"this file cannot be written", {dump.file.string()}});
  }
  return {};
}

}  // namespace

tl::expected<KernelFile, KernelRunError> read_kernel_file(const fs::path& file, CompileFor purpose) {
  KernelFile result;
  std::string text;
  if (file.extension() == ".cu") {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored))
      return problem(RunProblem::kBadInput, {"this file cannot be read", {file.string()}});
    cuda::CompileOptions options;
    options.architecture = kArchitecture;
    options.debug = purpose == CompileFor::kDebugging;
    auto compiled = cuda::compile(file, options);
    if (!compiled) return problem(RunProblem::kBadInput, compiled.error());
    text = std::move(compiled->ptx);
    result.compiler_messages = std::move(compiled->log);
  } else {
    auto read = read_text(file);
    if (!read) return problem(RunProblem::kBadInput, read.error());
    text = std::move(*read);
  }
  auto module = ptx::parse(text, file.string());
  if (!module) return tl::unexpected(KernelRunError{RunProblem::kBadInput, std::move(module.error())});
  result.module = std::make_shared<const ptx::Module>(std::move(*module));
  return result;
}

namespace {

// Everything up to the launch.
struct Ready {
  KernelFile file;
  std::string kernel;
  std::unique_ptr<device::VirtualDevice> device = std::make_unique<device::VirtualDevice>();
  std::vector<Placed> arguments;
  device::LaunchRequest launch;
};

tl::expected<Ready, KernelRunError> make_ready(const KernelRunRequest& request, CompileFor purpose) {
  if (request.device != "virtual") {
    return problem(RunProblem::kNoDevice,
                   {fmt::format("device '{}' is not part of this version; there is: virtual", request.device), {}});
  }
  Ready ready;
  auto file = read_kernel_file(request.file, purpose);
  if (!file) return tl::unexpected(file.error());
  ready.file = std::move(*file);
  auto kernel = choose_kernel(*ready.file.module, request.kernel);
  if (!kernel) return tl::unexpected(kernel.error());
  ready.kernel = std::move(*kernel);
  if (auto loaded = ready.device->load(ready.file.module); !loaded) {
    return tl::unexpected(KernelRunError{RunProblem::kBadInput, std::move(loaded.error())});
  }
  if (auto done = set_symbols(*ready.device, request); !done) return tl::unexpected(done.error());
  auto arguments = place_all(*ready.device, request);
  if (!arguments) return tl::unexpected(arguments.error());
  ready.arguments = std::move(*arguments);
  ready.launch = {ready.kernel, request.grid, request.block, request.dynamic_shared_bytes, {}};
  for (const Placed& placed : ready.arguments) ready.launch.arguments.push_back(placed.bytes);
  return ready;
}

}  // namespace

tl::expected<KernelRunResult, KernelRunError> run_kernel(const KernelRunRequest& request) {
  auto ready = make_ready(request, CompileFor::kSpeed);
  if (!ready) return tl::unexpected(ready.error());
  if (auto fine = check_dumps(request, ready->arguments); !fine) return tl::unexpected(fine.error());
  auto report = ready->device->launch(ready->launch, request.options);
  if (!report) return problem(RunProblem::kBadInput, report.error());
  if (auto done = write_dumps(*ready->device, request, ready->arguments); !done) return tl::unexpected(done.error());
  return KernelRunResult{ready->kernel, ready->device->name(), ready->file.compiler_messages, std::move(*report)};
}

tl::expected<PreparedKernel, KernelRunError> prepare_kernel(const KernelRunRequest& request) {
  auto ready = make_ready(request, CompileFor::kDebugging);
  if (!ready) return tl::unexpected(ready.error());
  auto launch = ready->device->prepare(ready->launch);
  if (!launch) return problem(RunProblem::kBadInput, launch.error());
  return PreparedKernel{std::move(ready->file), std::move(ready->kernel), std::move(ready->device), std::move(*launch)};
}

}  // namespace warpscope::session
