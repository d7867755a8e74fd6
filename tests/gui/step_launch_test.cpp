// The launch, breakpoints and the welcome: what can be edited, what is refused, what is sent.
#include "app/panels/step_launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "app/panels/keys.h"
#include "app/panels/step_panels.h"
#include "compute/drawings/prepare.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/step_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using session::StepBreakpoint;
using ::testing::HasSubstr;

const BareGui::Draw draw = [](const Frame& f) { panels::draw_step_launch(f, {0, 0, 1280, 900}); };

class LaunchCard : public ::testing::Test {
 protected:
  LaunchCard() {
    gui.ui.workspace = panels::Workspace::kStep;
    gui.step = fixture.at(0);
    gui.ui.step.launch_open = true;
    gui.frames(2, draw);
  }
  template <class Command>
  std::vector<Command> sent() const {
    std::vector<Command> out;
    for (const auto& command : gui.step_commands) {
      if (const auto* one = std::get_if<Command>(&command)) out.push_back(*one);
    }
    return out;
  }
  bool is_enabled(std::string_view name) const {
    return std::any_of(gui.ui.targets.begin(), gui.ui.targets.end(),
                       [&](const panels::Target& target) { return target.name == name && target.enabled; });
  }
  void set(const std::string& name, const std::string& value) {
    gui.ui.pending_sets[name] = value;
    gui.frames(2, draw);
  }
  session::StepLaunch launched() {
    gui.click("Run this launch", draw);
    const auto all = sent<session::SetLaunch>();
    return all.empty() ? session::StepLaunch{} : all.back().launch;
  }

  StepFixture fixture{"vector_add"};
  BareGui gui{1280, 900};
};

TEST_F(LaunchCard, SendsWhatWasChangedAndLeavesTheRest) {
  set("Grid x", "7");
  set("Block x", "64");
  set("Dynamic shared memory", "128");
  set("Check Race", "off");
  set("Most steps", "5000");
  set("Argument n", "448");
  const session::StepLaunch got = launched();
  session::StepLaunch expected = *gui.step.launch;
  EXPECT_EQ(got.grid, (base::Dim3{7, 1, 1}));
  EXPECT_EQ(got.block, (base::Dim3{64, 1, 1}));
  EXPECT_EQ(got.dynamic_shared_bytes, 128U);
  EXPECT_FALSE(got.checks.race);
  EXPECT_TRUE(got.checks.memory);
  EXPECT_EQ(got.max_steps, 5000U);
  ASSERT_EQ(got.arguments.size(), 4U);
  EXPECT_EQ(got.arguments[3].spec, "i32:448");
  EXPECT_EQ(got.arguments[0].spec, expected.arguments[0].spec);
  EXPECT_FALSE(gui.ui.step.launch_open);
}

TEST_F(LaunchCard, RefusesABlockOfTooManyThreads) {
  set("Block x", "64");
  set("Block y", "32");
  EXPECT_FALSE(is_enabled("Run this launch"));
  EXPECT_THAT(panels::block_problem({64, 32, 1}), HasSubstr("2048 threads: a block has 1 to 1,024"));
  set("Block y", "16");
  EXPECT_TRUE(is_enabled("Run this launch"));
  set("Block x", "5000");
  EXPECT_FALSE(gui.ui.widgets.fields.at("Block x").problem.empty());
}

TEST_F(LaunchCard, RefusesASpecThatCannotBeReadAndSaysWhy) {
  set("Argument a", "buf:f32:10:zeroes");
  EXPECT_FALSE(is_enabled("Run this launch"));
  EXPECT_THAT(panels::spec_problem("buf:f32:10:zeroes"), HasSubstr("zero"));
  set("Argument a", "buf:f32:10:zero");
  EXPECT_TRUE(is_enabled("Run this launch"));
}

