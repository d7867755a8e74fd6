#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_code_draw.h"

namespace warpscope::panels {
namespace {

constexpr float kRow = 20, kBar = 10;
constexpr float kWideGutterFrom = 400;

struct PtxPlace {
  scene::Rect header, body, bar;
  CodeColumns columns;
  float line_end = 0;  // source lines end here; 0: no room for them
  float seen = 0, first = 0;
  float top_of(int row) const { return std::round(body.y + (static_cast<float>(row) - first) * columns.row); }
  int row_at(float y) const { return static_cast<int>((y - body.y) / columns.row + first); }
};

// As in the source above, so that chips and numbers stand below each other.
PtxPlace place_ptx(const Frame& f, scene::Rect r) {
  PtxPlace place;
  const float header = std::min(r.h, f.px(scene::size::kPanelHeader));
  const bool wide = r.w >= f.px(kWideGutterFrom);
  const float digit = text_width(f, Type::kNumber, "0");
  place.header = {r.x, r.y, r.w, header};
  place.body = {r.x, r.y + header, r.w - f.px(kBar), r.h - header};
  place.bar = {place.body.right(), place.body.y, f.px(kBar), place.body.h};
  CodeColumns& columns = place.columns;
  columns.row = f.px(kRow);
  columns.character = text_width(f, Type::kCode, "0");
  columns.dot = r.x + f.px(12);
  columns.chips = r.x + f.px(22);
  columns.chips_end = columns.chips + f.px(wide ? 40 : 34);
  columns.number_end = std::round(columns.chips_end + 5 * digit);
  place.line_end = wide ? std::round(columns.number_end + 4 * digit) : 0;
  columns.code = (wide ? place.line_end : columns.number_end) + f.px(12);
  place.seen = place.body.h / columns.row;
  return place;
}

// What stands in the panel in this frame, and what is special about it.
struct Marks {
  vgpu::Pc current = vgpu::kNoPc;  // of the followed warp
  int lit_line = 0;                // of the source
  vgpu::Pc lit_pc = vgpu::kNoPc;
};

Marks marks_of(const Frame& f) {
  Marks marks;
  const session::StepRun& run = *f.step.run;
  if (const session::WarpRow* row = followed_row(f)) {
    marks.current = row->pc;
    marks.lit_line = row->line;
  }
  const StepFocus& focus = shown_focus(f);
  if (focus.kind == StepFocus::Kind::kLine) marks.lit_line = focus.line;
  if (focus.kind == StepFocus::Kind::kStep && focus.position < run.size()) {
    marks.lit_pc = (*run.records)[focus.position].pc;
    marks.lit_line = session::line_at(run, marks.lit_pc);
  }
  if (focus.kind == StepFocus::Kind::kPc) {
    marks.lit_pc = focus.pc;
    marks.lit_line = session::line_at(run, focus.pc);
  }
  return marks;
}

const session::StepBreakpoint* breakpoint_at(const Frame& f, vgpu::Pc pc) {
  for (const session::StepBreakpoint& breakpoint : f.step.breakpoints) {
    if (breakpoint.kind == session::StepBreakpoint::Kind::kPc && breakpoint.pc == pc) return &breakpoint;
  }
  return nullptr;
}

// The followed warp's function; where it has ended, what was listed stays.
void refresh_listing(const Frame& f) {
  const auto& run = f.step.run;
  PtxListing& listing = f.ui.step.code.listing;
  const session::WarpRow* row = followed_row(f);
  int function = run->id == f.ui.step.code.ptx_seen_run ? listing.function() : -1;
  if (row != nullptr && row->pc < run->program->function_of.size()) function = run->program->function_of[row->pc];
  if (function < 0) function = run->launch.function;
  listing.list(run, function);
}

void follow_pc(const Frame& f, const PtxPlace& place, const Marks& marks) {
  StepCodeState& code = f.ui.step.code;
  const session::StepMoment& moment = *f.step.moment;
  const bool same = code.ptx_seen_run == moment.run && code.ptx_seen_position == moment.position &&
                    code.ptx_seen_warp == moment.followed;
  if (same) return;
  code.ptx_seen_run = moment.run;
  code.ptx_seen_position = moment.position;
  code.ptx_seen_warp = moment.followed;
  const int row = code.listing.row_of(marks.current);
  if (row < 0) return;
  const auto at = static_cast<float>(row);
  float& scroll = f.ui.step.ptx_scroll;
  const float around = place.seen > 5 ? 2 : 0;
  if (at < scroll + around || at + 1 + around > scroll + place.seen) scroll = std::floor(at - place.seen / 2);
}

// What the access that comes next does, in a lane that somebody pointed at, or in the first.
const vgpu::Access* next_access(const Frame& f) {
  const auto& accesses = f.step.moment->followed_accesses;
  return accesses.empty() || accesses.front().mask == 0 ? nullptr : &accesses.front();
}
int lane_of(const Frame& f, const vgpu::Access& access) {
  const StepFocus& focus = shown_focus(f);
  if (focus.lane >= 0 && focus.lane < 32 && (access.mask >> focus.lane & 1U) != 0) return focus.lane;
  const LaneMask selected = access.mask & f.ui.step.selected_lanes;
  return std::countr_zero(selected != 0 ? selected : access.mask);
}

class Rows {
 public:
  Rows(const Frame& f, const PtxPlace& place, const Marks& marks, int hovered_row)
      : f_(f), place_(place), marks_(marks), hovered_(hovered_row) {}

