#include "app/panels/learn_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using store::RunSummary;

constexpr float kRow = 32, kHead = 28, kTop = 68, kFoot = 56;

Rect card_in(const Frame& f, Rect window, std::size_t runs) {
  const float width = std::min(f.px(1200), window.w - 2 * f.px(24));
  const float rows =
      std::max(f.px(runs == 0 ? 150 : 104), f.px(kHead) + f.px(kRow) * static_cast<float>(runs) + f.px(8));
  const float height = std::min(f.px(kTop) + rows + f.px(kFoot), window.h - 2 * f.px(48));
  return {std::round(window.centre().x - width / 2), std::round(window.centre().y - height / 2), width, height};
}

void draw_empty(const Frame& f, Rect r) {
  const std::string_view about =
      "Every run is kept here with its settings and its curve as soon as its first epoch is done. Train one, change "
      "the "
      "rate or the network, train again: then two curves can be compared.";
  const float width = std::min(f.px(420), r.w);
  const float height =
      line_height(f, Type::kBodyStrong) + f.px(6) + paragraph(f, {}, width, Type::kSmall, 0, about, true);
  const float y = std::round(r.centre().y - height / 2);
  text(f, {r.centre().x, y}, Type::kBodyStrong, f.colors.text, "No runs kept yet", Align::kCentre);
  paragraph(f, {std::round(r.centre().x - width / 2), y + line_height(f, Type::kBodyStrong) + f.px(6)}, width,
            Type::kSmall, f.colors.text2, about);
}

void draw_head(const Frame& f, const std::vector<RunColumn>& columns, Rect r) {
  const float tick = f.px(32), bin = f.px(32), gap = f.px(12);
  float fixed = 0;
  for (const RunColumn& column : columns) fixed += f.px(column.width) + gap;
  float x = r.x + tick;
  const float y = r.centre().y - line_height(f, Type::kCaption) / 2;
  for (const RunColumn& column : columns) {
    const float width = column.width > 0 ? f.px(column.width) : r.w - tick - bin - fixed;
    text(f, {column.number ? x + width : x, y}, Type::kCaption, f.colors.text3, column.title,
         column.number ? Align::kRight : Align::kLeft, width);
    x += width + gap;
  }
  line(f, {r.x, r.bottom() - f.px(1)}, {r.right(), r.bottom() - f.px(1)}, f.colors.hair, f.px(1));
}

const RunSummary* find_run(const Frame& f, std::int64_t id) {
  const auto& runs = f.view.runs->runs;
  const auto found = std::find_if(runs.begin(), runs.end(), [id](const RunSummary& run) { return run.id == id; });
  return found == runs.end() ? nullptr : &*found;
}

// The row the arrow keys lead to; keeps it inside the view.
void move_row(const Frame& f, int by, Rect rows) {
  RunsState& state = f.ui.learn.runs;
  const auto& runs = f.view.runs->runs;
  if (runs.empty()) return;
  const auto at = std::find_if(runs.begin(), runs.end(), [&](const RunSummary& run) { return run.id == state.row; });
  const auto last = static_cast<std::ptrdiff_t>(runs.size()) - 1;
  const std::ptrdiff_t next = at == runs.end() ? 0 : std::clamp<std::ptrdiff_t>(at - runs.begin() + by, 0, last);
  state.row = runs[static_cast<std::size_t>(next)].id;
  const float top = f.px(kRow) * static_cast<float>(next);
  state.scroll = std::clamp(state.scroll, top + f.px(kRow) - rows.h, top);
}

// Arrows choose a row, Space compares it, F2 renames it, Delete asks; Escape first takes back what is being asked.
void follow_keys(const Frame& f, Rect rows) {
  RunsState& state = f.ui.learn.runs;
  if (state.renaming != 0 || !f.ui.widgets.focus.empty()) return;
  if (raw_key(f, key::kDown)) move_row(f, 1, rows);
  if (raw_key(f, key::kUp)) move_row(f, -1, rows);
  const RunSummary* run = find_run(f, state.row);
  if (run == nullptr) return;
  const bool asks = state.deleting == run->id;
  if (asks && raw_key(f, key::kEnter)) {
    f.send(session::DeleteRun{run->id});
    state.deleting = 0;
  } else if (raw_key(f, key::kSpace) || raw_key(f, key::kEnter)) {
    toggle_compared(f, run->id);
  }
  if (raw_key(f, key::kDelete) && run->id != f.view.training.run_id) state.deleting = run->id;
  if (raw_key(f, key::function(2))) {
    state.renaming = run->id;
    state.name = run->name;
    enter_field(f, "Run name");
  }
}

