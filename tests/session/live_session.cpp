#include "tests/session/live_session.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "compute/training/dataset.h"

namespace warpscope::session {

namespace {

using Clock = std::chrono::steady_clock;

// The first `count` pictures and labels of an IDX pair.
void cut(const std::string& kind, std::uint32_t count, const std::filesystem::path& folder) {
  for (const char* part : {"-images-idx3-ubyte", "-labels-idx1-ubyte"}) {
    auto file = training::read_idx(real_mnist() / (kind + part + ".gz"));
    ASSERT_TRUE(file) << file.error().text();
    const std::size_t item = file->data.size() / file->sizes[0];
    file->sizes[0] = count;
    file->data.resize(item * count);
    ASSERT_TRUE(training::write_idx(*file, folder / (kind + part)));
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "warpscope-session-XXXXXX").string();
  path_ = mkdtemp(name.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path real_mnist() {
  return std::filesystem::path(WARPSCOPE_SOURCE_DIR) / "assets/mnist";
}

const std::filesystem::path& small_mnist() {
  static const TemporaryFolder folder;
  static const bool made = [] {
    cut("train", 2400, folder.path());
    cut("t10k", 500, folder.path());
    return true;
  }();
  (void)made;
  return folder.path();
}

LearnOptions small_options(const std::filesystem::path& data_dir) {
  LearnOptions options;
  options.data_dir = data_dir;
  options.mnist_dir = small_mnist();
  options.settings.network = "mlp128";
  options.settings.backend = "cpu";
  options.settings.epochs = 2;
  options.settings.batch = 50;
  options.settings.augmentation = training::no_augmentation();
  return options;
}

drawings::Drawing stroke_drawing(int variant) {
  drawings::Drawing drawing;
  const auto bend = static_cast<float>(variant % 100);
  drawing.strokes.push_back({{140 + bend / 4, 40, 0}, {140, 140, 100}, {140 - bend / 8, 240, 200}});
  return drawing;
}

LiveSession::LiveSession(LearnOptions options) {
  if (kSlowness > 1) options.burst_seconds = 600;
  session_ = std::make_unique<LearnSession>(std::move(options), [waker = waker_] {
    {
      const std::lock_guard lock(waker->mutex);
      ++waker->count;
    }
    waker->woken.notify_all();
  });
}

bool LiveSession::wait(const std::function<bool(const LearnView&)>& wanted, double seconds) {
  seconds *= kSlowness;
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  while (true) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(waker_->mutex);
      seen = waker_->count;
    }
    if (wanted(view())) return true;
    std::unique_lock lock(waker_->mutex);
    if (!waker_->woken.wait_until(lock, until, [&] { return waker_->count != seen; })) return false;
  }
}

bool LiveSession::wait_status(TrainingStatus status, double seconds) {
  return wait([&](const LearnView& view) { return view.training.status == status; }, seconds);
}

bool LiveSession::wait_message(const std::string& part, double seconds) {
  return wait(
      [&](const LearnView& view) {
        return std::any_of(view.messages.begin(), view.messages.end(),
                           [&](const Message& message) { return message.text.find(part) != std::string::npos; });
      },
      seconds);
}

bool LiveSession::train_to_the_end(double seconds) {
  send(StartTraining{});
  return wait_status(TrainingStatus::kFinished, seconds);
}

double LiveSession::close() {
  const auto begin = Clock::now();
  session_.reset();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace warpscope::session
