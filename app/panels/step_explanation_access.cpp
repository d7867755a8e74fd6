#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>

#include "app/panels/step_explanation.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using vgpu::Access;
using vgpu::AccessKind;
using vgpu::AccessSpace;
using Kind = AccessPattern::Kind;

constexpr std::uint64_t kSector = 32;
constexpr int kFewest = 4;  // so many stretches or addresses are still told one by one

std::string number(std::uint64_t value) {
  return with_thousands(static_cast<long long>(value));
}

std::vector<int> lanes_of(LaneMask mask) {
  std::vector<int> lanes;
  for (; mask != 0; mask &= mask - 1) lanes.push_back(std::countr_zero(mask));
  return lanes;
}

struct Words {
  const char *noun, *verb, *one_verb;  // "load", "read", "reads"
};
Words words_of(AccessKind kind) {
  switch (kind) {
    case AccessKind::kStore:
      return {"store", "write to", "writes to"};
    case AccessKind::kAtomic:
      return {"atomic", "update", "updates"};
    case AccessKind::kAsyncCopy:
      return {"copy", "copy from or to", "copies from or to"};
    case AccessKind::kPrefetch:
      return {"prefetch", "ask early for", "asks early for"};
    case AccessKind::kLoad:
      break;
  }
  return {"load", "read", "reads"};
}

// "All 32 lanes of warp 0 read in", "8 of 32 lanes of warp 31 write to out".
std::string who(const Access& access, const AccessPattern& pattern, const AccessNames& names, std::string_view what) {
  const Words words = words_of(access.kind);
  const std::string place = names.place.empty() ? std::string(what) : names.place;
  if (pattern.lanes == 1) {
    return fmt::format("Only lane {} of {} {} **{}**", std::countr_zero(access.mask), names.warp, words.one_verb,
                       place);
  }
  const std::string lanes = pattern.lanes == 32 ? "All 32 lanes" : fmt::format("{} of 32 lanes", pattern.lanes);
  return fmt::format("{} of {} {} **{}**", lanes, names.warp, words.verb, place);
}

std::string_view article(std::string_view noun) {
  return noun.front() == 'a' ? "An" : "A";
}

// ---- Global memory

// Where in its sector the first byte of a stretch lies, of the first one that does not begin at a sector's beginning.
std::uint64_t into_sector(const Access& access, const AccessPattern& pattern) {
  std::vector<int> first = pattern.stretches;
  const std::vector<int> lanes = lanes_of(access.mask);
  if (first.empty()) first = {pattern.stride < 0 ? lanes.back() : lanes.front()};
  for (const int lane : first) {
    const std::uint64_t in = access.address[lane] % kSector;
    if (in != 0) return in;
  }
  return 0;
}

std::string sectors_text(int count) {
  return counted(static_cast<std::uint64_t>(count), "sector", "sectors");
}

void tell_side_by_side(const Access& access, const AccessPattern& pattern, const session::AccessCost& cost,
                       const AccessNames& names, StepExplanation& e) {
  const Words words = words_of(access.kind);
  const bool full = cost.sectors <= cost.fewest_sectors;
  e.heading = full ? fmt::format("{} {} in one piece", article(words.noun), words.noun)
                   : fmt::format("{} {} that begins inside a sector", article(words.noun), words.noun);
  const std::string order = pattern.stride < 0 ? "side by side, in reverse order" : "side by side";
  e.text += fmt::format(" {}: {} to {}. ", order, names.first, names.last);
  if (full) {
    e.text +=
        fmt::format("Memory moves in sectors of 32 bytes, and these {} bytes fill **{}**: none is fetched in vain.",
                    number(cost.bytes_wanted), sectors_text(cost.sectors));
  } else {
    e.text += fmt::format(
        "The {} bytes would fit into {}, but they begin **{} bytes into one**: **{}** are touched, and parts of the "
        "first and the last are moved for nothing.",
        number(cost.bytes_wanted), sectors_text(cost.fewest_sectors), into_sector(access, pattern),
        sectors_text(cost.sectors));
  }
}

