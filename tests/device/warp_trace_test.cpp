// Tracing a kernel's warps leaves its results as they were, and every warp is recorded once: every shipped kernel, on
// the virtual GPU and on CudaDevice over the stand-in driver; and kernels that end in every way there is.
#include "compute/device/warp_trace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "compute/device/virtual_device.h"
#include "compute/kernels/catalogue.h"
#include "compute/session/place_arguments.h"
#include "tests/device/stand_in.h"

namespace warpscope::device {
namespace {

using kernels::Flavour;
using ptx::WarpTraceRecord;
using testing::Bytes;
using ::testing::HasSubstr;

std::shared_ptr<const ptx::Module> shipped(const kernels::Kernel& kernel, Flavour flavour) {
  const std::string path = std::string(WARPSCOPE_SOURCE_DIR) + "/assets/" + kernels::ptx_asset(kernel, flavour);
  std::ifstream in(path, std::ios::binary);
  auto module = ptx::parse(std::string(std::istreambuf_iterator<char>(in), {}), path);
  EXPECT_TRUE(module) << path;
  return module ? std::make_shared<const ptx::Module>(std::move(*module)) : nullptr;
}

// A launch of the catalogue, with its arguments on a device.
struct Placed {
  LaunchRequest request;
  std::vector<session::PlacedArgument> arguments;
  std::function<base::Result<void>(Device&)> set_symbols;
};

Placed place(Device& device, const kernels::Kernel& kernel) {
  Placed placed;
  placed.set_symbols = [&kernel](Device& on) -> base::Result<void> {
    for (const kernels::NamedInput& symbol : kernel.symbols) {
      const auto contents = kernels::parse_argument(symbol.spec);
      if (!contents) return tl::unexpected(contents.error());
      if (auto set = on.set_symbol(symbol.name, contents->bytes); !set) return set;
    }
    return {};
  };
  std::vector<std::string> specs;
  for (const kernels::NamedInput& argument : kernel.arguments) specs.emplace_back(argument.spec);
  auto arguments = session::place_arguments(device, specs);
  EXPECT_TRUE(arguments) << (arguments ? "" : arguments.error().text());
  if (arguments) placed.arguments = std::move(*arguments);
  placed.request = {std::string(kernel.name), kernel.grid, kernel.block, kernel.shared_bytes, {}, {}};
  for (const session::PlacedArgument& argument : placed.arguments) placed.request.arguments.push_back(argument.bytes);
  return placed;
}

std::vector<Bytes> outputs_of(const Device& device, const kernels::Kernel& kernel, const Placed& placed) {
  std::vector<Bytes> outputs;
  for (const int index : kernel.outputs) {
    const session::PlacedArgument& argument = placed.arguments.at(static_cast<std::size_t>(index));
    outputs.emplace_back(argument.size_bytes);
    EXPECT_TRUE(device.read(argument.address, outputs.back()));
  }
  return outputs;
}

// The virtual GPU puts block b on SM b modulo their number, counts the warps of a block from 0, and its clock counts
// instructions.
void expect_sound(const WarpTrace& trace, const LaunchRequest& request, std::uint32_t sms = 1) {
  const std::uint32_t warps = ptx::warps_of_block(request.block);
  EXPECT_EQ(trace.warps_per_block, warps);
  ASSERT_EQ(trace.records.size(), request.grid.count() * warps);
  for (std::size_t i = 0; i < trace.records.size(); ++i) {
    const WarpTraceRecord& record = trace.records[i];
    ASSERT_EQ(record.entries, 1U) << "warp " << i;
    ASSERT_EQ(record.exits, std::min<std::uint64_t>(32, request.block.count() - i % warps * 32)) << "warp " << i;
    ASSERT_GT(record.start_clock, 0U) << "warp " << i;
    ASSERT_GT(record.end_clock, record.start_clock) << "warp " << i;
    ASSERT_GE(record.end_ns, record.start_ns) << "warp " << i;
    ASSERT_EQ(record.sm, i / warps % sms) << "warp " << i;
    ASSERT_EQ(record.warp_slot, i % warps) << "warp " << i;
  }
}

// What a kernel leaves on `device` with its warps traced is what it leaves on a virtual GPU without.
void expect_same_results(Device& device, const kernels::Kernel& kernel, Flavour flavour, std::uint32_t sms) {
  SCOPED_TRACE(std::string(kernel.name) + (flavour == Flavour::kDebug ? ", debug" : ""));
  const auto module = shipped(kernel, flavour);
  VirtualDevice plain;
  ASSERT_TRUE(plain.load(module));
  const Placed untraced = place(plain, kernel);
  ASSERT_TRUE(untraced.set_symbols(plain));
  const auto expected = plain.launch(untraced.request, {});
  ASSERT_TRUE(expected) << expected.error().text();

  const Placed placed = place(device, kernel);
  const auto trace = trace_warps(device, module, placed.request, {}, placed.set_symbols);
  ASSERT_TRUE(trace) << trace.error().text();
  ASSERT_EQ(trace->report.fault.has_value(), expected->fault.has_value());
  if (expected->fault) return;
  expect_sound(*trace, placed.request, sms);
  EXPECT_EQ(outputs_of(device, kernel, placed), outputs_of(plain, kernel, untraced));
}

TEST(WarpTraces, LeaveTheResultsOfEveryShippedKernelAsTheyWere) {
  for (const kernels::Kernel& kernel : kernels::catalogue()) {
    for (const Flavour flavour : {Flavour::kOptimised, Flavour::kDebug}) {
      VirtualDevice device;
      expect_same_results(device, kernel, flavour, 1);
    }
  }
}

class WarpTracesOnCuda : public testing::StandIn {};

TEST_F(WarpTracesOnCuda, LeaveTheResultsOfEveryShippedKernelAsTheyWere) {
  const std::unique_ptr<CudaDevice> cuda = open();
  ASSERT_NE(cuda, nullptr);
  const auto sms = static_cast<std::uint32_t>(cuda->gpu().multiprocessors);
  ASSERT_GT(sms, 1U);
  for (const kernels::Kernel& kernel : kernels::catalogue()) {
    expect_same_results(*cuda, kernel, Flavour::kOptimised, sms);
  }
}

// ---- Ways out

// Every thread of the grid writes to out[thread] how far it came.
struct Ways {
  explicit Ways(std::string functions, const std::string& body)
      : module(testing::module_of(functions +
                                  ".visible .entry k(.param .u64 out) {\n"
                                  ".reg .pred %p<4>; .reg .b32 %r<9>; .reg .b64 %rd<4>;\n"
                                  "mov.u32 %r0, %tid.x; mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x;\n"
                                  "mad.lo.u32 %r3, %r1, %r2, %r0;\n"
                                  "ld.param.u64 %rd0, [out]; mad.wide.u32 %rd0, %r3, 4, %rd0;\n"
                                  "st.global.u32 [%rd0], 1;\n" +
                                  body + "}\n")) {}

