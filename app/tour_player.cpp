#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/actions.h"
#include "app/script_values.h"
#include "app/tour.h"

namespace warpscope::app {
namespace {

// What is of no use on the way back to a stop that was seen before.
bool only_for_watching(Verb verb) {
  switch (verb) {
    case Verb::kWaitFrames:
    case Verb::kWaitSeconds:
    case Verb::kScreenshot:
    case Verb::kExpect:
      return true;
    default:
      return false;
  }
}

}  // namespace

TourPlayer::TourPlayer(Tours tours, Purpose purpose, std::filesystem::path screenshots)
    : tours_(std::move(tours)), purpose_(purpose), screenshots_(std::move(screenshots)) {}

void TourPlayer::fill_list(panels::TourState& state) const {
  state.list.clear();
  for (const Tour& tour : tours_.all()) {
    state.list.push_back({.title = tour.title,
                          .about = tour.about,
                          .topics = tour.topics,
                          .file = tour.file,
                          .stops = static_cast<int>(tour.stops.size())});
  }
  state.list_problems = tours_.problems();
}

const TourStop& TourPlayer::stop_of(const panels::TourState& state) const {
  return tours_.all()[static_cast<std::size_t>(state.present)].stops[static_cast<std::size_t>(state.stop)];
}

TourPlayer::Place TourPlayer::place_of(ScriptHost& host) {
  const auto& moment = host.step_view().moment;
  return moment ? Place{moment->run, moment->position, moment->followed} : Place{};
}

void TourPlayer::advance(ScriptHost& host, double now, bool frame_drawn) {
  serve(host);
  if (!work_) return;
  work_->advance(host, now, frame_drawn);
  if (work_->failed()) {
    host.ui().tour.problem = work_->failure();
  } else if (!work_->done() || host.is_busy()) {
    return;
  }
  work_.reset();
  arrive(host, now);
}

// What the person asked for since the last turn.
void TourPlayer::serve(ScriptHost& host) {
  panels::TourState& state = host.ui().tour;
  const panels::TourRequests asked = std::exchange(state.requests, {});
  if (asked.start) start(host, *asked.start);
  if (state.present < 0) return;
  if (asked.leave || (asked.next && state.stop + 1 >= state.stops)) {
    leave(state);
  } else if (asked.choose && !state.working) {
    choose(state, *asked.choose);
  } else if (asked.next) {
    // Whoever looked around in between is brought back to where the tour was.
    go_to_stop(host, state.stop + 1, !(place_of(host) == left_at_) || state.working);
  } else if (asked.back && state.stop > 0) {
    go_to_stop(host, state.stop - 1, true);
  } else {
    return;
  }
  host.ui().wake_in(0);
}

void TourPlayer::start(ScriptHost& host, int index) {
  if (index < 0 || index >= static_cast<int>(tours_.all().size())) return;
  panels::UiState& ui = host.ui();
  const Tour& tour = tours_.all()[static_cast<std::size_t>(index)];
  ui.tour.present = index;
  ui.tour.title = tour.title;
  ui.tour.stops = static_cast<int>(tour.stops.size());
  ui.tour.list_open = false;
  set_workspace(ui, panels::Workspace::kStep);
  // The tour is told in the right panel.
  ui.right_folded = false;
  ui.right_wanted = true;
  go_to_stop(host, 0, true);
  ui.wake_in(0);
}

void TourPlayer::go_to_stop(ScriptHost& host, int stop, bool from_the_beginning) {
  panels::TourState& state = host.ui().tour;
  const Tour& tour = tours_.all()[static_cast<std::size_t>(state.present)];
  state.stop = stop;
  show(state);
  Script script{.file = tour.file};
  // The order of the warps outlives a kernel: a tour begins with the usual one.
  const bool other_order = !(host.step_view().schedule == vgpu::Schedule{});
  if (from_the_beginning && other_order) {
    ScriptCommand usual{.line = tour.stops[0].line, .verb = Verb::kSchedule};
    script.commands.push_back(std::move(usual));
  }
  for (int i = from_the_beginning ? 0 : stop; i <= stop; ++i) {
    for (const ScriptCommand& command : tour.stops[static_cast<std::size_t>(i)].commands) {
      const bool skipped = i < stop && only_for_watching(command.verb);
      const bool kept_for_tests = command.verb == Verb::kScreenshot && purpose_ == Purpose::kTeach;
      if (!skipped && !kept_for_tests) script.commands.push_back(command);
    }
  }
  work_ = std::make_unique<ScriptPlayer>(std::move(script), screenshots_);
}

// The text is there at once; the question waits for the machine.
void TourPlayer::show(panels::TourState& state) const {
  const TourStop& stop = stop_of(state);
  state.working = true;
  state.heading = stop.heading;
  state.paragraphs = stop.paragraphs;
  state.question.clear();
  state.choices.clear();
  state.right_choice = -1;
  state.chosen.reset();
  state.answered_right = false;
  state.answer_text.clear();
  state.problem.clear();
  state.scroll = 0;
}

void TourPlayer::arrive(ScriptHost& host, double now) {
  panels::TourState& state = host.ui().tour;
  state.working = false;
  left_at_ = place_of(host);
  if (state.problem.empty() && stop_of(state).ask) ask(host, now);
  host.ui().wake_in(0);
}

// The right choice is the one that equals what the machine says: one must, and only one.
void TourPlayer::ask(ScriptHost& host, double now) {
  panels::TourState& state = host.ui().tour;
  const ScriptCommand& question = *stop_of(state).ask;
  const ScriptFacts facts{
      host.view(), host.step_view(), host.convolve_view(), host.map_view(), host.ui(), host.frame_times(), now};
  int matches = 0;
  const auto& groups = question.condition.groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!holds({{groups[i]}, {}}, facts)) continue;
    ++matches;
    state.right_choice = static_cast<int>(i);
  }
  const std::vector<std::string> choices(question.words.begin() + 1, question.words.end());
  if (matches != 1) {
    state.right_choice = -1;
    state.problem = fmt::format("{}:{}: expected one right answer among {}, but {}",
                                tours_.all()[static_cast<std::size_t>(state.present)].file, question.line,
                                fmt::join(choices, ", "), values_now({{groups[0]}, {}}, facts));
    return;
  }
  state.question = question.words[0];
  state.choices = choices;
}

void TourPlayer::choose(panels::TourState& state, int choice) const {
  if (choice < 0 || choice >= static_cast<int>(state.choices.size())) return;
  const TourStop& stop = stop_of(state);
  state.chosen = choice;
  state.answered_right = choice == state.right_choice;
  state.answer_text = state.answered_right ? stop.right : stop.wrong;
}

void TourPlayer::leave(panels::TourState& state) {
  work_.reset();
  state.present = -1;
  state.working = false;
  state.problem.clear();
}

}  // namespace warpscope::app
