#include "compute/session/reader_worker.h"

#include <algorithm>

#include "compute/base/threads.h"
#include "compute/drawings/prepare.h"
#include "compute/session/pictures.h"

namespace warpscope::session {

namespace {

using std::chrono::milliseconds;

// At most a tenth of a core goes into reading stored drawings again.
constexpr milliseconds kSlice{15};
constexpr milliseconds kBetweenSlices{150};
constexpr milliseconds kBetweenPasses{1000};
constexpr milliseconds kForever{60'000};

}  // namespace

void ReaderWorker::run() {
  base::name_this_thread("reader");
  while (!stopped_ && !channels_.stopping) {
    // Everything that waits is taken before anything is answered: only the newest drawing and weights matter.
    take_next(channels_.reader.pop_within(patience()));
    while (take_next(channels_.reader.try_pop())) continue;
    if (stopped_ || channels_.stopping) return;
    if (answer_due_) {
      answer();
    } else {
      read_some_pictures();
    }
  }
}

bool ReaderWorker::take_next(std::optional<ReaderCommand> command) {
  if (!command) return false;
  std::visit([this](auto& c) { take(c); }, *command);
  return true;
}

void ReaderWorker::take(SetDrawing& command) {
  pad_ = std::move(command);
  answer_due_ = true;
}

void ReaderWorker::take(const ShowExample& command) {
  const int count = snapshot_ ? snapshot_->validation->count() : 0;
  example_ = command.index >= 0 ? command.index : example_ + 1;
  if (count > 0) example_ %= count;
  answer_due_ = answer_due_ || pad_is_empty();
}

void ReaderWorker::take(SnapshotMade& command) {
  snapshot_ = std::move(command.snapshot);
  answer_due_ = true;
  pictures_are_stale_ = true;
}

void ReaderWorker::take(PicturesChanged& command) {
  // Something was labelled: the person wants to know at once how it is read.
  pictures_ = std::move(command.drawings);
  begin_pass();
}

drawings::DigitImage ReaderWorker::show_pad(Probe& probe) const {
  const drawings::DigitImage image = drawings::prepare(pad_.drawing);
  probe.drawing_version = pad_.version;
  probe.from_pad = true;
  probe.input = floats_of(picture_for(image, probe.network->input));
  return image;
}

drawings::DigitImage ReaderWorker::show_example(Probe& probe) const {
  const training::Dataset& validation = *snapshot_->validation;
  probe.example_index = example_ % validation.count();
  probe.example_label = validation.labels[static_cast<std::size_t>(probe.example_index)];
  const auto picture = validation.picture(probe.example_index);
  probe.input = floats_of(picture);
  return tile_of(picture, validation.shape);
}

void ReaderWorker::answer() {
  if (!snapshot_) return;  // still loading; the first snapshot brings the answer
  answer_due_ = false;
  const auto begin = Clock::now();
  auto probe = std::make_shared<Probe>();
  probe->network = snapshot_->network;
  probe->weights = snapshot_->weights;
  probe->start_weights = snapshot_->start_weights;
  probe->step = snapshot_->step;
  probe->image = pad_is_empty() ? show_example(*probe) : show_pad(*probe);
  training::infer(*probe->network, *probe->weights, probe->input, probe->activations);
  probe->milliseconds = std::chrono::duration<float, std::milli>(Clock::now() - begin).count();
  channels_.board.change([&](LearnView& view) { view.probe = std::move(probe); });
}

milliseconds ReaderWorker::patience() const {
  if (answer_due_ && snapshot_) return milliseconds{0};
  if (!has_pictures_to_read()) return kForever;
  return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(next_slice_ - Clock::now()));
}

void ReaderWorker::read_some_pictures() {
  const auto begin = Clock::now();
  if (!has_pictures_to_read() || begin < next_slice_) return;
  if (next_picture_ >= pictures_->size()) begin_pass();
  ReadingsMade made;
  while (next_picture_ < pictures_->size() && Clock::now() - begin < kSlice) {
    const DrawingPicture& drawing = (*pictures_)[next_picture_++];
    const std::vector<float> input = floats_of(picture_for(drawing.image, snapshot_->network->input));
    training::infer(*snapshot_->network, *snapshot_->weights, input, scratch_);
    made.readings.push_back({.id = drawing.id,
                             .digit = scratch_.digit,
                             .confidence = scratch_.probabilities[static_cast<std::size_t>(scratch_.digit)]});
  }
  next_slice_ = next_picture_ < pictures_->size() ? begin + kBetweenSlices : pass_began_ + kBetweenPasses;
  channels_.keeper.push(std::move(made));
}

void ReaderWorker::begin_pass() {
  pass_began_ = Clock::now();
  next_slice_ = pass_began_;
  next_picture_ = 0;
  pictures_are_stale_ = false;
}

}  // namespace warpscope::session
