// panels/widgets.h: the components of the house (states sheet of the design): text, buttons, fields, callouts, icons.
// Floor 7, GUI thread. Immediate: call inside a frame. Positions are absolute, in physical pixels; drawing goes to the
// current ImGui window's draw list. Every widget with a name enters itself in ui.targets, honours ui.pending_sets,
// shows focus, can be reached by Tab, and answers Enter/Space.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/panels/ui.h"

namespace warpscope::panels {

enum class Align { kLeft, kCentre, kRight };

// Text of one line at (x, y = top of the line box). Returns the width drawn. `max_width` > 0 shortens with an ellipsis.
float text(const Frame& f, scene::Vec2 at, Type type, scene::Rgba color, std::string_view string,
           Align align = Align::kLeft, float max_width = 0);
float text_width(const Frame& f, Type type, std::string_view string);
float line_height(const Frame& f, Type type);
// Wrapped paragraph with **bold** runs; returns its height. Draws nothing where `measure_only`.
float paragraph(const Frame& f, scene::Vec2 at, float width, Type type, scene::Rgba color, std::string_view string,
                bool measure_only = false);
// A formula line in italics-free text with _{sub} and ^{sup} and \Sigma, centred on a raised block; returns its height.
float formula(const Frame& f, scene::Rect block, std::string_view string);

void fill(const Frame& f, scene::Rect r, scene::Rgba color, float radius = 0);
void stroke(const Frame& f, scene::Rect r, scene::Rgba color, float radius = 0, float thickness = 1);
void line(const Frame& f, scene::Vec2 a, scene::Vec2 b, scene::Rgba color, float thickness = 1);

enum class Icon {
  kNone,
  kPlay,
  kPause,
  kStep,
  kReset,
  kPen,
  kEraser,
  kUndo,
  kRedo,
  kTrash,
  kSearch,
  kPresenter,
  kMoon,
  kSun,
  kHelp,
  kPin,
  kPinned,
  kExport,
  kImport,
  kChevronDown,
  kCheck,
  kWarning,
  kError,
  kClose,
  kFold,
  kUnfold,
  kSkip,
  kFolder,
  kBeginning,
  kBackOver,
  kInto,
  kOver,
  kSkipBack,
  kDice,
  kStop,
  kLaunch,
  kInfo
};
void icon(const Frame& f, Icon which, scene::Vec2 centre, float size_px, scene::Rgba color);

// All return true in the frame in which the person acted. `name` identifies the control for scripts ("Pause",
// "Network").
struct ButtonLook {
  Icon icon = Icon::kNone;
  bool primary = false;
  bool selected = false;  // a toggle that is on
  bool enabled = true;
  std::string_view key{};     // shown small inside: "Space"
  std::string_view tip{};     // on hover
  bool label_hidden = false;  // icon only; name stays for scripts and tip
  bool ghost = false;         // no ground and border until hovered: icons in bars
  std::string_view label{};   // what is written, where it differs from the name ("Step" for "One step, slowly")
  Type type = Type::kLabel;
};
bool button(const Frame& f, std::string_view name, scene::Rect r, const ButtonLook& look = {});
float button_width(const Frame& f, std::string_view name, const ButtonLook& look = {});
bool toggle(const Frame& f, std::string_view name, scene::Vec2 at, bool& on);  // a pill switch, 28 x 16 logical
bool slider(const Frame& f, std::string_view name, scene::Rect r, float& value, float low, float high);
// A text field for a number; invalid text keeps the old value and shows the reason under the field until mended.
bool number_field(const Frame& f, std::string_view name, scene::Rect r, double& value, double low, double high,
                  int decimals);
// Why a field's text is not accepted: a card under it, above everything.
void field_problem(const Frame& f, std::string_view name, scene::Rect field, std::string_view problem);
enum class FieldFrame { kDrawn, kNone };  // kNone: the field fills a card of its own
bool text_field(const Frame& f, std::string_view name, scene::Rect r, std::string& value, std::string_view hint = {},
                FieldFrame frame = FieldFrame::kDrawn);
bool combo(const Frame& f, std::string_view name, scene::Rect r, const std::vector<std::string>& items, int& selected);
bool keycap_button(const Frame& f, std::string_view name, scene::Rect r, bool selected);  // the label keys 0-9
void keycap(const Frame& f, scene::Rect r, std::string_view key);
void progress_bar(const Frame& f, scene::Rect r, float fraction);

// True while the pointer is over `r` and nothing lies on top. An invisible, named area that scripts can click.
bool hovered(const Frame& f, scene::Rect r);
struct AreaState {
  bool hovered = false, pressed = false, held = false, released = false, clicked = false, right_clicked = false;
  scene::Vec2 mouse{};
};
AreaState area(const Frame& f, std::string_view name, scene::Rect r);

// A header line: title, then a caption that says what the picture is. Returns where the caption ends.
float panel_title(const Frame& f, scene::Vec2 at, std::string_view title, std::string_view caption, float max_width);
// A card: fill, border, offset shadow. To have it above all panels, open an Overlay first.
void callout(const Frame& f, scene::Rect r, bool accent_border);

// While one lives, everything is drawn into a layer above the panels, clipped to `r` and a little around it; layers
// opened later lie higher. kTakesInput keeps the pointer from what lies underneath; kShows lets it through. `name` is
// unique in the frame.
class Overlay {
 public:
  enum class Kind { kShows, kTakesInput };
  Overlay(const Frame& f, std::string_view name, scene::Rect r, Kind kind);
  ~Overlay();
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;
};
// A text field that takes the keyboard the first time it is drawn after this call.
void enter_field(const Frame& f, std::string_view name);
// The accent ring around a widget that the Tab key reached.
void focus_ring(const Frame& f, scene::Rect r, float radius);
// Enters a widget of your own: a target for scripts, a stop for Tab. True in the frame in which Enter, Space or a
// script chose it. `pending` takes the value a script set, if any.
bool register_widget(const Frame& f, std::string_view name, scene::Rect r, bool enabled,
                     std::string* pending = nullptr);
// Clips drawing and hovering to `r` while it lives.
class Clip {
 public:
  explicit Clip(scene::Rect r);
  ~Clip();
  Clip(const Clip&) = delete;
  Clip& operator=(const Clip&) = delete;
};
// A colour scale with its range beneath: "0 … 1.46 activation after ReLU".
enum class Scale { kGrey, kCividis, kSigned };
void color_scale(const Frame& f, scene::Rect bar, Scale scale, float low, float high, std::string_view caption);
// White on black for hovered, accent outside and white inside for selected; visible on any picture.
void mark_hovered(const Frame& f, scene::Rect r);
void mark_selected(const Frame& f, scene::Rect r);
// A small hint beside the pointer with one or more lines.
void tip(const Frame& f, std::string_view lines);
// A measured (dot), modelled (diamond) or estimated (tilde) mark before a number.
enum class Origin { kMeasured, kModelled, kEstimated };
void origin_mark(const Frame& f, scene::Vec2 centre, Origin origin);

std::string with_thousands(long long value);  // "12,940"

}  // namespace warpscope::panels
