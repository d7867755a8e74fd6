// session/map_shelf.h: the last few runs of the SM map, so that a slider that goes back shows what was there at once.
// Floor 5. Owned by one thread.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "compute/session/map_code.h"

namespace warpscope::session {

struct KeptRun {
  std::string identity;               // identity_of() its plan
  std::shared_ptr<const MapRun> run;  // null: none
  std::shared_ptr<const MapCode> code;
};

// About what a timeline takes.
std::uint64_t bytes_of(const timing::Timeline& timeline);

class MapShelf {
 public:
  // Null where there is none; the one that was asked for last is kept longest.
  const KeptRun* find(const std::string& identity);
  // In place of one of the same identity.
  void keep(KeptRun run);

 private:
  static constexpr std::size_t kMostRuns = 6;
  static constexpr std::uint64_t kMostBytes = 768U << 20;

  std::list<KeptRun> runs_;  // newest first
};

}  // namespace warpscope::session
