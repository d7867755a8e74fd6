// The part of ConvolveWorker that computes: frames, their check, the table of variants.
#include <algorithm>
#include <utility>
#include <vector>

#include "compute/session/convolve_scene.h"
#include "compute/session/convolve_worker.h"

namespace warpscope::session {
namespace {

using namespace std::chrono_literals;
using convolution::Picture;

constexpr auto kRest = 400ms;       // without a change, until the variants are measured
constexpr auto kCheckEvery = 1s;    // while something moves
constexpr auto kReadEvery = 100ms;  // values of frames that the GPU draws by itself
constexpr auto kSensorsEvery = 1s;
constexpr auto kForever = 1h;
// Values of a picture whose variants are measured without being asked: some seconds of the virtual GPU.
constexpr std::size_t kMeasuredAtRest = std::size_t{512} * 512;

bool begun_within(std::chrono::steady_clock::time_point begun, std::chrono::steady_clock::duration span) {
  return std::chrono::steady_clock::now() - begun < span;
}

}  // namespace

// ---- What comes next

bool ConvolveWorker::work() {
  if (!visible_) return false;
  if (scene_moves() && Clock::now() >= next_frame_) {
    picture_ = std::make_shared<const Picture>(draw_scene(++scene_frame_, draft_.source.colour));
    ++picture_version_;
    frame_due_ = true;
  }
  if (gpu() != nullptr && !begun_within(sensors_read_, kSensorsEvery)) read_sensors();
  if (frame_due_) {
    if (Clock::now() < next_frame_) return false;
    compute_frame();
    return true;
  }
  if (!frames_.empty() && Clock::now() - frames_.back() > 1s) {
    frames_.clear();
    draft_.frames_per_second = 0;
    changed_ = true;
  }
  if (values_due_ && !begun_within(read_, kReadEvery)) {
    read_late();
    return true;
  }
  return make_preview(false) || work_at_rest();
}

bool ConvolveWorker::work_at_rest() {
  const bool rests = !scene_moves() && Clock::now() - rests_since_ >= kRest;
  if (!draft_.frame || !(rests || table_asked_ || table_wanted_)) return false;
  if (rests && !draft_.frame->checked) {
    check_frame();
    return true;
  }
  const bool small = draft_.frame->input->pixels.size() <= kMeasuredAtRest;
  if (table_asked_ || (rests && small && settings_problem_.empty() && !table_fits())) begin_table();
  if (draft_.table && draft_.table->measuring) {
    measure_next();
    return true;
  }
  return rests && make_preview(true);
}

ConvolveWorker::Clock::duration ConvolveWorker::patience() const {
  if (!visible_) return kForever;
  const auto now = Clock::now();
  Clock::time_point next = now + kForever;
  if (scene_moves() || frame_due_) next = next_frame_;
  if (!frames_.empty()) next = std::min(next, frames_.back() + 1s + 1ms);
  if (values_due_) next = std::min(next, Clock::time_point(read_ + kReadEvery));
  if (gpu() != nullptr) next = std::min(next, Clock::time_point(sensors_read_ + kSensorsEvery));
  if (now < rests_since_ + kRest) next = std::min(next, Clock::time_point(rests_since_ + kRest));
  return std::max<Clock::duration>(next - now, 0ms);
}

device::LaunchOptions ConvolveWorker::launch_options(const std::atomic<bool>& stop) const {
  device::LaunchOptions options;
  options.threads = options_.threads;
  options.stop = &stop;
  return options;
}

// ---- Frames

void ConvolveWorker::compute_frame() {
  const auto begun = Clock::now();
  frame_due_ = false;
  // Whatever comes of this one: settings that cannot be do not make the worker run in circles.
  if (options_.frames_per_second > 0) next_frame_ = begun + Clock::duration(1s) / options_.frames_per_second;
  if (!picture_ || !engine_) return;
  const auto fits = convolution::check(draft_.settings, {picture_->width, picture_->height, picture_->planes});
  settings_problem_ = fits ? "" : fits.error().text();
  update_problem();
  rests_since_ = begun;
  if (!fits) return;
  auto run = engine_->run(*picture_, picture_version_, draft_.settings, launch_options(stop_frame_));
  if (!run) return deal_with(run.error());
  if (run->stopped || stop_frame_) {  // what came of it may be half a picture
    frame_due_ = true;
    return;
  }
  keep_frame(std::move(*run));
}

void ConvolveWorker::keep_frame(convolution::Run run) {
  auto frame = std::make_shared<ConvolveFrame>();
  frame->version = frame_version_ + 1;
  frame->picture_version = picture_version_;
  frame->settings = draft_.settings;
  frame->input = picture_;
  frame->run = std::move(run);
  const auto shown = screen_.publish(gpu(), *frame);
  if (!shown) return deal_with(shown.error());
  // What the GPU draws by itself is looked at for its numbers now and then only.
  const bool same_sizes = draft_.frame && draft_.frame->run.sizes == frame->run.sizes;
  values_due_ = *shown && same_sizes && begun_within(read_, kReadEvery);
  if (values_due_) {
    frame->outputs = draft_.frame->outputs;
    frame->ran_on = draft_.frame->ran_on;
  } else if (!read_outputs(*frame)) {
    return;
  }
  ++frame_version_;
  broke_gpu_ = false;
  draft_.frame = std::move(frame);
  changed_ = true;
  count_frame();
  if (scene_moves() && !values_due_ && !begun_within(checked_, kCheckEvery)) check_frame();
}

bool ConvolveWorker::read_outputs(ConvolveFrame& frame) {
  frame.outputs.clear();
  for (std::size_t stage = 0; stage < frame.settings.chain.size(); ++stage) {
    auto output = engine_->read(frame.run, static_cast<int>(stage));
    if (!output) {
      deal_with(output.error());
      return false;
    }
    frame.outputs.push_back(std::make_shared<const Picture>(std::move(*output)));
  }
  frame.ran_on.clear();
  for (std::size_t launch = 0; gpu() != nullptr && launch < frame.run.launches.size(); ++launch) {
    auto sms = engine_->ran_on(static_cast<int>(launch));
    if (!sms) {
      deal_with(sms.error());
      return false;
    }
    frame.ran_on.push_back(std::move(*sms));
  }
  read_ = Clock::now();
  return true;
}

void ConvolveWorker::read_late() {
  values_due_ = false;
  auto frame = std::make_shared<ConvolveFrame>(*draft_.frame);
  if (!read_outputs(*frame)) return;
  draft_.frame = std::move(frame);
  changed_ = true;
}

void ConvolveWorker::check_frame() {
  // Stage by stage, so that a command need not wait for all of them.
  auto frame = std::make_shared<ConvolveFrame>(*draft_.frame);
  std::vector<Picture> expected, outputs;
  for (std::size_t i = 0; i < frame->outputs.size(); ++i) {
    if (stop_measuring_) return;
    const Picture& input = i == 0 ? *frame->input : expected.back();
    expected.push_back(convolution::reference(input, {frame->settings.chain[i]}).front());
    outputs.push_back(*frame->outputs[i]);
  }
  frame->largest_error = convolution::largest_error(*frame->input, frame->settings.chain, expected, outputs);
  frame->checked = true;
  draft_.frame = std::move(frame);
  checked_ = Clock::now();
  changed_ = true;
}

void ConvolveWorker::count_frame() {
  const auto now = Clock::now();
  frames_.push_back(now);
  while (now - frames_.front() > 1s) frames_.pop_front();
  const double seconds = std::chrono::duration<double>(now - frames_.front()).count();
  draft_.frames_per_second = seconds > 0 ? static_cast<double>(frames_.size() - 1) / seconds : 0;
}

// ---- The table of variants

// Which variant is chosen says nothing about what each of them costs.
bool ConvolveWorker::table_fits() const {
  if (!draft_.table || table_version_ == 0) return false;
  convolution::Settings measured = draft_.table->settings;
  measured.variant = draft_.frame->settings.variant;
  const Picture& input = *draft_.frame->input;
  return measured == draft_.frame->settings && draft_.table->device == device_.status.name &&
         table_picture_ == convolution::Size{input.width, input.height, input.planes};
}

void ConvolveWorker::begin_table() {
  table_wanted_ = std::exchange(table_asked_, false);
  const Picture& input = *draft_.frame->input;
  auto table = std::make_shared<ConvolveTable>();
  table->version = ++table_version_;
  table->settings = draft_.frame->settings;
  table->device = device_.status.name;
  table->measuring = true;
  table_picture_ = {input.width, input.height, input.planes};
  draft_.table = std::move(table);
  changed_ = true;
}

void ConvolveWorker::measure_next() {
  if (values_due_) read_late();  // before they are overwritten
  if (!engine_) return;
  auto table = std::make_shared<ConvolveTable>(*draft_.table);
  const convolution::Variant variant = convolution::kVariants[table->rows.size()];
  auto row =
      convolution::measure(*engine_, *draft_.frame->input, table->settings, variant, launch_options(stop_measuring_));
  if (!row) {
    table->measuring = false;
    draft_.table = std::move(table);
    return deal_with(row.error());
  }
  if (row->stopped || stop_measuring_) return;  // half a measurement; begun anew when there is time
  table->rows.push_back(std::move(*row));
  table->measuring = table->rows.size() < convolution::kVariants.size();
  table->version = ++table_version_;
  table_wanted_ = table_wanted_ && table->measuring;
  draft_.table = std::move(table);
  changed_ = true;
}

}  // namespace warpscope::session
