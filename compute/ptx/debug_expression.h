// ptx/debug_expression.h: where a variable lives, as DWARF says it. Internal to ptx. Floor 1.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "compute/base/error.h"
#include "compute/ptx/debug_dwarf.h"

namespace warpscope::ptx::dwarf {

// A location before the names in it are looked up.
struct Expression {
  enum class Kind : std::uint8_t {
    kNowhere,   // optimised out
    kRegister,  // in register `name`
    kSymbol,    // at symbol `name` + offset
    kBased,     // at the address in register `name` + offset
    kFrame,     // at the function's frame base + offset
    kConstant,  // nowhere: it always is `value`
    kPieces,    // spread over registers
  };
  Kind kind = Kind::kNowhere;
  std::string name;
  std::int64_t offset = 0;
  std::uint64_t value = 0;
  std::vector<std::pair<std::string, int>> pieces;  // register ("": this part is optimised out), bytes
};

// The expression in [begin, end) of `data`. An error says which operation is not understood.
base::Result<Expression> read_expression(const Data& data, std::uint64_t begin, std::uint64_t end, int address_bytes);

}  // namespace warpscope::ptx::dwarf
