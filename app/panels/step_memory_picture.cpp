// A buffer as a picture: painted into the atlas where it has changed, zoomed, dragged, with numbers where cells are
// large enough.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_memory.h"

namespace warpscope::panels {
namespace {

using scene::PictureMode;
using Pixel = scene::Picture::Pixel;

constexpr double kNumbersFrom = 30;  // logical width of a cell
constexpr double kLargestCell = 64;  // logical
constexpr float kTableWide = 52, kTableHigh = 18;
constexpr int kSlotStep = 64;  // pictures take places of few sizes in the atlas, so that zooming does not crowd it

scene::PictureSource source_of(const Frame& f, const BufferLook& look) {
  const StepMemoryState& state = f.ui.step.memory;
  return {.buffer = *look.buffer,
          .memory = f.step.moment->state->memory,
          .position = f.step.moment->position,
          .type = look.type,
          .shape = look.shape,
          .mode = state.mode};
}

// Whether the buffer's pages are those that were painted; else they are from now on.
bool take_pages(const Frame& f, const session::StepBuffer& buffer, MemoryPicture& picture) {
  const auto& memory = f.step.moment->state->memory;
  const std::uint64_t first = buffer.address >> vgpu::kPageShift;
  const std::uint64_t end = (buffer.address + std::max<std::uint64_t>(buffer.size_bytes, 1) - 1) >> vgpu::kPageShift;
  bool same = picture.pages.size() == end - first + 1;
  for (std::uint64_t page = first; same && page <= end; ++page) {
    const vgpu::Page* now = memory.page(page << vgpu::kPageShift);
    same = picture.pages[page - first] == (now != nullptr ? now->data : nullptr);
  }
  if (same) return true;
  picture.pages.clear();
  picture.owners.clear();
  for (std::uint64_t page = first; page <= end; ++page) {
    const vgpu::Page* now = memory.page(page << vgpu::kPageShift);
    picture.pages.push_back(now != nullptr ? now->data : nullptr);
    picture.owners.push_back(now != nullptr ? now->owner : nullptr);
  }
  return false;
}

bool is_current(const Frame& f, const BufferLook& look, const scene::PictureRegion& region, int width, int height,
                MemoryPicture& picture) {
  const PictureMode mode = f.ui.step.memory.mode;
  const bool same_run = picture.run == f.step.run->id && picture.mode == mode && picture.type == look.type;
  const bool same_look = picture.shape == look.shape && picture.region == region && picture.width == width &&
                         picture.height == height && picture.dark == f.ui.dark;
  // Counts are of the whole run: no moment changes them.
  const bool pages = take_pages(f, *look.buffer, picture) || mode != PictureMode::kValue;
  return same_run && same_look && pages && picture.version != 0;
}

scene::Rgba never_color(const Frame& f, int x, int y) {
  return (x + y) % 4 == 0 ? f.colors.strong : f.colors.panel;
}

void paint(const Frame& f, const scene::Picture& picture, const MemoryPicture& kept, int stride,
           std::span<scene::Rgba> out) {
  std::fill(out.begin(), out.end(), f.colors.stage);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const auto from =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(x);
      scene::Rgba& to =
          out[static_cast<std::size_t>(y) * static_cast<std::size_t>(stride) + static_cast<std::size_t>(x)];
      if (picture.pixels[from] == Pixel::kValue) to = scene::value_color(kept.range, picture.values[from]);
      if (picture.pixels[from] == Pixel::kNever) to = never_color(f, x, y);
    }
  }
}

std::string large_key(const BufferLook& look) {
  return "large " + look.buffer->name;
}

int slot_size(int pixels) {
  return std::min(scene::kPictureSide, (pixels + kSlotStep - 1) / kSlotStep * kSlotStep);
}

// ---- What lies on the picture

