// drawings/stroke_editor.h: the model behind the drawing pad: pen, eraser, undo, redo. Floor 1. Owned by the GUI
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/drawings/drawing.h"

namespace warpscope::drawings {

class StrokeEditor {
 public:
  explicit StrokeEditor(float canvas_width = 280, float canvas_height = 280);

  // Pen. Points closer than a fraction of a pixel to the last are dropped; points outside the canvas are clamped.
  void pen_down(StrokePoint point);
  void pen_move(StrokePoint point);
  void pen_up();
  bool pen_is_down() const { return pen_down_; }

  // Eraser: takes away what lies within `radius` of the segment from..to, splitting strokes where it cuts them.
  // erase_begin/erase_end enclose one gesture, which is one undo step.
  void erase_begin();
  void erase_along(StrokePoint from, StrokePoint to, float radius);
  void erase_end();

  void clear();                   // one undo step; also forgets the label, as a new drawing begins
  void replace(Drawing drawing);  // load another drawing; one undo step
  bool undo();                    // false where there is nothing to undo
  bool redo();
  bool can_undo() const { return !undone_from_.empty(); }
  bool can_redo() const { return !redo_to_.empty(); }

  const Drawing& drawing() const { return drawing_; }
  // Goes up with every visible change: what a predictor compares to know that there is something new.
  std::uint64_t version() const { return version_; }

 private:
  void remember();         // pushes the present state as an undo step
  void finish_gestures();  // lifts pen and eraser
  StrokePoint on_canvas(StrokePoint point) const;
  static bool is_finite(const StrokePoint& point);

  Drawing drawing_;
  std::vector<Drawing> undone_from_;
  std::vector<Drawing> redo_to_;
  std::uint64_t version_ = 1;
  bool pen_down_ = false;
  bool erasing_ = false;
  bool erased_something_ = false;  // during this gesture
};

// A smooth curve through a stroke's points for drawing on screen (centripetal Catmull-Rom), at most `step` units apart.
Stroke smooth(const Stroke& stroke, float step);

// Takes out the steps that a pointer's whole pixels leave: every point becomes the weighted mean of those within
// `reach` along the stroke. Both ends stay; points further apart than that stay, too.
Stroke without_jitter(const Stroke& stroke, float reach);

}  // namespace warpscope::drawings
