#include "app/panels/convolve_left.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "app/panels/explanation_flow.h"

namespace warpscope::panels {
namespace {

using convolution::Picture;
using session::PictureChoice;

constexpr float kThumbnail = 48, kCaption = 18;

std::uint64_t address_of(const Picture& picture) {
  return std::bit_cast<std::uintptr_t>(&picture);
}

void draw_preview(const Frame& f, const PictureChoice& choice, scene::Rect r) {
  if (choice.preview == nullptr) {
    fill(f, r, f.colors.raised);
    return;
  }
  const Picture& picture = *choice.preview;
  const auto paint = [&picture](std::span<scene::Rgba> out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const int x = static_cast<int>(i) % picture.width, y = static_cast<int>(i) / picture.width;
      const auto byte = [&](int plane) {
        return static_cast<std::uint32_t>(std::clamp(picture.at(plane, x, y), 0.0F, 255.0F) + 0.5F);
      };
      const bool colour = picture.planes >= 3;
      out[i] = colour ? 0xFF000000U | byte(2) << 16 | byte(1) << 8 | byte(0) : 0xFF000000U | byte(0) * 0x010101U;
    }
  };
  f.images.draw(*ImGui::GetWindowDrawList(), fmt::format("cp{}", choice.title), address_of(picture), picture.width,
                picture.height, paint, r);
}

bool is_chosen(const session::PictureSource& a, const session::PictureSource& b) {
  session::PictureSource same = a;
  same.colour = b.colour;
  return same == b;
}

void draw_thumbnail(LeftColumn& column, const PictureChoice& choice, scene::Rect place) {
  const Frame& f = column.f;
  const scene::Rect picture{place.x, place.y, place.w, place.w};
  const AreaState pointer = area(f, choice.title, place);
  const bool by_key = register_widget(f, choice.title, place, true);
  draw_preview(f, choice, picture);
  const bool chosen = is_chosen(choice.source, f.convolve.source);
  stroke(f, picture.inset(-f.px(chosen ? 2 : 1)), chosen ? f.colors.accent : f.colors.strong, 0, f.px(chosen ? 2 : 1));
  if (pointer.hovered && !chosen) mark_hovered(f, picture);
  if (f.ui.widgets.focus == choice.title) focus_ring(f, picture.inset(-f.px(2)), 0);
  text(f, {place.centre().x, picture.bottom() + f.px(3)}, Type::kMicro, chosen ? f.colors.text : f.colors.text2,
       choice.title, Align::kCentre, place.w + f.px(8));
  if (!pointer.clicked && !by_key) return;
  session::PictureSource source = choice.source;
  source.colour = f.convolve.source.colour;
  f.send_convolve(session::ShowPicture{source});
}

LeftColumn column_of(const Frame& f, scene::Rect r) {
  const bool compact = r.w < f.px(300);
  const float padding = f.px(compact ? 12 : 16);
  return {f, r, r.x + padding, r.w - 2 * padding, r.y - std::round(f.ui.convolve.controls.scrolled), compact, false};
}

}  // namespace

void speak_of(const Frame& f, scene::Rect r, std::string_view what) {
  if (hovered(f, r)) f.ui.convolve.about = what;
}

void put_section(LeftColumn& column, std::string_view title, std::string_view caption, float right) {
  const Frame& f = column.f;
  const float high = f.px(scene::size::kPanelHeader);
  const float y = std::round(column.y + (high - line_height(f, Type::kTitle)) / 2);
  // A caption is whole, or not there.
  const float room = column.width - right - text_width(f, Type::kTitle, title) - f.px(20);
  const bool fits = text_width(f, Type::kCaption, caption) <= room;
  panel_title(f, {column.x, y}, title, fits ? caption : std::string_view(), column.width - right);
  column.y += high;
}

void put_divider(LeftColumn& column) {
  const Frame& f = column.f;
  line(f, {column.panel.x, std::round(column.y)}, {column.panel.right(), std::round(column.y)}, f.colors.hair, f.px(1));
  column.y += f.px(1);
}

void put_note(LeftColumn& column, std::string_view words, scene::Rgba ink) {
  column.y += paragraph(column.f, {column.x, std::round(column.y)}, column.width, Type::kCaption, ink, words);
  column.y += column.f.px(6);
}

scene::Rgba weight_color(const convolution::Filter& filter, float weight) {
  float most = 0;
  for (const float each : filter.weights) most = std::max(most, std::abs(each));
  // The strongest is not as deep as the scale goes, so that the numbers on it can be read.
  return scene::signed_color(most > 0 ? 0.85F * weight / most : 0);
}

void draw_filter_picture(const Frame& f, std::string_view key, const convolution::Filter& filter, scene::Rect r) {
  std::uint64_t version = 1469598103934665603U;
  for (const float weight : filter.weights) {
    version = (version ^ std::bit_cast<std::uint32_t>(weight)) * 1099511628211U;
  }
  const auto paint = [&filter](std::span<scene::Rgba> out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = weight_color(filter, filter.weights[i]);
  };
  f.images.draw(*ImGui::GetWindowDrawList(), fmt::format("cf{}/{}", key, filter.size), version, filter.size,
                filter.size, paint, r);
}

void put_pictures(LeftColumn& column) {
  const Frame& f = column.f;
  const scene::Rect header = column.row(f.px(scene::size::kPanelHeader));
  put_section(column, "Picture", "", 0);
  const std::string_view hint = column.compact ? "drop, or Ctrl O" : "drop a file, or Ctrl O";
  text(f, {header.right(), std::round(header.centre().y - line_height(f, Type::kCaption) / 2)}, Type::kCaption,
       f.colors.text3, hint, Align::kRight);
  const auto& choices = f.convolve.pictures;
  const int across = column.compact ? 4 : 6;
  const float side = f.px(column.compact ? 42 : kThumbnail);
  const float gap = (column.width - side * static_cast<float>(across)) / static_cast<float>(across - 1);
  const float down = side + f.px(kCaption + 10);
  const float top = std::round(column.y + f.px(4));
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto at = static_cast<int>(i);
    const float x = std::round(column.x + static_cast<float>(at % across) * (side + gap));
    draw_thumbnail(column, choices[i], {x, top + static_cast<float>(at / across) * down, side, side + f.px(kCaption)});
  }
  const auto rows =
      static_cast<float>((choices.size() + static_cast<std::size_t>(across) - 1) / static_cast<std::size_t>(across));
  column.y = top + rows * down;
  if (!f.convolve.problem.empty()) put_note(column, f.convolve.problem, f.colors.warning);
  speak_of(f, {column.panel.x, header.y, column.panel.w, column.y - header.y}, "picture");
}

void draw_convolve_left(const Frame& f, scene::Rect r) {
  ConvolveControls& controls = f.ui.convolve.controls;
  controls.scrolled = std::clamp(controls.scrolled, 0.0F, std::max(0.0F, controls.content - r.h));
  LeftColumn column = column_of(f, r);
  const float begin = column.y;
  {
    const Clip clip(r);
    put_pictures(column);
    put_divider(column);
    put_filter(column);
    put_divider(column);
    put_chain(column);
    put_divider(column);
    put_how(column);
  }
  controls.content = column.y - begin + f.px(8);
  const float before = controls.scrolled;
  if (!column.wheel_taken) scroll_by_wheel(f, r, controls.content, controls.scrolled);
  if (controls.scrolled != before) f.ui.wake_in(0);
  scroll_mark(f, r, controls.content, controls.scrolled);
}

}  // namespace warpscope::panels
