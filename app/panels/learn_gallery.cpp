#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/learn_actions.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"
#include "app/scene/learn_layout.h"

namespace warpscope::panels {

namespace {

using session::GalleryItem;

bool read_wrongly(const GalleryItem& item) {
  return item.read_as >= 0 && item.read_as != item.label;
}

void draw_digit(const Frame& f, const GalleryItem& item, scene::Rect r) {
  f.images.draw(
      *ImGui::GetWindowDrawList(), fmt::format("g{}", item.id), 1, drawings::kImageSide, drawings::kImageSide,
      [&item](std::span<scene::Rgba> out) {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = scene::grey(static_cast<float>(item.image[i]) / 255);
      },
      r);
}

// "2026-11-21T11:38:48.123Z" as people write it.
std::string created_text(const GalleryItem& item) {
  if (item.created.size() < 16) return item.created;
  return fmt::format("{} {} UTC", item.created.substr(0, 10), item.created.substr(11, 5));
}

// Beside the pointer, above everything: the picture larger, and what is known of it.
void draw_card(const Frame& f, const GalleryItem& item, scene::Rect thumbnail) {
  const float side = f.px(28) * 5, padding = f.px(12), lines = f.px(20);
  const scene::Rect r{thumbnail.right() + f.px(12), 0, side + 2 * padding, side + 2 * padding + 3 * lines + f.px(4)};
  const float bottom = ImGui::GetIO().DisplaySize.y - f.px(8);
  const float y = std::clamp(thumbnail.centre().y - r.h / 2, f.px(8), std::max(f.px(8), bottom - r.h));
  const scene::Rect card{r.x, std::round(y), r.w, r.h};
  const Overlay overlay(f, "drawing", card, Overlay::Kind::kShows);
  callout(f, card, false);
  const scene::Rect picture{card.x + padding, card.y + padding, side, side};
  draw_digit(f, item, picture);
  stroke(f, picture.inset(-f.px(1)), f.colors.strong, 0, f.px(1));
  float line_y = picture.bottom() + f.px(6);
  text(f, {picture.x, line_y}, Type::kTitle, f.colors.text, fmt::format("Labelled {}", item.label));
  line_y += lines;
  const bool wrong = read_wrongly(item);
  text(f, {picture.x, line_y}, Type::kCaption, wrong ? f.colors.warning : f.colors.text2,
       item.read_as < 0 ? "not read yet" : fmt::format("read {}, {:.1f} % sure", item.read_as, 100 * item.confidence));
  line_y += lines;
  text(f, {picture.x, line_y}, Type::kCaption, f.colors.text3, created_text(item), Align::kLeft, side);
}

void draw_item(const Frame& f, const GalleryItem& item, int index, scene::Rect r, float pitch) {
  UiState& ui = f.ui;
  const AreaState pointer = area(f, fmt::format("Drawing {}", item.id), r);
  const bool wrong = read_wrongly(item), selected = ui.selected_drawing == item.id;
  draw_digit(f, item, r);
  if (wrong) {
    stroke(f, r.inset(-f.px(1)), f.colors.warning, 0, f.px(2));
  } else {
    stroke(f, r.inset(-f.px(1)), f.colors.strong, 0, f.px(1));
  }
  if (selected) mark_selected(f, r);
  const float y = r.bottom() + f.px(2);
  const std::string label = fmt::format("{}", item.label);
  const float width = text(f, {r.x + f.px(1), y}, Type::kMicro, f.colors.text2, label);
  if (wrong) {
    // In words where they fit, else as "1 → 7".
    const std::string words = fmt::format("read {}", item.read_as), arrow = fmt::format("→{}", item.read_as);
    const bool fits = width + f.px(8) + text_width(f, Type::kMicro, words) <= pitch - f.px(4);
    const float right = std::min(r.right(), r.x + pitch - f.px(2));
    if (fits) {
      text(f, {right, y}, Type::kMicro, f.colors.warning, words, Align::kRight);
    } else {
      text(f, {r.x + f.px(1) + width + f.px(2), y}, Type::kMicro, f.colors.warning, arrow);
    }
  }
  if (pointer.hovered) {
    ui.hovered = {Focus::Kind::kGalleryItem, -1, index, -1, -1, {}};
    draw_card(f, item, r);
  }
  if (pointer.clicked) {
    if (selected) {
      ui.selected_drawing.reset();
    } else {
      ui.selected_drawing = item.id;
    }
  }
}

void draw_empty(const Frame& f, scene::Rect r) {
  const std::string_view title = "No drawings yet";
  const std::string_view about =
      "Draw a digit and press its key: it is kept here, and the network learns from it at once.";
  const float high =
      line_height(f, Type::kTitle) + f.px(4) + paragraph(f, {}, r.w, Type::kSmall, f.colors.text2, about, true);
  const bool centred = r.h > high + f.px(24);
  const float y = centred ? std::round(r.y + std::min((r.h - high) / 3, f.px(48))) : r.y;
  if (high <= r.h) text(f, {r.x, y}, Type::kTitle, f.colors.text2, title);
  const float below = high <= r.h ? line_height(f, Type::kTitle) + f.px(4) : 0;
  paragraph(f, {r.x, y + below}, r.w, Type::kSmall, f.colors.text3, about);
}

// Count, delete, import and export in one line.
void draw_title(const Frame& f, scene::Rect r, std::size_t count) {
  GalleryState& state = f.ui.learn.gallery;
  const float y = std::round(r.centre().y - line_height(f, Type::kTitle) / 2);
  float x = r.x + text(f, {r.x, y}, Type::kTitle, f.colors.text, "Your drawings") + f.px(8);
  text(f, {x, y}, Type::kNumber, f.colors.text3, with_thousands(static_cast<long long>(count)));
  const float side = f.px(24);
  x = r.right() - 2 * side;
  const auto ask = [&](GalleryState::Asking what, const char* folder) {
    state.asking = state.asking == what ? GalleryState::Asking::kNothing : what;
    state.folder = (f.view.data_dir / folder).string();
    enter_field(f, "Folder");
  };
  const ButtonLook import{
      .icon = Icon::kImport, .tip = "Import drawings from a folder", .label_hidden = true, .ghost = true};
  if (button(f, "Import drawings", {x, r.y, side, r.h}, import)) ask(GalleryState::Asking::kImportFolder, "import");
  const ButtonLook out{.icon = Icon::kExport,
                       .enabled = count > 0,
                       .tip = "Export all drawings into a folder",
                       .label_hidden = true,
                       .ghost = true};
  if (button(f, "Export drawings", {x + side, r.y, side, r.h}, out)) ask(GalleryState::Asking::kExportFolder, "export");
  if (!f.ui.selected_drawing) return;
  const ButtonLook trash{
      .icon = Icon::kTrash, .tip = "Delete the chosen drawing (Delete)", .label_hidden = true, .ghost = true};
  if (button(f, "Delete drawing", {x - side, r.y, side, r.h}, trash)) delete_chosen_drawing(f);
}

// Above the gallery: which folder. Enter or the button sends it, Esc leaves.
void draw_folder_card(const Frame& f, scene::Rect panel) {
  GalleryState& state = f.ui.learn.gallery;
  if (state.asking == GalleryState::Asking::kNothing) return;
  const bool out = state.asking == GalleryState::Asking::kExportFolder;
  const float padding = f.px(12), row = f.px(scene::size::kControl), gap = f.px(8);
  const std::string_view title = out ? "Export all drawings into" : "Import drawings from";
  const std::string_view about = out ? "Strokes as JSON, pictures as PNG, and all together as IDX files."
                                     : "Strokes (JSON), digit pictures (PNG) or IDX files of that folder.";
  const float width = std::max(f.px(320), panel.w - 2 * f.px(8));
  const float about_height = paragraph(f, {}, width - 2 * padding, Type::kCaption, f.colors.text3, about, true);
  const float height = 2 * padding + f.px(20) + about_height + 2 * (gap + row);
  const scene::Rect card{panel.x + f.px(8), panel.y - height + f.px(28), width, height};
  const Overlay overlay(f, "folder", card, Overlay::Kind::kTakesInput);
  callout(f, card, true);
  const float x = card.x + padding, inner = card.w - 2 * padding;
  float y = card.y + padding;
  text(f, {x, y}, Type::kTitle, f.colors.text, title);
  y += f.px(20);
  y += paragraph(f, {x, y}, inner, Type::kCaption, f.colors.text3, about) + gap;
  bool go = text_field(f, "Folder", {x, y, inner, row}, state.folder, "a folder's path");
  y += row + gap;
  const float wide = f.px(88);
  const ButtonLook primary{.primary = true, .enabled = !state.folder.empty()};
  if (button(f, out ? "Export" : "Import", {x + inner - wide, y, wide, row}, primary)) go = true;
  const bool cancel = button(f, "Cancel", {x + inner - 2 * wide - gap, y, wide, row});
  if (go && !state.folder.empty()) {
    if (out) {
      f.send(session::ExportDrawings{state.folder});
    } else {
      f.send(session::ImportDrawings{state.folder});
    }
  }
  if (go || cancel) state.asking = GalleryState::Asking::kNothing;
}

void draw_scroll_bar(const Frame& f, const scene::GalleryLayout& layout, float scroll) {
  if (layout.content_height <= layout.view.h || layout.view.h <= 0) return;
  const float part = layout.view.h / layout.content_height;
  const float high = std::max(f.px(16), layout.view.h * part);
  const float travel = layout.view.h - high, range = layout.content_height - layout.view.h;
  fill(f, {layout.view.right() + f.px(4), layout.view.y + travel * scroll / range, f.px(3), high}, f.colors.strong,
       f.px(1));
}

}  // namespace

void draw_gallery(const Frame& f, scene::Rect r) {
  UiState& ui = f.ui;
  const auto& items = f.view.gallery->items;
  const int count = static_cast<int>(items.size());
  const scene::GalleryLayout layout = scene::layout_gallery(r, count, f.scale);
  if (ui.selected_drawing && std::none_of(items.begin(), items.end(),
                                          [&](const GalleryItem& item) { return item.id == *ui.selected_drawing; })) {
    ui.selected_drawing.reset();
  }
  draw_title(f, layout.title, items.size());
  float& scroll = ui.learn.gallery.scroll;
  if (hovered(f, layout.view)) scroll -= ImGui::GetIO().MouseWheel * layout.pitch_y;
  scroll = std::clamp(scroll, 0.0F, std::max(0.0F, layout.content_height - layout.view.h));
  if (count == 0) {
    draw_empty(f, layout.view);
  } else {
    const float ring = f.px(4);
    const Clip clip({layout.view.x - ring, layout.view.y - ring, layout.view.w + 2 * ring, layout.view.h + ring});
    for (int i = layout.first_visible(scroll); i < layout.last_visible(scroll, count); ++i) {
      draw_item(f, items[static_cast<std::size_t>(i)], i, layout.thumbnail(i, scroll), layout.pitch_x);
    }
  }
  draw_scroll_bar(f, layout, scroll);
  draw_folder_card(f, r);
}

}  // namespace warpscope::panels