  void draw(int row) {
    PtxListing& listing = f_.ui.step.code.listing;
    const PtxListing::Row& what = listing.rows()[static_cast<std::size_t>(row)];
    const PtxListing::Words& words = listing.words(static_cast<std::size_t>(row));
    const float top = place_.top_of(row);
    const bool instruction = what.pc != vgpu::kNoPc;
    if (instruction) {
      ground(what, row, top);
      gutter(what, top);
    }
    const float right = place_.body.right() - f_.px(6);
    {
      const Clip clip({place_.columns.code - f_.px(2), place_.body.y, right - place_.columns.code, place_.body.h});
      draw_code(f_, {place_.columns.code, top}, words.code, words.runs, place_.columns.code, right,
                place_.columns.character);
    }
    if (instruction && what.pc == marks_.current) touch(words, top, right);
  }

  std::vector<ChipHit> chips;

 private:
  void ground(const PtxListing::Row& what, int row, float top) {
    const scene::Palette& c = f_.colors;
    const scene::Rect r{place_.body.x, top, place_.body.w, place_.columns.row};
    const bool lit = (marks_.lit_line > 0 && what.line == marks_.lit_line) || what.pc == marks_.lit_pc;
    if (what.pc == marks_.current) {
      fill(f_, r, c.accent_tint);
      fill(f_, {r.x, r.y, f_.px(3), r.h}, c.accent);
    } else if (lit || row == hovered_) {
      fill(f_, r, row == hovered_ ? c.hover : c.raised);
    }
    if (what.pc == f_.ui.step.code.cursor_pc) {
      fill(f_, {place_.columns.code - f_.px(6), top, f_.px(2), r.h}, c.accent);
    }
  }

  void gutter(const PtxListing::Row& what, float top) {
    const scene::Palette& c = f_.colors;
    const CodeColumns& columns = place_.columns;
    if (const session::StepBreakpoint* breakpoint = breakpoint_at(f_, what.pc)) {
      draw_breakpoint(f_, {columns.dot, std::round(top + columns.row / 2)}, *breakpoint);
    }
    standing_.clear();
    for (const session::WarpRow& row : f_.ui.step.reading.warps) {
      if (row.pc == what.pc) standing_.push_back(&row);
    }
    draw_warp_chips(f_, columns, top, standing_, chips);
    const float number_top = top + (columns.row - line_height(f_, Type::kNumber)) / 2;
    const bool strong = what.pc == marks_.current;
    text(f_, {columns.number_end, number_top}, Type::kNumber, strong ? c.text : c.text3, std::to_string(what.pc),
         Align::kRight);
    if (place_.line_end > 0 && what.line > 0) {
      text(f_, {place_.line_end, number_top}, Type::kNumber, strong ? c.text2 : c.text3, std::to_string(what.line),
           Align::kRight);
    }
    f_.ui.targets.push_back({"pc " + std::to_string(what.pc),
                             {columns.chips_end, top, columns.number_end - columns.chips_end, columns.row},
                             true});
  }

  // Right of the current instruction, where the instruction leaves room.
  void touch(const PtxListing::Words& words, float top, float right) {
    const vgpu::Access* access = next_access(f_);
    if (access == nullptr) return;
    const std::string what = touched_text(*f_.step.run, *f_.step.moment, *access, lane_of(f_, *access));
    const float width = text_width(f_, Type::kNumber, what);
    const float end = place_.columns.code + static_cast<float>(words.code.size()) * place_.columns.character;
    if (right - width < end + f_.px(16)) return;
    text(f_, {right, top + (place_.columns.row - line_height(f_, Type::kNumber)) / 2}, Type::kNumber, f_.colors.text2,
         what, Align::kRight);
  }

