#include <fmt/format.h>

#include <cmath>

#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"
#include "app/scene/learn_layout.h"

namespace warpscope::panels {

void draw_learn_left(const Frame& f, scene::Rect r) {
  const scene::LearnLeftLayout layout = scene::layout_learn_left(r, f.scale);
  const float hair = f.px(1);

  const scene::Rect header = layout.header;
  const float title_y = std::round(header.centre().y - line_height(f, Type::kTitle) / 2);
  text(f, {header.x + layout.padding, title_y}, Type::kTitle, f.colors.text, "Draw a digit");
  const std::size_t strokes = f.ui.editor.drawing().strokes.size();
  if (strokes > 0) {
    text(f, {header.right() - layout.padding, title_y}, Type::kCaption, f.colors.text3,
         fmt::format("{} stroke{}", strokes, strokes == 1 ? "" : "s"), Align::kRight);
  }
  line(f, {header.x, header.bottom() - hair}, {header.right(), header.bottom() - hair}, f.colors.hair, hair);

  draw_pad(f, {layout.tools.x, layout.pad.y, layout.tools.w, layout.tools.bottom() - layout.pad.y});
  line(f, {r.x, layout.reading.y}, {r.right(), layout.reading.y}, f.colors.hair, hair);
  draw_reading(f, layout.reading);
  if (layout.gallery.w <= 0) return;
  line(f, {r.x, layout.gallery.y}, {r.right(), layout.gallery.y}, f.colors.hair, hair);
  draw_gallery(f, layout.gallery);
}

}  // namespace warpscope::panels
