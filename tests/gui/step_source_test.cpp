// The code panels: what stands beside the lines, what clicks and keys ask for, and the editor.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "app/panels/step_panels.h"
#include "app/panels/step_source_parts.h"
#include "compute/session/step_reading.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/step_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using panels::StepFocus;

template <class Command>
std::vector<Command> asked(const BareGui& gui) {
  std::vector<Command> out;
  for (const session::StepCommand& command : gui.step_commands) {
    if (const auto* one = std::get_if<Command>(&command)) out.push_back(*one);
  }
  return out;
}

// Recording takes a moment: once for all tests.
StepFixture& matmul() {
  static StepFixture fixture("matmul_tiled");
  return fixture;
}
StepFixture& racing() {
  static StepFixture fixture("bug_missing_barrier");
  return fixture;
}

// The line (from 1) of the run's text that contains `part`, the n-th of them.
int line_with(const session::StepRun& run, std::string_view part, int n = 0) {
  const std::string& text = *run.source->text;
  std::size_t at = text.find(part);
  for (; n > 0; --n) at = text.find(part, at + 1);
  return static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) + 1;
}

void prepare(const Frame& f) {
  panels::refresh_step_reading(f);
  f.ui.step.before = f.ui.step.hovered;
  f.ui.step.hovered = {};
}
void source(const Frame& f) {
  prepare(f);
  panels::draw_step_source(f, {0, 0, 640, 700});
}
void narrow_source(const Frame& f) {
  prepare(f);
  panels::draw_step_source(f, {0, 0, 300, 500});
}
void ptx(const Frame& f) {
  prepare(f);
  panels::draw_step_ptx(f, {0, 0, 640, 240});
}

void type(BareGui& gui, std::string_view text) {
  for (const char c : text) ImGui::GetIO().AddInputCharacter(static_cast<unsigned char>(c));
  gui.frame(source);
}

bool has_target(const BareGui& gui, std::string_view name) {
  return std::any_of(gui.ui.targets.begin(), gui.ui.targets.end(), [&](const auto& t) { return t.name == name; });
}

// ---- Numbers

TEST(StepSource, NumbersAreShortEnoughForTheirColumn) {
  EXPECT_EQ(panels::short_number(16), "16");
  EXPECT_EQ(panels::short_number(999), "999");
  EXPECT_EQ(panels::short_number(4449), "4.4k");
  EXPECT_EQ(panels::short_number(12940), "13k");
  EXPECT_EQ(panels::short_number(999'600), "1.0M");
  EXPECT_EQ(panels::short_number(30.4), "30.4");
  for (double value = 1; value < 1e12; value *= 1.07) {
    EXPECT_LE(panels::short_number(std::floor(value)).size(), 4U) << value;
  }
}

TEST(StepSource, HeatOfALineIsWhatItsInstructionsCounted) {
  BareGui gui(640, 700);
  gui.step = matmul().at(0);
  gui.frame(source);
  const session::StepRun& run = matmul().run();
  const int line = line_with(run, "sum += a_tile");
  // Added up another way: from the records of the run, step by step.
  std::uint64_t steps = 0, lanes = 0;
  for (const trace::StepRecord& record : *run.records) {
    if (session::line_at(run, record.pc) != line) continue;
    ++steps;
    lanes += static_cast<std::uint64_t>(std::popcount(record.executed));
  }
  const panels::LineHeat& heat = gui.ui.step.code.model.heat(line - 1);
  EXPECT_EQ(heat.row.warp_instructions, steps);
  EXPECT_NEAR(heat.value(1), static_cast<double>(lanes) / static_cast<double>(steps), 1e-9);
  EXPECT_EQ(gui.ui.step.code.model.most_instructions(), steps) << "the inner loop is the hottest line";
  EXPECT_FALSE(heat.shows(2)) << "it touches no global memory";
  EXPECT_DOUBLE_EQ(heat.value(3), 1) << "and its shared accesses have no conflicts";
}

TEST(StepSource, OneHeatColumnIsChosenWhereThereIsNoRoomForFour) {
  BareGui gui(640, 700);
  gui.step = matmul().at(0);
  gui.frame(source);
  EXPECT_FALSE(has_target(gui, "Heat column"));
  gui.frame(narrow_source);
  gui.click("Heat column", narrow_source);
  EXPECT_EQ(gui.ui.step.heat_column, 1);
}

// ---- Where the warps are

TEST(StepSource, FollowsTheWarpUntilAPersonScrolls) {
  BareGui gui(640, 700);
  const int line = line_with(matmul().run(), "c[row * n + column] = sum");
  gui.step = matmul().at_line(line);
  gui.frame(narrow_source);
  const std::string name = "line " + std::to_string(line);
  EXPECT_TRUE(has_target(gui, name));
  gui.move({150, 300}, narrow_source);
  for (int i = 0; i < 30; ++i) gui.wheel(3, narrow_source);
  EXPECT_FALSE(has_target(gui, name)) << "scrolled to the top, and it stays there";
  gui.step = matmul().at_line(line, 1);
  gui.frame(narrow_source);
  EXPECT_TRUE(has_target(gui, name));
}

TEST(StepSource, AChipFollowsItsWarp) {
  BareGui gui(640, 700);
  gui.step = matmul().at_line(line_with(matmul().run(), "__syncthreads"));
  gui.frame(source);
  const auto& warps = gui.ui.step.reading.warps;
  const auto other = std::find_if(warps.begin(), warps.end(), [&](const session::WarpRow& row) {
    return row.line > 0 && has_target(gui, "warp " + std::to_string(row.warp) + " in the source") && row.warp != 0;
  });
  ASSERT_NE(other, warps.end());
  gui.click("warp " + std::to_string(other->warp) + " in the source", source);
  const auto sent = asked<session::FollowWarp>(gui);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].warp, other->warp);
}

