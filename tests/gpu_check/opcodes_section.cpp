// The cases of tests/vgpu/opcodes on both devices: equal to what the head of each says, and to each other.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "compute/device/virtual_device.h"
#include "compute/ptx/parser.h"
#include "tests/gpu_check/sections.h"
#include "tests/vgpu/opcode_case.h"

namespace warpscope::gpu_check {
namespace {

namespace fs = std::filesystem;
using tests::CaseParameter;
using tests::OpcodeCase;

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".ptx") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::uint8_t> bytes_before(const CaseParameter& parameter) {
  const auto size = static_cast<std::size_t>(parameter.type.bytes);
  const bool zeros = parameter.role == CaseParameter::Role::kOut;
  std::vector<std::uint8_t> bytes((zeros ? parameter.expected : parameter.before).size() * size);
  for (std::size_t i = 0; !zeros && i < parameter.before.size(); ++i) {
    std::memcpy(bytes.data() + i * size, &parameter.before[i].bits, size);
  }
  return bytes;
}

struct Outcome {
  bool faulted = false;
  std::vector<std::vector<std::uint8_t>> buffers;  // of each parameter; empty of scalars
};

// The buffers of one case; they are freed with it, unless the device was set up anew.
class CaseBuffers {
 public:
  explicit CaseBuffers(device::Device& device) : device_(device), rebuilds_(device.rebuilds()) {}
  ~CaseBuffers() {
    if (device_.rebuilds() != rebuilds_) return;
    for (const device::Address address : addresses_) {
      if (address != 0) (void)device_.free(address);
    }
  }
  CaseBuffers(const CaseBuffers&) = delete;
  CaseBuffers& operator=(const CaseBuffers&) = delete;

  // The bytes of the kernel's parameter.
  base::Result<std::vector<std::uint8_t>> place(const CaseParameter& parameter) {
    std::vector<std::uint8_t> bytes = bytes_before(parameter);
    addresses_.push_back(0);
    if (parameter.role == CaseParameter::Role::kScalar) return bytes;
    const auto address = device_.allocate(std::max<std::size_t>(bytes.size(), 1), parameter.name);
    if (!address) return tl::unexpected(address.error());
    addresses_.back() = *address;
    if (auto written = device_.write(*address, bytes); !written) return tl::unexpected(written.error());
    std::vector<std::uint8_t> pointer(sizeof(*address));
    std::memcpy(pointer.data(), &*address, sizeof(*address));
    return pointer;
  }
  base::Result<Outcome> read(const OpcodeCase& c) const {
    Outcome outcome;
    for (std::size_t i = 0; i < c.parameters.size(); ++i) {
      const auto size = static_cast<std::size_t>(c.parameters[i].type.bytes);
      outcome.buffers.emplace_back(addresses_[i] == 0 ? 0 : c.parameters[i].expected.size() * size);
      if (outcome.buffers.back().empty()) continue;
      if (auto read = device_.read(addresses_[i], outcome.buffers.back()); !read) return tl::unexpected(read.error());
    }
    return outcome;
  }

 private:
  device::Device& device_;
  std::uint64_t rebuilds_;
  std::vector<device::Address> addresses_;
};

base::Result<Outcome> run(device::Device& device, const OpcodeCase& c,
                          const std::shared_ptr<const ptx::Module>& module) {
  if (auto loaded = device.load(module); !loaded) return tl::unexpected(loaded.error().front());
  CaseBuffers buffers(device);
  device::LaunchRequest request;
  request.kernel = device::kernels_of(*module).front();
  request.grid = c.grid;
  request.block = c.block;
  request.dynamic_shared_bytes = c.shared_bytes;
  for (const CaseParameter& parameter : c.parameters) {
    auto bytes = buffers.place(parameter);
    if (!bytes) return tl::unexpected(bytes.error());
    request.arguments.push_back(std::move(*bytes));
  }
  const auto report = device.launch(request, {});
  if (!report) return tl::unexpected(report.error());
  if (report->fault && c.fault.empty()) return base::fail("a fault: " + report->fault->message);
  if (report->fault) return Outcome{true, {}};
  return buffers.read(c);
}

// What the GPU's results are beside the case's; "" where they hold.
std::string beside_expected(const OpcodeCase& c, const Outcome& outcome) {
  for (std::size_t p = 0; p < c.parameters.size(); ++p) {
    const CaseParameter& parameter = c.parameters[p];
    const auto size = static_cast<std::size_t>(parameter.type.bytes);
    for (std::size_t i = 0; i < parameter.expected.size(); ++i) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, outcome.buffers[p].data() + i * size, size);
      if (tests::matches(parameter.type, bits, parameter.expected[i], parameter.tolerance)) continue;
      return fmt::format(
          "{}[{}] is {}, expected {}", parameter.name, i, tests::text_of(parameter.type, bits),
          parameter.expected[i].any_nan ? "any NaN" : tests::text_of(parameter.type, parameter.expected[i].bits));
    }
  }
  return "";
}

