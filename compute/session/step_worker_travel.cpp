// Where one is in the run: steps, questions, breakpoints, changes.
#include <fmt/format.h>

#include <algorithm>

#include "compute/session/step_breakpoints.h"
#include "compute/session/step_worker.h"
#include "compute/trace/edit.h"

namespace warpscope::session {
namespace {

const char* name_of_space(vgpu::AccessSpace space) {
  return space == vgpu::AccessSpace::kShared  ? "shared memory"
         : space == vgpu::AccessSpace::kLocal ? "local memory"
                                              : "memory";
}

}  // namespace

void StepWorker::show(trace::Position position, trace::WarpIndex followed) {
  draft_.moment = make_moment(*recording_, position, followed, draft_.moment.get());
  publish();
}

void StepWorker::take(const Go& command) {
  if (!recording_ || !draft_.moment) return;
  if (command.goal == StepGoal::kBreakpoint) begin_job(StepJob::Kind::kSearching, "Looking for a breakpoint");
  const auto found = go_to(search(), *draft_.moment, command);
  end_job();
  if (!found) {
    say(Message::Kind::kWarning, found.error().message);
    return;
  }
  show(found->position, found->followed);
  if (!found->note.empty()) say(Message::Kind::kGood, found->note);
}

void StepWorker::take(const SeekTo& command) {
  if (!recording_ || !draft_.moment) return;
  const auto& records = *recording_->run->records;
  const trace::Position position = std::min<trace::Position>(command.position, records.size());
  const bool follows = command.follow && position < records.size();
  show(position, follows ? records[position].warp : draft_.moment->followed);
}

void StepWorker::take(const FollowWarp& command) {
  if (!recording_ || !draft_.moment) return;
  const StepRun& run = *recording_->run;
  if (command.warp >= run.launch.grid.count() * run.warps_per_block) {
    say(Message::Kind::kWarning, fmt::format("There is no such warp: the grid has {} blocks of {} warps",
                                             with_commas(run.launch.grid.count()), run.warps_per_block));
    return;
  }
  const std::uint64_t block = command.warp / run.warps_per_block;
  if (block < run.launch.first_block || block >= run.launch.end_block()) {
    say(Message::Kind::kWarning, fmt::format("Block {} does not run: this launch is of block {} alone. Launch has all.",
                                             block, run.launch.first_block));
    return;
  }
  show(draft_.moment->position, command.warp);
}

void StepWorker::take(const GoToPrinted& command) {
  if (!recording_ || !draft_.moment) return;
  if (const auto at = find_printed(*recording_, command.character)) take(SeekTo{*at, true});
}

// ---- Who wrote this?

std::string StepWorker::describe(const std::optional<trace::Write>& write, const WrittenPlace& place) const {
  const StepRun& run = *recording_->run;
  if (!write) {
    const bool global = place.variable.empty() && place.memory.space == vgpu::AccessSpace::kGlobal;
    return global ? "nobody in this launch, before this moment: it is what the host left there"
                  : "nobody, before this moment";
  }
  const trace::StepRecord& record = (*run.records)[write->step];
  std::string text;
  if (const int line = line_at(run, record.pc); line > 0) text = fmt::format("line {}, ", line);
  if (run.launch.grid.count() > 1) text += fmt::format("block {}, ", record.warp / run.warps_per_block);
  return text + fmt::format("warp {}, {}, step {}", record.warp % run.warps_per_block, vgpu::lanes_text(write->lanes),
                            with_commas(step_in_block(run, write->step)));
}

void StepWorker::take(const AskWriter& command) {
  if (!recording_ || !draft_.moment) return;
  const auto write = find_writer(search(), *draft_.moment, command.place);
  WriterAnswer answer;
  answer.question = command.question;
  answer.known = true;
  if (write) answer.write = *write;
  answer.text = write ? describe(*write, command.place) : write.error().message;
  draft_.writer = std::move(answer);
  publish();
}

void StepWorker::take(const GoToWriter& command) {
  if (!recording_ || !draft_.moment) return;
  begin_job(StepJob::Kind::kSearching, "Looking for who wrote this");
  const auto write = find_writer(search(), *draft_.moment, command.place);
  end_job();
  if (!write) {
    say(Message::Kind::kWarning, write.error().message);
    return;
  }
  const std::string what =
      command.place.variable.empty() ? name_of_space(command.place.memory.space) : command.place.variable;
  const std::string text = fmt::format("Who wrote {}: {}", what, describe(*write, command.place));
  if (*write) show((*write)->step, (*recording_->run->records)[(*write)->step].warp);
  say(*write ? Message::Kind::kGood : Message::Kind::kWarning, text);
}

// ---- Breakpoints

void StepWorker::check_breakpoints() {
  if (!recording_) return;
  for (StepBreakpoint& breakpoint : draft_.breakpoints) {
    breakpoint.problem = problem_of(breakpoint, *recording_->run, draft_.moment.get());
  }
}

void StepWorker::take(AddBreakpoint& command) {
  command.breakpoint.id = ++last_breakpoint_;
  draft_.breakpoints.push_back(std::move(command.breakpoint));
  check_breakpoints();
  publish();
}

void StepWorker::take(ChangeBreakpoint& command) {
  for (StepBreakpoint& breakpoint : draft_.breakpoints) {
    if (breakpoint.id == command.breakpoint.id) breakpoint = command.breakpoint;
  }
  check_breakpoints();
  publish();
}

void StepWorker::take(const RemoveBreakpoint& command) {
  std::erase_if(draft_.breakpoints, [&](const StepBreakpoint& breakpoint) { return breakpoint.id == command.id; });
  publish();
}

void StepWorker::take(const ToggleLineBreakpoint& command) {
  const auto removed = std::erase_if(draft_.breakpoints, [&](const StepBreakpoint& breakpoint) {
    return breakpoint.kind == StepBreakpoint::Kind::kLine && breakpoint.line == command.line;
  });
  if (removed == 0) {
    StepBreakpoint breakpoint;
    breakpoint.id = ++last_breakpoint_;
    breakpoint.line = command.line;
    draft_.breakpoints.push_back(breakpoint);
    check_breakpoints();
  }
  publish();
}

// ---- Another history

void StepWorker::add_edit(trace::Edit edit, std::string text) {
  const trace::Position at = edit.position;
  // What was changed later belonged to the history that is left now.
  std::erase_if(edits_, [at](const trace::Edit& each) { return each.position > at; });
  std::erase_if(edit_texts_, [at](const StepEdit& each) { return each.at > at; });
  edits_.push_back(std::move(edit));
  edit_texts_.push_back({at, text});
  record_anew(at, draft_.moment->followed);
  say(Message::Kind::kGood, fmt::format("History is another one from here: {}", text));
}

void StepWorker::take(const EditVariable& command) {
  if (!recording_ || !draft_.moment) return;
  const std::shared_ptr<const StepRun> run = recording_->run;
  const std::shared_ptr<const StepMoment> moment = draft_.moment;
  const auto place = find_variable(*run, *moment, command.variable);
  if (!place) return say(Message::Kind::kWarning, place.error().message);
  const auto bytes = parse_value(run->debug->types(), place->type, command.value);
  if (!bytes) return say(Message::Kind::kWarning, fmt::format("{}: {}", command.variable, bytes.error().message));
  const auto apply = [run, warp = moment->followed, lanes = command.lanes, place = *place,
                      bytes = *bytes](vgpu::MachineState& state) {
    return trace::write_variable(*run->program, run->launch, state, warp, lanes, *place.variable, place.offset_bytes,
                                 bytes);
  };
  vgpu::MachineState trial = *moment->state;
  if (const auto done = apply(trial); !done) return say(Message::Kind::kWarning, done.error().message);
  add_edit({moment->position, [apply](vgpu::MachineState& state) { (void)apply(state); }},
           fmt::format("{} = {} in {} of warp {}", command.variable, command.value, vgpu::lanes_text(command.lanes),
                       moment->followed % run->warps_per_block));
}

void StepWorker::take(const EditMemory& command) {
  if (!recording_ || !draft_.moment) return;
  const auto bytes = parse_element(command.type, command.value);
  if (!bytes) return say(Message::Kind::kWarning, bytes.error().message);
  trace::MemoryPlace place = command.place;
  place.bytes = bytes->size();
  vgpu::MachineState trial = *draft_.moment->state;
  if (const auto done = trace::write_memory(trial, place, *bytes); !done) {
    return say(Message::Kind::kWarning, done.error().message);
  }
  add_edit({draft_.moment->position,
            [place, bytes = *bytes](vgpu::MachineState& state) { (void)trace::write_memory(state, place, bytes); }},
           fmt::format("{} at 0x{:x} = {}", name_of_space(place.space), place.address, command.value));
}

void StepWorker::take(const DropEdits&) {
  if (!recording_ || !draft_.moment || edits_.empty()) return;
  drop_edits_silently();
  record_anew(draft_.moment->position, draft_.moment->followed);
}

}  // namespace warpscope::session