void tell_strided(const Access& access, const AccessPattern& pattern, const session::AccessCost& cost,
                  StepExplanation& e) {
  const Words words = words_of(access.kind);
  const auto apart = static_cast<std::uint64_t>(std::llabs(pattern.stride));
  e.heading = fmt::format("{} {} with gaps", article(words.noun), words.noun);
  e.text += fmt::format(". Neighbours are **{} bytes apart**. ", number(apart));
  if (apart >= kSector) {
    e.text +=
        fmt::format("Memory moves whole sectors of 32 bytes, so every lane needs one of its own: **{}** for {} bytes.",
                    sectors_text(cost.sectors), number(cost.bytes_wanted));
  } else {
    e.text += fmt::format(
        "Memory moves whole sectors of 32 bytes, and only {} of the 32 are wanted of each: **{}** where {} would do.",
        std::max<std::uint64_t>(access.bytes, cost.bytes_wanted / static_cast<std::uint64_t>(cost.sectors)),
        sectors_text(cost.sectors), cost.fewest_sectors);
  }
  e.more = "If neighbouring lanes took neighbouring elements, a sector would serve eight lanes of 4 bytes.";
}

void tell_stretches(const Access& access, const AccessPattern& pattern, const session::AccessCost& cost,
                    const AccessNames& names, StepExplanation& e) {
  const Words words = words_of(access.kind);
  const auto count = pattern.stretches.size();
  e.heading = fmt::format("{} {} in {} pieces", article(words.noun), words.noun, count);
  e.text += fmt::format(" in **{} stretches**, from {} to {}. ", count, names.first, names.last);
  if (cost.sectors <= cost.fewest_sectors) {
    e.text += fmt::format("Each begins where a sector of 32 bytes does: **{}**, as few as {} bytes can take.",
                          sectors_text(cost.sectors), number(cost.bytes_wanted));
  } else {
    const std::uint64_t in = into_sector(access, pattern);
    const std::string why = in != 0 ? fmt::format("one begins {} bytes into a sector", in)
                                    : std::string("they end in the middle of a sector");
    e.text += fmt::format("{} bytes would fit into {}; this takes **{}**, because {}.", number(cost.bytes_wanted),
                          sectors_text(cost.fewest_sectors), cost.sectors, why);
  }
}

void tell_same(const Access& access, const AccessPattern& pattern, const session::AccessCost& cost,
               const AccessNames& names, StepExplanation& e) {
  const Words words = words_of(access.kind);
  if (pattern.kind == Kind::kSame) {
    e.heading = access.kind == AccessKind::kStore ? "All lanes write one place" : "One word for all lanes";
    e.text += fmt::format(" at the same address, **{}**. ", names.first);
    e.text += access.kind == AccessKind::kStore
                  ? fmt::format("Which of them is last is not said. The store moves {}.", sectors_text(cost.sectors))
                  : fmt::format("It is fetched once, **{}**, and handed to every lane.", sectors_text(cost.sectors));
    return;
  }
  e.heading = fmt::format("{} {} of few words", article(words.noun), words.noun);
  e.text += fmt::format(" at only **{} different addresses**; lanes that want the same share it. It moves **{}**.",
                        pattern.addresses, sectors_text(cost.sectors));
}

void tell_scattered(const Access& access, const session::AccessCost& cost, StepExplanation& e) {
  const Words words = words_of(access.kind);
  e.heading = fmt::format("{} {} all over the place", article(words.noun), words.noun);
  e.text += fmt::format(
      ", each where its own index leads. Memory moves whole sectors of 32 bytes: the {} bytes lie in **{}**, where {} "
      "would do if they lay together.",
      number(cost.bytes_wanted), sectors_text(cost.sectors), cost.fewest_sectors);
}

