#include "tests/timing_table/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <random>

#include "compute/base/paths.h"
#include "compute/ptx/parser.h"
#include "compute/timing/simulate.h"

namespace warpscope::timing_table {
namespace {

using base::Result;

template <class T>
std::vector<std::uint8_t> bytes_of(T value) {
  std::vector<std::uint8_t> bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

constexpr std::uint64_t kStep = 64;  // bytes between the links of a chain

// Where the links of a chain are, in the order they are walked. The same every time.
std::vector<std::uint64_t> links(const Buffer& buffer) {
  std::vector<std::uint64_t> order(buffer.links);
  std::mt19937 draw(7);
  if (buffer.content == Buffer::Content::kRing) {
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[draw() % (i + 1)]);
  } else {
    // Every link has a stretch of its own, so that none comes twice; the stretches are in disorder.
    const std::uint64_t stretch = buffer.bytes / kStep / order.size();
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[draw() % (i + 1)]);
    for (std::uint64_t& link : order) link = link * stretch + draw() % stretch;
  }
  for (std::uint64_t& link : order) link *= kStep;
  return order;
}

// Writes a chain; the address of its first link.
template <class Write>
Result<std::uint64_t> write_chain(const Buffer& buffer, std::uint64_t at, const Write& write) {
  const std::vector<std::uint64_t> order = links(buffer);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint64_t next = at + order[(i + 1) % order.size()];
    if (auto done = write(at + order[i], bytes_of(next)); !done) return tl::unexpected(done.error());
  }
  return at + order.front();
}

template <class Allocate, class Write>
Result<std::vector<std::vector<std::uint8_t>>> place(const Launch& launch, const Allocate& allocate, const Write& write,
                                                     std::uint64_t& last) {
  std::vector<std::vector<std::uint8_t>> all;
  for (const Argument& argument : launch.arguments) {
    if (const auto* const buffer = std::get_if<Buffer>(&argument)) {
      auto address = allocate(std::max<std::uint64_t>(buffer->bytes, 256));
      if (!address) return tl::unexpected(address.error());
      last = *address;
      if (buffer->content != Buffer::Content::kZeros) {
        address = write_chain(*buffer, *address, write);
        if (!address) return tl::unexpected(address.error());
      }
      all.push_back(bytes_of(*address));
    } else {
      all.push_back(std::visit(
          [](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Buffer>) {
              return std::vector<std::uint8_t>();
            } else {
              return bytes_of(value);
            }
          },
          argument));
    }
  }
  return all;
}

// Cycles on the model.
Result<double> simulated(const std::shared_ptr<const ptx::Module>& module, const Launch& launch, const gpu::Gpu& gpu,
                         bool warm) {
  vgpu::GlobalMemory memory(16ULL << 30);
  auto program = vgpu::Program::load(module, memory);
  if (!program) return tl::unexpected(program.error().front());
  vgpu::Launch made;
  made.function = (*program)->find_function(launch.kernel);
  if (made.function < 0) return base::fail(fmt::format("there is no kernel '{}'", launch.kernel));
  made.grid = launch.grid;
  made.block = launch.block;
  made.dynamic_shared_bytes = launch.dynamic_shared;
  const vgpu::FunctionCode& function = (*program)->functions[static_cast<std::size_t>(made.function)];
  made.parameters.resize(function.parameter_bytes);
  std::uint64_t last = 0;
  const auto arguments = place(
      launch, [&](std::uint64_t bytes) { return memory.allocate(bytes, vgpu::AllocationKind::kBuffer, "buffer"); },
      [&](std::uint64_t at, const std::vector<std::uint8_t>& bytes) { return memory.write(at, bytes); }, last);
  if (!arguments) return tl::unexpected(arguments.error());
  for (std::size_t i = 0; i < arguments->size(); ++i)
    std::ranges::copy((*arguments)[i], made.parameters.begin() + function.parameter_offsets[i]);
  vgpu::TextureTable textures;
  timing::SimulateOptions options;
  options.gpu = gpu;
  options.registers_per_thread = registers_of(launch.kernel);
  options.cold_caches = !warm;
  options.close_sms.clear();
  options.most_segments = 0;
  const auto result = timing::simulate(*program, std::move(made), memory, textures, options);
  if (!result) return tl::unexpected(result.error());
  if (result->fault) return base::fail(fmt::format("{}: {}", launch.kernel, result->fault->message));
  return static_cast<double>(result->timeline.cycles);
}

struct Took {
  double cycles = 0, seconds = 0;
};

