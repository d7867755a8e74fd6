// panels/convolve_textbook_parts.h: matrices as they stand on the textbook page. Floor 7. GUI thread.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "app/panels/convolve_textbook.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

// How one cell looks.
struct CellLook {
  scene::Rgba ground = 0;
  bool lit = false;      // takes part in the sum that is written out
  bool current = false;  // the cell whose sum that is
  bool hidden = false;   // not worked out yet
  int thread = -1;       // its number, written small; -1: none
};

struct DrawnMatrix {
  std::string_view title, caption;
  const Matrix& matrix;
  scene::Vec2 at;  // of the first cell; title and caption stand above
  float cell = 0;
  std::string_view name;  // "Result": its cells are targets "Result 1,2"; "": they are none
};
// The cell under the pointer, where the matrix has a name.
struct PointedCell {
  std::optional<int> hovered, clicked;
};
PointedCell draw_matrix(const Frame& f, const DrawnMatrix& drawn, const std::function<CellLook(int)>& look);
// Its size with brackets, without the title.
scene::Vec2 matrix_size(const Frame& f, const Matrix& matrix, float cell);
float matrix_title_height(const Frame& f);

// Weights in signed colours.
scene::Rgba matrix_color(const Matrix& matrix, int cell);

}  // namespace warpscope::panels
