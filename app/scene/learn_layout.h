// scene/learn_layout.h: where everything of the Learn workspace's left panel and network picture stands. Floor 6.
// Pure geometry: a network, a rectangle and a scale in; rectangles in physical pixels out. Lengths below are logical.
#pragma once

#include <optional>
#include <vector>

#include "app/scene/geometry.h"
#include "compute/session/learn_view.h"

namespace warpscope::scene {

// A column of the network picture: one layer's numbers as a grid of cells, read row by row.
struct NetworkColumn {
  enum class Kind {
    kInput,    // one picture
    kWeights,  // one picture a unit: the weights of a dense layer that reads the picture itself
    kMaps,     // one picture a map of a convolution
    kPool,     // one picture a map after max pooling
    kUnits,    // one plain cell a unit of a hidden dense layer
    kOutput    // one row a class
  };
  Kind kind = Kind::kInput;
  int layer = -1;         // Activations::layers index of what is shown, after the activation function; -1: the input
  int made_by = -1;       // the conv, pool or dense layer these numbers come from; -1: the input
  int reads = -1;         // column whose numbers `made_by` reads; -1: none
  training::Shape shape;  // of the numbers shown: (maps, height, width), (units, 1, 1)
  int count = 1;          // cells
  int columns = 1, rows = 1;
  int zoom = 1;    // physical pixels a picture's pixel takes on each side
  int shrink = 1;  // n: too little room for whole pixels, n x n of them are averaged into one
  Rect grid;       // of all cells
  float cell_w = 0, cell_h = 0, pitch_x = 0, pitch_y = 0;
  float title_x = 0, title_width = 0;  // room for the header text above
  Rect scale_bar;                      // its colour scale in the foot; no width where it has none

  bool pictures() const { return kind != Kind::kUnits && kind != Kind::kOutput; }
  Rect cell(int index) const;
  // The pixel (row, column) of cell `index`, in physical pixels. Only where pictures().
  Rect pixel(int index, int row, int column) const;
};

struct NetworkLayout {
  Rect area;
  bool compact = false;                // tighter texts and margins
  std::vector<NetworkColumn> columns;  // from the input to the output
  float title_y = 0, caption_y = 0;    // top of the header's two lines
  Rect note;                           // under the input: what is shown, or how to look at it
  Rect callout;                        // place of the worked sum; no width: it goes to the panel at the right
  Rect modes;                          // maps, filters, change

  const NetworkColumn& output() const { return columns.back(); }
  // Column that shows the numbers made by this layer; -1 where there is none.
  int column_of(int made_by, NetworkColumn::Kind kind) const;
};

NetworkLayout layout_network(const training::NetworkSpec& network, Rect area, float scale);

// What lies under a point of the picture. row and column only for pictures.
struct NetworkHit {
  int column = -1;  // of NetworkLayout::columns
  int cell = -1;
  int row = -1;
  int pixel_column = -1;
};
std::optional<NetworkHit> hit_network(const NetworkLayout& layout, Vec2 point);

// The left panel from top to bottom. Rects of width 0 are left out for want of room.
struct LearnLeftLayout {
  float padding = 16;
  Rect header;  // "Draw a digit"
  Rect pad;     // square
  Rect tools;
  Rect reading;  // "What the network sees" with bars and keys
  Rect gallery;
};
LearnLeftLayout layout_learn_left(Rect panel, float scale);

// The reading: picture, digit and runner-up beside it, bars standing on ten keys.
struct ReadingLayout {
  Rect title;
  Rect picture;          // 28 x 28 at a whole-number zoom
  Rect verdict;          // right of the picture
  Rect picture_caption;  // no width: left out
  Rect bars;             // ten columns side by side
  Rect keys;             // the same ten columns
  Rect caption;          // no width: left out
  Rect bar(int digit) const;
  Rect key(int digit) const;
};
ReadingLayout layout_reading(Rect area, float scale);
// Height the reading takes at its fullest and at its tightest.
float reading_height(float panel_width, float scale);
float smallest_reading_height(float scale);

// The gallery: a grid of thumbnails with a line of text under each.
struct GalleryLayout {
  Rect title;
  Rect view;  // where thumbnails show; scrolls
  int columns = 1;
  float side = 0;  // of a thumbnail
  float pitch_x = 0, pitch_y = 0;
  float content_height = 0;
  Rect thumbnail(int index, float scroll) const;
  // Thumbnails from first to last (exclusive) touch the view.
  int first_visible(float scroll) const;
  int last_visible(float scroll, int count) const;
};
GalleryLayout layout_gallery(Rect area, int count, float scale);

}  // namespace warpscope::scene
