#include "compute/trace/timeline.h"

#include <algorithm>

namespace warpscope::trace {
namespace {

// What a copy of the machine takes beside pages that it shares with the one before.
std::uint64_t bytes_of(const vgpu::MachineState& state, const vgpu::GlobalMemory* before) {
  std::uint64_t bytes = sizeof state + state.memory.bytes_unlike(before) + state.printed.size();
  for (const vgpu::Texture& texture : state.textures.textures) bytes += texture.texels.size();
  for (const vgpu::Block& block : state.blocks) {
    bytes += sizeof block + block.shared.size();
    for (const vgpu::Warp& warp : block.warps) {
      bytes += sizeof warp + warp.rows.size() + warp.local.size() * sizeof(std::uint32_t) +
               warp.fragments.size() * sizeof(vgpu::Fragment) + warp.joins.size() * sizeof(vgpu::Join);
    }
  }
  return bytes;
}

}  // namespace

base::Result<Timeline> Timeline::create(std::shared_ptr<const vgpu::Program> program, vgpu::Launch launch,
                                        vgpu::GlobalMemory memory, vgpu::TextureTable textures,
                                        TimelineOptions options) {
  auto head = vgpu::Machine::create(program, launch, memory, textures);
  if (!head) return tl::unexpected(head.error());
  auto cursor = vgpu::Machine::create(std::move(program), std::move(launch), std::move(memory), std::move(textures));
  if (!cursor) return tl::unexpected(cursor.error());
  const auto warps = static_cast<std::uint32_t>((head->launch().block.count() + 31) / 32);
  return Timeline(std::move(*head), std::move(*cursor), std::move(options), warps);
}

Timeline::Timeline(vgpu::Machine head, vgpu::Machine cursor, TimelineOptions options, std::uint32_t warps_per_block)
    : options_(std::move(options)),
      warps_per_block_(warps_per_block),
      recorder_(std::make_unique<Recorder>(head.program().functions[static_cast<std::size_t>(head.launch().function)],
                                           warps_per_block)),
      head_(std::make_unique<vgpu::Machine>(std::move(head))),
      cursor_(std::move(cursor)),
      interval_(std::max<std::uint64_t>(1, options_.keyframe_interval)) {
  observers_ = {recorder_.get()};
  observers_.insert(observers_.end(), options_.watchers.begin(), options_.watchers.end());
  for (vgpu::Observer* watcher : options_.shared_store_watchers) {
    recorder_->tell_of_shared_stores(watcher);
    observers_.push_back(watcher);
  }
  std::stable_sort(options_.edits.begin(), options_.edits.end(),
                   [](const Edit& a, const Edit& b) { return a.position < b.position; });
  for (vgpu::Observer* watcher : options_.watchers) {
    watcher->on_launch(head_->program(), head_->launch(), head_->state().memory);
  }
  head_->run(0, observers_);
  for (std::size_t i = 0; i < first_edit_behind(0); ++i) head_->edit(options_.edits[i].apply);
  add_keyframe();
  cursor_.restore(keyframes_.front().state);
}

bool Timeline::has_ended() const {
  return is_complete() || size() >= options_.max_steps;
}

bool Timeline::is_complete() const {
  return head_->state().status != vgpu::RunStatus::kRunning;
}

std::uint64_t Timeline::record(std::uint64_t steps) {
  const std::uint64_t before = size();
  const std::uint64_t until = std::min(options_.max_steps, before + std::min(steps, options_.max_steps));
  while (size() < until && !is_complete()) {
    const std::uint64_t next_keyframe = keyframes_.size() * interval_;
    run_to(*head_, std::min(until, next_keyframe), observers_);
    if (size() == next_keyframe) add_keyframe();
  }
  if (is_complete() && !told_end_) {
    told_end_ = true;
    for (vgpu::Observer* watcher : options_.watchers) watcher->on_launch_end(head_->state().memory);
  }
  return size() - before;
}

void Timeline::forget_watchers() {
  options_.watchers.clear();
  options_.shared_store_watchers.clear();
  recorder_->forget_watchers();
  observers_ = {recorder_.get()};
}

void Timeline::add_keyframe() {
  const vgpu::GlobalMemory* before = keyframes_.empty() ? nullptr : &keyframes_.back().state.memory;
  Keyframe keyframe{head_->state(), 0};
  keyframe.bytes = bytes_of(keyframe.state, before);
  keyframe_bytes_ += keyframe.bytes;
  keyframes_.push_back(std::move(keyframe));
  while (keyframe_bytes_ > options_.keyframe_bytes && keyframes_.size() > 2) thin_out();
}

void Timeline::thin_out() {
  std::vector<Keyframe> kept;
  keyframe_bytes_ = 0;
  for (std::size_t i = 0; i < keyframes_.size(); i += 2) {
    kept.push_back(std::move(keyframes_[i]));
    // What it shared with the one that went is now its own.
    Keyframe& last = kept.back();
    last.bytes = bytes_of(last.state, kept.size() > 1 ? &kept[kept.size() - 2].state.memory : nullptr);
    keyframe_bytes_ += last.bytes;
  }
  keyframes_ = std::move(kept);
  interval_ *= 2;
}

std::size_t Timeline::first_edit_behind(std::uint64_t position) const {
  const auto behind = std::upper_bound(options_.edits.begin(), options_.edits.end(), position,
                                       [](std::uint64_t at, const Edit& edit) { return at < edit.position; });
  return static_cast<std::size_t>(behind - options_.edits.begin());
}

void Timeline::run_to(vgpu::Machine& machine, std::uint64_t position,
                      const std::vector<vgpu::Observer*>& observers) const {
  const std::vector<Edit>& edits = options_.edits;
  std::size_t next = first_edit_behind(machine.state().steps);
  while (machine.state().steps < position && machine.state().status == vgpu::RunStatus::kRunning) {
    const std::uint64_t until = next < edits.size() ? std::min(position, edits[next].position) : position;
    machine.run(until - machine.state().steps, observers);
    for (; next < edits.size() && edits[next].position == machine.state().steps; ++next) {
      machine.edit(edits[next].apply);
    }
  }
}

void Timeline::replay(std::uint64_t position, const std::vector<vgpu::Observer*>& observers) {
  run_to(cursor_, std::min(position, size()), observers);
}

void Timeline::look_ahead(std::uint64_t steps, const std::vector<vgpu::Observer*>& observers) {
  vgpu::MachineState here = cursor_.state();
  run_to(cursor_, std::min(position() + steps, size()), observers);
  cursor_.restore(std::move(here));
}

std::size_t Timeline::keyframe_before(std::uint64_t position) const {
  return std::min<std::size_t>(position / interval_, keyframes_.size() - 1);
}

void Timeline::watch_part(std::uint64_t begin, std::uint64_t end, const std::vector<vgpu::Observer*>& observers) {
  vgpu::MachineState here = cursor_.take_state();
  cursor_.restore(keyframes_[keyframe_before(begin)].state);
  replay(begin, {});
  replay(end, observers);
  cursor_.restore(std::move(here));
}

void Timeline::seek(std::uint64_t position) {
  position = std::min(position, size());
  const std::size_t nearest = keyframe_before(position);
  const bool runs_on = this->position() <= position && this->position() >= nearest * interval_;
  if (!runs_on) cursor_.restore(keyframes_[nearest].state);
  replay(position, {});
}

}  // namespace warpscope::trace