void draw_rows(const Frame& f, Rect r) {
  RunsState& state = f.ui.learn.runs;
  const auto& runs = f.view.runs->runs;
  const std::vector<RunColumn> columns = columns_that_fit(f, r.w - 2 * f.px(32));
  draw_head(f, columns, {r.x, r.y, r.w, f.px(kHead)});
  const Rect rows{r.x, r.y + f.px(kHead) + f.px(2), r.w, r.h - f.px(kHead) - f.px(2)};
  follow_keys(f, rows);
  const float content = f.px(kRow) * static_cast<float>(runs.size()), range = std::max(0.0F, content - rows.h);
  if (hovered(f, rows)) state.scroll -= ImGui::GetIO().MouseWheel * f.px(kRow);
  state.scroll = std::clamp(state.scroll, 0.0F, range);
  {
    const Clip clip(rows);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const Rect row{rows.x, std::round(rows.y + f.px(kRow) * static_cast<float>(i) - state.scroll), rows.w,
                     f.px(kRow)};
      if (row.bottom() < rows.y || row.y > rows.bottom()) continue;
      draw_run_row(f, runs[i], columns, row);
    }
  }
  if (range <= 0) return;
  const float bar = std::max(f.px(16), rows.h * rows.h / content);
  fill(f, {r.right() + f.px(6), rows.y + (rows.h - bar) * state.scroll / range, f.px(3), bar}, f.colors.strong,
       f.px(1));
}

// What the keyboard does here, as far as there is room.
void draw_keys(const Frame& f, float x, float right, float middle) {
  struct Key {
    std::string_view cap, does;
  };
  constexpr Key kKeys[] = {{"↑ ↓", "choose"}, {"Space", "compare"}, {"F2", "rename"}, {"Delete", "delete"}};
  for (const Key& key : kKeys) {
    const float cap = text_width(f, Type::kMicro, key.cap) + 2 * f.px(6);
    const float words = text_width(f, Type::kCaption, key.does);
    if (x + cap + f.px(6) + words > right) return;
    keycap(f, {x, std::round(middle - f.px(10)), cap, f.px(20)}, key.cap);
    text(f, {x + cap + f.px(6), middle - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3, key.does);
    x += cap + words + f.px(22);
  }
}

void draw_foot(const Frame& f, Rect r) {
  const ButtonLook out{
      .icon = Icon::kExport, .enabled = f.view.curves->train_count() > 0, .label = "Export this run (CSV)"};
  const float width = button_width(f, "Export run", out), y = std::round(r.centre().y - f.px(14));
  if (button(f, "Export run", {r.right() - width, y, width, f.px(28)}, out)) {
    const std::filesystem::path folder = f.view.data_dir / "exports";
    std::error_code ignored;  // whoever writes the file says why it cannot be written
    std::filesystem::create_directories(folder, ignored);
    const session::TrainingView& training = f.view.training;
    f.send(session::ExportCurve{
        folder / fmt::format("{}-run{}-step{}.csv", training.settings.network, training.run_id, training.step)});
  }
  float left = r.x;
  if (!f.ui.compared_runs.empty()) {
    const float clear = button_width(f, "Compare none");
    if (button(f, "Compare none", {left, y, clear, f.px(28)})) {
      f.ui.compared_runs.clear();
      f.send(session::CompareRuns{});
    }
    left += clear + f.px(16);
  }
  draw_keys(f, left, r.right() - width - f.px(16), r.centre().y);
}

}  // namespace

void draw_runs(const Frame& f, Rect window) {
  RunsState& state = f.ui.learn.runs;
  const auto& runs = f.view.runs->runs;
  const Rect card = card_in(f, window, runs.size());
  const Overlay overlay(f, "runs", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  const float pad = f.px(24);
  text(f, {card.x + pad, card.y + f.px(16)}, Type::kHeading, f.colors.text, "Runs");
  text(f, {card.x + pad, card.y + f.px(42)}, Type::kCaption, f.colors.text3,
       "Tick the ones to draw behind the present curves.", Align::kLeft, card.w - 2 * pad);
  const float side = f.px(scene::size::kControl);
  const bool close = button(f, "Close runs", {card.right() - side - f.px(12), card.y + f.px(14), side, side},
                            {.icon = Icon::kClose, .tip = "Esc", .label_hidden = true, .ghost = true});
  const Rect body{card.x + pad - f.px(8), card.y + f.px(kTop), card.w - 2 * pad + f.px(16),
                  card.h - f.px(kTop) - f.px(kFoot)};
  if (runs.empty()) {
    draw_empty(f, body);
  } else {
    draw_rows(f, body);
  }
  draw_foot(f, {card.x + pad, card.bottom() - f.px(kFoot), card.w - 2 * pad, f.px(kFoot)});
  const ImGuiIO& io = ImGui::GetIO();
  const bool beside = io.MouseClicked[0] && !card.contains({io.MousePos.x, io.MousePos.y});
  if (!close && !beside) return;
  state = {};
  f.ui.runs_open = false;
  f.ui.wake_in(0);
}

}  // namespace warpscope::panels
