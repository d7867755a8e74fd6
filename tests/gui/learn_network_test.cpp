#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/panels/learn_explanation.h"
#include "app/panels/learn_network.h"
#include "app/panels/learn_network_math.h"
#include "app/panels/learn_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/support/sample_view.h"

namespace warpscope::tests {
namespace {

using panels::Focus;
using panels::Frame;

constexpr scene::Rect kNetwork{352, 92, 1208, 580};
constexpr scene::Rect kRight{1560, 44, 360, 1008};

void draw(const Frame& f) {
  panels::handle_learn_keys(f);
  panels::draw_network(f, kNetwork);
  panels::draw_explanation(f, kRight);
}

class Network : public testing::TestWithParam<std::string> {
 protected:
  void show(const std::string& name) {
    gui.view = sample_view({.network = name});
    gui.frames(2, draw);
  }
  const scene::NetworkColumn& column(int layer, scene::NetworkColumn::Kind kind) const {
    const scene::NetworkLayout& layout = gui.ui.learn.network.layout;
    return layout.columns[static_cast<std::size_t>(layout.column_of(layer, kind))];
  }
  BareGui gui{1920, 1080};
};
using OneNetwork = Network;

TEST_F(OneNetwork, PointingAtAPixelOfAMapPutsItIntoFocus) {
  show("cnn32");
  gui.move(column(0, scene::NetworkColumn::Kind::kMaps).pixel(27, 16, 10).centre(), draw);
  EXPECT_EQ(gui.ui.hovered, (Focus{Focus::Kind::kMapPixel, 0, 27, 16, 10, {}}));
  EXPECT_EQ(gui.ui.focus(), gui.ui.hovered);
}

TEST_F(OneNetwork, AClickHoldsThePixelAndArrowsMoveIt) {
  show("cnn32");
  gui.click(column(0, scene::NetworkColumn::Kind::kMaps).pixel(3, 5, 6).centre(), draw);
  EXPECT_EQ(gui.ui.pinned, (Focus{Focus::Kind::kMapPixel, 0, 3, 5, 6, {}}));
  gui.key("Right", draw);
  gui.key("Down", draw);
  gui.key("Down", draw);
  EXPECT_EQ(gui.ui.pinned, (Focus{Focus::Kind::kMapPixel, 0, 3, 7, 7, {}}));
  gui.move({400, 110}, draw);
  EXPECT_EQ(gui.ui.focus().index, 3) << "it is held wherever the pointer goes";
  gui.key("Esc", draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kNone);
}

TEST_F(OneNetwork, ArrowsStopAtTheEdgeOfAMap) {
  show("cnn32");
  gui.click(column(0, scene::NetworkColumn::Kind::kMaps).pixel(0, 0, 25).centre(), draw);
  gui.key("Right", draw);
  gui.key("Up", draw);
  EXPECT_EQ(gui.ui.pinned.row, 0);
  EXPECT_EQ(gui.ui.pinned.column, 25);
}

TEST_F(OneNetwork, KeysReachEveryLayerWithoutAPointer) {
  show("cnn32");
  gui.key("Right", draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kMapPixel) << "a first arrow chooses something to begin with";
  std::vector<Focus::Kind> kinds;
  for (int i = 0; i < 4; ++i) {
    gui.key("Ctrl+Right", draw);
    kinds.push_back(gui.ui.pinned.kind);
  }
  EXPECT_THAT(kinds, testing::ElementsAre(Focus::Kind::kPoolPixel, Focus::Kind::kUnit, Focus::Kind::kOutput,
                                          Focus::Kind::kOutput));
  const int before = gui.ui.pinned.index;
  gui.key("PageDown", draw);
  EXPECT_EQ(gui.ui.pinned.index, before + 1);
  for (int i = 0; i < 4; ++i) gui.key("Ctrl+Left", draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kInput);
}

TEST_F(OneNetwork, KeysStepOverTheWeightPicturesOfAUnit) {
  show("mlp128-64");
  gui.key("Down", draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kUnit);
  gui.key("Ctrl+Right", draw);
  EXPECT_EQ(gui.ui.pinned.layer, 2) << "the second hidden layer";
  gui.key("Ctrl+Left", draw);
  EXPECT_EQ(gui.ui.pinned.layer, 0);
  gui.key("Ctrl+Left", draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kInput);
}

TEST_F(OneNetwork, AnotherClickOnTheSamePixelLetsItGo) {
  show("cnn32");
  const scene::Vec2 at = column(0, scene::NetworkColumn::Kind::kMaps).pixel(3, 5, 6).centre();
  gui.click(at, draw);
  gui.click(at, draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kNone);
}

TEST_F(OneNetwork, TheWindowSlidesAPixelEvery160Milliseconds) {
  show("cnn32");
  gui.click(column(0, scene::NetworkColumn::Kind::kMaps).pixel(2, 4, 23).centre(), draw);
  gui.key("S", draw);
  EXPECT_LE(gui.ui.wake_at, gui.ui.now + 0.161);
  gui.frames(10, draw);  // 167 ms
  EXPECT_EQ(gui.ui.pinned.column, 24);
  gui.frames(20, draw);
  EXPECT_EQ(gui.ui.pinned.row, 5) << "then it begins the next row";
  EXPECT_EQ(gui.ui.pinned.column, 0);
  gui.key("Esc", draw);
  const Focus held = gui.ui.pinned;
  gui.frames(30, draw);
  EXPECT_EQ(gui.ui.pinned, held);
}

TEST_F(OneNetwork, TheExplanationFollowsWhatIsPointedAt) {
  show("cnn32");
  gui.move(column(0, scene::NetworkColumn::Kind::kMaps).pixel(1, 1, 1).centre(), draw);
  EXPECT_EQ(gui.ui.learn.explanation.shown.kind, Focus::Kind::kMapPixel);
  gui.move({360, 100}, draw);
  EXPECT_EQ(gui.ui.learn.explanation.shown.kind, Focus::Kind::kMapPixel) << "it does not flicker in a gap";
  EXPECT_LE(gui.ui.wake_at, gui.ui.now + 0.16) << "and asks for the frame in which it will change";
  gui.frames(12, draw);
  EXPECT_EQ(gui.ui.learn.explanation.shown.kind, Focus::Kind::kNone);
}

TEST_F(OneNetwork, TheExplanationStaysWhileThePointerIsOnIt) {
  show("cnn32");
  gui.move(column(0, scene::NetworkColumn::Kind::kMaps).pixel(1, 1, 1).centre(), draw);
  gui.move(kRight.centre(), draw);
  gui.frames(60, draw);
  EXPECT_EQ(gui.ui.learn.explanation.shown.kind, Focus::Kind::kMapPixel);
}

TEST_F(OneNetwork, PointingAtAFilterMarksItsMap) {
  show("cnn32");
  gui.move(column(0, scene::NetworkColumn::Kind::kMaps).pixel(1, 1, 1).centre(), draw);
  gui.move(gui.target("Filter 9").centre(), draw);
  EXPECT_EQ(gui.ui.hovered, (Focus{Focus::Kind::kFilter, 0, 8, -1, -1, {}}));
  gui.frame(draw);
  EXPECT_EQ(gui.ui.learn.network.before.index, 8) << "what the network picture shows in the next frame";
  gui.click("Filter 9", draw);
  EXPECT_EQ(gui.ui.pinned.index, 8);
}

TEST_F(OneNetwork, TheNextExampleIsOneClickAwayWhileThePadIsEmpty) {
  gui.view = sample_view({.shows = SampleOptions::Shows::kExample});
  gui.frames(2, draw);
  gui.click("Next example", draw);
  ASSERT_EQ(gui.sent<session::ShowExample>().size(), 1U);
  EXPECT_EQ(gui.sent<session::ShowExample>()[0].index, -1);
}

TEST_F(OneNetwork, AFocusOfTheNetworkBeforeIsLetGo) {
  show("cnn32");
  gui.click(column(0, scene::NetworkColumn::Kind::kMaps).pixel(3, 5, 6).centre(), draw);
  show("mlp128");
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kNone);
}

TEST_F(OneNetwork, PicturesAreRepaintedOnlyWhenTheProbeChanges) {
  show("cnn32");
  gui.images.take_dirty();
  gui.frames(3, draw);
  EXPECT_EQ(gui.images.take_dirty().width, 0);
  gui.view.probe = probe_of(*gui.view.probe, sample_drawing({.digit = 3}), 2);
  gui.frame(draw);
  EXPECT_GT(gui.images.take_dirty().width, 0);
}

TEST_F(OneNetwork, FiltersAndTheirChangeTakeThePlaceOfTheMaps) {
  show("cnn32");
  gui.images.take_dirty();
  gui.click("Show filters", draw);
  gui.frame(draw);
  EXPECT_EQ(gui.ui.learn.network.mode, panels::NetworkMode::kFilters);
  gui.key("W", draw);
  gui.frame(draw);
  EXPECT_EQ(gui.ui.learn.network.mode, panels::NetworkMode::kChange);
  gui.click("Show maps", draw);
  EXPECT_FALSE(gui.ui.show_weight_change);
}

TEST_F(OneNetwork, SaysWhyThereIsNothingToSee) {
  for (const auto status : {session::TrainingStatus::kLoading, session::TrainingStatus::kFailed}) {
    gui.view = sample_view({.status = status});
    gui.view.probe = nullptr;
    gui.frames(2, draw);
    EXPECT_TRUE(gui.commands.empty());
  }
}

// Numbers: against inference and against sums made here by hand.
TEST_F(OneNetwork, AWorkedSumOfTheFirstConvolutionIsTheActivation) {
  const session::LearnView view = sample_view({.network = "cnn32-64"});
  const session::Probe& probe = *view.probe;
  for (const int map : {0, 13, 31}) {
    const Focus focus{Focus::Kind::kMapPixel, 0, map, 12, 9, {}};
    const panels::ConvSum sum = panels::conv_sum(probe, focus);
    const training::LayerWeights& layer = probe.weights->layers[0];
    double expected = layer.bias.data[static_cast<std::size_t>(map)];
    for (int u = 0; u < 3; ++u) {
      for (int v = 0; v < 3; ++v) {
        expected += static_cast<double>(layer.weight.data[static_cast<std::size_t>(map * 9 + u * 3 + v)]) *
                    probe.input[static_cast<std::size_t>((12 + u) * 28 + 9 + v)];
      }
    }
    EXPECT_NEAR(sum.sum + sum.bias, expected, 1e-5);
    EXPECT_NEAR(sum.result, std::max(0.0, expected), 1e-5);
    EXPECT_EQ(sum.result, probe.activations.layers[1][static_cast<std::size_t>((map * 26 + 12) * 26 + 9)]);
  }
}

TEST_F(OneNetwork, AWorkedSumOfTheSecondConvolutionShowsItsStrongestChannelAndTheTotal) {
  const session::LearnView view = sample_view({.network = "cnn32-64"});
  const session::Probe& probe = *view.probe;
  const Focus focus{Focus::Kind::kMapPixel, 3, 40, 5, 6, {}};
  const panels::ConvSum sum = panels::conv_sum(probe, focus);
  const training::LayerWeights& layer = *probe.weights->of_layer(3);
  double total = 0, strongest = 0;
  int channel = -1;
  for (int c = 0; c < 32; ++c) {
    double part = 0;
    for (int u = 0; u < 3; ++u) {
      for (int v = 0; v < 3; ++v) {
        part += static_cast<double>(layer.weight.data[static_cast<std::size_t>(((40 * 32 + c) * 3 + u) * 3 + v)]) *
                probe.activations.layers[2][static_cast<std::size_t>((c * 13 + 5 + u) * 13 + 6 + v)];
      }
    }
    total += part;
    if (std::abs(part) > std::abs(strongest)) strongest = part, channel = c;
  }
  EXPECT_EQ(sum.channels, 32);
  EXPECT_EQ(sum.channel, channel);
  EXPECT_NEAR(sum.channel_sum, strongest, 1e-5);
  EXPECT_NEAR(sum.sum, total, 1e-4);
  EXPECT_NEAR(sum.result, std::max(0.0, total + sum.bias), 1e-4);
}

TEST_F(OneNetwork, APooledPixelIsTheLargestOfItsFour) {
  const session::LearnView view = sample_view();
  const session::Probe& probe = *view.probe;
  for (int map = 0; map < 32; ++map) {
    const panels::PoolSum sum = panels::pool_sum(probe, {Focus::Kind::kPoolPixel, 2, map, 6, 7, {}});
    const auto at = [&](int row, int column) {
      return probe.activations.layers[1][static_cast<std::size_t>((map * 26 + row) * 26 + column)];
    };
    EXPECT_THAT(sum.values, testing::ElementsAre(at(12, 14), at(12, 15), at(13, 14), at(13, 15)));
    EXPECT_EQ(sum.value, *std::max_element(sum.values.begin(), sum.values.end()));
    EXPECT_EQ(at(sum.winner_row, sum.winner_column), sum.value);
  }
}

TEST_F(OneNetwork, TheSumOfAnOutputIsItsLogit) {
  const session::LearnView view = sample_view();
  const session::Probe& probe = *view.probe;
  for (int digit = 0; digit < 10; ++digit) {
    const panels::DenseSum sum = panels::dense_sum(probe, {Focus::Kind::kOutput, 5, digit, -1, -1, {}}, 4);
    EXPECT_NEAR(sum.sum + sum.bias, probe.activations.layers.back()[static_cast<std::size_t>(digit)], 1e-3);
    EXPECT_EQ(sum.result, probe.activations.probabilities[static_cast<std::size_t>(digit)]);
    ASSERT_EQ(sum.strongest.size(), 4U);
    EXPECT_GE(std::abs(sum.strongest[0].product), std::abs(sum.strongest[3].product));
  }
}

TEST_F(OneNetwork, AUnitOfTheFirstDenseLayerSumsAllPixels) {
  const session::LearnView view = sample_view({.network = "mlp64-sigmoid"});
  const session::Probe& probe = *view.probe;
  const panels::DenseSum sum = panels::dense_sum(probe, {Focus::Kind::kUnit, 0, 17, -1, -1, {}}, 4);
  double expected = probe.weights->layers[0].bias.data[17];
  for (std::size_t i = 0; i < 784; ++i) {
    expected += static_cast<double>(probe.weights->layers[0].weight.data[17 * 784 + i]) * probe.input[i];
  }
  EXPECT_NEAR(sum.sum + sum.bias, expected, 1e-4);
  EXPECT_NEAR(sum.result, 1 / (1 + std::exp(-expected)), 1e-5) << "after the sigmoid";
  EXPECT_EQ(sum.inputs, 784);
}

TEST(Explanation, NamesWhatAClearFilterAnswersTo) {
  const std::vector<float> upper{-0.4F, -0.6F, -0.5F, 0.0F, 0.1F, 0.0F, 0.6F, 0.7F, 0.4F};
  EXPECT_EQ(panels::meaning_of_filter(upper, 3).finds, "dark above and bright below");
  const std::vector<float> left{-1, 0, 1, -1, 0, 1, -1, 0, 1};
  EXPECT_EQ(panels::meaning_of_filter(left, 3).where, "along the left edge of a stroke");
  const std::vector<float> mixed{1, -1, 1, -1, 0, -1, 1, 1, -1};
  EXPECT_TRUE(panels::meaning_of_filter(mixed, 3).finds.empty()) << "what is not clear is not claimed";
}

TEST(Explanation, CountsWeightsAndMultiplicationsOfTheLayer) {
  const session::LearnView view = sample_view();
  const panels::UiState ui;
  const panels::Explanation e = panels::explain(view, ui, {Focus::Kind::kMapPixel, 0, 27, 16, 10, {}});
  std::map<std::string, std::string> facts;
  for (const auto& fact : e.facts) facts[fact.name] = fact.value;
  EXPECT_EQ(facts["weights: 32 × (9 + bias)"], "320");
  EXPECT_EQ(facts["multiplications per picture"], "194,688") << "26 x 26 x 32 x 9";
}

TEST(Explanation, HasWordsForEveryFocusAndAtMostTwoButtons) {
  for (const char* network : {"mlp64-sigmoid", "mlp128", "mlp128-64", "cnn32", "cnn32-64"}) {
    const session::LearnView view = sample_view({.network = network});
    const panels::UiState ui;
    for (int kind = 0; kind <= static_cast<int>(Focus::Kind::kStep); ++kind) {
      for (int layer = -1; layer < 7; ++layer) {
        const panels::Explanation e =
            panels::explain(view, ui, {static_cast<Focus::Kind>(kind), layer, 3, 2, 2, "Rate"});
        EXPECT_FALSE(e.heading.empty());
        EXPECT_GT(e.text.size(), 60U);
        EXPECT_LE(e.actions.size(), 2U);
        for (const std::string& text : {e.heading, e.text, e.more, e.try_text}) {
          std::size_t marks = 0;
          for (std::size_t at = text.find("**"); at != std::string::npos; at = text.find("**", at + 2)) ++marks;
          EXPECT_EQ(marks % 2, 0U) << "a bold run is left open in: " << text;
        }
      }
    }
  }
}

TEST(Explanation, OffersAWayOnAfterTheLossExploded) {
  const session::LearnView view = sample_view({.status = session::TrainingStatus::kDiverged});
  const panels::UiState ui;
  const panels::Explanation e = panels::explain(view, ui, {});
  EXPECT_THAT(e.text, testing::HasSubstr("48.5"));
  EXPECT_THAT(e.actions, testing::ElementsAre(panels::TryAction::kRecover));
}

// Every cell of every network answers: focus, sum, explanation, at three sizes, in both themes.
TEST_P(Network, AnswersWhereverOnePoints) {
  struct Size {
    float width, height, scale;
    scene::Rect network, right;
  };
  const Size sizes[] = {{1920, 1080, 1, kNetwork, kRight},
                        {1280, 720, 1, {248, 84, 772, 342}, {1020, 44, 260, 648}},
                        {3840, 2160, 2, {704, 184, 2416, 1160}, {3120, 88, 720, 2016}}};
  for (const Size& size : sizes) {
    BareGui other(size.width, size.height, size.scale);
    other.view = sample_view({.network = GetParam()});
    other.ui.dark = size.scale == 1;
    const auto draw_at = [&](const Frame& f) {
      panels::draw_network(f, size.network);
      panels::draw_explanation(f, size.right);
    };
    other.frame(draw_at);
    const scene::NetworkLayout layout = other.ui.learn.network.layout;
    for (const scene::NetworkColumn& column : layout.columns) {
      for (const int cell : {0, column.count / 2, column.count - 1}) {
        const scene::Vec2 at =
            column.pictures() ? column.pixel(cell, column.shape.height - 1, 0).centre() : column.cell(cell).centre();
        other.move(at, draw_at);
        EXPECT_NE(other.ui.hovered.kind, Focus::Kind::kNone);
        EXPECT_TRUE(panels::is_in(*other.view.probe->network, other.ui.hovered));
        EXPECT_EQ(other.ui.learn.explanation.shown, other.ui.hovered);
        other.frame(draw_at);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Network, testing::Values("mlp64-sigmoid", "mlp128", "mlp128-64", "cnn32", "cnn32-64"));

}  // namespace
}  // namespace warpscope::tests
