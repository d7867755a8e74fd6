// panels/step_memory.h: what the panels of shared and device memory have in common. Floor 7, GUI thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/step_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

// ---- Small parts

struct Segment {
  std::string_view name;   // for scripts: "Shared by value"
  std::string_view label;  // "Value"
  std::string_view tip;
};
float segments_width(const Frame& f, std::span<const Segment> segments);
// Buttons that touch; the index of the chosen one. `selected` -1: none is.
int draw_segments(const Frame& f, scene::Vec2 at, std::span<const Segment> segments, int selected);

// Slanting lines: nobody wrote this, or it is fetched for nothing.
void hatch(const Frame& f, scene::Rect r, scene::Rgba color);
// The colours of a range. Returns its width; draws nothing where `measure_only`. `counts`: the range is of
// log(1 + count).
enum class Draw { kReally, kMeasure };
float range_scale(const Frame& f, scene::Vec2 at, const scene::ValueRange& range, bool counts, Draw draw);
// A calm sentence in the middle of an empty panel.
void say_calmly(const Frame& f, scene::Rect r, std::string_view title, std::string_view about);
bool is_compact(const Frame& f);

// ---- A cell of memory, and what is known of it

struct MemoryCell {
  std::string name;                // "b_tile[3][0]"
  std::string value;               // as text
  std::vector<std::string> facts;  // "bank 16 · offset 0x470"
  std::string writer;              // what is known without asking
  trace::MemoryPlace place;
  kernels::ElementType element = kernels::ElementType::kF32;
  StepFocus focus;
  bool can_change = true;
  scene::Rect rect;
};
// Beside the pointer; asks who wrote it once the pointer rests.
void tell_cell(const Frame& f, const MemoryCell& cell);
// Clicked: what can be done with it, in a card beside it.
void draw_cell_card(const Frame& f, const MemoryCell& cell);
// What a click, or a double click, on a cell means.
void press_cell(const Frame& f, const MemoryCell& cell, bool clicked, bool twice);

// ---- Parts of device memory

struct BufferLook {
  const session::StepBuffer* buffer = nullptr;
  int index = 0;  // in StepRun::buffers
  scene::BufferShape shape;
  kernels::ElementType type = kernels::ElementType::kF32;
};
BufferLook look_of(const Frame& f, int index);
// Everything of device memory below a title: controls, pictures, the access.
void draw_memory_body(const Frame& f, scene::Rect r);
void draw_memory_spaces(const Frame& f, scene::Rect title);
void draw_thumbnail(const Frame& f, const BufferLook& look, scene::Rect r);
void draw_buffer_picture(const Frame& f, const BufferLook& look, scene::Rect r);
void draw_global_access(const Frame& f, scene::Rect r);
void draw_local_memory(const Frame& f, scene::Rect r);

// Paints what has changed and draws it; the version and range it was painted with.
const MemoryPicture& draw_picture(const Frame& f, const BufferLook& look, const std::string& key,
                                  const scene::PictureRegion& region, int width, int height, scene::Rect where);
// Accesses of the followed warp's next step in this buffer, as elements; with the lane of each.
struct TouchedElement {
  std::uint64_t element = 0;
  int lane = 0;
};
std::vector<TouchedElement> touched_elements(const Frame& f, const BufferLook& look);
int followed_line(const Frame& f);  // of the source; 0: not known

}  // namespace warpscope::panels
