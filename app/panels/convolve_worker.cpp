// Who computed this pixel: its block in the grid, its thread in the block, its warp and lane, the SM.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/convolve_centre.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using convolution::LaunchInfo;
using convolution::Worker;
using scene::Rect;

constexpr int kMostDrawnSingly = 1024;  // cells; more are one picture

// Blocks or threads as rows and columns.
struct Cells {
  int columns = 1, rows = 1;
  Rect place;

  Rect at(int index) const {
    const int column = index % columns, row = index / columns;
    const auto edge = [](float from, float length, int i, int count) {
      return std::round(from + length * static_cast<float>(i) / static_cast<float>(count));
    };
    const float x = edge(place.x, place.w, column, columns), y = edge(place.y, place.h, row, rows);
    return {x, y, edge(place.x, place.w, column + 1, columns) - x, edge(place.y, place.h, row + 1, rows) - y};
  }
  int under(scene::Vec2 point) const {
    if (!place.contains(point)) return -1;
    const auto column = static_cast<int>((point.x - place.x) / place.w * static_cast<float>(columns));
    const auto row = static_cast<int>((point.y - place.y) / place.h * static_cast<float>(rows));
    return std::min(row, rows - 1) * columns + std::min(column, columns - 1);
  }
};

// A square as large as there is room; a single long row is folded.
Cells cells_in(Rect room, std::uint32_t wide, std::uint32_t high) {
  Cells cells;
  const auto count = static_cast<int>(wide * high);
  constexpr std::uint32_t kLongRow = 64;
  cells.columns =
      high == 1 && wide >= kLongRow ? static_cast<int>(std::ceil(std::sqrt(count))) : static_cast<int>(wide);
  cells.columns = std::max(1, cells.columns);
  cells.rows = std::max(1, (count + cells.columns - 1) / cells.columns);
  const float cell = std::min(room.w / static_cast<float>(cells.columns), room.h / static_cast<float>(cells.rows));
  const float side = cell >= 2 ? std::floor(cell) : cell;
  cells.place = {room.x, room.y, std::round(side * static_cast<float>(cells.columns)),
                 std::round(side * static_cast<float>(cells.rows))};
  return cells;
}

ConvolveColour colour_of(const Frame& f) {
  const ConvolveColour colour = f.ui.convolve.colour;
  return colour == ConvolveColour::kBlock ? colour : ConvolveColour::kSm;
}

Worker worker_of_block(const ChosenStage& view, std::uint32_t number_in_plane, std::uint32_t z) {
  const LaunchInfo& launch = *launch_of(view);
  Worker worker;
  worker.block = {number_in_plane % launch.grid.x, number_in_plane / launch.grid.x, z};
  worker.block_number = launch.grid.linear(worker.block);
  worker.sm = sm_of(view, worker.block_number);
  return worker;
}

void draw_grid(const Frame& f, const ChosenStage& view, const Worker& worker, const Cells& cells) {
  const LaunchInfo& launch = *launch_of(view);
  const auto count = static_cast<int>(launch.grid.x * launch.grid.y);
  const auto color = [&](int i) {
    return thread_color(colour_of(f), worker_of_block(view, static_cast<std::uint32_t>(i), worker.block.z));
  };
  if (count <= kMostDrawnSingly) {
    const float gap = cells.at(0).w >= 4 ? f.px(1) : 0;
    for (int i = 0; i < count; ++i) {
      const Rect r = cells.at(i);
      fill(f, {r.x, r.y, r.w - gap, r.h - gap}, color(i));
    }
    return;
  }
  const std::uint64_t version = launch.grid.x + 65536ULL * launch.grid.y + (1ULL << 40U) * worker.block.z +
                                (1ULL << 60U) * static_cast<std::uint64_t>(colour_of(f));
  f.images.draw(
      *ImGui::GetWindowDrawList(), "convolve grid", version, cells.columns, cells.rows,
      [&](std::span<scene::Rgba> out) {
        for (std::size_t i = 0; i < out.size(); ++i) {
          out[i] = static_cast<int>(i) < count ? color(static_cast<int>(i)) : f.colors.panel;
        }
      },
      cells.place);
}

