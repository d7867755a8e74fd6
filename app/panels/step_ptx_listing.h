// panels/step_ptx_listing.h: the PTX of one function of a run as rows. Floor 7. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/scene/code_lexer.h"
#include "compute/session/step_view.h"

namespace warpscope::panels {

class PtxListing {
 public:
  struct Row {
    std::string label;  // "$L__BB0_5:"; "" for an instruction
    vgpu::Pc pc = vgpu::kNoPc;
    int line = 0;  // of the source
  };
  // How a row is written, with its colours.
  struct Words {
    std::string code;  // "st.shared.f32 [%rd5], %f18;"
    std::vector<scene::CodeRun> runs;
  };

  // Lists the function of the program (an index into Program::functions) where it is not the one that is listed.
  void list(const std::shared_ptr<const session::StepRun>& run, int function);
  void clear() { *this = PtxListing(); }

  const std::vector<Row>& rows() const { return rows_; }
  // Made when they are first asked for: of ten thousand instructions, forty are in sight.
  const Words& words(std::size_t row);
  int row_of(vgpu::Pc pc) const;  // -1: of another function
  int function() const { return function_; }

 private:
  std::shared_ptr<const session::StepRun> run_;
  int function_ = -1;
  std::vector<Row> rows_;
  std::vector<Words> words_;
  std::vector<int> row_of_pc_;  // by pc - begin
  vgpu::Pc begin_ = 0;
};

// What an access does in a lane of the followed warp: "lane 3: b_tile[3][0] = 0.5", or its bytes and address.
std::string touched_text(const session::StepRun& run, const session::StepMoment& moment, const vgpu::Access& access,
                         int lane);
// Its cost, for a tip: "8 wavefronts, 1 would do".
std::string cost_text(const vgpu::Access& access);

}  // namespace warpscope::panels
