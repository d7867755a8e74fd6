#include "compute/vgpu/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "compute/vgpu/engine.h"
#include "compute/vgpu/fragments.h"
#include "compute/vgpu/hash.h"
#include "compute/vgpu/launch_check.h"

namespace warpscope::vgpu {
namespace {

// Blocks that wait for others keep their registers; more of them than this would be no use to a machine.
constexpr std::size_t kMaxResidentBlocks = 1U << 13;
constexpr std::uint64_t kDeviceHeapPages = 1U << 16;
constexpr std::uint64_t kChunk = 1U << 22;  // steps between two looks at whether to stop

// Blocks that one thread executes by turns. `next` gives the number of a block nobody has begun, or total.
class Turns {
 public:
  Turns(Engine& engine, std::vector<Block>& blocks, std::uint32_t& current, std::vector<Block>& spare)
      : engine_(engine), blocks_(blocks), current_(current), spare_(spare) {}

  template <class Next>
  bool begin_another(const Next& next, const std::vector<Observer*>& observers) {
    if (blocks_.size() >= kMaxResidentBlocks) return false;
    const std::optional<std::uint64_t> number = next();
    if (!number) return false;
    if (spare_.empty()) spare_.emplace_back();
    blocks_.push_back(std::move(spare_.back()));
    spare_.pop_back();
    engine_.start(blocks_.back(), *number);
    for (Observer* observer : observers) observer->on_block_start(blocks_.back());
    current_ = static_cast<std::uint32_t>(blocks_.size()) - 1;
    return true;
  }

  void end_current(const std::vector<Observer*>& observers) {
    for (Observer* observer : observers) observer->on_block_end(blocks_[current_]);
    spare_.push_back(std::move(blocks_[current_]));
    blocks_.erase(blocks_.begin() + current_);
    if (current_ >= blocks_.size()) current_ = 0;
  }

  void pass_on() { current_ = (current_ + 1) % static_cast<std::uint32_t>(blocks_.size()); }

