// The middle of Convolve: pictures, the pixel they are about, its arithmetic and who computed it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/panels/convolve_sums.h"
#include "app/scene/convolve_layout.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/convolve_fixture.h"

namespace warpscope::tests {
namespace {

using convolution::Stage;
using convolution::StageKind;
using panels::ConvolveColour;
using panels::ConvolveLook;
using panels::ConvolvePixel;
using panels::ConvolveShow;
using panels::FieldLook;
using panels::Frame;
using testing::Contains;
using testing::HasSubstr;

struct Window {
  float width = 1560, height = 1008, scale = 1;
};

scene::ConvolveLayout layout_of(const Window& window) {
  return scene::convolve_layout({0, 0, window.width, window.height}, window.width / window.scale, window.scale, 0);
}

// The middle as the window draws it, with the hand of a test.
class Middle {
 public:
  explicit Middle(ConvolveSample what = {}, Window window = {})
      : window_(window), gui(window.width, window.height, window.scale) {
    gui.convolve = convolve_view(std::move(what));
    gui.ui.workspace = panels::Workspace::kConvolve;
    gui.ui.convolve.colour = ConvolveColour::kNothing;
    gui.frame(draw);
  }

  BareGui::Draw draw = [this](const Frame& f) {
    panels::ConvolvePanels& state = f.ui.convolve;
    state.before = state.hovered;
    state.hovered.reset();
    panels::handle_convolve_keys(f);
    const scene::ConvolveLayout parts = layout_of(window_);
    panels::draw_convolve_toolbar(f, parts.toolbar);
    panels::draw_convolve_pictures(f, parts.pictures);
    panels::draw_convolve_arithmetic(f, parts.arithmetic);
    panels::draw_convolve_worker(f, parts.worker);
    view_ = panels::chosen_stage(f);
    if (view_) places_ = panels::place_pictures(f, *view_, parts.pictures);
  };

  scene::Vec2 output(int x, int y, int map = 0) const { return places_.output.pixel(map, x, y).centre(); }
  scene::Vec2 input(int x, int y, int map = 0) const { return places_.input.pixel(map, x, y).centre(); }
  const panels::ConvolvePictures& places() const { return places_; }
  const panels::ChosenStage& stage() const { return *view_; }
  panels::ConvolvePanels& state() { return gui.ui.convolve; }
  const std::deque<panels::Fields::Order>& drawn() { return state().fields.orders(); }

 private:
  Window window_;
  std::optional<panels::ChosenStage> view_;
  panels::ConvolvePictures places_;

