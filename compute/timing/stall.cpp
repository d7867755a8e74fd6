#include "compute/timing/stall.h"

#include <array>

namespace warpscope::timing {
namespace {

struct StallText {
  std::string_view name, key, meaning;
};
constexpr std::array<StallText, kStalls> kTexts{{
    {"Issued", "issued", "The warp issued an instruction."},
    {"Not selected", "not_selected", "The warp was ready, and the scheduler chose another one."},
    {"Long scoreboard", "long_scoreboard", "The warp waited for data from global, local or texture memory."},
    {"Short scoreboard", "short_scoreboard", "The warp waited for data from shared memory or a special function."},
    {"Wait", "wait", "The warp waited for a result of the instruction before: a few cycles, always as many."},
    {"Barrier", "barrier", "The warp waited for the other warps of its block."},
    {"Membar", "membar", "The warp waited until its writes could be seen by others."},
    {"Math pipe throttle", "math_pipe_throttle", "The pipe that the instruction needs was busy with other warps."},
    {"MIO throttle", "mio_throttle", "The queue to shared memory and special functions was full."},
    {"LG throttle", "lg_throttle", "The queue to global and local memory was full."},
    {"Tex throttle", "tex_throttle", "The queue to textures was full."},
    {"Branch resolving", "branch_resolving", "The warp waited to know where its branch goes."},
    {"No instruction", "no_instruction", "The warp had just begun, or its instructions were not in the cache."},
    {"Drain", "drain", "The warp had ended, and its last stores were under way."},
    {"Sleeping", "sleeping", "The warp had put itself to sleep."},
    {"Other", "other", "The warp waited for something else."},
}};

const StallText& text_of(Stall stall) {
  return kTexts.at(static_cast<std::size_t>(stall));
}

}  // namespace

std::string_view name_of(Stall stall) {
  return text_of(stall).name;
}

std::string_view key_of(Stall stall) {
  return text_of(stall).key;
}

std::string_view meaning_of(Stall stall) {
  return text_of(stall).meaning;
}

}  // namespace warpscope::timing
