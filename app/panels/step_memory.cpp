// Device memory: which memory, which buffer, how it is shown.
#include "app/panels/step_memory.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "app/panels/keys.h"

namespace warpscope::panels {
namespace {

using Space = StepMemoryState::Space;
using kernels::ElementType;

constexpr std::array<Segment, 3> kSpaces{Segment{"Global memory", "Global", "Buffers of the launch"},
                                         Segment{"Local memory", "Local", "Each lane's own, of the followed warp"},
                                         Segment{"Constant memory", "Constant", "Variables that the host sets"}};
constexpr std::array<Segment, 3> kModes{
    Segment{"Memory by value", "Value", "What it holds at this moment"},
    Segment{"Memory by reads", "Reads", "How many lanes read it in the whole run"},
    Segment{"Memory by writes", "Writes", "How many lanes wrote it in the whole run"}};
constexpr std::array<Segment, 3> kDimensions{Segment{"One dimension", "1D", "Elements have one index"},
                                             Segment{"Two dimensions", "2D", "Rows and columns"},
                                             Segment{"Three dimensions", "3D", "Layers, rows and columns"}};
constexpr std::array kTypes{ElementType::kI8,  ElementType::kI16, ElementType::kI32, ElementType::kI64,
                            ElementType::kU8,  ElementType::kU16, ElementType::kU32, ElementType::kU64,
                            ElementType::kF16, ElementType::kF32, ElementType::kF64};

std::vector<int> buffers_of(const Frame& f, Space space) {
  std::vector<int> found;
  const auto& buffers = f.step.run->buffers;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].constant == (space == Space::kConstant)) found.push_back(static_cast<int>(i));
  }
  return found;
}

// Whole numbers that the launch was given: what shapes are guessed from. Only those are read, which costs next to
// nothing: a texture would be made anew every frame.
std::vector<scene::NamedNumber> scalars_of(const session::StepRun& run) {
  std::vector<scene::NamedNumber> numbers;
  for (const session::StepArgument& argument : run.launch_text.arguments) {
    const std::string type = argument.spec.substr(0, argument.spec.find(':'));
    const auto element = kernels::find_element_type(type);
    if (argument.is_pointer || !element || *element >= ElementType::kF16) continue;
    const auto parsed = kernels::parse_argument(argument.spec);
    if (!parsed || parsed->bytes.empty() || parsed->bytes.size() > sizeof(std::uint64_t)) continue;
    std::uint64_t value = 0;
    std::memcpy(&value, parsed->bytes.data(), parsed->bytes.size());
    numbers.push_back({argument.name, value});
  }
  return numbers;
}

void say_nothing_there(const Frame& f, scene::Rect r) {
  if (f.ui.step.memory.space == Space::kConstant) {
    return say_calmly(f, r, "No constant variables",
                      "A __constant__ variable is set by the host, and read by all threads through a cache of its own. "
                      "This kernel has none.");
  }
  say_calmly(f, r, "No buffers",
             "This kernel was launched without pointers to device memory. Open Launch to give it some.");
}