 public:
  BareGui gui;
};

ConvolveSample with_chain(std::vector<Stage> chain) {
  ConvolveSample what;
  what.settings.chain = std::move(chain);
  return what;
}
Stage stage_of(StageKind kind) {
  Stage stage;
  stage.kind = kind;
  return stage;
}

// ---- The pointer

TEST(ConvolvePointer, OverAnOutputPixelIsAboutThatPixel) {
  Middle middle;
  middle.gui.move(middle.output(10, 7), middle.draw);
  EXPECT_EQ(middle.state().hovered, (ConvolvePixel{0, 10, 7}));
  EXPECT_EQ(middle.state().about, "pixel");
  middle.gui.move({2, 2}, middle.draw);
  EXPECT_FALSE(middle.state().hovered);
}

TEST(ConvolvePointer, OverAnInputPixelIsAboutTheOutputWhoseWindowHasItInItsMiddle) {
  Middle same;
  same.gui.move(same.input(20, 30), same.draw);
  EXPECT_EQ(same.state().hovered, (ConvolvePixel{0, 20, 30}));

  Stage stage = filter_stage({"sobel-x"});
  stage.stride = 2;
  stage.padding = 0;  // output x has its middle at 2x + 1
  Middle half(with_chain({stage}));
  half.gui.move(half.input(21, 11), half.draw);
  EXPECT_EQ(half.state().hovered, (ConvolvePixel{0, 10, 5}));
}

TEST(ConvolvePointer, OverAMapOfABankIsAboutItsPlane) {
  Middle middle(with_chain({filter_stage({"sobel-x", "sobel-y", "laplacian", "box"})}));
  ASSERT_EQ(middle.places().output.maps, 4);
  middle.gui.move(middle.output(5, 6, 2), middle.draw);
  EXPECT_EQ(middle.state().hovered, (ConvolvePixel{2, 5, 6}));
}

TEST(ConvolvePointer, AClickPinsAndAnotherLetsGoAndSoDoesEscape) {
  Middle middle;
  middle.gui.click(middle.output(12, 9), middle.draw);
  EXPECT_EQ(middle.state().pinned, (ConvolvePixel{0, 12, 9}));
  middle.gui.click(middle.output(12, 9), middle.draw);
  EXPECT_FALSE(middle.state().pinned);
  middle.gui.click(middle.output(3, 4), middle.draw);
  middle.gui.key("Esc", middle.draw);
  EXPECT_FALSE(middle.state().pinned);
}

TEST(ConvolvePointer, ArrowKeysMoveThePinnedPixelAndStopAtTheEdge) {
  Middle middle;
  middle.gui.click(middle.output(1, 9), middle.draw);
  middle.gui.move({2, 2}, middle.draw);
  for (const char* key : {"Left", "Left", "Left", "Down"}) middle.gui.key(key, middle.draw);
  EXPECT_EQ(middle.state().pinned, (ConvolvePixel{0, 0, 10}));
}

TEST(ConvolvePointer, TheWheelZoomsAndThePixelUnderItStays) {
  Middle middle({.width = 256, .height = 256});
  const int before = middle.state().stage_state.shown_zoom;
  const scene::Vec2 at = middle.output(100, 60);
  middle.gui.move(at, middle.draw);
  for (int i = 0; i < 3; ++i) middle.gui.wheel(1, middle.draw);
  EXPECT_EQ(middle.state().stage_state.zoom, before + 3);
  middle.gui.move(at, middle.draw);
  EXPECT_NEAR(middle.state().hovered->x, 100, 1);
  EXPECT_NEAR(middle.state().hovered->y, 60, 1);
}

TEST(ConvolvePointer, DragsAPictureThatIsLargerThanItsPlaceAndPinsNothingThen) {
  Middle middle({.width = 256, .height = 256});
  middle.state().stage_state.zoom = 6;
  middle.gui.frame(middle.draw);
  const scene::Vec2 from = middle.places().output.place.centre();
  middle.gui.move(from, middle.draw);
  const ConvolvePixel held = *middle.state().hovered;
  middle.gui.press(middle.draw);
  middle.gui.move({from.x - 60, from.y - 30}, middle.draw);
  middle.gui.release(middle.draw);
  middle.gui.move({from.x - 60, from.y - 30}, middle.draw);
  EXPECT_NEAR(middle.state().hovered->x, held.x, 1);
  EXPECT_NEAR(middle.state().hovered->y, held.y, 1);
  EXPECT_FALSE(middle.state().pinned);
}

// ---- The wipe

TEST(ConvolveWipe, IsDraggedAndHasTheColoursRightOfIt) {
  Middle middle;
  middle.state().colour = ConvolveColour::kSm;
  middle.gui.frame(middle.draw);
  const scene::Rect place = middle.places().output.place;
  const float from = place.x + middle.state().stage_state.wipe * place.w;
  middle.gui.move({from, place.y + 20}, middle.draw);
  middle.gui.press(middle.draw);
  middle.gui.move({place.x + 0.25F * place.w, place.y + 20}, middle.draw);
  EXPECT_TRUE(middle.state().stage_state.wipe_held);
  middle.gui.release(middle.draw);
  EXPECT_NEAR(middle.state().stage_state.wipe, 0.25F, 0.01F);
  EXPECT_FALSE(middle.state().pinned) << "what is dragged is not a pixel";
  EXPECT_EQ(middle.drawn().back().picture.look, FieldLook::kStrength);

  middle.state().colour = ConvolveColour::kNothing;
  middle.gui.frame(middle.draw);
  EXPECT_NE(middle.drawn().back().picture.look, FieldLook::kStrength);
}

// ---- Sliding

TEST(ConvolveSlide, WalksRowByRowAtItsSpeed) {
  Middle middle;
  middle.state().stage_state.pixels_per_second = 30;
  middle.gui.key("Space", middle.draw);
  ASSERT_TRUE(middle.state().stage_state.sliding);
  const double begun = middle.gui.ui.now;
  middle.gui.frames(180, middle.draw);
  const int walked = static_cast<int>((middle.gui.ui.now - begun) * 30);
  ASSERT_TRUE(middle.state().hovered);
  const int at = middle.state().hovered->y * 64 + middle.state().hovered->x;
  EXPECT_NEAR(at, walked, 1);
  EXPECT_EQ(middle.state().hovered->y, 1) << "90 pixels: one row of 64 and a part of the next";
  EXPECT_LT(middle.gui.ui.wake_at, middle.gui.ui.now + 0.05) << "the window must wake for the next pixel";
  middle.gui.key("Space", middle.draw);
  EXPECT_FALSE(middle.state().stage_state.sliding);
  EXPECT_TRUE(middle.state().pinned) << "it stays where it was stopped";
}

TEST(ConvolveSlide, GoesTwoPixelsASecondWhereMotionIsReduced) {
  Middle middle;
  middle.gui.ui.reduced_motion = true;
  middle.state().stage_state.pixels_per_second = 60;
  middle.gui.key("Space", middle.draw);
  middle.gui.frames(120, middle.draw);
  EXPECT_NEAR(middle.state().hovered->x, 4, 1);
}

// ---- Looks

TEST(ConvolveLooks, FollowFromWhatTheStagesDo) {
  const auto look = [](std::vector<Stage> chain) {
    return panels::look_after(chain, static_cast<int>(chain.size()) - 1);
  };
  EXPECT_EQ(look({filter_stage({"identity"})}), ConvolveLook::kPhoto);
  EXPECT_EQ(look({filter_stage({"gaussian"})}), ConvolveLook::kPhoto);
  EXPECT_EQ(look({filter_stage({"sharpen"}), stage_of(StageKind::kMaxPool)}), ConvolveLook::kPhoto);
  EXPECT_EQ(look({filter_stage({"sobel-x"})}), ConvolveLook::kSigned);
  EXPECT_EQ(look({filter_stage({"sobel-x"}), stage_of(StageKind::kRelu)}), ConvolveLook::kPositive);
  EXPECT_EQ(look({filter_stage({"box", "sobel-y"})}), ConvolveLook::kSigned) << "one of a bank is signed";
  Stage magnitude = filter_stage({"sobel-x", "sobel-y"});
  magnitude.kind = StageKind::kMagnitude;
  EXPECT_EQ(look({magnitude}), ConvolveLook::kPositive);
}

TEST(ConvolveLooks, PicturesAreDrawnWithTheLargestValueAtTheEndOfTheColours) {
  Middle middle;
  const auto& pixels = middle.stage().output->pixels;
  float most = 0;
  for (const float value : pixels) most = std::max(most, std::abs(value));
  ASSERT_EQ(middle.drawn().size(), 2U);
  EXPECT_EQ(middle.drawn()[0].picture.look, FieldLook::kGrey);
  EXPECT_EQ(middle.drawn()[0].picture.high, 255);
  EXPECT_EQ(middle.drawn()[1].picture.look, FieldLook::kSigned);
  EXPECT_EQ(middle.drawn()[1].picture.high, most);
  EXPECT_EQ(middle.drawn()[1].picture.low, -most);
}

TEST(ConvolveLooks, ThreePlanesThatStayAPhotographAreOnePictureInColour) {
  ConvolveSample what = with_chain({filter_stage({"gaussian"})});
  what.planes = 3;
  Middle blurred(what);
  EXPECT_EQ(blurred.places().output.maps, 1);
  EXPECT_EQ(blurred.drawn()[1].picture.look, FieldLook::kRgb);
  what.settings.chain = {filter_stage({"sobel-x"})};
  Middle edges(what);
  EXPECT_EQ(edges.places().output.maps, 3);
  EXPECT_EQ(edges.drawn().size(), 4U);
}

TEST(ConvolveLooks, TheDifferenceIsOfOutputAndInputAndNeedsOneSize) {
  Middle middle;
  middle.gui.click("Difference", middle.draw);
  EXPECT_EQ(middle.state().show, ConvolveShow::kDifference);
  middle.gui.frame(middle.draw);
  const panels::FieldPicture& drawn = middle.drawn().back().picture;
  EXPECT_EQ(drawn.look, FieldLook::kDifference);
  EXPECT_NE(drawn.planes[0].x, drawn.planes[1].x) << "two places of the texture";
  float most = 0;
  for (std::size_t i = 0; i < middle.stage().output->pixels.size(); ++i) {
    most = std::max(most, std::abs(middle.stage().output->pixels[i] - middle.stage().input->pixels[i]));
  }
  EXPECT_EQ(drawn.high, most);

  Middle pooled(with_chain({stage_of(StageKind::kMaxPool)}));
  pooled.state().show = ConvolveShow::kDifference;
  pooled.gui.frame(pooled.draw);
  EXPECT_EQ(pooled.drawn().size(), 1U) << "the input alone";
}

TEST(ConvolveLooks, TheRangeDoesNotFollowEverySmallChange) {
  Middle middle;
  const float before = middle.drawn()[1].picture.high;
  const auto scaled = [&](float by, std::uint64_t version) {
    auto frame = std::make_shared<session::ConvolveFrame>(*middle.gui.convolve.frame);
    auto picture = *middle.stage().output;
    for (float& value : picture.pixels) value *= by;
    frame->outputs = {std::make_shared<const convolution::Picture>(picture)};
    frame->version = version;
    middle.gui.convolve.frame = frame;
    middle.gui.frame(middle.draw);
    return middle.drawn()[1].picture.high;
  };
  EXPECT_EQ(scaled(0.9F, 2), before);
  EXPECT_LT(scaled(0.5F, 3), 0.5F * before);
}

// ---- Arithmetic

TEST(ConvolveSums, CellsSayWhatTheArithmeticSays) {
  Middle middle;
  middle.gui.move(middle.output(10, 7), middle.draw);
  panels::SumCells cells;
  convolution::Arithmetic sum;
  middle.gui.frame([&](const Frame& f) {
    middle.draw(f);
    sum = convolution::arithmetic(*middle.stage().input, *middle.stage().spec, 0, 10, 7);
    cells = panels::cells_of(f, middle.stage(), sum);
  });
  ASSERT_EQ(cells.products.size(), 9U);
  double total = 0;
  for (std::size_t i = 0; i < cells.products.size(); ++i) {
    const int column = static_cast<int>(i) % 3, row = static_cast<int>(i) / 3;
    EXPECT_EQ(std::stof(cells.window[i].text), middle.stage().input->at(0, 9 + column, 6 + row));
    EXPECT_EQ(std::stof(cells.window[i].text) * std::stof(cells.filter[i].text), std::stof(cells.products[i].text));
    total += std::stod(cells.products[i].text);
  }
  EXPECT_EQ(total, static_cast<double>(middle.stage().output->at(0, 10, 7)));
}

TEST(ConvolveSums, WhatLiesOutsideThePictureIsMarkedAndSaysWhatTheBorderGives) {
  Middle middle;
  panels::SumCells cells;
  middle.gui.frame([&](const Frame& f) {
    middle.draw(f);
    const auto sum = convolution::arithmetic(*middle.stage().input, *middle.stage().spec, 0, 0, 0);
    cells = panels::cells_of(f, middle.stage(), sum);
  });
  const auto outside = std::ranges::count_if(cells.window, [](const auto& cell) { return cell.outside; });
  EXPECT_EQ(outside, 5) << "the row above and the column to the left";
  EXPECT_THAT(cells.window[0].tip, HasSubstr("the edge is repeated"));
}

TEST(ConvolveSums, NumbersAreWrittenAsShortAsTheyCanBe) {
  EXPECT_EQ(panels::pixel_number(386), "386");
  EXPECT_EQ(panels::pixel_number(-0.0), "0");
  EXPECT_EQ(panels::pixel_number(-0.25), "-0.25");
  EXPECT_EQ(panels::pixel_number(1020.5), "1020");
  EXPECT_EQ(panels::pixel_number(0.0625), "0.062");
}

TEST(ConvolveSums, EveryKindOfStageIsWrittenOut) {
  Stage magnitude = filter_stage({"sobel-x", "sobel-y"});
  magnitude.kind = StageKind::kMagnitude;
  Stage seven = filter_stage({"box"});
  seven.filters[0] = convolution::box(7);
  for (const Stage& stage : {magnitude, stage_of(StageKind::kRelu), stage_of(StageKind::kMaxPool), seven}) {
    for (const Window window : {Window{1020, 648, 1}, Window{1560, 980, 1}}) {
      Middle middle(with_chain({stage}), window);
      middle.gui.move(middle.output(0, 0), middle.draw);
      EXPECT_EQ(middle.state().hovered, (ConvolvePixel{0, 0, 0}));
      middle.gui.frame(middle.draw);
    }
  }
}

TEST(ConvolveSums, TheLayoutStaysInsideItsRoomForEverySize) {
  Middle middle;
  middle.gui.frame([&](const Frame& f) {
    for (const int size : {1, 3, 5, 7}) {
      for (const float width : {430.0F, 560.0F, 850.0F}) {
        const scene::Rect room{100, 50, width, 120};
        const panels::SumLayout layout = panels::lay_out_sum(f, room, 3, size);
        EXPECT_GE(layout.squares[0].x, room.x) << size << " in " << width;
        EXPECT_LE(layout.pill.right(), room.right() + 1) << size << " in " << width;
        EXPECT_LE(layout.squares[0].bottom(), room.bottom() + 1) << size;
        EXPECT_GE(layout.squares[0].w, static_cast<float>(size)) << size;
      }
    }
  });
}

// ---- Who computed it

TEST(ConvolveWorker, IsTheThreadThatTheLaunchGivesThePixelTo) {
  Middle middle;
  const convolution::Worker worker = panels::worker_at(middle.stage(), {0, 37, 21});
  EXPECT_EQ(worker.block, (base::Dim3{2, 1, 0}));
  EXPECT_EQ(worker.thread, (base::Dim3{5, 5, 0}));
  EXPECT_EQ(worker.warp, (5 * 16 + 5) / 32);
  EXPECT_EQ(worker.lane, (5 * 16 + 5) % 32);
  EXPECT_EQ(worker.sm, 1 * 4 + 2) << "block 6 of rows of 4";
}

TEST(ConvolveWorker, TheBlocksOutlineHoldsItsPixels) {
  Middle middle;
  const auto outline = panels::block_outline(middle.stage(), middle.places(), {0, 37, 21});
  ASSERT_TRUE(outline);
  const float zoom = middle.places().output.zoom;
  EXPECT_EQ(outline->w, 16 * zoom);
  EXPECT_EQ(outline->x, middle.places().output.pixel(0, 32, 16).x);
}

TEST(ConvolveWorker, StepItAsksForThatVeryThread) {
  Middle middle;
  middle.gui.click(middle.output(37, 21), middle.draw);
  middle.gui.move({2, 2}, middle.draw);
  middle.gui.click("Step it", middle.draw);
  ASSERT_EQ(middle.gui.convolve_commands.size(), 1U);
  const auto& asked = std::get<session::PrepareStep>(middle.gui.convolve_commands[0]);
  EXPECT_EQ(asked.id, 1U);
  EXPECT_EQ(asked.stage, 0);
  EXPECT_EQ(asked.x, 37);
  EXPECT_EQ(asked.y, 21);
}

// ---- Controls and places

TEST(ConvolveMiddle, EveryControlCanBeReachedByTab) {
  Middle middle;
  middle.gui.convolve.source.kind = session::PictureKind::kScene;
  middle.state().colour = ConvolveColour::kSm;
  middle.gui.click(middle.output(8, 8), middle.draw);
  const auto& order = middle.gui.ui.widgets.order;
  for (const char* name : {"Slide slowly", "Slide speed", "Play the scene", "Side by side", "Difference",
                           "Colour by nothing", "Colour by block", "Colour by SM", "Colour by warp", "Smaller pixels",
                           "Fit the pictures", "Larger pixels", "Wipe", "Output picture", "Input picture", "Step it"}) {
    EXPECT_THAT(order, Contains(name));
    EXPECT_EQ(std::ranges::count(order, name), 1) << name;
  }
}

TEST(ConvolveMiddle, TheSceneIsPausedAndGoesOn) {
  Middle middle;
  middle.gui.convolve.source.kind = session::PictureKind::kScene;
  middle.gui.frame(middle.draw);
  middle.gui.click("Play the scene", middle.draw);
  ASSERT_EQ(middle.gui.convolve_commands.size(), 1U);
  EXPECT_FALSE(std::get<session::PlayScene>(middle.gui.convolve_commands[0]).playing);
}

TEST(ConvolveMiddle, TheTextbookHasAWayBack) {
  Middle middle;
  middle.state().page = panels::ConvolvePage::kTextbook;
  middle.gui.frame(middle.draw);
  middle.gui.click("Back to the picture", middle.draw);
  EXPECT_EQ(middle.state().page, panels::ConvolvePage::kPictures);
}

TEST(ConvolveMiddle, WaitsForItsFirstFrame) {
  Middle middle;
  middle.gui.convolve.frame = nullptr;
  middle.gui.frame(middle.draw);
  EXPECT_TRUE(middle.drawn().empty());
  middle.gui.key("Space", middle.draw);
  EXPECT_FALSE(middle.state().stage_state.sliding);
}

// As the window is at 1280 x 720, 1920 x 1080, and 3840 x 2160 at twice the density.
TEST(ConvolveMiddle, FitsInEveryWindow) {
  for (const Window window : {Window{1020, 648, 1}, Window{1560, 1008, 1}, Window{3120, 2016, 2}}) {
    Middle middle({.width = 256, .height = 256}, window);
    middle.state().colour = ConvolveColour::kSm;
    middle.gui.move(middle.output(100, 100), middle.draw);
    middle.gui.frame(middle.draw);
    const scene::ConvolveLayout parts = layout_of(window);
    const auto& places = middle.places();
    EXPECT_EQ(places.output.zoom, std::floor(places.output.zoom)) << window.width;
    EXPECT_EQ(places.output.zoom, places.input.zoom);
    EXPECT_EQ(places.output.hidden().x, 0);
    EXPECT_EQ(places.output.hidden().y, 0);
    EXPECT_LT(places.input.place.right(), places.between.x + 1);
    EXPECT_LE(places.between.right(), places.output.place.x + 1);
    EXPECT_LE(places.output.place.bottom(), parts.pictures.bottom());
    float right = parts.toolbar.x;
    for (const char* name : {"Slide slowly", "Slide speed", "Side by side", "Difference", "Smaller pixels"}) {
      const scene::Rect r = middle.gui.target(name);
      EXPECT_GE(r.x, right - window.scale) << name << " in " << window.width;
      EXPECT_LE(r.right(), parts.toolbar.right()) << name << " in " << window.width;
      right = r.right();
    }
  }
  EXPECT_EQ(Middle({.width = 256, .height = 256}, {1560, 1008, 1}).places().output.zoom, 2) << "as in the design";
}

TEST(ConvolveThreads, RanWhereTheGpuSaysElseWhereTheModelDoes) {
  auto view = convolve_view();
  auto frame = std::make_shared<session::ConvolveFrame>(*view.frame);
  panels::ChosenStage stage{frame.get(), 0, &frame->settings.chain[0], frame->input.get(), frame->outputs[0].get()};
  const auto modelled = panels::worker_at(stage, {0, 20, 5});
  EXPECT_EQ(modelled.block_number, 1U) << "blocks of 16 x 16";
  EXPECT_EQ(modelled.sm, 1);
  EXPECT_EQ(panels::measured_sms(stage), nullptr);
  for (const auto& launch : frame->run.launches) frame->ran_on.emplace_back(launch.grid.count(), 131U);
  ASSERT_NE(panels::measured_sms(stage), nullptr);
  EXPECT_EQ(panels::worker_at(stage, {0, 20, 5}).sm, 131);
}

}  // namespace
}  // namespace warpscope::tests
