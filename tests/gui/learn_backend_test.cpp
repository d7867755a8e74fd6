// Where training runs: the control, its cards and what they send; sentences and layouts, from views made by hand.
#include "app/panels/learn_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "app/panels/learn_explanation.h"
#include "app/panels/widgets.h"
#include "app/script_values.h"
#include "tests/gui/bare_frame.h"
#include "tests/gui/plots_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using session::BackendChoice;
using session::BackendComparison;
using session::BackendMeasurement;
using testing::HasSubstr;
using training::BackendKind;
using training::Precision;
constexpr auto draw = draw_plots;

constexpr const char* kLongName = "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition 96GB GDDR7";

std::vector<BackendChoice> choices(bool gpu) {
  return {
      {.kind = BackendKind::kCpu, .name = "CPU · 2 cores", .there = true, .why = "No CUDA GPU is here."},
      {.kind = BackendKind::kCuda,
       .name = gpu ? "NVIDIA H100 80GB HBM3" : "CUDA GPU",
       .there = gpu,
       .why = gpu ? "Taken by auto: the only CUDA GPU." : "There is no libcuda.so.1: no NVIDIA driver is installed.",
       .bf16 = gpu},
      {.kind = BackendKind::kVirtual,
       .name = "Virtual GPU · 2 cores",
       .there = true,
       .why = "The same kernels, executed on the processor: slower, but each of them can be opened."}};
}

BackendMeasurement measured(BackendKind kind, Precision precision, const char* device, double speed, double loss,
                            double accuracy) {
  return {.kind = kind,
          .precision = precision,
          .device = device,
          .problem = {},
          .done = true,
          .samples_per_second = speed,
          .seconds_a_step = 64 / speed,
          .phases = {.gather = 4 / speed, .forward = 20 / speed, .backward = 36 / speed, .update = 4 / speed},
          .loss = loss,
          .accuracy = accuracy};
}

BackendComparison comparison_with_gpu() {
  BackendComparison comparison{
      .network = "cnn32", .batch = 64, .steps = 100, .validated = 1000, .running = false, .rows = {}};
  comparison.rows = {measured(BackendKind::kCpu, Precision::kF32, "CPU · 2 cores", 14000, 0.3121, 0.931),
                     measured(BackendKind::kCuda, Precision::kF32, "NVIDIA H100 80GB HBM3", 1'190'000, 0.3121, 0.931),
                     measured(BackendKind::kCuda, Precision::kF16, "NVIDIA H100 80GB HBM3", 1'666'000, 0.3127, 0.930),
                     measured(BackendKind::kCuda, Precision::kBf16, "NVIDIA H100 80GB HBM3", 1'650'000, 0.3301, 0.801),
                     measured(BackendKind::kVirtual, Precision::kF32, "Virtual GPU · 2 cores", 2000, 0.3122, 0.931)};
  return comparison;
}

class BackEnd : public Plots {
 protected:
  void show_choices(bool gpu) {
    gui.view.training.backends = std::make_shared<const std::vector<BackendChoice>>(choices(gpu));
    gui.view.training.backend = gpu ? "cuda" : "cpu";
    gui.view.training.device = gpu ? "NVIDIA H100 80GB HBM3" : "CPU · 2 cores";
    gui.view.training.phases = {.gather = 2e-4, .forward = 1.2e-3, .backward = 3e-3, .update = 5e-4};
    gui.frames(2, draw);
  }
  void open() {
    gui.click("Back end", draw);
    gui.frames(2, draw);
  }
  void compare(const BackendComparison& comparison) {
    gui.view.comparison = std::make_shared<const BackendComparison>(comparison);
    gui.frames(2, draw);
  }
  bool enabled(const std::string& name) const {
    const auto& targets = gui.ui.targets;
    return std::any_of(targets.begin(), targets.end(),
                       [&](const panels::Target& target) { return target.name == name && target.enabled; });
  }
};