  LaunchRequest request(std::uint32_t grid, std::uint32_t block) {
    const auto out = device.allocate(std::uint64_t{4} * grid * block, "out");
    EXPECT_TRUE(out);
    return {"k", {grid}, {block}, 0, {testing::bytes_of(*out)}, {}};
  }
  WarpTrace trace(std::uint32_t grid, std::uint32_t block) {
    const LaunchRequest launch = request(grid, block);
    const auto done = trace_warps(device, module, launch, {});
    EXPECT_TRUE(done) << (done ? "" : done.error().text());
    if (!done) return {};
    expect_sound(*done, launch);
    return *done;
  }

  std::shared_ptr<const ptx::Module> module;
  VirtualDevice device;
};

TEST(WarpTraces, TheLastLanesToLeaveEndTheWarp) {
  // Lane i goes round i + 1 times and leaves from within the loop.
  Ways ways("",
            "and.b32 %r4, %r0, 31;\nAGAIN:\nsetp.eq.u32 %p0, %r4, 0;\n@%p0 exit;\nsub.u32 %r4, %r4, 1;\nbra AGAIN;\n");
  const WarpTrace trace = ways.trace(3, 70);
  for (std::size_t i = 0; i < trace.records.size(); ++i) {
    const std::uint64_t lanes = i % 3 == 2 ? 6 : 32;
    const WarpTraceRecord& record = trace.records[i];
    // Each lane's own way out takes more than 4 instructions of the loop.
    EXPECT_GT(record.end_clock - record.start_clock, lanes * 4) << i;
  }
}

TEST(WarpTraces, LanesMayLeaveInDifferentPlaces) {
  Ways ways(
      ".func stop(.param .b32 a) {\n.reg .pred %p<2>; .reg .b32 %r<2>;\nld.param.u32 %r0, [a];\n"
      "setp.lt.u32 %p0, %r0, 9;\n@%p0 exit;\nret;\n}\n",
      "setp.gt.u32 %p0, %r0, 40;\n@%p0 ret;\n"
      "{ .param .b32 a; st.param.b32 [a], %r0; call stop, (a); }\n"
      "and.b32 %r5, %r0, 1; setp.ne.u32 %p1, %r5, 0;\n@%p1 bra ODD;\nst.global.u32 [%rd0], 2;\nexit;\n"
      "ODD: st.global.u32 [%rd0], 3;\n");
  ways.trace(4, 64);
  ways.trace(2, 1);
}

TEST(WarpTraces, ABarrierWaitsForNobodyWhoHasLeft) {
  Ways ways("", "setp.lt.u32 %p0, %r0, 40;\n@%p0 ret;\nbar.sync 0;\nst.global.u32 [%rd0], 2;\nret;\n");
  ways.trace(2, 128);
}

TEST(WarpTraces, BlocksAndGridsHaveThreeDimensions) {
  Ways ways("", "ret;\n");
  LaunchRequest request = ways.request(1, 1);
  const auto body = testing::module_of(".visible .entry k() { ret; }\n");
  request.arguments.clear();
  request.grid = {3, 4, 5};
  request.block = {5, 3, 7};  // 105 threads
  const auto trace = trace_warps(ways.device, body, request, {});
  ASSERT_TRUE(trace) << trace.error().text();
  expect_sound(*trace, request);
  EXPECT_EQ(trace->records.size(), 240U);
}

// Which SM a block is on is what the machine says, not where its record stands.
TEST(WarpTraces, TellWhichSmABlockWasOn) {
  const auto plain = testing::module_of(".visible .entry k() { ret; }\n");
  const auto traced = ptx::add_warp_trace(*plain, "k");
  ASSERT_TRUE(traced);
  vgpu::GlobalMemory memory;
  const auto program = vgpu::Program::load(*traced, memory);
  ASSERT_TRUE(program);
  std::vector<WarpTraceRecord> records(20 * 2);
  const std::uint64_t bytes = records.size() * sizeof(WarpTraceRecord);
  const auto address = memory.allocate(bytes, vgpu::AllocationKind::kBuffer, "records");
  ASSERT_TRUE(memory.write((*program)->variable_addresses.back(), testing::bytes_of(*address)));
  ASSERT_TRUE(memory.write(*address, {reinterpret_cast<const std::uint8_t*>(records.data()), bytes}));
  vgpu::Launch launch;
  launch.function = (*program)->find_function("k");
  launch.grid = {20};
  launch.block = {64};
  launch.multiprocessors = 7;
  vgpu::TextureTable textures;
  ASSERT_EQ(vgpu::run(*program, launch, memory, textures, {}).status, vgpu::RunStatus::kDone);
  ASSERT_TRUE(memory.read(*address, {reinterpret_cast<std::uint8_t*>(records.data()), bytes}));
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].sm, i / 2 % 7);
    EXPECT_EQ(records[i].warp_slot, i % 2);
  }
}

