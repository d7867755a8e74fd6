// scene/learn_layout_columns.h: which columns the picture of a network has, before anything is placed. Floor 6. Pure.
#pragma once

#include <vector>

#include "app/scene/learn_layout.h"

namespace warpscope::scene {

// Kinds, layers, shapes and grids of cells, from the input to the output; no positions yet.
std::vector<NetworkColumn> columns_of(const training::NetworkSpec& network);

}  // namespace warpscope::scene
