// panels/fonts.h: the type roles of the design as fonts of one ImGui atlas. Floor 7. GUI thread.
#pragma once

#include "app/panels/ui.h"
#include "compute/base/error.h"

namespace warpscope::panels {

// Sizes in logical pixels: the em, as designers give it, and the line box.
struct TypeRole {
  Type type;
  const char* file;  // below assets/fonts
  float size, line;
  enum class Glyphs { kText, kFigures } glyphs;
};
const TypeRole& type_role(Type type);

// Empties `atlas` and fills it with every role at `scale`, rasterised by FreeType. Advances are the design's own,
// unrounded, so that text runs as wide as it was drawn; text() then puts every glyph on a whole pixel.
base::Result<Fonts> build_fonts(ImFontAtlas& atlas, float scale);

}  // namespace warpscope::panels
