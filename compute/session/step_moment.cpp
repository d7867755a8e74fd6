#include <algorithm>

#include "compute/session/step_recording.h"

namespace warpscope::session {
namespace {

// The followed warp's next step may lie far ahead; beyond this many steps its accesses are not looked up.
constexpr std::uint64_t kLookAhead = 20'000;

// Keeps what one step does.
class StepWatcher final : public vgpu::Observer {
 public:
  explicit StepWatcher(std::uint64_t step) : step_(step) {}
  void on_step(const vgpu::StepEvent& event) override {
    if (event.step != step_) return;
    accesses.assign(event.accesses.begin(), event.accesses.end());
  }
  std::vector<vgpu::Access> accesses;

 private:
  std::uint64_t step_;
};

void look_at_next(const Recording& recording, StepMoment& moment) {
  trace::Timeline& timeline = *recording.timeline;
  const auto& records = *recording.run->records;
  if (moment.position >= records.size()) return;
  const auto next = timeline.next();
  moment.has_next = next.has_value();
  if (next) moment.next = *next;
  const auto of_followed = [&](const trace::StepRecord& r) { return r.warp == moment.followed; };
  if (of_followed(records[moment.position])) {
    moment.followed_next = moment.position;
  } else {
    moment.followed_next = trace::find_step(records, moment.position, trace::Direction::kForward, of_followed);
  }
  StepWatcher here(moment.position);
  StepWatcher there(moment.followed_next.value_or(moment.position));
  const std::uint64_t ahead = moment.followed_next.value_or(moment.position) - moment.position;
  timeline.look_ahead(ahead <= kLookAhead ? ahead + 1 : 1, {&here, &there});
  moment.accesses = std::move(here.accesses);
  moment.followed_accesses = std::move(there.accesses);
}

std::shared_ptr<const SharedWrites> shared_writes(const Recording& recording, trace::Position position,
                                                  std::uint64_t block) {
  const auto words = recording.shared_writers->at(*recording.timeline, position, block);
  if (!words) return nullptr;
  auto steps = std::make_shared<SharedWrites>(words->size());
  for (std::size_t i = 0; i < words->size(); ++i) {
    if (const auto writer = trace::SharedWriters::writer((*words)[i])) (*steps)[i] = writer->step + 1;
  }
  return steps;
}

}  // namespace

std::shared_ptr<const StepMoment> make_moment(const Recording& recording, trace::Position position,
                                              trace::WarpIndex followed, const StepMoment* before) {
  const StepRun& run = *recording.run;
  auto moment = std::make_shared<StepMoment>();
  moment->run = run.id;
  moment->position = std::min<trace::Position>(position, run.size());
  moment->followed = followed;
  recording.timeline->seek(moment->position);
  moment->state = std::make_shared<const vgpu::MachineState>(recording.timeline->state());
  if (before != nullptr && before->run == run.id) {
    // To follow another warp, or to ask again, changes nothing.
    moment->before = before->position == moment->position ? before->before : before->state;
  }
  look_at_next(recording, *moment);
  moment->shared_writes = shared_writes(recording, moment->position, followed / run.warps_per_block);
  return moment;
}

}  // namespace warpscope::session
