// printf, malloc, free and assert in kernels that nvcc compiled; and printf's formats alone.
#include "compute/vgpu/intrinsics.h"

#include <bit>
#include <map>

#include "compute/vgpu/printf_format.h"
#include "tests/vgpu/warp_kernel.h"

namespace warpscope::vgpu::tests {
namespace {

TEST(Intrinsics, NamesThatDriversBring) {
  for (const char* name : {"vprintf", "malloc", "free", "__assertfail"}) EXPECT_GE(find_intrinsic(name), 0) << name;
  EXPECT_EQ(find_intrinsic("printf"), -1);
  EXPECT_EQ(find_intrinsic(""), -1);
}

TEST(Intrinsics, PrintfInAKernel) {
  WarpKernel kernel = WarpKernel::from_file("device_calls.ptx");
  kernel.buffer(std::vector<int>(5));
  const RunReport report = kernel.run("print_numbers", {1, 1, 1}, {32, 1, 1});
  EXPECT_EQ(fault_of(report), "");
  EXPECT_EQ(report.printed,
            "-7 8 4000000000 ff FF 10 z|   42|42   |00042|+42\n"
            "-5000000000 123456789abcdef 1099511627776 1.500000 0.667 1.234568e+04 1e-09 0x1.8p-1\n"
            "text and more,      right|cu|%|     7|3.1\n"
            "no arguments\n"
            "0x7f00 4464 44 8\n");
  EXPECT_EQ(kernel.read<int>(0, 5), (std::vector<int>{11, 8, 8, 0, 4}));
}

TEST(Intrinsics, LanesPrintInTheirOrder) {
  WarpKernel kernel = WarpKernel::from_file("device_calls.ptx");
  const RunReport report = kernel.run("print_lanes", {2, 1, 1}, {6, 1, 1});
  EXPECT_EQ(report.printed,
            "block 0 lane 1\nblock 0 lane 3\nblock 0 lane 5\nblock 1 lane 1\nblock 1 lane 3\nblock 1 lane 5\n");
}

TEST(Intrinsics, ListsOnTheDeviceHeap) {
  for (const int threads : {1, 2}) {
    WarpKernel kernel = WarpKernel::from_file("device_calls.ptx");
    kernel.buffer(std::vector<int>(40)).scalar(5);
    EXPECT_EQ(fault_of(kernel.run("lists", {1, 1, 1}, {40, 1, 1}, threads)), "");
    const auto sums = kernel.read<int>(0, 40);
    for (int i = 0; i < 40; ++i) EXPECT_EQ(sums[static_cast<std::size_t>(i)], 500 * i + 10);
    for (const Allocation& allocation : kernel.memory().allocations()) {
      EXPECT_TRUE(allocation.freed || allocation.kind != AllocationKind::kDeviceHeap);
    }
  }
}

TEST(Intrinsics, FreeingTwiceIsAFault) {
  WarpKernel kernel = WarpKernel::from_file("device_calls.ptx");
  kernel.buffer(std::vector<int>{41});
  const RunReport report = kernel.run("free_twice", {1, 1, 1}, {1, 1, 1});
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(report.fault->kind, FaultKind::kBadOperand);
  EXPECT_NE(report.fault->message.find("free()"), std::string::npos) << report.fault->message;
}

TEST(Intrinsics, AssertNamesFileThreadAndCondition) {
  std::vector<int> values(64, 1);
  values[37] = 100;
  WarpKernel kernel = WarpKernel::from_file("device_calls.ptx");
  kernel.buffer(values).buffer(std::vector<int>(64));
  const RunReport report = kernel.run("check_values", {2, 1, 1}, {8, 8, 1});
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(report.fault->kind, FaultKind::kAssert);
  const std::string& message = report.fault->message;
  EXPECT_EQ(message.rfind("device_calls.cu:", 0), 0U) << message;
  EXPECT_NE(message.find("check_values"), std::string::npos) << message;
  EXPECT_NE(message.find(": block: [0,0,0], thread: [5,4,0] Assertion `values[i] < 100` failed."), std::string::npos)
      << message;
  EXPECT_EQ(report.fault->thread, 37U);
}

TEST(Intrinsics, ArgumentsAndResultsInRegisters) {
  WarpKernel kernel = WarpKernel::from_text(R"(
.version 8.0
.target sm_80
.address_size 64
.extern .func (.param .b64 result) malloc (.param .b64 size);
.extern .func free (.param .b64 address);
.visible .entry k(.param .u64 out) {
  .reg .b64 %heap, %out;
  .reg .b32 %x;
  ld.param.u64 %out, [out];
  call.uni (%heap), malloc, (64);
  mov.u32 %x, 7;
  st.u32 [%heap+60], %x;
  ld.u32 %x, [%heap+60];
  st.global.u32 [%out], %x;
  call.uni free, (%heap);
  ret;
}
)");
  kernel.buffer(std::vector<int>(1));
  EXPECT_EQ(fault_of(kernel.run("k", {1, 1, 1}, {1, 1, 1})), "");
  EXPECT_EQ(kernel.read<int>(0, 1), std::vector<int>{7});
}

// ---- Formats

// Arguments and strings of a test.
struct Arguments {
  std::vector<std::uint8_t> bytes;
  std::map<std::uint64_t, std::string> texts;

