#include "app/tour.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "app/script_values.h"
#include "compute/base/paths.h"

namespace warpscope::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".tour.script";
constexpr double kStopTimeout = 60;  // seconds a stop may take to be brought about in a test

// Puts the commands of a script where they belong; says what is missing or in the wrong place.
class TourReader {
 public:
  explicit TourReader(const Script& script) : script_(script) { tour_.file = script.file; }

  base::Result<Tour> read() {
    for (const ScriptCommand& command : script_.commands) {
      const std::string wrong = take(command);
      if (!wrong.empty()) return base::fail(wrong, {script_.file, command.line, 0});
    }
    const int last = script_.commands.empty() ? 1 : script_.commands.back().line;
    const std::string wrong = tour_.stops.empty() ? "a tour has at least one `stop`" : end_of_stop();
    const std::string missing = tour_.about.empty()    ? "expected `about` with a sentence for the list"
                                : tour_.topics.empty() ? "expected `topic` with a name"
                                                       : wrong;
    if (!missing.empty()) return base::fail(missing, {script_.file, last, 0});
    return std::move(tour_);
  }

 private:
  std::string take(const ScriptCommand& command) {
    switch (command.verb) {
      case Verb::kTour:
        if (!tour_.title.empty()) return "a tour has one title";
        tour_.title = command.words[0];
        return {};
      case Verb::kAbout:
        tour_.about = command.words[0];
        return {};
      case Verb::kTopic:
        tour_.topics = command.words;
        return {};
      case Verb::kStop:
        return begin_stop(command);
      default:
        break;
    }
    if (tour_.title.empty()) return "a tour begins with `tour \"Title\"`";
    if (tour_.stops.empty()) return "expected `stop \"Heading\"` before what is done and said";
    return take_into(tour_.stops.back(), command);
  }

  std::string begin_stop(const ScriptCommand& command) {
    if (tour_.title.empty()) return "a tour begins with `tour \"Title\"`";
    if (std::string wrong = tour_.stops.empty() ? "" : end_of_stop(); !wrong.empty()) return wrong;
    tour_.stops.push_back({.line = command.line, .heading = command.words[0]});
    return {};
  }

  // What the last stop lacks.
  std::string end_of_stop() const {
    const TourStop& stop = tour_.stops.back();
    const auto lacks = [&stop](std::string_view what) {
      return fmt::format("the stop \"{}\" of line {} lacks {}", stop.heading, stop.line, what);
    };
    if (stop.paragraphs.empty()) return lacks("a `say`");
    if (!stop.ask) return {};
    return stop.right.empty()   ? lacks("a `right` behind its question")
           : stop.wrong.empty() ? lacks("a `wrong` behind its question")
                                : "";
  }

  static std::string take_into(TourStop& stop, const ScriptCommand& command) {
    const bool answer = command.verb == Verb::kRight || command.verb == Verb::kWrong;
    if (answer && !stop.ask) return "`right` and `wrong` come behind an `ask`";
    if (stop.ask && !answer)
      return "a question ends its stop: only `right`, `wrong` and the next `stop` come behind it";
    switch (command.verb) {
      case Verb::kSay:
        stop.paragraphs.push_back(command.words[0]);
        break;
      case Verb::kAsk:
        stop.ask = command;
        break;
      case Verb::kRight:
        stop.right = command.words[0];
        break;
      case Verb::kWrong:
        stop.wrong = command.words[0];
        break;
      default:
        stop.commands.push_back(command);
    }
    return {};
  }

  const Script& script_;
  Tour tour_;
};

ScriptCommand made(Verb verb, int line) {
  ScriptCommand command;
  command.verb = verb;
  command.line = line;
  return command;
}

ScriptCommand waiting(Verb verb, int line, std::vector<Comparison> all, std::string text) {
  ScriptCommand command = made(verb, line);
  command.condition = {{std::move(all)}, std::move(text)};
  command.timeout = kStopTimeout;
  return command;
}

}  // namespace

bool is_tour(const Script& script) {
  return !script.commands.empty() && script.commands.front().verb == Verb::kTour;
}

base::Result<Tour> parse_tour(const Script& script) {
  return TourReader(script).read();
}

base::Result<Tour> read_tour(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail(fmt::format("{} cannot be read", file.string()));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto script = parse_script(text, file.string());
  if (!script) return tl::unexpected(script.error());
  return parse_tour(*script);
}

Script tour_test(const Tour& tour) {
  using Op = Comparison::Op;
  const std::string none = "none", right = "right", working = "working";
  Script script{.file = tour.file};
  for (std::size_t i = 0; i < tour.stops.size(); ++i) {
    const TourStop& stop = tour.stops[i];
    const auto number = static_cast<double>(i + 1);
    script.commands.push_back(waiting(Verb::kWaitUntil, stop.line,
                                      {{"tour.stop", Op::kEqual, number}, {"tour.state", Op::kUnequal, working}},
                                      fmt::format("stop {} to be shown", i + 1)));
    script.commands.push_back(waiting(Verb::kExpect, stop.line, {{"tour.problem", Op::kEqual, none}}, "no problem"));
    if (stop.ask) {
      script.commands.push_back(made(Verb::kAnswer, stop.ask->line));
      script.commands.push_back(
          waiting(Verb::kExpect, stop.ask->line, {{"tour.state", Op::kEqual, right}}, "the right answer to be taken"));
    }
    ScriptCommand next = made(Verb::kClick, stop.line);
    next.words = {"Next stop"};
    script.commands.push_back(std::move(next));
  }
  script.commands.push_back(
      waiting(Verb::kWaitUntil, tour.stops.back().line, {{"tour.state", Op::kEqual, none}}, "the tour to be over"));
  return script;
}

Tours Tours::find(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().string().ends_with(kEnding)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Tours found;
  if (error) found.problems_.push_back(fmt::format("{} cannot be read: {}", folder.string(), error.message()));
  for (const fs::path& file : files) {
    auto tour = read_tour(file);
    if (tour) {
      found.tours_.push_back(std::move(*tour));
    } else {
      found.problems_.push_back(tour.error().text());
    }
  }
  return found;
}

Tours Tours::shipped() {
  const auto folder = base::find_asset("lessons");
  if (folder) return find(*folder);
  Tours none;
  none.problems_.push_back(folder.error().message);
  return none;
}

Tours Tours::only(Tour tour) {
  Tours one;
  one.tours_.push_back(std::move(tour));
  return one;
}

}  // namespace warpscope::app
