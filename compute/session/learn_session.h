// session/learn_session.h: the Learn workspace without a window. Floor 5.
// Four threads: the trainer (polite: gives way to the window), the reader (infers the pad's drawing with the newest
// weights as the pen moves, whether or not anything trains), the keeper (SQLite: drawings and runs, never waited for),
// and the microscope (makes a training step launch by launch). The trainer starts others for what takes long: setting
// up a GPU, comparing. The owner (GUI thread, or a test) sends commands and takes views; neither ever blocks.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "compute/session/learn_commands.h"
#include "compute/session/learn_view.h"

namespace warpscope::session {

struct LearnOptions {
  std::filesystem::path data_dir;   // of the store and the checkpoint
  std::filesystem::path mnist_dir;  // IDX folder
  LearnSettings settings;
  int threads = 0;           // 0: all cores
  double burst_seconds = 9;  // the most that learning a new drawing at once may take
  bool resume = true;        // go on from data_dir/checkpoint.safetensors where there is one
};

class LearnSession {
 public:
  // `wake` is called from the session's threads when a newer view is there, at most about 60 times a second while
  // training and at once for an answer to the pen; it must be cheap and thread-safe (glfwPostEmptyEvent).
  LearnSession(LearnOptions options, std::function<void()> wake);
  ~LearnSession();  // stops the threads; a finished epoch and every labelled drawing are on disk
  LearnSession(const LearnSession&) = delete;
  LearnSession& operator=(const LearnSession&) = delete;

  void send(LearnCommand command);
  // Owner only. Never null.
  const std::shared_ptr<const LearnView>& view();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warpscope::session