TEST_F(BackEnd, SendsTheBackEndOfEachRow) {
  show_choices(true);
  open();
  const std::pair<const char*, const char*> kRows[] = {
      {"CPU", "cpu"}, {"CUDA", "cuda"}, {"Virtual GPU", "virtual"}, {"Auto", "auto"}};
  for (const auto& [row, backend] : kRows) {
    gui.click(row, draw);
    EXPECT_EQ(asked().backend, backend) << row;
    EXPECT_EQ(asked().network, gui.view.training.settings.network) << "and nothing else changes";
  }
}

TEST_F(BackEnd, OffersNoRowThatCannotBeHad) {
  show_choices(false);
  open();
  EXPECT_FALSE(enabled("CUDA"));
  EXPECT_TRUE(enabled("Virtual GPU"));
  gui.click("CUDA", draw);
  EXPECT_TRUE(gui.sent<session::ApplySettings>().empty());
}

TEST_F(BackEnd, OffersTheCpuAloneBeforeTheOthersWereLookedFor) {
  open();
  EXPECT_TRUE(enabled("CPU"));
  EXPECT_TRUE(enabled("Auto"));
  EXPECT_FALSE(enabled("CUDA"));
  EXPECT_FALSE(enabled("Virtual GPU"));
}

TEST_F(BackEnd, IsSetByScriptsWhetherItIsOpenOrNot) {
  show_choices(true);
  set("Back end", "virtual");
  EXPECT_EQ(asked().backend, "virtual");
  set("Precision", "f16");
  EXPECT_EQ(asked().precision, Precision::kF16);
  set("Back end", "CUDA");
  EXPECT_EQ(asked().backend, "cuda");
  EXPECT_EQ(asked().precision, Precision::kF16) << "the second wish contains the first";
  set("Back end", "abacus");
  EXPECT_TRUE(gui.ui.pending_sets.contains("Back end")) << "the script player says that nobody took it";
  gui.ui.pending_sets.clear();
}

TEST_F(BackEnd, ChoosesPrecisionsOnlyWhereTheyCanBeHad) {
  show_choices(false);
  open();
  EXPECT_FALSE(enabled("f16"));
  EXPECT_FALSE(enabled("bf16"));
  gui.view.training.settings.backend = "virtual";
  gui.view.training.backend = "virtual";
  gui.frames(2, draw);
  EXPECT_TRUE(enabled("f16"));
  EXPECT_FALSE(enabled("bf16")) << "this virtual GPU has no tensor cores for it";
  gui.click("f16", draw);
  EXPECT_EQ(asked().precision, Precision::kF16);
}

TEST_F(BackEnd, IsReachedAndUsedByTheKeyboardAlone) {
  show_choices(true);
  gui.ui.widgets.focus = "Back end";
  gui.key("Enter", draw);
  gui.frame(draw);
  ASSERT_TRUE(has_target("Virtual GPU"));
  const auto& order = gui.ui.widgets.order;
  for (const char* name :
       {"Back end", "Auto", "CPU", "CUDA", "Virtual GPU", "f32", "f16", "bf16", "Compare on this machine"}) {
    EXPECT_THAT(order, testing::Contains(name)) << "Tab comes by";
  }
  gui.ui.widgets.focus = "Virtual GPU";
  gui.key("Space", draw);
  EXPECT_EQ(asked().backend, "virtual");
  gui.key("Esc", draw);
  gui.frame(draw);
  EXPECT_FALSE(has_target("Virtual GPU"));
}

TEST_F(BackEnd, ClosesWhenClickedBesideButNotInTheComparison) {
  show_choices(true);
  compare(comparison_with_gpu());
  open();
  const scene::Rect close = gui.target("Close comparison");
  gui.click(scene::Vec2{close.x - 200, close.y + 60}, draw);
  gui.frame(draw);
  EXPECT_TRUE(has_target("Virtual GPU"));
  gui.click(scene::Vec2{360, 1000}, draw);
  gui.frame(draw);
  EXPECT_FALSE(has_target("Virtual GPU"));
}

