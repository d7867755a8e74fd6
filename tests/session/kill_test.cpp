// SIGKILL at any moment: nothing that the view showed as saved is lost.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>
#include <sstream>
#include <thread>

#include "compute/training/safetensors.h"
#include "tests/session/live_session.h"

namespace warpscope::session {
namespace {

struct Said {
  int label = 0;
  int variant = 0;
};

// What all lives so far were told is on disk.
struct Acknowledged {
  std::map<std::int64_t, Said> drawings;
  std::map<std::int64_t, int> epochs;  // by run
  int lives_with_epochs = 0;

  // Whole lines only: the last may have been cut off by the kill.
  void take(const std::string& text) {
    const int before = epoch_lines_;
    std::istringstream lines(text.substr(0, text.rfind('\n') + 1));
    std::string line;
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::string kind;
      std::int64_t id = 0;
      words >> kind >> id;
      if (kind == "drawing") {
        Said said;
        words >> said.label >> said.variant;
        drawings[id] = said;
      } else {
        words >> epochs[id];
        ++epoch_lines_;
      }
    }
    lives_with_epochs += epoch_lines_ > before ? 1 : 0;
  }

 private:
  int epoch_lines_ = 0;
};

// Starts a life, kills it after `milliseconds`, returns what it said.
std::string live_and_die(const std::filesystem::path& data_dir, int first_variant, int milliseconds) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const std::string variant = std::to_string(first_variant);
  const std::string pause = std::to_string(32 * kSlowness);
  const pid_t child = fork();
  if (child < 0) {
    ADD_FAILURE() << "no process could be started";
    return {};
  }
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execl(SESSION_LIFE, "session_life", data_dir.c_str(), small_mnist().c_str(), variant.c_str(), pause.c_str(),
          nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string said;
  std::thread listener([&] {
    std::array<char, 4096> buffer;
    for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;)
      said.append(buffer.data(), static_cast<std::size_t>(n));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  listener.join();
  close(ends[0]);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the life ended by itself";
  return said;
}

void expect_nothing_lost(const std::filesystem::path& data_dir, const Acknowledged& acknowledged) {
  auto store = store::Store::open(data_dir);
  ASSERT_TRUE(store) << store.error().text();
  EXPECT_EQ(store->notice(), "");
  const auto report = store->check();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->sound) << (report->problems.empty() ? "" : report->problems.front());
  std::map<std::int64_t, Said> stored;
  const auto drawings = store->drawings();
  ASSERT_TRUE(drawings) << drawings.error().text();
  for (const store::StoredDrawing& drawing : *drawings) {
    const auto& first = drawing.drawing.strokes.front().front();
    stored[drawing.id] = {drawing.drawing.label.value_or(-1),
                          static_cast<int>(first.x) + 280 * static_cast<int>(first.y)};
  }
  for (const auto& [id, said] : acknowledged.drawings) {
    ASSERT_TRUE(stored.count(id)) << "drawing " << id << " was lost";
    EXPECT_EQ(stored[id].label, said.label);
    EXPECT_EQ(stored[id].variant, said.variant);
  }
  std::map<std::int64_t, int> epochs;
  const auto runs = store->runs();
  ASSERT_TRUE(runs) << runs.error().text();
  for (const store::RunSummary& run : *runs) epochs[run.id] = run.epochs_done;
  for (const auto& [run, done] : acknowledged.epochs) EXPECT_GE(epochs[run], done) << "run " << run;
  const std::filesystem::path checkpoint = data_dir / "checkpoint.safetensors";
  if (!acknowledged.epochs.empty()) {
    const auto loaded = training::load_checkpoint(checkpoint);
    ASSERT_TRUE(loaded) << loaded.error().text();
  }
}

TEST(Kill, FiftyFiveKillsLoseNothingThatWasSaidToBeSaved) {
  TemporaryFolder folder;
  Acknowledged acknowledged;
  std::mt19937 random(2026);
  int variant = 0;
  for (int life = 0; life < 55; ++life) {
    const int milliseconds = 100 + static_cast<int>(random() % 700);
    acknowledged.take(live_and_die(folder.path(), variant, kSlowness * milliseconds));
    variant += 1000;
    expect_nothing_lost(folder.path(), acknowledged);
    if (HasFatalFailure()) return;
  }
  std::printf("55 kills: %zu drawings and the epochs of %d lives kept\n", acknowledged.drawings.size(),
              acknowledged.lives_with_epochs);
  // Enough to have been killed in the middle of things, also on a busy machine.
  EXPECT_GT(acknowledged.drawings.size(), 50U);
  EXPECT_GT(acknowledged.lives_with_epochs, 5);
}

}  // namespace
}  // namespace warpscope::session
