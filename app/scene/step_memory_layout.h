// scene/step_memory_layout.h: where words of shared memory and elements of buffers are drawn, and what they are called.
// Floor 6. Pure functions; physical pixels where a rectangle is spoken of.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "app/scene/geometry.h"
#include "compute/session/step_reading.h"

namespace warpscope::scene {

// ---- Shared memory: rows of 32 words, in groups that begin with a variable

struct SharedGroup {
  std::string name;
  std::uint64_t first_row = 0, rows = 0;
};
std::vector<SharedGroup> shared_groups(std::span<const session::SharedVariableRow> variables,
                                       std::uint64_t total_bytes);
// The variable that a word belongs to; null: dynamic shared memory without a name, or padding.
const session::SharedVariableRow* variable_of(std::span<const session::SharedVariableRow> variables,
                                              std::uint64_t byte);
// "b_tile[3][0]", "shared + 0x40".
std::string shared_name(std::span<const session::SharedVariableRow> variables, std::uint64_t byte);

struct SharedLayout {
  Rect numbers;                        // of the banks, above the cells
  Rect view;                           // cells; scrolls where content is higher
  Rect bars;                           // words a bank, in the same columns
  Rect words;                          // what they say
  float pitch = 0, cell = 0, gap = 0;  // gap: between groups
  float content = 0;
  bool side = false;  // words stand right of the cells
  float y_of(std::span<const SharedGroup> groups, std::uint64_t row, float scroll) const;
  Rect cell_of(std::span<const SharedGroup> groups, std::uint64_t word, float scroll) const;
  // The word at a point of the view, or -1.
  std::int64_t word_at(std::span<const SharedGroup> groups, Vec2 at, float scroll) const;
};
SharedLayout layout_shared(const Rect& body, std::span<const SharedGroup> groups, float scale);

// ---- Device memory: elements as a picture

// `dimensions` says how an element is called; a picture of one dimension is wrapped at `width`.
struct BufferShape {
  int dimensions = 1;
  std::uint64_t width = 1, height = 1, depth = 1;
  std::uint64_t elements = 1;
  std::uint64_t rows() const { return width == 0 ? 0 : (elements + width - 1) / width; }
  bool operator==(const BufferShape&) const = default;
};
// A number that the launch was given: "n" is 100.
struct NamedNumber {
  std::string name;
  std::uint64_t value = 0;
};
BufferShape guess_shape(std::uint64_t elements, std::span<const NamedNumber> scalars);
// What a person chose, made to fit: nothing is 0, nothing larger than the buffer.
BufferShape fitting_shape(BufferShape wanted);

std::string index_text(const BufferShape& shape, std::uint64_t element);  // "[96][0]"
// The elements as people write them: "[96..97][0..15]"; "" where they are no box.
std::string box_text(const BufferShape& shape, std::span<const std::uint64_t> elements);
std::string shape_text(const BufferShape& shape);  // "100 × 100"

// What of a picture is seen: the element at the upper left, and how large one is.
struct PictureView {
  double x = 0, y = 0;            // elements
  double cell_x = 1, cell_y = 1;  // physical pixels
};
PictureView fitted_view(const BufferShape& shape, const Rect& where);
// Keeps the point under the pointer where it is; no smaller than fitted, no larger than `largest` pixels an element.
PictureView zoomed_view(const PictureView& view, const BufferShape& shape, const Rect& where, Vec2 pointer,
                        double factor, double largest);
// So that something is always seen, and what fits is centred at the left.
PictureView clamped_view(PictureView view, const BufferShape& shape, const Rect& where);
Rect element_rect(const PictureView& view, const BufferShape& shape, const Rect& where, std::uint64_t element);
// The element at a point, or -1.
std::int64_t element_at(const PictureView& view, const BufferShape& shape, const Rect& where, Vec2 at);

}  // namespace warpscope::scene