  template <class T>
  Arguments& add(T value) {
    bytes.resize((bytes.size() + sizeof value - 1) / sizeof value * sizeof value);
    const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof value);
    return *this;
  }
  std::optional<Printed> print(std::string_view format) const {
    return format_printf(
        format,
        [&](std::uint32_t offset, std::uint32_t count) -> std::optional<std::uint64_t> {
          if (offset + count > bytes.size()) return std::nullopt;
          std::uint64_t bits = 0;
          std::memcpy(&bits, &bytes[offset], count);
          return bits;
        },
        [&](std::uint64_t address) -> std::optional<std::string> {
          const auto found = texts.find(address);
          return found == texts.end() ? std::nullopt : std::optional(found->second);
        });
  }
};

TEST(PrintfFormat, ArgumentsAreAlignedToTheirSizes) {
  const auto printed = Arguments().add(1).add(2.5).add('c' + 0).add(std::int64_t{-3}).print("%d %f %c %lld");
  ASSERT_TRUE(printed.has_value());
  EXPECT_EQ(printed->text, "1 2.500000 c -3");
  EXPECT_EQ(printed->arguments, 4);
}

TEST(PrintfFormat, NullStringsAndPointers) {
  EXPECT_EQ(Arguments().add(std::uint64_t{0}).print("%s")->text, "(null)");
  EXPECT_EQ(Arguments().add(std::uint64_t{0}).print("%p")->text, "(nil)");
}

TEST(PrintfFormat, StarsMayBeNegative) {
  EXPECT_EQ(Arguments().add(-4).add(7).print("[%*d]")->text, "[7   ]");
  EXPECT_EQ(Arguments().add(-1).add(0).add(1.5).print("[%.*f]")->text, "[1.500000]");
}

TEST(PrintfFormat, WhatIsNoSpecifierIsWrittenAsItStands) {
  for (const char* format : {"%", "%-", "%5", "%.", "%l", "%*", "%n", "%y", "100%", "%5.3", "%ll", "%hhq"}) {
    const auto printed = Arguments().print(format);
    ASSERT_TRUE(printed.has_value()) << format;
    EXPECT_EQ(printed->text, format);
    EXPECT_EQ(printed->arguments, 0);
  }
}

TEST(PrintfFormat, AtMost32Arguments) {
  Arguments arguments;
  std::string format;
  for (int i = 0; i < 40; ++i) {
    arguments.add(i);
    format += "%d ";
  }
  const auto printed = arguments.print(format);
  ASSERT_TRUE(printed.has_value());
  EXPECT_EQ(printed->arguments, 32);
  EXPECT_TRUE(printed->text.ends_with("31 %d %d %d %d %d %d %d %d ")) << printed->text;
}

TEST(PrintfFormat, HugeFieldsAreCut) {
  const auto printed = Arguments().add(2147483647).add(-2147483647 - 1).add(1).print("%2147483647%%*d%999999999999d");
  ASSERT_TRUE(printed.has_value());
  EXPECT_LT(printed->text.size(), 300'000U);
}

TEST(PrintfFormat, UnreadableArgumentsFail) {
  EXPECT_FALSE(Arguments().print("%d").has_value());
  EXPECT_FALSE(Arguments().add(std::uint64_t{16}).print("%s").has_value());
}

}  // namespace
}  // namespace warpscope::vgpu::tests