// The shape as it was chosen, in a card under its button.
void draw_shape_card(const Frame& f, const BufferLook& look, scene::Rect below) {
  StepMemoryState& state = f.ui.step.memory;
  const std::string& name = look.buffer->name;
  const float pad = f.px(10), row = f.px(26), gap = f.px(8), label = f.px(56);
  const bool deep = look.shape.dimensions == 3;
  const float rows = deep ? 4 : 3;
  const scene::Rect card{std::max(f.px(4), below.right() - f.px(220)), below.bottom() + f.px(4), f.px(220),
                         2 * pad + rows * row + (rows - 1) * gap};
  const Overlay overlay(f, "buffer shape", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  const float x = card.x + pad, inner = card.w - 2 * pad;
  float y = card.y + pad;
  scene::BufferShape shape = look.shape;
  shape.dimensions = 1 + draw_segments(f, {x, y}, kDimensions, shape.dimensions - 1);
  y += row + gap;
  const auto number = [&](std::string_view field, std::uint64_t& value, std::uint64_t most) {
    text(f, {x, y + f.px(4)}, Type::kLabel, f.colors.text2, field);
    auto wanted = static_cast<double>(value);
    if (number_field(f, field, {x + label, y, inner - label, row}, wanted, 1,
                     static_cast<double>(std::max<std::uint64_t>(most, 1)), 0)) {
      value = static_cast<std::uint64_t>(wanted);
    }
    y += row + gap;
  };
  number("Width", shape.width, shape.elements);
  if (deep) number("Height", shape.height, shape.rows());
  text(f, {x, y + f.px(4)}, Type::kLabel, f.colors.text2, "Type");
  std::vector<std::string> types;
  for (const ElementType type : kTypes) types.emplace_back(kernels::name_of(type));
  int chosen = static_cast<int>(std::find(kTypes.begin(), kTypes.end(), look.type) - kTypes.begin());
  if (combo(f, "Element type", {x + label, y, inner - label, row}, types, chosen)) {
    state.elements[name] = kTypes[static_cast<std::size_t>(chosen)];
    state.shapes.erase(name);
    state.views.erase(name);
  } else if (!(shape == look.shape)) {
    // A list of rows and columns begins as a guess would; then it is the person's.
    if (shape.dimensions == 3 && look.shape.dimensions < 3) shape.height = std::min<std::uint64_t>(shape.rows(), 8);
    state.shapes[name] = scene::fitting_shape(shape);
    state.views.erase(name);
  }
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const bool outside = ImGui::GetIO().MouseClicked[0] && !card.contains({mouse.x, mouse.y}) &&
                       !below.contains({mouse.x, mouse.y}) && f.ui.widgets.open_popup.empty();
  if (outside || raw_key(f, key::kEscape)) state.shape_open = false;
}

void draw_controls(const Frame& f, const BufferLook& look, scene::Rect row) {
  StepMemoryState& state = f.ui.step.memory;
  const float apart = f.px(8);
  float x = row.x;
  state.mode = static_cast<scene::PictureMode>(draw_segments(f, {x, row.y}, kModes, static_cast<int>(state.mode)));
  x += segments_width(f, kModes) + apart;
  const ButtonLook table{.selected = state.table, .tip = "Numbers in cells", .type = Type::kMicro};
  const float table_width = text_width(f, Type::kMicro, "Table") + 2 * f.px(8);
  if (button(f, "Table", {x, row.y, table_width, f.px(22)}, table)) {
    state.table = !state.table;
    state.views.erase(look.buffer->name);
  }
  x += table_width + apart;
  const std::string shape = fmt::format("{} {}", scene::shape_text(look.shape), kernels::name_of(look.type));
  const float wide = std::min(text_width(f, Type::kMicro, shape) + 2 * f.px(8), row.right() - x);
  if (wide < f.px(40)) return;
  const scene::Rect r{x, row.y, wide, f.px(22)};
  const ButtonLook shape_look{
      .selected = state.shape_open, .tip = "Shape and type of its elements", .label = shape, .type = Type::kMicro};
  if (button(f, "Buffer shape", r, shape_look)) state.shape_open = !state.shape_open;
  if (state.shape_open) draw_shape_card(f, look, r);
}

// Pictures with their names above, as many below each other as there is room for, in columns.
struct ThumbGrid {
  float side = 0, pitch_x = 0, pitch_y = 0;
  std::size_t rows = 1, columns = 1;
};
ThumbGrid thumb_grid(const Frame& f, std::size_t count, float side, float height) {
  ThumbGrid grid{.side = side, .pitch_x = side + f.px(10), .pitch_y = side + f.px(24)};
  grid.rows = static_cast<std::size_t>(std::max(1.0F, std::floor((height + f.px(4)) / grid.pitch_y)));
  constexpr std::size_t kMostColumns = 3;  // more scroll
  grid.columns = std::clamp<std::size_t>((count + grid.rows - 1) / grid.rows, 1, kMostColumns);
  return grid;
}

void draw_named_thumbnail(const Frame& f, const BufferLook& look, bool lit, scene::Rect whole) {
  const std::string name = fmt::format("Buffer {}", look.buffer->name);
  bool pressed = register_widget(f, name, whole, true);
  const AreaState pointer = area(f, name, whole);
  pressed |= pointer.clicked;
  text(f, {whole.x, whole.y}, Type::kCode, lit ? f.colors.accent : f.colors.text, look.buffer->name, Align::kLeft,
       whole.w);
  if (!touched_elements(f, look).empty()) {  // the next access goes there
    const scene::Rect now{whole.right() - f.px(9), whole.y + f.px(6), f.px(8), f.px(8)};
    fill(f, now, scene::rgb(0xFFFFFF));
    stroke(f, now, f.colors.text2, 0, f.px(1));
  }
  const scene::Rect picture{whole.x, whole.y + f.px(20), whole.w, whole.h - f.px(20)};
  draw_thumbnail(f, look, picture);
  stroke(f, picture.inset(-f.px(1)),
         lit               ? f.colors.accent
         : pointer.hovered ? f.colors.text2
                           : f.colors.strong,
         0, f.px(lit ? 2 : 1));
  if (f.ui.widgets.focus == name) focus_ring(f, whole, f.px(2));
  if (pressed) f.ui.step.buffer = look.index;
}

void draw_thumbnails(const Frame& f, std::span<const int> shown, int chosen, scene::Rect r, const ThumbGrid& grid) {
  float& scroll = f.ui.step.memory.thumbs_scroll;
  const std::size_t rows = (shown.size() + grid.columns - 1) / grid.columns;
  if (hovered(f, r)) scroll -= ImGui::GetIO().MouseWheel * grid.pitch_y;
  scroll = std::clamp(scroll, 0.0F, std::max(0.0F, grid.pitch_y * static_cast<float>(rows) - f.px(4) - r.h));
  const float ring = f.px(4);
  const Clip clip({r.x - ring, r.y - ring, r.w + 2 * ring, r.h + 2 * ring});
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const scene::Rect whole{r.x + grid.pitch_x * static_cast<float>(i % grid.columns),
                            r.y + grid.pitch_y * static_cast<float>(i / grid.columns) - scroll, grid.side,
                            grid.side + f.px(20)};
    if (whole.bottom() < r.y || whole.y > r.bottom()) continue;
    draw_named_thumbnail(f, look_of(f, shown[i]), shown[i] == chosen, whole);
  }
}

