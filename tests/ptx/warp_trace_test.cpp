// What add_warp_trace() adds stands where it should, and nothing else is changed. What it does when it runs:
// tests/device/warp_trace_test.cpp.
#include "compute/ptx/warp_trace.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/ptx/ptx_text.h"

namespace warpscope::ptx {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Module traced(const Module& module, std::string_view name = "k") {
  const auto result = add_warp_trace(module, name);
  EXPECT_TRUE(result) << (result ? "" : result.error().text());
  return result ? **result : Module{};
}

// Added registers are numbered behind all others and declared before them: texts are compared, not modules.
void expect_same_when_printed(const Module& module) {
  const std::string text = print(module);
  const auto again = parse(text, "again.ptx");
  ASSERT_TRUE(again) << again.error().front().text();
  EXPECT_TRUE(print(*again) == text);
}

std::string error_of(std::string_view declarations, std::string_view name = "k") {
  const auto result = add_warp_trace(module_of(declarations), name);
  return result ? "accepted" : result.error().message;
}

// The body's text without what was added: `E` for an entry, `X` for an exit.
std::string outline(const Function& function) {
  std::string text;
  for (std::size_t i = 0; i < function.instructions.size(); ++i) {
    for (const auto& [name, index] : function.labels) {
      if (index == static_cast<int>(i)) text += name + ": ";
    }
    const Instruction& instruction = function.instructions[i];
    const bool ours = std::ranges::any_of(instruction.operands, [&](const Operand& operand) {
      return operand.reg >= 0 &&
             function.registers[static_cast<std::size_t>(operand.reg)].name.starts_with("%warpscope_");
    });
    if (!ours) text += (instruction.guard.reg >= 0 ? "@" : "") + instruction.name + "; ";
    // The last of either addition.
    const bool ends = ours && (instruction.opcode == Opcode::kSt || instruction.opcode == Opcode::kRed);
    if (!ends || instruction.operands[0].kind != OperandKind::kAddress) continue;
    if (instruction.opcode == Opcode::kSt && instruction.operands[0].value == 16) text += "E ";
    if (instruction.opcode == Opcode::kRed && instruction.operands[0].value == 44) text += "X ";
  }
  for (const auto& [name, index] : function.labels) {
    if (index == static_cast<int>(function.instructions.size())) text += name + ":";
  }
  return text;
}

std::string outline_of(std::string_view body) {
  return outline(traced(module_of(kernel(body))).functions.at(0));
}

TEST(WarpTrace, IsAddedAtTheEntryAndBeforeEveryWayOut) {
  EXPECT_EQ(outline_of("mov.u32 %r1, 1; ret;"), "E mov.u32; X ret; ");
  EXPECT_EQ(outline_of("mov.u32 %r1, 1; exit;"), "E mov.u32; X exit; ");
  EXPECT_EQ(outline_of("ret.uni;"), "E X ret.uni; ");
}

TEST(WarpTrace, TheEndOfTheTextIsAWayOut) {
  EXPECT_EQ(outline_of("mov.u32 %r1, 1;"), "E mov.u32; X ret; ");
  EXPECT_EQ(outline_of(""), "E X ret; ");
  EXPECT_EQ(outline_of("@%p1 bra DONE; ret; DONE:"), "E @bra; X ret; DONE: X ret; ");
  EXPECT_EQ(outline_of("T: .branchtargets A, B; brx.idx %r1, T; A: ret; B:"), "E brx.idx; A: X ret; B: X ret; ");
}

TEST(WarpTrace, LanesThatStayGoRoundAGuardedExit) {
  EXPECT_EQ(outline_of("@%p1 ret; mov.u32 %r1, 1; ret;"), "E @bra; X ret; $warpscope_0: mov.u32; X ret; ");
  EXPECT_EQ(outline_of("@!%p1 exit;"), "E @bra; X exit; $warpscope_0: X ret; ");
  const Module module = traced(module_of(kernel("@!%p1 exit; ret;")));
  const Function& function = module.functions.at(0);
  const auto around =
      std::ranges::find_if(function.instructions, [](const Instruction& i) { return i.opcode == Opcode::kBra; });
  ASSERT_NE(around, function.instructions.end());
  EXPECT_EQ(print(module, function, *around), "@%p1 bra $warpscope_0");
}

TEST(WarpTrace, BranchesToAnExitMeetWhatWasAddedToIt) {
  EXPECT_EQ(outline_of("@%p1 bra OUT; mov.u32 %r1, 1; OUT: ret;"), "E @bra; mov.u32; OUT: X ret; ");
}

TEST(WarpTrace, ALoopToTheFirstInstructionDoesNotComeInAgain) {
  EXPECT_EQ(outline_of("AGAIN: add.u32 %r1, %r1, 1; @%p1 bra AGAIN; ret;"), "E AGAIN: add.u32; @bra; X ret; ");
}

TEST(WarpTrace, ATrapIsNoWayOut) {
  EXPECT_EQ(outline_of("@%p1 trap; ret;"), "E @trap; X ret; ");
  EXPECT_EQ(outline_of("trap;"), "E trap; ");
}

TEST(WarpTrace, FunctionsThatEndTheThreadAreTracedAndThoseThatReturnAreNot) {
  const Module module = traced(module_of(".func stop() { .reg .pred %p<2>; @%p1 exit; ret; }\n.func stay() { ret; }\n" +
                                         kernel("call stop; call stay; ret;") + ".entry other() { ret; }\n"));
  EXPECT_EQ(outline(module.functions.at(0)), "@bra; X exit; $warpscope_0: ret; ");
  EXPECT_EQ(outline(module.functions.at(1)), "ret; ");
  EXPECT_EQ(outline(module.functions.at(2)), "E call; call; X ret; ");
  EXPECT_EQ(outline(module.functions.at(3)), "ret; ") << "another kernel";
}

TEST(WarpTrace, TakesNamesThatNothingHas) {
  const Module before = module_of(kernel(
      ".reg .b32 %warpscope_r<3>; .reg .b32 %warpscope__; $warpscope_0: @%p1 ret; mov.u32 %warpscope_r1, 1; ret;"));
  const Module after = traced(before);
  expect_same_when_printed(after);
  EXPECT_TRUE(after.functions[0].labels.contains("$warpscope__0"));
}

TEST(WarpTrace, KeepsLinesAndAddsToThoseOfTheNeighbours) {
  const Module module =
      traced(module_of(".file 1 \"a.cu\"\n" + kernel(".loc 1 7 1\nmov.u32 %r1, 1; .loc 1 9 1\nret;")));
  const Function& function = module.functions.at(0);
  std::vector<int> lines;
  for (const Instruction& instruction : function.instructions) {
    const int line = function.locs.at(static_cast<std::size_t>(instruction.loc)).line;
    if (lines.empty() || lines.back() != line) lines.push_back(line);
  }
  EXPECT_THAT(lines, ElementsAre(7, 9));
}

TEST(WarpTrace, RaisesAnOldVersionAndNoOther) {
  const auto version = [](const char* text) {
    const auto module = parse(std::string(".version ") + text + "\n.target sm_60\n.entry k() { ret; }", "t.ptx");
    const Module after = traced(*module);
    return std::pair(after.version_major, after.version_minor);
  };
  EXPECT_EQ(version("6.0"), std::pair(6, 2));
  EXPECT_EQ(version("6.2"), std::pair(6, 2));
  EXPECT_EQ(version("8.1"), std::pair(8, 1));
}

TEST(WarpTrace, SaysWhatStandsInTheWay) {
  EXPECT_THAT(error_of(kernel("ret;"), "q"), HasSubstr("no kernel 'q' whose warps could be traced: it has: k"));
  EXPECT_THAT(error_of(".func k() { ret; }"), HasSubstr("it has none"));
  EXPECT_THAT(error_of(".global .u32 warpscope_warp_trace;" + kernel("ret;")), HasSubstr("uses the name"));
  EXPECT_THAT(error_of(kernel(".reg .b32 warpscope_warp_trace; ret;")), HasSubstr("uses the name"));
  const Module twice = traced(module_of(kernel("ret;")));
  EXPECT_FALSE(add_warp_trace(twice, "k"));
  const auto narrow = parse(".version 6.0\n.target sm_60\n.address_size 32\n.entry k() { ret; }", "t.ptx");
  EXPECT_THAT(add_warp_trace(*narrow, "k").error().message, HasSubstr("32 bits"));
}

TEST(WarpTrace, WarpsOfABlockAreRoundedUp) {
  EXPECT_EQ(warps_of_block({32, 1, 1}), 1U);
  EXPECT_EQ(warps_of_block({33, 1, 1}), 2U);
  EXPECT_EQ(warps_of_block({7, 5, 3}), 4U);
}

// Kernels as compilers write them.
TEST(WarpTrace, SurvivesPrintingForEveryKernelOfTheSamples) {
  int kernels = 0;
  for (const char* folder : {"tests/ptx/data", "assets/ptx"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(WARPSCOPE_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".ptx") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const auto module = parse(std::string(std::istreambuf_iterator<char>(in), {}), entry.path().filename().string());
      ASSERT_TRUE(module);
      for (const Function& function : module->functions) {
        if (!function.is_entry || function.is_declaration) continue;
        SCOPED_TRACE(module->file + " " + function.name);
        const Module after = traced(*module, function.name);
        expect_same_when_printed(after);
        EXPECT_EQ(after.sections.size(), module->sections.size());
        ++kernels;
      }
    }
  }
  EXPECT_GE(kernels, 60);
}

}  // namespace
}  // namespace warpscope::ptx
