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
      head_(std::move(head)),
      cursor_(std::move(cursor)),
      interval_(std::max<std::uint64_t>(1, options_.keyframe_interval)) {
  observers_ = {recorder_.get()};
  observers_.insert(observers_.end(), options_.watchers.begin(), options_.watchers.end());
  head_.run(0, observers_);
  add_keyframe();
  cursor_.restore(keyframes_.front().state);
}

bool Timeline::has_ended() const {
  return is_complete() || size() >= options_.max_steps;
}

bool Timeline::is_complete() const {
  return head_.state().status != vgpu::RunStatus::kRunning;
}

std::uint64_t Timeline::record(std::uint64_t steps) {
  const std::uint64_t before = size();
  const std::uint64_t until = std::min(options_.max_steps, before + std::min(steps, options_.max_steps));
  while (size() < until && !is_complete()) {
    const std::uint64_t next_keyframe = keyframes_.size() * interval_;
    head_.run(std::min(until, next_keyframe) - size(), observers_);
    if (size() == next_keyframe) add_keyframe();
  }
  return size() - before;
}

void Timeline::add_keyframe() {
  const vgpu::GlobalMemory* before = keyframes_.empty() ? nullptr : &keyframes_.back().state.memory;
  Keyframe keyframe{head_.state(), 0};
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

void Timeline::replay(std::uint64_t position, const std::vector<vgpu::Observer*>& observers) {
  position = std::min(position, size());
  if (position > this->position()) cursor_.run(position - this->position(), observers);
}

void Timeline::seek(std::uint64_t position) {
  position = std::min(position, size());
  const std::size_t nearest = std::min<std::size_t>(position / interval_, keyframes_.size() - 1);
  const bool runs_on = this->position() <= position && this->position() >= nearest * interval_;
  if (!runs_on) cursor_.restore(keyframes_[nearest].state);
  replay(position, {});
}

}  // namespace warpscope::trace
