// trace.h: a picture of a digit back into strokes, so that it can stand on the pad and be drawn on. Floor 8. Pure.
#pragma once

#include "compute/drawings/drawing.h"

namespace warpscope::app {

// The middle lines of the ink (Zhang and Suen, "A fast parallel algorithm for thinning digital patterns", 1984),
// followed from their ends. On a canvas of 280 x 280; no label. Empty where there is no ink.
drawings::Drawing trace_picture(const drawings::DigitImage& picture);

}  // namespace warpscope::app
