#include "compute/base/error.h"

#include <fmt/format.h>

namespace warpscope::base {

std::string Error::text() const {
  std::string place = where.file;
  if (where.line > 0) place += fmt::format("{}{}", place.empty() ? "line " : ":", where.line);
  if (where.line > 0 && where.column > 0) place += fmt::format(":{}", where.column);
  return place.empty() ? message : place + ": " + message;
}

}  // namespace warpscope::base