struct BodyParts {
  scene::Rect controls, thumbs, picture, access;
  ThumbGrid grid;
};
BodyParts parts_of(const Frame& f, scene::Rect r, std::size_t buffers) {
  const float pad = f.px(12), row = f.px(22), gap = f.px(8);
  BodyParts parts;
  const scene::Rect in{r.x + pad, r.y, r.w - 2 * pad, r.h - f.px(4)};
  const bool side = in.h < f.px(230) && in.w >= f.px(460);
  const float left = side ? std::round(in.w * 0.54F) : in.w;
  parts.controls = {in.x, in.y, left, row};
  // Where the next step leaves this memory alone, two lines say so.
  const bool quiet = scene::costliest(f.step.moment->followed_accesses, vgpu::AccessSpace::kGlobal) == nullptr &&
                     scene::costliest(f.step.moment->followed_accesses, vgpu::AccessSpace::kConstant) == nullptr;
  const float access = side ? in.h : quiet ? f.px(40) : std::min(f.px(128), std::round(in.h * 0.42F));
  const float top = in.y + row + gap;
  const float pictures = std::max(0.0F, in.bottom() - top - (side ? 0 : access + gap));
  parts.grid = thumb_grid(f, buffers, f.px(side ? 40 : 52), pictures);
  const float thumbs = buffers > 1 ? parts.grid.pitch_x * static_cast<float>(parts.grid.columns) : 0;
  parts.thumbs = {in.x, top, thumbs, pictures};
  const float x = in.x + (thumbs > 0 ? thumbs + f.px(6) : 0);
  parts.picture = {x, top, in.x + left - x, pictures};
  parts.access = side ? scene::Rect{in.x + left + pad, in.y, in.w - left - pad, in.h}
                      : scene::Rect{in.x, in.bottom() - access, in.w, access};
  return parts;
}

}  // namespace

