#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/training/trainer.h"

namespace warpscope::training {
namespace {

constexpr std::size_t kClasses = 10;

}  // namespace

Evaluator::Evaluator(std::shared_ptr<const Dataset> data) : data_(std::move(data)) {}

void Evaluator::restart() {
  done_ = 0;
  partial_ = {};
}

bool Evaluator::advance(Backend& backend, int pictures) {
  const int at_once = std::max(1, backend.pictures_at_once());
  const int count = std::min(std::max(pictures / at_once, 1) * at_once, data_->count() - done_);
  if (count > 0) {
    const auto pixels = static_cast<std::size_t>(data_->shape.count());
    const auto first = static_cast<std::size_t>(done_);
    const auto chunk = static_cast<std::size_t>(count);
    images_.resize(chunk * pixels);
    probabilities_.resize(chunk * kClasses);
    to_unit_floats(std::span(data_->pixels).subspan(first * pixels, chunk * pixels), images_);
    backend.predict(images_, probabilities_);
    for (std::size_t i = 0; i < chunk; ++i) {
      const float* const of_picture = probabilities_.data() + i * kClasses;
      const auto read_as = static_cast<std::size_t>(std::max_element(of_picture, of_picture + kClasses) - of_picture);
      const std::size_t label = data_->labels[first + i];
      // A probability too small for a float counts as the smallest there is, so that one picture cannot make the mean
      // infinite; what is not a number stays so.
      const float loss = -std::log(std::max(of_picture[label], std::numeric_limits<float>::min()));
      partial_.confusion[label][read_as] += 1;
      partial_.read_as.push_back(static_cast<std::uint8_t>(read_as));
      partial_.confidence.push_back(of_picture[read_as]);
      partial_.loss_of.push_back(loss);
      partial_.loss += static_cast<double>(loss);
    }
    done_ += count;
    if (done_ == data_->count()) {
      partial_.count = done_;
      partial_.loss /= done_;
      for (std::size_t label = 0; label < kClasses; ++label) partial_.accuracy += partial_.confusion[label][label];
      partial_.accuracy /= done_;
      result_ = std::move(partial_);
      partial_ = {};
    }
  }
  return done_ == data_->count();
}

}  // namespace warpscope::training