TEST_F(BackEnd, ComparesStopsAndForgets) {
  show_choices(true);
  open();
  EXPECT_FALSE(has_target("Close comparison"));
  gui.click("Compare on this machine", draw);
  EXPECT_EQ(gui.sent<session::CompareBackends>().size(), 1U);
  BackendComparison comparison = comparison_with_gpu();
  comparison.running = true;
  comparison.rows[3].done = false;
  comparison.rows[4].done = false;
  compare(comparison);
  EXPECT_FALSE(enabled("Compare on this machine"));
  gui.click("Stop comparing", draw);
  EXPECT_EQ(gui.sent<session::StopComparing>().size(), 1U);
  compare(comparison_with_gpu());
  EXPECT_TRUE(enabled("Compare on this machine"));
  gui.click("Close comparison", draw);
  EXPECT_EQ(gui.sent<session::StopComparing>().size(), 2U);
}

TEST_F(BackEnd, OffersTheBatchThatFitsInTheCardAndInTheBanner) {
  show_choices(true);
  gui.view.training.settings.batch = 4096;
  gui.view.training.settings.backend = "cuda";
  gui.view.training.batch_that_fits = 1024;
  open();
  gui.click("Use the batch that fits", draw);
  EXPECT_EQ(asked().batch, 1024);
  gui.key("Esc", draw);
  gui.commands.clear();
  gui.frames(200, draw);  // nobody answered: the wish is forgotten
  gui.click("Use a smaller batch", draw);
  EXPECT_EQ(asked().batch, 1024);
  gui.click("Train on the CPU", draw);
  EXPECT_EQ(asked().backend, "cpu");
  gui.view.training.pending = gui.view.training.settings;
  gui.view.training.pending->batch = 1024;
  gui.frames(2, draw);
  EXPECT_FALSE(has_target("Use a smaller batch")) << "it is asked for";
}

// ---- Words

TEST(DeviceNames, AreShortenedToWhatTellsThemApart) {
  EXPECT_EQ(panels::short_device("NVIDIA H100 80GB HBM3"), "H100");
  EXPECT_EQ(panels::short_device("NVIDIA A100-SXM4-40GB"), "A100");
  EXPECT_EQ(panels::short_device("NVIDIA A100 80GB PCIe"), "A100");
  EXPECT_EQ(panels::short_device("NVIDIA GeForce RTX 4070"), "RTX 4070");
  EXPECT_EQ(panels::short_device("NVIDIA RTX 6000 Ada Generation"), "RTX 6000 Ada");
  EXPECT_EQ(panels::short_device("Tesla T4"), "Tesla T4");
  EXPECT_EQ(panels::short_device("Virtual GPU · 2 cores"), "Virtual GPU · 2 cores");
  EXPECT_EQ(panels::shortest_device("Virtual GPU · 2 cores"), "Virtual GPU");
  EXPECT_EQ(panels::shortest_device("CPU · 16 cores"), "CPU");
}

TEST(StepTimes, HaveThreeDigitsAtMost) {
  EXPECT_EQ(panels::step_time_text(0.123), "123 ms");
  EXPECT_EQ(panels::step_time_text(0.01234), "12.3 ms");
  EXPECT_EQ(panels::step_time_text(0.00493), "4.93 ms");
  EXPECT_EQ(panels::step_time_text(37.4e-6), "37 µs");
  EXPECT_EQ(panels::step_time_text(3.14e-6), "3.1 µs");
}

TEST(PartsOfAWhole, AreSaidAsPeopleSayThem) {
  EXPECT_EQ(panels::part_text(0.8), "80 %");
  EXPECT_EQ(panels::part_text(0.5), "half");
  EXPECT_EQ(panels::part_text(0.34), "a third");
  EXPECT_EQ(panels::part_text(0.25), "a quarter");
  EXPECT_EQ(panels::part_text(1 / 7.1), "a 7th");
  EXPECT_EQ(panels::part_text(1 / 8.0), "an 8th");
  EXPECT_EQ(panels::part_text(1 / 11.0), "an 11th");
  EXPECT_EQ(panels::part_text(1 / 12.0), "a 12th");
  EXPECT_EQ(panels::part_text(1 / 22.0), "a 22nd");
  EXPECT_EQ(panels::part_text(1 / 137.0), "a 140th");
}

