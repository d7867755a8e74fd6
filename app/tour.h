// tour.h: guided tours: scripts that explain. Floor 8. GUI thread.
// A tour is a script whose commands stand in stops. A stop does something, says what is seen, and may ask a question
// whose answer is looked up in the machine. README.md in assets/lessons says how one is written.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/script_player.h"

namespace warpscope::app {

struct TourStop {
  int line = 0;  // of the file
  std::string heading;
  std::vector<std::string> paragraphs = {};
  std::vector<ScriptCommand> commands = {};  // what the stop does
  std::optional<ScriptCommand> ask = {};
  std::string right = {}, wrong = {};
};

struct Tour {
  std::string title, about;
  std::vector<std::string> topics;
  std::string file;
  std::vector<TourStop> stops;
};

bool is_tour(const Script& script);
// The error says on which line what was expected.
base::Result<Tour> parse_tour(const Script& script);
base::Result<Tour> read_tour(const std::filesystem::path& file);
// A script that takes the whole tour as a person would: answers every question by the button of the right choice, and
// goes on to the end. It holds where everything in the tour does.
Script tour_test(const Tour& tour);

// The tours of a folder, by file name, and what is wrong with those that cannot be read.
class Tours {
 public:
  static Tours find(const std::filesystem::path& folder);
  static Tours shipped();  // those in assets/lessons
  static Tours only(Tour tour);
  const std::vector<Tour>& all() const { return tours_; }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<Tour> tours_;
  std::vector<std::string> problems_;
};

// Takes a person through a tour: does what a stop says, then shows its text and its question in UiState::tour.
class TourPlayer {
 public:
  // kTest: screenshots are made, in this folder.
  enum class Purpose { kTeach, kTest };
  explicit TourPlayer(Tours tours, Purpose purpose = Purpose::kTeach, std::filesystem::path screenshots = {});

  void fill_list(panels::TourState& state) const;
  // Between two turns of the app's loop, as ScriptPlayer::advance().
  void advance(ScriptHost& host, double now, bool frame_drawn);
  bool wants_frame() const { return work_ && work_->wants_frame(); }
  bool working() const { return work_ != nullptr; }
  double quiet_for(double now) const { return work_->quiet_for(now); }

  void start(ScriptHost& host, int index);

 private:
  // Where a person was when a stop had been shown.
  struct Place {
    std::uint64_t run = 0;
    trace::Position position = 0;
    trace::WarpIndex followed = 0;
    bool operator==(const Place&) const = default;
  };
  static Place place_of(ScriptHost& host);
  void serve(ScriptHost& host);
  void go_to_stop(ScriptHost& host, int stop, bool from_the_beginning);
  void show(panels::TourState& state) const;
  void arrive(ScriptHost& host, double now);
  void ask(ScriptHost& host, double now);
  void choose(panels::TourState& state, int choice) const;
  void leave(panels::TourState& state);
  const TourStop& stop_of(const panels::TourState& state) const;

  Tours tours_;
  Purpose purpose_;
  std::filesystem::path screenshots_;
  std::unique_ptr<ScriptPlayer> work_;  // while a stop is brought about
  Place left_at_;
};

}  // namespace warpscope::app
