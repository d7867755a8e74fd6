// timing/stall.h: why a warp does not issue, in the words of Nsight Compute. Floor 3. Plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warpscope::timing {

enum class Stall : std::uint8_t {
  kIssued,            // it did
  kNotSelected,       // could have, another warp was chosen
  kLongScoreboard,    // waits for global, local or texture memory
  kShortScoreboard,   // waits for shared memory or a special function
  kWait,              // waits for a result of fixed latency
  kBarrier,           // waits for the other warps of its block
  kMembar,            // waits for a fence
  kMathPipeThrottle,  // the pipe it needs is taken
  kMioThrottle,       // the queue to shared memory and special functions is full
  kLgThrottle,        // the queue to global and local memory is full
  kTexThrottle,       // the queue to textures is full
  kBranch,            // waits for a branch to be resolved
  kNoInstruction,     // its instructions are not in the cache, or it has just begun
  kDrain,             // has ended but for its stores
  kSleeping,          // nanosleep
  kOther,
};
inline constexpr std::size_t kStalls = 16;

// "Long scoreboard", as Nsight writes it; "long_scoreboard", as JSON has it.
std::string_view name_of(Stall stall);
std::string_view key_of(Stall stall);
// What it means, in a sentence.
std::string_view meaning_of(Stall stall);

}  // namespace warpscope::timing
