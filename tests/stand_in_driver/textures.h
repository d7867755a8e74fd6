// tests/stand_in_driver/textures.h: texture and surface objects beside the arrays they show. Test code.
// The virtual GPU's textures own their texels; before a launch they take those of their arrays, and what a kernel wrote
// through a surface goes back to its array. Of several surfaces of one array the last that changed holds.
#pragma once

#include "tests/stand_in_driver/context.h"

namespace warpscope::stand_in {

void take_arrays(Context& context);
void put_back_surfaces(Context& context);

}  // namespace warpscope::stand_in
