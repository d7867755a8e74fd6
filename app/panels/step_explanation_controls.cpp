#include "app/panels/step_explanation.h"

namespace warpscope::panels {
namespace {

struct ControlText {
  std::string_view name, heading, text, more;
};
constexpr ControlText kControls[] = {
    {"Play", "Let it run, slowly",
     "Makes one step after the other, of the unit chosen at **Step by**, at the speed set here. Everything on screen "
     "follows.",
     "Space does the same."},
    {"Pause", "Stop playing", "Stands still where it is. Nothing is lost: all steps of the run are recorded.",
     "Space does the same."},
    {"Play backwards", "Back in time",
     "Plays the run **backwards**: memory, variables and lanes become what they were.", ""},
    {"Back", "One step back",
     "Goes to where the followed warp was **before**. Nothing runs backwards: the machine's state of then is restored, "
     "to the last bit.",
     ""},
    {"Into", "One step, into functions",
     "The followed warp makes one step. Where that is a call, it stands inside the "
     "function afterwards.",
     "Other warps run as the schedule says."},
    {"Over", "One step, over calls", "Like a step, but a call or a barrier counts as one: it stops behind it.", ""},
    {"Out", "Out of this function", "Goes on until the followed warp is back where this function was called.", ""},
    {"Step by line", "A step is a line", "Steps end where the followed warp comes to **another line** of the source.",
     ""},
    {"Step by instruction", "A step is an instruction",
     "Steps are single instructions of the **PTX**: one line of the source is often ten of them.", ""},
    {"Step by round", "A step is a round", "**Every warp** of the block makes one step.", ""},
    {"Goal", "Go on until ...",
     "Runs until the next barrier, divergence, memory access, finding or breakpoint, or the end; with Shift backwards.",
     ""},
    {"Next goal", "Go on until ...",
     "Runs until what is chosen beside it comes: a barrier, a divergence, a memory access, a finding ...", ""},
    {"Previous goal", "Go back until ...",
     "Goes back to the last place of the chosen kind: the machine becomes what it was **then**.", ""},
    {"Speed", "How fast it plays", "Steps a second while playing, of the unit chosen at **Step by**.", ""},
    {"To the beginning", "Before the first step", "The machine as the host left it: nothing has run yet.", ""},
    {"Stop", "Stop at once", "What is being compiled, recorded or searched is given up; what there is stays.", ""},
    {"Next seed", "Another chance", "The next number for the random order of warps: another order, recorded anew.", ""},
    {"Registers", "One floor down",
     "Shows the **registers of the PTX** beside the variables: what the compiler made of them.", ""},
    {"Value format", "How values are written",
     "As their type says, as hexadecimal numbers, as bits, or as if the bits were a float.", ""},
    {"Colours", "Values as colours", "One strip a variable: how a value runs over the lanes is seen at once.", ""},
    {"Numbers", "Values as numbers", "Every lane's value is written into its column.", ""},
    {"Block", "Which block is followed", "Lanes, variables and shared memory are those of this block of the grid.", ""},
    {"Warp", "Which warp is followed", "Steps are counted in the steps of this warp; its variables are shown.",
     "A click on a warp in the picture follows it too."},
    {"Scheduler", "Whose turn is it?",
     "A GPU promises **no order** between warps. Each choice here is one that may happen: the run is recorded anew, "
     "and "
     "a race may end differently.",
     "Same choice and seed, same run, to the last bit."},
    {"Schedule seed", "The same chance again", "The number that the random order of warps comes from.",
     "Another one, another order."},
    {"Launch", "How the kernel is started",
     "Grid, block, shared memory, arguments and checkers. A change records a new run; the old one stays until then.",
     ""},
    {"Run", "Compile and record", "Compiles the text where it has changed, runs it to its end and records every step.",
     "F5 does the same."},
    {"Edit", "Change the source", "The text becomes editable. What is shown stays the old run until you run again.",
     ""},
    {"Breakpoints", "Where to stop",
     "Lines, instructions, variables and places in memory at which a run to the next "
     "breakpoint stops; each may have a condition.",
     ""},
};

}  // namespace

std::optional<StepExplanation> explain_step_control(std::string_view name) {
  for (const ControlText& control : kControls) {
    if (control.name != name) continue;
    StepExplanation e;
    e.heading = control.heading;
    e.text = control.text;
    e.more = control.more;
    return e;
  }
  return std::nullopt;
}

}  // namespace warpscope::panels
