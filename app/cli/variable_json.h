// cli/variable_json.h: values of a kernel's variables as JSON. Floor 7. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>

#include "compute/ptx/debug_info.h"

namespace warpscope::cli {

// Numbers and truths are themselves (numbers that JSON does not know, and pointers, are text), arrays and structs
// unfold; null where there are fewer bytes than the type has.
nlohmann::ordered_json json_of_value(const std::vector<ptx::TypeInfo>& types, int type,
                                     std::span<const std::uint8_t> bytes);

}  // namespace warpscope::cli