// "sm_100a" -> 100, true.
std::pair<int, bool> architecture_of(const std::string& target) {
  int number = 0;
  for (const char c : target) {
    if (c >= '0' && c <= '9') number = number * 10 + (c - '0');
  }
  return {number, target.ends_with('a') || target.ends_with('f')};
}

// The CUDA version whose driver is the first to take a PTX version (PTX ISA, "Release Notes").
int driver_for(const ptx::Module& module) {
  const int version = module.version_major * 10 + module.version_minor;
  if (version < 80) return 11000 + module.version_minor * 10 - (module.version_major < 7 ? 1000 : 0);
  if (version <= 85) return 12000 + module.version_minor * 10;
  if (version <= 88) return 12010 + module.version_minor * 10;
  return 13000 + (version - 90) * 10;
}

// Why a GPU is not asked; "" where it is.
std::string why_not(const device::CudaDevice& gpu, const OpcodeCase& c, const ptx::Module& module) {
  const int capability = gpu.gpu().compute_capability(), driver = gpu.context()->driver().version();
  const auto [number, only_there] = architecture_of(module.target);
  if (number > capability || (only_there && number != capability)) {
    return fmt::format("needs {}, this GPU is sm_{}", module.target, capability);
  }
  if (const int needed = driver_for(module); needed > driver) {
    return fmt::format("PTX {}.{} needs the driver of CUDA {}.{}", module.version_major, module.version_minor,
                       needed / 1000, needed % 1000 / 10);
  }
  if (!c.fault.empty() && c.fault != "misaligned") return "a GPU does not promise to notice: " + c.fault;
  return "";
}

Row skipped(Row row, std::string why) {
  row.verdict = Verdict::kSkipped;
  row.note = std::move(why);
  return row;
}
Row failed(Row row, std::string why) {
  row.verdict = Verdict::kFailed;
  row.note = std::move(why);
  return row;
}

Row check(device::CudaDevice& gpu, const fs::path& file) {
  const tests::ReadCase read = tests::read_opcode_case(file);
  Row row{Verdict::kHeld, {file.stem().string(), read.result.title, "bit for bit"}, ""};
  if (!read.error.empty()) return failed(row, read.error);
  const OpcodeCase& c = read.result;
  auto parsed = ptx::parse(c.ptx, file.filename().string());
  if (!parsed) return failed(row, parsed.error().front().text());
  const auto module = std::make_shared<const ptx::Module>(std::move(*parsed));
  if (std::string why = why_not(gpu, c, *module); !why.empty()) return skipped(row, std::move(why));
  device::VirtualDevice virtual_gpu;
  const auto expected = run(virtual_gpu, c, module);
  if (!expected) return failed(row, "on the virtual GPU: " + expected.error().text());
  const auto got = run(gpu, c, module);
  if (!got) return failed(row, "on the GPU: " + got.error().text());
  if (!c.fault.empty()) {
    row.cells[2] = "fault";
    return got->faulted && expected->faulted ? row : failed(row, "no fault where there must be one: " + c.fault);
  }
  if (const std::string apart = beside_expected(c, *got); !apart.empty()) return failed(row, "on the GPU " + apart);
  if (got->buffers != expected->buffers) {
    row.cells[2] = "within tolerance";
    row.note = "the documented error of an approximation, or the bits of a NaN";
  }
  return row;
}

}  // namespace

Section check_opcodes(device::CudaDevice& gpu, const fs::path& cases) {
  Section section{
      "PTX instructions",
      "Every case of tests/vgpu/opcodes on both devices, compared with the expected values it holds and with "
      "each other.",
      {"case", "what", "agrees"},
      {}};
  const std::vector<fs::path> files = files_of(cases);
  if (files.empty()) section.rows.push_back({Verdict::kFailed, {cases.string(), "", ""}, "there are no cases here"});
  for (const fs::path& file : files) section.rows.push_back(check(gpu, file));
  return section;
}

}  // namespace warpscope::gpu_check
