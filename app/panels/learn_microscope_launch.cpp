#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/explanation_flow.h"
#include "app/panels/learn_microscope.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::MicroscopeLaunch;
using session::MicroscopeTensor;

constexpr float kRow = 22, kButton = 28;

std::string shared_text(std::uint64_t bytes) {
  if (bytes == 0) return "no shared memory";
  return bytes < 1024 ? fmt::format("{} bytes shared", bytes)
                      : fmt::format("{:.1f} KiB shared", static_cast<double>(bytes) / 1024);
}

std::string occupancy_text(const Frame& f, const MicroscopeLaunch& launch) {
  std::string text = fmt::format("occupancy {:.0f} % on {}", 100 * launch.occupancy, f.view.microscope->gpu);
  if (!launch.limiter.empty()) text += fmt::format(", limited by {}", launch.limiter);
  return text;
}

// What it is, and the ways on. Returns where it ends.
float draw_words(const Frame& f, Rect r, const MicroscopeLaunch& launch, int index) {
  float y = r.y;
  const Clip clip(r);
  text(f, {r.x, y}, Type::kTitle, f.colors.text, launch.title.empty() ? launch.kernel : launch.title, Align::kLeft,
       r.w);
  y += line_height(f, Type::kTitle) + f.px(2);
  text(f, {r.x, y}, Type::kTick, f.colors.text3, fmt::format("{}.cu, {}", launch.file, launch.kernel), Align::kLeft,
       r.w);
  y += line_height(f, Type::kTick) + f.px(8);
  const std::string lines[] = {launch.shapes,
                               fmt::format("{}, {} registers, {}", launch_shape_text(launch.grid, launch.block),
                                           launch.registers, shared_text(launch.shared_bytes)),
                               occupancy_text(f, launch)};
  const float bottom = r.bottom() - f.px(kButton) - f.px(8);
  for (const std::string& each : lines) {
    if (each.empty() || y + line_height(f, Type::kSmall) > bottom) continue;
    text(f, {r.x, y}, Type::kSmall, f.colors.text2, each, Align::kLeft, r.w);
    y += line_height(f, Type::kSmall) + f.px(3);
  }
  const float idea = paragraph(f, {r.x, y}, r.w, Type::kSmall, f.colors.text2, launch.idea, true);
  if (y + f.px(4) + idea <= bottom) {
    paragraph(f, {r.x, y + f.px(4)}, r.w, Type::kSmall, f.colors.text2, launch.idea);
    y += f.px(4) + idea;
  }
  const ButtonLook step{.icon = Icon::kStep, .primary = true, .key = "Enter"};
  const ButtonLook map{.icon = Icon::kLaunch, .label = "SM map"};
  const float top = std::round(std::min(y + f.px(10), r.bottom() - f.px(kButton)));
  const float width = button_width(f, "Open in Step", step);
  if (button(f, "Open in Step", {r.x, top, width, f.px(kButton)}, step)) {
    open_launch(f, index, session::LaunchTarget::kStep);
  }
  const Rect second{r.x + width + f.px(8), top, button_width(f, "Open in SM map", map), f.px(kButton)};
  if (button(f, "Open in SM map", second, map)) open_launch(f, index, session::LaunchTarget::kMap);
  return top + f.px(kButton);
}

struct TensorColumns {
  float argument = 0, type = 0, numbers = 0;  // x; 0: left out
  float name_width = 0;
};

TensorColumns place_tensor_columns(const Frame& f, Rect r) {
  TensorColumns c;
  const float numbers = f.px(250), type = f.px(170), argument = f.px(112);
  float right = r.right();
  if (r.w > f.px(400)) c.numbers = right -= numbers;
  if (r.w > f.px(570)) c.type = right -= type;
  if (r.w > f.px(690)) c.argument = right -= argument;
  c.name_width = right - r.x - f.px(24);
  return c;
}