// What README says it costs. Nobody parts here: each end is gone through once a warp.
TEST(WarpTraces, AddSoManyInstructionsToAWarp) {
  Ways ways("", "ret;\n");
  const LaunchRequest request = ways.request(7, 96);
  ASSERT_TRUE(ways.device.load(ways.module));
  const auto plain = ways.device.launch(request, {});
  const auto traced = trace_warps(ways.device, ways.module, request, {});
  ASSERT_TRUE(plain && traced);
  EXPECT_EQ(traced->report.warp_instructions - plain->warp_instructions, 7U * 3 * (34 + 33));
}

// ---- Around it

TEST(WarpTraces, OverheadIsMeasuredWhereItIsAskedFor) {
  Ways ways("", "ret;\n");
  const LaunchRequest request = ways.request(50, 256);
  const auto timed = trace_warps(ways.device, ways.module, request, {.launch = {}, .measure_overhead = true});
  ASSERT_TRUE(timed) << timed.error().text();
  EXPECT_GT(timed->plain_seconds, 0);
  EXPECT_GT(timed->traced_seconds, 0);
  EXPECT_EQ(timed->traced_seconds, timed->report.seconds);
  expect_sound(*timed, request);
  EXPECT_EQ(ways.trace(5, 32).plain_seconds, 0);
}

TEST(WarpTraces, NothingIsRecordedOnceTheTraceIsThere) {
  Ways ways("", "st.global.u32 [%rd0], 7;\nret;\n");
  const LaunchRequest request = ways.request(2, 32);
  ASSERT_TRUE(trace_warps(ways.device, ways.module, request, {}));
  const auto again = ways.device.launch(request, {});
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_FALSE(again->fault) << again->fault->message;
}

TEST(WarpTraces, AKernelThatFaultsTellsItsFault) {
  Ways ways("", "mov.u64 %rd1, 64;\nst.global.u32 [%rd1], %r0;\nret;\n");
  const auto trace = trace_warps(ways.device, ways.module, ways.request(2, 32), {});
  ASSERT_TRUE(trace) << trace.error().text();
  EXPECT_TRUE(trace->report.fault);
}

TEST(WarpTraces, ErrorsAreHandedOn) {
  Ways ways("", "ret;\n");
  LaunchRequest request = ways.request(2, 32);
  const auto refused = [](Device&) -> base::Result<void> { return base::fail("not today"); };
  EXPECT_EQ(trace_warps(ways.device, ways.module, request, {}, refused).error().message, "not today");
  request.grid = {1U << 31, 1, 1};
  EXPECT_THAT(trace_warps(ways.device, ways.module, request, {}).error().message, HasSubstr("cannot be traced"));
  request.grid = {2, 1, 1};
  request.kernel = "q";
  EXPECT_THAT(trace_warps(ways.device, ways.module, request, {}).error().message, HasSubstr("it has: k"));
}

// A GPU that a kernel broke is set up anew: the records are gone, the fault is told.
TEST_F(WarpTracesOnCuda, AFaultLeavesNoRecords) {
  const std::unique_ptr<CudaDevice> cuda = open();
  ASSERT_NE(cuda, nullptr);
  const auto module = testing::module_of(testing::kCounting);
  const auto trace = trace_warps(*cuda, module, {"wild", {1}, {32}, 0, {}, {}}, {});
  ASSERT_TRUE(trace) << trace.error().text();
  EXPECT_TRUE(trace->report.fault);
  EXPECT_TRUE(trace->records.empty());
}

}  // namespace
}  // namespace warpscope::device
