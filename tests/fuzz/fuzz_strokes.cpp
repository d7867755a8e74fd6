// Whatever bytes a strokes file holds: it is refused with a place in the text, or read, valid, written and read again
// to the same drawing.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "compute/drawings/drawing.h"
#include "compute/drawings/prepare.h"

namespace drawings = warpscope::drawings;

namespace {
void insist(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto drawing = drawings::parse_strokes_json(text, "fuzz.json");
  if (!drawing) {
    insist(!drawing.error().message.empty() && drawing.error().where.line > 0 && drawing.error().where.column > 0);
    return 0;
  }
  insist(drawings::validate(*drawing).has_value());
  const auto again = drawings::parse_strokes_json(drawings::strokes_json(*drawing), "again.json");
  insist(again.has_value() && *again == *drawing);
  (void)drawings::prepare(*drawing);
  return 0;
}