void mark_access(const Frame& f, const BufferLook& look, const scene::PictureView& view, scene::Rect where) {
  std::vector<TouchedElement> touched = touched_elements(f, look);
  std::sort(touched.begin(), touched.end(), [](const auto& a, const auto& b) { return a.element < b.element; });
  const float least = f.px(4);
  for (std::size_t i = 0; i < touched.size();) {
    std::size_t end = i + 1;
    while (end < touched.size() && touched[end].element <= touched[end - 1].element + 1 &&
           touched[end].element / look.shape.width == touched[i].element / look.shape.width) {
      ++end;
    }
    const scene::Rect first = scene::element_rect(view, look.shape, where, touched[i].element);
    const scene::Rect last = scene::element_rect(view, look.shape, where, touched[end - 1].element);
    scene::Rect r{first.x, first.y, last.right() - first.x, first.h};
    r = {r.x, r.y, std::max(r.w, least), std::max(r.h, least)};
    stroke(f, r.inset(-f.px(1)), scene::rgb(0x0F1114), 0, f.px(3));
    stroke(f, r, scene::rgb(0xFFFFFF), 0, f.px(1));
    i = end;
  }
}

void draw_numbers(const Frame& f, const BufferLook& look, const scene::PictureView& view, scene::Rect where,
                  const MemoryPicture& kept) {
  if (view.cell_x < kNumbersFrom * f.scale || view.cell_y < 14 * f.scale) return;
  const scene::PictureSource source = source_of(f, look);
  const scene::ElementReader reader(source.memory, look.buffer->address, look.type);
  const scene::PictureRegion region = scene::seen_region(view, look.shape, where);
  for (std::uint64_t row = region.y; row < region.y + region.rows; ++row) {
    for (std::uint64_t column = region.x; column < region.x + region.columns; ++column) {
      const std::uint64_t element = row * look.shape.width + column;
      if (element >= look.shape.elements) return;
      const auto bytes = reader.bytes(element);
      if (bytes.empty()) continue;
      const std::uint64_t word = element * static_cast<std::uint64_t>(bytes.size()) / 4;
      const bool never = session::is_never_written(*look.buffer, word, source.position);
      const scene::Rect r = scene::element_rect(view, look.shape, where, element);
      std::string number;
      float worth = 0;
      if (source.mode == PictureMode::kValue) {
        if (never) continue;
        number = session::element_text(look.type, bytes, f.ui.step.format);
        worth = static_cast<float>(session::element_number(look.type, bytes));
      } else {
        const auto& counts = source.mode == PictureMode::kReads ? look.buffer->reads : look.buffer->writes;
        const std::uint64_t count = scene::count_of(counts, look.type, element);
        number = fmt::format("{}", count);
        worth = std::log1p(static_cast<float>(count));
      }
      const scene::Rgba ink = scene::text_on(scene::value_color(kept.range, worth));
      const float y = std::round(r.centre().y - line_height(f, Type::kTick) / 2);
      text(f, {r.right() - f.px(3), y}, Type::kTick, ink, number, Align::kRight, r.w - f.px(5));
    }
  }
}

void draw_range(const Frame& f, const MemoryPicture& kept, scene::Rect where) {
  if (!kept.range.any) return;
  const bool counts = kept.mode != PictureMode::kValue;
  const float x = where.x + range_scale(f, {where.x, where.y}, kept.range, counts, Draw::kReally) + f.px(10);
  const std::string_view what = kept.mode == PictureMode::kReads    ? "lanes read it, whole run"
                                : kept.mode == PictureMode::kWrites ? "lanes wrote it, whole run"
                                                                    : "";
  if (!what.empty() && where.right() - x > f.px(60)) {
    text(f, {x, where.y - f.px(2)}, Type::kCaption, f.colors.text3, what, Align::kLeft, where.right() - x);
  }
}

// ---- Pointer

std::string counts_text(const BufferLook& look, std::uint64_t element) {
  if (look.buffer->reads.empty() && look.buffer->writes.empty()) return "too large to be counted word by word";
  return fmt::format("read by {} lanes, written by {}, in the whole run",
                     with_thousands(static_cast<long long>(scene::count_of(look.buffer->reads, look.type, element))),
                     with_thousands(static_cast<long long>(scene::count_of(look.buffer->writes, look.type, element))));
}