TEST(ComparisonInWords, SaysHowFastAndWhetherTheNumbersAreTheSame) {
  const std::string words = panels::comparison_text(comparison_with_gpu());
  EXPECT_THAT(words, HasSubstr("The H100 computes the same numbers as the CPU at 85 times its speed."));
  EXPECT_THAT(words, HasSubstr("The virtual GPU computes the same numbers as the CPU at a 7th of its speed."));
}

TEST(ComparisonInWords, SaysWhatSixteenBitsCostAndGive) {
  const std::string words = panels::comparison_text(comparison_with_gpu());
  // 93.0 % and 93.1 % of a thousand pictures differ by one picture; 80.1 % is far beyond chance.
  EXPECT_THAT(words, HasSubstr("f16 is 1.4 times as fast as f32 there and as accurate: 93.0 % against 93.1 %."));
  EXPECT_THAT(words, HasSubstr("bf16 is 1.4 times as fast as f32 there and less accurate: 80.1 % against 93.1 %."));
}

TEST(ComparisonInWords, SaysWhereTheLossesDiffer) {
  BackendComparison comparison = comparison_with_gpu();
  comparison.rows[4].loss = 0.4;
  EXPECT_THAT(panels::comparison_text(comparison), HasSubstr("ends at loss 0.4000 where the CPU ends at 0.3121"));
}

TEST(ComparisonInWords, SaysNothingBeforeTwoAreDone) {
  BackendComparison comparison = comparison_with_gpu();
  for (std::size_t i = 1; i < comparison.rows.size(); ++i) comparison.rows[i].done = false;
  EXPECT_EQ(panels::comparison_text(comparison), "");
  comparison.rows[1].problem = "The GPU was lost.";
  comparison.rows[1].done = true;
  EXPECT_EQ(panels::comparison_text(comparison), "") << "a row with a problem has no numbers";
}

TEST(ComparisonTable, GivesSpeedsAsTimesOfTheCpus) {
  const BackendComparison comparison = comparison_with_gpu();
  EXPECT_EQ(panels::comparison_cells(comparison, 0).times, "1");
  EXPECT_EQ(panels::comparison_cells(comparison, 1).times, "85");
  EXPECT_EQ(panels::comparison_cells(comparison, 2).times, "120");
  EXPECT_EQ(panels::comparison_cells(comparison, 4).times, "0.14");
  EXPECT_EQ(panels::comparison_cells(comparison, 1).name, "H100");
  EXPECT_EQ(panels::comparison_cells(comparison, 1).rate, "1,190,000");
}

// ---- Room

struct Place {
  float width, height, scale;
  bool dark;
};
class EveryWindow : public testing::TestWithParam<Place> {};

TEST_P(EveryWindow, CutsNoNumberOfTheComparison) {
  const Place place = GetParam();
  BareGui gui{place.width, place.height, place.scale};
  gui.ui.dark = place.dark;
  BackendComparison comparison = comparison_with_gpu();
  comparison.rows[2].device = kLongName;
  comparison.rows[4].samples_per_second = 8'888'888;
  comparison.rows[4].seconds_a_step = 0.8888;
  gui.frame([&](const Frame& f) {
    const float room = std::min(place.width - f.px(16), f.px(600));
    const auto layout = panels::layout_comparison(f, place.width - f.px(8), f.px(90), room, comparison);
    EXPECT_GE(layout.card.x, f.px(8) - 1);
    EXPECT_LE(layout.card.bottom(), place.height);
    for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
      const auto cells = panels::comparison_cells(comparison, i);
      const auto fits = [&](const std::string& words, const panels::ComparisonLayout::Column& column) {
        EXPECT_LE(panels::text_width(f, panels::Type::kNumber, words), column.w) << words;
      };
      fits(cells.rate, layout.rate);
      fits(cells.times, layout.times);
      fits(cells.step, layout.step);
      fits(cells.loss, layout.loss);
      fits(cells.accuracy, layout.accuracy);
    }
    const panels::ComparisonLayout::Column columns[] = {layout.name, layout.rate,   layout.rate_bar, layout.times,
                                                        layout.step, layout.phases, layout.loss,     layout.accuracy};
    float x = layout.card.x;
    for (const auto& column : columns) {
      if (column.w == 0) continue;
      EXPECT_GE(column.x, x);
      x = column.x + column.w;
    }
    EXPECT_LE(x, layout.card.right());
  });
}