void add_global_facts(const Access& access, const session::AccessCost& cost, StepExplanation& e) {
  const auto moved = static_cast<std::uint64_t>(cost.sectors) * kSector;
  e.facts_title = "What it costs";
  e.facts.push_back({"sectors of 32 bytes", fmt::format("{}", cost.sectors)});
  e.facts.push_back({"the fewest possible", fmt::format("{}", cost.fewest_sectors)});
  if (access.space == AccessSpace::kGlobal) e.facts.push_back({"lines of 128 bytes", fmt::format("{}", cost.lines)});
  e.facts.push_back({"bytes moved, wanted", fmt::format("{}, {}", number(moved), number(cost.bytes_wanted))});
}

void tell_global(const Access& access, const AccessPattern& pattern, const AccessNames& names, StepExplanation& e) {
  const session::AccessCost cost = session::cost_of(access);
  e.text = who(access, pattern, names, "global memory");
  switch (pattern.kind) {
    case Kind::kOne:
      e.heading = fmt::format("{} {} by one lane", article(words_of(access.kind).noun), words_of(access.kind).noun);
      e.text += fmt::format(": **{}**. A whole sector of 32 bytes moves for its {} bytes.", names.first, access.bytes);
      break;
    case Kind::kSame:
    case Kind::kFew:
      tell_same(access, pattern, cost, names, e);
      break;
    case Kind::kSideBySide:
      tell_side_by_side(access, pattern, cost, names, e);
      break;
    case Kind::kStrided:
      tell_strided(access, pattern, cost, e);
      break;
    case Kind::kStretches:
      tell_stretches(access, pattern, cost, names, e);
      break;
    case Kind::kScattered:
      tell_scattered(access, cost, e);
      break;
  }
  if (pattern.addresses == pattern.lanes) {
    e.formula = {fmt::format("{} lanes × {} bytes = {} bytes", pattern.lanes, access.bytes, number(cost.bytes_wanted)),
                 fmt::format("{} / 32 = {}", number(cost.bytes_wanted),
                             sectors_text(static_cast<int>((cost.bytes_wanted + kSector - 1) / kSector)))};
    e.formula_result = fmt::format("this takes {}", cost.sectors);
  }
  add_global_facts(access, cost, e);
}

void tell_atomic(const Access& access, const AccessPattern& pattern, const AccessNames& names, StepExplanation& e) {
  const int contending = vgpu::count_contending_lanes(access);
  e.heading = contending > 0 ? "Atomics that queue" : "An atomic without a queue";
  e.text = who(access, pattern, names, "memory");
  e.text += fmt::format(
      ". An atomic reads, changes and writes back as **one step**, so lanes that meet at an address "
      "go one after the other. {} meet at **{}**",
      pattern.lanes == 1 ? "One lane" : fmt::format("These {} lanes", pattern.lanes),
      counted(static_cast<std::uint64_t>(pattern.addresses), "address", "addresses"));
  e.text += contending > 0 ? fmt::format(": **{}** for another of the same warp.",
                                         counted(static_cast<std::uint64_t>(contending), "lane waits", "lanes wait"))
                           : std::string(": nobody waits for another of this warp.");
  if (contending > 0) {
    e.more = "Adding up inside the warp or the block first, and then once for all, makes the queue short.";
  }
  e.formula = {fmt::format("{} lanes − {} = {}", pattern.lanes,
                           counted(static_cast<std::uint64_t>(pattern.addresses), "address", "addresses"), contending)};
  e.formula_result = contending == 1 ? "waits" : "wait";
  e.facts_title = "What it costs";
  e.facts = {{"lanes that take part", fmt::format("{}", pattern.lanes)},
             {"different addresses", fmt::format("{}", pattern.addresses)},
             {"lanes that wait", fmt::format("{}", contending)}};
}

// ---- Shared memory

