// panels/convolve_left.h: the sections of Convolve's left panel, one below the other in a column that scrolls. Floor 7.
// GUI thread.
#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include "app/panels/convolve_edit.h"
#include "app/panels/convolve_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

struct LeftColumn {
  const Frame& f;
  scene::Rect panel;
  float x = 0, width = 0;  // of what is drawn, within the panel's margins
  float y = 0;             // where the next thing goes
  bool compact = false;
  bool wheel_taken = false;  // by what is under the pointer: the column does not scroll

  scene::Rect row(float height) const { return {x, std::round(y), width, height}; }
};

void put_pictures(LeftColumn& column);
void put_filter(LeftColumn& column);
void put_cells(LeftColumn& column, const convolution::Stage& stage, int filter);
void put_presets(LeftColumn& column);
void put_chain(LeftColumn& column);
void put_how(LeftColumn& column);

// A header line of a section; returns where its caption may not go further to the right.
void put_section(LeftColumn& column, std::string_view title, std::string_view caption, float right = 0);
void put_divider(LeftColumn& column);
// A line or two of small text below a control.
void put_note(LeftColumn& column, std::string_view words, scene::Rgba ink);
// What the panel explains while the pointer is over `r`.
void speak_of(const Frame& f, scene::Rect r, std::string_view what);

// The filter as a small picture in signed colours.
void draw_filter_picture(const Frame& f, std::string_view key, const convolution::Filter& filter, scene::Rect r);
scene::Rgba weight_color(const convolution::Filter& filter, float weight);

// Puts this stage in the place of the one that is edited, and sends it.
void change_convolve_stage(const Frame& f, convolution::Stage stage);
// Behind the chosen stage; nothing where the chain is as long as it may be. The last stage cannot be removed.
void add_convolve_stage(const Frame& f, convolution::StageKind kind);
void remove_convolve_stage(const Frame& f, int stage);
// Which of the edited stage's filters is shown in the cells.
int edited_filter(const Frame& f, const convolution::Stage& stage);
// "Weight 2,3": row 2, column 3.
std::string cell_name(int row, int column);

}  // namespace warpscope::panels