  const Frame& f_;
  const PtxPlace& place_;
  const Marks& marks_;
  int hovered_ = -1;
  std::vector<const session::WarpRow*> standing_;
};

std::string caption_of(const Frame& f, const Marks& marks) {
  const session::StepRun& run = *f.step.run;
  const auto function = static_cast<std::size_t>(f.ui.step.code.listing.function());
  std::string caption = "the same moment, one floor down";
  if (static_cast<int>(function) != run.launch.function && run.debug) {
    caption = fmt::format("in {}", run.debug->readable_name(run.program->functions[function].source));
  }
  return marks.lit_line > 0 ? fmt::format("{}; lit: source line {}", caption, marks.lit_line) : caption;
}

void draw_header(const Frame& f, const PtxPlace& place, const std::string& caption) {
  const scene::Rect r = place.header;
  line(f, {r.x, r.y}, {r.right(), r.y}, f.colors.hair, f.px(1));
  line(f, {r.x, r.bottom() - f.px(1)}, {r.right(), r.bottom() - f.px(1)}, f.colors.hair, f.px(1));
  const float title = r.centre().y - line_height(f, Type::kTitle) / 2;
  const float micro = r.centre().y - line_height(f, Type::kMicro) / 2;
  text(f, {r.x + f.px(16), title}, Type::kTitle, f.colors.text, "PTX");
  const bool columns = f.step.run && place.line_end > 0;
  if (columns) {
    text(f, {place.columns.number_end, micro}, Type::kMicro, f.colors.text3, "pc", Align::kRight);
    text(f, {place.line_end, micro}, Type::kMicro, f.colors.text3, "line", Align::kRight);
  }
  const float x = columns ? place.columns.code : r.x + f.px(16) + text_width(f, Type::kTitle, "PTX") + f.px(8);
  const float caption_top = r.centre().y - line_height(f, Type::kCaption) / 2;
  text(f, {x, caption_top}, Type::kCaption, f.colors.text3, caption, Align::kLeft,
       std::max(1.0F, r.right() - f.px(12) - x));
}

void toggle_breakpoint(const Frame& f, vgpu::Pc pc) {
  if (const session::StepBreakpoint* there = breakpoint_at(f, pc)) {
    f.send_step(session::RemoveBreakpoint{there->id});
    return;
  }
  session::StepBreakpoint breakpoint;
  breakpoint.kind = session::StepBreakpoint::Kind::kPc;
  breakpoint.pc = pc;
  f.send_step(session::AddBreakpoint{breakpoint});
}

std::string instruction_tip(const Frame& f, const PtxListing::Row& what) {
  const session::StepRun& run = *f.step.run;
  std::string tip = fmt::format("pc {}", what.pc);
  if (what.line > 0) tip += fmt::format(", source line {}", what.line);
  if (what.pc < run.pcs.size() && run.pcs[what.pc].warp_instructions > 0) {
    const vgpu::CounterRow& row = run.pcs[what.pc];
    tip += fmt::format("\n{} times in the run, {:.1f} of 32 lanes active on average",
                       with_thousands(static_cast<long long>(row.warp_instructions)), row.active_lanes_mean());
  } else {
    tip += "\nnever executed in this run";
  }
  const session::WarpRow* followed = followed_row(f);
  const vgpu::Access* access = next_access(f);
  if (followed != nullptr && followed->pc == what.pc && access != nullptr) {
    tip += "\n" + touched_text(run, *f.step.moment, *access, lane_of(f, *access));
    const std::string cost = cost_text(*access);
    if (!cost.empty()) tip += "\n" + cost;
  }
  return tip;
}

void hover_row(const Frame& f, const PtxPlace& place, const PtxListing::Row& what, const AreaState& state) {
  StepPanels& step = f.ui.step;
  step.hovered = {.kind = StepFocus::Kind::kPc, .line = what.line, .pc = what.pc};
  const bool in_gutter = state.mouse.x < place.columns.number_end + f.px(4);
  const session::StepBreakpoint* breakpoint = breakpoint_at(f, what.pc);
  if (in_gutter && breakpoint != nullptr) {
    tip(f, breakpoint_text(*breakpoint));
  } else if (in_gutter) {
    const float top = place.top_of(step.code.listing.row_of(what.pc));
    draw_breakpoint_ghost(f, {place.columns.dot, std::round(top + place.columns.row / 2)});
    tip(f, fmt::format("pc {}\nClick sets a breakpoint", what.pc));
  } else {
    tip(f, instruction_tip(f, what));
  }
  if (!state.clicked) return;
  if (in_gutter) {
    toggle_breakpoint(f, what.pc);
  } else {
    step.code.cursor_pc = step.code.cursor_pc == what.pc ? vgpu::kNoPc : what.pc;
  }
}

// The arrow keys go from instruction to instruction where Tab reached the listing; Enter sets a breakpoint.
void move_cursor(const Frame& f, const PtxPlace& place, const Marks& marks) {
  StepCodeState& code = f.ui.step.code;
  if (f.ui.widgets.focus != "PTX") return;
  focus_ring(f, place.body.inset(f.px(3)), 0);
  if (raw_key(f, key::kEnter) && code.cursor_pc != vgpu::kNoPc) toggle_breakpoint(f, code.cursor_pc);
  const int by = raw_key(f, key::kDown) ? 1 : raw_key(f, key::kUp) ? -1 : 0;
  if (by == 0) return;
  const auto& rows = code.listing.rows();
  int row = code.listing.row_of(code.cursor_pc != vgpu::kNoPc ? code.cursor_pc : marks.current);
  do {
    row += by;
  } while (row >= 0 && row < static_cast<int>(rows.size()) && !rows[static_cast<std::size_t>(row)].label.empty());
  if (row < 0 || row >= static_cast<int>(rows.size())) return;
  code.cursor_pc = rows[static_cast<std::size_t>(row)].pc;
  const auto at = static_cast<float>(row);
  f.ui.step.ptx_scroll = std::clamp(f.ui.step.ptx_scroll, at + 1 - std::floor(place.seen), at);
}

void draw_listing(const Frame& f, PtxPlace& place) {
  StepPanels& step = f.ui.step;
  refresh_listing(f);
  const Marks marks = marks_of(f);
  draw_header(f, place, caption_of(f, marks));
  f.ui.widgets.order.emplace_back("PTX");
  const PtxListing& listing = step.code.listing;
  const auto rows = static_cast<float>(listing.rows().size()) + 1;
  if (hovered(f, place.body) || hovered(f, place.bar)) step.ptx_scroll -= ImGui::GetIO().MouseWheel * 3;
  follow_pc(f, place, marks);
  scroll_bar(f, "PTX scroll", place.bar, rows, place.seen, step.ptx_scroll);
  move_cursor(f, place, marks);
  step.ptx_scroll = std::clamp(step.ptx_scroll, 0.0F, std::max(0.0F, rows - place.seen));
  place.first = step.ptx_scroll;

  const AreaState state = area(f, "PTX", place.body);
  const int at = state.hovered ? place.row_at(state.mouse.y) : -1;
  const bool on_row = at >= 0 && at < static_cast<int>(listing.rows().size());
  const int first = std::max(0, static_cast<int>(place.first));
  const int last = std::min(static_cast<int>(listing.rows().size()), static_cast<int>(place.first + place.seen) + 2);
  const Clip clip(place.body);
  Rows drawn(f, place, marks, on_row ? at : -1);
  for (int row = first; row < last; ++row) drawn.draw(row);
  if (!on_row) return;
  for (const ChipHit& chip : drawn.chips) {
    if (!chip.rect.contains(state.mouse)) continue;
    const int number = chip.warp % static_cast<int>(std::max(1U, f.step.run->warps_per_block));
    step.hovered = {.kind = StepFocus::Kind::kWarp, .warp = number};
    tip(f, fmt::format("Warp {} executes this next\nClick follows it", number));
    if (state.clicked) f.send_step(session::FollowWarp{static_cast<trace::WarpIndex>(chip.warp)});
    return;
  }
  const PtxListing::Row& what = listing.rows()[static_cast<std::size_t>(at)];
  if (what.pc != vgpu::kNoPc) hover_row(f, place, what, state);
}

}  // namespace

void draw_step_ptx(const Frame& f, scene::Rect r) {
  if (r.w < f.px(40) || r.h < 1) return;
  const Clip clip(r);
  fill(f, r, f.colors.panel);
  PtxPlace place = place_ptx(f, r);
  if (f.step.run && f.step.moment && f.step.run->program) {
    draw_listing(f, place);
    return;
  }
  draw_header(f, place, f.step.job.kind == session::StepJob::Kind::kNone ? "no run yet" : f.step.job.text);
  if (place.body.h < f.px(40)) return;
  text(f, {place.body.x + f.px(16), place.body.y + f.px(12)}, Type::kSmall, f.colors.text3,
       "The instructions stand here once the kernel has run.", Align::kLeft, place.body.w - f.px(24));
}

}  // namespace warpscope::panels