struct Banks {
  int words = 0;  // different ones
  int banks = 0;  // that give any
  int most = 0;   // words of the busiest
  int busiest = 0;
};
Banks banks_of(const Access& access) {
  std::map<std::uint64_t, int> words;
  for (const int lane : lanes_of(access.mask)) {
    const std::uint64_t last = (access.address[lane] + access.bytes - 1) / 4;
    for (std::uint64_t w = access.address[lane] / 4; w <= last; ++w) words[w] = 1;
  }
  std::array<int, 32> per_bank{};
  for (const auto& [word, one] : words) ++per_bank[word % 32];
  const auto busiest = std::max_element(per_bank.begin(), per_bank.end());
  return {static_cast<int>(words.size()),
          static_cast<int>(std::count_if(per_bank.begin(), per_bank.end(), [](int n) { return n > 0; })), *busiest,
          static_cast<int>(busiest - per_bank.begin())};
}

std::string turns(int count) {
  return counted(static_cast<std::uint64_t>(count), "turn", "turns");
}

void tell_conflict(const Access& access, const AccessPattern& pattern, const session::AccessCost& cost,
                   const Banks& banks, StepExplanation& e) {
  const Words words = words_of(access.kind);
  e.heading = fmt::format("{} {} that has to be split", article(words.noun), words.noun);
  e.text += " at once. Shared memory has **32 banks**, each gives one 4-byte word at a time. ";
  const auto apart = static_cast<std::uint64_t>(std::llabs(pattern.stride));
  if (pattern.kind == Kind::kStrided) {
    e.text += fmt::format("These words lie {} bytes apart and fall into **{}**", number(apart),
                          counted(static_cast<std::uint64_t>(banks.banks), "bank", "banks"));
  } else {
    e.text += fmt::format("These {} words fall into **{}**, and bank {} is asked for {} of them", banks.words,
                          counted(static_cast<std::uint64_t>(banks.banks), "bank", "banks"), banks.busiest, banks.most);
  }
  e.text += fmt::format(": the {} takes **{}**.", words.noun, turns(cost.wavefronts));
  const std::uint64_t row_words = apart / 4;
  if (pattern.kind == Kind::kStrided && access.bytes == 4 && apart % 4 == 0 && row_words % 2 == 0) {
    e.more = fmt::format(
        "Rows of {} words instead of {} would put neighbours of a column into different banks: one column of padding, "
        "one turn.",
        number(row_words + 1), number(row_words));
  }
}

void tell_shared(const Access& access, const AccessPattern& pattern, const AccessNames& names, StepExplanation& e) {
  const session::AccessCost cost = session::cost_of(access);
  const Banks banks = banks_of(access);
  const Words words = words_of(access.kind);
  e.text = who(access, pattern, names, "shared memory");
  if (cost.wavefronts > cost.fewest_wavefronts) {
    tell_conflict(access, pattern, cost, banks, e);
  } else if (pattern.kind == Kind::kSame) {
    e.heading = "One word for all lanes";
    e.text += fmt::format(" at the same place, **{}**. A bank hands its word to any number of lanes: **{}**.",
                          names.first, turns(cost.wavefronts));
  } else if (pattern.kind == Kind::kOne) {
    e.heading = fmt::format("{} {} by one lane", article(words.noun), words.noun);
    e.text += fmt::format(": **{}**, in **{}**.", names.first, turns(cost.wavefronts));
  } else {
    e.heading = fmt::format("{} {} without conflicts", article(words.noun), words.noun);
    e.text += fmt::format(" at once. Shared memory has **32 banks**, each gives one 4-byte word at a time. {}",
                          banks.words < pattern.lanes
                              ? fmt::format("Lanes that want the same word share it, and the {} different ones lie in "
                                            "{} banks",
                                            banks.words, banks.banks)
                              : fmt::format("These {} words lie in {} banks", banks.words, banks.banks));
    e.text += cost.wavefronts == 1
                  ? std::string(": all are served in **one turn**.")
                  : fmt::format(": **{}**, the fewest for {} bytes a lane.", turns(cost.wavefronts), access.bytes);
  }
  // The first lane is mostly at 0, which shows nothing.
  const std::vector<int> lanes = lanes_of(access.mask);
  const int lane = lanes.size() > 1 ? lanes[1] : lanes[0];
  e.formula = {"bank = (address / 4) mod 32", fmt::format("     = ({} / 4) mod 32", number(access.address[lane]))};
  e.formula_result = fmt::format("lane {}: {}", lane, access.address[lane] / 4 % 32);
  e.facts_title = "What it costs";
  e.facts = {{"wavefronts (turns)", fmt::format("{}", cost.wavefronts)},
             {"the fewest possible", fmt::format("{}", cost.fewest_wavefronts)},
             {"different words, banks", fmt::format("{}, {}", banks.words, banks.banks)},
             {"words of the busiest bank", fmt::format("{}", banks.most)}};
}

