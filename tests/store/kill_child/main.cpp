// store_kill_child DATA_DIR FIRST_NUMBER: stores drawings and epochs as fast as it can until it is killed. Before each
// call it writes what it is about to do, after it what came of it, one line each:
//   try draw N    did draw N ID     try label ID L    did label ID L    try remove ID    did remove ID
//   try run       did run ID        try epoch ID E    did epoch ID E
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/store/kill_child/work.h"

using namespace warpscope;

namespace {

// One write a line: what reached the pipe was said before the kill, and no line is mixed with another.
void say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::_Exit(3);
}

template <class T>
T must(store::Result<T> result) {
  if (!result) {
    say("error " + result.error().text());
    std::_Exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

void draw(store::Store& store, std::uint64_t n) {
  const store::NewDrawing made = tests::drawing_number(n);
  say(fmt::format("try draw {}", n));
  const std::int64_t id = must(store.add_drawing(made.drawing, made.image));
  say(fmt::format("did draw {} {}", n, id));
  if (n % 5 == 0) {
    const auto label = static_cast<int>(n / 5 % 10);
    say(fmt::format("try label {} {}", id, label));
    must(store.relabel(id, label));
    say(fmt::format("did label {} {}", id, label));
  }
  if (n % 3 == 0) {
    say(fmt::format("try remove {}", id));
    must(store.remove_drawing(id));
    say(fmt::format("did remove {}", id));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  store::Store store = must(store::Store::open(argv[1]));
  if (!store.notice().empty()) say("error " + store.notice());
  std::uint64_t n = std::strtoull(argv[2], nullptr, 10);
  while (true) {
    say("try run");
    const std::int64_t run = must(store.begin_run({"cnn32", "adam", "constant", "", "cpu", 1e-3, 64, 5, n}));
    say(fmt::format("did run {}", run));
    for (int epoch = 1; epoch <= 5; ++epoch) {
      for (int i = 0; i < 4; ++i) draw(store, n++);
      say(fmt::format("try epoch {} {}", run, epoch));
      must(store.add_epoch(run, tests::epoch_number(epoch), tests::points_of_epoch(epoch, tests::kTrainPoints),
                           tests::points_of_epoch(epoch, tests::kValidationPoints)));
      say(fmt::format("did epoch {} {}", run, epoch));
    }
  }
}
