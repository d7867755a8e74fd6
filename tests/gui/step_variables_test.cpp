// The variables of a warp: how values fit their cells, and what a hand does with them, on a real run.
#include "app/panels/step_variables.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/panels/step_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/step_fixture.h"

namespace warpscope::tests {
namespace {

using panels::fitted_value;
using panels::Frame;
using panels::StepFocus;
using session::ValueFormat;
using testing::HasSubstr;
using testing::Not;
using Kind = ptx::TypeInfo::Kind;

struct Fit {
  const char* exact;
  Kind kind;
  double number;
  ValueFormat format;
  int characters;
  const char* shown;
};

TEST(FittedValues, AreWholeOrRoundedOrNotThere) {
  constexpr ValueFormat kNatural = ValueFormat::kNatural;
  const Fit fits[] = {
      {"48", Kind::kSigned, 48, kNatural, 3, "48"},
      {"0.25", Kind::kFloat, 0.25, kNatural, 3, ".25"},
      {"-0.25", Kind::kFloat, -0.25, kNatural, 3, "-.2"},
      {"0.3612345", Kind::kFloat, 0.3612345, kNatural, 3, ".36"},
      {"12.75", Kind::kFloat, 12.75, kNatural, 3, "13"},
      {"1000000", Kind::kFloat, 1e6, kNatural, 3, "1e6"},
      {"0.00012", Kind::kFloat, 0.00012, kNatural, 3, "~0"},
      {"1999", Kind::kSigned, 1999, kNatural, 3, "1k"},
      {"1999", Kind::kSigned, 1999, kNatural, 4, "1999"},
      {"-12345", Kind::kSigned, -12345, kNatural, 3, ""},
      {"65 'A'", Kind::kChar, 65, kNatural, 3, "65"},
      {"0x000003e8", Kind::kUnsigned, 1000, ValueFormat::kHex, 3, "3e8"},
      {"0x3e800000", Kind::kFloat, 0.25, ValueFormat::kHex, 3, ""},
      {"00000000 00000101", Kind::kUnsigned, 5, ValueFormat::kBits, 3, "101"},
      {"48", Kind::kSigned, 48, kNatural, 0, ""},
  };
  for (const Fit& fit : fits) {
    EXPECT_EQ(fitted_value(fit.exact, fit.kind, fit.number, fit.format, fit.characters), fit.shown) << fit.exact;
  }
}

class StepVariables : public testing::Test {
 protected:
  static void draw(const Frame& f) {
    panels::refresh_step_reading(f);
    f.ui.step.before = f.ui.step.hovered;
    f.ui.step.hovered = {};
    panels::draw_step_variables(f, {640, 412, 920, 400});
  }
  // In the middle of what warp 3 does.
  void show() {
    const auto& records = *fixture.run().records;
    std::vector<trace::Position> steps;
    for (trace::Position at = 0; at < records.size(); ++at) {
      if (records[at].warp == 3) steps.push_back(at);
    }
    gui.step = fixture.at(steps[steps.size() / 2], 3);
    gui.frames(2, draw);
  }
  const session::VariableRow& variable(std::string_view name) const {
    for (const auto& row : gui.ui.step.reading.variables) {
      if (row.path == name) return row;
    }
    throw std::runtime_error(fmt::format("no variable {}", name));
  }
  // Where `row` is a known plain value in lane 20: the first such.
  std::string plain() const {
    for (const auto& row : gui.ui.step.reading.variables) {
      if (row.in_scope && !row.has_parts && !row.is_shared && (row.has_value >> 20 & 1U) != 0) return row.path;
    }
    throw std::runtime_error("no plain variable");
  }
  scene::Vec2 cell(const std::string& path, int lane) const {
    const scene::Rect all = gui.target("Values of " + path);
    return {all.x + (static_cast<float>(lane) + 0.4F) * all.w / 32, all.y + all.h / 2};
  }
  void right_click(scene::Vec2 at) {
    gui.move(at, draw);
    ImGui::GetIO().MouseDown[1] = true;
    gui.frame(draw);
    ImGui::GetIO().MouseDown[1] = false;
    gui.frames(2, draw);
  }
  void type(const char* what) {
    ImGui::GetIO().AddInputCharactersUTF8(what);
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
  StepFixture fixture{"matmul_tiled"};
  BareGui gui{1920, 1080};
};

TEST_F(StepVariables, SayTheValueOfTheLaneUnderThePointer) {
  show();
  const std::string path = plain();
  gui.move(cell(path, 20), draw);
  EXPECT_EQ(gui.ui.step.hovered.kind, StepFocus::Kind::kVariable);
  EXPECT_EQ(gui.ui.step.hovered.lane, 20);
  const auto& row = variable(path);
  const std::string exact = session::value_text(fixture.run().debug->types(), row.type_index, row.of(20));
  EXPECT_THAT(gui.ui.widgets.tips.back(), HasSubstr(fmt::format("{} in lane 20", path)));
  EXPECT_THAT(gui.ui.widgets.tips.back(), HasSubstr("\n" + exact + "\n"));
}

TEST_F(StepVariables, AskOnceWhoWroteAValueWhenThePointerRests) {
  show();
  const std::string path = plain();
  gui.move(cell(path, 20), draw);
  EXPECT_TRUE(sent<session::AskWriter>().empty()) << "not while the pointer passes";
  gui.frames(40, draw);
  ASSERT_EQ(sent<session::AskWriter>().size(), 1U);
  const session::AskWriter asked = sent<session::AskWriter>()[0];
  EXPECT_EQ(asked.place.variable, path);
  EXPECT_EQ(asked.place.lane, 20);
  gui.step.writer = {.question = asked.question, .known = true, .write = {}, .text = "line 11, warp 3"};
  gui.frame(draw);
  EXPECT_THAT(gui.ui.widgets.tips.back(), HasSubstr("written by: line 11, warp 3"));
}

TEST_F(StepVariables, AreChangedInTheSelectedLanes) {
  show();
  const std::string path = plain();
  gui.ui.step.selected_lanes = 0xFF;
  gui.move(cell(path, 20), draw);
  gui.key("F2", draw);
  gui.frames(2, draw);
  type("7");
  gui.key("Enter", draw);
  ASSERT_EQ(sent<session::EditVariable>().size(), 1U);
  EXPECT_EQ(sent<session::EditVariable>()[0].variable, path);
  EXPECT_EQ(sent<session::EditVariable>()[0].lanes, 0xFFU);
  EXPECT_EQ(sent<session::EditVariable>()[0].value, "7");
  EXPECT_TRUE(gui.ui.step.editing_cell.empty());
}

TEST_F(StepVariables, AValueThatIsNoneIsNotSent) {
  show();
  gui.move(cell(plain(), 20), draw);
  gui.key("F2", draw);
  gui.frames(2, draw);
  type("seven");
  gui.key("Enter", draw);
  EXPECT_TRUE(sent<session::EditVariable>().empty());
  EXPECT_FALSE(gui.ui.step.editing_cell.empty()) << "it can be mended";
  gui.key("Esc", draw);
  EXPECT_TRUE(gui.ui.step.editing_cell.empty());
}

TEST_F(StepVariables, AMenuWatchesAndGoesToWhoWrote) {
  show();
  const std::string path = plain();
  right_click(cell(path, 9));
  gui.click("Value: Watch it", draw);
  ASSERT_EQ(sent<session::AddBreakpoint>().size(), 1U);
  EXPECT_EQ(sent<session::AddBreakpoint>()[0].breakpoint.watched, path);
  right_click(cell(path, 9));
  gui.click("Value: Who wrote this?", draw);
  ASSERT_EQ(sent<session::GoToWriter>().size(), 1U);
  EXPECT_EQ(sent<session::GoToWriter>()[0].place.lane, 9);
}

TEST_F(StepVariables, ArraysUnfold) {
  show();
  std::string array;
  for (const auto& row : gui.ui.step.reading.variables) {
    if (row.has_parts) array = row.path;
  }
  ASSERT_FALSE(array.empty());
  const std::size_t before = gui.ui.step.reading.variables.size();
  gui.click("Variable " + array, draw);
  gui.frame(draw);
  EXPECT_TRUE(gui.ui.step.unfolded.contains(array));
  EXPECT_EQ(gui.ui.step.reading.variables.size(), before + 16) << "a tile has 16 rows";
}

TEST_F(StepVariables, RegistersComeOnDemand) {
  show();
  const auto registers = [&] {
    panels::VariableCells& cells = *gui.ui.step.variables.cells;
    return cells.rows.size() - cells.first_register;
  };
  EXPECT_EQ(registers(), 0U);
  gui.click("Registers", draw);
  gui.frame(draw);
  EXPECT_EQ(registers(), gui.ui.step.reading.registers.size());
}

TEST_F(StepVariables, KeysChooseARowAndALane) {
  show();
  gui.ui.widgets.focus = "Variables";
  gui.frames(2, draw);
  const std::string first = gui.ui.step.variables.row;
  gui.key("Down", draw);
  gui.key("Right", draw);
  EXPECT_NE(gui.ui.step.variables.row, first);
  EXPECT_EQ(gui.ui.step.variables.lane, 1);
  gui.key("W", draw);
  ASSERT_EQ(sent<session::GoToWriter>().size(), 1U);
  EXPECT_EQ(sent<session::GoToWriter>()[0].place.variable, gui.ui.step.variables.row);
}

}  // namespace
}  // namespace warpscope::tests