void draw_tensor(const Frame& f, Rect row, const TensorColumns& c, const MicroscopeTensor& tensor) {
  const float y = row.centre().y - line_height(f, Type::kTick) / 2;
  // An arrow into the kernel or out of it: what is written differs in shape from what is read, not in colour alone.
  const float middle = row.centre().y, left = row.x + f.px(2), right = row.x + f.px(12);
  const scene::Rgba ink = tensor.writes ? f.colors.positive : f.colors.text3;
  line(f, {left, middle}, {right, middle}, ink, f.px(1));
  const float tip_x = tensor.writes ? right : left, back = tensor.writes ? -f.px(3) : f.px(3);
  line(f, {tip_x, middle}, {tip_x + back, middle - f.px(3)}, ink, f.px(1));
  line(f, {tip_x, middle}, {tip_x + back, middle + f.px(3)}, ink, f.px(1));
  text(f, {row.x + f.px(20), row.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text,
       tensor.name, Align::kLeft, c.name_width);
  if (c.argument > 0) text(f, {c.argument, y}, Type::kTick, f.colors.text3, tensor.argument, Align::kLeft, f.px(106));
  if (c.type > 0) {
    text(f, {c.type, y}, Type::kTick, f.colors.text2, fmt::format("{} {}", tensor.type, tensor.shape), Align::kLeft,
         f.px(164));
  }
  if (c.numbers == 0) return;
  if (tensor.not_finite > 0) {
    text(f, {row.right(), y}, Type::kTick, f.colors.error, fmt::format("{} not finite", tensor.not_finite),
         Align::kRight);
    return;
  }
  text(f, {row.right(), y}, Type::kTick, f.colors.text2,
       fmt::format("{:.3g} … {:.3g}, mean {:.3g}", tensor.least, tensor.greatest, tensor.mean), Align::kRight);
}

void draw_tensors(const Frame& f, Rect r, const MicroscopeLaunch& launch) {
  MicroscopeState& state = f.ui.learn.microscope;
  const float title = line_height(f, Type::kTitle) + f.px(6);
  panel_title(f, {r.x, r.y}, "Its tensors", "read ← and written → in this step", r.w);
  const Rect body{r.x, r.y + title, r.w, r.h - title};
  const float row = f.px(kRow), content = row * static_cast<float>(launch.tensors.size());
  scroll_by_wheel(f, body, content, state.tensors_scroll);
  {
    const Clip clip(body);
    const Rect inside{body.x, body.y, body.w - f.px(8), body.h};
    const TensorColumns columns = place_tensor_columns(f, inside);
    float y = body.y - state.tensors_scroll;
    for (const MicroscopeTensor& tensor : launch.tensors) {
      if (y + row > body.y && y < body.bottom()) draw_tensor(f, {inside.x, y, inside.w, row}, columns, tensor);
      y += row;
    }
  }
  scroll_mark(f, body, content, state.tensors_scroll);
}

// Where the number lies between the ends of its tensor.
scene::Rgba colour_of(float value, const MicroscopeTensor& tensor) {
  if (std::isnan(value)) return 0;
  const float most = std::max(std::abs(tensor.least), std::abs(tensor.greatest));
  if (tensor.least < 0) return scene::signed_color(most > 0 ? value / most : 0);
  const float range = tensor.greatest - tensor.least;
  return scene::cividis(range > 0 ? (value - tensor.least) / range : 0);
}

// Whole numbers of pixels for a number where there is room; a line is drawn as a band.
scene::Vec2 picture_size(const Frame& f, const session::TensorPicture& picture, float room_w, float room_h) {
  const auto width = static_cast<float>(picture.width), height = static_cast<float>(picture.height);
  if (picture.height == 1) return {std::min(room_w, f.px(220)), f.px(14)};
  const float fits = std::min(room_w / width, room_h / height);
  const float zoom = fits >= 1 ? std::min(std::floor(fits), f.px(8)) : fits;
  return {std::floor(width * zoom), std::floor(height * zoom)};
}

// Every tensor of the launch as a picture of its numbers, in the order of the list.
void draw_pictures(const Frame& f, Rect r, const MicroscopeLaunch& launch) {
  const float caption = line_height(f, Type::kCaption), gap = f.px(20);
  const float room_h = r.h - 2 * caption - f.px(8);
  float x = r.x;
  for (const MicroscopeTensor& tensor : launch.tensors) {
    if (tensor.picture == nullptr) continue;
    const session::TensorPicture& picture = *tensor.picture;
    const scene::Vec2 size = picture_size(f, picture, f.px(260), room_h);
    const float width = std::max(size.x, std::min(f.px(120), text_width(f, Type::kCaption, tensor.name)));
    if (x + width > r.right()) break;
    text(f, {x, r.y}, Type::kCaption, tensor.writes ? f.colors.positive : f.colors.text2, tensor.name, Align::kLeft,
         width);
    const Rect place{x, r.y + caption + f.px(4), size.x, size.y};
    f.images.draw(
        *ImGui::GetWindowDrawList(), fmt::format("microscope/{}/{}", launch.kernel, tensor.argument),
        f.view.microscope->id * 4096 + static_cast<std::uint64_t>(f.ui.learn.microscope.chosen), picture.width,
        picture.height,
        [&](std::span<scene::Rgba> out) {
          for (std::size_t i = 0; i < out.size(); ++i) out[i] = colour_of(picture.values[i], tensor);
        },
        place);
    text(f, {x, place.bottom() + f.px(3)}, Type::kTick, f.colors.text3,
         fmt::format("{:.3g} … {:.3g}", tensor.least, tensor.greatest), Align::kLeft, width);
    if (hovered(f, place)) {
      tip(f, fmt::format("{} ({}), {} {}\n{}", tensor.name, tensor.argument, tensor.type, tensor.shape,
                         tensor.writes ? "as this launch left it" : "as this launch found it"));
    }
    x += width + gap;
  }
}

}  // namespace

void draw_microscope_launch(const Frame& f, Rect r) {
  const auto& launches = f.view.microscope->launches;
  const int index = f.ui.learn.microscope.chosen;
  if (index < 0 || index >= static_cast<int>(launches.size())) return;
  const MicroscopeLaunch& launch = launches[static_cast<std::size_t>(index)];
  const float gap = f.px(24);
  const float words = std::round(std::clamp(r.w * 0.4F, f.px(290), f.px(460)));
  const float tensors = line_height(f, Type::kTitle) + f.px(6) + f.px(kRow) * static_cast<float>(launch.tensors.size());
  const float upper = std::min(r.h, std::max(tensors, f.px(196)));
  draw_words(f, {r.x, r.y, words, upper}, launch, index);
  const float x = r.x + words + gap;
  line(f, {x - gap / 2, r.y}, {x - gap / 2, r.y + upper}, f.colors.hair, f.px(1));
  draw_tensors(f, {x, r.y, r.right() - x, upper}, launch);
  const Rect pictures{r.x, r.y + upper + f.px(16), r.w, r.h - upper - f.px(16)};
  if (pictures.h >= f.px(90)) draw_pictures(f, pictures, launch);
}

}  // namespace warpscope::panels
