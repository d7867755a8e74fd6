// panels/tour_state.h: guided tours: which there are, and what is shown of the one that goes on. Floor 7. Plain data,
// owned by the GUI thread: filled by the player of tours, which also serves the panel's requests.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace warpscope::panels {

struct TourEntry {
  std::string title;
  std::string about;                // one sentence
  std::vector<std::string> topics;  // "race"; the first one is where the list shows it
  std::string file;
  int stops = 0;
};

// What a person asked of the player; served and cleared between two frames.
struct TourRequests {
  std::optional<int> start;   // index into the list
  std::optional<int> choose;  // index into the choices
  bool next = false, back = false, leave = false;
};

struct TourState {
  std::vector<TourEntry> list;
  std::vector<std::string> list_problems;  // files that are no tours, and why

  // The one that goes on.
  int present = -1;  // index into the list; -1: none
  std::string title;
  int stop = 0, stops = 0;
  bool working = false;  // what the stop shows is being brought about
  std::string heading;
  std::vector<std::string> paragraphs;
  std::string question;              // "" where the stop asks nothing
  std::vector<std::string> choices;  // parallel to the question's buttons
  int right_choice = -1;             // as the machine's state has it
  std::optional<int> chosen;
  bool answered_right = false;
  std::string answer_text;  // what there is to say to the chosen answer
  std::string problem;      // why the stop could not be shown as it was written
  TourRequests requests;

  // The panel's own.
  float scroll = 0;  // of the text, where it is longer than its room
  bool list_open = false;
  std::string list_topic;  // shown first; "" none in particular
  float list_scroll = 0;
  int list_row = 0;
};

}  // namespace warpscope::panels
