// Killing the program at any moment loses nothing that was finished: neither a drawing nor an epoch's record.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "tests/store/kill_child/work.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

enum class CountFrom { kStart, kFirstWord };

// Runs the child for `lifetime`, kills it, and returns every whole line it wrote. Counted from its first word, the kill
// hits its work however slowly programs start on this machine.
std::string run_and_kill(const std::filesystem::path& data_dir, std::uint64_t first_number, CountFrom count_from,
                         microseconds lifetime) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const std::string number = std::to_string(first_number);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(WARPSCOPE_STORE_KILL_CHILD, "store_kill_child", data_dir.c_str(), number.c_str(), nullptr);
    std::_Exit(127);
  }
  close(ends[1]);
  std::string said;
  constexpr auto kLongestStart = std::chrono::seconds(20);
  auto end = Clock::now() + (count_from == CountFrom::kStart ? lifetime : kLongestStart + lifetime);
  bool alive = true;
  for (std::array<char, 1 << 14> chunk{};;) {
    const auto left = std::chrono::duration_cast<microseconds>(end - Clock::now());
    if (alive && left.count() <= 0) {
      kill(child, SIGKILL);
      alive = false;
    }
    const auto left_us = std::max<long>(left.count(), 0);
    const timespec wait{left_us / 1'000'000, left_us % 1'000'000 * 1000};
    pollfd readable{ends[0], POLLIN, 0};
    if (alive && ppoll(&readable, 1, &wait, nullptr) == 0) continue;
    const ssize_t got = read(ends[0], chunk.data(), chunk.size());
    if (got <= 0) break;
    if (said.empty() && count_from == CountFrom::kFirstWord) end = Clock::now() + lifetime;
    said.append(chunk.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself: " << said;
  return said.substr(0, said.rfind('\n') + 1);
}

// What must be in the store by what the child said. A step that was begun and not finished may have happened or not.
class Expectation {
 public:
  void hear(const std::string& said) {
    std::istringstream lines(said);
    std::string line;
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::string when;
      Step step;
      words >> when >> step.what >> step.a >> step.b;
      ASSERT_NE(when, "error") << line;
      pending_ = when == "try" ? std::optional(step) : std::nullopt;
      if (when == "try") {
        if (step.what == "draw") next_number = step.a + 1;
      } else {
        happened(step);
        ++acknowledged;
      }
    }
  }

  // Compares, and takes an unfinished step for what the store shows it to be.
  void verify(const store::Store& store) {
    const auto report = store.check();
    ASSERT_TRUE(report.has_value());
    ASSERT_TRUE(report->sound) << report->problems.front();
    verify_drawings(*store.drawings());
    verify_runs(store);
    pending_.reset();
  }

  std::int64_t next_number = 1;
  int acknowledged = 0;

 private:
  struct Step {
    std::string what;
    std::int64_t a = 0;
    std::int64_t b = 0;
  };
  struct Drawn {
    std::int64_t number = 0;
    int label = 0;
  };

  bool is_pending(const std::string& what) const { return pending_ && pending_->what == what; }

  void happened(const Step& step) {
    if (step.what == "draw") drawings_[step.b] = {step.a, static_cast<int>(step.a % 10)};
    if (step.what == "label") drawings_[step.a].label = static_cast<int>(step.b);
    if (step.what == "remove") drawings_.erase(step.a);
    if (step.what == "run") epochs_of_[step.a] = 0;
    if (step.what == "epoch") epochs_of_[step.a] = static_cast<int>(step.b);
  }

  void verify_drawings(const std::vector<store::StoredDrawing>& kept) {
    std::set<std::int64_t> seen;
    for (const store::StoredDrawing& stored : kept) {
      seen.insert(stored.id);
      if (!drawings_.contains(stored.id)) {
        ASSERT_TRUE(is_pending("draw")) << "drawing " << stored.id << " was never made, or was deleted";
        happened({"draw", pending_->a, stored.id});
        pending_.reset();
      }
      const Drawn& drawn = drawings_.at(stored.id);
      if (is_pending("label") && pending_->a == stored.id && stored.drawing.label == pending_->b) happened(*pending_);
      store::NewDrawing expected = drawing_number(static_cast<std::uint64_t>(drawn.number));
      expected.drawing.label = drawn.label;
      ASSERT_EQ(stored.drawing, expected.drawing) << "drawing " << stored.id;
      ASSERT_EQ(stored.image, expected.image) << "drawing " << stored.id;
    }
    for (const auto& [id, drawn] : std::map(drawings_)) {
      if (seen.contains(id)) continue;
      ASSERT_TRUE(is_pending("remove") && pending_->a == id) << "drawing " << id << " was acknowledged and is lost";
      happened(*pending_);
    }
  }

  void verify_runs(const store::Store& store) {
    const auto runs = store.runs();
    ASSERT_TRUE(runs.has_value());
    for (const store::RunSummary& run : *runs) {
      if (!epochs_of_.contains(run.id)) {
        ASSERT_TRUE(is_pending("run")) << "run " << run.id << " was never begun";
        epochs_of_[run.id] = 0;
      }
      if (is_pending("epoch") && pending_->a == run.id && run.epochs_done == pending_->b) happened(*pending_);
      ASSERT_EQ(run.epochs_done, epochs_of_.at(run.id)) << "run " << run.id;
      if (complete_.contains(run.id)) continue;  // compared point by point in an earlier round
      verify_curve(*store.curve(run.id), run.epochs_done);
      if (run.epochs_done == 5) complete_.insert(run.id);
    }
    ASSERT_EQ(runs->size(), epochs_of_.size());
  }

  static void verify_curve(const store::RunCurve& curve, int epochs) {
    ASSERT_EQ(curve.epochs.size(), static_cast<std::size_t>(epochs));
    ASSERT_EQ(curve.train.size(), static_cast<std::size_t>(epochs * kTrainPoints));
    ASSERT_EQ(curve.validation.size(), static_cast<std::size_t>(epochs * kValidationPoints));
    auto train = curve.train.begin();
    for (int e = 1; e <= epochs; ++e) {
      ASSERT_EQ(curve.epochs[static_cast<std::size_t>(e - 1)].validation_loss, epoch_number(e).validation_loss);
      for (const store::CurvePoint& point : points_of_epoch(e, kTrainPoints)) {
        ASSERT_EQ(train->step, point.step);
        ASSERT_EQ(train->loss, point.loss);
        ++train;
      }
    }
  }

  std::map<std::int64_t, Drawn> drawings_;
  std::map<std::int64_t, int> epochs_of_;
  std::set<std::int64_t> complete_;
  std::optional<Step> pending_;
};