// ---- Clicks

TEST(StepSource, ALineNumberTogglesABreakpointAndALineIsTheCursor) {
  BareGui gui(640, 700);
  const int line = line_with(matmul().run(), "sum += a_tile");
  gui.step = matmul().at_line(line);
  gui.frame(source);
  gui.click("line number " + std::to_string(line), source);
  const auto sent = asked<session::ToggleLineBreakpoint>(gui);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].line, line);
  gui.click("line " + std::to_string(line), source);
  EXPECT_EQ(gui.ui.step.cursor_line, line);
  EXPECT_EQ(gui.ui.step.hovered.kind, StepFocus::Kind::kLine);
  EXPECT_EQ(gui.ui.step.hovered.line, line);
}

TEST(StepSource, AVariableUnderThePointerTellsItsValue) {
  BareGui gui(640, 700);
  const session::StepRun& run = matmul().run();
  const int line = line_with(run, "sum += a_tile");
  gui.step = matmul().at_line(line, 0, 40);
  gui.frame(source);
  const scene::Rect r = gui.target("line " + std::to_string(line));
  const float character = 7.8F;                              // of the code font at scale 1
  gui.move({r.x + character * 7.5F, r.centre().y}, source);  // on "sum": six blanks before it
  ASSERT_FALSE(gui.ui.widgets.tips.empty());
  const auto& rows = gui.ui.step.reading.variables;
  const auto sum = std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row.path == "sum"; });
  ASSERT_NE(sum, rows.end());
  float value = 0;
  std::memcpy(&value, sum->of(0).data(), sizeof value);
  const std::string& tip = gui.ui.widgets.tips.back();
  EXPECT_EQ(tip.find("sum = "), 0U) << tip;
  EXPECT_NEAR(std::stof(tip.substr(6)), value, 1e-3F + 1e-3F * std::abs(value)) << tip;
  EXPECT_EQ(gui.ui.step.hovered.path, "sum");
}