BufferLook look_of(const Frame& f, int index) {
  const session::StepBuffer& buffer = f.step.run->buffers[static_cast<std::size_t>(index)];
  const StepMemoryState& state = f.ui.step.memory;
  BufferLook look{.buffer = &buffer, .index = index, .shape = {}, .type = buffer.element};
  if (const auto chosen = state.elements.find(buffer.name); chosen != state.elements.end()) look.type = chosen->second;
  const std::uint64_t elements = buffer.size_bytes / static_cast<std::uint64_t>(kernels::bytes_of(look.type));
  const auto shape = state.shapes.find(buffer.name);
  const bool fits = shape != state.shapes.end() && shape->second.elements == elements;
  look.shape = fits ? shape->second : scene::guess_shape(elements, scalars_of(*f.step.run));
  return look;
}

void draw_memory_spaces(const Frame& f, scene::Rect title) {
  Space& space = f.ui.step.memory.space;
  const float wide = segments_width(f, kSpaces);
  const scene::Vec2 at{std::max(title.x, title.right() - f.px(12) - wide), title.y + f.px(7)};
  space = static_cast<Space>(draw_segments(f, at, kSpaces, static_cast<int>(space)));
}

void draw_memory_body(const Frame& f, scene::Rect r) {
  if (!f.step.run || !f.step.moment) {
    return say_calmly(f, r, "No run yet", "Once the kernel has run, its buffers are pictures here.");
  }
  const Space space = f.ui.step.memory.space;
  if (space == Space::kLocal) return draw_local_memory(f, r);
  const std::vector<int> shown = buffers_of(f, space);
  if (shown.empty()) return say_nothing_there(f, r);
  const bool known = std::find(shown.begin(), shown.end(), f.ui.step.buffer) != shown.end();
  const int chosen = known ? f.ui.step.buffer : shown.front();
  const BufferLook look = look_of(f, chosen);
  const BodyParts parts = parts_of(f, r, shown.size());
  draw_controls(f, look, parts.controls);
  if (shown.size() > 1) draw_thumbnails(f, shown, chosen, parts.thumbs, parts.grid);
  draw_buffer_picture(f, look, parts.picture);
  draw_global_access(f, parts.access);
}

void draw_step_memory(const Frame& f, scene::Rect r) {
  const Clip clip(r);
  constexpr std::array<std::string_view, 3> kTitles{"Global memory", "Local memory", "Constant memory"};
  const float head = f.px(36);
  const bool run = f.step.run && f.step.moment;
  std::string caption;
  if (run) {
    const std::size_t count = buffers_of(f, f.ui.step.memory.space).size();
    caption = f.ui.step.memory.space == Space::kLocal ? "each lane's own"
              : count == 1                            ? "1 buffer"
                                                      : fmt::format("{} buffers", count);
    draw_memory_spaces(f, {r.x, r.y, r.w, head});
  }
  const float room = r.w - f.px(30) - (run ? segments_width(f, kSpaces) : 0);
  panel_title(f, {r.x + f.px(12), r.y + f.px(9)}, kTitles[static_cast<std::size_t>(f.ui.step.memory.space)], caption,
              room);
  draw_memory_body(f, {r.x, r.y + head, r.w, std::max(0.0F, r.h - head)});
}

}  // namespace warpscope::panels