TEST(KilledAtRandomMoments, LosesNoFinishedDrawingAndNoFinishedEpoch) {
  const ScratchFolder folder;
  std::mt19937 random(20'261'121);
  Expectation expected;
  constexpr int kKills = 60;
  for (int round = 0; round < kKills; ++round) {
    SCOPED_TRACE("kill " + std::to_string(round + 1));
    const microseconds lifetime(random() % 120'000);
    const CountFrom count_from = round % 4 == 0 ? CountFrom::kStart : CountFrom::kFirstWord;
    const std::string said =
        run_and_kill(folder.path(), static_cast<std::uint64_t>(expected.next_number), count_from, lifetime);
    ASSERT_NO_FATAL_FAILURE(expected.hear(said));
    const auto store = store::Store::open(folder.path());
    ASSERT_TRUE(store.has_value()) << store.error().text();
    ASSERT_EQ(store->notice(), "");
    ASSERT_NO_FATAL_FAILURE(expected.verify(*store));
  }
  // Otherwise the kills came before there was anything to lose.
  EXPECT_GT(expected.acknowledged, 3 * kKills);
  RecordProperty("acknowledged", expected.acknowledged);
}

TEST(KilledWhileTheStoreIsMade, LeavesAFolderThatOpens) {
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE("kill " + std::to_string(round + 1));
    const ScratchFolder folder;
    Expectation expected;
    ASSERT_NO_FATAL_FAILURE(
        expected.hear(run_and_kill(folder.path(), 1, CountFrom::kStart, microseconds(random() % 12'000))));
    const auto store = store::Store::open(folder.path());
    ASSERT_TRUE(store.has_value()) << store.error().text();
    EXPECT_EQ(store->notice(), "");
    ASSERT_NO_FATAL_FAILURE(expected.verify(*store));
  }
}

}  // namespace
}  // namespace warpscope::tests