MemoryCell global_cell(const Frame& f, const BufferLook& look, std::uint64_t element) {
  const auto size = static_cast<std::uint64_t>(kernels::bytes_of(look.type));
  const std::uint64_t address = look.buffer->address + element * size;
  const scene::ElementReader reader(f.step.moment->state->memory, look.buffer->address, look.type);
  MemoryCell cell;
  cell.name = look.buffer->name + scene::index_text(look.shape, element);
  const auto bytes = reader.bytes(element);
  cell.value = bytes.empty() ? "gone" : session::element_text(look.type, bytes, f.ui.step.format);
  if (look.shape.dimensions > 1) cell.facts.push_back(fmt::format("element {}", element));
  cell.facts.push_back(fmt::format("address {:#x}, sector {} of its line", address, address % 128 / 32));
  cell.facts.push_back(counts_text(look, element));
  const std::uint64_t word = element * size / 4;
  if (session::is_never_written(*look.buffer, word, f.step.moment->position)) {
    cell.facts.emplace_back("nobody has written it yet");
  }
  for (const TouchedElement& touched : touched_elements(f, look)) {
    if (touched.element != element) continue;
    cell.facts.push_back(fmt::format("the next access touches it: lane {}", touched.lane));
    break;
  }
  cell.place = {vgpu::AccessSpace::kGlobal, address, size, 0, 0};
  cell.element = look.type;
  cell.focus.kind = StepFocus::Kind::kGlobal;
  cell.focus.buffer = look.index;
  cell.focus.word = element;
  cell.can_change = !look.buffer->constant;
  return cell;
}

void drag_view(const Frame& f, const AreaState& pointer, const BufferLook& look, scene::Rect where,
               scene::PictureView& view) {
  StepMemoryState& state = f.ui.step.memory;
  const float x = pointer.mouse.x - state.drag_from.x, y = pointer.mouse.y - state.drag_from.y;
  if (pointer.pressed) {
    state.drag_from = pointer.mouse;
    state.dragging = false;
  } else if (pointer.held && (state.dragging || std::abs(x) + std::abs(y) > f.px(4))) {
    state.dragging = true;
    view.x -= x / view.cell_x;
    view.y -= y / view.cell_y;
    view = scene::clamped_view(view, look.shape, where);
    state.views[look.buffer->name] = view;
    state.drag_from = pointer.mouse;
  }
}

// Arrow keys move the clicked element once the picture was reached by Tab.
void move_by_keys(const Frame& f, const BufferLook& look) {
  if (f.ui.widgets.focus != "Buffer picture") return;
  StepFocus& pinned = f.ui.step.pinned;
  const bool mine = pinned.kind == StepFocus::Kind::kGlobal && pinned.buffer == look.index;
  std::int64_t by = 0;
  if (raw_key(f, key::kRight)) by = 1;
  if (raw_key(f, key::kLeft)) by = -1;
  if (raw_key(f, key::kDown)) by = static_cast<std::int64_t>(look.shape.width);
  if (raw_key(f, key::kUp)) by = -static_cast<std::int64_t>(look.shape.width);
  if (by == 0) return;
  const std::int64_t element = mine ? static_cast<std::int64_t>(pinned.word) + by : 0;
  if (element < 0 || element >= static_cast<std::int64_t>(look.shape.elements)) return;
  pinned = {};
  pinned.kind = StepFocus::Kind::kGlobal;
  pinned.buffer = look.index;
  pinned.word = static_cast<std::uint64_t>(element);
}

scene::PictureView view_of(const Frame& f, const BufferLook& look, scene::Rect where) {
  const StepMemoryState& state = f.ui.step.memory;
  const auto kept = state.views.find(look.buffer->name);
  if (kept != state.views.end()) return scene::clamped_view(kept->second, look.shape, where);
  if (state.table) return {0, 0, f.px(kTableWide), f.px(kTableHigh)};
  return scene::fitted_view(look.shape, where);
}

