// What the followed warp's next access of device memory costs: lines of 128 bytes, sectors of 32, and why.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "app/panels/step_memory.h"

namespace warpscope::panels {
namespace {

using vgpu::Access;
using vgpu::AccessSpace;

constexpr int kMostRows = 6;

AccessSpace space_of(const Frame& f) {
  switch (f.ui.step.memory.space) {
    case StepMemoryState::Space::kLocal:
      return AccessSpace::kLocal;
    case StepMemoryState::Space::kConstant:
      return AccessSpace::kConstant;
    case StepMemoryState::Space::kGlobal:
      break;
  }
  return AccessSpace::kGlobal;
}

int buffer_at(const Frame& f, std::uint64_t address) {
  const auto& buffers = f.step.run->buffers;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (address >= buffers[i].address && address < buffers[i].address + buffers[i].size_bytes)
      return static_cast<int>(i);
  }
  return -1;
}

// "B[96..97][0..15]", "32 elements of B".
std::string places_text(const Frame& f, const Access& access) {
  const auto first = static_cast<std::size_t>(std::countr_zero(access.mask));
  const int index = buffer_at(f, access.address[first]);
  if (index < 0) return "memory of no buffer";
  const BufferLook look = look_of(f, index);
  const auto size = static_cast<std::uint64_t>(kernels::bytes_of(look.type));
  std::vector<std::uint64_t> elements;
  for (std::size_t lane = 0; lane < 32; ++lane) {
    if ((access.mask >> lane & 1U) == 0) continue;
    const std::uint64_t from = access.address[lane] - look.buffer->address;
    for (std::uint64_t byte = 0; byte < std::max<std::uint64_t>(access.bytes, size); byte += size) {
      elements.push_back((from + byte) / size);
    }
  }
  const std::string box = scene::box_text(look.shape, elements);
  if (!box.empty()) return look.buffer->name + box;
  std::sort(elements.begin(), elements.end());
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  return fmt::format("{} elements of {}", elements.size(), look.buffer->name);
}

std::string row_label(const Frame& f, std::uint64_t address) {
  const int index = buffer_at(f, address);
  if (index < 0) return {};
  const BufferLook look = look_of(f, index);
  const std::uint64_t element =
      (address - look.buffer->address) / static_cast<std::uint64_t>(kernels::bytes_of(look.type));
  return look.shape.dimensions == 1 ? fmt::format("{}", element) : fmt::format("{}", element / look.shape.width);
}

// One 128-byte line: fetched sectors framed, wanted bytes filled, the others hatched.
void draw_strip(const Frame& f, const scene::LineStrip& strip, scene::Rect r) {
  const float gap = f.px(3), sector = std::floor((r.w - 3 * gap) / 4);
  const float word = sector / 8;
  for (int s = 0; s < 4; ++s) {
    const scene::Rect box{r.x + static_cast<float>(s) * (sector + gap), r.y, sector, r.h};
    const bool fetched = (strip.sectors >> s & 1U) != 0;
    if (!fetched) {
      stroke(f, box, f.colors.hair, 0, f.px(1));
      continue;
    }
    fill(f, box, f.colors.panel);
    hatch(f, box, f.colors.text3);
    for (int w = 0; w < 8; ++w) {
      int first = -1, count = 0;
      for (int b = 0; b < 4; ++b) {
        if (!strip.wants(s * 32 + w * 4 + b)) continue;
        if (first < 0) first = b;
        ++count;
      }
      if (count == 0) continue;
      const float x = box.x + static_cast<float>(w) * word;
      const float from = std::round(x + word * static_cast<float>(first) / 4);
      const float end = std::round(x + word * static_cast<float>(first + count) / 4);
      fill(f, {std::round(x), box.y, std::round(x + word) - std::round(x), box.h}, f.colors.panel);
      const float line_gap = word >= f.px(5) ? f.px(1) : 0;
      fill(f, {from, box.y, std::max(1.0F, end - from - line_gap), box.h}, f.colors.lane_issues);
    }
    stroke(f, box, f.colors.text2, 0, f.px(1));
  }
}

void draw_strips(const Frame& f, const Access& access, scene::Rect r) {
  const std::vector<scene::LineStrip> strips = scene::line_strips(access);
  const float pitch = f.px(17), label = f.px(44);
  const auto fitting = static_cast<std::size_t>(std::clamp(r.h / pitch, 0.0F, static_cast<float>(kMostRows)));
  const bool all = strips.size() <= fitting;
  const std::size_t shown = all ? strips.size() : fitting > 0 ? fitting - 1 : 0;
  const float wide = std::min(r.w - label, f.px(330));
  float y = r.y;
  for (std::size_t i = 0; i < shown; ++i) {
    const scene::LineStrip& strip = strips[i];
    // Lines that begin before the buffer does are labelled by the first byte that is wanted.
    int first = 0;
    while (first < 127 && !strip.wants(first)) ++first;
    text(f, {r.x + label - f.px(6), y}, Type::kTick, f.colors.text3,
         row_label(f, strip.address + static_cast<std::uint64_t>(first)), Align::kRight, label - f.px(8));
    const scene::Rect row{r.x + label, y, wide, f.px(13)};
    draw_strip(f, strip, row);
    if (hovered(f, row)) {
      f.ui.step.hovered.kind = StepFocus::Kind::kAccess;
      const int wanted = std::popcount(strip.wanted[0]) + std::popcount(strip.wanted[1]);
      const int sectors = std::popcount(strip.sectors);
      tip(f, fmt::format("line {:#x}\n{} of 4 sectors fetched\n{} of {} bytes wanted", strip.address, sectors, wanted,
                         sectors * 32));
    }
    y += pitch;
  }
  if (!all && fitting > 0) {
    text(f, {r.x + label, y - f.px(2)}, Type::kCaption, f.colors.text3,
         fmt::format("+ {} more {}", strips.size() - shown, strips.size() - shown == 1 ? "line" : "lines"));
  }
}

// What the access does, and what it costs.
void draw_headline(const Frame& f, const Access& access, const session::AccessCost& cost, scene::Rect r) {
  const bool wasteful = cost.sectors > cost.fewest_sectors;
  std::string price = fmt::format("{} {}", cost.sectors, cost.sectors == 1 ? "sector" : "sectors");
  if (wasteful) price += fmt::format(", {} would do", cost.fewest_sectors);
  const float width = text(f, {r.right(), r.y}, Type::kCaption, wasteful ? f.colors.warning : f.colors.text2, price,
                           Align::kRight, r.w * 0.6F);
  const int line = followed_line(f);
  const std::string what = line > 0
                               ? fmt::format("Line {} {} {}", line, scene::verb_of(access.kind), places_text(f, access))
                               : fmt::format("It {} {}", scene::verb_of(access.kind), places_text(f, access));
  text(f, {r.x, r.y}, Type::kCaption, f.colors.text, what, Align::kLeft, r.w - width - f.px(8));
}

}  // namespace

