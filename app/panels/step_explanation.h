// panels/step_explanation.h: what "What am I looking at?" says in Step: words and numbers, no drawing. Floor 7. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/explanation_flow.h"
#include "app/panels/step_state.h"

namespace warpscope::panels {

struct StepTry {
  std::string name;  // of the button
  session::StepCommand command;
  std::string key = {};
};

struct StepExplanation {
  std::string heading;
  std::string text;                  // **bold** runs
  std::vector<std::string> formula;  // lines of code; empty for none
  std::string formula_result;        // at the right of the last one: "lane 3: 16"
  std::string more;                  // a second paragraph, about this very case
  std::string facts_title;
  std::vector<ExplanationFact> facts;
  std::string try_text;
  std::vector<StepTry> tries;  // at most two
};

// What is spoken of and known of it; run, moment and source are there.
struct StepScene {
  const session::StepView& view;
  const StepPanels& state;
  const session::StepRun& run() const { return *view.run; }
  const session::StepMoment& moment() const { return *view.moment; }
};

// Also where there is nothing open yet.
StepExplanation explain_step(const session::StepView& view, const StepPanels& state, const StepFocus& focus);

// ---- Access (step_explanation_access.cpp)

// How the addresses of lanes lie.
struct AccessPattern {
  enum class Kind : std::uint8_t {
    kOne,         // a single lane
    kSame,        // all at one address
    kSideBySide,  // each where the one before ends, upwards or downwards
    kStrided,     // equal steps
    kStretches,   // a few stretches, each side by side
    kFew,         // a few different addresses
    kScattered
  };
  Kind kind = Kind::kOne;
  int lanes = 0;
  std::int64_t stride = 0;  // of kSideBySide and kStrided: bytes from lane to lane
  int addresses = 0;        // different ones
  // Of kStretches: the first lane of each.
  std::vector<int> stretches;
};
AccessPattern pattern_of(const vgpu::Access& access);

struct AccessNames {
  std::string warp = "the warp";  // "warp 0"
  std::string place;              // what is accessed: "b_tile"; "" where that has no name
  std::string first, last;        // element of the first and the last lane: "in[0]"
};
// Heading, text, formula, more and facts of an access of any space.
StepExplanation tell_access(const vgpu::Access& access, const AccessNames& names);

// ---- Names (step_explanation_names.cpp)

// "b_tile[3][5]", "in[33]", "offset 64": what lies at an address, by the names people gave it.
std::string place_name(const session::StepRun& run, vgpu::AccessSpace space, std::uint64_t address);
// "b_tile"; "" where nothing with a name lies there.
std::string variable_name(const session::StepRun& run, vgpu::AccessSpace space, std::uint64_t address);
AccessNames names_of(const session::StepRun& run, trace::WarpIndex warp, const vgpu::Access& access);
// "line 20"; "pc 54" where no line is known.
std::string where_text(const session::StepRun& run, vgpu::Pc pc);
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);  // "1 lane", "32 lanes"
// "warps 1, 2 and 5"
std::string listed(std::string_view one, std::string_view many, const std::vector<int>& numbers);

// ---- Instructions (step_explanation_opcodes.cpp)

struct OpcodeText {
  std::string_view stem;     // "ld.shared"
  std::string_view heading;  // "Reads shared memory"
  std::string_view text;     // what it does, in a sentence
};
// The one that says most of this instruction; never null, where nothing is known a general one.
const OpcodeText& opcode_text(const ptx::Instruction& instruction);
// Of a special register that an instruction reads: "%tid.x is the thread's index in its block."; "" for others.
std::string special_text(const ptx::Instruction& instruction);

// ---- What comes next (step_explanation_next.cpp)

// The next step of the followed warp.
struct NextStep {
  trace::Position at = 0;
  trace::StepRecord record;
  const ptx::Instruction* instruction = nullptr;  // null: the return at the end of a function
  LaneMask active = 0;
  std::span<const vgpu::Access> accesses;
  int warp = 0;  // in its block
};
std::optional<NextStep> next_step(const StepScene& scene);
StepExplanation explain_next(const StepScene& scene);
StepExplanation explain_access(const StepScene& scene);
// Who waits at the barrier of this row, and who is missing.
StepExplanation explain_barrier(const session::BarrierRow& barrier);

// ---- What is pointed at (step_explanation_places.cpp, step_explanation_values.cpp, step_explanation_controls.cpp)

StepExplanation explain_line(const StepScene& scene, int line);
StepExplanation explain_pc(const StepScene& scene, vgpu::Pc pc);
StepExplanation explain_lane(const StepScene& scene, int warp, int lane);
StepExplanation explain_warp(const StepScene& scene, int warp);
StepExplanation explain_position(const StepScene& scene, trace::Position position);
StepExplanation explain_variable(const StepScene& scene, const std::string& path, int lane);
StepExplanation explain_shared_word(const StepScene& scene, std::uint64_t word);
StepExplanation explain_global_word(const StepScene& scene, int buffer, std::uint64_t element);
// nullopt: of a control that needs no words.
std::optional<StepExplanation> explain_step_control(std::string_view name);

}  // namespace warpscope::panels
