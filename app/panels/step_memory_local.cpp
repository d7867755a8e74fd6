// Local memory of the followed warp: a word of all lanes is a row, as it lies in memory.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/step_memory.h"

namespace warpscope::panels {
namespace {

using vgpu::AccessSpace;

const vgpu::Warp* followed_warp(const Frame& f) {
  const std::uint32_t warps = std::max(1U, f.step.run->warps_per_block);
  const std::uint64_t number = f.step.moment->followed / warps;
  for (const vgpu::Block& block : f.step.moment->state->blocks) {
    if (block.number != number) continue;
    const std::size_t warp = f.step.moment->followed % warps;
    return warp < block.warps.size() ? &block.warps[warp] : nullptr;
  }
  return nullptr;
}

bool is_touched(const Frame& f, std::uint64_t word, int lane) {
  for (const vgpu::Access& access : f.step.moment->followed_accesses) {
    if (access.space != AccessSpace::kLocal || (access.mask >> lane & 1U) == 0) continue;
    if (access.address[lane] / 4 <= word && word <= (access.address[lane] + access.bytes - 1) / 4) return true;
  }
  return false;
}

MemoryCell local_cell(const Frame& f, const vgpu::Warp& warp, std::uint64_t word, int lane) {
  const std::uint32_t bits = warp.local[word * 32 + static_cast<std::uint64_t>(lane)];
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(bits >> (8 * i));
  MemoryCell cell;
  const std::uint32_t warps = std::max(1U, f.step.run->warps_per_block);
  const auto in_block = static_cast<std::uint32_t>(f.step.moment->followed % warps);
  cell.name = fmt::format("local + {:#x} of lane {}", word * 4, lane);
  cell.value = fmt::format("{:#010x}", bits);
  cell.facts.push_back(
      fmt::format("as int {}, as float {}",
                  session::element_text(kernels::ElementType::kI32, bytes, session::ValueFormat::kNatural),
                  session::element_text(kernels::ElementType::kF32, bytes, session::ValueFormat::kNatural)));
  cell.facts.emplace_back("the same word of 8 neighbouring lanes is one sector");
  cell.place = {AccessSpace::kLocal, word * 4, 4, f.step.moment->followed / warps,
                in_block * 32 + static_cast<std::uint32_t>(lane)};
  cell.element = kernels::ElementType::kU32;
  cell.focus.kind = StepFocus::Kind::kLane;
  cell.focus.warp = static_cast<int>(in_block);
  cell.focus.lane = lane;
  return cell;
}

struct Grid {
  scene::Rect view;
  float pitch_x = 0, pitch_y = 0;
  std::uint64_t words = 0;
};

void draw_cells(const Frame& f, const vgpu::Warp& warp, const Grid& grid, float scroll) {
  const Clip clip(grid.view);
  const auto first = static_cast<std::uint64_t>(scroll / grid.pitch_y);
  const auto shown = static_cast<std::uint64_t>(grid.view.h / grid.pitch_y) + 2;
  const float gap = f.px(1);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (std::uint64_t word = first; word < std::min(grid.words, first + shown); ++word) {
    std::uint32_t low = ~0U, high = 0;
    for (std::uint64_t lane = 0; lane < 32; ++lane) {
      low = std::min(low, warp.local[word * 32 + lane]);
      high = std::max(high, warp.local[word * 32 + lane]);
    }
    for (int lane = 0; lane < 32; ++lane) {
      const std::uint32_t bits = warp.local[word * 32 + static_cast<std::uint64_t>(lane)];
      const scene::Rect r{grid.view.x + grid.pitch_x * static_cast<float>(lane),
                          grid.view.y + grid.pitch_y * static_cast<float>(word) - scroll, grid.pitch_x - gap,
                          grid.pitch_y - gap};
      const bool exists = (warp.threads >> lane & 1U) != 0;
      const float part = high > low ? static_cast<float>(bits - low) / static_cast<float>(high - low) : 0.5F;
      const scene::Rgba color = !exists     ? f.colors.panel
                                : bits == 0 ? f.colors.raised
                                            : scene::cividis(0.15F + 0.85F * part);
      list.AddRectFilled({r.x, r.y}, {r.right(), r.bottom()}, color);
      if (is_touched(f, word, lane)) {
        stroke(f, r, scene::rgb(0x0F1114), 0, f.px(3));
        stroke(f, r, scene::rgb(0xFFFFFF), 0, f.px(2));
      }
    }
  }
}

void draw_heads(const Frame& f, const Grid& grid, float scroll, float label) {
  for (const int lane : {0, 4, 8, 12, 16, 20, 24, 31}) {
    text(f, {grid.view.x + grid.pitch_x * (static_cast<float>(lane) + 0.5F), grid.view.y - f.px(16)}, Type::kTick,
         f.colors.text3, fmt::format("{}", lane), Align::kCentre);
  }
  text(f, {grid.view.x - f.px(6), grid.view.y - f.px(16)}, Type::kTick, f.colors.text3, "lane", Align::kRight);
  const Clip clip({grid.view.x - label, grid.view.y, label, grid.view.h});
  for (std::uint64_t word = 0; word < grid.words; ++word) {
    const float y = grid.view.y + grid.pitch_y * static_cast<float>(word) - scroll;
    if (y > grid.view.bottom()) break;
    if (y + grid.pitch_y < grid.view.y) continue;
    text(f, {grid.view.x - f.px(6), y}, Type::kTick, f.colors.text3, fmt::format("{:#x}", word * 4), Align::kRight);
  }
}

}  // namespace

void draw_local_memory(const Frame& f, scene::Rect r) {
  const vgpu::Warp* warp = followed_warp(f);
  const std::uint64_t words = warp == nullptr ? 0 : warp->local.size() / 32;
  if (words == 0) {
    return say_calmly(f, r, warp == nullptr ? "Not now" : "No local memory",
                      warp == nullptr ? "A warp has its local memory while it runs."
                                      : "Arrays that do not fit into registers and spilled values live in local "
                                        "memory, one copy a lane. This kernel needs none here.");
  }
  const float label = f.px(52), foot = f.px(24);
  Grid grid;
  grid.words = words;
  grid.pitch_x = std::max(2.0F, std::floor(std::min((r.w - label - f.px(20)) / 32, f.px(22))));
  grid.pitch_y = f.px(16);
  const float high = std::max(0.0F, r.h - f.px(18) - foot);
  grid.view = {r.x + f.px(8) + label, r.y + f.px(18), grid.pitch_x * 32,
               std::min(high, grid.pitch_y * static_cast<float>(words))};
  float& scroll = f.ui.step.memory.local_scroll;
  if (hovered(f, grid.view)) scroll -= ImGui::GetIO().MouseWheel * grid.pitch_y * 3;
  scroll = std::clamp(scroll, 0.0F, std::max(0.0F, grid.pitch_y * static_cast<float>(words) - grid.view.h));
  const AreaState pointer = area(f, "Local cells", grid.view);
  draw_heads(f, grid, scroll, label);
  draw_cells(f, *warp, grid, scroll);
  if (pointer.hovered) {
    const int lane = std::clamp(static_cast<int>((pointer.mouse.x - grid.view.x) / grid.pitch_x), 0, 31);
    const auto word = static_cast<std::uint64_t>((pointer.mouse.y - grid.view.y + scroll) / grid.pitch_y);
    if (word < words) tell_cell(f, local_cell(f, *warp, word, lane));
  }
  const vgpu::Access* access = scene::costliest(f.step.moment->followed_accesses, AccessSpace::kLocal);
  const std::string said = access == nullptr
                               ? std::string("The followed warp's next step leaves local memory alone.")
                               : fmt::format("The next step {} {} sectors of it.", scene::verb_of(access->kind),
                                             session::cost_of(*access).sectors);
  text(f, {r.x + f.px(12), grid.view.bottom() + f.px(4)}, Type::kCaption, f.colors.text2, said, Align::kLeft,
       r.w - f.px(20));
}

}  // namespace warpscope::panels
