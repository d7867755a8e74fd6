// What fits on an SM: occupancy, threads, registers, shared memory.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_left.h"
#include "app/panels/map_right_words.h"

namespace warpscope::panels {
namespace {

using gpu::Occupancy;
using session::MapPlan;
using session::RegisterOrigin;

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t unit) {
  return unit == 0 ? value : (value + unit - 1) / unit * unit;
}

std::string no_block(const MapPlan& plan) {
  return plan.problem.empty() ? "As it is, no block fits on an SM." : plan.problem;
}

// What would fit with blocks of so many threads and everything else as it is.
std::optional<Occupancy> with_threads(const MapPlan& plan, int threads) {
  gpu::KernelUse use = plan.use();
  use.block_threads = threads;
  const auto found = gpu::occupancy(*plan.limits, use);
  return found ? std::optional(*found) : std::nullopt;
}

// "3 warps: 16 blocks, 48 warps".
std::string threads_fact(const MapPlan& plan, int threads) {
  const auto found = with_threads(plan, threads);
  if (!found || found->blocks == 0) return "no block fits";
  return fmt::format("{} × {} = {} warps", found->blocks, found->warps_per_block, found->warps);
}

std::string split_story(const MapPlan& plan, int warps) {
  const int parts = plan.limits->sub_partitions;
  const auto each = static_cast<std::uint64_t>(warps / parts);
  if (warps % parts == 0) {
    return fmt::format("Its {} split evenly over the {} schedulers of an SM: **{} each**.",
                       plural(static_cast<std::uint64_t>(warps), "warp"), parts, each);
  }
  return fmt::format(
      "**{}** {} not split evenly over {} schedulers: of every block some get {} and others {}. While the SM is full "
      "that evens out; in the tail, and where a whole block waits at a barrier, a scheduler stands idle.",
      plural(static_cast<std::uint64_t>(warps), "warp"), warps == 1 ? "does" : "do", parts, each, each + 1);
}

std::string lanes_story(int threads) {
  const int last = threads % gpu::kWarpSize;
  if (last == 0) return {};
  return fmt::format("The last warp has only **{} of 32** lanes with a thread: it costs as much as a full one.", last);
}

std::string slots_story(const MapPlan& plan, const Occupancy& o) {
  const int slots = plan.limits->warps, left = slots - o.by_warps * o.warps_per_block;
  std::string words = fmt::format("An SM takes whole blocks only: of its {} warp slots **{} × {} = {}** can be used",
                                  slots, o.by_warps, o.warps_per_block, o.by_warps * o.warps_per_block);
  words += left > 0 ? fmt::format(", **{}** stay empty.", left) : ".";
  const int most = o.by_blocks * o.warps_per_block;
  if (o.by_blocks < o.by_warps) {
    words += fmt::format(" And it takes **{}** at most, however small: {} warps.",
                         plural(static_cast<std::uint64_t>(o.by_blocks), "block"), most);
  }
  if (o.blocks < std::min(o.by_warps, o.by_blocks)) {
    words +=
        fmt::format(" {} Only **{}** fit.", limit_sentence(o), plural(static_cast<std::uint64_t>(o.blocks), "block"));
  }
  return words;
}

// The nearest number of registers with other warps, in one direction.
std::optional<gpu::CurvePoint> next_step(const MapPlan& plan, int by) {
  const auto now = static_cast<std::uint64_t>(plan.registers.count);
  const int warps = plan.occupancy->warps;
  std::optional<gpu::CurvePoint> found;
  for (const gpu::CurvePoint& point : plan.by_registers) {
    if (by < 0 && point.x < now && point.warps > warps) found = point;
    if (by > 0 && point.x > now && point.warps < warps) return point;
  }
  return found;
}

std::string origin_story(const session::MapRegisters& registers) {
  std::string words;
  switch (registers.origin) {
    case RegisterOrigin::kPtxas:
      words = "**ptxas**, NVIDIA's assembler, said so for this architecture.";
      break;
    case RegisterOrigin::kNearest:
      words = "Today's **ptxas** does not know this GPU; the number is for the nearest one that it knows.";
      break;
    case RegisterOrigin::kEstimate:
      words = "The number is an **estimate** from how long values are needed: there is no ptxas here to say.";
      break;
    case RegisterOrigin::kChosen:
      words = fmt::format(
          "You chose this number; the kernel's own is **{}**. A compiler told to use fewer would put some values into "
          "memory, which the model leaves out.",
          registers.of_kernel);
      break;
  }
  if (registers.spill_bytes > 0)
    words += fmt::format(" **{} bytes** of a thread are spilled to memory.", registers.spill_bytes);
  return words;
}

}  // namespace

