// session/step_condition.h: conditions of breakpoints, as a person writes them. Floor 5. Immutable once parsed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compute/session/step_reading.h"

namespace warpscope::session {

// "sum > 100", "threadIdx.x == 3 && tile[3][5] != 0": comparisons of a lane's variables with numbers or with each
// other, joined by && or || (&& first). Known besides variables: lane, warp, block, threadIdx.x, blockIdx.x and so on.
class StepCondition {
 public:
  // The error says what was expected where.
  static base::Result<StepCondition> parse(std::string_view text);

  // Lanes of `among` for which it holds; an error where a name is no variable there.
  base::Result<LaneMask> lanes(const StepRun& run, const trace::WarpView& view, LaneMask among) const;

 private:
  enum class Op : std::uint8_t { kEqual, kUnequal, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  struct Operand {
    bool is_number = false;
    double number = 0;
    std::string path;
  };
  struct Comparison {
    Operand left, right;
    Op op = Op::kEqual;
  };
  static base::Result<Operand> parse_operand(std::string_view text);
  static base::Result<Comparison> parse_comparison(std::string_view text);
  static bool compare(double left, Op op, double right);

  std::vector<std::vector<Comparison>> groups_;  // true where all of any group are
};

}  // namespace warpscope::session
