#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "app/panels/keys.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

constexpr float kFieldPadding = 10;

std::optional<std::string> take_pending(const Frame& f, std::string_view name) {
  const auto found = f.ui.pending_sets.find(std::string(name));
  if (found == f.ui.pending_sets.end()) return std::nullopt;
  std::string value = std::move(found->second);
  f.ui.pending_sets.erase(found);
  return value;
}

struct Edit {
  bool active = false;
  bool changed = false;   // a character came or went in this frame
  bool finished = false;  // Enter, or the keyboard went elsewhere
};

struct FieldLook {
  Type type = Type::kCode;
  std::string_view hint = {};
  bool broken = false;
  bool select_all = true;
  FieldFrame frame = FieldFrame::kDrawn;
};

// ImGui asks for room when the text outgrows its buffer.
int grow(ImGuiInputTextCallbackData* data) {
  if (data->EventFlag != ImGuiInputTextFlags_CallbackResize) return 0;
  auto& string = *static_cast<std::string*>(data->UserData);
  string.resize(static_cast<std::size_t>(data->BufTextLen));
  data->Buf = string.data();
  return 0;
}

void draw_field_frame(const Frame& f, scene::Rect r, bool active, bool hot, bool broken) {
  const scene::Palette& c = f.colors;
  const float radius = f.px(scene::size::kRadiusControl);
  fill(f, r, broken ? c.error_tint : hot && !active ? c.hover : c.raised, radius);
  stroke(f, r, broken ? c.error : active ? c.accent : c.strong, radius, active ? f.px(2) : f.px(1));
}

// One line of text edited by ImGui inside a field drawn by us.
Edit edit_line(const Frame& f, std::string_view name, scene::Rect r, std::string& string, const FieldLook& look) {
  WidgetState& widgets = f.ui.widgets;
  f.ui.targets.push_back({std::string(name), r, true});
  widgets.order.emplace_back(name);
  const std::string id = fmt::format("##{}", name);
  const bool was_active = ImGui::GetActiveID() != 0 && ImGui::GetActiveID() == ImGui::GetID(id.c_str());
  if (look.frame == FieldFrame::kDrawn) draw_field_frame(f, r, was_active, hovered(f, r), look.broken);

  ImGui::PushFont(f.font(look.type));
  const scene::Rgba ink = look.broken ? f.colors.error : f.colors.text;
  ImGui::PushStyleColor(ImGuiCol_FrameBg, ImU32{0});
  ImGui::PushStyleColor(ImGuiCol_Text, was_active ? ink : ImU32{0});
  ImGui::PushStyleColor(ImGuiCol_TextSelectedBg, scene::with_alpha(f.colors.accent_fill, 0.45F));
  const float pad_y = std::max(0.0F, std::floor((r.h - ImGui::GetFontSize()) / 2));
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {f.px(kFieldPadding), pad_y});
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 0);
  ImGui::SetCursorScreenPos({r.x, r.y});
  ImGui::SetNextItemWidth(r.w);
  if (widgets.enter_field && widgets.focus == name) {
    ImGui::SetKeyboardFocusHere();
    widgets.enter_field = false;
    f.ui.wake_in(0);
  }
  Edit edit;
  ImGuiInputTextFlags flags = ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_CallbackResize;
  if (look.select_all) flags |= ImGuiInputTextFlags_AutoSelectAll;
  const std::string before = string;
  const bool entered = ImGui::InputText(id.c_str(), string.data(), string.capacity() + 1, flags, grow, &string);
  edit.active = ImGui::IsItemActive();
  edit.finished = entered || ImGui::IsItemDeactivated();
  edit.changed = string != before;
  if (ImGui::IsItemActivated()) widgets.focus = name;
  if (entered && widgets.focus == name) widgets.focus.clear();
  ImGui::PopStyleVar(2);
  ImGui::PopStyleColor(3);
  ImGui::PopFont();

  if (!was_active || string.empty()) {
    const float top = r.y + (r.h - line_height(f, look.type)) / 2;
    const float room = r.w - 2 * f.px(kFieldPadding);
    const bool empty = string.empty();
    text(f, {r.x + f.px(kFieldPadding), top}, look.type, empty ? f.colors.text3 : ink, empty ? look.hint : string,
         Align::kLeft, room);
  }
  return edit;
}

std::string number_text(double value, int decimals) {
  std::string string = fmt::format("{:.{}f}", value, decimals);
  if (decimals > 0) {
    string.erase(string.find_last_not_of('0') + 1);
    if (string.back() == '.') string.pop_back();
  }
  return string;
}