TEST(StepSource, AFindingIsUnderlinedOnBothItsLines) {
  BareGui gui(640, 700);
  gui.step = racing().at(0);
  gui.frame(source);
  const session::StepRun& run = racing().run();
  ASSERT_FALSE(run.findings.empty());
  const vgpu::Finding& race = run.findings.front().finding;
  const auto& model = gui.ui.step.code.model;
  for (const int line : {race.where.line, race.other_where.line}) {
    const auto& placed = model.findings(line - 1);
    ASSERT_FALSE(placed.empty()) << line;
    EXPECT_LT(placed[0].begin, placed[0].end);
    EXPECT_LE(placed[0].end, model.code().line(line - 1).size());
  }
  const int line = race.where.line;
  gui.step = racing().at(run.findings.front().at, (*run.records)[run.findings.front().at].warp);
  gui.frame(source);
  const scene::Rect r = gui.target("line " + std::to_string(line));
  const auto& placed = model.findings(line - 1).front();
  gui.click({r.x + 7.8F * (static_cast<float>(placed.begin) + 1.5F), r.centre().y}, source);
  EXPECT_EQ(gui.ui.step.pinned.kind, StepFocus::Kind::kFinding);
  EXPECT_EQ(gui.ui.step.open_finding, placed.finding);
}

// ---- Other texts than the run's

session::StepView edited(const session::StepView& view, const std::string& text) {
  session::StepView out = view;
  auto source = std::make_shared<session::StepSource>(*view.source);
  source->text = std::make_shared<const std::string>(text);
  source->edited = true;
  ++source->version;
  ++out.version;
  out.source = source;
  return out;
}

TEST(StepSource, MarksMoveWithTheirLinesWhenTheTextIsEdited) {
  BareGui gui(640, 700);
  const session::StepRun& run = matmul().run();
  const int line = line_with(run, "sum += a_tile");
  const session::StepView view = matmul().at_line(line);
  gui.step = edited(view, "// new\n// lines\n" + *view.source->text);
  gui.frame(source);
  const auto& model = gui.ui.step.code.model;
  EXPECT_TRUE(model.edited_since_run());
  EXPECT_EQ(model.line_of(line), line - 1 + 2);
  EXPECT_EQ(model.run_line(line - 1 + 2), line);
  EXPECT_TRUE(model.unchanged(line + 1));
  EXPECT_EQ(model.run_line(0), 0) << "a new line has no marks";
  gui.click("line number " + std::to_string(line + 2), source);
  ASSERT_EQ(asked<session::ToggleLineBreakpoint>(gui).size(), 1U);
  EXPECT_EQ(asked<session::ToggleLineBreakpoint>(gui)[0].line, line) << "breakpoints are the run's";
}

