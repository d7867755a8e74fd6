// vgpu/observers/finding.h: what a checker found. Floor 2. Owned by the thread that runs the launch.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "compute/base/launch_types.h"
#include "compute/vgpu/observers/source_map.h"

namespace warpscope::vgpu {

enum class FindingKind : std::uint8_t { kMemory, kInit, kRace, kSync };
enum class Severity : std::uint8_t {
  kInfo,     // harmless where it is meant so: every thread writes the same value
  kWarning,  // defined on today's hardware, but fragile or wasteful
  kError,
};

// "memory", "init", "race", "sync".
const char* name_of(FindingKind kind);
const char* name_of(Severity severity);

// A thread of the launch.
struct ThreadPlace {
  std::uint64_t block = 0;   // linear in the grid
  std::uint32_t thread = 0;  // linear in the block
  base::Dim3 block_index{0, 0, 0};
  base::Dim3 thread_index{0, 0, 0};
};

struct Finding {
  FindingKind kind = FindingKind::kMemory;
  Severity severity = Severity::kError;
  std::string message;  // for people, with both places where there are two
  SourceLine where;
  SourceLine other_where;  // of a race: the earlier access; of a barrier: where the others wait
  Pc pc = kNoPc;
  Pc other_pc = kNoPc;
  ThreadPlace at;  // of the first one seen
  ThreadPlace other;
  bool has_other = false;
  std::uint64_t address = 0;  // as the access has it: global address, offset in shared or local memory
  std::uint64_t count = 1;    // how often the same was found at the same place
};

// Findings in the order they were first seen. The same pair of places with the same title is one finding that counts.
class FindingList {
 public:
  explicit FindingList(std::size_t limit = 100) : limit_(limit) {}

  // Places are pcs or SourceMap::number(). True where (title, place, other place) is new and there is room: then the
  // caller makes the finding and adds it. Otherwise the known one has counted, or the list is full.
  bool is_new(std::uint32_t title, std::uint32_t place, std::uint32_t other_place, std::uint64_t count = 1);
  void add(Finding finding);

  const std::vector<Finding>& findings() const { return findings_; }
  std::uint64_t total() const { return total_; }  // all counts, those beyond the limit too
  bool full() const { return findings_.size() >= limit_; }
  void clear();

 private:
  struct Key {
    std::uint64_t places;
    std::uint32_t title;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>((key.places ^ std::uint64_t{key.title} << 57) * 0x9e37'79b9'7f4a'7c15ULL >> 7);
    }
  };
  std::size_t limit_;
  std::vector<Finding> findings_;
  std::unordered_map<Key, std::size_t, Hash> known_;  // -> index into findings_
  Key pending_{};
  Key last_{};
  std::size_t last_index_ = ~std::size_t{0};
  std::uint64_t total_ = 0;
};

// What messages need to know of a launch: where pcs and threads are.
struct Places {
  const Program* program = nullptr;
  SourceMap map;
  base::Dim3 grid, block;

  ThreadPlace thread(std::uint64_t block_number, std::uint32_t thread_number) const;
  // "thread (3,0,0) of block (1,0,0)".
  std::string text(const ThreadPlace& place) const;
};

// "lane 5", "lanes 0-15 and 31", "no lanes".
std::string lanes_text(base::LaneMask mask);

}  // namespace warpscope::vgpu
