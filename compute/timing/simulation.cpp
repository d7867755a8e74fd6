#include "compute/timing/simulation.h"

#include <fmt/format.h>

#include <algorithm>

namespace warpscope::timing {
namespace {

// Steps of the virtual GPU between two looks at whether to stop.
constexpr std::uint64_t kChunk = 1U << 15;

gpu::KernelUse use_of(const vgpu::Program& program, const vgpu::Launch& launch, const SimulateOptions& options) {
  gpu::KernelUse use;
  use.block_threads = static_cast<int>(launch.block.count());
  use.registers_per_thread = options.registers_per_thread;
  use.static_shared = program.functions[static_cast<std::size_t>(launch.function)].static_shared_bytes;
  use.dynamic_shared = launch.dynamic_shared_bytes;
  use.carveout_percent = options.carveout_percent;
  return use;
}

}  // namespace

base::Result<std::unique_ptr<Simulation>> Simulation::create(const std::shared_ptr<const vgpu::Program>& program,
                                                             vgpu::Launch launch, vgpu::GlobalMemory& memory,
                                                             vgpu::TextureTable& textures,
                                                             const SimulateOptions& options) {
  if (auto fine = vgpu::check_launch(*program, launch); !fine) return tl::unexpected(fine.error());
  const gpu::SmLimits* limits = gpu::find_limits(options.gpu.capability);
  if (limits == nullptr || options.gpu.sms() == 0) {
    return base::fail(
        fmt::format("'{}' cannot be simulated: nothing is known of multiprocessors of compute capability "
                    "{}; a GPU needs at least one multiprocessor of a capability from 6.0 on",
                    options.gpu.name, gpu::text_of(options.gpu.capability)));
  }
  const gpu::KernelUse use = use_of(*program, launch, options);
  const auto occupancy = gpu::occupancy(*limits, use);
  if (!occupancy) return tl::unexpected(occupancy.error());
  if (occupancy->blocks == 0) {
    return base::fail(
        fmt::format("no block of {} threads with {} registers each and {} bytes of shared memory fits on "
                    "a multiprocessor of '{}': limited by {}",
                    use.block_threads, use.registers_per_thread, use.static_shared + use.dynamic_shared,
                    options.gpu.name, gpu::text_of_limiters(occupancy->limiters)));
  }
  auto machine = vgpu::Machine::create(program, launch, std::move(memory), std::move(textures));
  if (!machine) return tl::unexpected(machine.error());
  std::unique_ptr<Simulation> simulation(
      new Simulation(program, launch, *occupancy, *limits, std::move(*machine), options));
  if (!options.cold_caches) simulation->chip_memory_.warm_up(simulation->machine_.state().memory);
  return simulation;
}

Simulation::Simulation(const std::shared_ptr<const vgpu::Program>& program, const vgpu::Launch& launch,
                       const gpu::Occupancy& occupancy, const gpu::SmLimits& limits, vgpu::Machine machine,
                       const SimulateOptions& options)
    : program_(program),
      launch_(launch),
      occupancy_(occupancy),
      options_(options),
      model_(machine_model(options.gpu, limits.warps, limits.sub_partitions, occupancy.shared_per_sm)),
      lowered_(lower(*program, launch.function, model_)),
      machine_(std::move(machine)),
      recorder_(*program, lowered_),
      ledger_(program->code.size()),
      chip_memory_(model_, ledger_),
      warps_per_block_(static_cast<std::uint32_t>((launch.block.count() + 31) / 32)),
      last_told_(std::chrono::steady_clock::now()) {
  const auto slots = static_cast<std::size_t>(occupancy.blocks);
  const auto sms = static_cast<std::size_t>(model_.sms);
  const Sm::Chip chip{model_, lowered_, chip_memory_, ledger_, options.policy};
  for (std::uint32_t sm = 0; sm < sms; ++sm) {
    sms_.push_back(std::make_unique<Sm>(chip, sm, static_cast<std::uint16_t>(slots), warps_per_block_));
  }
  may_start_.assign(sms, 0);
  idle_since_.assign(sms, std::vector<Cycle>(slots, 0));
  waves_.assign(sms, std::vector<std::uint16_t>(slots, 0));
}

void Simulation::give_back(vgpu::GlobalMemory& memory, vgpu::TextureTable& textures) {
  vgpu::MachineState state = machine_.take_state();
  memory = std::move(state.memory);
  textures = std::move(state.textures);
}

bool Simulation::is_stopped() {
  stopped_ = stopped_ || (options_.stop != nullptr && *options_.stop);
  return stopped_;
}

base::Result<std::unique_ptr<BlockStream>> Simulation::next_stream() {
  const std::vector<vgpu::Observer*> observers{&recorder_};
  const auto capacity = static_cast<std::uint64_t>(model_.sms) * static_cast<std::uint64_t>(occupancy_.blocks);
  for (;;) {
    if (auto stream = recorder_.take(next_block_)) return stream;
    const vgpu::MachineState& state = machine_.state();
    if (state.status == vgpu::RunStatus::kFaulted) return recorder_.take_unfinished(next_block_);
    if (state.status == vgpu::RunStatus::kDone || is_stopped()) return nullptr;
    if (state.steps >= options_.max_instructions) {
      return base::fail(
          fmt::format("the kernel executes more than {} warp instructions, the limit of this simulation; "
                      "a smaller grid takes fewer",
                      options_.max_instructions));
    }
    machine_.run(std::min(kChunk, options_.max_instructions - state.steps), observers);
    tell_progress();
    if (machine_.state().blocks.size() > capacity) {
      return base::fail(
          fmt::format("more than {} blocks of this kernel wait for each other, and '{}' holds no more at a "
                      "time ({} on each of {} multiprocessors): on a GPU it would never end",
                      capacity, options_.gpu.name, occupancy_.blocks, model_.sms));
    }
  }
}

base::Result<bool> Simulation::start_block(std::uint32_t sm, std::uint16_t slot, Cycle at) {
  if (no_more_) return false;
  base::Result<std::unique_ptr<BlockStream>> stream;
  if (next_block_ < launch_.grid.count()) stream = next_stream();
  if (!stream) return tl::unexpected(stream.error());
  if (*stream == nullptr) {
    no_more_ = true;
    return false;
  }
  BlockSpan span;
  span.block = next_block_++;
  span.sm = sm;
  span.slot = slot;
  span.wave = waves_[sm][slot]++;
  span.start = std::max(at, may_start_[sm]);
  may_start_[sm] = span.start + static_cast<Cycle>(model_.block_interval);
  const auto number = static_cast<std::uint32_t>(blocks_.size());
  blocks_.push_back(span);
  for (std::uint32_t w = 0; w < warps_per_block_; ++w) {
    WarpSpan warp;
    warp.block = number;
    warp.warp = static_cast<std::uint16_t>(w);
    warps_.push_back(warp);
  }
  sms_[sm]->start(std::move(*stream), number, slot, span.start);
  return true;
}

// One block to each multiprocessor in turn, until all places are taken.
base::Result<void> Simulation::fill_chip() {
  for (std::uint16_t slot = 0; slot < occupancy_.blocks; ++slot) {
    for (std::uint32_t sm = 0; sm < sms_.size(); ++sm) {
      const auto started = start_block(sm, slot, 0);
      if (!started) return tl::unexpected(started.error());
      if (!*started) return {};
    }
  }
  return {};
}

void Simulation::collect(std::uint32_t sm) {
  for (const Sm::WarpEnd& end : sms_[sm]->warp_ends()) {
    WarpSpan& warp = warps_[std::size_t{end.block} * warps_per_block_ + end.warp];
    warp.sub_partition = end.sub_partition;
    warp.slot = end.slot;
    warp.start = end.start;
    warp.end = end.end;
  }
  sms_[sm]->warp_ends().clear();
  for (Sm::BlockEnd& end : sms_[sm]->block_ends()) {
    BlockSpan& block = blocks_[end.block];
    block.end = end.end;
    block.longest = end.longest;
    end_ = std::max(end_, end.end);
    idle_since_[sm][end.slot] = end.end;
    free_.push_back({end.end, sm, end.slot});
    std::push_heap(free_.begin(), free_.end(), std::greater<>());
    recorder_.give_back(std::move(end.stream));
    ++ended_;
  }
  sms_[sm]->block_ends().clear();
}

base::Result<void> Simulation::refill(Cycle limit) {
  while (!free_.empty() && free_.front().at < limit) {
    std::pop_heap(free_.begin(), free_.end(), std::greater<>());
    const FreeSlot free = free_.back();
    free_.pop_back();
    const auto started = start_block(free.sm, free.slot, free.at + static_cast<Cycle>(model_.block_launch));
    if (!started) return tl::unexpected(started.error());
    if (*started) collect(free.sm);
  }
  return {};
}

// Those of the highest numbers go first.
void Simulation::limit_segments() {
  std::uint64_t kept = 0;
  for (const auto& sm : sms_) kept += sm->segment_count();
  for (std::size_t sm = sms_.size(); sm-- > 0 && kept > options_.most_segments;) {
    if (!sms_[sm]->keeps_segments() || options_.close_sms.count(static_cast<std::uint32_t>(sm)) > 0) continue;
    kept -= sms_[sm]->segment_count();
    sms_[sm]->forget_segments();
  }
}

void Simulation::tell_progress() {
  if (!options_.progress) return;
  const auto time = std::chrono::steady_clock::now();
  if (time - last_told_ < std::chrono::milliseconds(50)) return;
  last_told_ = time;
  options_.progress({now_, ended_, launch_.grid.count(), machine_.state().steps});
}

base::Result<void> Simulation::run() {
  if (auto filled = fill_chip(); !filled) return filled;
  for (std::uint32_t sm = 0; sm < sms_.size(); ++sm) collect(sm);
  std::uint32_t turns = 0;
  while (!is_stopped()) {
    Cycle next = free_.empty() || no_more_ ? Sm::kNever : free_.front().at;
    for (const auto& sm : sms_) next = std::min(next, sm->next());
    if (next == Sm::kNever) break;
    const Cycle limit = next / kTurn * kTurn + kTurn;
    for (std::uint32_t sm = 0; sm < sms_.size(); ++sm) {
      if (sm + 2 < sms_.size()) sms_[sm + 2]->fetch_warps(limit);
      if (sm + 1 < sms_.size()) sms_[sm + 1]->fetch_streams(limit);
      if (sms_[sm]->next() >= limit) continue;
      sms_[sm]->run_until(limit);
      collect(sm);
    }
    if (auto filled = refill(limit); !filled) return filled;
    now_ = limit;
    if (++turns % 16 == 0) {
      limit_segments();
      tell_progress();
    }
  }
  limit_segments();
  printed_ = machine_.state().printed;
  fault_ = machine_.state().fault;
  finish_timeline();
  return {};
}

}  // namespace warpscope::timing
