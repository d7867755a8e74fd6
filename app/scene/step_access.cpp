#include "app/scene/step_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace warpscope::scene {
namespace {

using session::SharedVariableRow;
using vgpu::Access;

constexpr std::uint64_t kLineBytes = 128, kSectorBytes = 32;
constexpr std::uint64_t kMostPadding = 8;  // elements: more is no padding any more

std::string plural(int count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

template <class Visit>
void for_lanes(const Access& access, Visit visit) {
  for (base::LaneMask rest = access.mask; rest != 0; rest &= rest - 1) visit(std::countr_zero(rest));
}

std::string conflict_words(const BankUse& use, int wavefronts, int fewest) {
  const std::string total = plural(wavefronts, "wavefront", "wavefronts");
  if (fewest > 1) {
    return fmt::format("{}, {} would do: up to {} of one bank", total, fewest, plural(use.most, "word", "words"));
  }
  if (use.fullest == 1) return fmt::format("1 bank gives {} words: {}", use.most, total);
  const bool all_alike = use.fullest + use.idle == kBanks;
  return fmt::format("{}{} banks give {} words each: {}", all_alike ? "" : "The fullest ", use.fullest, use.most,
                     total);
}

std::string smooth_words(const Access& access, const BankUse& use, int wavefronts) {
  if (wavefronts > 1) {
    return fmt::format("{} wavefronts: {} bytes a lane need no fewer", wavefronts, access.bytes);
  }
  if (use.distinct == 1 && std::popcount(access.mask) > 1) {
    return fmt::format("1 wavefront: {} lanes share one word", std::popcount(access.mask));
  }
  if (use.idle == 0) return "1 wavefront: every bank gives one word";
  return fmt::format("1 wavefront: {} one word{}",
                     use.distinct == 1 ? "1 bank gives" : fmt::format("{} banks give", use.distinct),
                     use.distinct == 1 ? "" : " each");
}

}  // namespace

BankUse bank_use(const Access& access) {
  BankUse use;
  std::vector<std::uint64_t> words;
  for_lanes(access, [&](int lane) {
    const std::uint64_t last = (access.address[lane] + std::max<std::uint64_t>(access.bytes, 1) - 1) / 4;
    for (std::uint64_t word = access.address[lane] / 4; word <= last; ++word) words.push_back(word);
  });
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  for (const std::uint64_t word : words) ++use.words[word % kBanks];
  use.most = *std::max_element(use.words.begin(), use.words.end());
  use.fullest = use.most == 0 ? 0 : static_cast<int>(std::count(use.words.begin(), use.words.end(), use.most));
  use.idle = static_cast<int>(std::count(use.words.begin(), use.words.end(), 0));
  use.distinct = static_cast<int>(words.size());
  return use;
}

std::optional<Access> with_padding(const Access& access, const SharedVariableRow& variable, std::uint64_t elements) {
  if (variable.counts.size() < 2 || variable.counts.back() == 0) return std::nullopt;
  const auto element = static_cast<std::uint64_t>(kernels::bytes_of(variable.element));
  const std::uint64_t row_bytes = variable.counts.back() * element;
  Access padded = access;
  bool inside = true;
  for_lanes(access, [&](int lane) {
    const std::uint64_t address = access.address[lane];
    if (address < variable.offset || address + access.bytes > variable.offset + variable.size_bytes) {
      inside = false;
      return;
    }
    const std::uint64_t row = (address - variable.offset) / row_bytes;
    padded.address[lane] = address + row * elements * element;
  });
  if (!inside) return std::nullopt;
  return padded;
}

std::vector<Padding> useful_paddings(const Access& access, const SharedVariableRow& variable) {
  std::vector<Padding> useful;
  const vgpu::Wavefronts now = vgpu::count_wavefronts(access);
  int best = now.taken;
  for (std::uint64_t elements = 1; elements <= kMostPadding && best > now.fewest; ++elements) {
    const auto padded = with_padding(access, variable, elements);
    if (!padded) return {};
    // A row that is padded to an odd place would break up wide accesses, which must be aligned to their size.
    bool aligned = true;
    for_lanes(*padded,
              [&](int lane) { aligned &= padded->address[lane] % std::max<std::uint64_t>(access.bytes, 1) == 0; });
    if (!aligned) continue;
    const int taken = vgpu::count_wavefronts(*padded).taken;
    if (taken >= best) continue;
    best = taken;
    if (useful.size() == 2) useful.pop_back();
    useful.push_back({static_cast<int>(elements), taken});
  }
  return useful;
}

BankWords bank_words(const Access& access, const SharedVariableRow* variable, const std::string& row_length) {
  const vgpu::Wavefronts wavefronts = vgpu::count_wavefronts(access);
  const BankUse use = bank_use(access);
  BankWords words;
  words.conflict = wavefronts.conflicts() > 0;
  words.cost = words.conflict ? conflict_words(use, wavefronts.taken, wavefronts.fewest)
                              : smooth_words(access, use, wavefronts.taken);
  if (use.idle > 0) words.idle = use.idle == 1 ? "1 bank stays idle" : fmt::format("{} banks stay idle", use.idle);
  if (!words.conflict || variable == nullptr || variable->counts.size() < 2) return words;
  const std::vector<Padding> useful = useful_paddings(access, *variable);
  const std::string length = row_length.empty() ? fmt::format("{}", variable->counts.back()) : row_length;
  for (const Padding& padding : useful) {
    words.padding += words.padding.empty()
                         ? fmt::format("With [{} + {}] it would take {}", length, padding.elements, padding.wavefronts)
                         : fmt::format(", with [{} + {}] {}", length, padding.elements, padding.wavefronts);
  }
  if (useful.empty()) words.padding = "Longer rows would not help";
  return words;
}

std::string row_length_text(const std::string& source, const std::string& name) {
  for (std::size_t at = source.find("__shared__"); at != std::string::npos; at = source.find("__shared__", at + 1)) {
    const std::size_t end = std::min(source.find(';', at), source.size());
    std::size_t found = source.find(name + "[", at);
    if (found == std::string::npos || found >= end) continue;
    const std::size_t close = source.rfind(']', end), open = source.rfind('[', close);
    if (open == std::string::npos || close <= open || open < found) continue;
    return source.substr(open + 1, close - open - 1);
  }
  return {};
}

std::vector<LineStrip> line_strips(const Access& access) {
  std::vector<LineStrip> strips;
  for_lanes(access, [&](int lane) {
    for (std::uint64_t byte = access.address[lane]; byte < access.address[lane] + access.bytes; ++byte) {
      const std::uint64_t line = byte / kLineBytes * kLineBytes, in_line = byte - line;
      auto strip = std::lower_bound(strips.begin(), strips.end(), line,
                                    [](const LineStrip& s, std::uint64_t address) { return s.address < address; });
      if (strip == strips.end() || strip->address != line) strip = strips.insert(strip, LineStrip{.address = line});
      strip->wanted[in_line / 64] |= 1ULL << in_line % 64;
      strip->sectors |= 1U << in_line / kSectorBytes;
    }
  });
  return strips;
}

AccessPattern find_pattern(const Access& access) {
  using Kind = AccessPattern::Kind;
  AccessPattern pattern;
  bool any = false, one_stride = true;
  std::uint64_t previous = 0;
  for_lanes(access, [&](int lane) {
    const std::uint64_t address = access.address[lane];
    const auto step = static_cast<std::int64_t>(address - previous);
    ++pattern.lanes;
    const bool new_run = !any || step != access.bytes;
    pattern.runs += new_run ? 1 : 0;
    if (new_run && pattern.into_sector == 0) pattern.into_sector = address % kSectorBytes;
    if (pattern.lanes == 2) pattern.stride = step;
    if (pattern.lanes > 2) one_stride &= step == pattern.stride;
    previous = address;
    any = true;
  });
  if (!any) return pattern;
  if (pattern.runs == 1) {
    pattern.kind = Kind::kContiguous;
  } else if (one_stride) {
    pattern.kind = pattern.stride == 0 ? Kind::kSame : Kind::kStrided;
  } else {
    pattern.kind = pattern.runs * 4 <= pattern.lanes ? Kind::kRuns : Kind::kScattered;
  }
  return pattern;
}

std::string pattern_sentence(const Access& access, const session::AccessCost& cost) {
  using Kind = AccessPattern::Kind;
  const AccessPattern pattern = find_pattern(access);
  const int extra = cost.sectors - cost.fewest_sectors;
  const std::string behind = fmt::format("{} bytes into a sector", pattern.into_sector);
  switch (pattern.kind) {
    case Kind::kNone:
      return {};
    case Kind::kSame:
      return "All lanes want the same element: one fetch serves them all.";
    case Kind::kContiguous:
      if (pattern.lanes == 1) return "One lane alone: a sector is fetched all the same.";
      if (extra <= 0) return "Coalesced: neighbouring lanes take neighbouring elements.";
      return fmt::format("Neighbouring lanes take neighbouring elements, but the first starts {}.", behind);
    case Kind::kRuns:
      if (extra <= 0) return fmt::format("Coalesced: {} runs of neighbouring elements.", pattern.runs);
      if (pattern.into_sector == 0) return fmt::format("{} runs of neighbouring elements.", pattern.runs);
      return fmt::format("{} runs of neighbouring elements, one of which starts {}.", pattern.runs, behind);
    case Kind::kStrided: {
      const std::int64_t elements = pattern.stride / std::max<std::int64_t>(access.bytes, 1);
      const std::string apart = elements * access.bytes == pattern.stride
                                    ? fmt::format("{} elements", elements < 0 ? -elements : elements)
                                    : fmt::format("{} bytes", pattern.stride < 0 ? -pattern.stride : pattern.stride);
      if (extra <= 0 && pattern.stride == -static_cast<std::int64_t>(access.bytes)) {
        return "Coalesced: the lanes take neighbouring elements, backwards.";
      }
      const bool own_sectors = cost.sectors >= pattern.lanes;
      return fmt::format("Not coalesced: neighbouring lanes are {} apart{}.", apart,
                         own_sectors ? ", each fetches a sector of its own" : "");
    }
    case Kind::kScattered:
      return extra <= 0 ? "Out of order, but within as few sectors as can be."
                        : "Not coalesced: the lanes go to places that follow no line.";
  }
  return {};
}

const Access* costliest(std::span<const Access> accesses, vgpu::AccessSpace space) {
  const Access* found = nullptr;
  int most = -1;
  for (const Access& access : accesses) {
    if (access.space != space || access.mask == 0) continue;
    const int cost = space == vgpu::AccessSpace::kShared  ? vgpu::count_wavefronts(access).taken
                     : space == vgpu::AccessSpace::kLocal ? vgpu::count_local_sectors(access)
                                                          : vgpu::count_sectors(access);
    if (cost > most) found = &access;
    most = std::max(most, cost);
  }
  return found;
}

std::string_view verb_of(vgpu::AccessKind kind) {
  constexpr std::array<std::string_view, 5> kVerbs{"reads", "writes", "updates", "copies", "fetches"};
  return kVerbs[static_cast<std::size_t>(kind)];
}

}  // namespace warpscope::scene
