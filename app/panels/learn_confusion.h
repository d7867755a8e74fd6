// panels/learn_confusion.h: the parts of the panel that shows which digits are mixed up. Floor 7. GUI thread.
#pragma once

#include <string>
#include <vector>

#include "app/panels/ui.h"

namespace warpscope::panels {

// "6 sevens were read as 2. Click to see them."
std::string confusion_sentence(const training::Evaluation& numbers, int truth, int read_as);
// Share of the pictures of one digit that were read right, 0..1; 1 where there are none.
double class_accuracy(const training::Evaluation& numbers, int digit);

// learn_confusion_matrix.cpp
void draw_matrix(const Frame& f, scene::Rect r);

// learn_confusion_pictures.cpp: validation pictures by index, with what they were read as under each. Scrolls.
void draw_pictures(const Frame& f, scene::Rect r, const std::vector<int>& pictures);

}  // namespace warpscope::panels
