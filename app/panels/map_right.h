// panels/map_right.h: what the right panel of the SM map says, apart from how it is drawn. Floor 7. Pure, but for the
// buttons.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/explanation_flow.h"
#include "app/panels/map_panels.h"

namespace warpscope::panels {

// A button under "Try".
struct MapTry {
  enum class Kind : std::uint8_t {
    kStepBlock,
    kPixels,
    kCompareGpus,
    kSetThreads,
    kSetRegisters,
    kSetShared,
    kKeep,
    kPolicy,
    kTrace,
    kOpenSm,
  } kind = Kind::kStepBlock;
  std::uint64_t value = 0;  // threads, registers, bytes, SM
  std::string label;
};

// name = over / under, then the same in this run's numbers and what comes out.
struct MapFormula {
  std::string name, over, under, numbers, result;
};

struct MapExplanation {
  std::string heading;
  std::vector<std::string> text;  // paragraphs
  MapFormula formula;             // empty name: none
  std::vector<std::string> more;  // below it
  std::string facts_title;
  std::vector<ExplanationFact> facts;
  std::string truth;               // "How true is this?"
  std::vector<std::string> tries;  // sentences
  std::vector<MapTry> buttons;     // two at most
};

// What the pages are made of. `plan` is never null for them; `run` may be.
struct MapSubject {
  const session::MapView& view;
  const session::MapSettings& settings;  // as they are being edited
  const session::MapPlan& plan;
  const session::MapRun* run = nullptr;
  const timing::BlockSpan* block = nullptr;  // the block in question
  int warp = -1;
  std::uint32_t sm = 0;
  double median = 0;                       // cycles of a block
  const session::MapRun* other = nullptr;  // that the newest is compared with
};
// `about`: as MapPanels::about. A page that needs a run says so where there is none.
MapExplanation explain_map(const MapSubject& subject, std::string_view about);
// All that `about` can be.
inline constexpr std::string_view kMapPages[] = {"waves",   "block",     "sm",     "stalls", "roofline", "occupancy",
                                                 "threads", "registers", "shared", "memory", "trace",    "compare"};

// Pages, each by itself.
MapExplanation explain_waves(const MapSubject& s);
MapExplanation explain_block(const MapSubject& s);
MapExplanation explain_sm(const MapSubject& s);
MapExplanation explain_stalls(const MapSubject& s);
MapExplanation explain_roofline(const MapSubject& s);
MapExplanation explain_occupancy(const MapSubject& s);
MapExplanation explain_threads(const MapSubject& s);
MapExplanation explain_registers(const MapSubject& s);
MapExplanation explain_shared(const MapSubject& s);
MapExplanation explain_memory(const MapSubject& s);
MapExplanation explain_trace(const MapSubject& s);
MapExplanation explain_compare(const MapSubject& s);

// The GPU that the run is compared with by "Compare GPUs": the one whose number of SMs differs most. "" where there is
// no other.
std::string other_gpu(const session::MapView& view, std::string_view than);

// Does what a button says.
void do_map_try(const Frame& f, const MapTry& what);
// Shows the first pixel of the block in question in Convolve, where its kernel comes from there; else says which have
// pixels.
void show_map_pixels(const Frame& f);
bool has_map_pixels(const session::MapSettings& settings);

// ---- Words

std::string count_text(double number);                 // "1,234"
std::string percent_of(double part, double whole);     // "73 %"; "0 %" of nothing
std::string kib_text(double bytes);                    // "2.0 KiB"
std::string block_text(const session::MapPlan& plan);  // "32 × 8"

}  // namespace warpscope::panels