TEST_F(LaunchCard, JudgesHugeBuffersWithoutFillingThem) {
  EXPECT_EQ(panels::spec_problem("buf:f32:500000000:rand:1"), "");
  EXPECT_THAT(panels::spec_problem("buf:f64:500000000:zero"), HasSubstr("2 GiB"));
  EXPECT_NE(panels::spec_problem("buf:f32:500000000:rnd:1"), "");
}

TEST_F(LaunchCard, OffersPresetsOfTheArgumentsOwnTypeAndSize) {
  const session::StepLaunch& launch = *gui.step.launch;
  const auto presets = panels::presets_of(launch, 1, {});
  const auto spec = [&](std::string_view label) {
    for (const auto& preset : presets) {
      if (preset.label == label) return preset.spec;
    }
    return std::string("none");
  };
  EXPECT_EQ(spec("ones"), "buf:f32:1000:ones");
  EXPECT_EQ(spec("0, 1, 2 ..."), "buf:f32:1000:iota");
  EXPECT_EQ(spec("same as a"), "same:0");
  EXPECT_EQ(spec("the drawn digit"), "none") << "the pad is empty";
  for (const auto& preset : presets) {
    if (preset.label == "a file" || preset.label == "a picture") continue;  // their names are still to be typed
    EXPECT_EQ(panels::spec_problem(preset.spec), "") << preset.label;
  }
  EXPECT_TRUE(panels::presets_of(launch, 3, {}).empty()) << "a number has none";
  set("Preset of b", "ones");
  EXPECT_EQ(launched().arguments[1].spec, "buf:f32:1000:ones");
}

TEST_F(LaunchCard, TypesWithoutASpecAreReadFromTheirNames) {
  session::StepLaunch launch = *gui.step.launch;
  struct Row {
    const char* type;
    kernels::ElementType element;
  };
  for (const Row& row :
       {Row{"const float *", kernels::ElementType::kF32}, Row{"unsigned char *", kernels::ElementType::kU8},
        Row{"unsigned int *", kernels::ElementType::kU32}, Row{"int *", kernels::ElementType::kI32},
        Row{"double *", kernels::ElementType::kF64}, Row{"uint8_t *", kernels::ElementType::kU8}}) {
    const session::StepArgument argument{.name = "p", .type = row.type, .spec = "null", .is_pointer = true};
    EXPECT_EQ(panels::shape_of(argument, launch).element, row.element) << row.type;
    EXPECT_EQ(panels::shape_of(argument, launch).count, 1024U) << "one for each thread";
  }
}

TEST_F(LaunchCard, TheDrawnDigitIsTheOneTheNetworkSees) {
  drawings::Drawing drawing;
  drawing.strokes = {{{140, 40, 0}, {140, 240, 300}}};
  const auto argument = kernels::parse_argument(panels::digit_spec(drawing));
  ASSERT_TRUE(argument) << argument.error().text();
  ASSERT_EQ(argument->bytes.size(), 784U * 4);
  const drawings::DigitImage image = drawings::prepare(drawing);
  int inked = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    float value = 0;
    std::memcpy(&value, argument->bytes.data() + 4 * i, 4);
    EXPECT_NEAR(value, static_cast<float>(image[i]) / 255, 1e-3F);
    inked += image[i] > 0 ? 1 : 0;
  }
  EXPECT_GT(inked, 20);
}

TEST_F(LaunchCard, PutsTheShippedLaunchBack) {
  set("Grid x", "9");
  set("Argument n", "5");
  gui.click("As shipped", draw);
  gui.frame(draw);
  const session::StepLaunch got = launched();
  EXPECT_EQ(got.grid, (base::Dim3{4, 1, 1}));
  EXPECT_EQ(got.arguments[3].spec, "i32:1000");
}

TEST_F(LaunchCard, ForgetsADraftThatWasLeft) {
  set("Grid x", "9");
  gui.click("Cancel", draw);
  EXPECT_FALSE(gui.ui.step.launch_open);
  gui.frames(3, draw);
  gui.ui.step.launch_open = true;
  gui.frames(2, draw);
  EXPECT_EQ(launched().grid, (base::Dim3{4, 1, 1}));
}