Result<Took> launched(device::Device& device, const Launch& launch, const gpu::Gpu& gpu, bool elapsed) {
  std::vector<device::Address> addresses;
  std::uint64_t last = 0;
  const auto allocate = [&](std::uint64_t bytes) -> Result<std::uint64_t> {
    auto address = device.allocate(bytes, "buffer");
    if (address) {
      addresses.push_back(*address);
      // Fresh memory of a real GPU holds anything.
      const std::vector<std::uint8_t> nothing(std::min<std::uint64_t>(bytes, 1U << 24));
      for (std::uint64_t at = 0; at < bytes; at += nothing.size()) {
        const auto part = std::min<std::uint64_t>(nothing.size(), bytes - at);
        if (auto done = device.write(*address + at, {nothing.data(), part}); !done) return tl::unexpected(done.error());
      }
    }
    return address;
  };
  const auto arguments = place(
      launch, allocate,
      [&](std::uint64_t at, const std::vector<std::uint8_t>& bytes) { return device.write(at, bytes); }, last);
  Result<Took> best = base::fail("no buffer");
  if (!arguments) best = tl::unexpected(arguments.error());
  const int tries = !arguments ? 0 : device.kind() == "cuda" ? 4 : 1;
  for (int i = 0; i < tries; ++i) {
    const device::LaunchRequest request{launch.kernel,         launch.grid, launch.block,
                                        launch.dynamic_shared, *arguments,  {}};
    const auto report = device.launch(request, {});
    if (!report || report->fault) {
      best = report ? Result<Took>(base::fail(report->fault->message)) : tl::unexpected(report.error());
      break;
    }
    Took took{report->seconds * gpu.clock_mhz * 1e6, report->seconds};
    if (elapsed) {
      std::vector<std::uint8_t> own(8);
      if (auto done = device.read(last, own); !done) return tl::unexpected(done.error());
      std::int64_t cycles = 0;
      std::memcpy(&cycles, own.data(), 8);
      took.cycles = static_cast<double>(cycles);
    }
    if (!best || took.cycles < best->cycles) best = took;
  }
  for (const device::Address address : addresses) (void)device.free(address);
  return best;
}

}  // namespace

Result<Kernels> Kernels::read() {
  // Beside the assets, in the repository as in a bundle.
  const auto assets = base::find_asset("ptx");
  if (!assets) return tl::unexpected(assets.error());
  const std::filesystem::path folder = assets->parent_path().parent_path() / "tests/timing_table/kernels";
  Kernels kernels;
  for (const Benchmark& benchmark : benchmarks()) {
    if (kernels.modules_.contains(benchmark.file)) continue;
    const std::string path = fmt::format("{}/{}.ptx", folder.string(), benchmark.file);
    std::ifstream in(path, std::ios::binary);
    if (!in) return base::fail("this file cannot be read", {path});
    auto module = ptx::parse(std::string(std::istreambuf_iterator<char>(in), {}), path);
    if (!module) return tl::unexpected(module.error().front());
    kernels.modules_.emplace(benchmark.file, std::make_shared<const ptx::Module>(std::move(*module)));
  }
  return kernels;
}

Result<Slope> model(const Kernels& kernels, const Benchmark& benchmark, const gpu::Gpu& gpu, int a, int b) {
  const Pair pair = benchmark.make(gpu, a, b);
  const auto& module = kernels.module(benchmark.file);
  Result<double> few = 0.0;
  if (!pair.few.kernel.empty()) few = simulated(module, pair.few, gpu, false);
  if (!few) return tl::unexpected(few.error());
  const auto many = simulated(module, pair.many, gpu, pair.warm);
  if (!many) return tl::unexpected(many.error());
  const double cycles = *many - *few;
  return Slope{pair.many.work - pair.few.work, cycles, cycles / (gpu.clock_mhz * 1e6)};
}

Result<Slope> measure(const Kernels& kernels, const Benchmark& benchmark, device::Device& device, const gpu::Gpu& gpu,
                      int a, int b) {
  const Pair pair = benchmark.make(gpu, a, b);
  if (auto loaded = device.load(kernels.module(benchmark.file)); !loaded) return tl::unexpected(loaded.error().front());
  Result<Took> few = Took{};
  if (!pair.few.kernel.empty()) few = launched(device, pair.few, gpu, benchmark.elapsed);
  if (!few) return tl::unexpected(few.error());
  const auto many = launched(device, pair.many, gpu, benchmark.elapsed);
  if (!many) return tl::unexpected(many.error());
  return Slope{pair.many.work - pair.few.work, many->cycles - few->cycles, many->seconds - few->seconds};
}

double figure(const Case& the_case, const Slope& slope, const gpu::Gpu&, const Slope* before) {
  switch (the_case.unit) {
    case Unit::kCycles:
      return slope.cycles / slope.work;
    case Unit::kPerCycle:
      return slope.work / slope.cycles;
    case Unit::kGiga:
      return slope.work / (slope.seconds + the_case.amount * 1e-6) * 1e-9;
    case Unit::kTotal:
      return slope.seconds / slope.work * the_case.amount * 1e6;
    case Unit::kTimes:
      return before == nullptr ? 0 : slope.cycles / slope.work / (before->cycles / before->work);
  }
  return 0;
}

}  // namespace warpscope::timing_table
