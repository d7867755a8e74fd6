// scene/step_access.h: what one access of a warp costs, ready to be drawn and said: words by bank, 128-byte lines by
// sector, and why. Floor 6. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/session/step_reading.h"

namespace warpscope::scene {

// ---- Shared memory

inline constexpr int kBanks = 32;

// Distinct 4-byte words that each bank gives in this access.
struct BankUse {
  std::array<int, kBanks> words{};
  int most = 0;      // of one bank
  int fullest = 0;   // banks that give that many
  int idle = 0;      // banks that give none
  int distinct = 0;  // words altogether
};
BankUse bank_use(const vgpu::Access& access);

// The access as it would be, were the rows of this array longer by some elements; nullopt where it is no array of rows
// or the access leaves it.
std::optional<vgpu::Access> with_padding(const vgpu::Access& access, const session::SharedVariableRow& variable,
                                         std::uint64_t elements);
struct Padding {
  int elements = 0;
  int wavefronts = 0;
};
// What one element more would make of a conflict, and (where that is not enough) the fewest that do better. Empty:
// nothing helps.
std::vector<Padding> useful_paddings(const vgpu::Access& access, const session::SharedVariableRow& variable);

// "4 banks give 8 words each: 8 wavefronts", "28 banks stay idle", "With [16 + 1] it would take 1".
struct BankWords {
  std::string cost, idle, padding;
  bool conflict = false;
};
// `row_length`: how the source writes the length of the array's rows ("TILE"); "": as a number.
BankWords bank_words(const vgpu::Access& access, const session::SharedVariableRow* variable,
                     const std::string& row_length);
// What stands in the last brackets of the declaration of a shared array; "" where there is none.
std::string row_length_text(const std::string& source, const std::string& name);

// ---- Global memory

// One 128-byte line that an access touches.
struct LineStrip {
  std::uint64_t address = 0;
  std::array<std::uint64_t, 2> wanted{};  // one bit a byte
  std::uint32_t sectors = 0;              // bit s: this one is fetched
  bool wants(int byte) const { return (wanted[static_cast<std::size_t>(byte / 64)] >> (byte % 64) & 1U) != 0; }
};
std::vector<LineStrip> line_strips(const vgpu::Access& access);  // by address

// How the lanes' addresses lie to each other.
struct AccessPattern {
  enum class Kind : std::uint8_t { kNone, kSame, kContiguous, kRuns, kStrided, kScattered };
  Kind kind = Kind::kNone;
  int lanes = 0;
  int runs = 0;                   // of neighbours, in the order of the lanes
  std::int64_t stride = 0;        // bytes from lane to lane, of kStrided
  std::uint64_t into_sector = 0;  // how far behind the beginning of a sector the (first misaligned) run begins
};
AccessPattern find_pattern(const vgpu::Access& access);
// Why it costs what it costs, in one or two sentences.
std::string pattern_sentence(const vgpu::Access& access, const session::AccessCost& cost);

// ---- Both

// The one of a space that costs most; null where there is none.
const vgpu::Access* costliest(std::span<const vgpu::Access> accesses, vgpu::AccessSpace space);
std::string_view verb_of(vgpu::AccessKind kind);  // "reads"

}  // namespace warpscope::scene