void zoom(const Frame& f, const BufferLook& look, scene::Rect where, scene::Vec2 pointer, scene::PictureView& view) {
  StepMemoryState& state = f.ui.step.memory;
  const float wheel = ImGui::GetIO().MouseWheel;
  if (wheel == 0) return;
  if (state.table) {
    view.y -= wheel * 3;
    view = scene::clamped_view(view, look.shape, where);
  } else {
    view = scene::zoomed_view(view, look.shape, where, pointer, std::pow(1.25, wheel), kLargestCell * f.scale);
  }
  state.views[look.buffer->name] = view;
}

void mark_focus(const Frame& f, const BufferLook& look, const scene::PictureView& view, scene::Rect where) {
  const StepPanels& step = f.ui.step;
  const auto mark = [&](const StepFocus& focus, auto how) {
    if (focus.kind != StepFocus::Kind::kGlobal || focus.buffer != look.index || focus.word >= look.shape.elements)
      return;
    scene::Rect r = scene::element_rect(view, look.shape, where, focus.word);
    how(f, {r.x, r.y, std::max(r.w, f.px(3)), std::max(r.h, f.px(3))});
  };
  mark(step.before, mark_hovered);
  mark(step.pinned, mark_selected);
  const StepFocus& lane = step.pinned.kind != StepFocus::Kind::kNone ? step.pinned : step.before;
  const auto followed = static_cast<int>(f.step.moment->followed % std::max(1U, f.step.run->warps_per_block));
  if (lane.kind != StepFocus::Kind::kLane || lane.warp != followed) return;
  for (const TouchedElement& touched : touched_elements(f, look)) {
    if (touched.lane != lane.lane) continue;
    const scene::Rect r = scene::element_rect(view, look.shape, where, touched.element);
    mark_selected(f, {r.x, r.y, std::max(r.w, f.px(3)), std::max(r.h, f.px(3))});
  }
}

void answer_pointer(const Frame& f, const BufferLook& look, scene::Rect seen, scene::Rect where,
                    scene::PictureView& view) {
  register_widget(f, "Buffer picture", seen, true);
  const AreaState pointer = area(f, "Buffer picture", seen);
  move_by_keys(f, look);
  drag_view(f, pointer, look, where, view);
  if (!pointer.hovered) return;
  zoom(f, look, where, pointer.mouse, view);
  const std::int64_t element = scene::element_at(view, look.shape, where, pointer.mouse);
  if (element < 0 || f.ui.step.memory.dragging) return;
  const MemoryCell cell = global_cell(f, look, static_cast<std::uint64_t>(element));
  tell_cell(f, cell);
  press_cell(f, cell, pointer.clicked, pointer.pressed && ImGui::IsMouseDoubleClicked(0));
}

}  // namespace

const MemoryPicture& draw_picture(const Frame& f, const BufferLook& look, const std::string& key,
                                  const scene::PictureRegion& region, int width, int height, scene::Rect where) {
  StepMemoryState& state = f.ui.step.memory;
  MemoryPicture& kept = state.pictures[key];
  if (!is_current(f, look, region, width, height, kept)) {
    kept.range = scene::value_range(source_of(f, look));
    kept.version = ++state.picture_versions;
  }
  kept.run = f.step.run->id;
  kept.position = f.step.moment->position;
  kept.shape = look.shape;
  kept.region = region;
  kept.mode = state.mode;
  kept.type = look.type;
  kept.dark = f.ui.dark;
  kept.width = width;
  kept.height = height;
  const int slot_w = slot_size(width), slot_h = slot_size(height);
  const scene::Rect whole{where.x, where.y, where.w * static_cast<float>(slot_w) / static_cast<float>(width),
                          where.h * static_cast<float>(slot_h) / static_cast<float>(height)};
  const Clip clip(where);
  f.images.draw(
      *ImGui::GetWindowDrawList(), "memory " + key, kept.version, slot_w, slot_h,
      [&](std::span<scene::Rgba> out) {
        paint(f, scene::decode_picture(source_of(f, look), region, width, height), kept, slot_w, out);
      },
      whole);
  return kept;
}