std::vector<TouchedElement> touched_elements(const Frame& f, const BufferLook& look) {
  std::vector<TouchedElement> touched;
  const auto size = static_cast<std::uint64_t>(kernels::bytes_of(look.type));
  for (const Access& access : f.step.moment->followed_accesses) {
    if (access.space != AccessSpace::kGlobal && access.space != AccessSpace::kConstant) continue;
    for (int lane = 0; lane < 32; ++lane) {
      const std::uint64_t address = access.address[lane];
      if ((access.mask >> lane & 1U) == 0 || address < look.buffer->address) continue;
      if (address >= look.buffer->address + look.buffer->size_bytes) continue;
      const std::uint64_t first = (address - look.buffer->address) / size;
      const std::uint64_t count = std::max<std::uint64_t>(1, access.bytes / size);
      for (std::uint64_t k = 0; k < count; ++k) touched.push_back({first + k, lane});
    }
  }
  return touched;
}

void draw_global_access(const Frame& f, scene::Rect r) {
  const Access* access = scene::costliest(f.step.moment->followed_accesses, space_of(f));
  const Clip clip({r.x, r.y, r.w + f.px(4), r.h});
  if (access == nullptr) {
    const bool constant = space_of(f) == AccessSpace::kConstant;
    paragraph(f, {r.x, r.y}, r.w, Type::kCaption, f.colors.text3,
              constant ? "The followed warp's next step leaves constant memory alone."
                       : "The followed warp's next step leaves global memory alone. A load or store shows its lines "
                         "and sectors here.");
    return;
  }
  const session::AccessCost cost = session::cost_of(*access);
  float y = r.y;
  draw_headline(f, *access, cost, {r.x, y, r.w, f.px(20)});
  y += f.px(22);
  std::string why = scene::pattern_sentence(*access, cost);
  const auto fetched = static_cast<std::uint64_t>(cost.sectors) * 32;
  if (fetched > cost.bytes_wanted) {
    why += fmt::format(" Hatched: {} of {} bytes are fetched for nothing.", fetched - cost.bytes_wanted, fetched);
  }
  const float high = paragraph(f, {}, r.w, Type::kCaption, f.colors.text2, why, true);
  const float strips = std::max(0.0F, r.bottom() - y - high - f.px(4));
  const std::size_t lines = scene::line_strips(*access).size();
  const float used = std::min(strips, f.px(17) * static_cast<float>(std::min<std::size_t>(lines, kMostRows)));
  draw_strips(f, *access, {r.x, y, r.w, used + f.px(1)});
  paragraph(f, {r.x, y + used + f.px(4)}, r.w, Type::kCaption, f.colors.text2, why);
}

}  // namespace warpscope::panels
