// What the badge in the top bar opens: what computes, and why.
#include <algorithm>

#include "app/frame_parts.h"
#include "app/panels/widgets.h"

namespace warpscope::app {
namespace {

using panels::Align;
using panels::Frame;
using panels::Icon;
using panels::Type;
using scene::Rect;

// Draws from `top` downwards, or only measures: both are the same walk, so that the card is as high as what is in it.
class Card {
 public:
  Card(const Frame& f, scene::Vec2 top, float width, bool measures)
      : f_(f), x_(top.x), y_(top.y), width_(width), measures_(measures) {}

  float y() const { return y_; }
  void skip(float logical) { y_ += f_.px(logical); }

  void heading(std::string_view words) {
    if (!measures_) panels::text(f_, {x_, y_}, Type::kTitle, f_.colors.text, words, Align::kLeft, width_);
    y_ += f_.px(26);
  }
  void note(std::string_view words, scene::Rgba ink) {
    y_ += panels::paragraph(f_, {x_, y_}, width_, Type::kSmall, ink, words, measures_) + f_.px(6);
  }
  // A device: a check where it is used, a ring where it is not.
  void device(bool used, std::string_view name, std::string_view why) {
    const float indent = f_.px(24);
    if (!measures_) {
      const scene::Vec2 mark{x_ + f_.px(6), y_ + f_.px(9)};
      if (used) {
        panels::icon(f_, Icon::kCheck, mark, f_.px(14), f_.colors.good);
      } else {
        ImGui::GetWindowDrawList()->AddCircle({mark.x, mark.y}, f_.px(4.5F), f_.colors.text3, 24, f_.px(1.5F));
      }
      panels::text(f_, {x_ + indent, y_}, Type::kLabel, f_.colors.text, name, Align::kLeft, width_ - indent);
    }
    y_ += f_.px(20);
    y_ += panels::paragraph(f_, {x_ + indent, y_}, width_ - indent, Type::kSmall, f_.colors.text2, why, measures_) +
          f_.px(10);
  }
  void row(std::string_view words) {
    const float indent = f_.px(24);
    if (!measures_) {
      panels::text(f_, {x_ + indent, y_}, Type::kNumber, f_.colors.text2, words, Align::kLeft, width_ - indent);
    }
    y_ += f_.px(20);
  }
  // What Convolve may be told to use.
  void choices() {
    struct Choice {
      const char* name;
      device::Wanted wanted;
      const char* tip;
    };
    constexpr Choice kChoices[] = {
        {"Best device", device::Wanted::kAuto, "A GPU where one can be used, else the virtual GPU"},
        {"GPU", device::Wanted::kCuda, "Looks for it anew"},
        {"Virtual GPU", device::Wanted::kVirtual, "The same PTX, executed on the processor"},
    };
    const float height = f_.px(28);
    float x = x_;
    for (const Choice& choice : kChoices) {
      if (measures_) break;
      const panels::ButtonLook look{.tip = choice.tip, .type = Type::kSmall};
      const float width = panels::button_width(f_, choice.name, look);
      if (panels::button(f_, choice.name, {x, y_, width, height}, look)) {
        f_.send_convolve(session::ChooseDevice{{.wanted = choice.wanted, .ordinal = {}}});
      }
      x += width + f_.px(6);
    }
    y_ += height + f_.px(10);
  }

 private:
  const Frame& f_;
  float x_, y_, width_;
  bool measures_;
};

void fill_convolve(const Frame& f, Card& card) {
  const device::DeviceStatus& status = f.convolve.device;
  if (status.name.empty()) return;
  card.heading("Convolve");
  card.device(status.state != device::DeviceState::kLost, status.name, status.why);
  for (const std::string& fact : status.facts) card.row(fact);
  const bool interop = f.convolve.screen.kind == session::ScreenPath::Kind::kInterop;
  if (interop) {
    card.note("Pictures stay on the GPU: it writes them into the window's texture (CUDA-OpenGL interop).",
              f.colors.text2);
  } else if (!f.convolve.screen.why.empty()) {
    card.note(f.convolve.screen.why, f.colors.text2);
  }
  card.choices();
}

void fill(const Frame& f, const DeviceReport& devices, Card& card) {
  card.heading("What computes here, and why");
  if (devices.lines.empty()) card.note("Looking for devices …", f.colors.text3);
  for (const DeviceReport::Line& line : devices.lines) card.device(line.found, line.name, line.why);
  if (f.ui.workspace == panels::Workspace::kConvolve) fill_convolve(f, card);
}

}  // namespace

void draw_device_card(const Frame& f, const scene::FrameLayout& layout, const DeviceReport& devices) {
  if (!f.ui.device_card_open) return;
  const Rect badge = target_rect(f, "Device");
  const float margin = f.px(16);
  const float width = std::min(f.px(400), layout.top_bar.w - 2 * f.px(8));
  const float left = std::clamp(badge.right() - width, f.px(8), layout.top_bar.w - width - f.px(8));
  const float top = layout.top_bar.bottom() + f.px(4);
  const scene::Vec2 inside{left + margin, top + f.px(14)};
  Card measured(f, inside, width - 2 * margin, true);
  fill(f, devices, measured);
  const Rect card{left, top, width, measured.y() + f.px(8) - top};
  const panels::Overlay overlay(f, "device", card, panels::Overlay::Kind::kTakesInput);
  panels::callout(f, card, false);
  Card drawn(f, inside, width - 2 * margin, false);
  fill(f, devices, drawn);
  close_when_clicked_beside(f, card, badge, f.ui.device_card_open);
}

}  // namespace warpscope::app