TEST(StepSource, AChangedLineKeepsItsMarksGreyed) {
  const panels::LineMap map = panels::map_lines("a\nb\nc", "a\nB\nc");
  EXPECT_EQ(map.old_line, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(map.exact, (std::vector<char>{1, 0, 1}));
  EXPECT_EQ(map.new_line, (std::vector<int>{0, 1, 2}));
}

TEST(StepSource, AProblemStandsBelowItsLineAndOneOfNoLineAtTheTop) {
  BareGui gui(640, 700);
  session::StepView view = matmul().at(0);
  using Severity = session::StepProblem::Severity;
  view.problems = std::make_shared<const std::vector<session::StepProblem>>(std::vector<session::StepProblem>{
      {Severity::kError, view.source->name, 3, 1, "expected a ';'"}, {Severity::kError, "", 0, 0, "no compiler"}});
  gui.step = view;
  gui.frame(source);
  const auto& model = gui.ui.step.code.model;
  ASSERT_GT(model.rows().size(), 4U);
  EXPECT_EQ(model.rows()[3].problem, 0);
  EXPECT_EQ(model.rows()[3].line, 2);
  EXPECT_EQ(model.row_of(3), 4) << "lines below make room";
  EXPECT_EQ(model.homeless(), (std::vector<int>{1}));
  gui.step = edited(view, "\n" + *view.source->text);
  gui.frame(source);
  EXPECT_EQ(model.rows()[4].problem, 0) << "it stays on its line while the text is edited";
}

TEST(StepSource, AFileChangedOnDiskIsLoadedOrNot) {
  BareGui gui(640, 700);
  session::StepView view = matmul().at(0);
  auto changed = std::make_shared<session::StepSource>(*view.source);
  changed->changed_on_disk = true;
  view.source = changed;
  gui.step = view;
  gui.frame(source);
  gui.click("Load it", source);
  EXPECT_EQ(asked<session::ReloadKernel>(gui).size(), 1U);
  gui.click("Keep mine", source);
  gui.frame(source);
  EXPECT_FALSE(has_target(gui, "Keep mine"));
}

// ---- The editor

TEST(StepEditor, WhatIsTypedGoesToTheSession) {
  BareGui gui(640, 700);
  gui.step = matmul().at(0);
  gui.frame(source);
  gui.click("Edit", source);
  EXPECT_TRUE(gui.ui.step.editing);
  gui.key("Ctrl+Home", source);
  type(gui, "// x");
  gui.key("Enter", source);
  const auto sent = asked<session::SetKernelText>(gui);
  ASSERT_GE(sent.size(), 2U);
  EXPECT_EQ(sent.back().text, "// x\n" + *gui.step.source->text);
  gui.key("Ctrl+Z", source);
  gui.key("Ctrl+Z", source);
  EXPECT_EQ(asked<session::SetKernelText>(gui).back().text, *gui.step.source->text);
  gui.key("Ctrl+Enter", source);
  EXPECT_EQ(asked<session::RunKernel>(gui).size(), 1U);
  gui.key("Esc", source);
  EXPECT_FALSE(gui.ui.step.editing);
}

TEST(StepEditor, AnOldTextComingBackDoesNotUndoNewerTyping) {
  BareGui gui(640, 700);
  const session::StepView view = matmul().at(0);
  gui.step = view;
  gui.frame(source);
  gui.click("Edit", source);
  gui.key("Ctrl+Home", source);
  type(gui, "a");
  const std::string first = asked<session::SetKernelText>(gui).back().text;
  type(gui, "b");
  gui.step = edited(view, first);  // the session is one change behind
  gui.frame(source);
  EXPECT_EQ(gui.ui.step.code.editor.text().substr(0, 2), "ab");
  gui.step = edited(view, "loaded from disk");
  gui.frame(source);
  EXPECT_EQ(gui.ui.step.code.editor.text(), "loaded from disk") << "what nobody typed here is new";
}

TEST(StepEditor, ThePointerPlacesTheCaretAndSelects) {
  BareGui gui(640, 700);
  const session::StepView view = matmul().at(0);
  gui.step = edited(view, "int one;\nint two;\n");
  gui.frame(source);
  gui.click("Edit", source);
  gui.frames(40, source);  // no double click
  const scene::Rect r = gui.target("line 2");
  gui.move({r.x + 7.8F * 4 + 1, r.centre().y}, source);
  gui.press(source);
  gui.move({r.x + 7.8F * 7 + 1, r.centre().y}, source);
  gui.release(source);
  EXPECT_EQ(gui.ui.step.code.editor.selected(), "two");
  type(gui, "three");
  EXPECT_EQ(asked<session::SetKernelText>(gui).back().text, "int one;\nint three;\n");
}

TEST(StepEditor, CutAndPasteGoThroughTheClipboard) {
  BareGui gui(640, 700);
  gui.step = edited(matmul().at(0), "abc");
  gui.frame(source);
  gui.click("Edit", source);
  gui.key("Ctrl+A", source);
  gui.key("Ctrl+X", source);
  EXPECT_EQ(gui.ui.step.code.editor.text(), "");
  gui.key("Ctrl+V", source);
  gui.key("Ctrl+V", source);
  EXPECT_EQ(gui.ui.step.code.editor.text(), "abcabc");
}

TEST(StepEditor, AScriptReplacesTheWholeText) {
  BareGui gui(640, 700);
  gui.step = matmul().at(0);
  gui.ui.pending_sets["Source"] = "__global__ void k() {}\n";
  gui.frame(source);
  EXPECT_TRUE(gui.ui.pending_sets.empty());
  ASSERT_EQ(asked<session::SetKernelText>(gui).size(), 1U);
  EXPECT_EQ(asked<session::SetKernelText>(gui)[0].text, "__global__ void k() {}\n");
}

TEST(StepEditor, WhileItHasTheKeyboardTheWorkspaceDoesNot) {
  BareGui gui(640, 700);
  gui.step = matmul().at(0);
  gui.frame(source);
  gui.click("Edit", source);
  gui.frame(source);
  EXPECT_TRUE(ImGui::GetIO().WantTextInput);
  EXPECT_TRUE(gui.ui.widgets.takes_tab);
  gui.key("Tab", source);
  EXPECT_NE(asked<session::SetKernelText>(gui).back().text.find("  "), std::string::npos);
  gui.key("Esc", source);
  gui.frame(source);
  EXPECT_FALSE(ImGui::GetIO().WantTextInput);
}

// ---- PTX

TEST(StepPtx, ShowsTheFollowedWarpsNextInstruction) {
  BareGui gui(640, 240);
  gui.step = matmul().at_line(line_with(matmul().run(), "sum += a_tile"));
  gui.frame(ptx);
  const vgpu::Pc pc = gui.ui.step.reading.warps[0].pc;
  EXPECT_TRUE(has_target(gui, "pc " + std::to_string(pc)));
  auto& listing = gui.ui.step.code.listing;
  const auto row = static_cast<std::size_t>(listing.row_of(pc));
  EXPECT_EQ(listing.rows()[row].pc, pc);
  const std::string& code = listing.words(row).code;
  EXPECT_EQ(code.find(matmul().run().program->source(pc)->name), 0U) << code;
  gui.click("pc " + std::to_string(pc), ptx);
  const auto sent = asked<session::AddBreakpoint>(gui);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].breakpoint.pc, pc);
  EXPECT_EQ(sent[0].breakpoint.kind, session::StepBreakpoint::Kind::kPc);
  gui.step.breakpoints.push_back(sent[0].breakpoint);
  gui.step.breakpoints.back().id = 7;
  gui.click("pc " + std::to_string(pc), ptx);
  ASSERT_EQ(asked<session::RemoveBreakpoint>(gui).size(), 1U);
  EXPECT_EQ(asked<session::RemoveBreakpoint>(gui)[0].id, 7);
}

