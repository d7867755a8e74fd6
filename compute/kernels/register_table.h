// kernels/register_table.h: the registers our kernels take, as ptxas said for each architecture:
// assets/ptx/registers.json, made by tools/registers. Floor 4. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "compute/base/error.h"

namespace warpscope::kernels {

struct ShippedResources {
  int registers = 0;  // of a thread
  std::uint64_t static_shared_bytes = 0;
  std::uint64_t spill_bytes = 0;  // stored and loaded, of a thread
  int architecture = 0;           // 86: what ptxas compiled for
};

// Of an optimised kernel of the catalogue on compute capability `architecture` (86). Empty where
// the table has none: ptxas of today knows nothing older than 7.5.
std::optional<ShippedResources> shipped_resources(std::string_view kernel, int architecture);

// The whole table: kernel -> architecture -> what it takes. The error says what is wrong with the
// text, and where.
using RegisterTable = std::map<std::string, std::map<int, ShippedResources>, std::less<>>;
base::Result<RegisterTable> parse_register_table(std::string_view json, const std::string& file);
// Ours, read at the first call. The error is why it could not be.
const base::Result<RegisterTable>& register_table();

}  // namespace warpscope::kernels