MapExplanation explain_occupancy(const MapSubject& s) {
  MapExplanation e;
  e.truth = truth_of_rules();
  if (!s.plan.occupancy || s.plan.occupancy->blocks == 0) {
    e.heading = "No block fits";
    e.text = {no_block(s.plan)};
    if (const auto button = suggestion_button(s)) e.buttons.push_back(*button);
    return e;
  }
  const Occupancy& o = *s.plan.occupancy;
  e.heading = fmt::format("{} of {} warps", o.warps, s.plan.limits->warps);
  e.text.push_back(fmt::format(
      "**Occupancy** is how many warps an SM holds, of those it has room for: **{:.0f} %**. A warp that waits costs "
      "nothing while another one can go on, so more warps hide more waiting.",
      100 * o.share));
  e.formula = {"occupancy", "blocks × warps each", "warp slots",
               fmt::format("{} × {} / {}", o.blocks, o.warps_per_block, s.plan.limits->warps),
               fmt::format("{:.0f} %", 100 * o.share)};
  e.more.push_back(fmt::format("{} Each alone would allow: warps {}, registers {}, shared memory {}, blocks {}.",
                               limit_sentence(o), o.by_warps,
                               o.by_registers == gpu::kUnlimited ? "any" : std::to_string(o.by_registers),
                               o.by_shared == gpu::kUnlimited ? "any" : std::to_string(o.by_shared), o.by_blocks));
  if (is_current(s)) {
    const double achieved = s.run->timeline->occupancy_achieved();
    e.more.push_back(fmt::format(
        "The run achieved **{:.0f} %** on average: less, as blocks end at different times and the chip empties in the "
        "tail.",
        100 * achieved));
    e.truth = truth_of_times(s);
  }
  e.more.emplace_back("**Full is not fastest**: where few warps already keep a pipe busy, more of them gain nothing.");
  if (const auto button = suggestion_button(s)) e.buttons.push_back(*button);
  return e;
}

MapExplanation explain_threads(const MapSubject& s) {
  MapExplanation e;
  const auto threads = static_cast<int>(s.plan.block.count());
  const int warps = (threads + gpu::kWarpSize - 1) / gpu::kWarpSize;
  e.heading = threads == 96 || threads == 128 ? "Why 96 is not like 128" : fmt::format("Blocks of {} threads", threads);
  e.text.push_back(fmt::format("A block of **{} threads** is **{}** of 32. They start together and stay on one SM.",
                               threads, plural(static_cast<std::uint64_t>(warps), "warp")));
  e.text.push_back(lanes_story(threads));
  if (s.plan.occupancy && s.plan.occupancy->blocks > 0) {
    e.text.push_back(slots_story(s.plan, *s.plan.occupancy));
  } else {
    e.text.push_back(no_block(s.plan));
  }
  e.text.push_back(split_story(s.plan, warps));
  e.facts_title = "What would fit";
  for (const int each : {32, 64, 96, 128, 192, 256, 512, 1024}) {
    e.facts.push_back({fmt::format("{} threads", each), threads_fact(s.plan, each)});
  }
  e.truth = truth_of_rules();
  const MapAxis axis = map_axis(s.plan, s.settings, gpu::Axis::kBlockThreads);
  if (axis.fixed) {
    e.tries.push_back(axis.note);
    return e;
  }
  for (const int each : {96, 128, 64, 256}) {
    if (each == threads || e.buttons.size() == 2 || !refusal_of_threads(s.plan, each).empty()) continue;
    e.buttons.push_back(
        {MapTry::Kind::kSetThreads, static_cast<std::uint64_t>(each), fmt::format("Set threads to {}", each)});
  }
  return e;
}