TEST_P(EveryWindow, PutsNothingOverAnythingElseAndAllOfItInside) {
  const Place place = GetParam();
  for (const bool gpu : {false, true}) {
    for (const bool compared : {false, true}) {
      BareGui gui{place.width, place.height, place.scale};
      gui.ui.dark = place.dark;
      gui.view = sample_view({});
      gui.view.training.backends = std::make_shared<const std::vector<BackendChoice>>(choices(gpu));
      gui.view.training.backend = gpu ? "cuda" : "cpu";
      gui.view.training.device = gpu ? kLongName : "CPU · 2 cores";
      gui.view.training.batch_that_fits = 32;
      gui.view.training.phases = {.gather = 2e-4, .forward = 1.2e-3, .backward = 3e-3, .update = 5e-4};
      if (compared) gui.view.comparison = std::make_shared<const BackendComparison>(comparison_with_gpu());
      const scene::Rect bar{place.width * 0.2F, 44 * place.scale, place.width * 0.6F, 44 * place.scale};
      const auto draw_bar = [&](const Frame& f) { panels::draw_learn_toolbar(f, bar); };
      gui.frames(2, draw_bar);
      gui.click("Back end", draw_bar);
      gui.frames(2, draw_bar);
      std::vector<panels::Target> things;
      for (const panels::Target& target : gui.ui.targets) {
        EXPECT_GE(target.rect.x, 0) << target.name;
        EXPECT_LE(target.rect.right(), place.width) << target.name;
        EXPECT_LE(target.rect.bottom(), place.height) << target.name;
        if (target.rect.y > bar.bottom()) things.push_back(target);
      }
      EXPECT_GE(things.size(), compared ? 1U : 9U);
      for (std::size_t i = 0; i < things.size(); ++i) {
        for (std::size_t k = i + 1; k < things.size(); ++k) {
          const scene::Rect &a = things[i].rect, &b = things[k].rect;
          if (things[i].name == things[k].name) continue;
          const bool touch = a.x + 2 < b.right() && b.x + 2 < a.right() && a.y + 2 < b.bottom() && b.y + 2 < a.bottom();
          EXPECT_FALSE(touch) << things[i].name << " and " << things[k].name;
        }
      }
    }
  }
}

TEST_P(EveryWindow, LeavesTheChoicesWhereTheyAreWhenTheComparisonOpens) {
  const Place place = GetParam();
  BareGui gui{place.width, place.height, place.scale};
  gui.view = sample_view({});
  gui.view.training.backends = std::make_shared<const std::vector<BackendChoice>>(choices(true));
  const scene::Rect bar{place.width * 0.2F, 44 * place.scale, place.width * 0.6F, 44 * place.scale};
  const auto draw_bar = [&](const Frame& f) { panels::draw_learn_toolbar(f, bar); };
  gui.frames(2, draw_bar);
  gui.click("Back end", draw_bar);
  gui.frames(2, draw_bar);
  const scene::Rect before = gui.target("Compare on this machine");
  gui.view.comparison = std::make_shared<const BackendComparison>(comparison_with_gpu());
  gui.frames(2, draw_bar);
  const auto& targets = gui.ui.targets;
  const bool there = std::any_of(targets.begin(), targets.end(),
                                 [](const panels::Target& target) { return target.name == "Compare on this machine"; });
  if (there) {
    EXPECT_EQ(gui.target("Compare on this machine").x, before.x);
    EXPECT_EQ(gui.target("Compare on this machine").y, before.y);
  }
  EXPECT_TRUE(std::any_of(targets.begin(), targets.end(),
                          [](const panels::Target& target) { return target.name == "Close comparison"; }));
}

