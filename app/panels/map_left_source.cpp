// Which kernel, on which GPU, with which grid.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/panels/explanation_flow.h"
#include "app/panels/map_left.h"
#include "compute/kernels/catalogue.h"

namespace warpscope::panels {
namespace {

using session::MapSettings;
using session::MapSource;

constexpr std::string_view kStep = "Step", kConvolve = "Convolve";

// What the kernel's own settings were is nothing to another one.
MapSettings with_source(MapSettings settings, MapSource source) {
  settings.source = std::move(source);
  settings.grid.reset();
  settings.block_threads.reset();
  settings.registers.reset();
  settings.shared_bytes.reset();
  return settings;
}

bool step_has_launch(const Frame& f) {
  return f.step.source && f.step.launch && !f.step.launch->kernel.empty();
}

MapSource source_of_step(const Frame& f) {
  const session::StepSource& open = *f.step.source;
  MapSource source;
  source.launch = *f.step.launch;
  source.kernel = source.launch->kernel;
  source.from = kStep;
  if (open.shipped == nullptr) source.file = open.file;
  if (open.shipped != nullptr) source.kernel = open.shipped->name;
  return source;
}

// The launch is prepared by Convolve's own session; its answer comes later.
void ask_convolve(const Frame& f) {
  const int stage = convolve_stage(f);
  const convolution::Picture* const output = convolve_picture(f, stage);
  if (output == nullptr) return;
  ConvolvePanels& convolve = f.ui.convolve;
  const ConvolvePixel middle{0, output->width / 2, output->height / 2};
  ConvolvePixel pixel = convolve.pixel().value_or(middle);
  if (pixel.plane >= output->planes || pixel.x >= output->width || pixel.y >= output->height) pixel = middle;
  const std::uint64_t question = ++convolve.step_question;
  convolve.step_opened = question;  // it is not for Step
  f.ui.map.controls.convolve_question = question;
  f.convolve_commands.emplace_back(session::PrepareStep{question, stage, pixel.plane, pixel.x, pixel.y, true});
}

void take_convolve_launch(const Frame& f) {
  std::uint64_t& awaited = f.ui.map.controls.convolve_question;
  if (awaited == 0 || !f.convolve.step || f.convolve.step->id != awaited) return;
  awaited = 0;
  const session::StepRequest& prepared = *f.convolve.step;
  MapSource source;
  source.kernel = prepared.kernel;
  source.file = prepared.file;
  source.launch = prepared.launch;
  source.from = kConvolve;
  change_map(f, with_source(map_settings(f), std::move(source)));
}

std::string capitalised(std::string word) {
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}

std::string file_name(const MapSource& source) {
  return source.file.filename().string();
}

// ---- The list of kernels

struct KernelList {
  std::vector<MapListRow> rows;
  int selected = -1;
  int from_step = -1, from_convolve = -1, own = -1;  // their rows
  std::size_t shipped = 0;                           // rows before those
};

KernelList kernel_list(const Frame& f, const MapSource& source) {
  KernelList list;
  for (const session::MapChoice& choice : *f.map.kernels) {
    if (!source.launch && source.file.empty() && choice.kernel == source.kernel) {
      list.selected = static_cast<int>(list.rows.size());
    }
    list.rows.push_back({capitalised(choice.topic), choice.title, choice.kernel});
  }
  list.shipped = list.rows.size();
  const auto add = [&](int& row, std::string heading, std::string title, std::string detail, bool chosen) {
    row = static_cast<int>(list.rows.size());
    if (chosen) list.selected = row;
    list.rows.push_back({std::move(heading), std::move(title), std::move(detail)});
  };
  const std::string open = "Open elsewhere";
  if (step_has_launch(f)) {
    add(list.from_step, open, fmt::format("From Step: {}", f.step.launch->kernel), f.step.source->name,
        source.from == kStep && source.kernel == source_of_step(f).kernel);
  }
  if (f.convolve.frame && convolve_picture(f, convolve_stage(f)) != nullptr) {
    const auto* const writer = convolution::writer_of(f.convolve.frame->run, convolve_stage(f));
    const std::string kernel = writer != nullptr ? writer->kernel : "its kernel";
    add(list.from_convolve, open, fmt::format("From Convolve: {}", kernel), f.convolve.title, source.from == kConvolve);
  }
  if (!source.file.empty() && source.from.empty()) {
    add(list.own, "Your own", file_name(source), f.map.plan ? f.map.plan->kernel : source.kernel, true);
  }
  return list;
}

std::string kernel_shown(const Frame& f, const MapSource& source, const KernelList& list) {
  if (f.ui.map.controls.convolve_question != 0) return "Asking Convolve…";
  if (list.selected >= 0) return list.rows[static_cast<std::size_t>(list.selected)].title;
  if (!source.from.empty()) return fmt::format("From {}: {}", source.from, source.kernel);
  return source.kernel;
}

void choose_kernel(const Frame& f, const KernelList& list, int selected) {
  if (selected == list.own) return;
  if (selected == list.from_convolve) {
    ask_convolve(f);
    return;
  }
  MapSource source;
  if (selected == list.from_step) {
    source = source_of_step(f);
  } else {
    source.kernel = f.map.kernels->at(static_cast<std::size_t>(selected)).kernel;
  }
  change_map(f, with_source(map_settings(f), std::move(source)));
}

void put_kernel(LeftColumn& column) {
  const Frame& f = column.f;
  const scene::Rect r = map_labelled(column, "Kernel");
  keep_in_view(column, "Kernel", r);
  const MapSource& source = map_settings(f).source;
  const KernelList list = kernel_list(f, source);
  int selected = list.selected;
  if (map_list(f, "Kernel", r, list.rows, kernel_shown(f, source, list), selected)) choose_kernel(f, list, selected);
  const bool closed = f.ui.widgets.open_popup != "Kernel";
  if (hovered(f, r) && closed && f.map.plan) {
    const bool edited = source.from == kStep && f.step.source && f.step.source->edited;
    tip(f, fmt::format("{} in {}{}\nOpen a file of your own with Ctrl O.", f.map.plan->kernel, f.map.plan->source_name,
                       edited ? ", as it was saved last" : ""));
  }
}

// ---- GPU

constexpr std::string_view kKinds[] = {"laptop", "desktop", "workstation", "data centre", "embedded"};

// By kind, in the catalogue's order within each.
std::vector<const gpu::Gpu*> sorted_gpus(const std::vector<gpu::Gpu>& gpus) {
  std::vector<const gpu::Gpu*> sorted;
  for (const gpu::Gpu& each : gpus) sorted.push_back(&each);
  const auto rank = [](const gpu::Gpu* each) {
    return std::find(std::begin(kKinds), std::end(kKinds), each->kind) - std::begin(kKinds);
  };
  std::ranges::stable_sort(sorted, {}, rank);
  return sorted;
}

void put_gpu(LeftColumn& column) {
  const Frame& f = column.f;
  const scene::Rect r = map_labelled(column, "GPU");
  keep_in_view(column, "GPU", r);
  MapSettings settings = map_settings(f);
  const auto gpus = sorted_gpus(*f.map.gpus);
  std::vector<MapListRow> rows;
  int selected = -1;
  for (const gpu::Gpu* each : gpus) {
    if (each->name == settings.gpu) selected = static_cast<int>(rows.size());
    rows.push_back(
        {capitalised(each->kind), each->name, fmt::format("{} SMs, {}", each->sms(), gpu::text_of(each->capability))});
  }
  const bool traced = settings.traced;
  const std::string shown = traced && f.map.plan ? f.map.plan->gpu.name : settings.gpu;
  if (map_list(f, "GPU", r, rows, shown, selected)) {
    settings.gpu = gpus[static_cast<std::size_t>(selected)]->name;
    change_map(f, std::move(settings));
  }
  if (!hovered(f, r) || f.ui.widgets.open_popup == "GPU" || !f.map.plan) return;
  const gpu::Gpu& gpu = f.map.plan->gpu;
  tip(f, fmt::format("{} {}, {}\nchip, year  {}, {}\nSMs  {}\nclock  {:.0f} MHz\nmemory  {:.0f} GB {}, {:.0f} GB/s\n"
                     "L2 cache  {} MiB",
                     gpu.architecture, gpu.kind, gpu::text_of(gpu.capability), gpu.chip, gpu.year, gpu.sms(),
                     gpu.clock_mhz, gpu.memory_gib, gpu.memory_type, gpu.bandwidth_gbs, gpu.l2_mib));
}

// ---- Grid

// Taken when the keyboard has left the field, so that no half of a number is run.
void commit_grid(const Frame& f) {
  MapControls& controls = f.ui.map.controls;
  MapSettings settings = map_settings(f);
  if (controls.grid.find_first_not_of(' ') == std::string::npos) {
    controls.grid_problem.clear();
    settings.grid.reset();
  } else {
    const auto grid = parse_grid(controls.grid, controls.grid_problem);
    if (!grid) return;
    controls.grid = grid_text(*grid);
    settings.grid = *grid;
  }
  change_map(f, std::move(settings));
}

void put_grid(LeftColumn& column) {
  const Frame& f = column.f;
  if (!f.map.plan) return;
  MapControls& controls = f.ui.map.controls;
  const scene::Rect r = map_labelled(column, "Grid");
  const scene::Rect field{r.x, r.y, std::round(std::min(0.54F * r.w, f.px(112))), r.h};
  keep_in_view(column, "Grid", field);
  const MapSettings& settings = map_settings(f);
  const base::Dim3 grid = settings.grid.value_or(f.map.plan->grid);
  const std::string shown = grid_text(grid);
  const bool editing = f.ui.widgets.focus == "Grid" && ImGui::GetIO().WantTextInput;
  if (!editing && controls.grid_problem.empty()) controls.grid = shown;
  const bool typed = text_field(f, "Grid", field, controls.grid);
  const bool still = f.ui.widgets.focus == "Grid" && ImGui::GetIO().WantTextInput;
  if ((editing && !still) || (typed && !still)) {
    if (controls.grid != shown || !controls.grid_problem.empty()) commit_grid(f);
  }
  if (!controls.grid_problem.empty()) field_problem(f, "Grid", field, controls.grid_problem);
  float x = field.right() + f.px(8);
  if (settings.grid) {
    const float side = f.px(scene::size::kSmallestTarget);
    const scene::Rect reset{x, std::round(r.centre().y - side / 2), side, side};
    if (button(
            f, "Grid as before", reset,
            {.icon = Icon::kReset, .tip = "As many blocks as cover the data", .label_hidden = true, .ghost = true})) {
      MapSettings own = settings;
      own.grid.reset();
      controls.grid_problem.clear();
      change_map(f, std::move(own));
    }
    x += side + f.px(4);
  }
  const std::string count = fmt::format("= {}", with_thousands(static_cast<long long>(grid.count())));
  const std::string words = count + " blocks";
  const bool fits = text_width(f, Type::kSmall, words) <= r.right() - x;
  text(f, {x, r.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, fits ? words : count,
       Align::kLeft, r.right() - x);
}

}  // namespace

std::string grid_text(const base::Dim3& grid) {
  std::string text = fmt::format("{} × {}", grid.x, grid.y);
  if (grid.z > 1) text += fmt::format(" × {}", grid.z);
  if (grid.z == 1 && grid.y == 1) text = fmt::format("{}", grid.x);
  return text;
}

std::optional<base::Dim3> parse_grid(std::string_view text, std::string& problem) {
  constexpr std::uint64_t kMost[] = {2'147'483'647, 65'535, 65'535};
  std::uint64_t sizes[] = {1, 1, 1};
  std::size_t count = 0;
  const char *at = text.data(), *const end = text.data() + text.size();
  const auto separates = [](char c) { return c < '0' || c > '9'; };
  while (at != end) {
    // A sign of multiplication, a comma, an x: whatever is no figure stands between two numbers.
    if (separates(*at)) {
      ++at;
      continue;
    }
    if (count == 3) {
      problem = "A grid has three sizes at most: \"13 x 50 x 2\".";
      return std::nullopt;
    }
    const auto read = std::from_chars(at, end, sizes[count]);
    if (read.ec != std::errc() || sizes[count] < 1 || sizes[count] > kMost[count]) {
      problem =
          fmt::format("{} goes from 1 to {}.", "xyz"[count], with_thousands(static_cast<long long>(kMost[count])));
      return std::nullopt;
    }
    at = read.ptr;
    ++count;
  }
  if (count == 0) {
    problem = "How many blocks: \"650\", or \"13 x 50\".";
    return std::nullopt;
  }
  problem.clear();
  return base::Dim3{static_cast<std::uint32_t>(sizes[0]), static_cast<std::uint32_t>(sizes[1]),
                    static_cast<std::uint32_t>(sizes[2])};
}

void put_map_source(LeftColumn& column) {
  const Frame& f = column.f;
  take_convolve_launch(f);
  const float top = column.y;
  put_section(column, "Kernel and GPU", "");
  put_kernel(column);
  put_gpu(column);
  put_grid(column);
  column.y += f.px(4);
  speak_of_map(f, {column.panel.x, top, column.panel.w, column.y - top}, "waves");
}

void map_open_kernel(const Frame& f) {
  if (f.ui.workspace == Workspace::kConvolve) ask_convolve(f);
  if (f.ui.workspace != Workspace::kStep || !step_has_launch(f)) return;
  change_map(f, with_source(map_settings(f), source_of_step(f)));
}

void map_open_launch(UiState& ui, const session::MapView& map, const session::MapRequest& launch,
                     std::vector<session::MapCommand>& commands) {
  MapSource source;
  source.kernel = launch.kernel;
  source.launch = launch.launch;
  source.from = "Learn";
  MapSettings settings = with_source(ui.map.wanted.value_or(map.settings), std::move(source));
  ui.map.wanted = settings;
  commands.emplace_back(session::SetMap{std::move(settings)});
}

}  // namespace warpscope::panels