MapExplanation explain_registers(const MapSubject& s) {
  MapExplanation e;
  const gpu::SmLimits& limits = *s.plan.limits;
  const auto count = static_cast<std::uint64_t>(s.plan.registers.count);
  const auto unit = static_cast<std::uint64_t>(limits.register_unit);
  const std::uint64_t exact = count * gpu::kWarpSize, given = rounded_up(exact, unit);
  const auto share = static_cast<std::uint64_t>(limits.registers / limits.sub_partitions);
  e.heading = fmt::format("{} a thread", plural(count, "register"));
  e.text.push_back(fmt::format(
      "Registers are given to whole **warps**, in units of **{}**: {} × 32 = {}, {} **{}**. A warp keeps them until it "
      "ends; that is why switching between warps costs nothing.",
      unit, count, count_text(static_cast<double>(exact)), given == exact ? "just" : "rounded up to",
      count_text(static_cast<double>(given))));
  const std::uint64_t each = given == 0 ? 0 : share / given;
  e.formula = {"warps", "registers of a sub-partition", "registers of a warp",
               fmt::format("{} / {}", count_text(static_cast<double>(share)), count_text(static_cast<double>(given))),
               fmt::format("{}", each)};
  e.truth = truth_of_rules();
  if (!s.plan.occupancy || s.plan.occupancy->blocks == 0) {
    e.more = {no_block(s.plan), origin_story(s.plan.registers)};
    return e;
  }
  const Occupancy& o = *s.plan.occupancy;
  e.more.push_back(fmt::format("Whole warps only: {} sub-partitions with {} each hold **{}**, enough for **{}** of {}.",
                               limits.sub_partitions, each,
                               plural(each * static_cast<std::uint64_t>(limits.sub_partitions), "warp"),
                               plural(static_cast<std::uint64_t>(o.by_registers), "block"),
                               plural(static_cast<std::uint64_t>(o.warps_per_block), "warp")));
  const auto fewer = next_step(s.plan, -1), more = next_step(s.plan, 1);
  std::string steps;
  if (fewer) steps += fmt::format("At **{}** an SM holds {} warps instead of {}. ", fewer->x, fewer->warps, o.warps);
  if (more && more->warps == 0) steps += fmt::format("At **{}** no block fits at all.", more->x);
  if (more && more->warps > 0) steps += fmt::format("At **{}** a block falls out: {} warps.", more->x, more->warps);
  e.more.push_back(steps);
  e.more.push_back(origin_story(s.plan.registers));
  for (const auto& point : {fewer, more}) {
    if (point)
      e.buttons.push_back({MapTry::Kind::kSetRegisters, point->x, fmt::format("Set registers to {}", point->x)});
  }
  return e;
}

MapExplanation explain_shared(const MapSubject& s) {
  MapExplanation e;
  const gpu::SmLimits& limits = *s.plan.limits;
  const auto asked = static_cast<double>(s.plan.static_shared + s.plan.dynamic_shared + s.plan.added_shared);
  e.heading = asked > 0 ? fmt::format("{} of shared memory", kib_text(asked)) : "No shared memory";
  std::string first = asked > 0 ? fmt::format("A block asks for **{}** ({} bytes)", kib_text(asked), count_text(asked))
                                : "The kernel declares **none**";
  if (limits.reserved_shared > 0)
    first += fmt::format("; the driver keeps **{}** more of each", kib_text(limits.reserved_shared));
  e.text.push_back(first + fmt::format(". It is given out in units of {} bytes.", limits.shared_unit));
  e.truth = truth_of_rules();
  if (!s.plan.occupancy || s.plan.occupancy->blocks == 0) {
    e.text.push_back(no_block(s.plan));
    return e;
  }
  const Occupancy& o = *s.plan.occupancy;
  e.text.push_back(fmt::format(
      "The SM is set to **{}** of shared memory, its **carve-out**; what is left of its memory is L1 cache.",
      kib_text(o.shared_per_sm)));
  if (o.by_shared != gpu::kUnlimited) {
    e.formula = {"blocks", "shared memory of an SM", "of a block",
                 fmt::format("{} / {}", count_text(o.shared_per_sm), count_text(o.shared_per_block)),
                 fmt::format("{}", o.by_shared)};
  }
  e.more.push_back(o.by_shared == gpu::kUnlimited ? "So it sets no limit here."
                   : (o.limiters & gpu::kByShared) != 0
                       ? "It **sets the limit**: a smaller tile, or half as many buffers, would let more blocks in."
                       : fmt::format("Others set the limit before: **{}** fit.",
                                     plural(static_cast<std::uint64_t>(o.blocks), "block")));
  if (s.plan.added_shared > 0) {
    e.more.push_back(fmt::format("**{}** of it you added: the kernel would do with less.",
                                 kib_text(static_cast<double>(s.plan.added_shared))));
  }
  e.tries.emplace_back("Drag shared memory up until a block falls out: the run shows what it costs.");
  return e;
}

}  // namespace warpscope::panels