void draw_threads(const Frame& f, const LaunchInfo& launch, const Worker& worker, const Cells& cells) {
  const auto count = static_cast<int>(launch.block.x * launch.block.y);
  const int mine = static_cast<int>(launch.block.linear(worker.thread));
  const float gap = cells.at(0).w >= 4 ? f.px(1) : 0;
  for (int i = 0; i < count; ++i) {
    const Rect r = cells.at(i);
    const bool lit = i / base::kWarpSize == worker.warp;
    fill(f, {r.x, r.y, r.w - gap, r.h - gap},
         i == mine ? scene::rgb(0xFFFFFF)
         : lit     ? f.colors.accent
                   : f.colors.strong);
  }
  const Rect r = cells.at(mine);
  outline(f, {r.x, r.y, r.w - gap, r.h - gap});
}

void tell_cells(const Frame& f, const ChosenStage& view, const Worker& worker, const Cells& grid,
                const Cells& threads) {
  const LaunchInfo& launch = *launch_of(view);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (hovered(f, grid.place)) {
    const int i = grid.under({mouse.x, mouse.y});
    if (i < 0 || i >= static_cast<int>(launch.grid.x * launch.grid.y)) return;
    const Worker there = worker_of_block(view, static_cast<std::uint32_t>(i), worker.block.z);
    tip(f, fmt::format("block {}, {} on SM {}{}", there.block.x, there.block.y, there.sm,
                       measured_sms(view) != nullptr ? "" : " (modelled)"));
  } else if (hovered(f, threads.place)) {
    const int i = threads.under({mouse.x, mouse.y});
    if (i < 0 || i >= static_cast<int>(launch.block.x * launch.block.y)) return;
    tip(f, fmt::format("thread {}, {}: warp {}, lane {}", i % static_cast<int>(launch.block.x),
                       i / static_cast<int>(launch.block.x), i / base::kWarpSize, i % base::kWarpSize));
  }
}

std::string place_text(const base::Dim3& at, bool deep) {
  return deep ? fmt::format("{}, {}, {}", at.x, at.y, at.z) : fmt::format("{}, {}", at.x, at.y);
}

void draw_facts(const Frame& f, const ChosenStage& view, const Worker& worker, Rect r) {
  const LaunchInfo& launch = *launch_of(view);
  const bool told = measured_sms(view) != nullptr;
  struct Fact {
    std::string_view name;
    std::string value;
    bool has_origin = false;
  };
  const std::array facts{Fact{"Block", place_text(worker.block, launch.grid.z > 1)},
                         Fact{"Thread", place_text(worker.thread, false)}, Fact{"Warp", std::to_string(worker.warp)},
                         Fact{"Lane", std::to_string(worker.lane)}, Fact{"SM", std::to_string(worker.sm), true}};
  const float pitch = std::min(f.px(24), r.h / static_cast<float>(facts.size()));
  float y = r.y;
  for (const Fact& fact : facts) {
    const float middle = y + pitch / 2;
    text(f, {r.x, std::round(middle - line_height(f, Type::kSmall) / 2)}, Type::kSmall, f.colors.text2, fact.name);
    text(f, {r.right(), std::round(middle - line_height(f, Type::kCode) / 2)}, Type::kCode, f.colors.text, fact.value,
         Align::kRight);
    if (fact.has_origin) {
      origin_mark(f, {r.right() - text_width(f, Type::kCode, fact.value) - f.px(12), std::round(middle)},
                  told ? Origin::kMeasured : Origin::kModelled);
    }
    y += pitch;
  }
  if (hovered(f, r)) f.ui.convolve.about = "threads";
}

std::string threads_caption(const LaunchInfo& launch) {
  const std::string size = fmt::format("{} × {} threads", launch.block.x, launch.block.y);
  return launch.outputs_per_thread > 1 ? fmt::format("{}, {} outputs each", size, launch.outputs_per_thread) : size;
}

