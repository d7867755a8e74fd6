// A Convolve session that a test sends commands and waits for.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "compute/session/convolve_session.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {

using namespace std::chrono_literals;

// Wakes who waits for a newer view.
class Bell {
 public:
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      ++rung_;
    }
    heard_.notify_all();
  }
  // Asks after every ring; false where two minutes were not enough.
  template <class Holds>
  bool wait_until(Holds holds) {
    const auto give_up = std::chrono::steady_clock::now() + 120s;
    std::unique_lock lock(mutex_);
    while (true) {
      const std::uint64_t seen = rung_;
      lock.unlock();
      if (holds()) return true;
      lock.lock();
      if (!heard_.wait_until(lock, give_up, [&] { return rung_ != seen; })) return false;
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable heard_;
  std::uint64_t rung_ = 0;
};

class LiveConvolve : public ::testing::Test {
 protected:
  using View = session::ConvolveView;
  using PictureKind = session::PictureKind;
  using PictureSource = session::PictureSource;

  session::ConvolveSession& session() {
    if (!session_) session_.emplace(options(), [this] { bell_.ring(); });
    return *session_;
  }
  virtual session::ConvolveOptions options() {
    session::ConvolveOptions options;
    options.data_dir = folder_.path();
    options.mnist_dir = std::filesystem::path(WARPSCOPE_SOURCE_DIR) / "assets/mnist";
    options.device.wanted = device::Wanted::kVirtual;
    options.threads = 2;
    return options;
  }

  void end_session() { session_.reset(); }

  // Sends a command and waits until it is answered.
  template <class Command>
  const View& after(Command command) {
    session().send(std::move(command));
    return settled();
  }
  const View& settled() {
    return until([this](const View& view) { return view.answered >= session().sent() && view.frame; });
  }
  // Waits until the view is so.
  template <class Holds>
  const View& until(Holds holds) {
    session();
    if (!bell_.wait_until([&] { return holds(*session().view()); })) ADD_FAILURE() << "it never came to that";
    return *session().view();
  }
  const View& show(PictureKind kind, bool colour = false) {
    PictureSource source;
    source.kind = kind;
    source.colour = colour;
    return after(session::ShowPicture{source});
  }
  const View& show_shipped(const std::string& name, bool colour = false) {
    PictureSource source;
    source.name = name;
    source.colour = colour;
    return after(session::ShowPicture{source});
  }
  const View& show_file(const std::filesystem::path& file, bool colour = false) {
    PictureSource source;
    source.kind = PictureKind::kFile;
    source.file = file;
    source.colour = colour;
    return after(session::ShowPicture{source});
  }
  static session::SetConvolve with(const std::vector<std::string>& filters,
                                   convolution::Variant variant = convolution::Variant::kTiled) {
    convolution::Settings settings;
    settings.variant = variant;
    for (const std::string& filter : filters) {
      convolution::Stage stage;
      stage.filters = {*convolution::parse_filter(filter)};
      settings.chain.push_back(std::move(stage));
    }
    return {settings};
  }
  // The outputs of the frame are those of its own settings and picture.
  static void expect_reference(const session::ConvolveFrame& frame) {
    const auto expected = convolution::reference(*frame.input, frame.settings.chain);
    ASSERT_EQ(frame.outputs.size(), expected.size());
    std::vector<convolution::Picture> outputs;
    for (const auto& output : frame.outputs) outputs.push_back(*output);
    EXPECT_LT(convolution::largest_error(*frame.input, frame.settings.chain, expected, outputs), 1e-5);
  }

  ScratchFolder folder_;
  Bell bell_;

 private:
  std::optional<session::ConvolveSession> session_;  // after what its thread uses
};

}  // namespace warpscope::tests