TEST_F(LaunchCard, ShowsScalarsAsNumbers) {
  const session::StepArgument number{.name = "n", .type = "int", .spec = "i32:1000"};
  EXPECT_EQ(panels::shown_spec(number), "1000");
  EXPECT_EQ(panels::spec_from_shown(number, "17"), "i32:17");
  EXPECT_EQ(panels::spec_from_shown(number, "u8:17"), "u8:17");
  const session::StepArgument buffer{.name = "a", .type = "float *", .spec = "buf:f32:4:zero", .is_pointer = true};
  EXPECT_EQ(panels::shown_spec(buffer), "buf:f32:4:zero");
}

class BreakpointCard : public LaunchCard {
 protected:
  BreakpointCard() {
    gui.ui.step.launch_open = false;
    gui.ui.step.breakpoints_open = true;
    StepBreakpoint line;
    line.id = 3;
    line.line = 12;
    StepBreakpoint watch;
    watch.id = 5;
    watch.kind = StepBreakpoint::Kind::kVariable;
    watch.watched = "summ";
    watch.problem = "'summ' is no variable of this kernel";
    gui.step.breakpoints = {line, watch};
    gui.frames(2, draw);
  }
};

TEST_F(BreakpointCard, TurnsOffConditionsAndRemoves) {
  gui.click("Breakpoint 3", draw);
  ASSERT_EQ(sent<session::ChangeBreakpoint>().size(), 1U);
  EXPECT_FALSE(sent<session::ChangeBreakpoint>()[0].breakpoint.enabled);
  set("Condition 3", "sum > 100");
  EXPECT_EQ(sent<session::ChangeBreakpoint>().back().breakpoint.condition, "sum > 100");
  EXPECT_EQ(sent<session::ChangeBreakpoint>().back().breakpoint.id, 3);
  gui.click("Remove 5", draw);
  ASSERT_EQ(sent<session::RemoveBreakpoint>().size(), 1U);
  EXPECT_EQ(sent<session::RemoveBreakpoint>()[0].id, 5);
}

TEST_F(BreakpointCard, AddsALineAndAWatch) {
  set("New line", "20");
  gui.click("Add line", draw);
  set("New watch", "tile[3][5]");
  gui.click("Add watch", draw);
  const auto added = sent<session::AddBreakpoint>();
  ASSERT_EQ(added.size(), 2U);
  EXPECT_EQ(added[0].breakpoint.kind, StepBreakpoint::Kind::kLine);
  EXPECT_EQ(added[0].breakpoint.line, 20);
  EXPECT_EQ(added[1].breakpoint.kind, StepBreakpoint::Kind::kVariable);
  EXPECT_EQ(added[1].breakpoint.watched, "tile[3][5]");
  set("New line", "first");
  gui.click("Add line", draw);
  EXPECT_EQ(sent<session::AddBreakpoint>().size(), 2U);
  EXPECT_THAT(gui.ui.step.launch.problem, HasSubstr("is no line"));
}

TEST(StepWelcome, OffersEveryShippedKernelAndAFileOfOnesOwn) {
  BareGui gui(1560, 4000);
  const BareGui::Draw welcome = [](const Frame& f) { panels::draw_step_welcome(f, {0, 0, 1560, 4000}); };
  gui.frame(welcome);
  for (const kernels::Kernel& kernel : kernels::catalogue()) {
    EXPECT_GT(gui.target("Open " + std::string(kernel.name)).w, 100);
  }
  gui.click("Open matmul_tiled", welcome);
  ASSERT_EQ(gui.step_commands.size(), 1U);
  EXPECT_EQ(std::get<session::OpenKernel>(gui.step_commands[0]).name, "matmul_tiled");
  gui.click("Open your own", welcome);
  ASSERT_EQ(gui.ui.next_keys.size(), 1U);
  EXPECT_EQ(gui.ui.next_keys[0].code, 'O');
}

}  // namespace
}  // namespace warpscope::tests