void tell_local(const Access& access, const AccessPattern& pattern, const AccessNames& names, StepExplanation& e) {
  const session::AccessCost cost = session::cost_of(access);
  e.heading = "A lane's own memory";
  e.text = who(access, pattern, names, "local memory");
  e.text += fmt::format(
      ". It belongs to one lane alone, but lies in the same chips as global memory, arranged so that the same place of "
      "all lanes is side by side: **{}**.",
      sectors_text(cost.sectors));
  e.more =
      "Arrays with an index that is not known while compiling, and values that do not fit into registers, go here.";
  add_global_facts(access, cost, e);
}

}  // namespace

AccessPattern pattern_of(const Access& access) {
  AccessPattern pattern;
  const std::vector<int> lanes = lanes_of(access.mask);
  pattern.lanes = static_cast<int>(lanes.size());
  if (lanes.empty()) return pattern;
  std::vector<std::uint64_t> sorted;
  for (const int lane : lanes) sorted.push_back(access.address[lane]);
  std::sort(sorted.begin(), sorted.end());
  pattern.addresses = static_cast<int>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
  if (lanes.size() == 1) return pattern;
  const auto step = [&](std::size_t i) {
    return static_cast<std::int64_t>(access.address[lanes[i]] - access.address[lanes[i - 1]]);
  };
  bool equal = true;
  std::vector<int> begins{lanes[0]};
  for (std::size_t i = 1; i < lanes.size(); ++i) {
    equal &= step(i) == step(1);
    if (step(i) != access.bytes) begins.push_back(lanes[i]);
  }
  if (pattern.addresses == 1) {
    pattern.kind = Kind::kSame;
  } else if (equal) {
    pattern.stride = step(1);
    pattern.kind = std::llabs(pattern.stride) == access.bytes ? Kind::kSideBySide : Kind::kStrided;
  } else if (begins.size() <= kFewest) {
    pattern.kind = Kind::kStretches;
    pattern.stretches = begins;
  } else {
    pattern.kind = pattern.addresses <= kFewest ? Kind::kFew : Kind::kScattered;
  }
  return pattern;
}

StepExplanation tell_access(const Access& access, const AccessNames& names) {
  StepExplanation e;
  const AccessPattern pattern = pattern_of(access);
  if (pattern.lanes == 0) {
    e.heading = "Nobody takes part";
    e.text = "No lane's condition holds: nothing is moved.";
    return e;
  }
  if (access.kind == AccessKind::kAtomic) {
    tell_atomic(access, pattern, names, e);
    return e;
  }
  switch (access.space) {
    case AccessSpace::kShared:
      tell_shared(access, pattern, names, e);
      break;
    case AccessSpace::kLocal:
      tell_local(access, pattern, names, e);
      break;
    case AccessSpace::kGlobal:
      tell_global(access, pattern, names, e);
      break;
    case AccessSpace::kConstant:
    case AccessSpace::kParameter:
      e.heading = access.space == AccessSpace::kParameter ? "An argument of the launch" : "Constant memory";
      e.text = who(access, pattern, names, "constant memory") +
               ". It never changes while the kernel runs and has a cache of its own that **hands one word to all "
               "lanes** at once.";
      break;
    case AccessSpace::kTexture:
    case AccessSpace::kSurface:
      e.heading = "A picture is read";
      e.text = who(access, pattern, names, "a texture") +
               " by coordinates. The hardware wraps or clamps them, and can mix neighbouring texels.";
      break;
  }
  return e;
}

}  // namespace warpscope::panels