TEST(StepPtx, ListsEveryInstructionOfTheFunctionOnceAndInOrder) {
  panels::PtxListing listing;
  const auto run = matmul().recording().run;
  listing.list(run, run->launch.function);
  const auto& code = run->program->functions[static_cast<std::size_t>(run->launch.function)];
  vgpu::Pc next = code.begin;
  for (const auto& row : listing.rows()) {
    if (!row.label.empty()) continue;
    EXPECT_EQ(row.pc, next++);
    EXPECT_EQ(row.line, session::line_at(*run, row.pc));
  }
  EXPECT_EQ(next, code.end);
}

TEST(StepPtx, TellsWhatTheNextAccessTouches) {
  const session::StepRun& run = matmul().run();
  const int line = line_with(run, "a_tile[threadIdx.y][threadIdx.x] =");
  const auto& records = *run.records;
  trace::Position at = 0;
  while (records[at].warp != 0 || (records[at].flags & trace::kShared) == 0 ||
         session::line_at(run, records[at].pc) != line) {
    ++at;
  }
  const session::StepView view = matmul().at(at);
  ASSERT_FALSE(view.moment->followed_accesses.empty());
  const vgpu::Access& access = view.moment->followed_accesses[0];
  const std::string text = panels::touched_text(run, *view.moment, access, 17);
  // Lane 17 of warp 0 is thread (1, 1).
  EXPECT_EQ(text.find("lane 17: a_tile[1][1] = "), 0U) << text;
  float value = 0;
  std::memcpy(&value, &access.store_bits[17], sizeof value);
  EXPECT_NEAR(std::stof(text.substr(text.find('=') + 1)), value, 1e-3F) << text;
  EXPECT_EQ(panels::cost_text(access), "1 wavefront, as few as can be");
}

}  // namespace
}  // namespace warpscope::tests
