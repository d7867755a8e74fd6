#include "compute/session/convolve_worker.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/session/convolve_save.h"
#include "compute/session/convolve_step.h"

namespace warpscope::session {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMessagesKept = 50;

convolution::Settings first_settings() {
  convolution::Settings settings;
  convolution::Stage stage;
  stage.filters = {convolution::find_filter("sobel-x")->filter};
  settings.chain = {std::move(stage)};
  return settings;
}

}  // namespace

std::string sentence(std::string text) {
  // A name that begins it stays as it is written.
  const std::size_t word = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
  if (word != 0 && word != std::string::npos && text[word] == ' ') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (!text.ends_with('.')) text += '.';
  return text;
}

ConvolveWorker::ConvolveWorker(ConvolveOptions options, std::function<void()> wake, ConvolveScreen& screen)
    : options_(std::move(options)),
      wake_(std::move(wake)),
      screen_(screen),
      pictures_(options_.mnist_dir),
      visible_(options_.visible) {
  draft_.settings = first_settings();
  draft_.pictures = picture_choices();
  no_preview_.resize(draft_.pictures.size());
  draft_.device.name = "no device yet";
  draft_.device.why = "It is being opened.";
  publish();
}

void ConvolveWorker::push(Command command, Urgency urgency) {
  const std::lock_guard lock(pushing_);
  queue_.push(std::move(command));
  if (urgency != Urgency::kNone) stop_measuring_ = true;
  if (urgency == Urgency::kFrame) stop_frame_ = true;
  ++sent_;
}

void ConvolveWorker::run() {
  open(options_.device);
  load_picture(draft_.source);
  while (!stopped_) {
    std::uint64_t sent = 0;
    std::optional<Command> command = next_command(sent);
    if (!command) {
      const bool worked = work();
      // Answered is what was sent before, with the frame that came of it.
      const bool answered = !(visible_ && frame_due_);
      if (answered && draft_.answered != sent) {
        draft_.answered = sent;
        changed_ = true;
      }
      if (changed_) publish();
      if (worked) continue;
      command = queue_.pop_within(patience());
    }
    if (command) std::visit([this](const auto& c) { take(c); }, *command);
  }
}

std::optional<ConvolveWorker::Command> ConvolveWorker::next_command(std::uint64_t& sent) {
  const std::lock_guard lock(pushing_);
  stop_frame_ = stop_measuring_ = false;
  sent = sent_.load();
  return queue_.try_pop();
}

// ---- Commands

void ConvolveWorker::take(const ShowPicture& command) {
  if (!load_picture(command.source)) {
    say(Message::Kind::kError, fmt::format("{} The picture before it stays.", sentence(picture_problem_)));
  }
}

void ConvolveWorker::take(const SetDrawnDigit& command) {
  pictures_.set_drawn(command.image);
  if (draft_.source.kind == PictureKind::kDrawing) load_picture(draft_.source);
  for (std::size_t i = 0; i < draft_.pictures.size(); ++i) {
    const PictureSource& source = draft_.pictures[i].source;
    if (source.kind != PictureKind::kDrawing) continue;
    if (const auto drawn = pictures_.load(source, 0)) set_preview(i, *drawn->picture);
  }
}

void ConvolveWorker::take(const SetConvolve& command) {
  if (command.settings == draft_.settings) return;
  draft_.settings = command.settings;
  frame_due_ = changed_ = true;
  broke_gpu_ = false;
}

void ConvolveWorker::take(const PlayScene& command) {
  draft_.playing = command.playing;
  changed_ = true;
  rests_since_ = Clock::now();
}

void ConvolveWorker::take(const SetConvolveVisible& command) {
  visible_ = command.visible;
  rests_since_ = Clock::now();
}

void ConvolveWorker::take(const ChooseDevice& command) {
  open(command.choice);
  frame_due_ = true;
  broke_gpu_ = false;
}

void ConvolveWorker::take(const MeasureVariants&) {
  table_asked_ = true;
}

void ConvolveWorker::take(const PrepareStep& command) {
  if (frame_due_) compute_frame();
  if (values_due_) read_late();
  if (!draft_.frame) {
    say(Message::Kind::kWarning, "There is nothing to step through yet: no picture was computed.");
    return;
  }
  auto request = prepare_step(*draft_.frame, command, options_.data_dir / "kernels" / "convolve-input.f32");
  if (!request) {
    say(Message::Kind::kError, fmt::format("This kernel cannot be opened in Step: {}", request.error().text()));
    return;
  }
  draft_.step = std::move(request->request);
  changed_ = true;
  if (!request->note.empty()) say(Message::Kind::kGood, std::move(request->note));
}

void ConvolveWorker::take(const SavePicture& command) {
  if (frame_due_) compute_frame();
  if (values_due_) read_late();
  const auto saved = save_output(draft_.frame.get(), command.stage, command.file);
  saved ? say(Message::Kind::kGood, *saved) : say(Message::Kind::kError, saved.error().text());
}

// ---- The picture

bool ConvolveWorker::load_picture(const PictureSource& source) {
  auto loaded = pictures_.load(source, scene_frame_);
  picture_problem_ = loaded ? "" : loaded.error().text();
  update_problem();
  if (!loaded) return false;
  draft_.source = source;
  set_picture(std::move(*loaded));
  return true;
}

void ConvolveWorker::set_picture(LoadedPicture loaded) {
  picture_ = std::move(loaded.picture);
  ++picture_version_;
  draft_.title = std::move(loaded.title);
  frame_due_ = changed_ = true;
  if (!loaded.note.empty()) say(Message::Kind::kGood, std::move(loaded.note));
}

bool ConvolveWorker::make_preview(bool at_rest) {
  for (std::size_t i = 0; i < draft_.pictures.size(); ++i) {
    const PictureChoice& choice = draft_.pictures[i];
    // All of MNIST is read for the first of its digits.
    if (choice.preview || no_preview_[i] || (choice.source.kind == PictureKind::kDigit && !at_rest)) continue;
    const auto loaded = pictures_.load(choice.source, 0);
    no_preview_[i] = !loaded;
    if (loaded) set_preview(i, *loaded->picture);
    return true;
  }
  return false;
}

void ConvolveWorker::set_preview(std::size_t choice, const convolution::Picture& picture) {
  draft_.pictures[choice].preview = std::make_shared<const convolution::Picture>(preview_of(picture));
  changed_ = true;
}

// ---- Telling

void ConvolveWorker::update_problem() {
  const std::string& problem = settings_problem_.empty() ? picture_problem_ : settings_problem_;
  changed_ = changed_ || draft_.problem != problem;
  draft_.problem = problem;
}

void ConvolveWorker::say(Message::Kind kind, std::string text) {
  Message message;
  message.id = ++last_message_;
  message.kind = kind;
  message.text = std::move(text);
  draft_.messages.push_back(std::move(message));
  if (draft_.messages.size() > kMessagesKept) draft_.messages.erase(draft_.messages.begin());
  changed_ = true;
}

void ConvolveWorker::publish() {
  draft_.screen = screen_.path();
  ++draft_.version;
  changed_ = false;
  newest_.publish(std::make_shared<const ConvolveView>(draft_));
  wake_();
}

}  // namespace warpscope::session