INSTANTIATE_TEST_SUITE_P(Sizes, EveryWindow,
                         testing::Values(Place{1120, 720, 1, true}, Place{1280, 720, 1, true},
                                         Place{1280, 720, 1, false}, Place{1280, 720, 1.35F, true},
                                         Place{1920, 1080, 1, true}, Place{1920, 1080, 1.35F, false},
                                         Place{2560, 1440, 1, false}, Place{3840, 2160, 2, true}),
                         [](const auto& info) {
                           return std::to_string(static_cast<int>(info.param.width)) + "x" +
                                  std::to_string(static_cast<int>(info.param.height)) + "at" +
                                  std::to_string(static_cast<int>(100 * info.param.scale)) +
                                  (info.param.dark ? "dark" : "light");
                         });

// Whether the pointer finds the times of the phases anywhere in the status bar.
bool status_bar_tells_phases(BareFrame::Size size, const session::LearnView& view) {
  BareFrame frame(size);
  frame.draw(view);
  for (float x = 60; x < size.width / 2; x += 16) {
    frame.move({x, size.height - 12 * size.scale});
    frame.draw(view);
    for (const std::string& tip : frame.ui().widgets.tips) {
      if (tip.find("One step takes 4.90 ms") != std::string::npos) return true;
    }
  }
  return false;
}

TEST(StatusBar, TellsWhereAStepsTimeGoesWhereThereIsRoom) {
  session::LearnView view = sample_view({});
  EXPECT_FALSE(status_bar_tells_phases({1280, 720, 1}, view)) << "nothing was measured";
  view.training.phases = {.gather = 2e-4, .forward = 1.2e-3, .backward = 3e-3, .update = 5e-4};
  EXPECT_TRUE(status_bar_tells_phases({1280, 720, 1}, view));
  EXPECT_TRUE(status_bar_tells_phases({1920, 1080, 1}, view));
  EXPECT_FALSE(status_bar_tells_phases({760, 600, 1}, view));
}

TEST(ExplanationOfTheBackEnd, SaysWhereItTrains) {
  const session::LearnView view = sample_view({});
  const panels::UiState ui;
  const auto said = panels::explain(view, ui, {.kind = panels::Focus::Kind::kControl, .name = "Back end"});
  EXPECT_EQ(said.heading, "Where training runs");
  ASSERT_FALSE(said.facts.empty());
  EXPECT_EQ(said.facts[0].value, view.training.device);
  for (const char* name : {"Precision", "Phases", "Compare on this machine"}) {
    EXPECT_NE(panels::explain(view, ui, {.kind = panels::Focus::Kind::kControl, .name = name}).heading, "") << name;
  }
}

// ---- Scripts

TEST(BackendScriptValues, SayWhatTheViewSays) {
  session::LearnView view = sample_view({});
  view.training.backend = "virtual";
  view.training.switching = true;
  view.training.phases = {.gather = 2e-4, .forward = 1.2e-3, .backward = 3e-3, .update = 5e-4};
  session::StepView step;
  session::ConvolveView convolve;
  session::MapView map;
  panels::UiState ui;
  app::FrameTimes frame_times;
  const auto value = [&](std::string_view name) {
    return app::script_value(name, {view, step, convolve, map, ui, frame_times, 0});
  };
  EXPECT_EQ(value("train.backend"), app::ScriptValue("virtual"));
  EXPECT_EQ(value("train.switching"), app::ScriptValue(1.0));
  EXPECT_NEAR(std::get<double>(value("train.phase.backward")), 3.0, 1e-9);
  EXPECT_NEAR(std::get<double>(value("train.phase.gather")), 0.2, 1e-9);
  EXPECT_EQ(value("compare.rows"), app::ScriptValue("none"));
  view.comparison = std::make_shared<const BackendComparison>(comparison_with_gpu());
  EXPECT_EQ(value("compare.rows"), app::ScriptValue(5.0));
  EXPECT_EQ(value("compare.done"), app::ScriptValue(1.0));
  EXPECT_EQ(value("compare.speed.5"), app::ScriptValue(2000.0));
}

}  // namespace
}  // namespace warpscope::tests