 private:
  Engine& engine_;
  std::vector<Block>& blocks_;
  std::uint32_t& current_;
  std::vector<Block>& spare_;
};

Fault step_limit(const Program& program, const Launch& launch, std::uint64_t steps) {
  Fault fault;
  fault.kind = FaultKind::kStepLimit;
  fault.kernel = program.module->functions[static_cast<std::size_t>(launch.function)].name;
  fault.message = fmt::format("the limit of {} warp instructions was reached", steps);
  return fault;
}

void add_to(Hash& hash, const Warp& warp) {
  hash.add_bytes(warp.rows);
  for (const std::uint32_t word : warp.local) hash.add(word);
  for (const Fragment& f : warp.fragments) {
    hash.add(f.pc);
    hash.add(f.mask);
    hash.add(static_cast<std::uint64_t>(f.state) | static_cast<std::uint64_t>(f.barrier) << 8);
    hash.add(f.members);
    for (const Frame& frame : f.calls) {
      hash.add(frame.call_pc);
      hash.add(frame.register_base);
    }
  }
  for (const Join& join : warp.joins) {
    hash.add(join.pc);
    hash.add(join.expected);
    hash.add(join.arrived);
  }
  hash.add(warp.current);
  hash.add(warp.exited);
  hash.add(warp.instructions);
  hash.add(warp.turn);
  hash.add(warp.polls);
  hash.add(warp.async.open);
  hash.add(warp.async.committed);
}

void add_to(Hash& hash, const Block& block) {
  hash.add(block.number);
  hash.add_bytes(block.shared);
  for (const Warp& warp : block.warps) add_to(hash, warp);
  for (const Barrier& barrier : block.barriers) {
    hash.add(barrier.expected_threads);
    for (const LaneMask mask : barrier.arrived) hash.add(mask);
    hash.add(barrier.popc);
    hash.add((barrier.all ? 1U : 0U) | (barrier.any ? 2U : 0U));
  }
  hash.add(block.current);
  hash.add(block.instructions);
  hash.add(block.idle_turns);
}

// ---- Several threads

struct Shared {
  explicit Shared(const Launch& launch) : next_block(launch.first_block) {}
  std::atomic<std::uint64_t> next_block;
  std::atomic<std::uint64_t> steps{0}, thread_instructions{0};
  std::atomic<bool> stop{false};
  std::atomic<bool> stopped_by_caller{false}, out_of_steps{false};
  std::mutex mutex;
  std::optional<Fault> fault;
};

void work(LaunchContext& context, GlobalMemory& memory, const RunOptions& options, Shared& shared) {
  Engine engine(context, memory, true);
  const std::uint64_t end = context.launch.end_block();
  std::vector<Block> blocks, spare;
  std::uint32_t current = 0;
  Turns turns(engine, blocks, current, spare);
  const std::vector<Observer*> nobody;
  const auto next = [&]() -> std::optional<std::uint64_t> {
    const std::uint64_t number = shared.next_block.fetch_add(1);
    return number < end ? std::optional(number) : std::nullopt;
  };
  while (!shared.stop && (!blocks.empty() || turns.begin_another(next, nobody))) {
    if (options.stop != nullptr && *options.stop) shared.stopped_by_caller = shared.stop = true;
    const std::uint64_t made = shared.steps;
    if (made >= options.max_steps) shared.out_of_steps = shared.stop = true;
    if (shared.stop) break;
    const Engine::Stop stop = engine.run(blocks[current], 0, std::min(kChunk, options.max_steps - made), nobody);
    shared.steps += engine.steps_made();
    if (stop == Engine::Stop::kEnded) turns.end_current(nobody);
    if (stop == Engine::Stop::kTurn && !turns.begin_another(next, nobody)) turns.pass_on();
    if (stop == Engine::Stop::kFaulted) {
      const std::lock_guard lock(shared.mutex);
      if (!shared.fault) shared.fault = engine.fault();
      shared.stop = true;
    }
  }
  shared.thread_instructions += engine.thread_instructions();
}

RunReport run_threads(LaunchContext& context, GlobalMemory& memory, const RunOptions& options, int threads) {
  memory.unshare_all();
  Shared shared(context.launch);
  std::vector<std::thread> workers;
  for (int i = 1; i < threads; ++i) workers.emplace_back([&] { work(context, memory, options, shared); });
  work(context, memory, options, shared);
  for (std::thread& worker : workers) worker.join();
  RunReport report;
  report.warp_instructions = shared.steps;
  report.thread_instructions = shared.thread_instructions;
  report.stopped = shared.stopped_by_caller;
  report.fault = shared.fault;
  if (!report.fault && shared.out_of_steps)
    report.fault = step_limit(*context.program, context.launch, options.max_steps);
  return report;
}

// ---- One thread

RunReport run_alone(Machine& machine, const RunOptions& options) {
  RunReport report;
  std::uint64_t made = 0;
  while (machine.state().status == RunStatus::kRunning && made < options.max_steps) {
    if (options.stop != nullptr && *options.stop) {
      report.stopped = true;
      break;
    }
    made += machine.run(std::min(kChunk, options.max_steps - made), options.observers);
  }
  const MachineState& state = machine.state();
  report.warp_instructions = state.steps;
  report.thread_instructions = state.thread_instructions;
  report.printed = state.printed;
  report.fault = state.fault;
  const bool ended = state.status != RunStatus::kRunning || report.stopped;
  if (!ended) report.fault = step_limit(machine.program(), machine.launch(), options.max_steps);
  return report;
}

}  // namespace

std::uint64_t Launch::end_block() const {
  return last_block < grid.count() ? last_block + 1 : grid.count();
}

base::Result<Machine> Machine::create(std::shared_ptr<const Program> program, Launch launch, GlobalMemory memory,
                                      TextureTable textures) {
  if (auto fine = check_launch(*program, launch); !fine) return tl::unexpected(fine.error());
  Machine machine;
  machine.program_ = std::move(program);
  machine.launch_ = std::move(launch);
  machine.state_.memory = std::move(memory);
  machine.state_.memory.reserve_device_heap(kDeviceHeapPages);
  machine.state_.textures = std::move(textures);
  machine.state_.next_block = machine.launch_.first_block;
  return machine;
}

std::uint64_t Machine::run(std::uint64_t steps, const std::vector<Observer*>& observers) {
  LaunchContext context{program_, launch_, &state_.textures, [this](std::string_view text) { state_.printed += text; }};
  Engine engine(context, state_.memory, false);
  Turns turns(engine, state_.blocks, state_.current, spare_);
  const std::uint64_t end = launch_.end_block();
  const auto next = [&]() -> std::optional<std::uint64_t> {
    return state_.next_block < end ? std::optional(state_.next_block++) : std::nullopt;
  };
  std::uint64_t made = 0;
  while (state_.status == RunStatus::kRunning) {
    if (state_.blocks.empty() && !turns.begin_another(next, observers)) {
      state_.status = RunStatus::kDone;
      break;
    }
    const Engine::Stop stop = engine.run(state_.blocks[state_.current], state_.steps, steps - made, observers);
    made += engine.steps_made();
    state_.steps += engine.steps_made();
    if (stop == Engine::Stop::kBudget) break;  // and another step could be made
    if (stop == Engine::Stop::kEnded) {
      turns.end_current(observers);
      ++state_.ended_blocks;
      if (state_.ended_blocks == launch_.block_count()) state_.status = RunStatus::kDone;
    } else if (stop == Engine::Stop::kTurn) {
      if (!turns.begin_another(next, observers)) turns.pass_on();
    } else {
      state_.fault = engine.fault();
      state_.status = RunStatus::kFaulted;
    }
  }
  state_.thread_instructions += engine.thread_instructions();
  return made;
}

std::optional<Machine::Next> Machine::next() const {
  if (state_.status != RunStatus::kRunning || state_.blocks.empty()) return std::nullopt;
  const Block& block = state_.blocks[state_.current];
  for (std::uint32_t i = 0; i < block.warps.size(); ++i) {
    const std::uint32_t w = (block.current + i) % static_cast<std::uint32_t>(block.warps.size());
    const Warp& warp = block.warps[w];
    const std::uint32_t f = next_ready(warp, warp.current);
    if (f != kNoFragment) return Next{state_.current, w, warp.fragments[f].pc, warp.fragments[f].mask};
  }
  return std::nullopt;
}

RunReport run(const std::shared_ptr<const Program>& program, const Launch& launch, GlobalMemory& memory,
              TextureTable& textures, const RunOptions& options) {
  RunReport report;
  if (auto fine = check_launch(*program, launch); !fine) {
    report.status = RunStatus::kFaulted;
    report.fault = Fault{};
    report.fault->kind = FaultKind::kUnsupported;
    report.fault->message = fine.error().text();
    return report;
  }
  const auto begin = std::chrono::steady_clock::now();
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const std::uint64_t most_threads = std::min<std::uint64_t>(launch.block_count(), 256);
  const int threads = static_cast<int>(
      std::min<std::uint64_t>(most_threads, static_cast<std::uint64_t>(options.threads > 0 ? options.threads : cores)));
  if (threads > 1 && options.observers.empty()) {
    memory.reserve_device_heap(kDeviceHeapPages);
    std::mutex printing;
    std::string printed;
    LaunchContext context{program, launch, &textures, [&](std::string_view text) {
                            const std::lock_guard lock(printing);
                            printed += text;
                          }};
    report = run_threads(context, memory, options, threads);
    report.printed = std::move(printed);
  } else {
    auto machine = Machine::create(program, launch, std::move(memory), std::move(textures));
    // They keep looking at the memory that the launch runs on.
    for (Observer* observer : options.observers) observer->on_launch(*program, launch, machine->state().memory);
    report = run_alone(*machine, options);
    MachineState state = machine->take_state();
    memory = std::move(state.memory);
    textures = std::move(state.textures);
  }
  for (Observer* observer : options.observers) observer->on_launch_end(memory);
  report.status = report.fault ? RunStatus::kFaulted : report.stopped ? RunStatus::kRunning : RunStatus::kDone;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

std::uint64_t MachineState::hash() const {
  Hash hash;
  hash.add(memory.hash());
  for (const Texture& texture : textures.textures) hash.add_bytes(texture.texels);
  hash.add(current);
  hash.add(next_block);
  hash.add(ended_blocks);
  hash.add(steps);
  hash.add(static_cast<std::uint64_t>(status));
  for (const char c : printed) hash.add(static_cast<std::uint64_t>(c));
  for (const Block& block : blocks) add_to(hash, block);
  return hash.value();
}

}  // namespace warpscope::vgpu
