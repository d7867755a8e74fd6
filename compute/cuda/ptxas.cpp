#include "compute/cuda/ptxas.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <optional>

#include "compute/base/text.h"
#include "compute/cuda/program.h"
#include "compute/cuda/toolkit.h"

namespace warpscope::cuda {
namespace fs = std::filesystem;
namespace {

// The text between the first `before` and the next `after`.
std::optional<std::string_view> between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + before.size());
  const std::size_t end = text.find(after);
  if (end == std::string_view::npos) return {};
  return text.substr(0, end);
}

// The number in front of `unit`: 2048 of "used 1 barriers, 2048 bytes smem"; 0 where the unit is not named.
std::uint64_t number_before(std::string_view line, std::string_view unit) {
  const std::size_t at = line.find(unit);
  if (at == std::string_view::npos) return 0;
  const std::string_view before = base::trimmed(line.substr(0, at));
  const std::size_t begin = before.find_last_not_of("0123456789");
  const std::string_view digits = before.substr(begin == std::string_view::npos ? 0 : begin + 1);
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::string name_of(int architecture) {
  return fmt::format("sm_{}", architecture);
}

base::Error cancelled_error(int architecture) {
  return {fmt::format("compiling for {} was cancelled", name_of(architecture)), {}};
}

base::Error why_not(std::string log, int architecture, const fs::path& input) {
  const std::string architecture_name = name_of(architecture);
  if (log.find(fmt::format("'{}' is not defined for option", architecture_name)) != std::string::npos)
    return {fmt::format("the ptxas of this machine does not know {}; 'ptxas --help' lists what it does know",
                        architecture_name),
            {}};
  replace_all(log, input.string(), "PTX");
  const std::string_view said = base::trimmed(log);
  return {fmt::format("ptxas does not take this text for {}: {}", architecture_name,
                      said.empty() ? "it was ended from outside" : said),
          {}};
}

}  // namespace

std::vector<KernelResources> parse_ptxas_log(std::string_view log) {
  std::vector<KernelResources> kernels;
  bool of_kernel = false;  // whether what comes is said of the last kernel, not of a function
  for (const std::string_view line : base::split(log, "\n")) {
    if (const auto name = between(line, "Compiling entry function '", "'")) {
      kernels.push_back({std::string(*name), 0, 0, 0, 0, 0});
      of_kernel = true;
      continue;
    }
    if (kernels.empty()) continue;
    KernelResources& kernel = kernels.back();
    constexpr std::string_view kProperties = "Function properties for ";
    if (const std::size_t at = line.find(kProperties); at != std::string_view::npos) {
      of_kernel = base::trimmed(line.substr(at + kProperties.size())) == kernel.kernel;
    } else if (of_kernel && line.find(" bytes stack frame") != std::string_view::npos) {
      kernel.stack_bytes = number_before(line, " bytes stack frame");
      kernel.spill_store_bytes = number_before(line, " bytes spill stores");
      kernel.spill_load_bytes = number_before(line, " bytes spill loads");
    } else if (kernel.registers == 0 && line.find(": Used ") != std::string_view::npos) {
      kernel.registers = static_cast<int>(number_before(line, " registers"));
      kernel.static_shared_bytes = number_before(line, " bytes smem");
    }
  }
  return kernels;
}

bool has_ptxas() {
  return !find_ptxas().empty();
}

base::Result<std::vector<KernelResources>> ptxas_resources(const std::string& ptx_text, int architecture,
                                                           const std::atomic<bool>* stop) {
  const fs::path ptxas = find_ptxas();
  if (ptxas.empty())
    return base::fail(
        "there is no ptxas on this machine; the CUDA Toolkit has it. Looked for: $WARPSCOPE_PTXAS, beside nvcc, in "
        "$PATH, and in the toolkits of /usr/local");
  const auto is_stopped = [stop] { return stop != nullptr && *stop; };
  if (is_stopped()) return tl::unexpected(cancelled_error(architecture));
  const ScratchFolder scratch;
  const fs::path input = scratch.path() / "kernel.ptx", messages = scratch.path() / "messages";
  std::ofstream out(input, std::ios::binary);
  out << ptx_text;
  out.close();
  if (scratch.path().empty() || !out)
    return base::fail(
        fmt::format("no temporary file can be written for ptxas in {}", fs::temp_directory_path().string()));
  const auto status = run_program({ptxas.string(), "-v", "-arch=" + name_of(architecture), "-o",
                                   (scratch.path() / "kernel.cubin").string(), input.string()},
                                  messages, stop);
  if (is_stopped()) return tl::unexpected(cancelled_error(architecture));
  std::string log = read_file(messages).value_or("");
  if (status != 0) return tl::unexpected(why_not(std::move(log), architecture, input));
  return parse_ptxas_log(log);
}

}  // namespace warpscope::cuda
