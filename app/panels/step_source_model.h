// panels/step_source_model.h: what stands beside the lines of the open text: how the run used them, findings, words of
// the compiler. Floor 7. Pure: made from the session's view and a text, again only where one of them changes.
// Lines of the text on screen count from 0 ("row" counts rows on screen: a line, or a strip with a compiler's word);
// lines of a run count from 1, as the session has them.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/scene/code_text.h"
#include "compute/session/step_view.h"

namespace warpscope::panels {

// Instructions, mean active lanes, sectors a request, wavefronts a request.
inline constexpr std::size_t kHeatColumns = 4;
struct HeatColumn {
  std::string_view label;  // over the column
  std::string_view about;  // for a tip
};
const HeatColumn& heat_column(std::size_t column);

struct LineHeat {
  vgpu::CounterRow row;
  bool known = false;
  bool shows(std::size_t column) const;
  double value(std::size_t column) const;
};
// "16", "4.4k", "12M", "30.4": at most four characters.
std::string short_number(double value);
std::string heat_text(const LineHeat& heat, std::size_t column);
// 0 .. 1: how much the eye should be drawn to it. `largest`: instructions of the line that has most.
float heat_of(const LineHeat& heat, std::size_t column, std::uint64_t largest);

// A finding on a line, and which bytes of it are underlined.
struct LineFinding {
  int finding = 0;  // index into StepRun::findings
  std::uint32_t begin = 0, end = 0;
  bool other = false;  // the earlier access
};

// Which line of an older text each line of a newer one is.
struct LineMap {
  std::vector<int> old_line;  // by new line, both from 0; -1: none
  std::vector<char> exact;    // by new line: it is unchanged; else it took the place of old_line
  std::vector<int> new_line;  // by old line; -1: gone
};
LineMap map_lines(std::string_view before, std::string_view now);

struct SourceRow {
  int line = 0;
  int problem = -1;  // index into the problems: a strip below the line
};

class SourceModel {
 public:
  // Cheap where nothing has changed.
  void refresh(const session::StepView& view, const std::shared_ptr<const std::string>& text);

  const scene::CodeText& code() const { return code_; }
  const std::vector<SourceRow>& rows() const { return rows_; }
  int row_of(int line) const { return row_of_line_[static_cast<std::size_t>(line)]; }

  // Of a line on screen: the run's line (from 1), 0 where it has none.
  int run_line(int line) const;
  bool unchanged(int line) const;   // since the run was made
  int line_of(int run_line) const;  // -1: not on screen
  bool edited_since_run() const { return edited_; }

  const LineHeat& heat(int line) const;
  std::uint64_t most_instructions() const { return most_; }
  const std::vector<LineFinding>& findings(int line) const;
  // Problems that have no line here: for a card at the top.
  const std::vector<int>& homeless() const { return homeless_; }

 private:
  void read_run(const session::StepView& view);
  void read_problems(const session::StepView& view, const std::string& text);
  void place_findings();

  scene::CodeText code_;
  std::shared_ptr<const std::string> text_;
  std::shared_ptr<const session::StepRun> run_;
  std::shared_ptr<const std::vector<session::StepProblem>> problems_;
  std::string problem_text_;  // that the compiler read
  bool is_ptx_ = false;

  std::vector<LineHeat> heat_;  // by line of the run
  std::uint64_t most_ = 0;
  LineMap of_run_;
  bool edited_ = false;
  std::vector<std::vector<LineFinding>> findings_;
  std::vector<int> homeless_;
  std::vector<SourceRow> rows_;
  std::vector<int> row_of_line_;
};

// The line (from 1) of the run's text that a place is on; 0: of another text. `pc`: the instruction there.
int line_in_source(const session::StepRun& run, const vgpu::SourceLine& where, vgpu::Pc pc);

}  // namespace warpscope::panels
