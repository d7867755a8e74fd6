#include "app/panels/fields.h"

namespace warpscope::panels {
namespace {

void paint_order(const ImDrawList*, const ImDrawCmd* command) {
  const auto& order = *static_cast<const Fields::Order*>(command->UserCallbackData);
  const ImVec4& clip = command->ClipRect;
  order.painter->paint(order.picture, {clip.x, clip.y, clip.z - clip.x, clip.w - clip.y});
}

void multiply_from_here(const ImDrawList*, const ImDrawCmd* command) {
  static_cast<FieldPainter*>(command->UserCallbackData)->multiply();
}

}  // namespace

void Fields::draw(ImDrawList& list, const FieldPicture& picture) {
  orders_.push_back({painter, picture});
  if (painter == nullptr) return;
  list.AddCallback(paint_order, &orders_.back());
  list.AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

void Fields::begin_multiply(ImDrawList& list) {
  if (painter != nullptr) list.AddCallback(multiply_from_here, painter);
}

void Fields::end_multiply(ImDrawList& list) {
  if (painter != nullptr) list.AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

}  // namespace warpscope::panels
