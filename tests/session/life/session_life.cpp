// A life of a LearnSession that ends by SIGKILL: it trains and labels drawings, and says on stdout what the view shows
// as saved. session_life DATA_DIR MNIST_DIR FIRST_VARIANT MILLISECONDS_BETWEEN_DRAWINGS
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include "compute/session/learn_session.h"

namespace {

using namespace warpscope;

// One write a line: what the parent reads is whole lines, or a last one cut off.
void say(const std::string& line) {
  const std::string whole = line + "\n";
  if (write(STDOUT_FILENO, whole.data(), whole.size()) < 0) std::exit(1);
}

// `variant` can be read off the first point.
drawings::Drawing drawing_of(int variant) {
  drawings::Drawing drawing;
  const auto x = static_cast<float>(variant % 280);
  const auto y = static_cast<float>(variant / 280);
  drawing.strokes.push_back({{x, y, 0}, {140, 140, 90}, {120, 250, 180}});
  return drawing;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  session::LearnOptions options;
  options.data_dir = argv[1];
  options.mnist_dir = argv[2];
  options.settings.network = "mlp128";
  options.settings.batch = 50;
  options.settings.epochs = 9999;
  options.settings.augmentation = training::no_augmentation();
  int variant = std::atoi(argv[3]);
  constexpr int kTurn = 4;  // milliseconds
  const int turns_between = std::max(1, std::atoi(argv[4]) / kTurn);

  session::LearnSession session(options, [] {});
  session.send(session::StartTraining{});
  std::set<std::int64_t> said_drawings;
  int said_epochs = 0;
  for (int turn = 0;; ++turn) {
    if (turn % turns_between == 0) {
      session.send(session::LabelDrawing{variant % 10, drawing_of(variant)});
      ++variant;
    }
    const auto view = session.view();
    for (const session::GalleryItem& item : view->gallery->items) {
      if (item.id <= 0 || !said_drawings.insert(item.id).second) continue;
      const auto& first = item.drawing->strokes.front().front();
      say("drawing " + std::to_string(item.id) + " " + std::to_string(item.label) + " " +
          std::to_string(static_cast<int>(first.x) + 280 * static_cast<int>(first.y)));
    }
    for (const store::RunSummary& run : view->runs->runs) {
      if (run.id != view->training.run_id || run.epochs_done <= said_epochs) continue;
      said_epochs = run.epochs_done;
      say("epoch " + std::to_string(run.id) + " " + std::to_string(run.epochs_done));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(kTurn));
  }
}