void draw_thumbnail(const Frame& f, const BufferLook& look, scene::Rect r) {
  fill(f, r, f.colors.stage);
  const scene::PictureRegion all{0, 0, look.shape.width, look.shape.rows()};
  const scene::PictureView view = scene::fitted_view(look.shape, r);
  const float w = std::min(r.w, static_cast<float>(view.cell_x * static_cast<double>(all.columns)));
  const float h = std::min(r.h, static_cast<float>(view.cell_y * static_cast<double>(all.rows)));
  if (w < 1 || h < 1 || look.shape.elements == 0) return;
  const int width = static_cast<int>(std::clamp<std::uint64_t>(all.columns, 1, static_cast<std::uint64_t>(w)));
  const int height = static_cast<int>(std::clamp<std::uint64_t>(all.rows, 1, static_cast<std::uint64_t>(h)));
  const scene::Rect where{std::round(r.x + (r.w - w) / 2), std::round(r.y + (r.h - h) / 2), w, h};
  draw_picture(f, look, fmt::format("small {}", look.buffer->name), all, width, height, where);
}

void draw_buffer_picture(const Frame& f, const BufferLook& look, scene::Rect r) {
  const float foot = f.px(18);
  const scene::Rect where{r.x, r.y, r.w, std::max(0.0F, r.h - foot)};
  if (where.w < f.px(20) || where.h < f.px(20) || look.shape.elements == 0) return;
  scene::PictureView view = view_of(f, look, where);
  const float wide = static_cast<float>(static_cast<double>(look.shape.width) * view.cell_x);
  const float high = static_cast<float>(static_cast<double>(look.shape.rows()) * view.cell_y);
  answer_pointer(f, look, {where.x, where.y, std::min(wide, where.w), std::min(high, where.h)}, where, view);
  const scene::PictureRegion region = scene::seen_region(view, look.shape, where);
  if (region.columns == 0 || region.rows == 0) return;
  const float cell_x = static_cast<float>(view.cell_x), cell_y = static_cast<float>(view.cell_y);
  const scene::Rect seen{where.x + (static_cast<float>(region.x) - static_cast<float>(view.x)) * cell_x,
                         where.y + (static_cast<float>(region.y) - static_cast<float>(view.y)) * cell_y,
                         static_cast<float>(region.columns) * cell_x, static_cast<float>(region.rows) * cell_y};
  const auto pixels = [](std::uint64_t elements, float room) {
    const auto most = static_cast<std::uint64_t>(std::clamp(room, 1.0F, static_cast<float>(scene::kPictureSide)));
    return static_cast<int>(std::clamp<std::uint64_t>(elements, 1, most));
  };
  const scene::Rect shown{where.x, where.y, std::min(where.w, seen.right() - where.x),
                          std::min(where.h, seen.bottom() - where.y)};
  {
    const Clip clip(shown.inset(-f.px(3)));
    const MemoryPicture& kept = [&]() -> const MemoryPicture& {
      const Clip inner(shown);
      return draw_picture(f, look, large_key(look), region, pixels(region.columns, seen.w), pixels(region.rows, seen.h),
                          seen);
    }();
    draw_numbers(f, look, view, where, kept);
    mark_access(f, look, view, where);
    mark_focus(f, look, view, where);
  }
  stroke(f, shown.inset(-f.px(1)), f.colors.strong, 0, f.px(1));
  if (f.ui.widgets.focus == "Buffer picture") focus_ring(f, shown, f.px(2));
  draw_range(f, f.ui.step.memory.pictures[large_key(look)], {r.x, shown.bottom() + f.px(4), r.w, foot});
  const StepFocus& pinned = f.ui.step.pinned;
  if (pinned.kind != StepFocus::Kind::kGlobal || pinned.buffer != look.index || pinned.word >= look.shape.elements) {
    return;
  }
  MemoryCell cell = global_cell(f, look, pinned.word);
  cell.rect = scene::element_rect(view, look.shape, where, pinned.word);
  draw_cell_card(f, cell);
}

}  // namespace warpscope::panels
