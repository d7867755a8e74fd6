#include "compute/session/learn_view.h"

#include <algorithm>

namespace warpscope::session {

std::size_t CurveView::train_count() const {
  return train.empty() ? 0 : (train.size() - 1) * kChunk + train.back()->size();
}

const store::CurvePoint& CurveView::train_at(std::size_t index) const {
  return (*train[index / kChunk])[index % kChunk];
}

std::vector<int> EvaluationView::pictures_of(int truth, int read_as) const {
  std::vector<int> pictures;
  for (int i = 0; i < numbers->count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (validation->labels[at] == truth && numbers->read_as[at] == read_as) pictures.push_back(i);
  }
  std::stable_sort(pictures.begin(), pictures.end(), [this](int a, int b) {
    return numbers->loss_of[static_cast<std::size_t>(a)] > numbers->loss_of[static_cast<std::size_t>(b)];
  });
  return pictures;
}

}  // namespace warpscope::session
