#include "compute/session/kernel_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "compute/cuda/compiler.h"
#include "compute/device/open_device.h"
#include "compute/ptx/debug_names.h"
#include "compute/ptx/parser.h"
#include "compute/session/place_arguments.h"

namespace warpscope::session {
namespace fs = std::filesystem;
namespace {

using Outcome = tl::expected<void, KernelRunError>;

// What CUDA C++ is compiled for: the virtual GPU executes what PTX offers up to here.
constexpr int kNewestCapability = 90;
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

// Where the arguments of a template begin: not the < of operator<.
std::string_view without_template_arguments(std::string_view name) {
  return name.substr(0, name.find('<'));
}

// Whether a person who writes `asked` means this kernel: its whole name, or its last part.
bool is_meant(std::string_view readable, std::string_view asked) {
  if (asked.find('<') == std::string_view::npos) readable = without_template_arguments(readable);
  return readable == asked ||
         (readable.ends_with(asked) && readable.substr(0, readable.size() - asked.size()).ends_with("::"));
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

Outcome check_dumps(const KernelRunRequest& request, const std::vector<PlacedArgument>& arguments) {
  for (const DumpRequest& dump : request.dumps) {
    const auto index = static_cast<std::size_t>(dump.argument);
    if (dump.argument < 0 || index >= arguments.size() || arguments[index].address == 0) {
      return bad_input(fmt::format("--dump {}: argument {} is not a buffer", dump.argument, dump.argument));
    }
  }
  return {};
}

Outcome write_dumps(const device::Device& device, const KernelRunRequest& request,
                    const std::vector<PlacedArgument>& arguments) {
  for (const DumpRequest& dump : request.dumps) {
    const PlacedArgument& placed = arguments[static_cast<std::size_t>(dump.argument)];
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

tl::expected<std::string, KernelRunError> choose_kernel(const ptx::Module& module, const std::string& asked) {
  const std::vector<std::string> names = device::kernels_of(module);
  if (names.empty()) {
    const bool cuda = fs::path(module.file).extension() == ".cu";
    return bad_input(fmt::format("{}: there is no kernel {} in this file{}", module.file,
                                 cuda ? "(__global__)" : "(.entry)",
                                 cuda ? "; one that is a template is compiled where it is launched, or named as in "
                                        "'template __global__ void name<float>(float*);'"
                                      : ""));
  }
  if (asked.empty() && names.size() == 1) return names.front();
  std::string list;
  std::vector<std::string> meant;
  for (const std::string& name : names) {
    const std::string readable = readable_kernel_name(name);
    if (name == asked) return name;
    if (!asked.empty() && is_meant(readable, asked)) meant.push_back(name);
    list += (list.empty() ? "" : ", ") + readable;
  }
  if (meant.size() == 1) return meant.front();
  const std::string what = asked.empty()   ? "say which with --kernel"
                           : meant.empty() ? fmt::format("there is no kernel '{}'", asked)
                                           : fmt::format("'{}' could be {} kernels", asked, meant.size());
  return bad_input(fmt::format("{}: {}; the kernels are: {}", module.file, what, list));
}

namespace {

// One error for each place, as the compiler told them.
KernelRunError why_not_compiled(cuda::CompileError error) {
  KernelRunError result{error.cancelled ? RunProblem::kCancelled : RunProblem::kBadInput, {}, {}};
  for (const cuda::Diagnostic& each : error.diagnostics) {
    if (each.severity == cuda::Diagnostic::Severity::kError)
      result.errors.push_back({each.message, {each.file, each.line, each.column}});
  }
  if (result.errors.empty()) result.errors.push_back(std::move(error.error));
  result.diagnostics = std::move(error.diagnostics);
  return result;
}

struct CompileChoice {
  CompileFor purpose = CompileFor::kSpeed;
  std::string architecture = kArchitecture;
};

tl::expected<KernelFile, KernelRunError> read_text_for(const fs::path& file, std::string text,
                                                       const CompileChoice& choice, const std::atomic<bool>* stop) {
  KernelFile result;
  if (file.extension() == ".cu") {
    cuda::CompileOptions options;
    options.architecture = choice.architecture;
    options.debug = choice.purpose == CompileFor::kDebugging;
    options.stop = stop;
    auto compiled = cuda::compile(cuda::Source{file, std::move(text)}, options);
    if (!compiled) return tl::unexpected(why_not_compiled(std::move(compiled.error())));
    text = std::move(compiled->ptx);
    result.compiler_messages = std::move(compiled->log);
    result.compiler = std::move(compiled->compiler);
    result.diagnostics = std::move(compiled->diagnostics);
  }
  auto module = ptx::parse(text, file.string());
  if (!module) return tl::unexpected(KernelRunError{RunProblem::kBadInput, std::move(module.error())});
  result.module = std::make_shared<const ptx::Module>(std::move(*module));
  return result;
}

}  // namespace

tl::expected<KernelFile, KernelRunError> read_kernel_text(const fs::path& file, std::string text, CompileFor purpose,
                                                          const std::atomic<bool>* stop, int capability) {
  const std::string architecture = capability == 0 ? kArchitecture : fmt::format("compute_{}", capability);
  return read_text_for(file, std::move(text), {purpose, architecture}, stop);
}

tl::expected<KernelFile, KernelRunError> read_kernel_file(const fs::path& file, CompileFor purpose) {
  auto text = read_text(file);
  if (!text) return problem(RunProblem::kBadInput, text.error());
  return read_kernel_text(file, std::move(*text), purpose);
}

std::string readable_kernel_name(std::string_view name) {
  ptx::dwarf::Budget budget(1U << 20);
  const std::string whole = ptx::dwarf::readable(name, budget);
  std::string_view text = whole;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    constexpr std::string_view kUnnamed = "(anonymous namespace)";
    if (text.substr(i).starts_with(kUnnamed)) {
      i += kUnnamed.size() - 1;
    } else if (text[i] == '(' && depth == 0) {
      return std::string(text.substr(begin, i - begin));
    } else if (text[i] == '<' || text[i] == '(') {
      ++depth;
    } else if (text[i] == '>' || text[i] == ')') {
      --depth;
    } else if (text[i] == ' ' && depth == 0) {
      begin = i + 1;  // behind the type of the result, that templates have in their names
    }
  }
  return whole;
}

namespace {

// Everything up to the launch.
struct Ready {
  KernelFile file;
  std::string kernel;
  std::vector<PlacedArgument> arguments;
  device::LaunchRequest launch;
};

tl::expected<Ready, KernelRunError> make_ready(device::Device& device, const KernelRunRequest& request,
                                               const CompileChoice& choice) {
  Ready ready;
  base::Result<std::string> text = request.text ? base::Result<std::string>(*request.text) : read_text(request.file);
  if (!text) return problem(RunProblem::kBadInput, text.error());
  auto file = read_text_for(request.file, std::move(*text), choice, request.stop);
  if (!file) return tl::unexpected(file.error());
  ready.file = std::move(*file);
  auto kernel = choose_kernel(*ready.file.module, request.kernel);
  if (!kernel) return tl::unexpected(kernel.error());
  ready.kernel = std::move(*kernel);
  if (auto loaded = device.load(ready.file.module); !loaded) {
    return tl::unexpected(KernelRunError{RunProblem::kBadInput, std::move(loaded.error())});
  }
  if (auto done = set_symbols(device, request); !done) return tl::unexpected(done.error());
  auto arguments = place_arguments(device, request.arguments);
  if (!arguments) return problem(RunProblem::kBadInput, arguments.error());
  ready.arguments = std::move(*arguments);
  ready.launch = {ready.kernel, request.grid, request.block, request.dynamic_shared_bytes, {}, request.schedule};
  for (const PlacedArgument& placed : ready.arguments) ready.launch.arguments.push_back(placed.bytes);
  return ready;
}

tl::expected<KernelRunResult, KernelRunError> run_on(device::Device& device, const KernelRunRequest& request,
                                                     const CompileChoice& choice) {
  auto ready = make_ready(device, request, choice);
  if (!ready) return tl::unexpected(ready.error());
  if (auto fine = check_dumps(request, ready->arguments); !fine) return tl::unexpected(fine.error());
  auto report = device.launch(ready->launch, request.options);
  if (!report) return problem(device.lost() ? RunProblem::kFailed : RunProblem::kBadInput, report.error());
  // A fault on a real GPU takes its memory with it.
  if (device.rebuilds() == 0) {
    if (auto done = write_dumps(device, request, ready->arguments); !done) return tl::unexpected(done.error());
  }
  return KernelRunResult{ready->kernel, device.name(), ready->file.compiler_messages, std::move(*report)};
}

tl::expected<KernelRunResult, KernelRunError> run_on_gpu(const KernelRunRequest& request) {
  if (request.options.counters) {
    return bad_input("only the virtual GPU counts what a kernel does; leave out --counters, or --device cuda");
  }
  auto gpu = device::open_gpu(std::nullopt);
  if (!gpu) return problem(RunProblem::kNoDevice, gpu.error());
  // What the GPU can run; our own reader of PTX goes no further than kArchitecture.
  const int capability = std::min(gpu->device->gpu().compute_capability(), kNewestCapability);
  return run_on(*gpu->device, request, {CompileFor::kSpeed, fmt::format("compute_{}", capability)});
}

}  // namespace

tl::expected<KernelRunResult, KernelRunError> run_kernel(const KernelRunRequest& request) {
  if (request.device == "cuda") return run_on_gpu(request);
  device::VirtualDevice device;
  return run_on(device, request, {CompileFor::kSpeed, kArchitecture});
}

tl::expected<PreparedKernel, KernelRunError> prepare_kernel(const KernelRunRequest& request) {
  if (request.device != "virtual") {
    return problem(RunProblem::kNoDevice, {"a kernel is stepped through on the virtual GPU; there is: virtual", {}});
  }
  auto device = std::make_unique<device::VirtualDevice>();
  auto ready = make_ready(*device, request, {CompileFor::kDebugging, kArchitecture});
  if (!ready) return tl::unexpected(ready.error());
  auto launch = device->prepare(ready->launch);
  if (!launch) return problem(RunProblem::kBadInput, launch.error());
  return PreparedKernel{std::move(ready->file), std::move(ready->kernel), std::move(device), std::move(*launch)};
}

}  // namespace warpscope::session