// A number somebody typed, or why it is not accepted.
struct Parsed {
  double value = 0;
  std::string problem;
};
Parsed parse_number(std::string_view string, double low, double high, int decimals) {
  const auto first = string.find_first_not_of(' ');
  if (first == std::string_view::npos) return {0, "A number is missing here."};
  string = string.substr(first, string.find_last_not_of(' ') - first + 1);
  std::string plain(string);
  std::replace(plain.begin(), plain.end(), ',', '.');
  double value = 0;
  const auto result = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (result.ec != std::errc() || result.ptr != plain.data() + plain.size() || !std::isfinite(value)) {
    return {0, fmt::format("\"{}\" is not a number.", string)};
  }
  if (decimals == 0 && value != std::floor(value)) return {0, "A whole number is needed."};
  if (value < low || value > high) {
    return {0, fmt::format("From {} to {}.", number_text(low, decimals), number_text(high, decimals))};
  }
  return {value, {}};
}

}  // namespace

void field_problem(const Frame& f, std::string_view name, scene::Rect field, std::string_view problem) {
  const float width = text_width(f, Type::kCaption, problem) + f.px(40);
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float left = std::max(f.px(4), std::min(field.x, display.x - width - f.px(8)));
  const scene::Rect card{left, field.bottom() + f.px(6), width, f.px(28)};
  const Overlay overlay(f, fmt::format("problem {}", name), card, Overlay::Kind::kShows);
  fill(f, card, f.colors.error_tint, f.px(scene::size::kRadiusControl));
  stroke(f, card, f.colors.error, f.px(scene::size::kRadiusControl), f.px(1));
  icon(f, Icon::kError, {card.x + f.px(16), card.centre().y}, f.px(14), f.colors.error);
  text(f, {card.x + f.px(30), card.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.error,
       problem);
}

void enter_field(const Frame& f, std::string_view name) {
  f.ui.widgets.focus = name;
  f.ui.widgets.enter_field = true;
  f.ui.wake_in(0);
}

bool text_field(const Frame& f, std::string_view name, scene::Rect r, std::string& value, std::string_view hint,
                FieldFrame frame) {
  const std::string before = value;
  if (const auto pending = take_pending(f, name)) value = *pending;
  edit_line(f, name, r, value, {.type = Type::kSmall, .hint = hint, .select_all = false, .frame = frame});
  return value != before;
}

bool number_field(const Frame& f, std::string_view name, scene::Rect r, double& value, double low, double high,
                  int decimals) {
  FieldState& state = f.ui.widgets.fields[std::string(name)];
  if (!state.editing && state.problem.empty()) state.text = number_text(value, decimals);
  const auto pending = take_pending(f, name);
  if (pending) state.text = *pending;
  const Edit edit = edit_line(f, name, r, state.text, {.broken = !state.problem.empty()});
  const bool was_editing = state.editing;
  state.editing = edit.active;
  if (!state.problem.empty()) field_problem(f, name, r, state.problem);
  const bool judge =
      pending || edit.finished || (was_editing && !edit.active) || (edit.changed && !state.problem.empty());
  if (!judge) return false;

  const Parsed parsed = parse_number(state.text, low, high, decimals);
  state.problem = parsed.problem;
  if (!parsed.problem.empty() || parsed.value == value) return false;
  value = parsed.value;
  return true;
}

bool slider(const Frame& f, std::string_view name, scene::Rect r, float& value, float low, float high) {
  const float knob = f.px(scene::size::kKnob) / 2;
  const float left = r.x + knob;
  const float width = std::max(1.0F, r.w - 2 * knob);
  const float before = value;
  f.ui.widgets.order.emplace_back(name);
  if (const auto pending = take_pending(f, name)) {
    const Parsed parsed = parse_number(*pending, low, high, 6);
    if (parsed.problem.empty()) value = static_cast<float>(parsed.value);
  }
  const AreaState state = area(f, name, r);
  if (state.held) value = low + (high - low) * std::clamp((state.mouse.x - left) / width, 0.0F, 1.0F);
  const bool focused = f.ui.widgets.focus == name;
  if (focused) {
    const float step = (high - low) / 20;
    if (raw_key(f, key::kLeft)) value -= step;
    if (raw_key(f, key::kRight)) value += step;
  }
  value = std::clamp(value, low, high);

  const float middle = std::round(r.centre().y);
  const float bar = f.px(4);
  const float x = left + width * (high > low ? (value - low) / (high - low) : 0);
  fill(f, {left, middle - bar / 2, width, bar}, f.colors.strong, bar / 2);
  fill(f, {left, middle - bar / 2, x - left, bar}, f.colors.accent, bar / 2);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (state.hovered || state.held || focused) {
    list.AddCircle({x, middle}, knob + f.px(2), f.colors.accent, 32, f.px(focused ? 2 : 1));
  }
  list.AddCircleFilled({x, middle}, knob - f.px(1), f.colors.text, 32);
  return value != before;
}

}  // namespace warpscope::panels