void step_it(const Frame& f, Rect r) {
  const ButtonLook look{.tip = "Follow this very thread, instruction by instruction, in Step"};
  if (button(f, "Step it", r, look)) step_convolve_pixel(f);
}

void draw_worker(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, Rect r) {
  const LaunchInfo& launch = *launch_of(view);
  const Worker worker = worker_at(view, pixel);
  const float caption = line_height(f, Type::kCaption) + f.px(6);
  const float facts_w = std::clamp(r.w * 0.3F, f.px(116), f.px(150)), gap = std::min(f.px(44), r.w * 0.09F);
  const float side = std::max(f.px(24), std::min({r.h - caption, (r.w - facts_w - 2 * gap) / 2, f.px(150)}));
  const Cells grid = cells_in({r.x, r.y, side, side}, launch.grid.x, launch.grid.y);
  const Cells threads = cells_in({r.x + side + gap, r.y, side, side}, launch.block.x, launch.block.y);
  draw_grid(f, view, worker, grid);
  const Rect block = grid.at(static_cast<int>(worker.block.y * launch.grid.x + worker.block.x));
  const Rect seen = block.inset(-std::max(0.0F, f.px(4) - block.w) / 2);
  line(f, {seen.right() + f.px(2), seen.y}, {threads.place.x - f.px(3), threads.place.y}, f.colors.text3, f.px(1));
  line(f, {seen.right() + f.px(2), seen.bottom()}, {threads.place.x - f.px(3), threads.place.bottom()}, f.colors.text3,
       f.px(1));
  mark_hovered(f, seen);
  draw_threads(f, launch, worker, threads);
  const auto below = [&](const Cells& cells, const std::string& words) {
    text(f, {cells.place.x, cells.place.bottom() + f.px(5)}, Type::kCaption, f.colors.text3, words, Align::kLeft,
         side + gap - f.px(6));
  };
  below(grid, fmt::format("{} × {} blocks{}", launch.grid.x, launch.grid.y,
                          launch.grid.z > 1 ? fmt::format(", {} deep", launch.grid.z) : ""));
  below(threads, threads_caption(launch));
  const float button_h = f.px(scene::size::kControl), x = r.x + 2 * (side + gap);
  const Rect facts{x, r.y, std::min(r.right() - x, f.px(180)), r.h - button_h - f.px(6)};
  draw_facts(f, view, worker, facts);
  const float width = std::min(facts.w, std::max(button_width(f, "Step it"), f.px(86)));
  step_it(f, {facts.right() - width, r.bottom() - button_h, width, button_h});
  tell_cells(f, view, worker, grid, threads);
}

}  // namespace

void draw_convolve_worker(const Frame& f, Rect r) {
  fill(f, r, f.colors.panel);
  line(f, {r.x, r.y}, {r.right(), r.y}, f.colors.hair, f.px(1));
  line(f, {r.right() - f.px(1), r.y}, {r.right() - f.px(1), r.bottom()}, f.colors.hair, f.px(1));
  const Clip clip(r);
  const float pad = f.px(16), head = f.px(32);
  if (!draw_convolve_tabs(f, {r.x + pad, r.y + f.px(4), r.w - 2 * pad, head - f.px(4)})) {
    panel_title(f, {r.x + pad, r.y + f.px(8)}, "Who computed this pixel?", "", r.w - 2 * pad);
  }
  const Rect room{r.x + pad, r.y + head + f.px(4), r.w - 2 * pad, r.h - head - f.px(14)};
  const auto view = chosen_stage(f);
  if (!view || launch_of(*view) == nullptr) return;
  if (const auto pixel = convolve_pixel(f, *view)) {
    draw_worker(f, *view, *pixel, room);
    return;
  }
  paragraph(f, {room.x, room.y}, room.w, Type::kBody, f.colors.text2,
            "Point at a pixel of the output: the thread that made it appears here, with its block, its warp and its "
            "lane.");
}

}  // namespace warpscope::panels
